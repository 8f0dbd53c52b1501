"""The lines on which settings stand in front matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from generator.content.frontmatter import SYNONYMS, Document
from generator.core.problems import Problem


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
