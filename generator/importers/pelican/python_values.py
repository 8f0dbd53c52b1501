"""Settings in Python that say plain values -> these values. Nothing of them is run."""

from __future__ import annotations

import ast
import operator
from typing import Any

from generator.importers.frontmatter import FrontMatterError
from generator.importers.model import Values

_MOST_DEPTH, _MOST_SIZE = 60, 1_000_000


class _Unknown:
    """Stands for what only running the program would give."""


UNKNOWN = _Unknown()


def read(text: str, known: Values) -> Values:
    """Return the names that a module gives values to, `known` ones before. A value that is worked
    out is UNKNOWN. Raises MatterMistake where the module is no Python."""
    try:
        module = ast.parse(text)
    except SyntaxError as error:
        hint = "correct it, so that Python can read it"
        raise FrontMatterError(error.lineno or 1, f"not valid Python: {error.msg}", hint) from None
    except (ValueError, RecursionError, MemoryError):
        raise FrontMatterError(1, "Python that cannot be read") from None
    found = dict(known)
    for statement in module.body:
        _take(statement, found)
    return found


def _take(statement: ast.stmt, found: Values) -> None:
    if isinstance(statement, ast.Assign):
        value = _value(statement.value, found, 0)
        for target in statement.targets:
            _set(target, value, found)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        _set(statement.target, _value(statement.value, found, 0), found)
    elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        name = statement.target.id
        other = _value(statement.value, found, 0)
        found[name] = _sum(found.get(name, UNKNOWN), other)
    elif isinstance(statement, ast.Try):
        for one in statement.body:
            _take(one, found)


def _set(target: ast.expr, value: Any, found: Values) -> None:
    if isinstance(target, ast.Name):
        found[target.id] = value
    elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        group, key = found.get(target.value.id), _value(target.slice, found, 0)
        if isinstance(group, dict) and isinstance(key, str):
            group[key] = value


def _value(node: ast.expr, known: Values, depth: int) -> Any:
    """Return the value of an expression, or UNKNOWN."""
    if depth > _MOST_DEPTH:
        return UNKNOWN

    def inner(one: ast.expr) -> Any:
        return _value(one, known, depth + 1)

    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return known.get(node.id, UNKNOWN)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [inner(one) for one in node.elts if not isinstance(one, ast.Starred)]
    if isinstance(node, ast.Dict):
        return {
            inner(key): inner(value)
            for key, value in zip(node.keys, node.values, strict=True)
            if key is not None and isinstance(inner(key), str | int | float | bool)
        }
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        value = inner(node.operand)
        if isinstance(node.op, ast.Not):
            return UNKNOWN if value is UNKNOWN else not value
        return -value if isinstance(value, int | float) else UNKNOWN
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _sum(inner(node.left), inner(node.right))
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        values = [inner(one) for one in node.values]
        return next((one for one in values if one is not UNKNOWN and one), UNKNOWN)
    if isinstance(node, ast.JoinedStr):
        parts = [
            inner(one.value) if isinstance(one, ast.FormattedValue) else inner(one)
            for one in node.values
        ]
        known_parts = all(isinstance(one, str | int | float) for one in parts)
        return "".join(map(str, parts)) if known_parts else UNKNOWN
    if isinstance(node, ast.Call):
        return _called(node, known, depth)
    return UNKNOWN


def _called(node: ast.Call, known: Values, depth: int) -> Any:
    """Return what `dict(a=1)` is, and what `os.environ.get("A", "x")` gives without an `A`."""
    name = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
    if name == "dict" and not node.args:
        return {one.arg: _value(one.value, known, depth + 1) for one in node.keywords if one.arg}
    if name in ("os.environ.get", "os.getenv", "environ.get", "getenv") and len(node.args) == 2:
        return _value(node.args[1], known, depth + 1)
    return UNKNOWN


def _sum(one: Any, other: Any) -> Any:
    alike = (isinstance(one, str) and isinstance(other, str)) or (
        isinstance(one, list) and isinstance(other, list)
    )
    if not alike or len(one) + len(other) > _MOST_SIZE:
        return UNKNOWN
    return operator.add(one, other)
