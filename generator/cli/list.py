"""The command `list`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from generator.adapters.console import problems_as_data
from generator.app.documents import read_documents, words_of
from generator.app.workspace import open_workspace
from generator.cli.commands import PROBLEMS
from generator.cli.common import json_option, site_option
from generator.content.sources import Kind
from generator.core.problems import errors
from generator.core.urls import term_slug
from generator.editing.overview import Row, State, rows, totals

_WIDEST_TITLE = 48


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
        documents = read_documents(workspace, progress)
        words = words_of(workspace, documents)
    wanted = {term_slug(tag) for tag in tags}
    listed = [
        row
        for row in rows(documents.by_source.values(), words, workspace.now)
        if (not states or row.state in states)
        and (kind is None or row.kind == kind)
        and wanted <= {term_slug(tag) for tag in row.tags}
    ]
    wrong = errors(documents.problems)
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
    """Print a table for a person; what a line has no room for goes."""
    from rich.cells import cell_len, set_cell_size

    title_width = min(_WIDEST_TITLE, max((cell_len(row.title) for row in listed), default=0))
    path_width = max((cell_len(row.path) for row in listed), default=0)
    for row in listed:
        state = click.style(f"{row.state:9}", fg=_COLOURS[row.state])
        rest = "  ".join(
            (
                f"{row.date:16}",
                f"{row.words:>7,}",
                set_cell_size(row.title, title_width),
                set_cell_size(row.path, path_width),
                ", ".join(row.tags),
            )
        )
        room = max(60, width) - 11
        click.echo(f"{state}  {set_cell_size(rest, min(room, cell_len(rest))).rstrip()}")
    sums = totals(listed)
    parts = [f"{sums[state]:,} {state}" for state in _COLOURS if sums[state]]
    documents = f"{len(listed):,} document{'' if len(listed) == 1 else 's'}"
    click.echo(f"{documents}, {sums['words']:,} words: {', '.join(parts) or 'none'}.")


_COLOURS: dict[State, str] = {
    "published": "green",
    "draft": "yellow",
    "scheduled": "blue",
    "expired": "red",
}
