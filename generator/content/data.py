"""Files below data/ -> the values that templates see as `data`.

YAML and JSON give what they hold, CSV a list of rows by the names in its first line, OPML a list of
sites. What a file
lies in becomes a part of its name: `data/shop/prices.csv` is `data.shop.prices`. Values are frozen,
since one page's template must not change what another page sees.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

import msgspec

from generator.content import opml
from generator.content.sources import DataFile
from generator.core.artifacts import digest
from generator.core.cache import Cache, key_of
from generator.core.problems import Problem
from generator.core.yaml_reader import YamlError, read_value

FOLDER = "data/"
SCHEMA = ".schema.json"
MOST_NODES = 500_000
"""How many values one YAML file may hold, aliases written out."""

_KINDS = (".yaml", ".yml", ".json", ".csv", ".opml")
_HALF_A_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
_NUMBER = re.compile(r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]{1,2})?")

LineOf = Callable[[Sequence[str | int]], int]
"""Where in a file the value at a path of keys and places stands; from 1, 0 where unknown."""


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed, and can be sent to other processes."""

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("data cannot be changed")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


class Given(FrozenDict):
    """The same for what settings and front matter say, which is missed in other words."""


class FrozenList(list[Any]):
    """The same for a list: templates print it as they print one, and can add others to it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self),)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("data cannot be changed")

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """All data of a site; `digests` has one for each first part of a name, such as `shop`.

    A template that mentions `data.shop` depends on that digest alone.
    """

    values: FrozenDict = FrozenDict()
    digests: dict[str, str] = {}


class DataError(Exception):
    """A data file that cannot be read; `line` counts from 1, 0 where it is unknown."""

    def __init__(self, line: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.line, self.message, self.hint = line, message, hint


def read_data(
    files: Iterable[DataFile], cache: Cache, built_in: Mapping[str, bytes] = {}
) -> tuple[Data, list[Problem]]:
    """Read every data file, and check those that have a schema beside them, or `built_in` by their
    name where they have none."""
    problems: list[Problem] = []
    schemas: dict[str, DataFile] = {}
    named: dict[tuple[str, ...], DataFile] = {}
    for file in sorted(files, key=lambda each: each.path):
        if file.path.endswith(SCHEMA):
            schemas[file.path.removesuffix(SCHEMA)] = file
        elif not file.path.lower().endswith(_KINDS):
            message = "Tidepost reads YAML, JSON, CSV and OPML here: .yaml, .json, .csv, .opml"
            hint = "rename it, or put it elsewhere"
            problems.append(_problem(file.path, 0, "stray-data", message, hint, "warning"))
        else:
            _claim(_name(file.path), file, named, problems)
    values: dict[str, Any] = {}
    digests: dict[str, list[str]] = {}
    for name, file in named.items():
        raw = file.read()
        schema_file = schemas.pop(file.path.rpartition(".")[0], None)
        schema = schema_file.read() if schema_file else b""
        own = b"" if schema else built_in.get(".".join(name), b"")
        try:
            value, found = _checked(file.path, raw, schema or own, cache, own=bool(own))
        except DataError as mistake:
            problems.append(
                _problem(file.path, mistake.line, "bad-data", mistake.message, mistake.hint)
            )
            continue
        problems += found
        inner = values
        for part in name[:-1]:
            inner = inner.setdefault(part, {})
        inner[name[-1]] = value
        shaping = digest(schema) if file.path.lower().endswith(".csv") else ""
        digests.setdefault(name[0], []).append(f"{file.path} {digest(raw)} {shaping}")
    for schema_file in schemas.values():
        message = "a schema without data beside it"
        hint = "it belongs to a file of the same name: team.schema.json to team.yaml"
        problems.append(_problem(schema_file.path, 0, "stray-data", message, hint, "warning"))
    data = Data(
        values=freeze(values),
        digests={name: digest("\n".join(parts).encode()) for name, parts in digests.items()},
    )
    return data, problems


def freeze(value: Any) -> Any:
    """Return a value with every mapping and list in it frozen."""
    if isinstance(value, dict):
        return FrozenDict({key: freeze(each) for key, each in value.items()})
    if isinstance(value, list):
        return tuple(freeze(each) for each in value)
    return value


def frozen(values: Mapping[str, Any]) -> Given:
    """Return what settings or front matter say, frozen likewise; a list stays one."""
    return Given({key: _frozen(each) for key, each in values.items()})


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return frozen(value)
    return FrozenList(map(_frozen, value)) if isinstance(value, list) else value


def _name(path: str) -> tuple[str, ...]:
    return tuple(path.removeprefix(FOLDER).rpartition(".")[0].split("/"))


def _claim(
    name: tuple[str, ...],
    file: DataFile,
    named: dict[tuple[str, ...], DataFile],
    problems: list[Problem],
) -> None:
    """Give a file its name, unless another has it already or one lies inside the other."""
    for other, owner in named.items():
        shared = min(len(name), len(other))
        if name[:shared] == other[:shared]:
            message = f"`data.{'.'.join(name)}` is also what {owner.path} is called"
            if name != other:
                message = f"`data.{'.'.join(name[:shared])}` would be a file and a folder of files"
                message += f", see {owner.path}"
            problems.append(_problem(file.path, 0, "bad-data", message, "rename one of them"))
            return
    named[name] = file


def _checked(
    path: str, raw: bytes, schema: bytes, cache: Cache, *, own: bool
) -> tuple[Any, list[Problem]]:
    """Return a file's value, not frozen yet, and what its schema finds wrong with it; `own`: the
    schema is Tidepost's."""
    text = "" if path.lower().endswith(".opml") else _decode(raw)
    ending = path.lower().rpartition(".")[2]
    line_of: LineOf
    if ending == "csv":
        value, line_of = _read_csv(text, schema)
    elif ending == "opml":
        value, line_of = _read_opml(raw)
    elif ending == "json":
        value, line_of = _read_json(text)
    else:
        try:
            value, document = read_value(text, MOST_NODES)
        except YamlError as mistake:
            raise DataError(mistake.line, mistake.message, mistake.hint) from None

        def line_of(at: Sequence[str | int]) -> int:
            return document.line_of(*at)

    if not schema:
        return value, []
    from generator.content import data_schema  # what checks schemas takes long to import

    # Looking for errors takes much longer than reading, and is the same for the same bytes.
    key = key_of("data-schema 3", data_schema.versions(), path, raw, schema, f"own={own}")
    known = cache.get_many([key]).get(key)
    if known is not None:
        return value, msgspec.msgpack.decode(known, type=list[Problem])
    problems = data_schema.check(path, value, schema, line_of, own=own)
    cache.put_many({key: msgspec.msgpack.encode(problems)})
    return value, problems


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "save the file as UTF-8 (spreadsheets: CSV UTF-8)"
        raise DataError(line, "not UTF-8 text", hint) from None


