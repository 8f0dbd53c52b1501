"""Pages on their way to the output folder: written where they are rendered, and moved there later.

So the HTML of a large site goes through no process but the one that renders it, and files are
written by several at once; yet none appears in the output folder before all is checked.
"""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path

from generator.adapters.files.os_errors import read_file

_NUMBERS = count(1)
"""A process gives each only once, whatever it puts aside for."""


class PageSpool:
    """A folder of whole pages that no site shows yet, used by all processes of one build.

    Where the site is to appear as a `whole`, `site` in it has the pages in the places that they
    have in a site; else each is moved by itself, and all lie beside one another: a folder for each
    would be made and removed for nothing. It should be on the file system of the output folder, so
    that moving a page, or all of them, copies nothing. In `there` lie the pages of the last build.
    """

    def __init__(self, folder: Path, *, whole: bool = True, there: Path | None = None) -> None:
        self.folder = folder
        self.there = there
        self.site = folder / "site" if whole else None
        self._folders: set[str] = set()

    def put(self, content: bytes, path: str) -> str:
        """Put aside the page that has the output path `path`; return where it lies."""
        if self.site is None:
            return self._put_beside(content)
        name = f"{self.site}/{path}"
        try:
            self._make_folder(name.rpartition("/")[0])
            _write(name, content)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            # One page's file has the name of another's folder: that is for the output folder.
            return self._put_beside(content)
        return name

    def _put_beside(self, content: bytes) -> str:
        self._make_folder(str(self.folder))
        name = f"{self.folder}/{os.getpid()}-{next(_NUMBERS)}"
        _write(name, content)
        return name

    def _make_folder(self, name: str) -> None:
        if name in self._folders:
            return
        try:
            os.mkdir(name)  # noqa: PTH102 (this module is all about speed)
        except FileExistsError:
            pass
        except FileNotFoundError:
            os.makedirs(name, exist_ok=True)  # noqa: PTH103
        self._folders.add(name)

    def get(self, name: str) -> bytes | None:
        """Return a page that was put aside, or None where it lies there no more."""
        try:
            return Path(name).read_bytes()
        except OSError:
            return None

    def before(self, path: str) -> bytes | None:
        """Return the page that lies at an output path since the last build, or None."""
        if self.there is None:
            return None
        try:
            return read_file(self.there / path)
        except OSError:
            return None

    def clear(self) -> None:
        """Remove what is left, also by a build that was interrupted."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _write(name: str, content: bytes) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


class NotKept:
    """Keeps no page: for a build that is only checked."""

    site = None

    def put(self, content: bytes, path: str) -> str:  # noqa: ARG002
        """Drop a page."""
        return "-"

    def get(self, name: str) -> bytes | None:  # noqa: ARG002
        """Return None."""
        return None

    def before(self, path: str) -> bytes | None:  # noqa: ARG002
        """Return None."""
        return None
