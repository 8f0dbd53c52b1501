"""Events for calendar programs (RFC 5545, iCalendar).

Events do not recur, so that UTC says exactly when each takes place, and no time zone has to be
described.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping

from generator.config.settings import SiteConfig
from generator.content.collections import Item, in_zone, title_of
from generator.content.events import Times, day_after
from generator.core.artifacts import Artifact
from generator.core.urls import written_url
from generator.site.routes import calendar_url, event_calendar

_MOST_OCTETS = 75
"""RFC 5545, section 3.1: a line is no longer, without its break."""

_UNWRITABLE = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f]")
"""What no text may hold (RFC 5545, section 3.1, CONTROL), but for the breaks of lines."""

_BREAK = re.compile("\r\n?")
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def make_calendars(
    collections: Mapping[str, Iterable[Item]], url_of: Mapping[str, str], config: SiteConfig
) -> list[Artifact]:
    """Return a file with all events of each collection that has some, and one for each event."""
    made: list[Artifact] = []
    for name, settings in config.collections.items():
        if not settings.events:
            continue
        items = in_zone([each for each in collections[name] if each.source in url_of], config)
        events = {each.source: _event(each, url_of[each.source], config) for each in items}
        if not events:
            continue
        title = f"{config.title}: {title_of(name, settings)}"
        made.append(_file(calendar_url(name, config), title, events.values()))
        made += [
            _file(event_calendar(url_of[source]), "", [lines]) for source, lines in events.items()
        ]
    return made


def _event(item: Item, url: str, config: SiteConfig) -> list[str]:
    """Return the lines of a VEVENT (RFC 5545, section 3.6.1), not folded yet."""
    times, fields = item.event, item.fields
    assert times is not None
    address = config.origin + config.base + written_url(url)
    host = config.origin.partition("//")[2].partition(":")[0]
    place = fields["location"] or fields["online"]
    return [
        "BEGIN:VEVENT",
        # The file's name stays when title, date and address change: then programs change the event
        # that they have, and do not add another one. Below a path, as at a host that many sites
        # share, the path keeps them apart.
        f"UID:{_text(item.source.removeprefix('content/'))}@{host}{config.base}",
        # When it was last revised (section 3.8.7.2, where there is no METHOD). It must be there,
        # and the clock would make each build another one.
        f"DTSTAMP:{_utc(item.updated or times.start)}",
        *_moments(times),
        f"SUMMARY:{_text(item.title)}",
        *([f"DESCRIPTION:{_text(item.description)}"] if item.description else []),
        *([f"LOCATION:{_text(str(place))}"] if place else []),
        f"URL:{address}",
        *([f"LAST-MODIFIED:{_utc(item.updated)}"] if item.updated else []),
        *(["STATUS:CANCELLED"] if fields["cancelled"] else []),
        "END:VEVENT",
    ]


def _moments(times: Times) -> Iterator[str]:
    """Yield DTSTART and DTEND: the latter is the first moment, or day, that does not belong to the
    event (RFC 5545, section 3.6.1)."""
    if times.timed:
        yield f"DTSTART:{_utc(times.start)}"
        if times.end and times.end.timestamp() > times.start.timestamp():
            yield f"DTEND:{_utc(times.end)}"
    else:
        yield f"DTSTART;VALUE=DATE:{_day(times.start.date())}"
        yield f"DTEND;VALUE=DATE:{_day(day_after(times.end or times.start))}"


def _day(day: dt.date) -> str:
    return day.isoformat().replace("-", "")  # not strftime: see below


def _utc(moment: dt.datetime) -> str:
    # Not strftime, which writes early years without zeros on some systems.
    return moment.astimezone(dt.UTC).isoformat()[:19].replace("-", "").replace(":", "") + "Z"


def _text(text: str) -> str:
    """Return a value of type TEXT (RFC 5545, section 3.3.11)."""
    return _UNWRITABLE.sub("", _BREAK.sub("\n", text)).translate(_ESCAPED)


def _file(url: str, title: str, events: Iterable[list[str]]) -> Artifact:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tidepost//Tidepost//EN"]
    if title:  # the second is what programs knew before RFC 7986, section 5.1
        lines += [f"NAME:{_text(title)}", f"X-WR-CALNAME:{_text(title)}"]
    lines += [line for event in events for line in event]
    lines.append("END:VCALENDAR")
    content = b"".join(piece + b"\r\n" for line in lines for piece in _folded(line.encode()))
    return Artifact(path=url.removeprefix("/"), role="entry", content=content)


def _folded(line: bytes) -> Iterator[bytes]:
    """Yield a content line in pieces, each but the first beginning with a space; no character is
    taken apart (RFC 5545, section 3.1)."""
    start, room = 0, _MOST_OCTETS
    while len(line) - start > room:
        end = start + room
        while line[end] & 0b1100_0000 == 0b1000_0000:  # within a character (RFC 3629, section 3)
            end -= 1
        yield line[start:end] if not start else b" " + line[start:end]
        start, room = end, _MOST_OCTETS - 1
    yield line[start:] if not start else b" " + line[start:]
