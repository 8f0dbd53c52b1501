"""Pictures, films and sounds in the HTML of a body: one form for each, whoever wrote its tag.

Markdown, a shortcode and a person who writes HTML all write `<img>`; each comes out with its
attributes in double quotes, and with a `data-size` that asks for all that generator.assets.images
does. What its writer said of size, sources and loading stays. A picture whose file is a film or a
sound becomes an element that plays it.
"""

from __future__ import annotations

import html as html_entities
import posixpath
import re
from collections.abc import Mapping
from urllib.parse import unquote

from generator.core.image_kinds import FILMS, SOUNDS, suffix_of

OWN = "own"
"""The word in `data-size` of a picture whose sources its writer chose."""

FILM = "film"
"""The word in `data-size` of a film, which is given its size and nothing else."""

_SIZE_MARK = ' data-size="'
_PICTURE_ALONE = re.compile(r'<p>(<img (?:[^<>"]|"[^"]*")*+>)</p>')

_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s/>][^\s/>=]*+)(?:\s*+=\s*+"
    r"(?:\"(?P<double>[^\"]*+)(?:\"|\Z)|'(?P<single>[^']*+)(?:'|\Z)|(?P<bare>[^\s>\"'][^\s>]*+)))?"
)
"""An attribute (HTML Standard, 13.2.5.32 to 13.2.5.38)."""

ATTRIBUTES = r"(?:[\s/]++|" + re.sub(r"\?P<\w+>", "?:", _ATTRIBUTE.pattern) + ")*+"
"""What stands in a tag behind its name."""

