"""A Pelican site's content: its texts, what each becomes, and its address.

Rules: docs.getpelican.com, "Writing content", "Settings"; tried with Pelican 4.12.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import posixpath
import re
from typing import Any
from urllib.parse import unquote

import msgspec

from generator.importers import settings
from generator.importers.addresses import Addresses
from generator.importers.documents import title_of
from generator.importers.frontmatter import FrontMatterError, Matter, decode
from generator.importers.model import OldSite, Target, Values
from generator.importers.old_dates import as_date, moment_of
from generator.importers.pelican import rst
from generator.importers.pelican.metadata import of_html, of_markdown
from generator.importers.pelican.settings import PelicanSettings
from generator.importers.static_files import StaticFiles

MARKDOWN = (".md", ".markdown", ".mkd", ".mdown")
_HTML = (".html", ".htm")
_NAMED = (
    r"(?:\{|\||%7B)(?P<what>filename|static|attach|index|category|tag|author)(?:\}|\||%7D)"
    r"(?P<path>[^\s)\"'>]*)"
)
LINK = re.compile(rf"(?:(?<=\()|(?<=[\"'<])|(?<=\]: )){_NAMED}", re.IGNORECASE)
ADDRESS = re.compile(_NAMED, re.IGNORECASE)
"""One of Pelican's links where it stands in a text, and by itself."""


class Source(msgspec.Struct, kw_only=True):
    """A text of the old site on its way; `relative` is its path below the folder of the texts.
    `html` is what reStructuredText came to. `language` is the code of one that is not the site's
    own, `category` that which a folder or the text itself names."""

    path: str
    relative: str
    matter: Matter
    values: Values
    title: str
    slug: str
    html: str = ""
    is_html: bool = False
    is_post: bool = False
    draft: bool = False
    hidden: bool = False
    language: str = ""
    category: str = ""
    url: str = ""
    place: str = ""
    date: dt.datetime | None = None
    written_date: str = ""


