"""A text as HTML."""

from __future__ import annotations

from generator.markdown.convert import Fragment


def html(body: Fragment) -> str:
    values = [f'"{reference.target}"' for reference in body.references]
    return "".join(a + b for a, b in zip(body.pieces, [*values, ""], strict=True))
