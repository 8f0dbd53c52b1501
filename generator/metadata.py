"""A picture file without what it tells of its maker: place, camera, time, thumbnails, comments.

Only the container is taken apart; the coded picture inside is not touched, so nothing is lost of
it. Colour profiles stay, since the picture looks wrong without them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs "
    b"acTL fcTL fdAT".split()
)
"""PNG Specification (Third Edition), section 11: what a picture is made of and looks like."""

_WEBP_KEPT = frozenset((b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_WEBP_TELLS = 0b0000_1100
"""The bits of VP8X that announce EXIF and XMP (developers.google.com, "WebP Container")."""

_JPEG_END = 0xD9
_JPEG_SCAN = 0xDA
_JPEG_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)
"""A marker inside a scan's data: not a stuffed byte, not a restart (ITU-T T.81, B.1.1.5)."""

_GIF_EXTENSION, _GIF_IMAGE, _GIF_END = 0x21, 0x2C, 0x3B
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


class UnknownContainerError(ValueError):
    """Bytes that are not a whole file of a known format."""


def without_metadata(raw: bytes) -> bytes:
    """Return a JPEG, PNG, WebP or GIF file without metadata; what follows its end goes, too.

    Raises UnknownContainerError.
    """
    try:
        if raw.startswith(b"\xff\xd8"):
            return b"".join(_jpeg(raw))
        if raw.startswith(_PNG_START):
            return b"".join(_png(raw))
        if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
            return _webp(raw)
        if raw[:6] in (b"GIF87a", b"GIF89a"):
            return b"".join(_gif(raw))
    except IndexError:
        raise UnknownContainerError("the file ends too early") from None
    raise UnknownContainerError("not a picture of a known kind")


def _jpeg(raw: bytes) -> Iterator[bytes]:
    """Yield what stays of a JPEG file (ITU-T T.81, annex B)."""
    yield raw[:2]
    at = 2
    while True:
        while raw[at] == 0xFF and raw[at + 1] == 0xFF:  # fill bytes
            at += 1
        if raw[at] != 0xFF:
            raise UnknownContainerError("something that is no JPEG segment")
        marker = raw[at + 1]
        if marker == _JPEG_END:
            yield raw[at : at + 2]
            return
        end = at + 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
        segment = raw[at:end]
        if marker == _JPEG_SCAN:
            found = _JPEG_MARKER.search(raw, end)
            if found is None:
                raise UnknownContainerError("the file ends too early")
            yield raw[at : found.start()]
            at = found.start()
            continue
        if _is_picture(marker, segment[4:]):
            yield segment
        at = end


def _is_picture(marker: int, content: bytes) -> bool:
    """Tell whether a JPEG segment is part of the picture, or a colour profile."""
    if 0xE0 <= marker <= 0xEF:
        profile = marker == 0xE2 and content.startswith(b"ICC_PROFILE\0")
        header = marker == 0xE0 and content.startswith(b"JFIF\0")
        colours = marker == 0xEE and content.startswith(b"Adobe")
        return profile or header or colours
    return marker != 0xFE  # a comment


def _png(raw: bytes) -> Iterator[bytes]:
    yield _PNG_START
    at = len(_PNG_START)
    while True:
        length, name = int.from_bytes(raw[at : at + 4], "big"), raw[at + 4 : at + 8]
        end = at + 12 + length
        if len(name) < 4 or end > len(raw):
            raise UnknownContainerError("the file ends too early")
        if name in _PNG_KEPT:
            yield raw[at:end]
        if name == b"IEND":
            return
        at = end


def _webp(raw: bytes) -> bytes:
    kept = []
    at, size = 12, min(len(raw), 8 + int.from_bytes(raw[4:8], "little"))
    while at + 8 <= size:
        length = int.from_bytes(raw[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        name, chunk = raw[at : at + 4], raw[at:end]
        if end > len(raw) + 1:
            raise UnknownContainerError("the file ends too early")
        if name == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_TELLS]) + chunk[9:]
        if name in _WEBP_KEPT:
            kept.append(chunk)
        at = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _gif(raw: bytes) -> Iterator[bytes]:
    """Yield what stays of a GIF file (GIF89a Specification, section 11 and appendix A)."""
    at = 13 + _gif_colours(raw[10])
    yield raw[:at]
    while True:
        kind = raw[at]
        if kind == _GIF_END:
            yield raw[at : at + 1]
            return
        if kind == _GIF_IMAGE:
            data = at + 10 + _gif_colours(raw[at + 9]) + 1
        elif kind == _GIF_EXTENSION:
            data = at + 2
        else:
            raise UnknownContainerError("something that is no GIF block")
        end = data
        while raw[end]:
            end += 1 + raw[end]
        end += 1
        label = raw[at + 1]
        loops = label == 0xFF and raw[data + 1 : data + 12] in _GIF_LOOPS
        if kind == _GIF_IMAGE or label in (0xF9, 0x01) or loops:
            yield raw[at:end]
        at = end


def _gif_colours(flags: int) -> int:
    """Return the size of a colour table in bytes, 0 where there is none."""
    return 3 << ((flags & 0b111) + 1) if flags & 0x80 else 0
