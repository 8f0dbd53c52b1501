"""Draws the landscapes that the starter `photos` shows until its owner has photographs.

`python tools/starter_pictures.py` writes them into the starter, always the same.
"""

from __future__ import annotations

import itertools
import random
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

POSTS = Path(__file__).parents[1] / "starters" / "photos" / "content" / "posts"
WIDE, TALL = (1600, 1067), (1067, 1420)

Colour = tuple[int, int, int]

PICTURES: dict[str, tuple[tuple[int, int], str, str, str, int, tuple[float, float] | None]] = {
    # path: size, sky above, sky at the horizon, the nearest ridge, layers, where the sun is
    "2026-11-02-before-the-cold/first-frost.webp": (
        WIDE, "#5b7fa6", "#f6d9c0", "#1d2a3a", 6, (0.72, 0.42),
    ),
    "2026-11-02-before-the-cold/pass.webp": (WIDE, "#8aa7bf", "#eef0ea", "#26333b", 7, None),
    "2026-11-02-before-the-cold/evening.webp": (
        TALL, "#2d3561", "#f0a36b", "#14162b", 5, (0.4, 0.55),
    ),
    "2026-09-12-a-week-of-dust/noon.webp": (WIDE, "#7fb0c9", "#f5e6c8", "#7a3b20", 5, None),
    "2026-09-12-a-week-of-dust/long-shadows.webp": (
        WIDE, "#d98b5f", "#fbe3b0", "#52231a", 6, (0.22, 0.38),
    ),
    "2026-06-21-the-shortest-night/eleven.webp": (
        WIDE, "#27406b", "#e6a58c", "#0f1b2b", 6, (0.55, 0.6),
    ),
    "2026-06-21-the-shortest-night/two.webp": (TALL, "#0d1530", "#51648f", "#060a16", 6, None),
    "2026-04-04-rain-and-then-not/after.webp": (WIDE, "#6f8f86", "#dfe8d4", "#1c332a", 8, None),
    "2026-04-04-rain-and-then-not/gap.webp": (
        WIDE, "#55707f", "#f4efd0", "#1b2e33", 6, (0.62, 0.36),
    ),
    "2026-02-08-fog-mostly/ridges.webp": (WIDE, "#a9b3bd", "#e9ebec", "#4a5560", 9, None),
    "2026-02-08-fog-mostly/colder.webp": (WIDE, "#8fa0b5", "#dfe6ee", "#2c3846", 6, None),
}  # fmt: skip


def rgb(text: str) -> Colour:
    """ "#ff8000" -> (255, 128, 0)."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two; `share` is how much of the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def ridge(width: int, rough: float, chance: random.Random) -> list[float]:
    """Return heights from -1 to 1 along a ridge, by halving and displacing."""
    heights = [chance.uniform(-0.5, 0.5), chance.uniform(-0.5, 0.5)]
    spread = 0.55
    while len(heights) < width:
        between = [
            (a + b) / 2 + chance.uniform(-spread, spread) for a, b in itertools.pairwise(heights)
        ]
        heights = [each for pair in zip(heights, between, strict=False) for each in pair] + [
            heights[-1]
        ]
        spread *= rough
    return heights[:width]


def draw(name: str) -> Image.Image:
    """Draw one picture."""
    (width, height), above, horizon, near, layers, sun = PICTURES[name]
    chance = random.Random(name)  # noqa: S311 (a picture, not a secret)
    top, low, front = rgb(above), rgb(horizon), rgb(near)
    fade = Image.linear_gradient("L").resize((width, height), Image.Resampling.BICUBIC)
    picture = Image.composite(
        Image.new("RGB", (width, height), low), Image.new("RGB", (width, height), top), fade
    )
    if sun:
        light = Image.new("L", (width, height), 0)
        x, y, r = sun[0] * width, sun[1] * height, width * 0.035
        glow = ImageDraw.Draw(light)
        glow.ellipse((x - 6 * r, y - 6 * r, x + 6 * r, y + 6 * r), fill=120)
        light = light.filter(ImageFilter.GaussianBlur(width * 0.09))
        ImageDraw.Draw(light).ellipse((x - r, y - r, x + r, y + r), fill=235)
        light = light.filter(ImageFilter.GaussianBlur(2))
        picture.paste(Image.new("RGB", (width, height), (255, 246, 224)), (0, 0), light)
    for layer in range(layers):
        share = (layer + 1) / layers
        base = height * (0.5 + 0.42 * share**1.25)
        swing = height * (0.17 - 0.06 * share)
        line = [
            (x, base + swing * each)
            for x, each in enumerate(ridge(width, 0.5 + 0.04 * chance.random(), chance))
        ]
        mask = Image.new("L", (width, height), 0)
        ImageDraw.Draw(mask).polygon([(0, height), *line, (width, height)], fill=255)
        mask = mask.filter(ImageFilter.GaussianBlur(1.1))
        colour = mixed(low, front, 0.12 + 0.88 * share**1.1)
        haze = mixed(colour, low, 0.5 * (1 - share) + 0.12)
        ground = Image.composite(
            Image.new("RGB", (width, height), haze), Image.new("RGB", (width, height), colour), fade
        )
        picture.paste(ground, (0, 0), mask)
    noise = Image.frombytes("L", (width, height), chance.randbytes(width * height))
    grain = Image.blend(Image.new("L", noise.size, 128), noise, 0.05).convert("RGB")
    return ImageChops.overlay(picture, grain)


def main() -> None:
    """Write all pictures, or those whose names hold the word that is given."""
    for name in PICTURES:
        if len(sys.argv) < 2 or sys.argv[1] in name:
            file = POSTS / name
            file.parent.mkdir(parents=True, exist_ok=True)
            draw(name).save(file, "WEBP", quality=72, method=6)
            print(file, file.stat().st_size)


if __name__ == "__main__":
    main()
