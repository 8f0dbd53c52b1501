"""The CommonMark engine gives a theme the same markup as Python-Markdown."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pytest

from generator import commonmark
from generator.cli.common import open_workspace
from generator.cli.pipeline import build_and_check
from generator.config import MarkdownSettings
from generator.engine_differences import make_comparison
from generator.markup import Fragment, RenderedBody, make_converter
from generator.problems import SiteError
from tests.helpers.sites import write_site
from tests.speed.posts import BLOCKS, ODD, posts


def shortcode(name: str, arguments: dict[str, Any], body: str | None) -> str:
    return f"<aside>{name} {arguments.get('a', '')}\n{body}\n</aside>" if body else f"<i>{name}</i>"


COMMONMARK = make_converter(MarkdownSettings(engine="commonmark"), shortcode)
PYTHON_MARKDOWN = make_converter(MarkdownSettings(), shortcode)
compare = make_comparison(MarkdownSettings(), shortcode)


def html(fragment: Fragment) -> str:
    values = [f'"{reference.target}"' for reference in fragment.references]
    return "".join(a + b for a, b in zip(fragment.pieces, [*values, ""], strict=True))


SAME = {
    "headings": "# A `b` & *c*\n\n## A\n\n## A\n\nText\n====",
    "heading attributes": "## A {#own .wide}",
    "contents": "[TOC]\n\n# A\n\n## B\n\n# C",
    "tables": "| a | b |\n|:--|--:|\n| `x` | 2 |",
    "footnotes": "a[^1] b[^n] c[^1]\n\n[^1]: One *two*\n[^n]: Three",
    "code": "```python\nx = 1 < 2\n```\n\n    indented\n\n```\nplain\n```",
    "admonitions": '!!! note\n    a *b*\n\n    - c\n\nd\n\n!!! tip big "Own title"\n    e',
    "no title": '!!! note ""\n    a',
    "tasks": "- [ ] a\n- [x] b",
    "struck": "a ~~b~~ c",
    "images": '![a](b.png)\n\n![c](d.png "t"){.wide}\n\n![e](f.png){ width=300 }',
    "figures": 'a\n\n![b](c.png "D & <e> \'f\'"){credit=\'g "h" <i>\'}\n\n![j](k.png "l")'
    "\n\n![m](n.png){.wide .o}\n\n![p](q.png) r\n\n![](s.png)",
    "attributes": "[a](b){.c rel=me} *d*{.e} `f`{.g}\n\nh\n{: #i .j }",
    "definitions": "Term\n: *a*",
    "shortcodes": 'a {{ one(a="*b*") }} `{{ kept() }}`\n\n{{ two() }}'
    '\n\n{% n(a="c") %}\nd *e*\n{% end %}',
    "shortcodes in code": "```\n{{ kept() }}\n{% n() %}\n```",
    "more": "a\n\n<!--more-->\n\nb",
    "html": "<div>\n<b>a</b>\n</div>\n\na <i>b</i>",
    "lists": "- a\n- b\n\n3. c\n4. d\n\ne\n\n- f\n\n- g",
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_features(name: str) -> None:
    assert compare(SAME[name]) is None
    ours, theirs = COMMONMARK(SAME[name]), PYTHON_MARKDOWN(SAME[name])
    assert ours.headings == theirs.headings
    assert ours.words == theirs.words
    assert [each.sized for each in ours.body.references] == [
        each.sized for each in theirs.body.references
    ]


def test_ordinary_posts_are_read_alike() -> None:
    for post in posts(60, seed=21):
        # Two lists or quotes in a row are another matter.
        text = post.replace("\n\n", "\n\nBetween.\n\n")
        assert compare(text) is None, text


DIFFERENT = {
    "a list right after a paragraph": "a\n- b",
    "nesting by two spaces": "- a\n  - b",
    "a heading needs a space": "#a",
    "a backslash breaks a line": "a\\\nb",
    "a blank line between items": "- a\n- b\n\n- c",
    "two quotes in a row": "> a\n\n> b",
    "a bare list number": "2) a",
    "a rule in the middle": "***bold***\n- a",
    "abbreviations": "HTML\n\n*[HTML]: Hyper",
    "markdown in html": '<div markdown="1">\n*a*\n</div>',
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_where_the_dialects_differ_is_told(name: str) -> None:
    difference = compare(DIFFERENT[name])
    assert difference is not None
    assert difference.python_markdown != difference.commonmark


def test_a_difference_names_its_place() -> None:
    difference = compare("# Start\n\nsame\n\ntext\n- item\n\nend")
    assert difference is not None
    assert difference.after == "same"
    assert difference.python_markdown.startswith("text - item")
    assert difference.commonmark.startswith("text </p> <ul>")


def test_mistakes_in_shortcodes_are_told() -> None:
    assert [problem.code for problem in COMMONMARK("{{ a(b) }}").problems] == ["bad-shortcode"]
    assert [problem.code for problem in COMMONMARK("{% end %}").problems] == ["bad-shortcode"]
    assert COMMONMARK("a").problems == ()


def test_line_numbers_and_smart_signs() -> None:
    settings = MarkdownSettings(engine="commonmark", line_numbers=True, smart=True)
    body = html(make_converter(settings, shortcode)('"a" -- b\n\n```python\nx\n```').body)
    assert "“a” – b" in body
    assert 'data-linenos="1"' in body


def test_without_the_engine_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyromark", None)
    body: RenderedBody = make_converter(MarkdownSettings(engine="commonmark"), shortcode)("a")
    assert [problem.hint for problem in body.problems] == [
        "pip install pyromark, or remove `engine` from site.yaml"
    ]


def test_an_engine_that_is_missing_is_told_once_and_not_by_each_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = write_site(tmp_path / "site", {})
    settings = (root / "site.yaml").read_text()
    (root / "site.yaml").write_text(f"markdown:\n  engine: commonmark\n{settings}")
    monkeypatch.setitem(sys.modules, "pyromark", None)
    for no_memo in (True, False):
        with pytest.raises(SiteError) as raised:
            build_and_check(open_workspace(root, quiet=True), no_memo=no_memo)
        assert [(each.path, each.line, each.code) for each in raised.value.problems] == [
            ("site.yaml", 2, "no-engine")
        ]
    monkeypatch.undo()
    assert not build_and_check(open_workspace(root, quiet=True)).problems


ODD_FOR_COMMONMARK = [
    *("`a`", "<em>", "</em>", "<code>", "</code>", "{.x}", "[a]: /u 'x<y'", "[a]", "<http://x.y>"),
    *("<p>", "</p>", "<pre>", "</pre>", "<!--", "-->", "<table>", "</table>", "&lt;", "&#5;"),
    *("\x05", "<a href='x'>", '<a href="x', "<script>", "</script>", "<!--more-->", "a[^1]"),
]
BLOCKS_FOR_COMMONMARK = [
    *(
        "```python\nx(0) < 1 & 'a' \"b\"\n```",
        "```\na\n```",
        "    ind < y",
        "- a\n  ```\n  c\n  ```",
    ),
    *(
        "> ```\n> x<y\n> ```",
        "[^1]: a\n\n    ```\n    x\n    ```",
        "# H {.x}",
        "<div>\n\n```\nx\n```",
    ),
    *(
        "```py title='x'\ny\n```",
        '![a](b.png "c")',
        "a {{ b() }}",
        "```js\na[1]: {b}\n```",
        "</div>",
    ),
]


CODE_AMID_OTHERS = [
    "- <code>a\n  ```\n  x\n  ```\n  b</code>{.c}",
    "a <pre>\n\n```\nx\n```\n\n| a | b |\n|---|---|\n| c | d |\n\ne </pre>",
    "a\x05\n\n```\nx\n```",
    "a &#5;\n\n```\nx\n```",
    "```\na\n```\n\n[^1]: x\n\n    ```\n    b\n    ```\n\nc[^1]\n\n```\nd\n```",
    "a\n\n```\nb\n```\n\n<!--more-->\n\nc",
    "[a] [a] [a] <pre>\n\n```\nx\n```\n\n|a|b|\n|-|-|\n|c|d|\n\n</pre>\n\n[a]: /u '<'",
    "&lt; <pre>\n\n```\nx\n```\n\n|a|b|\n|-|-|\n|c|d|\n\n</pre> &lt;",
]


def test_code_that_is_put_in_last_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(3)
    odd, blocks = [*ODD, *ODD_FOR_COMMONMARK], [*BLOCKS, *BLOCKS_FOR_COMMONMARK]
    texts = [*CODE_AMID_OTHERS, *posts(25, seed=3)]
    for _ in range(1500):
        choice = [chance.choice(chance.choice((odd, blocks))) for _ in range(chance.randint(1, 9))]
        texts.append("".join(part + chance.choice(("", " ", "\n", "\n\n")) for part in choice))
    hasty = [COMMONMARK(text) for text in texts]
    put_in_last = 0

    def never(text: str, html: str) -> bool:
        nonlocal put_in_last
        put_in_last += "<pre>" in html and without_raw_html(text, html)
        return False

    without_raw_html = commonmark._without_raw_html
    monkeypatch.setattr(commonmark, "_without_raw_html", never)
    for text, quick in zip(texts, hasty, strict=True):
        assert quick == COMMONMARK(text), text
    assert put_in_last > 100, "a test that tests nothing"


def test_its_own_marks_in_a_text_do_no_harm() -> None:
    assert "0" in html(COMMONMARK("a \x020\x03 b").body)
    assert html(COMMONMARK("a &#4;1").body) == "<p>a \x041</p>"
    for language in ("c&#4;1", "c&#4;x", "c&#4;²"):
        assert '<span class="n">x</span>' in html(COMMONMARK(f"```{language}\nx\n```").body)
