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
    "missing-data": "blogroll",
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
    templates = _Templates(texts)
    searched = _Searched("", None, "")
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
        number, counts[same] = counts[same], counts[same] + 1 + len(problem.also)
        if searched.source != source:
            searched = _Searched(source, documents.get(source), texts.get(source, ""))
        line = searched.unbalanced(problem, number) or searched.line_of(problem.needle, number)
        if line:
            others = range(number + 1, number + 1 + len(problem.also))
            also = tuple(searched.line_of(problem.needle, each) for each in others)
            placed.append(msgspec.structs.replace(problem, path=source, line=line, also=also))
            continue
        path = source or f"{folder}/{problem.path}"
        if line := _nth(searched.lines_beside(problem.needle), 0):
            path = source
        elif found := templates.only(problem.needle):
            path, line = found
        also = (line,) * len(problem.also)
        placed.append(msgspec.structs.replace(problem, path=path, line=line, also=also))
    return placed


class _Searched:
    """A source in which places are looked for: each needle once, however many problems name it.

    `beside` is the text of a source that is no document.
    """

    def __init__(self, source: str, document: Document | None, beside: str) -> None:
        self.source = source
        self._document = document
        self._body = document.body if document else ""
        self._beside = beside
        self._in_body: dict[str, list[int]] = {}
        self._in_beside: dict[str, list[int]] = {}
        self._tags: dict[str, tuple[list[int], list[int]]] = {}

    def lines_beside(self, needle: str) -> list[int]:
        """Return the lines of the other text on which `needle` stands."""
        if needle not in self._in_beside:
            self._in_beside[needle] = _lines(_places(needle, self._beside), self._beside)
        return self._in_beside[needle]

    def line_of(self, needle: str, number: int) -> int:
        """Return the line of the document's file on which `needle` or its last part stands, or 0.

        `number`, from 0, says which it is of several problems with this needle on a page.
        """
        if self._document is None or not needle:
            return 0
        if needle not in self._in_body:
            self._in_body[needle] = self._lines_in_body(needle)
        if line := _nth(self._in_body[needle], number):
            return line + self._document.body_line - 1
        matter = self._document.matter
        return line_in_matter(needle, matter) if needle in matter else 0

    def _lines_in_body(self, needle: str) -> list[int]:
        last = needle.rstrip("/").rpartition("/")[2]
        asset = _FINGERPRINTED.search(needle)
        bare = needle.strip('"')  # where an attribute is written with other quotation marks
        named = f"{asset[1]}{asset[2]}" if asset else ""
        for text in dict.fromkeys((needle, bare, last, named)):
            if len(text) > 1 and (places := _places(text, self._body)):
                return _lines(places, self._body)
        return []

    def unbalanced(self, problem: Problem, number: int) -> int:
        """Return the line of the tag in the document that opens, or closes, nothing, where a
        problem is about such a tag: the page's own tags around the text may be the ones that are
        then missed."""
        if self._document is None or problem.code not in ("html-unclosed", "html-stray-end"):
            return 0
        name = _TAG_NAME.match(problem.needle)
        if not name:
            return 0
        if name[1] not in self._tags:
            opened, stray = _unbalanced(name[1], self._body)
            self._tags[name[1]] = _lines(opened, self._body), _lines(stray, self._body)
        opened, stray = self._tags[name[1]]
        line = _nth(opened if problem.code == "html-unclosed" else stray, number)
        return line and line + self._document.body_line - 1


def _unbalanced(name: str, body: str) -> tuple[list[int], list[int]]:
    """Return where tags of an element stand that open, and that close, nothing."""
    text = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), body)
    opened: list[int] = []
    stray: list[int] = []
    for tag in re.finditer(rf"<(/?){re.escape(name)}(?=[\s/>])[^>]*>", text, re.IGNORECASE):
        if not tag[1]:
            opened.append(tag.start())
        elif opened:
            opened.pop()
        else:
            stray.append(tag.start())
    return opened, stray


class _Templates:
    """The site's templates, in which each needle is looked for once."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = {path: text for path, text in texts.items() if path.startswith("templates/")}
        self._found: dict[str, tuple[str, int] | None] = {}

    def only(self, needle: str) -> tuple[str, int] | None:
        """Return the template and its line on which `needle` stands, if it does on one alone."""
        if len(needle) < 4 or _BARE_TAG.fullmatch(needle):
            return None
        if needle not in self._found:
            self._found[needle] = self._look_for(needle)
        return self._found[needle]

    def _look_for(self, needle: str) -> tuple[str, int] | None:
        found = None
        for path, text in self._texts.items():
            if needle in text:
                places = _places(needle, text)
                if found or len(places) != 1:
                    return None
                found = path, text.count("\n", 0, places[0]) + 1
        return found


def _also_in_texts(problem: Problem, documents: Iterable[Document]) -> Iterable[Problem]:
    """Yield where texts write the dead address of an entry of a menu: the checks see it once on
    each page."""
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


def _lines(places: Sequence[int], text: str) -> list[int]:
    """Return the lines, from 1, of places in a text, which are in their order."""
    lines = []
    last, line = 0, 1
    for place in places:
        line += text.count("\n", last, place)
        last = place
        lines.append(line)
    return lines


def _nth(lines: Sequence[int], number: int) -> int:
    """Return the line of a problem that is the `number`th of its kind, from 0; the last one where
    there are fewer, or 0 where there is none."""
    return lines[min(number, len(lines) - 1)] if lines else 0
