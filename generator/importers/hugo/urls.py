"""The URL that Hugo gives a page.

Rules: gohugo.io, "URL management", and Hugo's way of cleaning paths.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

from generator.importers.jekyll.permalinks import DAYS, MONTHS

_TOKEN = re.compile(r":(?P<name>[a-zA-Z]+|\d[\w-]*)(?P<part>\[[^\]]*\])?")


def cleaned(path: str, *, lower: bool = True) -> str:
    """Return the name of a file, folder or term as Hugo puts it into a URL: a hyphen for each
    space, most signs left out."""
    return _lower(_allowed(re.sub(r"\s", "-", unicodedata.normalize("NFC", path))), lower=lower)


def slugged(text: str, *, lower: bool = True) -> str:
    """Return a title, or a `slug:`, as Hugo puts it into a URL: one hyphen for spaces in a row.

    The result goes through the decoding of URLs once, which takes a plus for a space.
    """
    text = _hyphened(unicodedata.normalize("NFC", text).replace("/", "-"))
    return _lower(_hyphened(unquote_plus(text).replace("/", "-")), lower=lower)


def _lower(text: str, *, lower: bool) -> str:
    return text.lower() if lower else text


def _allowed(text: str) -> str:
    """Leave out the signs that Hugo's paths do not have."""
    return re.sub(r"%(?![0-9a-fA-F]{2})", "", "".join(filter(_may_be, text)))


def _may_be(char: str) -> bool:
    return char.isalpha() or char.isdecimal() or char in "./_#+~-@%" or _is_mark(char)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def _hyphened(text: str) -> str:
    out: list[str] = []
    waiting = was_hyphen = False
    for char in text:
        if _may_be(char):
            was_hyphen = char == "-"
            if waiting and not was_hyphen:
                out.append("-")
            waiting = False
            out.append(char)
        elif out and not was_hyphen and char.isspace():
            waiting = True
    return _allowed("".join(out))


def filled(
    pattern: str,
    *,
    date: dt.datetime | None,
    sections: Sequence[str],
    name: str,
    title: str,
    slug: str,
    lower: bool = True,
    as_is: bool = False,
) -> tuple[str, list[str]]:
    """Return a pattern of `permalinks:` filled in, and the tokens that are not understood.

    What stands between the tokens of an address in front matter (`as_is`) keeps its capitals.
    """
    parts: dict[str, str] = {
        "section": sections[0] if sections else "",
        "sections": "/".join(sections),
        "title": slugged(title, lower=lower),
        "slug": slug or slugged(title, lower=lower),
        "slugorfilename": slug or name,
        "slugorcontentbasename": slug or name,
        "filename": name,
        "contentbasename": name,
    }
    if date is not None:
        parts |= {
            "year": f"{date.year:04}",
            "month": f"{date.month:02}",
            "monthname": _lower(MONTHS[date.month - 1], lower=lower),
            "day": f"{date.day:02}",
            "weekday": str(date.isoweekday() % 7),
            "weekdayname": _lower(DAYS[date.weekday()], lower=lower),
            "yearday": str(date.timetuple().tm_yday),
        }
    unknown: list[str] = []

    def fill(found: re.Match[str]) -> str:
        known = found["name"].lower()
        if known == "sections" and found["part"]:
            return "/".join(_slice(sections, found["part"][1:-1]))
        if known in parts:
            return parts[known] + (found["part"] or "")
        unknown.append(found[0])
        return ""

    url = re.sub(r"/{2,}", "/", f"/{_TOKEN.sub(fill, pattern)}")
    return (url.lower() if lower and not as_is else url), unknown


def _slice(sections: Sequence[str], part: str) -> Sequence[str]:
    if ":" not in part:
        place = len(sections) - 1 if part == "last" else int(part) if part.isdigit() else -1
        return sections[place : place + 1] if 0 <= place < len(sections) else []
    start, _, end = part.partition(":")
    first = int(start) if start.isdigit() else 0
    last = int(end) if end.isdigit() else len(sections) - 1 if end == "last" else len(sections)
    return sections[first:last]


def pattern_of(permalinks: Any, section: str, kind: str = "page") -> str:
    """Return the pattern that the settings have for pages of a section, or for the section itself
    (`kind` section), or for the terms of a taxonomy (`kind` term); empty where they have none."""
    if not isinstance(permalinks, Mapping):
        return ""
    groups = [permalinks.get(kind), *([permalinks] if kind != "section" else [])]
    for group in groups:
        if isinstance(group, Mapping):
            for name in (section, section.lower()):
                if isinstance(group.get(name), str):
                    return str(group[name])
    return ""


def with_slash(url: str) -> str:
    """Return a URL with a slash at its end unless it names a file."""
    return url if url.endswith("/") or "." in url.rpartition("/")[2] else f"{url}/"
