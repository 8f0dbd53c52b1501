"""The index for searching while the site is written: made from when a browser first asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from generator.adapters import pagefind
from generator.adapters.files.os_errors import read_file
from generator.core.problems import SiteError
from generator.render.search_index import BUNDLE

_MOST_SECONDS = 600.0
"""So long a browser waits for the build that makes the index: the first of a large site."""


class LiveSearch:
    """Answers for the files of the index, from any thread, before they are there. `build` has the
    site built, now with the index, and `tell` says what is wrong at the terminal."""

    def __init__(self, build: Callable[[], None], tell: Callable[[SiteError], None]) -> None:
        self._build, self._tell = build, tell
        self._lock = threading.Lock()
        self._built = threading.Event()
        self.wanted = False
        """Whether builds are to make the index."""

    def built(self) -> None:
        """Take in that a build with the index has ended."""
        self._built.set()

    def file(self, folder: Path, path: str) -> bytes | None:
        """Return a file of the index of the site in `folder`, or None where there is none."""
        if not path.startswith(BUNDLE) or not self._is_wanted():
            return None
        if not self._built.wait(_MOST_SECONDS):
            return None
        try:
            return read_file(folder / path)
        except OSError:
            return None

    def _is_wanted(self) -> bool:
        """Have an index made from now on, where there is a program that can."""
        with self._lock:
            if not self.wanted:
                try:
                    pagefind.needed()
                except SiteError as error:
                    self._tell(error)
                    return False
                self.wanted = True
                self._build()
        return True
