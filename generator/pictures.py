"""Raster pictures -> which files are made of each, and the HTML that shows it.

What a picture needs is decided from its facts alone, and each file's name is known before the file
is made: it carries a digest of the original's bytes, of the settings, and of what makes it. So a
page can be rendered at once, and only what pages mention is made (see picture_steps).
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from importlib.metadata import version
from typing import Literal
from urllib.parse import quote

import msgspec

from generator.assets import Asset
from generator.config import ImageSettings
from generator.markup import Reference

STEP = "pictures-1"
"""Changes whenever a picture's file would come out differently."""

Kind = Literal["avif", "webp", "jpeg", "png", "same"]
"""What a file is made as; `same` is the original without its metadata."""

SMALLEST = 200
"""Pixels. A narrower picture is shown as it is: several sizes of it would save nothing."""

LEAST_STEP = 1.15
"""A width that is less than this much below the next one is left out."""

COLUMN = 684
"""CSS pixels: how wide a picture stands in the theme's text at most. A wider one can be opened."""

SIZES = {
    "": "(min-width: 43em) 684px, 92vw",
    "wide": "(min-width: 66em) 988px, 92vw",
    "gallery": "(min-width: 43em) 333px, (min-width: 36em) 46vw, 92vw",
}
"""How wide the theme shows pictures, by the word in `data-size` (static/css/site.css: --measure,
--wide and .gallery)."""

_SUFFIX: dict[Kind, str] = {"avif": ".avif", "webp": ".webp", "jpeg": ".jpg", "png": ".png"}
_FALLBACK: dict[str, Kind] = {
    "JPEG": "jpeg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "png",
    "AVIF": "avif",
}
_ATTRIBUTE = r"\s{}=\"([^\"]*)\""
SIZED = re.compile(r"(?P<stem>.+)-[0-9]+\.[0-9a-f]{12}\.(?:avif|webp|jpg|png)")
"""The URL, behind `/assets/`, of a file that is made of a picture."""

