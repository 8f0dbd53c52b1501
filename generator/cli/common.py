"""What commands share: the site's folder, its settings, the clock, and a build of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from generator.app.workspace import Workspace
from generator.core.problems import Problem
from generator.core.speedups import stepped_aside

F = TypeVar("F", bound=Callable[..., Any])


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


def tell(workspace: Workspace, problems: Sequence[Problem]) -> None:
    """Print the first warnings and notes, and which speed-ups this environment goes without; there
    are no errors when a build came this far."""
    workspace.console.problems(problems, most=20)
    if slower := stepped_aside():
        workspace.console.say(slower)
