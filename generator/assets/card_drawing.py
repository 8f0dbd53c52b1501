"""Drawing social cards, with Pillow. Slow to import, so imported only where one is drawn.

The same bytes come out on every machine that has the same Pillow: the font lies beside this module,
and text is laid out by Pillow's own simple layout, not by a library that may be there or not.
"""

from __future__ import annotations

import io
import math
import unicodedata
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pkgutil import get_data
from typing import NamedTuple

from PIL import Image, ImageColor, ImageDraw, ImageFont

from generator.assets.social_cards import HEIGHT, WIDTH, Card

Colour = tuple[int, int, int]

MARGIN = 84
TITLE_TOP, TITLE_BOTTOM = 164, 432
BYLINE_TOP, BYLINE_BOTTOM = 450, 510
LOWER = 48
"""By how much a plain card's byline stands lower, where others have waves."""
EDGE = 16
"""How high the band is that a plain card ends with."""
TITLE_SIZES = (92, 82, 74, 66, 58, 52)
LEADING = 1.18
LEAST_SHOWN = 0.8
"""A text of which the font has less than this share is not shown at all."""

_WHITE, _BLACK = (255, 255, 255), (8, 20, 26)
_STEPS = 6
"""From the ground to the ink of the title: with the waves and the mark, a palette of 16 colours,
which makes four bits of a pixel."""

_FAINT = 0.86
"""How much of the ink the byline has."""

_TWICE = 2  # waves are drawn so much larger and made smaller, which gives them smooth edges


