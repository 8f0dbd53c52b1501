"""Markdown -> RenderedBody: HTML whose references are not resolved yet.

The first of the two steps that are remembered (see memo): a pure function of the text, the
settings and the shortcodes' templates.
"""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Any
from xml.etree.ElementTree import Element

import msgspec
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from generator.config import MarkdownSettings
from generator.names import slugify
from generator.problems import Problem
from generator.shortcodes import Render, ShortcodeExtension

STEP = "markup-1"
"""Changes whenever this step gives another result for the same input."""

LIBRARIES = ("markdown", "pymdown-extensions", "pygments")
"""What else shapes the result; their versions are part of the memo's key."""

_REFERENCE_TAG = re.compile(
    r"<!--.*?-->"
    r"|<(?:a|area|img|source|video|audio|track|iframe|embed|object|use|image)\b"
    r"(?:[^>\"']|\"[^\"]*\"|'[^']*')*>",
    re.DOTALL | re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\s(?P<name>href|src|srcset|poster|data)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')",
    re.IGNORECASE,
)
_SIZE_MARK = ' data-size=""'
_MORE = re.compile(r"<!--\s*more\s*-->")
_FIRST_PARAGRAPH = re.compile(r"<p>.*?</p>", re.DOTALL)
_FOOTNOTE_MARK = re.compile(r'<sup id="fnref.*?</sup>', re.DOTALL)
_ID = re.compile(r'(<[a-zA-Z][^<>]*?)\sid="[^"]*"')
_TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:['’\-.][^\W_]+)*")
_CHECKBOX = re.compile(r'<input type="checkbox" disabled(?P<done> checked)?\s*/?>')
_ALIGNED = re.compile(r"text-align: (left|right|center);")
WORDS_A_MINUTE = 230
"""Adult silent reading of English prose: 238 words a minute (Brysbaert, "How many words do we read
per minute?", 2019), rounded down for the code between the words."""


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """A heading of a body, with those below it. `title` is plain text, `level` from 1 to 6."""

    level: int
    id: str
    title: str
    children: tuple[Heading, ...] = ()


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """An address as written. `sized`: an image whose width and height are to be filled in."""

    attribute: str
    target: str
    sized: bool = False


class Fragment(msgspec.Struct, frozen=True, kw_only=True):
    """HTML with gaps: `pieces[i]`, then `references[i]` with its quotes, then `pieces[i + 1]`."""

    pieces: tuple[str, ...]
    references: tuple[Reference, ...] = ()


class RenderedBody(msgspec.Struct, frozen=True, kw_only=True):
    """What Markdown became. `summary` is the excerpt as plain text; problems have no path yet."""

    body: Fragment
    excerpt: Fragment
    summary: str
    headings: tuple[Heading, ...]
    words: int
    problems: tuple[Problem, ...] = ()

    @property
    def minutes(self) -> int:
        """Reading time, at least 1."""
        return max(1, round(self.words / WORDS_A_MINUTE))


Converter = Callable[[str], RenderedBody]


def library_versions() -> str:
    """Return the versions of the libraries that shape the HTML."""
    return " ".join(f"{name}={version(name)}" for name in LIBRARIES)


def make_converter(settings: MarkdownSettings, render_shortcode: Render) -> Converter:
    """Return a function from Markdown to RenderedBody; setting it up once saves much time."""
    problems: list[Problem] = []
    markdown = Markdown(
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
            "pymdownx.highlight",
            "pymdownx.superfences",
            "pymdownx.tasklist",
            "pymdownx.tilde",
            *(["smarty"] if settings.smart else []),
            ShortcodeExtension(render_shortcode, problems),
            _FinishingExtension(),
        ],
        extension_configs={
            "toc": {"slugify": lambda text, _separator: slugify(text) or "section"},
            "footnotes": {"BACKLINK_TITLE": "Back to the text of note {}"},
            "pymdownx.highlight": {
                "guess_lang": False,
                "linenums": True if settings.line_numbers else None,
                "linenums_style": "pymdownx-inline",
            },
            "pymdownx.tilde": {"subscript": False},
        },
    )

    def convert(text: str) -> RenderedBody:
        problems.clear()
        markdown.reset()
        html = _CHECKBOX.sub(_label_checkbox, markdown.convert(text))
        tokens: list[dict[str, Any]] = markdown.toc_tokens  # type: ignore[attr-defined]
        excerpt = _excerpt(html)
        return RenderedBody(
            body=split_references(_MORE.sub("", html, count=1)),
            excerpt=split_references(excerpt),
            summary=plain_text(excerpt),
            headings=_headings(tokens),
            words=count_words(plain_text(html)),
            problems=tuple(problems),
        )

    return convert


def split_references(html: str) -> Fragment:
    """Cut HTML at the values of its href, src and like attributes."""
    pieces: list[str] = []
    references: list[Reference] = []
    place = 0
    for tag in _REFERENCE_TAG.finditer(html):
        sized = _SIZE_MARK in tag[0]
        if sized:
            start = tag.start() + tag[0].index(_SIZE_MARK)
        for found in _REFERENCE.finditer(tag[0]):
            group = "double" if found["double"] is not None else "single"
            value_start = tag.start() + found.start(group) - 1
            value_end = tag.start() + found.end(group) + 1
            piece = html[place:value_start]
            if sized and place <= start < value_start:
                piece = piece.replace(_SIZE_MARK, "", 1)
            pieces.append(piece)
            name = found["name"].lower()
            target = html_entities.unescape(found[group])
            references.append(
                Reference(attribute=name, target=target, sized=sized and name == "src")
            )
            place = value_end
    pieces.append(html[place:].replace(_SIZE_MARK, "") if references else html)
    return Fragment(pieces=tuple(pieces), references=tuple(references))


def plain_text(html: str) -> str:
    """Return the words of an HTML fragment on one line."""
    return " ".join(html_entities.unescape(_TAG.sub(" ", html)).split())


def count_words(text: str) -> int:
    """Count words; each Chinese, Japanese or Korean character is one."""
    return sum(1 for _ in _WORD.finditer(text))


def _excerpt(html: str) -> str:
    """Return what stands before `<!--more-->`, or the first paragraph; fit to be shown in a list.

    Ids and footnote marks are left out, since a list shows many excerpts on one page.
    """
    more = _MORE.search(html)
    if more:
        excerpt = html[: more.start()]
    else:
        first = _FIRST_PARAGRAPH.search(html)
        excerpt = first[0] if first else ""
    return _ID.sub(r"\1", _FOOTNOTE_MARK.sub("", excerpt)).strip()


def _headings(tokens: Iterable[dict[str, Any]]) -> tuple[Heading, ...]:
    return tuple(
        Heading(
            level=token["level"],
            id=token["id"],
            title=plain_text(token["name"]),
            children=_headings(token["children"]),
        )
        for token in tokens
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
                element.set("data-size", "")
                if images:
                    element.set("loading", "lazy")
                images += 1
            elif element.tag in ("td", "th") and (style := element.get("style", "")):
                aligned = _ALIGNED.fullmatch(style)
                if aligned:
                    del element.attrib["style"]
                    element.set("class", f"align-{aligned[1]}")
