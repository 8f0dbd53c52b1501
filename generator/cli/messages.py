"""publish.py messages: read, export, send again and delete what the contact form holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from generator.adapters.console import rich_console
from generator.adapters.functions import (
    FunctionError,
    Functions,
    every,
)
from generator.app.visits import (
    messages_as_csv,
    waits,
    when,
)
from generator.app.workspace import Workspace
from generator.cli.commands import DONE, PROBLEMS, CommandGroup
from generator.cli.common import (
    json_option,
    printable,
    site_option,
    stage_option,
    table_of,
    with_functions,
    write_file,
)

_AT_ONCE = 100
"""Messages that one call deletes: the function takes no more."""


_STATES = ("pending", "sending", "sent", "unsure", "failed", "quarantined")


@click.group(cls=CommandGroup)
def messages() -> None:
    """Read, send again, export and delete the messages of the contact form."""


@messages.command("list")
@site_option
@json_option
@stage_option
@click.option("--state", type=click.Choice(_STATES), help="Only messages in this state.")
def list_messages(folder: Path, as_json: bool, stage: str | None, state: str | None) -> int:
    """List messages, the newest first."""

    def work(workspace: Workspace, functions: Functions) -> int:
        found = [one for one in _messages(functions) if state in (None, one["state"])]
        workspace.console.data(found)
        if as_json:
            return DONE
        from rich.text import Text

        table = table_of("Id", "Received", "State", "From", "Subject", right=())
        for one in found:
            kept = one["state"] == "quarantined" or waits(one)
            why = f" ({', '.join(one['reasons'])})" if kept else ""
            about = one["subject"] or one["message"].partition("\n")[0]
            cells = (one["id"], when(one["received"]), f"{one['state']}{why}")
            # Text, since a stranger's square brackets must not become rich's markup.
            table.add_row(*cells, Text(printable(one["name"])), Text(printable(about)[:60]))
        rich_console().print(table)
        return DONE

    return with_functions(folder, as_json, stage, work)


@messages.command()
@site_option
@json_option
@stage_option
@click.argument("message_id", metavar="ID")
def show(folder: Path, as_json: bool, stage: str | None, message_id: str) -> int:
    """Show one message; the beginning of its id is enough."""

    def work(workspace: Workspace, functions: Functions) -> int:
        one = _find(functions, message_id)
        workspace.console.data(one)
        for line in _in_full(one):
            workspace.console.answer(line)
        return DONE

    return with_functions(folder, as_json, stage, work)


@messages.command()
@site_option
@json_option
@stage_option
@click.argument("message_id", metavar="ID")
def retry(folder: Path, as_json: bool, stage: str | None, message_id: str) -> int:
    """Mail a message now, whatever its state.

    Also one in quarantine, or one of which it is in doubt whether it was mailed.
    """

    def work(workspace: Workspace, functions: Functions) -> int:
        known = _find(functions, message_id)
        one = functions.contact({"action": "messages.retry", "id": known["id"]})
        workspace.console.data(one)
        trouble = f": {one['trouble']}" if one["trouble"] else ""
        workspace.console.say(f"{one['id']} is {one['state']}{trouble}")
        return DONE if one["state"] == "sent" else PROBLEMS

    return with_functions(folder, as_json, stage, work)


@messages.command()
@site_option
@json_option
@stage_option
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(folder: Path, as_json: bool, stage: str | None, file: Path) -> int:
    """Write all messages to a file: .csv, or JSON for any other name."""

    def work(workspace: Workspace, functions: Functions) -> int:
        found = _messages(functions)
        as_table = file.suffix == ".csv"
        text = (
            messages_as_csv(found) if as_table else json.dumps(found, ensure_ascii=False, indent=1)
        )
        write_file(file, text.encode())
        workspace.console.data({"file": str(file), "messages": len(found)})
        workspace.console.say(f"Wrote {len(found)} messages to {file}")
        return DONE

    return with_functions(folder, as_json, stage, work)


@messages.command()
@site_option
@json_option
@stage_option
@click.argument("message_ids", metavar="[ID...]", nargs=-1)
@click.option("--state", type=click.Choice(_STATES), help="All messages in this state.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(
    folder: Path,
    as_json: bool,
    stage: str | None,
    message_ids: tuple[str, ...],
    state: str | None,
    yes: bool,
) -> int:
    """Delete messages for good: some, by their ids, or all in a state.

    Spam is forgotten by itself after a month: `--state quarantined` does it now.
    """
    if bool(message_ids) == bool(state):
        raise click.UsageError("say which messages: ids, or --state")

    def work(workspace: Workspace, functions: Functions) -> int:
        if state:
            found = [one for one in _messages(functions) if one["state"] == state]
        else:
            found = [_find(functions, message_id) for message_id in message_ids]
        if found and not yes:
            for one in found:
                name = printable(one["name"])
                click.echo(f"{one['id']}  {when(one['received'])}  {name}", err=True)
            many = "it" if len(found) == 1 else f"these {len(found)}"
            click.confirm(f"Delete {many} for good?", abort=True, err=True)
        ids = [one["id"] for one in found]
        gone = _delete_all(functions, ids, state) if state else _delete_each(functions, ids)
        workspace.console.data({"deleted": gone})
        workspace.console.say(f"Deleted {len(gone)}")
        return DONE

    return with_functions(folder, as_json, stage, work)


def _delete_each(functions: Functions, ids: list[str]) -> list[str]:
    for message_id in ids:
        functions.contact({"action": "messages.delete", "id": message_id})
    return ids


def _delete_all(functions: Functions, ids: list[str], state: str) -> list[str]:
    """Delete messages unless they are in another state by now; return those that are gone."""
    gone: list[str] = []
    for start in range(0, len(ids), _AT_ONCE):
        chosen = {"ids": ids[start : start + _AT_ONCE], "state": state}
        gone += functions.contact({"action": "messages.delete", **chosen})["deleted"]
    return gone


def _messages(functions: Functions) -> list[dict[str, Any]]:
    found = list(every(functions.contact, {"action": "messages.list"}))
    return sorted(found, key=lambda one: (-one["received"], one["id"]))


def _find(functions: Functions, beginning: str) -> dict[str, Any]:
    if len(beginning) == 16:
        return functions.contact({"action": "messages.show", "id": beginning})
    found = [one for one in _messages(functions) if one["id"].startswith(beginning)]
    if len(found) != 1:
        many = f"{len(found)} messages begin" if found else "no message begins"
        raise FunctionError(f"{many} with `{beginning}`; `messages list` shows all ids")
    return found[0]


def _in_full(one: Mapping[str, Any]) -> list[str]:
    lines = [
        f"Id:        {one['id']}",
        f"Received:  {when(one['received'])} UTC, on {printable(one['page']) or 'an unknown page'}",
        f"From:      {printable(one['name'])} <{printable(one['email'])}>",
        f"Subject:   {printable(one['subject']) or '-'}",
        f"State:     {one['state']}, after {one['attempts']} attempts"
        + (f", sent {when(one['sent'])} UTC" if one["sent"] else "")
        + (f", next {when(one['due'])} UTC" if one["due"] else ""),
    ]
    if one["trouble"]:
        lines.append(f"Trouble:   {printable(one['trouble'])}")
    if one["reasons"]:
        lines.append(f"{'Waits:' if waits(one) else 'Suspicion:':10} {', '.join(one['reasons'])}")
    return [*lines, "", *(printable(line) for line in one["message"].split("\n"))]
