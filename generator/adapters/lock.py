"""One Tidepost at a time in a site's folder; a lock goes with the process that held it."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.05
_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""What the system answers where another process, or thread, holds the lock."""

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def alone_in(private: Path) -> Iterator[None]:
    """Hold the site whose private folder this is, so that two do not write over each other."""
    private.mkdir(exist_ok=True)
    descriptor = os.open(private / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _taken(descriptor):
            print("Another Tidepost is at work in this folder; waiting for it.", file=sys.stderr)
            while not _taken(descriptor):
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)  # with which the lock goes


def _taken(descriptor: int) -> bool:
    """Take the lock, or say that another has it. Raises OSError where there can be none."""
    try:
        _take(descriptor)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True
