"""The commands that look at documents or move them: `list` and `rename`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from generator.adapters.console import problems_as_data
from generator.adapters.files.os_errors import read_file
from generator.adapters.files.site_folder import read_config
from generator.adapters.lock import alone_in
from generator.adapters.undo import Change, carry_out
from generator.app.documents import Documents, read_documents, words_of
from generator.app.workspace import Workspace, open_workspace
from generator.cli.commands import PROBLEMS
from generator.cli.common import json_option, site_option
from generator.cli.help import documents
from generator.config.settings import CONFIG_FILE
from generator.content.sources import Kind
from generator.core.problems import Problem, SiteError, errors
from generator.core.urls import term_slug
from generator.editing.overview import Row, State, rows, totals
from generator.editing.rename import Plan, RenameSite, plan_rename
from generator.site.catalogue import held_back

_WIDEST_TITLE = 48
_STATE = 9
"""The longest state is `published` or `scheduled`."""


@click.command("list")
@click.option("--drafts", "states", flag_value="draft", multiple=True, help="Drafts.")
@click.option("--scheduled", "states", flag_value="scheduled", multiple=True, help="To come.")
@click.option("--expired", "states", flag_value="expired", multiple=True, help="Past `expires:`.")
@click.option("--published", "states", flag_value="published", multiple=True, help="Out.")
@click.option("--posts", "kind", flag_value="post", help="Posts only.")
@click.option("--pages", "kind", flag_value="page", help="Pages only.")
@click.option("--tag", "tags", metavar="TAG", multiple=True, help="With this tag (all of several).")
@json_option
@site_option
def list_(
    states: Sequence[State],
    kind: Kind | None,
    tags: Sequence[str],
    folder: Path,
    as_json: bool,
) -> int:
    """List posts and pages: state, date, words, title, file, tags.

    \b
    Drafts and posts to come:   list --drafts --scheduled
    All about one thing:        list --tag harbour
    For a spreadsheet:          list > posts.tsv

    Into a file or another program, each document is one line with tabs between its parts. Words
    are counted in the Markdown.
    """
    workspace = open_workspace(folder, as_json=as_json)
    with workspace.console.progress() as progress:
        found = read_documents(workspace, progress)
        words = words_of(workspace, found)
    wanted = {term_slug(tag) for tag in tags}
    listed = [
        row
        for row in rows(found.by_source.values(), words, workspace.now)
        if (not states or row.state in states)
        and (kind is None or row.kind == kind)
        and wanted <= {term_slug(tag) for tag in row.tags}
    ]
    wrong = errors(found.problems)
    if as_json:
        workspace.console.data(
            {
                "documents": [
                    {**{name: getattr(row, name) for name in Row.__struct_fields__}}
                    for row in listed
                ],
                "totals": totals(listed),
                "problems": problems_as_data(wrong),
            }
        )
    elif sys.stdout.isatty():
        _table(listed, shutil.get_terminal_size().columns)
    else:
        click.echo("".join(_line(row) for row in listed), nl=False)
    # Files that cannot be read are missing from the list, so it ends as a check would.
    workspace.console.problems(wrong)
    return PROBLEMS if wrong else 0


def _line(row: Row) -> str:
    parts = (row.state, row.date, str(row.words), row.title, row.path, ", ".join(row.tags))
    return "\t".join(" ".join(part.split()) for part in parts) + "\n"


def _table(listed: Sequence[Row], width: int) -> None:
    """Print a table for a person. Files are never cut, since they are what one types next: other
    columns give way, tags first, and where not even the state fits beside, files get a line of
    their own."""
    from rich.cells import cell_len

    widest = {
        "date": max((len(row.date) for row in listed), default=0),
        "words": max((len(f"{row.words:,}") for row in listed), default=0),
        "title": min(_WIDEST_TITLE, max((cell_len(row.title) for row in listed), default=0)),
        "path": max((cell_len(row.path) for row in listed), default=0),
        "tags": max((cell_len(", ".join(row.tags)) for row in listed), default=0),
    }
    beside = _STATE + 2 + widest["path"] <= width
    columns = _columns(widest, width - _STATE - (2 + widest["path"] if beside else 0))
    for row in listed:
        state = click.style(f"{row.state:{_STATE}}", fg=_COLOURS[row.state])
        cells = {
            "date": row.date if columns.get("date", 0) >= widest["date"] else row.date[:10],
            "words": f"{row.words:,}".rjust(columns.get("words", 0)),
            "title": row.title,
            "path": row.path,
            "tags": ", ".join(row.tags),
        }
        sizes = {**columns, "path": widest["path"]} if beside else columns
        shown = [_fitted(cells[name], sizes[name]) for name in cells if name in sizes]
        click.echo("  ".join([state, *shown]).rstrip())
        if not beside:
            click.echo(f"  {row.path}")
    sums = totals(listed)
    parts = [f"{sums[state]:,} {state}" for state in _COLOURS if sums[state]]
    documents = f"{len(listed):,} document{'' if len(listed) == 1 else 's'}"
    click.echo(f"{documents}, {sums['words']:,} words: {', '.join(parts) or 'none'}.")


def _columns(widest: Mapping[str, int], room: int) -> dict[str, int]:
    """Return how wide each column is that `room` has a place for: the more important first, at its
    least, and what is then left goes to the titles, dates' times and tags."""
    columns: dict[str, int] = {}
    for name, least in (("date", 10), ("title", 12), ("words", 7), ("tags", 8)):
        size = min(widest[name], least)
        if size and size + 2 <= room:
            columns[name] = size
            room -= size + 2
    for name in ("title", "date", "words", "tags"):
        if name in columns:
            more = min(room, widest[name] - columns[name])
            if name == "date" and columns[name] + more < widest[name]:
                more = 0  # half a time is none
            columns[name] += more
            room -= more
    return columns


