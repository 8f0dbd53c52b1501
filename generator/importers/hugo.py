"""A Hugo site -> Tidepost's content, data and static files."""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from generator.importers import goldmark, hugo_urls, markdown, settings
from generator.importers.addresses import PICTURES_AND_FILMS, Addresses, rewrite
from generator.importers.blocked import tell_blocked
from generator.importers.documents import Made, as_date, config_of, make, settle, title_of, words
from generator.importers.lines import Line, without_controls
from generator.importers.matter import (
    Matter,
    MatterMistake,
    decode,
    json_values,
    take_apart,
    toml_values,
    yaml_values,
)
from generator.importers.model import (
    CannotImportError,
    Conversion,
    NewFile,
    OldSite,
    Target,
    Values,
)
from generator.importers.report import Report
from generator.importers.static import StaticFiles
from generator.importers.tell import Teller
from generator.yamltext import write_mapping

_CONFIG = re.compile(r"(?:hugo|config)\.(?:toml|ya?ml|json)")
_TEXTS = (".md", ".markdown", ".mdown", ".html", ".htm")
_OTHER_TEXTS = (".adoc", ".asciidoc", ".org", ".rst", ".pdc", ".pandoc", ".textile")
_THEME = ("layouts", "themes", "archetypes", "i18n", "_vendor")
_USUAL_SECTIONS = ("posts", "post", "blog", "articles", "news")
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})(?:-\d{2}-\d{2}-\d{2})?[-_ ](.+)")
_OWN_LISTS = ("/", "/posts/", "/tags/", "/categories/", "/series/", "/authors/", "/archive/")
_FREE = {"description", "weight", "toc", "noindex", "image_alt"}
_KNOWN = {
    *("title", "date", "lastmod", "modified", "publishdate", "pubdate", "published", "expirydate"),
    *("unpublishdate", "draft", "slug", "url", "aliases", "alias", "tags", "categories", "series"),
    *("summary", "layout", "type", "menu", "menus", "resources", "cascade", "headless", "build"),
    *("_build", "markup", "images", "author", "authors", "outputs", "image", "featured_image"),
    *("cover", "linktitle", "thumbnail", "permalink", "excerpt", "category", "tag", "counter"),
}


class _Source(msgspec.Struct, kw_only=True):
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


def convert(files: OldSite, origin: str, target: Target) -> Conversion:
    """Convert a Hugo site. Raises CannotImportError where it is none."""
    return _Hugo(files, origin, target).convert()


