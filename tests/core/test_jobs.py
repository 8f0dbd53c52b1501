"""Steps whose results are remembered: in order, once for each job, and not all held at once."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.core.cache import Key, NoCache, key_of
from generator.core.jobs import run_cached, run_here

JOBS = st.lists(st.integers(0, 8), max_size=30)


class Kept(NoCache):
    """A cache in memory."""

    def __init__(self) -> None:
        self.kept: dict[Key, bytes] = {}

    def get_many(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def put_many(self, items: Any) -> None:
        self.kept.update(items)


def at_once(step: Any, shared: Any, jobs: Iterable[Any], *, cost: float = 1) -> Iterator[bytes]:
    """Take all jobs before the first result is asked for, as several processes do."""
    return iter(list(run_here(step, shared, jobs, cost=cost)))


def key(job: int) -> Key:
    return key_of("test", str(job))


@pytest.mark.parametrize("run", [run_here, at_once])
@pytest.mark.parametrize("cache", [Kept, NoCache])
@given(JOBS, JOBS)
def test_each_job_has_its_result(
    run: Any, cache: Callable[[], NoCache], jobs: list[int], before: list[int]
) -> None:
    kept = cache()
    kept.put_many({key(job): b"%d" % job for job in before})
    worked: list[int] = []

    def step(_: None) -> Callable[[int], bytes]:
        return lambda job: worked.append(job) or b"%d" % job  # type: ignore[func-returns-value]

    found = list(run_cached(step, None, jobs, key, kept, run))
    assert found == [b"%d" % job for job in jobs]
    if run is at_once:
        assert len(worked) == len(set(worked))
    if cache is Kept:
        assert not set(worked) & set(before)


def test_results_that_were_handed_on_are_let_go() -> None:
    size, count = 50_000, 200

    def step(_: None) -> Callable[[int], bytes]:
        return lambda job: bytes([job]) * size

    tracemalloc.start()
    try:
        for _ in run_cached(step, None, range(count), key, NoCache(), run_here):
            pass
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < size * count * 0.8
