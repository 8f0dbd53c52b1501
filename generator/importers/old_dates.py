"""Dates as other programs read them -> dates as Tidepost reads them, on the day that readers saw.

Hugo's are those of its date library (spf13/cast) and Jekyll's those of Ruby's `Time.parse`, which
know the names of months; WordPress says a time twice, where it was written and in UTC.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections import Counter
from collections.abc import Iterable
from typing import Any

from generator.core.dates import parse_date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_TIME = r"(?P<time>\d{1,2}:\d\d(?::\d\d)?)(?P<half>\s*[ap]m)?"
_ZONE = r"(?:\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)|\s+\(?[A-Z]{3,4}\)?)*"
_NAMED = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:[a-z]+,?\s+)?{_DAY}[\s-]+{_MONTH},?[\s-]+(?P<year>\d{{4}})(?:,?\s+{_TIME})?{_ZONE}",
        rf"(?:[a-z]+,?\s+)?{_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}})(?:,?\s+{_TIME})?{_ZONE}",
        rf"(?:[a-z]+,?\s+){_MONTH}\s+{_DAY}\s+{_TIME}{_ZONE}\s+(?P<year>\d{{4}})",
    )
]
_LIKELY = (
    *("UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles"),
    *("America/Chicago", "America/Denver", "Europe/Helsinki", "Asia/Kolkata", "Asia/Shanghai"),
    *("Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "America/Sao_Paulo", "Europe/Moscow"),
    *("America/Phoenix", "America/Halifax", "Australia/Brisbane", "Australia/Adelaide"),
    *("Asia/Jerusalem", "Asia/Tehran", "Asia/Dubai", "Asia/Karachi", "Asia/Kathmandu"),
    *("Asia/Dhaka", "Asia/Yangon", "Asia/Bangkok", "America/St_Johns", "America/Anchorage"),
    *("America/Argentina/Buenos_Aires", "America/Bogota", "Africa/Lagos", "Africa/Johannesburg"),
    *("Africa/Nairobi", "Pacific/Honolulu"),
)
"""Time zones that differ from each other, those of most writers first."""


def as_date(value: Any, zone: dt.tzinfo) -> str:
    """Return a date as Tidepost reads it, or an empty text where it is none."""
    text = " ".join(str(value).replace("T", " ").split()) if value not in (None, "") else ""
    text = _with_numbers(" ".join(str(value).split())) or text
    text = re.sub(r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b", r"\1-\2-\3", text)
    text = re.sub(r"(:\d\d)\.\d+", r"\1", text)
    text = text.replace(" HH:MM:SS", "")  # left of the form that a theme's guide gives
    text = re.sub(r"\s*([+-])(\d\d):?(\d\d)$", r" \1\2:\3", text) if ":" in text else text
    if short := re.search(r"(?<=:\d\d)\s*([+-])(\d{1,2})$", text):  # as YAML has them
        text = f"{text[: short.start()]} {short[1]}{int(short[2]):02}:00"
    text = re.sub(r"\s*(?:Z|UTC|GMT)$", " +00:00", text) if ":" in text else text
    try:
        parse_date(text, zone)  # type: ignore[arg-type]
    except ValueError:
        return ""
    return text


def _with_numbers(text: str) -> str:
    """Return a date with its month in letters as one in numbers; empty where it is none."""
    found = next((found for one in _NAMED if (found := one.fullmatch(text))), None)
    if found is None:
        return ""
    month = _MONTHS.index(found["month"].lower()) + 1
    day = f"{found['year']}-{month:02}-{int(found['day']):02}"
    if not found["time"]:
        return day
    hour, _, rest = found["time"].partition(":")
    if found["half"]:
        hour = str(int(hour) % 12 + (12 if "p" in found["half"].lower() else 0))
    return f"{day} {int(hour):02}:{rest} {found['zone'] or ''}".strip()


def moment_of(written: str) -> dt.datetime | None:
    """Return a date that `as_date` gave in its own zone, UTC where it names none."""
    found = re.fullmatch(r"(\d+)-(\d+)-(\d+)(?: (\d+):(\d+)(?::(\d+))?)?(?: ([+-])(\d\d):(\d\d))?",
                         written)  # fmt: skip
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    offset = dt.timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0))
    try:
        zone = dt.timezone(-offset if found[7] == "-" else offset)
        return dt.datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def zone_of(moments: Iterable[dt.datetime]) -> str:
    """Return the time zone that most of the moments were written in, by their offsets from UTC;
    empty where all are UTC's."""
    given = [each for each in moments if each.tzinfo]
    if not any(each.utcoffset() for each in given):
        return ""
    alike = Counter(
        name
        for name in _LIKELY
        for each in given
        if each.astimezone(zoneinfo.ZoneInfo(name)).utcoffset() == each.utcoffset()
    )
    best = max(_LIKELY, key=lambda name: alike[name])
    return best if alike[best] else ""


def on_its_day(written: str, zone: dt.tzinfo) -> str:
    """Return a date so that it is the day in `zone` that it was in its own zone: without its offset
    where the day would be another one."""
    moment = moment_of(written)
    if moment is None or ":" not in written:
        return written
    if not re.search(r"[+-]\d\d:\d\d$", written):
        return written
    if moment.astimezone(zone).date() == moment.date():
        return written
    return f"{moment:%Y-%m-%d %H:%M:%S}"
