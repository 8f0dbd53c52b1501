"""Code blocks: their options, colours, line numbers, and diagrams.

What stands behind a fence's language (`title="a.py"`, `hl_lines="2"`, `linenums="1"`, braces) is
read by pymdownx.superfences and shown by pymdownx.highlight, as Python-Markdown's users know it.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import count
from typing import Any

from markdown import Markdown
from pymdownx.highlight import HighlightExtension

from generator.config.content import MarkdownSettings
from generator.markdown.code.highlighting import Block, CodeColours
from generator.markdown.code.mermaid import LANGUAGE, drawn
from generator.markdown.math.formulas import Fault

_LANGUAGE = re.compile(r"[\w#.+-]*+(?!=)")
_OPTIONS = re.compile(r"[ \t]*(?:\{[^\n`]*\}|[a-zA-Z]\w*=[\"'][^\n`]*)[ \t]*\Z")
_NUMBER = re.compile(r'<span class="([^"]*\blinenos\b[^"]*)" data-linenos=" *([0-9]+) "></span>')
_CODE = re.compile(r"(<pre><span></span><code>)(.*)(</code></pre>)", re.DOTALL)


class CodeBlocks:
    """Makes the HTML of code blocks, with the settings of one site."""

    def __init__(self, settings: MarkdownSettings) -> None:
        self._colours = CodeColours()
        self._numbered, self._mermaid = settings.line_numbers, settings.mermaid

    def block(self, code: str, info: str, numbers: count[int], fault: Fault) -> Block | str:
        """Return a block, or the HTML of a diagram.

        `info` is what stands behind the fence; `numbers` counts a document's blocks that have
        line numbers; `fault` gets a diagram that cannot be drawn.
        """
        found = _LANGUAGE.match(info)
        language = found[0] if found else ""
        options = info[len(language) :]
        if self._mermaid and info == LANGUAGE:
            return drawn(code, fault)
        block = self._colours.coloured(code, language)
        if block.plain:
            info = f"text{options}"
        if _OPTIONS.match(options) and (special := self._special(info, code)):
            html = _linked(special, next(numbers)) if _NUMBER.search(special) else special
            return Block(html, "", _NUMBER.sub("", special), block.plain)
        return _numbered(block, next(numbers)) if self._numbered else block

    def _special(self, info: str, code: str) -> str:
        """Return the HTML of a block with options, or nothing where these cannot be read."""
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
        md = _superfences(self._numbered).reset()
        md.preprocessors["fenced_code_block"].run(
            [f"{fence} {info}", *code.split("\n")[:-1], fence]
        )
        blocks = md.htmlStash.rawHtmlBlocks
        return str(blocks[0]) if blocks else ""


@cache
def _superfences(numbered: bool) -> Markdown:
    highlighting: Any = HighlightExtension(
        guess_lang=False,
        linenums=True if numbered else None,
        linenums_style="pymdownx-inline",
    )
    return Markdown(extensions=[highlighting, "pymdownx.superfences"])


def _linked(html: str, block: int) -> str:
    """Make each line's number a link to the line: `#code-2-L7` is line 7 of the second block.

    Only blocks with numbers are counted. The links are left out of the order of the tab key: a
    block of a hundred lines would stand in the way of everything after it.
    """
    return _NUMBER.sub(lambda found: _number(found[1], block, found[2]), html)


def _numbered(block: Block, number: int) -> Block:
    """Return a block with a number in front of each line."""
    found = _CODE.search(block.html)
    if not found:
        return block
    lines = found[2].split("\n")[:-1]
    shown = "".join(
        f"{_number('linenos', number, str(at))}{line}\n" for at, line in enumerate(lines, 1)
    )
    html = f"{block.html[: found.start(2)]}{shown}{block.html[found.end(2) :]}"
    return Block(html, block.text, block.html, block.plain)


def _number(classes: str, block: int, line: str) -> str:
    name = f"code-{block}-L{line}"
    return (
        f'<a class="{classes}" id="{name}" href="#{name}" data-linenos="{line}" '
        f'aria-label="{line}" tabindex="-1"></a>'
    )
