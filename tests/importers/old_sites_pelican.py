"""Small whole Pelican sites of our own, for what is not in one text."""

from __future__ import annotations

from collections.abc import Mapping

CONFIG = (
    'SITENAME = "Tides"\nSITEURL = "https://a.example"\nPATH = "content"\nTIMEZONE = "UTC"\n'
    "AUTHOR = 'Ada'\nDEFAULT_LANG = 'en'\n"
)


def text(lines: str = "", body: str = "Text.", title: str = "A text") -> str:
    """Return a text with its metadata; `title` must be another one for each of a site."""
    return f"Title: {title}\nDate: 2020-01-02\n{lines}\n{body}\n"


SITES: dict[str, Mapping[str, str | bytes]] = {
    "pelican-usual": {
        "pelicanconf.py": CONFIG,
        "content/one.md": text("Tags: tide, moon\nCategory: Sea & Sky\n", title="The One"),
        "content/harbour/two.md": text("Tags: C++; Low Water\n", title="Übung macht's, C# & F#"),
        "content/2021-03-04-named.md": "Title: Named\n\nText.\n",
        "content/own.md": text("Slug: my-own_slug\n", title="Own"),
        "content/saved.md": text("save_as: deep/saved.html\nurl: deep/saved.html\n", title="Saved"),
        "content/pages/about.md": "Title: About us\n\nA page.\n",
        "content/pages/deep/more.md": "Title: More\nslug: more\n\nA page.\n",
        "content/日本.md": text(title="日本 語"),
    },
    "pelican-patterns": {
        "pelicanconf.py": CONFIG
        + 'ARTICLE_URL = "{date:%Y}/{date:%m}/{category}/{slug}/"\n'
        + 'ARTICLE_SAVE_AS = ARTICLE_URL + "index.html"\n'
        + 'PAGE_URL = "{slug}/"\nPAGE_SAVE_AS = f"{PAGE_URL}index.html"\n'
        + 'CATEGORY_SAVE_AS = "topics/{slug}/index.html"\nCATEGORY_URL = "topics/{slug}/"\n'
        + 'TAG_SAVE_AS = ""\nAUTHOR_SAVE_AS = ""\nSLUGIFY_SOURCE = "basename"\n',
        "content/sea/first-of-all.md": text("Tags: x\n", title="First"),
        "content/sea/Second One.md": text(title="Second"),
        "content/third.md": text(title="Third"),
        "content/pages/about.md": "Title: About\n\nA page.\n",
    },
    "pelican-publish": {
        "pelicanconf.py": CONFIG.replace("https://a.example", "")
        + 'SLUGIFY_USE_UNICODE = True\nARTICLE_PATHS = ["blog"]\nPAGE_PATHS = ["fixed"]\n'
        + "USE_FOLDER_AS_CATEGORY = False\n",
        "publishconf.py": "import os\nimport sys\nsys.path.append(os.curdir)\n"
        "from pelicanconf import *\n\nSITEURL = 'https://a.example'\nRELATIVE_URLS = False\n",
        "content/blog/one.md": text(title="Größe zählt"),
        "content/fixed/about.md": "Title: Über uns\n\nA page.\n",
        "content/else/none.md": text(title="Elsewhere"),
    },
    "pelican-links": {
        "pelicanconf.py": CONFIG + "EXTRA_PATH_METADATA = {'extra/k.txt': {'path': 'k.txt'}}\n"
        "STATIC_PATHS = ['images', 'extra', 'files']\n",
        "content/one.md": text(
            body="[two]({filename}sub/two.md#x) [two](|filename|/sub/two.md) [p]({filename}"
            "/pages/about.md)\n[f]({static}/files/plan.pdf) [g]({static}files/plan.pdf) "
            '[k]({static}/extra/k.txt) [h]({index}) <a href="{filename}/sub/two.md">raw</a>\n\n'
            "[ref]\n\n[ref]: {filename}sub/two.md\n",
            title="One",
        ),
        "content/sub/two.md": text(
            body="[one]({filename}../one.md) [att]({attach}beside.pdf)"
            " `{filename}one.md`",
            title="Two",
        ),
        "content/sub/beside.pdf": b"%PDF",
        "content/files/plan.pdf": b"%PDF",
        "content/extra/k.txt": b"k",
        "content/pages/about.md": "Title: About\n\nSee [one]({filename}../one.md).\n",
    },
    "pelican-states": {
        "pelicanconf.py": CONFIG + "DEFAULT_DATE = (2019, 5, 6)\n",
        "content/draft.md": text("Status: draft\n", title="Draft"),
        "content/hidden.md": text("Status: hidden\n", title="Hidden"),
        "content/undated.md": "Title: Undated\n\nText.\n",
        "content/pages/hidden.md": "Title: Hidden page\nStatus: hidden\n\nText.\n",
    },
    "pelican-dates": {
        "pelicanconf.py": CONFIG.replace('"UTC"', '"America/New_York"'),
        "content/late.md": "Title: Late\nDate: 2020-01-02 23:30\n\nText.\n",
        "content/words.md": "Title: Words\nDate: 3 January 2020\nModified: 2020-02-03\n\nText.\n",
        "content/comma.md": "Title: Comma\nDate: Jan 5, 2020 10:00\n\nText.\n",
        "content/under.md": "Title: Under\nDate: 2020-01-02_10:00\n\nText.\n",
        "content/zone.md": "Title: Zone\nDate: 2020-01-02T10:00:00+02:00\n\nText.\n",
    },
    "pelican-kinds": {
        "pelicanconf.py": CONFIG
        + "MARKDOWN = {'extension_configs': {'markdown.extensions.extra': {},\n"
        + "  'markdown.extensions.codehilite': {'guess_lang': False},\n"
        + "  'markdown.extensions.toc': {}, 'markdown.extensions.nl2br': {}}}\n",
        "content/code.md": text(
            body="Look:\n\n    :::python\n    x = 1\n\n    y = 2\n\nThen\nbroken.\n\n"
            "## One\n\n## One\n",
            title="Code",
        ),
        "content/list.md": text(body="Text.\n\n- a\n\n        #!python\n        z = 3\n\n- b\n",
                                title="In a list"),
        "content/multi.md": "Title: Multi\nDate: 2020-01-02\nAuthors: Ada Lovelace, Bo\n"
        "Summary: One line\n    and more.\n\nText.\n",
        "content/dashes.md": "---\nTitle: With dashes\nDate: 2020-01-02\n---\n\nText.\n",
        "content/page.html": '<html><head><title>In HTML</title><meta name="date" '
        'content="2020-01-02"><meta name="tags" content="a, b"></head><body><p>Text &amp; '
        "<b>more</b>.</p>\n\n<p>Last.</p></body></html>\n",
    },
    "pelican-languages": {
        "pelicanconf.py": CONFIG,
        "content/one.md": text("Slug: one\n", "[two]({filename}two.md)", title="One"),
        "content/one-de.md": text(
            "Slug: one\nLang: de\n", "[zwei]({filename}two.md)", title="Eins"
        ),
        "content/two.md": text(title="Two"),
    },
}  # fmt: skip

DIFFERENCES: dict[str, dict[str, list[str]]] = {
    # Pelican shows drafts to whom their address is known; here nobody sees them.
    "pelican-states": {"/drafts/draft.html": ["address: /drafts/draft.html -> nothing"]},
}
"""What is documented to be different: site -> URL -> what."""
