"""One Tidepost at a time in a site's folder; a lock goes with the process that held it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone_in(private: Path) -> Iterator[None]:
    """Hold the site whose private folder this is, so that two do not write over each other."""
    from filelock import FileLock, Timeout

    private.mkdir(exist_ok=True)
    lock = FileLock(private / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print("Another Tidepost is at work in this folder; waiting for it.", file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
