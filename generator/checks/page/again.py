"""A page that was read before, and of which a part is another now: only that part is read again.

After an edit of a template most of each page is what it was. Where the part that is another says
the same as before, the page says the same, perhaps on other lines.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from generator.checks.page.examine import Examination
from generator.checks.page.facts import Heading, Inline, Link, PageFacts
from generator.checks.page.notes import HEAD
from generator.checks.page.whole import TEMPLATE_MARK
from generator.core.problems import Problem

Item = TypeVar("Item", Heading, Inline, Link, Problem)

Marks = Mapping[str, Sequence[int]]
"""Places at which a page can be read on from, in order, by the names of what is open there."""

_LARGEST = 3
"""A part that is larger than this part of the page is not worth it: it is read twice."""

_LANDING = "index.html"
"""The page whose whole text is one of its facts."""


class Again(NamedTuple):
    """What a page says now. `lines` leads from lines before to lines now, and is None where all are
    what they were; `replaced` are the part that was there and the one that is there now."""

    lines: Lines | None
    marks: dict[str, list[int]]
    replaced: tuple[str, str]


class Lines(NamedTuple):
    """Where lines are now: those before `start` where they were, those of the part by `inside`, and
    those from `end` on by so many `further` down."""

    start: int
    end: int
    inside: Mapping[int, int]
    further: int

    def moved(self, line: int) -> int | None:
        """Return where a line is now; None where nothing is known of it."""
        if line < self.start:
            return line
        return line + self.further if line >= self.end else self.inside.get(line)


def read_again(
    path: str, before: bytes, html: bytes, marks: Marks, facts: PageFacts | None
) -> Again | None:
    """Return what has become of a page that says the same as before, but for lines; None where it
    may say something else. `facts` are those of before, if something was wrong with the page."""
    old, new = Examination(path, before), Examination(path, html)
    if path == _LANDING or old.problems or new.problems:
        return None
    part = _part(old.text, new.text, marks)
    if part is None:
        return None
    start, end, _, _ = part
    longer = len(new.text) - len(old.text)
    replaced = (old.text[start:end], new.text[start : end + longer])
    if start < HEAD and not new.declares_utf8():
        return None
    if any(map(TEMPLATE_MARK.search, replaced)):
        return None
    if not (
        old.reads_part(start, end, part.before, part.behind)
        and new.reads_part(start, end + longer, part.before, part.behind)
        and not old.problems
        and not new.problems
        and old.said() == new.said()
    ):
        return None
    lines = Lines(
        old.line(start),
        old.line(end),
        dict(zip(old.lines_said(), new.lines_said(), strict=True)),
        new.line(end + longer) - old.line(end),
    )
    if [lines.inside[line] for line in old.lines_said()] != new.lines_said():
        return None
    wrong = facts.problems if facts else ()
    if any(lines.start <= each.line < lines.end or each.also for each in wrong):
        return None
    stays = not lines.further and all(line == now for line, now in lines.inside.items())
    if not stays and any(each.code == "id-duplicate" for each in wrong):
        return None  # which names a line
    return Again(
        None if stays else lines,
        {
            names: [at if at <= start else at + longer for at in places if at <= start or at >= end]
            for names, places in marks.items()
        },
        replaced,
    )


def moved(facts: PageFacts, lines: Lines) -> PageFacts | None:
    """Return the facts of a page with lines as they are now."""
    try:
        return msgspec.structs.replace(
            facts,
            title_line=_moved(facts.title_line, lines),
            description_line=_moved(facts.description_line, lines),
            canonical_line=_moved(facts.canonical_line, lines),
            headings=tuple(_on_its_line(each, lines) for each in facts.headings),
            links=tuple(_on_its_line(each, lines) for each in facts.links),
            inline=tuple(_on_its_line(each, lines) for each in facts.inline),
            problems=tuple(sorted(_on_its_line(each, lines) for each in facts.problems)),
        )
    except LookupError:
        return None


def _moved(line: int, lines: Lines) -> int:
    now = lines.moved(line)
    if now is None:
        raise LookupError(line)
    return now


def _on_its_line(item: Item, lines: Lines) -> Item:
    return msgspec.structs.replace(item, line=_moved(item.line, lines))


class _Part(NamedTuple):
    """A part of a text from mark to mark, and what is open where it begins and where it ends."""

    start: int
    end: int
    before: str
    behind: str


def _part(old: str, new: str, marks: Marks) -> _Part | None:
    """Return the part of the old text outside which the new one is the same."""
    places = sorted((at, names) for names, found in marks.items() for at in found)
    same = _in_common(old, new)
    behind = len(old) - _in_common_behind(old, new, min(len(old), len(new)) - same)
    first = bisect_right(places, (same, _LAST)) - 1
    last = bisect_left(places, (max(behind, same + 1), ""))
    if first < 0 or last == len(places):
        return None
    (start, before), (end, after) = places[first], places[last]
    return _Part(start, end, before, after) if _LARGEST * (end - start) < len(old) else None


_LAST = "\U0010ffff"
"""Sorted behind any name."""


def _in_common(old: str, new: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if new.startswith(old[low:middle], low):
            low = middle
        else:
            high = middle - 1
    return low


def _in_common_behind(old: str, new: str, most: int) -> int:
    """Return how many characters two texts have in common at their end, of `most` at the most."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]:
            low = middle
        else:
            high = middle - 1
    return low
