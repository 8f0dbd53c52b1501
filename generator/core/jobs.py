"""Carries out many jobs of one kind: here or in several processes, and only those whose result
no cache has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sized
from itertools import count, islice
from typing import Protocol, TypeVar

from generator.core.cache import Cache, Key

Shared = TypeVar("Shared")
Job = TypeVar("Job")
Item = TypeVar("Item")
Step = Callable[[Shared], Callable[[Job], bytes]]
"""What all jobs share -> a function from one job to bytes, so that it can run anywhere."""

_BATCH = 400
"""So many results are taken in at once, while the next are worked on."""


class Runner(Protocol):
    """Carries out jobs, in their order; in one process or in several."""

    def __call__(
        self, step: Step[Shared, Job], shared: Shared, jobs: Iterable[Job], *, cost: float = 1
    ) -> Iterator[bytes]:
        """Yield the result of each job; one takes about `cost` milliseconds.

        Jobs are taken, and worked on, before their results are asked for or when they are.
        """


class Progress(Protocol):
    """Called with what is going on, and how many of how many things are done."""

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        """Take in what is going on; a `total` of 0 is unknown."""


_TICK = 20


def counted(items: Iterable[Item], total: int, progress: Progress, text: str) -> Iterator[Item]:
    """Yield items, and say from time to time how many of `total` there were."""
    for done, item in enumerate(items, 1):
        if done % _TICK == 0 or done == total:
            progress(text, done, total)
        yield item


class Counting:
    """A Runner that says how many jobs of another are done, where it is known how many there are;
    `text` says what they are."""

    def __init__(self, run: Runner, progress: Progress, text: str) -> None:
        self._run, self._progress, self._text = run, progress, text

    def __call__(
        self, step: Step[Shared, Job], shared: Shared, jobs: Iterable[Job], *, cost: float = 1
    ) -> Iterator[bytes]:
        """Yield the result of each job; see Runner."""
        results = self._run(step, shared, jobs, cost=cost)
        if not isinstance(jobs, Sized) or not len(jobs):
            return results
        return self._each(results, len(jobs))

    def _each(self, results: Iterable[bytes], total: int) -> Iterator[bytes]:
        for done, result in enumerate(results, 1):
            self._progress(self._text, done, total)
            yield result


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


def run_cached(
    step: Step[Shared, Job],
    shared: Shared,
    jobs: Iterable[Job],
    key_for: Callable[[Job], Key],
    cache: Cache,
    run: Runner,
    lasting: Callable[[bytes], bool] = lambda _: True,
    cost: float = 0.6,
) -> Iterator[bytes]:
    """Begin with jobs, and yield each one's encoded result, from the cache where it has that.

    What is not `lasting` is not cached. A job takes about `cost` milliseconds.
    """
    keys: list[Key] = []
    missing: list[Key] = []
    known: dict[Key, bytes] = {}
    begun: set[Key] = set()
    wanted: Counter[Key] = Counter()

    def to_do() -> Iterator[Job]:
        """Yield what is not known while the first of it is worked on already."""
        for some in batches(jobs):
            found = [key_for(job) for job in some]
            known.update(cache.get_many(found))
            keys.extend(found)
            wanted.update(found)
            for key, job in zip(found, some, strict=True):
                if key not in known and key not in begun:
                    begun.add(key)
                    missing.append(key)
                    yield job

    made = batches(run(step, shared, to_do(), cost=cost))

    def results() -> Iterator[bytes]:
        taken = 0
        for place in count():
            while place >= len(keys) or keys[place] not in known:
                # They come in the order in which they are missing, so that it is in the next ones;
                # where none is missing, all are known once they have been looked for.
                some = next(made, [])
                fresh = dict(zip(missing[taken : taken + len(some)], some, strict=True))
                taken += len(some)
                cache.put_many({key: each for key, each in fresh.items() if lasting(each)})
                known.update(fresh)
                if not some and place >= len(keys):
                    return
                if not some and keys[place] not in known:
                    raise RuntimeError("a job has no result")
            key = keys[place]
            wanted[key] -= 1
            if wanted[key]:
                yield known[key]
            else:  # all results together are as large as the site
                begun.discard(key)
                yield known.pop(key)

    return results()


def batches(items: Iterable[Item], size: int = 0) -> Iterator[list[Item]]:
    """Yield items in lists of up to `size`; without one, in lists that begin small, so that others
    can begin with the first soon."""
    iterator = iter(items)
    count = size or _BATCH // 8
    while batch := list(islice(iterator, count)):
        yield batch
        count = size or min(2 * count, _BATCH)
