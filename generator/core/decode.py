"""Plain data from YAML -> typed values, with every error found in one go.

msgspec does the converting, one field at a time, because a whole struct converted at once tells
only the first error.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar

import msgspec

from generator.core.problems import Problem, did_you_mean
from generator.core.yaml_reader import YamlDocument

T = TypeVar("T", bound=msgspec.Struct)

_UNQUOTED = re.compile(r"text, got (?:a whole number|a number|true or false)")

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
    """Turn a whole document into `kind`; unknown keys are errors, with a suggestion.

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
        return None, _in_plain_words(str(error), kind)


def way_to_write(key: str, wrong: str) -> str:
    """Return how to write what `convert_field` finds wrong with a key's value, where that is
    plain."""
    if _UNQUOTED.search(wrong):
        return f'put it in quotes, so that it is text: {key}: "..."'
    if wrong.startswith("expected a group") and "got text" in wrong:
        what = "a list of groups, each behind `- `," if "(item " in wrong else "its settings"
        return f"write `{key}:`, and {what} below it, two spaces further in (docs/settings.md)"
    if "text, got a list" in wrong:
        if "(item " in wrong:
            return f"one pair of brackets is enough: {key}: [one, two]"
        return f"write it on one line: {key}: a text"
    if wrong.startswith("expected a list") and "got a group" in wrong:
        return f"write it as a list: {key}: [one, two]"
    return "write true or false" if wrong.startswith("expected true or false,") else ""


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
            value = _struct(document, inner, given, (*at, key), problems, path, first_line, code)
            if value is not None:
                values[key] = value
        elif (inner := _struct_of_values(fields[key])) and isinstance(given, Mapping):
            values[key] = _mapping(
                document, fields[key], inner, given, (*at, key), problems, path, first_line, code
            )
        else:
            value, wrong = convert_field(given, fields[key])
            if wrong:
                for path_in, fault in _where(given, fields[key], wrong):
                    line = document.line_of(*at, key, *path_in) + first_line - 1
                    message = f"`{'.'.join((name, *path_in))}`: {fault}"
                    hint = way_to_write([key, *path_in][-1], fault)
                    problems.append(
                        Problem(path=path, line=line, code=code, message=message, hint=hint)
                    )
            else:
                values[key] = value
    required = _required(kind)
    for name in required:
        if data.get(name) is None:
            full = ".".join(map(str, (*at, name)))
            problem(name, f"`{full}` is missing", f"add a line `{name}: ...`")
    stand_in = {name for name, kind in required.items() if name not in values and kind is str}
    try:
        made = kind(**values, **dict.fromkeys(stand_in, ""))
    except TypeError:  # without a required field that is not text, nothing more can be said
        return None
    except ValueError as error:  # raised by the struct's own __post_init__: one error a line
        for mistake in str(error).splitlines():
            key, _, message = mistake.partition(": ")
            if key not in stand_in:
                problem(key, f"`{'.'.join(map(str, (*at, key)))}`: {message}")
    return None if len(problems) > before else made


def _where(given: Any, kind: Any, wrong: str) -> list[tuple[tuple[str, ...], str]]:
    """Return the keys in a mapping whose values are wrong, and why; or what is wrong with all."""
    group = next((part for part in _parts(kind) if typing.get_origin(part) is dict), None)
    found: list[tuple[tuple[str, ...], str]] = []
    if group is not None and isinstance(given, Mapping):
        inner = typing.get_args(group)[1]
        found = [
            ((str(key),), fault)
            for key, value in given.items()
            if (fault := convert_field(value, inner)[1])
        ]
    return found or [((), wrong)]


def _mapping(
    document: YamlDocument,
    kind: Any,
    inner: type[msgspec.Struct],
    given: Mapping[str, Any],
    at: tuple[str | int, ...],
    problems: list[Problem],
    path: str,
    first_line: int,
    code: str,
) -> dict[str, Any]:
    """Convert what has structs for its values, each with the lines of its own errors."""
    made: dict[str, Any] = {}
    for name, each in given.items():
        if each is None or isinstance(each, Mapping):
            made[name] = _struct(
                document, inner, each or {}, (*at, name), problems, path, first_line, code
            )
            continue
        made[name], wrong = convert_field(each, typing.get_args(kind)[1])
        if wrong:
            line = document.line_of(*at, name) + first_line - 1
            message = f"`{'.'.join(map(str, (*at, name)))}`: {wrong}"
            problems.append(Problem(path=path, line=line, code=code, message=message))
    return {name: each for name, each in made.items() if each is not None}


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


@cache
def _required(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(kind) if field.required}


def _inner_struct(kind: Any) -> type[msgspec.Struct] | None:
    """Return the struct in `kind`, which may be `Struct` or `Struct | None`."""
    is_union = typing.get_origin(kind) in (types.UnionType, typing.Union)
    options = typing.get_args(kind) if is_union else (kind,)
    return next((option for option in options if _is_struct(option)), None)


def _struct_of_values(kind: Any) -> type[msgspec.Struct] | None:
    """Return the struct that the values of a mapping are, where `kind` is such a mapping."""
    values = typing.get_args(kind)
    return _inner_struct(values[1]) if typing.get_origin(kind) is dict else None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _parts(kind: Any) -> list[Any]:
    """Return a type and all that it is made of, such as `int` in `dict[str, int]`."""
    return [kind, *(part for inner in typing.get_args(kind) for part in _parts(inner))]


def _choices(kind: Any) -> tuple[Any, ...]:
    return typing.get_args(kind) if typing.get_origin(kind) is Literal else ()


def _in_plain_words(text: str, kind: Any) -> str:
    """Say msgspec's message in a writer's words: "expected text, got a list"."""
    text, _, where = text.partition(" - at ")
    if found := re.fullmatch("Object contains unknown field `(.*)`", text):
        known = [name for part in _parts(kind) if _is_struct(part) for name in _fields(part)]
        hint = did_you_mean(found[1], known)
        text = f"`{found[1]}` is not a known setting" + (f", {hint}" if hint else "")
    elif found := re.fullmatch("Object missing required field `(.*)`", text):
        text = f"`{found[1]}` is missing"
    elif found := re.fullmatch("Invalid enum value '?(.*?)'?", text):
        options = [str(option) for part in _parts(kind) for option in _choices(part)]
        text = f"`{found[1]}` is not one of {', '.join(options)}"
    elif found := re.fullmatch("Expected `(.*)`, got `(.*)`", text):
        wanted = [_PLAIN.get(name, name) for name in found[1].split(" | ") if name != "null"]
        text = f"expected {' or '.join(sorted(wanted))}, got {_PLAIN.get(found[2], found[2])}"
    item = re.search(r"\[(\d+)\]", where)
    return f"{text} (item {int(item[1]) + 1})" if item else text
