"""Work that is killed half way, with all that it started."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.support.tools import wait_until


class _Process(NamedTuple):
    parent: int
    group: int


def kill_midway(work: Callable[[], object], seconds: float, serves: int = 0) -> None:
    """Run `work` in a process of its own, and kill it after so long with all that it started.

    What the server `serves` (the number of a process) had begun for it comes to its end, as on a
    server of one's own: nothing goes on where the next run begins.
    """
    before = _below(serves)
    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            work()
        finally:
            os._exit(1)
    os.setpgid(child, child)  # whichever of the two comes first
    time.sleep(seconds)
    begun = _below(serves)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    wait_until(lambda: all(one.group != child for one in _running().values()))
    wait_until(lambda: not (_below(serves) | begun & _running().keys()) - before)


def _below(process: int) -> set[int]:
    """Return what runs because of a process."""
    running = _running()
    found: set[int] = set()
    more = {process}
    while more:
        more = {number for number, one in running.items() if process and one.parent in more}
        found |= more
    return found


def _running() -> dict[int, _Process]:
    """Return the processes that run, where the system tells of them as Linux does."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, group = file.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue  # it has ended
        if state not in "ZX":
            found[int(file.parent.name)] = _Process(int(parent), int(group))
    return found
