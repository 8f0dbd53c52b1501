"""What builds of one site in one process keep in memory for the next; `serve` has one for all.

All of it lies on the disk as well, and is used only where that is still what it was read from or
written to: another process may have built meanwhile.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import msgspec

from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.site_folder import hash_file, read_text
from generator.adapters.files.sqlite_cache import code_digest
from generator.config.settings import SiteConfig
from generator.core.cache import Cache, Key
from generator.core.problems import Problem

if TYPE_CHECKING:
    from generator.adapters.files.snapshot_file import Parts, PartsFolder
    from generator.incremental.left_behind import LeftBehind
    from generator.incremental.snapshot import SnapshotDelta
    from generator.pipeline.inputs import Inputs


class Session:
    """What is kept of one site."""

    def __init__(self) -> None:
        self._inputs: Inputs | None = None
        self._changed: set[str] = set()
        self._indexes: dict[Path, DigestIndex] = {}
        self._code = b""
        self._parts: Parts | None = None
        self._left: LeftBehind | None = None

    def index(self, file: Path) -> DigestIndex:
        """Return the index of digests in a file."""
        index = self._indexes.get(file)
        if index is None or not index.is_current():
            index = self._indexes[file] = DigestIndex(file)
        return index

    def code(self, folder: Path) -> bytes:
        """Return the digest of the program, kept in a folder: as it was when the process began."""
        self._code = self._code or code_digest(folder / "code.digest")
        return self._code

    def left(
        self, shelf: PartsFolder, kind: Key, config: SiteConfig, cache: Cache
    ) -> LeftBehind | None:
        """Return what the last build of this kind left; None where there is nothing.

        Raises SnapshotMissing or MsgspecError where something is damaged or gone.
        """
        # Imported here: where nothing changed, none of it is needed.
        from generator.incremental.left_behind import LeftBehind

        if (
            self._left is None
            or self._parts is None
            or not shelf.holds(kind, self._parts)
            or not self._left.is_current(kind, config, cache)
        ):
            self.let_go()
            self._parts = shelf.open(kind)
            if self._parts is not None:
                self._left = LeftBehind(self._parts, kind, config, cache)
        return self._left

    def went_on(self, edits: Mapping[str, SnapshotDelta], kept: Mapping[Key, bytes]) -> None:
        """Take in what became of what was left, and what the cache has of that by now."""
        if self._left is not None:
            self._left.went_on(edits, kept)

    def let_go(self) -> None:
        """Forget what was left, and let go of its file."""
        self._left = None
        if self._parts is not None:
            self._parts.close()
            self._parts = None

    def changed(self, paths: Collection[str]) -> None:
        """Take in that these files of the site, or some below these folders, have changed."""
        self._changed.update(paths)

    def found(self, inputs: Inputs) -> None:
        """Take in what the site consists of now."""
        self._inputs = inputs
        self._changed.clear()

    def inputs_ahead(self, root: Path, config: SiteConfig, now: dt.datetime) -> Inputs | None:
        """Return what the next build will find, as far as changes are known, without looking at
        every file. None where others have changed than texts, templates and style sheets that were
        there."""
        inputs = self._inputs
        if inputs is None or not self._changed or inputs.config != config:
            return None
        try:
            return with_changes(root, msgspec.structs.replace(inputs, now=now), self._changed)
        except OSError:
            return None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.let_go()


def with_changes(root: Path, inputs: Inputs, changed: Collection[str]) -> Inputs | None:
    """Return inputs in which files were read again: texts, templates and style sheets that are
    among them. None where a file is none of these. Raises OSError."""
    places = {source.path: place for place, source in enumerate(inputs.sources)}
    sources, templates, files = list(inputs.sources), {**inputs.templates}, {**inputs.files}
    problems: list[Problem] = []
    for path in changed:
        name = path.removeprefix("templates/")
        if path in places:
            place = places[path]
            sha256 = hash_file(root / path)
            sources[place] = msgspec.structs.replace(sources[place], sha256=sha256)
        elif name != path and name in templates:
            templates[name] = read_text(root, path, problems)
        elif path in files and path.endswith(".css"):
            sha256, text = hash_file(root / path), read_text(root, path, problems)
            files[path] = msgspec.structs.replace(files[path], sha256=sha256, text=text)
        else:
            return None
    if problems:
        return None
    return msgspec.structs.replace(inputs, sources=sources, templates=templates, files=files)
