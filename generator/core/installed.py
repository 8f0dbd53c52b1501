"""Versions of installed libraries, by the names of the folders that say so.

`importlib.metadata` loads the parser of mails and more, which takes a tenth of the build after an
edit.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache

_FOLDER = re.compile(r"([\w.]+)-([\w.+!]+)\.dist-info")
"""What a folder with a library's metadata is called (packaging.python.org, "Recording installed
projects")."""


def installed_version(name: str) -> str:
    """Return the version of an installed library without loading it; empty where there is none."""
    found = _listed().get(_normal(name), "")
    return found or _by_its_metadata(name)


@cache
def _listed() -> dict[str, str]:
    """Return the versions that names of folders give, by library; of one that is there more than
    once in one place, none, for these names are not enough then."""
    versions: dict[str, str] = {}
    for place in sys.path:
        here: dict[str, set[str]] = {}
        for match in filter(None, map(_FOLDER.fullmatch, _names_in(place))):
            here.setdefault(_normal(match[1]), set()).add(match[2])
        for name, found in here.items():
            versions.setdefault(name, found.pop() if len(found) == 1 else "")
    return versions


def _names_in(place: str) -> list[str]:
    try:
        return os.listdir(place or ".")  # noqa: PTH208 (twice as fast)
    except OSError:  # a path may name an archive, or nothing
        return []


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def _by_its_metadata(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return ""
