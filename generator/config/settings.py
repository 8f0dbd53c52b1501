"""`site.yaml` -> SiteConfig, or every mistake in it."""

from __future__ import annotations

import posixpath
import re
import zoneinfo
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from generator.core.decode import convert
from generator.core.problems import Problem, SiteError
from generator.core.urls import path_fault
from generator.core.yaml_reader import YamlError, in_quotes, lost_words, read_mapping
from generator.i18n.locales import LANGUAGE

CONFIG_FILE = "site.yaml"


def _raise(wrong: list[str]) -> None:
    if wrong:
        raise ValueError("\n".join(wrong))


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every group of settings.

    What a field's type cannot say is judged in `__post_init__`, which raises ValueError with one
    line `field: message` for every mistake.
    """


def _too_small(settings: _Settings, **least: int) -> list[str]:
    """Return a mistake for each number that is less than what is said of it."""
    return [f"{name}: {n} or more" for name, n in least.items() if getattr(settings, name) < n]


_SOURCES = {"content", "templates", "static", "generator", "backend", "infra", "data", "tests"}
_WORKSHOP = {"_site", ".tidepost", ".git"}
"""What builds make and clear away again: a release there would lose the record of those before."""


_BRANCH = re.compile(r"(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)))[^\s~^:?*\[\\/.][^\s~^:?*\[\\]*(?<![/.])")
"""git-check-ref-format(1)."""


def _is_taken(folder: str) -> bool:
    """Tell whether a release in this folder would lie among what the site is made from, or made
    in."""
    parts = posixpath.normpath(folder).split("/")
    named = [part for part in parts if part not in ("", ".", "..")]
    return not named or (parts[0] == named[0] and named[0].lower() in _SOURCES | _WORKSHOP)


def _is_inside(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it."""
    path, folder = posixpath.normpath(path), posixpath.normpath(folder)
    return path == folder or path.startswith(f"{folder}/")


class Author(_Settings, frozen=True):
    """A person who writes here."""

    name: str
    url: str = ""
    email: str = ""
    bio: str = ""


class MenuLink(_Settings, frozen=True):
    """One link of a menu; `url` is a path of this site or an outside address."""

    title: str
    url: str


class MenuItem(_Settings, frozen=True):
    """One link of the main menu, with those that open below it."""

    title: str
    url: str
    children: tuple[MenuLink, ...] = ()


class Permalinks(_Settings, frozen=True):
    """URL patterns. A post may use {year} {month} {day} {slug} {category}, a page {path}."""

    post: str = "/posts/{slug}/"
    page: str = "/{path}/"

    def __post_init__(self) -> None:
        wrong = []
        for name, pattern, known in (
            ("post", self.post, {"year", "month", "day", "slug", "category"}),
            ("page", self.page, {"path", "slug"}),
        ):
            used = set(re.findall(r"{([^{}]*)}", pattern))
            if not pattern.startswith("/"):
                wrong.append(f"{name}: a URL pattern starts with /")
            if unknown := used - known:
                names = ", ".join(f"{{{part}}}" for part in sorted(known))
                wrong.append(f"{name}: `{{{min(unknown)}}}` is not one of {names}")
            if not used & {"slug", "path"}:
                wrong.append(f"{name}: needs {{slug}}, or every document has the same URL")
        _raise(wrong)


FieldType = Literal["text", "int", "number", "bool", "date", "url", "list"]
# fmt: off
COMMON_FIELDS = frozenset({
    "aliases", "author", "authors", "categories", "category", "counter", "date", "description",
    "draft", "excerpt", "expires", "expiryDate", "image", "image_alt", "last_modified_at",
    "lang", "language", "lastmod", "layout", "noindex", "permalink", "publishDate", "published",
    "redirect_from", "series", "slug", "summary", "tag", "tags", "title", "toc", "updated", "url",
    "weight",
})
# fmt: on
"""What the front matter of every document may say: no field of a collection can be called so."""

_KEPT_FOLDERS = frozenset(
    {"archive", "authors", "categories", "drafts", "pages", "posts", "series", "tags"}
)


class FieldSettings(_Settings, frozen=True):
    """A field of a collection's documents: its type, whether each must have it, and the values it
    may have, where these are few."""

    type: FieldType = "text"
    required: bool = False
    enum: tuple[str | int | float, ...] = ()


