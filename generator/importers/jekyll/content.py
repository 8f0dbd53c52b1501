"""A Jekyll site's content: its texts, what each becomes, and its address."""

from __future__ import annotations

import datetime as dt
import posixpath
import re

import msgspec

from generator.core.dates import parse_date
from generator.importers.addresses import PICTURES_AND_FILMS, Addresses
from generator.importers.documents import words
from generator.importers.frontmatter import (
    FrontMatterError,
    Matter,
    decode,
    has_yaml_matter,
    take_apart,
)
from generator.importers.jekyll import liquid, permalinks
from generator.importers.jekyll.liquid_values import Values as LiquidValues
from generator.importers.jekyll.settings import JekyllSettings
from generator.importers.model import OldSite, Target, Values
from generator.importers.old_dates import as_date
from generator.importers.static_files import StaticFiles
from generator.importers.urls.lists import list_of

MARKDOWN = (".md", ".markdown", ".mkd", ".mkdn", ".mkdown")
HTML = (".html", ".htm")
POST = re.compile(r"(?:(?P<sub>.*)/)?(?P<date>\d{4}-\d{1,2}-\d{1,2})-(?P<name>[^/]+)\.[^./]+")
"""A post below `_posts/`: Jekyll takes its date from its name."""
THEME = ("_includes", "_layouts", "_sass", "_plugins")
"""Folders of the old look."""


_MOMENT = r"\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?"
"""A moment that names no zone, which YAML 1.1 takes to be in UTC."""


class Source(msgspec.Struct, kw_only=True):
    """A document of the old site on its way."""

    path: str
    place: str
    group: str
    matter: Matter
    values: Values
    url: str
    name: str
    date: dt.datetime | None = None
    draft: bool = False
    categories: list[str] = []

    @property
    def is_html(self) -> bool:
        """Whether it is written in HTML, not in Markdown."""
        return self.path.endswith(HTML)


