"""Adding an old address to a document's front matter, and leaving every other byte as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
import yaml

from generator.content.frontmatter import Document

_FRONT = re.compile(r"\ufeff?---[ \t]*(?:\r\n|\n|\r)")
_FENCE_END = re.compile(r"(?<=[\r\n])(?:---|\.\.\.)[ \t]*(?=[\r\n]|\Z)")
_LINE_END = re.compile(r"\r\n|\n|\r")
_KEYS = ("aliases", "redirect_from")
_PLAIN = re.compile(r"/[\w./~-]*")

Read = Callable[[bytes], Document | None]
"""Parses a source file's bytes."""


def with_aliases(raw: bytes, add: str, drop: str, read: Read) -> bytes | None:
    """Return a source file with the alias `add` and without the alias `drop` (either may be empty).

    The result is read back: it must be the same document but for its aliases. None where that
    cannot be done by an insertion, as in front matter that is written in one pair of braces.
    """
    before = read(raw)
    if before is None:
        return None
    wanted = [alias for alias in before.aliases if alias != drop]
    if add and add not in wanted:
        wanted.append(add)
    text = raw.decode("utf-8")
    if drop in before.aliases:
        text = _edited(text, _dropping(drop))
    last: str | None = None
    attempts = [_adding(add, anew=False), _adding(add, anew=True)] if add in wanted else [None]
    if add in before.aliases:
        attempts = [None]
    for attempt in attempts:
        last = _edited(text, attempt) if attempt else text
        after = read(last.encode())
        if after is not None and _same(before, after, wanted):
            return last.encode()
    return None


def _same(before: Document, after: Document, aliases: list[str]) -> bool:
    settled = {"aliases": (), "matter": "", "heading": "", "body_line": 0}
    return sorted(after.aliases) == sorted(aliases) and (
        msgspec.structs.replace(before, **settled) == msgspec.structs.replace(after, **settled)
    )


Edit = Callable[[str, Any, str], str]
"""(front matter's text, its YAML node, the line's end in this file) -> changed front matter."""


def _edited(text: str, edit: Edit) -> str:
    """Change the front matter of a source file, where it can be found and read."""
    start = _FRONT.match(text)
    if not start:
        first = _LINE_END.search(text)
        new_line = first[0] if first else "\n"
        bare = text.removeprefix("\ufeff")
        mark = text[: len(text) - len(bare)]
        added = edit("", None, new_line)
        return f"{mark}---{new_line}{added}---{new_line}{bare}" if added else text
    end = _FENCE_END.search(text, start.end())
    if not end:
        return text
    matter = text[start.end() : end.start()]
    try:
        node = yaml.compose(matter, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return text
    line_end = _LINE_END.search(start[0])
    assert line_end
    changed = edit(matter, node, line_end[0])
    return text[: start.end()] + changed + text[end.start() :]


def _adding(url: str, *, anew: bool) -> Edit:
    """Return an edit that adds `url` to the list there is, or, `again`, as a setting of its own."""
    written = url if _PLAIN.fullmatch(url) else '"' + url.replace("\\", "\\\\") + '"'

    def edit(matter: str, node: Any, line_end: str) -> str:
        found = _lists(node)
        if anew or not found:
            key = next((key for key in _KEYS if key not in [k.value for k, _ in found]), "")
            gap = "" if not matter or matter.endswith(("\n", "\r")) else line_end
            return f"{matter}{gap}{key}: [{written}]{line_end}" if key else matter
        key, value = found[0]
        start, end = value.start_mark.index, value.end_mark.index
        if isinstance(value, yaml.SequenceNode) and value.value:
            last = value.value[-1].end_mark.index
            if value.flow_style:
                return f"{matter[:last]}, {written}{matter[last:]}"
            line = _LINE_END.search(matter, last)
            place = line.start() if line else len(matter)
            indent = " " * value.start_mark.column
            return f"{matter[:place]}{line_end}{indent}- {written}{matter[place:]}"
        if value.value in ("", "~", "null") or isinstance(value, yaml.SequenceNode):  # none yet
            colon = matter.index(":", key.end_mark.index) + 1
            return f"{matter[:colon]} [{written}]{matter[max(colon, end) :]}"
        return f"{matter[:start]}[{matter[start:end]}, {written}]{matter[end:]}"

    return edit


def _dropping(url: str) -> Edit:
    def edit(matter: str, node: Any, line_end: str) -> str:  # noqa: ARG001
        for key, value in _lists(node):
            items = value.value if isinstance(value, yaml.SequenceNode) else [value]
            place = next((n for n, item in enumerate(items) if _means(item.value, url)), None)
            if place is None:
                continue
            item = items[place]
            if len(items) == 1:
                return _without_lines(matter, key.start_mark.index, value.end_mark.index)
            if not value.flow_style:
                return _without_lines(matter, item.start_mark.index, item.end_mark.index)
            if place + 1 < len(items):
                following = items[place + 1].start_mark.index
                return matter[: item.start_mark.index] + matter[following:]
            previous = items[place - 1].end_mark.index
            return matter[:previous] + matter[item.end_mark.index :]
        return matter

    return edit


def _lists(node: Any) -> list[tuple[Any, Any]]:
    """Return the settings that hold aliases."""
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(key, value) for key, value in node.value if key.value in _KEYS]


def _means(written: Any, url: str) -> bool:
    return isinstance(written, str) and f"/{written.strip().removeprefix('/')}" == url


def _without_lines(text: str, start: int, end: int) -> str:
    """Return `text` without the lines from the one at `start` to the one that `end` closes."""
    first = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    if end > start and text[end - 1] in "\r\n":
        return text[:first] + text[end:]
    line = _LINE_END.search(text, end)
    return text[:first] + (text[line.end() :] if line else "")
