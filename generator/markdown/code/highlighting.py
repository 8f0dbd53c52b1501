"""Code -> coloured HTML, the same bytes as pymdownx.highlight makes, each block coloured once.

A good part of the time that colouring takes goes into setting up a formatter and finding a lexer
for each block; here both are found once. What the ordinary way alone can do (line numbers, titles,
marked lines, attributes) goes the ordinary way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

import pygments
from pygments.lexer import Lexer
from pygments.lexers.special import TextLexer
from pymdownx.highlight import BlockHtmlFormatter, Highlight

_MOST_REMEMBERED = 1_000_000
"""How many characters of coloured code one process remembers."""


MARK = "\x05"
"""Where a block stands in HTML that is handed on together with its blocks, in their order."""


class Block(NamedTuple):
    """A coloured block: its HTML, the code in it where that has no words of its own, and the HTML
    without ids for lists of posts, where it has any. `plain` is a language whose colours would have
    changed the code, so that it has none."""

    html: str
    text: str
    listed: str = ""
    plain: str = ""


def put_in(html: str, blocks: Iterable[Block], *, listed: bool = False) -> str:
    """Return `html` with the blocks in the places of their marks; `listed` in a list of posts."""
    first, *others = html.split(MARK)
    parts = [first]
    for block, text in zip(blocks, others, strict=False):
        parts += ((listed and block.listed) or block.html, text)
    return "".join(parts)


class CodeColours:
    """Colours code blocks and remembers them; one for each converter."""

    def __init__(self, most: int = _MOST_REMEMBERED) -> None:
        self._formatter = BlockHtmlFormatter(cssclass="highlight", wrapcode=True)
        self._lexers: dict[str, type[Lexer]] = {}
        self._known: OrderedDict[tuple[str, str], Block] = OrderedDict()
        self._size, self._most = 0, most

    def coloured(self, source: str, language: str) -> Block:
        """Return one block. An unknown language or none counts as plain text."""
        key = (language, source)
        if block := self._known.get(key):
            self._known.move_to_end(key)
            return block
        block = self._colour(source, language)
        self._known[key] = block
        self._size += len(block.html)
        while self._size > self._most:
            self._size -= len(self._known.popitem(last=False)[1].html)
        return block

    def _colour(self, source: str, language: str) -> Block:
        kind = self._lexers.get(language)
        if kind is None:
            # A new lexer for each block: some keep what they saw. Its class is what takes long to
            # find.
            kind = type(Highlight.get_lexer(_PLAIN, "", language, 0, 1)[0])
            self._lexers[language] = kind
        tokens = list(kind(stripnl=True).get_tokens(source))
        text = "".join([value for _, value in tokens])
        if text.rstrip("\n") != _prepared(source) and kind is not TextLexer:
            return self._colour(source, "")._replace(plain=language)
        return Block(pygments.format(tokens, self._formatter).strip(), text)


def _prepared(source: str) -> str:
    """Return code as Pygments gives it to its lexers (`Lexer.get_tokens`), but for the end of its
    last line. Some of them lose or repeat parts of what they do not expect."""
    text = source.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return text.strip("\n")


_PLAIN = Highlight(None, extend_pygments_lang=[])
