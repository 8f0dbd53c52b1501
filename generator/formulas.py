"""Formulas in TeX's notation -> MathML, which browsers show without a script.

latex2mathml takes much that is no TeX without a word and hands on what it does not know. What it
makes is therefore read once more: a formula is right, or it is told what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from xml.etree import ElementTree as ET

DISPLAY = re.compile(r"^ {0,3}\$\$(?!\$)((?:(?!\$\$|\n[ \t]*\n).)+?)\$\$[ \t]*$", re.M | re.S)
"""A formula on lines of its own, in Markdown."""

_TEX = r"(?:(?!\n[ \t]*\n)(?:\\.|[^$\\]))"
INLINE = rf"(?<![\\$])\$\$({_TEX}+?)\$\$|(?<![\\$\w])\$(?![\s$])({_TEX}+?)(?<!\s)\$(?![\w$])"
"""A formula within a line. The first sign stands before no space, the last behind none, and neither
touches a letter or a digit: `from $20 to $30` has none."""

_ENTITY_LETTER = re.compile(r"<mi>(&#x000[4-7][0-9A-F];)</mi>")
_BARE = re.compile(r"&(?!#x?[0-9A-Fa-f]+;|amp;|lt;|gt;|quot;)")
_ENVIRONMENT = re.compile(r"\\(begin|end)\{aligned\}")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)

_PARTS = {
    "mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2,
    "msubsup": 3, "munderover": 3,
}  # fmt: skip
"""How many children an element has (MathML Core, sections 3.3 and 3.4)."""

_REFUSED = {"style", "href", "class", "id"}

Fault = Callable[[str, str, str], None]
"""Is told what is wrong, the way out, and the formula."""


class FormulaError(Exception):
    """What is wrong with a formula."""


def mathml(tex: str, *, display: bool) -> str:
    """Return a formula as MathML. Raises FormulaError."""
    from latex2mathml.converter import convert
    from latex2mathml.exceptions import (
        DenominatorNotFoundError,
        DoubleSubscriptsError,
        DoubleSuperscriptsError,
        ExtraLeftOrMissingRightError,
        InvalidAlignmentError,
        InvalidStyleForGenfracError,
        InvalidWidthError,
        LimitsMustFollowMathOperatorError,
        MissingEndError,
        MissingSuperScriptOrSubscriptError,
        NoAvailableTokensError,
        NumeratorNotFoundError,
    )

    known = {
        DenominatorNotFoundError: "a fraction without a denominator",
        DoubleSubscriptsError: "two subscripts in a row",
        DoubleSuperscriptsError: "two superscripts in a row",
        ExtraLeftOrMissingRightError: r"a \left without its \right",
        InvalidAlignmentError: "an alignment that does not exist",
        InvalidStyleForGenfracError: r"a style that \genfrac does not have",
        InvalidWidthError: "a width that is none",
        LimitsMustFollowMathOperatorError: r"a \limits that follows no operator",
        MissingEndError: r"a \begin without its \end",
        MissingSuperScriptOrSubscriptError: "a ^ or _ with nothing behind it",
        NoAvailableTokensError: "something is missing at its end",
        NumeratorNotFoundError: "a fraction without a numerator",
    }
    _check_braces(tex)
    # `aligned` is `align*` within a formula (amsmath's manual, section 3.7).
    tex = _ENVIRONMENT.sub(r"\\\1{align*}", tex.strip())
    try:
        made = convert(tex, display="block" if display else "inline")
    except Exception as error:  # noqa: BLE001 (whatever trips the library is in the formula)
        raise FormulaError(known.get(type(error), "it cannot be read")) from None
    # One letter alone is slanted, unless it says that it is upright, as \mathrm wants it.
    made = _ENTITY_LETTER.sub(r'<mi mathvariant="normal">\1</mi>', made)
    made = _BARE.sub("&amp;", made)
    _check(made)
    return made.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "", 1)


def _check_braces(tex: str) -> None:
    depth = 0
    for found in _BRACE.finditer(tex):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth < 0:
            raise FormulaError("a } without its {")
    if depth:
        raise FormulaError("a { without its }")


def _check(made: str) -> None:
    """Refuse what is no formula, or what the library handed on without knowing it."""
    try:
        root = ET.fromstring(made)  # noqa: S314 (made here, and without entities)
    except ET.ParseError:
        raise FormulaError("it cannot be read") from None
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        text = (element.text or "").strip()
        if name != "mtext" and text.startswith("\\"):
            raise FormulaError(f"`{text}` is not known")
        if name == "mi" and text == "&":
            raise FormulaError("a & that stands in no table")
        if "linebreak" in element.attrib:
            raise FormulaError(r"a \\ that stands in no table: put it into `aligned`")
        if len(element) != _PARTS.get(name, len(element)):
            raise FormulaError("a command without all that belongs to it")
        for attribute in _REFUSED.intersection(element.attrib):
            raise FormulaError(f"`{attribute}` cannot be set in a formula")


def shown(tex: str, fault: Fault, *, display: bool, alone: bool = False) -> str:
    """Return a formula's HTML, or its source as code where it is wrong, and tell that.

    `alone`: it stands on lines of its own, in a box that scrolls where it is wider than a phone.
    """
    try:
        html = mathml(tex, display=display)
    except FormulaError as error:
        shown = " ".join(tex.split())
        hint = "docs/writing.md tells what formulas may hold; a price is written as `\\$5`"
        fault(f"the formula `{shown}`: {error}", hint, tex.strip().split("\n")[0])
        html = f"<code>{escape(tex.strip(), quote=False)}</code>"
    if alone:
        return f'<div class="math" tabindex="0">{html}</div>'
    return f'<span class="math">{html}</span>'
