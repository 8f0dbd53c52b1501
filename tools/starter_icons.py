"""Draws the icons of the starters: one mark each, as SVG and in the sizes that systems ask for.

`python tools/starter_icons.py` writes starters/*/static/icons/ and starters/*/static/root/.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

STARTERS = Path(__file__).parents[1] / "starters"
SIDE = 512
FINE = 4
"""Drawn so many times as large, and made smaller, which gives smooth edges."""

Box = tuple[int, int, int, int, int]
"""Left, top, width, height, and the radius of its corners."""

MARKS: dict[str, tuple[str, str, list[tuple[str, Box]]]] = {
    # what it is, the ground, and boxes with their colours
    "blog": ("Three lines of text", "#1c5f48", [
        ("#f4f7f2", (128, 150, 256, 44, 22)),
        ("#f4f7f2", (128, 234, 256, 44, 22)),
        ("#86d1b0", (128, 318, 148, 44, 22)),
    ]),
    "resume": ("A person's head and shoulders", "#27418f", [
        ("#ffffff", (186, 104, 140, 140, 70)),
        ("#a9bdff", (116, 276, 280, 132, 66)),
    ]),
    "photos": ("A picture with a bright sky", "#3a4048", [
        ("#f5e6c8", (104, 128, 304, 256, 28)),
        ("#d98b5f", (278, 164, 84, 84, 42)),
        ("#5d6975", (104, 284, 304, 100, 28)),
    ]),
    "docs": ("Four pigeonholes, one of them filled", "#5b3a8c", [
        ("#ffffff", (116, 116, 128, 128, 24)),
        ("#ffffff", (268, 116, 128, 128, 24)),
        ("#ffffff", (116, 268, 128, 128, 24)),
        ("#c7adf7", (268, 268, 128, 128, 24)),
    ]),
}  # fmt: skip


def as_svg(about: str, ground: str, boxes: list[tuple[str, Box]]) -> str:
    """Return the mark on its ground, whose corners are round."""
    drawn = "".join(
        f'<rect width="{w}" height="{h}" x="{x}" y="{y}" fill="{colour}" rx="{r}"/>\n'
        for colour, (x, y, w, h, r) in boxes
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img" '
        f'aria-label="{about}">\n<rect width="{SIDE}" height="{SIDE}" fill="{ground}" rx="112"/>\n'
        f"{drawn}</svg>\n"
    )


def as_picture(
    ground: str, boxes: list[tuple[str, Box]], size: int, *, round_: bool
) -> Image.Image:
    """Return the same as pixels; `round_`: with round corners and nothing behind them."""
    side = SIDE * FINE
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, side, side), 112 * FINE if round_ else 0, fill=ground)
    for colour, (x, y, w, h, r) in boxes:
        corners = [each * FINE for each in (x, y, x + w, y + h)]
        pen.rounded_rectangle(
            (corners[0], corners[1], corners[2] - 1, corners[3] - 1), r * FINE, colour
        )
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def main() -> None:
    """Write every file of every starter."""
    for name, (about, ground, boxes) in MARKS.items():
        icons, root = STARTERS / name / "static/icons", STARTERS / name / "static/root"
        for folder in (icons, root):
            folder.mkdir(parents=True, exist_ok=True)
        (icons / "icon.svg").write_text(as_svg(about, ground, boxes), encoding="utf-8")
        for size in (192, 512):
            as_picture(ground, boxes, size, round_=True).save(
                icons / f"icon-{size}.png", optimize=True
            )
        as_picture(ground, boxes, 512, round_=False).save(
            icons / "icon-maskable-512.png", optimize=True
        )
        as_picture(ground, boxes, 180, round_=False).save(
            root / "apple-touch-icon.png", optimize=True
        )
        as_picture(ground, boxes, 48, round_=True).save(
            root / "favicon.ico", sizes=[(16, 16), (32, 32), (48, 48)]
        )


if __name__ == "__main__":
    main()
