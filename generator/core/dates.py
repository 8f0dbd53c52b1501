"""Dates as writers type them -> moments in the site's time zone."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo

_SHAPE = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})"
    r"(?:[Tt ]+(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?))?"
    r"\s*(?P<zone>[Zz]|UTC|[+-][0-9]{2}:?[0-9]{2})?"
)


def parse_date(text: str, zone: zoneinfo.ZoneInfo) -> tuple[dt.datetime, bool]:
    """Read `2021-05-01`, `2021-05-01 14:30`, `2021-05-01T14:30:00+02:00` and their like.

    Returns the moment, expressed in `zone`, and whether a time of day was given; without one the
    moment is the day's first. A time without a zone is the site's. Raises ValueError, saying what
    is wrong, for anything else and for a day that no calendar has.
    """
    found = _SHAPE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"`{text}` is not a date such as 2021-05-01 or 2021-05-01 14:30")
    year, month, day = map(int, found["day"].split("-"))
    try:
        date = dt.date(year, month, day)
    except ValueError:
        raise ValueError(f"`{found['day']}` is a day that no calendar has") from None
    time = dt.time()
    if found["time"]:
        hour, minute, *rest = found["time"].split(":")
        try:
            time = dt.time(int(hour), int(minute), int(float(rest[0])) if rest else 0)
        except ValueError:
            raise ValueError(f"`{found['time']}` is not a time of day") from None
    offset = _offset(found["zone"]) if found["time"] else None
    moment = dt.datetime.combine(date, time, offset or zone)
    try:
        # By way of UTC, so that a time which the clocks leave out becomes one that there is.
        return moment.astimezone(dt.UTC).astimezone(zone), bool(found["time"])
    except OverflowError:
        raise ValueError(f"`{text}` is outside the years 1 to 9999 in the site's zone") from None


def _offset(text: str | None) -> dt.tzinfo | None:
    if text is None:
        return None
    if text.upper() in ("Z", "UTC"):
        return dt.UTC
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if minutes >= 24 * 60:
        raise ValueError(f"`{text}` is not an offset from UTC")
    return dt.timezone(dt.timedelta(minutes=minutes if text[0] == "+" else -minutes))
