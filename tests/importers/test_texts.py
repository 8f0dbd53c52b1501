"""Texts that the old generator built, held against what an import makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.old_generators import compared, told
from tests.importers.texts import COMMON, HUGO, JEKYLL

PNG = (Path(__file__).parent / "hugo" / "flat" / "site" / "static" / "img" / "sky.png").read_bytes()

HUGO_SETTINGS = """\
baseURL = "https://a.example/"
title = "Tides"
enableEmoji = true
[markup.goldmark.renderer]
unsafe = true
[markup.goldmark.parser]
autoDefinitionTermID = true
"""


def hugo_site() -> dict[str, str | bytes]:
    texts = {**COMMON, **HUGO}
    posts = {
        f"content/posts/{name}.md": f"---\ntitle: The {name}\ndate: 2020-01-02\n---\n{text}"
        for name, text in texts.items()
    }
    about = "---\ntitle: About\n---\nA page.\n"
    return {
        "hugo.toml": HUGO_SETTINGS, "static/quay.png": PNG, "content/about.md": about, **posts
    }  # fmt: skip


def jekyll_site() -> dict[str, str | bytes]:
    texts = {**COMMON, **JEKYLL}
    posts = {
        f"_posts/2020-01-02-{name}.md": f"---\ntitle: The {name}\n---\n{text}"
        for name, text in texts.items()
    }
    about = "---\ntitle: About\n---\nA page.\n"
    settings = "title: Tides\nurl: https://a.example\n"
    return {"_config.yml": settings, "quay.png": PNG, "about.md": about, **posts}


DIFFERENT: dict[str, dict[str, list[str]]] = {
    "hugo": {
        # Which way a quotation mark turns that stands for inches or for letters left out.
        "/posts/quotes/": ["text: 5'10\" boat, rock ’n’ -> 5’10“ boat, rock ‘n’"],
        "/posts/bare-link/": ["links: https://www.x.example -> http://www.x.example"],
        "/posts/image-caption/": ["text: nothing (after `Text.`) -> At dawn"],
        "/categories/": ["address: /categories/ -> nothing"],
        "/tags/": ["address: /tags/ -> nothing"],
    },
    "jekyll": {
        "/2020/01/02/image-caption.html": ["text: nothing (after `Text.`) -> At dawn"],
        "/2020/01/02/quotes.html": ["text: 5’10” -> 5’10“"],
        # kramdown makes a list of a year that begins a line, and shows it as "1.".
        "/2020/01/02/list-numbers.html": [
            "text: nothing (after `In`) -> 1986.",
            "lists: ol(li) -> nothing (after `ol(li li(ul(li li)) li)`)",
        ],
        # kramdown shows the backslash that keeps a sign from ending a cell.
        "/2020/01/02/table.html": [
            "text: \\| -> |",
            "code: a \\| b -> a | b",
            "tables: a \\| b | 3 m -> a | b | 3 m",
        ],
        # kramdown leaves two spaces before code whose fence is indented by four in an item.
        "/2020/01/02/list-fence-four.html": [
            "code:   tie bow\n    tie stern -> tie bow\n  tie stern"
        ],
    },
}
"""Documented differences: URL -> what is different there."""


@pytest.mark.parametrize("kind", ["hugo", "jekyll"])
def test_texts_are_shown_alike(kind: str, tmp_path: Path) -> None:
    files = hugo_site() if kind == "hugo" else jekyll_site()
    comparison, _ = compared(kind, files, tmp_path)
    assert comparison.pages >= len(COMMON) + 10
    assert told(comparison) == DIFFERENT[kind]
