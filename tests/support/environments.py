"""Environments of Jinja with values of many kinds."""

from __future__ import annotations

from typing import Any

import jinja2
from markupsafe import Markup

from generator.render.views import Html, Link


class Odd:
    """A value whose attribute fails when it is asked for, and that says so in print."""

    @property
    def broken(self) -> str:
        raise AttributeError("within")

    def __getitem__(self, key: str | int) -> str:
        if isinstance(key, int):
            raise IndexError(key)  # or going through this would not end
        return f"item {key}"

    def __str__(self) -> str:
        return "<odd>"


class Proxy:
    """A value that gives itself out as a text."""

    __class__ = property(lambda _: str)  # type: ignore[assignment]

    def __str__(self) -> str:
        return "<proxy>"


class Contextual:
    """A callable that wants to know of the context."""

    @jinja2.pass_context
    def __call__(self, context: Any, *given: Any) -> str:
        return f"{context.get('local', 'none')}{given}"


class Subclass(str):
    """A text of another kind."""


def stops() -> str:
    raise StopIteration


@jinja2.pass_context
def seen(context: Any, name: str = "local") -> str:
    return str(context.get(name, "unseen"))


@jinja2.pass_eval_context
def escaping(context: Any) -> str:
    return f"<{context.autoescape}>"


def said(key: str, **named: Any) -> str:
    return f"«{key}<{sorted(named)}»"


VALUES: dict[str, Any] = {
    "text": "a < b & 'c' \"d\"",
    "empty": "",
    "number": 3,
    "nothing": None,
    "safe": Markup("<i>&amp;</i>"),
    "html": Html(text="<p>x</p>"),
    "link": Link(title="A & B", url="/x/?a&b", count=2),
    "links": (Link(title="<1>", url="/1/"), Link(title="2", url="/2/")),
    "table": {"title": "<t>", "items": 5, "key": ["<"], "word": "w"},
    "odd": Odd(),
    "proxy": Proxy(),
    "contextual": Contextual(),
    "sub": Subclass("<sub>"),
    "stops": stops,
    "seen": seen,
    "escaping": escaping,
    "cut": "a<b".split,
    "t": said,
}


def environment(kind: type[jinja2.Environment], texts: dict[str, str]) -> jinja2.Environment:
    made = kind(
        loader=jinja2.DictLoader(texts),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(VALUES)
    made.filters["t"] = said
    return made
