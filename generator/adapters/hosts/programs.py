"""Runs a program that may take long, and keeps what must be kept meanwhile."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from generator.publish.store import StoreError

EVERY = 1.0
"""Seconds between two calls of `keep`."""


class Ran(msgspec.Struct, frozen=True):
    """What a program said, and with which code it ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """What it said of an error, in one line."""
        text = self.err.strip() or self.out.strip()
        return " ".join(line.strip() for line in text.splitlines() if line.strip())


def find_program(name: str, hint: str) -> str:
    """Return the path of a program. Raises StoreError, with a hint, where it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise StoreError(f"the program `{name}` is not installed on this machine", hint)
    return found


def run(
    command: Sequence[str],
    *,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    unset: Collection[str] = (),
    cwd: str | None = None,
    keep: Callable[[], None] | None = None,
) -> Ran:
    """Run a program to its end, without the variables `unset`, calling `keep` each second.

    What `keep` raises ends the program. Its messages are asked for in English, since some are
    looked at. Raises StoreError where it cannot be started.
    """
    around = {name: value for name, value in os.environ.items() if name not in unset}
    try:
        process = subprocess.Popen(  # noqa: S603 (a fixed program, arguments of our own)
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**around, **(env or {}), "LC_ALL": "C.UTF-8", "LANGUAGE": ""},
            cwd=cwd,
        )
    except OSError as error:
        raise StoreError(f"`{command[0]}` cannot be started: {error.strerror}") from None
    given: bytes | None = stdin
    try:
        while True:
            try:
                out, err = process.communicate(given, timeout=EVERY)
                break
            except subprocess.TimeoutExpired:
                given = None
                if keep is not None:
                    keep()
    except BaseException:
        process.kill()
        process.wait()
        raise
    return Ran(process.returncode, _text(out), _text(err))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
