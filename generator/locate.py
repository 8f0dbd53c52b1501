"""Mistakes found in built pages -> the places where the owner can mend them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from generator.artifacts import Artifact
from generator.frontmatter import SYNONYMS, Document
from generator.problems import Problem

_FINGERPRINTED = re.compile(r"([^/\"]+)\.[0-9a-f]{12}(\.\w+)")


def in_front_matter(
    problems: Iterable[Problem], documents: Mapping[str, Document]
) -> list[Problem]:
    """Give the problems that are about a document's settings the line where their needle stands: a
    setting's name, or a text in its value."""
    placed = []
    for problem in problems:
        document = documents.get(problem.path)
        if document and not problem.line and problem.needle:
            line = line_in_matter(problem.needle, document.matter)
            problem = msgspec.structs.replace(problem, line=line)
        placed.append(problem)
    return placed


def line_in_matter(needle: str, matter: str) -> int:
    """Return the line of a document's file on which a setting, or a text in its value, stands, or
    0."""
    names = [needle, *(synonym for synonym, name in SYNONYMS.items() if name == needle)]
    setting = re.search(rf"^(?:{'|'.join(map(re.escape, names))})[ \t]*:", matter, re.MULTILINE)
    place = setting.start() if setting else matter.find(needle)
    return 2 + matter.count("\n", 0, place) if place >= 0 else 0


def locate(
    problems: Iterable[Problem],
    artifacts: Iterable[Artifact],
    documents: Mapping[str, Document],
    folder: str,
) -> list[Problem]:
    """Name the source of each problem instead of the output path, and its line where it is found.

    What stands in no document is blamed on the built file, below `folder`.
    """
    source_of = {artifact.path: artifact.source for artifact in artifacts}
    placed = []
    for problem in problems:
        if problem.path not in source_of:
            placed.append(problem)
            continue
        source = source_of[problem.path]
        if not source:
            path = f"{folder}/{problem.path}"
            placed.append(msgspec.structs.replace(problem, path=path))
            continue
        line = line_of(problem.needle, documents.get(source))
        placed.append(msgspec.structs.replace(problem, path=source, line=line))
    return placed


def line_of(needle: str, document: Document | None) -> int:
    """Return the line of a document's file on which `needle` or its last part stands, or 0."""
    if document is None or not needle:
        return 0
    last = needle.rstrip("/").rpartition("/")[2]
    asset = _FINGERPRINTED.search(needle)
    for text in (needle, last, f"{asset[1]}{asset[2]}" if asset else ""):
        place = document.body.find(text) if len(text) > 1 else -1
        if place >= 0:
            return document.body_line + document.body.count("\n", 0, place)
    return 0
