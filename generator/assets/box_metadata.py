"""An AVIF file without what it reports its maker: place, camera, time, thumbnails, descriptions.

A file of boxes (ISO/IEC 14496-12) says in numbers of bytes where its parts lie. So what is to go is
overwritten where it stands, and nothing moves: the coded picture stays as it was, and so does the
way in which it is turned. Items and their properties are those of HEIF, ISO/IEC 23008-12.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class UnknownContainerError(ValueError):
    """Bytes that are not a whole file of a known format."""


_KEPT = frozenset((b"ftyp", b"styp", b"meta", b"moov", b"mdat", b"moof", b"sidx", b"pdin"))
_KEPT_IN_META = frozenset((b"hdlr", b"pitm", b"iinf", b"iloc", b"iref", b"iprp", b"idat", b"grpl"))
_KEPT_IN_MOVIE = frozenset((b"mvhd", b"trak", b"mvex"))
_KEPT_IN_TRACK = frozenset((b"tkhd", b"tref", b"edts", b"mdia"))
_KEPT_ITEMS = frozenset((b"av01", b"grid", b"iovl", b"iden", b"tmap"))
"""What a picture is made of; `Exif`, `mime` (XMP) and `uri ` items are not."""

_TELLING_PROPERTIES = frozenset(
    (b"udes", b"altt", b"crtt", b"mdft", b"cmex", b"cmin", b"uuid", b"free")
)
"""Descriptions, times, and where the camera stood (ISO/IEC 23008-12, section 6.5)."""

_PICTURE_HANDLERS = frozenset((b"pict", b"vide", b"auxv"))
_TIMED = frozenset((b"mvhd", b"tkhd", b"mdhd"))
"""Boxes that say when something was made, in the first bytes behind their version."""


class _Box(NamedTuple):
    kind: bytes
    start: int
    inside: int
    end: int


class _Item(NamedTuple):
    number: int
    type_at: int
    kind: bytes
    end: int


def without_box_metadata(raw: bytes) -> bytes:
    """Return an AVIF file without metadata, as long as before. Raises UnknownContainerError."""
    made = bytearray(raw)
    try:
        _clean_file(made)
    except IndexError:
        raise UnknownContainerError("the file ends too early") from None
    return bytes(made)


def _clean_file(made: bytearray) -> None:
    kept: list[tuple[int, int]] | None = None
    boxes = [*_boxes(made, 0, len(made))]
    moving = any(box.kind == b"moov" for box in boxes)
    for box in boxes:
        if box.kind == b"meta":
            kept, gone = _clean_meta(made, box)
            _blank_all(made, gone)
        elif box.kind == b"moov":
            _clean_movie(made, box)
        elif box.kind not in _KEPT:
            _blank(made, box)
    if moving:
        return  # whose frames lie between the items' bytes
    if kept is None:
        raise UnknownContainerError("a file without a picture")
    for box in boxes:
        if box.kind == b"mdat":
            _blank_between(made, box.inside, box.end, kept)


def _boxes(raw: bytearray, at: int, end: int) -> Iterator[_Box]:
    while at < end:
        if end - at < 8:
            raise UnknownContainerError("something that is no box")
        size, kind, inside = int.from_bytes(raw[at : at + 4], "big"), bytes(raw[at + 4 : at + 8]), 8
        if size == 1:
            size, inside = int.from_bytes(raw[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = end - at
        if size < inside or at + size > end:
            raise UnknownContainerError("the file ends too early")
        yield _Box(kind, at, at + inside, at + size)
        at += size


def _blank(made: bytearray, box: _Box) -> None:
    """Make a box free space: 8.1.2 of ISO/IEC 14496-12."""
    made[box.start + 4 : box.start + 8] = b"free"
    made[box.inside : box.end] = bytes(box.end - box.inside)


def _blank_between(made: bytearray, start: int, end: int, kept: list[tuple[int, int]]) -> None:
    """Overwrite what no item of the picture takes up."""
    at = start
    for first, last in sorted(kept):
        if last <= start or first >= end:
            continue
        if first > at:
            made[at:first] = bytes(first - at)
        at = max(at, min(last, end))
    made[at:end] = bytes(end - at)


def _blank_all(made: bytearray, places: list[tuple[int, int]]) -> None:
    for start, end in places:
        made[start:end] = bytes(end - start)


def _clean_meta(made: bytearray, meta: _Box) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return where the bytes of the picture's items lie in the file, and where those of others."""
    items: list[_Item] = []
    found: dict[bytes, _Box] = {}
    for box in _boxes(made, meta.inside + 4, meta.end):
        if box.kind not in _KEPT_IN_META:
            _blank(made, box)
        found[box.kind] = box
    if b"iinf" not in found or b"iloc" not in found:
        raise UnknownContainerError("a file without a picture")
    info = found[b"iinf"]
    for box in _boxes(made, info.inside + (6 if made[info.inside] == 0 else 8), info.end):
        items.append(_item(made, box))
    small = _thumbnails(made, found[b"iref"]) if b"iref" in found else set()
    going = {item.number for item in items if item.kind not in _KEPT_ITEMS} | small
    for item in items:
        if item.number in going:
            made[item.type_at : item.end] = b"free".ljust(item.end - item.type_at, b"\0")
    kept: list[tuple[int, int]] = []
    gone: list[tuple[int, int]] = []
    for number, method, start, end in _extents(made, found[b"iloc"]):
        if method == 1 and b"idat" in found:
            start, end = start + found[b"idat"].inside, end + found[b"idat"].inside
        elif method:
            raise UnknownContainerError("an item that is made of items")
        end = end or len(made)
        if start > end or end > len(made):
            raise UnknownContainerError("the file ends too early")
        (gone if number in going else kept).append((start, end))
    if b"idat" in found:
        _blank_between(made, found[b"idat"].inside, found[b"idat"].end, kept)
    if b"iprp" in found:
        for box in _boxes(made, found[b"iprp"].inside, found[b"iprp"].end):
            if box.kind == b"ipco":
                for each in [*_boxes(made, box.inside, box.end)]:
                    if each.kind in _TELLING_PROPERTIES:
                        _blank(made, each)
    return kept, gone


