"""docs/cost.md: its tables are those of today's functions and of today's template."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cost_sheet import GB, PRICES, limits, measure, parts, tables, worst

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
    assert dearest == units["a new reader's view that asks for a hundred numbers"]
    assert units["the longest message, as spam"].writes <= 40


def test_every_route_has_a_rate_of_its_own_or_the_least() -> None:
    let_in = limits()
    assert let_in.others == min(let_in[:5])
    assert 0 < let_in.quarantine_days <= 30


@pytest.mark.parametrize("name", ["ViewsPerSecond", "ListsPerSecond", "MessagesPerSecond"])
def test_the_page_names_what_can_be_set(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text("utf-8")
    assert GB == 2**30
