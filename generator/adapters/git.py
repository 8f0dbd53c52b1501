"""What git knows of the site's folder: nothing, where there is no git or no repository."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec


class Commit(msgspec.Struct, frozen=True):
    """A commit's id and its time in seconds since 1970; empty and 0 where there is none."""

    id: str = ""
    time: int = 0


def head(root: Path) -> Commit:
    """Return the commit that is checked out in `root`."""
    answer = _git(root, "log", "-1", "--format=%H %ct")
    if answer is None:
        return Commit()
    name, _, time = answer.partition(" ")
    return Commit(name, int(time)) if time.isdigit() else Commit()


def history(root: Path, mine: Commit, other: str, other_time: int) -> tuple[bool, bool]:
    """Return whether `mine` comes before the commit `other`, and whether `other` is foreign: not in
    this repository, or without a common ancestor.

    Where this repository does not have `other`, as a shallow or stale clone does not, the times of
    the two commits decide which is older; of a shallow clone nothing else can be said.
    """
    whole = _git(root, "rev-parse", "--is-shallow-repository") == "false"
    if _git(root, "cat-file", "-e", f"{other}^{{commit}}") is None:
        return 0 < mine.time < other_time, whole
    older = _git(root, "merge-base", "--is-ancestor", mine.id, other) is not None
    return older, whole and not older and _git(root, "merge-base", mine.id, other) is None


def _git(root: Path, *arguments: str) -> str | None:
    """Run git and return what it says, or None where it fails."""
    program = shutil.which("git")
    if program is None:
        return None
    try:
        ran = subprocess.run(  # noqa: S603 (a fixed program, arguments of our own)
            [program, "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None