_TOKEN = re.compile(
    r"<!--(?:.*?-->|.*\Z)"
    r"|<(?P<raw>script|style|textarea|title|iframe|xmp|noembed|noframes)(?=[\s/>])"
    r"(?:.*?</(?P=raw)[\s/>]|.*\Z)"
    rf"|<(?P<end>/?)(?P<name>[a-z][^\s/>]*+)(?P<attributes>{ATTRIBUTES})(?P<whole>>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_START = re.compile(r"<(?:img|video)[\s/]", re.IGNORECASE)
_ENDS_PARAGRAPH = re.compile(r"\s*</p>", re.IGNORECASE)
_BOXES = re.compile(r"</?(?:blockquote|div|section|article|center)(?=[\s/>])[^<>]*>", re.IGNORECASE)
_NEAR = 300
"""Characters: how far tags may reach that stand on one line with a picture."""

_PICKED = frozenset(("a", "button", "label", "summary"))
"""Elements that do something when they are chosen, so that nothing in them can."""

_PARTS = frozenset(("li", "td", "th", "dd", "dt"))

_ONLY_OF_IMAGES = frozenset(
    ("alt", "data-size", "decoding", "fetchpriority", "ismap", "loading", "sizes", "srcset")
)
_WITHOUT_VALUE = frozenset(("autoplay", "controls", "ismap", "loop", "muted", "playsinline"))
_ONLY_OF_FILMS = frozenset(("width", "height", "poster", "playsinline"))


def embed(html: str) -> str:
    """Return HTML with its pictures, films and sounds in the form that this module is about."""
    if not _START.search(html):
        return html
    if "<p><img " in html:
        html = _PICTURE_ALONE.sub(_figure, html)
    parts: list[str] = []
    place = 0
    inside: list[str] = []  # of the elements that matter, the outermost first
    wide: list[bool] = []  # for each figure among them
    alone_from = -1  # where a paragraph begins
    for found in _TOKEN.finditer(html):
        name = (found["name"] or "").lower()
        if found["whole"] == "":
            break  # a tag that never ends, which browsers leave out with all that follows
        if name == "img" and not found["end"]:
            starts = not html[alone_from : found.start()].strip() if alone_from >= 0 else False
            parts += (
                html[place : found.start()],
                _embedded(
                    found["attributes"],
                    inside,
                    alone=_is_alone(html, found, inside, starts=starts),
                    wide=bool(wide and wide[-1]),
                ),
            )
            place = found.end()
        elif name == "video":
            if not found["end"]:
                parts += (html[place : found.start()], _sized_film(found))
                place = found.end()
        elif name == "p":
            if "p" in inside:
                inside.remove("p")
            alone_from = -1
            if not found["end"]:
                inside.append("p")
                alone_from = found.end()
        elif name in _PICKED or name in _PARTS or name in ("picture", "figure"):
            if not found["end"]:
                inside.append(name)
                if name == "figure":
                    wide.append("wide" in _values(found["attributes"]).get("class", "").split())
            elif name in inside:
                del inside[len(inside) - 1 - inside[::-1].index(name)]
                if name == "figure":
                    wide.pop()
    parts.append(html[place:])
    return "".join(parts)


def _is_alone(html: str, found: re.Match[str], inside: list[str], *, starts: bool) -> bool:
    """Whether nothing but a picture stands in its paragraph, or on its lines where HTML has none,
    so that it can be opened by a click."""
    if not _PICKED.isdisjoint(inside) or "picture" in inside:
        return False
    if "p" in inside:
        return starts and bool(_ENDS_PARAGRAPH.match(html, found.end()))
    if inside:  # a figure, which is about its picture, or a small part of a list or a table
        return inside[-1] == "figure"
    before = html[max(0, found.start() - _NEAR) : found.start()].rpartition("\n")[2]
    after = html[found.end() : found.end() + _NEAR].partition("\n")[0]
    return not (_BOXES.sub("", before).strip() or _BOXES.sub("", after).strip())


def _embedded(written: str, inside: list[str], *, alone: bool, wide: bool) -> str:
    """Return an `<img>` in its one form, or what plays the film or the sound that it names."""
    values = _values(written)
    source = values.get("src", "")
    if not source.strip():
        return f"<img{_written(values)}>"
    suffix = _suffix(source)
    if suffix in FILMS + SOUNDS and "picture" not in inside and _PICKED.isdisjoint(inside):
        return _player(values, suffix)
    marks = values.pop("data-size", None)
    if "picture" in inside or "srcset" in values:
        marks = OWN
    elif marks is None:
        marks = f"{'zoom' if alone else ''}{' wide' if wide else ''}".strip()
    return f'<img{_SIZE_MARK}{marks}"{_written(values)}>'


def _sized_film(found: re.Match[str]) -> str:
    """Return the tag of a film that its writer wrote, so that it gets its size."""
    values = _values(found["attributes"])
    if "src" not in values or "data-size" in values:
        return found[0]
    return f'<video{_SIZE_MARK}{FILM}"{_written(values)}>'


def _player(values: Mapping[str, str], suffix: str) -> str:
    """Return the element that plays a film or a sound, with a link for readers that cannot."""
    film = suffix in FILMS
    dropped = _ONLY_OF_IMAGES if film else _ONLY_OF_IMAGES | _ONLY_OF_FILMS
    kept = {name: value for name, value in values.items() if name not in dropped | {"src"}}
    source, alt = values["src"], values.get("alt", "").strip()
    name = "video" if film else "audio"
    shown = {"src": source, "controls": "", "preload": "metadata"}
    if film:
        shown["playsinline"] = ""
    if alt and "aria-label" not in kept:
        shown["aria-label"] = alt
    size = f'{_SIZE_MARK}{FILM}"' if film else ""
    file = posixpath.basename(unquote(re.split(r"[?#]", source, maxsplit=1)[0]))
    words = alt or file
    return f'<{name}{size}{_written(shown | kept)}><a href="{source}">{words}</a></{name}>'


def _suffix(source: str) -> str:
    return suffix_of(re.split(r"[?#]", html_entities.unescape(source).strip(), maxsplit=1)[0])


def _values(written: str) -> dict[str, str]:
    """Return attributes by their names in small letters, fit for double quotes. Of two with one
    name the first counts."""
    values: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(written):
        given = (found[name] for name in ("double", "single", "bare") if found[name] is not None)
        value = next(given, "")
        value = value.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
        values.setdefault(found["name"].lower(), value)
    return values


def _written(values: Mapping[str, str]) -> str:
    return "".join(
        f" {name}" if not value and name in _WITHOUT_VALUE else f' {name}="{value}"'
        for name, value in values.items()
    )


def _figure(found: re.Match[str]) -> str:
    """Return a picture that stands alone in its paragraph: it can be opened in full, its title is
    a caption, and a `credit` tells whose it is."""
    tag = found[1]
    if f'{_SIZE_MARK}"' not in tag:
        return found[0]  # an image that its writer wrote as HTML
    values = {name: _attribute(name, tag) for name in ("title", "credit", "class")}
    wide = "wide" in html_entities.unescape(values["class"]).split()
    tag = tag.replace(_SIZE_MARK + '"', f'{_SIZE_MARK}zoom{" wide" if wide else ""}"')
    if not (wide or values["title"] or values["credit"]):
        return f"<p>{tag}</p>"
    for name in ("title", "credit"):
        tag = tag.replace(f' {name}="{values[name]}"', "")
    if wide:
        others = " ".join(name for name in values["class"].split() if name != "wide")
        kept = f' class="{others}"' if others else ""
        tag = tag.replace(f' class="{values["class"]}"', kept)
    title, credit = (
        html_entities.escape(html_entities.unescape(values[name]), quote=False)
        for name in ("title", "credit")
    )
    words = f"{title} <small>{credit}</small>".strip() if credit else title
    caption = f"<figcaption>{words}</figcaption>\n" if words else ""
    of_class = ' class="wide"' if wide else ""
    return f"<figure{of_class}>\n{tag}\n{caption}</figure>"


def _attribute(name: str, tag: str) -> str:
    """Return the value of an attribute as it stands in a tag that Markdown made."""
    found = re.search(rf' {name}="([^"]*)"', tag)
    return found[1] if found else ""
