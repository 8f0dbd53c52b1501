"""What a picture says of itself in words: its alternative text, its caption, and when it was taken.

Photographers write these into their files (IPTC Photo Metadata Standard 2023.1); they are left out
of what is published, so that a page that wants them has to say them. What cameras write by
themselves is no caption: of EXIF only the moment is read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import msgspec

from generator.assets.images import pillow_version
from generator.core.artifacts import digest
from generator.core.cache import Cache, key_of

STEP = "picture-words-1"
"""Changes whenever something else is found in the same file."""

_CAPTION, _CHARSET = (2, 120), (1, 90)
"""Datasets of IPTC-IIM 4.2: Caption/Abstract, and Coded Character Set."""

_UTF8 = b"\x1b%G"
_EXIF, _TAKEN = 0x8769, 0x9003
"""EXIF 3.0: the pointer to its own directory, and DateTimeOriginal in it."""

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_ALT = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}AltTextAccessibility"
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_MOMENT = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d")


class Words(msgspec.Struct, frozen=True, array_like=True):
    """What a picture says; `taken` is `2026:05:01 18:00:00` by the camera's clock, or empty."""

    alt: str = ""
    caption: str = ""
    taken: str = ""


def cached_words(sha256: str, read: Callable[[], bytes], cache: Cache) -> Words:
    """Return what a picture says, from the cache where it is known by the digest of its bytes; a
    file that was written to since then is read, and not cached."""
    key = key_of(STEP, pillow_version(), sha256)
    known = cache.get_many([key]).get(key)
    if known is not None:
        return msgspec.msgpack.decode(known, type=Words)
    raw = read()
    words = words_in(raw)
    if digest(raw) == sha256:
        cache.put_many({key: msgspec.msgpack.encode(words)})
    return words


def words_in(raw: bytes) -> Words:
    """Return what a picture says; nothing where it cannot be read, which is reported elsewhere."""
    from PIL import Image, IptcImagePlugin  # takes long to import

    try:
        with Image.open(io.BytesIO(raw)) as image:
            taken = str(image.getexif().get_ifd(_EXIF).get(_TAKEN, "")).strip("\0 ")
            iptc = IptcImagePlugin.getiptcinfo(image) or {}
            alt, description = _of_xmp(image.info)
    except Exception:  # noqa: BLE001 (Pillow raises much about files that are none)
        return Words()
    return Words(
        alt=alt,
        caption=description or _of_iptc(iptc),
        taken=taken if _MOMENT.fullmatch(taken) else "",
    )


def _of_iptc(datasets: dict[tuple[int, int], Any]) -> str:
    """Return the caption of IPTC's older form, in UTF-8 where it says so or is that."""
    found = datasets.get(_CAPTION, b"")
    raw = found[0] if isinstance(found, list) else found
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        strict = datasets.get(_CHARSET) == _UTF8
        text = raw.decode(errors="replace") if strict else raw.decode("cp1252", errors="replace")
    return _one_line(text)


def _of_xmp(info: dict[Any, Any]) -> tuple[str, str]:
    """Return the alternative text and the description of an XMP packet (ISO 16684-1)."""
    from lxml import etree

    packet = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    raw = packet.encode() if isinstance(packet, str) else bytes(packet)
    start, end = raw.find(b"<x:xmpmeta"), raw.rfind(b">")
    if start < 0:
        start = raw.find(b"<rdf:RDF")
    if start < 0:
        return "", ""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(raw[start : end + 1], parser)
    if root is None:
        return "", ""
    return _in_default_language(root, _ALT), _in_default_language(root, _DESCRIPTION)


def _in_default_language(root: Any, name: str) -> str:
    """Return a text of an XMP packet, which it may give in several languages (rdf:Alt)."""
    for property_ in root.iter(name):
        items = list(property_.iter(f"{_RDF}li"))
        default = [each for each in items if each.get(_LANGUAGE) == "x-default"]
        for each in (*default, *items):
            if text := _one_line(each.text or ""):
                return text
    return ""


def _one_line(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())
