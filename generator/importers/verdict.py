"""What the new site's own checks say of imported texts, by code: how many, whose fault, where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import msgspec

from generator.checks.codes import CODES
from generator.checks.severity import ADJUSTABLE
from generator.core.problems import Problem

_MOST_PLACES = 3
_TEMPLATES = frozenset({"bad-shortcode", "unknown-shortcode", "template-tag"})
_OWN_TEXT = ("html-", "link-", "heading-", "id-", "image-", "missing-", "title-", "description-")


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """All errors of one code; `places` are the first of them as `file:line`."""

    code: str
    count: int
    message: str
    hint: str
    whose: str
    places: tuple[str, ...]
    can_wait: bool


def groups(problems: Iterable[Problem], before: Collection[str]) -> tuple[Group, ...]:
    """Return the errors by their code, the most frequent first; the files that the import did not
    write were there `before`."""
    by_code: dict[str, list[Problem]] = defaultdict(list)
    for problem in sorted(problems):
        by_code[problem.code].append(problem)
    found = [
        Group(
            code=code,
            count=len(each),
            message=each[0].message,
            hint=each[0].hint,
            whose=_whose(code, [one.path in before for one in each]),
            places=tuple(_place(one) for one in each[:_MOST_PLACES]),
            can_wait=can_wait(code),
        )
        for code, each in by_code.items()
    ]
    return tuple(sorted(found, key=lambda group: (-group.count, group.code)))


def can_wait(code: str) -> bool:
    """Return whether `checks:` can let errors of this code warn."""
    return code in CODES or code in ADJUSTABLE


def _place(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}" if problem.line else problem.path


def _whose(code: str, theirs: Sequence[bool]) -> str:
    """Say where errors of this code come from; some may be in files of the new site's own."""
    own = "files that were here before"
    if all(theirs):
        return own
    if code in _TEMPLATES:
        whose = "a template of the old site"
    else:
        whose = "the old text" if code.startswith(_OWN_TEXT) else "the import"
    return f"{whose} and {own}" if any(theirs) else whose


def told(found: Sequence[Group]) -> list[str]:
    """Return a line for each group, as the console and the report say it."""
    return [
        f"{one.code} × {one.count}, from {one.whose}: {one.message} ({', '.join(one.places)})"
        for one in found
    ]


def checks_block(found: Sequence[Group]) -> str:
    """Return `checks:` for site.yaml that lets the site out today, with a comment for each line;
    empty where nothing can wait."""
    waiting = [one for one in found if one.can_wait]
    if not waiting:
        return ""
    lines = [
        "# Imported with these errors; they warn until they are mended. Then remove their lines.",
        "checks:",
    ]
    for one in sorted(waiting, key=lambda group: group.code):
        lines.append(f"  {one.code}: warning  # {one.count}, such as {one.places[0]}")
    return "\n".join(lines) + "\n"
