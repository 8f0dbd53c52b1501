"""Tells which documents the two Markdown engines read differently, and where."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import zip_longest

import msgspec

from generator.checks.tokens import tags
from generator.config import MarkdownSettings
from generator.markup import Fragment, make_converter
from generator.shortcodes import Render

_SHOWN = 6
_SPACE = re.compile(r"\s+")


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The first place where the results part: the text before it, and what each engine makes."""

    after: str
    python_markdown: str
    commonmark: str


def make_comparison(
    settings: MarkdownSettings, render_shortcode: Render
) -> Callable[[str], Difference | None]:
    """Return a function that compares what both engines make of a text.

    What a reader cannot tell apart (spaces between tags, the order of attributes) is no difference.
    """
    replace = msgspec.structs.replace
    stock = make_converter(replace(settings, engine="python-markdown"), render_shortcode)
    other = make_converter(replace(settings, engine="commonmark"), render_shortcode)

    def compare(text: str) -> Difference | None:
        ours, theirs = _pieces(stock(text).body), _pieces(other(text).body)
        pairs = enumerate(zip_longest(ours, theirs))
        at = next((number for number, (one, two) in pairs if one != two), None)
        if at is None:
            return None
        words = [piece for piece in ours[:at] if not piece.startswith("<")]
        return Difference(
            after=" ".join(words[-1:])[-60:],
            python_markdown=" ".join(ours[at : at + _SHOWN]),
            commonmark=" ".join(theirs[at : at + _SHOWN]),
        )

    return compare


def compare_step(settings: MarkdownSettings) -> Callable[[str], bytes]:
    """Return a function from a text to an encoded Difference, or to an encoded None.

    What a shortcode makes is the same in both, so only its name and body stand in its place.
    """
    compare = make_comparison(settings, lambda name, _, body: f"<div>{name}{body or ''}</div>")

    def work(text: str) -> bytes:
        return msgspec.msgpack.encode(compare(text))

    return work


def _pieces(fragment: Fragment) -> list[str]:
    """Return a body as a list of tags, each in one spelling, and the texts between them."""
    html = "".join(
        piece + (f'"{reference.target}"' if reference else "")
        for piece, reference in zip(fragment.pieces, [*fragment.references, None], strict=True)
    )
    pieces: list[str] = []
    place = 0
    for tag in tags(html):
        _add_text(pieces, html[place : tag.start])
        place = tag.end
        if tag.closing:
            pieces.append(f"</{tag.name}>")
        elif not tag.name.startswith("!"):
            attributes = "".join(
                f' {name}="{value}"' for name, value in sorted(tag.attributes.items())
            )
            pieces.append(f"<{tag.name}{attributes}>")
    _add_text(pieces, html[place:])
    return pieces


def _add_text(pieces: list[str], text: str) -> None:
    if text := _SPACE.sub(" ", text).strip():
        pieces.append(text)
