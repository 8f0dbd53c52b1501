"""One publisher at a time: an object that exactly one of them can make.

The lease is taken by a conditional write, renewed by compare-and-swap, and given back by deleting
it. After a crash it expires: others judge its age by the store's clock alone, so clocks need not
agree; the holder judges it by its own monotonic clock, from before each request was sent, and stops
well before others may take it over. A conditional write whose answer was lost looks like a
conflict, so each conflict is read back and compared before it is believed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import msgspec

from generator.publish.manifest import LEASE, Ref
from generator.publish.store import Conflict, Document, Store, StoreError

TTL = 90.0
"""Seconds for which a lease holds without being renewed."""

MARGIN = 0.5
"""The part of TTL that must be left when an operation is begun; longer than any one request."""


class Busy(StoreError):
    """Another publisher is at work."""


class LeaseLost(StoreError):
    """The lease ran out, or was taken over, while we were at work."""


class _Paper(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    holder: str
    ttl: float
    renewed: int = 0


class Lease:
    """A lease on a store; use `take`, then `keep` often, then `give_back`."""

    def __init__(
        self,
        store: Store,
        holder: str,
        *,
        ttl: float = TTL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._ttl, self._clock = store, ttl, clock
        self._paper = _Paper(token=secrets.token_hex(12), holder=holder, ttl=ttl)
        self._etag = ""
        self._until = 0.0

    def take(self) -> None:
        """Take the lease, or that of a publisher that crashed. Raises Busy."""
        began = self._clock()
        if self._write(expect="") or self._is_ours(self._store.read(LEASE)):
            self._until = began + self._ttl
            return
        found = self._store.read(LEASE)
        if found is not None:
            paper = _paper(found)
            left = (paper.ttl if paper else self._ttl) - found.age
            if left > 0:
                who = paper.holder if paper else "an unknown publisher"
                raise Busy(
                    f"another publish is at work: {who}",
                    f"wait until it is done; if it crashed, its lease ends in {left:.0f} s",
                )
        began = self._clock()
        expect = found.etag if found else ""
        if not self._write(expect=expect) and not self._is_ours(self._store.read(LEASE)):
            raise Busy("another publish began at the same moment", "wait until it is done")
        self._until = began + self._ttl

    def keep(self) -> None:
        """Renew the lease when a third of its time is gone. Raises LeaseLost."""
        if self._until - self._clock() > self._ttl * 2 / 3:
            return
        began = self._clock()
        self._paper = msgspec.structs.replace(self._paper, renewed=self._paper.renewed + 1)
        if not self._write(expect=self._etag) and not self._is_ours(self._store.read(LEASE)):
            self._until = 0.0
            raise self._lost()
        self._until = began + self._ttl

    def check(self) -> None:
        """Raise LeaseLost unless there is time left for one more operation."""
        if self._until - self._clock() < self._ttl * MARGIN:
            raise self._lost()

    def give_back(self, *others: Ref) -> None:
        """Delete the lease, together with `others` if it is still surely ours."""
        if self._until - self._clock() < self._ttl * MARGIN:
            return
        self._until = 0.0
        self._store.delete([*others, Ref(LEASE)])

    @property
    def token(self) -> str:
        """A word that no other publisher has."""
        return self._paper.token

    def _write(self, *, expect: str) -> bool:
        try:
            self._etag = self._store.write(LEASE, msgspec.json.encode(self._paper), expect=expect)
        except Conflict:
            return False
        return True

    def _is_ours(self, found: Document | None) -> bool:
        if found is None or found.body != msgspec.json.encode(self._paper):
            return False
        self._etag = found.etag
        return True

    def _lost(self) -> LeaseLost:
        return LeaseLost(
            "this publish was held up for so long that it lost its lease, and stopped",
            "run it again: it goes on where it stopped",
        )


def _paper(found: Document) -> _Paper | None:
    try:
        return msgspec.json.decode(found.body, type=_Paper)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
