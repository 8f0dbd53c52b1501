"""The site's repository and that of a newer Tidepost, as git keeps them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from generator.editing.upgrade import Blob

_SECONDS = 600


class GitFault(Exception):
    """Git cannot do what is needed; the text is for a person."""


class Repository:
    """A git repository; what it does not have itself it finds in `also`."""

    def __init__(self, folder: Path, also: Path | None = None) -> None:
        """Look at the repository in `folder`. Raises GitFault where there is no git."""
        program = shutil.which("git")
        if program is None:
            raise GitFault("this needs git, which is not installed")
        self.program, self.folder = program, folder
        self.environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        if also is not None:
            self.environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = str(also)

    def run(self, *arguments: str, given: bytes = b"", codes: Iterable[int] = (0,)) -> bytes:
        """Return what a git command says. Raises GitFault when it ends with another code."""
        try:
            ran = subprocess.run(  # noqa: S603 (a fixed program, arguments of our own)
                [self.program, "-C", str(self.folder), *arguments],
                input=given,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
                env=self.environment,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GitFault(f"git {arguments[0]}: {error}") from None
        if ran.returncode not in codes:
            said = ran.stderr.decode(errors="replace").strip().splitlines()
            fatal = [line for line in said if line.startswith("fatal: ")]
            raise GitFault((fatal or said or [f"git {arguments[0]} failed"])[-1])
        return ran.stdout

    def text(self, *arguments: str) -> str:
        """Return what a git command says, as text without the last line's end."""
        return self.run(*arguments).decode(errors="replace").rstrip("\n")

    def objects(self) -> Path:
        """Return the folder in which it keeps what it has."""
        return (self.folder / self.text("rev-parse", "--git-path", "objects")).resolve()

    def commit(self, name: str) -> str:
        """Return the id of the commit that `name` means; empty where there is none."""
        found = self.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}",
            codes=(0, 1, 128),
        )  # fmt: skip
        return found.decode().strip()

    def tree(self, commit: str) -> dict[str, Blob]:
        """Return the files of a commit; links and submodules are left out."""
        files = {}
        for line in self.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            kind, _, path = line.partition(b"\t")
            if kind[:6] in (b"100644", b"100755"):
                blob = Blob(kind.split()[2].decode(), executable=kind[:6] == b"100755")
                files[path.decode(errors="surrogateescape")] = blob
        return files

    def content(self, blob: str) -> bytes:
        """Return the content that a blob's id means."""
        return self.run("cat-file", "blob", blob)

    def moves(self, base: str, new: str) -> dict[str, str]:
        """Return where files of `base` lie in `new`, by their old path: those that went elsewhere
        with at least four tenths of what they hold, as git finds out."""
        said = self.run(
            "diff-tree", "-r", "-z", "-l0", "-M40%", "--diff-filter=R", "--name-status", base, new
        )
        paths = [part.decode(errors="surrogateescape") for part in said.split(b"\0")]
        return dict(zip(paths[1::3], paths[2::3], strict=True))

    def same_program(self, commits: Iterable[str], tree: str) -> list[str]:
        """Return those commits whose folder generator/ is the tree with this id."""
        commits = list(commits)
        asked = "".join(f"{commit}:generator\n" for commit in commits).encode()
        said = self.run("cat-file", "--batch-check=%(objectname)", given=asked).decode()
        pairs = zip(commits, said.splitlines(), strict=True)
        return [commit for commit, found in pairs if found == tree]


def clone(url: str, folder: Path) -> None:
    """Copy the history at `url` (an address or a path) into `folder`. Raises GitFault."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    Repository(folder.parent).run("clone", "--bare", "--quiet", "--", url, str(folder))


def merge_file(base: bytes, mine: bytes, new: bytes) -> bytes | None:
    """Merge three versions of a text; None where two changes meet, or one is no text."""
    if any(b"\0" in each[:8000] for each in (base, mine, new)):
        return None  # git's own rule for what is binary
    with tempfile.TemporaryDirectory(prefix="tidepost-") as name:
        folder = Path(name)
        for part, held in (("base", base), ("mine", mine), ("new", new)):
            (folder / part).write_bytes(held)
        # Its exit code is the number of conflicts, 127 standing for more.
        try:
            return Repository(folder).run("merge-file", "-p", "mine", "base", "new")
        except GitFault:
            return None
