"""The memo in an SQLite file: shared safely by builds that run at once, and bounded in size."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from generator.memo import Key

_LAYOUT = 1
"""Changes with the table below; a file of another layout is started anew."""

_CHUNK = 500
MOST_BYTES = 1_000_000_000


class DiskMemo:
    """Remembers results between runs. A damaged or foreign file is a miss, never an error.

    Each result carries a checksum, because a wrong byte here would become a wrong page. `close`
    writes what the run used, so that what has not been used for longest goes first.
    """

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self.path, self.most_bytes = path, most_bytes
        self.used: set[Key] = set()
        self.added = 0
        self.connection = self._open() or self._open_anew()

    def get_many(self, keys: Iterable[Key]) -> Mapping[Key, bytes]:
        """Return those results that are known."""
        found: dict[Key, bytes] = {}
        if self.connection is None:
            return found
        try:
            for chunk in _chunks(list(keys)):
                marks = ",".join("?" * len(chunk))
                rows = self.connection.execute(
                    f"select key, sum, value from memo where key in ({marks})",  # noqa: S608
                    chunk,
                )
                for key, checksum, value in rows:
                    if isinstance(value, bytes) and zlib.crc32(key + value) == checksum:
                        found[key] = value
        except sqlite3.Error:
            self._give_up()
        self.used.update(found)
        return found

    def put_many(self, results: Mapping[Key, bytes]) -> None:
        """Remember results."""
        if self.connection is None or not results:
            return
        rows = [(key, zlib.crc32(key + value), value) for key, value in results.items()]
        try:
            with self.connection:
                self.connection.executemany(
                    "insert or replace into memo (key, sum, value, run) "
                    "values (?, ?, ?, (select run from runs))",
                    rows,
                )
            self.added += len(rows)
        except sqlite3.Error:
            self._give_up()

    def close(self) -> None:
        """Mark what was used, forget what is too much, and let go of the file."""
        if self.connection is None:
            return
        with contextlib.suppress(sqlite3.Error):
            if self.added:
                with self.connection:
                    self._mark_used()
                    self._shrink()
            self.connection.close()
        self.connection = None

    def _mark_used(self) -> None:
        assert self.connection is not None
        self.connection.execute("update runs set run = run + 1")
        for chunk in _chunks(sorted(self.used)):
            marks = ",".join("?" * len(chunk))
            self.connection.execute(
                f"update memo set run = (select run from runs) where key in ({marks})",  # noqa: S608
                chunk,
            )

    def _shrink(self) -> None:
        assert self.connection is not None
        (total,) = self.connection.execute(
            "select coalesce(sum(length(value)), 0) from memo"
        ).fetchone()
        if total <= self.most_bytes:
            return
        surplus = total - self.most_bytes * 3 // 4
        for key, size in self.connection.execute(
            "select key, length(value) from memo order by run, key"
        ).fetchall():
            if surplus <= 0:
                break
            self.connection.execute("delete from memo where key = ?", (key,))
            surplus -= size

    def _open(self) -> sqlite3.Connection | None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=10)
            connection.execute("pragma journal_mode = wal")
            # A lost memo costs only time, so a power cut may take its last writes.
            connection.execute("pragma synchronous = off")
            (layout,) = connection.execute("pragma user_version").fetchone()
            if layout not in (0, _LAYOUT):
                connection.close()
                return None
            with connection:
                connection.execute(
                    "create table if not exists memo "
                    "(key blob primary key, sum integer, value blob, run integer) without rowid"
                )
                connection.execute("create table if not exists runs (run integer)")
                connection.execute(
                    "insert into runs select 0 where not exists (select 1 from runs)"
                )
                connection.execute(f"pragma user_version = {_LAYOUT}")
        except (sqlite3.Error, OSError):
            return None
        return connection

    def _open_anew(self) -> sqlite3.Connection | None:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()
        return self._open()

    def _give_up(self) -> None:
        """Go on without a memo for this run; the damaged file is started anew by the next."""
        if self.connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self.connection.close()
        self.connection = None
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()


def _chunks(keys: list[Key]) -> Iterator[list[Key]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
