"""A picture file without what it reports its maker: place, camera, time, thumbnails, comments.

Only the container is taken apart; the coded picture inside is not touched, so nothing is lost of
it. Colour profiles stay, since the picture looks wrong without them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator

from generator.assets.box_metadata import UnknownContainerError, without_box_metadata
from generator.core.image_kinds import kind_of

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs "
    b"acTL fcTL fdAT".split()
)
"""PNG Specification (Third Edition), section 11: what a picture is made of and looks like."""

_WEBP_KEPT = frozenset((b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_WEBP_TELLS = 0b0000_1100
"""The bits of VP8X that announce EXIF and XMP (developers.google.com, "WebP Container")."""

_ICONS = (b"\0\0\1\0", b"\0\0\2\0")
"""How icons, and pointers for the mouse, begin."""

_JPEG_END = 0xD9
_JPEG_SCAN = 0xDA
_JPEG_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)
"""A marker inside a scan's data: not a stuffed byte, not a restart (ITU-T T.81, B.1.1.5)."""

_GIF_EXTENSION, _GIF_IMAGE, _GIF_END = 0x21, 0x2C, 0x3B
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


_DATA = re.compile(r"(data:image/[\w.+-]+;base64,)((?:[A-Za-z0-9+/=\s]|&#(?:10|13|xA|xD);)+)", re.I)
"""A picture that is written into a text (RFC 2397)."""

_BETWEEN = re.compile(r"\s|&#\w+;")


def with_clean_data(text: str, clean: Callable[[bytes], bytes] | None = None) -> str:
    """Return a text whose pictures, where they are written into it, have no metadata.

    `clean` takes it out of one picture; without it, `without_metadata` does. Raises what that
    raises.
    """
    clean = clean or without_metadata

    def cleaned(found: re.Match[str]) -> str:
        written = _BETWEEN.sub("", found[2])
        try:
            raw = base64.b64decode(written + "=" * (-len(written) % 4), validate=True)
        except ValueError:
            return found[0]  # which no browser can read either
        if not kind_of(raw):
            return found[0]
        made = clean(raw)
        return found[0] if made == raw else found[1] + base64.b64encode(made).decode()

    return _DATA.sub(cleaned, text) if ";base64," in text else text


def without_metadata(raw: bytes) -> bytes:
    """Return a JPEG, PNG, WebP, GIF, AVIF or ICO file without metadata; what follows its end goes,
    too, but in an AVIF, where it is overwritten.

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
        if raw[:4] in _ICONS:
            return _icon(raw)
        if kind_of(raw) == "AVIF":
            return without_box_metadata(raw)
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
        if marker == 0xE0 and segment[4:9] == b"JFIF\0":
            yield _without_thumbnail(segment)
        elif _is_picture(marker, segment[4:]):
            yield segment
        at = end


def _is_picture(marker: int, content: bytes) -> bool:
    """Return whether a JPEG segment is part of the picture, or a colour profile."""
    if 0xE0 <= marker <= 0xEF:
        profile = marker == 0xE2 and content.startswith(b"ICC_PROFILE\0")
        colours = marker == 0xEE and content.startswith(b"Adobe")
        return profile or colours
    return marker != 0xFE  # a comment


def _without_thumbnail(header: bytes) -> bytes:
    """Return a JFIF header that has no little picture of its own (ITU-T T.871, section 10.1)."""
    return header[:2] + (16).to_bytes(2, "big") + header[4:16].ljust(12, b"\0") + b"\0\0"


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
        if name == b"ANMF":
            chunk = _webp_frame(chunk[: 8 + length])
        if name in _WEBP_KEPT:
            kept.append(chunk)
        at = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _webp_frame(chunk: bytes) -> bytes:
    """Return a frame of an animation with nothing in it but its picture."""
    kept = [chunk[8:24]]
    at = 24
    while at + 8 <= len(chunk):
        end = at + 8 + (length := int.from_bytes(chunk[at + 4 : at + 8], "little")) + length % 2
        if chunk[at : at + 4] in (b"ALPH", b"VP8 ", b"VP8L"):
            kept.append(chunk[at:end])
        at = end
    body = b"".join(kept)
    return b"ANMF" + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)


def _icon(raw: bytes) -> bytes:
    """Return an icon whose pictures, where they are PNGs, have no metadata."""
    count = int.from_bytes(raw[4:6], "little")
    entries, pictures = [], []
    place = 6 + 16 * count
    for number in range(count):
        entry = raw[6 + 16 * number : 22 + 16 * number]
        size, start = (int.from_bytes(entry[at : at + 4], "little") for at in (8, 12))
        picture = raw[start : start + size]
        if len(entry) < 16 or len(picture) < size or not size:
            raise UnknownContainerError("the file ends too early")
        if picture.startswith(_PNG_START):
            picture = b"".join(_png(picture))
        numbers = (len(picture).to_bytes(4, "little"), place.to_bytes(4, "little"))
        entries.append(b"".join((entry[:8], *numbers)))
        pictures.append(picture)
        place += len(picture)
    return b"".join((raw[:6], *entries, *pictures))


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
        if kind == _GIF_IMAGE or label == 0xF9 or loops:
            yield raw[at:end]
        at = end


def _gif_colours(flags: int) -> int:
    """Return the size of a colour table in bytes, 0 where there is none."""
    return 3 << ((flags & 0b111) + 1) if flags & 0x80 else 0
