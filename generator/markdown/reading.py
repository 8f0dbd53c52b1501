"""Takes Markdown apart as CommonMark and GitHub read it: pulldown-cmark, by pyromark.

`events` is what a page is written from. `spans` reports a text, before anything in it is replaced,
what is code, HTML or a link in it: only the reader itself can tell.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyromark

Event = tuple[Any, dict[str, int]]
"""What the reader found, and from which byte to which of the text in UTF-8."""

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_known = pyromark.Options
_OPTIONS = (
    _known.ENABLE_TABLES
    | _known.ENABLE_FOOTNOTES
    | _known.ENABLE_STRIKETHROUGH
    | _known.ENABLE_TASKLISTS
    | _known.ENABLE_GFM
)

_VERBATIM = re.compile(
    r"<(?P<end>/?)(?P<name>code|kbd|samp|tt|var|pre|script|style|textarea|math)(?=[\s/>])",
    re.IGNORECASE,
)
"""Elements whose words are signs for a machine: those of SmartyPants and of kramdown's raw HTML."""

DEFINITION = re.compile(r"^[ \t>]*:[ \t]", re.MULTILINE)
"""A line that may be the meaning of a term."""

_COLON = re.compile(r":(?<![^\n \t>]:)[ \t]")
"""What such a line has in it. Most texts have none, and a single sign is found at once."""


def events(text: str, *, smart: bool = False) -> Iterator[Event]:
    """Yield what `text` consists of; `smart` makes quotes curly and hyphens dashes, but for those
    in code, also where its tags are HTML."""
    options = _OPTIONS
    if _COLON.search(text) and DEFINITION.search(text):
        options |= _known.ENABLE_DEFINITION_LIST
    if not smart:
        return _read(text, options)
    curly = _read(text, options | _known.ENABLE_SMART_PUNCTUATION)
    if not _VERBATIM.search(text):
        return curly
    return _straight_in_code(curly, _read(text, options))


def _read(text: str, options: pyromark.Options) -> Iterator[Event]:
    found: Any = pyromark.events_with_range(text, options=options, merge_text=True)
    return iter(found)


def _straight_in_code(curly: Iterator[Event], straight: Iterator[Event]) -> Iterator[Event]:
    """Yield `curly`, with the words of `straight` in code whose tags are HTML; both are the same
    text's. An element ends at the latest with the block that it begins in."""
    words = {(at["start"], at["end"]): what for what, at in straight if _is_text(what)}
    opened: Counter[str] = Counter()
    for what, at in curly:
        if opened and _is_text(what):
            yield words.get((at["start"], at["end"]), what), at
            continue
        yield what, at
        if what.__class__ is not dict:
            continue
        ((kind, value),) = what.items()
        if kind == "InlineHtml" and (tag := _VERBATIM.match(value)):
            opened[tag["name"].lower()] += -1 if tag["end"] else not value.endswith("/>")
            opened = +opened
        elif opened and kind in ("Start", "End") and not _is_inline(value):
            opened.clear()


def _is_text(what: Any) -> bool:
    return what.__class__ is dict and "Text" in what


_INLINE = frozenset({"Emphasis", "Strong", "Strikethrough", "Superscript", "Subscript"})


def _is_inline(value: Any) -> bool:
    name = value if value.__class__ is str else next(iter(value))
    return name in _INLINE or name in ("Link", "Image")


def words_of(text: str) -> str:
    """Return the words of one line of Markdown."""
    found: Iterator[Any] = (what for what, _ in events(text) if what.__class__ is dict)
    words = (str(what.get("Text", what.get("Code", ""))) for what in found)
    return " ".join("".join(words).split())


