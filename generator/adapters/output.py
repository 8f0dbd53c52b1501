"""The output folder: making it hold exactly what was built."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from stat import S_ISDIR

from generator.adapters.disk import hash_file
from generator.adapters.ledger import Ledger
from generator.artifacts import Artifact, OutputFile, digest

_ORDER = {"asset": 0, "redirect": 1, "page": 2, "entry": 3}


def write_site(
    root: Path, folder: Path, artifacts: Iterable[Artifact], ledger: Ledger
) -> list[OutputFile]:
    """Make `folder` hold exactly `artifacts`; files that are right already are not touched.

    Every file appears whole (written beside and renamed, or moved from where it was put aside),
    files that pages need come before pages, and what is no longer wanted goes last. `ledger`
    belongs to `folder`.
    """
    present, held = _look(folder, ledger)
    output = _Output(root, folder, present, ledger)
    written: list[OutputFile] = []
    fresh: list[Artifact] = []
    for artifact in artifacts:
        path, sha256 = artifact.path, artifact.sha256
        if sha256 and held.get(path) == sha256:
            size = present[path].st_size
            written.append(OutputFile(path=path, sha256=sha256, size=size, role=artifact.role))
        else:
            fresh.append(artifact)
    fresh.sort(key=lambda each: (_ORDER[each.role], each.path))
    written += map(output.write, fresh)
    keep = {file.path for file in written}
    _remove_others(folder, present.keys() - keep)
    ledger.keep_only(keep)
    return sorted(written, key=attrgetter("path"))


def holds(folder: Path, files: Sequence[OutputFile], ledger: Ledger) -> bool:
    """Tell whether `folder` holds exactly `files`, going by what `ledger` knows of it."""
    _, held = _look(folder, ledger)
    return held == {file.path: file.sha256 for file in files}


class _Output:
    """The output folder while it is written to; `present` are the files that were in it."""

    def __init__(
        self, root: Path, folder: Path, present: Mapping[str, os.stat_result], ledger: Ledger
    ) -> None:
        self.root, self.folder, self.present, self.ledger = root, folder, present, ledger
        self.start = f"{folder}/"
        self.folders = {path.rpartition("/")[0] for path in present}

    def write(self, artifact: Artifact) -> OutputFile:
        """Make the folder hold an artifact."""
        path, sha256 = artifact.path, artifact.sha256
        content: bytes | None = None
        if not sha256:
            content = artifact.content
            sha256 = digest(content)
        stat = self.present.get(path)
        if stat is not None:
            held = self.ledger.known(path, stat)
            if not held:
                held = hash_file(self.folder / path)
                self.ledger.note(path, stat, held)
            if held == sha256:
                return OutputFile(path=path, sha256=sha256, size=stat.st_size, role=artifact.role)
        self._make_room(path)
        if artifact.copy_of:
            source = self.root / artifact.copy_of
            _replace(self.folder / path, lambda temporary: shutil.copyfile(source, temporary))
            sha256 = hash_file(self.folder / path)  # it may have been written to since it was found
        elif not (artifact.aside and _moved(artifact.aside, self.start + path)):
            whole = artifact.read() if content is None else content
            _replace(self.folder / path, lambda temporary: temporary.write_bytes(whole))
        stat = os.stat(self.start + path)  # noqa: PTH116 (a Path for each costs more)
        self.ledger.note(path, stat, sha256, own=True)
        return OutputFile(path=path, sha256=sha256, size=stat.st_size, role=artifact.role)

    def _make_room(self, path: str) -> None:
        """Make a file's folder, also where a file of an earlier build has its name."""
        above = path.rpartition("/")[0]
        if above not in self.folders:
            _make_folder(self.folder, self.folder / above)
            self.folders.add(above)


def _look(folder: Path, ledger: Ledger) -> tuple[dict[str, os.stat_result], dict[str, str]]:
    """Return every file below `folder` by its path from there, and what each is known to hold, or
    an empty text."""
    found = _stats(folder, ledger)
    paths = list(found)
    known = ledger.known_of(paths, list(found.values()))
    return found, dict(zip(paths, known, strict=True))


def _stats(folder: Path, ledger: Ledger) -> dict[str, os.stat_result]:
    """Return every file below `folder` by its path from there.

    A folder whose times are those that `ledger` knows has the names in it that it had, so that it
    need not be listed. Its files are looked at all the same: writing to one leaves the folder be.
    """
    above = f"{folder}/"
    folders: dict[str, os.stat_result] = {}
    found: dict[str, os.stat_result] = {}
    pending = [""]
    if "" in ledger.folders:
        try:
            folders = {name: os.lstat(above + name) for name in ledger.folders}
            found = {name: os.lstat(above + name) for name in ledger.names if name not in folders}
            pending = sorted(folders.keys() - ledger.same_folders(folders))
        except OSError:
            pass
        if not found or not all(S_ISDIR(folders[name].st_mode) for name in pending):
            # Something is gone, or is no folder any more.
            ledger.forget_folders()
            folders, found, pending = {}, {}, [""]
    while pending:
        current = pending.pop()
        whole = True
        try:
            # Looked at before it is listed: what comes between shows the next time.
            stat = os.lstat(above + current)
            with os.scandir(above + current) as entries:
                for entry in entries:
                    path = f"{current}/{entry.name}" if current else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        found.pop(path, None)
                        if path not in folders:
                            pending.append(path)
                        continue
                    if path not in found:
                        found[path] = entry.stat(follow_symlinks=False)
                    whole = whole and path in ledger
        except FileNotFoundError:
            continue
        ledger.note_folder(current, stat, whole=whole)
    return found


def _moved(aside: str, target: str) -> bool:
    """Move a file to its place, and say whether that was possible: not where it is gone, where it
    would have to go to another file system, or where a folder is in its place."""
    try:
        os.replace(aside, target)  # noqa: PTH105 (a Path for each costs more)
    except OSError:
        return False
    return True


def _replace(target: Path, fill: Callable[[Path], object]) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    fill(temporary)
    temporary.replace(target)


def _make_folder(output: Path, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        for parent in (*reversed(folder.relative_to(output).parents), folder.relative_to(output)):
            if (output / parent).is_file():
                (output / parent).unlink()
        folder.mkdir(parents=True, exist_ok=True)


def _remove_others(folder: Path, paths: Iterable[str]) -> None:
    """Remove files, and the folders that are empty without them."""
    for path in sorted(paths, reverse=True):
        file = folder / path
        if not os.path.lexists(file) or (file.is_dir() and not file.is_symlink()):
            continue  # it, or its folder, gave way to what is there now
        file.unlink(missing_ok=True)
        for parent in file.parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()