def draw(card: Card) -> bytes:
    """Return a card as a PNG file.

    Words are drawn as a mask and put upon the ground in the few steps that its palette has: a
    picture in full colour, whose colours are counted afterwards, takes twice as long.
    """
    colour = ImageColor.getrgb(card.colour)[:3]
    ground = _ground(colour, card.plain)
    title_bottom = TITLE_BOTTOM + (LOWER if card.plain else 0)
    byline_top = BYLINE_TOP + (LOWER if card.plain else 0)
    image = ground.image.copy()
    width = WIDTH - 2 * MARGIN
    title, site = _known(card.title, "serif"), _known(card.site, "sans")
    if not title and site:  # nothing of the title can be written: the site's name takes its place
        title, site = _known(card.site, "serif"), ""
    words = Image.new("L", (WIDTH, byline_top))
    pen = ImageDraw.Draw(words)
    pen.text(
        (MARGIN + 32, 104), _fitting(site, "sans", 36, width - 32), 255, _font("sans", 36), "lm"
    )
    lines, size = _laid_out(title, width)
    step = round(size * LEADING)
    top = TITLE_TOP + max(0, (title_bottom - TITLE_TOP - step * len(lines)) // 2)
    for number, line in enumerate(lines):
        pen.text((MARGIN, top + step * number + step // 2), line, 255, _font("serif", size), "lm")
    image.paste(words.point(ground.ink), (0, 0))
    words = Image.new("L", (WIDTH, BYLINE_BOTTOM - BYLINE_TOP))
    byline = _fitting(_known(card.byline, "sans"), "sans", 32, width)
    place = (MARGIN, 474 - BYLINE_TOP)
    ImageDraw.Draw(words).text(place, byline, 255, _font("sans", 32), "lm")
    image.paste(words.point(ground.faint), (0, byline_top))
    mark = (MARGIN, 84, MARGIN + 10, 124)
    ImageDraw.Draw(image).rounded_rectangle(mark, 5, fill=ground.mark)
    file = io.BytesIO()
    # Most of a card is runs of one colour, for which this way takes the least time.
    image.save(file, "PNG", compress_type=zlib.Z_RLE)
    return file.getvalue()


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    file = {"serif": "NotoSerif-Bold.ttf", "sans": "NotoSans-Regular.ttf"}[name]
    raw = get_data("generator.assets", f"fonts/{file}")  # part of the program, like its code
    assert raw is not None
    return ImageFont.truetype(io.BytesIO(raw), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _has(name: str, char: str) -> bool:
    """Return whether a font has a character: what it lacks is drawn as the same box."""
    font = _font(name, 40)
    return char.isspace() or bytes(font.getmask(char)) != bytes(font.getmask("\U0010ffff"))


def _known(text: str, name: str) -> str:
    """Return what of a text can be written, or nothing where that is too little to be read."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    kept = "".join(char for char in text if _has(name, char))
    letters = sum(char.isalnum() for char in text)
    readable = sum(char.isalnum() for char in kept) >= LEAST_SHOWN * letters
    return " ".join(kept.split()) if readable else ""


def _laid_out(text: str, width: int) -> tuple[list[str], int]:
    """Return a title's lines, and the largest size at which they have room; the end of a very long
    one is left out."""
    for size in TITLE_SIZES:
        lines = _wrapped(text, size, width)
        if round(size * LEADING) * len(lines) <= TITLE_BOTTOM - TITLE_TOP:
            return lines, size
    most = (TITLE_BOTTOM - TITLE_TOP) // round(size * LEADING)
    rest = " ".join(lines[most - 1 :])
    return [*lines[: most - 1], _fitting(rest, "serif", size, width)], size


def _wrapped(text: str, size: int, width: int) -> list[str]:
    font = _font("serif", size)
    lines: list[str] = []
    for word in _parts(text.split(), font, width):
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _parts(words: Iterable[str], font: ImageFont.FreeTypeFont, width: int) -> Iterable[str]:
    """Yield words; one that is wider than a line is broken."""
    for word in words:
        while font.getlength(word) > width:
            end = max(1, _most(word, font, width))
            yield word[:end]
            word = word[end:]
        yield word


def _most(text: str, font: ImageFont.FreeTypeFont, width: float) -> int:
    """Return how many of a text's characters have room, without measuring all beginnings."""
    return bisect_right(range(len(text)), width, key=lambda end: font.getlength(text[: end + 1]))


@lru_cache(64)  # of the site and its authors again and again
def _fitting(text: str, name: str, size: int, width: int) -> str:
    """Return a text, cut at its end where it is wider than `width`."""
    font = _font(name, size)
    if font.getlength(text) <= width:
        return text
    text = text[: _most(text, font, width - font.getlength("…"))]
    return f"{text.rstrip(' ,;:.')}…"


class _Ground(NamedTuple):
    """A card without words, whose pixels are places in its palette, and those of what comes upon
    it: for each strength of the title's ink and of the byline's, and the mark's."""

    image: Image.Image
    ink: Sequence[int]
    faint: Sequence[int]
    mark: int


@cache
def _ground(colour: Colour, plain: bool) -> _Ground:
    """Return a card without words: the site's colour, and below it water or, `plain`, an edge."""
    dark = _contrast(colour, _WHITE) >= 3
    ink = _WHITE if dark else _BLACK
    near = _between(colour, _BLACK, 0.34)
    far = _between(colour, _WHITE, 0.3) if dark else _between(colour, _BLACK, 0.16)
    waves, mixtures = _edge() if plain else _waves()
    mixed = [_mixed(colour, far, of_far, near, of_near) for of_far, of_near in mixtures]
    steps = [_between(colour, ink, (number + 1) / _STEPS) for number in range(_STEPS)]
    palette = [*mixed, *steps, _between(colour, ink, 0.45) if plain else _buoy(colour)]
    image = waves.copy()
    image.putpalette([part for each in palette for part in each])
    places = [0, *range(len(mixed), len(mixed) + _STEPS)]
    return _Ground(
        image,
        [places[round(strength * _STEPS / 255)] for strength in range(256)],
        [places[round(strength * _FAINT * _STEPS / 255)] for strength in range(256)],
        len(palette) - 1,
    )


@cache
def _waves() -> tuple[Image.Image, list[tuple[int, int]]]:
    """Return the water, and what each number in it is: how many of a pixel's quarters are of the
    far wave and of the near one. The first is none, the ground."""
    large = Image.new("L", (WIDTH * _TWICE, HEIGHT * _TWICE), 0)
    pen = ImageDraw.Draw(large)
    # The mean of four pixels is then the number of far ones and ten times that of near ones.
    pen.polygon(_wave(536, 15, 400, 0.0), fill=4)
    pen.polygon(_wave(566, 12, 300, 1.9), fill=40)
    small = large.reduce(_TWICE)
    found = [value for value, count in enumerate(small.histogram()) if count]
    image = small.point([found.index(value) if value in found else 0 for value in range(256)])
    image.putpalette([0, 0, 0])  # makes places in a palette of the numbers
    return image, [(value % 10, value // 10) for value in found]


def _edge() -> tuple[Image.Image, list[tuple[int, int]]]:
    """Return the same of a plain card: a band along its lower edge, in the near wave's colour."""
    image = Image.new("P", (WIDTH, HEIGHT), 0)
    image.paste(1, (0, HEIGHT - EDGE, WIDTH, HEIGHT))
    return image, [(0, 0), (0, 4)]


def _mixed(ground: Colour, far: Colour, of_far: int, near: Colour, of_near: int) -> Colour:
    """Return the colour of a pixel of which so many quarters are of the waves."""
    rest = 4 - of_far - of_near
    red, green, blue = (
        (rest * a + of_far * b + of_near * c + 2) // 4
        for a, b, c in zip(ground, far, near, strict=True)
    )
    return red, green, blue


def _wave(top: int, height: int, length: int, start: float) -> Sequence[tuple[float, float]]:
    points = [
        (x, _TWICE * (top + height * math.sin(start + 2 * math.pi * x / (length * _TWICE))))
        for x in range(0, WIDTH * _TWICE + 1, 4)
    ]
    return [*points, (WIDTH * _TWICE, HEIGHT * _TWICE), (0, HEIGHT * _TWICE)]


def _buoy(ground: Colour) -> Colour:
    """Return the colour of the mark beside the site's name: one that shows on the ground."""
    red, pale = (232, 98, 60), (255, 214, 190)
    return red if _contrast(ground, red) >= 1.6 else pale


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
