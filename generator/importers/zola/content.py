"""A Zola site's content: its texts, what each becomes, and its address.

Rules: getzola.org, "Page", "Section", "Overview"; Zola 0.22.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections import Counter

import msgspec

from generator.importers import settings
from generator.importers.addresses import Addresses
from generator.importers.documents import title_of
from generator.importers.frontmatter import FrontMatterError, Matter, decode, take_apart
from generator.importers.model import OldSite, Target, Values
from generator.importers.old_dates import as_date, moment_of
from generator.importers.static_files import StaticFiles
from generator.importers.urls.lists import USUAL_SECTIONS
from generator.importers.zola.settings import ZolaSettings, group

_TIME = r"(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?"
_DATED = re.compile(rf"(?P<date>\d{{4}}-\d{{2}}-\d{{2}}{_TIME})(?:\s?[_-](?P<slug>.+))?")
_DATED_PATH = re.compile(r"/?(\d{4})/(\d{2})/(\d{2})/")
_FRONT = re.compile(r"\s*(?:\+\+\+|---)[ \t]*\n")


class Source(msgspec.Struct, kw_only=True):
    """A text of the old site on its way; `sections` are its folders below content/, that of an
    `index.md` not among them. `language` is the code of one that is not the site's own."""

    path: str
    matter: Matter
    values: Values
    sections: list[str]
    name: str
    bundle: str = ""
    language: str = ""
    is_section: bool = False
    is_post: bool = False
    draft: bool = False
    slug: str = ""
    url: str = ""
    place: str = ""
    title: str = ""
    date: dt.datetime | None = None
    written_date: str = ""

    @property
    def extra(self) -> Values:
        """The front matter's own keys."""
        return group(self.values.get("extra"))


