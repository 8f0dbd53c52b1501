"""What a writer wants to know of all documents at once: their state, words and tags."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

import msgspec

from generator.content.frontmatter import Document
from generator.content.sources import Kind
from generator.site.catalogue import held_back

State = Literal["published", "draft", "scheduled", "expired"]
STATES: tuple[State, ...] = ("published", "draft", "scheduled", "expired")

_NO_WORDS = re.compile(
    r"""\{\{.*?\}\}|\{%.*?%\}     # calls of shortcodes
    |<!--.*?-->|</?[a-zA-Z][^<>]*> # HTML
    |(?<=\])\([^()\s]*[^()]*\)     # where a link leads
    |^[ ]{0,3}\[[^\]^\n][^\]\n]*\]:[^\n]*  # the same, below the text
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One document in a list. `date` is empty, `2024-05-01`, or has a time behind it."""

    path: str
    kind: Kind
    state: State
    date: str
    title: str
    words: int
    tags: tuple[str, ...]


def words_in_source(body: str) -> str:
    """Return a body's Markdown without what a reader does not see as words.

    It is read much faster than Markdown is converted, and comes close to the words of the page.
    """
    return _NO_WORDS.sub(" ", body) if any(sign in body for sign in "<{]") else body


def rows(documents: Iterable[Document], words: Mapping[str, int], now: dt.datetime) -> list[Row]:
    """Return a row for each document: what has no date first, then the newest."""
    made = [
        (
            document.date.timestamp() if document.date else float("inf"),
            Row(
                path=document.source,
                kind=document.kind,
                state=cast("State", held_back(document, now) or "published"),
                date=f"{document.date:%Y-%m-%d %H:%M}"[: 16 if document.timed else 10]
                if document.date
                else "",
                title=document.title,
                words=words[document.source],
                tags=document.tags,
            ),
        )
        for document in documents
    ]
    return [row for _, row in sorted(made, key=lambda each: (-each[0], each[1].path))]


def totals(listed: Iterable[Row]) -> dict[str, Any]:
    """Return sums over rows: documents, words, states, and how often each tag is used."""
    listed = list(listed)
    states = Counter(row.state for row in listed)
    tags = Counter(tag for row in listed for tag in row.tags)
    return {
        "documents": len(listed),
        "posts": sum(row.kind == "post" for row in listed),
        "pages": sum(row.kind == "page" for row in listed),
        "words": sum(row.words for row in listed),
        **{state: states[state] for state in STATES},
        "tags": dict(sorted(tags.items(), key=lambda item: (-item[1], item[0]))),
    }