def _read_json(text: str) -> tuple[Any, LineOf]:
    if found := _HALF_A_CHARACTER.search(text):
        _refuse_half_characters(text, found.start())
    try:
        value = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        hint = "check commas, quotes and brackets around it"
        raise DataError(error.lineno, f"not valid JSON: {error.msg}", hint) from None
    except RecursionError:
        raise DataError(0, "JSON nested too deeply") from None
    except _JsonError as mistake:
        place = text.find(mistake.needle)
        line = text.count("\n", 0, place) + 1 if place >= 0 else 0
        raise DataError(line, f"not valid JSON: {mistake}") from None
    except ValueError:  # Python reads no longer ones, since that takes too long
        raise DataError(0, "not valid JSON: a number of more than 4,300 digits") from None

    def line_of(at: Sequence[str | int]) -> int:
        try:  # JSON is YAML too, as long as it has no tabs, and YAML's reader knows lines
            return read_value(text.replace("\t", " "), MOST_NODES)[1].line_of(*at)
        except YamlError:
            return 0

    return value, line_of


def _read_opml(raw: bytes) -> tuple[list[dict[str, Any]], LineOf]:
    try:
        value, lines = opml.read_opml(raw)
    except opml.OpmlError as error:
        raise DataError(error.line, error.message, "export it once more") from None
    return value, lambda at: opml.line_at(lines, at)


