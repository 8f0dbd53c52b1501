"""Messages in one SQLite file, for a laptop: every answer is on disk before it is given."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .core import LEASE, Message, State

_COLUMNS = ", ".join(Message._fields)


class SqliteStore:
    """Messages in one SQLite file; several processes may share it."""

    def __init__(self, path: str | Path) -> None:
        # One connection for all threads: a local server has a thread for each request, and a
        # connection for each thread would stay open when the thread is gone.
        self._connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._lock = threading.Lock()
        self._run("PRAGMA journal_mode = WAL")
        self._run("PRAGMA synchronous = FULL")  # a message survives a power cut too
        self._run("PRAGMA secure_delete = ON")  # a salt is overwritten, not only unlinked
        self._connection.executescript(_SCHEMA)
        columns = {row[1] for row in self._run("PRAGMA table_info(messages)")}
        if "turn" not in columns:  # a file of an older version
            with contextlib.suppress(sqlite3.OperationalError):  # another process was first
                self._run("ALTER TABLE messages ADD COLUMN turn INT DEFAULT 0")

    def secret(self, fresh: bytes) -> bytes:
        """See Store."""
        self._run("INSERT OR IGNORE INTO secret VALUES (0, ?)", fresh)
        found: bytes = self._run("SELECT secret FROM secret")[0][0]
        return found

    def salt(self, day: str, fresh: bytes) -> bytes:
        """See Store."""
        self._run("INSERT OR IGNORE INTO salts VALUES (?, ?)", day, fresh)
        self.destroy_salts(day)
        salt: bytes = self._run("SELECT salt FROM salts WHERE day = ?", day)[0][0]
        return salt

    def destroy_salts(self, day: str) -> None:
        """See Store."""
        if self._run("DELETE FROM salts WHERE day < ? RETURNING day", day):
            self._run("PRAGMA wal_checkpoint(TRUNCATE)")  # the salt leaves the log too

    def put(self, message: Message, keep_seconds: int) -> Message:
        """See Store."""
        values = [*message]
        values[Message._fields.index("reasons")] = json.dumps(message.reasons)
        due = message.due + LEASE if message.state == "pending" and not message.turn else 0
        expires = message.received + keep_seconds if keep_seconds else None
        marks = ", ".join("?" * (len(values) + 2))
        self._run("DELETE FROM messages WHERE expires < ?", message.received)
        self._run(
            f"INSERT OR IGNORE INTO messages ({_COLUMNS}, look, expires) VALUES ({marks})",  # noqa: S608
            *values,
            due,
            expires,
        )
        return self.get(message.id) or message

    def get(self, message_id: str) -> Message | None:
        """See Store."""
        return self._one("SELECT {} FROM messages WHERE id = ?", message_id)

    def claim(self, message_id: str, claim: str, now: int, until: int) -> Message | None:
        """See Store."""
        return self._one(
            "UPDATE messages SET state = 'sending', attempts = attempts + 1, claim = ?, due = ?,"
            " look = ? WHERE id = ? AND state = 'pending' AND due <= ? RETURNING {}",
            claim,
            until,
            until,
            message_id,
            now,
        )

    def settle(
        self,
        message: Message,
        state: State,
        due: int,
        error: str = "",
        sent: int = 0,
        mail_id: str = "",
    ) -> bool:
        """See Store."""
        changed = self._run(
            "UPDATE messages SET state = ?, due = ?, look = ?, error = ?, sent = ?, mail_id = ?"
            " WHERE id = ? AND claim = ? RETURNING id",
            state,
            due,
            due,
            error,
            sent,
            mail_id,
            message.id,
            message.claim,
        )
        return bool(changed)

    def requeue(self, message_id: str, now: int, keep_seconds: int) -> Message | None:
        """See Store."""
        return self._one(
            "UPDATE messages SET state = 'pending', due = ?, look = ?,"
            " expires = received + NULLIF(?, 0) WHERE id = ? AND state <> 'sending' RETURNING {}",
            now,
            now + LEASE,
            keep_seconds,
            message_id,
        )

    def due(self, now: int, limit: int) -> Sequence[str]:
        """See Store."""
        rows = self._run(
            "SELECT id FROM messages WHERE look > 0 AND look <= ? ORDER BY look LIMIT ?", now, limit
        )
        return [row[0] for row in rows]

    def waiting(self, now: int) -> Iterator[str]:
        """See Store."""
        rows = self._run(
            "SELECT id FROM messages WHERE turn > 0 AND state = 'pending' AND attempts = 0"
            " AND due <= ? AND look = 0 ORDER BY turn, received, id",
            now,
        )
        for row in rows:
            yield row[0]

    def waits(self) -> Mapping[str, int]:
        """See Store."""
        rows = self._run(
            "SELECT reasons FROM messages WHERE turn > 0 AND state = 'pending' AND attempts = 0"
            " AND look = 0"
        )
        return Counter(json.loads(row[0])[-1] for row in rows)

    def listing(self, after: str, limit: int) -> Sequence[Message]:
        """See Store."""
        rows = self._run(
            f"SELECT {_COLUMNS} FROM messages WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608
            after,
            limit,
        )
        return [_message(row) for row in rows]

    def delete(self, message_id: str) -> bool:
        """See Store."""
        return bool(self._run("DELETE FROM messages WHERE id = ? RETURNING id", message_id))

    def hit(self, key: str, expires: int) -> int:
        """See Store."""
        self._run("DELETE FROM hits WHERE expires < ? - 864000", expires)
        rows = self._run(
            "INSERT INTO hits VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n",
            key,
            expires,
        )
        return int(rows[0][0])

    def first(self, key: str, value: str, expires: int) -> str:
        """See Store."""
        self._run("DELETE FROM firsts WHERE expires < ? - 864000", expires)
        self._run("INSERT OR IGNORE INTO firsts VALUES (?, ?, ?)", key, value, expires)
        return str(self._run("SELECT value FROM firsts WHERE key = ?", key)[0][0])

    def close(self) -> None:
        """See Store."""
        self._connection.close()

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement, which is a transaction of its own, to its end."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def _one(self, statement: str, *values: object) -> Message | None:
        rows = self._run(statement.format(_COLUMNS), *values)
        return _message(rows[0]) if rows else None


def _message(row: tuple[object, ...]) -> Message:
    message = Message(*row)  # type: ignore[arg-type]
    return message._replace(reasons=tuple(json.loads(str(message.reasons))))


_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, received INT, name TEXT, email TEXT,
    subject TEXT, message TEXT, page TEXT, state TEXT, reasons TEXT, due INT, attempts INT,
    claim TEXT, sent INT, mail_id TEXT, error TEXT, turn INT DEFAULT 0, look INT,
    expires INT);
CREATE INDEX IF NOT EXISTS messages_look ON messages (look) WHERE look > 0;
CREATE TABLE IF NOT EXISTS salts (day TEXT PRIMARY KEY, salt BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hits (key TEXT PRIMARY KEY, n INT, expires INT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS firsts (key TEXT PRIMARY KEY, value TEXT, expires INT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secret (one INT PRIMARY KEY CHECK (one = 0), secret BLOB);
"""
