"""The folder `.tidepost/cache/`: all that one build keeps for the next, and nothing else.

A pipeline that keeps this one folder between its jobs has warm builds; deleting it costs time and
nothing else. What must not be carried elsewhere lies beside it: the lock, unfinished changes, local
counts and mails (docs/adr/0073-one-folder-for-caches.md).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from pathlib import Path

NAME = "cache"

_FORMER = {
    "memo.sqlite": "steps.sqlite",
    "memo.sqlite-wal": "steps.sqlite-wal",
    "memo.sqlite-shm": "steps.sqlite-shm",
    "known": "snapshots",
    "outside.json": "links.json",
    "code.digest": "code.digest",
    "images": "images",
    "inputs.ledger": "inputs.ledger",
    "variants": "variants",
}
"""Names that these had in `.tidepost/` itself, up to version 0.1, and what they are called now."""

_GONE = "search.index"
"""Where version 0.1 kept its index for searching, here or in `.tidepost/` itself."""

_LEDGER = re.compile(r"output-.*\.ledger")


def settle(private: Path) -> None:
    """Have the folder `cache` in `private`, and move into it what an older version kept outside.

    What is there already under its new name is dropped under the old one. Where the disk refuses,
    nothing is kept, which no build minds.
    """
    cache = private / NAME
    with contextlib.suppress(OSError):
        if cache.is_symlink() or not cache.is_dir():
            cache.unlink(missing_ok=True)
        cache.mkdir(exist_ok=True)
        for folder in (private, cache):
            (folder / _GONE).unlink(missing_ok=True)
        for name in os.listdir(private):  # noqa: PTH208 (names, and nothing else)
            new = _FORMER.get(name) or (name if _LEDGER.fullmatch(name) else "")
            if new:
                _move(private / name, cache / new)


def _move(old: Path, new: Path) -> None:
    with contextlib.suppress(OSError):
        if not new.exists():
            old.rename(new)
        elif old.is_dir() and not old.is_symlink():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.unlink()
