"""Changes of several files that are made whole or not at all, whenever the program is killed.

Before the first file is touched, what all of them held is put aside in `.tidepost/undo/`; when the
last one is done, that folder goes, and this is the moment at which the change counts. A folder that
is still there when a later command begins is the trace of a killed one: the files are put back.

`upgrade` changes the program itself in this way, so this module must do its work while half of the
others are of another version: it imports the standard library and the lock beside it, and what it
reads and writes in `.tidepost/undo/` stays as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

PRIVATE = ".tidepost"
FOLDER = "undo"
_JOURNAL = "journal.json"


class Change(NamedTuple):
    """What a file is to hold: bytes, what another file holds, or nothing (it is removed).

    `path` is relative to the site's folder, with forward slashes; it must not be a folder.
    """

    path: str
    content: bytes | Path | None
    executable: bool = False


def carry_out(root: Path, what: str, changes: Sequence[Change]) -> None:
    """Make all changes below `root`, in their order; hold the lock of the site's folder meanwhile.

    `what` says to a person what is being done. Folders that are empty afterwards are removed. When
    a file cannot be written, or a person interrupts, everything is put back and the error raised.
    """
    undo_folder = root / PRIVATE / FOLDER
    _prepare(root, undo_folder, what, changes)
    try:
        for change in changes:
            _apply(root, change)
        for change in changes:
            if change.content is None:
                _remove_empty_folders(root, change.path)
    except (OSError, KeyboardInterrupt):
        put_back(root)
        raise
    _finish(undo_folder)


def is_unfinished(root: Path) -> bool:
    """Say whether a killed command may have left the site's folder half changed."""
    return (root / PRIVATE / FOLDER / _JOURNAL).exists()


def recover(root: Path) -> bool:
    """Put back what a killed command left half done, and say so; wait for one that is at work.

    Returns whether there was anything to put back.
    """
    if not is_unfinished(root):
        return False
    from generator.adapters.lock import alone_in

    with alone_in(root / PRIVATE):
        if not is_unfinished(root):
            return False  # it was at work, and has finished
        what, kept = put_back(root)
    print(
        f"`{what}` was interrupted: everything is as it was before it. Give the command again.",
        file=sys.stderr,
    )
    for path in kept:
        print(f"{path} was changed since, and is left as it is.", file=sys.stderr)
    return True


def put_back(root: Path) -> tuple[str, list[str]]:
    """Give all files what they held before; return what was being done, and the paths of files
    that somebody else has changed since, which are left alone."""
    undo_folder = root / PRIVATE / FOLDER
    journal = json.loads((undo_folder / _JOURNAL).read_text(encoding="utf-8"))
    kept = []
    for number, entry in reversed(list(enumerate(journal["files"]))):
        file = root / entry["path"]
        _temporary(file).unlink(missing_ok=True)
        now = digest_of(file)
        if now == entry["before"]:
            continue
        if now not in (entry["after"], ""):
            kept.append(entry["path"])
        elif entry["before"]:
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(undo_folder / str(number), _temporary(file), follow_symlinks=False)
            os.replace(_temporary(file), file)  # noqa: PTH105
        else:
            os.unlink(file)  # noqa: PTH108
    for folder in journal["folders"]:
        path = root / folder
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    _finish(undo_folder)
    return journal["what"], sorted(kept)


def digest_of(file: Path) -> str:
    """Return the SHA-256 of what a file holds; a link is what it leads to. Empty: no such file."""
    if file.is_symlink():
        return hashlib.sha256(b"link:" + os.fsencode(os.readlink(file))).hexdigest()  # noqa: PTH115
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _prepare(root: Path, undo_folder: Path, what: str, changes: Sequence[Change]) -> None:
    """Put everything aside. The folder has its name only when it is complete."""
    fresh = undo_folder.with_name(f"{FOLDER}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    files = []
    for number, change in enumerate(changes):
        file = root / change.path
        before = digest_of(file)
        if before:
            shutil.copy2(file, fresh / str(number), follow_symlinks=False)
        content = change.content
        after = digest_of(content) if isinstance(content, Path) else ""
        if isinstance(content, bytes):
            after = hashlib.sha256(content).hexdigest()
        files.append({"path": change.path, "before": before, "after": after})
    journal = {
        "what": what,
        "files": files,
        "folders": _missing_folders(root, (change.path for change in changes)),
    }
    (fresh / _JOURNAL).write_text(json.dumps(journal), encoding="utf-8")
    os.replace(fresh, undo_folder)  # noqa: PTH105


def _apply(root: Path, change: Change) -> None:
    file = root / change.path
    if change.content is None:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(file)
    if isinstance(change.content, Path):
        shutil.copy2(change.content, temporary, follow_symlinks=False)
    else:
        temporary.write_bytes(change.content)
        if file.exists():
            shutil.copymode(file, temporary)
    if change.executable:
        temporary.chmod(temporary.stat().st_mode | 0o111)
    os.replace(temporary, file)  # noqa: PTH105


def _finish(undo_folder: Path) -> None:
    """Let the change, or its undoing, count: renaming the folder is one step."""
    done = undo_folder.with_name(f"{FOLDER}.done")
    shutil.rmtree(done, ignore_errors=True)
    os.replace(undo_folder, done)  # noqa: PTH105
    shutil.rmtree(done, ignore_errors=True)


def _temporary(file: Path) -> Path:
    return file.with_name(f".{file.name[:60]}.tidepost")


def _missing_folders(root: Path, paths: Iterable[str]) -> list[str]:
    """Return the folders that have to be made, the innermost first."""
    missing = {
        parent.as_posix()
        for path in paths
        for parent in Path(path).parents
        if not (root / parent).is_dir()
    }
    return sorted(missing, key=lambda folder: -folder.count("/"))


def _remove_empty_folders(root: Path, path: str) -> None:
    for parent in Path(path).parents:
        folder = root / parent
        if parent == Path() or not folder.is_dir() or any(folder.iterdir()):
            return
        folder.rmdir()
