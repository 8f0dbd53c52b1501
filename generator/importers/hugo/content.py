"""A Hugo site's content: its texts, what each becomes, and its address."""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections import Counter
from collections.abc import Iterable

import msgspec

from generator.importers import markdown, settings
from generator.importers.addresses import Addresses
from generator.importers.documents import title_of
from generator.importers.frontmatter import FrontMatterError, Matter, decode, take_apart
from generator.importers.hugo import urls as hugo_urls
from generator.importers.hugo.settings import Cascades, HugoSettings, group
from generator.importers.lines import Line
from generator.importers.model import OldSite, Target, Values
from generator.importers.old_dates import as_date, moment_of

TEXTS = (".md", ".markdown", ".mdown", ".html", ".htm")
_OTHER_TEXTS = (".adoc", ".asciidoc", ".org", ".rst", ".pdc", ".pandoc", ".textile")
_USUAL_SECTIONS = ("posts", "post", "blog", "articles", "news")
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})(?:-\d{2}-\d{2}-\d{2})?[-_ ](.+)")
_DATE_KEYS = ("date", "publishdate", "pubdate", "published", "lastmod", "modified")
_PUBLISH_KEYS = ("publishdate", "pubdate", "published")
FREE = {"description", "weight", "toc", "noindex", "image_alt"}
KNOWN = {
    *("title", "date", "lastmod", "modified", "publishdate", "pubdate", "published", "expirydate"),
    *("unpublishdate", "draft", "slug", "url", "aliases", "alias", "tags", "categories", "series"),
    *("summary", "layout", "type", "menu", "menus", "resources", "cascade", "headless", "build"),
    *("_build", "markup", "images", "author", "authors", "outputs", "image", "featured_image"),
    *("cover", "linktitle", "thumbnail", "permalink", "excerpt", "category", "tag", "counter"),
}


class Source(msgspec.Struct, kw_only=True):
    """A content file of the old site on its way; `sections` are its folders below content/."""

    path: str
    place: str
    matter: Matter
    values: Values
    sections: list[str]
    name: str
    title: str
    url: str = ""
    date: dt.datetime | None = None
    written_date: str = ""
    draft: bool = False
    is_section: bool = False
    is_post: bool = False
    bundle: str = ""
    language: str = ""
    """The code of a language that is not the site's default one."""


