"""Content-keyed memory of pure steps.

A key holds the step's whole input and the versions of the libraries that shape its output; the
place where results are kept adds a digest of Tidepost's own code. So a remembered result can never
be out of date. A cache may forget at any time, and what cannot be read counts as forgotten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Protocol

Key = bytes
"""A SHA-256 digest."""


class Cache(Protocol):
    """Where results are remembered. Neither method ever raises."""

    def get_many(self, keys: Iterable[Key]) -> Mapping[Key, bytes]:
        """Return those results that are known."""

    def put_many(self, results: Mapping[Key, bytes]) -> None:
        """Remember results."""


class NoCache:
    """Remembers nothing (`--no-cache`)."""

    def get_many(self, keys: Iterable[Key]) -> Mapping[Key, bytes]:  # noqa: ARG002
        """Return nothing."""
        return {}

    def put_many(self, results: Mapping[Key, bytes]) -> None:
        """Forget them."""


def key_of(*parts: bytes | str) -> Key:
    """Return the key of a step's inputs; parts cannot run into each other."""
    hasher = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "big"))
        hasher.update(data)
    return hasher.digest()
