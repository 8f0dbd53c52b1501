"""A clone of this repository as it lies here, with what is not committed yet."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.sites import PROJECT

LEFT_OUT = ("bench/", "findings/", "tests/")


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, with a name and an address for commits, and return what it says."""
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    command = ["git", *identity, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def clone(to: Path, left_out: Sequence[str] = LEFT_OUT) -> Path:
    """Write the repository's files into a folder, without those below `left_out`, and commit."""
    listed = git(PROJECT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        file = PROJECT / name
        if file.is_file() and not name.startswith(tuple(left_out)):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            (to / name).write_bytes(file.read_bytes())
    git(to, "init", "-q")
    git(to, "add", "-A")
    git(to, "commit", "-qm", "Clone")
    return to
