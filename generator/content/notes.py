"""Posts without a title, and posts about another page: what they are called and lead to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from generator.core.urls import shorten

MOST_OF_A_NAME = 60
"""Characters: search engines show about so many of a title."""

_NO_WORDS = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|<!--.*?-->|<[a-zA-Z/][^<>]*>|\[\^[^\]\n]*\]:?", re.DOTALL
)
"""Calls of shortcodes, HTML and marks of footnotes."""

_BETWEEN = ("{", "<br", "<p", "</p", "<div", "</div", "<li", "<td")
_BREAKS = re.compile(r"\n(?:[ \t]*\n)+")


def beginning_of(text: str) -> str:
    """Return the first words of a Markdown text on one line, at most MOST_OF_A_NAME characters, or
    an empty text where it has none."""
    from generator.markdown.reading import words_of  # which takes longer than most documents need

    for block in _BREAKS.split(_NO_WORDS.sub(_apart, text)):
        if words := words_of(block.strip()):
            return shorten(words, MOST_OF_A_NAME)
    return ""


def _apart(found: re.Match[str]) -> str:
    """Return what stands in the place of what is no word: nothing within a word's text."""
    return " " if found[0].lower().startswith(_BETWEEN) else ""


def is_web_address(text: str) -> bool:
    """Return whether a text is the full address of a page."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
