"""Problems are data: pure code returns them, the console prints them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

import msgspec

Severity = Literal["error", "warning", "note"]


class Problem(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that is wrong, where it is, and the way out.

    `path` is relative to the site's root with forward slashes. `line` counts from 1; 0 means that
    the problem belongs to the whole file. `code` is a short, stable name that `site.yaml` can give
    another level. `needle` is text to look for in the source when the line is not known yet. `also`
    are the lines on which the same is wrong once more.
    """

    path: str
    line: int = 0
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    needle: str = ""
    also: tuple[int, ...] = ()


class SiteError(Exception):
    """Carries problems out of a phase that cannot give a value; never a traceback for the owner."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("; ".join(f"{p.path}:{p.line}: {p.code}" for p in self.problems))

    def __reduce__(self) -> tuple[type[SiteError], tuple[list[Problem]]]:
        return type(self), (self.problems,)  # so that it comes back whole from another process


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Return those of `problems` that stop a publication."""
    return [problem for problem in problems if problem.severity == "error"]


def told_once(mistakes: Iterable[Problem]) -> list[Problem]:
    """Return errors of pages, with each place in a template reported once for all its pages."""
    by_place: dict[tuple[str, int, str], list[Problem]] = {}
    for mistake in mistakes:
        by_place.setdefault((mistake.path, mistake.line, mistake.code), []).append(mistake)
    problems = []
    for same in by_place.values():
        others = len(same) - 1
        more = f" and {others} more page{'' if others == 1 else 's'}" if others else ""
        problems.append(msgspec.structs.replace(same[0], message=same[0].message + more))
    return problems


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the closest of `known`, or an empty string."""
    return _suggestion(word, tuple(known))


@lru_cache(maxsize=1024)  # the same misspelt key or asset tends to be asked about on many pages
def _suggestion(word: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.7)
    return f"did you mean `{close[0]}`?" if close else ""
