"""Words -> URL segments in ASCII letters, as other programs write them.

Rules: Eleventy's filters `slugify` (@sindresorhus/slugify 2.2) and `slug` (slugify 1.6), the crate
slug 0.1 that Zola uses, Pelican 4.12's `slugify`. Their own tables of letters differ in rare
scripts; anyascii's stands in for each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from anyascii import anyascii

_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ẞ": "SS"}
)
_SPELLED = {"&": "and", "$": "dollar", "%": "percent", "<": "less", ">": "greater", "|": "or"}
_IDEOGRAPHS = "\u2e80"
"""From here on are signs that stand for a word or a syllable each."""


def sindre_slug(text: str) -> str:
    """Return text as Eleventy's filter `slugify` does, which is its way of making ids, too."""
    text = unicodedata.normalize("NFC", text).translate(_UMLAUTS)
    text = text.replace("&", " and ").replace("🦄", " unicorn ").replace("♥", " love ")
    text = "".join(char if char.isascii() else _letters(char, ideographs=False) for char in text)
    text = re.sub(r"([a-z\d]+)'([ts])(\s|$)", r"\1\2\3", text.lower())
    return re.sub(r"[^a-z\d]+", "-", text).strip("-")


def simple_slug(text: str) -> str:
    """Return text as Eleventy's old filter `slug` does: some signs stay."""
    text = unicodedata.normalize("NFC", text)
    out = "".join(
        _SPELLED.get(char, char) if char.isascii() else _letters(char, ideographs=False)
        for char in text
    )
    out = re.sub(r"[^\w\s$*_+~.()'\"!\-:@]+", "", out, flags=re.ASCII).strip()
    return re.sub(r"[\s-]+", "-", out).lower()


def crate_slug(text: str) -> str:
    """Return text as Zola does: lower case letters and digits, one hyphen for all between them."""
    text = "".join(char if char.isascii() else _letters(char) for char in text)
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def pelican_slug(
    text: str,
    substitutions: Iterable[tuple[str, str]],
    *,
    keep_case: bool = False,
    use_unicode: bool = False,
) -> str:
    """Return text as Pelican does with these `SLUG_REGEX_SUBSTITUTIONS`.

    Raises re.error for a pattern that is none.
    """
    text = unicodedata.normalize("NFKC", text)
    if not use_unicode:
        text = "".join(char if char.isascii() else _letters(char) for char in text)
    for pattern, replacement in substitutions:
        text = re.sub(
            unicodedata.normalize("NFKC", pattern), replacement, text, flags=re.IGNORECASE
        )
    text = text.strip()
    return text if keep_case else text.lower()


def _letters(char: str, *, ideographs: bool = True) -> str:
    """Return ASCII letters for one sign, or nothing."""
    if char >= _IDEOGRAPHS:
        return f"{anyascii(char)} " if ideographs and char.isalnum() else ""
    if unicodedata.category(char)[0] not in "LNM":
        return " " if char.isspace() else "-" if unicodedata.category(char) == "Pd" else ""
    return anyascii(char)
