"""Reading the old site of an import, and writing what came of it without overwriting anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

from generator.importers.model import CannotImportError, NewFile, OldFile

_SKIPPED = frozenset({".git", ".hg", ".svn", "node_modules", "_site", ".jekyll-cache", "resources"})
_SECONDS_TO_CLONE = 600

Outcome = Literal["written", "same", "kept"]
"""The file is new; it was there already with the same bytes; another one was there and still is."""


def read_tree(root: Path) -> dict[str, OldFile]:
    """Return every file below `root` by its path from there.

    Links that lead out of it are not followed, nor are links to folders.
    """
    found: dict[str, OldFile] = {}
    real = root.resolve()
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        top = here == root
        folders[:] = sorted(
            name
            for name in folders
            if not (name in _SKIPPED and (top or name in (".git", "node_modules")))
            and not (here / name).is_symlink()
        )
        for name in names:
            file = here / name
            path = file.relative_to(root).as_posix()
            if any("\ud800" <= char <= "\udfff" for char in path):
                continue
            if file.is_symlink() and not _end_of(file).is_relative_to(real):
                continue
            if file.is_file():
                facts = file.stat()
                found[path] = OldFile(
                    size=facts.st_size,
                    read=partial(_read, file),
                    modified=facts.st_mtime,
                    commits=partial(_commits_of, real, path),
                )
    return found


def _end_of(link: Path) -> Path:
    """Return where a link leads to, also where it leads back to itself, which is no error here."""
    return Path(os.path.realpath(link))


def _commits_of(root: Path, path: str) -> tuple[int, int] | None:
    return _commits(root).get(path)


@lru_cache(1)
def _commits(root: Path) -> dict[str, tuple[int, int]]:
    """Return when the first and the last commit that changed each file were written, in seconds
    since 1970. Empty where there is no repository, or only a part of its commits."""
    program = shutil.which("git")
    if program is None:
        return {}
    # Nothing that the repository's own settings name may run.
    options = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "log.showSignature=false")
    git = [program, "-C", str(root), *(part for one in options for part in ("-c", one))]
    log = ["log", "--format=%x01%at", "--name-only", "-z", "--relative", "--no-renames", "-m"]
    try:
        shallow, ran = (
            subprocess.run(  # noqa: S603 (a fixed program with fixed arguments)
                [*git, *command], capture_output=True, check=False, timeout=_SECONDS_TO_CLONE
            )
            for command in (["rev-parse", "--is-shallow-repository"], log)
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    if ran.returncode or shallow.stdout.strip() != b"false":
        return {}
    found: dict[str, tuple[int, int]] = {}
    for commit in ran.stdout.decode(errors="replace").split("\x01")[1:]:
        written, *names = commit.split("\0")
        for name in filter(None, (one.strip("\n") for one in names)):
            at = int(written)
            found[name] = (at, found[name][1] if name in found else at)
    return found


def _read(file: Path) -> bytes:
    return file.read_bytes()


@contextmanager
def opened(place: str) -> Iterator[Path]:
    """Give the folder that `place` names, or that of a shallow clone where it is a repository.

    Raises CannotImportError where there is neither.
    """
    folder = Path(place)
    if folder.is_dir() and not (folder / "objects").is_dir():
        yield folder
        return
    address = str(folder.resolve()) if folder.is_dir() else place
    if not folder.is_dir() and "://" not in place and "@" not in place:
        raise CannotImportError(place, "there is no such folder", "name a folder or a repository")
    with tempfile.TemporaryDirectory(prefix="tidepost-import-") as temporary:
        clone = Path(temporary) / "site"
        _clone(f"file://{address}" if folder.is_dir() else place, clone)
        yield clone


def _clone(address: str, clone: Path) -> None:
    program = shutil.which("git")
    if program is None:
        raise CannotImportError(address, "git is needed to fetch a repository", "install git")
    # Nothing of the repository may run: no hooks, no filters of its own, no helper protocols.
    command = [
        *(program, "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never"),
        *("clone", "--quiet", "--depth", "1", "--", address, str(clone)),
    ]
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"}
    try:
        ran = subprocess.run(  # noqa: S603 (a fixed program; the address cannot be an option)
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS_TO_CLONE,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotImportError(address, f"git could not fetch it: {error}") from None
    if ran.returncode:
        lines = ran.stderr.strip().splitlines() or ["it says nothing"]
        raise CannotImportError(address, f"git could not fetch it: {lines[-1]}")


def compare(root: Path, file: NewFile, sources: dict[str, OldFile]) -> Outcome:
    """Say what writing a file would come to, and write nothing."""
    target = root / file.path
    if not target.exists() and not target.is_symlink():
        return "written"
    return "same" if target.is_file() and _holds(target, file, sources) else "kept"


def write_new(root: Path, file: NewFile, sources: dict[str, OldFile]) -> Outcome:
    """Write a file that is not there yet, whole or not at all; one that is there stays as it is.

    Raises OSError where the folder cannot be written to.
    """
    outcome = compare(root, file, sources)
    if outcome != "written":
        return outcome
    target = root / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(root.resolve()):
        return "kept"  # a link leads out of the site's folder
    content = sources[file.copy_of].read() if file.copy_of else file.content
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".import-")
    try:
        with os.fdopen(handle, "wb") as opened_file:
            opened_file.write(content)
        Path(temporary).chmod(0o644)
        return _put(Path(temporary), target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def add_to(target: Path, text: str) -> None:
    """Write a file that an import made again, with `text` behind it. Raises OSError."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".import-")
    try:
        with os.fdopen(handle, "wb") as opened_file:
            opened_file.write(target.read_bytes() + text.encode())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _put(temporary: Path, target: Path) -> Outcome:
    """Give a finished file its name, unless somebody else has taken it meanwhile."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        return "kept"
    except OSError:  # a file system without links
        if target.exists():
            return "kept"
        temporary.replace(target)
    return "written"


def _holds(target: Path, file: NewFile, sources: dict[str, OldFile]) -> bool:
    size = sources[file.copy_of].size if file.copy_of else len(file.content)
    if target.stat().st_size != size:
        return False
    content = sources[file.copy_of].read() if file.copy_of else file.content
    return target.read_bytes() == content
