"""Where counts live, as a protocol: DynamoDB in the cloud, SQLite on a laptop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from .core import Count

Visit = Literal["first", "known", "recent", "repeat", "often"]
"""first: of this visitor, page and day. Not to be counted: recent, a reload inside its window;
repeat, a view that was noted more than BUCKET seconds ago; often, one more than a visitor may have
of a page in a day."""
Item = dict[str, Any]

DAY = 86_400


class Page(NamedTuple):
    """A countable page as it was a moment ago; `shards` belongs to the store that made it."""

    path: str
    numbers: Count
    shards: Sequence[Item] = ()


class PageHistory(NamedTuple):
    """All that is known of a page: totals, bots by reason, and each day (`2026-11-22`)."""

    path: str
    numbers: Count
    reasons: dict[str, int]
    days: dict[str, Count]
    listed: bool


class Registered(NamedTuple):
    """What handing over a release's pages did; `left` pages are still to do in another call."""

    pages: int
    new: int
    gone: int
    left: int


class Store(Protocol):
    """What counting has to remember. Days are UTC dates as `20261122`, times epoch seconds."""

    def pages(self, paths: Sequence[str]) -> dict[str, Page]:
        """Return those of `paths` that are pages of the release; may be a second behind."""
        ...

    def salt(self, day: str, fresh: bytes) -> bytes:
        """Return the day's salt, `fresh` if there was none; destroy those of other days."""
        ...

    def visit(
        self, day: str, visitor: str, path: str, view: str, now: int, reload: int, most: int
    ) -> Visit:
        """Note that a visitor sees a page. Safe to repeat for the same `view`.

        For BUCKET seconds, in which `add` knows the view for certain, a repeat has the answer of
        the first. `most` is how many views of the page are noted in a day; 0 is as many as come.
        """
        ...

    def add(
        self, page: Page, view: str, day: str, amounts: Mapping[str, int], now: int
    ) -> Page | None:
        """Add `amounts` (v, u, b, b_reason) once per `view`; None if the page is not countable."""
        ...

    def register(
        self,
        paths: Sequence[str],
        shards: Mapping[str, int],
        keep: bool,
        now: int,
        more_time: Callable[[], bool],
    ) -> Registered:
        """Make `paths` the countable pages; with `keep`, only add them. Counts are never lost."""
        ...

    def listing(self, after: str, limit: int) -> list[str]:
        """Return up to `limit` known paths that sort after `after`, the gone ones too."""
        ...

    def history(self, path: str, since: str) -> PageHistory:
        """Return what is known of a page, days from `since` (`2026-11-22`) on."""
        ...

    def maintain(self, now: int, keep_days: int, more_time: Callable[[], bool]) -> dict[str, int]:
        """Daily care: destroy old salts, file closed days, forget what is past."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...


def day_of(now: float) -> str:
    """Return the UTC date of an epoch time as `20261122`."""
    return time.strftime("%Y%m%d", time.gmtime(now))


def dashed(day: str) -> str:
    """Return `20261122` as `2026-11-22`."""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def midnight(day: str) -> int:
    """Return the epoch time at which a day (`20261122`) begins."""
    from datetime import date

    ordinal = date(int(day[:4]), int(day[4:6]), int(day[6:])).toordinal()
    return (ordinal - date(1970, 1, 1).toordinal()) * DAY
