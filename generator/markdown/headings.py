"""The ids of headings, and the heading that is a document's title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from markdown.extensions import toc

from generator.core.urls import slugify
from generator.markdown import attributes


def heading_slug(text: str) -> str:
    """Return a heading's id, not yet unique."""
    if text.isascii() and text.replace(" ", "").isalnum():
        return "-".join(text.lower().split())  # as slugify has it, in fewer steps
    return slugify(text) or "section"


def unique_id(slug: str, ids: set[str], counts: dict[str, int]) -> str:
    """Return `slug`, with a number as Python-Markdown's toc counts where it is in `ids` already,
    and add it to them. `counts` has the last number of each."""
    unique = slug
    if slug in ids:
        name, _, number = slug.rpartition("_")
        if not (name and number.isdecimal()):
            name, number = slug, "0"
        count = max(int(number), counts.get(name, 0))
        while unique in ids:
            count += 1
            unique = f"{name}_{count}"
        counts[name] = count
    ids.add(unique)
    return unique


_TITLE = re.compile(
    r"(?:[ \t]*\n)*+ {0,3}(?:#[ \t]+(?P<atx>[^\n]*?)(?:[ \t]+#+)?[ \t]*(?:\n|\Z)"
    r"|(?P<setext>[^\s#>*+`|<-][^\n]*)\n {0,3}=+[ \t]*(?:\n|\Z))"
)
"""A heading of the first level at a text's start (CommonMark, sections 4.2 and 4.3)."""


def title_heading(text: str) -> tuple[str, int] | None:
    """Return the words of the heading that `text` begins with, if it is of the first level, and
    where it ends."""
    found = _TITLE.match(text)
    if not found:
        return None
    from generator.markdown.reading import words_of  # which takes longer than most documents need

    written = found["atx"] or found["setext"] or ""
    if given := attributes.at_end(written):
        written = written[: given[1]]
    words = words_of(written)
    return (words, found.end()) if words else None


def nested(headings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return headings, each with `level`, `id` and `name`, below those that they are parts of."""
    tokens: list[dict[str, Any]] = toc.nest_toc_tokens(list(headings))  # type: ignore[arg-type, assignment]
    return tokens