class _Hugo:
    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        self.files, self.origin, self.target = files, origin, target
        self.tell = Teller()
        self.config_file = ""
        self.config = self.read_config()
        self.params = _group(self.config.get("params"))
        self.languages = _group(self.config.get("languages"))
        self.language = str(self.config.get("defaultcontentlanguage") or "en").lower()
        own = _group(self.languages.get(self.language))
        self.content = str(
            own.get("contentdir") or self.config.get("contentdir") or "content"
        ).strip("/")
        self.base, self.address = _base(str(self.config.get("baseurl") or own.get("baseurl") or ""))
        self.addresses = Addresses(self.address, self.base)
        self.static = StaticFiles(files, self.addresses, self.tell)
        self.lower = self.config.get("disablepathtolower") is not True
        self.prefix = (
            f"/{self.language}" if self.config.get("defaultcontentlanguageinsubdir") is True else ""
        )
        self.sources: list[_Source] = []
        self.resources: dict[str, str] = {}
        self.other_languages: Counter[str] = Counter()

    def convert(self) -> Conversion:
        names = sorted(self.files)
        texts = [path for path in names if path.startswith(f"{self.content}/")]
        if not texts or not (self.config_file or any(path.endswith(_TEXTS) for path in texts)):
            message = "this is no Hugo site: no settings such as hugo.toml, or nothing in content/"
            raise CannotImportError(self.origin, message, "name its folder")
        self.read_content(texts)
        main = self.main_sections()
        for source in self.sources:
            self.settle_place(source, main)
        self.place_resources(texts)
        self.static_files(names)
        for source in self.sources:
            self.register(source)
        sections = self.section_pages(main)
        told, self.target, extra = settings.settle(
            self.suggest(main), self.target, self.tell, self.config_file
        )
        made = [
            one
            for source in self.sources
            if not source.is_section and (one := self.document(source))
        ]
        made += [one for source, children in sections if (one := self.section(source, children))]
        made = settle(made, self.target, self.tell)
        for one in made:
            self.tell.converted(one.origin, one.path, "" if one.document.draft else one.url)
        copied = [
            NewFile(path=place, origin=path, copy_of=path) for path, place in self.resources.items()
        ]
        for each in copied:
            self.tell.converted(each.origin, each.path)
        data = self.data_files(names)
        self.told_once(names, main)
        files = [*self.static.done(), *copied, *data, *(one.file() for one in made), *extra]
        report = Report(
            origin=self.origin,
            entries=tuple(sorted(self.tell.entries)),
            urls=tuple(sorted(one.url for one in made if not one.document.draft)),
            moved=tuple(sorted(self.tell.moved)),
            settings=told,
        )
        return Conversion(files=tuple(files), report=report)

    # What the settings say

    def read_config(self) -> Values:
        merged: Values = {}
        for path in sorted(self.files):
            folder, name = posixpath.split(path)
            if folder == "" and _CONFIG.fullmatch(name):
                key = ""
            elif folder == "config/_default" and re.search(r"\.(?:toml|ya?ml|json)$", name):
                key = "" if _CONFIG.fullmatch(name) else name.partition(".")[0].lower()
            else:
                continue
            values = self.values_of(path)
            if not self.config_file or not key:
                self.config_file = path
            key = "menus" if key == "menu" else key
            merged |= _lowered({key: values} if key else values)
        return merged

    def values_of(self, path: str) -> Values:
        try:
            text = decode(self.files[path].read())
            if path.endswith(".toml"):
                return toml_values(text)
            return json_values(text) if path.endswith(".json") else yaml_values(text)
        except MatterMistake as mistake:
            self.tell.left(path, mistake.line, f"the settings: {mistake.message}", mistake.hint)
            return {}

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

    def suggest(self, main: list[str]) -> dict[str, Any]:
        config, params = self.config, self.params
        code = (
            config.get("locale")
            or config.get("languagecode")
            or config.get("defaultcontentlanguage")
        )
        pages = _group(config.get("pagination")).get("pagersize") or config.get("paginate")
        found: dict[str, Any] = {
            "title": settings.text_of(config.get("title")),
            "url": self.address + self.base,
            "description": settings.text_of(params.get("description")),
            "tagline": settings.text_of(params.get("subtitle") or params.get("tagline")),
            "language": settings.text_of(code),
            "timezone": settings.text_of(config.get("timezone")),
            "author": settings.author_of(params.get("author") or config.get("author")),
            "footer": settings.text_of(config.get("copyright")),
            "page_size": pages if isinstance(pages, int) and pages > 0 else None,
            "menu": self.menu(),
        }
        if len(main) == 1 and (pattern := self.pattern(main[0])):
            found["permalinks"] = {"post": pattern}
        return found

    def pattern(self, section: str) -> str:
        """Return the pattern of a section as Tidepost's, or nothing where it has none."""
        pattern = (
            hugo_urls.pattern_of(self.config.get("permalinks"), section) or f"/{section}/:slug/"
        )
        pattern = self.prefix + pattern.replace(":section/", f"{section}/")
        for name, own in (
            *(("year", "year"), ("month", "month"), ("day", "day"), ("slugorfilename", "slug")),
            *(("slugorcontentbasename", "slug"), ("contentbasename", "slug"), ("filename", "slug")),
            *(("slug", "slug"), ("title", "slug")),
        ):
            pattern = re.sub(rf":{name}\b", f"{{{own}}}", pattern)
        pattern = hugo_urls.with_slash(f"/{pattern.lstrip('/')}")
        return "" if ":" in pattern or "{slug}" not in pattern else pattern

    def menu(self) -> list[dict[str, str]]:
        """Return the main menu, from the settings and from front matter."""
        menus = _group(self.config.get("menus") or self.config.get("menu"))
        items: list[tuple[float, str, str]] = []
        given = menus.get("main")
        for one in given if isinstance(given, list) else []:
            entry = _group(one)
            url = settings.text_of(entry.get("url") or entry.get("pageref"))
            items.append((_number(entry.get("weight")), settings.text_of(entry.get("name")), url))
        for source in self.sources:
            wanted = source.values.get("menu") or source.values.get("menus")
            own = _group(wanted).get("main")
            if (
                wanted == "main"
                or (isinstance(wanted, list) and "main" in wanted)
                or own is not None
            ):
                entry = _group(own)
                name = settings.text_of(entry.get("name")) or source.title
                if not source.draft:
                    items.append((_number(entry.get("weight")), name, source.url))
        found: list[dict[str, str]] = []
        for _, name, url in sorted(items, key=lambda item: item[0] or float("inf")):
            address, fault = self.addresses.resolve(url if "/" in url else f"/{url}", "/", "")
            if any(one["url"] == address for one in found):
                continue
            if name and url and not fault:
                found.append({"title": name, "url": address})
            elif name:
                self.tell.left(
                    self.config_file, 0, f"the menu's `{name}`: `{url}` leads to nothing here"
                )
        return found

    # Content

    def read_content(self, texts: list[str]) -> None:
        folders = {posixpath.dirname(path) for path in texts}
        self.bundles = {
            folder
            for folder in folders
            if any(self.is_index(path) for path in texts if posixpath.dirname(path) == folder)
        }
        for path in texts:
            name = posixpath.basename(path)
            inside = self.bundle_of(path)
            if not path.endswith(_TEXTS) or any(part.startswith(".") for part in path.split("/")):
                if path.endswith(_OTHER_TEXTS) and not inside:
                    self.tell.left(
                        path, 0, "not imported: it is not written in Markdown", "convert it first"
                    )
                continue
            if language := self.foreign(path):
                self.other_languages[language] += 1
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
        stem = posixpath.basename(path).split(".")
        if stem[0] != "index" or f".{stem[-1]}" not in _TEXTS:
            return False
        return len(stem) == 2 or (
            len(stem) == 3 and stem[1].lower() in (self.language, *self.languages)
        )

    def bundle_of(self, path: str) -> str:
        folder = posixpath.dirname(path)
        while folder and folder != self.content:
            if folder in self.bundles:
                return folder
            folder = posixpath.dirname(folder)
        return ""

    def foreign(self, path: str) -> str:
        """Return the other language that a file is written in, if it is."""
        parts = posixpath.basename(path).split(".")
        code = parts[-2].lower() if len(parts) > 2 else ""
        if code in self.languages and code != self.language:
            return code
        for language, options in self.languages.items():
            folder = str(_group(options).get("contentdir") or "").strip("/")
            if language != self.language and folder and path.startswith(f"{folder}/"):
                return language
        return ""

    def text(self, path: str, name: str, bundle: str) -> None:
        try:
            text = decode(self.files[path].read())
            matter = take_apart(text) or Matter(values={}, body=text, body_line=1)
        except MatterMistake as mistake:
            self.tell.left(path, mistake.line, f"not imported: {mistake.message}", mistake.hint)
            return
        values = _front(matter.values)
        stem = name.split(".")[0] if name.count(".") == 2 and name.split(".")[1] in (
            self.language, *self.languages
        ) else posixpath.splitext(name)[0]  # fmt: skip
        relative = posixpath.dirname(path.removeprefix(f"{self.content}/"))
        sections = [part for part in relative.split("/") if part]
        if bundle and sections:
            stem = sections.pop()
        hidden = _group(values.get("_build") or values.get("build"))
        if values.get("headless") is True or hidden.get("render") in ("never", False):
            self.tell.left(
                path,
                matter.line_of("headless", "render"),
                "not imported: it has no page of its own",
            )
            return
        markup = str(values.get("markup") or "")
        if markup and markup not in ("goldmark", "md", "markdown", "html", "blackfriday", "mmark"):
            message = f"not imported: it is written in `{markup}`"
            self.tell.left(path, matter.line_of("markup"), message, "convert it to Markdown first")
            return
        source = _Source(
            path=path,
            place="",
            matter=matter,
            values=values,
            sections=sections,
            name=stem,
            title=settings.text_of(values.get("title")),
            draft=values.get("draft") in (True, "true"),
            is_section=stem == "_index",
            bundle=bundle,
        )
        self.dates(source)
        self.sources.append(source)

    def dates(self, source: _Source) -> None:
        """Find the date, and hold back what is to be published later."""
        values = source.values
        zone = config_of(self.target).zone
        order = _group(self.config.get("frontmatter")).get("date")
        named = _DATED.fullmatch(source.name)
        if named and isinstance(order, list) and ":filename" in order:
            if order[0] == ":filename" or not values.get("date"):
                values["date"] = named[1]
            values.setdefault("slug", named[2])
        written = ""
        for key in ("date", "publishdate", "pubdate", "published", "lastmod", "modified"):
            if values.get(key) in (None, "", False, True) or written:
                continue
            written = as_date(values[key], zone)
            if not written:
                line = source.matter.line_of(key)
                self.tell.left(
                    source.path, line, f"`{key}: {values[key]}` is no date that Tidepost reads"
                )
        source.written_date = written
        source.date = _moment(written)
        later = _moment(as_date(values.get("publishdate") or "", zone))
        if later and source.date and later > source.date and later > self.target.now:
            source.written_date = as_date(values["publishdate"], zone)
            message = f"its date is {source.written_date} now, from which on it is published"
            self.tell.changed(source.path, source.matter.line_of("publishDate"), message)

    def settle_place(self, source: _Source, main: list[str]) -> None:
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
        if source.is_section:
            source.place = f"{folder}/index.md"
        elif source.bundle:
            source.place = f"{folder}/{source.name}/index.md"
        else:
            source.place = f"{folder}/{source.name}.md"

    def url_of(self, source: _Source) -> str:
        values, lower = source.values, self.lower
        sections = [hugo_urls.cleaned(part, lower=lower) for part in source.sections]
        name = hugo_urls.cleaned(source.name, lower=lower)
        slug = hugo_urls.cleaned(settings.text_of(values.get("slug")), lower=lower)
        if source.is_section:
            url = self.prefix + "/" + "".join(f"{part}/" for part in sections)
            return f"{url.rstrip('/')}.html" if sections and self.is_ugly(source) else url
        pattern = settings.text_of(values.get("url"))
        if "://" in pattern:
            pattern = re.sub(r"^\w+://[^/]*", "", pattern)
        from_front = bool(pattern)
        if not pattern and source.sections:
            pattern = hugo_urls.pattern_of(self.config.get("permalinks"), source.sections[0])
        if not pattern and not source.sections:
            pattern = hugo_urls.pattern_of(self.config.get("permalinks"), "/")
        if pattern:
            url, unknown = hugo_urls.filled(
                pattern,
                date=source.date,
                sections=self.cleaned_section(source, sections),
                name=name,
                title=source.title,
                slug=slug,
                lower=lower and not from_front,
            )
            if unknown:
                names = ", ".join(f"`{one}`" for one in dict.fromkeys(unknown))
                message = f"its permalink `{pattern}` has {names}"
                line = source.matter.line_of("url") if from_front else 0
                self.tell.left(source.path, line, message, "set `permalink:`")
            url = self.prefix + url if not from_front else url
        else:
            url = self.prefix + "/" + "/".join([*sections, slug or name])
        if self.is_ugly(source) and not from_front and "." not in url.rpartition("/")[2]:
            return f"{url.rstrip('/')}.html"
        return hugo_urls.with_slash(url)

    def is_ugly(self, source: _Source) -> bool:
        """Tell whether a page's address ends in .html."""
        ugly = self.config.get("uglyurls")
        if isinstance(ugly, dict):
            ugly = bool(source.sections) and ugly.get(source.sections[0].lower())
        return ugly is True

    def cleaned_section(self, source: _Source, cleaned: list[str]) -> list[str]:
        """Return the section that a page belongs to, in the words of URLs."""
        known = {tuple(one.sections) for one in self.sources if one.is_section}
        known |= {tuple(source.sections[:1])}
        return cleaned[: len(self.section_of(source.sections, known))]

    def place_resources(self, texts: list[str]) -> None:
        """Find out where the files beside the texts go."""
        place_of_bundle = {
            source.bundle: posixpath.dirname(source.place)
            for source in self.sources
            if source.bundle
        }
        url_of_bundle = {source.bundle: source.url for source in self.sources if source.bundle}
        for path in texts:
            hidden = any(part.startswith(".") for part in path.split("/"))
            if path.endswith((*_TEXTS, *_OTHER_TEXTS)) or hidden or self.foreign(path):
                continue
            bundle = self.bundle_of(path)
            if bundle and bundle not in place_of_bundle:
                continue  # its text was not imported, which is told
            if bundle:
                rest = path[len(bundle) + 1 :]
                place, url = f"{place_of_bundle[bundle]}/{rest}", url_of_bundle[bundle]
                url = (url if url.endswith("/") else f"{url}/") + rest
            else:
                rest = path.removeprefix(f"{self.content}/")
                place, url = f"content/pages/{rest}", f"{self.prefix}/{rest}"
            self.resources[path] = place
            for old in (url, f"/{path}"):
                self.addresses.files[old] = place.removeprefix("content")

    def register(self, source: _Source) -> None:
        if source.is_section:
            return
        name = source.place.removeprefix("content")
        self.addresses.add_source(source.path, name, draft=source.draft)
        if not source.draft:
            self.addresses.add_page(source.url, source.url)
        if source.is_post and not source.draft:
            self.addresses.add_terms("tags", words(source.values.get("tags"), split=False))
            self.addresses.add_terms(
                "categories", words(source.values.get("categories"), split=False)
            )

    def static_files(self, names: list[str]) -> None:
        given = self.config.get("staticdir") or "static"
        folders = given if isinstance(given, list) else [given]
        for path in names:
            if any(part.startswith(".") and part != ".well-known" for part in path.split("/")):
                continue
            for folder in folders:
                if path.startswith(f"{folder}/"):
                    self.static.add(path, path[len(str(folder)) + 1 :])
            if path.startswith("assets/"):
                suffix = posixpath.splitext(path)[1].lower()
                if suffix in PICTURES_AND_FILMS:
                    self.static.add(path, path.removeprefix("assets/"))
                else:
                    self.static.theme["assets"] += 1

    # Making documents

    def lines_of(self, source: _Source) -> list[Line]:
        body = without_controls(source.matter.body)

        def parameter(name: str) -> str | None:
            value: Any = {
                **self.params,
                **_lowered(source.values),
                **_group(source.values.get("params")),
            }
            for step in name.lower().split("."):
                value = value.get(step) if isinstance(value, dict) else None
            return goldmark.plain(value)

        lines = goldmark.convert(
            body,
            source.matter.body_line,
            lambda wanted: self.referred(wanted, source),
            parameter,
            self.tell,
            source.path,
        )
        is_html = source.path.endswith((".html", ".htm"))
        heading, without = markdown.leading_title(lines)
        if heading and heading.casefold() == source.title.casefold():
            lines = without
            message = "the heading that repeats the title is left out"
            self.tell.changed(source.path, source.matter.body_line, message)
        lines = markdown.set_headings(lines, self.tell, source.path, markdown.github_id)
        if is_html:
            first = lines[0].source if lines else 1
            lines = [Line("<div>", first), *lines, Line("</div>", first)]
        else:
            lines = markdown.set_lists(markdown.link_addresses(lines))
        home = posixpath.dirname(source.place).removeprefix("content") + "/"
        lines = rewrite(lines, self.addresses, self.tell, source.path, source.url, home)
        tell_blocked(lines, self.tell, source.path)
        return goldmark.hide_rest(lines)

    def document(self, source: _Source) -> Made | None:
        lines = self.lines_of(source)
        return make(
            source.place,
            source.path,
            "post" if source.is_post else "page",
            self.front_matter(source),
            lines,
            "" if source.draft else source.url,
            self.target,
            self.tell,
            source.matter.line_of,
        )

    def referred(self, wanted: str, source: _Source) -> str | None:
        """Return the address of what `ref` names."""
        path, mark, fragment = wanted.partition("#")
        tail = mark + fragment
        if not path:
            return tail or None
        here = "/".join([self.content, *source.sections])
        name = re.sub(r"\.(?:md|markdown|html)$", "", path)
        wished = {
            posixpath.normpath(f"{folder}/{name.strip('/')}")
            for folder in ((self.content,) if path.startswith("/") else (here, self.content))
        }
        by_name = []
        for other in self.sources:
            stem = other.bundle or posixpath.splitext(other.path)[0]
            if other.is_section:
                stem = posixpath.dirname(other.path)
            if stem in wished:
                return self.name_of(other) + tail
            if posixpath.basename(stem) == name:
                by_name.append(other)
        return self.name_of(by_name[0]) + tail if len(by_name) == 1 else None

    def name_of(self, source: _Source) -> str:
        return source.url if source.is_section else source.place.removeprefix("content")

    def front_matter(self, source: _Source) -> Values:
        values = source.values
        zone = config_of(self.target).zone
        line = source.matter.line_of
        own: Values = {"title": source.title}
        own["date"] = source.written_date
        for name, keys in (
            ("updated", ("lastmod", "modified")),
            ("expires", ("expirydate", "unpublishdate")),
        ):
            for key in keys:
                if (text := as_date(values.get(key) or "", zone)) and text != source.written_date:
                    own[name] = text
        own["draft"] = True if source.draft else None
        if slug := settings.text_of(values.get("slug")):
            own["slug"] = slug
        own["categories"] = words(values.get("categories") or values.get("category"), split=False)
        own["tags"] = words(values.get("tags") or values.get("tag"), split=False)
        series = words(values.get("series"), split=False)
        own["series"] = series[0] if series else ""
        if len(series) > 1:
            self.tell.left(
                source.path, line("series"), f"the series {', '.join(series[1:])}: one is possible"
            )
        people = values.get("authors") or values.get("author")
        people = people if isinstance(people, list) else [people]
        own["authors"] = [
            name
            for one in people
            if (name := settings.text_of(one.get("name") if isinstance(one, dict) else one))
        ]
        own["excerpt"] = settings.text_of(values.get("summary"))
        own["aliases"] = self.aliases(source)
        self.image(source, own)
        for key in ("layout", "type", "outputs", "cascade", "resources"):
            if values.get(key) not in (None, "", [], {}, "post", "posts", "page", "single", "blog"):
                self.tell.left(source.path, line(key), f"`{key}` of the front matter")
        for key, value in values.items():
            if (key.lower() not in _KNOWN and key not in own) or (key in _FREE and key not in own):
                own[key] = value
        return own

    def aliases(self, source: _Source) -> list[str]:
        given = source.values.get("aliases") or source.values.get("alias")
        found = []
        for one in given if isinstance(given, list) else [given]:
            text = settings.text_of(one)
            if text and not text.startswith("/"):
                folder = "/".join(
                    hugo_urls.cleaned(part, lower=self.lower) for part in source.sections
                )
                text = posixpath.normpath(f"/{folder}/{text}")
            if text:
                found.append(hugo_urls.with_slash(text))
        return list(dict.fromkeys(found))

    def image(self, source: _Source, own: Values) -> None:
        values = source.values
        given: Any = values.get("image") or values.get("featured_image") or values.get("images")
        given = given or values.get("cover") or values.get("thumbnail")
        alt = ""
        if isinstance(given, list):
            given = given[0] if given else ""
        if isinstance(given, dict):
            alt = settings.text_of(given.get("alt"))
            given = given.get("image") or given.get("src") or given.get("path")
        text = settings.text_of(given)
        if not text:
            return
        address, fault = self.addresses.resolve(text, source.url, posixpath.dirname(source.path))
        if fault and not text.startswith("/"):
            address, fault = self.addresses.resolve(f"/{text}", source.url, "")
        if fault:
            line = source.matter.line_of("image", "featured_image", "images", "cover", "thumbnail")
            self.tell.left(source.path, line, f"the picture `{text}`: there is no such file")
            return
        own["image"] = address
        if alt:
            own["image_alt"] = alt

    # Sections, which list what they hold

    def section_pages(self, main: list[str]) -> list[tuple[_Source, list[_Source]]]:
        """Return a source for each section, with what its page lists.

        Sections are the folders directly below content/, and those with an `_index` file.
        """
        known = {tuple(source.sections): source for source in self.sources if source.is_section}
        first = {
            tuple(source.sections[:1])
            for source in self.sources
            if source.sections and not source.draft
        }
        chosen: dict[tuple[str, ...], _Source] = {}
        for folder in sorted({*first, *known}):
            source = known.get(folder) or self.unwritten_section(folder)
            if source.draft or (source.url in _OWN_LISTS and source.url != "/"):
                if folder in known:
                    what = "a draft" if source.draft else "Tidepost has a page of its own there"
                    message = f"the page of a section is left out: {what}"
                    self.tell.changed(source.path, 0, message)
                continue
            source.title = source.title or (title_of(folder[-1]) if folder else "Home")
            place = source.place.removeprefix("content")
            self.addresses.add_source(source.path, place, draft=False)
            self.addresses.add_page(source.url, source.url)
            chosen[folder] = source
        return [(source, self.children(folder, chosen, main)) for folder, source in chosen.items()]

    def unwritten_section(self, folder: tuple[str, ...]) -> _Source:
        """Return a section that has no text of its own."""
        source = _Source(
            path="/".join([self.content, *folder]),
            place="/".join(["content/pages", *folder, "index.md"]),
            matter=Matter(values={}, body="", body_line=1),
            values={},
            sections=list(folder),
            name="_index",
            title="",
            is_section=True,
        )
        source.url = self.url_of(source)
        return source

    def children(
        self, folder: tuple[str, ...], chosen: dict[tuple[str, ...], _Source], main: list[str]
    ) -> list[_Source]:
        if not folder or folder[0] in main:
            return []
        inside = [
            source
            for source in self.sources
            if not source.is_section
            and not source.draft
            and self.section_of(source.sections, chosen) == folder
        ]
        below = [
            source
            for key, source in chosen.items()
            if key and self.section_of(list(key[:-1]), chosen) == folder
        ]
        return sorted(
            [*below, *inside],
            key=lambda one: (
                _number(one.values.get("weight")) or float("inf"),
                -(one.date.timestamp() if one.date else 0),
                one.title,
            ),
        )

    def section_of(self, folders: list[str], chosen: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        """Return the section that a folder belongs to."""
        known = set(chosen)
        while folders and tuple(folders) not in known:
            folders = folders[:-1]
        return tuple(folders)

    def section(self, source: _Source, children: list[_Source]) -> Made | None:
        lines = self.lines_of(source)
        last = lines[-1].source if lines else 1
        own = source.sections
        if children:
            listed = [f"- [{one.title}]({self.link_to(one)})" for one in children]
            lines += [Line("", last), *(Line(text, last) for text in listed)]
            count = f"{len(children)} pages" if len(children) > 1 else "one page"
            message = f"a list of the {count} below it is written out"
            hint = "keep it up to date, or make a template of it"
            self.tell.changed(source.path, 0, message, hint)
        elif own and self.is_main(own[0]):
            lines += [Line("", last), Line(f"- [{source.title}](/posts/)", last)]
            message = (
                "Tidepost lists posts at /posts/; a page that leads there keeps the old address"
            )
            self.tell.changed(source.path, 0, message)
        elif not source.matter.body.strip():
            self.tell.changed(source.path, 0, "a section without text and pages is left out")
            return None
        return make(
            source.place,
            source.path,
            "page",
            self.front_matter(source),
            lines,
            source.url,
            self.target,
            self.tell,
            source.matter.line_of,
        )

    def is_main(self, section: str) -> bool:
        return any(source.is_post and source.sections[:1] == [section] for source in self.sources)

    def link_to(self, source: _Source) -> str:
        return source.place.removeprefix("content")

    # What is neither document nor static file

    def data_files(self, names: Iterable[str]) -> list[NewFile]:
        found = []
        for path in names:
            if not path.startswith("data/"):
                continue
            if path.endswith((".yml", ".yaml", ".json", ".csv")):
                place = re.sub(r"\.yml$", ".yaml", path)
                found.append(NewFile(path=place, origin=path, copy_of=path))
                self.tell.converted(path, place)
            elif path.endswith(".toml"):
                values = self.values_of(path)
                if values:
                    place = f"{path.removesuffix('.toml')}.yaml"
                    content = write_mapping(values).encode()
                    found.append(NewFile(path=place, origin=path, content=content))
                    self.tell.converted(path, place)
            else:
                hint = "write it as YAML, JSON or CSV"
                self.tell.left(
                    path, 0, "not imported: data of a kind that Tidepost does not read", hint
                )
        return found

    def told_once(self, names: list[str], main: list[str]) -> None:
        folders = Counter(path.split("/")[0] for path in names)
        for folder in _THEME:
            if count := folders[folder]:
                files = "file" if count == 1 else "files"
                hint = "Tidepost has its own templates; docs/templates.md tells how to change them"
                self.tell.left(folder, 0, f"{count} {files} of the old look", hint)
        for language, count in sorted(self.other_languages.items()):
            files = "text" if count == 1 else "texts"
            message = f"not imported: {count} {files} in the language `{language}`"
            self.tell.left(
                self.config_file or self.content, 0, message, f"only `{self.language}` is"
            )
        if self.config.get("uglyurls"):
            message = "`uglyURLs`: addresses that end in .html are kept"
            self.tell.changed(self.config_file, 0, message)
            for name in ("tags", "categories"):
                if any(term.startswith(f"/{name}/") for term in self.addresses.terms):
                    self.tell.move(f"/{name}.html", f"/{name}/", "a list that Tidepost makes")
        if self.config.get("enableemoji") is True:
            self.tell.left(
                self.config_file, 0, "`enableEmoji`: names such as :smile: stay as they are"
            )
        taxonomies = self.config.get("taxonomies")
        if isinstance(taxonomies, dict):
            for one in taxonomies.values():
                if str(one).lower() not in ("tags", "categories", "series", "authors"):
                    self.tell.left(
                        self.config_file, 0, f"the taxonomy `{one}`: it stays in the front matter"
                    )
        if main:
            self.tell.move("/index.xml", "/feed.xml", "the feed")
        if self.resources:
            self.tell.move(
                "files beside texts",
                "/assets/...",
                "named by their content; links in texts are right",
            )


def _group(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _lowered(value: Any) -> Any:
    """Return settings with their keys in lower case, as Hugo reads them."""
    if isinstance(value, dict):
        return {str(key).lower(): _lowered(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_lowered(one) for one in value]
    return value


def _front(values: Values) -> Values:
    """Return front matter with the keys that Hugo knows in lower case."""
    return {
        key.lower() if key.lower() in _KNOWN or key.lower() in _FREE else key: value
        for key, value in values.items()
    }


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _base(url: str) -> tuple[str, str]:
    """Return the path and the origin of the site's address."""
    found = re.match(r"(https?://[^/?#\s]+)([^?#\s]*)", url)
    return (found[2].rstrip("/"), found[1]) if found else ("", "")


def _moment(written: str) -> dt.datetime | None:
    """Return a date in its own zone, which is what Hugo makes URLs of."""
    if not written:
        return None
    try:
        moment = dt.datetime.fromisoformat(re.sub(r" ([+-]\d\d:\d\d)$", r"\1", written))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
