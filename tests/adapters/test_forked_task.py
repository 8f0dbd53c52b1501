"""Work in a process beside: its result is that of the work, whatever becomes of the process."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from generator.adapters import forked_task
from generator.adapters.forked_task import Beside

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux alone")


@pytest.fixture(autouse=True)
def _forking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fork beside other threads, and on one processor too; leave no process behind."""
    processes: list[int] = []
    fork = os.fork

    def noted() -> int:
        processes.append(fork())
        return processes[-1]

    monkeypatch.setattr(os, "fork", noted)
    monkeypatch.setattr(forked_task, "may_fork", lambda: True)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    yield
    for process in processes:
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)


def test_the_work_is_done_in_another_process() -> None:
    work = Beside(lambda: [os.getpid()], list[int])
    assert work.result != [os.getpid()]
    assert work.result == work.result


def test_a_result_may_be_larger_than_a_pipe_holds() -> None:
    assert Beside(lambda: list(range(300_000)), list[int]).result == list(range(300_000))


def test_what_is_not_worth_it_is_done_here_and_only_when_it_is_asked_for() -> None:
    done: list[int] = []

    def work() -> list[int]:
        done.append(os.getpid())
        return done

    here = Beside(work, list[int], worth=False)
    assert done == []
    assert here.result == [os.getpid()]


@pytest.mark.parametrize("end", [lambda: os._exit(1), lambda: os.write(1, b"") and 1 / 0])
def test_where_the_process_does_not_answer_the_work_is_done_here(end: object) -> None:
    own = os.getpid()

    def work() -> list[int]:
        if os.getpid() != own:
            assert callable(end)
            end()
        return [1]

    assert Beside(work, list[int]).result == [1]


def test_half_an_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        forked_task, "_send", lambda descriptor, raw: os.write(descriptor, raw[:-1])
    )
    assert Beside(lambda: [os.getpid()], list[int]).result == [os.getpid()]


def test_an_error_of_the_work_is_raised_here() -> None:
    def work() -> int:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        _ = Beside(work, int).result


def test_work_that_is_given_up_ends() -> None:
    work = Beside(lambda: time.sleep(60), type(None))
    work.end()
    work.end()


def test_where_there_are_other_threads_nothing_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    go_on = threading.Event()
    thread = threading.Thread(target=go_on.wait)
    thread.start()
    try:
        assert Beside(lambda: [os.getpid()], list[int]).result == [os.getpid()]
    finally:
        go_on.set()
        thread.join()
