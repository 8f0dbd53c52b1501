"""The commands about visitors: `stats`, `messages` and `smoke`.

They speak to the functions behind the API by invoking them (docs in backend/README.md), or, on this
machine, by calling them on the files that `serve` keeps.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from generator.adapters.functions import (
    Answer,
    FunctionError,
    Functions,
    LocalApi,
    every,
    http_request,
)
from generator.app.functions import LOCAL, open_functions
from generator.app.visits import (
    Statistics,
    as_csv,
    as_data,
    as_export,
    gather,
    messages_as_csv,
    when,
)
from generator.app.workspace import Workspace, open_workspace
from generator.cli.commands import DONE, NOT_PUBLISHED, PROBLEMS
from generator.cli.common import json_option, site_option
from generator.core.problems import Problem

if TYPE_CHECKING:
    from rich.table import Table

F = TypeVar("F", bound=Callable[..., Any])

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
"""`smoke` acts as a reader: with a program's name it would be tallied as a bot."""
SMOKE_PATH = "/tidepost-smoke/"
_AT_ONCE = 100
"""Messages that one call deletes: the function takes no more."""
_LIMITS = frozenset({"sender-limit", "daily-limit"})
_STATES = ("pending", "sending", "sent", "unsure", "failed", "quarantined")


def stage_option(command: F) -> F:
    """Add `--stage`."""
    return click.option(
        "--stage",
        type=click.Choice([LOCAL, "test", "prod"]),
        help="prod, test, or local: what `serve` counted here. "
        "Default: prod with `publish.stack` in site.yaml, else local.",
    )(command)


# stats


@click.command()
@site_option
@json_option
@stage_option
@click.option(
    "--days",
    type=click.IntRange(1, 36_500),
    default=30,
    help="Days told (30); the table of days has the last 14 of them.",
)
@click.option("--top", type=click.IntRange(1), default=20, help="Pages in the table (20).")
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the numbers of each page and day as CSV.",
)
@click.option(
    "--html",
    "html_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with all of it, for a browser.",
)
@click.option(
    "--export",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[FILE]",
    help="Write the numbers that the next build shows to readers without JavaScript "
    "(`counter.counts` of site.yaml).",
)
def stats(
    folder: Path,
    as_json: bool,
    stage: str | None,
    days: int,
    top: int,
    csv_file: Path | None,
    html_file: Path | None,
    export: str | None,
) -> int:
    """Show how often pages were viewed: in all, by page and by day."""
    workspace = open_workspace(folder, as_json=as_json)

    def work() -> int:
        functions, _ = open_functions(workspace, stage or "")
        statistics = _statistics(workspace, functions, days)
        written = []
        if csv_file:
            written.append(_write(csv_file, as_csv(statistics).encode()))
        if html_file:
            written.append(_write(html_file, _report(workspace, statistics).encode()))
        if export is not None:
            target = workspace.root / (export or workspace.config.counter.counts)
            written.append(_write(target, as_export(statistics, workspace.config.base)))
        workspace.console.data(as_data(statistics))
        if not as_json:
            _print_statistics(statistics, top)
        for file in written:
            workspace.console.say(f"Wrote {file}")
        return DONE

    return _answer(workspace, work)


def _statistics(workspace: Workspace, functions: Functions, days: int) -> Statistics:
    today = workspace.now.astimezone(dt.UTC).date()
    since = today - dt.timedelta(days=days - 1)
    ask = {"action": "stats", "since": since.isoformat()}
    stage = str(functions.counter({"action": "health"})["stage"])
    answers = every(functions.counter, ask, "pages")
    return gather(answers, stage=stage, since=since, today=today)


def _print_statistics(statistics: Statistics, top: int) -> None:
    from rich.console import Console

    out = Console()
    total = statistics.site.total
    out.print(
        f"{total.views:,} views and {total.visitors:,} visitors in all; "
        f"{total.bots:,} requests of bots were not counted."
    )
    days = _table("Day", "Views", "Visitors", "Bots", "")
    recent = statistics.each_day()[-14:]
    most = max((numbers.views for _, numbers in recent), default=0) or 1
    for day, numbers in recent:
        bar = "█" * round(24 * numbers.views / most)
        days.add_row(day.isoformat(), *_figures(numbers), bar)
    out.print(days)
    pages = _table("Page", "Views", "Visitors", "Bots", f"{len(statistics.each_day())} days")
    for page in statistics.pages[:top]:
        lately = sum(numbers.views for numbers in page.days.values())
        name = page.path if page.listed else f"{page.path} (gone)"
        pages.add_row(name, *_figures(page.total), f"{lately:,}")
    out.print(pages)
    if len(statistics.pages) > top:
        out.print(f"and {len(statistics.pages) - top} more pages (--top)")


