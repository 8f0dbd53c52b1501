"""Markdown as lines that know where they came from, and what in them is code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from html import escape
from typing import NamedTuple

from generator.markdown.reading import events

SHORTCODE, BLOCK = "\x01", "\x02"
"""Stand for the `{{` and `{%` of a shortcode that the import wrote itself, until the end."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_FENCE = re.compile(r"^\s*(?:>\s?)*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(?P<mark>`{3,}|~{3,})(?P<info>.*)$")
_VERBATIM = re.compile(r"<(?P<name>pre|script|style|textarea)\b", re.IGNORECASE)
_INDENTED = re.compile(r"(?:\A|^[^\S\n]*\n)(?: {4}|\t)", re.MULTILINE)
SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_CALL = re.compile(r"\{(?=\{\s*[A-Za-z_]\w*\()|\{(?=%\s*(?:end\s*%\}|[A-Za-z_]\w*\())")


class Line(NamedTuple):
    """A line's text, and the line of the old file (from 1) that it came from."""

    text: str
    source: int


def to_lines(text: str, first: int) -> list[Line]:
    """Cut a text that begins on line `first` of its file into lines."""
    return [Line(line, first + index) for index, line in enumerate(text.split("\n"))]


def to_text(lines: Iterable[Line]) -> str:
    """Return the lines as a Markdown body: without empty lines around it, ended by one `\\n`."""
    text = "\n".join(
        line.text.rstrip(" ") if not line.text.strip() else line.text for line in lines
    )
    text = text.strip("\n").replace(SHORTCODE, "{{").replace(BLOCK, "{%")
    return f"{text}\n" if text.strip() else ""


def without_controls(text: str) -> str:
    """Return text without the signs that no text has, and that stand for something here."""
    return (
        _CONTROLS.sub("", text)
        .replace("\x85", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
    )


def code_mask(lines: Iterable[Line], *, indented: bool = True) -> tuple[bool, ...]:
    """Return for each line whether it is code: `indented`, in a fence, or in an element kept as it
    is."""
    texts = [line.text for line in lines]
    return _mask("\n".join(texts), indented) if texts else ()


@lru_cache(8)
def _mask(text: str, indented: bool) -> tuple[bool, ...]:
    lines = text.split("\n")
    by_indent = _indented(text) if indented and _may_indent(text) else frozenset()
    if not by_indent and not ("```" in text or "~~~" in text or _VERBATIM.search(text)):
        return (False,) * len(lines)
    mask: list[bool] = []
    fence = element = ""
    for number, line in enumerate(lines):
        if number in by_indent and not fence and not element:
            mask.append(True)
            continue
        found = _FENCE.match(line)
        if element:
            mask.append(True)
            if f"</{element}" in line.lower():
                element = ""
        elif fence:
            mask.append(True)
            if found and found["mark"].startswith(fence) and not found["info"].strip():
                fence = ""
        elif found and not (found["mark"][0] == "`" and "`" in found["info"]):
            mask.append(True)
            fence = found["mark"]
        else:
            opened = _VERBATIM.search(line)
            inside = opened is not None and f"</{opened['name']}".lower() not in line.lower()
            mask.append(inside)
            element = opened["name"].lower() if opened and inside else ""
    return tuple(mask)


def _may_indent(text: str) -> bool:
    return ("    " in text or "\t" in text) and _INDENTED.search(text) is not None


def html_lines(lines: Iterable[Line]) -> frozenset[int]:
    """Return the numbers of the lines, from 0, that stand in a block of HTML: in them is no
    Markdown."""
    return _blocks("\n".join(line.text for line in lines), "HtmlBlock")


@lru_cache(8)
def _indented(text: str) -> frozenset[int]:
    """Return the numbers of the lines, from 0, that are code because they are indented."""
    return _blocks(text, {"CodeBlock": "Indented"})


def _blocks(text: str, kind: str | dict[str, str]) -> frozenset[int]:
    """Return the numbers of the lines, from 0, of blocks of one kind."""
    found: set[int] = set()
    raw = text.encode(errors="replace")
    number = place = 0
    for what, at in events(text):
        if what.__class__ is dict and what.get("Start") == kind:
            number += raw.count(b"\n", place, at["start"])
            last = number + raw[at["start"] : at["end"]].rstrip().count(b"\n")
            found.update(range(number, last + 1))
            place = at["start"]
    return frozenset(found)


def each_text(lines: list[Line], change: Callable[[str, int], str]) -> list[Line]:
    """Apply `change(text, source line)` to what is no code, inline code included."""
    return [
        line if code or not line.text else Line(outside_spans(line, change), line.source)
        for line, code in zip(lines, code_mask(lines), strict=True)
    ]


def outside_spans(line: Line, change: Callable[[str, int], str]) -> str:
    """Apply `change(text, source line)` to what is no inline code in a line."""
    if "`" not in line.text:
        return change(line.text, line.source)
    parts = []
    place = 0
    for span in SPAN.finditer(line.text):
        parts += [change(line.text[place : span.start()], line.source), span[0]]
        place = span.end()
    return "".join([*parts, change(line.text[place:], line.source)])


def hide_calls(lines: list[Line]) -> list[Line]:
    """Write what looks like a call of a shortcode, and is none, so that it stays text."""
    return each_text(lines, lambda text, _: _CALL.sub("&#123;", text) if "{" in text else text)


def fence_for(code: str) -> str:
    """Return a fence that the code does not contain."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    return "`" * (longest + 1)


def argument(value: str) -> str:
    """Return text as a shortcode's argument in quotes."""
    text = " ".join(value.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text.replace("}}", "} }").replace("%}", "% }")}"'


def figure(src: str, alt: str = "", **others: str) -> str:
    """Return a call of the shortcode `figure`, to stand alone on a line."""
    given = {"src": src, "alt": alt, **{name: value for name, value in others.items() if value}}
    called = ", ".join(f"{name}={argument(value)}" for name, value in given.items())
    return f"{SHORTCODE} figure({called}) }}}}"


_ALONE = re.compile(r"[\s>]*(?:[-*+]|\d{1,9}[.)])?\s*")


def picture(
    text: str,
    start: int,
    end: int,
    src: str,
    alt: str = "",
    caption: str = "",
    link: str = "",
    **others: str,
) -> str:
    """Return what shows a picture in the place of what stands in `text` from `start` to `end`: a
    call of the shortcode `figure`, which is a block; a picture without a caption within a line."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    stop = text.find("\n", end)
    after = text[end : stop if stop >= 0 else len(text)]
    alone = _ALONE.fullmatch(before) and not after.strip()
    if alone or caption:
        return figure(src, alt, caption=caption, link=link, **others)
    if "<" in before + after:  # where Markdown may be none
        tag = f'<img src="{escape(src)}" alt="{escape(alt)}">'
        return f'<a href="{escape(link)}">{tag}</a>' if link else tag
    words = re.sub(r"([\\\[\]])", r"\\\1", " ".join(alt.split()))
    image = f"![{words}](<{src}>)" if re.search(r"[\s()]", src) else f"![{words}]({src})"
    return f"[{image}]({link})" if link else image


class Pieces:
    """Puts a body together from pieces of the old one and from what replaces others."""

    def __init__(self) -> None:
        self._pieces: list[tuple[str, int, bool]] = []

    def old(self, text: str, line: int) -> None:
        """Add text of the old file that begins on `line`."""
        if text:
            self._pieces.append((text, line, True))

    def new(self, text: str, line: int) -> None:
        """Add text in the place of something that stood on `line`."""
        if text:
            self._pieces.append((text, line, False))

    def text(self) -> str:
        """Return the text so far."""
        return "".join(text for text, _, _ in self._pieces)

    def last_line(self) -> str:
        """Return what stands on the last line so far."""
        found: list[str] = []
        for text, _, _ in reversed(self._pieces):
            _, end, rest = text.rpartition("\n")
            found.append(rest)
            if end:
                break
        return "".join(reversed(found))

    def apart(self) -> str:
        """Return what is needed to begin a line."""
        return "\n" if self._pieces and not self._pieces[-1][0].endswith("\n") else ""

    def lines(self) -> list[Line]:
        """Return all of it as lines."""
        return list(self._cut())

    def _cut(self) -> Iterator[Line]:
        current, source = "", 0
        for text, line, moves in self._pieces:
            for index, part in enumerate(text.split("\n")):
                if index:
                    yield Line(current, source or line)
                    current, source = "", 0
                if part and not source:
                    source = line + index if moves else line
                current += part
        if current:
            yield Line(current, source)
