"""Attribute lists behind headings, where punctuation is smart."""

from __future__ import annotations

import pytest

from tests.support.sites import built, page, post


@pytest.mark.parametrize("name", ["one--two", "a---b", "x...y", "it's".replace("'", "-")])
def test_an_id_keeps_its_hyphens_and_dots(name: str) -> None:
    settings = "counter: {enabled: false}\nmarkdown: {smart: true}"
    text = post("title: A\ndate: 2024-01-01", f"## Fine -- so {{#{name}}}\n\nText.")
    shown = page(built({"content/posts/a.md": text}, settings), "posts/a/index.html")
    assert f'<h2 id="{name}">Fine – so</h2>' in shown
