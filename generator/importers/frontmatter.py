"""Front matter in YAML, TOML and JSON -> plain values; plain values -> YAML front matter."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import tomllib
from typing import Any

import msgspec

from generator.core.yaml_reader import YamlError, read_mapping, write_mapping
from generator.importers.model import Values

_MOST_DEPTH = 40
_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")
_NEVER_CLOSED = "end it with a line like its first one"
_JSON_WAY_OUT = "check commas, quotes and brackets around it, and import again"
_TOML_WAY_OUT = 'check quotes and brackets around it, as in title = "A text", and import again'


class FrontMatterError(Exception):
    """Front matter that cannot be read; `line` is the file's, from 1."""

    def __init__(self, line: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.line, self.message, self.hint = line, message, hint


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """A file taken apart: `values`, the text after them, and the file's line on which it begins.

    `raw` is the front matter's own text, which begins on line `first`. Of keys that were given
    `twice`, the last has been read.
    """

    values: Values
    body: str
    body_line: int
    raw: str = ""
    first: int = 1
    twice: tuple[str, ...] = ()

    def line_of(self, *keys: str) -> int:
        """Return the file's line on which the first of `keys` that there is stands, or 1."""
        for key in keys:
            pattern = rf'^[ \t"\']*{re.escape(key)}["\']?[ \t]*[:=]'
            if found := re.search(pattern, self.raw, re.MULTILINE | re.IGNORECASE):
                return self.first + self.raw.count("\n", 0, found.end())
        return 1


def decode(raw: bytes) -> str:
    """Return a text file's text with `\\n` at the ends of lines. Raises MatterMistake."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FrontMatterError(line, "not UTF-8 text", "save the file as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FrontMatterError(line, "a NUL character, as no text has")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def has_yaml_matter(start: bytes) -> bool:
    """Return whether a file that begins with these bytes has front matter for Jekyll."""
    return re.match(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n", start) is not None


def take_apart(text: str, *, only_yaml: bool = False) -> Matter | None:
    """Return the front matter and the body, or None where there is no front matter.

    Raises MatterMistake where it is there and cannot be read.
    """
    if found := re.match(r"---[ \t]*\n", text):
        end = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE).search(text, found.end())
        return _cut(text, found.end(), end, yaml_values)
    if only_yaml:
        return None
    if found := re.match(r"\+\+\+[ \t]*\n", text):
        end = re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE).search(text, found.end())
        return _cut(text, found.end(), end, toml_values)
    if re.match(r"\{\s*[\"}]", text):
        return _json_matter(text)
    return None


def _cut(text: str, start: int, end: re.Match[str] | None, read: Any) -> Matter:
    if end is None:
        raise FrontMatterError(1, "the front matter is not closed", _NEVER_CLOSED)
    raw = text[start : end.start()]
    twice: tuple[str, ...] = ()
    try:
        if read is yaml_values:
            raw, twice = _each_once(raw)
        values = read(raw)
    except FrontMatterError as mistake:
        raise FrontMatterError(mistake.line + 1, mistake.message, mistake.hint) from None
    return Matter(
        values=values,
        body=text[end.end() + 1 :],
        body_line=text.count("\n", 0, end.end()) + 2,
        raw=raw,
        first=2,
        twice=twice,
    )


_KEY = re.compile(r"^[\"']?([\w.-]+)[\"']?[ \t]*:(?=\s|$)")


def _each_once(raw: str) -> tuple[str, tuple[str, ...]]:
    """Return YAML in which the last of a key's places is the only one, as Jekyll reads it, and the
    keys that had more; the others become empty lines."""
    lines = raw.split("\n")
    starts = [(found[1], place) for place, line in enumerate(lines) if (found := _KEY.match(line))]
    last = dict(starts)
    if len(last) == len(starts):
        return raw, ()
    ends = {place: end for (_, place), (_, end) in itertools.pairwise([*starts, ("", len(lines))])}
    for key, place in starts:
        if last[key] != place:
            lines[place : ends[place]] = [""] * (ends[place] - place)
    twice = (key for key, place in starts if last[key] != place)
    return "\n".join(lines), tuple(dict.fromkeys(twice))


def _json_matter(text: str) -> Matter:
    try:
        _refuse_deep(text)
        values, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        raise FrontMatterError(
            error.lineno, f"not valid JSON: {error.msg}", _JSON_WAY_OUT
        ) from None
    except (RecursionError, ValueError):
        raise FrontMatterError(1, "JSON that cannot be read", _JSON_WAY_OUT) from None
    if not isinstance(values, dict):
        raise FrontMatterError(1, "JSON that is not an object", "write it in braces")
    rest = text[end:]
    body = rest.lstrip("\n")
    line = text.count("\n", 0, end + len(rest) - len(body)) + 1
    return Matter(values=_values(values), body=body, body_line=line, raw=text[:end], first=1)


def _refuse_deep(text: str) -> None:
    """Refuse brackets nested so deeply that a parser would run out of stack."""
    depth = 0
    for found in re.finditer(r"[\[{\]}]", text):
        depth += 1 if found[0] in "[{" else -1
        if depth > 500:
            raise FrontMatterError(text.count("\n", 0, found.start()) + 1, "nested too deeply")


def yaml_values(raw: str) -> Values:
    """Read YAML that is a mapping. Raises MatterMistake with the line in `raw`."""
    try:
        return _values(read_mapping(raw).data)
    except YamlError as mistake:
        raise FrontMatterError(mistake.line, mistake.message, mistake.hint) from None


def toml_values(raw: str) -> Values:
    """Read TOML; dates become text. Raises MatterMistake with the line in `raw`."""
    try:
        _refuse_deep(raw)
        return _values(tomllib.loads(raw))
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else raw.count("\n") + 1
        message = _TOML_PLACE.sub("", str(error)) or "something is missing"
        raise FrontMatterError(line, f"not valid TOML: {message}", _TOML_WAY_OUT) from None
    except (RecursionError, ValueError):
        raise FrontMatterError(1, "TOML that cannot be read", _TOML_WAY_OUT) from None


def json_values(raw: str) -> Values:
    """Read JSON that is an object. Raises MatterMistake with the line in `raw`."""
    matter = _json_matter(raw.lstrip())
    return matter.values


def _values(data: dict[str, Any]) -> Values:
    return {str(key): _plain(value) for key, value in data.items()}


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value made of what YAML has: dates as text, keys as text."""
    if depth > _MOST_DEPTH:
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def front_matter(values: Values) -> str:
    """Return values as front matter in Tidepost's YAML, between its `---` lines."""
    return f"---\n{write_mapping(values)}---\n"
