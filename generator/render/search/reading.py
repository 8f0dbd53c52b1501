"""What a document says to a search: its words in their order, and where its headings stand.

Pagefind reads HTML and takes all it has of a page through its whole pipeline, word by word (1.5.2,
pagefind/src/fossick). Here a document is read by the same rules, so that Pagefind need read each
word of a site but once. What is not plain, as tags that are never closed, is left to Pagefind.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence

import msgspec

from generator.core.html_tokens import names, tags

_SENTENCES = names("h1 h2 h3 h4 h5 h6 p td div ul li article section")
"""Elements whose text Pagefind ends with a full stop."""
_INLINE = names(
    "a abbr acronym b bdo big br button cite code dfn em i img input kbd label map object output q"
    " samp script select small span strong sub sup textarea time tt var"
)
"""Elements whose text is part of what an element around them is called."""
_HEADINGS = {f"h{level}": 8 - level for level in range(1, 7)}
"""Headings, and how much more a word in them weighs."""
_VOID = names(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track"
    " wbr"
)
_NOT_PLAIN = names(
    "head style script noscript label form svg footer nav iframe template html body title textarea"
    " plaintext noembed noframes xmp frameset math select"
)
"""Elements that are left to Pagefind: it leaves most of them out, and others hold no markup."""

_PLAIN_WEIGHT = 24
"""What a word weighs that is in no heading."""

_LEAVES = re.compile(
    r'<(a|abbr|b|cite|code|em|i|kbd|small|span|strong|sub|sup|var)(?: (?:class|href)="[^"<>]*")*>'
    r"([^<]*)</\1>"
)
"""Elements with nothing but text in them, which say nothing but that."""
_OTHER_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|nbsp|#x27|#x60|#13|#39|#1[6-9]\d|#[2-9]\d\d|#[1-9]\d{3}|#[1-4]\d{4});)"
)
"""A character reference, or something like it, that Pagefind may read in another way."""
_NOT_SPLIT_ALIKE = re.compile("[\0\x1c-\x1f\u200b]|_PAGEFIND")
_MANY_SPACES = re.compile(r"\s{2,}")
_LINES = re.compile(r"(?:\r?\n)+")
_SIGNS = re.compile(
    "[\u200c\u200d\u24b6-\u24e9\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189]"
)
"""Others that are part of words: joiners, and letters in circles and boxes."""
_ENDS_OPEN = frozenset("'\")$*_")


class Anchor(msgspec.Struct, frozen=True, gc=False):
    """An element with an `id`, its text, and how many words stand before it."""

    element: str
    id: str
    text: str
    location: int


class Reading(msgspec.Struct, frozen=True, gc=False):
    """Words in their order, as they are written. `heavy` are the places of those that weigh more:
    from, to, and the weight. `image` and `alt` are those of the first image."""

    words: list[str]
    heavy: list[tuple[int, int, int]]
    anchors: list[Anchor]
    image: str | None
    alt: str


class _NotPlainError(Exception):
    """There is something that Pagefind is to read itself."""


def reading_of(title: str, body: str, tags_of_post: str) -> Reading | None:
    """Return what a document says: its title, body and tags, of which the body is HTML; None where
    Pagefind is to read it."""
    if "data-pagefind" in body or not title or title.isspace():
        return None
    reader = _Reader()
    try:
        reader.element("h1", title)
        reader.body(_without_leaves(body))
        if tags_of_post:
            reader.element("p", tags_of_post)
        return reader.done()
    except _NotPlainError:
        return None


def _without_leaves(body: str) -> str:
    pieces = _LEAVES.split(body)
    del pieces[1::3]
    return "".join(pieces)


def normalized(text: str) -> str:
    """Return a text with the spaces that Pagefind keeps."""
    return _MANY_SPACES.sub(" ", _LINES.sub(" ", text.strip()))


class _Reader:
    """Reads one document; a flat list of pieces stands for Pagefind's tree of elements."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.heavy: list[tuple[int, int, int]] = []
        self.pieces: list[str] = []
        self.last = " "
        self.anchors: list[tuple[str, str, list[str], int]] = []
        self.open: list[tuple[str, Sequence[list[str]], int]] = []
        """Names of open elements, the texts of the anchors that they belong to, and how many words
        stand before a heading, or -1."""
        self.image: str | None = None
        self.alt = ""

    def element(self, name: str, text: str) -> None:
        """Read an element with nothing but a text in it, which is not HTML."""
        self._start(name, {})
        self._text(html.escape(text))
        self._end(name)

    def body(self, body: str) -> None:
        """Read HTML."""
        at = 0
        depth = len(self.open)
        for tag in tags(body):
            if at < tag.start:
                self._text(body[at : tag.start])
            at = tag.after
            name = tag.name
            if tag.closing:
                if len(self.open) == depth:
                    raise _NotPlainError
                self._end(name)
            elif name == "!":
                if tag.cut or not body.startswith("<!--", tag.start):
                    raise _NotPlainError
            elif (
                name in _NOT_PLAIN
                or tag.cut
                or tag.twice
                or not name.isascii()
                or ("id" in tag.attributes and "&" in body[tag.start : tag.end])
            ):
                raise _NotPlainError
            elif name in _VOID:
                self._void(name, tag.attributes, body[tag.start : tag.end])
            elif tag.void:
                raise _NotPlainError
            else:
                self._start(name, tag.attributes)
        if len(self.open) != depth:
            raise _NotPlainError
        if at < len(body):
            self._text(body[at:])

    def done(self) -> Reading:
        """Return what was read."""
        self._break()
        anchors = [
            Anchor(element, id_, _title(texts), location)
            for element, id_, texts, location in self.anchors
        ]
        return Reading(self.words, self.heavy, anchors, self.image, self.alt)

    def _text(self, text: str) -> None:
        self.pieces.append(text)
        self.last = text[-1]
        if self.open:
            for texts in self.open[-1][1]:
                texts.append(text)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        anchors: Sequence[list[str]] = ()
        if self.open and name in _INLINE:
            anchors = self.open[-1][1]
        if "id" in attributes:
            anchors = (*anchors, self._anchor(name, attributes["id"]))
        before = -1
        if name in _HEADINGS:
            self._break()
            before = len(self.words)
        if name in _SENTENCES:
            self.pieces.append(" ")
            self.last = " "
        self.open.append((name, anchors, before))

    def _end(self, name: str) -> None:
        opened, _, before = self.open.pop()
        if opened != name:
            raise _NotPlainError
        if name in _SENTENCES:
            self.pieces.append(". " if _is_open(self.last) else " ")
            self.last = " "
        if before >= 0:
            self._break()
            inside = any(other >= 0 for _, _, other in self.open)
            if not inside and before < len(self.words):
                self.heavy.append((before, len(self.words), _HEADINGS[name] * _PLAIN_WEIGHT))

    def _void(self, name: str, attributes: dict[str, str], written: str) -> None:
        if "id" in attributes:
            self._anchor(name, attributes["id"])
        if name == "br":
            self.pieces.append(" ")
            self.last = " "
        elif name == "img" and self.image is None and "src" in attributes:
            if "&" in written or _NOT_SPLIT_ALIKE.search(written):
                raise _NotPlainError
            self.image, self.alt = attributes["src"], attributes.get("alt", "")

    def _anchor(self, name: str, written: str) -> list[str]:
        id_ = "".join(written.split())
        if not id_ or ";" in id_ or _NOT_SPLIT_ALIKE.search(written):
            raise _NotPlainError
        self._break()
        self.anchors.append((name, id_, [], len(self.words)))
        return self.anchors[-1][2]

    def _break(self) -> None:
        """Begin a new word."""
        if self.pieces:
            text = _resolved("".join(self.pieces))
            if _NOT_SPLIT_ALIKE.search(text):
                raise _NotPlainError
            self.words += text.split()
            self.pieces = []
        self.last = " "


def _resolved(text: str) -> str:
    if "&" in text:
        if _OTHER_REFERENCE.search(text):
            raise _NotPlainError
        return html.unescape(text)
    return text


def _title(texts: Sequence[str]) -> str:
    """Return what an anchor is called; Pagefind resolves references twice."""
    text = _resolved("".join(texts))
    if ";" in text.partition("&")[2]:
        text = _resolved(text)
    if _NOT_SPLIT_ALIKE.search(text):
        raise _NotPlainError
    return normalized(text)


def _is_open(last: str) -> bool:
    """Return whether a sentence that ends so gets a full stop: after what is part of a word, or a
    quotation mark."""
    if last.isascii():
        return last.isalnum() or last in _ENDS_OPEN
    category = unicodedata.category(last)
    return category[0] in "LM" or category in ("Nd", "Nl", "Pc") or bool(_SIGNS.match(last))
