"""Carries out many jobs in several processes; few jobs here: a process costs time to start."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from generator.steps import Job, Shared, Step, run_here

_WORTH_A_POOL = 300
_CHUNK = 50

_work: Callable[[Any], bytes] | None = None


def run_in_processes(step: Step[Shared, Job], shared: Shared, jobs: Sequence[Job]) -> list[bytes]:
    """Return the result of each job in order. What all jobs share is sent once to each process."""
    count = min(os.cpu_count() or 1, len(jobs) // (_WORTH_A_POOL // 2))
    if len(jobs) < _WORTH_A_POOL or count < 2:
        return run_here(step, shared, jobs)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        count, mp_context=context, initializer=_begin, initargs=(step, shared)
    ) as pool:
        return list(pool.map(_one, jobs, chunksize=_CHUNK))


def _begin(step: Step[Shared, Job], shared: Shared) -> None:
    global _work
    _work = step(shared)


def _one(job: Any) -> bytes:
    assert _work is not None
    return _work(job)
