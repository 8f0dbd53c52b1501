"""A Jekyll site -> Tidepost's content, data and static files."""

from __future__ import annotations

import datetime as dt
import fnmatch
import posixpath
import re
import zoneinfo
from collections import Counter
from typing import Any

import msgspec

from generator.dates import parse_date
from generator.importers import liquid, markdown, permalinks, settings
from generator.importers.addresses import PICTURES_AND_FILMS, Addresses, rewrite
from generator.importers.blocked import tell_blocked
from generator.importers.documents import Made, as_date, make, settle, title_of, words
from generator.importers.lines import Line, to_lines, without_controls
from generator.importers.matter import (
    Matter,
    MatterMistake,
    decode,
    has_yaml_matter,
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

CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
_MARKDOWN = (".md", ".markdown", ".mkd", ".mkdn", ".mkdown")
_HTML = (".html", ".htm")
_POST = re.compile(r"(?:(?P<sub>.*)/)?(?P<date>\d{4}-\d{1,2}-\d{1,2})-(?P<name>[^/]+)\.[^./]+")
_NEVER = ("node_modules", "vendor", "Gemfile", "Gemfile.lock", "Rakefile", "Makefile", "CNAME")
_THEME = ("_includes", "_layouts", "_sass", "_plugins")
_USUAL_LAYOUTS = {"", "default", "post", "posts", "page", "pages", "home", "single", "none", "null"}
_OWN_KEYS = {
    *("title", "date", "layout", "permalink", "categories", "category", "tags", "tag", "published"),
    *("excerpt_separator", "redirect_from", "redirect_to", "slug", "render_with_liquid", "image"),
    *("author", "authors", "last_modified_at", "draft", "alias", "aliases", "header", "excerpt"),
}
_FREE = {"description", "series", "weight", "toc", "noindex", "image_alt"}
"""Keys that mean the same in Tidepost, if their values are of the right type."""


class _Source(msgspec.Struct, kw_only=True):
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
        return self.path.endswith(_HTML)


def convert(files: OldSite, origin: str, target: Target) -> Conversion:
    """Convert a Jekyll site. Raises CannotImportError where it is none."""
    return _Jekyll(files, origin, target).convert()


class _Jekyll:
    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        self.files, self.origin, self.target = files, origin, target
        self.tell = Teller()
        self.config_file, self.config = self.read_config()
        self.base = str(self.config.get("baseurl") or "").rstrip("/")
        address = str(self.config.get("url") or "")
        self.addresses = Addresses(address, self.base)
        self.static = StaticFiles(files, self.addresses, self.tell)
        self.sources: list[_Source] = []
        self.style = str(self.config.get("permalink") or "date").strip()
        self.zone = self.time_zone()
        self.collections = self.read_collections()

    def convert(self) -> Conversion:
        names = [path for path in sorted(self.files) if not self.excluded(path)]
        if not self.config_file and not any("_posts/" in f"/{path}" for path in names):
            raise CannotImportError(
                self.origin,
                "this is no Jekyll site: neither _config.yml nor _posts/",
                "name its folder",
            )
        for path in names:
            self.sort_out(path)
        suggested = self.suggest()
        told, self.target, extra = settings.settle(
            suggested, self.target, self.tell, self.config_file
        )
        for source in self.sources:
            self.register(source)
        made = [one for source in self.sources if (one := self.document(source))]
        made = settle(made, self.target, self.tell)
        for one in made:
            self.tell.converted(one.origin, one.path, "" if one.document.draft else one.url)
        data = self.data_files(names)
        self.told_once(names)
        copied = self.static.done()
        report = Report(
            origin=self.origin,
            entries=tuple(sorted(self.tell.entries)),
            urls=tuple(sorted(one.url for one in made if not one.document.draft)),
            moved=tuple(sorted(self.tell.moved)),
            settings=told,
        )
        files = [*copied, *data, *(one.file() for one in made), *extra]
        return Conversion(files=tuple(files), report=report)

    # What the settings say

    def read_config(self) -> tuple[str, Values]:
        for name in CONFIGS:
            if name not in self.files:
                continue
            try:
                text = decode(self.files[name].read())
                return name, (toml_values if name.endswith(".toml") else yaml_values)(text)
            except MatterMistake as mistake:
                self.tell.left(name, mistake.line, f"the settings: {mistake.message}", mistake.hint)
                return name, {}
        return "", {}

    def time_zone(self) -> zoneinfo.ZoneInfo:
        try:
            return zoneinfo.ZoneInfo(str(self.config.get("timezone") or "UTC"))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return zoneinfo.ZoneInfo("UTC")

    def read_collections(self) -> dict[str, Values]:
        given = self.config.get("collections")
        if isinstance(given, list):
            given = {str(name): {} for name in given}
        if not isinstance(given, dict):
            return {}
        return {
            name: options if isinstance(options, dict) else {}
            for name, options in given.items()
            if name not in ("posts", "drafts")
        }

    def excluded(self, path: str) -> bool:
        parts = path.split("/")
        given = self.config.get("include")
        included = [str(one).strip("/") for one in given] if isinstance(given, list) else []
        if any(
            part.startswith((".", "#", "~")) and part not in included and part != ".well-known"
            for part in parts
        ):
            return True
        if parts[0] in _NEVER or path in CONFIGS or parts[0] == "_site":
            return True
        listed = self.config.get("exclude")
        patterns = [str(one).strip("/") for one in listed] if isinstance(listed, list) else []
        return any(
            path == one or path.startswith(f"{one}/") or fnmatch.fnmatch(path, one)
            for one in patterns
            if one
        )

    def defaults(self, path: str, group: str) -> Values:
        """Return what `defaults:` says for a file, the most special last."""
        given = self.config.get("defaults")
        found: list[tuple[int, Values]] = []
        for one in given if isinstance(given, list) else []:
            if not isinstance(one, dict) or not isinstance(one.get("values"), dict):
                continue
            scope = one.get("scope") if isinstance(one.get("scope"), dict) else {}
            where = str(scope.get("path") or "").strip("/")  # type: ignore[union-attr]
            kind = str(scope.get("type") or "")  # type: ignore[union-attr]
            inside = not where or path == where or path.startswith(f"{where}/")
            if not inside and not ("*" in where and fnmatch.fnmatch(path, f"{where}*")):
                continue
            if kind in ("", group):
                found.append((len(where) * 2 + bool(kind), one["values"]))
        found.sort(key=lambda each: each[0])
        merged: Values = {}
        for _, values in found:
            merged |= values
        return merged

    def suggest(self) -> dict[str, Any]:
        """Return the settings for `site.yaml`."""
        config = self.config
        url = str(config.get("url") or "").rstrip("/")
        cname = self.files.get("CNAME")
        if not url and cname is not None and cname.size < 300:
            host = without_controls(cname.read().decode(errors="replace")).strip()
            url = f"https://{host}" if host else ""
        language = config.get("lang") or config.get("locale") or config.get("language")
        found: dict[str, Any] = {
            "title": settings.text_of(config.get("title") or config.get("name")),
            "url": f"{url}{self.base}" if url else "",
            "description": settings.text_of(config.get("description")),
            "tagline": settings.text_of(config.get("tagline")),
            "language": settings.text_of(language).replace("_", "-"),
            "timezone": settings.text_of(config.get("timezone")),
            "author": settings.author_of(config.get("author")),
        }
        if any("$$" in source.matter.body for source in self.sources):
            found["markdown"] = {"math": True}
        if pattern := self.pattern():
            found["permalinks"] = {"post": pattern}
        return found

    def pattern(self) -> str:
        """Return the site's permalink as a pattern of Tidepost's, or nothing where it has none."""
        pattern = permalinks.STYLES.get(self.style, self.style)
        if ":categories" in pattern and not any(each.categories for each in self.sources):
            pattern = pattern.replace("/:categories", "")
        names = {"year": "year", "month": "month", "day": "day", "title": "slug", "slug": "slug"}
        pattern = pattern.replace(":output_ext", ".html")
        for name, own in names.items():
            pattern = re.sub(rf":{name}\b", f"{{{own}}}", pattern)
        pattern = f"/{pattern.lstrip('/')}"
        if ":" in pattern or "{slug}" not in pattern:
            return ""
        return pattern if pattern.endswith(("/", ".html")) else f"{pattern}/"

    # Which files there are

    def sort_out(self, path: str) -> None:
        """Find out what a file is, and remember it."""
        parts = path.split("/")
        if parts[0] == "_data" or parts[0] in _THEME:
            return
        if "_posts" in parts[:-1]:
            self.post(path, parts)
        elif "_drafts" in parts[:-1]:
            place = parts.index("_drafts")
            rest = "/".join([*parts[:place], *parts[place + 1 :]])
            self.text(path, f"content/drafts/{_stem(rest)}.md", "drafts", draft=True)
        elif collection := self.collection_of(path):
            self.collection_document(path, *collection)
        elif any(part.startswith("_") for part in parts):
            hint = "Jekyll does not publish it either"
            self.tell.left(path, 0, "a file in a folder that Jekyll has no rule for", hint)
        elif path.endswith((*_MARKDOWN, *_HTML)) or has_yaml_matter(self.beginning(path)):
            self.page(path)
        else:
            self.static.add(path, path)

    def beginning(self, path: str) -> bytes:
        suffix = posixpath.splitext(path)[1].lower()
        if suffix in PICTURES_AND_FILMS - {".svg", ".vtt"} or self.files[path].size > 1_000_000:
            return b""
        return self.files[path].read()[:16]

    def collection_of(self, path: str) -> tuple[str, str] | None:
        root = str(self.config.get("collections_dir") or "").strip("/")
        for name in self.collections:
            folder = f"{root}/_{name}/".lstrip("/")
            if path.startswith(folder):
                return name, path[len(folder) :]
        return None

    def text(self, path: str, place: str, group: str, *, draft: bool = False) -> _Source | None:
        """Read a document; tell and return None where it cannot be one."""
        if not path.endswith((*_MARKDOWN, *_HTML)):
            if path.endswith((".textile", ".adoc", ".asciidoc", ".org", ".rst")):
                self.tell.left(
                    path, 0, "not imported: it is not written in Markdown", "convert it first"
                )
            else:
                self.static_or_told(path)
            return None
        try:
            matter = take_apart(decode(self.files[path].read()), only_yaml=True)
        except MatterMistake as mistake:
            self.tell.left(path, mistake.line, f"not imported: {mistake.message}", mistake.hint)
            return None
        if matter is None:
            hint = "Jekyll copies it without reading it; put two lines `---` at its beginning"
            self.tell.left(path, 0, "not imported: it has no front matter", hint)
            return None
        values = {**self.defaults(path, group), **matter.values}
        source = _Source(
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
        if posixpath.splitext(path)[1].lower() in PICTURES_AND_FILMS:
            self.static.add(path, path)
        else:
            self.tell.left(path, 0, "not imported: neither Markdown nor HTML")

    def post(self, path: str, parts: list[str]) -> None:
        place = parts.index("_posts")
        folders = parts[:place]
        rest = "/".join(parts[place + 1 :])
        found = _POST.fullmatch(rest)
        if not found:
            if path.endswith((*_MARKDOWN, *_HTML)):
                hint = "Jekyll wants names such as 2021-05-01-title.md"
                self.tell.left(path, 0, "not imported: a post without a date in its name", hint)
            else:
                self.static_or_told(path)
            return
        stem = _stem("/".join([*folders, rest]))
        source = self.text(path, f"content/posts/{stem}.md", "posts")
        if source is None:
            return
        source.name = found["name"]
        source.date = self.moment(source, found["date"])
        if source.date is None:
            self.sources.remove(source)
            return
        source.categories = list(dict.fromkeys([*folders, *_categories(source.values)]))
        self.give_url(source, str(source.values.get("permalink") or self.style))

    def moment(self, source: _Source, named: str) -> dt.datetime | None:
        """Return a document's date in the site's zone; a wrong one is told."""
        given = source.values.get("date")
        if given not in (None, ""):
            if text := as_date(given, self.zone):
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

    def give_url(self, source: _Source, pattern: str, **others: str) -> None:
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
        options = self.collections[collection]
        if options.get("output") is not True:
            return
        if not path.endswith((*_MARKDOWN, *_HTML)):
            if not has_yaml_matter(self.beginning(path)):
                self.static.add(path, f"{collection}/{rest}")
            else:
                self.tell.left(path, 0, "not imported: neither Markdown nor HTML")
            return
        source = self.text(path, f"content/pages/{collection}/{_stem(rest)}.md", collection)
        if source is None:
            return
        stem = _stem(rest)
        dated = _POST.fullmatch(rest)
        source.name = dated["name"] if dated else posixpath.basename(stem)
        source.date = self.moment(source, dated["date"] if dated else "")
        source.categories = _categories(source.values)
        suffix = permalinks.page_pattern(self.style).removeprefix("/:path/:basename")
        pattern = (
            source.values.get("permalink")
            or options.get("permalink")
            or f"/:collection/:path{suffix}"
        )
        self.give_url(source, str(pattern), collection=collection, path=stem)

    def page(self, path: str) -> None:
        suffix = posixpath.splitext(path)[1].lower()
        stem = _stem(path)
        if suffix not in (*_MARKDOWN, *_HTML):
            if suffix in (".css", ".scss", ".sass", ".js", ".coffee"):
                self.static.add(path, path)
            elif not re.fullmatch(r"(?:feed|sitemap|robots|atom)\.(?:xml|txt)", path):
                hint = "it is a template; make it anew if you need it"
                self.tell.left(
                    path, 1, f"not imported: a {suffix or 'plain'} file that Jekyll fills in", hint
                )
            return
        if suffix in _HTML and not has_yaml_matter(self.beginning(path)):
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
        if self.made_by_layout(source, body):
            self.sources.remove(source)

    def made_by_layout(self, source: _Source, body: str) -> bool:
        """Tell a page that is a template, or has no text of its own."""
        own = "Tidepost has a page of its own there"
        lists = re.fullmatch(r"/(?:(?:posts|archive|tags|categories)/?)?", source.url)
        if not body.strip():
            if str(source.values.get("redirect_to") or ""):
                line = source.matter.line_of("redirect_to")
                self.tell.left(source.path, line, "not imported: a page that only leads elsewhere")
            elif lists:
                self.tell.changed(source.path, 0, f"it has no text, only a layout: {own}")
                return True
            else:
                hint = f"nothing answers at `{source.url}`; write a page if you need one"
                self.tell.left(source.path, 1, "not imported: it has no text, only a layout", hint)
            self.tell.move(source.url, "", "a page that its layout made")
            return True
        control = liquid.first_control(body, source.matter.body_line)
        if control and (source.is_html or (source.group == "pages" and "paginator" in body)):
            text, line = control
            if lists:
                self.tell.changed(source.path, line, f"it is a template, not a text: {own}")
            else:
                hint = f"nothing answers at `{source.url}`; write a page if you need one"
                if re.match(r"/(?:archive|tags|categories|posts|blog|news)\b", source.url):
                    hint += "; Tidepost lists posts at /posts/, /archive/, /tags/ and /categories/"
                self.tell.left(
                    source.path, line, f"not imported: a template, not a text (`{text}`)", hint
                )
                self.tell.move(source.url, "", "a page that was a template")
            return True
        return False

    # Making documents

    def register(self, source: _Source) -> None:
        """Make a document known to the links of all others."""
        name = source.place.removeprefix("content")
        self.addresses.add_source(source.path, name, draft=source.draft)
        if source.url and not source.draft:
            kept = source.url if source.url.endswith(("/", ".html", ".htm")) else f"{source.url}/"
            self.addresses.add_page(source.url, kept)
        if source.group == "posts" and not source.draft:
            self.addresses.add_terms("tags", words(source.values.get("tags"), split=True))
            self.addresses.add_terms("categories", source.categories)

    def document(self, source: _Source) -> Made | None:
        path, matter = source.path, source.matter
        values = source.values
        body = without_controls(matter.body)
        if values.get("render_with_liquid") is False:
            lines = to_lines(body, matter.body_line)
        else:
            context = liquid.Context(
                site={**self.config, "baseurl": "", "url": ""},
                page={**values, "url": source.url},
                post=self.post_named,
                file=self.file_named,
            )
            lines = liquid.convert(body, matter.body_line, context, self.tell, path)
        if not source.is_html:
            lines = self.excerpt(source, lines)
            lines = markdown.set_attributes(lines, self.tell, path)
            lines = markdown.set_formulas(lines, self.tell, path)
        title = settings.text_of(values.get("title"))
        heading, without = markdown.leading_title(lines)
        if heading and (not title or heading.casefold() == title.casefold()):
            title, lines = title or heading, without
            self.tell.changed(
                path, matter.body_line, "the heading that repeats the title is left out"
            )
        lines = markdown.set_headings(lines, self.tell, path, markdown.github_id)
        lines = _as_html(lines) if source.is_html else markdown.set_lists(lines)
        lines = rewrite(lines, self.addresses, self.tell, path, source.url or "/")
        tell_blocked(lines, self.tell, path)
        own = self.front_matter(
            source, title or title_of(source.name or posixpath.basename(_stem(path)))
        )
        kind = "post" if source.place.startswith(("content/posts", "content/drafts")) else "page"
        return make(
            source.place,
            path,
            kind,  # type: ignore[arg-type]
            own,
            lines,
            "" if source.draft else source.url,
            self.target,
            self.tell,
            matter.line_of,
        )

    def excerpt(self, source: _Source, lines: list[Line]) -> list[Line]:
        """Write `<!--more-->` where the site's own mark ends the excerpt."""
        mark = source.values.get("excerpt_separator") or self.config.get("excerpt_separator")
        if (
            not mark
            or not str(mark).strip()
            or re.fullmatch(r"<!--\s*more\s*-->", str(mark).strip())
        ):
            return lines
        for place, line in enumerate(lines):
            if str(mark).strip() in line.text:
                new = line.text.replace(str(mark).strip(), "<!--more-->", 1)
                return [*lines[:place], Line(new, line.source), *lines[place + 1 :]]
        return lines

    def post_named(self, name: str) -> str | None:
        for source in self.sources:
            if source.group == "posts" and not source.draft:
                stem = _stem(source.path)
                if stem.endswith(f"_posts/{name.lstrip('/')}") or posixpath.basename(stem) == name:
                    return source.place.removeprefix("content")
        return None

    def file_named(self, path: str) -> str | None:
        path = path.lstrip("/")
        return self.addresses.sources.get(path) or self.addresses.files.get(f"/{path}")

    def front_matter(self, source: _Source, title: str) -> Values:
        values = source.values
        line = source.matter.line_of
        own: Values = {"title": title}
        if text := as_date(values.get("date") or "", self.zone):
            own["date"] = text
        elif source.date and not _POST.fullmatch(posixpath.basename(source.place)):
            own["date"] = f"{source.date:%Y-%m-%d}"
        if text := as_date(values.get("last_modified_at") or "", self.zone):
            own["updated"] = text
        tags = [*words(values.get("tags"), split=True), *words(values.get("tag"), split=False)]
        own["categories"] = source.categories
        own["tags"] = list(dict.fromkeys(tags))
        if values.get("slug"):
            own["slug"] = str(values["slug"])
        own["aliases"] = self.aliases(values)
        people = values.get("authors") or values.get("author")
        people = people if isinstance(people, list) else [people]
        own["authors"] = [
            name
            for one in people
            if (name := settings.text_of(one.get("name") if isinstance(one, dict) else one))
        ]
        self.image(values, own, source)
        if isinstance(values.get("excerpt"), str):
            own["excerpt"] = values["excerpt"]
        if source.draft and not source.place.startswith("content/drafts"):
            own["draft"] = True
        layout = str(values.get("layout") or "")
        if layout.lower() not in _USUAL_LAYOUTS and source.group in ("posts", "pages", "drafts"):
            hint = (
                f"make templates/{layout}.html and set `layout: {layout}`, if it needs its own look"
            )
            self.tell.left(source.path, line("layout"), f"the layout `{layout}`", hint)
        if values.get("redirect_to"):
            self.tell.left(
                source.path, line("redirect_to"), "`redirect_to`: it leads nowhere else here"
            )
        for key, value in values.items():
            if (key in _FREE and key not in own) or (key not in _OWN_KEYS and key not in own):
                own[key] = value
        return own

    def aliases(self, values: Values) -> list[str]:
        found = []
        for key in ("redirect_from", "alias", "aliases"):
            value = values.get(key)
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and one.strip():
                    address = one.strip() if one.strip().startswith("/") else f"/{one.strip()}"
                    if self.base and address.startswith(f"{self.base}/"):
                        address = address[len(self.base) :]
                    found.append(address)
        return list(dict.fromkeys(found))

    def image(self, values: Values, own: Values, source: _Source) -> None:
        given = values.get("image")
        header = values.get("header")
        if not given and isinstance(header, dict):
            given = header.get("og_image") or header.get("image") or header.get("teaser")
        alt = ""
        if isinstance(given, dict):
            alt = settings.text_of(given.get("alt"))
            given = given.get("path") or given.get("url") or given.get("feature")
        if not isinstance(given, str) or not given.strip():
            return
        address, fault = self.addresses.resolve(given, "/", "")
        if fault:
            message = f"`image: {given}`: there is no such file"
            self.tell.left(source.path, source.matter.line_of("image", "header"), message)
            return
        own["image"] = address
        if alt:
            own["image_alt"] = alt

    # What is neither document nor static file

    def data_files(self, names: list[str]) -> list[NewFile]:
        found = []
        for path in names:
            if not path.startswith("_data/"):
                continue
            if path.endswith((".yml", ".yaml", ".json", ".csv")):
                place = re.sub(r"\.yml$", ".yaml", f"data/{path.removeprefix('_data/')}")
                found.append(NewFile(path=place, origin=path, copy_of=path))
                self.tell.converted(path, place)
            else:
                hint = "write it as YAML, JSON or CSV"
                self.tell.left(
                    path, 0, "not imported: data of a kind that Tidepost does not read", hint
                )
        return found

    def told_once(self, names: list[str]) -> None:
        """Tell what concerns the site as a whole."""
        folders = Counter(path.split("/")[0] for path in names)
        for folder in _THEME:
            if count := folders[folder]:
                files = "file" if count == 1 else "files"
                hint = "Tidepost has its own templates; docs/templates.md tells how to change them"
                self.tell.left(folder, 0, f"{count} {files} of the old look or its plugins", hint)
        for name, options in self.collections.items():
            count = sum(source.group == name for source in self.sources)
            if options.get("output") is not True:
                message = f"the collection `{name}`: Jekyll makes no pages of it"
                self.tell.left(f"_{name}", 0, message, "put what its lists showed into data/")
            elif count:
                message = f"the collection `{name}` became pages; lists of it are not made"
                self.tell.left(
                    f"_{name}",
                    0,
                    message,
                    "write a page that links to them, or see docs/collections.md",
                )
        if self.config.get("paginate"):
            pattern = str(self.config.get("paginate_path") or "/page:num/")
            self.tell.move(pattern, "/posts/page/:num/", "the pages of the list of posts")


def _as_html(lines: list[Line]) -> list[Line]:
    """Keep HTML from being read as Markdown."""
    first = lines[0].source if lines else 1
    last = lines[-1].source if lines else 1
    return [Line("<div>", first), *lines, Line("</div>", last)]


def _categories(values: Values) -> list[str]:
    found = words(values.get("categories"), split=True)
    return [
        *found,
        *(one for one in words(values.get("category"), split=False) if one not in found),
    ]


def _stem(path: str) -> str:
    return posixpath.splitext(path)[0]
