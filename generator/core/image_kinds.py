"""What a file is, by its first bytes: its name alone does not say what it reports its maker.

Each kind has what becomes of it: browsers show some as they are, others are made into JPEGs, and
what cannot be looked into is refused, since no part of it could be taken out.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from functools import cache

from generator.core.installed import installed_version

HEAD = 512
"""Bytes that are enough to know a kind."""

DRAWING = "SVG"
"""A drawing in lines: text, which is published as it was written."""

SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg", ".pjp"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "GIF": (".gif",),
    "AVIF": (".avif",),
    "TIFF": (".tif", ".tiff"),
    "HEIF": (".heic", ".heif", ".hif"),
    "BMP": (".bmp", ".dib"),
    "ICO": (".ico", ".cur"),
    DRAWING: (".svg",),
    "JXL": (".jxl",),
    "JP2": (".jp2", ".j2k", ".jpx", ".jpf"),
    "PSD": (".psd", ".psb"),
    "RAW": (
        *(".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".iiq", ".kdc"),
        *(".mef", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".rw2", ".sr2", ".srf", ".srw"),
        ".x3f",
    ),
}
"""The ends of the names that files of a kind have, the usual one first."""

_KIND_OF = {suffix: kind for kind, suffixes in SUFFIXES.items() for suffix in suffixes}
_UNCLAIMED = frozenset({"ICO", "BMP", DRAWING})
"""Kinds whose names promise no picture of a camera: an empty favicon.ico has its uses."""

REFUSED = {
    "JXL": "is a JPEG XL, which most browsers do not show",
    "JP2": "is a JPEG 2000, which no browser shows",
    "PSD": "is a Photoshop document, which no browser shows",
    "RAW": "is a camera's raw file, which no browser shows",
}
"""Kinds that are not published, and why."""

INSTEAD = "save it as JPEG, PNG, WebP or AVIF; to offer the file itself, pack it into a ZIP archive"
"""The way out where a picture is refused: what it reports its maker cannot be taken out."""

HEIF_PACKAGE = "pillow-heif"
NO_HEIF = f"is a HEIC picture, and {HEIF_PACKAGE}, which reads them, is not installed"
INSTALL_HEIF = f"`pip install {HEIF_PACKAGE}`, or save it as JPEG"

MADE_JPEG = frozenset({"HEIF"})
"""Kinds of which nothing but JPEGs, and what is made for `<picture>`, is published."""

FILMS = (".mp4", ".m4v", ".webm", ".mov", ".ogv")
SOUNDS = (".mp3", ".m4a", ".ogg", ".oga", ".opus", ".wav", ".flac", ".aac")

_STARTS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"\0\0\1\0", "ICO"),
    (b"\0\0\2\0", "ICO"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JXL"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JP2"),
    (b"\xff\x4f\xff\x51", "JP2"),
    (b"8BPS", "PSD"),
    (b"FUJIFILMCCD-RAW", "RAW"),
    (b"FOVb", "RAW"),
    (b"IIRO", "RAW"),
    (b"IIRS", "RAW"),
    (b"MMOR", "RAW"),
    (b"IIU\0", "RAW"),
    (b"\0MRM", "RAW"),
)
_TIFFS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_HEIF_BRANDS = frozenset(
    (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")
)
"""ISO/IEC 23008-12, annex B: brands of HEIF. `mif1` alone does not say how the picture is coded."""


def kind_of(head: bytes, name: str = "") -> str:
    """Return what a file is by its first HEAD bytes, or an empty text where it is no picture.

    `name` tells raw files of cameras, many of which begin like a TIFF, from TIFFs.
    """
    for start, kind in _STARTS:
        if head.startswith(start) and _LOOKS.get(kind, bool)(head):
            return kind
    if head.startswith(b"\xff\x0a") and kind_by_name(name):  # a start that other files have, too
        return "JXL"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head.startswith(_TIFFS):
        return "RAW" if head[8:10] == b"CR" or kind_by_name(name) == "RAW" else "TIFF"
    return ""


def kind_by_name(name: str) -> str:
    """Return the kind that a file's name promises, or an empty text."""
    return _KIND_OF.get(suffix_of(name), "")


def suffix_of(name: str) -> str:
    """Return the end of a name in small letters, with its dot."""
    return posixpath.splitext(name)[1].lower()


def is_claimed(name: str) -> bool:
    """Whether a name promises a picture, so that a file that is none is not to be published."""
    kind = kind_by_name(name)
    return bool(kind) and kind not in _UNCLAIMED


def is_drawing(raw: bytes) -> bool:
    """Whether a file is an SVG drawing, as far as a look for its first element tells."""
    return b"<svg" in raw or b":svg" in raw or "<svg".encode("utf-16-le") in raw


def published_suffix(suffix: str, kind: str) -> str:
    """Return the end of the name under which a file of a kind is published: `suffix` where that is
    a name of the kind that servers know, else the usual one."""
    if kind in MADE_JPEG:
        kind = "JPEG"
    known = SUFFIXES.get(kind, ())
    small = suffix.lower()
    if not known or kind in REFUSED or (small in known and small not in _UNKNOWN_TO_SERVERS):
        return suffix
    return known[0]


_UNKNOWN_TO_SERVERS = frozenset((".jfif", ".jif", ".pjpeg", ".pjp", ".jpe", ".apng", ".dib"))


@cache
def heif_version() -> str:
    """Return the version of the optional library that reads HEIF, or an empty text."""
    return installed_version(HEIF_PACKAGE)


def refusal(kind: str) -> tuple[str, str]:
    """Return why files of a kind are not published and the way out, or two empty texts."""
    if kind in REFUSED:
        return REFUSED[kind], INSTEAD
    if kind == "HEIF" and not heif_version():
        return NO_HEIF, INSTALL_HEIF
    return "", ""


def _is_bmp(head: bytes) -> bool:
    """Whether two letters are the start of a bitmap: its header's size is one of few."""
    return len(head) >= 26 and head[14] in (12, 40, 52, 56, 64, 108, 124) and not any(head[15:18])


def _is_icon(head: bytes) -> bool:
    """Whether four bytes are the start of an icon: it has pictures, and the first has a size."""
    return len(head) >= 22 and any(head[4:6]) and not head[9] and any(head[14:18])


_LOOKS: dict[str, Callable[[bytes], bool]] = {"BMP": _is_bmp, "ICO": _is_icon}
"""A further look at kinds whose first bytes other files have, too."""


def _brand(head: bytes) -> str:
    """Return what a file of ISO boxes is, by the brands of its first box (ISO/IEC 14496-12)."""
    size = int.from_bytes(head[:4], "big")
    brands = [head[8:12]]
    brands += [head[at : at + 4] for at in range(16, min(size, len(head)), 4)]
    if b"avif" in brands or b"avis" in brands:
        return "AVIF"
    if brands[0] == b"crx ":
        return "RAW"
    return "HEIF" if not _HEIF_BRANDS.isdisjoint(brands) else ""
