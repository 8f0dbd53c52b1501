"""Statistics as values: gathering, charts and exports."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

from generator.app.visits import Numbers, as_csv, as_data, as_export, bars, gather, messages_as_csv

TODAY = dt.date(2026, 11, 24)


def answer(path: str, views: int, days: dict[str, list[int]] | None = None, **more: Any) -> Any:
    base = {"path": path, "views": views, "visitors": views // 2, "bots": 1}
    return base | {"reasons": {"crawler": 1}, "days": days or {}, "listed": True} | more


ANSWERS = [
    answer("*", 12, {"2026-11-22": [4, 2, 0], "2026-11-24": [8, 4, 1]}),
    answer("/blog/a/", 3),
    answer("/blog/b/", 9, {"2026-11-24": [8, 4, 1]}),
    answer("/blog/old/", 1, listed=False),
]


def statistics(days: int = 3) -> Any:
    since = TODAY - dt.timedelta(days=days - 1)
    return gather(ANSWERS, stage="prod", since=since, today=TODAY)


def test_most_viewed_pages_come_first() -> None:
    assert [page.path for page in statistics().pages] == ["/blog/b/", "/blog/a/", "/blog/old/"]
    assert statistics().site.total == Numbers(12, 6, 1)


def test_every_day_is_there() -> None:
    assert statistics(4).each_day() == [
        (dt.date(2026, 11, 21), Numbers()),
        (dt.date(2026, 11, 22), Numbers(4, 2, 0)),
        (dt.date(2026, 11, 23), Numbers()),
        (TODAY, Numbers(8, 4, 1)),
    ]


def test_the_export_for_the_build() -> None:
    exported = as_export(statistics(), "/blog")
    assert json.loads(exported) == {
        "site": {"views": 12, "visitors": 6},
        "pages": {"/a/": {"views": 3, "visitors": 1}, "/b/": {"views": 9, "visitors": 4}},
    }
    again = gather(reversed(ANSWERS), stage="test", since=TODAY, today=TODAY)
    assert as_export(again, "/blog") == exported


def test_the_build_reads_the_export() -> None:
    from generator.config.settings import parse
    from generator.site.counts import read_counts

    config = parse(b"title: T\nurl: https://me.example/blog\ncounter: {baked: true}\n")
    counts, problems = read_counts(as_export(statistics(), config.base), config)
    assert problems == []
    assert counts.of("/a/") == {"views": 3, "visitors": 1, "site": 12}
    assert counts.of("/unknown/") == {"site": 12}


def test_bars_fill_the_drawing_and_never_leave_it() -> None:
    drawn = bars(statistics(3).each_day(), 90, 100)
    assert [(bar.x, bar.y, bar.height) for bar in drawn] == [
        (0, 50, 50),
        (30, 100, 0),
        (60, 0, 100),
    ]
    assert drawn[2].inner_height == 50
    assert drawn[2].title == "2026-11-24: 8 views, 4 visitors"
    assert bars([], 90, 100) == []


def test_csv_of_days() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(statistics()))))
    assert rows == [
        ["path", "day", "views", "visitors", "bots"],
        ["*", "2026-11-22", "4", "2", "0"],
        ["*", "2026-11-24", "8", "4", "1"],
        ["/blog/b/", "2026-11-24", "8", "4", "1"],
    ]


def test_data_for_programs_is_plain() -> None:
    data = json.loads(json.dumps(as_data(statistics())))
    assert data["site"]["days"]["2026-11-24"] == {"views": 8, "visitors": 4, "bots": 1}
    assert data["pages"][2] == {
        "path": "/blog/old/",
        "listed": False,
        "views": 1,
        "visitors": 0,
        "bots": 1,
        "reasons": {"crawler": 1},
        "days": {},
    }


def test_a_message_is_no_formula() -> None:
    message = {
        "id": "x",
        "received": 1_795_500_000,
        "state": "sent",
        "reasons": ["links", "no-token"],
        "name": "=HYPERLINK(1)",
        "email": "a@b.example",
        "subject": "+1",
        "message": "a,\nb",
        "page": "/contact/",
    }
    [_, row] = csv.reader(io.StringIO(messages_as_csv([message])))
    assert row[:3] == ["x", "2026-11-24 06:00", "sent"]
    assert row[3:] == [
        "links no-token",
        "'=HYPERLINK(1)",
        "a@b.example",
        "'+1",
        "a,\nb",
        "/contact/",
    ]
