"""Files of named parts, each read when it is asked for: what one build leaves for the next.

A file is of use to the program alone that wrote it, whose digest it carries. Every part has a
checksum; what is damaged, torn or foreign counts as not there.
"""

from __future__ import annotations

import contextlib
import os
import sys
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from generator.adapters.files.digest_index import Facts, facts_of
from generator.adapters.files.os_errors import only_files
from generator.core.cache import Key, key_of
from generator.incremental.lazy_tables import SnapshotMissing

_MAGIC = b"tidepost parts 1"
_NUMBER = 8
_MOST_FILES = 4
"""So many are kept: of the site in `_site/`, of the one on the desk, and of previews."""


class _Part(msgspec.Struct, frozen=True, array_like=True):
    """Where a part lies in the file, counted from the end of the list of parts."""

    start: int
    size: int
    checksum: int


class Parts(Mapping[str, bytes]):
    """The parts of an open file. Raises Lost where one of them is damaged."""

    def __init__(self, descriptor: int, start: int, listed: Mapping[str, _Part]) -> None:
        self._descriptor, self._start, self._listed = descriptor, start, listed
        self.facts: Facts = facts_of(os.fstat(descriptor))

    def close(self) -> None:
        """Let go of the file; no part can be read any more."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def __getitem__(self, name: str) -> bytes:
        part = self._listed[name]
        try:
            raw = _read(self._descriptor, self._start + part.start, part.size)
        except OSError:
            raise SnapshotMissing(name) from None
        if zlib.crc32(raw) != part.checksum:
            raise SnapshotMissing(name)
        return raw

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


class PartsFolder:
    """Files of parts below a folder, for the program whose digest is `code`; only the last few."""

    def __init__(self, folder: Path, code: bytes) -> None:
        self.folder, self.code = folder, code

    def open(self, key: Key) -> Parts | None:
        """Return the parts that were written under a key, to be closed, or None where there are
        none."""
        try:
            descriptor = only_files(str(self._file(key)), os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError:
            return None
        parts = self._parts(descriptor, key)
        if parts is None:
            os.close(descriptor)
        return parts

    def holds(self, key: Key, parts: Parts) -> bool:
        """Return whether what was opened is still what lies under a key."""
        try:
            return bool(facts_of(self._file(key).stat()) == parts.facts)
        except OSError:
            return False

    def write(self, key: Key, parts: Mapping[str, bytes]) -> None:
        """Keep parts under a key, in place of what was there; a failure costs only time."""
        listed: dict[str, _Part] = {}
        start = 0
        for name, raw in parts.items():
            listed[name] = _Part(start, len(raw), zlib.crc32(raw))
            start += len(raw)
        head = msgspec.msgpack.encode(listed)
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            file = self._file(key)
            temporary = file.with_suffix(".tmp")
            with temporary.open("wb") as opened:
                opened.write(self._beginning(key) + _number(len(head)) + _number(zlib.crc32(head)))
                opened.write(head)
                opened.writelines(parts.values())
            temporary.replace(file)
            self._sweep(file)

    def _parts(self, descriptor: int, key: Key) -> Parts | None:
        beginning = self._beginning(key)
        size = len(beginning) + 2 * _NUMBER
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            raw = _read(descriptor, 0, size)
            length = int.from_bytes(raw[-2 * _NUMBER : -_NUMBER], "big")
            if raw.startswith(beginning) and length < os.fstat(descriptor).st_size:
                head = _read(descriptor, size, length)
                if _number(zlib.crc32(head)) == raw[-_NUMBER:]:
                    listed = msgspec.msgpack.decode(head, type=dict[str, _Part])
                    return Parts(descriptor, size + length, listed)
        return None

    def _beginning(self, key: Key) -> bytes:
        return _MAGIC + key_of(self.code, key, sys.byteorder)

    def _file(self, key: Key) -> Path:
        return self.folder / f"{key.hex()[:32]}.parts"

    def _sweep(self, newest: Path) -> None:
        """Remove the oldest files, and what killed builds left."""
        others = [file for file in self.folder.iterdir() if file != newest]
        whole = [file for file in others if file.suffix == ".parts"]
        whole.sort(key=lambda file: file.stat().st_mtime_ns, reverse=True)
        for file in {*others} - {*whole[: _MOST_FILES - 1]}:
            file.unlink(missing_ok=True)


def _number(value: int) -> bytes:
    return value.to_bytes(_NUMBER, "big")


def _read(descriptor: int, start: int, size: int) -> bytes:
    """Return some bytes of a file, or fewer where it ends."""
    os.lseek(descriptor, start, os.SEEK_SET)
    pieces = []
    while size > 0 and (piece := os.read(descriptor, size)):
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
