"""The ids that other programs give to headings, from a heading's plain text, not yet unique.

Rules: Hugo's `autoHeadingIDType` (gohugo.io, "Configure markup"; Hugo 0.168) and kramdown's parser
for GitHub's Markdown (kramdown 2.4, kramdown-parser-gfm 1.1). Both make them of a text in which
quotes, dashes and dots are typographic already.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial

CODE_DASH = "\ue02d"
"""Stands for a hyphen in code, which never becomes a dash."""

HeadingId = Callable[[str], str]
"""A heading's plain text -> its id, before a number is put behind that of a text which repeats."""


def hugo_id(kind: str, *, smart: bool) -> HeadingId:
    """Return how Hugo makes ids where `autoHeadingIDType` is `kind`."""
    if kind == "blackfriday":
        return _blackfriday
    return partial(_goldmark, ascii_only=kind == "github-ascii", smart=smart)


def _goldmark(text: str, *, ascii_only: bool, smart: bool) -> str:
    text = _typographic(text) if smart else text.replace(CODE_DASH, "-")
    if ascii_only:  # letters lose their accents; those that are more than that are left out
        text = "".join(
            char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char)
        )
    kept = [
        "-" if char in "- " else char.lower()
        for char in text.strip()
        if (char in "- _" or char.isalpha() or char.isdecimal())
        and not (ascii_only and not char.isascii())
    ]
    return "".join(kept) or "heading"


def _blackfriday(text: str) -> str:
    words = re.findall(r"[^\W_]+", text.replace(CODE_DASH, "-"))
    return "-".join(words).lower() or "heading"


def plain_id(make: HeadingId) -> HeadingId:
    """Return how ids are made by a program for which a hyphen in code is one like any other."""
    return lambda text: make(text.replace(CODE_DASH, "-"))


def kramdown_id(text: str) -> str:
    """Return the id that kramdown makes where its input is GFM, as Jekyll's is."""
    kept = [
        char
        for char in _typographic(text).lower()
        if char in "- \t_" or char.isalnum() or unicodedata.category(char)[0] == "M"
        or unicodedata.category(char) == "Pc"
    ]  # fmt: skip
    return "".join(kept).replace(" ", "-").replace("\t", "-")


def _typographic(text: str) -> str:
    """Leave out what becomes a dash, which no id has."""
    return re.sub(r"(?<!-)-{2,3}(?!-)", "", text).replace(CODE_DASH, "-")
