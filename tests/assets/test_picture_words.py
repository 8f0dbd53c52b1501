"""What a picture's own metadata say in words, and what of it is no caption."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from generator.assets.picture_words import Words, cached_words, words_in
from generator.core.artifacts import digest
from tests.support.caches import Kept
from tests.support.drawn import ALT, DESCRIPTION, XMP


def picture(form: str = "JPEG", **more: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), (90, 120, 150)).save(file, form, **more)
    return file.getvalue()


def iptc(caption: bytes, *, utf8: bool) -> bytes:
    """An APP13 segment with a caption (IPTC-IIM 4.2, in a Photoshop image resource)."""
    fields = [(1, 90, b"\x1b%G")] if utf8 else []
    fields.append((2, 120, caption))
    data = b"".join(b"\x1c" + struct.pack(">BBH", a, b, len(v)) + v for a, b, v in fields)
    block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data + bytes(len(data) % 2)
    content = b"Photoshop 3.0\0" + block
    return b"\xff\xed" + struct.pack(">H", len(content) + 2) + content


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_alternative_text_and_caption_of_xmp(form: str) -> None:
    raw = picture(form, xmp=(XMP % (ALT + DESCRIPTION)).encode())
    assert words_in(raw) == Words(alt="A boat & a pier", caption="At noon")


@pytest.mark.parametrize(
    ("caption", "utf8", "expected"),
    [
        ("Nebel über dem Fluß".encode(), True, "Nebel über dem Fluß"),
        ("Nebel über dem Fluß".encode(), False, "Nebel über dem Fluß"),
        ("Nebel über dem Fluß".encode("cp1252"), False, "Nebel über dem Fluß"),
        (b"broken \xff", True, "broken \ufffd"),
    ],
)
def test_caption_of_iptc_in_its_encodings(caption: bytes, utf8: bool, expected: str) -> None:
    assert words_in(picture(extra=iptc(caption, utf8=utf8))).caption == expected


def test_xmp_goes_before_iptc() -> None:
    raw = picture(xmp=(XMP % DESCRIPTION).encode(), extra=iptc(b"Other", utf8=True))
    assert words_in(raw).caption == "At noon"


def test_the_camera_says_when_and_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x010E] = "OLYMPUS DIGITAL CAMERA"
    exif.get_ifd(0x8769)[0x9003] = "2026:05:01 18:00:03"
    assert words_in(picture(exif=exif)) == Words(taken="2026:05:01 18:00:03")
    exif.get_ifd(0x8769)[0x9003] = "0000-00-00"
    assert words_in(picture(exif=exif)) == Words()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        picture()[:40],
        picture(xmp=b"<x:xmpmeta><rdf:RDF"),
        picture(xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><!DOCTYPE a [<!ENTITY b 'c'>]>&b;"),
        picture(extra=b"\xff\xed\0\x10Photoshop 3.0\0"),
    ],
)
def test_what_cannot_be_read_says_nothing(raw: bytes) -> None:
    assert words_in(raw) == Words()


def test_words_are_looked_up_once() -> None:
    cache = Kept()
    raw = picture(xmp=(XMP % ALT).encode())
    first = cached_words(digest(raw), lambda: raw, cache)
    assert first == cached_words(digest(raw), lambda: b"", cache) != Words()


def test_what_was_written_to_meanwhile_is_not_remembered() -> None:
    cache = Kept()
    raw = picture(xmp=(XMP % ALT).encode())
    assert cached_words("other", lambda: raw, cache) != Words()
    assert not cache.results
