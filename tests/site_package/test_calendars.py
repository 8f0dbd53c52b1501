"""Events as calendar programs and search engines read them."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import icalendar
import pytest
from hypothesis import example, given

from generator.config.settings import SiteConfig
from generator.content.collections import Item
from generator.content.events import Times
from generator.pipeline.results import Build
from generator.site.calendars import make_calendars
from tests.support.sites import (
    NOW,
    built,
    command_here,
    config,
    content_of,
    minimal_templates,
    page,
    post,
    refusal,
    told,
    write_site,
)
from tests.support.theme import STATIC, THEME

SETTINGS = """
title: T
counter: {enabled: false}
timezone: %s
collections:
  meets: {dates: events}
"""
LIST = (
    '{% extends "base.html" %}{% block main %}{{ page.calendar }};{% for item in page.items %}'
    "{{ item.title }}:{{ item.event.past }};{% endfor %}{% endblock %}"
)
EVENT = (
    '{% extends "base.html" %}{% block main %}{{ page.event.past }} {{ page.event.calendar }}'
    '<script type="application/ld+json">{{ page.json_ld|tojson }}</script>{% endblock %}'
)


def site(
    files: dict[str, str],
    zone: str = "Europe/Lisbon",
    now: dt.datetime = NOW,
    url: str = "https://example.org",
) -> Build:
    templates = minimal_templates() | {"events.html": LIST, "event.html": EVENT}
    return built(
        {f"content/meets/{name}.md": text for name, text in files.items()},
        (SETTINGS % zone).replace("title: T", f"title: T\nurl: {url}"),
        templates=templates,
        now=now,
    )


def event(matter: str, title: str = "Talk") -> str:
    return post(f"{matter}\ndescription: About it.", "Words.", title=title)


def events_in(raw: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(raw).walk("VEVENT"))


def one_event(matter: str, zone: str = "Europe/Lisbon") -> Any:
    made = site({"a": event(matter)}, zone)
    assert told(made.problems) == []
    (whole,) = events_in(content_of(made)["meets/calendar.ics"])
    single_path = next(path for path in content_of(made) if path.endswith("/event.ics"))
    (single,) = events_in(content_of(made)[single_path])
    assert whole == single
    return whole


def test_an_event_to_come_is_published_and_in_the_calendar() -> None:
    found = one_event(
        "date: 2030-07-01 20:00\nend: 2030-07-01 22:30\nlocation: Pier 3, the harbour"
    )
    assert found["SUMMARY"] == "Talk"
    assert found["LOCATION"] == "Pier 3, the harbour"
    assert found["URL"] == "https://example.org/meets/a/"
    assert found["UID"] == "meets/a.md@example.org"
    assert found.start == dt.datetime(2030, 7, 1, 19, tzinfo=dt.UTC)
    assert found.end == dt.datetime(2030, 7, 1, 21, 30, tzinfo=dt.UTC)


def test_events_of_two_sites_of_one_host_are_told_apart() -> None:
    """Programs take two events of the same UID for one, and many sites may share a host."""
    uids = set()
    for base in ("", "/boats", "/walks/2030"):
        made = site({"a": event("date: 2030-07-01")}, url=f"https://me.example{base}")
        uids |= {found["UID"] for found in events_in(content_of(made)["meets/calendar.ics"])}
    assert len(uids) == 3


@pytest.mark.parametrize(
    ("zone", "matter", "start", "end"),
    [
        # Clocks go forward on 31 March 2030 in Berlin, and back on 27 October.
        ("Europe/Berlin", "date: 2030-03-31 01:30\nend: 2030-03-31 03:30", "00:30", "01:30"),
        ("Europe/Berlin", "date: 2030-10-27 01:30\nend: 2030-10-27 03:30", "23:30", "02:30"),
        ("Asia/Kathmandu", "date: 2030-01-01 12:00", "06:15", "06:15"),
        ("UTC", "date: 2030-01-01 12:00 +02:00\nend: 2030-01-01 12:30 +01:00", "10:00", "11:30"),
    ],
)
def test_times_are_right_in_every_zone(zone: str, matter: str, start: str, end: str) -> None:
    found = one_event(matter, zone)
    assert (f"{found.start:%H:%M %Z}", f"{found.end:%H:%M %Z}") == (f"{start} UTC", f"{end} UTC")


def test_whole_days_end_on_the_day_after_the_last() -> None:
    found = one_event("date: 2030-07-05\nend: 2030-07-07", "Pacific/Auckland")
    assert (found.start, found.end) == (dt.date(2030, 7, 5), dt.date(2030, 7, 8))
    assert one_event("date: 2030-12-31").end == dt.date(2031, 1, 1)


def test_a_change_keeps_what_a_program_knows_an_event_by() -> None:
    before = one_event("date: 2030-07-05\nslug: one")
    after = one_event("date: 2030-08-01 10:00\nslug: two\nupdated: 2024-05-01\ncancelled: true")
    assert before["UID"] == after["UID"]
    assert after["STATUS"] == "CANCELLED"
    assert after["LAST-MODIFIED"].dt == after["DTSTAMP"].dt
    assert f"{after['DTSTAMP'].dt:%Y-%m-%d}" == "2024-04-30"  # midnight in Lisbon, in UTC


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters="\n;,\\:\"'\t"),
    max_size=200,
)


@given(title=TEXTS, description=TEXTS, place=TEXTS)
@example(title="\n", description="a\n\nb\n", place="\\n;,\\")
@example(title="ß" * 200, description="😀" * 100, place="x" * 300)
def test_any_text_comes_back_as_it_was(title: str, description: str, place: str) -> None:
    raw = calendar_of(title=title, description=description, place=place)
    (found,) = events_in(raw)
    assert str(found["SUMMARY"]) == title
    assert str(found.get("DESCRIPTION", "")) == description
    assert str(found.get("LOCATION", "")) == place


@given(title=TEXTS)
@example(title="x" * 300)
@example(title="xß" * 100)
@example(title="\\;😀" * 60)
def test_lines_are_no_longer_than_a_program_takes_and_hold_whole_characters(title: str) -> None:
    raw = calendar_of(title=title, description=title, place=title)
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()


def calendar_of(*, title: str, description: str, place: str) -> bytes:
    start = dt.datetime(2030, 7, 1, 20, tzinfo=dt.UTC)
    item = Item(
        source="content/meets/a.md",
        title=title,
        description=description,
        date=start,
        updated=None,
        weight=0,
        draft=False,
        fields={"end": None, "location": place, "online": None, "cancelled": None},
        event=Times(start=start, end=None, timed=True, past=False),
    )
    settings: SiteConfig = config(SETTINGS % "UTC")
    made = make_calendars({"meets": [item]}, {item.source: "/meets/a/"}, settings)
    return made[0].read()


def test_without_an_event_there_is_no_calendar() -> None:
    made = site({})
    assert not [path for path in content_of(made) if path.endswith(".ics")]
    assert ">;<" in re.sub(r"\s", "", page(made, "meets/index.html"))


def test_search_engines_are_told_when_and_where() -> None:
    made = site(
        {
            "a": event("date: 2030-07-01 20:00\nend: 2030-07-01 22:30\nlocation: Pier 3"),
            "b": event("date: 2030-07-01\nonline: https://x.example\ncancelled: true", "Fest"),
        }
    )
    said = data_in(page(made, "meets/a/index.html"))
    assert said["@type"] == "Event"
    assert said["name"] == "Talk"
    assert said["startDate"] == "2030-07-01T20:00:00+01:00"
    assert said["endDate"] == "2030-07-01T22:30:00+01:00"
    assert said["location"] == {"@type": "Place", "name": "Pier 3", "address": "Pier 3"}
    other = data_in(page(made, "meets/b/index.html"))
    assert other["startDate"] == "2030-07-01"
    assert other["eventStatus"] == "https://schema.org/EventCancelled"
    assert other["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"


def data_in(html: str) -> dict[str, Any]:
    found = re.search(r'ld\+json">(.*?)</script>', html)
    assert found
    value: dict[str, Any] = json.loads(found[1])
    return value


@pytest.mark.parametrize(
    ("matter", "over"),
    [
        ("date: 2024-06-01 12:00\nend: 2024-06-01 14:00", "2024-06-01T13:00:00"),
        ("date: 2024-06-01 12:00", "2024-06-01T23:00:00"),
        ("date: 2024-06-01", "2024-06-01T23:00:00"),
        ("date: 2024-06-01\nend: 2024-06-03", "2024-06-03T23:00:00"),
    ],
)
def test_an_event_is_past_from_its_end_on_and_the_build_holds_until_then(
    matter: str, over: str
) -> None:
    moment = dt.datetime.fromisoformat(f"{over}+00:00")
    before = site({"a": event(matter)}, now=moment - dt.timedelta(seconds=1))
    after = site({"a": event(matter)}, now=moment)
    assert before.until == moment.timestamp() == after.since
    assert "Talk:False" in page(before, "meets/index.html")
    assert "Talk:True" in page(after, "meets/index.html")
    differing = [path for path, raw in content_of(before).items() if content_of(after)[path] != raw]
    assert sorted(differing) == ["meets/a/index.html", "meets/index.html"]


@pytest.mark.parametrize(
    ("matter", "expected"),
    [
        ("x: 1", "missing-field: `date` is missing: when does it take place?"),
        ("date: 9999-12-31", "wrong-type: `date` is too late for a calendar"),
        (
            "date: 2030-01-02 20:00\nend: 2030-01-02 19:00",
            "wrong-type: `end` is before `date`, which is 2030-01-02 20:00",
        ),
        (
            "date: 2030-01-02 20:00\nend: 2030-01-02",
            "wrong-type: `end` has no time of day, and `date` has one",
        ),
        (
            "date: 2030-01-02\nend: 2030-01-02 20:00",
            "wrong-type: `date` has no time of day, and `end` has one",
        ),
    ],
)
def test_what_cannot_take_place_is_reported(matter: str, expected: str) -> None:
    problems = [each for each in told(site({"a": event(matter)}).problems) if "unknown" not in each]
    assert len(problems) == 1
    assert problems[0].endswith(f": {expected}")


def test_no_page_takes_a_calendars_place() -> None:
    files = {"a": event("date: 2030-01-01"), "calendar.ics": event("date: 2030-01-01")}
    (problem,) = refusal(lambda: site(files))
    assert problem.startswith("content/meets/calendar.ics.md:0: bad-url: its URL would be")


def test_new_begins_an_event_with_its_date_and_fields(tmp_path: Path) -> None:
    root = write_site(
        tmp_path,
        {
            "site.yaml": (SETTINGS % "UTC").replace("title: T", "title: T\nurl: https://x.example"),
            "templates/events.html": LIST,
            "templates/event.html": EVENT,
        },
    )
    done = command_here(root, "new", "meets", "Night row", "--date", "2030-05-01 18:00")
    assert done.returncode == 0, done.stderr
    text = (root / "content/meets/night-row.md").read_text(encoding="utf-8")
    assert "date: 2030-05-01 18:00\n" in text
    assert "end: \nlocation: \nonline: \ncancelled: \n" in text
    assert command_here(root, "build").returncode == 0
    assert len(events_in((root / "_site/meets/calendar.ics").read_bytes())) == 1
    assert "night-row" not in command_here(root, "list", "--scheduled").stdout


def test_the_theme_shows_what_comes_and_what_is_past() -> None:
    meets = {
        "a": event("date: 2030-07-01 20:00\nend: 2030-07-02 01:00\nlocation: Pier <3>", "Next"),
        "b": event("date: 2030-08-01\nend: 2030-08-02\ncancelled: true", "Later"),
        "c": event("date: 2024-01-01 10:00\nend: 2024-01-01 11:00", "Gone"),
        "d": event("date: 2023-01-01", "Long gone"),
    }
    files: dict[str, Any] = {f"content/meets/{name}.md": text for name, text in meets.items()}
    made = built({**STATIC, **files}, SETTINGS % "Europe/Lisbon", templates=THEME)
    assert told(made.problems) == []
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page(made, "meets/index.html")))
    shown = text[text.index("Coming up") :]
    order = ["1 July 2030, 20:00 – 2 July 2030, 01:00", "Pier &lt;3&gt;", "Next", "1 August 2030",
             "Cancelled", "Later", "Past", "1 January 2024, 10:00 – 11:00", "Gone",
             "Long gone"]  # fmt: skip
    places = [shown.index(each) for each in order]
    assert places == sorted(places)
    assert 'href="webcal://example.org/meets/calendar.ics"' in page(made, "meets/index.html")
    assert 'href="/meets/a/event.ics"' in page(made, "meets/a/index.html")
    assert "This is over." in page(made, "meets/c/index.html")
