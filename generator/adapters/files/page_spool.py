"""Pages on their way to the output folder: written where they are rendered, and moved there later.

So the HTML of a large site goes through no process but the one that renders it, and files are
written by several at once; yet none appears in the output folder before all is checked.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path


class PageSpool:
    """A folder of whole pages that no site shows yet, used by all processes of one build.

    `site` in it has the pages in the places that they have in a site. It should be on the file
    system of the output folder, so that moving a page, or all of them, copies nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder / "site"
        self._start = f"{self.site}/"
        self._folders: set[str] = set()
        self._count = 0

    def __reduce__(self) -> tuple[type[PageSpool], tuple[Path]]:
        """Let each process have its own count."""
        return PageSpool, (self.folder,)

    def put(self, content: bytes, path: str) -> str:
        """Put aside the page that has the output path `path`; return where it lies."""
        name = self._start + path
        above = name.rpartition("/")[0]
        try:
            if above not in self._folders:
                _make_folder(above)
                self._folders.add(above)
            _write(name, content)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            # One page's file has the name of another's folder: that is for the output folder.
            self._count += 1
            name = f"{self.folder}/{os.getpid()}-{self._count}"
            _write(name, content)
        return name

    def get(self, name: str) -> bytes | None:
        """Return a page that was put aside, or None where it lies there no more."""
        try:
            return Path(name).read_bytes()
        except OSError:
            return None

    def clear(self) -> None:
        """Remove what is left, also by a build that was interrupted."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _make_folder(name: str) -> None:
    try:
        os.mkdir(name)  # noqa: PTH102 (this module is all about speed)
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(name, exist_ok=True)  # noqa: PTH103


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