class JekyllContent(JekyllSettings):
    """The texts, with their places and old addresses, and the files that are copied."""

    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        super().__init__(files, origin, target)
        self.addresses = Addresses(self.address, self.base)
        self.static = StaticFiles(files, self.addresses, self.tell)
        self.sources: list[Source] = []

    def sort_out(self, path: str) -> None:
        """Find out what a file is, and remember it."""
        parts = path.split("/")
        if parts[0] == "_data" or parts[0] in THEME:
            return
        if "_posts" in parts[:-1]:
            self.post(path, parts)
        elif "_drafts" in parts[:-1]:
            place = parts.index("_drafts")
            rest = "/".join([*parts[:place], *parts[place + 1 :]])
            self.text(path, f"content/drafts/{stem_of(rest)}.md", "drafts", draft=True)
        elif collection := self.collection_of(path):
            self.collection_document(path, *collection)
        elif any(part.startswith("_") for part in parts):
            hint = "Jekyll does not publish it either"
            self.tell.left(path, 0, "a file in a folder that Jekyll has no rule for", hint)
        elif path.endswith((*MARKDOWN, *HTML)) or has_yaml_matter(self.beginning(path)):
            self.page(path)
        else:
            self.static.add(path, path)

    def beginning(self, path: str) -> bytes:
        """Return a file's first bytes; none where it can be no text."""
        suffix = posixpath.splitext(path)[1].lower()
        if suffix in PICTURES_AND_FILMS - {".svg", ".vtt"} or self.files[path].size > 1_000_000:
            return b""
        return self.files[path].read()[:16]

    def collection_of(self, path: str) -> tuple[str, str] | None:
        """Return the collection that a file is in, and its path there."""
        root = str(self.config.get("collections_dir") or "").strip("/")
        for name in self.collections:
            folder = f"{root}/_{name}/".lstrip("/")
            if path.startswith(folder):
                return name, path[len(folder) :]
        return None

    def text(self, path: str, place: str, group: str, *, draft: bool = False) -> Source | None:
        """Read a document; report and return None where it cannot be one."""
        if not path.endswith((*MARKDOWN, *HTML)):
            if path.endswith((".textile", ".adoc", ".asciidoc", ".org", ".rst")):
                self.tell.left(
                    path, 0, "not imported: it is not written in Markdown", "convert it first"
                )
            else:
                self.static_or_told(path)
            return None
        try:
            matter = take_apart(decode(self.files[path].read()), only_yaml=True)
        except FrontMatterError as mistake:
            self.tell.left(path, mistake.line, f"not imported: {mistake.message}", mistake.hint)
            return None
        if matter is None:
            hint = "Jekyll copies it without reading it; put two lines `---` at its beginning"
            self.tell.left(path, 0, "not imported: it has no front matter", hint)
            return None
        for key in matter.twice:
            message = f"`{key}` is given twice in the front matter: the last one counts"
            self.tell.changed(path, matter.line_of(key), message)
        values = {**self.defaults(path, group), **matter.values}
        source = Source(
            path=path,
            place=place,
            group=group,
            matter=matter,
            values=values,
            url="",
            name="",
            draft=draft or values.get("published") in (False, "no", "off"),
        )
        self.sources.append(source)
        return source

    def static_or_told(self, path: str) -> None:
        """Copy a picture or film that lies among texts; report any other file."""
        if posixpath.splitext(path)[1].lower() in PICTURES_AND_FILMS:
            self.static.add(path, path)
        else:
            self.tell.left(path, 0, "not imported: neither Markdown nor HTML")

    def post(self, path: str, parts: list[str]) -> None:
        """Read a post, whose name must have a date."""
        place = parts.index("_posts")
        folders = parts[:place]
        rest = "/".join(parts[place + 1 :])
        found = POST.fullmatch(rest)
        if not found:
            if path.endswith((*MARKDOWN, *HTML)):
                hint = "Jekyll wants names such as 2021-05-01-title.md"
                self.tell.left(path, 0, "not imported: a post without a date in its name", hint)
            else:
                self.static_or_told(path)
            return
        stem = stem_of("/".join([*folders, rest]))
        source = self.text(path, f"content/posts/{stem}.md", "posts")
        if source is None:
            return
        source.name = found["name"]
        source.date = self.moment(source, found["date"])
        if source.date is None:
            self.sources.remove(source)
            return
        source.categories = list(dict.fromkeys([*folders, *categories_of(source.values)]))
        self.give_url(source, str(source.values.get("permalink") or self.post_style))

    def moment(self, source: Source, named: str) -> dt.datetime | None:
        """Return a document's date in the site's zone; a wrong one is reported."""
        given = source.values.get("date")
        if given not in (None, ""):
            if text := self.written_date(source, "date"):
                return parse_date(text, self.zone)[0]
            line = source.matter.line_of("date")
            hint = f"the file's name says {named}" if named else "correct it"
            self.tell.left(
                source.path, line, f"`date: {given}` is no date that Tidepost reads", hint
            )
        if named:
            try:
                return parse_date(named, self.zone)[0]
            except ValueError as error:
                self.tell.left(source.path, 0, f"not imported: the file's name: {error}")
        return None

    def written_date(self, source: Source, key: str) -> str:
        """Return a date of the front matter as Tidepost reads it, or an empty text. One that YAML
        takes for a moment, with seconds and without quotes, is in UTC unless it says more."""
        given = source.values.get(key)
        text = as_date(given or "", self.zone)
        bare = rf"^{key}:[ \t]*{_MOMENT}[ \t]*(?:#.*)?$"
        if text and re.search(bare, source.matter.raw, re.MULTILINE):
            return f"{text} +00:00"
        return text

    def give_url(self, source: Source, pattern: str, **others: str) -> None:
        """Set a document's old address, and report parts that cannot be filled in."""
        own = source.values.get("slug")
        url, unknown = permalinks.post_url(
            pattern,
            date=source.date,
            name=source.name,
            own_slug=str(own) if own else "",
            categories=source.categories,
            others=others,
        )
        source.url = url
        if unknown:
            line = source.matter.line_of("permalink") if "permalink" in source.matter.values else 0
            names = ", ".join(f"`{one}`" for one in dict.fromkeys(unknown))
            self.tell.left(
                source.path, line, f"its permalink `{pattern}` has {names}", "set `permalink:`"
            )

    def collection_document(self, path: str, collection: str, rest: str) -> None:
        """Read a document of a collection; one that Jekyll makes no pages of is left out."""
        options = self.collections[collection]
        if options.get("output") is not True:
            return
        if not path.endswith((*MARKDOWN, *HTML)):
            if not has_yaml_matter(self.beginning(path)):
                self.static.add(path, f"{collection}/{rest}")
            else:
                self.tell.left(path, 0, "not imported: neither Markdown nor HTML")
            return
        source = self.text(path, f"content/pages/{collection}/{stem_of(rest)}.md", collection)
        if source is None:
            return
        stem = stem_of(rest)
        dated = POST.fullmatch(rest)
        source.name = dated["name"] if dated else posixpath.basename(stem)
        source.date = self.moment(source, dated["date"] if dated else "")
        source.categories = categories_of(source.values)
        suffix = permalinks.page_pattern(self.style).removeprefix("/:path/:basename")
        pattern = (
            source.values.get("permalink")
            or options.get("permalink")
            or f"/:collection/:path{suffix}"
        )
        self.give_url(source, str(pattern), collection=collection, path=stem)

    def page(self, path: str) -> None:
        """Read a page, or copy a file that has no front matter."""
        suffix = posixpath.splitext(path)[1].lower()
        stem = stem_of(path)
        if suffix not in (*MARKDOWN, *HTML):
            if suffix in (".css", ".scss", ".sass", ".js", ".coffee"):
                self.static.add(path, path)
            elif not re.fullmatch(r"(?:feed|sitemap|robots|atom)\.(?:xml|txt)", path):
                hint = "it is a template; make it again if you need it"
                self.tell.left(
                    path, 1, f"not imported: a {suffix or 'plain'} file that Jekyll fills in", hint
                )
            return
        if suffix in HTML and not has_yaml_matter(self.beginning(path)):
            self.static.add(path, path)
            return
        source = self.text(path, f"content/pages/{stem}.md", "pages")
        if source is None:
            return
        folder, name = posixpath.split(stem)
        source.name = name
        given = source.values.get("permalink")
        if given and str(given) in permalinks.STYLES:
            source.url = permalinks.page_url(permalinks.page_pattern(str(given)), folder, name)
        elif given:
            source.url = permalinks.page_url(str(given), folder, name)
        elif name == "index":
            source.url = permalinks.page_url("/:path/", folder, "")
        else:
            source.url = permalinks.page_url(permalinks.page_pattern(self.style), folder, name)
        body = source.matter.body
        if not self.led_to(source) and self.made_by_layout(source, body):
            self.sources.remove(source)

    def led_to(self, source: Source) -> str:
        """Return where a document's page led: by the plugin jekyll-redirect-from, which shows no
        text then, or by a layout of the site's own; empty where it led nowhere."""
        to = source.values.get("redirect_to")
        to = to[0] if isinstance(to, list) and to else to
        text = to.strip() if isinstance(to, str) else ""
        layout = str(source.values.get("layout") or "")
        file = self.files.get(f"_layouts/{layout}.html")
        if file and (text or not source.matter.body.strip()):
            found = _REFRESH.search(file.read().decode(errors="replace"))
            page = LiquidValues({}, source.values) if found else None
            if found and page and (said := page.said(found["to"])):
                text = said.strip()
        if not text or re.match(r"https?://", text):
            return text
        return f"/{text.lstrip('/')}".removeprefix(self.base)

    def made_by_layout(self, source: Source, body: str) -> bool:
        """Tell a page that is a template, or has no text of its own, and lead its address on."""
        leads = list_of(source.url)
        if not body.strip():
            if leads:
                self.lead(source, leads, 0, "it has no text, only a layout")
            else:
                hint = f"nothing answers at `{source.url}`; write a page if you need one"
                self.tell.left(source.path, 1, "not imported: it has no text, only a layout", hint)
                self.tell.move(source.url, "", "a page that its layout made")
            return True
        control = liquid.first_control(body, source.matter.body_line)
        is_list = bool(leads) and source.url not in self.target.built and _only_lists_posts(body)
        if control and (
            source.is_html or (source.group == "pages" and ("paginator" in body or is_list))
        ):
            text, line = control
            if leads:
                self.lead(source, leads, line, "it is a template, not a text")
            else:
                hint = f"nothing answers at `{source.url}`; write a page if you need one"
                message = f"not imported: a template, not a text (`{text}`)"
                self.tell.left(source.path, line, message, hint)
                self.tell.move(source.url, "", "a page that was a template")
            return True
        return False

    def lead(self, source: Source, to: str, line: int, why: str) -> None:
        """Let the list that Tidepost makes take the place of one that the site had."""
        self.addresses.add_page(source.url, to)
        self.addresses.sources[source.path] = to
        if source.url.rstrip("/") == to.rstrip("/"):
            self.tell.changed(source.path, line, f"{why}: Tidepost has a page of its own there")
        else:
            self.tell.changed(source.path, line, f"{why}: its address leads to {to}")
            self.tell.redirect(source.url, to, "a list that Tidepost makes")


