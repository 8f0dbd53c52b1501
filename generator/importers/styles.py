"""Style attributes of old texts -> classes of the theme's; scripts and frames are reported.

The published site's security policy blocks `style="..."`. Alignment, floating, width and colour
have classes in static/css/site.css; colours become the theme's nearest, which can be read on a
light and on a dark ground. The rest is left out, and reported.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from typing import NamedTuple

from generator.importers.lines import Line
from generator.importers.reporter import Reporter
from generator.markdown.reading import spans

_TAG = re.compile(
    r"<(?P<name>[a-zA-Z][\w-]*)(?P<rest>(?:\s+[^\s\"'<>=/]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>`]+))?)++)"
    r"(?=\s*/?>)"
)
_ATTRIBUTE = re.compile(
    r"\s+(?P<name>[^\s\"'<>=/]+)(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'<>`]+))?"
)
_VERBATIM = re.compile(
    r"<!--.*?-->|<(script|style|textarea)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE
)
_LIST = re.compile(
    r"(?P<behind>\))?\{(?P<colon>:?)(?P<inside>[^{}\n]*?\bstyle\s*=\s*(?:\"[^\"\n]*\"|'[^'\n]*')[^{}\n]*)\}"
)
_IN_LIST = re.compile(r"\s*\bstyle\s*=\s*(\"[^\"\n]*\"|'[^'\n]*')")
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


_GONE = "\ue00a"

STYLE_HINT = "give the element a class, and write its style into static/css/site.css"


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


_OF_WORDPRESS = {
    **{f"has-text-align-{side}": f"text-{side}" for side in ("left", "center", "right")},
    "alignleft": "float-left",
    "alignright": "float-right",
    "aligncenter": "block-center",
    "has-vivid-red-color": "color-red",
    "has-luminous-vivid-orange-color": "color-orange",
    "has-luminous-vivid-amber-color": "color-yellow",
    "has-vivid-green-cyan-color": "color-green",
    "has-vivid-cyan-blue-color": "color-blue",
    "has-vivid-purple-color": "color-purple",
    "has-pale-pink-color": "color-pink",
    "has-cyan-bluish-gray-color": "color-gray",
}
"""WordPress's own classes (wp-includes/theme.json and its block library)."""


def of_wordpress(classes: Iterable[str], element: str) -> list[str]:
    """Return the theme's classes for those of WordPress's; only pictures stand aside by one."""
    found = [_OF_WORDPRESS.get(one, "") for one in classes]
    return [one for one in found if one and (element == "img" or ("-" in one and one[0] in "tc"))]


def report(made: Styled, say: Reporter, path: str, line: int) -> None:
    """Report what became of a style attribute."""
    for shown, found in made.became:
        say.changed(path, line, f"the style `{shown}` became the class `{found}`")
    for shown in made.lost:
        say.left(path, line, f"the style `{shown}` is left out", STYLE_HINT)


def set_styles(lines: list[Line], say: Reporter, path: str) -> list[Line]:
    """Write style attributes, of HTML and of attribute lists, as classes."""
    if not any("style" in line.text for line in lines):
        return lines
    text = "\n".join(line.text for line in lines)

    def told(place: int) -> Callable[[Styled], None]:
        line = lines[text.count("\n", 0, place)].source
        return lambda made: report(made, say, path, line)

    def tag(found: re.Match[str]) -> str:
        return _with_classes(found, told(found.start()))

    def braces(found: re.Match[str]) -> str:
        return _list_with_classes(found, told(found.start()))

    found = spans(text)
    parts: list[str] = []
    end = 0
    code = list(zip(found.code.starts, found.code.ends, strict=True))
    html = set(zip(found.html.starts, found.html.ends, strict=True))
    for start, stop in sorted({*code, *html}):
        if start < end:
            continue
        parts.append(_replaced(_LIST, braces, text, end, start))
        if (start, stop) in html:
            place = start
            for kept in _VERBATIM.finditer(text, start, stop):
                parts += (_replaced(_TAG, tag, text, place, kept.start()), kept[0])
                place = kept.end()
            parts.append(_replaced(_TAG, tag, text, place, stop))
        else:
            parts.append(text[start:stop])
        end = stop
    parts.append(_replaced(_LIST, braces, text, end, len(text)))
    out: list[Line] = []
    number = 0
    for new in "".join(parts).split("\n"):
        out.append(Line(new.replace(_GONE, ""), lines[number].source))
        number += 1 + new.count(_GONE)
    return out


def _replaced(
    pattern: re.Pattern[str],
    change: Callable[[re.Match[str]], str],
    text: str,
    start: int,
    stop: int,
) -> str:
    """Return a part of a text with what a pattern finds in it replaced; `_GONE` stands for each end
    of a line that is left out."""
    parts: list[str] = []
    place = start
    for found in pattern.finditer(text, start, stop):
        new = change(found)
        missing = found[0].count("\n") - new.count("\n")
        parts += (text[place : found.start()], new, _GONE * missing)
        place = found.end()
    return "".join((*parts, text[place:stop]))


def _with_classes(found: re.Match[str], told: Callable[[Styled], None]) -> str:
    """Return the beginning of a tag with classes in the place of its style."""
    given = list(_ATTRIBUTE.finditer(found["rest"]))
    names = {one["name"].lower(): (one["value"] or "").strip("\"'") for one in given}
    if "style" not in names:
        return found[0]
    made = styled(names["style"], found["name"].lower())
    told(made)
    kept = "".join(one[0] for one in given if one["name"].lower() not in ("style", "class"))
    classes = " ".join(dict.fromkeys((*names.get("class", "").split(), *made.classes)))
    sized = f' width="{made.width}"' if made.width and "width" not in names else ""
    named = f' class="{classes}"' if classes else ""
    return f"<{found['name']}{named}{kept}{sized}"


def _list_with_classes(found: re.Match[str], told: Callable[[Styled], None]) -> str:
    """Return an attribute list with classes in the place of its style."""
    inside = found["inside"]
    style = _IN_LIST.search(inside)
    if style is None:
        return found[0]
    made = styled(style[1][1:-1], "img" if found["behind"] else "")
    told(made)
    rest = f"{inside[: style.start()]}{inside[style.end() :]}".strip()
    sized = [f'width="{made.width}"'] if made.width else []
    words = " ".join([*([rest] if rest else []), *(f".{one}" for one in made.classes), *sized])
    behind = found["behind"] or ""
    colon = ": " if found["colon"] else ""
    return f"{behind}{{{colon}{words}}}" if words else behind


_BLOCKED = re.compile(r"<(?:script|iframe|object|embed|style)\b[^>]*>?", re.IGNORECASE)


def tell_blocked(lines: list[Line], tell: Reporter, path: str) -> None:
    """Tell every script and frame in a text."""
    for line in lines:
        if "<" in line.text and (found := _BLOCKED.search(line.text)):
            hint = "Tidepost's security policy blocks it; see docs/writing.md"
            tell.left(path, line.source, f"`{found[0].strip()}` in the text", hint)
