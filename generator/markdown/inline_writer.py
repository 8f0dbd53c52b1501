"""Writes the HTML of a document's words: texts, links, pictures, code, emphasis.

The part of commonmark.py that knows nothing of blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from urllib.parse import quote

from generator.markdown import attributes, autolinks
from generator.markdown.extras import Prepared
from generator.markdown.leftovers import SUSPECT, leftovers
from generator.markdown.marks import OPEN, Marks, Piece, marked
from generator.markdown.reading import Places

SPECIAL = re.compile(rf"[&<>@#[*ÃÂâ{{{OPEN}]")
"""What a text may have that is more than itself; `}` ends an attribute list that begins in it. A
single set of signs is looked for five times as fast as one among other patterns."""

SPECIAL_FIRST = frozenset("-!")
"""What may be more than itself where a text begins."""

_UNSAFE = re.compile(r"[\s\"<>\\^`{|}]")
_AWKWARD = re.compile(f"[\\s\"'&<>\\\\^`{{|}}{OPEN}]")
"""What an address may have that is not to be written as it is."""

_ATTRIBUTE = re.compile(r' ([\w:.-]+)="([^"]*)"')


class InlineWriter:
    """Writes what stands within blocks, and keeps what all of a document's writing needs."""

    def __init__(
        self,
        prepared: Prepared,
        marks: Marks,
        report: Callable[[str, str, str, int], None],
    ) -> None:
        self.prepared, self.marks, self.report_at = prepared, marks, report
        self.text = prepared.text.text
        self.out: list[str] = []
        self.opened: list[int] = []
        """Where in `out` the tags of the open elements stand."""
        self.closed = (-1, -1)
        """Where the last inline element begins and ends, which an attribute list may follow."""
        self.written = (-1, "")
        """Where the last text stands, and the text itself, which may end in an attribute list."""
        self.at = {"start": 0, "end": 0}
        """Where in `bytes`, the text in UTF-8, what is being written begins and ends."""
        self.bytes: bytes | None = None
        self.places: Places | None = None
        self.collected: list[str] | None = None
        """Code, or HTML of a block, until it ends."""
        self.alt: list[str] | None = None
        """The words of a picture, until it ends."""
        self.nested_images: list[dict[str, str]] = []
        self.links = 0
        self.in_anchor = False
        """Whether an `<a>` of the writer's own is open, in which no address is made a link."""
        self.words: list[str] | None = None
        """The words of a heading, until it ends; `alts` are those of its pictures."""
        self.alts: list[str] = []
        self.is_term = False
        self.bare = -1
        """Where a paragraph stands that is the inside of an element of the writer's."""
        self.short: re.Pattern[str] | None = None
        if prepared.abbreviations:
            longest = sorted(prepared.abbreviations, key=lambda word: (-len(word), word))
            self.short = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
        self.words_are_plain = self.short is None and not prepared.addresses
        self.plain = self.words_are_plain
        """Whether a text without special signs is written as it is."""

    def settle(self) -> None:
        """Find out whether a text without special signs is to be written as it is."""
        self.plain = (
            self.words_are_plain
            and self.collected is None
            and self.alt is None
            and self.words is None
        )

    def report(self, code: str, message: str, hint: str, place: int | None = None) -> None:
        """Report what is wrong at a byte of the text; without, at what is being written."""
        message, hint = self.marks.source_in(message), self.marks.source_in(hint)
        self.report_at(code, message, hint, self.origin(place))

    def origin(self, place: int | None = None) -> int:
        """Return where in the document a byte of the text was written; without, what is being
        written."""
        if self.places is None:
            self.places = Places(self.text)
        at = self.places(self.at["start"] if place is None else place)
        return self.prepared.text.origin(at)

    def as_written(self) -> str:
        """Return the Markdown of what is being written."""
        if self.bytes is None:
            self.bytes = self.text.encode()
        return self.bytes[self.at["start"] : self.at["end"]].decode()

    def list_at_start(self, text: str) -> tuple[attributes.Attributes, int] | None:
        """Return the attribute list that `text` begins with, and where it ends."""
        found = attributes.at_start(text)
        return (self.values(found[0]), found[1]) if found else None

    def list_at_end(self, text: str) -> tuple[attributes.Attributes, int] | None:
        """Return the attribute list that `text` ends with, and where it begins."""
        found = attributes.at_end(text)
        return (self.values(found[0]), found[1]) if found else None

    def values(self, given: attributes.Attributes) -> attributes.Attributes:
        """Return attributes with what the marks in them say."""
        return {name: self.marks.words_in(value) for name, value in given.items()}

    def soft_break(self) -> None:
        """Write the end of a line, or of a term: each line is one (PHP Markdown Extra)."""
        if self.is_term and self.alt is None:
            self.term_line_end()
            self.out.append("</dt>\n")
            self.opened[-1] = len(self.out)
            self.out.append("<dt>")
        else:
            self.line_break("\n")

    def term_line_end(self) -> None:
        """Give a term the attribute list at its end."""
        if given := self.attributes_behind(self.opened[-1]):
            self.out[self.opened[-1]] = f"<dt{attributes.as_html(given)}>"

    def attributes_behind(self, place: int) -> attributes.Attributes | None:
        """Take off and return an attribute list at the end of the line whose tag is at `place`."""
        at, text = self.written
        if not (text.endswith("}") and at == len(self.out) - 1 > place):
            return None
        found = self.list_at_end(text)
        if not found:
            return None
        self.out.pop()
        rest = text[: found[1]].rstrip()
        if self.words:
            self.words[-1] = rest
        if rest:
            self.text_out(rest)
        return found[0]

    def hard_break(self) -> None:
        """Write a line break."""
        self.line_break("<br>\n")

    def line_break(self, html: str) -> None:
        """Write what stands between two lines."""
        if self.alt is not None:
            self.alt.append(" ")
            return
        if self.words is not None:
            self.words.append(" ")
        self.out.append(html)

    def text_found(self, text: str) -> None:
        """Write a text, or keep it for what it belongs to."""
        if self.collected is not None:
            self.collected.append(text)
            return
        if self.alt is not None:
            self.alt.append(self.marks.words_in(text))
            return
        if text[0] == "{" and self.closed[1] == len(self.out):
            found = self.list_at_start(text)
            if found:
                at = self.closed[0]
                self.out[at] = with_attributes(self.out[at], found[0])
                text = text[found[1] :]
                if not text:
                    return
        if self.words is not None:
            self.words.append(self.marks.words_in(text))
        if SUSPECT.search(text):
            self.report_leftovers(text)
        self.text_out(text)

    def text_out(self, text: str) -> None:
        """Write a text, with what marks stand for, mail addresses and abbreviations."""
        self.written = (len(self.out), text)
        if marked(text):
            if self.out and self.out[-1] == "<p>" and self.marks.begins_element(text):
                self.bare = len(self.out) - 1
                self.out[-1] = ""
            html = "".join(map(self.part, self.marks.split(text)))
        else:
            html = self.part(text)
        self.out.append(html)

    def part(self, part: str | Piece) -> str:
        """Return the HTML of a part of a text."""
        if isinstance(part, Piece):
            return part.html
        web = self.prepared.addresses and ("://" in part or "www." in part.lower())
        if self.links or self.in_anchor or not (web or "@" in part):
            return self.escaped(part)
        pieces: list[str] = []
        place = 0
        for link in autolinks.links(part, web=web):
            pieces += (self.escaped(part[place : link.start]), autolinks.anchor(part, link))
            place = link.end
        return "".join([*pieces, self.escaped(part[place:])])

    def escaped(self, text: str) -> str:
        """Return the HTML of a text without links, with its abbreviations."""
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return self.short.sub(self.abbreviation, text) if self.short else text

    def abbreviation(self, found: re.Match[str]) -> str:
        """Return an abbreviation with what it stands for."""
        title = self.prepared.abbreviations[found[0]]
        return f'<abbr title="{escape(title)}">{found[0]}</abbr>' if title else found[0]

    def report_leftovers(self, text: str) -> None:
        """Report signs that do nothing where they stand, which readers would see."""
        written = self.as_written()
        for found in leftovers(text, self.out):
            if found.shown in written:  # else a backslash says that it is meant so
                self.report(found.code, found.message, found.hint)

    def open_inline(self, tag: str) -> None:
        """Write the tag of an element within a line."""
        if self.alt is None:
            self.opened.append(len(self.out))
            self.out.append(tag)

    def close_inline(self, tag: str) -> None:
        """Write its end, which an attribute list may follow."""
        if self.alt is None:
            self.out.append(tag)
            self.closed = (self.opened.pop(), len(self.out))

    def code(self, code: str) -> None:
        """Write code within a line."""
        code = self.marks.source_in(code)
        if self.alt is not None:
            self.alt.append(code)
            return
        if self.words is not None:
            self.words.append(code)
        self.open_inline("<code>")
        self.out.append(escape(code, quote=False))
        self.close_inline("</code>")

    def link(self, link: dict[str, str]) -> None:
        """Begin a link."""
        self.links += 1
        target, title = link["dest_url"], link["title"]
        if _AWKWARD.search(target):
            target = escape(self.address(target))
        if link["link_type"] == "Email":
            target = f"mailto:{target}"
        self.open_inline(f'<a href="{target}"{self.title(title) if title else ""}>')

    def link_end(self) -> None:
        """End a link."""
        self.links -= 1
        self.close_inline("</a>")

    def address(self, written: str) -> str:
        """Return an address with what the marks in it say. That of another site gets no sign that
        a URL cannot have; a file of this one may be named with any."""
        address = self.marks.address_in(written)
        if "://" in address:
            return _UNSAFE.sub(lambda found: quote(found[0]), address)
        return address

    def title(self, written: str) -> str:
        """Return the attribute for a title, or nothing."""
        title = self.marks.words_in(written)
        return f' title="{escape(title)}"' if title else ""

    def image(self, image: dict[str, str]) -> None:
        """Begin a picture, whose words are text."""
        self.nested_images.append(image)
        if self.alt is None:
            self.alt = []
            self.settle()

    def image_end(self) -> None:
        """Write the picture."""
        image = self.nested_images.pop()
        if self.nested_images:
            return  # a picture in the words of another: only its words are seen
        alt, self.alt = "".join(self.alt or []), None
        self.settle()
        if self.words is not None:
            self.alts.append(alt)
        place = len(self.out)
        self.out.append(
            f'<img alt="{escape(alt)}" data-size="" '
            f'src="{escape(self.address(image["dest_url"]))}"{self.title(image["title"])}>'
        )
        self.closed = (place, place + 1)


def with_attributes(tag: str, given: attributes.Attributes) -> str:
    """Return a tag with more attributes, in the order of their names. Classes are added to those it
    has."""
    name, old = tag[1:].rstrip("\n>").partition(" ")[::2]
    known = {key: unescape(value) for key, value in _ATTRIBUTE.findall(f" {old}")}
    if "class" in known and "class" in given:
        given = {**given, "class": f"{known['class']} {given['class']}"}
    line_end = "\n" if tag.endswith("\n") else ""
    return f"<{name}{attributes.as_html({**known, **given})}>{line_end}"