class CollectionSettings(_Settings, frozen=True):
    """Documents of the owner's own kind, in a folder below content/ of the collection's name.

    `sort` is a field, date, title or weight, with - before it for the other direction; `list` says
    whether there is a page that lists them.
    """

    title: str = ""
    description: str = ""
    permalink: str = ""
    layout: str = ""
    list: bool = True
    sort: str = "weight"
    fields: dict[str, FieldType | FieldSettings] = {}

    def __post_init__(self) -> None:
        wrong = []
        for name in self.fields:
            if name in COMMON_FIELDS:
                wrong.append(f"fields: `{name}` has a meaning in every document; take another name")
            elif not re.fullmatch(r"[A-Za-z_]\w*", name):
                wrong.append(f"fields: `{name}`: letters, digits and _, from a letter on")
        if self.permalink:
            used = set(re.findall(r"{([^{}]*)}", self.permalink))
            if not self.permalink.startswith("/"):
                wrong.append("permalink: a URL pattern starts with /")
            if unknown := used - {"slug", "year", "month", "day"}:
                wrong.append(
                    f"permalink: `{{{min(unknown)}}}` is not one of {{slug}}, {{year}}, "
                    "{month}, {day}"
                )
            if "slug" not in used:
                wrong.append("permalink: needs {slug}, or every document has the same URL")
        if self.sort.removeprefix("-") not in ("date", "title", "weight", *self.fields):
            wrong.append(f"sort: `{self.sort}` is neither date, title, weight nor a field")
        _raise(wrong)


class Feeds(_Settings, frozen=True):
    """Atom, RSS and JSON feeds; `items` is how many posts each holds."""

    items: int = 20

    def __post_init__(self) -> None:
        _raise(_too_small(self, items=0))


class MarkdownSettings(_Settings, frozen=True):
    """How Markdown is read. `toc_depth` is the deepest heading level in a table of contents.

    `engine` has no effect: there is one reader for all Markdown.
    """

    engine: str = ""
    smart: bool = False
    line_numbers: bool = False
    math: bool = False
    mermaid: bool = False
    toc_depth: int = 3


class ImageSettings(_Settings, frozen=True):
    """Pictures: the formats and widths (pixels) in which they are made beside the original's.

    `quality` is JPEG's and WebP's, from 1 to 100; AVIF's is derived. Without `responsive`, pictures
    are published as they are, only without their metadata.
    """

    responsive: bool = True
    formats: tuple[Literal["avif", "webp"], ...] = ("avif", "webp")
    widths: tuple[int, ...] = (480, 800, 1200, 1600)
    quality: int = 78

    def __post_init__(self) -> None:
        wrong = []
        if not self.widths or not all(16 <= width <= 8000 for width in self.widths):
            wrong.append("widths: one or more numbers of pixels from 16 to 8000")
        if not 1 <= self.quality <= 100:
            wrong.append("quality: from 1 to 100")
        _raise(wrong)


class CounterSettings(_Settings, frozen=True):
    """The visitor counter. `on` names the kinds of page that must carry it (a check holds it).

    `mode` is what the theme's counter shows; `baked` shows the number known at the last publish to
    readers without JavaScript, from the file `counts` (made by `publish.py stats --export`). `hot`
    spreads the writes of a page that is viewed very often, by its path, over 2 to 64 items.
    """

    enabled: bool = True
    on: tuple[Literal["home", "post", "page"], ...] = ("home", "post")
    mode: Literal["views", "visitors", "site"] = "views"
    baked: bool = False
    counts: str = "data/counts.json"
    reload_minutes: int = 30
    hot: dict[str, int] = {}

    def __post_init__(self) -> None:
        wrong = []
        if not 0 <= self.reload_minutes <= 1440:
            wrong.append("reload_minutes: from 0 to 1440 (a day)")
        for path, shards in self.hot.items():
            if not path.startswith("/") or not 1 <= shards <= 64:
                wrong.append(
                    f"hot: `{path}: {shards}`: a path from / and a number from 1 to 64, such as "
                    "`/posts/hello/: 8`"
                )
        _raise(wrong)


_FILLED_IN = {"name", "email", "subject", "message", "extra"}
_OF_THE_SCRIPT = {"action", "elements", "method", "page", "reset", "submit", "thanks", "token"}


class ContactSettings(_Settings, frozen=True):
    """The contact form; `page` is the path of the page that must carry it (a check holds it).

    `action` is where another service takes messages, such as `https://formspree.io/f/abcd`, for a
    site without this repository's API; `fields` are hidden fields that the service wants.
    """

    enabled: bool = False
    page: str = "/contact/"
    thanks: str = "/contact/thanks/"
    action: str = ""
    fields: dict[str, str] = {}

    def __post_init__(self) -> None:
        wrong = []
        if self.action and not re.match(r"/(?!/)|https?://[^\s/]", self.action):
            wrong.append("action: a whole address, such as https://formspree.io/f/abcd, or a path")
        wrong += [
            f"fields: `{name}` is a field that readers fill in; take another name"
            for name in sorted(_FILLED_IN & self.fields.keys())
        ]
        wrong += [
            f"fields: `{name}` has a meaning for the form's script; take another name"
            for name in sorted(_OF_THE_SCRIPT & self.fields.keys())
        ]
        if self.fields and not self.action:
            wrong.append("fields: they are for the service that `action:` names")
        _raise(wrong)