class HugoContent(HugoSettings):
    """The texts, with their places and old addresses, and the files beside them."""

    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        super().__init__(files, origin, target)
        self.addresses = Addresses(self.address, self.base)
        self.sources: list[Source] = []
        self.bundles: set[str] = set()
        self.sections: set[tuple[str, ...]] = set()
        self.resources: dict[str, str] = {}
        self.hidden: set[tuple[str, ...]] = set()
        self.cascades = Cascades(self.config.get("cascade"))
        self.texts_of: Counter[str] = Counter()
        self.order = self.order_of_dates()

    def read_content(self, texts: list[str]) -> None:
        """Read every text below content/, with what folders and settings give to it."""
        self.bundles = {posixpath.dirname(path) for path in texts if self.is_index(path)}
        for path in texts:
            name = posixpath.basename(path)
            inside = self.bundle_of(path)
            if not path.endswith(TEXTS) or any(part.startswith(".") for part in path.split("/")):
                if path.endswith(_OTHER_TEXTS) and not inside:
                    self.tell.left(
                        path, 0, "not imported: it is not written in Markdown", "convert it first"
                    )
                continue
            if inside and not (inside == posixpath.dirname(path) and self.is_index(path)):
                if path.endswith((".md", ".markdown", ".mdown")):
                    hint = "put it below content/pages/ to make a page of it"
                    self.tell.left(
                        path, 0, f"not imported: a text inside the bundle {inside}", hint
                    )
                continue
            self.text(path, name, inside)

    def is_index(self, path: str) -> bool:
        """Return whether a file is the text of a leaf bundle."""
        stem = posixpath.basename(path).split(".")
        if stem[0] != "index" or f".{stem[-1]}" not in TEXTS:
            return False
        return len(stem) == 2 or (
            len(stem) == 3 and stem[1].lower() in (self.language, *self.languages)
        )

    def bundle_of(self, path: str) -> str:
        """Return the folder of the leaf bundle that a file is in, or an empty text."""
        folder = posixpath.dirname(path)
        while folder and folder != self.content:
            if folder in self.bundles:
                return folder
            folder = posixpath.dirname(folder)
        return ""

    def language_of(self, path: str) -> str:
        """Return the code of the language that a file's name says, where it is not the default."""
        parts = posixpath.basename(path).split(".")
        code = parts[-2].lower() if len(parts) > 2 else ""
        return code if code in self.languages else ""

    def text(self, path: str, name: str, bundle: str) -> None:
        """Read one text; one that cannot be a document is reported."""
        try:
            text = decode(self.files[path].read())
            matter = take_apart(text) or Matter(values={}, body=text, body_line=1)
        except FrontMatterError as mistake:
            self.tell.left(path, mistake.line, f"not imported: {mistake.message}", mistake.hint)
            return
        values = _front(matter.values)
        named = name.split(".")
        known = len(named) > 2 and named[-2].lower() in (self.language, *self.languages)
        stem = ".".join(named[:-2]) if known else posixpath.splitext(name)[0]
        relative = posixpath.dirname(path.removeprefix(f"{self.content}/"))
        sections = [part for part in relative.split("/") if part]
        if bundle and sections:
            stem = sections.pop()
        source = Source(
            path=path,
            place="",
            matter=matter,
            values=values,
            sections=sections,
            name=stem,
            title="",
            is_section=stem == "_index" and not bundle,
            bundle=bundle,
            language=self.language_of(path),
        )
        self.sources.append(source)
        if source.is_section:
            self.sections.add(tuple(source.sections))
            self.cascades.add("/".join(sections), source.language, values.get("cascade"))

    def settle_fronts(self) -> None:
        """Give every text what its folders and the settings say, and take those out that Hugo
        makes no page of."""
        kept = []
        for source in self.sources:
            values = source.values
            if self.cascades:
                kind = "page"
                parts = [*source.sections, *([] if source.is_section else [source.name])]
                if source.is_section:
                    kind = "section" if parts else "home"
                path = "/" + "/".join(parts).lower().replace(" ", "-")
                given = self.cascades.of(
                    "/".join(source.sections), path, kind, source.language
                )  # fmt: skip
                for key, value in _front(given).items():
                    values.setdefault(key, value)
            source.title = settings.text_of(values.get("title"))
            source.draft = (
                values.get("draft") in (True, "true") and self.config.get("builddrafts") is not True
            )
            if self.is_page(source):
                self.dates(source)
                kept.append(source)
            elif source.is_section:
                self.hidden.add(tuple(source.sections))
            if source.language:
                self.texts_of[source.language] += 1
        self.sources = kept

    def is_page(self, source: Source) -> bool:
        """Return whether a text has a page of its own; one that has none is reported."""
        values, line = source.values, source.matter.line_of
        build = values.get("build") or values.get("_build")
        hidden = {str(key).lower(): value for key, value in group(build).items()}
        if values.get("headless") is True or hidden.get("render") in ("never", "link", False):
            message = "not imported: it has no page of its own"
            self.tell.left(source.path, line("headless", "render"), message)
            return False
        markup = str(values.get("markup") or "")
        if markup and markup not in ("goldmark", "md", "markdown", "html", "blackfriday", "mmark"):
            message = f"not imported: it is written in `{markup}`"
            self.tell.left(source.path, line("markup"), message, "convert it to Markdown first")
            return False
        return True

    def order_of_dates(self) -> list[str]:
        """Return the keys that a date is taken from, the first before others."""
        given = group(self.config.get("frontmatter")).get("date")
        order = given if isinstance(given, list) else [":default"]
        return [
            key
            for one in order
            for key in (_DATE_KEYS if str(one).lower() == ":default" else (str(one).lower(),))
        ]

    def dates(self, source: Source) -> None:
        """Find the date, and that from which on it is published, where that is another one."""
        values = source.values
        named = _DATED.fullmatch(source.name)
        if named and ":filename" in self.order:
            values.setdefault("slug", named[2])
        written = ""
        for key in self.order:
            if key == ":filename":
                written = written or (named[1] if named else "")
            elif not written and values.get(key) not in (None, "", False, True):
                written = self.date_of(source, key)
        source.written_date = written
        source.date = moment_of(written)
        publish = next(
            (text for key in _PUBLISH_KEYS if (text := as_date(values.get(key), dt.UTC))), ""
        )
        later, now = moment_of(publish), self.target.now
        if not later or not source.date:
            return
        if source.date <= now < later or later <= now < source.date:
            source.written_date = publish
            message = f"its date is {publish} now, from which on it is published"
            self.tell.changed(source.path, source.matter.line_of(*_PUBLISH_KEYS), message)

    def date_of(self, source: Source, key: str) -> str:
        """Return a date of the front matter; one that cannot be read is reported."""
        given = source.values.get(key)
        written = as_date(given, dt.UTC)
        if not written and given not in (None, "", False, True):
            message = f"`{key}: {given}` is no date that Tidepost reads"
            hint = "write it as 2021-05-01, or 2021-05-01 14:30"
            self.tell.left(source.path, source.matter.line_of(key), message, hint)
        return written

    def main_sections(self) -> list[str]:
        """Return the sections whose pages are posts."""
        given = self.params.get("mainsections") or self.config.get("mainsections")
        named = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        there = Counter(
            source.sections[0]
            for source in self.sources
            if source.sections and not source.is_section
        )
        found = [str(name) for name in named if str(name) in there]
        if not found:
            found = [name for name in _USUAL_SECTIONS if name in there]
        if not found and there:
            dated = Counter(
                source.sections[0] for source in self.sources if source.sections and source.date
            )
            found = [name for name, _ in dated.most_common(1)]
        return found

    def settle_place(self, source: Source, main: list[str]) -> None:
        """Find out what a text is here, where it goes, and its old URL."""
        section = source.sections[0] if source.sections else ""
        source.is_post = (
            section in main and not source.is_section and (source.date is not None or source.draft)
        )
        if section in main and not source.is_section and not source.is_post:
            hint = "give it a `date:`, and move it to content/posts/"
            self.tell.changed(source.path, 1, "it has no date, and is a page", hint)
        source.url = self.url_of(source)
        if not source.title and not source.is_section:
            heading, _ = markdown.leading_title(
                [Line(one, 0) for one in source.matter.body.split("\n")[:20]]
            )
            source.title = heading or title_of(source.name)
        folders = list(source.sections)
        if source.is_post:
            if len(main) == 1 or section == "posts":
                folders = folders[1:]
            folder = "/".join(["content/posts", *folders])
        else:
            folder = "/".join(["content/pages", *folders])
        end = f".{source.language}.md" if source.language else ".md"
        if source.is_section:
            source.place = f"{folder}/index{end}"
        elif source.bundle:
            source.place = f"{folder}/{source.name}/index{end}"
        else:
            source.place = f"{folder}/{source.name}{end}"

    def url_of(self, source: Source) -> str:
        """Return the address that Hugo gave a text, from `/` on."""
        values, lower = source.values, self.lower
        permalinks = group(self.languages.get(source.language)).get("permalinks")
        permalinks = permalinks or self.config.get("permalinks")
        prefix = f"/{source.language}" if source.language else self.prefix
        sections = [hugo_urls.cleaned(part, lower=lower) for part in source.sections]
        name = hugo_urls.cleaned(source.name, lower=lower)
        slug = hugo_urls.slugged(settings.text_of(values.get("slug")), lower=lower)
        if source.is_section:
            kept = settings.text_of(values.get("url"))
            pattern = ""
            if len(sections) == 1 and not kept:
                pattern = hugo_urls.pattern_of(permalinks, source.sections[0], "section")
            url = pattern.replace(":sections", "/".join(sections)) if pattern else ""
            url = kept or prefix + (
                url.replace(":section", sections[0] if sections else "")
                or "/" + "".join(f"{part}/" for part in sections)
            )
            url = re.sub(r"/{2,}", "/", f"/{url}")
            if sections and not kept and self.is_ugly(source):
                return f"{url.rstrip('/')}.html"
            return hugo_urls.with_slash(url)
        pattern = settings.text_of(values.get("url"))
        if "://" in pattern:
            pattern = re.sub(r"^\w+://[^/]*", "", pattern)
        from_front = bool(pattern)
        if not pattern and source.sections:
            pattern = hugo_urls.pattern_of(permalinks, source.sections[0])
        if not pattern and not source.sections:
            pattern = hugo_urls.pattern_of(permalinks, "/")
        if pattern:
            url, unknown = hugo_urls.filled(
                pattern,
                date=source.date,
                sections=self.cleaned_section(source, sections),
                name=name,
                title=source.title,
                slug=slug,
                lower=lower,
                as_is=from_front,
            )
            if unknown:
                names = ", ".join(f"`{one}`" for one in dict.fromkeys(unknown))
                message = f"its permalink `{pattern}` has {names}"
                line = source.matter.line_of("url") if from_front else 0
                self.tell.left(source.path, line, message, "set `permalink:`")
            url = prefix + url if not from_front else url
        else:
            url = prefix + "/" + "/".join([*sections, slug or name])
        if self.is_ugly(source) and not from_front and "." not in url.rpartition("/")[2]:
            return f"{url.rstrip('/')}.html"
        return hugo_urls.with_slash(url)

    def is_ugly(self, source: Source) -> bool:
        """Return whether a page's address ends in .html."""
        ugly = self.config.get("uglyurls")
        if isinstance(ugly, dict):
            ugly = bool(source.sections) and ugly.get(source.sections[0].lower())
        return ugly is True

    def cleaned_section(self, source: Source, cleaned: list[str]) -> list[str]:
        """Return the section that a page belongs to, in the words of URLs."""
        known = {tuple(source.sections[:1]), *self.sections}
        return cleaned[: len(self.section_of(source.sections, known))]

    def section_of(self, folders: list[str], chosen: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        """Return the section that a folder belongs to."""
        known = set(chosen)
        while folders and tuple(folders) not in known:
            folders = folders[:-1]
        return tuple(folders)

    def place_resources(self, texts: list[str]) -> None:
        """Find out where the files beside the texts go."""
        place_of_bundle = {
            source.bundle: posixpath.dirname(source.place)
            for source in self.sources
            if source.bundle
        }
        urls: dict[str, list[str]] = {}
        for source in self.sources:
            if source.bundle:
                urls.setdefault(source.bundle, []).append(source.url)
        for path in texts:
            hidden = any(part.startswith(".") for part in path.split("/"))
            if path.endswith((*TEXTS, *_OTHER_TEXTS)) or hidden:
                continue
            bundle = self.bundle_of(path)
            if bundle and bundle not in place_of_bundle:
                continue  # its text was not imported, which is reported
            if bundle:
                rest = path[len(bundle) + 1 :]
                place = f"{place_of_bundle[bundle]}/{rest}"
                old = [(url if url.endswith("/") else f"{url}/") + rest for url in urls[bundle]]
            else:
                rest = path.removeprefix(f"{self.content}/")
                place, old = f"content/pages/{rest}", [f"{self.prefix}/{rest}"]
            self.resources[path] = self.addresses.place_beside(place, path, *old)


def _front(values: Values) -> Values:
    """Return front matter with the keys that Hugo knows in lower case."""
    return {
        key.lower() if key.lower() in KNOWN or key.lower() in FREE else key: value
        for key, value in values.items()
    }
