"""The cache in an SQLite file: shared safely by builds that run at once, and bounded in size."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from generator.adapters.files.digest_index import SETTLED_NS
from generator.adapters.files.os_errors import read_file
from generator.core.cache import Key

_PACKAGE = Path(__file__).parents[2]

_LAYOUT = 5
"""Changes with the table below; a file of another layout is started again."""

_LIBRARIES = (
    "jinja2",
    "markdown",
    "pymdown-extensions",
    "pygments",
    "pillow",
    "msgspec",
    "imagesize",
    "rcssmin",
    "rjsmin",
    "pyromark",
    "math-core",
    "mermaidx",
    "pillow-heif",
    "cbor2",
)
"""Some of them may be missing, which is a version of its own."""

_DAMAGE = (sqlite3.Error, ValueError, TypeError)
"""What a damaged file leads to: SQLite's own errors, and values of another kind than were stored,
such as a table's definition that is no text any more."""

_CHUNK = 500
_TRIES, _PAUSE = 20, 0.25
"""Opening waits for others for about ten seconds at most, then goes on without a cache."""
_NOT_MARKED = 2
"""For so many runs a row is not marked as used once more: SQLite writes it again, with its
value."""
MOST_BYTES = 1_000_000_000


class DiskCache:
    """Remembers results between runs. A damaged or foreign file is a miss, never an error.

    Each result carries a checksum, because a wrong byte here would become a wrong page. Where the
    file grows too large, what has not been used for longest goes first.
    """

    def __init__(self, path: Path, code: bytes = b"", most_bytes: int = MOST_BYTES) -> None:
        """Open the cache at `path` for the program whose digest is `code`: results of another
        version are not seen."""
        self.path, self.code, self.most_bytes = path, code, most_bytes
        self.used: set[Key] = set()
        self.added = 0
        self.connection = self._open_when_free()

    def get_many(self, keys: Iterable[Key]) -> Mapping[Key, bytes]:
        """Return those results that are known."""
        found: dict[Key, bytes] = {}
        wanted = {self._kept_under(key): key for key in keys}
        if self.connection is None:
            return found
        try:
            for chunk in _chunks(list(wanted)):
                marks = ",".join("?" * len(chunk))
                rows = self.connection.execute(
                    f"select key, sum, value from memo where key in ({marks})",  # noqa: S608
                    chunk,
                )
                for key, checksum, value in rows:
                    # A damaged index may answer with another row than the one asked for.
                    if key in wanted and isinstance(value, bytes) and _sum(key, value) == checksum:
                        found[wanted[key]] = value
                        self.used.add(key)
        except _DAMAGE as error:
            self._give_up(error)
        return found

    def put_many(self, results: Mapping[Key, bytes]) -> None:
        """Remember results."""
        if self.connection is None or not results:
            return
        kept = {self._kept_under(key): value for key, value in results.items()}
        rows = [(key, _sum(key, value), value) for key, value in kept.items()]
        try:
            with self.connection:
                self.connection.executemany(
                    "insert or replace into memo (key, sum, value, run) "
                    "values (?, ?, ?, (select run from runs))",
                    rows,
                )
            self.added += len(rows)
            self.used.update(kept)
        except _DAMAGE as error:
            self._give_up(error)

    def _kept_under(self, key: Key) -> bytes:
        return hashlib.blake2b(key, key=self.code, digest_size=32).digest()

    def close(self) -> None:
        """Forget what is too much, and let go of the file."""
        if self.connection is None:
            return
        with contextlib.suppress(*_DAMAGE):
            if self.added and self._bytes() > self.most_bytes // 2:
                with self.connection:
                    (run,) = self.connection.execute("select run from runs").fetchone()
                    self._mark_used(run)
                    self._shrink(run)
                if self._bytes(free=True) > self.most_bytes:
                    self.connection.execute("vacuum")
            if self.added:
                with self.connection:
                    self.connection.execute("update runs set run = run + 1")
            self.connection.close()
        self.connection = None

    def _bytes(self, *, free: bool = False) -> int:
        """Return how much of the file is used, or is free for new rows."""
        assert self.connection is not None
        (pages,) = self.connection.execute("pragma page_count").fetchone()
        (unused,) = self.connection.execute("pragma freelist_count").fetchone()
        (size,) = self.connection.execute("pragma page_size").fetchone()
        return int((unused if free else pages - unused) * size)

    def _mark_used(self, run: int) -> None:
        assert self.connection is not None
        for chunk in _chunks(sorted(self.used)):
            marks = ",".join("?" * len(chunk))
            self.connection.execute(
                f"update memo set run = ? where key in ({marks}) and run < ?",  # noqa: S608
                [run, *chunk, run - _NOT_MARKED],
            )

    def _shrink(self, run: int) -> None:
        """Delete what was not used for longest, until a quarter of the room is free again; but
        nothing that the last runs used, however large a site is."""
        assert self.connection is not None
        surplus = self._bytes() - self.most_bytes
        if surplus <= 0:
            return
        surplus += self.most_bytes // 4
        rows = self.connection.execute(
            "select key, length(value) from memo where run < ? order by run, key",
            [run - _NOT_MARKED],
        )
        for key, size in rows.fetchall():
            if surplus <= 0:
                break
            self.connection.execute("delete from memo where key = ?", (key,))
            surplus -= size

    def _open_when_free(self) -> sqlite3.Connection | None:
        """Open the file, once others that open it too have set it up; a damaged one again."""
        for _ in range(_TRIES):
            try:
                return self._open() or self._open_anew()
            except sqlite3.OperationalError:
                time.sleep(_PAUSE)
        return None

    def _open(self) -> sqlite3.Connection | None:
        """Open the file, or return None where it is damaged. Raises OperationalError when busy."""
        connection = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_PAUSE)
            # The values are larger than most pages are, and come in no order of their keys: a table
            # without rowids took three times as long to fill, and more to read.
            connection.execute("pragma page_size = 8192")
            connection.execute("pragma journal_mode = wal")
            # A lost cache costs only time, so a power cut may take its last writes.
            connection.execute("pragma synchronous = off")
            (layout,) = connection.execute("pragma user_version").fetchone()
            if layout not in (0, _LAYOUT):
                connection.close()
                return None
            with connection:
                connection.execute(
                    "create table if not exists memo "
                    "(key blob primary key, sum integer, run integer, value blob)"
                )
                connection.execute("create table if not exists runs (run integer)")
                connection.execute(
                    "insert into runs select 0 where not exists (select 1 from runs)"
                )
                connection.execute(f"pragma user_version = {_LAYOUT}")
            connection.execute("pragma busy_timeout = 10000")
        except (*_DAMAGE, OSError) as error:
            if connection is not None:
                connection.close()
            if _busy(error):
                raise
            return None
        return connection

    def _open_anew(self) -> sqlite3.Connection | None:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()
        return self._open()

    def _give_up(self, error: Exception) -> None:
        """Go on without a cache for this run; a damaged file is started again by the next."""
        if self.connection is not None:
            with contextlib.suppress(*_DAMAGE):
                self.connection.close()
        self.connection = None
        if _busy(error):
            return  # nothing is wrong with it, and others are using it
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()


