"""Finds formulas in Markdown, outside code. A Python-Markdown extension."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor

from generator.formulas import DISPLAY, INLINE, Fault, shown


class FormulaExtension(Extension):
    """Puts MathML in the place of `$...$` and `$$...$$`; `fault` is told of mistakes."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        """Register after fenced code (25) and inline code (190), before all else."""
        md.preprocessors.register(_Alone(md, self.fault), "tidepost-formulas", 24)
        md.inlinePatterns.register(_Within(INLINE, md, self.fault), "tidepost-formulas", 187)
        if "$" not in md.ESCAPED_CHARS:
            md.ESCAPED_CHARS = [*md.ESCAPED_CHARS, "$"]


class _Alone(Preprocessor):
    def __init__(self, md: Markdown, fault: Fault) -> None:
        super().__init__(md)
        self.fault = fault

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        return DISPLAY.sub(self._stored, text).split("\n") if "$$" in text else lines

    def _stored(self, found: re.Match[str]) -> str:
        html = shown(found[1], self.fault, display=True, alone=True)
        return f"\n{self.md.htmlStash.store(html)}\n"


class _Within(InlineProcessor):
    def __init__(self, pattern: str, md: Markdown, fault: Fault) -> None:
        super().__init__(pattern, md)
        self.fault = fault

    def handleMatch(  # type: ignore[override]  # noqa: N802
        self,
        m: re.Match[str],
        data: str,  # noqa: ARG002
    ) -> tuple[Element | str | None, int | None, int | None]:
        html = shown(m[1] or m[2], self.fault, display=bool(m[1]))
        return self.md.htmlStash.store(html), m.start(0), m.end(0)
