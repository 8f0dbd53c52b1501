"""What people read keeps to the words of docs/style.md."""

from __future__ import annotations

import re

import pytest

from tests.support.sites import PROJECT

AVOIDED = re.compile(r"\b(mistakes?|memo|anew|reproves?|in vain|tells? of)\b", re.IGNORECASE)
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/commands.md", "docs/architecture.md")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_keeps_to_the_words(page: str) -> None:
    """docs/commands.md is made of what `--help` says."""
    text = (PROJECT / page).read_text(encoding="utf-8")
    assert AVOIDED.findall(text) == []


@pytest.mark.parametrize(
    "page", sorted((PROJECT / "docs/hosting").glob("*.md")), ids=lambda p: p.stem
)
def test_a_page_about_a_host_keeps_to_the_words(page: object) -> None:
    text = page.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert AVOIDED.findall(text) == []


def test_the_page_about_style_names_the_words() -> None:
    table = (PROJECT / "docs/style.md").read_text(encoding="utf-8").partition("## Words")[2]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", table.partition("## Before")[0], re.M)
    avoided = " ".join(row[1] for row in rows)
    assert {"mistake", "memo", "anew", "tell of"} <= {
        word for word in ("mistake", "memo", "anew", "tell of") if word in avoided
    }
