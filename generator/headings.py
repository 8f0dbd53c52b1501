"""The ids of headings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markdown.extensions import toc

from generator.names import slugify


def heading_slug(text: str) -> str:
    """Return a heading's id, not yet unique."""
    if text.isascii() and text.replace(" ", "").isalnum():
        return "-".join(text.lower().split())  # as slugify has it, in fewer steps
    return slugify(text) or "section"


def unique_id(slug: str, ids: set[str]) -> str:
    """Return `slug`, with a number where it is in `ids` already, and add it to them."""
    unique: str = slug
    if slug in ids:
        unique = toc.unique(slug, ids)
    ids.add(unique)
    return unique


def nested(headings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return headings, each with `level`, `id` and `name`, below those that they are parts of."""
    tokens: list[dict[str, Any]] = toc.nest_toc_tokens(list(headings))  # type: ignore[arg-type, assignment]
    return tokens
