"""A pseudo-terminal: what a program shows to a person, and how it answers to keys."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_CLEAN = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "TERM")


class Terminal:
    """A program in a terminal of `columns`; use it in a `with` statement."""

    def __init__(
        self,
        command: Sequence[str | Path],
        cwd: Path,
        environment: Mapping[str, str] | None = None,
        *,
        columns: int = 80,
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        kept = {name: value for name, value in os.environ.items() if name not in _CLEAN}
        self.process = subprocess.Popen(
            [os.fspath(part) for part in command],
            cwd=cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**kept, "TERM": "xterm-256color", **(environment or {})},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # where Ctrl-C comes from
        )
        os.close(slave)
        self.seen = ""

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode())

    def until(self, text: str, seconds: float = 60.0) -> str:
        """Return all that was shown so far once it has `text`; fail after a while."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            left = end - time.monotonic()
            assert left > 0, f"never shown: {text!r}; seen: {self.seen!r}"
            if not self._read(min(left, 0.5)):
                break
        assert text in self.seen, self.seen
        return self.seen

    def end(self, seconds: float = 120.0) -> str:
        """Wait for the program's end; return all that it has shown."""
        end = time.monotonic() + seconds
        while self._read(0.5):
            assert time.monotonic() < end, self.seen
        self.process.wait(timeout=seconds)
        return self.seen

    def _read(self, seconds: float) -> bool:
        """Read what there is; return whether there may be more."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return True
        try:
            some = os.read(self.master, 65536)
        except OSError:  # on Linux, the end
            return False
        self.seen += some.decode(errors="replace").replace("\r\n", "\n")
        return bool(some)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        self.process.wait()
        os.close(self.master)
