"""MathML with `style` attributes -> MathML with the classes of static/css/math.css.

A strict Content-Security-Policy forbids style attributes (W3C, "Content Security Policy Level 3",
section 6.1.14), so that a browser would leave out each alignment, line and colour. math-core
writes few declarations; one that is not in the table here is an error, not lost in silence.
"""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree import ElementTree as ET

_STYLED = re.compile(
    r'<(?P<name>\w+)(?P<before>(?: [\w-]+="[^"]*")*?) style="(?P<style>[^"]*)"'
    r'(?P<after>(?: [\w-]+="[^"]*")*)(?P<end>/?)>'
)
_COLOUR = re.compile(r"color:(#[0-9A-Fa-f]{6})")
_BACK = re.compile(r"margin-left:-([0-9.]+)(em|rem|ex)")
_WIDTH = re.compile(r"width:[0-9.]+(?:em|rem|ex)")

_MISPLACED = re.compile(r" scriptlevel=|<(?:mfrac|mrow)[^>]* displaystyle=")
_SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mroot"}

_CLASSES = {
    "text-align:left": "left",
    "text-align:right": "right",
    "justify-items:start": "",  # for Firefox beside the alignment; the class has both
    "justify-items:end": "",
    "width:100%": "full",
    "width:50%": "side",
    "width:7.5%": "edge",
    "padding-left:0": "close-left",
    "padding-right:0": "close-right",
    "padding-left:0.1667em": "thin-left",
    "padding-right:0.1667em": "thin-right",
    "padding-left:0.2222em": "medium-left",
    "padding-right:0.2222em": "medium-right",
    "padding-left:0.2778em": "thick-left",
    "padding-right:0.2778em": "thick-right",
    "padding-left:1em": "apart",
    "padding-left:0.1em": "double-left",
    "padding-right:0.1em": "double-right",
    "padding-top:0": "close-top",
    "padding-bottom:0": "close-bottom",
    "padding-top:0.1667em": "strut",
    "border-left:0.05em solid currentcolor": "line-left",
    "border-right:0.05em solid currentcolor": "line-right",
    "border-top:0.05em solid currentcolor": "line-top",
    "border-left:0.05em dashed currentcolor": "dash-left",
    "border-right:0.05em dashed currentcolor": "dash-right",
    "border-top:0.05em dashed currentcolor": "dash-top",
    "math-shift:compact": "",  # of \\cramped: superscripts a trifle lower
    "font-variant-caps:small-caps": "small-caps",
    **{
        f"font-size:{percent}%": f"size-{percent}"
        for percent in (50, 60, 70, 80, 90, 100, 120, 140, 170, 200, 250)
    },
}
"""The declarations that math-core 0.8 writes, and what the class is called behind `math-`."""

CLASSES = frozenset(name for name in _CLASSES.values() if name)

BACK = (96, 48, 24, 12, 6, 3, 2, 1)
"""Negative spaces that have a class, `math-back-N`, in half math units: 36 are one em."""

_IN_EM = {"em": 1.0, "rem": 1.0, "ex": 0.45}
_FARTHEST = 10 * 36


class StyleError(Exception):
    """What a formula asks for, and cannot be said without a style attribute."""


def with_classes(mathml: str) -> str:
    """Return MathML without style attributes. Raises StyleError."""
    if ' style="' not in mathml:
        return mathml
    return _STYLED.sub(_classed, mathml)


def set_right(mathml: str) -> str:
    """Return MathML with its tables' lines whole, and as MathML 3 lets it be written."""
    lines = "math-line-" in mathml or "math-dash-" in mathml
    if not lines and not _MISPLACED.search(mathml):
        return mathml
    root = ET.fromstring(mathml)  # noqa: S314 (made here, and without entities)
    if lines:
        _draw_whole_lines(root)
    _move_styles(root, small=False)
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)


def _move_styles(element: ET.Element, *, small: bool) -> None:
    """Say on a <mstyle> how large something is set: MathML Core takes it from any element, MathML 3
    and the checkers that go by it from few. What is not `small` need not say that it is not."""
    for number, child in enumerate(list(element)):
        inner = small or element.tag == "mfrac" or (number > 0 and element.tag in _SCRIPTS)
        _move_styles(child, small=inner)
        if child.tag not in ("mtable", "mrow", "mfrac"):
            continue
        if child.get("scriptlevel") == "0" and not inner:
            del child.attrib["scriptlevel"]
        names = ("scriptlevel",) if child.tag == "mtable" else ("scriptlevel", "displaystyle")
        moved = {name: child.attrib.pop(name) for name in names if name in child.attrib}
        if moved and child.tag == "mrow":
            child.tag = "mstyle"
            child.attrib.update(moved)
        elif moved:
            style = ET.Element("mstyle", moved)
            element[number] = style
            style.append(child)


def _draw_whole_lines(root: ET.Element) -> None:
    """Draw a table's lines from edge to edge.

    math-core has the last `\\hline` above a row of one empty cell, and ends a line where its row
    has fewer cells than the others.
    """
    for table in root.iter("mtable"):
        rows = list(table)
        if len(rows) > 1 and len(rows[-1]) == 1 and not len(rows[-1][0]):
            for kind in ("line", "dash"):
                if f"math-{kind}-top" in _names(rows[-1][0]):
                    table.remove(rows.pop())
                    table.set("class", " ".join([*_names(table), f"math-{kind}-bottom"]))
                    break
        longest = max(map(list, rows), key=len, default=[])
        for row in rows:
            top = [each for each in _names(row[0]) if each.endswith("-top")] if len(row) else []
            for model in longest[len(row) :]:
                names = [each for each in _names(model) if not each.endswith("-top")] + top
                cell = ET.SubElement(row, "mtd")
                if names:
                    cell.set("class", " ".join(names))


def _names(element: ET.Element) -> list[str]:
    return element.get("class", "").split()


def _classed(found: re.Match[str]) -> str:
    return _tag(found["name"], found["before"] + found["after"], found["style"], found["end"])


@lru_cache(maxsize=1024)  # a table has the same few styles in all its cells
def _tag(name: str, more: str, style: str, end: str) -> str:
    classes = []
    for written in style.split(";"):
        declaration = re.sub(r"\s*:\s*", ":", written.strip())
        if back := _BACK.fullmatch(declaration):
            return _backwards(float(back[1]) * _IN_EM[back[2]])
        if colour := _COLOUR.fullmatch(declaration):
            # An attribute of MathML Core, section 2.1.3; a hint that style sheets can override.
            more += f' mathcolor="{colour[1].lower()}"'
        elif name == "mspace" and _WIDTH.fullmatch(declaration):
            continue  # the attribute `width` says the same
        elif declaration not in _CLASSES and declaration:
            raise StyleError(f"`{declaration}` cannot be set on a page")
        elif declaration and _CLASSES[declaration]:
            classes.append(f"math-{_CLASSES[declaration]}")
    names = f' class="{" ".join(classes)}"' if classes else ""
    return f"<{name}{names}{more}{end}>"


def _backwards(em: float) -> str:
    """Return a negative space, put together from those that have a class."""
    rest = round(em * 36)
    if rest > _FARTHEST:
        raise StyleError("a negative space of more than 10 em")
    spaces = []
    for each in BACK:
        spaces += [f'<mspace class="math-back-{each}"/>'] * (rest // each)
        rest %= each
    return spaces[0] if len(spaces) == 1 else f"<mrow>{''.join(spaces)}</mrow>"
