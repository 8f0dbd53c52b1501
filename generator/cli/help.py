"""The commands `help` and `completion`, and what is completed beside commands and options."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from generator.cli.commands import COMPLETE, called, cli
from generator.core.problems import SiteError

if TYPE_CHECKING:
    from generator.publish.store import Store

SHELLS = ("bash", "zsh", "fish", "powershell")
PROGRAM = "tidepost"


def _below(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the commands below those that were named already."""
    root = ctx.find_root()
    found, inner = _find(root, ctx.params.get("names") or ())
    if not isinstance(found, click.Group):
        return []
    if found is cli:
        return cli.shell_complete(root, incomplete)
    return [
        CompletionItem(each) for each in found.list_commands(inner) if each.startswith(incomplete)
    ]


@click.command("help")
@click.argument("names", nargs=-1, metavar="[COMMAND]...", shell_complete=_below)
@click.pass_context
def help_(ctx: click.Context, names: Sequence[str]) -> None:
    """Say what a command does, as COMMAND -h does: help publish, help infra plan."""
    found, inner = _find(ctx.find_root(), names)
    click.echo(found.get_help(inner))


def _find(root: click.Context, names: Sequence[str]) -> tuple[click.Command, click.Context]:
    """Return a command by its names, and its context. Raises UsageError."""
    command, context = root.command, root
    for name in names:
        if not isinstance(command, click.Group):
            raise click.UsageError(f"`{context.info_name}` has no commands below it", context)
        _, found, _ = command.resolve_command(context, [name])
        if found is None:  # only where a shell asks
            break
        command = found
        context = click.Context(command, info_name=name, parent=context, resilient_parsing=True)
    return command, context


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes a shell complete commands, options and documents.

    \\b
    bash:        completion bash > ~/.local/share/bash-completion/completions/tidepost
    zsh:         completion zsh > ~/.zfunc/_tidepost   (a folder of your fpath)
    fish:        completion fish > ~/.config/fish/completions/tidepost.fish
    PowerShell:  completion powershell >> $PROFILE

    It is for the program `tidepost` on the path, and asks that program alone, which then changes
    nothing, whatever stands on the line.
    """
    made = get_completion_class(shell)
    assert made is not None
    source = made(cli, {}, PROGRAM, COMPLETE).source()
    if shell == "fish":  # a name or a description may have commas of its own
        source = source.replace('string split "," ', 'string split --max 1 "," ')
    click.echo(source, nl=False)
    if called() != PROGRAM and shutil.which(PROGRAM) is None:
        click.echo(
            f"There is no `{PROGRAM}` on the path yet: `python -m pip install .` puts it there.",
            err=True,
        )


def documents(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the path of a document, as it is written from the site's folder or in content/."""
    root = Path(ctx.params.get("folder") or ".")
    found = []
    for path in _documents_in(root / "content"):
        for shown in (f"content/{path}", path, path.rpartition("/")[2]):
            if shown.startswith(incomplete):
                found.append(CompletionItem(shown))
                break
    return found


def _documents_in(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("*.md")):
        name = file.relative_to(folder).as_posix()
        if not any(part.startswith((".", "_")) for part in name.split("/")):
            yield name


def releases_here(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a release of a site that is published to a folder; no other place is asked."""
    from generator.publish import publisher

    store = _folder_store(ctx)
    manifest = publisher.manifest_of(store) if store else None
    return [
        CompletionItem(str(each.sequence), help=each.created)
        for each in (manifest.releases if manifest else ())
        if str(each.sequence).startswith(incomplete)
    ]


def previews_here(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a preview of a site that is published to a folder; no other place is asked."""
    from generator.publish import publisher

    store = _folder_store(ctx)
    names = publisher.previews(store) if store else ()
    return [CompletionItem(each) for each in sorted(names) if each.startswith(incomplete)]


def _folder_store(ctx: click.Context) -> Store | None:
    """Return the folder that a site is published to, or None where that is another place."""
    from generator.app.targets import folder_store
    from generator.app.workspace import open_workspace
    from generator.publish.store import StoreError

    try:
        workspace = open_workspace(Path(ctx.params.get("folder") or "."), quiet=True)
        settings = workspace.config.publish
        if settings.stack or settings.target != "folder":
            return None
        return folder_store(workspace.config, workspace.root)
    except (SiteError, StoreError, OSError):  # pressing a key is no place for errors
        return None