class ApiSettings(_Settings, frozen=True):
    """Where the counter and the form send to: a path on the site itself, or a full address."""

    url: str = "/api"

    def __post_init__(self) -> None:
        if not re.match(r"/(?!/)|https?://[^/]", self.url):
            raise ValueError("url: a path such as /api, or a whole address")


class ExternalSettings(_Settings, frozen=True):
    """How `check --external` asks other sites. `skip` are beginnings of addresses that it leaves
    alone; `timeout` and `delay` (between two questions to one host) are seconds; a good answer
    holds for `days`."""

    skip: tuple[str, ...] = ()
    timeout: float = 15.0
    delay: float = 0.5
    per_host: int = 2
    days: float = 7.0

    def __post_init__(self) -> None:
        wrong = [
            f"{name}: more than 0" for name in ("timeout", "per_host") if getattr(self, name) <= 0
        ]
        _raise(wrong + _too_small(self, delay=0, days=0))


class LanguageSettings(_Settings, frozen=True):
    """A further language of the site, at `/CODE/`; what is empty is as in the site's own."""

    name: str = ""
    title: str = ""
    tagline: str = ""
    description: str = ""
    menu: tuple[MenuItem, ...] = ()
    footer_menu: tuple[MenuLink, ...] = ()
    footer: str = ""
    date_format: str = ""


class Grace(_Settings, frozen=True):
    """How long fingerprinted assets that no page uses any more are kept: both must be past."""

    releases: int = 3
    days: float = 7.0

    def __post_init__(self) -> None:
        _raise(_too_small(self, releases=0, days=0))


class DeleteGuard(_Settings, frozen=True):
    """A plan that deletes more than both of these needs `--allow-deletes`."""

    share: float = 0.25
    count: int = 10

    def __post_init__(self) -> None:
        _raise(_too_small(self, share=0, count=0))


class Retention(_Settings, frozen=True):
    """How many releases can be rolled back to."""

    releases: int = 10

    def __post_init__(self) -> None:
        _raise(_too_small(self, releases=1))


class PublishSettings(_Settings, frozen=True):
    """Where a release goes: a local folder, or an S3 bucket with a CloudFront distribution.

    `remote` (a remote's name, or its address) and `branch` are for git; `server` (`user@host`, or a
    name of ssh's settings), `port`, `path` and `ssh_config` are for rsync and sftp. `rules` are the
    rules of addresses and headers as a file for the web server. `stack` names a CloudFormation
    stack whose outputs tell bucket, distribution and API address.
    `state` is where the bookkeeping of a folder lies; beside the folder where that is empty.
    `edge_function` is the name of the distribution's viewer-request function, which publishing
    keeps supplied with redirects. `endpoint_url` speaks to another S3-compatible server. `headers`
    says whether readers get this repository's security headers: some hosts send none.
    """

    target: Literal["folder", "s3", "git", "rsync", "sftp"] = "folder"
    folder: str = "_published"
    state: str = ""
    remote: str = "origin"
    branch: str = "gh-pages"
    cname: bool = True
    server: str = ""
    port: int = 22
    path: str = ""
    ssh_config: str = ""
    rules: Literal["none", "netlify", "cloudflare", "apache", "nginx"] = "none"
    stack: str = ""
    bucket: str = ""
    prefix: str = ""
    region: str = ""
    distribution: str = ""
    edge_function: str = ""
    endpoint_url: str = ""
    profile: str = ""
    page_max_age: int = 60
    headers: bool = True
    precompress: bool = False
    concurrency: int = 16
    wait: bool = False
    grace: Grace = Grace()
    delete_guard: DeleteGuard = DeleteGuard()
    retention: Retention = Retention()

    def __post_init__(self) -> None:
        wrong = []
        if self.target == "s3" and not (self.bucket or self.stack):
            wrong.append("target: `s3` needs `bucket:` or `stack:` beside it")
        if self.target in ("rsync", "sftp") and not (self.server and self.path.strip("/")):
            wrong.append(f"target: `{self.target}` needs `server:` and `path:` beside it")
        for name in ("remote", "branch", "server", "path"):
            value = getattr(self, name)
            if value.startswith("-") or any(ord(sign) < 32 for sign in value):
                wrong.append(f"{name}: it may not begin with - nor hold control characters")
        if not _BRANCH.fullmatch(self.branch):
            wrong.append("branch: a name such as gh-pages")
        if not 1 <= self.port <= 65_535:
            wrong.append("port: from 1 to 65535")
        if self.prefix.startswith("/") or ".." in self.prefix.split("/"):
            wrong.append("prefix: write it without a leading / and without ..")
        if not 1 <= self.concurrency <= 256:
            wrong.append("concurrency: from 1 to 256")
        if self.state and _is_inside(self.state, self.path or self.folder):
            wrong.append("state: outside of the folder that is served, which readers get whole")
        if _is_taken(self.folder):
            wrong.append("folder: a folder of its own for the release, such as _published")
        _raise(wrong + _too_small(self, page_max_age=0))