class Places:
    """Turns places among a text's bytes into places among its characters."""

    def __init__(self, text: str) -> None:
        self._behind: list[int] = []
        """Where the bytes of each character beyond ASCII end."""
        self._extra = [0]
        extra = 0
        if not text.isascii():
            for found in _NOT_ASCII.finditer(text):
                code = ord(found[0])
                extra += 1 if code < 0x800 else 2 if code < 0x10000 else 3
                self._behind.append(found.end() + extra)
                self._extra.append(extra)

    def __call__(self, place: int) -> int:
        """Return the place among the characters of a place among the bytes."""
        return place - self._extra[bisect_right(self._behind, place)] if self._behind else place


class Ranges:
    """Parts of a text, in their order; none begins in another."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []

    def add(self, start: int, end: int) -> None:
        """Add a part that begins behind all others; one within the last is left out."""
        if not self.ends or start >= self.ends[-1]:
            self.starts.append(start)
            self.ends.append(end)

    def at(self, place: int) -> tuple[int, int] | None:
        """Return the part that has the character at `place`."""
        number = bisect_right(self.starts, place) - 1
        if number >= 0 and place < self.ends[number]:
            return self.starts[number], self.ends[number]
        return None

    def within(self, start: int, end: int) -> bool:
        """Return whether one of the parts begins between the two places."""
        number = bisect_left(self.starts, start)
        return number < len(self.starts) and self.starts[number] < end


class Spans(NamedTuple):
    """What a text consists of. `raw` is HTML in which nothing is Markdown's or a shortcode's;
    `texts` are those that may be an address, a box or a table's head; `blocks` has where
    paragraphs and other blocks of words begin."""

    code: Ranges
    html: Ranges
    raw: Ranges
    links: Ranges
    texts: Ranges
    blocks: Ranges


_BLOCKS = frozenset({"Paragraph", "Item", "DefinitionListTitle", "DefinitionListDefinition"})
_RAW = re.compile(r"[ \t]*<(?:!--|[?]|![A-Z]|!\[CDATA|(?:script|style|pre|textarea)\b)", re.I)

ANCHOR = re.compile(r"<(?P<end>/?)a(?=[\s>])", re.IGNORECASE)
"""The tag of a link that is written as HTML."""


def spans(text: str) -> Spans:
    """Return what `text` consists of."""
    found = Spans(Ranges(), Ranges(), Ranges(), Ranges(), Ranges(), Ranges())
    place = int if text.isascii() else Places(text)
    list_start = anchor_start = -1
    for what, at in events(text):
        if what.__class__ is str:
            continue
        ((kind, value),) = what.items()
        if kind == "Text":
            if "://" in value or "|" in value or "!!!" in value or "www." in value.lower():
                found.texts.add(place(at["start"]), place(at["end"]))
        elif kind == "Code":
            found.code.add(place(at["start"]), place(at["end"]))
        elif kind == "InlineHtml":
            found.html.add(place(at["start"]), place(at["end"]))
            if value.startswith("<!--"):
                found.raw.add(place(at["start"]), place(at["end"]))
            elif anchor := ANCHOR.match(value):
                if not anchor["end"]:
                    anchor_start = place(at["start"])
                elif anchor_start >= 0:
                    found.links.add(anchor_start, place(at["end"]))
                    anchor_start = -1
        elif kind == "Start":
            if value == "HtmlBlock":
                found.html.add(place(at["start"]), place(at["end"]))
                if _RAW.match(text, place(at["start"])):
                    found.raw.add(place(at["start"]), place(at["end"]))
            elif value.__class__ is str:
                if value in _BLOCKS:
                    anchor_start = -1
                if value in _BLOCKS and at["start"] != list_start:
                    found.blocks.add(place(at["start"]), place(at["start"]))
            elif "CodeBlock" in value:
                found.code.add(place(at["start"]), place(at["end"]))
            elif "List" in value:
                list_start = at["start"]  # a line of a formula may begin with a sign such as +
            elif "Heading" in value or "BlockQuote" in value:
                found.blocks.add(place(at["start"]), place(at["start"]))
            elif "Link" in value or "Image" in value:
                found.links.add(place(at["start"]), place(at["end"]))
    return found
