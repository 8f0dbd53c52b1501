"""Code -> coloured HTML, the same bytes as pymdownx.highlight makes, each block coloured once.

Most of the time that colouring takes goes into setting up a formatter and finding a lexer for each
block; here both are found once. What the ordinary way alone can do (line numbers, titles, marked
lines, attributes) goes the ordinary way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, NamedTuple

from markdown import Markdown
from pygments.lexer import Lexer
from pymdownx.highlight import BlockHtmlFormatter, Highlight, HighlightExtension

_MOST_REMEMBERED = 4_000_000
"""How many characters of coloured code one process remembers."""


MARK = "\x05"
"""Where a block stands in HTML that is handed on together with its blocks, in their order."""


class Block(NamedTuple):
    """A coloured block: its HTML, which refers to nothing and has no ids, and the code in it."""

    html: str
    text: str


def put_in(html: str, blocks: Iterable[Block]) -> str:
    """Return `html` with the blocks in the places of their marks."""
    first, *others = html.split(MARK)
    parts = [first]
    for block, text in zip(blocks, others, strict=False):
        parts += (block.html, text)
    return "".join(parts)


class CodeColours:
    """Colours code blocks and remembers them; one for each converter. `numbered`: with numbers."""

    def __init__(self, most: int = _MOST_REMEMBERED, *, numbered: bool = False) -> None:
        self._formatter = BlockHtmlFormatter(cssclass="highlight", wrapcode=True)
        self._numbered = numbered
        self._lexers: dict[str, type[Lexer]] = {}
        self._known: OrderedDict[tuple[str, str], Block] = OrderedDict()
        self._size, self._most = 0, most

    def block(self, source: str, language: str) -> str:
        """Return the HTML of one block. An unknown language or none counts as plain text."""
        return self.coloured(source, language).html

    def coloured(self, source: str, language: str) -> Block:
        """Return one block; a numbered one's text is not given, and its HTML has a mark of its
        own for each line."""
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
        if self._numbered:
            settings = {"linenums": True, "linenums_style": "pymdownx-inline"}
            return Block(str(Highlight(None, **settings).highlight(source, language)), "")
        # A new lexer for each block: some keep what they saw. Its class is what takes long to find.
        tokens = list(self._lexer(language)(stripnl=True).get_tokens(source))
        lines = "".join([line for _, line in self._formatter._format_lines(tokens)])
        html = f'<div class="highlight"><pre><span></span><code>{lines}</code></pre></div>'
        return Block(html, "".join([value for _, value in tokens]))

    def _lexer(self, language: str) -> type[Lexer]:
        found = self._lexers.get(language)
        if found is None:
            found = self._lexers[language] = type(
                Highlight.get_lexer(_PLAIN, "", language, 0, 1)[0]
            )
        return found


_PLAIN = Highlight(None, extend_pygments_lang=[])


class ColoursExtension(HighlightExtension):  # type: ignore[misc]
    """pymdownx.highlight, with blocks that need nothing special taken from CodeColours."""

    def __init__(self, colours: CodeColours, **settings: Any) -> None:
        self.colours = colours
        super().__init__(**settings)

    def get_pymdownx_highlighter(self) -> Any:
        """Return what superfences calls for each fenced block."""
        colours = self.colours

        def highlighter(md: Markdown, **settings: Any) -> Any:
            return _Block(md, colours, **settings)

        return highlighter


class _Block(Highlight):  # type: ignore[misc]
    def __init__(self, md: Markdown, colours: CodeColours, **settings: Any) -> None:
        super().__init__(md, **settings)
        self.colours = colours

    def highlight(self, src: str, language: str, css_class: str = "highlight", **given: Any) -> Any:
        special = self.linenums or any(
            given.get(name) for name in ("hl_lines", "classes", "id_value", "attrs", "title")
        )
        starts = any(given.get(name, -1) != -1 for name in ("linestart", "linestep", "linespecial"))
        if special or starts or given.get("inline") or css_class != "highlight":
            return super().highlight(src, language, css_class, **given)
        return self.colours.block(src, language or "")
