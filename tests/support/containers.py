"""Files of every kind of picture, as cameras and programs write them."""

from __future__ import annotations

import functools
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pillow_heif

from tests.support.drawn import camera_exif, file_of, photo

REFUSED: dict[str, tuple[bytes, str]] = {
    "a.dng": (file_of(photo(40, 30), "TIFF"), "is a camera's raw file"),
    "a.NEF": (file_of(photo(40, 30), "TIFF"), "is a camera's raw file"),
    "a.cr2": (b"II*\0\x10\0\0\0CR\2\0" + bytes(60), "is a camera's raw file"),
    "a.cr3": (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(60), "is a camera's raw file"),
    "named-wrongly.jpg": (b"FUJIFILMCCD-RAW " + bytes(60), "is a camera's raw file"),
    "a.jxl": (b"\xff\x0a" + bytes(60), "is a JPEG XL"),
    "a.jp2": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60), "is a JPEG 2000"),
    "a.psd": (b"8BPS\0\1" + bytes(60), "is a Photoshop document"),
}


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">Secret words</x:xmpmeta>'


def saved(
    kind: str, *, frames: int = 1, size: tuple[int, int] = (240, 160), **options: Any
) -> bytes:
    """Return a picture, or an animation, as Pillow writes it."""
    first, *others = (photo(*size, seed=seed) for seed in range(1, 4 * frames, 4))
    if others:
        options |= {"save_all": True, "append_images": others, "duration": 90}
    file = io.BytesIO()
    first.save(file, kind, **options)
    return file.getvalue()


def heic(**options: Any) -> bytes:
    file = io.BytesIO()
    image = pillow_heif.from_pillow(photo(240, 160, seed=6))
    image.save(file, exif=camera_exif(6).tobytes(), xmp=XMP, **options)
    return file.getvalue()


def with_small_picture(jpeg: bytes) -> bytes:
    """Return a JPEG whose JFIF header has a thumbnail of 2 by 2 pixels, and one in JFXX."""
    header = b"JFIF\0\1\2\0\0\1\0\1\2\2" + b"Secret words"
    extension = b"JFXX\0\x13\2\2" + b"Secret words"
    segments = [
        b"\xff\xe0" + (len(each) + 2).to_bytes(2, "big") + each for each in (header, extension)
    ]
    assert jpeg[2:4] == b"\xff\xe0"
    rest = jpeg[4 + int.from_bytes(jpeg[4:6], "big") :]
    return jpeg[:2] + b"".join(segments) + rest


def with_chunk(png: bytes, name: bytes, content: bytes) -> bytes:
    """Return a PNG file with a further chunk behind its header."""
    body = name + content
    chunk = len(content).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return png[:33] + chunk + png[33:]


def raw_profile(kind: str, content: bytes) -> bytes:
    """Return what ImageMagick writes into a PNG's text (its name is `Raw profile type ...`)."""
    text = f"\n{kind}\n{len(content):8}\n{content.hex()}\n".encode()
    return f"Raw profile type {kind}".encode() + b"\0\0" + zlib.compress(text)


def mpo() -> bytes:
    file = io.BytesIO()
    others = [photo(80, 60, seed=7)]
    photo(240, 160).save(file, "MPO", save_all=True, append_images=others, exif=camera_exif())
    return file.getvalue()


def icon() -> bytes:
    """Return an icon that is a PNG with a text."""
    png = with_chunk(saved("PNG", size=(48, 48)), b"tEXt", b"Author\0Secret words")
    entry = bytes([48, 48, 0, 0, 1, 0, 32, 0]) + len(png).to_bytes(4, "little")
    return b"\0\0\1\0\1\0" + entry + (22).to_bytes(4, "little") + png


def with_box(avif: bytes) -> bytes:
    """Return an AVIF file with a box of its own at the end, as editors add them."""
    body = b"uuid" + bytes(16) + b"Secret words"
    return avif + (len(body) + 4).to_bytes(4, "big") + body


@functools.cache
def png() -> bytes:
    return saved("PNG", exif=camera_exif())


class OnDemand(Mapping[str, bytes]):
    """Files by their names, each made when it is first asked for: tests only need the names of all
    of them to be found."""

    def __init__(self, makers: Mapping[str, Callable[[], bytes]]) -> None:
        self.makers = {name: functools.cache(maker) for name, maker in makers.items()}

    def __getitem__(self, name: str) -> bytes:
        return self.makers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self.makers)

    def __len__(self) -> int:
        return len(self.makers)


CONTAINERS: Mapping[str, bytes] = OnDemand(
    {
        "plain.jpg": lambda: file_of(photo(240, 160), "JPEG"),
        "turned.jpeg": lambda: file_of(photo(240, 160), "JPEG", orientation=6),
        "small.jpe": lambda: with_small_picture(saved("JPEG")),
        "many.jfif": mpo,
        "cmyk.pjpeg": lambda: file_of(photo(240, 160).convert("CMYK"), "JPEG", orientation=3),
        "named-wrongly.png": lambda: file_of(photo(240, 160, seed=9), "JPEG"),
        "text.png": lambda: file_of(photo(240, 160), "PNG"),
        "profile.png": lambda: with_chunk(
            png(), b"zTXt", raw_profile("exif", camera_exif().tobytes())
        ),
        "iptc.png": lambda: with_chunk(
            png(), b"zTXt", raw_profile("iptc", b"Photoshop 3.0\0Secret words")
        ),
        "international.png": lambda: with_chunk(
            png(), b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP
        ),
        "time.png": lambda: with_chunk(png(), b"tIME", bytes([7, 230, 5, 1, 9, 30, 0])),
        "moves.png": lambda: saved("PNG", frames=3, exif=camera_exif(6)),
        "plain.webp": lambda: file_of(photo(240, 160), "WEBP"),
        "moves.webp": lambda: saved("WEBP", frames=3, exif=camera_exif(8), xmp=XMP),
        "upright.webp": lambda: saved("WEBP", frames=3, exif=camera_exif(), xmp=XMP),
        "plain.gif": lambda: file_of(photo(240, 160), "GIF"),
        "moves.gif": lambda: saved("GIF", frames=3, comment=b"Secret words"),
        "plain.avif": lambda: file_of(photo(240, 160), "AVIF"),
        "turned.avif": lambda: with_box(file_of(photo(240, 160), "AVIF", orientation=6)),
        "moves.avif": lambda: saved("AVIF", frames=3, exif=camera_exif().tobytes(), xmp=XMP),
        "scan.tif": lambda: file_of(photo(240, 160), "TIFF"),
        "pages.tiff": lambda: saved("TIFF", frames=2, exif=camera_exif()),
        "phone.heic": heic,
        "phone.HIF": heic,
        "map.bmp": lambda: saved("BMP") + b"Secret words",
        "mark.ico": icon,
        "picture.dat": lambda: file_of(photo(240, 160, seed=11), "JPEG"),
        "nameless": lambda: file_of(photo(240, 160, seed=12), "WEBP"),
    }
)
