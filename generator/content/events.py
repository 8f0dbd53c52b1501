"""Documents that are events: when they take place, and until when they are still to come."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator

import msgspec

from generator.content.frontmatter import Document
from generator.core.dates import parse_date


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """When an event takes place, in the site's zone.

    Where it is not `timed` it fills whole days, of which `end` is the last. `past` says whether it
    was over when the site was built.
    """

    start: dt.datetime
    end: dt.datetime | None
    timed: bool
    past: bool


def times_of(document: Document, now: dt.datetime) -> Times:
    """Return when an event takes place; it has a date, since none is made without one."""
    assert document.date is not None
    return Times(
        start=document.date,
        end=document.fields.get("end"),
        timed=document.timed,
        past=over(document).timestamp() <= now.timestamp(),
    )


def times_in_zone(times: Times, zone: dt.tzinfo) -> Times:
    """Return times in a zone, which encoding does not keep."""
    return msgspec.structs.replace(
        times,
        start=times.start.astimezone(zone),
        end=times.end.astimezone(zone) if times.end else None,
    )


def over(document: Document) -> dt.datetime:
    """Return the moment from which an event is over: its end or, where it has no time of day or no
    end, the end of its last day."""
    assert document.date is not None
    end: dt.datetime | None = document.fields.get("end")
    if end and document.timed:
        return end
    return _midnight_after(end or document.date)


def day_after(moment: dt.datetime) -> dt.date:
    """Return the day after the one that a moment lies in. Raises OverflowError in the year 9999."""
    return moment.date() + dt.timedelta(days=1)


def what_is_wrong(
    document: Document, end: dt.datetime | None, zone: zoneinfo.ZoneInfo
) -> Iterator[tuple[str, str, str, str]]:
    """Yield what keeps a document from being an event: key, code, message and hint."""
    start = document.date
    if start is None:
        yield "date", "missing-field", "`date` is missing: when does it take place?", _WRITE
        return
    try:
        _midnight_after(end or start)
    except OverflowError:
        yield "date", "wrong-type", "`date` is too late for a calendar", _WRITE
        return
    if end is None:
        return
    _, has_time = parse_date(str(document.extra["end"]), zone)
    if has_time != document.timed:
        lacks, other = ("end", "date") if document.timed else ("date", "end")
        day = f"{end if document.timed else start:%Y-%m-%d}"
        message = f"`{lacks}` has no time of day, and `{other}` has one"
        yield lacks, "wrong-type", message, f"write it as `{lacks}: {day} 18:00`"
    elif end.timestamp() < start.timestamp():
        message = f"`end` is before `date`, which is {start:%Y-%m-%d %H:%M}"
        yield "end", "wrong-type", message, "exchange them, or mend one of them"


_WRITE = "write it as `date: 2026-05-01 18:00`, or without a time for whole days"


def _midnight_after(moment: dt.datetime) -> dt.datetime:
    midnight = dt.datetime.combine(day_after(moment), dt.time(), moment.tzinfo)
    return midnight.astimezone(dt.UTC)  # where clocks leave out midnight, the day begins later
