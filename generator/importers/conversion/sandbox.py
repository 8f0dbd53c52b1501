"""What a template of the Jinja family in a text comes to, where everything in it is decided.

Nunjucks (Eleventy) and Tera (Zola) are read as Jinja reads them, in its sandbox: only the values
that are given, only the filters named here, no loop within a loop, nothing large. What asks for
more comes to nothing certain: the caller leaves it as it is and says so.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, nodes, pass_context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

_MOST_LENGTH = 200_000
_MOST_PIECES = 20_000
_FOR = re.compile(r"\{%-?\s*(end)?for\b")
_NEVER = re.compile(r"\{%-?\s*(?:macro|call|import|from|include|extends|block)\b|\brecursive\b")
_OF_TEXT = ("safe", "upper", "lower", "title", "capitalize", "trim", "escape", "e", "striptags")
_OF_NUMBERS = ("round", "abs", "int", "float", "urlencode")
_OF_ALL = ("length", "first", "last", "reverse")
Function = Callable[..., Any]
FAILURES = (
    *(TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError),
    *(RecursionError, MemoryError),
)
"""What running a template may raise."""


class Sandbox:
    """Runs templates over `values`, with `filters` besides those that all of the family have.

    Where `absent_is_false`, the values are all there are, and a condition may ask for others;
    `escape` says whether values become text in HTML.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        filters: Mapping[str, Function],
        functions: Mapping[str, Function] | None = None,
        *,
        escape: bool = True,
        absent_is_false: bool = False,
    ) -> None:
        self._environment = _Environment(
            undefined=_Absent if absent_is_false else StrictUndefined,
            autoescape=escape,
            finalize=_shown,
        )
        usual = self._environment.filters
        kept = {name: _of_scalars(usual[name]) for name in (*_OF_TEXT, *_OF_NUMBERS)}
        kept |= {name: usual[name] for name in _OF_ALL}
        own = {name: _of_scalars(one) for name, one in filters.items()}
        both = {"join": _join, "replace": _replace, "default": _default, "d": _default}
        self._environment.filters = {**kept, **both, **own}
        self._environment.globals = dict(functions or {})
        self._values = dict(values)

    def said(self, source: str, **more: Any) -> str | None:
        """Return what `source` comes to, or None where that is not certain."""
        if len(source) > _MOST_LENGTH or _NEVER.search(source) or _nests(source):
            return None
        try:
            tree = _Sums().visit(self._environment.parse(source))
            template = self._environment.from_string(tree)
            return "".join(_limited(template.generate({**self._values, **more})))
        except FAILURES:
            return None

    def remember(self, assignment: str) -> bool:
        """Keep an assignment for what comes after it; say whether it can be run."""
        if self.said(assignment) is None:
            return False
        try:
            module = self._environment.from_string(assignment).make_module(self._values)
        except FAILURES:
            return False
        self._values |= {
            name: value for name, value in vars(module).items() if not name.startswith("_")
        }
        return True

    def forget(self, name: str) -> None:
        """Keep no value of this name: it is not certain any more."""
        self._values.pop(name, None)


class _Absent(StrictUndefined):
    """What is not there, where all that may be there is given: it is no, and nothing else."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]
        return False


class _Sums(NodeTransformer):
    """Makes sums of `a ~ b`, since it is sums that the sandbox looks at."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802 (Jinja's name)
        self.generic_visit(node)
        return functools.reduce(lambda one, other: nodes.Add(one, other), node.nodes)


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%", "+", "/"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse what would make a text or a number without end."""
        if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
            return _short(str(_scalar(left)) + str(_scalar(right)))
        if not all(isinstance(one, int | float) and abs(one) < 1e9 for one in (left, right)):
            raise ValueError("not a small number")
        if operator == "**":
            raise ValueError("it may be too large")
        if operator == "/":  # 4 / 2 is 2 in Nunjucks and Tera
            quotient = left / right
            return int(quotient) if quotient.is_integer() else quotient
        return super().call_binop(context, operator, left, right)

    def is_safe_callable(self, obj: Any) -> bool:
        """Call nothing but the functions that were given: no method of a value."""
        return obj in self.globals.values()


def _limited(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the pieces of an output that ends."""
    size = 0
    for count, piece in enumerate(pieces):
        size += len(piece)
        if size > _MOST_LENGTH or count > _MOST_PIECES:
            raise ValueError("an output without end")
        yield piece


def _nests(source: str) -> bool:
    """Return whether there is a loop within a loop."""
    depth = 0
    for found in _FOR.finditer(source):
        depth += -1 if found[1] else 1
        if depth > 1:
            return True
    return False


def _scalar(value: Any) -> Any:
    """Return a value that can be shown as it is; refuse others, which may be large."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return value
    raise TypeError("no plain value")


@pass_context
def _shown(_context: Any, value: Any) -> Any:
    """Return a value as it is shown. Asking for the context keeps Jinja from writing constants in
    Python's way (`True`) when it reads a template."""
    return _scalar(value)


def _of_scalars(function: Function) -> Function:
    """Return a filter that works on plain values alone, and whose result is no long text."""

    @functools.wraps(function)
    def checked(*given: Any, **named: Any) -> Any:
        values = [one for one in given if not hasattr(one, "autoescape")]  # no setting of Jinja's
        _scalar(values[0])
        return _short(function(*given, **named))

    return checked


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _MOST_LENGTH:
        raise ValueError("a text without end")
    return value


def _default(given: Any, other: Any = "", *_: Any, **named: Any) -> Any:
    """Return a value, or another where it is not there for certain (`value` in Tera)."""
    if isinstance(given, StrictUndefined):
        if not isinstance(given, _Absent):
            raise TypeError("it may be there")
        return named.get("value", other)
    return given


def _join(value: Any, between: str = "", **named: Any) -> str:
    between = str(_scalar(named.get("sep", between)))
    parts = [str(_scalar(one)) for one in value]
    if sum(map(len, parts)) + len(between) * len(parts) > _MOST_LENGTH:
        raise ValueError("a text without end")
    return between.join(parts)


def _replace(value: Any, old: Any = "", new: Any = "", **named: Any) -> Any:
    """Replace every `old` in a text, as Nunjucks (by place) and Tera (`from`, `to`) call it."""
    text = str(_scalar(value))
    old, new = str(_scalar(named.get("from", old))), str(_scalar(named.get("to", new)))
    if not old or len(text) + text.count(old) * len(new) > _MOST_LENGTH:
        raise ValueError("nothing to be replaced, or a text without end")
    text = text.replace(old, new)
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 (as it was)
