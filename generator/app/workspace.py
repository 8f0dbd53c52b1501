"""One site's folder with its settings, and the clock."""

from __future__ import annotations

import datetime as dt
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from generator.adapters.console import Console
from generator.adapters.files import cache_folder
from generator.config.settings import SiteConfig, parse

OUTPUT = "_site"
PRIVATE = ".tidepost"
SERVED = f"{PRIVATE}/served"
"""Where `serve` builds, so that drafts on the writer's desk never lie in `_site/`."""


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """One site's folder with its settings; `now` is the moment at which the command began."""

    root: Path
    config: SiteConfig
    now: dt.datetime
    console: Console

    @property
    def private(self) -> Path:
        """The folder for all that Tidepost keeps on this machine. It holds what is unfinished after
        a command that was killed while it changed files (adapters/undo.py)."""
        return self.root / PRIVATE

    @property
    def cache_folder(self) -> Path:
        """The folder for what one build keeps for the next; deleting it costs time alone."""
        return self.private / cache_folder.NAME


def open_workspace(folder: Path, *, as_json: bool = False, quiet: bool = False) -> Workspace:
    """Read the settings of the site in `folder`. Raises SiteError."""
    from generator.adapters.files.site_folder import read_config

    root = folder.resolve()
    if (root / PRIVATE / "undo").exists():  # a command was killed while it changed files
        from generator.adapters.undo import recover

        recover(root)
    config = parse(read_config(root))
    return Workspace(
        root=root,
        config=config,
        now=moment_of(config.zone),
        console=Console(as_json=as_json, quiet=quiet),
    )


def preview_url(config: SiteConfig, name: str) -> str:
    """Return the address of a preview: below `/_preview/` of the site."""
    return f"{config.origin}{config.base}/_preview/{name}"


def moment_of(zone: dt.tzinfo) -> dt.datetime:
    """Return the present moment in a zone, or the one that SOURCE_DATE_EPOCH gives
    (reproducible-builds.org, "SOURCE_DATE_EPOCH specification")."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return dt.datetime.fromtimestamp(int(given), zone)
    return dt.datetime.now(zone)


@contextmanager
def not_collecting() -> Iterator[None]:
    """Keep Python from searching for cycles meanwhile: each search goes through all that is known
    of ten thousand pages, and finds next to nothing."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