class ZolaContent(ZolaSettings):
    """The texts, with their places and old addresses, and the files beside them."""

    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        super().__init__(files, origin, target)
        self.addresses = Addresses(self.address, self.base)
        self.static = StaticFiles(files, self.addresses, self.tell)
        self.sources: list[Source] = []
        self.resources: dict[str, str] = {}

    def read_content(self, names: list[str]) -> None:
        """Read every text below content/."""
        for path in names:
            if path.startswith("content/") and path.endswith(".md") and not self.excluded(path):
                self.text(path)
        hidden = {
            (tuple(one.sections), one.language)
            for one in self.sources
            if one.is_section and one.draft
        }
        for source in self.sources:
            folders = source.sections
            source.draft = source.draft or any(
                (tuple(folders[:count]), source.language) in hidden
                for count in range(len(folders) + 1)
            )

    def text(self, path: str) -> None:
        """Read a text; one that is none is reported."""
        try:
            text = decode(self.files[path].read())
            start = _FRONT.match(text)
            blank = text[: start.start() + len(text) - len(text.lstrip())] if start else ""
            matter = take_apart(text[len(blank) :])
        except FrontMatterError as mistake:
            self.tell.left(path, mistake.line, f"not imported: {mistake.message}", mistake.hint)
            return
        if matter is None:
            hint = "Zola does not read it either; begin it with two lines `+++`"
            self.tell.left(path, 1, "not imported: it has no front matter", hint)
            return
        name = posixpath.basename(path).removesuffix(".md")
        stem, _, code = name.partition(".")
        language = code if code in self.languages else ""
        if language or code == self.language:
            name = stem
        folders = posixpath.dirname(path).split("/")[1:]
        bundle = ""
        if name == "index" and folders:
            bundle = posixpath.dirname(path)
            name = folders.pop()
        source = Source(
            path=path,
            matter=matter,
            values=matter.values,
            sections=folders,
            name=name,
            bundle=bundle,
            language=language,
            is_section=name == "_index",
            draft=matter.values.get("draft") is True,
            title=settings.text_of(matter.values.get("title")),
        )
        if source.values.get("render") is False and not source.is_section:
            message = "not imported: it has no page of its own"
            self.tell.left(path, matter.line_of("render"), message)
            return
        self.give_date(source)
        self.give_url(source)
        self.sources.append(source)

    def give_date(self, source: Source) -> None:
        """Find the date: the front matter's, that of the file's name, that of its `path`."""
        given = source.values.get("date")
        line = source.matter.line_of("date", "path")
        written = as_date(given, dt.UTC) if given not in (None, "") else ""
        if given not in (None, "") and not written:
            message = f"`date: {given}` is no date that Tidepost reads"
            self.tell.left(source.path, line, message, "write it as 2021-05-01")
        named = _DATED.match(source.name)
        if named and not source.is_section:
            written = written or as_date(named["date"], dt.UTC)
            if named["slug"] and not self.keep_dates:
                source.slug = named["slug"]
        in_path = _DATED_PATH.match(str(source.values.get("path") or ""))
        if not written and in_path and not source.is_section:
            written = as_date("-".join(in_path.groups()), dt.UTC)
            if written:
                self.tell.changed(source.path, line, f"its date is that of its path: {written}")
        source.written_date = written
        source.date = moment_of(written) if written else None

    def give_url(self, source: Source) -> None:
        """Set a text's old address."""
        values = source.values
        prefix = f"/{source.language}" if source.language else ""
        folders = "".join(f"/{folder}" for folder in source.sections)
        if source.is_section:
            source.url = f"{prefix}{folders}/"
            return
        own = settings.text_of(values.get("slug"))
        source.slug = self.path_slug(own or source.slug or source.name)
        path = settings.text_of(values.get("path"))
        if path:
            source.url = f"/{path.strip('/')}/"
        else:
            source.url = f"{prefix}{folders}/{source.slug}/"
        source.url = re.sub(r"/{2,}", "/", source.url)

    # What each becomes

    def main_sections(self) -> list[str]:
        """Return the folders whose dated texts are posts; an empty name stands for content/."""
        dated = Counter(
            one.sections[0] if one.sections else ""
            for one in self.sources
            if one.date and not one.is_section
        )
        found = [name for name in USUAL_SECTIONS if dated[name]]
        if not found and dated:
            found = [max(dated, key=lambda name: (dated[name], name))]
        return found

    def settle_places(self, main: list[str]) -> None:
        """Find out which texts are posts, and where everything goes."""
        for source in self.sources:
            section = source.sections[0] if source.sections else ""
            dated = source.date is not None or source.draft
            source.is_post = section in main and not source.is_section and dated
            if section and section in main and not source.is_section and not dated:
                hint = "give it a `date:`, and move it to content/posts/"
                self.tell.changed(source.path, 1, "it has no date, and is a page", hint)
            folders = source.sections[1:] if source.is_post else source.sections
            kind = "posts" if source.is_post else "pages"
            folder = "/".join(["content", kind, *folders])
            end = f".{source.language}.md" if source.language else ".md"
            name = source.name.replace(":", "-")
            if source.is_section:
                source.place = f"{folder}/index{end}"
            elif source.bundle:
                source.place = f"{folder}/{name}/index{end}"
            else:
                source.place = f"{folder}/{name}{end}"

    def place_assets(self, names: list[str]) -> None:
        """Find out where the files beside the texts go."""
        places = {one.bundle: posixpath.dirname(one.place) for one in self.sources if one.bundle}
        urls: dict[str, list[str]] = {}
        for source in self.sources:
            if source.bundle:
                urls.setdefault(source.bundle, []).append(source.url)
        for path in names:
            if not path.startswith("content/") or path.endswith(".md") or self.excluded(path):
                continue
            bundle = posixpath.dirname(path)
            while bundle and bundle not in places:
                bundle = posixpath.dirname(bundle)
            if bundle:
                rest = path[len(bundle) + 1 :]
                place = f"{places[bundle]}/{rest}"
                old = [url + rest for url in urls[bundle]]
            else:
                rest = path.removeprefix("content/")
                place, old = f"content/pages/{rest}", [f"/{rest}"]
            self.resources[path] = self.addresses.place_beside(place, path, *old)

    def name_as_title(self, source: Source) -> str:
        """Return a title for a text that has none."""
        if source.is_section:
            return title_of(source.sections[-1]) if source.sections else "Home"
        named = _DATED.match(source.name)
        return title_of(named["slug"] if named and named["slug"] else source.name)
