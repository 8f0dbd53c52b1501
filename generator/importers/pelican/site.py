"""A Pelican site -> Tidepost's content and static files."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from generator.core.urls import term_slug
from generator.importers import markdown, settings
from generator.importers.addresses import as_link
from generator.importers.conversion.assembly import assembled, give_own_places
from generator.importers.conversion.body import (
    finished,
    picture,
    set_stress,
    with_breaks,
    with_plain_tildes,
)
from generator.importers.documents import Made, make
from generator.importers.eleventy.templates import EleventyText
from generator.importers.heading_ids import HeadingId, plain_id
from generator.importers.jekyll.liquid import Context
from generator.importers.lines import Line, each_text, fence_for, to_lines, without_controls
from generator.importers.model import (
    CannotImportError,
    Conversion,
    OldSite,
    Target,
    Values,
)
from generator.importers.old_dates import as_date
from generator.importers.pelican.content import ADDRESS, LINK, PelicanContent, Source, listed
from generator.importers.pelican.rst import with_notes
from generator.importers.urls.patterns import common_pattern
from generator.importers.wordpress.html import page_to_markdown

_OWN_KEYS = {
    *("title", "date", "modified", "category", "tags", "author", "authors", "slug", "lang"),
    *("status", "summary", "save_as", "url", "translation", "template", "image", "cover"),
    *("thumbnail", "featured_image", "path", "aliases", "alias"),
}
_IMAGES = ("image", "cover", "featured_image", "thumbnail", "og_image")
_LISTS = {
    "archives": "/archive/",
    "tags": "/tags/",
    "categories": "/categories/",
    "authors": "/authors/",
}
_SHEBANG = re.compile(r"^(?P<indent> {4,}|\t)(?:::+(?P<plain>[\w+#.-]+)|#!(?P<numbered>[\w+#.-]+))"
                      r"(?:[ \t]+hl_lines=[\"']?(?P<marked>[\d ]+)[\"']?)?[ \t]*$")  # fmt: skip
_ATTRIBUTE = re.compile(r"(?:href|src)=\"[^\"]*\"")
_END_OF_SUMMARY = re.compile(r"<!--\s*PELICAN_END_SUMMARY\s*-->")


def convert(files: OldSite, origin: str, target: Target) -> Conversion:
    """Convert a Pelican site. Raises CannotImportError where it is none."""
    return _Pelican(files, origin, target).convert()


class _Nothing:
    """Runs no template: Pelican's texts have none."""

    def said(self, _source: str) -> str | None:
        return None

    def forget(self, _name: str) -> None:
        """Forget nothing: nothing is remembered."""

    def remember(self, _assignment: str) -> bool:
        return False


