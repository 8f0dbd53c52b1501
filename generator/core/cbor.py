"""CBOR in pieces (RFC 8949): what is put together from encoded parts needs their heads alone.

Whole values are cbor2's, which takes ten times as long for a list of a few numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import cbor2

LIST, TEXT = 0x80, 0x60
"""Kinds of items that have a length."""

number = cache(cbor2.dumps)
"""Return an integer, encoded."""


@cache
def head(kind: int, value: int) -> bytes:
    """Return the head of an item (RFC 8949, section 3): its kind, and its value or length."""
    if value < 24:
        return bytes((kind + value,))
    size = 1 if value < 1 << 8 else 2 if value < 1 << 16 else 4
    return bytes((kind + 23 + (1, 2, 0, 3)[size - 1],)) + value.to_bytes(size)


def numbers(values: Sequence[int]) -> bytes:
    """Return a list of integers, encoded."""
    return head(LIST, len(values)) + b"".join(map(number, values))


def text(value: str) -> bytes:
    """Return a text, encoded."""
    raw = value.encode()
    return head(TEXT, len(raw)) + raw
