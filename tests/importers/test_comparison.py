"""What an import makes is what readers had: held against pages that the old generator built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.importers.comparison.pages import Pages, compare
from tests.importers import old_sites_eleventy, old_sites_pelican
from tests.importers.old_generators import compared, told
from tests.importers.old_sites_cases import SITE_DIFFERENCES, SITES, text
from tests.importers.sites import build

HUGO_LISTS = re.compile(r"(?:/[a-z]{2})?/(?:tags|categories)/")
"""Lists of a site's terms, which Hugo makes also where there are none."""


ALL = {
    **SITES,
    **{name: ("eleventy", files) for name, files in old_sites_eleventy.SITES.items()},
    **{name: ("pelican", files) for name, files in old_sites_pelican.SITES.items()},
}
DIFFERENT = {
    **SITE_DIFFERENCES, **old_sites_eleventy.DIFFERENCES, **old_sites_pelican.DIFFERENCES
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_a_site_is_what_it_was(name: str, tmp_path: Path) -> None:
    kind, files = ALL[name]
    comparison, _ = compared(kind, files, tmp_path)
    assert comparison.pages
    found = {url: what for url, what in told(comparison).items() if not HUGO_LISTS.fullmatch(url)}
    assert found == DIFFERENT.get(name, {})


LISTED = """\
The boats, *all* of them:

{% for one in site.posts %}
- {{ one.title }}
{% endfor %}

## What | they cost

{% for one in site.posts limit: 1 %}{{ one.url }}{% endfor %} at <{{ site.time | date: "%s" }}>

```sh
run {{ page.title }}
```
"""


@pytest.mark.parametrize("helped", [False, True])
def test_what_cannot_be_converted_comes_from_the_built_site(helped: bool, tmp_path: Path) -> None:
    files = {
        "_config.yml": "title: T\nurl: https://a.example\n",
        "_posts/2020-01-02-a.md": text(body=LISTED, title="All"),
        "_posts/2020-01-03-b.md": text(body="Text."),
    }
    comparison, conversion = compared("jekyll", files, tmp_path, helped=helped)
    assert (comparison.pages, comparison.same) == (2, 2 if helped else 1)
    tags = [one for one in conversion.report.entries if one.message.startswith("`{%")]
    assert bool(tags) != helped


IN_CODE = """\
```sh
run {{< version >}}
```

And `{{< version >}}`, or {{</* version */>}}.

```sh
{{</* version */>}}
```
"""


@pytest.mark.parametrize("helped", [False, True])
def test_tags_in_code_come_from_the_built_site(helped: bool, tmp_path: Path) -> None:
    files = {
        "hugo.toml": 'baseURL = "https://a.example/"\ntitle = "T"\n',
        "layouts/_shortcodes/version.html": "2.1",
        "content/posts/a.md": text("date: 2020-01-02\n", IN_CODE),
        "content/posts/b.md": text("date: 2020-01-02\n", IN_CODE.replace("{{< version >}}", "2")),
    }
    comparison, conversion = compared("hugo", files, tmp_path, helped=helped)
    assert (comparison.pages, comparison.same) == (2, 2 if helped else 1)
    kept = [one.path for one in conversion.report.entries if one.message.startswith("`{{")]
    assert kept == ([] if helped else ["content/posts/a.md"] * 2)
    taken = [
        one for one in conversion.report.entries if "which the old program built" in one.message
    ]
    assert [one.path for one in taken] == (["content/posts/a.md"] if helped else [])


def test_what_a_look_and_a_server_add_is_no_difference() -> None:
    page = "<!doctype html><title>A</title><article><h1>A</h1><div class=body>{}</div></article>"
    code = "<pre><code><table><tr><td><pre>run</pre></td></tr></table></code></pre>"
    code += "<code><table><tr><td><pre>on</pre></td></tr></table></code>"
    heading = f"<h2 id=b>B{{}}</h2><p>Text.</p><img src='/x.jpg' alt='X'>{code}"
    old = {
        "notes/a.html": page.format(heading.format("<a href='#b'><svg></svg></a>")),
        "b.html": page.format("Other."),
        "b/index.html": page.format("Text."),
    }
    new = {
        "notes/a/index.html": page.format(
            heading.format("")
            .replace("x.jpg", "x.0123456789ab.png")
            .replace(code, "<pre>run</pre><pre>on</pre>")
        ),
        "b/index.html": page.format("Text."),
    }
    given = Pages(files={path: text.encode() for path, text in old.items()})
    made = Pages(
        files={path: text.encode() for path, text in new.items()},
        texts=frozenset({"/notes/a/", "/b/"}),
    )
    comparison = compare(given, made)
    assert (comparison.pages, comparison.same) == (2, 2)
    assert told(comparison) == {"/b.html": ["address: /b.html -> nothing"]}


def test_two_texts_with_one_address_are_both_there(tmp_path: Path) -> None:
    files = {
        "_config.yml": "title: T\nurl: https://a.example\npermalink: /:title/\n",
        "_posts/sea/2020-01-02-tide.md": text(body="The older."),
        "_posts/sky/2020-01-03-tide.md": text(body="The newer."),
        "_posts/2020-01-04-Wind.md": text(body="The newer wind."),
        "_posts/2020-01-03-wind.md": text(body="The older wind."),
    }
    comparison, conversion = compared("jekyll", files, tmp_path)
    found = told(comparison)
    assert found.pop("/tide-2/") == ["address: nothing -> /tide-2/"]
    assert {*found} <= {"/wind/", "/wind-2/"}
    named = [one for one in conversion.report.entries if "is also that of" in one.message]
    assert [(one.path, one.kind) for one in named] == [
        ("_posts/2020-01-03-wind.md", "left"),
        ("_posts/sea/2020-01-02-tide.md", "left"),
    ]
    built = build(tmp_path / "new")
    assert {"/tide/", "/tide-2/", "/Wind/", "/wind-2/"} <= built.pages
