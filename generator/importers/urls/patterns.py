"""The pattern that most of a site's posts have their addresses by."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable

_MOST = 0.5
"""Of all posts, so many must follow a pattern that `site.yaml` is to have."""


def common_pattern(posts: Iterable[tuple[str, str, dt.datetime | None]]) -> dict[str, str] | None:
    """Return `permalinks:` for `site.yaml` from the address, name and date of each post, or None
    where most of them follow no pattern, or Tidepost's own."""
    found = Counter(_pattern(url, name, date) for url, name, date in posts if name)
    pattern, count = found.most_common(1)[0] if found else ("", 0)
    if not pattern or pattern == "/posts/{slug}/" or count < found.total() * _MOST:
        return None
    return {"post": pattern}


def _pattern(url: str, name: str, date: dt.datetime | None) -> str:
    """Return an address with its parts named, or an empty text where its name is not in it."""
    end = re.compile(rf"(?<=[/-]){re.escape(name)}(?=/?$|\.html$)", re.IGNORECASE)
    if "{" in url or not end.search(url):
        return ""
    before, after = end.split(url, maxsplit=1)
    if date is not None:
        day = rf"{date:%Y}(?P<a>[/-]){date:%m}(?:(?P<b>[/-]){date:%d})?(?=[/-])"
        before = re.sub(day, _named, before, count=1)
        before = re.sub(rf"(?<=/){date:%Y}(?=/$)", "{year}", before)
    if re.search(r"\d{4}", before):
        return ""
    return f"{before}{{slug}}{after}" if after else f"{before}{{slug}}/"


def _named(found: re.Match[str]) -> str:
    day = f"{found['b']}{{day}}" if found["b"] else ""
    return f"{{year}}{found['a']}{{month}}{day}"
