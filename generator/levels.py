"""How bad each mistake is: the build's own codes, and the levels that `site.yaml` gives.

The codes of the checks on built pages are in checks/codes.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from generator.checks.codes import CODES
from generator.config import CONFIG_FILE
from generator.problems import Problem, did_you_mean

ALWAYS_ERRORS = frozenset(
    {
        "bad-alias",
        "bad-date",
        "bad-file-name",
        "bad-permalink",
        "bad-slug",
        "bad-url",
        "bad-yaml",
        "empty-file",
        "long-line",
        "markdown",
        "missing-asset",
        "missing-date",
        "missing-layout",
        "missing-reference",
        "missing-template",
        "missing-title",
        "no-front-matter",
        "no-site",
        "not-text",
        "not-utf8",
        "repeated-key",
        "same-url",
        "site-yaml",
        "template-error",
        "template-loop",
        "template-syntax",
        "template-undefined",
        "unreadable",
        "wrong-type",
    }
)
"""Mistakes that leave a page or a file out of the site: publishing without it would be worse."""

ADJUSTABLE = frozenset(
    {
        "alias-collision",
        "bad-counts",
        "bad-shortcode",
        "css-loop",
        "missing-document",
        "missing-file",
        "stray-document",
        "symlink-escape",
        "symlink-folder",
        "term-spelling",
        "unknown-key",
        "unknown-shortcode",
        "unpublished-link",
    }
)
"""The other mistakes that a build finds."""


def check_levels(levels: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with `checks:` in site.yaml: codes that do not exist or stay errors."""
    problems = []
    for code in levels:
        if code in ADJUSTABLE or code in CODES:
            continue
        if code in ALWAYS_ERRORS:
            message = f"`{code}` is always an error: what it is about is left out of the site"
            hint = "remove this line"
        else:
            message = f"`{code}` is not the code of any check"
            hint = did_you_mean(code, (*ADJUSTABLE, *CODES)) or "docs/checks.md lists them"
        problems.append(
            Problem(
                path=CONFIG_FILE,
                code="unknown-check",
                message=message,
                hint=hint,
                severity="warning",
                needle=code,
            )
        )
    return problems


def relevel(problems: Iterable[Problem], levels: Mapping[str, str]) -> list[Problem]:
    """Give each problem the level its code has in `levels`; "off" drops it. Sorted, no repeats."""
    kept = set()
    for problem in problems:
        level = levels.get(problem.code, problem.severity)
        if problem.code in ALWAYS_ERRORS:
            level = problem.severity
        if level != "off":
            kept.add(msgspec.structs.replace(problem, severity=level))
    return sorted(kept)