_SIZES = re.compile(_ATTRIBUTE.format("sizes"))
_ALT = re.compile(r"\salt=(?:\"[^\"]|'[^']|[^\s\"'>])")
_SOURCES = re.compile(r"<picture>(?:<source [^>]*>)*|</picture>")


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """What a file turns out to be. `width` and `height` are pixels as it is seen, `format` is
    Pillow's word. `tone` is the number of its mean colour (see `tone_of`), -1 where one can see
    through it. `fault` tells why it cannot be read; `changed` that it was written to meanwhile.
    """

    width: int = 0
    height: int = 0
    format: str = ""
    animated: bool = False
    tone: int = -1
    fault: str = ""
    changed: bool = False


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be made of a picture. `path` is where it goes, `width` is in pixels, 0 for `same`.

    `key` names what is made: two variants with one key have the same bytes.
    """

    key: bytes
    path: str
    url: str
    source: str
    sha256: str
    kind: Kind
    quality: int
    width: int = 0
    read: Callable[[], bytes]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """How a picture is shown. `url` is what every browser understands, of `width` and `height`
    pixels; `candidates` has for each media type the URLs with their widths."""

    url: str
    width: int
    height: int
    tone: int = -1
    candidates: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()


@cache
def pillow_version() -> str:
    """Return the version of the library that makes pictures, without loading it."""
    return version("pillow")


def plan(
    asset: Asset, facts: Facts, settings: ImageSettings, base: str
) -> tuple[Picture, list[Variant]]:
    """Return how the picture `asset` is shown, and the files that this needs beside its own."""
    width, height = facts.width, facts.height
    plain = Picture(url=asset.url, width=width, height=height, tone=facts.tone)
    if facts.animated or not settings.responsive or width < SMALLEST or asset.read is None:
        return plain, []
    variants: list[Variant] = []

    def variant(kind: Kind, wide: int) -> tuple[str, int]:
        if wide == width and _FALLBACK.get(facts.format) == kind:
            return asset.url, wide  # what it is already, made once more, would only be worse
        made = _variant(asset, kind, wide, settings.quality, base)
        variants.append(made)
        return made.url, wide

    widths = widths_of(width, settings.widths)
    candidates = tuple(
        (f"image/{kind}", tuple(variant(kind, each) for each in widths))
        for kind in settings.formats
    )
    largest = widths[-1]
    shown = plain
    if largest < width or facts.format not in _FALLBACK:
        url, _ = variant(_FALLBACK.get(facts.format, "jpeg"), largest)
        shown = msgspec.structs.replace(
            plain, url=url, width=largest, height=height_at(largest, width, height)
        )
    return msgspec.structs.replace(shown, candidates=candidates), variants


def cleaned(source: str, path: str, sha256: str, read: Callable[[], bytes]) -> Variant:
    """Return the original without metadata, which goes to the output path `path`."""
    return Variant(
        key=_key(sha256, "same", 0, 0),
        path=path,
        url="",
        source=source,
        sha256=sha256,
        kind="same",
        quality=0,
        read=read,
    )


def stem_of(source: str) -> str:
    """Return what the names of all files that are made of a picture begin with."""
    return posixpath.splitext(source.partition("/")[2])[0]


def widths_of(width: int, wanted: Sequence[int]) -> list[int]:
    """Return the widths in which a picture is made: those wanted that it has, its own at the end
    unless it is larger than all of them."""
    widths = [min(width, max(wanted))]
    for each in sorted(set(wanted), reverse=True):
        if each * LEAST_STEP <= widths[0]:
            widths.insert(0, each)
    return widths


def height_at(width: int, full_width: int, full_height: int) -> int:
    """Return the height in whole pixels of a picture made `width` wide."""
    return max(1, round(full_height * width / full_width))


def tone_of(red: int, green: int, blue: int) -> int:
    """Return the number, 0 to 63, of the colour nearest to one: four steps of each of its parts.

    static/css/pictures.css has a rule for each.
    """
    steps = [min(3, part // 64) for part in (red, green, blue)]
    return steps[0] * 16 + steps[1] * 4 + steps[2]


def to_html(tag: str, rest: str, reference: Reference, picture: Picture, *, number: int) -> str:
    """Return an `<img>` as it goes into the page: `tag` is what stands before its address, `rest`
    what stands behind it. `number` counts the pictures of a text from 0."""
    marks = reference.marks.split()
    sizes = _SIZES.search(tag + rest)
    shown = sizes[1] if sizes else escape(SIZES[next((m for m in marks if m in SIZES), "")])
    sources = "".join(
        f'<source type="{media}" srcset="{_srcset(urls)}" sizes="{shown}">'
        for media, urls in picture.candidates
    )
    if sizes and sources:  # they belong to the sources, and the picture itself has no choice
        tag, rest = _SIZES.sub("", tag), _SIZES.sub("", rest)
    tone = f' data-tone="{picture.tone}"' if picture.tone >= 0 else ""
    html = (
        f'{tag}"{escape(picture.url)}" width="{picture.width}" height="{picture.height}"'
        f"{late(tag + rest, number)}{tone}{rest}"
    )
    if sources:
        html = f"<picture>{sources}{html}</picture>"
    if "zoom" in marks and picture.width > COLUMN and _ALT.search(tag + rest):
        html = f'<a class="zoom" href="{escape(picture.url)}">{html}</a>'
    return html


def late(tag: str, number: int) -> str:
    """Return the attributes that say when a picture is to be fetched, where `tag` has none."""
    if " fetchpriority=" in tag or (number <= 0 and " loading=" in tag):
        return ""
    if number == LEAD:
        return ' fetchpriority="high"'
    if number == 0:
        return ""
    loading = "" if " loading=" in tag else ' loading="lazy"'
    decoding = "" if " decoding=" in tag else ' decoding="async"'
    return loading + decoding


LEAD = -1
"""The number of a picture with which a page begins."""


def plain_images(html: str) -> str:
    """Return HTML with each picture as one `<img>`, as feed readers understand it."""
    return _SOURCES.sub("", html) if "<picture>" in html else html


def _variant(asset: Asset, kind: Kind, width: int, quality: int, base: str) -> Variant:
    assert asset.read is not None
    key = _key(asset.original, kind, width, quality)
    path = f"assets/{stem_of(asset.source)}-{width}.{key.hex()[:12]}{_SUFFIX[kind]}"
    return Variant(
        key=key,
        path=path,
        url=f"{base}/{quote(path)}",
        source=asset.source,
        sha256=asset.original,
        kind=kind,
        quality=quality,
        width=width,
        read=asset.read,
    )


def _key(sha256: str, kind: Kind, width: int, quality: int) -> bytes:
    made_by = f"{STEP} pillow={pillow_version()} {sha256} {kind} {width} {quality}"
    return hashlib.sha256(made_by.encode()).digest()


def _srcset(urls: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{escape(url)} {width}w" for url, width in urls)
