"""Keeps the shown site up to date: builds it after every change, and shows what comes of that."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from generator.adapters.console import Console
from generator.adapters.server.state import Document, Live, News, Outcome, Told
from generator.app.workspace import OUTPUT
from generator.core.problems import Problem

if TYPE_CHECKING:
    from generator.incremental.ahead import Ahead

_QUIET_SECONDS = 0.01
"""A build begins when nothing changed for so long."""

_MOST_SECONDS = 2.0
"""Where something changes all the time, a build begins after so long all the same."""

_WRITTEN_SECONDS = 0.05
"""A file with an error in it may be one that is only half written: so long it may still change."""

_MOST_NEWS = 3


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A build's outcome; the documents and which of them are marked as unpublished, by URL, where
    that is known."""

    outcome: Outcome
    documents: Callable[[], Sequence[Document]] | None = None
    marks: dict[str, str] = {}


Build = Callable[[Collection[str], Callable[["Ahead"], None]], Made]
"""Makes the site after files have changed, and hands on pages of it that are made before the
rest."""

Titled = Callable[[str], tuple[str, str] | None]
"""Returns title and URL of the page of a document."""


class Follower:
    """Follows changes. `build` makes the site; it is called in a thread of its own."""

    def __init__(
        self, root: Path, live: Live, build: Build, titled: Titled, console: Console
    ) -> None:
        self._root, self._live, self._build, self._console = root, live, build, console
        self._titled = titled
        self._lock = threading.Condition()
        self._unbuilt: set[str] = set()
        self._building: set[str] = set()
        self._announced: set[str] = set()
        self._changed_at = self._first_at = self._began_at = 0.0
        self._wanted = self._ended = False
        self._thread = threading.Thread(target=self._keep_building, daemon=True)

    def begin(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def end(self) -> None:
        """Stop building, once the build that goes on has come to its end."""
        with self._lock:
            self._ended = True
            self._lock.notify_all()
        self._thread.join(timeout=2.0)

    def take(self, changed: Collection[str]) -> None:
        """Take in that files changed."""
        now = time.monotonic()
        self._console.say(f"Changed: {_few(changed)}")
        with self._lock:
            self._first_at = self._first_at if self._unbuilt else now
            self._changed_at = now
            self._unbuilt.update(changed)
            self._lock.notify_all()

    def again(self) -> None:
        """Have the site built although no file changed."""
        with self._lock:
            self._wanted = True
            self._lock.notify_all()

    # The thread that builds

    def _keep_building(self) -> None:
        failed: set[str] = set()
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._wanted or self._unbuilt or self._ended)
                while not self._ended and (left := self._seconds_to_quiet()) > 0:
                    self._lock.wait(left)
                if self._ended:
                    return
                self._building, self._unbuilt, self._wanted = self._unbuilt, set(), False
                self._began_at = self._first_at
            try:
                made = self._build(self._building, self._tell)
            except Exception as error:  # noqa: BLE001 (an error of ours must not end the following)
                made = self._failed(error)
            with self._lock:
                if made.outcome.site is None and self._is_rewritten():
                    failed |= self._building
                    continue
                changed = self._building | failed
                failed = changed if made.outcome.site is None else set()
                self._live.show(
                    made.outcome,
                    changed,
                    news=self._news(changed - self._announced),
                    documents=made.documents,
                    marks=made.marks,
                )
                self._announced = set()
            gc.collect()

    def _is_rewritten(self) -> bool:
        """Return whether files go on changing, so that what is wrong need not be shown."""
        return self._lock.wait_for(lambda: bool(self._unbuilt) or self._ended, _WRITTEN_SECONDS)

    def _seconds_to_quiet(self) -> float:
        if not self._unbuilt:
            return 0.0
        now = time.monotonic()
        return min(self._changed_at + _QUIET_SECONDS, self._first_at + _MOST_SECONDS) - now

    def _tell(self, made: Ahead) -> None:
        """Show pages of the build that goes on, as far as all that they need is there."""
        site = self._live.site
        with self._lock:
            if site is None or (made.problems and self._is_rewritten()):
                return
            if made.problems:
                self._live.show(Outcome(site=None, problems=made.problems))
                return
            known = {
                url
                for url in made.assets
                if (path := url.removeprefix(f"{site.base}/")) in made.files
                or (site.folder / path).is_file()
            }
            if not made.pages or known != made.assets:
                return
            changed = self._building
            self._live.show_ahead(Told(pages=made.pages, files=made.files), self._news(changed))
            self._announced.update(changed)
        self._console.say(f"Shown after {time.monotonic() - self._began_at:.2f} s.")

    def _news(self, changed: Collection[str]) -> list[News]:
        return [
            News(title=page[0], url=page[1])
            for path in sorted(changed)
            if (page := self._titled(path))
        ][:_MOST_NEWS]

    def _failed(self, error: Exception) -> Made:
        problem = Problem(
            path=OUTPUT,
            code="not-built",
            message=f"{type(error).__name__}: {error}",
            hint="this is an error in Tidepost; the next change tries again",
        )
        self._console.problems([problem])
        return Made(outcome=Outcome(site=None, problems=[problem]))


def _few(paths: Collection[str]) -> str:
    shown = sorted(paths)
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if shown[3:] else "")
