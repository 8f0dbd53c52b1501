"""A Hugo site's sections: which have a page, and what it lists."""

from __future__ import annotations

import re

from generator.importers.addresses import as_link
from generator.importers.documents import title_of
from generator.importers.frontmatter import Matter
from generator.importers.hugo.content import Source
from generator.importers.hugo.front import HugoFront
from generator.importers.hugo.settings import number

_OWN_LISTS = ("/", "/posts/", "/tags/", "/categories/", "/series/", "/authors/", "/archive/")


class HugoSections(HugoFront):
    """Sections are the folders directly below content/, and those with an `_index` file."""

    def called(self, source: Source) -> str:
        """Return what links to a text say: its URL, or its file on a site of several languages,
        where a URL is one of the language that it stands in."""
        return as_link(source.place.removeprefix("content")) if self.languages else source.url

    def section_pages(self, main: list[str]) -> list[tuple[Source, list[Source]]]:
        """Return a source for each section, with what its page lists.

        Sections are the folders directly below content/, and those with an `_index` file.
        """
        codes = ("", *sorted(self.languages))
        return [one for code in codes for one in self.sections_in(code, main)]

    def sections_in(self, language: str, main: list[str]) -> list[tuple[Source, list[Source]]]:
        """Return the sections of one language."""
        own = [source for source in self.sources if source.language == language]
        known = {tuple(source.sections): source for source in own if source.is_section}
        first = {
            tuple(source.sections[:1]) for source in own if source.sections and not source.draft
        } - self.hidden
        chosen: dict[tuple[str, ...], Source] = {}
        for folder in sorted({*first, *known}):
            source = known.get(folder) or self.unwritten_section(folder, language)
            if not folder and not language:
                source.url = "/"  # also where it had a folder of its own
            url = source.url.removeprefix(f"/{language}") if language else source.url
            if source.draft or (url in _OWN_LISTS and url != "/"):
                if folder in known:
                    what = "a draft" if source.draft else "Tidepost has a page of its own there"
                    message = f"the page of a section is left out: {what}"
                    self.tell.changed(source.path, 0, message)
                    if not source.draft:
                        self.lead_aliases(source, source.url)
                continue
            source.title = source.title or self.section_title(folder)
            chosen[folder] = source
        found = []
        for folder, source in chosen.items():
            children = self.children(folder, chosen, main, own)
            found.append((source, children))
            if children or source.matter.body.strip() or (language and self.in_main(source)):
                place = source.place.removeprefix("content")
                self.addresses.add_source(source.path, place, draft=False)
                self.addresses.add_page(source.url, self.called(source))
            elif self.in_main(source):
                self.addresses.add_page(source.url, "/posts/")
        return found

    def in_main(self, source: Source) -> bool:
        """Return whether a section holds posts, which Tidepost lists."""
        return bool(source.sections) and self.is_main(source.sections[0])

    def section_title(self, folder: tuple[str, ...]) -> str:
        """Return the title that Hugo gives to a section without one."""
        if not folder:
            return "Home"
        title = title_of(folder[-1])
        if self.config.get("pluralizelisttitles") is False or title[-1].lower() in "s0123456789":
            return title
        if re.search(r"[^aeiou]y$", title):
            return f"{title[:-1]}ies"
        return f"{title}es" if title.endswith(("x", "z", "ch", "sh")) else f"{title}s"

    def unwritten_section(self, folder: tuple[str, ...], language: str) -> Source:
        """Return a section that has no text of its own."""
        source = Source(
            path="/".join([self.content, *folder]),
            place="/".join(
                ["content/pages", *folder, f"index.{language}.md" if language else "index.md"]
            ),
            matter=Matter(values={}, body="", body_line=1),
            values={},
            sections=list(folder),
            name="_index",
            title="",
            is_section=True,
            language=language,
        )
        source.url = self.url_of(source)
        return source

    def children(
        self,
        folder: tuple[str, ...],
        chosen: dict[tuple[str, ...], Source],
        main: list[str],
        own: list[Source],
    ) -> list[Source]:
        """Return what the page of a section lists, in the order of Hugo's lists."""
        if not folder or folder[0] in main:
            return []
        inside = [
            source
            for source in own
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
                number(one.values.get("weight")) or float("inf"),
                -(one.date.timestamp() if one.date else 0),
                one.title,
            ),
        )

    def is_main(self, section: str) -> bool:
        """Return whether a folder directly below content/ holds posts."""
        return any(source.is_post and source.sections[:1] == [section] for source in self.sources)

    def lead_aliases(self, source: Source, to: str) -> None:
        """Lead the old addresses of a text that has no page of its own to `to`."""
        for alias in self.old_addresses(source):
            self.tell.redirect(alias, to, "an alias of a list")

    def link_to(self, source: Source) -> str:
        """Return the file of a text, as a link names it."""
        return as_link(source.place.removeprefix("content"))
