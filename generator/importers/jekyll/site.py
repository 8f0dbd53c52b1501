"""A Jekyll site -> Tidepost's content, data and static files."""

from __future__ import annotations

import functools
import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from generator.content.data import read_data
from generator.content.sources import DataFile
from generator.core.cache import NoCache
from generator.core.urls import term_slug
from generator.importers import markdown, settings
from generator.importers.addresses import as_link, rewrite
from generator.importers.comparison.built import from_built
from generator.importers.conversion.body import with_plain_tildes
from generator.importers.documents import Made, make, possible, settle, title_of, words
from generator.importers.emoji import set_emoji, with_emoji
from generator.importers.frontmatter import FrontMatterError, decode
from generator.importers.heading_ids import HeadingId, kramdown_id
from generator.importers.jekyll import kramdown, liquid, permalinks
from generator.importers.jekyll.content import POST, THEME, JekyllContent, Source, stem_of
from generator.importers.jekyll.liquid_values import Values as LiquidValues
from generator.importers.jekyll.liquid_values import site_values
from generator.importers.lines import Line, to_lines, without_controls
from generator.importers.model import (
    CannotImportError,
    Conversion,
    NewFile,
    OldSite,
    Target,
    Values,
)
from generator.importers.report import Report
from generator.importers.styles import set_styles, tell_blocked

_USUAL_LAYOUTS = {"", "default", "post", "posts", "page", "pages", "home", "single", "none", "null"}
_OWN_KEYS = {
    *("title", "date", "layout", "permalink", "categories", "category", "tags", "tag", "published"),
    *("excerpt_separator", "redirect_from", "redirect_to", "slug", "render_with_liquid", "image"),
    *("author", "authors", "last_modified_at", "draft", "alias", "aliases", "header", "excerpt"),
}
_FREE = {"description", "series", "weight", "toc", "noindex", "image_alt"}
"""Keys that mean the same in Tidepost, if their values are of the right type."""


def convert(files: OldSite, origin: str, target: Target) -> Conversion:
    """Convert a Jekyll site. Raises CannotImportError where it is none."""
    return _Jekyll(files, origin, target).convert()


