"""Drops errors that another error caused: an unreadable file is reported once."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from generator.checks.severity import ALWAYS_ERRORS
from generator.core.problems import Problem

_HIDING = frozenset({"bad-file-name", "symlink-escape", "symlink-folder", "unreadable"})
"""Errors after which a file, or all that is in a folder, is as if it were not there."""

_ASKED_FOR = {
    "missing-asset": ("static",),
    "missing-document": ("content",),
    "missing-file": ("content", "static"),
    "missing-layout": ("templates",),
    "missing-reference": ("content",),
    "missing-template": ("templates",),
    "template-syntax": ("extensions.py",),
    "template-undefined": ("data",),
    "unknown-shortcode": ("extensions.py", "templates"),
}
"""Where that lies which is missed with a code."""

_BY_STEM = frozenset(
    {"missing-layout", "missing-reference", "template-undefined", "unknown-shortcode"}
)
"""Codes of what is asked for without the ending of its file's name."""

_WORD = re.compile(r"[^\s`]+")
_DATE = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}-")
_TAIL = re.compile(r"[?#].*|[:?,]$")
_MISSED_FUNCTION = "No filter named "


def without_cascades(problems: Iterable[Problem]) -> list[Problem]:
    """Leave out that a file is missing where another problem says that it is there, and why it
    cannot be used."""
    problems = list(problems)
    hidden = {each.path for each in problems if each.severity == "error" and each.code in _HIDING}
    # Links know of these documents by themselves; templates, which name them in three ways, do not.
    refused = {
        each.path
        for each in problems
        if each.code in ALWAYS_ERRORS and each.path.startswith("content/")
    }
    textless = {each.path for each in problems if each.code == "markdown"}
    if not hidden and not refused:
        return problems
    return [
        each
        for each in problems
        if not (each.code == "page-description" and each.path in textless)
        and (
            each.code not in _ASKED_FOR
            or not _follows(each, hidden | refused if each.code == "missing-reference" else hidden)
        )
    ]


def _follows(problem: Problem, hidden: Iterable[str]) -> bool:
    """Return whether what is missed may be what is hidden."""
    words = set(_words(problem))
    for path in hidden:
        top, _, below = path.partition("/")
        if top not in _ASKED_FOR[problem.code]:
            continue
        if path == "extensions.py":
            if problem.code != "template-syntax" or _MISSED_FUNCTION in problem.message:
                return True
            continue
        name = posixpath.basename(path)
        stem = posixpath.splitext(name)[0]
        is_folder = name == stem
        if is_folder and "/" not in below:
            return True  # all documents, say: links to them need not name their folder
        names = {name} | ({stem, _DATE.sub("", stem)} if problem.code in _BY_STEM else set())
        if not names.isdisjoint(words):
            return True
    return False


def _words(problem: Problem) -> Iterator[str]:
    """Yield the names of files and folders that a problem mentions."""
    for word in _WORD.findall(f"{problem.message} {problem.hint}"):
        yield from unquote(_TAIL.sub("", word)).split("/")
