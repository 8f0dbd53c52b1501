"""The URL that Hugo gives a page.

Rules: gohugo.io, "URL management", and Hugo's way of cleaning paths.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from generator.importers.permalinks import DAYS, MONTHS

_TOKEN = re.compile(r":(?P<name>[a-zA-Z]+|\d[\w-]*)(?P<part>\[[^\]]*\])?")


def cleaned(path: str, *, lower: bool = True) -> str:
    """Return a path as Hugo puts it into a URL: hyphens for spaces, most signs left out."""
    out = []
    for char in unicodedata.normalize("NFC", path):
        if char.isalnum() or char in "./_#+~-@" or unicodedata.category(char).startswith("M"):
            out.append(char)
        elif char.isspace() and (not out or out[-1] != "-"):
            out.append("-")
    text = "".join(out).replace("#", "").strip("-") if "/" not in path else "".join(out)
    return text.lower() if lower else text


def filled(
    pattern: str,
    *,
    date: dt.datetime | None,
    sections: Sequence[str],
    name: str,
    title: str,
    slug: str,
    lower: bool = True,
) -> tuple[str, list[str]]:
    """Return a pattern of `permalinks:` filled in, and the tokens that are not understood."""
    parts: dict[str, str] = {
        "section": sections[0] if sections else "",
        "sections": "/".join(sections),
        "title": cleaned(title, lower=lower).replace("/", "-"),
        "slug": slug or cleaned(title, lower=lower).replace("/", "-"),
        "slugorfilename": slug or name,
        "slugorcontentbasename": slug or name,
        "filename": name,
        "contentbasename": name,
    }
    if date is not None:
        parts |= {
            "year": f"{date.year:04}",
            "month": f"{date.month:02}",
            "monthname": MONTHS[date.month - 1],
            "day": f"{date.day:02}",
            "weekday": str(date.isoweekday() % 7),
            "weekdayname": DAYS[date.weekday()],
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
    return (url.lower() if lower else url), unknown


def _slice(sections: Sequence[str], part: str) -> Sequence[str]:
    if ":" not in part:
        place = len(sections) - 1 if part == "last" else int(part) if part.isdigit() else -1
        return sections[place : place + 1] if 0 <= place < len(sections) else []
    start, _, end = part.partition(":")
    first = int(start) if start.isdigit() else 0
    last = int(end) if end.isdigit() else len(sections) - 1 if end == "last" else len(sections)
    return sections[first:last]


def pattern_of(permalinks: Any, section: str) -> str:
    """Return the pattern that the settings have for the pages of a section, or nothing."""
    if not isinstance(permalinks, Mapping):
        return ""
    pages = permalinks.get("page")
    for group in (pages, permalinks):
        if isinstance(group, Mapping) and isinstance(group.get(section), str):
            return str(group[section])
    return ""


def with_slash(url: str) -> str:
    """Return a URL with a slash at its end unless it names a file."""
    return url if url.endswith("/") or "." in url.rpartition("/")[2] else f"{url}/"