class SiteConfig(_Settings, frozen=True):
    """Everything an owner can set. Every field but `title` and `url` has a default.

    `csp` are further sources for the Content-Security-Policy, by directive; where it is given, even
    empty, deploying sets the policy. `infra` are parameters of `infra/site.yaml`, by their names
    there.
    """

    title: str
    url: str
    description: str = ""
    tagline: str = ""
    language: str = "en"
    languages: dict[str, LanguageSettings] = {}
    timezone: str = "UTC"
    author: Author | None = None
    authors: dict[str, Author] = {}
    menu: tuple[MenuItem, ...] = ()
    footer_menu: tuple[MenuLink, ...] = ()
    social: tuple[MenuLink, ...] = ()
    footer: str = ""
    image: str = ""
    social_cards: bool = False
    date_format: str = ""
    page_size: int = 10
    related: int = 3
    drafts: bool = False
    search: bool = False
    theme_color: str = "#0b5f73"
    permalinks: Permalinks = Permalinks()
    redirects: dict[str, str] = {}
    collections: dict[str, CollectionSettings] = {}
    feeds: Feeds = Feeds()
    markdown: MarkdownSettings = MarkdownSettings()
    images: ImageSettings = ImageSettings()
    counter: CounterSettings = CounterSettings()
    contact: ContactSettings = ContactSettings()
    api: ApiSettings = ApiSettings()
    checks: dict[str, Literal["error", "warning", "note", "off"]] = {}
    external: ExternalSettings = ExternalSettings()
    publish: PublishSettings = PublishSettings()
    csp: dict[str, tuple[str, ...]] | None = None
    infra: dict[str, Any] = {}
    params: dict[str, Any] = {}

    def __post_init__(self) -> None:
        wrong = []
        try:
            parts = urlsplit(self.url)
            host = parts.hostname if parts.scheme in ("http", "https") else ""
            _ = parts.port
        except ValueError:  # brackets without an IPv6 address, a port that is no number
            host = ""
        if not host or not re.fullmatch(r"[\w.-]+|[0-9a-f:.]+", host):
            wrong.append("url: write the whole address, such as https://example.org")
        elif "?" in self.url or "#" in self.url:
            wrong.append("url: write it without ? and #")
        try:
            zoneinfo.ZoneInfo(self.timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            wrong.append(
                f"timezone: `{self.timezone}` is not a time zone such as "
                f"{_time_zone(self.timezone) or 'Europe/Lisbon'}"
            )
        if not LANGUAGE.fullmatch(self.language):
            wrong.append(f"language: `{self.language}` is not a language such as en or pt-BR")
        for code in self.languages:
            if not LANGUAGE.fullmatch(code):
                wrong.append(f"languages: `{code}` is not a language such as de or pt-BR")
            if code.lower() == self.language.lower():
                wrong.append(f"languages: `{code}` is the site's own, told by `language:`")
        wrong += [f"redirects: {mistake}" for mistake in _redirect_mistakes(self.redirects)]
        wrong += [f"csp: {mistake}" for mistake in _csp_mistakes(self.csp or {})]
        for name in self.collections:
            if name in _KEPT_FOLDERS:
                wrong.append(f"collections: `{name}` is Tidepost's own; take another name")
            elif not re.fullmatch("[a-z][a-z0-9_-]*", name):
                wrong.append(f"collections: `{name}`: small letters, digits, - and _")
        if self.date_format and not _is_date_format(self.date_format):
            wrong.append(
                f"date_format: `{self.date_format}` has no % sign, so each date would be this text;"
                " write such as `%d.%m.%Y`"
            )
        menu = [item.url for item in self.menu] + [item.url for item in self.footer_menu]
        menu += [link.url for item in self.menu for link in item.children]
        wrong += [
            f"menu: `{url}`: write {_menu_address(url)}"
            for url in menu
            if not re.match(r"[/#?]|[A-Za-z][A-Za-z0-9+.-]*:", url)
        ]
        for name, least in (("page_size", 1), ("related", 0)):
            if getattr(self, name) < least:
                wrong.append(f"{name}: at least {least}")
        _raise(wrong)

    @property
    def origin(self) -> str:
        """Scheme and host, without a slash at the end."""
        return _origin_and_base(self.url)[0]

    @property
    def base(self) -> str:
        """The path under which the site lives: empty, or such as `/blog`."""
        return _origin_and_base(self.url)[1]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The site's one time zone."""
        return zoneinfo.ZoneInfo(self.timezone)


def _time_zone(written: str) -> str:
    """Return the time zone that has a city's name, or nothing."""
    city = written.strip().replace(" ", "_").casefold()
    names = sorted(zoneinfo.available_timezones())
    return next((name for name in names if name.casefold().endswith(f"/{city}")), "")


def _is_date_format(form: str) -> bool:
    return "%" in form or form in ("long", "medium", "day")


def _menu_address(written: str) -> str:
    """Return how an entry of a menu names a page or a site that it names without a / or scheme."""
    if re.match(r"(?:www\.|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|dev|de|fr)\b)", written):
        return f"`https://{written}`"
    path = re.sub(r"(?:/?index)?\.(?:md|markdown|html?)$", "", written.removeprefix("./"))
    return f"`/{path.strip('/')}/`, a path from / on" if path else "`/`"


@lru_cache(64)
def _origin_and_base(url: str) -> tuple[str, str]:
    """Take a site's address apart, which is asked for at every link."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")


def _redirect_mistakes(redirects: dict[str, str]) -> list[str]:
    """Return what is wrong with old addresses and with where they lead."""
    wrong = []
    for old, new in redirects.items():
        if fault := path_fault(old):
            wrong.append(f"`{old}` cannot be an address here: {fault}")
        if new.startswith("/") and (fault := path_fault(new)):
            wrong.append(f"`{new}` cannot be an address here: {fault}")
        elif not re.match(r"/|https?://[^\s/]", new):
            wrong.append(f"`{new}`: write a path from / on, or a whole address")
    return wrong


_WIDENED = {
    *("script-src", "style-src", "img-src", "font-src", "media-src", "connect-src"),
    *("form-action", "frame-src", "child-src", "worker-src", "object-src"),
}
_SOURCE = re.compile(
    r"(?:https|wss)://(?:\*\.)?[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[^\s;,'\"]*)?"
    r"|(?:blob|data):|'self'|'wasm-unsafe-eval'|'sha(?:256|384|512)-[A-Za-z0-9+/=]+'"
)


def _csp_mistakes(csp: dict[str, tuple[str, ...]]) -> list[str]:
    """Return what is wrong with further sources; what opens pages to any script is refused."""
    wrong = []
    for directive, sources in csp.items():
        if directive not in _WIDENED:
            names = ", ".join(sorted(_WIDENED))
            wrong.append(f"`{directive}` is not one of {names}")
        wrong += [
            f"`{source}` ({directive}): write an address such as https://example.org, or a hash"
            for source in sources
            if not _SOURCE.fullmatch(source)
        ]
    return wrong


def parse(raw: bytes) -> SiteConfig:
    """Read `site.yaml`. Raises SiteError with all problems."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SiteError([_problem(line, "not UTF-8 text", "save it as UTF-8")]) from None
    try:
        document = read_mapping(text)
    except YamlError as mistake:
        raise SiteError([_problem(mistake.line, mistake.message, mistake.hint)]) from None
    config, problems = convert(document, SiteConfig, path=CONFIG_FILE, code="site-yaml")
    problems = [*problems, *_lost(text)]
    if config is None or problems:
        raise SiteError(problems)
    return config


_TEXTS = frozenset(("title", "tagline", "description", "footer", "name", "bio"))


def _lost(text: str) -> list[Problem]:
    """Return the settings whose value is a comment for YAML, as `theme_color: #0b5f73`; a remark
    behind a number or a word may well be one."""
    return [
        _problem(
            lost.line,
            f"`{lost.key}`: `{lost.lost}` is no value for YAML",
            f"put all of it in quotes: {lost.key}: {in_quotes(lost.meant)}",
        )
        for lost in lost_words(text)
        if lost.meant == lost.lost or lost.key in _TEXTS
    ]


def _problem(line: int, message: str, hint: str) -> Problem:
    return Problem(path=CONFIG_FILE, line=line, code="site-yaml", message=message, hint=hint)
