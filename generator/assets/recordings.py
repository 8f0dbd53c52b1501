"""How long a recording lasts: tinytag reads the head of its file."""

from __future__ import annotations

from functools import cache
from typing import BinaryIO

from generator.core.installed import installed_version


@cache
def tinytag_version() -> str:
    """Return the version of the library, without loading it."""
    return installed_version("tinytag")


def seconds_of(file: BinaryIO, name: str) -> int:
    """Return how many seconds an opened recording lasts, 0 where that cannot be read."""
    from tinytag import TinyTag  # only sites with recordings need it

    file.seek(0)
    try:
        found = TinyTag.get(name, file_obj=file, tags=False)
    except Exception:  # noqa: BLE001 (whatever the bytes are: a damaged file has no length)
        return 0
    return max(0, round(found.duration or 0))
