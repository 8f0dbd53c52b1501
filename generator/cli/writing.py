"""The command `new`."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import click

from generator.cli.common import open_workspace, site_option
from generator.names import slugify
from generator.problems import Problem, SiteError


@click.command()
@click.argument("kind", type=click.Choice(["post", "page"]))
@click.argument("title")
@click.option("--draft", is_flag=True, help="Start it as a draft (posts only).")
@click.option("--edit", is_flag=True, help="Open it in $VISUAL or $EDITOR.")
@site_option
def new(kind: str, title: str, draft: bool, edit: bool, folder: Path) -> int:
    """Start a post or a page: new post "My title".

    The file gets today's date and its front matter; nothing that exists is overwritten.
    """
    workspace = open_workspace(folder)
    slug = slugify(title)
    if not slug:
        raise click.BadParameter("needs a letter or a digit", param_hint="TITLE")
    name = f"content/pages/{slug}.md"
    lines = ["---", f"title: {quoted(title)}"]
    if kind == "post":
        name = f"content/posts/{workspace.now:%Y-%m-%d}-{slug}.md"
        lines += [f"date: {workspace.now:%Y-%m-%d %H:%M}", "tags: []"]
        if draft:
            lines.append("draft: true")
    lines += ["description: ", "---", "", ""]
    file = workspace.root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write("\n".join(lines))
    except FileExistsError:
        raise SiteError(
            [Problem(path=name, code="exists", message="there is one already", hint="edit it")]
        ) from None
    workspace.console.say(f"Wrote {name}")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR", "")
    if edit and editor:
        return subprocess.call([*shlex.split(editor), str(file)])  # noqa: S603 (the owner's own)
    return 0


def quoted(text: str) -> str:
    """Return text as a double-quoted YAML scalar."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
