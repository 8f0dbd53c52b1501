"""One page's HTML -> what the site's checks need to know of it, and what is wrong with it alone.

`examine` depends on its two arguments and nothing else, so a build may remember the result.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from html import unescape

from generator.checks.nesting import Element, Nesting
from generator.checks.page import elements
from generator.checks.page.facts import Link, PageFacts
from generator.checks.page.notes import Notes
from generator.checks.page.whole import say_of_the_whole
from generator.checks.shared_fragments import Piece, Pieces, Recording
from generator.core.html_tokens import PLAIN_NAMES, Tag, next_tag, plain, tags

_BLOCKS = re.compile(
    r"</?(?:p|li|h[1-6]|div|section|blockquote|t[dhr]|d[dt]|figcaption|pre)\b[^>]*>", re.IGNORECASE
)

_PASSED_LINK = re.compile(r'<a(?: class="[^"]*+")? href="([^"]*+)"')

_PASSED_HEADING = re.compile(r'<h([2-4])(?: id="([^"]*+)")?>(.*?)</h', re.DOTALL)

_DEEPEST = 60
"""In how many elements a piece is looked for: of those in more, all names would have to be compared
for each."""

_MATTERING = (elements.ENDING_MATTERS - {"main"}) | {"p", "template"}
"""Elements within which no page can be read on from: of them more has to be known than the name."""

_PIECES = Pieces()
"""Kept from page to page. What a page is found to be does not depend on it."""


_APART = 150
"""Of places at which a page can be read on from, so many characters lie between two."""


def examine(path: str, html: bytes) -> PageFacts:
    """Read the page at the output path `path`. Never raises, whatever the bytes."""
    return Examination(path, html).facts()


class Examination(Notes):
    """One reading of one page; one that is not `hasty` takes each tag.

    `marks` are places at the beginnings of lines at which only elements were open whose end says
    nothing of what they hold, and their names: what comes behind one is read without what stands
    before it.
    """

    def __init__(self, path: str, html: bytes, *, hasty: bool = True) -> None:
        super().__init__(path, html)
        self.hasty = hasty
        self.nesting = Nesting(self._report_nesting, self._closed)
        self._marked = 0

    def reads_part(self, start: int, end: int, before: str, behind: str) -> bool:
        """Read on from one mark to another, where the elements with these names are open before and
        behind; return whether it is so."""
        for name in before.split()[1:]:
            self.nesting.start(Tag(name, False, start, start, start, {}, False, (), False))
        if " ".join(self.nesting.names()) != before:
            return False
        self.hasty = False
        return self._read_hastily(start, end) == end and self._is_markable() == behind

    def facts(self) -> PageFacts:
        """Read the page; return what is to be known of it."""
        if self.hasty:
            self._read_hastily()
        else:
            for tag in tags(self.text):
                self._take(tag)
        self.nesting.finish(len(self.text))
        say_of_the_whole(self)
        del self.nesting  # which knows this reading: as a cycle, both would stay for long
        title, title_line = self.titles[0] if self.titles else ("", 0)
        description, description_line = self.descriptions[0] if self.descriptions else ("", 0)
        canonical, canonical_line = self.canonicals[0] if self.canonicals else ("", 0)
        return PageFacts(
            kind=self.kind,
            language=self.language,
            title=title,
            title_line=title_line,
            description=description,
            description_line=description_line,
            canonical=canonical,
            canonical_line=canonical_line,
            noindex=self.noindex,
            refresh=self.refresh,
            is_redirect_page=self.redirects,
            has_counter=self.counter,
            has_contact_form=self.contact,
            ids=tuple(dict.fromkeys((*self.ids, *sorted(self.names)))),
            headings=tuple(self.headings),
            links=tuple(self.links.values()),
            inline=tuple(self.inline),
            text=self.main_text,
            problems=tuple(sorted(set(self.problems))),
        )

    def _take(self, tag: Tag) -> None:
        if tag.cut:
            self._cut(tag)
        if tag.closing:
            self.nesting.end(tag.name, tag.start)
        elif tag.name[0] == "!":
            if tag.name == "!doctype":
                self.recording = None
                self.doctype = True
        else:
            elements.start(self, tag)
            self.nesting.start(tag)

    def _read_hastily(self, at: int = 0, stop: int = sys.maxsize) -> int:
        """Take what `tags` gives, but pass over what cannot matter and what is known already;
        return where this ended, which may be behind `stop`."""
        text, nesting = self.text, self.nesting
        while at < stop:
            if self.recording and at >= self.recording.stop:
                self._end_recording(at)
            pattern = nesting.open[-1].passed_over
            if pattern and (over := pattern.match(text, at)):
                end = over.end()
                if end - at > 8 and not nesting.inside("template"):
                    self._take_passed(at, end)
                at = end
                if self.recording and at >= self.recording.stop:
                    self._end_recording(at)
                if at >= stop:
                    return at
                if at - self._marked > _APART and text[at - 1] == "\n":
                    self._mark(at)
                if text.startswith("</", at):
                    last = text.find(">", at)
                    name = text[at + 2 : last]
                    if last > 0 and name in PLAIN_NAMES:
                        nesting.end(name, at)
                        at = last + 1
                        continue
                elif self.hasty and not self.recording and _PIECES.may_begin(text, at):
                    end = self._piece(at)
                    if end != at:
                        at = end
                        continue
            tag = next_tag(text, at)
            if tag is None:
                return -1
            self._take(tag)
            at = tag.after
        return at

    def _mark(self, at: int) -> None:
        if context := self._is_markable():
            self.marks.setdefault(context, []).append(at)
            self._marked = at

    def _is_markable(self) -> str:
        """Return the names of the open elements, if no more of them than these has to be known."""
        nesting = self.nesting
        if not nesting.settled or nesting.foreign or self.cut or len(nesting.open) > _DEEPEST:
            return ""
        return _told_by_names(nesting.names())

    def _take_passed(self, at: int, end: int) -> None:
        """Take the links and headings of what is passed over."""
        text = self.text
        for link in _PASSED_LINK.finditer(text, at, end):
            href = link[1]
            self.note_link(unescape(href) if "&" in href else href, "page", "", link.start())
        if text.find("<h", at, end) < 0:
            return
        for heading in _PASSED_HEADING.finditer(text, at, end):
            level, its_id, inner = heading.groups()
            if its_id is not None:
                self.note_id(its_id, heading.start())
            element = Element(f"h{level}", {}, heading.start(), heading.start(3))
            elements.heading(self, element, inner)

    def _piece(self, at: int) -> int:
        """Pass over the piece that begins at an offset where it is known; or get to know it."""
        end = _PIECES.end(self.text, at)
        if not end or not self.nesting.settled or len(self.nesting.open) > _DEEPEST:
            return at
        written = self.text[at:end]
        context = self.nesting.names()
        piece = _PIECES.known.get((context, written))
        if piece is None:
            if _PIECES.is_met_again(context, written):
                self.recording = Recording(written, context, at, end)
        elif all(value not in self.ids for value, _ in piece.ids):
            self._say_again(piece, at)
            return end
        return at

    def _say_again(self, piece: Piece, start: int) -> None:
        if piece.links:
            first = self.line(start)
            for url, kind, directive, integrity, lines in piece.links:
                if (url, kind, directive) not in self.links:
                    link = Link(url, first + lines, kind, directive, integrity)
                    self.links[url, kind, directive] = link
        for value, at in piece.ids:
            self.ids[value] = start + at
        for name, target, at in piece.references:
            self.references.append((name, target, start + at))
        self.label_targets.update(piece.labels)
        for name, label, at in piece.landmarks:
            self.landmarks.setdefault(name, []).append((label, start + at))
        self.counter = self.counter or piece.counter
        self.contact = self.contact or piece.contact

    def _end_recording(self, at: int) -> None:
        """Keep a piece that left everything open and closed as it was."""
        recording, self.recording = self.recording, None
        if (
            recording
            and at == recording.stop
            and self.nesting.settled
            and len(self.nesting.open) == len(recording.context)
            and self.nesting.names() == recording.context
        ):
            _PIECES.keep(recording, self.line)

    def _cut(self, tag: Tag) -> None:
        what = "a comment" if tag.name[0] == "!" else f"`<{tag.name}>`"
        self.cut = True
        written = self.text[tag.start : tag.start + 60].partition("\n")[0]
        self.say("html-syntax", tag.start, f"the page ends inside {what}", written)

    def _report_nesting(self, code: str, at: int, message: str, name: str) -> None:
        if self.cut:
            return  # what is not closed follows from it
        # A tag has a better needle than its name: what makes it unlike others of the name.
        needle = self.text[at : self.text.find(">", at) + 1 or len(self.text)]
        self.say(code, at, message, needle if len(needle) <= 200 else f"<{name}")

    def _closed(self, element: Element, end: int) -> None:
        elements.closed(self, element, end)


@lru_cache(1024)
def _told_by_names(context: tuple[str, ...]) -> str:
    """Return the names of open elements in one text; an empty one where more than these matters."""
    return "" if _MATTERING.intersection(context) else " ".join(context)


def text_blocks(fragment: str) -> list[str]:
    """Return the texts of a rendered document's blocks, for `check_site(landing_text=...)`."""
    return [text for block in _BLOCKS.split(fragment) if (text := plain(block))]
