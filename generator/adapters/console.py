"""What the person at the terminal sees."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from generator.core.problems import Problem

if TYPE_CHECKING:
    from rich.status import Status

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}
_SECONDS_BEFORE_PROGRESS = 1.0


class Console:
    """Prints; as JSON where a program listens. Progress shows on a terminal, after a second."""

    def __init__(self, *, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json, self.quiet = as_json, quiet

    def say(self, text: str) -> None:
        """Print one line for people."""
        if not self.as_json and not self.quiet:
            click.echo(text)

    def data(self, value: Any) -> None:
        """Print a value for programs."""
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False, indent=2))

    def problems(self, problems: Iterable[Problem], *, most: int = 0) -> None:
        """Print problems as `path:line: code: message`, each with its hint below.

        Of warnings and notes at most `most` are printed (0: all of them); errors always.
        """
        problems = list(problems)
        if self.as_json:
            return
        spared = [problem for problem in problems if problem.severity != "error"]
        left_out = set(spared[most:]) if most else set()
        for problem in problems:
            if problem not in left_out:
                _print(problem)
        if left_out:
            click.echo(f"{len(left_out):,} more: `publish.py check` lists all.", err=True)
        counts = {
            severity: sum(problem.severity == severity for problem in problems)
            for severity in _COLOURS
        }
        told = [
            f"{count:,} {severity}{'' if count == 1 else 's'}"
            for severity, count in counts.items()
            if count
        ]
        if told:
            click.echo(f"{', '.join(told)}.", err=True)

    def progress(self) -> ProgressLine:
        """Return a line that shows what is going on; use it in a `with` statement."""
        visible = sys.stderr.isatty() and not self.quiet and not self.as_json
        return ProgressLine(visible=visible)


def _print(problem: Problem) -> None:
    place = f"{problem.path}:{problem.line}" if problem.line else problem.path
    level = "" if problem.severity == "error" else f"{problem.severity}: "
    code = click.style(problem.code, fg=_COLOURS[problem.severity])
    click.echo(f"{_safe(place)}: {level}{code}: {_safe(problem.message)}", err=True)
    if problem.hint:
        click.echo(f"    {_safe(problem.hint)}", err=True)


class ProgressLine:
    """Calling it says what is going on. Nothing shows during the first second."""

    def __init__(self, *, visible: bool) -> None:
        self.visible, self.text = visible, ""
        self.status: Status | None = None
        self.lock = threading.Lock()
        self.timer = threading.Timer(_SECONDS_BEFORE_PROGRESS, self._show)
        self.timer.daemon = True

    def __call__(self, text: str) -> None:
        """Say what is going on now."""
        with self.lock:
            self.text = text
            if self.status is not None:
                self.status.update(f"{text} ...")

    def _show(self) -> None:
        from rich.console import Console as RichConsole
        from rich.status import Status

        with self.lock:
            if self.visible:
                self.status = Status(f"{self.text} ...", console=RichConsole(stderr=True))
                self.status.start()

    def __enter__(self) -> ProgressLine:
        if self.visible:
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
            self.visible = False
            if self.status is not None:
                self.status.stop()
                self.status = None


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
