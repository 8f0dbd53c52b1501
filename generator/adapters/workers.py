"""Carries out many jobs in several processes; few jobs here: a process costs time to start."""

from __future__ import annotations

import gc
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from generator.adapters.forked_task import may_fork
from generator.core.jobs import Job, Shared, Step, run_here

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor
    from tempfile import TemporaryDirectory

_WORTH_SPAWNING, _WORTH_SHARING = 300, 100
"""Milliseconds of work of all jobs together, for which processes are spawned, or shared out to
those that are there already or soon forked."""
_CHUNK = 40
"""Milliseconds of work of those jobs that are handed over at once."""
_AHEAD = 50
"""So many times jobs are handed over before the first results are asked for: some seconds of work.
Were all handed over, all texts of a site would lie in memory, and all that became of them."""
_COLLECTED_AFTER = 10
"""So many times jobs were handed over, a process looks for cycles that they left behind."""

BeforeFork = Callable[[Step[Any, Any], Sequence[Any]], None]


class Workers:
    """A Runner that starts its processes when they are first worth it, and keeps them.

    What all jobs of a step share goes through a file that each process reads once, since it is far
    larger than a job. Processes are forked where that is safe, and have everything imported when
    they begin; else they are spawned. A job knows nothing but what it is given either way.
    `before_fork` is called with the first step and its first jobs, to load what all of them need.
    """

    def __init__(self, count: int | None = None, before_fork: BeforeFork | None = None) -> None:
        self.count = count or os.cpu_count() or 1
        self.before_fork = before_fork
        self.pool: ProcessPoolExecutor | None = None
        self.folder: TemporaryDirectory[str] | None = None
        self.steps = 0

    def __call__(
        self, step: Step[Shared, Job], shared: Shared, jobs: Iterable[Job], *, cost: float = 1
    ) -> Iterator[bytes]:
        """Yield the result of each job in order; one takes about `cost` milliseconds.

        Where several processes are at work, they begin with the first jobs while later ones are
        still being worked out. So many have been taken when this returns that they are busy for a
        while; others are taken as results are, so that not all lie in memory.
        """
        rest = iter(jobs)
        worth = max(2, int((_WORTH_SHARING if self.pool or may_fork() else _WORTH_SPAWNING) / cost))
        first = list(islice(rest, worth)) if self.count > 1 else []
        if len(first) < worth:
            return run_here(step, shared, chain(first, rest))
        is_first = self.pool is None or self.folder is None
        if self.pool is None or self.folder is None:
            self.folder, self.pool = self._started(step, first)
        self.steps += 1
        file = Path(self.folder.name, f"step-{self.steps}")
        file.write_bytes(pickle.dumps((step, shared), pickle.HIGHEST_PROTOCOL))
        size = max(1, int(_CHUNK / cost))
        chunks = _chunks(chain(first, rest), size)
        pool = self.pool
        handed_over = (pool.submit(_work_on, str(file), chunk) for chunk in chunks)
        with _told(), _inherited(str(file), step, shared, wanted=is_first):
            begun = deque(islice(handed_over, _AHEAD))
        return _each(begun, handed_over)

    def _started(
        self, step: Step[Shared, Job], first: Sequence[Job]
    ) -> tuple[TemporaryDirectory[str], ProcessPoolExecutor]:
        # Imported here: most builds follow an edit, and have too little to do.
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        from tempfile import TemporaryDirectory

        fork = may_fork()
        if fork and self.before_fork:
            self.before_fork(step, first)
        context = multiprocessing.get_context("fork" if fork else "spawn")
        pool = ProcessPoolExecutor(self.count, mp_context=context, initializer=_end_with_parent)
        return TemporaryDirectory(prefix="tidepost-"), pool

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.rest()

    def rest(self) -> None:
        """End the processes, with what they hold: what is left is done here."""
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)
        if self.folder is not None:
            self.folder.cleanup()
        self.pool = self.folder = None
        self.count = 1


def _each(
    begun: deque[Future[list[bytes]]], others: Iterator[Future[list[bytes]]]
) -> Iterator[bytes]:
    with _told():
        while begun:
            results = begun.popleft().result()
            begun.extend(islice(others, 1))
            yield from results


@contextmanager
def _told() -> Iterator[None]:
    """Say in the user's words that one of the processes is gone."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        yield
    except BrokenProcessPool:
        message = (
            "a process that did part of the work was ended from outside, most often because memory"
            " ran out; nothing was lost, run the command again"
        )
        raise ChildProcessError(message) from None


def _end_with_parent() -> None:
    """Have this process end with the one that it works for, also where that is killed: else it
    would wait for its next job for ever."""
    import multiprocessing
    import threading

    def wait() -> None:
        parent = multiprocessing.parent_process()
        assert parent is not None
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _chunks(jobs: Iterator[Job], size: int) -> Iterator[list[Job]]:
    while chunk := list(islice(jobs, size)):
        yield chunk


_count = 0
_current: tuple[str, Callable[[Any], bytes]] | None = None


@contextmanager
def _inherited(
    file: str, step: Step[Shared, Job], shared: Shared, *, wanted: bool
) -> Iterator[None]:
    """Let processes that are forked meanwhile begin with a step as it is, rather than read it."""
    global _current
    _current = (file, step(shared)) if wanted and may_fork() else None
    try:
        yield
    finally:
        _current = None


def _work_on(file: str, jobs: Sequence[Any]) -> list[bytes]:
    global _count, _current
    is_new = _count == 0
    if _current is None or _current[0] != file:
        step, shared = pickle.loads(Path(file).read_bytes())  # noqa: S301 (our own, just written)
        _current = (file, step(shared))
        is_new = True
    if is_new:
        # What is shared lives as long as the process. Looking for cycles after every 700 new
        # objects, as Python does, would take a tenth of the time.
        gc.disable()
        gc.freeze()
    work = _current[1]
    results = [work(job) for job in jobs]
    _count += 1
    if _count % _COLLECTED_AFTER == 0:
        gc.collect()
    return results
