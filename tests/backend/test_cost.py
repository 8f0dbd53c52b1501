"""docs/cost.md: its tables are those of today's functions and of today's template."""

from __future__ import annotations

from pathlib import Path

from bench.cost_sheet import CROWDED, PRICES, burst, limits, measure, parts, tables, worst

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
CEILING = 25
"""US dollars of 30 days that an abuser may cause behind the CDN."""


def test_the_page_says_what_is_measured(dynalite: str) -> None:
    units, let_in = measure(dynalite), limits()
    _, written, _ = parts(PAGE.read_text("utf-8"))
    assert written.strip() == "\n".join(tables(units, let_in)), "python bench/cost_sheet.py --write"

    rows = worst(units, let_in)
    assert sum(row.behind for row in rows) < CEILING
    # Nothing is among the requests that costs more than what the worst month is made of.
    views = [one for name, one in units.items() if "view" in name or "reader" in name]
    dearest = max(views, key=lambda one: one.writes * PRICES["write"] + one.reads * PRICES["read"])
    assert dearest == units[CROWDED]
    assert burst() == 1000  # as CROWDED says
    assert units["the longest message, as spam"].writes <= 40


def test_every_route_is_in_the_sum_and_spam_does_not_stay() -> None:
    let_in = limits()
    assert all(0 < rate < 1 for rate in let_in[:5])
    assert 0 < let_in.quarantine_days <= 30
    assert f"| `ViewsPerSecond` | {let_in.views:g} |" in PAGE.read_text("utf-8")
    for rate, told in ((let_in.views, "views"), (let_in.messages, "messages")):
        assert f"{rate * 86_400:,.0f} {told} a day" in PAGE.read_text("utf-8")
