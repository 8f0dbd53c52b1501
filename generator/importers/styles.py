"""Style attributes of old texts -> classes of the theme's; scripts and frames are reported.

What has a class (see core.styles) becomes one. The rest is left out, and reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from generator.core.styles import Styled, styled
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
_GONE = "\ue00a"

STYLE_HINT = "give the element a class, and write its style into static/css/site.css"


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


_OWN_SCRIPT = re.compile(r"<script\b[^>]*?\ssrc\s*=\s*[\"']?(?!\w+:|//)[^\"'\s>]", re.IGNORECASE)


def tell_blocked(lines: list[Line], tell: Reporter, path: str) -> None:
    """Tell every script and frame in a text, but the site's own scripts, which may run."""
    for line in lines:
        text = _OWN_SCRIPT.sub("", line.text) if "<script" in line.text else line.text
        if "<" in text and (found := _BLOCKED.search(text)):
            hint = "Tidepost's security policy blocks it; see docs/writing.md"
            tell.left(path, line.source, f"`{found[0].strip()}` in the text", hint)