class _Pelican(PelicanContent):
    def convert(self) -> Conversion:
        names = sorted(self.files)
        if not self.config_file:
            message = "this is no Pelican site: neither pelicanconf.py nor publishconf.py"
            raise CannotImportError(self.origin, message, "name its folder")
        self.read_content(names)
        self.place_files(names)
        give_own_places(self.sources)
        for source in self.sources:
            self.register(source)
        self.lists()
        posts = [one for one in self.sources if one.is_post and not one.language]
        suggested = {
            **self.suggest(),
            "languages": {one.language: {} for one in self.sources if one.language},
            "menu": list(self.menu()),
            "permalinks": common_pattern((one.url, one.slug, one.date) for one in posts),
        }
        told, self.target, extra = settings.settle(
            suggested, self.target, self.tell, self.config_file
        )
        made = [one for source in self.sources if (one := self.document(source)) is not None]
        self.told_once(names)
        return assembled(
            made,
            self.static.done(),
            extra,
            told,
            origin=self.origin,
            target=self.target,
            tell=self.tell,
        )

    # What the settings say

    def menu(self) -> Iterator[dict[str, str]]:
        """Yield the menu: what the settings name, and the pages, where the theme showed them."""
        given = self.given("MENUITEMS", [])
        for one in given if isinstance(given, list) else []:
            parts = one if isinstance(one, list) else []
            if len(parts) == 2 and all(isinstance(part, str) for part in parts):
                address, fault = self.addresses.resolve(_rooted(parts[1]), "/", "")
                if address in self.tell.redirects:
                    address, fault = self.tell.redirects[address], ""
                if fault:
                    message = f"the menu's `{parts[0]}`: `{parts[1]}` leads to nothing here"
                    self.tell.left(self.config_file, 0, message)
                else:
                    yield {"title": parts[0], "url": address}
        if self.given("DISPLAY_PAGES_ON_MENU", True) is True:
            pages = [one for one in self.sources if not one.is_post and not one.language]
            for source in sorted(pages, key=lambda one: posixpath.basename(one.path)):
                if source.url and not source.draft and not source.hidden:
                    yield {"title": source.title or self.name_as_title(source), "url": source.url}

    def lists(self) -> None:
        """Lead the addresses of lists and feeds on to those that Tidepost makes."""
        made = self.texts("DIRECT_TEMPLATES", ["index", *_LISTS])
        posts = [one for one in self.sources if one.is_post and not one.draft and not one.language]
        there = {"archives"} if posts else set()
        for kind, taxonomy, names in (
            ("CATEGORY", "categories", [name for one in posts if (name := one.category)]),
            ("TAG", "tags", [name for one in posts for name in listed(one.values.get("tags"))]),
            ("AUTHOR", "authors", [name for one in posts for name in self.people(one)]),
        ):
            there |= {taxonomy} if names else set()
            for name, count in Counter(names).items():
                old, unknown = self.address_of(kind, {"slug": self.slug(name)})
                if old and not unknown:
                    new = f"/{taxonomy}/{term_slug(name)}/"
                    self.addresses.add_page(old, new)
                    self.tell.redirect(old, new, f"the list of `{name}`")
                    for _, page in self.further_pages(old, count):
                        self.tell.redirect(page, new, f"the list of `{name}`")
        index = _page(self.text("INDEX_SAVE_AS", "index.html") or "index.html")
        for number, page in self.further_pages(index, len(posts)):
            self.tell.redirect(page, f"/posts/page/{number}/", "the pages of the list of posts")
        for name, to in _LISTS.items():
            place = self.text(f"{name.upper()}_SAVE_AS", f"{name}.html")
            if name in made and place and posts:
                to = to if name in there else "/posts/"
                self.tell.redirect(_page(place), to, "a list that Tidepost makes")
        old, _ = self.address_of("AUTHOR", {"slug": self.slug(self.text("AUTHOR"))})
        if old and self.text("AUTHOR") and any(not self.people(one) for one in posts):
            self.tell.redirect(old, "/posts/", "the list of the site's own author")
            for _, page in self.further_pages(old, len(posts)):
                self.tell.redirect(page, "/posts/", "the list of the site's own author")
        usual = self.text("DEFAULT_CATEGORY", "misc")
        old, _ = self.address_of("CATEGORY", {"slug": self.slug(usual)})
        if old and any(not one.category for one in posts):
            self.tell.redirect(old, "/posts/", "the category of posts that name none")
        for name in ("FEED_ALL_ATOM", "FEED_ALL_RSS", "FEED_ATOM", "FEED_RSS"):
            place = self.text(name, "feeds/all.atom.xml" if name == "FEED_ALL_ATOM" else "")
            if place and self.config.get(name, "") is not None:
                self.tell.redirect(_page(place), "/feed.xml", "the feed")

    def further_pages(self, first: str, count: int) -> Iterator[tuple[int, str]]:
        """Yield the numbers and the addresses of the second and further pages of a list of so many
        texts, as Pelican's usual `PAGINATION_PATTERNS` name them."""
        size = self.given("DEFAULT_PAGINATION", False)
        if not isinstance(size, int) or size < 1 or "PAGINATION_PATTERNS" in self.config:
            return
        place = f"{first}index.html" if first.endswith("/") else first
        stem, end = posixpath.splitext(place)
        for number in range(2, -(-count // size) + 1):
            yield number, f"{stem}{number}{end}"

    # Making documents

    def register(self, source: Source) -> None:
        """Make a text known to the links of all others."""
        place = source.place.removeprefix("content")
        self.addresses.add_source(source.path, place, draft=source.draft)
        if source.draft or not source.url:
            return
        self.addresses.add_page(source.url, as_link(place) if source.language else source.url)
        if source.is_post and not source.language:
            self.addresses.add_terms("tags", listed(source.values.get("tags")))
            self.addresses.add_terms("categories", [source.category] if source.category else [])

    def people(self, source: Source) -> list[str]:
        """Return the authors that a text names."""
        return listed(source.values.get("authors")) or listed(source.values.get("author"))

    def lines_of(self, source: Source) -> list[Line]:
        """Return the text with links that Tidepost knows, and code as it has it."""
        if source.html:
            return self.of_html(source)
        body = without_controls(source.matter.body)
        first = source.matter.body_line
        if self.liquid and "{%" in body:
            context = Context(
                values=_Nothing(), post=lambda _: None, file=lambda _: None, include=lambda _: None
            )
            lines = EleventyText(body, first, context, self.tell, source.path).lines()
        else:
            lines = to_lines(body, first)
        if not source.is_html:
            lines = set_stress(with_plain_tildes(lines))
            lines = markdown.set_blocks([_spaced(line) for line in _fenced(lines)])
            lines = with_breaks(lines) if self.breaks else lines
        lines = [
            Line(_END_OF_SUMMARY.sub("<!--more-->", line.text), line.source)
            if "PELICAN_END" in line.text else line
            for line in lines
        ]  # fmt: skip
        return each_text(lines, lambda text, _: self.linked(source, text))

    def linked(self, source: Source, text: str) -> str:
        """Return a text with Pelican's own links as paths from the site's folder on."""
        if not ("{" in text or "|" in text or "%7B" in text):
            return text

        def one(found: re.Match[str]) -> str:
            what, path = found["what"].lower(), found["path"]
            if what == "index":
                return "/"
            if what in ("category", "tag", "author"):
                taxonomy = {"category": "categories", "tag": "tags", "author": "authors"}[what]
                return f"/{taxonomy}/{term_slug(path.replace('%20', ' ').strip('/'))}/"
            tail = re.search(r"[?#].*$", path)
            meant = self.meant(source, path)
            return f"/{as_link(meant)}{tail[0] if tail else ''}"

        return LINK.sub(one, text)

    def of_html(self, source: Source) -> list[Line]:
        """Return what reStructuredText came to, as Markdown."""

        def notes(kind: str, _line: int, message: str, hint: str) -> None:
            (self.tell.left if kind == "left" else self.tell.changed)(source.path, 1, message, hint)

        html = _ATTRIBUTE.sub(lambda found: self.linked(source, found[0]), source.html)
        text = page_to_markdown(html, notes=notes, resolve=lambda address, _: address)
        text = with_notes(text)
        message = "its text is converted from reStructuredText"
        self.tell.changed(source.path, 1, message, "look at it")
        return [Line(line, 1) for line in without_controls(text).split("\n")]

    @property
    def heading_id(self) -> HeadingId | None:
        """How the site's Markdown gives ids to headings; None where it gives none."""
        return plain_id(_toc_id) if self.makes_ids else None

    def document(self, source: Source) -> Made | None:
        home = posixpath.dirname(source.place).removeprefix("content") + "/"
        wanted = "" if source.draft else source.url
        inside = f"/{source.language}" if source.language else ""
        if inside and wanted and not wanted.startswith(f"{inside}/"):
            # A translation's address begins with its language here; the old one leads there.
            slug = source.slug or "page"
            wanted = f"{inside}/posts/{slug}/" if source.is_post else f"{inside}/{slug}/"
            why = f"addresses of its language begin with {inside}/"
            self.tell.redirect(source.url, wanted, why)
            self.addresses.add_page(source.url, wanted)
        title, lines = finished(
            self.lines_of(source),
            source.title,
            path=source.path,
            url=source.url,
            addresses=self.addresses,
            target=self.target,
            tell=self.tell,
            heading_id=self.heading_id,
            repeated="_1",
            home=home,
            inside=inside,
            is_html=source.is_html,
        )
        return make(
            source.place,
            source.path,
            "post" if source.is_post else "page",
            self.front_matter(source, title or self.name_as_title(source)),
            lines,
            wanted,
            self.target,
            self.tell,
            source.matter.line_of,
            source.language,
        )

    def front_matter(self, source: Source, title: str) -> Values:
        """Return a text's front matter."""
        values, line = source.values, source.matter.line_of
        own: Values = {"title": title}
        name = posixpath.basename(source.place)
        named = re.match(r"(\d{4}-\d{2}-\d{2})-", name)
        if not (named and source.is_post and source.written_date == named[1]):
            own["date"] = source.written_date
        if updated := as_date(values.get("modified") or "", self.zone):
            own["updated"] = updated
        stem = name.removesuffix(".md").removesuffix(f".{source.language}")
        if source.slug and source.slug != (stem[len(named[0]) :] if named else stem):
            own["slug"] = source.slug
        own["categories"] = [source.category] if source.category else []
        own["tags"] = listed(values.get("tags"))
        own["authors"] = self.people(source)
        own["aliases"] = [
            one if one.startswith("/") else f"/{one}"
            for key in ("aliases", "alias")
            for one in listed(values.get(key))
        ]
        summary = settings.text_of(values.get("summary"))
        own["excerpt"] = re.sub(r"<[^>]*>", "", summary)
        own["draft"] = True if source.draft else None
        self.image(source, own)
        template = settings.text_of(values.get("template"))
        if template not in ("", "article", "page"):
            self.tell.left(source.path, line("template"), f"the template `{template}`")
        for key, value in source.matter.values.items():
            if key not in _OWN_KEYS and key not in own:
                own[key] = value
        return own

    def image(self, source: Source, own: Values) -> None:
        """Find the picture that stands for a text."""
        given: Any = next((source.values[key] for key in _IMAGES if source.values.get(key)), "")
        text = settings.text_of(given)
        if not text:
            return
        if found := ADDRESS.match(text):
            text = f"/{self.meant(source, found['path'])}"
        line = source.matter.line_of(*_IMAGES)
        if address := picture(text, source.path, source.url, line, self.addresses, self.tell):
            own["image"] = address

    # What concerns the site as a whole

    def told_once(self, names: list[str]) -> None:
        """Tell what concerns the site as a whole."""
        theme = self.text("THEME").strip("./").split("/")[0]
        folders = Counter(
            path.split("/")[0] for path in names
            if "/" in path and path.split("/")[0] in {theme, "theme", "themes"} - {""}
        )  # fmt: skip
        for folder, number in sorted(folders.items()):
            files = "file" if number == 1 else "files"
            hint = "Tidepost has its own templates; docs/templates.md says how to change them"
            self.tell.left(folder, 0, f"{number} {files} of the old look", hint)
        if plugins := self.texts("PLUGINS", []):
            listed_plugins = ", ".join(f"`{one}`" for one in plugins)
            hint = "look at texts that need them"
            self.tell.left(self.config_file, 0, f"plugins are not run: {listed_plugins}", hint)
        if self.text("OUTPUT_PATH", "output") and any(one.language for one in self.sources):
            message = "translations are below the code of their language here"
            self.tell.changed(self.config_file, 0, message)


def _toc_id(text: str) -> str:
    """Return the id that Python-Markdown's table of contents gives to a heading."""
    import unicodedata

    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"[^\w\s-]", "", text).strip().lower()
    return re.sub(r"[-\s]+", "-", text)


def _fenced(lines: list[Line]) -> list[Line]:
    """Write code that begins with `:::language` or `#!language` as a fence."""
    out: list[Line] = []
    place = 0
    while place < len(lines):
        found = _SHEBANG.match(lines[place].text)
        before = out[-1].text if out else ""
        if found is None or (before.strip() and not before.startswith("```")):
            out.append(lines[place])
            place += 1
            continue
        indent = found["indent"]
        end = place + 1
        while end < len(lines) and (
            lines[end].text.startswith(indent) or not lines[end].text.strip()
        ):
            end += 1
        code = lines[place + 1 : end]
        while code and not code[-1].text.strip():
            code.pop()
        fence = fence_for("\n".join(line.text for line in code))
        options = ' linenums="1"' if found["numbered"] else ""
        options += f' hl_lines="{found["marked"].strip()}"' if found["marked"] else ""
        first = lines[place].source
        base = indent[4:] if indent[0] == " " else ""
        out.append(Line(f"{base}{fence}{found['plain'] or found['numbered']}{options}", first))
        out += [
            Line(f"{base}{line.text[len(indent) :]}" if line.text.strip() else "", line.source)
            for line in code
        ]
        out.append(Line(f"{base}{fence}", code[-1].source if code else first))
        out.append(Line("", first))
        place = end
    return out


def _spaced(line: Line) -> Line:
    """Return a line whose heading has a space behind its marks, which Python-Markdown needs not."""
    if not line.text.startswith("#"):
        return line
    return Line(re.sub(r"^(#{1,6})(?=[^#\s])", r"\1 ", line.text), line.source)


def _page(place: str) -> str:
    return re.sub(r"(?<=/)index\.html$", "", f"/{place.lstrip('/')}")


def _rooted(url: str) -> str:
    return url if "://" in url or url.startswith("/") else f"/{url}"
