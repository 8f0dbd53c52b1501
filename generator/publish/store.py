"""What publishing asks of a store. `adapters/file_store.py` and `adapters/s3.py` give it.

Keys are relative to the site's own place in the store. Every method may raise StoreError with a
sentence for the owner; a method that answers has taken effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from generator.publish.headers import Headers
from generator.publish.manifest import Entry, Ref


class StoreError(Exception):
    """The store cannot do what was asked; `hint` says what the owner can do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class Conflict(Exception):
    """A conditional write was refused: the object is not as it was expected to be."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Document(msgspec.Struct, frozen=True):
    """A small object that was read. `age` is in seconds since it was written, by one clock: the
    store's own; below 0 where that clock was set back."""

    body: bytes
    etag: str
    age: float


class Stored(msgspec.Struct, frozen=True):
    """The store's words for an object that was written; `version` is empty where it keeps none."""

    etag: str
    version: str = ""


class Observed(msgspec.Struct, frozen=True):
    """What lies at a key. `sha256` is empty where the store cannot tell; `headers` is None where
    the store keeps none; `ours` says that Tidepost is known to have written it."""

    sha256: str
    size: int
    headers: Headers | None
    etag: str
    version: str = ""
    ours: bool = False


class Listed(msgspec.Struct, frozen=True, order=True):
    """One line of a listing."""

    key: str
    size: int
    etag: str


class Version(msgspec.Struct, frozen=True):
    """One version of an object, or (`marker`) the mark that it was deleted."""

    ref: Ref
    latest: bool
    marker: bool


class AtOnce:
    """Of a store in which everything takes effect when it is written."""

    staged = False

    def seal(self, keep: Callable[[], None]) -> None:
        """Nothing is left to do."""


class Store(Protocol):
    """A place where the objects of a site live."""

    name: str
    """What the owner calls this place, such as `folder _published` or `s3://bucket/prefix`."""

    staged: bool
    """Whether nothing of what is written and deleted takes effect, for readers or for others,
    before `seal`; the lease excepted. What was not sealed is dropped when the lease is given
    back."""

    def read(self, key: str) -> Document | None:
        """Return a small object, or None where there is none."""

    def changed(self, key: str, etag: str) -> bool:
        """Whether the object is no longer the one with this etag (empty: that there is none)."""

    def write(self, key: str, body: bytes, *, expect: str) -> str:
        """Replace the object whose etag is `expect`, or make it where that is empty.

        Returns the new etag, durable when it returns. Raises Conflict; a write whose answer was
        lost may raise it too, so the caller reads back and compares.
        """

    def upload(self, key: str, file: Path, entry: Entry, *, expect: str | None) -> Stored:
        """Store a file's bytes under the entry's headers; `expect` as in `write`, None for any.

        Raises Conflict when something else lies there, never when our own bytes do.
        """

    def copy(
        self, source: Ref, key: str, entry: Entry, *, expect: str | None, unmoved: str = ""
    ) -> Stored:
        """Copy inside the store, with the entry's headers; the source may be the key itself.

        `unmoved` is the etag that the source must still have, empty for any. Raises Conflict, also
        where the source is gone. What is copied to CONTENT keeps its own label, by which a later
        `head` says whether it is what its name says.
        """

    def head(self, key: str, version: str = "") -> Observed | None:
        """Tell what lies at a key, or what one version of it is."""

    def listing(self, prefix: str = "") -> Iterator[Listed]:
        """Go through all objects whose key begins with `prefix`, bookkeeping included."""

    def folders(self, prefix: str) -> list[str]:
        """Name the first path segments below `prefix`."""

    def versions(self) -> Iterator[Version]:
        """Go through all versions of all objects; nothing where the store keeps none."""

    def delete(self, refs: Sequence[Ref]) -> None:
        """Delete objects or versions of objects, in this order as far as the store has one."""

    def knows(self, conditions: str) -> bool:
        """Whether this text of an earlier run tells how this very place holds conditions; then it
        is gone by. To be called after a write, which says whether the place keeps versions."""

    def try_conditions(self, key: str, body: bytes) -> str:
        """Find out how this place holds conditions, by trying them on the object at `key`, which
        holds `body` before and after; return it as text for `knows`.

        Raises StoreError unless writes whose condition holds are accepted, and those whose
        condition does not hold are refused.
        """

    def guard(self, still: Callable[[], None] | None) -> None:
        """Have `still` called before each attempt to change something, the lease's own renewal
        excepted, until another one (or None) is given; it raises what ends the attempt."""

    def tidy(self) -> None:
        """Clear away what crashed publishers left half-written; only for who holds the lease."""

    def seal(self, keep: Callable[[], None]) -> None:
        """Let all that was staged take effect, in its order; `keep` is called now and then, to
        keep the lease. Raises Conflict where a condition no longer holds."""

    def settle(self) -> None:
        """Return when all that was written would survive a loss of power."""

    def within(self, prefix: str) -> Store:
        """The same store, with its keys below `prefix` (which ends in /)."""
