"""What the person at the terminal sees."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import click

from generator.core.problems import Problem, Severity

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.progress import Progress, Task
    from rich.progress_bar import ProgressBar
    from rich.text import Text

_COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "note": "blue"}
_SECONDS_BEFORE_PROGRESS = 1.0
_DUMB = ("dumb", "unknown")
"""Terminals that know neither colours nor a way back in a line."""

QUIET = "generator.quiet"
"""Where a command's context keeps that -q was given."""


class Console:
    """Prints; as JSON where a program listens. `quiet`, it says only what was asked for and what is
    wrong; `-q` on the command line makes every one so."""

    def __init__(
        self, *, as_json: bool = False, quiet: bool = False, shows_progress: bool | None = None
    ) -> None:
        context = click.get_current_context(silent=True)
        told = context is not None and bool(context.meta.get(QUIET))
        self.as_json, self.quiet = as_json, quiet or told
        self.shows_progress = not self.quiet if shows_progress is None else shows_progress
        self.shows_progress = self.shows_progress and not as_json and not told

    def say(self, text: str) -> None:
        """Print one line for people: what was done, and what may come next."""
        if not self.as_json and not self.quiet:
            click.echo(text, color=wants_colour())

    def answer(self, text: str) -> None:
        """Print one line of what was asked for, such as a list: -q does not hide it."""
        if not self.as_json:
            click.echo(text, color=wants_colour())

    def data(self, value: Any) -> None:
        """Print a value for programs."""
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False, indent=2))

    def problems(
        self,
        problems: Iterable[Problem],
        *,
        most: int = 0,
        known: Container[Problem] | None = None,
    ) -> None:
        """Print problems as `path:line: code: message`, each with its hint below.

        Of warnings and notes at most `most` are printed (0: all of them), and none that are
        `known`; errors always.
        """
        problems = list(problems)
        if self.as_json:
            return
        spared = [problem for problem in problems if problem.severity != "error"]
        if known is not None:
            self._news(problems, [problem for problem in spared if problem not in known])
            return
        left_out = set(spared[most:]) if most else set()
        for problem in problems:
            if problem not in left_out:
                _print(problem)
        if left_out:
            click.echo(f"{len(left_out):,} more: `publish.py check` lists all.", err=True)
        if problems:
            click.echo(f"{_counted(problems)}.", err=True)

    def _news(self, problems: Sequence[Problem], fresh: Sequence[Problem]) -> None:
        """Print errors and what is new, and how many problems there are."""
        shown = {*fresh}
        for problem in problems:
            if problem.severity == "error" or problem in shown:
                _print(problem)
        if problems:
            rest = sum(problem.severity != "error" for problem in problems) - len(fresh)
            more = f", {rest:,} as before" if rest else ""
            click.echo(f"{_counted(problems)}{more}.", err=True)

    def progress(self) -> ProgressLine:
        """Return a line that shows what is going on; use it in a `with` statement."""
        live = sys.stderr.isatty() and os.environ.get("TERM", "") not in _DUMB
        return ProgressLine(shown="no" if not self.shows_progress else "live" if live else "lines")


def _counted(problems: Iterable[Problem]) -> str:
    """Return how many errors, warnings and notes there are, in words."""
    counts = Counter(problem.severity for problem in problems)
    return ", ".join(
        f"{counts[severity]:,} {severity}{'' if counts[severity] == 1 else 's'}"
        for severity in _COLOURS
        if counts[severity]
    )


def _print(problem: Problem) -> None:
    place = f"{problem.path}:{problem.line}" if problem.line else problem.path
    level = "" if problem.severity == "error" else f"{problem.severity}: "
    code = click.style(problem.code, fg=_COLOURS[problem.severity])
    text = f"{_safe(place)}: {level}{code}: {_safe(problem.message)}"
    click.echo(text, err=True, color=wants_colour())
    if problem.hint:
        click.echo(f"    {_safe(problem.hint)}", err=True)


