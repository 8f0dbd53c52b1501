"""The output folder: making it hold exactly what was built."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from pathlib import Path

from generator.adapters.files.digest_index import DigestIndex, Facts
from generator.adapters.files.output_scan import Changes, changes, seen
from generator.adapters.files.site_folder import hash_file
from generator.core.artifacts import Artifact, OutputFile, digest
from generator.core.urls import folders_of

_ORDER = {"asset": 0, "redirect": 1, "page": 2, "entry": 3}


def write_site(
    root: Path,
    folder: Path,
    artifacts: Sequence[Artifact],
    digest_index: DigestIndex,
    aside: Path | None = None,
    changed: Changes | None = None,
) -> list[OutputFile]:
    """Make `folder` hold exactly `artifacts`; files that are right already are not touched.

    Every file appears whole (written beside and renamed, or moved from where it was put aside),
    files that pages need come before pages, and what is no longer wanted goes last. A site that is
    not there yet appears as a whole, where its pages were put `aside` in their places. `ledger`
    belongs to `folder`, and `changed` says what is not as it says, where that is known already.
    """
    there = seen(folder, digest_index, changed or changes(folder, digest_index))
    present, held = there.files, there.held
    if aside and not present and not folder.is_symlink():
        written = _write_whole(root, folder, artifacts, digest_index, aside)
        if written is not None:
            return written
    output = _Output(root, folder, present, digest_index)
    written = []
    fresh: list[Artifact] = []
    for artifact in artifacts:
        path, sha256 = artifact.path, artifact.sha256
        if sha256 and held.get(path) == sha256:
            size = present[path][0]
            written.append(OutputFile(path=path, sha256=sha256, size=size, role=artifact.role))
        else:
            fresh.append(artifact)
    fresh.sort(key=lambda each: (_ORDER[each.role], each.path))
    written += map(output.write, fresh)
    keep = {file.path for file in written}
    _remove_others(folder, present.keys() - keep)
    digest_index.keep_only(keep)
    return sorted(written, key=attrgetter("path"))


def _write_whole(
    root: Path, folder: Path, artifacts: Iterable[Artifact], digest_index: DigestIndex, aside: Path
) -> list[OutputFile] | None:
    """Complete the site that its pages were put `aside` for, and move it to `folder`, in which
    there is no file. Return None where it cannot be moved."""
    aside.mkdir(parents=True, exist_ok=True)
    output = _Output(root, aside, {}, digest_index)
    pages: dict[str, Artifact] = {}
    written: list[OutputFile] = []
    for artifact in artifacts:
        if artifact.aside == f"{aside}/{artifact.path}":
            pages[artifact.path] = artifact
        else:
            written.append(output.write(artifact))
    start = f"{aside}/"
    for path, artifact in pages.items():
        try:
            stat = os.lstat(start + path)
        except FileNotFoundError:
            written.append(output.write(artifact))
        else:
            written.append(output.note(artifact, stat, artifact.sha256))
    paths = [file.path for file in written]
    digest_index.keep_only(paths)
    # Nothing else is in them: who puts a page aside has it among the artifacts.
    folders = list({name for path in paths for name in folders_of(path)})
    stats = list(map(os.lstat, [start + name for name in folders]))
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        _remove_empty(folder)
        aside.replace(folder)
    except OSError:
        return None
    for name, stat in zip(folders, stats, strict=True):
        digest_index.note_folder(name, stat, whole=True, own=True)
    digest_index.note_folder("", folder.lstat(), whole=True)
    return sorted(written, key=attrgetter("path"))


def _remove_empty(folder: Path) -> None:
    """Remove a folder, if it is there, and those in it. Raises OSError where a file is in one."""
    for name, _, _ in os.walk(folder, topdown=False):
        os.rmdir(name)  # noqa: PTH106 (`walk` gives texts)


def holds(
    folder: Path,
    files: Sequence[OutputFile],
    digest_index: DigestIndex,
    changed: Changes | None = None,
) -> bool:
    """Return whether `folder` holds exactly `files`, going by what `ledger` knows of it."""
    there = seen(folder, digest_index, changed or changes(folder, digest_index))
    return there.held == {file.path: file.sha256 for file in files}


class _Output:
    """The output folder while it is written to; `present` are the files that were in it."""

    def __init__(
        self, root: Path, folder: Path, present: Mapping[str, Facts], digest_index: DigestIndex
    ) -> None:
        self.root, self.folder, self.present, self.digest_index = (
            root,
            folder,
            present,
            digest_index,
        )
        self.start = f"{folder}/"
        self.folders = {path.rpartition("/")[0] for path in present}

    def write(self, artifact: Artifact) -> OutputFile:
        """Make the folder hold an artifact."""
        path, sha256 = artifact.path, artifact.sha256
        content: bytes | None = None
        if not sha256:
            content = artifact.content
            sha256 = digest(content)
        if path in self.present:
            stat = os.lstat(self.start + path)
            held = self.digest_index.known(path, stat)
            if not held:
                held = hash_file(self.folder / path)
                self.digest_index.note(path, stat, held)
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
        return self.note(artifact, stat, sha256)

    def note(self, artifact: Artifact, stat: os.stat_result, sha256: str) -> OutputFile:
        """Remember an artifact that was written."""
        path = artifact.path
        self.digest_index.note(path, stat, sha256, own=True)
        return OutputFile(path=path, sha256=sha256, size=stat.st_size, role=artifact.role)

    def _make_room(self, path: str) -> None:
        """Make a file's folder, also where a file of an earlier build has its name."""
        above = path.rpartition("/")[0]
        if above not in self.folders:
            _make_folder(self.folder, self.folder / above)
            self.folders.add(above)


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
