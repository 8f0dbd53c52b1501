"""What importers are given, and what they give back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from generator.config.settings import SiteConfig
from generator.importers.report import Report


def _no_commits() -> None:
    return None


class OldFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the old site; `size` in bytes. Its bytes are read when they are needed. `modified`
    is when it was changed last, in seconds since 1970, 0 where nothing says that; `commits` gives
    the times of the first and of the last commit that changed it, None where git knows none."""

    size: int
    read: Callable[[], bytes]
    modified: float = 0.0
    commits: Callable[[], tuple[int, int] | None] = _no_commits


OldSite = Mapping[str, OldFile]
"""The old site's files by their path in it, with forward slashes."""


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file for the new site: its bytes, or the file of the old site that is copied (`copy_of`).

    `origin` is the file of the old site that it was made from.
    """

    path: str
    origin: str
    content: bytes = b""
    copy_of: str = ""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The site that is imported into; `config` is None where it has no settings yet.

    `built` are the old site's pages by their URL, as its own program built them, where they are to
    be had.
    """

    config: SiteConfig | None
    now: dt.datetime
    built: Mapping[str, OldFile] = {}


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """The files to be written, in order, and what there is to report."""

    files: tuple[NewFile, ...]
    report: Report


Values = dict[str, Any]
"""Front matter or settings of the old site."""


class CannotImportError(Exception):
    """There is nothing to import: `path` and `line` say where that shows, `hint` the way out."""

    def __init__(self, path: str, message: str, hint: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.path, self.message, self.hint, self.line = path, message, hint, line
