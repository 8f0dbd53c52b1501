"""The processes that share a large build's work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.adapters import workers
from generator.adapters.before_fork import load_for
from generator.adapters.forked_task import may_fork
from generator.adapters.workers import _AHEAD, _CHUNK, Workers
from generator.markdown.code.highlighting import CodeColours
from generator.render.body_jobs import text_step
from tests.support.sites import PROJECT

WAITING = """
import os, sys, threading, time
from generator.adapters.workers import Workers

def step(shared):
    def work(job):
        os.write(1, b"%d\\n" % os.getpid())  # at once, as another writes there too
        time.sleep(600)
    return work

if __name__ == "__main__":
    if sys.argv[1] == "spawn":
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    with Workers(2) as run:
        list(run(step, None, range(8), cost=200))
"""


def doubled(shared: int) -> Callable[[int], bytes]:
    return lambda job: f"{job * shared} {os.getpid()}".encode()


def ended(shared: int) -> Callable[[int], bytes]:
    def work(job: int) -> bytes:
        if job == shared:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"done"

    return work


@contextmanager
def another_thread() -> Iterator[None]:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return False
    return state[0] != "Z"


def test_results_come_in_the_order_of_the_jobs_from_several_processes() -> None:
    with Workers(2) as run:
        made = [result.split() for result in run(doubled, 2, iter(range(600)), cost=20)]
    assert [int(number) for number, _ in made] == [2 * job for job in range(600)]
    processes = {int(process) for _, process in made}
    assert os.getpid() not in processes
    assert 1 <= len(processes) <= 2


def test_little_work_is_done_here() -> None:
    with Workers(2) as run:
        assert [int(each.split()[1]) for each in run(doubled, 2, range(5))] == [os.getpid()] * 5
        assert run.pool is None


def test_no_process_is_forked_where_another_thread_is_at_work() -> None:
    with another_thread():
        assert not may_fork()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of all threads")
def test_a_process_of_one_thread_is_forked() -> None:
    code = "from generator.adapters.forked_task import may_fork; print(may_fork())"
    found = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True)
    assert found.stdout == b"True\n", found.stderr


def test_a_process_that_is_ended_from_outside_is_told_in_words() -> None:
    with Workers(2) as run, pytest.raises(ChildProcessError, match="memory ran out"):
        list(run(ended, 7, range(600), cost=20))


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells which processes there are")
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_processes_end_with_the_one_that_they_work_for(tmp_path: Path, start: str) -> None:
    program = tmp_path / "waiting.py"
    program.write_text(WAITING, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(program), start]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as build:
        assert build.stdout
        try:
            processes = {int(build.stdout.readline()) for _ in range(2)}
            assert len(processes) == 2
            assert all(map(is_running, processes))
        finally:
            build.kill()  # or it would be waited for until its work is done
        build.wait()
        build.stdout.close()
    for _ in range(2400):
        if not any(map(is_running, processes)):
            break
        time.sleep(0.05)
    else:
        for process in filter(is_running, processes):
            os.kill(process, signal.SIGKILL)
        pytest.fail("they went on without it")


@pytest.mark.parametrize("fork", [True, False])
def test_what_all_need_is_loaded_before_processes_are_forked(
    monkeypatch: pytest.MonkeyPatch, *, fork: bool
) -> None:
    monkeypatch.setattr(workers, "may_fork", lambda: fork)
    asked: list[tuple[object, Sequence[int]]] = []
    with Workers(2, before_fork=lambda step, jobs: asked.append((step, jobs))) as run:
        run._started(doubled, [1, 2])  # which starts none before there is a job
    assert asked == ([(doubled, [1, 2])] if fork else [])


def test_languages_of_code_are_loaded_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(
        CodeColours, "coloured", lambda _, source, language: loaded.append(language)
    )
    posts = [b"```tcl\n1\n```\n", b"> ~~~ c++\n> 1\n> ~~~\n```tcl\n", b"c++"]
    load_for(text_step, [each for each in (*posts, *posts) for _ in range(3)])
    assert sorted(loaded) == ["c++", "tcl"]
    loaded.clear()
    load_for(text_step, [b"```tcl\n", b"", b""])  # which one process alone may need
    load_for(doubled, range(9))
    assert not loaded


def test_what_comes_after_the_processes_end_is_done_here() -> None:
    with Workers(2) as run:
        jobs = range(2 * _CHUNK)
        there = {result.split()[1] for result in run(doubled, 2, jobs, cost=_CHUNK)}
        run.rest()
        here = {result.split()[1] for result in run(doubled, 2, jobs, cost=_CHUNK)}
    assert str(os.getpid()).encode() not in there
    assert here == {str(os.getpid()).encode()}


def test_jobs_are_taken_as_results_are() -> None:
    """All jobs of a site, and all that becomes of them, have no room in memory."""
    taken: list[int] = []

    def jobs() -> Iterator[int]:
        for job in range(5 * _AHEAD):
            taken.append(job)
            yield job

    with Workers(2) as run:
        results = run(doubled, 2, jobs(), cost=_CHUNK)
        before = len(taken)
        assert 2 <= before < 2 * _AHEAD, "enough to be busy with, and not all"
        found = []
        for number, result in enumerate(results):
            found.append(int(result.split()[0]))
            assert len(taken) <= before + number + 2
    assert found == [2 * job for job in range(5 * _AHEAD)]
    assert len(taken) == 5 * _AHEAD


def begun_by(shared: int) -> Callable[[int], bytes]:
    begun = os.getpid()
    return lambda job: f"{job * shared} {begun}".encode()


def test_processes_that_are_forked_begin_with_the_first_step_as_it_is() -> None:
    with Workers(2) as run:
        first = {result.split()[1] for result in run(begun_by, 2, range(8), cost=_CHUNK)}
        second = {result.split()[1] for result in run(begun_by, 2, range(8), cost=_CHUNK)}
    own = str(os.getpid()).encode()
    assert first == ({own} if may_fork() else first - {own})
    assert own not in second