def _item(raw: bytearray, box: _Box) -> _Item:
    version = raw[box.inside]
    if box.kind != b"infe" or version not in (2, 3):
        raise UnknownContainerError("items of an unknown kind")
    number, wide = box.inside + 4, 2 if version == 2 else 4
    kind = number + wide + 2
    found = int.from_bytes(raw[number : number + wide], "big")
    return _Item(found, kind, bytes(raw[kind : kind + 4]), box.end)


def _thumbnails(raw: bytearray, references: _Box) -> set[int]:
    wide = 2 if raw[references.inside] == 0 else 4
    return {
        int.from_bytes(raw[box.inside : box.inside + wide], "big")
        for box in _boxes(raw, references.inside + 4, references.end)
        if box.kind == b"thmb"
    }


def _extents(raw: bytearray, box: _Box) -> Iterator[tuple[int, int, int, int]]:
    """Yield each item's number, where its bytes are counted from (0: the file, 1: `idat`), their
    first and the one behind their last, 0 for all up to the end (ISO/IEC 14496-12, 8.11.3)."""
    at = box.inside + 4

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > box.end:
            raise UnknownContainerError("the file ends too early")
        return int.from_bytes(raw[at - size : at], "big")

    version = raw[box.inside]
    sizes = number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    for _ in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        number(2)  # the file in which they lie
        base = number(base_size)
        for _ in range(number(2)):
            number(index_size)
            start = base + number(offset_size)
            length = number(length_size)
            yield item, method, start, start + length if length else 0


def _clean_movie(made: bytearray, movie: _Box) -> None:
    for box in [*_boxes(made, movie.inside, movie.end)]:
        if box.kind not in _KEPT_IN_MOVIE:
            _blank(made, box)
        elif box.kind == b"mvhd":
            _blank_times(made, box)
        elif box.kind == b"trak":
            for part in [*_boxes(made, box.inside, box.end)]:
                if part.kind == b"meta":
                    kept, gone = _clean_meta(made, part)
                    _blank_all(made, kept + gone)
                if part.kind not in _KEPT_IN_TRACK:
                    _blank(made, part)
                elif part.kind == b"tkhd":
                    _blank_times(made, part)
                elif part.kind == b"mdia":
                    _clean_media(made, part)


def _clean_media(made: bytearray, media: _Box) -> None:
    for box in _boxes(made, media.inside, media.end):
        if box.kind == b"mdhd":
            _blank_times(made, box)
        elif box.kind == b"hdlr":
            handler = bytes(made[box.inside + 8 : box.inside + 12])
            if handler not in _PICTURE_HANDLERS:
                raise UnknownContainerError("a track that is no picture")


def _blank_times(made: bytearray, box: _Box) -> None:
    """Take out when something was made and changed (8.2.2, 8.3.2 and 8.4.2)."""
    size = 16 if made[box.inside] == 1 else 8
    made[box.inside + 4 : box.inside + 4 + size] = bytes(size)
