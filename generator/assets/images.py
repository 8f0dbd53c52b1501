"""Raster pictures -> which files are made of each, and the HTML that shows it.

What a picture needs is decided from its facts alone, and each file's name is known before the file
is made: it carries a digest of the original's bytes, of the settings, and of what makes it. So a
page can be rendered at once, and only what pages mention is made (see picture_steps).
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from html import escape
from typing import Literal
from urllib.parse import quote

import msgspec

from generator.assets.fingerprint import CLEANED, Asset
from generator.config.content import ImageSettings
from generator.core.image_kinds import MADE_JPEG, heif_version
from generator.core.installed import installed_version
from generator.markdown.convert import Reference
from generator.markdown.embedding import OWN

STEP = "pictures-1"
"""Changes whenever a picture's file would come out differently, but for the `same`: CLEANED."""

LOOK = "look-2"
"""Changes whenever another thing is found out about a picture."""

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
_LONGEST: dict[Kind, int] = {"avif": 32_768, "webp": 16_383, "jpeg": 65_500}
"""Pixels: the longest side that a format, or its usual reader, knows (WebP: RFC 9649, section 2.7;
AVIF: libavif's AVIF_DEFAULT_IMAGE_DIMENSION_LIMIT; JPEG: libjpeg's JPEG_MAX_DIMENSION)."""

_FALLBACK: dict[str, Kind] = {
    "JPEG": "jpeg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "png",
    "AVIF": "avif",
}
_REPLACED: dict[str, Kind] = {"TIFF": "jpeg", "BMP": "png"}
"""What is shown in the place of files that browsers do not show, or that nobody should wait for."""

_ATTRIBUTE = r"\s{}=\"([^\"]*)\""
SIZED = re.compile(r"(?P<stem>.+)-[0-9]+\.[0-9a-f]{12}\.(?:avif|webp|jpg|png)")
"""The URL, behind `/assets/`, of a file that is made of a picture."""

