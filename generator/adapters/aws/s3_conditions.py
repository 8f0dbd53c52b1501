"""How a bucket holds conditional requests, found out by trying.

S3 takes an etag in quotes (RFC 9110, section 8.8.3); Ceph's gateway refuses a right condition that
has them, and holds none at all in a bucket that keeps versions. Some servers accept every write,
whatever its condition says: a lease on them would keep nobody out. Copies are held to conditions by
fewer servers still, and where they are not, what should be copied under one is read and written.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from generator.adapters.aws.s3_small import SmallFiles
from generator.core.artifacts import digest
from generator.publish.store import Conflict, StoreError

REFUSED = (
    "publish to a server that holds conditional writes (docs/publishing.md lists some), or to a "
    "folder that another tool copies there"
)
UNVERSIONED = (
    "publish to a bucket that keeps no versions: some servers, Ceph's gateway among them, hold "
    "conditions only there (docs/publishing.md)"
)


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about the bucket `where` (a digest of its address, for a manifest may be
    read by anybody): whether it keeps `versions`, whether etags in conditions are `quoted`, and
    whether `copies` are held to conditions."""

    where: str
    versions: bool = False
    quoted: bool = True
    copies: bool = False


class Bucket:
    """What all stores in one bucket share: its habits, as far as they are known, the guard that is
    asked before each attempt to change something, and how small files are sent."""

    def __init__(self, client: Any, name: str, throttled: Callable[[], None]) -> None:
        self.small = SmallFiles(client, self.look_before, throttled)
        self.habits = Habits(where=digest(f"{client.meta.endpoint_url}/{name}".encode())[:16])
        self.still: Callable[[], None] | None = None

    def look_before(self) -> None:
        """Ask the guard, if there is one."""
        if self.still is not None:
            self.still()

    def wrote(self, version: str) -> None:
        """Learn from a write whether the bucket keeps versions."""
        if self.habits.versions != bool(version):
            self.habits = msgspec.structs.replace(self.habits, versions=bool(version))

    def spelled(self, etag: str) -> str:
        """Return an etag as this server wants it in a condition."""
        bare = etag.strip('"')
        return f'"{bare}"' if self.habits.quoted else bare

    def condition(self, expect: str | None) -> dict[str, str]:
        """Return what a write asks for: this etag, nothing (empty) or whatever there is (None)."""
        if expect is None:
            return {}
        return {"IfMatch": self.spelled(expect)} if expect else {"IfNoneMatch": "*"}

    def knows(self, conditions: str) -> bool:
        """Go by what an earlier run found out, if that was about this bucket as it is now."""
        try:
            found = msgspec.json.decode(conditions, type=Habits)
        except msgspec.DecodeError:
            return False
        if (found.where, found.versions) != (self.habits.where, self.habits.versions):
            return False
        self.habits = found
        return True

    def learn(
        self,
        etag: str,
        put: Callable[[dict[str, str]], str],
        copy: Callable[[dict[str, str]], None],
    ) -> str:
        """Try conditions on an object with this etag and return what was found as text.

        `put` writes the object again under a condition and returns its etag, `copy` copies it onto
        itself; both raise Conflict when the server refuses. Raises StoreError where the server
        refuses a write whose condition holds, or accepts one whose condition does not.
        """
        etag = self._put_that_holds(etag, put)
        for expect in ("", false_etag()):
            try:
                put(self.condition(expect))
            except Conflict:
                continue
            raise StoreError(
                "this server writes although a condition does not hold: it cannot keep two "
                "publishers apart",
                UNVERSIONED if self.habits.versions else REFUSED,
            )
        held = self.spelled(etag)
        copies = not any(
            _accepts(copy, condition)
            for condition in (
                {"CopySourceIfMatch": self.spelled(false_etag())},
                {"CopySourceIfMatch": held, "IfMatch": self.spelled(false_etag())},
                {"CopySourceIfMatch": held, "IfNoneMatch": "*"},
            )
        ) and _accepts(copy, {"CopySourceIfMatch": held, "IfMatch": held})
        self.habits = msgspec.structs.replace(self.habits, copies=copies)
        return msgspec.json.encode(self.habits).decode()

    def _put_that_holds(self, etag: str, put: Callable[[dict[str, str]], str]) -> str:
        for quoted in (True, False):
            self.habits = msgspec.structs.replace(self.habits, quoted=quoted)
            try:
                return put(self.condition(etag))
            except Conflict:
                continue
        raise StoreError(
            "this server refuses a write whose condition holds: nothing could be published twice",
            UNVERSIONED if self.habits.versions else REFUSED,
        )


def described(conditions: str) -> str:
    """Say what `learn` found out; a store of another kind has nothing to add."""
    try:
        found = msgspec.json.decode(conditions, type=Habits)
    except msgspec.DecodeError:
        return "hold"
    told = "hold" if found.quoted else "hold, for etags without quotes"
    if found.copies:
        return told
    return f"{told}; not those of copies, which are therefore read and written where one matters"


def false_etag() -> str:
    """An etag that no object has."""
    return secrets.token_hex(16)


def _accepts(send: Callable[[dict[str, str]], None], condition: dict[str, str]) -> bool:
    try:
        send(condition)
    except (Conflict, StoreError):
        return False
    return True
