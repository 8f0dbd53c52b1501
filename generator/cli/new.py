"""The command `new`."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import click

from generator.app.workspace import Workspace, open_workspace
from generator.cli.common import json_option, site_option
from generator.content.sources import Kind
from generator.core.dates import parse_date
from generator.core.problems import Problem, SiteError
from generator.core.urls import path_fault, slugify
from generator.editing.starters import NAMES

MOST_SLUG = 60
"""A name longer than this is cut between two words: it is to be read in an address bar."""

_PLAIN_TAG = re.compile(r"[A-Za-z][\w -]*")
_DATED = re.compile(r"\{(?:year|month|day)\}")
_DATE_IN_NAME = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}-")
_YAML_WORDS = ("true", "false", "null")
_KINDS = ("post", "page")
_NOTE = "note"
MOST_NOTE_SLUG = 30
"""The same for a note, whose name is the beginning of its text."""


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[post|page|note|site] TITLE")
@click.option("--tag", "tags", metavar="TAG", multiple=True, help="A tag (posts; may be repeated).")
@click.option("--date", metavar="DATE", help="2026-03-02, or with a time behind it (default: now).")
@click.option("--draft", is_flag=True, help="Start it as a draft.")
@click.option("--slug", metavar="WORDS", help="The last part of its address (default: the title).")
@click.option("--edit/--no-edit", default=None, help="Open it in $VISUAL or $EDITOR, or do not.")
@click.option("--starter", type=click.Choice(NAMES), help="What a site begins as (default: blog).")
@click.option("--vendored", is_flag=True, help="Lay the program into the site's folder, too.")
@json_option
@site_option
def new(
    words: Sequence[str],
    tags: Sequence[str],
    date: str | None,
    draft: bool,
    slug: str | None,
    edit: bool | None,
    starter: str | None,
    vendored: bool,
    folder: Path,
    as_json: bool,
) -> int:
    """Start a post, a page or a site.

    \b
    A post:            new post "What I learned"   (or without the word `post`)
    With all of it:    new post "Low water" --tag harbour --date 2026-03-02 --draft
    A page:            new page "About"
    A note:            new note "Fog until noon."   (a post without a title: its text)
    In a collection:   new projects "A dinghy"     (where site.yaml has `projects`)
    A site:            new site my-site --starter resume

    Nothing that exists is overwritten. At a terminal, your editor opens the file if $VISUAL or
    $EDITOR names one.
    """
    if words[0] == "site":
        from generator.cli.new_site import new_site

        if len(words) != 2 or tags or date or draft or slug or edit:
            raise click.UsageError("say where: new site my-site [--starter NAME] [--vendored]")
        return new_site(words[1], starter or "blog", vendored=vendored, as_json=as_json)
    if starter or vendored:
        raise click.UsageError("--starter and --vendored are for a site: new site my-site")
    workspace = open_workspace(folder, as_json=as_json)
    kind: Kind = "page" if words[0] == "page" else "post"
    collection = words[0] if words[1:] and words[0] in workspace.config.collections else ""
    if collection:
        kind = "item"
    note = words[0] == _NOTE and len(words) > 1 and not collection
    if collection or note or words[0] in _KINDS:
        words = words[1:]
    else:
        _refuse_unknown_kind(words, (*_KINDS, _NOTE, *workspace.config.collections))
    title = one_line(" ".join(words))
    if not title:
        example = f'{collection or kind} "What I learned"'
        raise click.UsageError(f"say what it is called: new {example}")
    if tags and kind != "post":
        raise click.UsageError("only posts have tags")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    if edit and not editor:
        raise click.UsageError("--edit needs $VISUAL or $EDITOR to name your editor")
    if edit is None:
        edit = bool(editor) and not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    name = write_document(
        workspace,
        kind,
        title,
        slug=slug or (_beginning(title) if note else title),
        tags=tags,
        date=date,
        draft=draft,
        collection=collection,
        note=note,
    )
    workspace.console.say(f"Wrote {name}")
    if other := _same_address(workspace, name):
        click.echo(f"It may have the address of {other}: give one of them `slug:`.", err=True)
    workspace.console.data({"path": name, "kind": kind, "title": title})
    if edit:
        _open(editor, workspace.root / name)
    return 0


def _refuse_unknown_kind(words: Sequence[str], kinds: Sequence[str]) -> None:
    """Raise UsageError where the first of two words is meant as a kind of document, and is none."""
    if len(words) != 2:
        return
    word, title = words
    nearly = [kind for kind in kinds if kind.removesuffix("s") == word.lower().removesuffix("s")]
    if not nearly and (" " not in title or " " in word):
        return
    hint = f"did you mean `{nearly[0]}`?" if nearly else f"there are {', '.join(kinds)}."
    quotes = "If it belongs to the title, put all of that in quotes"
    raise click.UsageError(f"`{word}` is no kind of document; {hint} {quotes}")


def write_document(
    workspace: Workspace,
    kind: Kind,
    title: str,
    *,
    slug: str,
    tags: Sequence[str],
    date: str | None,
    draft: bool,
    collection: str = "",
    note: bool = False,
) -> str:
    """Write the file with its front matter and return its path. An item is given its collection,
    whose fields it begins with; of a `note` the title is its text. Raises SiteError where it
    exists, UsageError where the date is none."""
    moment = workspace.now
    shown = f"{moment:%Y-%m-%d %H:%M}"
    if date is not None:
        try:
            moment, _ = parse_date(date, workspace.config.zone)
        except ValueError as error:
            raise click.UsageError(f"--date: {error}") from None
        shown = date.strip()
    stem = file_stem(slug, kind)
    name = f"content/{collection or 'pages'}/{stem}.md"
    lines = ["---", "title: false" if note else f"title: {quoted(title)}"]
    is_event = bool(collection) and workspace.config.collections[collection].events
    if kind == "post":
        name = f"content/posts/{moment:%Y-%m-%d}-{stem}.md"
        lines += [f"date: {shown}", f"tags: [{', '.join(map(_tag, tags))}]"]
    elif date is not None or is_event:
        lines.append(f"date: {shown}")
    if draft:
        lines.append("draft: true")
    if not note:
        lines.append("description: ")
    if collection:
        lines += [f"{field}: " for field in workspace.config.collections[collection].all_fields]
    lines += ["---", title if note else "", ""]
    file = workspace.root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write("\n".join(lines))
    except FileExistsError:
        hint = "edit it, or give another name with --slug"
        raise SiteError(
            [Problem(path=name, code="exists", message="there is one already", hint=hint)]
        ) from None
    return name


def _beginning(text: str) -> str:
    """Return the words of a note that its file is called by."""
    head, _, _ = text[: MOST_NOTE_SLUG + 1].rpartition(" ")
    return head if len(text) > MOST_NOTE_SLUG and head else text[:MOST_NOTE_SLUG]


def _same_address(workspace: Workspace, name: str) -> str:
    """Return another document that gets the same address by its name, or an empty text.

    Only names are looked at: what `check` finds, it finds for certain, but later.
    """
    file = workspace.root / name
    if name.startswith("content/pages/"):
        index = file.with_suffix("") / "index.md"
        return index.relative_to(workspace.root).as_posix() if index.exists() else ""
    if _DATED.search(workspace.config.permalinks.post):
        return ""
    stem = _DATE_IN_NAME.sub("", file.stem)
    for folder in ("posts", "drafts"):
        for other in sorted((workspace.root / "content" / folder).rglob(f"*{stem}*")):
            named = other.stem if other.suffix == ".md" else other.name
            if other != file and _DATE_IN_NAME.sub("", named) == stem:
                return other.relative_to(workspace.root).as_posix()
    return ""


def file_stem(text: str, kind: Kind) -> str:
    """Return a file's name without its ending for a document called `text`: its slug, whatever a
    person may call it."""
    slug = slugify(text)
    if len(slug) > MOST_SLUG:
        head, _, _ = slug[: MOST_SLUG + 1].rpartition("-")
        slug = (head or slug[:MOST_SLUG]).strip("-.")
    # Scripts of which one letter takes several bytes are held to what file systems store.
    while len(slug.encode()) > 180:
        slug = slug[:-1]
    if not slug:
        return f"untitled-{kind}"
    if slug == "index" or path_fault(f"/{slug}/"):  # `index.md` is its folder's own page
        return f"{slug.rstrip('.')}-{kind}"
    return slug


def quoted(text: str) -> str:
    """Return text as a double-quoted YAML scalar."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _tag(text: str) -> str:
    text = one_line(text)
    plain = _PLAIN_TAG.fullmatch(text) and text.lower() not in _YAML_WORDS
    return text if plain else quoted(text)


def one_line(text: str) -> str:
    """Return text on one line, without what no text file should hold."""
    kept = (
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in text
        if unicodedata.category(char) != "Cs" and char not in "\ufeff\ufffe\uffff"
    )
    return " ".join("".join(kept).split())


def _open(editor: str, file: Path) -> None:
    """Open the file; that an editor cannot be started leaves the file as it was written."""
    try:
        ended = subprocess.call([*shlex.split(editor), str(file)])  # noqa: S603 (the owner's own)
    except (OSError, ValueError) as error:
        click.echo(f"Could not start `{editor}`: {error}", err=True)
    else:
        if ended:
            click.echo(f"`{editor}` ended with code {ended}.", err=True)
