"""Finds the calls of shortcodes in Markdown, outside code, and puts HTML in their place.

A Python-Markdown extension. Where the HTML comes from (a template) is not known here.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor

from generator.problems import Problem
from generator.shortcodes import Render, ShortcodeError, parse_arguments, used_in

BODY = "\x1atidepost-body\x1a"
"""Stands for the Markdown body in the HTML that a block shortcode's template makes."""

INLINE = r"\{\{\s*([A-Za-z_]\w*)\(((?:(?!\}\}).)*)\)\s*\}\}"
_ALONE = re.compile(
    r"^ {0,3}\{\{\s*(?P<name>[A-Za-z_]\w*)\((?P<args>(?:(?!\}\}).)*)\)\s*\}\}[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_BLOCK = re.compile(
    r"^ {0,3}\{%\s*(?:(?P<end>end)|(?P<name>[A-Za-z_]\w*)\((?P<args>(?:(?!%\}).)*)\))\s*%\}[ \t]*$",
    re.MULTILINE | re.DOTALL,
)


class ShortcodeExtension(Extension):
    """Replaces calls by `render`'s HTML; mistakes are added to `problems`."""

    def __init__(self, render: Render, problems: list[Problem]) -> None:
        super().__init__()
        self.render, self.problems = render, problems

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        """Register after fenced code (25) and before raw HTML (20), and after inline code (190)."""
        md.preprocessors.register(Blocks(md, self), "tidepost-shortcodes", 22)
        md.inlinePatterns.register(_Inline(INLINE, md, self), "tidepost-shortcodes", 185)

    def call(self, name: str, args: str, body: str | None, needle: str) -> str:
        """Return the HTML of one call, or nothing where it is mistaken."""
        try:
            return self.render(name, parse_arguments(args), body)
        except ShortcodeError as error:
            self.fault(error.code, f"shortcode `{name}`: {error.message}", error.hint, needle)
            return ""

    def fault(self, code: str, message: str, hint: str, needle: str) -> None:
        """Note a mistake at the first line of `needle`."""
        needle = needle.strip().split("\n")[0]
        self.problems.append(Problem(path="", code=code, message=message, hint=hint, needle=needle))


class Blocks(Preprocessor):
    """Puts HTML in the place of calls on lines of their own, and around the bodies of blocks."""

    def __init__(self, md: Markdown, extension: ShortcodeExtension) -> None:
        super().__init__(md)
        self.extension = extension

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with marks in the place of the HTML."""
        text = "\n".join(lines)
        if not used_in(text):
            return lines
        text = _ALONE.sub(self._alone, text)
        if "{%" in text:
            text = self._blocks(text)
        return text.split("\n")

    def _alone(self, found: re.Match[str]) -> str:
        html = self.extension.call(found["name"], found["args"], None, found[0])
        return f"\n{self.md.htmlStash.store(html.strip())}\n" if html else ""

    def _blocks(self, text: str) -> str:
        parts: list[str] = []
        open_blocks: list[tuple[str, str]] = []
        place = 0
        for found in _BLOCK.finditer(text):
            parts.append(text[place : found.start()])
            place = found.end()
            if not found["end"]:
                html = self.extension.call(found["name"], found["args"], BODY, found[0])
                before, marker, after = html.partition(BODY)
                if html and (not marker or BODY in after):
                    self.extension.fault(
                        "bad-shortcode",
                        f"shortcode `{found['name']}` does not print its body exactly once",
                        f"put {{{{ body }}}} once in templates/shortcodes/{found['name']}.html",
                        found[0],
                    )
                open_blocks.append((after.replace(BODY, ""), found[0]))
                parts.append(self._stash(before))
            elif open_blocks:
                parts.append(self._stash(open_blocks.pop()[0]))
            else:
                hint = "remove it, or open a block before it"
                self.extension.fault("bad-shortcode", "`end` without a block", hint, found[0])
        parts.append(text[place:])
        for after, needle in reversed(open_blocks):
            parts.append(self._stash(after))
            hint = "put a line {% end %} after its text"
            self.extension.fault("bad-shortcode", "a block that is never ended", hint, needle)
        return "".join(parts)

    def _stash(self, html: str) -> str:
        return f"\n\n{self.md.htmlStash.store(html.strip())}\n\n" if html.strip() else "\n\n"


class _Inline(InlineProcessor):
    def __init__(self, pattern: str, md: Markdown, extension: ShortcodeExtension) -> None:
        super().__init__(pattern, md)
        self.extension = extension

    def handleMatch(  # type: ignore[override]  # noqa: N802
        self,
        m: re.Match[str],
        data: str,  # noqa: ARG002
    ) -> tuple[Element | str | None, int | None, int | None]:
        html = self.extension.call(m[1], m[2], None, m[0])
        return self.md.htmlStash.store(html.strip()), m.start(0), m.end(0)
