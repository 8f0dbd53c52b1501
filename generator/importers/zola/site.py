"""A Zola site -> Tidepost's content and static files."""

from __future__ import annotations

import datetime as dt
import functools
import posixpath
import re
from collections import Counter
from typing import Any

from generator.core.urls import term_slug
from generator.importers import settings
from generator.importers.addresses import as_link
from generator.importers.conversion.assembly import assembled, give_own_places
from generator.importers.conversion.body import finished, picture
from generator.importers.documents import Made, make, words
from generator.importers.frontmatter import FrontMatterError, decode
from generator.importers.lines import Line, each_text, without_controls
from generator.importers.model import (
    CannotImportError,
    Conversion,
    NewFile,
    OldSite,
    Target,
    Values,
)
from generator.importers.old_dates import as_date, on_its_day
from generator.importers.urls.lists import list_of
from generator.importers.urls.patterns import common_pattern
from generator.importers.zola import shortcodes
from generator.importers.zola.content import Source, ZolaContent
from generator.importers.zola.settings import group

_THEME = ("templates", "themes", "sass", "highlight_themes", "syntaxes")
_OWN_TAXONOMIES = {"tags": "tags", "tag": "tags", "categories": "categories",
                   "category": "categories", "series": "series", "authors": "authors"}  # fmt: skip
_KEPT = ("description", "weight")
_OWN_LISTS = ("/posts/", "/tags/", "/categories/", "/series/", "/authors/", "/archive/")
_IMAGES = ("image", "cover", "thumbnail", "hero", "social_media_card", "og_image", "banner")
_INTERNAL = re.compile(r"(?<=[(\"'<\s])@/(?=[^\s)\"'>]+\.md)")
_LAYOUTS = {"archive": "/archive/", "tags": "/tags/", "categories": "/categories/"}


def convert(files: OldSite, origin: str, target: Target) -> Conversion:
    """Convert a Zola site. Raises CannotImportError where it is none."""
    return _Zola(files, origin, target).convert()


