"""Mistakes found in built pages -> the places where the owner can mend them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from generator.checks.codes import CODES
from generator.config.settings import CONFIG_FILE
from generator.content.frontmatter import Document
from generator.core.artifacts import Artifact
from generator.core.problems import Problem

_QUOTED = re.compile(r"`([^`]+)`")
_SETTINGS = {
    "broken-picture": "image",
    "foreign-picture": "image",
    "missing-file": "image",
    "no-picture": "image",
    "link-broken": "url",
    "contact-form-missing": "page",
    "contact-thanks-missing": "thanks",
    "obsolete-setting": "engine",
    "redirect-target": "",
    "alias-collision": "",
    "search-language": "",
}
"""By the code of what is wrong with `site.yaml` only as seen from the whole site: the setting, or
nothing where what the problem names is itself the key, as an old address is."""

_FINGERPRINTED = re.compile(r"([^/\"]+)\.[0-9a-f]{12}(\.\w+)")


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
            if problem.path == CONFIG_FILE and problem.code == "link-broken":
                placed += _also_in_texts(problem, documents.values())
            continue
        source = source_of[problem.path]
        if not source:
            path = f"{folder}/{problem.path}"
            placed.append(msgspec.structs.replace(problem, path=path))
            continue
        line = line_of(problem.needle, documents.get(source))
        placed.append(msgspec.structs.replace(problem, path=source, line=line))
    return placed


def _also_in_texts(problem: Problem, documents: Iterable[Document]) -> Iterable[Problem]:
    """Yield where texts write the address that an entry of a menu has in vain: the checks see it
    once on each page."""
    for document in documents:
        for written in (f"]({problem.needle})", f'"{problem.needle}"'):
            if (place := document.body.find(written)) >= 0:
                line = document.body_line + document.body.count("\n", 0, place)
                message = problem.message.removeprefix("menu: ")
                yield msgspec.structs.replace(
                    problem,
                    path=document.source,
                    line=line,
                    message=message,
                    hint=CODES[problem.code].hint,
                )
                break


def in_settings(problems: Iterable[Problem], settings: str) -> list[Problem]:
    """Give problems of `site.yaml`, whose text `settings` is, the line on which the value stands
    that each names first; what is then the same in all languages is told once."""
    placed = set()
    for problem in problems:
        if problem.path == CONFIG_FILE and not problem.line and problem.code in _SETTINGS:
            value = _QUOTED.search(problem.message)
            key = _SETTINGS[problem.code]
            text = re.escape(value[1] if value else "")
            wanted = rf"\b{key}:[ \t]*[\"']?{text}[\"']?[ \t]*(?=[,}}#\r\n]|$)"
            wanted = wanted if key else rf"(?<![^\s{{,\"'?]){text}[\"']?[ \t]*:"
            found = re.search(wanted, settings)
            if not found and problem.code == "search-language":  # the site's own language
                found = re.search(rf"^language:[ \t]*[\"']?{text}\b", settings, re.MULTILINE)
            line = settings.count("\n", 0, found.start()) + 1 if found else 0
            problem = msgspec.structs.replace(problem, line=line, needle="")
        placed.add(problem)
    return sorted(placed)


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
