"""Code -> coloured HTML, the same bytes as pymdownx.highlight makes, each block coloured once.

Most of the time that colouring takes goes into setting up a formatter and finding a lexer for each
block; here both are found once. What the ordinary way alone can do (line numbers, titles, marked
lines, attributes) goes the ordinary way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, NamedTuple

from pygments.lexer import Lexer
from pygments.token import Text
from pymdownx.highlight import BlockHtmlFormatter, Highlight

from generator.markdown.code import fast_lexer
from generator.markdown.code.fast_lexer import Token

_MOST_REMEMBERED = 4_000_000
"""How many characters of coloured code one process remembers."""

_OFTEN = 6_000
"""How many characters of a language a process colours before it reads the lexer's patterns, which
takes about as long as colouring these did (see generator.markdown.code.fast_lexer)."""


MARK = "\x05"
"""Where a block stands in HTML that is handed on together with its blocks, in their order."""


class Block(NamedTuple):
    """A coloured block: its HTML, the code in it where that has no words of its own, and the HTML
    without ids for lists of posts, where it has any."""

    html: str
    text: str
    listed: str = ""


def put_in(html: str, blocks: Iterable[Block], *, listed: bool = False) -> str:
    """Return `html` with the blocks in the places of their marks; `listed` in a list of posts."""
    first, *others = html.split(MARK)
    parts = [first]
    for block, text in zip(blocks, others, strict=False):
        parts += ((listed and block.listed) or block.html, text)
    return "".join(parts)


class CodeColours:
    """Colours code blocks and remembers them; one for each converter.

    `often` characters of a language are coloured in Pygments' own way, and all others in a quick
    one.
    """

    def __init__(self, most: int = _MOST_REMEMBERED, *, often: int = _OFTEN) -> None:
        self._formatter = BlockHtmlFormatter(cssclass="highlight", wrapcode=True)
        self._openers: dict[Any, str] = {}
        self._often = often
        self._languages: dict[str, _Language] = {}
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
        kind = self._languages.get(language)
        if kind is None:
            kind = self._languages[language] = _Language(language, self._often)
        tokens = kind.tokens(source)
        lines = self._lines(tokens)
        html = f'<div class="highlight"><pre><span></span><code>{lines}</code></pre></div>'
        return Block(html, "".join([value for _, value in tokens]))

    def _lines(self, tokens: list[Token]) -> str:
        """Return what HtmlFormatter._format_lines makes of the tokens."""
        if not fast_lexer.tested_here():
            return "".join([line for _, line in self._formatter._format_lines(tokens)])
        openers = self._openers
        parts: list[str] = []
        add = parts.append
        within = False  # whether the line has something already, and is in `last`
        last = ""
        for kind, value in tokens:
            if value == "\n":
                add("</span>\n" if within and last else "\n")
                within = False
                continue
            span = openers.get(kind)
            if span is None:
                names = self._formatter._get_css_classes(kind)
                span = openers[kind] = f'<span class="{names}">' if names else ""
            if not value.isalnum():
                value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                if "\n" in value:
                    *lines, value = value.split("\n")
                    for line in lines:
                        if within and last != span:
                            add("</span>" if last else "")
                            within = False
                        if within:
                            add(f"{line}</span>\n" if last else f"{line}\n")
                        else:
                            add(f"{span}{line}</span>\n" if line and span else f"{line}\n")
                        within = False
            if not value:
                continue
            if within and last == span:
                add(value)
            else:
                add(f"</span>{span}{value}" if within and last else f"{span}{value}")
                within, last = True, span
        if within:
            add("</span>\n" if last else "\n")
        return "".join(parts)


class _Language:
    """Takes code of one language apart."""

    def __init__(self, name: str, often: int) -> None:
        # A new lexer for each block: some keep what they saw. Its class is what takes long to find.
        self.lexer: type[Lexer] = type(Highlight.get_lexer(_PLAIN, "", name, 0, 1)[0])
        self.states: dict[str, fast_lexer.ByFirst] | None = None
        self.left = often
        """How many characters are still taken apart in Pygments' own way."""

    def tokens(self, source: str) -> list[Token]:
        """Return the tokens of code; one for all of it where a lexer says what is not in it."""
        tokens = self.taken_apart(source)
        if sum(len(value) for _, value in tokens) > len(source) + 1:
            return [(Text, source)]
        return tokens

    def taken_apart(self, source: str) -> list[Token]:
        lexer = self.lexer(stripnl=True)
        if self.states is None:
            if self.left > 0 or not fast_lexer.tested_here():
                self.left -= len(source)
                return list(lexer.get_tokens(source))
            self.states = fast_lexer.tables(lexer)
        return fast_lexer.tokens(lexer, source, self.states)


_PLAIN = Highlight(None, extend_pygments_lang=[])
