"""The text of a page that the old program built, for what cannot be converted from its source."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree
from lxml import html as parser

from generator.importers.comparison.cleaning import clean
from generator.importers.comparison.pages import nearest
from generator.importers.lines import Line, each_text
from generator.importers.model import Target
from generator.importers.reporter import Reporter
from generator.importers.wordpress.html import page_to_markdown

_TAG = re.compile(r"\{%-?\s*[A-Za-z]|\{\{[-<%]?\s*[A-Za-z/]")


def _has_tags(lines: list[Line]) -> bool:
    """Return whether tags of templates stand in a text outside of its code."""
    found: list[str] = []

    def look(text: str, _line: int) -> str:
        found.extend(_TAG.findall(text))
        return text

    each_text(lines, look)
    return bool(found)


def from_built(
    lines: list[Line],
    target: Target,
    url: str,
    resolve: Callable[[str], tuple[str, str]],
    tell: Reporter,
    path: str,
    *,
    unreported: bool = False,
) -> list[Line] | None:
    """Return the text of the page that was at `url`, as Markdown, where `lines` still have tags of
    templates and the built page is there; else None.

    `unreported`: so it is where tags stand in the text that nobody reported. `resolve(address)`
    gives an address in it as it is now, and why it leads nowhere.
    """
    page = target.built.get(url) or target.built.get(f"{url.rstrip('/')}/")
    if page is None or not (tell.has_tags(path) or (unreported and _has_tags(lines))):
        return None
    first = lines[0].source if lines else 1
    try:
        root = parser.document_fromstring(page.read().decode("utf-8", errors="replace"))
    except (etree.ParserError, ValueError):
        return None
    clean(root)
    body = nearest(root, " ".join(line.text for line in lines).split())
    if body is None:
        return None
    for heading in list(body.iter("h1", "svg", "button", "input", "select")):
        heading.drop_tree()  # the title, and what scripts of the old look worked on

    def notes(kind: str, _line: int, message: str, hint: str) -> None:
        (tell.left if kind == "left" else tell.changed)(path, first, message, hint)

    html = parser.tostring(body, encoding="unicode", with_tail=False)
    text = page_to_markdown(html, notes=notes, resolve=lambda address, _: resolve(address)[0])
    tell.no_tags_left(path)
    tell.changed(path, first, "its text is that of the page which the old program built")
    return [Line(line, first) for line in text.split("\n")]
