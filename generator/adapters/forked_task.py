"""Work done in a process beside this one, which goes on meanwhile.

The process is forked, so that it has at once what this one has in mind, and nothing is started or
imported for it. That is done on Linux alone, with more than one processor, and where there is no
other thread, which a fork would cut off half way. Elsewhere, and where the process does not answer,
the work is done here when its result is asked for; so it must be work that only looks at things.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from functools import cached_property
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Beside(Generic[T]):
    """Some work whose result, of the type `kind`, will be asked for; `worth` says whether it takes
    long enough to be done beside."""

    def __init__(self, work: Callable[[], T], kind: type[T], *, worth: bool = True) -> None:
        self._work, self._kind = work, kind
        self._process = self._pipe = 0
        if worth and may_fork() and len(os.sched_getaffinity(0)) > 1:
            with contextlib.suppress(OSError):  # no more processes are to be had
                self._begin()

    def _begin(self) -> None:
        reading, writing = os.pipe()
        try:
            process = os.fork()
        except OSError:
            os.close(reading)
            os.close(writing)
            raise
        if process == 0:
            try:
                os.close(reading)
                _send(writing, msgspec.msgpack.encode(self._work()))
            finally:
                os._exit(0)  # neither error nor interruption leads back into the caller's work
        os.close(writing)
        self._process, self._pipe = process, reading

    @cached_property
    def result(self) -> T:
        """The result; raises what the work raises."""
        answer = b""
        if self._process:
            with open(self._pipe, "rb", closefd=False) as pipe:
                answer = pipe.read()
            self.end()
        if answer:
            with contextlib.suppress(msgspec.MsgspecError):  # killed half way
                return msgspec.msgpack.decode(answer, type=self._kind)
        return self._work()

    def end(self) -> None:
        """Give the work up."""
        if self._process:
            os.close(self._pipe)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._process, 0)
            self._process = 0


def may_fork() -> bool:
    """Return whether nothing else runs in this process that a forked one would have half of.

    Only Linux reports all threads, those of libraries too; on macOS the system's own libraries do
    not stand being forked.
    """
    try:
        return sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208
    except OSError:
        return False


def _send(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
