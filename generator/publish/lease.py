"""One publisher at a time: an object that exactly one of them can make.

The lease is taken by a conditional write, renewed by compare-and-swap, and given back by deleting
it. After a crash it expires: others judge its age by the store's clock alone, so clocks need not
agree; the holder judges it by its own clock, which counts sleep, from before each request was sent,
and stops well before others may take it over. No condition holds a delete, so the lease is read
back before one. A conditional write whose answer was lost looks like a conflict, so each conflict
is read back and compared before it is believed.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable

import msgspec

from generator.publish.clock import elapsed
from generator.publish.manifest import LEASE, Ref
from generator.publish.store import Conflict, Document, Store, StoreError

TTL = 90.0
"""Seconds for which a lease holds without being renewed."""

MARGIN = 0.5
"""The part of TTL that must be left when an operation is begun; longer than any one request."""

SKEW = 60.0
"""Seconds by which the servers of one store may differ; what is dated further ahead has no age."""


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
    """A lease on a store; use `take`, then `keep` often, then `give_back`.

    `force` takes over one that is dated in the future, whose age nobody can tell.
    """

    def __init__(
        self,
        store: Store,
        holder: str,
        *,
        ttl: float = TTL,
        clock: Callable[[], float] | None = None,
        force: bool = False,
    ) -> None:
        self._store, self._ttl, self._clock = store, ttl, clock or elapsed
        self._paper = _Paper(token=secrets.token_hex(12), holder=holder, ttl=ttl)
        self._etag = ""
        self._until = 0.0
        self.force = force
        self.conditions = ""

    def take(self, known: str = "") -> None:
        """Take the lease, or that of a publisher that crashed. Raises Busy.

        `known` is what an earlier run found out about the store's conditions (a manifest's
        `conditions`). Where that is of another store, or nothing, they are tried, and StoreError is
        raised unless they hold. What is left of a publisher that crashed is tidied up.
        """
        began = self._clock()
        if not self._write(expect=""):
            found = self._store.read(LEASE)
            if not self._is_ours(found):
                self._refuse_unless_over(found)
                began = self._clock()
                expect = found.etag if found else ""
                if not self._write(expect=expect) and not self._is_ours(self._store.read(LEASE)):
                    raise Busy("another publish began at the same moment", "wait until it is done")
        self._until = began + self._ttl
        self._store.guard(self.check)
        self.conditions = known
        if not self._store.knows(known):
            try:
                body = msgspec.json.encode(self._paper)
                self.conditions = self._store.try_conditions(LEASE, body)
                self.confirm()
            except BaseException:
                with contextlib.suppress(StoreError):
                    self.give_back()
                raise
        self._store.tidy()

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

    def confirm(self) -> None:
        """Read the lease back, before what no condition holds. Raises LeaseLost."""
        self.check()
        if not self._is_ours(self._store.read(LEASE)):
            self._until = 0.0
            raise self._lost()
        self.check()

    def give_back(self, *others: Ref) -> bool:
        """Delete the lease, together with `others`, if it is still surely ours; say whether."""
        try:
            self.confirm()
            self._store.delete([*others, Ref(LEASE)])
        except LeaseLost:
            return False
        else:
            return True
        finally:
            self._store.guard(None)
            self._until = 0.0

    @property
    def token(self) -> str:
        """A word that no other publisher has."""
        return self._paper.token

    def _refuse_unless_over(self, found: Document | None) -> None:
        if found is None:
            return
        held = read_lease(found)
        if held.ahead and not self.force:
            raise Busy(
                f"{held.holder} holds the lease of this place, and it is dated {held.ahead:,.0f} s "
                "in the future: a clock was set back",
                "when no other publish is at work, `publish --force` takes it over",
            )
        if held.left > 0 and not held.ahead:
            raise Busy(
                f"another publish is at work: {held.holder}",
                f"wait until it is done; if it crashed, its lease ends in {held.left:.0f} s",
            )

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


class Held(msgspec.Struct, frozen=True):
    """A lease that somebody has. `left` is for how many seconds it still holds; `ahead` by how
    many it is dated in the future, 0 where that is no more than clocks differ."""

    holder: str
    left: float
    ahead: float


def read_lease(found: Document) -> Held:
    """Tell whose lease was found, and for how long it holds."""
    try:
        paper = msgspec.json.decode(found.body, type=_Paper)
    except (msgspec.DecodeError, UnicodeDecodeError):
        paper = _Paper(token="", holder="an unknown publisher", ttl=TTL)
    ahead = -found.age if found.age < -SKEW else 0.0
    return Held(paper.holder, paper.ttl - max(0.0, found.age), ahead)
