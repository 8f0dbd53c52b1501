"""Pages on their way to the output folder: written where they are rendered, and moved there later.

So the HTML of a large site goes through no process but the one that renders it, and files are
written by several at once; yet none appears in the output folder before all is checked.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path


class Aside:
    """A folder of whole pages that no site shows yet, used by all processes of one build.

    It should be on the file system of the output folder, so that moving a page copies nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self._own = ""
        self._count = 0

    def __reduce__(self) -> tuple[type[Aside], tuple[Path]]:
        """Let each process have a folder of its own, and its own count."""
        return Aside, (Path(self.folder),)

    def put(self, content: bytes) -> str:
        """Put a page aside; return where it lies."""
        if not self._own:
            self._own = f"{self.folder}/{os.getpid()}"
            os.makedirs(self._own, exist_ok=True)  # noqa: PTH103 (this module is all about speed)
        self._count += 1
        name = f"{self._own}/{self._count}"
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
        finally:
            os.close(descriptor)
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


class NotKept:
    """Keeps no page: for a build that is only checked."""

    def put(self, content: bytes) -> str:  # noqa: ARG002
        """Drop a page."""
        return "-"

    def get(self, name: str) -> bytes | None:  # noqa: ARG002
        """Return None."""
        return None
