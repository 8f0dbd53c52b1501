"""What a style attribute says, as classes of the theme's.

The published site's security policy blocks `style="..."`. Alignment, floating, width and colour
have classes in static/css/site.css; colours become the theme's nearest, which can be read on a
light and on a dark ground.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

_SHOWN = frozenset({"img", "video", "iframe", "canvas"})
"""Elements that have a width of their own, in pixels."""

_WIDTHS = (10, 20, 25, 30, 33, 40, 50, 60, 66, 70, 75, 80, 90, 100)
"""The widths in percent that have a class."""

_COLUMN = 648
"""About how many pixels wide a text is."""

_NOTHING = {
    "color": {"inherit", "initial", "unset", "currentcolor", "var(--ink)"},
    "float": {"none"},
    "width": {"auto", "initial"},
    "height": {"auto", "initial", "100%"},
    "max-width": {"100%"},
    "text-align": {"inherit", "initial"},
}
"""Values that say what is so without them."""

_HUES = (
    *((15, "red"), (42, "orange"), (68, "yellow"), (162, "green"), (195, "teal"), (255, "blue")),
    *((300, "purple"), (342, "pink"), (360, "red")),
)
"""Up to which hue, in degrees, a colour has a name."""


class Styled(NamedTuple):
    """What became of a style attribute: classes, a width in pixels, and for the report which
    declarations became which class, and which became nothing."""

    classes: tuple[str, ...]
    width: int
    became: tuple[tuple[str, str], ...]
    lost: tuple[str, ...]


def styled(style: str, element: str) -> Styled:
    """Return what a style attribute's value becomes on an element of this name."""
    became: list[tuple[str, str]] = []
    lost: list[str] = []
    width = 0
    given = dict(_declarations(style))
    centred = _is_centred(given)
    for name, value in given.items():
        shown = f"{name}: {value}"
        pixels = _pixels(value) if name == "width" else 0
        if value in _NOTHING.get(name, ()):
            continue
        if centred and (name.startswith("margin") or shown == "display: block"):
            became.append((shown, "block-center"))
        elif pixels and element in _SHOWN:
            width = pixels
        elif name == "height" and element in _SHOWN and _pixels(given.get("width", "")):
            continue  # which follows from the width
        elif found := _class_of(name, value, pixels):
            became.append((shown, found))
        elif not (name == "color" and _is_ink(value)):
            lost.append(shown)
    classes = tuple(dict.fromkeys(found for _, found in became))
    return Styled(classes, width, tuple(became), tuple(lost))


def _declarations(style: str) -> Iterator[tuple[str, str]]:
    for one in re.split(r";(?![^(]*\))", unescape(style)):
        name, colon, value = one.partition(":")
        value = " ".join(value.lower().replace("!important", "").split())
        if colon and name.strip() and value:
            yield name.strip().lower(), value


def _is_centred(given: dict[str, str]) -> bool:
    sides = (given.get("margin-left"), given.get("margin-right"))
    return (
        sides == ("auto", "auto")
        or re.fullmatch(r"(?:\S+ )?auto(?: \S+ auto)?", given.get("margin", "")) is not None
    )


def _pixels(value: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(px|em|rem|pt)?", value)
    if not found:
        return 0
    scale = {"em": 16.0, "rem": 16.0, "pt": 4 / 3}.get(found[2] or "", 1.0)
    return round(float(found[1]) * scale)


def _class_of(name: str, value: str, pixels: int) -> str:
    if name == "text-align":
        side = {"start": "left", "end": "right", "-webkit-center": "center"}.get(value, value)
        return f"text-{side}" if side in ("left", "center", "right", "justify") else ""
    if name == "float":
        return f"float-{value}" if value in ("left", "right") else ""
    if name == "width":
        percent = re.fullmatch(r"(\d+(?:\.\d+)?)%", value)
        wanted = float(percent[1]) if percent else 100 * pixels / _COLUMN
        return f"width-{min(_WIDTHS, key=lambda one: abs(one - wanted))}" if wanted else ""
    return _colour_class(value) if name == "color" else ""


def _rgb(value: str) -> tuple[float, ...] | None:
    from PIL import ImageColor  # which knows the names, too

    try:
        return tuple(part / 255 for part in ImageColor.getrgb(value.replace(" ", ""))[:3])
    except ValueError:
        return None


def _is_ink(value: str) -> bool:
    rgb = _rgb(value)
    return rgb is not None and max(rgb) < 0.25


def _colour_class(value: str) -> str:
    """Return the class of the theme's colour that is nearest; empty for white, which is meant for a
    ground that is not there."""
    rgb = _rgb(value)
    if rgb is None or max(rgb) < 0.25 or min(rgb) > 0.85:
        return ""
    hue, lightness, saturation = colorsys.rgb_to_hls(*rgb)
    if saturation < 0.15 or lightness < 0.12:
        return "color-gray"
    degrees = hue * 360
    return f"color-{next(name for end, name in _HUES if degrees <= end)}"
