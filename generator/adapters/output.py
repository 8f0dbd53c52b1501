"""The output folder: making it hold exactly what was built."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from generator.adapters.disk import hash_file
from generator.adapters.ledger import Ledger
from generator.artifacts import Artifact, OutputFile, digest

_ORDER = {"asset": 0, "redirect": 1, "page": 2, "entry": 3}


def write_site(
    root: Path, folder: Path, artifacts: Iterable[Artifact], ledger: Ledger
) -> list[OutputFile]:
    """Make `folder` hold exactly `artifacts`; files that are right already are not touched.

    Every file appears whole (written beside and renamed), files that pages need come before pages,
    and what is no longer wanted goes last. `ledger` belongs to `folder`.
    """
    written: list[OutputFile] = []
    present = _stats(folder)
    for artifact in sorted(artifacts, key=lambda each: (_ORDER[each.role], each.path)):
        written.append(_write(root, folder, artifact, present.get(artifact.path), ledger))
    keep = {file.path for file in written}
    _remove_others(folder, present.keys() - keep)
    ledger.keep_only(keep)
    return sorted(written)


def holds(folder: Path, files: Sequence[OutputFile], ledger: Ledger) -> bool:
    """Tell whether `folder` holds exactly `files`, going by what `ledger` knows of it."""
    present = _stats(folder)
    return len(present) == len(files) and all(
        file.path in present and ledger.known(file.path, present[file.path]) == file.sha256
        for file in files
    )


def _write(
    root: Path,
    folder: Path,
    artifact: Artifact,
    present: os.stat_result | None,
    ledger: Ledger,
) -> OutputFile:
    sha256 = artifact.sha256
    content: bytes | None = None
    if not sha256:
        content = artifact.content
        sha256 = digest(content)
    if present is not None:
        held = ledger.known(artifact.path, present)
        if not held:
            held = hash_file(folder / artifact.path)
            ledger.note(artifact.path, present, held)
        if held == sha256:
            return OutputFile(
                path=artifact.path, sha256=sha256, size=present.st_size, role=artifact.role
            )
    target = folder / artifact.path
    _make_room(folder, target)
    if artifact.copy_of:
        source = root / artifact.copy_of
        _replace(target, lambda temporary: shutil.copyfile(source, temporary))
        sha256 = hash_file(target)  # the file may have been written to since it was found
    else:
        whole = artifact.read() if content is None else content
        _replace(target, lambda temporary: temporary.write_bytes(whole))
    stat = target.stat()
    ledger.note(artifact.path, stat, sha256, own=True)
    return OutputFile(path=artifact.path, sha256=sha256, size=stat.st_size, role=artifact.role)


def _stats(folder: Path) -> dict[str, os.stat_result]:
    """Return every file below `folder` by its path from there."""
    found: dict[str, os.stat_result] = {}
    pending = [""]
    above = f"{folder}/"
    while pending:
        current = pending.pop()
        try:
            with os.scandir(above + current) as entries:
                for entry in entries:
                    path = f"{current}{entry.name}"
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(f"{path}/")
                    else:
                        found[path] = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
    return found


def _replace(target: Path, fill: Callable[[Path], object]) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    fill(temporary)
    temporary.replace(target)


def _make_room(folder: Path, target: Path) -> None:
    """Make a file's folder, also where a file of an earlier build has its name."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        for parent in reversed(target.relative_to(folder).parents):
            if (folder / parent).is_file():
                (folder / parent).unlink()
        target.parent.mkdir(parents=True, exist_ok=True)


def _remove_others(folder: Path, paths: Iterable[str]) -> None:
    """Remove files, and the folders that are empty without them."""
    for path in sorted(paths, reverse=True):
        file = folder / path
        file.unlink(missing_ok=True)
        for parent in file.parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()