class _JsonError(Exception):
    def __init__(self, message: str, needle: str) -> None:
        super().__init__(message)
        self.needle = needle


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _JsonError(f"`{key}` is given twice", json.dumps(key, ensure_ascii=False))
            seen.add(key)
    return made


def _no_number(word: str) -> NoReturn:
    raise _JsonError(f"`{word}` is not a number that JSON knows", word)


def _refuse_half_characters(text: str, place: int) -> None:
    """Refuse `\\ud800` without the half that belongs to it: no file and no page can hold that."""
    try:
        json.dumps(json.loads(text), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        line = text.count("\n", 0, place) + 1
        raise DataError(line, "half a character, written as \\ud800 or like it") from None
    except (ValueError, RecursionError):
        return  # which is told with its place by whoever reads it next


def _read_csv(text: str, schema: bytes) -> tuple[list[dict[str, Any]], LineOf]:
    """Read rows by the names of the first line, which also shows whether commas, semicolons or tabs
    stand between cells (RFC 4180; spreadsheets of some countries write semicolons)."""
    first = text.split("\n", 1)[0]
    mark = next((mark for mark in ",;\t" if mark in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    shapes = _column_types(schema)
    names: list[str] = []
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    begins = 1
    try:
        for cells in reader:
            line, begins = begins, reader.line_num + 1
            if not cells:
                continue
            if not names:
                names = [cell.strip() for cell in cells]
                _check_header(names, line)
                continue
            if len(cells) != len(names):
                message = f"{len(cells)} cells, where the first line names {len(names)} columns"
                raise DataError(line, message, "a text that has a comma goes in double quotes")
            row = {
                name: _cell(cell, shapes.get(name, ""))
                for name, cell in zip(names, cells, strict=True)
            }
            rows.append(row)
            lines.append(line)
    except csv.Error as error:
        raise DataError(reader.line_num, f"not valid CSV: {error}") from None

    def line_of(at: Sequence[str | int]) -> int:
        return lines[at[0]] if at and isinstance(at[0], int) else 1

    return rows, line_of


def _check_header(names: Sequence[str], line: int) -> None:
    for place, name in enumerate(names, 1):
        if not name:
            hint = "the first line names the columns"
            raise DataError(line, f"column {place} has no name", hint)
        if names.index(name) < place - 1:
            raise DataError(line, f"two columns are called `{name}`", "rename one of them")


def _column_types(schema: bytes) -> Mapping[str, str]:
    """Return the types that a schema of rows gives its columns; a schema that says nothing of the
    kind, or cannot be read, gives none."""
    try:
        properties = json.loads(schema)["items"]["properties"].items()
        return {name: str(about.get("type", "")) for name, about in properties}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}


def _cell(text: str, wanted: str) -> Any:
    """Return a cell as its column's type, or as text where it is none."""
    if wanted in ("integer", "number", "boolean"):
        word = text.strip()
        if wanted == "boolean":
            return {"true": True, "false": False}.get(word.lower(), text)
        if re.fullmatch(r"[-+]?[0-9]{1,18}", word):
            return int(word)
        if wanted == "number" and re.fullmatch(
            r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]{1,3})?", word
        ):
            return float(word)
    return text


def _problem(
    path: str, line: int, code: str, message: str, hint: str, severity: str = "error"
) -> Problem:
    return Problem(
        path=path,
        line=line,
        code=code,
        message=message,
        hint=hint,
        severity="warning" if severity == "warning" else "error",
    )