_REFRESH = re.compile(
    r"<meta\b[^>]*http-equiv=[\"']?refresh[^>]*url=(?P<to>(?:\{\{.*?\}\}|[^\"'>{])+)", re.IGNORECASE
)


_LOOP = re.compile(r"\{%-?\s*(?P<tag>for|endfor)\b[^%]*%\}")
_BESIDE = re.compile(r"<[^<>]*>|\{%-?\s*assign\b[^%]*%\}")


def _only_lists_posts(body: str) -> bool:
    """Return whether a text is nothing but loops over the site's posts or terms."""
    depth, outside, place = 0, "", 0
    for found in _LOOP.finditer(body):
        outside += "" if depth else body[place : found.start()]
        depth += 1 if found["tag"] == "for" else -1
        place = found.end()
    outside += body[place:]
    lists = re.search(r"\bsite\.(?:posts|tags|categories)\b", body)
    return bool(lists) and depth == 0 and not _BESIDE.sub("", outside).strip()


def categories_of(values: Values) -> list[str]:
    """Return the categories that front matter names, under either key."""
    found = words(values.get("categories"), split=True)
    return [
        *found,
        *(one for one in words(values.get("category"), split=False) if one not in found),
    ]


def stem_of(path: str) -> str:
    """Return a path without its suffix."""
    return posixpath.splitext(path)[0]
