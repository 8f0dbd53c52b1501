"""Replaces parts of a text, and knows where each line of the result was written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple


class Edit(NamedTuple):
    """The characters from `start` to `end` become `text`."""

    start: int
    end: int
    text: str


class Rewritten:
    """A text that is changed step by step."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._steps: list[tuple[list[int], list[int]]] = []
        """Of each step: where the parts of its result begin, and where they stood before."""

    def apply(self, edits: Iterable[Edit]) -> None:
        """Carry out edits, which are given in the order of their places; what begins within an
        earlier one is left out."""
        parts: list[str] = []
        new, old = [0], [0]
        place = length = 0
        for edit in edits:
            if edit.start < place:
                continue
            parts += (self.text[place : edit.start], edit.text)
            length += edit.start - place
            new.append(length)
            old.append(edit.start)
            length += len(edit.text)
            new.append(length)
            old.append(edit.end)
            place = edit.end
        if parts:
            self.text = "".join([*parts, self.text[place:]])
            self._steps.append((new, old))

    def origin(self, place: int) -> int:
        """Return where the character at `place` stood in the first text."""
        for new, old in reversed(self._steps):
            number = bisect_right(new, place) - 1
            whole = number % 2 == 0  # the parts between edits are as long as they were
            place = old[number] + (place - new[number] if whole else 0)
        return place
