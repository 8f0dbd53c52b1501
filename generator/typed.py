"""Plain data from YAML -> typed values, with every mistake found in one go.

msgspec does the converting, one field at a time, because a whole struct converted at once tells
only the first mistake.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec

from generator.problems import Problem, did_you_mean
from generator.yamltext import YamlDocument

T = TypeVar("T", bound=msgspec.Struct)

_PLAIN = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a group of `key: value` lines",
    "null": "nothing",
}


def convert(
    document: YamlDocument, kind: type[T], *, path: str, first_line: int = 1, code: str
) -> tuple[T | None, list[Problem]]:
    """Turn a whole document into `kind`; unknown keys are mistakes, with a suggestion.

    `first_line` is the line of the file on which the YAML text begins. The value is None exactly
    when there are problems.
    """
    problems: list[Problem] = []
    value = _struct(document, kind, document.data, (), problems, path, first_line, code)
    return (None, problems) if problems else (value, [])


def convert_field(value: Any, kind: Any) -> tuple[Any, str]:
    """Turn one value into `kind`; return it with an empty text, or None with what is wrong."""
    try:
        return msgspec.convert(value, kind), ""
    except msgspec.ValidationError as error:
        return None, _in_plain_words(str(error))


def _struct(
    document: YamlDocument,
    kind: type[T],
    data: Mapping[str, Any],
    at: tuple[str | int, ...],
    problems: list[Problem],
    path: str,
    first_line: int,
    code: str,
) -> T | None:
    def problem(key: str, message: str, hint: str = "") -> None:
        line = document.line_of(*at, key) + first_line - 1
        problems.append(Problem(path=path, line=line, code=code, message=message, hint=hint))

    fields = _fields(kind)
    before = len(problems)
    values: dict[str, Any] = {}
    for key, given in data.items():
        name = ".".join(map(str, (*at, key)))
        if key not in fields:
            hint = did_you_mean(key, fields) or f"known here: {', '.join(sorted(fields))}"
            problem(key, f"`{name}` is not a known setting", hint)
        elif given is None:
            continue  # `key:` with nothing behind it means the default
        elif (inner := _inner_struct(fields[key])) and isinstance(given, Mapping):
            values[key] = _struct(
                document, inner, given, (*at, key), problems, path, first_line, code
            )
        else:
            values[key], wrong = convert_field(given, fields[key])
            if wrong:
                problem(key, f"`{name}`: {wrong}")
    for name, field in ((field.name, field) for field in msgspec.structs.fields(kind)):
        if field.required and name not in values:
            full = ".".join(map(str, (*at, name)))
            problem(name, f"`{full}` is missing", f"add a line `{name}: ...`")
    if len(problems) > before:
        return None
    try:
        return kind(**values)
    except ValueError as error:  # raised by the struct's own __post_init__
        key, _, message = str(error).partition(": ")
        problem(key, f"`{'.'.join(map(str, (*at, key)))}`: {message}")
        return None


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _inner_struct(kind: Any) -> type[msgspec.Struct] | None:
    """Return the struct in `kind`, which may be `Struct` or `Struct | None`."""
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    for option in options:
        if isinstance(option, type) and issubclass(option, msgspec.Struct):
            return option
    return None


def _in_plain_words(text: str) -> str:
    """Say msgspec's message in a writer's words: "expected text, got a list"."""
    text, _, where = text.partition(" - at ")
    words = text.replace(" | null", "").replace("Expected", "expected")
    for technical, plain in _PLAIN.items():
        words = words.replace(f"`{technical}`", plain)
    if "|" in words:
        for technical, plain in _PLAIN.items():
            words = words.replace(f"{technical} |", f"{plain} or").replace(f"| {technical}", plain)
    item = where.strip("`$").strip()
    return f"{words} (at `{item}`)" if item else words
