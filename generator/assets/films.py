"""How large a film is on the screen, and whether its file tells where it was taken.

Only the beginning of a film and its table of contents are read: ISO/IEC 14496-12 for MP4 and MOV,
the WebM Container Guidelines (with EBML, RFC 8794) for WebM. Nothing of a film is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

Read = Callable[[int, int], bytes]
"""Returns so many bytes, the second number, from a place in the file, the first."""

LONGEST_CONTENTS = 64 << 20
"""Bytes: a longer table of contents is not looked into."""

_HEAD = 1 << 16
_WITHIN = frozenset((b"moov", b"trak"))
_PLACES = (b"\xa9xyz", b"com.apple.quicktime.location", b"GPSLatitude", b"gpmd")
"""What names a place: QuickTime's user data and keys, XMP, and the measurements of a GoPro."""

_SEGMENT, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
_WIDTH, _HEIGHT = 0xB0, 0xBA


class Film(NamedTuple):
    """Width and height in pixels, 0 where they are not known; whether the file names a place."""

    width: int = 0
    height: int = 0
    place: bool = False


def look_at_film(read: Read, size: int) -> Film:
    """Return what a film's file of `size` bytes says. A damaged one says nothing."""
    head = read(0, _HEAD)
    try:
        if head.startswith(b"\x1a\x45\xdf\xa3"):
            return _webm(head)
        return _mp4(read, size) if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide") else Film()
    except IndexError:
        return Film()


def _mp4(read: Read, size: int) -> Film:
    at = 0
    places = False
    film = Film()
    while at + 8 <= size:
        kind, inside, end = _box(read(at, 16), at, size)
        if end < at + 8:
            break
        if kind in (b"moov", b"uuid", b"meta") and end - inside <= LONGEST_CONTENTS:
            contents = read(inside, end - inside)
            places = places or any(place in contents for place in _PLACES)
            if kind == b"moov":
                places = places or _has_loci(contents)
                film = next(_tracks(contents, 0, len(contents)), film)
        at = end
    return film._replace(place=places)


def _box(head: bytes, at: int, end: int) -> tuple[bytes, int, int]:
    """Return what kind of box stands at a place, where its inside begins and where it ends."""
    size, inside = int.from_bytes(head[:4], "big"), 8
    if size == 1:
        size, inside = int.from_bytes(head[8:16], "big"), 16
    return head[4:8], at + inside, min(end, at + size) if size else end


def _tracks(raw: bytes, at: int, end: int) -> Iterator[Film]:
    """Yield the size of each track that one can see, as it is turned (8.3.2)."""
    while at + 8 <= end:
        kind, inside, last = _box(raw[at : at + 16], at, end)
        if last <= at:
            return
        if kind in _WITHIN:
            yield from _tracks(raw, inside, last)
        elif kind == b"tkhd" and last - inside >= 84:
            matrix = inside + (52 if raw[inside] == 1 else 40)
            turned = not any(raw[matrix : matrix + 4])
            sides = (int.from_bytes(raw[matrix + n : matrix + n + 2], "big") for n in (36, 40))
            width, height = reversed([*sides]) if turned else sides
            if width and height:
                yield Film(width, height)
        at = last


def _has_loci(raw: bytes) -> bool:
    """Whether user data have a place as 3GPP writes it (3GPP TS 26.244, section 8)."""
    start = raw.find(b"udta")
    return start >= 0 and b"loci" in raw[start:]


def _webm(head: bytes) -> Film:
    sides = dict(_numbers(head, 0, len(head)))
    return Film(sides.get(_WIDTH, 0), sides.get(_HEIGHT, 0))


def _numbers(raw: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the numbers that say how large the picture of a film is."""
    while at < end:
        name, at = _number(raw, at, marked=True)
        size, at = _number(raw, at, marked=False)
        last = min(end, at + size)
        if name in (_SEGMENT, _TRACKS, _TRACK, _VIDEO):
            yield from _numbers(raw, at, last)
        elif name in (_WIDTH, _HEIGHT):
            yield name, int.from_bytes(raw[at:last], "big")
        at = last


def _number(raw: bytes, at: int, *, marked: bool) -> tuple[int, int]:
    """Return an EBML number, with the bit that marks its length or without, and where it ends."""
    length = 9 - raw[at].bit_length()
    if length > 8:
        raise IndexError
    number = int.from_bytes(raw[at : at + length], "big")
    return (number if marked else number & ((1 << 7 * length) - 1)), at + length
