"""`site.yaml` -> SiteConfig, or every error in it."""

from __future__ import annotations

import re
import zoneinfo
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

from generator.config.base import Group, refuse, too_small
from generator.config.content import (
    KEPT_FOLDERS,
    Author,
    CollectionSettings,
    ImageSettings,
    MarkdownSettings,
    MenuItem,
    MenuLink,
    Permalinks,
    menu_address,
)
from generator.config.podcast import Podcast
from generator.config.publish import PublishSettings
from generator.core.decode import convert
from generator.core.problems import Problem, SiteError
from generator.core.urls import path_fault
from generator.core.yaml_reader import YamlError, in_quotes, lost_words, read_mapping
from generator.i18n.locales import LANGUAGE

CONFIG_FILE = "site.yaml"


class Feeds(Group, frozen=True):
    """Atom, RSS and JSON feeds; `items` is how many posts each holds, `content` how much of each.

    `lists` are the taxonomies whose terms have a feed of their own, in Atom.
    """

    items: int = 20
    content: Literal["full", "excerpt"] = "full"
    lists: tuple[Literal["tags", "categories", "series", "authors"], ...] = ()

    def __post_init__(self) -> None:
        refuse(too_small(self, items=0))


class CounterSettings(Group, frozen=True):
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
        refuse(wrong)


_FILLED_IN = {"name", "email", "subject", "message", "extra"}
_OF_THE_SCRIPT = {"action", "elements", "method", "page", "reset", "submit", "thanks", "token"}


class ContactSettings(Group, frozen=True):
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
        refuse(wrong)


class ApiSettings(Group, frozen=True):
    """Where the counter and the form send to: a path on the site itself, or a full address."""

    url: str = "/api"

    def __post_init__(self) -> None:
        if not re.match(r"/(?!/)|https?://[^/]", self.url):
            raise ValueError("url: a path such as /api, or a whole address")


class ExternalSettings(Group, frozen=True):
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
        refuse(wrong + too_small(self, delay=0, days=0))


class LanguageSettings(Group, frozen=True):
    """A further language of the site, at `/CODE/`; what is empty is as in the site's own."""

    name: str = ""
    title: str = ""
    tagline: str = ""
    description: str = ""
    menu: tuple[MenuItem, ...] = ()
    footer_menu: tuple[MenuLink, ...] = ()
    footer: str = ""
    date_format: str = ""


class SiteConfig(Group, frozen=True):
    """Everything an owner can set. Every field but `title` and `url` has a default.

    `csp` are further sources for the Content-Security-Policy, by directive; where it is given, even
    empty, deploying sets the policy. `infra` are parameters of `infra/site.yaml`, by their names
    there. `toc` says which documents have a table of contents, where they do not say so themselves.
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
    social_cards: bool | Literal["plain"] = False
    date_format: str = ""
    page_size: int = 10
    related: int = 3
    toc: bool | tuple[Literal["post", "page", "item"], ...] = False
    drafts: bool = False
    untitled_posts: bool = False
    search: bool = False
    photos: Literal["", "galleries", "posts"] = ""
    blogroll: bool = False
    theme_color: str = "#0b5f73"
    permalinks: Permalinks = Permalinks()
    redirects: dict[str, str] = {}
    collections: dict[str, CollectionSettings] = {}
    feeds: Feeds = Feeds()
    podcast: Podcast | None = None
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
                wrong.append(f"languages: `{code}` is the site's own, set by `language:`")
        wrong += [f"redirects: {mistake}" for mistake in _redirect_mistakes(self.redirects)]
        wrong += [f"csp: {mistake}" for mistake in _csp_mistakes(self.csp or {})]
        for name in self.collections:
            if name in KEPT_FOLDERS:
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
            f"menu: `{url}`: write {menu_address(url)}"
            for url in menu
            if not re.match(r"[/#?]|[A-Za-z][A-Za-z0-9+.-]*:", url)
        ]
        for name, least in (("page_size", 1), ("related", 0)):
            if getattr(self, name) < least:
                wrong.append(f"{name}: at least {least}")
        refuse(wrong)

    @property
    def origin(self) -> str:
        """Scheme and host, without a slash at the end."""
        return _origin_and_base(self.url)[0]

    @property
    def base(self) -> str:
        """The path under which the site lives: empty, or such as `/blog`."""
        return _origin_and_base(self.url)[1]

    @property
    def kinds_with_toc(self) -> tuple[str, ...]:
        """The kinds of page that have a table of contents unless their document says otherwise."""
        if isinstance(self.toc, bool):
            return ("post", "page", "item") if self.toc else ()
        return self.toc

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
