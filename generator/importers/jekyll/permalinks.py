"""The URL that Jekyll gives a document: its styles, placeholders and defaults.

Rules: jekyllrb.com, "Permalinks", and the behaviour of Jekyll 4's URL and Page classes.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable

STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
_PLACEHOLDER = re.compile(r":([a-z_]+)")


_MARKS = "".join(
    chr(code) for code in range(0x300, 0x20000) if unicodedata.category(chr(code))[0] == "M"
)
_PRETTY = re.compile(rf"[^\w{re.escape(_MARKS)}.~!$&'()+,;=@]+")
_PLAIN = re.compile(rf"(?:[^\w{re.escape(_MARKS)}]|_)+")


def pretty_slug(text: str) -> str:
    """Return a file's name as Jekyll puts it into `:title`: signs that a URL may have are kept."""
    return _PRETTY.sub("-", text).strip("-")


def slug(text: str) -> str:
    """Return a text as Jekyll puts it into `:slug`: lower case letters, digits and hyphens."""
    return _PLAIN.sub("-", text).strip("-").lower()


def post_url(
    pattern: str,
    *,
    date: dt.datetime | dt.date | None,
    name: str,
    own_slug: str,
    categories: Iterable[str],
    others: dict[str, str] | None = None,
) -> tuple[str, list[str]]:
    """Return the URL of a post or of a collection's document, and placeholders not understood.

    `name` is the file's name without date and extension; `own_slug` its `slug:`, if it has one.
    """
    parts: dict[str, str | Callable[[], str]] = {
        "title": own_slug or pretty_slug(name),
        "slug": own_slug or slug(name),
        "name": slug(name),
        "output_ext": ".html",
        "categories": "/".join(dict.fromkeys(each.lower() for each in categories)),
        "slugified_categories": "/".join(dict.fromkeys(slug(each) for each in categories)),
        **(others or {}),
    }
    if date is not None:
        week = date.isocalendar()
        parts |= {
            "year": f"{date.year:04}",
            "short_year": f"{date.year % 100:02}",
            "month": f"{date.month:02}",
            "i_month": str(date.month),
            "short_month": MONTHS[date.month - 1][:3],
            "long_month": MONTHS[date.month - 1],
            "day": f"{date.day:02}",
            "i_day": str(date.day),
            "y_day": f"{date.timetuple().tm_yday:03}",
            "w_year": f"{week.year:04}",
            "week": f"{week.week:02}",
            "w_day": str(week.weekday),
            "short_day": DAYS[week.weekday - 1][:3],
            "long_day": DAYS[week.weekday - 1],
        }
        if isinstance(date, dt.datetime):
            parts |= {
                "hour": f"{date.hour:02}",
                "minute": f"{date.minute:02}",
                "second": f"{date.second:02}",
            }
    unknown: list[str] = []

    def fill(found: re.Match[str]) -> str:
        # A name may be followed by letters that are not its own: `:yearly` is `:year` and `ly`.
        for length in range(len(found[1]), 0, -1):
            if (value := parts.get(found[1][:length])) is not None:
                return f"{value}{found[1][length:]}"
        unknown.append(found[0])
        return ""

    url = _PLACEHOLDER.sub(fill, STYLES.get(pattern, pattern))
    return re.sub(r"/{2,}", "/", f"/{url}"), unknown


def page_pattern(style: str) -> str:
    """Return the pattern that pages and collections follow where the site has this `permalink:`."""
    if style == "pretty" or (style not in STYLES and style.endswith("/")):
        return "/:path/:basename/"
    if style in ("date", "ordinal", "none") or style.endswith(":output_ext"):
        return "/:path/:basename:output_ext"
    return "/:path/:basename"


def page_url(pattern: str, folder: str, basename: str) -> str:
    """Return the URL of a page `basename` in `folder` (empty, or without slashes around it)."""
    url = pattern.replace(":path", folder).replace(":basename", basename)
    url = url.replace(":output_ext", ".html")
    return re.sub(r"/{2,}", "/", f"/{url}")


MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
