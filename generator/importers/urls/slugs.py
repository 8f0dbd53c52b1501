"""Words -> URL segments in ASCII letters, as other programs write them.

Rules: Eleventy's filters `slugify` (@sindresorhus/slugify 2.2, transliterate 1.6) and `slug`
(slugify 1.6), the crate slug 0.1 that Zola uses, Pelican 4.12's `slugify`.

The crate's table (deunicode 1.6) and Pelican's (Unidecode 1.4) come from one that text-unidecode
has, but for signs that are younger, such as emoji; anyascii's stands in for these, and for
Eleventy's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from anyascii import anyascii
from text_unidecode import unidecode

_OWN = {
    "ä": "ae", "ö": "oe", "ü": "ue", "ё": "yo", "є": "ye", "ї": "yi", "ќ": "kj", "щ": "sch",
    "β": "b", "ξ": "ks", "χ": "x", "€": "e",
}  # fmt: skip
_SINDRE = str.maketrans(
    _OWN
    | {sign.upper(): letters.capitalize() for sign, letters in _OWN.items()}
    | {"β": "v", "ẞ": "SS", "&": " and ", "🦄": " unicorn ", "♥": " love "}
)
"""Where Eleventy's `slugify` has letters of its own."""

_SCRIPTS = re.compile(
    "[ÆæØøßÞþÐðĐđĦħıĲĳŁł\u0386-\u03ce\u0401-\u045c\u0531-\u0587\u0621-\u06f9\u10d0-\u10f0]"
)
"""What it has letters for: some of Latin, Greek, Cyrillic, Armenian, Arabic, Georgian."""

_SPELLED = {
    "&": "and", "$": "dollar", "%": "percent", "<": "less", ">": "greater", "|": "or",
    "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "–": "-", "…": "...", "†": "+", "•": "*",
    "€": "euro", "£": "pound", "¥": "yen", "¢": "cent", "©": "(c)", "®": "(r)", "™": "tm",
    "♥": "love", "∞": "infinity", "Đ": "dj", "đ": "dj", "Ξ": "3", "Β": "b", "Η": "h", "Θ": "8",
    "Χ": "x", "Ω": "w", "Ή": "h", "Ώ": "w", "ξ": "3", "β": "b", "η": "h", "θ": "8", "χ": "x",
    "ω": "w", "ή": "h", "ώ": "w",
}  # fmt: skip
"""Where Eleventy's old `slug` has words or signs of its own."""

_UNKNOWN = "[?]"
"""What text-unidecode says of some signs that it does not know."""


def sindre_slug(text: str) -> str:
    """Return text as Eleventy's filter `slugify` does, which is its way of making ids, too."""
    text = unicodedata.normalize("NFC", text).translate(_SINDRE)
    text = "".join(char if char.isascii() else _sindre_letters(char) for char in text)
    text = re.sub(r"([a-z\d]+)'([ts])(\s|$)", r"\1\2\3", text.lower())
    return re.sub(r"[^a-z\d]+", "-", text).strip("-")


def simple_slug(text: str) -> str:
    """Return text as Eleventy's old filter `slug` does: some signs stay."""
    text = unicodedata.normalize("NFC", text)
    out = "".join(
        _SPELLED.get(char, char if char.isascii() else _simple_letters(char)) for char in text
    )
    out = re.sub(r"[^\w\s$*_+~.()'\"!\-:@]+", "", out, flags=re.ASCII).strip()
    return re.sub(r"[\s-]+", "-", out).lower()


def crate_slug(text: str) -> str:
    """Return text as Zola does: lower case letters and digits, one hyphen for all between them."""
    text = "".join(char if char.isascii() else _crate_letters(char) for char in text)
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
        text = "".join(char if char.isascii() else _known_letters(char) for char in text)
    for pattern, replacement in substitutions:
        text = re.sub(
            unicodedata.normalize("NFKC", pattern), replacement, text, flags=re.IGNORECASE
        )
    text = text.strip()
    return text if keep_case else text.lower()


def _simple_letters(char: str) -> str:
    """Return ASCII letters for a letter of a European script, and nothing for any other sign."""
    if char.isspace():
        return " "
    return anyascii(char) if char.isalpha() and char < "\u0590" else ""


def _sindre_letters(char: str) -> str:
    """Return ASCII letters, nothing for a mark, and a space for what there are no letters for."""
    if unicodedata.category(char) in ("Mn", "Lm", "Sk"):
        return ""
    plain = unicodedata.normalize("NFD", char)[0]
    if plain.isascii():
        return plain
    known = _SCRIPTS.match(char) and char.isalnum()
    return re.sub(r"[^A-Za-z\d]", "", anyascii(char)) if known else " "


def _crate_letters(char: str) -> str:
    """Return what deunicode has for one sign."""
    if known := _known_letters(char):
        return known
    letters = anyascii(char)
    return f"{letters[1:-1]} " if re.fullmatch(r":\w+:", letters) else letters


def _known_letters(char: str) -> str:
    """Return what Unidecode has for one sign."""
    letters: str = unidecode(char)
    return "" if letters.startswith(_UNKNOWN) else letters
