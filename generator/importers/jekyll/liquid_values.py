"""What Liquid in a text comes to, where the settings, the front matter and `_data/` say all of it.

python-liquid runs it. What asks for more, such as the site's posts or a plugin's tag, comes to
nothing certain: the caller leaves it as it is and says so.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from html import escape
from io import StringIO
from typing import Any
from urllib.parse import quote

from liquid import Environment, Mode, RenderContext, StrictUndefined
from liquid.exceptions import LiquidError

from generator.importers.jekyll import permalinks
from generator.importers.old_dates import as_date, moment_of

_OF_SITE = frozenset(
    [
        *("time", "pages", "posts", "related_posts", "static_files", "html_pages", "html_files"),
        *("collections", "documents", "categories", "tags", "github", "pagination"),
    ]
)
_OF_PAGE = frozenset(
    [
        *("content", "excerpt", "next", "previous", "id", "collection", "output"),
        *("relative_path", "related_posts", "path", "name", "dir", "slug", "date"),
    ]
)


FAILURES = (*(LiquidError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError),)
"""What running Liquid may raise."""

_SITE = "\ue0f1"
"""Stands for the site's address, which filters do not know."""


class _Known(dict[str, Any]):
    """A group of values of which `unknown` are only Jekyll's to give; others that are not there
    are nothing, as in Jekyll."""

    def __init__(self, values: Mapping[str, Any], unknown: frozenset[str]) -> None:
        super().__init__(values)
        self.unknown = unknown

    def __missing__(self, key: str) -> None:
        if key in self.unknown:
            raise KeyError(key)


def _lenient(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return groups of values in which what is not there is nothing, at any depth."""
    return {key: _lenient_value(value) for key, value in values.items()}


def _lenient_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _Known(_lenient(value), frozenset())
    return [_lenient_value(one) for one in value] if isinstance(value, list | tuple) else value


def site_values(site: Mapping[str, Any], collections: frozenset[str]) -> Mapping[str, Any]:
    """Return what the settings and `_data/` say, for the `Values` of all texts: much of it."""
    return _Known(_lenient(site), _OF_SITE | collections)


class _Environment(Environment):
    loop_iteration_limit = 20_000
    output_stream_limit = 1_000_000
    context_depth_limit = 20


class Values:
    """Runs the Liquid of one text. `site` may be what `site_values` gives; `others` are values that
    it may name by themselves."""

    def __init__(
        self,
        site: Mapping[str, Any],
        page: Mapping[str, Any],
        collections: frozenset[str] = frozenset(),
        *,
        others: Mapping[str, Any] | None = None,
        environment: Environment | None = None,
    ) -> None:
        self._globals: dict[str, Any] = {
            "site": site if isinstance(site, _Known) else site_values(site, collections),
            **_lenient(others or {}),
            "page": _Known(_lenient(page), _OF_PAGE),
        }
        self._environment = environment or _ENVIRONMENT
        self._address = f"{site.get('url') or ''}{site.get('baseurl') or ''}"

    def said(self, source: str, **more: Mapping[str, Any]) -> str | None:
        """Return what `source` comes to, or None where that is not certain; `more` are further
        groups of values."""
        try:
            template = self._environment.from_string(source)
            said = str(template.render(**self._globals, **_lenient(more)))
            return said.replace(_SITE, self._address) if _SITE in said else said
        except FAILURES:
            return None

    def value(self, path: str) -> Any:
        """Return the value that a path such as `site.data.ports` names, or None."""
        found: Any = self._globals
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def remember(self, assignment: str) -> bool:
        """Keep an `assign` or a `capture` for what comes after it; say whether it can be run."""
        try:
            template = self._environment.from_string(assignment)
            context = RenderContext(template, globals=self._globals)
            template.render_with_context(context, StringIO())
        except FAILURES:
            return False
        self._globals |= context.locals
        return True

    def forget(self, name: str) -> None:
        """Keep no value of this name: it is not certain any more."""
        self._globals.pop(name, None)


def _address(value: Any, *_: Any) -> str:
    text = str(value)
    return text if text.startswith("/") or "://" in text else f"/{text}"


def _absolute(value: Any, *_: Any) -> str:
    text = _address(value)
    return text if "://" in text else f"{_SITE}{text}"


def _date(value: Any, pattern: str) -> str:
    moment = moment_of(as_date(value, dt.UTC))
    if moment is None:
        raise ValueError(f"{value!r} is no date")
    return moment.strftime(pattern)


def _sentence(value: Any, word: str = "and") -> str:
    items = [str(one) for one in value]
    if len(items) < 3:
        return f" {word} ".join(items)
    return f"{', '.join(items[:-1])}, {word} {items[-1]}"


def environment(more: Mapping[str, Callable[..., Any]]) -> Environment:
    """Return what Liquid is run in, with filters besides Jekyll's."""
    made = _Environment(undefined=StrictUndefined, tolerance=Mode.STRICT)
    filters: dict[str, Callable[..., Any]] = {
        "relative_url": _address,
        "absolute_url": _absolute,
        "xml_escape": lambda value: escape(str(value)),
        "cgi_escape": lambda value: quote(str(value), safe="").replace("%20", "+"),
        "uri_escape": lambda value: quote(str(value), safe="/~!$&'()*+,;=:@?#[]"),
        "jsonify": lambda value: json.dumps(value, ensure_ascii=False, default=str),
        "slugify": lambda value, *_: permalinks.slug(str(value)),
        "markdownify": str,
        "smartify": str,
        "number_of_words": lambda value, *_: len(str(value).split()),
        "array_to_sentence_string": _sentence,
        "normalize_whitespace": lambda value: " ".join(str(value).split()),
        "date_to_string": lambda value, *_: _date(value, "%d %b %Y"),
        "date_to_long_string": lambda value, *_: _date(value, "%d %B %Y"),
        "date_to_xmlschema": lambda value: _date(value, "%Y-%m-%dT%H:%M:%S+00:00"),
        "strip_html": lambda value: re.sub(r"<[^>]*>", "", str(value)),
    }
    for name, made_filter in {**filters, **more}.items():
        made.add_filter(name, made_filter)
    return made


_ENVIRONMENT = environment({})