def _fitted(text: str, size: int) -> str:
    """Return text in so many places of a terminal, with a sign where it was cut."""
    from rich.cells import cell_len, set_cell_size

    return (
        set_cell_size(text, size) if cell_len(text) <= size else set_cell_size(text, size - 1) + "…"
    )


_COLOURS: dict[State, str] = {
    "published": "green",
    "draft": "yellow",
    "scheduled": "blue",
    "expired": "red",
}


@click.command()
@click.argument("old", shell_complete=documents)
@click.argument("new", shell_complete=documents)
@click.option("--dry-run", is_flag=True, help="Only report what would change.")
@click.option("--no-alias", is_flag=True, help="Let the old address lead nowhere.")
@json_option
@site_option
def rename(old: str, new: str, dry_run: bool, no_alias: bool, folder: Path, as_json: bool) -> int:
    """Rename or move a post or a page; its old address goes on working.

    \b
    Another name:     rename 2026-03-02-low-water.md spring-tide
    Another place:    rename pages/boats.md pages/harbour/boats.md
    A draft is done:  rename drafts/low-water.md posts/2026-03-02-low-water.md

    Files that belong to it move along, and what refers to it in other documents, in templates and
    in site.yaml is changed. All of it happens or nothing, also when the command is killed.
    """
    workspace = open_workspace(folder, as_json=as_json)
    with workspace.console.progress() as progress:
        found = read_documents(workspace, progress)
    with alone_in(workspace.private):
        plan = plan_rename(_site(workspace, found), old, new, keep_url=not no_alias)
        _refuse_what_is_there(workspace.root, plan)
        if not dry_run:
            carry_out(workspace.root, f"rename {old} {new}", changes_of(plan, workspace.root))
    _tell(workspace, plan, dry_run=dry_run)
    return 0


def changes_of(plan: Plan, root: Path) -> list[Change]:
    """Return what is to be done to files: first the new ones, then the changed, then the old."""
    moved = [
        Change(new, plan.writes.get(new, root / old)) for old, new in sorted(plan.files.items())
    ]
    new_paths = set(plan.files.values())
    changed = [
        Change(path, raw) for path, raw in sorted(plan.writes.items()) if path not in new_paths
    ]
    gone = [Change(old, None) for old in sorted(plan.files) if old not in new_paths]
    return [*moved, *changed, *gone]


def _refuse_what_is_there(root: Path, plan: Plan) -> None:
    """Refuse to write over what is no file of the site's: a folder, a file that is passed over, or
    on some systems the file itself under a name that differs in capitals only."""
    problems = [
        Problem(
            path=new,
            code="exists",
            message=f"`{old}` cannot move here: there is something already",
            hint="choose another name",
        )
        for old, new in plan.files.items()
        if new not in plan.files and os.path.lexists(root / new)
    ]
    if problems:
        raise SiteError(problems)


def _site(workspace: Workspace, found: Documents) -> RenameSite:
    root, config = workspace.root, workspace.config
    return RenameSite(
        config=config,
        documents=found.by_source,
        files=found.files,
        held={
            path: reason
            for path, document in found.by_source.items()
            if (reason := held_back(document, workspace.now, drafts=config.drafts))
            and reason != "expired"
        },
        read=lambda path: read_config(root) if path == CONFIG_FILE else read_file(root / path),
    )


def _tell(workspace: Workspace, plan: Plan, *, dry_run: bool) -> None:
    say = workspace.console.say
    for old, new in sorted(plan.files.items()):
        say(f"{old} -> {new}")
    for old_url, new_url in sorted(plan.urls.items()):
        kept = "an alias keeps the old one" if old_url in plan.aliases.values() else "no alias"
        say(f"    address: {old_url} -> {new_url} ({kept})")
    if not plan.urls:
        say("    its address stays the same")
    for path, change in plan.changes:
        say(f"{path}:{change.line}: {change.before} -> {change.after}")
    if dry_run:
        say("Nothing was changed (--dry-run).")
    workspace.console.data(
        {
            "files": plan.files,
            "urls": plan.urls,
            "aliases": plan.aliases,
            "changes": [
                {
                    "path": path,
                    "line": change.line,
                    "before": change.before,
                    "after": change.after,
                }
                for path, change in plan.changes
            ],
            "done": not dry_run,
        }
    )
