"""Errors found in built pages -> the places where the owner can mend them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from generator.checks.codes import CODES
from generator.config.settings import CONFIG_FILE
from generator.content.frontmatter import Document
from generator.content.source_lines import line_in_matter
from generator.core.artifacts import Artifact
from generator.core.problems import Problem

_QUOTED = re.compile(r"`([^`]+)`")
_SETTINGS = {
    "broken-picture": "image",
    "foreign-picture": "image",
    "missing-file": "image",
    "podcast-cover": "image",
    "no-picture": "image",
    "link-broken": "url",
    "contact-form-missing": "page",
    "contact-thanks-missing": "thanks",
    "obsolete-setting": "engine",
    "url-local": "url",
    "redirect-target": "",
    "alias-collision": "",
    "search-language": "",
}
"""By the code of what is wrong with `site.yaml` only as seen from the whole site: the setting, or
nothing where what the problem names is itself the key, as an old address is."""

_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_CODE = re.compile(
    r"^[ ]{0,3}(```+|~~~+)[^\n]*\n.*?(?:^[ ]{0,3}\1|\Z)|(`+)(?!`).+?(?<!`)\2(?!`)|<!--.*?-->",
    re.DOTALL | re.MULTILINE,
)
_BARE_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*[ /]*>?")
_JOINS, _JOINS_AFTER = frozenset("_./-"), frozenset("_/-")
"""Beside letters and digits: what makes a longer word or address of one that it stands before or
behind."""

_FINGERPRINTED = re.compile(r"([^/\"]+)\.[0-9a-f]{12}(\.\w+)")


def locate(
    problems: Iterable[Problem],
    artifacts: Iterable[Artifact],
    documents: Mapping[str, Document],
    folder: str,
    texts: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Name the source of each problem instead of the output path, and its line where it is found.

    What stands in no document is looked for in `texts`, those of templates and style sheets by
    their paths from the site's folder; what stands in none of them, or in several, is blamed on the
    built file, below `folder`.
    """
    source_of = {artifact.path: artifact.source for artifact in artifacts}
    texts = texts or {}
    placed = []
    counts: Counter[tuple[str, str, str]] = Counter()
    for problem in sorted(problems, key=lambda each: (each.path, each.line)):
        if problem.path not in source_of:
            placed.append(problem)
            if problem.path == CONFIG_FILE and problem.code == "link-broken":
                placed += _also_in_texts(problem, documents.values())
            continue
        source = source_of[problem.path]
        same = (problem.path, problem.code, problem.needle)
        number, counts[same] = counts[same], counts[same] + 1
        document = documents.get(source)
        line = _unbalanced(problem, document, number) or line_of(problem.needle, document, number)
        if not line:
            text = texts.get(source, "")
            if line := _line_at(_places(problem.needle, text), text, 0):
                placed.append(msgspec.structs.replace(problem, path=source, line=line))
                continue
            if found := _in_a_template(problem.needle, texts):
                path, line = found
                placed.append(msgspec.structs.replace(problem, path=path, line=line))
                continue
        source = source or f"{folder}/{problem.path}"
        placed.append(msgspec.structs.replace(problem, path=source, line=line))
    return placed


def _unbalanced(problem: Problem, document: Document | None, number: int) -> int:
    """Return the line of the tag in a document that opens, or closes, nothing, where a problem is
    about such a tag: the page's own tags around the text may be the ones that are then missed."""
    if document is None or problem.code not in ("html-unclosed", "html-stray-end"):
        return 0
    name = _TAG_NAME.match(problem.needle)
    if not name:
        return 0
    text = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), document.body)
    opened: list[int] = []
    stray: list[int] = []
    for tag in re.finditer(rf"<(/?){re.escape(name[1])}(?=[\s/>])[^>]*>", text, re.IGNORECASE):
        if not tag[1]:
            opened.append(tag.start())
        elif opened:
            opened.pop()
        else:
            stray.append(tag.start())
    places = opened if problem.code == "html-unclosed" else stray
    line = _line_at(places, document.body, number)
    return line and line + document.body_line - 1


def _in_a_template(needle: str, texts: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the template and its line on which `needle` stands, if it does on one alone."""
    if len(needle) < 4 or _BARE_TAG.fullmatch(needle):
        return None
    found = None
    for path, text in texts.items():
        if path.startswith("templates/") and needle in text:
            places = _places(needle, text)
            if found or len(places) != 1:
                return None
            found = path, text.count("\n", 0, places[0]) + 1
    return found


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
    that each names first; what is then the same in all languages is reported once."""
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


def line_of(needle: str, document: Document | None, number: int = 0) -> int:
    """Return the line of a document's file on which `needle` or its last part stands, or 0.

    `number`, from 0, says which it is of several problems with this needle on a page.
    """
    if document is None or not needle:
        return 0
    last = needle.rstrip("/").rpartition("/")[2]
    asset = _FINGERPRINTED.search(needle)
    for text in (needle, last, f"{asset[1]}{asset[2]}" if asset else ""):
        places = _places(text, document.body) if len(text) > 1 else []
        if places:
            return _line_at(places, document.body, number) + document.body_line - 1
    return line_in_matter(needle, document.matter) if needle in document.matter else 0


def _places(needle: str, text: str) -> list[int]:
    """Return where `needle` stands, as a whole if it does so anywhere."""
    first = place = text.find(needle) if needle else -1
    found = []
    while place >= 0:  # a pattern for each needle takes many times as long
        end = place + len(needle)
        before, after = text[max(place - 1, 0) : place], text[end : end + 1]
        whole = not (before.isalnum() or before in _JOINS) and not (
            after.isalnum() or after in _JOINS_AFTER
        )
        if whole:
            found.append(place)
        place = text.find(needle, end if whole else place + 1)
    return found or ([first] if first >= 0 else [])


def _line_at(places: Sequence[int], text: str, number: int) -> int:
    """Return the line of a place, or 0 where there is none."""
    return text.count("\n", 0, places[min(number, len(places) - 1)]) + 1 if places else 0