def _busy(error: Exception) -> bool:
    """Return whether SQLite only says that somebody else is at the file
    (sqlite.org/rescode.html)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _sum(key: bytes, value: bytes) -> int:
    """Return the checksum that a row carries: a value under another key is as wrong as another."""
    return zlib.crc32(value, zlib.crc32(key))


def _chunks(keys: list[Key]) -> Iterator[list[Key]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]


def code_digest(kept: Path | None = None) -> bytes:
    """Return a digest of Tidepost's own code, of Python's version and of the libraries that shape
    what is remembered.

    `kept` is a file for it: it is worked out again only where a file of the code, or a folder that
    libraries are installed in, is not as it was.
    """
    state = b"" if kept is None else _state()
    if kept is not None and state:
        with contextlib.suppress(OSError):
            held = read_file(kept)
            if len(held) == 64 and held[:32] == state:
                return held[32:]
    digest = _code_digest()
    # A change in between would be missed: only what is the same afterwards is kept.
    if kept is not None and state and _state() == state:
        temporary = kept.with_name(f"{kept.name}.{os.getpid()}.tmp")
        with contextlib.suppress(OSError):
            temporary.write_bytes(state + digest)
            temporary.replace(kept)
    return digest


def _code_digest() -> bytes:
    from importlib.metadata import PackageNotFoundError, version  # with the mail parser they need

    def installed(name: str) -> str:
        try:
            return version(name)
        except PackageNotFoundError:
            return ""

    hasher = hashlib.blake2b(digest_size=32)
    hasher.update(
        repr((sys.version_info[:3], *(f"{n}={installed(n)}" for n in _LIBRARIES))).encode()
    )
    for file in sorted(_PACKAGE.rglob("*.py")):
        hasher.update(file.read_bytes())
    return hasher.digest()


def _state() -> bytes:
    """Return a digest of the sizes, times and places of the code and of where libraries are (a
    library that comes, goes or is another changes its folder: its metadata is named after its
    version), or nothing where these have not settled."""
    latest = 0
    found: list[tuple[object, ...]] = [(sys.version, _LIBRARIES, __file__)]
    pending = [str(_PACKAGE)]
    places: list[tuple[str, os.stat_result]] = []
    for place in sys.path:
        with contextlib.suppress(OSError):
            places.append((place, os.stat(place or ".")))  # noqa: PTH116
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    places.append((entry.path, entry.stat()))
                elif entry.name != "__pycache__" and entry.is_dir():
                    pending.append(entry.path)
    for place, stat in sorted(places, key=lambda each: each[0]):
        latest = max(latest, stat.st_mtime_ns, stat.st_ctime_ns)
        found.append((place, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino))
    if latest > time.time_ns() - SETTLED_NS:
        return b""
    return hashlib.blake2b(repr(found).encode(errors="replace"), digest_size=32).digest()
