"""Zola's pages, written down from its documentation, held against what an import makes.

Zola itself is in no package registry that these tests reach. Its rules are those of getzola.org:
"Page" (addresses, dates in names, slugs), "Section" (lists, `sort_by`), "Shortcodes",
"Internal links & deep linking" (ids), "Syntax highlighting" (annotations), "Multilingual sites",
and for slugs the crate slug.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from generator.adapters.files.import_folder import read_tree, write_new
from generator.cli.import_ import built_anew
from generator.importers import zola
from generator.importers.comparison.pages import Pages, compare
from generator.importers.model import Target
from tests.importers.old_generators import told
from tests.importers.sites import empty_site
from tests.support.sites import NOW, write

CONFIG = (
    'base_url = "https://a.example"\ntitle = "Tides"\n'
    'taxonomies = [{name = "tags"}, {name = "categories"}]\n'
)
PAGE = "<!doctype html><title>{0}</title><body><article><h1>{0}</h1><div>{1}</div></article>"
QUOTE = "<blockquote>\n    {{ body | markdown | safe }}\n\n    <p>{{ author }}</p>\n</blockquote>\n"


def matter(title: str, more: str = "", date: str = "date = 2020-01-02\n") -> str:
    return f'+++\ntitle = "{title}"\n{date}{more}+++\n'


TEXTS: dict[str, tuple[str, str]] = {
    "plain": ("Low *water* and `code`.\n", "<p>Low <em>water</em> and <code>code</code>.</p>"),
    "ids": (
        "## One & two\n\n## C++ and C#\n\n## Über süß\n\n## One & two\n\n## Own {#my_own}\n",
        '<h2 id="one-two">One &amp; two</h2><h2 id="c-and-c">C++ and C#</h2><h2 id="uber-suss">'
        'Über süß</h2><h2 id="one-two-1">One &amp; two</h2><h2 id="my_own">Own</h2>',
    ),
    "ids-of-code": (
        "## The `--all-targets` flag (🦀)\n\n## It’s here – now\n",
        '<h2 id="the-all-targets-flag-crab">The <code>--all-targets</code> flag (🦀)</h2>'
        '<h2 id="it-s-here-now">It’s here – now</h2>',
    ),
    "ideographs": ("## 日本\n\nText.\n", '<h2 id="ri-ben">日本</h2><p>Text.</p>'),
    "internal": (
        "[a](@/blog/plain.md) [b](@/blog/2019-03-04-dated.md#x) [c](@/notes/_index.md)\n\n[d]\n\n"
        '[d]: @/notes/one.md\n\n<a href="@/notes/one.md">e</a>\n',
        '<p><a href="/blog/plain/">a</a> <a href="/blog/dated/#x">b</a> <a href="/notes/">c</a></p>'
        '<p><a href="/notes/one/">d</a></p><p><a href="/notes/one/">e</a></p>',
    ),
    "internal-code": ("`@/blog/plain.md`\n", "<p><code>@/blog/plain.md</code></p>"),
    "more": ("First.\n\n<!-- more -->\n\nSecond.\n", "<p>First.</p><p>Second.</p>"),
    "fence": (
        "```rust,linenos,hl_lines=1 3-5,linenostart=20\nlet x = 1;\n```\n",
        "<pre>let x = 1;</pre>",
    ),
    "fence-name": ("```toml,name=config.toml\na = 1\n```\n", "<pre>a = 1</pre>"),
    "shortcode-template": (
        'One {{ hello(name="Ada", loud=true) }} two.\n',
        "<p>One <b>Hello, Ada!</b> two.</p>",
    ),
    "shortcode-absent": (
        'One {{ hello(name="Bo") }} two.\n', "<p>One <b>Hello, Bo</b> two.</p>"
    ),
    "shortcode-body": (
        'Said:\n\n{% quote(author="Vincent") %}\nA *quote*.\n{% end %}\n\nAfter.\n',
        "<p>Said:</p><blockquote><p>A <em>quote</em>.</p><p>Vincent</p></blockquote><p>After.</p>",
    ),
    "shortcode-markdown": (
        "{{ list(items=['a', 'b c']) }}\n\nText.\n", "<ul><li>a</li><li>b c</li></ul><p>Text.</p>"
    ),
    "shortcode-values": (
        "{{ about() }}\n", "<p>About <em>The shortcode-values</em> of Tides, x.</p>"
    ),
    "shortcode-shown": (
        'Write `{{/* hello(name="x") */}}` so.\n\n```\n{%/* quote() */%}\nx\n{%/* end */%}\n```\n',
        '<p>Write <code>{{ hello(name="x") }}</code> so.</p>'
        "<pre>{% quote() %}\nx\n{% end %}</pre>",
    ),
    "shortcode-picture": (
        '{{ image(src="/quay.png", alt="A quay", caption="The quay") }}\n\nText.\n',
        '<figure><img src="/quay.png" alt="A quay"><figcaption>The quay</figcaption></figure>'
        "<p>Text.</p>",
    ),
    "shortcode-nested": (
        '{% quote(author="A") %}\n{{ hello(name="B") }}\n{% end %}\n',
        "<blockquote><p><b>Hello, B</b></p><p>A</p></blockquote>",
    ),
    "tasks": ("- [x] done\n- [ ] open\n", "<ul><li>done</li><li>open</li></ul>"),
    "table": (
        "| a | b |\n|---|--:|\n| 1 | *2* |\n",
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td><em>2</em></td></tr></table>",
    ),
    "footnote": (
        "Tides[^1].\n\n[^1]: The moon.\n",
        "<p>Tides<sup>1</sup>.</p><ol><li><p>The moon.</p></li></ol>",
    ),
    "strike": ("~~gone~~ stays.\n", "<p><del>gone</del> stays.</p>"),
    "html": ("<div>\n\n*In* it.\n\n</div>\n", "<div><p><em>In</em> it.</p></div>"),
}  # fmt: skip

SHORTCODES = {
    "templates/shortcodes/hello.html": "<b>Hello, {{ name }}{% if loud %}!{% endif %}</b>\n",
    "templates/shortcodes/quote.html": QUOTE,
    "templates/shortcodes/list.md": "{% for one in items %}\n- {{ one }}\n{%- endfor %}\n",
    "templates/shortcodes/about.md": "About *{{ page.title }}* of {{ config.title }}, "
    '{{ config.extra.none | default(value="x") }}.\n',
}

SITES: dict[str, tuple[Mapping[str, str | bytes], dict[str, str]]] = {
    "addresses": (
        {
            "content/blog/2019-03-04-dated.md": matter("Dated", date=""),
            "content/blog/2018-10-10_Under score.md": matter("Under", date=""),
            "content/blog/2018-10-11.md": matter("Only a day", date=""),
            "content/blog/Élevage & co.md": matter("Named"),
            "content/blog/slugged.md": matter("Slugged", 'slug = "My Own Slug"\n'),
            "content/blog/pathed.md": matter("Pathed", 'path = "/old/Way/here"\n'),
            "content/blog/2020-02-03-folder/index.md": matter("Folder", date=""),
            "content/blog/draft.md": matter("Draft", "draft = true\n"),
            "content/blog/yaml.md": "---\ntitle: In YAML\ndate: 2020-01-02\n---\n",
            "content/Some Docs/A Page.md": matter("Page", date=""),
            "content/about.md": matter("About", date=""),
        },
        {
            "/blog/dated/": "Dated",
            "/blog/under-score/": "Under",
            "/blog/2018-10-11/": "Only a day",
            "/blog/elevage-co/": "Named",
            "/blog/my-own-slug/": "Slugged",
            "/old/Way/here/": "Pathed",
            "/blog/folder/": "Folder",
            "/blog/yaml/": "In YAML",
            "/Some Docs/a-page/": "Page",
            "/about/": "About",
        },
    ),
    "safe": (
        {
            "config.toml": CONFIG + '[slugify]\npaths = "safe"\npaths_keep_dates = true\n',
            "content/blog/2019-03-04-dated.md": matter("Dated", date=""),
            "content/blog/Élevage.md": matter("Named"),
        },
        {"/blog/2019-03-04-dated/": "Dated", "/blog/Élevage/": "Named"},
    ),
    "languages": (
        {
            "config.toml": CONFIG + '[languages.de]\ntitle = "Gezeiten"\n',
            "content/blog/a.md": matter("An A"),
            "content/blog/a.de.md": matter("Ein A"),
            "content/about.de.md": matter("Über uns", date=""),
            "content/about.md": matter("About", date=""),
        },
        {
            "/blog/a/": "An A",
            "/de/blog/a/": "Ein A",
            "/de/about/": "Über uns",
            "/about/": "About",
        },
    ),
}


def compared(
    files: Mapping[str, str | bytes], shown: Mapping[str, tuple[str, str]], root: Path
) -> tuple[dict[str, list[str]], int]:
    """Import a site and hold it against pages that are written down as URL -> title and HTML."""
    write(root / "old", {"config.toml": CONFIG, **files})
    sources = read_tree(root / "old")
    into = empty_site(root / "new")
    conversion = zola.convert(sources, "old", Target(config=None, now=NOW))
    for file in conversion.files:
        write_new(into, file, sources)
    pages = {
        f"{url.strip('/')}/index.html": PAGE.format(title, html).encode()
        for url, (title, html) in shown.items()
    }
    comparison = compare(
        Pages(files=pages, address="https://a.example"), built_anew(into, conversion)
    )
    return told(comparison), comparison.pages


def test_texts_are_shown_as_zola_shows_them(tmp_path: Path) -> None:
    png = (Path(__file__).parent / "hugo/flat/site/static/img/sky.png").read_bytes()
    files: dict[str, str | bytes] = {
        f"content/blog/{name}.md": matter(f"The {name}") + text for name, (text, _) in TEXTS.items()
    }
    files |= {**SHORTCODES, "static/quay.png": png}
    files |= {
        "content/blog/2019-03-04-dated.md": matter("Dated", date="") + "## X\n",
        "content/notes/_index.md": '+++\ntitle = "Notes"\nsort_by = "title"\n+++\nAll.\n',
        "content/notes/one.md": matter("One", date="") + "Text.\n",
    }
    shown = {f"/blog/{name}/": (f"The {name}", html) for name, (_, html) in TEXTS.items()}
    shown |= {
        "/blog/dated/": ("Dated", '<h2 id="x">X</h2>'),
        "/notes/": ("Notes", '<p>All.</p><ul><li><a href="/notes/one/">One</a></li></ul>'),
        "/notes/one/": ("One", "<p>Text.</p>"),
    }
    different, pages = compared(files, shown, tmp_path)
    # The name that a block of code has for Zola stands above it here.
    assert different == {"/blog/fence-name/": ["text: nothing -> config.toml"]}
    assert pages == len(TEXTS) + 3


@pytest.mark.parametrize("name", SITES)
def test_addresses_are_those_that_zola_gives(name: str, tmp_path: Path) -> None:
    files, urls = SITES[name]
    texts = {
        path: f"{one}Text.\n" if isinstance(one, str) and path.endswith(".md") else one
        for path, one in files.items()
    }
    shown = {url: (title, "<p>Text.</p>") for url, title in urls.items()}
    different, pages = compared(texts, shown, tmp_path)
    assert different == {}
    assert pages == len(urls)