class _Jekyll(JekyllContent):
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
        self.sources = [one for one in self.sources if not self.leads_on(one)]
        for source in self.sources:
            self.register(source)
        made = [one for source in self.sources if (one := self.document(source))]
        made = settle(made, self.target, self.tell)
        for one in made:
            self.tell.converted(one.origin, one.path, "" if one.document.draft else one.url)
        data = self.data_files(names)
        self.told_once(names)
        copied = self.static.done()
        redirects = possible(self.tell, made, self.target)
        told, extra = settings.with_redirects(told, extra, redirects)
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
        quotes = str(self.kramdown.get("smart_quotes") or "")
        straight = "apos" in quotes or "quot" in quotes
        own = {
            "smart": self.is_kramdown and not straight,
            "math": any("$$" in source.matter.body for source in self.sources),
        }
        found["markdown"] = {name: True for name, wanted in own.items() if wanted}
        if pattern := self.pattern():
            found["permalinks"] = {"post": pattern}
        return found

    def pattern(self) -> str:
        """Return the site's permalink as a pattern of Tidepost's, or nothing where it has none."""
        pattern = permalinks.STYLES.get(self.post_style, self.post_style)
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

    @functools.cached_property
    def has_emoji(self) -> bool:
        """Whether the plugin jemoji shows emoji by their names."""
        return self.has_plugin("jemoji")

    @property
    def kramdown(self) -> Values:
        """What the settings say of kramdown."""
        own = self.config.get("kramdown")
        return own if isinstance(own, dict) else {}

    @property
    def is_kramdown(self) -> bool:
        """Whether the site's Markdown is kramdown's."""
        return str(self.config.get("markdown") or "kramdown").lower() in ("kramdown", "gfm")

    @property
    def heading_id(self) -> HeadingId | None:
        """How the site's Markdown gives ids to headings; None where it gives none."""
        options = self.kramdown
        if not self.is_kramdown or options.get("auto_ids") is False:
            return None
        prefix = str(options.get("auto_id_prefix") or "")
        return lambda text: prefix + kramdown_id(text)

    # Making documents

    def leads_on(self, source: Source) -> bool:
        """Lead the address of a document on that only led elsewhere, and say whether it is one."""
        to = self.led_to(source)
        if not to or source.draft:
            return False
        self.tell.redirect(source.url, to, "a page that only led elsewhere")
        self.addresses.add_page(source.url, to)
        if source.matter.body.strip():
            message = f"left out: its page led to {to}"
            hint = "take `redirect_to` out, and import again, if its text is wanted"
            self.tell.changed(source.path, source.matter.line_of("redirect_to"), message, hint)
        return True

    def register(self, source: Source) -> None:
        """Make a document known to the links of all others."""
        name = source.place.removeprefix("content")
        self.addresses.add_source(source.path, name, draft=source.draft)
        if source.url and not source.draft:
            kept = source.url if source.url.endswith(("/", ".html", ".htm")) else f"{source.url}/"
            self.addresses.add_page(source.url, kept)
        if source.group == "posts" and not source.draft:
            self.addresses.add_terms("tags", words(source.values.get("tags"), split=True))
            self.addresses.add_terms("categories", source.categories)
            self.archives(source)

    def archives(self, source: Source) -> None:
        """Know the lists of terms that the plugin jekyll-archives made of a post's."""
        given = self.config.get("jekyll-archives")
        options = given if isinstance(given, dict) else {}
        enabled = options.get("enabled")
        patterns = options.get("permalinks")
        for kind, taxonomy, names in (
            ("tag", "tags", words(source.values.get("tags"), split=True)),
            ("category", "categories", source.categories),
        ):
            if enabled != "all" and not (isinstance(enabled, list) and taxonomy in enabled):
                continue
            own = patterns.get(kind) if isinstance(patterns, dict) else None
            for name in names:
                old = str(own or f"/{kind}/:name/").replace(":name", permalinks.slug(name))
                new = f"/{taxonomy}/{term_slug(name)}/"
                if old != new:
                    self.addresses.add_page(old, new)
                    self.tell.redirect(old, new, f"the list of `{name}`")

    def document(self, source: Source) -> Made | None:
        path, matter = source.path, source.matter
        values = source.values
        body = without_controls(matter.body)
        if values.get("render_with_liquid") is False:
            lines = to_lines(body, matter.body_line)
        else:
            context = liquid.Context(
                values=LiquidValues(self.site_values, self.page_values(source)),
                post=self.post_named,
                file=self.file_named,
                include=lambda name: self.included(f"_includes/{name.strip('/')}"),
                beside=lambda name: self.included(f"{posixpath.dirname(path)}/{name}".lstrip("/")),
            )
            lines = liquid.convert(body, matter.body_line, context, self.tell, path)
        if source.is_html:
            lines = markdown.set_html(lines)
        else:
            lines = self.excerpt(source, lines)
            lines = markdown.set_attributes(lines, self.tell, path)
            if self.is_kramdown:
                lines = kramdown.as_read(with_plain_tildes(lines))
            lines = markdown.set_formulas(lines, self.tell, path)
            lines = markdown.set_titles(lines, self.tell, path)
        title = settings.text_of(values.get("title"))
        heading, without = markdown.leading_title(lines)
        if heading and (not title or heading.casefold() == title.casefold()):
            title, lines = title or heading, without
            self.tell.changed(
                path, matter.body_line, "the heading that repeats the title is left out"
            )
        shown = with_emoji if self.has_emoji else str
        lines = markdown.set_headings(
            lines, self.tell, path, self.heading_id, in_html=source.is_html, shown=shown
        )
        if self.has_emoji:
            lines = set_emoji(lines, self.tell, path, in_html=True)
            title = with_emoji(title)
        lines = _as_html(lines) if source.is_html else lines
        lines = rewrite(lines, self.addresses, self.tell, path, source.url or "/")
        built = from_built(
            lines,
            self.target,
            source.url,
            lambda address: self.addresses.resolve(address, source.url or "/", ""),
            self.tell,
            path,
        )
        if built is not None:
            lines = markdown.set_headings(built, self.tell, path, None)
        lines = set_styles(lines, self.tell, path)
        tell_blocked(lines, self.tell, path)
        own = self.front_matter(
            source, title or title_of(source.name or posixpath.basename(stem_of(path)))
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

    @functools.cached_property
    def site_values(self) -> Mapping[str, Any]:
        """What texts know of the site."""
        address = self.address.rstrip("/")
        site = {**self.config, "baseurl": self.base, "url": address, "data": self.data}
        return site_values(site, frozenset(self.collections))

    @functools.cached_property
    def data(self) -> Mapping[str, Any]:
        """What the files in `_data/` say; those that cannot be read are reported when they are
        copied."""
        names = [path for path in self.files if path.startswith("_data/")]
        kinds = (".yml", ".yaml", ".json", ".csv")
        files = [
            DataFile(path=f"data/{path.removeprefix('_data/')}", read=self.files[path].read)
            for path in sorted(names)
            if path.endswith(kinds)
        ]
        return read_data(files, NoCache())[0].values

    def page_values(self, source: Source) -> Values:
        """Return what a text knows of itself."""
        found = {
            "title": title_of(source.name),
            **source.values,
            "url": source.url,
            "categories": source.categories,
            "tags": words(source.values.get("tags"), split=True),
        }
        if source.date:
            found["date"] = f"{source.date:%Y-%m-%d %H:%M:%S}"
        return found

    def included(self, path: str) -> str | None:
        """Return the text of a file of the site, or None where there is none."""
        file = self.files.get(posixpath.normpath(path))
        try:
            return decode(file.read()) if file else None
        except FrontMatterError:
            return None

    def excerpt(self, source: Source, lines: list[Line]) -> list[Line]:
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
                stem = stem_of(source.path)
                if stem.endswith(f"_posts/{name.lstrip('/')}") or posixpath.basename(stem) == name:
                    return as_link(source.place.removeprefix("content"))
        return None

    def file_named(self, path: str) -> str | None:
        path = path.lstrip("/")
        found = self.addresses.sources.get(path) or self.addresses.files.get(f"/{path}")
        return as_link(found) if found else None

    def front_matter(self, source: Source, title: str) -> Values:
        values = source.values
        line = source.matter.line_of
        own: Values = {"title": title}
        if text := self.written_date(source, "date"):
            own["date"] = text
        elif source.date and not POST.fullmatch(posixpath.basename(source.place)):
            own["date"] = f"{source.date:%Y-%m-%d}"
        if text := self.written_date(source, "last_modified_at"):
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

    def image(self, values: Values, own: Values, source: Source) -> None:
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
        for folder in THEME:
            if count := folders[folder]:
                files = "file" if count == 1 else "files"
                hint = "Tidepost has its own templates; docs/templates.md says how to change them"
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
