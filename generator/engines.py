"""Markdown -> HTML, by the engine that the owner chose.

Slow to import, so imported only where Markdown is converted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from pymdownx.highlight import HighlightExtension

from generator import plain_markdown
from generator.config import MarkdownSettings
from generator.diagrams import LANGUAGE, drawn
from generator.fast_markdown import speed_up, tested_here
from generator.formula_extension import FormulaExtension
from generator.formulas import Fault
from generator.highlighting import Block, CodeColours, ColoursExtension
from generator.names import slugify
from generator.problems import Problem
from generator.shortcode_extension import ShortcodeExtension
from generator.shortcodes import Render

if TYPE_CHECKING:
    from generator import commonmark

Engine = Callable[[str], tuple[str, list[dict[str, Any]], list[Block]]]
"""Markdown -> HTML, the headings as Python-Markdown's `toc_tokens`, and the code blocks that are
still to be put in the places of their marks."""

_CHECKBOX = re.compile(r'<input type="checkbox" disabled(?P<done> checked)?\s*/?>')
_ALIGNED = re.compile(r"text-align: (left|right|center);")


def make_engine(
    settings: MarkdownSettings, render_shortcode: Render, problems: list[Problem]
) -> Engine:
    """Return the converter for `settings`; what is wrong with a text is added to `problems`."""
    if settings.engine == "commonmark":
        return _commonmark(settings, render_shortcode, problems)
    colours = CodeColours()
    markdown = python_markdown(settings, colours, render_shortcode, problems)
    speed_up(markdown)
    plain_is_possible = tested_here() and not (settings.smart or settings.line_numbers)

    def convert(text: str) -> tuple[str, list[dict[str, Any]], list[Block]]:
        special = (settings.math and "$" in text) or (settings.mermaid and LANGUAGE in text)
        if (
            plain_is_possible
            and not special
            and (plain := plain_markdown.convert(text, colours, heading_slug))
        ):
            return plain
        markdown.reset()
        try:
            html = _CHECKBOX.sub(_label_checkbox, markdown.convert(text))
        except Exception as error:  # noqa: BLE001 (whatever trips the library is in the text)
            what = str(error) or type(error).__name__
            message = f"Python-Markdown gives up on this text: {what.splitlines()[0]}"
            hint = "look for broken HTML, or for lists or quotes nested very deeply"
            problems.append(Problem(path="", code="markdown", message=message, hint=hint))
            return "", [], []
        return html, markdown.toc_tokens, []  # type: ignore[attr-defined]

    return convert


def _commonmark(
    settings: MarkdownSettings, render_shortcode: Render, problems: list[Problem]
) -> Engine:
    from generator import commonmark  # which the other engine does without

    colours = CodeColours(numbered=settings.line_numbers)
    try:
        return commonmark.make(
            settings,
            colours,
            render_shortcode,
            problems,
            heading_slug,
            _fence_reader(settings, colours),
            _fault("bad-math", problems),
            _fault("bad-diagram", problems),
        )
    except commonmark.MissingEngineError:
        message = "the CommonMark engine is not installed"
        hint = "pip install pyromark, or remove `engine` from site.yaml"
        missing = Problem(path="", code="markdown", message=message, hint=hint)

    def refuse(_text: str) -> tuple[str, list[dict[str, Any]], list[Block]]:
        problems.append(missing)
        return "", [], []

    return refuse


def _fence_reader(settings: MarkdownSettings, colours: CodeColours) -> commonmark.SpecialBlock:
    """Return a function that reads a fence's options as Python-Markdown does, since it is it."""
    markdown = cache(lambda: python_markdown(settings, colours, lambda *_: "", []))

    def coloured(info: str, code: str) -> str | None:
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
        md = markdown().reset()
        md.preprocessors["fenced_code_block"].run([fence + info, *code.split("\n"), fence])
        blocks = md.htmlStash.rawHtmlBlocks
        return str(blocks[0]) if blocks else None

    return coloured


def _fault(code: str, problems: list[Problem]) -> Fault:
    def fault(message: str, hint: str, needle: str) -> None:
        problems.append(Problem(path="", code=code, message=message, hint=hint, needle=needle))

    return fault


def _diagram_fence(fault: Fault) -> dict[str, Any]:
    """Return what superfences is told of diagrams."""

    def draw(source: str, *_: object, **__: object) -> str:
        return drawn(source, fault)

    return {"name": LANGUAGE, "class": LANGUAGE, "format": draw}


def heading_slug(text: str) -> str:
    """Return a heading's id, not yet unique."""
    if text.isascii() and text.replace(" ", "").isalnum():
        return "-".join(text.lower().split())  # as slugify has it, in fewer steps
    return slugify(text) or "section"


def python_markdown(
    settings: MarkdownSettings,
    colours: CodeColours | None,
    render_shortcode: Render,
    problems: list[Problem],
) -> Markdown:
    """Return Python-Markdown as Tidepost uses it; without `colours`, each block is coloured anew.

    Mistakes in shortcodes are added to `problems`.
    """
    highlighting = {
        "guess_lang": False,
        "linenums": True if settings.line_numbers else None,
        "linenums_style": "pymdownx-inline",
    }
    fences = [_diagram_fence(_fault("bad-diagram", problems))] if settings.mermaid else []
    return Markdown(
        output_format="html",
        extensions=[
            "abbr",
            "admonition",
            "attr_list",
            "def_list",
            "footnotes",
            "md_in_html",
            "sane_lists",
            "tables",
            "toc",
            ColoursExtension(colours, **highlighting)
            if colours
            else HighlightExtension(**highlighting),
            "pymdownx.superfences",
            "pymdownx.tasklist",
            "pymdownx.tilde",
            *(["smarty"] if settings.smart else []),
            ShortcodeExtension(render_shortcode, problems),
            *([FormulaExtension(_fault("bad-math", problems))] if settings.math else []),
            _FinishingExtension(),
        ],
        extension_configs={
            "toc": {"slugify": lambda text, _separator: heading_slug(text)},
            "footnotes": {"BACKLINK_TITLE": "Back to the text of note {}"},
            "pymdownx.superfences": {"custom_fences": fences},
            "pymdownx.tilde": {"subscript": False},
        },
    )


def _label_checkbox(found: re.Match[str]) -> str:
    """Name the box of a task list for those who do not see it."""
    done = found["done"] or ""
    label = "done" if done else "to do"
    return f'<input type="checkbox" disabled{done} aria-label="{label}">'


class _FinishingExtension(Extension):
    """Marks images, and aligns table cells by class: a strict CSP forbids style attributes."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        md.treeprocessors.register(_Finisher(md), "tidepost-finish", 1)


class _Finisher(Treeprocessor):
    def run(self, root: Element) -> None:
        images = 0
        for element in root.iter():
            if element.tag == "img":
                if "width" not in element.attrib and "height" not in element.attrib:
                    element.set("data-size", "")
                if images:
                    element.set("loading", "lazy")
                images += 1
            elif element.tag in ("td", "th") and (style := element.get("style", "")):
                aligned = _ALIGNED.fullmatch(style)
                if aligned:
                    del element.attrib["style"]
                    element.set("class", f"align-{aligned[1]}")
