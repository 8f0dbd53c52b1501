"""Made pictures in a folder, each in a file named after what decides on it.

Safe under several processes at once: a file appears whole, and whoever makes it makes the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from generator.adapters.files.os_errors import only_files, read_file

_HEAD = 72
"""Bytes before the content: its SHA-256, and a digest that ties that one to the key."""

DAYS = 30
"""How long a file is kept that no build asks for."""

_DAY = 86_400


class PictureStore:
    """Keeps what was made. A damaged file is not there, and is made again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: set[bytes] = set()
        self.missed = False

    def known(self, keys: Iterable[bytes]) -> dict[bytes, str]:
        """Return the SHA-256 of what lies under each key that is there."""
        found = {}
        for key in keys:
            self.asked.add(key)
            try:
                with open(self._file(key), "rb", buffering=0, opener=only_files) as file:
                    sha256 = _sha256_in(key, file.read(_HEAD))
            except OSError:
                sha256 = b""
            if sha256:
                found[key] = sha256.hex()
            else:
                self.missed = True
        return found

    def get(self, key: bytes) -> bytes | None:
        """Return what lies under a key."""
        try:
            raw = read_file(self._file(key))
        except OSError:
            return None
        content = raw[_HEAD:]
        return content if _sha256_in(key, raw[:_HEAD]) == _sha256(content) else None

    def put(self, key: bytes, content: bytes) -> None:
        """Keep something under a key; without room on the disk it is not kept."""
        file = self._file(key)
        temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(_head(key, _sha256(content)) + content)
            temporary.replace(file)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()

    def sweep(self) -> None:
        """Remove what no build has asked for in a month. Only builds that made something look."""
        if not self.missed:
            return
        now = time.time()
        used = {self._file(key) for key in self.asked}
        for file in self.folder.glob("*/*"):
            with contextlib.suppress(OSError):
                age = now - file.stat().st_mtime
                if file in used:
                    if age > _DAY:
                        os.utime(file)
                elif age > (DAYS if not file.suffix else 1) * _DAY:
                    file.unlink()

    def _file(self, key: bytes) -> Path:
        name = key.hex()
        return self.folder / name[:2] / name


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _head(key: bytes, sha256: bytes) -> bytes:
    return sha256 + hashlib.blake2b(sha256, key=key, digest_size=_HEAD - 32).digest()


def _sha256_in(key: bytes, head: bytes) -> bytes:
    """Return the SHA-256 that a file's head has, or nothing where the head is damaged."""
    return head[:32] if head == _head(key, head[:32]) else b""