class PelicanContent(PelicanSettings):
    """The texts, with their places and old addresses, and the files that are copied."""

    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        super().__init__(files, origin, target)
        self.addresses = Addresses(self.address, self.base)
        self.static = StaticFiles(files, self.addresses, self.tell)
        self.sources: list[Source] = []

    def excluded(self, path: str) -> bool:
        """Return whether Pelican leaves a file below the folder of the texts alone."""
        if any(part.startswith(".") for part in path.split("/")):
            return True
        patterns = [one.removeprefix("**/") for one in self.texts("IGNORE_FILES", [])]
        return any(fnmatch.fnmatch(posixpath.basename(path), one) for one in patterns)

    def read_content(self, names: list[str]) -> None:
        """Read every text below the folder of the texts."""
        theme, output = self.text("THEME"), self.text("OUTPUT_PATH", "output")
        never = tuple(
            f"{one.strip('./')}/" for one in (theme, output, "theme", "plugins", "output") if one
        )
        for path in names:
            if not path.startswith(self.content) or (not self.content and path.startswith(never)):
                continue
            relative = path.removeprefix(self.content)
            if not path.endswith((*MARKDOWN, *_HTML, ".rst")) or self.excluded(relative):
                continue
            if not _below(relative, self.excluded_paths):
                self.text_file(path, relative)

    def text_file(self, path: str, relative: str) -> None:
        """Read a text; one that is none is reported."""
        is_page = _below(relative, self.page_paths)
        if not is_page and not _below(relative, self.article_paths):
            return
        if _below(relative, self.static_paths):
            return
        try:
            raw, html = decode(self.files[path].read()), ""
            if path.endswith(".rst"):
                matter, html, messages = rst.read(raw)
                for line, message in messages:
                    hint = "correct it, or write in Markdown what it should show"
                    self.tell.left(path, line, f"docutils: {message}", hint)
            else:
                matter = of_html(raw) if path.endswith(_HTML) else of_markdown(raw)
        except FrontMatterError as mistake:
            self.tell.left(path, mistake.line, f"not imported: {mistake.message}", mistake.hint)
            return
        values = {**self.of_path(relative), **self.usual_values(), **matter.values}
        values = {**values, **self.of_extra(relative)}
        source = Source(
            path=path,
            relative=relative,
            matter=matter,
            values=values,
            title=settings.text_of(values.get("title")),
            slug="",
            html=html,
            is_html=path.endswith(_HTML),
            is_post=not is_page,
        )
        self.settle(source, is_page=is_page)

    def usual_values(self) -> Values:
        """Return what the settings say of every text."""
        given = self.given("DEFAULT_METADATA", {})
        return {str(key): value for key, value in given.items()} if isinstance(given, dict) else {}

    def of_extra(self, relative: str) -> Values:
        """Return what `EXTRA_PATH_METADATA` says of a file."""
        given = self.given("EXTRA_PATH_METADATA", {})
        found = given.get(relative) if isinstance(given, dict) else None
        return found if isinstance(found, dict) else {}

    def of_path(self, relative: str) -> Values:
        """Return what a file's name and folder say of it."""
        found: Values = {}
        folder, name = posixpath.split(relative)
        stem = posixpath.splitext(name)[0]
        if self.given("USE_FOLDER_AS_CATEGORY", True) is True and folder:
            found["category"] = posixpath.basename(folder)
        patterns = (
            (self.text("FILENAME_METADATA", r"(?P<date>\d{4}-\d{2}-\d{2}).*"), stem),
            (self.text("PATH_METADATA"), relative),
        )
        for pattern, text in patterns:
            try:
                matched = re.match(pattern, text) if pattern else None
            except re.error:
                message = f"`{pattern}` is no pattern of names"
                self.tell.left(self.config_file, 0, message)
                continue
            found |= {key: one for key, one in (matched.groupdict() if matched else {}).items()
                      if one is not None}  # fmt: skip
        return found

    def settle(self, source: Source, *, is_page: bool) -> None:
        """Find out what a text is: its state, date, language, slug and address."""
        values, line = source.values, source.matter.line_of
        status = settings.text_of(values.get("status")).lower() or "published"
        if status == "skip":
            self.tell.left(source.path, line("status"), "not imported: `status: skip`")
            return
        source.draft = status == "draft"
        source.hidden = status == "hidden"
        language = settings.text_of(values.get("lang")).lower()
        source.language = "" if language in ("", self.language) else language
        self.give_date(source)
        if not source.title and not is_page and source.date is None and not source.matter.values:
            hint = "Pelican makes no page of it either; give it a title and a date"
            self.tell.left(source.path, 1, "not imported: it has neither title nor date", hint)
            return
        named = self.text("SLUGIFY_SOURCE", "title") == "title" and source.title
        stem = posixpath.splitext(posixpath.basename(source.relative))[0]
        source.slug = settings.text_of(values.get("slug")) or self.slug(
            source.title if named else stem
        )
        source.category = settings.text_of(values.get("category"))
        if is_page:
            source.category = settings.text_of(source.matter.values.get("category"))
        source.is_post = not is_page and not source.hidden and (
            source.date is not None or source.draft
        )  # fmt: skip
        if not is_page and source.hidden:
            message = "it was hidden from all lists: it is a page, not a post"
            self.tell.changed(source.path, line("status"), message)
        elif not is_page and not source.is_post:
            hint = "Pelican makes no page of it either; give it a date"
            self.tell.left(source.path, 1, "not imported: an article without a date", hint)
            return
        self.give_url(source, "PAGE" if is_page else "ARTICLE")
        self.settle_place(source)
        self.sources.append(source)

    def give_date(self, source: Source) -> None:
        """Find the date: the text's, that of its name, `DEFAULT_DATE`."""
        given = source.values.get("date")
        text = settings.text_of(given).replace("_", " ") if given else ""
        usual = self.given("DEFAULT_DATE", None)
        if not text and usual == "fs" and self.files[source.path].modified:
            moment = dt.datetime.fromtimestamp(self.files[source.path].modified, dt.UTC)
            text = f"{moment:%Y-%m-%d %H:%M}"
            message = f"its date is that of the file: {text[:10]}"
            self.tell.changed(source.path, 1, message, "correct `date:` if that is another day")
        elif not text and isinstance(usual, list) and len(usual) >= 3:
            text = "-".join(f"{one:02}" for one in usual[:3] if isinstance(one, int))
        source.written_date = as_date(text, self.zone) if text else ""
        if text and not source.written_date:
            message = f"`date: {text}` is no date that Tidepost reads"
            self.tell.left(source.path, source.matter.line_of("date"), message, "2021-05-01")
        moment_read = moment_of(source.written_date) if source.written_date else None
        if moment_read is not None and not re.search(r"[+-]\d\d:\d\d$", source.written_date):
            moment_read = moment_read.replace(tzinfo=self.zone)
        source.date = moment_read

    def give_url(self, source: Source, kind: str) -> None:
        """Set a text's old address."""
        own = settings.text_of(source.values.get("save_as"))
        if own:
            source.url = re.sub(r"(?<=/)index\.html$", "", f"/{own.lstrip('/')}")
            return
        url = settings.text_of(source.values.get("url"))
        if url and "://" not in url:
            source.url = f"/{url.lstrip('/')}"
            return
        known = {
            **{key: one for key, one in source.values.items() if isinstance(one, str)},
            "slug": source.slug,
            "lang": source.language or self.language,
            "date": source.date,
            "category": self.slug(source.category or self.text("DEFAULT_CATEGORY", "misc")),
            "author": self.slug(self.author_of(source)),
            "path": source.relative,
            "path_no_ext": posixpath.splitext(source.relative)[0],
        }
        source.url, unknown = self.address_of(kind, known, language=source.language)
        if unknown:
            message = f"its address has `{unknown}`, which it does not name"
            self.tell.left(source.path, 1, message, "set `permalink:`")

    def author_of(self, source: Source) -> str:
        """Return the first author of a text, the site's where it names none."""
        people = listed(source.values.get("authors")) or listed(source.values.get("author"))
        return people[0] if people else self.text("AUTHOR")

    def settle_place(self, source: Source) -> None:
        """Find out where a text goes."""
        relative = posixpath.splitext(source.relative)[0]
        if not source.is_post:
            for one in self.page_paths:
                relative = relative.removeprefix(f"{one}/") if one else relative
        folder, name = posixpath.split(relative)
        name = re.sub(r"\.(?=[\w-]+$)", "-", name)
        stem = posixpath.join(folder, name)
        if source.language:  # a translation has its own name, or the language's behind the other's
            stem = re.sub(rf"[-_.]{re.escape(source.language)}$", "", stem)
        kind = "posts" if source.is_post else "pages"
        end = f".{source.language}.md" if source.language else ".md"
        source.place = f"content/{kind}/{stem}{end}"

    # Files

    def linked_files(self) -> dict[str, Source]:
        """Return the files that texts name as `{static}` or `{attach}`, and by which text each is
        attached first."""
        found: dict[str, Source] = {}
        for source in self.sources:
            for link in LINK.finditer(source.html or source.matter.body):
                if link["what"].lower() in ("static", "attach", "filename"):
                    found.setdefault(self.meant(source, link["path"]), source)
        return found

    def meant(self, source: Source, path: str) -> str:
        """Return the path from the site's folder on of a file that a text names."""
        path = unquote(re.split(r"[?#]", path, maxsplit=1)[0])
        if path.startswith("/"):
            return posixpath.normpath(self.content + path.lstrip("/"))
        folder = posixpath.dirname(source.path)
        return posixpath.normpath(posixpath.join(folder, path))

    def attached(self, source: Source, path: str) -> bool:
        """Return whether a text has a file beside it by `{attach}`."""
        return any(
            link["what"].lower() == "attach" and self.meant(source, link["path"]) == path
            for link in LINK.finditer(source.html or source.matter.body)
        )

    def place_files(self, names: list[str]) -> None:
        """Copy what Pelican copies: the static paths, and what texts link to."""
        linked = self.linked_files()
        texts = {source.path for source in self.sources}
        for path in names:
            if not path.startswith(self.content) or path in texts:
                continue
            relative = path.removeprefix(self.content)
            static = _below(relative, self.static_paths) and not self.excluded(relative)
            if (not static and path not in linked) or relative.endswith("CNAME"):
                continue
            given = settings.text_of(self.of_extra(relative).get("path"))
            served = given.strip("/") or relative
            if not static and self.attached(linked[path], path):
                folder = linked[path].url.rpartition("/")[0]
                served = f"{folder}/{posixpath.basename(path)}".lstrip("/")
            self.static.add(path, served)
            if place := self.addresses.files.get(f"/{served}"):
                self.addresses.files.setdefault(f"/{path}", place)

    def name_as_title(self, source: Source) -> str:
        """Return a title for a text that has none."""
        return title_of(posixpath.splitext(posixpath.basename(source.relative))[0])


def _below(path: str, folders: list[str]) -> bool:
    return any(not one or path == one or path.startswith(f"{one}/") for one in folders)


def listed(value: Any) -> list[str]:
    """Return a list as Pelican reads it from one line: parted by semicolons, else by commas."""
    if isinstance(value, list):
        parts = [str(one) for one in value]
    else:
        text = settings.text_of(value)
        parts = text.split(";" if ";" in text else ",")
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))