def _report(workspace: Workspace, statistics: Statistics) -> str:
    import jinja2

    from generator.app.visits import Numbers, bars

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("generator", "app"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    days = statistics.each_day()
    return environment.get_template("visits.html").render(
        title=workspace.config.title,
        statistics=statistics,
        days=days,
        bars=bars,
        days_of=lambda page: [(day, page.days.get(day, Numbers())) for day, _ in days],
    )


# messages


@click.group()
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
        from rich.console import Console
        from rich.text import Text

        table = _table("Id", "Received", "State", "From", "Subject", right=())
        for one in found:
            kept = one["state"] == "quarantined" or _waits(one)
            why = f" ({', '.join(one['reasons'])})" if kept else ""
            about = one["subject"] or one["message"].partition("\n")[0]
            cells = (one["id"], when(one["received"]), f"{one['state']}{why}")
            # Text, since a stranger's square brackets must not become rich's markup.
            table.add_row(*cells, Text(_plain(one["name"])), Text(_plain(about)[:60]))
        Console().print(table)
        return DONE

    return _with_functions(folder, as_json, stage, work)


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
            workspace.console.say(line)
        return DONE

    return _with_functions(folder, as_json, stage, work)


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

    return _with_functions(folder, as_json, stage, work)


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
        _write(file, text.encode())
        workspace.console.data({"file": str(file), "messages": len(found)})
        workspace.console.say(f"Wrote {len(found)} messages to {file}")
        return DONE

    return _with_functions(folder, as_json, stage, work)


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
                name = _plain(one["name"])
                click.echo(f"{one['id']}  {when(one['received'])}  {name}", err=True)
            many = "it" if len(found) == 1 else f"these {len(found)}"
            click.confirm(f"Delete {many} for good?", abort=True, err=True)
        ids = [one["id"] for one in found]
        gone = _delete_all(functions, ids, state) if state else _delete_each(functions, ids)
        workspace.console.data({"deleted": gone})
        workspace.console.say(f"Deleted {len(gone)}")
        return DONE

    return _with_functions(folder, as_json, stage, work)


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


def _waits(one: Mapping[str, Any]) -> bool:
    """Tell whether a message waits for a day with room (docs/contact.md)."""
    return one["state"] == "pending" and not _LIMITS.isdisjoint(one["reasons"])


def _find(functions: Functions, beginning: str) -> dict[str, Any]:
    if len(beginning) == 16:
        return functions.contact({"action": "messages.show", "id": beginning})
    found = [one for one in _messages(functions) if one["id"].startswith(beginning)]
    if len(found) != 1:
        many = f"{len(found)} messages begin" if found else "no message begins"
        raise FunctionError(f"{many} with `{beginning}`; `messages list` tells all ids")
    return found[0]


def _in_full(one: Mapping[str, Any]) -> list[str]:
    lines = [
        f"Id:        {one['id']}",
        f"Received:  {when(one['received'])} UTC, on {_plain(one['page']) or 'an unknown page'}",
        f"From:      {_plain(one['name'])} <{_plain(one['email'])}>",
        f"Subject:   {_plain(one['subject']) or '-'}",
        f"State:     {one['state']}, after {one['attempts']} attempts"
        + (f", sent {when(one['sent'])} UTC" if one["sent"] else "")
        + (f", next {when(one['due'])} UTC" if one["due"] else ""),
    ]
    if one["trouble"]:
        lines.append(f"Trouble:   {_plain(one['trouble'])}")
    if one["reasons"]:
        lines.append(f"{'Waits:' if _waits(one) else 'Suspicion:':10} {', '.join(one['reasons'])}")
    return [*lines, "", *(_plain(line) for line in one["message"].split("\n"))]


# smoke


@click.command()
@site_option
@json_option
@click.option(
    "--stage",
    type=click.Choice([LOCAL, "test"]),
    default=LOCAL,
    help="test, or local (default). Never production.",
)
def smoke(folder: Path, as_json: bool, stage: str) -> int:
    """Try counter and contact form of a stage: two views, a repeat, a message."""
    workspace = open_workspace(folder, as_json=as_json)

    def work() -> int:
        functions, address = open_functions(workspace, stage)
        call = _over_http(address) if address else _in_process(functions)
        checks = Smoke(functions, call, stage)
        checks.run()
        workspace.console.data({"stage": stage, "checks": checks.done})
        for check in checks.done:
            detail = f": {check['detail']}" if check["detail"] else ""
            workspace.console.say(f"{'ok  ' if check['ok'] else 'FAIL'}  {check['name']}{detail}")
        return DONE if all(check["ok"] for check in checks.done) else PROBLEMS

    return _answer(workspace, work)


Call = Callable[[str, str, Mapping[str, Any] | None], Answer]


class Smoke:
    """The checks of `smoke`; `done` holds what each of them found."""

    def __init__(
        self,
        functions: Functions,
        call: Call,
        stage: str,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._functions = functions
        self._call = call
        self._stage = stage
        self._wait = wait
        self.done: list[dict[str, Any]] = []

    def run(self) -> None:
        """Make all checks; after the first one fails, nothing more is touched."""
        status, health = self._ask("GET", "/health")
        found = health.get("stage") if status == 200 else None
        self._note("the API answers", status == 200, f"HTTP {status}")
        self._note(f"the stage is {self._stage}", found == self._stage, f"it says {found}")
        if not all(check["ok"] for check in self.done):
            return
        self._count()
        self._send()

    def _count(self) -> None:
        register = {"action": "register", "paths": [SMOKE_PATH], "keep": True}
        self._functions.counter(register)
        numbers = []
        views = [secrets.token_hex(8), secrets.token_hex(8)]
        for view in (*views, views[1]):
            body = {"path": SMOKE_PATH, "id": view}
            status, answer = self._ask("POST", "/count", body)
            number = answer.get("counts", {}).get(SMOKE_PATH, {}).get("views", -1)
            self._note("a view is counted", status == 200 and bool(answer.get("counted")), answer)
            numbers.append(number)
        first, second, again = numbers
        self._note("the second is one higher", second == first + 1, f"{first}, then {second}")
        self._note("the same view again is not", again == second, f"{second}, then {again}")
        _, read = self._ask("GET", f"/count?path={SMOKE_PATH}")
        shown = read.get("counts", {}).get(SMOKE_PATH, {}).get("views", -1)
        self._note("reading tells the same number", shown == second, f"{shown}")

    def _send(self) -> None:
        status, answer = self._ask("GET", "/contact/token")
        self._note("a token is given", status == 200, f"HTTP {status}")
        self._wait(3.5)  # who sends a form sooner is taken for a program
        text = f"A test of the contact form, {secrets.token_hex(8)}."
        fields = {
            "name": "Tidepost smoke test",
            "email": "smoke@example.com",
            "subject": "Smoke test",
            "message": text,
            "page": SMOKE_PATH,
            "token": answer.get("token", ""),
        }
        status, answer = self._ask("POST", "/contact", fields)
        good = status == 200 and set(answer) == {"ok", "id"} and answer["ok"] is True
        self._note("a message is accepted", good, answer)
        if not good:
            return
        name = {"id": answer["id"]}
        stored = self._functions.contact({"action": "messages.show", **name})
        self._note("it is stored as it was sent", stored["message"] == text, "")
        if _waits(stored):
            stored = self._functions.contact({"action": "messages.retry", **name})
        detail = f"{stored['state']} {stored['trouble']} {' '.join(stored['reasons'])}".strip()
        self._note("it is mailed", stored["state"] == "sent", detail)
        gone = self._functions.contact({"action": "messages.delete", **name})
        self._note("it is deleted again", gone == {"deleted": True}, "")

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        answer = self._call(method, path, body)
        try:
            data = json.loads(answer.body)
        except ValueError:
            data = {}
        return answer.status, data if isinstance(data, dict) else {}

    def _note(self, name: str, ok: bool, detail: Any) -> None:
        self.done.append({"name": name, "ok": ok, "detail": "" if ok else str(detail)})


def _over_http(address: str) -> Call:
    def call(method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        raw = json.dumps(body).encode() if body is not None else None
        return http_request(method, address + path, _headers(), raw)

    return call


def _in_process(functions: Functions) -> Call:
    assert isinstance(functions, LocalApi)
    api = functions

    def call(method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        path, _, query = path.partition("?")
        raw = json.dumps(body).encode() if body is not None else b""
        return api(method, f"/api{path}", query, _headers(), raw)

    return call


def _headers() -> dict[str, str]:
    return {
        "user-agent": BROWSER,
        "accept": "application/json",
        "content-type": "application/json",
    }


# Shared


def _with_functions(
    folder: Path,
    as_json: bool,
    stage: str | None,
    work: Callable[[Workspace, Functions], int],
) -> int:
    workspace = open_workspace(folder, as_json=as_json)
    return _answer(workspace, lambda: work(workspace, open_functions(workspace, stage or "")[0]))


def _answer(workspace: Workspace, work: Callable[[], int]) -> int:
    """Do the work; tell in one sentence what the functions or AWS refused."""
    from generator.publish.store import StoreError

    try:
        return work()
    except (FunctionError, StoreError) as error:
        hint = getattr(error, "hint", "")
        problem = Problem(path="api", code="function", message=str(error), hint=hint)
        workspace.console.problems([problem])
        workspace.console.data({"error": str(error), "hint": hint})
        return NOT_PUBLISHED


def _table(first: str, *others: str, right: tuple[int, ...] = (1, 2, 3, 4)) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD)
    table.add_column(first, no_wrap=first == "Id", overflow="fold")
    for i, name in enumerate(others, 1):
        is_number = i in right and name != ""
        table.add_column(name, justify="right" if is_number else "left")
    return table


def _figures(numbers: Any) -> tuple[str, str, str]:
    return f"{numbers.views:,}", f"{numbers.visitors:,}", f"{numbers.bots:,}"


def _plain(text: str) -> str:
    """Leave out what a terminal would obey instead of showing."""
    return "".join(character for character in text if character.isprintable())


def _write(file: Path, content: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file
