"""What each file held when it was last looked at, so that unchanged files are not read again."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter
from pathlib import Path

import msgspec

SETTLED_NS = 2_000_000_000
"""A file changed less than this before it was looked at may change again without its times showing
it: some file systems keep times to two seconds only (FAT's last-modified time)."""

_Facts = tuple[int, int, int, int]
_facts = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")

_UNTRUSTED = (0, 0, 0, 0)
_pairs = partial(zip, strict=True)

_HEAD = 8
"""Bytes before each part of the file: its length, and a checksum."""


class _Part(msgspec.Struct, frozen=True, array_like=True):
    """Files and folders that were looked at, in columns: these are read and compared at once."""

    names: list[str] = []
    facts: list[_Facts] = []
    digests: list[str] = []
    folders: list[str] = []
    folder_facts: list[_Facts] = []


class Ledger:
    """Digests of files by name, each trusted only while the file's size, times and inode stay.

    It also knows folders in which nothing came or went, as long as their times stay. The ledger
    lies in one file: a first part with everything, and parts with what was noted later, each with a
    checksum. What follows after damage is not known.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.now = time.time_ns()
        self.entries: dict[str, tuple[_Facts, str]] = {}
        self.folders: dict[str, _Facts] = {}
        self._noted: dict[str, tuple[_Facts, str]] = {}
        self._noted_folders: dict[str, _Facts] = {}
        self._anew = True
        self._first = self._later = 0
        try:
            raw = file.read_bytes()
        except OSError:
            return
        try:
            for part in _parts(raw):
                self.entries.update(_pairs(part.names, _pairs(part.facts, part.digests)))
                self.folders.update(_pairs(part.folders, part.folder_facts))
            self._anew = not self.entries
        except (ValueError, msgspec.MsgspecError):
            pass  # written anew with what is known
        self._first = _HEAD + int.from_bytes(raw[:4], "big")
        self._later = len(raw) - self._first

    def known(self, name: str, stat: os.stat_result) -> str:
        """Return the digest of an unchanged file, or an empty text."""
        entry = self.entries.get(name)
        return entry[1] if entry is not None and entry[0] == _facts(stat) else ""

    def known_of(self, names: Sequence[str], stats: Sequence[os.stat_result]) -> list[str]:
        """Return what `known` does, of many files."""
        entries = map(self.entries.get, names)
        return [
            entry[1] if entry is not None and entry[0] == facts else ""
            for entry, facts in zip(entries, map(_facts, stats), strict=True)
        ]

    def note(self, name: str, stat: os.stat_result, sha256: str, *, own: bool = False) -> None:
        """Remember a digest; `stat` must have been taken before the file was read.

        A file of our `own`, which nobody else writes to, is trusted from the moment it is written.
        """
        if own or self._settled(stat):
            self._noted[name] = self.entries[name] = (_facts(stat), sha256)

    def same_folders(self, stats: Mapping[str, os.stat_result]) -> set[str]:
        """Return those of some folders in which no name came or went since they were noted."""
        known = map(self.folders.get, stats)
        return {
            name
            for name, before, now in zip(stats, known, map(_facts, stats.values()), strict=True)
            if before == now
        }

    def note_folder(self, name: str, stat: os.stat_result, *, whole: bool) -> None:
        """Remember a folder; `stat` must have been taken before it was listed.

        `whole` says that each file in it is known here by its name: only then need it not be listed
        again. Every folder below it must be noted too.
        """
        facts = _facts(stat) if whole and self._settled(stat) else _UNTRUSTED
        if self.folders.get(name) != facts:
            self._noted_folders[name] = self.folders[name] = facts

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget every other file."""
        names = set(names)
        if not self.entries.keys() <= names:
            self.entries = {name: self.entries[name] for name in names if name in self.entries}
            self._anew = True

    def forget_folders(self) -> None:
        """Forget all folders."""
        if self.folders:
            self.folders = {}
            self._anew = True

    def save(self) -> None:
        """Write what is new; a failure costs only time."""
        if not (self._anew or self._noted or self._noted_folders):
            return
        try:
            more = _encode(self._noted, self._noted_folders)
            if self._anew or self._later + len(more) > self._first:
                self._write_anew()
            else:
                with self.file.open("ab") as opened:
                    opened.write(more)
                self._later += len(more)
        except (OSError, UnicodeError):  # names need not be text
            self._anew = True
            return
        self._noted, self._noted_folders, self._anew = {}, {}, False

    def _write_anew(self) -> None:
        content = _encode(self.entries, self.folders)
        temporary = self.file.with_name(f"{self.file.name}.{os.getpid()}.tmp")
        try:
            temporary.write_bytes(content)
            temporary.replace(self.file)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        self._first, self._later = len(content), 0

    def _settled(self, stat: os.stat_result) -> bool:
        return max(stat.st_mtime_ns, stat.st_ctime_ns) <= self.now - SETTLED_NS


def _encode(entries: Mapping[str, tuple[_Facts, str]], folders: Mapping[str, _Facts]) -> bytes:
    content = msgspec.msgpack.encode(
        _Part(
            names=list(entries),
            facts=[facts for facts, _ in entries.values()],
            digests=[digest for _, digest in entries.values()],
            folders=list(folders),
            folder_facts=list(folders.values()),
        )
    )
    return len(content).to_bytes(4, "big") + zlib.crc32(content).to_bytes(4, "big") + content


def _parts(raw: bytes) -> Iterator[_Part]:
    """Yield the parts of a ledger. Raises ValueError, or MsgspecError, where one is damaged."""
    decode = msgspec.msgpack.Decoder(_Part).decode
    at = 0
    while at < len(raw):
        start = at + _HEAD
        end = start + int.from_bytes(raw[at : at + 4], "big")
        content = raw[start:end]
        if zlib.crc32(content).to_bytes(4, "big") != raw[at + 4 : start] or end > len(raw):
            raise ValueError("damaged")
        yield decode(content)
        at = end
