"""Mermaid's diagrams -> pictures, drawn when the site is built.

mermaidx runs Mermaid itself, in a small JavaScript engine of its own. The drawing is put into the
page as an image: Mermaid writes styles into it, which the site's security policy forbids in a page
and does not concern in an image.
"""

from __future__ import annotations

import math
import re
from html import escape
from urllib.parse import quote

from generator.markdown.math.formulas import Fault

LANGUAGE = "mermaid"
"""What stands behind the fence of a diagram."""

_SIZE = re.compile(r'<svg[^>]*? viewBox="\S+ \S+ ([0-9.]+) ([0-9.]+)"')
_WIDTH = re.compile(r'(<svg[^>]*?) width="100%"')
_TOLD = re.compile(r"^\s*(?:accDescr|accTitle|title)\s*:?\s+(\S.*?)\s*$", re.MULTILINE)
_KIND = re.compile(r"^(?!\s*%%)\s*([\w-]+)", re.MULTILINE)
_REASON = re.compile(r"(?:Error|error): ?(.*?)(?:-{3,}|$)")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)

_CONFIG = {
    # Words as SVG's text: HTML in an image is shown by few programs beside browsers.
    "htmlLabels": False,
    "flowchart": {"htmlLabels": False},
    "fontFamily": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
}


def drawn(source: str, fault: Fault) -> str:
    """Return a diagram's HTML: the picture, and its source for those who do not see it.

    Where it cannot be drawn, `fault` is reported, and the source stands there alone.
    """
    source = source.strip("\n")
    code = f"<pre><code>{escape(source, quote=False)}</code></pre>"
    try:
        picture = _picture(source)
    except _CannotDrawError as error:
        message, hint = error.args
        fault(message, hint, next(iter(source.split("\n"))).strip())
        return f'<figure class="diagram">{code}</figure>'
    return (
        f'<figure class="diagram">{picture}'
        f"<details><summary>Mermaid</summary>{code}</details></figure>"
    )


class _CannotDrawError(Exception):
    """A message and a hint."""


def _picture(source: str) -> str:
    try:
        import mermaidx
    except ImportError:
        raise _CannotDrawError(
            "a diagram needs mermaidx, which is not installed",
            "pip install mermaidx, or remove `mermaid: true` from site.yaml",
        ) from None
    try:
        svg = mermaidx.render(source, config=_CONFIG, theme="neutral").svg()
    except Exception as error:  # noqa: BLE001 (whatever trips Mermaid is in the diagram)
        said = " ".join(str(error).split())
        reason = _REASON.search(said)
        raise _CannotDrawError(
            f"Mermaid cannot draw this diagram: {(reason[1] if reason else said)[:160].strip()}",
            "https://mermaid.js.org/intro/ explains how diagrams are written",
        ) from None
    size = _SIZE.search(svg)
    if not size:
        raise _CannotDrawError("Mermaid's drawing has no size", "leave the diagram out")
    width, height = (math.ceil(float(each)) for each in size.groups())
    svg = _WIDTH.sub(rf'\1 width="{width}" height="{height}"', svg, count=1).replace('"', "'")
    # Signs that mean something in a URL, or in HTML, are written by their numbers.
    address = "data:image/svg+xml," + quote(svg, safe=" !$'()*,-./:;=?@[]^_{|}~")
    alt = escape(_description(source))
    return f'<img src="{address}" width="{width}" height="{height}" alt="{alt}">'


def _description(source: str) -> str:
    """Return what the diagram says of itself, or its kind: a picture needs words."""
    body = _FRONT_MATTER.sub("", source)
    told = _TOLD.search(source)
    kind = _KIND.search(body)
    return told[1] if told else kind[1] if kind else LANGUAGE
