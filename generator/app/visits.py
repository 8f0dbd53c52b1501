"""What the counter knows, as values: totals, pages and days; and its exports."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

SITE = "*"
"""The path under which the counter tells the numbers of the whole site."""


class Numbers(msgspec.Struct, frozen=True):
    """Views, visitors (unique in a day, days added up) and bots."""

    views: int = 0
    visitors: int = 0
    bots: int = 0


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page's numbers. `listed` is false for a page that no release has any more."""

    path: str
    total: Numbers
    days: dict[dt.date, Numbers]
    reasons: dict[str, int]
    listed: bool


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the counter knows, most viewed pages first. Days are UTC."""

    stage: str
    first: dt.date
    today: dt.date
    site: Page
    pages: Sequence[Page]

    def each_day(self) -> list[tuple[dt.date, Numbers]]:
        """Return the site's days from `first` to `today` without a gap."""
        count = (self.today - self.first).days + 1
        days = [self.first + dt.timedelta(days=i) for i in range(max(count, 0))]
        return [(day, self.site.days.get(day, Numbers())) for day in days]


def gather(
    answers: Iterable[Mapping[str, Any]], *, stage: str, since: dt.date, today: dt.date
) -> Statistics:
    """Return the statistics that a counter's answers to `stats` hold (their `pages`, in a row)."""
    found = [_page(one) for one in answers]
    nothing = Page(path=SITE, total=Numbers(), days={}, reasons={}, listed=True)
    site = next((page for page in found if page.path == SITE), nothing)
    pages = [page for page in found if page.path != SITE]
    pages.sort(key=lambda page: (-page.total.views, page.path))
    return Statistics(
        stage=stage,
        first=since,
        today=today,
        site=site,
        pages=pages,
    )


def as_export(statistics: Statistics, base: str) -> bytes:
    """Return the JSON that a build bakes into pages (docs/counter.md); same counts, same bytes.

    Paths are without the site's `base`, as the build knows them.
    """
    pages = {
        page.path.removeprefix(base): {"views": page.total.views, "visitors": page.total.visitors}
        for page in sorted(statistics.pages, key=lambda page: page.path)
        if page.listed
    }
    total = statistics.site.total
    data = {"site": {"views": total.views, "visitors": total.visitors}, "pages": pages}
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def as_data(statistics: Statistics) -> dict[str, Any]:
    """Return everything as plain data, for `--json`."""
    return {
        "stage": statistics.stage,
        "since": statistics.first.isoformat(),
        "today": statistics.today.isoformat(),
        "site": _data(statistics.site),
        "pages": [_data(page) for page in statistics.pages],
    }


def as_csv(statistics: Statistics) -> str:
    """Return one row for each page and day, and for the site (path `*`)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("path", "day", "views", "visitors", "bots"))
    for page in (statistics.site, *statistics.pages):
        for day, numbers in sorted(page.days.items()):
            row = (day.isoformat(), numbers.views, numbers.visitors, numbers.bots)
            writer.writerow((_cell(page.path), *row))
    return out.getvalue()


def messages_as_csv(messages: Iterable[Mapping[str, Any]]) -> str:
    """Return the contact form's messages as a table; formulas in them stay text."""
    fields = ("id", "received", "state", "reasons", "name", "email", "subject", "message", "page")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(fields)
    for message in messages:
        row = {**message, "received": when(message["received"])}
        row["reasons"] = " ".join(message["reasons"])
        writer.writerow([_cell(str(row[field])) for field in fields])
    return out.getvalue()


def when(epoch: float) -> str:
    """Return an epoch time as `2026-11-24 06:00` (UTC)."""
    return dt.datetime.fromtimestamp(epoch, dt.UTC).strftime("%Y-%m-%d %H:%M")


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One day in a chart, in units of the drawing; y grows downwards."""

    x: float
    width: float
    y: float
    height: float
    inner_y: float
    inner_height: float
    title: str


def bars(days: Sequence[tuple[dt.date, Numbers]], width: float, height: float) -> list[Bar]:
    """Return bars of views with those of visitors inside them."""
    most = max((numbers.views for _, numbers in days), default=0) or 1
    step = width / max(len(days), 1)
    drawn = []
    for i, (day, numbers) in enumerate(days):
        outer, inner = height * numbers.views / most, height * numbers.visitors / most
        drawn.append(
            Bar(
                x=round(i * step, 2),
                width=round(step * 0.8, 2),
                y=round(height - outer, 2),
                height=round(outer, 2),
                inner_y=round(height - inner, 2),
                inner_height=round(inner, 2),
                title=f"{day.isoformat()}: {numbers.views} views, {numbers.visitors} visitors",
            )
        )
    return drawn


def _page(one: Mapping[str, Any]) -> Page:
    return Page(
        path=one["path"],
        total=Numbers(one["views"], one["visitors"], one["bots"]),
        days={dt.date.fromisoformat(day): Numbers(*of) for day, of in one["days"].items()},
        reasons=dict(one["reasons"]),
        listed=one["listed"],
    )


def _data(page: Page) -> dict[str, Any]:
    return {
        "path": page.path,
        "listed": page.listed,
        "views": page.total.views,
        "visitors": page.total.visitors,
        "bots": page.total.bots,
        "reasons": page.reasons,
        "days": {
            day.isoformat(): {"views": of.views, "visitors": of.visitors, "bots": of.bots}
            for day, of in sorted(page.days.items())
        },
    }


def _cell(text: str) -> str:
    """Keep a spreadsheet from running what a stranger wrote (OWASP, "CSV Injection")."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


LIMITS = frozenset({"sender-limit", "daily-limit"})
"""Reasons for which a message waits for a day with room."""


def waits(one: Mapping[str, Any]) -> bool:
    """Return whether a message waits for a day with room (docs/contact.md)."""
    return one["state"] == "pending" and not LIMITS.isdisjoint(one["reasons"])
