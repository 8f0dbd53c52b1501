"""Counts in one SQLite file, for a laptop: every answer is on disk before it is given."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .core import BUCKET, SITE, Count
from .store import DAY, Page, PageHistory, Registered, Visit, dashed, day_of


class SqliteStore:
    """Counts in one SQLite file; several processes may share it."""

    def __init__(self, path: str | Path) -> None:
        # One connection for all threads: a local server has a thread for each request, and a
        # connection for each thread would stay open when the thread is gone.
        self._connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._lock = threading.RLock()
        self._run("PRAGMA journal_mode = WAL")
        self._run("PRAGMA synchronous = NORMAL")  # survives the death of the process
        self._run("PRAGMA secure_delete = ON")  # a salt is overwritten, not only unlinked
        self._connection.executescript(_SCHEMA)

    def pages(self, paths: Sequence[str]) -> dict[str, Page]:
        """See Store."""
        rows = self._run(
            "SELECT path, views, visitors, bots FROM pages WHERE gone = 0"
            " AND path IN (SELECT value FROM json_each(?))",
            (json.dumps(list(paths)),),
        )
        return {row[0]: Page(row[0], Count(*row[1:])) for row in rows}

    def salt(self, day: str, fresh: bytes) -> bytes:
        """See Store."""
        rows = self._run("SELECT salt FROM salts WHERE day = ?", (day,))
        if not rows:
            with self._writing() as db:
                db.execute("INSERT OR IGNORE INTO salts VALUES (?, ?)", (day, fresh))
                db.execute("DELETE FROM salts WHERE day < ?", (day,))
                rows = self._run("SELECT salt FROM salts WHERE day = ?", (day,))
        salt: bytes = rows[0][0]
        return salt

    def visit(
        self, day: str, visitor: str, path: str, view: str, now: int, reload: int, most: int
    ) -> Visit:
        """See Store."""
        who = (day, visitor, path)
        with self._writing() as db:
            row = db.execute(
                "SELECT first, last, at FROM visits WHERE day = ? AND visitor = ? AND path = ?", who
            ).fetchone()
            noted = dict(
                db.execute(
                    "SELECT view, at FROM noted WHERE day = ? AND visitor = ? AND path = ?", who
                )
            )
            if row and (view in noted or view in row[:2]):
                if now - noted.get(view, row[2]) > BUCKET:
                    return "repeat"
                return "first" if row[0] == view else "known"
            if row and reload and row[2] > now - reload:
                return "recent"
            if most and len(noted) >= most:
                return "often"
            db.execute("INSERT INTO noted VALUES (?, ?, ?, ?, ?)", (*who, view, now))
            db.execute(
                "INSERT INTO visits VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET last = excluded.last, at = excluded.at",
                (*who, view, view, now),
            )
        return "known" if row else "first"

    def add(
        self, page: Page, view: str, day: str, amounts: Mapping[str, int], now: int
    ) -> Page | None:
        """See Store."""
        with self._writing() as db:
            db.execute("DELETE FROM seen WHERE at < ?", (now - 2 * BUCKET,))
            listed = db.execute("SELECT gone FROM pages WHERE path = ?", (page.path,)).fetchone()
            if not listed or listed[0]:
                return None
            if db.execute(
                "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (page.path, view, now)
            ).rowcount:
                v, u, b = (amounts.get(name, 0) for name in "vub")
                db.execute(
                    "UPDATE pages SET views = views + ?, visitors = visitors + ?, bots = bots + ?"
                    " WHERE path = ?",
                    (v, u, b, page.path),
                )
                db.execute(
                    "INSERT INTO days VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                    " views = views + excluded.views, visitors = visitors + excluded.visitors,"
                    " bots = bots + excluded.bots",
                    (page.path, dashed(day), v, u, b),
                )
                for name in amounts:
                    if name.startswith("b_"):
                        db.execute(
                            "INSERT INTO reasons VALUES (?, ?, ?)"
                            " ON CONFLICT DO UPDATE SET n = n + excluded.n",
                            (page.path, name[2:], amounts[name]),
                        )
        return self.pages([page.path]).get(page.path)

    def register(
        self,
        paths: Sequence[str],
        shards: Mapping[str, int],  # noqa: ARG002 - one file has no use for them
        keep: bool,
        now: int,
        more_time: Callable[[], bool],  # noqa: ARG002 - one transaction takes all
    ) -> Registered:
        """See Store."""
        wanted = dict.fromkeys([*paths, SITE])
        with self._writing() as db:
            known = dict(db.execute("SELECT path, gone FROM pages"))
            new = [path for path in wanted if known.get(path, 1)]
            gone = [] if keep else [p for p, at in known.items() if not at and p not in wanted]
            db.executemany(
                "INSERT INTO pages (path) VALUES (?) ON CONFLICT DO UPDATE SET gone = 0",
                [(path,) for path in new],
            )
            db.executemany("UPDATE pages SET gone = ? WHERE path = ?", [(now, p) for p in gone])
        pages = len([path for path in new if path != SITE])
        return Registered(len(wanted) - 1, pages, len(gone), 0)

    def listing(self, after: str, limit: int) -> list[str]:
        """See Store."""
        rows = self._run(
            "SELECT path FROM pages WHERE path > ? ORDER BY path LIMIT ?", (after, limit)
        )
        return [row[0] for row in rows]

    def history(self, path: str, since: str) -> PageHistory:
        """See Store."""
        row = (
            self._run("SELECT views, visitors, bots, gone FROM pages WHERE path = ?", (path,))
            or [(0, 0, 0, 1)]
        )[0]
        reasons = dict(self._run("SELECT reason, n FROM reasons WHERE path = ?", (path,)))
        days = self._run(
            "SELECT day, views, visitors, bots FROM days WHERE path = ? AND day >= ? ORDER BY day",
            (path, since),
        )
        found = {day[0]: Count(*day[1:]) for day in days}
        return PageHistory(path, Count(*row[:3]), reasons, found, not row[3])

    def maintain(
        self,
        now: int,
        keep_days: int,
        more_time: Callable[[], bool],  # noqa: ARG002 - a local file is quick
    ) -> dict[str, int]:
        """See Store."""
        with self._writing() as db:
            db.execute("DELETE FROM salts WHERE day < ?", (day_of(now),))
            for table in ("visits", "noted"):
                db.execute(f"DELETE FROM {table} WHERE day < ?", (day_of(now - DAY),))  # noqa: S608
            if keep_days:
                oldest = dashed(day_of(now - keep_days * DAY))
                db.execute("DELETE FROM days WHERE day < ?", (oldest,))
        self._run("PRAGMA wal_checkpoint(TRUNCATE)")  # the salt leaves the log too
        return {"days_filed": 0, "pages_left": 0}

    def close(self) -> None:
        """See Store."""
        self._connection.close()

    def _run(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """BEGIN IMMEDIATE takes the file's write lock at once, so that what is read stays true."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


_SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (path TEXT PRIMARY KEY, views INT NOT NULL DEFAULT 0,
    visitors INT NOT NULL DEFAULT 0, bots INT NOT NULL DEFAULT 0, gone INT NOT NULL DEFAULT 0)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reasons (path TEXT, reason TEXT, n INT, PRIMARY KEY (path, reason))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS days (path TEXT, day TEXT, views INT, visitors INT, bots INT,
    PRIMARY KEY (path, day)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (path TEXT, view TEXT, at INT, PRIMARY KEY (path, view))
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_at ON seen (at);
CREATE TABLE IF NOT EXISTS salts (day TEXT PRIMARY KEY, salt BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visits (day TEXT, visitor TEXT, path TEXT, first TEXT, last TEXT,
    at INT, PRIMARY KEY (day, visitor, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS noted (day TEXT, visitor TEXT, path TEXT, view TEXT, at INT,
    PRIMARY KEY (day, visitor, path, view)) WITHOUT ROWID;
"""
