"""What each file held when it was last looked at, so that unchanged files are not read again."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from pathlib import Path

import msgspec

from generator.adapters.files.os_errors import read_file
from generator.core.urls import folders_of

SETTLED_NS = 2_000_000_000
"""A file changed less than this before it was looked at may change again without its times showing
it: some file systems keep times to two seconds only (FAT's last-modified time)."""

Facts = tuple[int, int, int, int]
facts_of = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")

_UNTRUSTED = (0, 0, 0, 0)

_HEAD = 8
"""Bytes before each part of the file: its length, and a checksum."""


class _Part(msgspec.Struct, frozen=True, array_like=True):
    """Files and folders that were looked at, in columns: these are read and compared at once."""

    names: list[str] = []
    facts: list[Facts] = []
    digests: list[str] = []
    folders: list[str] = []
    folder_facts: list[Facts] = []


class DigestIndex:
    """Digests of files by name, each trusted only while the file's size, times and inode stay.

    It also knows folders in which nothing came or went, as long as their times stay. The ledger
    lies in one file: a first part with everything, and parts with what was noted later, each with a
    checksum. What follows after damage is not known.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.now = time.time_ns()
        self._found = _facts_at(file)
        self.folders: dict[str, Facts] = {}
        self.names: list[str] = []
        self.facts: list[Facts] = []
        self.digests: list[str] = []
        self._noted: dict[str, tuple[Facts, str]] = {}
        self._noted_folders: dict[str, Facts] = {}
        self._anew = True
        self._first = self._later = 0
        try:
            raw = read_file(file)
        except OSError:
            return
        try:
            for part in _parts(raw):
                self._take_in(part)
            self._anew = not self.names
        except (ValueError, msgspec.MsgspecError):
            pass  # written again with what is known
        self._first = _HEAD + int.from_bytes(raw[:4], "big")
        self._later = len(raw) - self._first

    def is_current(self) -> bool:
        """Return whether the file is as it was read or written here, so that all of it is known;
        from now on, files are looked at at this moment."""
        self.now = time.time_ns()
        return self._found is not None and self._found == _facts_at(self.file)

    def _take_in(self, part: _Part) -> None:
        if not len(part.names) == len(part.facts) == len(part.digests):
            raise ValueError("damaged")
        self.folders.update(zip(part.folders, part.folder_facts, strict=True))
        if self.names:
            for name, facts, digest in zip(part.names, part.facts, part.digests, strict=True):
                self._set(name, facts, digest)
        else:
            self.names, self.facts, self.digests = part.names, part.facts, part.digests

    @cached_property
    def _places(self) -> dict[str, int]:
        """Where in the columns each file is."""
        return dict(zip(self.names, range(len(self.names)), strict=True))

    def _set(self, name: str, facts: Facts, digest: str) -> None:
        place = self._places.get(name)
        if place is None:
            self._places[name] = len(self.names)
            self.names.append(name)
            self.facts.append(facts)
            self.digests.append(digest)
        else:
            self.facts[place], self.digests[place] = facts, digest

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def known(self, name: str, stat: os.stat_result) -> str:
        """Return the digest of an unchanged file, or an empty text."""
        place = self._places.get(name)
        same = place is not None and self.facts[place] == facts_of(stat)
        return self.digests[place] if place is not None and same else ""

    def known_of(self, names: Sequence[str], stats: Sequence[os.stat_result]) -> list[str]:
        """Return what `known` does, of many files; least work if these are `names`, in order."""
        facts = list(map(facts_of, stats))
        if names == self.names:
            if facts == self.facts:
                return self.digests.copy()
            known = zip(self.facts, facts, self.digests, strict=True)
            return [digest if before == now else "" for before, now, digest in known]
        places = map(self._places.get, names)
        return [
            self.digests[place] if place is not None and self.facts[place] == now else ""
            for place, now in zip(places, facts, strict=True)
        ]

    def note(self, name: str, stat: os.stat_result, sha256: str, *, own: bool = False) -> None:
        """Remember a digest; `stat` must have been taken before the file was read.

        A file of our `own`, which nobody else writes to, is trusted from the moment it is written.
        """
        if own or self._settled(stat):
            self._noted[name] = (facts_of(stat), sha256)
            self._set(name, *self._noted[name])

    def note_folder(
        self, name: str, stat: os.stat_result, *, whole: bool, own: bool = False
    ) -> None:
        """Remember a folder; `stat` must have been taken before it was listed.

        `whole` says that each file in it is known here by its name: only then need it not be listed
        again. Every folder below it must be noted too. A folder of our `own`, which nobody else
        could see yet, is trusted at once, but not where times are kept to the second.
        """
        settled = self._settled(stat) or (own and stat.st_mtime_ns % 1_000_000_000)
        facts = facts_of(stat) if whole and settled else _UNTRUSTED
        if self.folders.get(name) != facts:
            self._noted_folders[name] = self.folders[name] = facts

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget every other file, and folders in which none is left."""
        names = set(names)
        if names.issuperset(self.names):
            return
        kept = [place for place, name in enumerate(self.names) if name in names]
        self.names = [self.names[place] for place in kept]
        self.facts = [self.facts[place] for place in kept]
        self.digests = [self.digests[place] for place in kept]
        vars(self).pop("_places", None)
        left = {"", *(folder for name in self.names for folder in folders_of(name))}
        self.folders = {name: facts for name, facts in self.folders.items() if name in left}
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
            more = _encode(
                list(self._noted),
                [facts for facts, _ in self._noted.values()],
                [digest for _, digest in self._noted.values()],
                self._noted_folders,
            )
            if self._anew or self._later + len(more) > self._first:
                self._write_anew()
            else:
                with self.file.open("ab") as opened:
                    opened.write(more)
                self._later += len(more)
        except (OSError, UnicodeError):  # names need not be text
            self._anew = True
            return
        self._found = _facts_at(self.file)
        self._noted, self._noted_folders, self._anew = {}, {}, False

    def _write_anew(self) -> None:
        content = _encode(self.names, self.facts, self.digests, self.folders)
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


def _facts_at(file: Path) -> Facts | None:
    """Return what a file is; None where there is none."""
    try:
        facts: Facts = facts_of(file.stat())
    except OSError:
        return None
    return facts


def _encode(
    names: list[str], facts: list[Facts], digests: list[str], folders: Mapping[str, Facts]
) -> bytes:
    part = _Part(names, facts, digests, list(folders), list(folders.values()))
    content = msgspec.msgpack.encode(part)
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
