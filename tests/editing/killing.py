"""Killing a command at each of its steps that touch files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

TOUCHING: tuple[tuple[Any, str], ...] = (
    (os, "replace"),
    (os, "unlink"),
    (shutil, "copy2"),
    (shutil, "copymode"),
    (shutil, "rmtree"),
    (Path, "mkdir"),
    (Path, "rmdir"),
    (Path, "unlink"),
    (Path, "write_bytes"),
    (Path, "write_text"),
)


class Killed(BaseException):
    """The program ends here, as SIGKILL ends it: nothing that follows is carried out."""


class Steps:
    """Counts the steps, and kills before the one that is numbered `at` (0: never)."""

    def __init__(self, at: int = 0) -> None:
        self.at, self.count = at, 0

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise Killed


@contextmanager
def killed_at(at: int) -> Iterator[Steps]:
    """Kill before the step numbered `at`."""
    steps = Steps(at)
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in TOUCHING:
            real = getattr(owner, name)

            def counted(*arguments: Any, _real: Callable[..., Any] = real, **named: Any) -> Any:
                steps()
                return _real(*arguments, **named)

            patch.setattr(owner, name, counted)
        yield steps


def each_kill(act: Callable[[], object], most: int = 500) -> Iterator[int]:
    """Yield after each kill of `act`, at every step of it in turn, until it ends unharmed.

    The caller puts everything back to where it began before the next one.
    """
    for at in range(1, most):
        with killed_at(at) as steps:
            try:
                act()
            except Killed:
                pass
            else:
                assert steps.count < at
                return
        yield at
    raise AssertionError(f"more than {most} steps")
