"""Filters that a site has made for addresses: what their source says of the date that they write.

No filter is run. One that formats a date names the format in a text, `yyyy/MM/dd`, or takes an ISO
date apart; both can be read. What is neither stays unknown.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Any

from generator.importers.eleventy.javascript import Call, Script
from generator.importers.old_dates import as_date, moment_of

_FORMAT = re.compile(r"([\"'`])((?:yyyy|YYYY|y)([^\w\"'`]?)(?:LL|MM)(?:\3(?:dd|DD))?)\1")
_JOINED = re.compile(r"split\(\s*[\"']-[\"']\s*\)\s*\.join\(\s*[\"']([^\"']{0,3})[\"']\s*\)")
_REPLACED = re.compile(r"replace\(\s*/-/g\s*,\s*[\"']([^\"']{0,3})[\"']\s*\)")
_DAY = re.compile(
    r"split\(\s*[\"']T[\"']\s*\)\s*\[0\]|(?:slice|substring|substr)\(\s*0\s*,\s*10\s*\)"
)
_TOKENS = {"yyyy": "%Y", "y": "%Y", "YYYY": "%Y", "LL": "%m", "MM": "%m", "dd": "%d", "DD": "%d"}


def date_filters(calls: Iterable[Call], scripts: dict[str, Script]) -> dict[str, str]:
    """Return the filters that format a date: their names, and the format as `strftime` has it."""
    found = {}
    for call in calls:
        name = call.arguments[0] if call.arguments else None
        if not isinstance(name, str):
            continue
        source = call.source
        if named := re.fullmatch(r"[\"'`][^\"'`]*[\"'`]\s+([\w.]+)", source):
            source = _source_of(named[1].rpartition(".")[2], scripts)
        if pattern := _pattern(source):
            found[name] = pattern
    return found


def _source_of(name: str, scripts: dict[str, Script]) -> str:
    """Return the source of a function, by its name in one of the scripts or by its file's name."""
    for script in scripts.values():
        source = script.source_of(name)
        if source and not source.startswith("require("):
            return source
    for path, script in scripts.items():
        if path.rpartition("/")[2].partition(".")[0] == name:
            return script.text
    return ""


def _pattern(source: str) -> str:
    formats = {found[2] for found in _FORMAT.finditer(source)}
    if len(formats) == 1:
        return re.sub("|".join(_TOKENS), lambda found: _TOKENS[found[0]], formats.pop())
    if "toISOString" in source and _DAY.search(source):
        joined = _JOINED.search(source) or _REPLACED.search(source)
        sign = joined[1] if joined else "-"
        return f"%Y{sign}%m{sign}%d" if "%" not in sign else ""
    return ""


def formatter(pattern: str) -> Callable[..., str]:
    """Return a filter that writes a date so, in UTC. It raises ValueError for what is no date."""

    def written(value: Any, *_: Any) -> str:
        moment = moment_of(as_date(value, dt.UTC))
        if moment is None:
            raise ValueError("no date")
        return moment.strftime(pattern)

    return written
