"""The commands `build` and `check`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.adapters.console import Console, problems_as_data
from generator.app.build import build_and_check
from generator.app.outcome import Built
from generator.app.workspace import Workspace, open_workspace
from generator.checks.severity import NOT_YET, in_documents
from generator.cli.commands import PROBLEMS
from generator.cli.common import (
    build_options,
    json_option,
    say_unpublished,
    site_option,
    tell,
    without_api,
)
from generator.core.problems import Problem, SiteError, errors

if TYPE_CHECKING:
    from generator.app.external_links import Outside


@click.command()
@site_option
@build_options
@json_option
def build(folder: Path, drafts: bool, future: bool, no_cache: bool, as_json: bool) -> int:
    """Build and check the site into _site/.

    When something is wrong, every error is reported and _site/ stays as it was.
    """
    try:
        workspace = open_workspace(folder, as_json=as_json)
        built = build_and_check(workspace, drafts=drafts, future=future, no_cache=no_cache)
    except SiteError as error:
        return _failed(error, as_json=as_json)
    tell(workspace, built.problems)
    workspace.console.say(
        f"Built {_documents(built)}: {len(built.files)} files in "
        f"{built.seconds:.2f} s, in {built.folder.relative_to(workspace.root)}/."
    )
    say_unpublished(workspace, built.held)
    workspace.console.data(_summary(built))
    return 0


@click.command()
@site_option
@build_options
@click.option("--external", is_flag=True, help="Ask other sites for the pages linked to, too.")
@click.option("--fresh", is_flag=True, help="With --external: ask again, without the cache.")
@json_option
def check(
    folder: Path,
    drafts: bool,
    future: bool,
    no_cache: bool,
    external: bool,
    fresh: bool,
    as_json: bool,
) -> int:
    """Find every error in content, templates, settings and built pages; write nothing.

    Links to other sites, too: check --external. What was answered is remembered for some days.
    """
    try:
        workspace = open_workspace(folder, as_json=as_json)
        outside = _outside(workspace, fresh=fresh) if external or fresh else None
        built = build_and_check(
            workspace,
            drafts=drafts,
            future=future,
            no_cache=no_cache,
            write=False,
            look=outside.look if outside else None,
        )
    except SiteError as error:
        return _failed(error, as_json=as_json)
    problems = sorted([*built.problems, *without_api(workspace)])
    if outside:
        return _with_outside(workspace, built, problems, outside)
    workspace.console.problems(problems)
    if errors(problems):
        workspace.console.data({**_summary(built), "problems": problems_as_data(problems)})
        return PROBLEMS
    workspace.console.say(f"Checked {_documents(built)} in {built.seconds:.2f} s: no errors.")
    say_unpublished(workspace, built.held)
    workspace.console.data({**_summary(built), "problems": problems_as_data(problems)})
    return 0


def _documents(built: Built) -> str:
    """Return how many documents there are, in words."""
    return (
        f"{built.posts} {'post' if built.posts == 1 else 'posts'} and "
        f"{built.pages} {'page' if built.pages == 1 else 'pages'}"
    )


def _outside(workspace: Workspace, *, fresh: bool) -> Outside:
    from generator.app.external_links import (
        Outside,  # what speaks to other sites is not needed else
    )

    return Outside(workspace, fresh=fresh)


def _with_outside(
    workspace: Workspace, built: Built, found: Sequence[Problem], outside: Outside
) -> int:
    """Ask other sites, and report what they say with all else that was `found`."""
    problems = sorted({*found, *outside.ask()})
    workspace.console.problems(problems)
    links = outside.summary()
    wrong = errors(problems)
    workspace.console.say(
        f"Checked {_documents(built)}, and {links['links']:,} links to "
        f"other sites, of which {links['asked']:,} were asked for now"
        f"{'.' if wrong else ': no errors.'}"
    )
    workspace.console.data(
        {**_summary(built), "problems": problems_as_data(problems), "outside": links}
    )
    return PROBLEMS if wrong else 0


def _summary(built: Built) -> dict[str, Any]:
    """Return what was built, for `--json`."""
    return {
        "posts": built.posts,
        "pages": built.pages,
        "files": len(built.files),
        "bytes": sum(file.size for file in built.files),
        "held": built.held,
        "seconds": round(built.seconds, 3),
        "problems": problems_as_data(built.problems),
    }


def _failed(error: SiteError, *, as_json: bool) -> int:
    console = Console(as_json=as_json)
    console.problems(error.problems)
    if in_documents(error.problems):
        console.say(NOT_YET)
    console.data({"problems": problems_as_data(error.problems)})
    return PROBLEMS if errors(error.problems) else 0
