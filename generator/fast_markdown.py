"""Makes Python-Markdown faster without changing a byte of what it makes.

Its inline step tries every pattern on every piece of text, and most pieces hold no character that
any pattern needs. Here a pattern is tried only on text that holds what it cannot match without.
The rest (writing HTML, looking for fences and for [TOC]) does the same work in fewer steps.

Every replaced part is held equal to the original by tests (tests/speed). On a version of the
libraries that they were not run on, nothing is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any
from xml.etree.ElementTree import HTML_EMPTY, Element

from markdown import Markdown, serializers
from markdown.serializers import to_html_string
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString

TESTED = {"markdown": ("3.11.3",), "pymdown-extensions": ("12.3", "13.1.2")}
"""The versions whose insides this module and generator.plain_markdown were held against."""

_NEEDED = {
    "backtick": "`",
    "tidepost-formulas": "$",
    "tidepost-shortcodes": "{{",
    "escape": "\\",
    "footnote": "[^",
    "reference": "[",
    "link": "[",
    "image_link": "![",
    "image_reference": "![",
    "short_reference": "[",
    "short_image_ref": "![",
    "autolink": "<",
    "automail": "<",
    "linebreak": "  \n",
    "html": "<",
    "entity": "&",
    "em_strong": "*_",
    "delimiter": "~",
}
"""What each inline pattern, in their order, cannot match without; em_strong needs one of two."""

_ANY = re.compile(r"[`\\\[<&*_~$]|\{\{|  \n")
_serializers: Any = serializers
_escape_attrib_html: Callable[[str], str] = _serializers._escape_attrib_html
_escape_cdata: Callable[[str], str] = _serializers._escape_cdata
_BOOLEAN: frozenset[str] = _serializers.BOOLEAN_ATTRIBUTES["html"]


@cache
def tested_here() -> bool:
    """Tell whether the installed libraries are versions that the tests ran on."""
    return all(version(name) in versions for name, versions in TESTED.items())


def speed_up(md: Markdown) -> None:
    """Replace slow parts of `md`, which has all its extensions by now."""
    patterns = list(md.inlinePatterns)
    if not tested_here() or patterns != [
        md.inlinePatterns[name] for name in _NEEDED if name in md.inlinePatterns
    ]:
        return
    md.treeprocessors.register(_Inline(md), "inline", 20)
    md.serializer = to_html
    md.is_block_level = lru_cache(1000)(md.is_block_level)  # type: ignore[method-assign]
    _look_for_fences_faster(md.preprocessors["fenced_code_block"])
    _look_for_marker_faster(md.treeprocessors["toc"])


class _Inline(InlineProcessor):
    """Passes over the patterns that cannot match a text."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self._patterns = [
            (index, _NEEDED[name], md.inlinePatterns[name])
            for index, name in enumerate(name for name in _NEEDED if name in md.inlinePatterns)
        ]

    # The name that Python gives to __handleInline, a private method of the class replaced here.
    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # noqa: N802, N803
        if isinstance(data, AtomicString) or not _ANY.search(data):
            return data
        apply: Any = self._InlineProcessor__applyPattern  # type: ignore[attr-defined]
        for index, needed, pattern in self._patterns[patternIndex:]:
            if needed in data or (needed == "*_" and ("*" in data or "_" in data)):
                start, matched = 0, True
                while matched:
                    data, matched, start = apply(pattern, data, index, start)
        return data


def to_html(element: Element) -> str:
    """Return the HTML of `element`, as markdown.serializers.to_html_string does."""
    parts: list[str] = []
    write = parts.append
    stack: list[Element | str] = [element]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            write(node)
            continue
        tag, text = node.tag, node.text
        if not isinstance(tag, str):  # comments and the like, which Markdown never makes
            return to_html_string(element)
        write(f"<{tag}")
        if attributes := node.items():
            for name, value in sorted(attributes):
                if value is None:
                    write(f" {name}")
                elif name == value and name in _BOOLEAN:
                    write(f" {_escape_attrib_html(value)}")
                else:
                    write(f' {name}="{_escape_attrib_html(value)}"')
        write(">")
        lower = tag.lower()
        if text:
            write(text if lower in ("script", "style") else _escape_cdata(text))
        if node.tail:
            stack.append(_escape_cdata(node.tail))
        if lower not in HTML_EMPTY:
            stack.append(f"</{tag}>")
        stack.extend(reversed(node))
    return "".join(parts)


def _look_for_fences_faster(fences: Any) -> None:
    """Look line by line only where there is a fence, and for a prefix only where there is one."""
    run: Callable[[list[str]], list[str]] = fences.run
    parse_whitespace: Callable[[str], str] = fences.parse_whitespace

    def run_if_any(lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        return run(lines) if "```" in text or "~~~" in text else lines

    def parse_if_any(line: str) -> str:
        if line[:1] in (">", " ", "\t"):
            return parse_whitespace(line)
        fences.ws_len = fences.ws_virtual_len = 0
        return ""

    fences.run, fences.parse_whitespace = run_if_any, parse_if_any


def _look_for_marker_faster(toc: Any) -> None:
    """Walk for [TOC] with all texts joined only where an element holds it."""
    replace: Callable[[Element, Element], None] = toc.replace_marker

    def replace_if_any(root: Element, table: Element) -> None:
        if any(element.text and toc.marker in element.text for element in root.iter()):
            replace(root, table)

    toc.replace_marker = replace_if_any
