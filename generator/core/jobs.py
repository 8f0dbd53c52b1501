"""What carries out many jobs of one kind: here, or in several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Shared = TypeVar("Shared")
Job = TypeVar("Job")
Step = Callable[[Shared], Callable[[Job], bytes]]
"""What all jobs share -> a function from one job to bytes, so that it can run anywhere."""


class Runner(Protocol):
    """Carries out jobs, in their order; in one process or in several."""

    def __call__(
        self, step: Step[Shared, Job], shared: Shared, jobs: Iterable[Job], *, cost: float = 1
    ) -> Iterator[bytes]:
        """Yield the result of each job; one takes about `cost` milliseconds.

        Jobs are taken, and worked on, before their results are asked for or when they are.
        """


def run_here(
    step: Step[Shared, Job],
    shared: Shared,
    jobs: Iterable[Job],
    *,
    cost: float = 1,  # noqa: ARG001
) -> Iterator[bytes]:
    """Carry out jobs in this process, each when its result is asked for."""
    work = None
    for job in jobs:
        work = work or step(shared)
        yield work(job)
