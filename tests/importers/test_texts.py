"""Texts that the old generator built, held against what an import makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.old_generators import compared, told
from tests.importers.texts import COMMON, ELEVENTY, HUGO, JEKYLL, PELICAN

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


ELEVENTY_SETTINGS = """\
const { IdAttributePlugin, InputPathToUrlTransformPlugin } = require("@11ty/eleventy");

module.exports = (config) => {
  config.addPlugin(IdAttributePlugin);
  config.addPlugin(InputPathToUrlTransformPlugin);
  config.addPassthroughCopy("quay.png");
  config.addShortcode("image", (source, alt) => `<img src="${source}" alt="${alt}">`);
};
"""

PELICAN_SETTINGS = """\
SITENAME = "Tides"
SITEURL = "https://a.example"
PATH = "content"
TIMEZONE = "UTC"
MARKDOWN = {
    "extension_configs": {
        "markdown.extensions.extra": {},
        "markdown.extensions.codehilite": {"css_class": "highlight"},
        "markdown.extensions.toc": {},
    },
}
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


def eleventy_site() -> dict[str, str | bytes]:
    texts = {**COMMON, **ELEVENTY}
    posts = {
        f"posts/2020-01-02-{name}.md": f"---\ntitle: The {name}\n---\n{text}"
        for name, text in texts.items()
    }
    return {
        "eleventy.config.cjs": ELEVENTY_SETTINGS,
        "_data/metadata.json": '{"title": "Tides", "url": "https://a.example"}',
        "_data/boats.json": '["sloop", "ketch"]',
        "quay.png": PNG,
        "about.md": "---\ntitle: About\n---\nA page.\n",
        **posts,
    }


def pelican_site() -> dict[str, str | bytes]:
    texts = {**COMMON, **PELICAN}
    matter = "Date: 2020-01-02\nTags: tide\nCategory: sea"
    posts = {
        f"content/{name}.md": f"Title: The {name}\n{matter}\n\n{text}"
        for name, text in texts.items()
    }
    return {
        "pelicanconf.py": PELICAN_SETTINGS,
        "content/images/quay.png": PNG,
        "content/beside.png": PNG,
        "content/pages/about.md": "Title: About\n\nA page.\n",
        **posts,
    }


BUILT = {
    "hugo": hugo_site,
    "jekyll": jekyll_site,
    "eleventy": eleventy_site,
    "pelican": pelican_site,
}

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
    "eleventy": {
        "/posts/2020-01-02-image-caption/": ["text: nothing (after `Text.`) -> At dawn"],
        # markdown-it reads these only with a plugin.
        "/posts/2020-01-02-definitions/": ["text: : The front. Stern : -> The front. Stern"],
        "/posts/2020-01-02-footnotes/": [
            "text: Tides[^1] and winds[^wind]. [^1]: The moon. [^wind]: -> Tides1 and winds2. The "
            "moon.",
            "lists: nothing -> ol(li li)",
        ],
        "/posts/2020-01-02-heading-own-id/": [
            "text: {#my_own_x_} Other {#Upper-Case} -> Other",
            "heading ids: named-my-own-x other-upper-case -> nothing",
        ],
        # A heading that is written as HTML has no id unless the text gives it one.
        "/posts/2020-01-02-indented-code/": ["heading ids: code -> nothing"],
    },
    "pelican": {
        "/the-image-caption.html": ["text: nothing (after `Text.`) -> At dawn"],
        # Python-Markdown has its own rules for fences in items, for lists that are nested by two
        # spaces, for numbers with a bracket, and for `~~`; it takes braces that are no attributes.
        "/the-fence-blank.html": ["text: ``` one ``` -> one", "code: nothing -> one"],
        "/the-heading-braces.html": [
            "text: nothing (after `getset(key)`) -> {block}",
            "heading ids: getsetkey -> nothing",
        ],
        "/the-heading-ids.html": [
            "text: C -> C#",
            "heading ids: _1 -> nothing (after `trailing-`)",
        ],
        "/the-links-reference.html": [
            "text: [three]. [three]: https://x.example/with (brackets) -> three."
        ],
        "/the-list-fence-four.html": [
            "text: sh -> nothing (after `boat:`)",
            "code: sh tie bow tie stern -> tie bow\n  tie stern",
        ],
        "/the-list-fence.html": [
            "text: sh -> nothing (after `boat:`)",
            "code: sh tie bow tie stern -> tie bow\n  tie stern",
            "lists: ol(li) ol(li) -> ol(li li)",
        ],
        "/the-list-nested.html": ["lists: ul(li li(ul(li)) li li) -> ul(li(ul(li(ul(li)) li)) li)"],
        "/the-list-numbers.html": ["lists: ol(li li li li li) -> ol(li li(ul(li li)) li)"],
        "/the-list-tabs.html": [
            "text: * -> nothing (after `on`)",
            "lists: ul(li li) -> ul(li li li)",
        ],
        "/the-quotation-fence.html": [
            "text: sh -> nothing (after `Look:`)",
            "code: sh run -> run",
        ],
        "/the-strike.html": ["text: ~~gone~~ -> gone"],
        "/the-table.html": [
            "text: \\| -> |",
            "code: a \\| b -> a | b",
            "tables: a \\| b | 3 m -> a | b | 3 m",
        ],
    },
}
"""Documented differences: URL -> what is different there."""


@pytest.mark.parametrize("kind", BUILT)
def test_texts_are_shown_alike(kind: str, tmp_path: Path) -> None:
    comparison, _ = compared(kind, BUILT[kind](), tmp_path)
    assert comparison.pages >= len(COMMON) + 10
    assert told(comparison) == DIFFERENT[kind]
