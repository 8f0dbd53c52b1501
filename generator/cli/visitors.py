"""The commands about visitors: `stats`, `messages` and `smoke`.

They speak to the functions behind the API by invoking them (docs in backend/README.md), or, on this
machine, by calling them on the files that `serve` keeps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from generator.adapters.console import rich_console
from generator.adapters.functions import (
    Functions,
    every,
)
from generator.app.functions import LOCAL, open_functions
from generator.app.smoke import Smoke, in_process, over_http
from generator.app.visits import (
    Statistics,
    as_csv,
    as_data,
    as_export,
    gather,
)
from generator.app.workspace import Workspace, open_workspace
from generator.cli.commands import DONE, PROBLEMS
from generator.cli.common import (
    answered,
    json_option,
    site_option,
    stage_option,
    table_of,
    write_file,
)

F = TypeVar("F", bound=Callable[..., Any])


# stats


@click.command()
@site_option
@json_option
@stage_option
@click.option(
    "--days",
    type=click.IntRange(1, 36_500),
    default=30,
    help="Days shown (30); the table of days has the last 14 of them.",
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
            written.append(write_file(csv_file, as_csv(statistics).encode()))
        if html_file:
            written.append(write_file(html_file, _report(workspace, statistics).encode()))
        if export is not None:
            target = workspace.root / (export or workspace.config.counter.counts)
            written.append(write_file(target, as_export(statistics, workspace.config.base)))
        workspace.console.data(as_data(statistics))
        if not as_json:
            _print_statistics(statistics, top)
        for file in written:
            workspace.console.say(f"Wrote {file}")
        return DONE

    return answered(workspace, work)


def _statistics(workspace: Workspace, functions: Functions, days: int) -> Statistics:
    today = workspace.now.astimezone(dt.UTC).date()
    since = today - dt.timedelta(days=days - 1)
    ask = {"action": "stats", "since": since.isoformat()}
    stage = str(functions.counter({"action": "health"})["stage"])
    answers = every(functions.counter, ask, "pages")
    return gather(answers, stage=stage, since=since, today=today)


def _print_statistics(statistics: Statistics, top: int) -> None:
    out = rich_console()
    total = statistics.site.total
    out.print(
        f"{total.views:,} views and {total.visitors:,} visitors in all; "
        f"{total.bots:,} requests of bots were not counted."
    )
    days = table_of("Day", "Views", "Visitors", "Bots", "")
    recent = statistics.each_day()[-14:]
    most = max((numbers.views for _, numbers in recent), default=0) or 1
    for day, numbers in recent:
        bar = "█" * round(24 * numbers.views / most)
        days.add_row(day.isoformat(), *_figures(numbers), bar)
    out.print(days)
    pages = table_of("Page", "Views", "Visitors", "Bots", f"{len(statistics.each_day())} days")
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
        call = over_http(address) if address else in_process(functions)
        checks = Smoke(functions, call, stage)
        checks.run()
        workspace.console.data({"stage": stage, "checks": checks.done})
        for check in checks.done:
            detail = f": {check['detail']}" if check["detail"] else ""
            workspace.console.say(f"{'ok  ' if check['ok'] else 'FAIL'}  {check['name']}{detail}")
        return DONE if all(check["ok"] for check in checks.done) else PROBLEMS

    return answered(workspace, work)


# Shared


def _figures(numbers: Any) -> tuple[str, str, str]:
    return f"{numbers.views:,}", f"{numbers.visitors:,}", f"{numbers.bots:,}"
