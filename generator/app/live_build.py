"""Keeps the shown site up to date: tells single pages at once, and builds the rest after."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from generator.adapters.console import Console
from generator.adapters.files.os_errors import read_file
from generator.adapters.server.state import Document, Live, News, Outcome, Told
from generator.app.workspace import OUTPUT, moment_of
from generator.core.problems import Problem

if TYPE_CHECKING:
    from generator.incremental.speculative import Foreseen, SpeculativeRenderer
    from generator.pipeline.results import BuildState

_QUIET_SECONDS = 0.03
"""A build begins when nothing changed for so long."""

_QUIET_AFTER_TOLD = 0.25
"""The same where pages were told already: browsers fetch them first, undisturbed."""

_MOST_SECONDS = 2.0
"""Where something changes all the time, a build begins after so long all the same."""

_WRITTEN_SECONDS = 0.05
"""A file with an error in it may be one that is only half written; it is read again after this."""

_MOST_NEWS = 3


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A build's outcome, what it worked with where that is known, and all documents."""

    outcome: Outcome
    workings: BuildState | None = None
    documents: tuple[Document, ...] | None = None


Build = Callable[[], Made]


class Follower:
    """Follows changes. `build` makes the whole site; it is called in a thread of its own."""

    def __init__(self, root: Path, live: Live, build: Build, console: Console) -> None:
        self._root, self._live, self._build, self._console = root, live, build, console
        self._lock = threading.Condition()
        self._ahead: SpeculativeRenderer | None = None
        self._since_good: set[str] = set()
        self._unbuilt: set[str] = set()
        self._announced: set[str] = set()
        self._changed_at = 0.0
        self._first_at = 0.0
        self._quiet = _QUIET_SECONDS
        self._wanted = self._ended = False
        self._thread = threading.Thread(target=self._keep_building, daemon=True)

    def begin(self, made: Made) -> None:
        """Begin with what was made first; where it was only remembered, it is made again."""
        self._ahead = _ahead_of(made)
        self._wanted = made.outcome.site is not None and self._ahead is None
        self._thread.start()

    def end(self) -> None:
        """Stop building, once the build that goes on has come to its end."""
        with self._lock:
            self._ended = True
            self._lock.notify_all()
        self._thread.join(timeout=2.0)

    def take(self, changed: Collection[str]) -> None:
        """Take in that files changed: tell what can be told, and have the site built."""
        now = time.monotonic()
        self._console.say(f"Changed: {_few(changed)}")
        with self._lock:
            self._since_good.update(changed)
            told = self._foresee()
            if told and told.problems:
                self._lock.release()
                try:
                    time.sleep(_WRITTEN_SECONDS)
                finally:
                    self._lock.acquire()
                told = self._foresee()
            self._show(told, changed)
            self._quiet = _QUIET_AFTER_TOLD if told else _QUIET_SECONDS
            self._first_at = self._first_at if self._unbuilt else now
            self._changed_at = time.monotonic()
            self._unbuilt.update(changed)
            self._lock.notify_all()
        if told and not told.problems and told.pages:
            self._console.say(f"Shown after {time.monotonic() - now:.2f} s.")

    def _show(self, told: Foreseen | None, changed: Collection[str]) -> None:
        if told is None:
            return
        if told.problems:
            self._live.show(Outcome(site=None, problems=told.problems))
        else:
            self._live.show_ahead(_told(told), self._news(changed))
            self._announced.update(changed)

    def _foresee(self) -> Foreseen | None:
        """Return what the next build will come to, as far as that can be told."""
        if self._ahead is None or not self._since_good:
            return None
        if not self._ahead.holds_at(moment_of(self._ahead.zone)):
            return None
        try:
            edits = {path: read_file(self._root / path) for path in self._since_good}
        except OSError:
            return None  # gone, or a folder
        try:
            told = self._ahead.foresee(edits, self._live.open_pages())
        except Exception:  # noqa: BLE001 (the whole build tells what is wrong)
            return None
        site = self._live.site
        if told is None or site is None or not (told.pages or told.problems):
            return None
        missing = [
            url
            for url in told.assets
            if (path := url.removeprefix(f"{site.base}/")) not in told.files
            and not (site.folder / path).is_file()
        ]
        return None if missing else told

    def _failed(self, error: Exception) -> Made:
        problem = Problem(
            path=OUTPUT,
            code="not-built",
            message=f"{type(error).__name__}: {error}",
            hint="this is an error in Tidepost; the next change tries again",
        )
        self._console.problems([problem])
        return Made(outcome=Outcome(site=None, problems=[problem]))

    def _news(self, changed: Collection[str]) -> list[News]:
        if self._ahead is None:
            return []
        return [
            News(title=page.title, url=page.url)
            for path in sorted(changed)
            if (page := self._ahead.page_of(path))
        ][:_MOST_NEWS]

    # The thread that builds

    def _keep_building(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._wanted or self._unbuilt or self._ended)
                while not self._ended and (left := self._seconds_to_quiet()) > 0:
                    self._lock.wait(left)
                if self._ended:
                    return
                changed, self._unbuilt, self._wanted = self._unbuilt, set(), False
            try:
                made = self._build()
                ahead = _ahead_of(made)
            except Exception as error:  # noqa: BLE001 (an error of ours must not end the following)
                made, ahead = self._failed(error), None
            with self._lock:
                if made.outcome.site:
                    self._since_good = set(self._unbuilt)
                    self._ahead = ahead
                told = self._foresee() if self._unbuilt else None
                self._live.show(
                    made.outcome,
                    changed,
                    told=_told(told) if told else None,
                    news=self._news(changed - self._announced),
                    documents=made.documents,
                )
                self._announced = set()

    def _seconds_to_quiet(self) -> float:
        if not self._unbuilt:
            return 0.0
        now = time.monotonic()
        return min(self._changed_at + self._quiet, self._first_at + _MOST_SECONDS) - now


def _ahead_of(made: Made) -> SpeculativeRenderer | None:
    if made.outcome.site is None or made.workings is None:
        return None
    from generator.incremental.speculative import SpeculativeRenderer

    ahead = SpeculativeRenderer(made.workings)
    ahead.ready()
    gc.unfreeze()
    gc.collect()
    gc.freeze()  # what a build leaves lives long, and looking through it takes long
    return ahead


def _few(paths: Collection[str]) -> str:
    shown = sorted(paths)
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if shown[3:] else "")


def _told(told: Foreseen) -> Told:
    return Told(pages=told.pages, files=told.files)
