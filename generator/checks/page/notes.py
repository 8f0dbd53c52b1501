"""What is noted of one page while it is read, and how."""

from __future__ import annotations

import re
from bisect import bisect_left

from generator.checks.codes import problem
from generator.checks.nesting import Nesting
from generator.checks.page.facts import Heading, Inline, Link
from generator.checks.shared_fragments import LinkKind, Recording
from generator.core.csp import digests_of
from generator.core.problems import Problem

HEAD = 1024
"""In so many bytes of its beginning a page declares how it is encoded."""

_CHARSET = re.compile(rb"""<meta[^>]*charset\s*=\s*["']?\s*utf-8""")

_MOST_SHOWN = 200

_LINE_END = re.compile("\n")

_FAR = 1 << 16
"""How many characters are gone back to tell a line; for places farther apart, the ends of all lines
are found once."""


class Notes:
    """The state of one reading of one page: `text`, and what was found in it so far."""

    def __init__(self, path: str, html: bytes) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.text = self._decode(html)
        self.head = html[:HEAD].lower()
        self.nesting: Nesting
        self.recording: Recording | None = None
        self.marks: dict[str, list[int]] = {}
        self.last_line = (0, 1)  # an offset, and its line
        self.line_ends: list[int] = []
        self.doctype = False
        self.cut = False
        self.language = ""
        self.kind = ""
        self.titles: list[tuple[str, int]] = []
        self.descriptions: list[tuple[str, int]] = []
        self.canonicals: list[tuple[str, int]] = []
        self.viewport: tuple[str, int] | None = None
        self.noindex = False
        self.refresh = ""
        self.redirects = False
        self.counter = False
        self.contact = False
        self.main: list[int] = []
        self.main_text = ""
        self.ids: dict[str, int] = {}
        self.names: set[str] = set()  # of links, which a fragment may name like an id
        self.headings: list[Heading] = []
        self.links: dict[tuple[str, LinkKind, str], Link] = {}
        self.inline: list[Inline] = []
        self.references: list[tuple[str, str, int]] = []
        self.label_targets: set[str] = set()
        self.unlabelled: list[tuple[str, str, int]] = []  # control, its id, offset
        self.landmarks: dict[str, list[tuple[str, int]]] = {}

    def _decode(self, html: bytes) -> str:
        try:
            text = html.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            text = html.decode("utf-8-sig", "replace")
            line = html.count(b"\n", 0, error.start) + 1
            message = f"byte 0x{html[error.start]:02x} is not UTF-8"
            self.problems.append(problem("html-encoding", self.path, line, message))
        # What the tokenizer of the HTML Standard does to its input (13.2.3.5).
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def line(self, at: int) -> int:
        """Return the line, from 1, of an offset in the text."""
        last, line = self.last_line
        if self.line_ends or at < last - _FAR:
            if not self.line_ends:
                self.line_ends = [end.start() for end in _LINE_END.finditer(self.text)]
            return 1 + bisect_left(self.line_ends, at)
        if at >= last:
            line += self.text.count("\n", last, at)
        else:
            line -= self.text.count("\n", at, last)
        self.last_line = (at, line)
        return line

    def say(self, code: str, at: int, message: str, needle: str = "") -> None:
        """Add a problem at an offset of the text; -1 for the page as a whole."""
        self.recording = None
        line = self.line(at) if at >= 0 else 0
        self.problems.append(problem(code, self.path, line, message, needle=needle))

    def declares_utf8(self) -> bool:
        """Return whether the page says that it is encoded so."""
        return b'charset="utf-8"' in self.head or bool(_CHARSET.search(self.head))

    def note_reference(self, attribute: str, target: str, at: int) -> None:
        """Note an id that an attribute names."""
        self.references.append((attribute, target, at))
        if self.recording:
            self.recording.references.append((attribute, target, at))

    def note_id(self, value: str, at: int) -> None:
        """Note the id of an element."""
        if not value or any(character in value for character in " \t\n\f\r"):
            self.say("id-syntax", at, f"the id `{value}` is empty or has a space", value)
        elif value in self.ids:
            first = self.line(self.ids[value])
            self.say("id-duplicate", at, f"the id `{value}` is on line {first} already", value)
        else:
            self.ids[value] = at
            if self.recording:
                self.recording.ids.append((value, at))

    def note_inline(self, directive: str, text: str, at: int) -> None:
        """Note a script or a style that stands in the page."""
        self.recording = None
        shown = text.strip()[:_MOST_SHOWN]
        self.inline.append(Inline(directive, self.line(at), shown, digests_of(text)))

    def note_link(
        self, url: str, kind: LinkKind, directive: str, at: int, integrity: str = ""
    ) -> None:
        """Note an address on the line where it stands first."""
        url = url.strip()
        if not url:
            self.say("link-syntax", at, "an address is empty", '""' if kind == "form" else "]()")
            return
        if (url, kind, directive) not in self.links:
            integrity = integrity if url[0] != "/" or url[:2] == "//" else ""
            self.links[url, kind, directive] = Link(url, self.line(at), kind, directive, integrity)
        if self.recording:
            self.recording.links.append((url, kind, directive, integrity, at))

    def say_on_line(self, code: str, line: int, message: str, needle: str = "") -> None:
        """Add a problem on a line of the text; 0 for the page as a whole."""
        self.problems.append(problem(code, self.path, line, message, needle=needle))

    def said(self) -> tuple[object, ...]:
        """Return all that was found but problems, and the lines on which it stands."""
        viewport = self.viewport and self.viewport[0]
        return (
            (self.doctype, self.cut, self.language, self.kind, viewport, self.main_text),
            (self.noindex, self.refresh, self.redirects, self.counter, self.contact),
            ([text for text, _ in self.titles], [text for text, _ in self.descriptions]),
            ([url for url, _ in self.canonicals], len(self.main), list(self.ids)),
            sorted(self.names),
            [(heading.level, heading.text) for heading in self.headings],
            [(each.url, each.kind, each.directive, each.integrity) for each in self.links.values()],
            [(each.directive, each.text, each.digests) for each in self.inline],
            [(attribute, target) for attribute, target, _ in self.references],
            self.label_targets,
            [(control, its_id) for control, its_id, _ in self.unlabelled],
            {name: [label for label, _ in each] for name, each in self.landmarks.items()},
        )

    def lines_said(self) -> list[int]:
        """Return the lines of what `said` gives that are facts of the page."""
        found = [
            line for each in (self.titles, self.descriptions, self.canonicals) for _, line in each
        ]
        for each in (self.headings, self.links.values(), self.inline):
            found += [one.line for one in each]
        return found
