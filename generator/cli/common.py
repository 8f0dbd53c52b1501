"""What commands share: the site's folder, its settings, the clock, and a build of it."""

from __future__ import annotations

import datetime as dt
import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from generator.adapters.console import Console
from generator.adapters.files import cache_folder
from generator.config.settings import SiteConfig, parse
from generator.core.problems import Problem
from generator.core.speedups import stepped_aside

OUTPUT = "_site"
PRIVATE = ".tidepost"
SERVED = f"{PRIVATE}/served"
"""Where `serve` builds, so that drafts on the writer's desk never lie in `_site/`."""

F = TypeVar("F", bound=Callable[..., Any])


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


def site_option(command: F) -> F:
    """Add `--site DIR` to a command."""
    return click.option(
        "--site",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(),
        help="The site's folder (default: this one).",
    )(command)


def json_option(command: F) -> F:
    """Add `--json` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Answer as JSON, for programs.")(
        command
    )


def build_options(command: F) -> F:
    """Add what every command that builds can be told."""
    for option in (
        click.option("--no-cache", is_flag=True, help="Work everything out anew."),
        click.option("--future", is_flag=True, help="Include posts whose date is to come."),
        click.option("--drafts", is_flag=True, help="Include drafts."),
    ):
        command = option(command)
    return command


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


def tell(workspace: Workspace, problems: Sequence[Problem]) -> None:
    """Print the first warnings and notes, and which speed-ups this environment goes without; there
    are no errors when a build came this far."""
    workspace.console.problems(problems, most=20)
    if slower := stepped_aside():
        workspace.console.say(slower)


def without_api(workspace: Workspace) -> list[Problem]:
    """Return what readers would ask the API for where the site's place has none."""
    from generator.adapters.files.site_folder import read_config
    from generator.checks.severity import relevel
    from generator.config.missing_api import missing_api

    text = read_config(workspace.root).decode("utf-8-sig", errors="replace")
    return relevel(missing_api(workspace.config, text), workspace.config.checks)


_WHY_NOT = {"draft": "draft", "scheduled": "that waits for its date", "expired": "expired"}
_WHY_NOT_MANY = {"draft": "drafts", "scheduled": "that wait for their dates", "expired": "expired"}
_MOST_NAMED = 3


def say_unpublished(workspace: Workspace, held: Mapping[str, str]) -> None:
    """Say how many documents are not published, and why; a date may be an error, so those that
    wait or have expired are named."""
    said = []
    for why in _WHY_NOT:
        paths = [path for path, reason in held.items() if reason == why]
        if not paths:
            continue
        words = _WHY_NOT if len(paths) == 1 else _WHY_NOT_MANY
        named = ""
        if why != "draft":
            more = f" and {len(paths) - _MOST_NAMED} more" if paths[_MOST_NAMED:] else ""
            named = f" ({', '.join(sorted(paths)[:_MOST_NAMED])}{more})"
        said.append(f"{len(paths)} {words[why]}{named}")
    if said:
        workspace.console.say(f"Not published: {', '.join(said)}. `list` shows them with dates.")


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