class ProgressLine:
    """Calling it says what is going on, and how much of it is done.

    `live`, it is a line that changes, with a bar and the time left, from the second second on. As
    `lines`, for files and terminals that cannot go back in a line, one is printed now and then;
    that takes no thread, beside which no process could be forked.
    """

    def __init__(self, *, shown: Literal["no", "live", "lines"], every: float = 10.0) -> None:
        self.shown, self.every = shown, every
        self.text, self.done, self.total = "", 0, 0
        self.since = self.printed = time.monotonic()
        self.lock = threading.Lock()
        self.bar: Progress | None = None
        self.timer = threading.Timer(_SECONDS_BEFORE_PROGRESS, self._begin_bar)
        self.timer.daemon = True

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        """Say what is going on now: `done` things of `total`, where they are counted."""
        if self.shown == "no":
            return
        with self.lock:
            is_new = text != self.text
            self.text, self.done, self.total = text, done, total
            if is_new:
                self.since = time.monotonic()
            if self.bar is not None:
                self._show(is_new=is_new)
        if self.shown == "lines" and time.monotonic() - self.printed >= self.every:
            self.printed = time.monotonic()
            click.echo(self.line(), err=True)

    def line(self) -> str:
        """Return how far things are, in words."""
        if not self.total:
            return f"{self.text} ..."
        left = ""
        if 0 < self.done < self.total:
            took = time.monotonic() - self.since
            left = f", about {duration(took / self.done * (self.total - self.done))} left"
        return f"{self.text}: {self.done:,} of {self.total:,}{left}"

    def _begin_bar(self) -> None:
        bar = _new_bar()
        with self.lock:
            if self.shown == "live":
                self.bar = bar
                self._show(is_new=True)
                bar.start()

    def _show(self, *, is_new: bool) -> None:
        assert self.bar is not None
        if is_new:
            for task in self.bar.task_ids:
                self.bar.remove_task(task)
            self.bar.add_task(self.text, total=self.total or None, completed=self.done)
        else:
            [task] = self.bar.task_ids
            self.bar.update(task, completed=self.done, total=self.total or None)

    def __enter__(self) -> ProgressLine:
        if self.shown == "live":
            self.timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.timer.cancel()
        with self.lock:
            self.shown = "no"
            if self.bar is not None:
                self.bar.stop()
                self.bar = None


def _new_bar() -> Progress:
    """Return a line with what is done, a bar, how many of how many, and the time left."""
    from rich import progress
    from rich.table import Column
    from rich.text import Text

    class Bar(progress.BarColumn):
        def render(self, task: Task) -> ProgressBar | Text:  # type: ignore[override]
            return Text("...") if task.total is None else super().render(task)

    class Count(progress.ProgressColumn):
        def render(self, task: Task) -> Text:
            if task.total is None:
                return Text("")
            return Text(f"{task.completed:,.0f} of {task.total:,.0f}")

    class Left(progress.ProgressColumn):
        def render(self, task: Task) -> Text:
            if task.finished or task.time_remaining is None:
                return Text("")
            return Text(f"about {duration(task.time_remaining)} left")

    return progress.Progress(
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        Bar(bar_width=24),
        Count(table_column=Column(no_wrap=True)),
        Left(table_column=Column(no_wrap=True)),
        console=rich_console(stderr=True),
        transient=True,
    )


def duration(seconds: float) -> str:
    """Return a time as one says it: `8 s`, `2 min`, `3 h 20 min`."""
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def wants_colour() -> bool | None:
    """Return whether output is coloured: as the environment says, else only on a terminal (None).

    NO_COLOR (https://no-color.org) comes before FORCE_COLOR (https://force-color.org) and
    CLICOLOR_FORCE (https://bixense.com/clicolors); then CLICOLOR=0 and a dumb TERM switch it off.
    """
    environment = os.environ
    if environment.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if environment.get(name, "0") not in ("", "0"):
            return True
    if environment.get("CLICOLOR") == "0" or environment.get("TERM", "") in _DUMB:
        return False
    return None


def rich_console(*, stderr: bool = False) -> RichConsole:
    """Return a console for tables, which is coloured as everything else is."""
    from rich.console import Console as RichConsole

    wanted = wants_colour()
    return RichConsole(stderr=stderr, color_system="auto" if wanted is not False else None)


def _safe(text: str) -> str:
    """Return text without signs that a terminal would obey; problems quote what is in files."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def problems_as_data(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return problems as plain data for `--json`."""
    return [
        {
            "path": problem.path,
            "line": problem.line,
            "severity": problem.severity,
            "code": problem.code,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in problems
    ]
