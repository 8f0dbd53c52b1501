"""The command `rename`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from generator.adapters.files.os_errors import read_file
from generator.adapters.files.site_folder import read_config
from generator.adapters.lock import alone_in
from generator.adapters.undo import Change, carry_out
from generator.app.documents import Documents, read_documents
from generator.app.workspace import Workspace, open_workspace
from generator.cli.common import json_option, site_option
from generator.config.settings import CONFIG_FILE
from generator.core.problems import Problem, SiteError
from generator.editing.rename import Plan, RenameSite, plan_rename
from generator.site.catalogue import held_back


@click.command()
@click.argument("old")
@click.argument("new")
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
        documents = read_documents(workspace, progress)
    with alone_in(workspace.private):
        plan = plan_rename(_site(workspace, documents), old, new, keep_url=not no_alias)
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


def _site(workspace: Workspace, documents: Documents) -> RenameSite:
    root, config = workspace.root, workspace.config
    return RenameSite(
        config=config,
        documents=documents.by_source,
        files=documents.files,
        held={
            path: reason
            for path, document in documents.by_source.items()
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
