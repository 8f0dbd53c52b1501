"""A Hugo site -> Tidepost's content, data and static files."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from generator.core.urls import term_slug
from generator.core.yaml_reader import write_mapping
from generator.importers import markdown, settings
from generator.importers.addresses import PICTURES_AND_FILMS, as_link, rewrite
from generator.importers.comparison.built import from_built
from generator.importers.documents import Made, make, possible, settle, words
from generator.importers.emoji import set_emoji, with_emoji
from generator.importers.heading_ids import hugo_id
from generator.importers.hugo import shortcodes as goldmark
from generator.importers.hugo import urls as hugo_urls
from generator.importers.hugo.content import TEXTS, Source
from generator.importers.hugo.sections import HugoSections
from generator.importers.hugo.settings import group, lowered
from generator.importers.lines import Line, without_controls
from generator.importers.model import (
    CannotImportError,
    Conversion,
    NewFile,
    OldSite,
    Target,
)
from generator.importers.report import Report
from generator.importers.static_files import StaticFiles
from generator.importers.styles import set_styles, tell_blocked

_THEME = ("layouts", "themes", "archetypes", "i18n", "_vendor")
_LAYOUTS = {
    "archive": "/archive/",
    "search": "/posts/",
    "tag": "/tags/",
    "categorie": "/categories/",
    "term": "/tags/",
    "post": "/posts/",
}
"""By a layout without a text, in the singular: the list that takes its place."""
_OWN_LISTS = ("/", "/posts/", "/tags/", "/categories/", "/series/", "/authors/", "/archive/")


def convert(files: OldSite, origin: str, target: Target) -> Conversion:
    """Convert a Hugo site. Raises CannotImportError where it is none."""
    return _Hugo(files, origin, target).convert()


class _Hugo(HugoSections):
    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        super().__init__(files, origin, target)
        self.static = StaticFiles(self.files, self.addresses, self.tell)
        self.unfilled: set[str] = set()

    def convert(self) -> Conversion:
        names = sorted(self.files)
        texts = [path for path in names if path.startswith(f"{self.content}/")]
        if not texts or not (self.config_file or any(path.endswith(TEXTS) for path in texts)):
            message = "this is no Hugo site: no settings such as hugo.toml, or nothing in content/"
            raise CannotImportError(self.origin, message, "name its folder")
        self.read_content(texts)
        self.settle_fronts()
        main = self.main_sections()
        for source in self.sources:
            self.settle_place(source, main)
        self.place_resources(texts)
        self.static_files(names)
        if self.languages or self.in_folder:
            self.addresses.add_page(f"/{self.language}/", "/")
        self.sources = [one for one in self.sources if not self.is_layout(one)]
        for source in self.sources:
            self.register(source)
        for source in self.sources:
            if not source.draft:
                for alias in self.old_addresses(source):
                    self.addresses.add_page(alias, self.called(source))
        self.tell_terms_of_pages()
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
            self.tell.converted(one.origin, one.path, "" if one.document.draft else one.address)
        copied = [
            NewFile(path=place, origin=path, copy_of=path) for path, place in self.resources.items()
        ]
        for each in copied:
            self.tell.converted(each.origin, each.path)
        data = self.data_files(names)
        self.told_once(names, main)
        redirects = possible(self.tell, made, self.target)
        told, extra = settings.with_redirects(told, extra, redirects)
        files = [*self.static.done(), *copied, *data, *(one.file() for one in made), *extra]
        files = [self.in_old_site(one) for one in files]
        report = Report(
            origin=self.origin,
            entries=tuple(sorted(self.tell.entries)),
            urls=tuple(sorted(one.address for one in made if not one.document.draft)),
            moved=tuple(sorted(self.tell.moved)),
            settings=told,
        )
        return Conversion(files=tuple(files), report=report)

    def in_old_site(self, file: NewFile) -> NewFile:
        """Return a file with the names that the old site has for what it was made from."""
        return msgspec.structs.replace(
            file,
            origin=self.real.get(file.origin, file.origin),
            copy_of=self.real.get(file.copy_of, file.copy_of),
        )

    # Content

    def register(self, source: Source) -> None:
        if source.is_section:
            return
        name = source.place.removeprefix("content")
        self.addresses.add_source(source.path, name, draft=source.draft)
        if not source.draft:
            self.addresses.add_page(source.url, self.called(source))
        if source.is_post and not source.draft:
            folder = f"/{source.language}" if source.language else ""
            for key in ("tags", "categories"):
                names = words(source.values.get(key), split=False)
                self.addresses.add_terms(key, names, folder)
                for name in names:
                    self.term(key, name, folder)

    def term(self, taxonomy: str, name: str, folder: str) -> None:
        """Know the address that Hugo gave to the list of a term, and lead it on."""
        new = f"{folder}/{taxonomy}/{term_slug(name)}/"
        old = self.term_url(taxonomy, name, folder)
        if old != new:
            self.addresses.add_page(old, new)
            self.tell.redirect(old, new, f"the list of `{name}`")

    def term_url(self, taxonomy: str, name: str, folder: str) -> str:
        """Return the address that Hugo gave to the list of a term."""
        permalinks = group(self.languages.get(folder.strip("/"))).get("permalinks")
        permalinks = permalinks or self.config.get("permalinks")
        url = f"/{taxonomy}/{hugo_urls.cleaned(name, lower=self.lower)}/"
        if pattern := hugo_urls.pattern_of(permalinks, taxonomy, "term"):
            name = hugo_urls.slugged(name, lower=self.lower)
            filled, unknown = hugo_urls.filled(
                pattern, date=None, sections=[taxonomy], name=name, title=name, slug="",
                lower=self.lower,
            )  # fmt: skip
            self.unfilled |= {pattern} if unknown else set()
            url = hugo_urls.with_slash(filled)
        return f"{folder or self.prefix}{url}"

    def tell_terms_of_pages(self) -> None:
        """Report the lists of terms that only pages have: Tidepost lists posts."""
        for source in self.sources:
            folder = f"/{source.language}" if source.language else ""
            for key in ("tags", "categories") if not (source.is_post or source.draft) else ():
                for name in words(source.values.get(key), split=False):
                    if f"{folder}/{key}/{term_slug(name)}/" not in self.addresses.terms:
                        old = self.term_url(key, name, folder)
                        self.tell.move(old, "", "a list of pages; Tidepost's are of posts")

    def static_files(self, names: list[str]) -> None:
        for path in names:
            if any(part.startswith(".") and part != ".well-known" for part in path.split("/")):
                continue
            if path.startswith("static/"):
                self.static.add(path, path.removeprefix("static/"))
            if path.startswith("assets/"):
                suffix = posixpath.splitext(path)[1].lower()
                if suffix in PICTURES_AND_FILMS:
                    self.static.add(path, path.removeprefix("assets/"))
                    if (served := path.removeprefix("assets")) in self.addresses.files:
                        self.addresses.anywhere.add(served)
                else:
                    self.static.theme["assets"] += 1

    # Making documents

    def lines_of(self, source: Source) -> list[Line]:
        body = without_controls(source.matter.body)

        def parameter(name: str) -> str | None:
            value: Any = {
                **self.params,
                **lowered(source.values),
                **group(source.values.get("params")),
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
        if is_html:
            lines = markdown.set_html(lines)
        heading, without = markdown.leading_title(lines)
        if heading and heading.casefold() == source.title.casefold():
            lines = without
            message = "the heading that repeats the title is left out"
            self.tell.changed(source.path, source.matter.body_line, message)
        lines = markdown.set_titles(lines, self.tell, source.path)
        of_headings = hugo_id(self.id_type, smart=self.smart) if self.makes_ids else None
        lines = markdown.set_headings(
            lines,
            self.tell,
            source.path,
            of_headings,
            of_terms=self.makes_term_ids,
            in_html=is_html,
            shown=with_emoji if self.has_emoji else str,
        )
        if self.has_emoji and not is_html:
            lines = set_emoji(lines, self.tell, source.path, in_html=False)
        if is_html:
            first = lines[0].source if lines else 1
            lines = [Line("<div>", first), *lines, Line("</div>", first)]
        home = posixpath.dirname(source.place).removeprefix("content") + "/"
        inside = f"/{source.language}" if source.language else ""
        lines = rewrite(lines, self.addresses, self.tell, source.path, source.url, home, inside)
        built = from_built(
            lines,
            self.target,
            source.url,
            lambda address: self.addresses.resolve(address, source.url, ""),
            self.tell,
            source.path,
        )
        if built is not None:
            lines = markdown.set_headings(built, self.tell, source.path, None)
        lines = set_styles(lines, self.tell, source.path)
        tell_blocked(lines, self.tell, source.path)
        return goldmark.hide_rest(lines)

    def document(self, source: Source) -> Made | None:
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
            source.language,
        )

    def is_layout(self, source: Source) -> bool:
        """Return whether a text is nothing but a layout of the theme's, such as a list of all
        posts; its address leads on to what Tidepost has of that kind."""
        layout = settings.text_of(source.values.get("layout") or source.values.get("type")).lower()
        if not layout or source.is_post or source.is_section or source.matter.body.strip():
            return False
        to = _LAYOUTS.get(layout.rstrip("s"), "")
        if to and not source.language:
            self.tell.changed(source.path, 1, f"it has no text, only a layout: it leads to {to}")
            self.tell.redirect(source.url, to, "a list that Tidepost makes")
            self.addresses.add_page(source.url, to)
        else:
            hint = f"nothing answers at `{source.url}`; write a page if you need one"
            self.tell.left(source.path, 1, "not imported: it has no text, only a layout", hint)
            self.tell.move(source.url, "", "a page that its layout made")
        return True

    def referred(self, wanted: str, source: Source) -> str | None:
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

    def name_of(self, source: Source) -> str:
        return source.url if source.is_section else as_link(source.place.removeprefix("content"))

    def section(self, source: Source, children: list[Source]) -> Made | None:
        lines = self.lines_of(source)
        last = lines[-1].source if lines else 1
        own = source.sections
        if children:
            listed = [f"- [{_as_words(one.title)}]({self.link_to(one)})" for one in children]
            lines += [Line("", last), *(Line(text, last) for text in listed)]
            count = f"{len(children)} pages" if len(children) > 1 else "one page"
            message = f"a list of the {count} below it is written out"
            hint = "keep it up to date, or make a template of it"
            self.tell.changed(source.path, 0, message, hint)
        elif own and self.is_main(own[0]):
            if not source.matter.body.strip() and not source.language:
                self.tell.redirect(source.url, "/posts/", "Tidepost lists posts there")
                self.lead_aliases(source, "/posts/")
                return None
            lines += [Line("", last), Line(f"- [{_as_words(source.title)}](/posts/)", last)]
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
            source.language,
        )

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
                hint = "Tidepost has its own templates; docs/templates.md says how to change them"
                self.tell.left(folder, 0, f"{count} {files} of the old look", hint)
        if self.config.get("uglyurls"):
            message = "`uglyURLs`: addresses that end in .html are kept"
            self.tell.changed(self.config_file, 0, message)
            for name in ("tags", "categories"):
                if any(term.startswith(f"/{name}/") for term in self.addresses.terms):
                    self.tell.move(f"/{name}.html", f"/{name}/", "a list that Tidepost makes")
        for pattern in sorted(self.unfilled):
            message = (
                f"`{pattern}`, the permalink of a list of terms, has the date of its last post"
            )
            hint = "lead the old addresses on with `redirects:`"
            self.tell.left(self.config_file, 0, message, hint)
        taxonomies = self.config.get("taxonomies")
        if isinstance(taxonomies, dict):
            for one in taxonomies.values():
                if str(one).lower() not in ("tags", "categories", "series", "authors"):
                    self.tell.left(
                        self.config_file, 0, f"the taxonomy `{one}`: it stays in the front matter"
                    )
        for code in ("", *sorted(self.languages)):
            folder = f"/{code}" if code else ""
            if any(source.is_post and source.language == code for source in self.sources):
                own = folder or self.prefix
                for old in dict.fromkeys((folder, own, *(f"{own}/{one}" for one in main))):
                    self.tell.redirect(f"{old}/index.xml", f"{folder}/feed.xml", "the feed")
        if self.languages or self.in_folder:
            home = f"/{self.language}/"
            self.tell.redirect(home, "/", "the landing page of the site's own language")
        if self.resources:
            self.tell.move(
                "files beside texts",
                "/assets/...",
                "named by their content; links in texts are right",
            )


_SIGNS = re.compile(r"[\\`*_\[\]<&]|(?<=-)-|(?<=\.)\.")


def _as_words(title: str) -> str:
    """Return a title as Markdown in which no sign means anything."""
    return _SIGNS.sub(lambda found: f"\\{found[0]}", title)
