"""The index for searching while the site is written: made when a browser first asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from generator.adapters.search import Search
from generator.adapters.workers import Workers
from generator.core.artifacts import Artifact
from generator.core.cache import Cache
from generator.core.problems import SiteError
from generator.render.search_index import BUNDLE, Entry

_MOST_SECONDS = 30.0
"""So long a browser waits for the build that tells what there is to be found."""


class LiveSearch:
    """Answers for the files of the index, from any thread. `memo` opens what is remembered, and
    `tell` says what is wrong at the terminal."""

    def __init__(
        self,
        cache: Callable[[], AbstractContextManager[Cache]],
        tell: Callable[[SiteError], None],
    ) -> None:
        self._memo, self._tell = cache, tell
        self._entries: Sequence[Entry] | None = None
        self._known = threading.Event()
        self._lock = threading.Lock()
        self._made: tuple[Sequence[Entry], Search, dict[str, Artifact]] | None = None

    def take(self, entries: Sequence[Entry]) -> None:
        """Take in what can be found from now on."""
        self._entries = entries
        self._known.set()

    def file(self, path: str) -> bytes | None:
        """Return a file of the index at an output path, or None where there is none."""
        if not path.startswith(BUNDLE) or not self._known.wait(_MOST_SECONDS):
            return None
        with self._lock, self._memo() as cache, Workers() as run:
            try:
                search, files = self._files(cache, run)
                search.cache, search.run = cache, run
                return files[path].read() if path in files else None
            except SiteError as error:
                self._tell(error)
                return None

    def _files(self, cache: Cache, run: Workers) -> tuple[Search, dict[str, Artifact]]:
        entries = self._entries or ()
        if self._made is None or self._made[0] is not entries:
            search = Search(entries, cache, run)
            files = {artifact.path: artifact for artifact in search.artifacts(search.whole())}
            self._made = (entries, search, files)
        return self._made[1:]
