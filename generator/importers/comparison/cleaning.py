"""A page's elements -> those that are its text: not what a look or a program puts between them."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from lxml import etree

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_UNSEEN = frozenset(("script", "style", "template", "noscript", "annotation", "title", "button"))
_CONTENTS = frozenset(("toc", "TableOfContents", "markdown-toc"))
"""Ids and classes of tables of contents, which each generator makes in its own way."""
_NUMBERS = frozenset(("lineno", "linenos", "gutter", "lnt", "ln", "gl", "lntd-numbers"))
_MARKS = frozenset(
    ("anchor", "headerlink", "heading-anchor", "header-anchor", "reversefootnote")
) | {"footnote-backref"}
_OF_LOOK = frozenset(("post-info", "entry-title"))
"""What Pelican's usual theme shows within a text: its title, its date, its author."""


def classes_of(element: Any) -> set[str]:
    """Return an element's classes and its id."""
    return {*(element.get("class") or "").split(), element.get("id") or ""}


def clean(root: Any) -> None:
    """Take out what is no text: scripts, tables of contents, numbers of lines, marks for links."""
    for element in list(root.iter(etree.Element)):
        classes = classes_of(element)
        gone = (
            element.tag in _UNSEEN
            or (element.tag in ("ul", "nav", "div", "aside") and classes & _CONTENTS)
            or classes & (_NUMBERS | _OF_LOOK)
            or (element.tag == "a" and classes & _MARKS)
            or element.tag == "math"
        )
        if gone and element.getparent() is not None:
            element.drop_tree()
        elif element.tag == "a" and ("zoom" in classes or _leads_to_itself(element)):
            element.drop_tag()  # which only shows the picture in it larger, or names its heading
    for row in list(root.iter("tr")):
        cells = list(row.iter("td"))
        if len(cells) == 2 and row.find(".//pre") is not None and _is_count(cells[0]):
            cells[0].drop_tree()


def _is_count(cell: Any) -> bool:
    return all(word.isdigit() for word in "".join(cell.itertext()).split())


def _leads_to_itself(link: Any) -> bool:
    """Return whether a link stands in the heading that it leads to."""
    to = str(link.get("href") or "")
    if not to.startswith("#"):
        return False
    heading = next((one for one in link.iterancestors() if one.tag in HEADINGS), None)
    return heading is not None and unquote(to[1:]) in (heading.get("id"), link.get("id"))
