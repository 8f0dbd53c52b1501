"""Finished HTML, and the marks that stand for it in Markdown while that is read.

A mark is a number between two characters of private use, which no rule of Markdown takes for
anything but a letter, so that it comes out of the reader where it went in: in a text, in a
heading's name, in a link's address, in the words of a picture. What it becomes depends on where
that is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from markdown.util import BLOCK_LEVEL_ELEMENTS

OPEN, _CLOSE = "\U0010fff0", "\U0010fff1"
MARK = re.compile(f"{OPEN}([0-9]+){_CLOSE}")
_STRAY = re.compile(f"[{OPEN}{_CLOSE}]")
_COMMENT = re.compile(f"<!--{OPEN}([0-9]+){_CLOSE}-->")
_FIRST_TAG = re.compile(r"\s*</?([A-Za-z][^\s>/]*)")
_TAG = re.compile(r"<[^>]*(?:>|\Z)")


class Piece(NamedTuple):
    """What a mark stands for: its HTML, how it was written, and its words where HTML cannot be.

    `element`: it is the tag of an element that has the paragraph's place. `address` is what it is
    within an address, where that is not its words.
    """

    html: str
    source: str
    words: str
    element: bool = False
    address: str = ""

    @property
    def is_block(self) -> bool:
        """Whether the HTML stands by itself, and not in a paragraph."""
        first = _FIRST_TAG.match(self.html)
        return not self.html or bool(first and first[1].lower() in BLOCK_LEVEL_ELEMENTS)


class Marks:
    """The pieces of one document, by the numbers of their marks."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._numbers: dict[Piece, int] = {}

    def put(self, html: str, source: str, words: str | None = None, address: str = "") -> str:
        """Return a mark for `html`; without `words`, those between its tags are taken.

        The same piece gets the same mark, so that a label has one in all its places.
        """
        if words is None:
            words = _TAG.sub("", html) if "<" in html else html
        piece = Piece(html, source, words, address=address)
        number = self._numbers.setdefault(piece, len(self.pieces))
        if number == len(self.pieces):
            self.pieces.append(piece)
        return f"{OPEN}{number}{_CLOSE}"

    def put_element(self, tag: str, source: str) -> str:
        """Return a mark for a tag that begins an element which has its paragraph's place."""
        return self._put_own(Piece(tag, source, "", element=True))

    def _put_own(self, piece: Piece) -> str:
        self.pieces.append(piece)
        return f"{OPEN}{len(self.pieces) - 1}{_CLOSE}"

    def begins_element(self, text: str) -> bool:
        """Return whether `text` begins with a mark of `put_element`."""
        found = MARK.match(text)
        return bool(found and self.pieces[int(found[1])].element)

    def put_block(self, html: str, source: str) -> str:
        """Return a mark for `html` that is a block of its own wherever its line stands."""
        words = _TAG.sub("", html) if "<" in html else html
        return f"<!--{self._put_own(Piece(html, source, words))}-->"

    def keep(self, text: str) -> str:
        """Return `text` with the signs of marks that a writer uses put aside, as they are."""
        if OPEN not in text and _CLOSE not in text:
            return text
        return _STRAY.sub(lambda found: self.put(found[0], found[0]), text)

    def number_in(self, html: str) -> int | None:
        """Return the number of the mark that a line of HTML is."""
        found = _COMMENT.fullmatch(html.strip())
        return int(found[1]) if found else None

    def html_in(self, html: str) -> str:
        """Return HTML with the marks in it replaced by theirs."""
        if OPEN not in html:
            return html
        html = _COMMENT.sub(lambda found: self.pieces[int(found[1])].html, html)
        return MARK.sub(lambda found: self.pieces[int(found[1])].html, html)

    def words_in(self, text: str) -> str:
        """Return `text` with the words of marks, for places that cannot have HTML."""
        if OPEN not in text:
            return text
        return MARK.sub(lambda found: self.pieces[int(found[1])].words, text)

    def address_in(self, text: str) -> str:
        """Return an address with what marks are in one."""
        if OPEN not in text:
            return text

        def address(found: re.Match[str]) -> str:
            piece = self.pieces[int(found[1])]
            return piece.address or piece.words

        return MARK.sub(address, text)

    def source_in(self, text: str) -> str:
        """Return `text` as it was written."""
        if OPEN not in text:
            return text
        return MARK.sub(lambda found: self.pieces[int(found[1])].source, text)

    def split(self, text: str) -> list[str | Piece]:
        """Return texts and pieces, in their order."""
        parts: list[str | Piece] = []
        for number, part in enumerate(MARK.split(text)):
            if number % 2:
                parts.append(self.pieces[int(part)])
            elif part:
                parts.append(part)
        return parts


def marked(text: str) -> bool:
    """Return whether there is a mark in `text`."""
    return OPEN in text
