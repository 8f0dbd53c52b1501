"""The mails that the contact form would have sent: which are read, and getting rid of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from generator.adapters.files.os_errors import read_file

_READ = "read.json"


class Outbox:
    """A folder of `.eml` files. What is read is kept in a file beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self) -> frozenset[str]:
        """Return the names of the mails that were looked at."""
        try:
            return frozenset(msgspec.json.decode(read_file(self.folder / _READ), type=set[str]))
        except (OSError, msgspec.MsgspecError):
            return frozenset()

    def mark(self, name: str, *, read: bool) -> None:
        """Note whether a mail was looked at."""
        names = set(self.read())
        (names.add if read else names.discard)(name)
        names &= {file.name for file in self._files()}
        temporary = self.folder / f".{_READ}.tmp"
        temporary.write_bytes(msgspec.json.encode(sorted(names)))
        temporary.replace(self.folder / _READ)

    def delete(self, name: str) -> None:
        """Delete one mail."""
        for file in self._files():
            if file.name == name:
                file.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete all mails."""
        for file in self._files():
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (self.folder / _READ).unlink()

    def _files(self) -> Iterator[Path]:
        return self.folder.glob("*.eml")
