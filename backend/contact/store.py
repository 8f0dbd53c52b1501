"""Where messages live, as a protocol: DynamoDB in the cloud, SQLite on a laptop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from .core import Message, State


class Store(Protocol):
    """What the form has to remember. Times are epoch seconds. All calls are safe to repeat.

    Salts, numbers and first values are kept apart from messages, where nothing has a backup.
    """

    def secret(self, fresh: bytes) -> bytes:
        """Return this installation's secret, which is `fresh` if there was none."""
        ...

    def salt(self, day: str, fresh: bytes) -> bytes:
        """Return the day's salt, `fresh` if there was none; destroy those of earlier days."""
        ...

    def destroy_salts(self, day: str) -> None:
        """Destroy the salts of days before `day`, such as `20261122`."""
        ...

    def put(self, message: Message, keep_seconds: int) -> Message:
        """Store a message unless its id is taken; return what is stored under the id.

        `keep_seconds` is after what time it may be forgotten; 0 is never.
        """
        ...

    def get(self, message_id: str) -> Message | None:
        """Return a message."""
        ...

    def claim(self, message_id: str, claim: str, now: int, until: int) -> Message | None:
        """Take a pending message that is due for mailing; None if it is not, or another has it."""
        ...

    def settle(
        self,
        message: Message,
        state: State,
        due: int,
        error: str = "",
        sent: int = 0,
        mail_id: str = "",
    ) -> bool:
        """Write down how an attempt ended; False if the claim has passed to another.

        `due` is when to look at it again; 0 is never.
        """
        ...

    def requeue(self, message_id: str, now: int, keep_seconds: int) -> Message | None:
        """Make a message pending and due, at the owner's word; None if it is being mailed.

        `keep_seconds` replaces that of `put`.
        """
        ...

    def due(self, now: int, limit: int) -> Sequence[str]:
        """Return ids of messages at which something is to be done."""
        ...

    def waiting(self, now: int) -> Iterator[str]:
        """Yield ids of messages that wait for room and may be mailed now, in the order of turns."""
        ...

    def waits(self) -> Mapping[str, int]:
        """Return how many messages wait for room, by the last of their reasons."""
        ...

    def listing(self, after: str, limit: int) -> Sequence[Message]:
        """Return messages in the order of their ids, those after the id `after`."""
        ...

    def delete(self, message_id: str) -> bool:
        """Remove a message; False if there is none."""
        ...

    def hit(self, key: str, expires: int) -> int:
        """Count something up and return the new number."""
        ...

    def first(self, key: str, value: str, expires: int) -> str:
        """Return the value that was first given for `key`."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...
