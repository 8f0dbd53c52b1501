r"""The numbers of a document's equations, and what refers to them with `\ref` and `\eqref`.

Each formula is converted by itself, so that its equations count from 1. Here they are counted
through the document, in the order in which they stand in it; a reference may stand before them.
"""

from __future__ import annotations

import html as html_entities
import re
from urllib.parse import unquote

from generator.markdown.math.formulas import Fault

_EQUATION = re.compile(
    r'(?P<cell><mtd class="math-(?:side|edge) math-right(?P<counted> math-number)?"'
    r'(?: id="(?P<id>eq-[^"]*)")?[^>]*>)<mtext>(?P<text>[^<]*)</mtext>'
)
_REFERENCE = re.compile(
    r'(?P<alone><span class="math"><math>)?'
    r'<mtext><a href="#eq-(?P<bare>ref=)?(?P<label>[^"]*)">[^<]*</a></mtext>'
    r"(?(alone)(?P<whole></math></span>)?)"
)

_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_.:-]+")


def numbered(html: str, fault: Fault) -> str:
    """Return a document's HTML with its equations numbered and its references filled in; `fault`
    gets labels that are used twice, and references to none."""
    if '<mtd class="math-' not in html and '<a href="#eq-' not in html:
        return html
    numbers: dict[str, str] = {}
    count = 0

    def number(found: re.Match[str]) -> str:
        nonlocal count
        text = found["text"]
        if found["counted"]:
            count += 1
            text = f"({count})"
        cell = found["cell"]
        if found["id"]:
            name = _id(found["id"])
            written = f' id="{found["id"]}"'
            if name in numbers:
                label = _written(found["id"].removeprefix("eq-"))
                message = f"two equations have the label `{label}`"
                fault(message, "give each a label of its own", rf"\label{{{label}}}")
                cell = cell.replace(written, "", 1)
            cell = cell.replace(written, f' id="{name}"', 1)
            numbers.setdefault(name, text)
        return f"{cell}<mtext>{text}</mtext>"

    def reference(found: re.Match[str]) -> str:
        name = _id(f"eq-{found['label']}")
        if name in numbers:
            text = numbers[name]
            if found["bare"]:
                text = text.removeprefix("(").removesuffix(")")
            # Who hears a page hears a formula as one thing, without links in it.
            if found["whole"]:
                return f'<a href="#{name}">{text}</a>'
            return f"{found['alone'] or ''}<mtext>{text}</mtext>"
        label = _written(found["label"])
        command = rf"\{'ref' if found['bare'] else 'eqref'}{{{label}}}"
        hint = rf"write `\label{{{label}}}` into the equation that is meant"
        fault(f"`{command}` refers to no equation of this document", hint, command)
        text = html_entities.escape(command, quote=False)
        return f"{found['alone'] or ''}<mtext>{text}</mtext>{found['whole'] or ''}"

    return _REFERENCE.sub(reference, _EQUATION.sub(number, html))


def _id(name: str) -> str:
    """Return an id that needs no escapes in an address."""
    return _NOT_IN_IDS.sub("-", _written(name))


def _written(label: str) -> str:
    return unquote(html_entities.unescape(label))