_SIZES = re.compile(_ATTRIBUTE.format("sizes"))
_ATTRIBUTES = re.compile(r"\s([^\s\"'=<>/]+)(?:=\"([^\"]*)\")?")
_SOURCES = re.compile(
    r"<picture(?:\s[^>]*)?>\s*|\s*</picture>|<source\s(?=[^>]*srcset=)[^>]*>\s*", re.IGNORECASE
)


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """What a file turns out to be. `width` and `height` are pixels as it is seen, `format` is
    Pillow's word. `tone` is the number of its mean colour (see `tone_of`), -1 where one can see
    through it. `fault` tells why it cannot be shown, `hint` a way out if it is not the usual one;
    `changed` that it was written to meanwhile.
    """

    width: int = 0
    height: int = 0
    format: str = ""
    animated: bool = False
    tone: int = -1
    fault: str = ""
    changed: bool = False
    hint: str = ""


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
    pixels; `candidates` has for each media type the URLs with their widths. `unshown`: pages
    do not show the file itself."""

    url: str
    width: int
    height: int
    tone: int = -1
    unshown: bool = False
    candidates: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()


@cache
def pillow_version() -> str:
    """Return the version of the library that makes pictures, without loading it."""
    return installed_version("pillow")


def plan(
    asset: Asset, facts: Facts, settings: ImageSettings, base: str
) -> tuple[Picture, list[Variant]]:
    """Return how the picture `asset` is shown, and the files that this needs beside its own."""
    width, height = facts.width, facts.height
    unshown = facts.format in _REPLACED
    plain = Picture(url=asset.url, width=width, height=height, tone=facts.tone, unshown=unshown)
    variants: list[Variant] = []

    def variant(kind: Kind, wide: int) -> tuple[str, int]:
        if wide == width and _FALLBACK.get(facts.format) == kind:
            return asset.url, wide  # what it is already, made once more, would only be worse
        made = _variant(asset, kind, wide, settings.quality, base)
        variants.append(made)
        return made.url, wide

    def shown(wide: int) -> Picture:
        tall = height_at(wide, width, height)
        usual = _REPLACED.get(facts.format) or _FALLBACK.get(facts.format, "jpeg")
        url, _ = variant(usual if fits(usual, wide, tall) else "png", wide)
        return msgspec.structs.replace(plain, url=url, width=wide, height=tall)

    if facts.animated or not settings.responsive or width < SMALLEST or facts.format == "ICO":
        return (shown(width) if unshown else plain), variants
    widths = widths_of(width, settings.widths)
    largest = widths[-1]
    candidates = tuple(
        (f"image/{kind}", tuple(variant(kind, each) for each in widths))
        for kind in settings.formats
        if fits(kind, largest, height_at(largest, width, height))
    )
    others = largest < width or unshown
    return msgspec.structs.replace(
        shown(largest) if others else plain, candidates=candidates
    ), variants


def fits(kind: Kind, width: int, height: int) -> bool:
    """Whether a format can hold a picture of so many pixels."""
    return max(width, height) <= _LONGEST.get(kind, max(width, height))


def cleaned(
    source: str, path: str, sha256: str, read: Callable[[], bytes], *, heif: bool = False
) -> Variant:
    """Return the original without metadata, which goes to the output path `path`."""
    return Variant(
        key=_key(sha256, "same", 0, 0, heif=heif),
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


def tone_digits(tone: int) -> str:
    """Return a tone as `red.green.blue`, each from 0 to 3, as static/css/pictures.css has them."""
    return f"{tone >> 4}.{tone >> 2 & 3}.{tone & 3}"


def to_html(tag: str, rest: str, reference: Reference, picture: Picture, *, number: int) -> str:
    """Return an `<img>` as it goes into the page: `tag` is what stands before its address, `rest`
    what stands behind it. `number` counts the pictures of a text from 0."""
    marks = reference.marks.split()
    given = attributes_of(reference.tag or tag + '""' + rest)
    size, own_width = size_of(given, picture.width, picture.height)
    url, candidates = picture.url, () if OWN in marks else picture.candidates
    usual = f"{own_width}px" if 0 < own_width < COLUMN else ""
    shown = given.get("sizes") or usual or escape(SIZES[next((m for m in marks if m in SIZES), "")])
    sources = "".join(
        f'<source type="{media}" srcset="{_srcset(urls)}" sizes="{shown}">'
        for media, urls in candidates
    )
    if "sizes" in given and sources:  # they belong to the sources; the picture has no choice
        tag, rest = _SIZES.sub("", tag), _SIZES.sub("", rest)
    tone = f' data-tone="{tone_digits(picture.tone)}"' if picture.tone >= 0 else ""
    html = f'{tag}"{escape(url)}"{size}{late(given, number)}{tone}{rest}'
    if sources:
        html = f"<picture>{sources}{html}</picture>"
    if "zoom" in marks and (own_width or picture.width) > COLUMN and given.get("alt", "").strip():
        html = f'<a class="zoom" href="{escape(url)}">{html}</a>'
    return html


def attributes_of(tag: str) -> dict[str, str]:
    """Return the attributes of a tag whose values stand in double quotes."""
    return dict(_ATTRIBUTES.findall(tag))


def size_of(given: Mapping[str, str], width: int, height: int) -> tuple[str, int]:
    """Return the attributes that tell a picture's size where its tag does not, and how wide its
    writer wants it in CSS pixels, 0 where they do not say.

    `width` and `height` are the file's. Of a size that is written in part, such as a width alone,
    the rest follows.
    """
    own = {name: given.get(name, "").strip() for name in ("width", "height")}
    wide, high = (int(each) if each.isdecimal() and each.isascii() else 0 for each in own.values())
    if "width" not in given and "height" not in given:
        return (f' width="{width}" height="{height}"' if width and height else ""), 0
    if wide and width and "height" not in given:
        return f' height="{height_at(wide, width, height)}"', wide
    if high and height and "width" not in given:
        wide = height_at(high, height, width)
        return f' width="{wide}"', wide
    return "", wide


def late(given: Mapping[str, str], number: int) -> str:
    """Return the attributes that say when a picture is to be fetched, where its tag does not."""
    if "fetchpriority" in given or (number <= 0 and "loading" in given):
        return ""
    if number == LEAD:
        return ' fetchpriority="high"'
    if number == 0:
        return ""
    loading = "" if "loading" in given else ' loading="lazy"'
    decoding = "" if "decoding" in given else ' decoding="async"'
    return loading + decoding


LEAD = -1
"""The number of a picture with which a page begins."""


def plain_images(html: str) -> str:
    """Return HTML with each picture as one `<img>`, as feed readers understand it."""
    return _SOURCES.sub("", html) if "<picture" in html else html


def _variant(asset: Asset, kind: Kind, width: int, quality: int, base: str) -> Variant:
    assert asset.read is not None
    key = _key(asset.original, kind, width, quality, heif=asset.kind in MADE_JPEG)
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


def _key(sha256: str, kind: Kind, width: int, quality: int, *, heif: bool) -> bytes:
    step = CLEANED if kind == "same" else STEP
    made_by = f"{step} pillow={pillow_version()} {sha256} {kind} {width} {quality}"
    if heif:
        made_by += f" heif={heif_version()}"
    return hashlib.sha256(made_by.encode()).digest()


def _srcset(urls: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{escape(url)} {width}w" for url, width in urls)


class FileLink(msgspec.Struct, frozen=True, kw_only=True):
    """A file that pages may refer to: its URL, and its size in pixels where it is a picture, in
    bytes (`size`) and seconds where it is a recording.

    `picture` is how it is shown where it comes in several sizes, `fault` why it cannot be, with
    the way out as a `hint` if it is not the usual one; `shown` whether it is a picture at all.
    """

    url: str
    width: int = 0
    height: int = 0
    size: int = 0
    seconds: int = 0
    picture: Picture | None = None
    fault: str = ""
    hint: str = ""
    shown: bool = True