class _Zola(ZolaContent):
    def convert(self) -> Conversion:
        names = sorted(self.files)
        if not self.config_file or not any(one.startswith("content/") for one in names):
            message = "this is no Zola site: no zola.toml or config.toml, or nothing in content/"
            raise CannotImportError(self.origin, message, "name its folder")
        self.read_content(names)
        main = self.main_sections()
        self.settle_places(main)
        give_own_places(self.sources)
        self.place_assets(names)
        for path in names:
            if path.startswith("static/") and not self.excluded(path):
                self.static.add(path, path.removeprefix("static/"))
        sections = [one for one in self.sources if one.is_section and self.has_page(one, main)]
        for source in self.sources:
            if source.is_section and source not in sections:
                self.lead_on(source)
            else:
                self.register(source)
        home = next((one for one in self.sources if one.url == "/" and one.is_section), None)
        suggested = {**self.suggest(), "languages": self.languages_used(), "menu": self.menu()}
        if home is not None:
            suggested["title"] = suggested["title"] or home.title
            about = settings.text_of(home.values.get("description"))
            suggested["description"] = suggested["description"] or about
        posts = [one for one in self.sources if one.is_post and not one.language]
        suggested["permalinks"] = common_pattern((one.url, one.slug, one.date) for one in posts)
        told, self.target, extra = settings.settle(
            suggested, self.target, self.tell, self.config_file
        )
        made = [
            one for source in self.sources if not source.is_section
            and (one := self.document(source)) is not None
        ]  # fmt: skip
        made += [one for source in sections if (one := self.section(source, main)) is not None]
        copied = [
            NewFile(path=place, origin=path, copy_of=path) for path, place in self.resources.items()
        ]
        for each in copied:
            self.tell.converted(each.origin, each.path)
        self.told_once(names)
        files = [*self.static.done(), *copied]
        return assembled(
            made, files, extra, told, origin=self.origin, target=self.target, tell=self.tell
        )

    # What the settings say

    def languages_used(self) -> dict[str, Any]:
        """Return the languages that texts are written in, besides the site's own."""
        used = {one.language for one in self.sources if one.language}
        return {code: self.language_settings(code) for code in sorted(used)}

    def menu(self) -> list[dict[str, str]]:
        """Return the menu that `[extra]` holds; entries that lead nowhere are reported."""
        found = []
        for name, url in self.menu_entries():
            rooted = self.rooted(url)
            address, fault = self.addresses.resolve(rooted, "/", "")
            address = self.tell.redirects.get(address, address)
            if address.endswith(".md"):
                address = next(
                    (one.url for one in self.sources if one.place == f"content{address}"), address
                )
            if fault and list_of(rooted):
                address, fault = list_of(rooted), ""
            if fault:
                message = f"the menu's `{name}`: `{url}` leads to nothing here"
                self.tell.left(self.config_file, 0, message)
            else:
                found.append({"title": name, "url": address})
        return found

    def rooted(self, url: str) -> str:
        """Return an address of a menu from `/` on."""
        if url.startswith("@/"):
            return f"/content/{url[2:]}"
        return url if "://" in url or url.startswith(("/", "#", "mailto:")) else f"/{url}"

    # Making documents

    def lead_on(self, source: Source) -> None:
        """Let links to a section that has no page here lead to what takes its place."""
        to = self.tell.redirects.get(source.url, source.url)
        if to == "/" or to in (*_OWN_LISTS, *self.tell.redirects.values()):
            self.addresses.sources[source.path] = to
            self.addresses.add_page(source.url, to)

    def register(self, source: Source) -> None:
        """Make a text known to the links of all others."""
        place = source.place.removeprefix("content")
        self.addresses.add_source(source.path, place, draft=source.draft)
        if source.draft:
            return
        self.addresses.add_page(source.url, as_link(place) if self.languages else source.url)
        if source.is_post:
            self.terms(source)

    def terms(self, source: Source) -> None:
        """Know the lists of a post's terms, and lead their old addresses on."""
        folder = f"/{source.language}" if source.language else ""
        for taxonomy, names in self.terms_of(source).items():
            own = _OWN_TAXONOMIES.get(taxonomy)
            if own not in ("tags", "categories"):
                continue
            self.addresses.add_terms(own, names, folder)
            for name in names:
                before = f"{folder}{self.taxonomy_root}/{taxonomy}"
                old, new = f"{before}/{self.term_slug(name)}/", f"{folder}/{own}/{term_slug(name)}/"
                if old != new and not folder:
                    self.addresses.add_page(old, new)
                    self.tell.redirect(old, new, f"the list of `{name}`")
                if before != f"{folder}/{own}" and not folder:
                    self.tell.redirect(f"{before}/", f"/{own}/", "a list that Tidepost makes")

    def terms_of(self, source: Source) -> dict[str, list[str]]:
        """Return a text's terms by their taxonomies; old sites have `tags` outside of
        `[taxonomies]`."""
        given = {**source.values, **group(source.values.get("taxonomies"))}
        names = {*group(source.values.get("taxonomies")), *(_OWN_TAXONOMIES.keys() & given.keys())}
        found = {name: words(given[name], split=False) for name in sorted(names)}
        return {name: terms for name, terms in found.items() if terms and name != "authors"}

    def lines_of(self, source: Source) -> list[Line]:
        """Return the text without shortcodes that have an equal, its internal links resolved."""
        lines = shortcodes.convert(
            without_controls(source.matter.body),
            source.matter.body_line,
            self.template,
            {
                "config": {
                    "title": settings.text_of(self.config.get("title")),
                    "base_url": "",
                    "extra": self.extra,
                    "default_language": self.language,
                },
                "page": {
                    "title": source.title,
                    "description": settings.text_of(source.values.get("description")),
                    "extra": source.extra,
                    "path": source.url,
                    "slug": source.slug,
                    "lang": source.language or self.language,
                    "date": source.written_date,
                },
                "lang": source.language or self.language,
            },
            self.tell,
            source.path,
        )
        return each_text(lines, lambda text, _: _INTERNAL.sub("/content/", text))

    @functools.cache  # noqa: B019 (lives as long as the import)
    def template(self, name: str) -> tuple[str, bool] | None:
        """Return the text of a shortcode's template, and whether that is Markdown."""
        theme = str(self.config.get("theme") or "")
        for folder in ("", f"themes/{theme}/"):
            for end in (".md", ".html"):
                file = self.files.get(f"{folder}templates/shortcodes/{name}{end}")
                if file is None:
                    continue
                try:
                    return decode(file.read()), end == ".md"
                except FrontMatterError:
                    return None
        return None

    def made(self, source: Source, lines: list[Line], title: str) -> Made | None:
        home = posixpath.dirname(source.place).removeprefix("content") + "/"
        title, lines = finished(
            lines,
            title,
            path=source.path,
            url=source.url,
            addresses=self.addresses,
            target=self.target,
            tell=self.tell,
            heading_id=self.heading_id,
            home=home,
            inside=f"/{source.language}" if source.language else "",
        )
        return make(
            source.place,
            source.path,
            "post" if source.is_post else "page",
            self.front_matter(source, title or self.name_as_title(source)),
            lines,
            "" if source.draft else source.url,
            self.target,
            self.tell,
            source.matter.line_of,
            source.language,
        )

    def document(self, source: Source) -> Made | None:
        if self.is_template(source):
            self.tell_template(source)
            return None
        return self.made(source, self.lines_of(source), source.title)

    def is_template(self, source: Source) -> bool:
        """Return whether a page has no text, and only its template showed something."""
        if source.matter.body.strip() or source.is_post or source.draft or source.is_section:
            return False
        return bool(source.values.get("template") or list_of(source.url))

    def tell_template(self, source: Source) -> None:
        """Lead a page that only its template made to a list that Tidepost makes, or report it."""
        layout = settings.text_of(source.values.get("template")).removesuffix(".html")
        to = list_of(source.url) or _LAYOUTS.get(layout, "")
        if to == source.url:
            self.tell.changed(source.path, 1, "Tidepost has a page of its own there")
        elif to and not source.language:
            message = f"it has no text, only a template: it leads to {to}"
            self.tell.changed(source.path, 1, message)
            self.tell.redirect(source.url, to, "a list that Tidepost makes")
        else:
            hint = f"nothing answers at `{source.url}`; write a page if you need one"
            message = "not imported: it has no text, only a template"
            self.tell.left(source.path, 1, message, hint)
            self.tell.move(source.url, "", "a page that its template made")

    # Sections, which list what they hold

    def has_page(self, source: Source, main: list[str]) -> bool:
        """Return whether a section becomes a page; one that does not is reported."""
        values = source.values
        leads = settings.text_of(values.get("redirect_to"))
        if leads:
            to = leads if "://" in leads else f"/{leads.strip('/')}/"
            self.tell.redirect(source.url, to, "a section that only led elsewhere")
            return False
        if source.draft or values.get("render") is False:
            return False
        has_text = bool(source.matter.body.strip())
        section = source.sections[0] if source.sections else ""
        if source.url in _OWN_LISTS:
            self.tell.changed(source.path, 0, "Tidepost has a page of its own there")
            return False
        if not source.sections:
            return has_text
        if section in main and not has_text and not source.language:
            self.tell.redirect(source.url, "/posts/", "Tidepost lists posts there")
            if values.get("paginate_by"):
                word = settings.text_of(values.get("paginate_path")) or "page"
                pages = f"{source.url}{word}/:num/"
                self.tell.move(pages, "/posts/page/:num/", "the pages of the list of posts")
            return False
        if not has_text and not self.children(source):
            self.tell.changed(source.path, 0, "a section without text and pages is left out")
            return False
        return True

    def section(self, source: Source, main: list[str]) -> Made | None:
        lines = self.lines_of(source)
        last = lines[-1].source if lines else 1
        children = self.children(source) if (source.sections[:1] or [""])[0] not in main else []
        if children:
            listed = [f"- [{one.title or self.name_as_title(one)}]({self.link_to(one)})"
                      for one in children]  # fmt: skip
            lines += [Line("", last), *(Line(text, last) for text in listed)]
            count = f"{len(children)} pages" if len(children) > 1 else "one page"
            message = f"a list of the {count} below it is written out"
            hint = "keep it up to date, or make a template of it"
            self.tell.changed(source.path, 0, message, hint)
        return self.made(source, lines, source.title or self.name_as_title(source))

    def children(self, section: Source) -> list[Source]:
        """Return what a section lists, in its order: its pages, those of its transparent
        sections, and the sections right below it."""
        if not section.sections:
            return []
        own = [
            one for one in self.sources
            if one.language == section.language and not one.draft and not self.is_template(one)
        ]  # fmt: skip
        folders = [section.sections]
        hidden = not section.matter.body.strip()  # whose template shows what is in sections below
        for one in own:
            passes = one.is_section and (
                one.values.get("transparent") is True
                or (hidden and one.values.get("render") is False)
            )
            if passes and one.sections[:-1] in folders:
                folders.append(one.sections)
        pages = [one for one in own if not one.is_section and one.sections in folders]
        below = [
            one for one in own
            if one.is_section and one.sections[:-1] == section.sections
            and one.values.get("transparent") is not True and one.values.get("render") is not False
        ]  # fmt: skip
        below.sort(key=lambda one: (_number(one.values.get("weight")), one.title))
        order = str(section.values.get("sort_by") or "none")
        if order in ("date", "update_date"):
            pages = [one for one in pages if one.date]
            pages.sort(key=lambda one: (-_time(one), one.url))
        elif order == "weight":
            pages = [one for one in pages if "weight" in one.values]
            pages.sort(key=lambda one: (_number(one.values.get("weight")), one.url))
        elif order in ("title", "title_bytes"):
            pages.sort(key=lambda one: (one.title, one.url))
        else:
            pages.sort(key=lambda one: one.url)
        return [*below, *pages]

    def link_to(self, source: Source) -> str:
        return as_link(source.place.removeprefix("content"))

    # Front matter

    def front_matter(self, source: Source, title: str) -> Values:
        """Return a text's front matter."""
        values, extra = source.values, source.extra
        zone = dt.UTC
        own: Values = {"title": title}
        named = re.match(r"\d{4}-\d{2}-\d{2}-", posixpath.basename(source.place))
        if not (named and source.is_post and source.written_date == named[0][:-1]):
            own["date"] = on_its_day(source.written_date, zone)
        if updated := as_date(values.get("updated") or "", zone):
            own["updated"] = updated
        terms = self.terms_of(source)
        for taxonomy, names in terms.items():
            key = _OWN_TAXONOMIES.get(taxonomy, taxonomy)
            if key == "series":
                own["series"] = names[0]
                if len(names) > 1:
                    line = source.matter.line_of("series")
                    others = ", ".join(names[1:])
                    self.tell.left(source.path, line, f"the series {others}: one is possible")
            else:
                own[key] = list(dict.fromkeys([*own.get(key, []), *names]))
        people = values.get("authors") or group(values.get("taxonomies")).get("authors")
        people = people or extra.get("author") or extra.get("authors")
        own["authors"] = words(people, split=False)
        own["aliases"] = self.aliases(source)
        own["draft"] = True if source.draft else None
        if settings.text_of(values.get("slug")):
            own["slug"] = settings.text_of(values.get("slug"))
        for key in _KEPT:
            own[key] = values.get(key)
        self.image(source, own)
        if extra.get("toc") is True:
            own["toc"] = True
        if text := settings.text_of(extra.get("summary") or extra.get("excerpt")):
            own["excerpt"] = text
        read = {"toc", "summary", "excerpt", "author", "authors", *_IMAGES}
        rest = {key: value for key, value in extra.items() if key not in read}
        own["extra"] = rest
        return own

    def aliases(self, source: Source) -> list[str]:
        """Return the old addresses that lead to a text."""
        found = []
        for one in words(source.values.get("aliases"), split=False):
            text = f"/{one.strip('/')}" if one.endswith(".html") else f"/{one.strip('/')}/"
            found.append(text.replace("//", "/"))
        return list(dict.fromkeys(found))

    def image(self, source: Source, own: Values) -> None:
        """Find the picture that stands for a text."""
        given: Any = next((source.extra[key] for key in _IMAGES if source.extra.get(key)), "")
        alt = source.extra.get("image_alt") or source.extra.get("cover_alt")
        if isinstance(given, dict):
            alt = given.get("alt") or alt
            given = given.get("image") or given.get("src") or given.get("path")
        text = settings.text_of(given)
        if not text:
            return
        line = source.matter.line_of(*_IMAGES)
        address = picture(text, source.path, source.url, line, self.addresses, self.tell)
        if not address:
            return
        own["image"] = address
        own["image_alt"] = settings.text_of(alt)

    # What concerns the site as a whole

    def told_once(self, names: list[str]) -> None:
        """Tell what concerns the site as a whole."""
        folders = Counter(path.split("/")[0] for path in names)
        for folder in _THEME:
            if count := folders[folder]:
                files = "file" if count == 1 else "files"
                hint = "Tidepost has its own templates; docs/templates.md says how to change them"
                self.tell.left(folder, 0, f"{count} {files} of the old look", hint)
        for name in self.taxonomies:
            if name not in _OWN_TAXONOMIES:
                message = f"the taxonomy `{name}`: it stays in the front matter"
                self.tell.left(self.config_file, 0, message)
        if self.markdown.get("render_emoji") is True:
            message = "`render_emoji`: names such as :smile: stay as they are"
            self.tell.left(self.config_file, 0, message)
        if self.config.get("generate_feeds") is True or self.config.get("generate_feed") is True:
            given = self.config.get("feed_filenames") or self.config.get("feed_filename")
            for one in given if isinstance(given, list) else [given or "atom.xml"]:
                if str(one) not in ("feed.xml", "feed.json"):
                    self.tell.redirect(f"/{one}", "/feed.xml", "the feed")
        if self.resources:
            self.tell.move(
                "files beside texts",
                "/assets/...",
                "named by their content; links in texts are right",
            )


def _number(value: Any) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known else float("inf")


def _time(source: Source) -> float:
    return source.date.timestamp() if source.date else 0.0
