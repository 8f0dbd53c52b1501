"""What commands share: options, tables, and one answer to what AWS refuses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

from generator.app.workspace import Workspace, open_workspace
from generator.cli.commands import NOT_PUBLISHED, called
from generator.config.settings import SiteConfig
from generator.core.problems import Problem
from generator.core.speedups import stepped_aside
from generator.core.urls import is_example

if TYPE_CHECKING:
    from rich.table import Table

    from generator.adapters.functions import Functions
    from generator.publish.publisher import Target

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
    """Add the options of every command that builds."""
    for option in (
        click.option("--no-cache", is_flag=True, help="Ignore the cache."),
        click.option("--future", is_flag=True, help="Include posts whose date is in the future."),
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


def stage_option(command: F) -> F:
    """Add `--stage`."""
    return click.option(
        "--stage",
        type=click.Choice(["local", "test", "prod"]),
        help="prod, test, or local: what `serve` counted here. "
        "Default: prod with `publish.stack` in site.yaml, else local.",
    )(command)


def with_functions(
    folder: Path,
    as_json: bool,
    stage: str | None,
    work: Callable[[Workspace, Functions], int],
) -> int:
    """Do the work on the functions of a stage of the site in `folder`."""
    from generator.app.functions import open_functions

    workspace = open_workspace(folder, as_json=as_json)
    return answered(workspace, lambda: work(workspace, open_functions(workspace, stage or "")[0]))


def answered(workspace: Workspace, work: Callable[[], int]) -> int:
    """Do the work; report in one sentence what the functions or AWS refused."""
    from generator.adapters.functions import FunctionError
    from generator.publish.store import StoreError

    try:
        return work()
    except (FunctionError, StoreError) as error:
        hint = getattr(error, "hint", "")
        problem = Problem(path="api", code="function", message=str(error), hint=hint)
        workspace.console.problems([problem])
        workspace.console.data({"error": str(error), "hint": hint})
        return NOT_PUBLISHED


def table_of(first: str, *others: str, right: tuple[int, ...] = (1, 2, 3, 4)) -> Table:
    """Return an empty table; the columns whose numbers are in `right` hold numbers."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD)
    table.add_column(first, no_wrap=first == "Id", overflow="fold")
    for i, name in enumerate(others, 1):
        is_number = i in right and name != ""
        table.add_column(name, justify="right" if is_number else "left")
    return table


def printable(text: str) -> str:
    """Leave out what a terminal would obey instead of showing."""
    return "".join(character for character in text if character.isprintable())


def write_file(file: Path, content: bytes) -> Path:
    """Write a file and the folders that it needs; return where it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def ways_to_look(workspace: Workspace, target: Target, url: str, preview: str) -> list[str]:
    """Return how one can look at what was published, and no address at which there is nothing.

    A folder has none: it is shown by Python's server, where links mean the same at its root.
    """
    config = workspace.config
    look = "Look at the preview" if preview else "Look at it"
    if config.publish.target == "folder" and not config.publish.stack:
        place, path = config.publish.folder, f"_preview/{preview}/" if preview else ""
        serve = next_command("serve", workspace.root)
        if config.base:
            return [
                f"{look} at {config.base}/ of a web server that has {place}/ there.",
                f"While you write: {serve}",
            ]
        shown = (
            f"{look}: {own_python(workspace.root)} -m http.server --directory {place} "
            f"(then http://localhost:8000/{path})"
        )
        more = _answered_here(config)
        return [shown] if preview else [shown, f"{more or 'While you write'}: {serve}"]
    answers = urlsplit(target.answers_at).netloc
    if answers and answers != urlsplit(url).netloc:
        there = f"https://{answers}{urlsplit(url).path}"
        return [f"{look}: {there} (`url:` in site.yaml says {config.url})"]
    if is_example(config.url):
        return [f"Its address is not known: `url:` in site.yaml is the example {config.url}."]
    return [f"{look}: {url}"]


def _answered_here(config: SiteConfig) -> str:
    """Return what `serve` answers and a folder does not, in words."""
    parts = [
        *(["counter"] if config.counter.enabled and config.counter.on else []),
        *(["form"] if config.contact.enabled and not config.contact.action else []),
    ]
    return f"With {' and '.join(parts)}, while you write" if parts else ""


def next_command(text: str, root: Path) -> str:
    """Return a command of the program that was called, as one types it in the site's folder."""
    if called() == "tidepost":
        return f"tidepost {text}"
    return f"{own_python(root)} publish.py {text}"


def own_python(root: Path) -> str:
    """Return the Python that runs this, as one types it in the site's folder."""
    own = Path(sys.executable)
    return str(own.relative_to(root)) if own.is_relative_to(root) else "python"
