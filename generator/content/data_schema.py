"""Data + a JSON Schema -> what is wrong with the data, each error with its line.

Imported only where a site has a schema, because the library takes longer to import than most data
take to read. Schemas are read from their own file alone: a `$ref` to another address is an error,
not a fetch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from generator.core.installed import installed_version
from generator.core.problems import Problem

MOST_TOLD = 20
"""How many errors of one file are reported; a schema that does not fit at all finds thousands."""

_MOST_SHOWN = 160


def versions() -> str:
    """Return the version of the library that decides."""
    return installed_version("jsonschema")


def check(
    path: str,
    value: Any,
    schema: bytes,
    line_of: Callable[[Sequence[str | int]], int],
    *,
    own: bool = False,
) -> list[Problem]:
    """Return what a schema (JSON Schema, draft 2020-12 where it does not name another) finds wrong
    with a value, or what is wrong with the schema itself. `own`: it is Tidepost's, and in no file.
    """
    import jsonschema
    from jsonschema.exceptions import best_match
    from jsonschema.validators import validator_for
    from referencing import Registry

    schema_path = f"{path.rpartition('.')[0]}.schema.json"
    try:
        rules = json.loads(schema.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        return [_in_schema(schema_path, error.lineno, f"not valid JSON: {error.msg}")]
    except (ValueError, RecursionError):
        return [_in_schema(schema_path, 0, "not valid JSON in UTF-8")]
    if not isinstance(rules, dict):
        return [_in_schema(schema_path, 1, "a schema begins with {")]
    kind = validator_for(rules, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(rules)
        validator = kind(rules, format_checker=kind.FORMAT_CHECKER, registry=Registry())
        found = sorted(validator.iter_errors(value), key=lambda each: list(map(str, each.path)))
    except jsonschema.SchemaError as wrong:
        place = "/".join(map(str, wrong.absolute_path))
        return [_in_schema(schema_path, 0, f"`{place}`: {_short(wrong.message)}")]
    except Exception as wrong:  # noqa: BLE001 (a pattern or reference that the library gives up on)
        return [_in_schema(schema_path, 0, f"cannot be used: {_short(str(wrong))}")]
    told: dict[tuple[int, str], Problem] = {}
    for each in found:
        deepest = best_match([each]) or each
        at = list(deepest.absolute_path)
        line = line_of(at)
        where = f"`{_dotted(at)}`: " if at else ""
        message = where + _short(deepest.message)
        told.setdefault(
            (line, message),
            Problem(
                path=path,
                line=line,
                code="data-schema",
                message=message,
                hint=_hint(deepest.schema, "" if own else schema_path),
            ),
        )
    ordered = sorted(told.values())
    more = len(ordered) - MOST_TOLD
    if more > 0:
        last = ordered[MOST_TOLD - 1]
        rest = Problem(
            path=path,
            line=last.line,
            code="data-schema",
            message=f"and {more} more of the kind"
            if own
            else f"and {more} more that {schema_path} does not allow",
        )
        return [*ordered[:MOST_TOLD], rest]
    return ordered


def _hint(rule: Any, schema_path: str) -> str:
    """Return what the rule that was broken says of itself, where it says something."""
    said = rule.get("description") if isinstance(rule, dict) else None
    if not schema_path:
        return _short(str(said or ""))
    asked = f"{schema_path} asks for it"
    return f"{_short(said)} ({asked})" if isinstance(said, str) and said else asked


def _in_schema(path: str, line: int, message: str) -> Problem:
    return Problem(
        path=path,
        line=line,
        code="bad-data-schema",
        message=message,
        hint="https://json-schema.org/learn explains how schemas are written",
    )


def _dotted(at: Iterable[str | int]) -> str:
    """Return a path as templates write it; places count from 1, as people count."""
    text = ""
    for step in at:
        text += f" item {step + 1}" if isinstance(step, int) else f".{step}"
    return text.lstrip(". ")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"
