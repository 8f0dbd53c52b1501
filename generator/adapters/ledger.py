"""What each file held when it was last looked at, so that unchanged files are not read again."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

_SETTLED_NS = 2_000_000_000
"""A file changed less than this before it was looked at may change again without its times showing
it: some file systems keep times to two seconds only (FAT's last-modified time)."""


class _Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    size: int
    modified: int
    changed: int
    inode: int
    looked: int
    sha256: str


class Ledger:
    """Digests of files by name, each trusted only while the file's size, times and inode stay.

    The ledger lies in one file with a checksum; where that is damaged, everything is read anew.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.now = time.time_ns()
        self.entries: dict[str, _Entry] = {}
        self.touched = False
        try:
            raw = file.read_bytes()
            if zlib.crc32(raw[4:]).to_bytes(4, "big") == raw[:4]:
                self.entries = msgspec.msgpack.decode(raw[4:], type=dict[str, _Entry])
        except (OSError, msgspec.MsgspecError):
            self.entries = {}
        self.touched = not self.entries

    def known(self, name: str, stat: os.stat_result) -> str:
        """Return the digest of an unchanged file, or an empty text."""
        entry = self.entries.get(name)
        if (
            entry is None
            or entry.size != stat.st_size
            or entry.modified != stat.st_mtime_ns
            or entry.changed != stat.st_ctime_ns
            or entry.inode != stat.st_ino
            or max(entry.modified, entry.changed) > entry.looked - _SETTLED_NS
        ):
            return ""
        return entry.sha256

    def note(self, name: str, stat: os.stat_result, sha256: str, *, own: bool = False) -> None:
        """Remember a digest; `stat` must have been taken before the file was read.

        A file of our `own`, which nobody else writes to, is trusted from the moment it is written.
        """
        self.touched = True
        self.entries[name] = _Entry(
            size=stat.st_size,
            modified=stat.st_mtime_ns,
            changed=stat.st_ctime_ns,
            inode=stat.st_ino,
            looked=stat.st_mtime_ns + 2 * _SETTLED_NS if own else self.now,
            sha256=sha256,
        )

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget every other file."""
        names = set(names)
        if len(self.entries) > len(names):
            self.entries = {name: self.entries[name] for name in names if name in self.entries}
            self.touched = True

    def save(self) -> None:
        """Write the ledger, whole or not at all; a failure costs only time."""
        if not self.touched:
            return
        temporary = self.file.with_name(f"{self.file.name}.{os.getpid()}.tmp")
        try:
            content = msgspec.msgpack.encode(self.entries)
            temporary.write_bytes(zlib.crc32(content).to_bytes(4, "big") + content)
            temporary.replace(self.file)
        except OSError:
            temporary.unlink(missing_ok=True)
        self.touched = False
