"""What writers know from GitHub is read as there: each row with the HTML it must give."""

from __future__ import annotations

import string

import pytest
from bs4 import BeautifulSoup

from tests.markdown.judge import converter, html_of, judged, seen

CONVERT = converter()


def html(text: str) -> str:
    return html_of(CONVERT(text).body)


def soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(html(text), "html.parser")


@pytest.mark.parametrize("sign", string.punctuation)
def test_a_backslash_before_punctuation_shows_that_sign(sign: str) -> None:
    assert soup(f"a \\{sign} b").get_text() == f"a {sign} b"


def test_a_backslash_before_anything_else_stays() -> None:
    assert soup("C:\\path \\é \\ b").get_text() == "C:\\path \\é \\ b"


SAME_AS_THE_JUDGE = {
    "a list right after text": "text\n- a\n- b\n",
    "a fence right after text": "text\n```\ncode\n```\nmore",
    "a quote right after text": "text\n> quote\n",
    "nesting by two": "- a\n  - b\n    - c\n",
    "nesting by four": "1. a\n    - b\n        - c\n",
    "numbers with a bracket": "text\n\n1) a\n2) b\n",
    "fences indented by one": " ```\n x\n ```\n\nb",
    "fences indented by three": "   ```\n   x\n   ```\n\nb",
    "a fence in an item, two": "- a\n\n  ```\n  x\n  ```\n\n- b",
    "a fence in an item, three": "1. a\n\n   ```\n   x\n   ```\n\n2. b",
    "a fence in an item, four": "- a\n\n    ```\n    x\n    ```\n\n- b",
    "a fence right in an item": "- a\n  ```\n  x\n  ```\n- b",
    "a fence closed with a blank before it": "- a\n\n  ```\n  x\n   ```\n- b",
    "bare addresses": "See https://example.org/x, www.example.org. (https://a.b/c_(d)) me@x.org!",
    "addresses with signs": "https://a.b/c--d_e_f*g*?h=1&i=2&amp; ~~https://x.y~~ *www.a.b*",
    "no addresses": "https:// www http://_a.b x@y `https://c.d` [https://e.f](g)",
    "two quotes": "> a\n\n> b",
    "a break by a backslash": "a\\\nb",
    "references to code": "[`x`][] [`x`] [y][`x`]\n\n[`x`]: /u",
    "references with brackets": "[a [b] c][d]\n\n[d]: </u v> 'w'",
    "strong in a word": "a**b**c a_b_c 2*3*4",
    "tables": "| a | b |\n|--|:-:|\n| `x\\|y` | *z* |\ntext",
    "setext": "a\nb\n===\n\nc\n---",
    "a star list after a dash list": "- a\n\n* b",
    "loose items": "- a\n- b\n\n- c",
    "code of four spaces": "text\n\n    code\n\n        deeper\n",
    "html and Markdown": "<div>\n\n*a*\n\n</div>\n\n<div>\n*b*\n</div>",
    "struck": "~~a~~ ~b~ ~~~c~~~",
    "entities": "&copy; &nosuch; &#35; &#x1F600; &lt;",
}


@pytest.mark.parametrize("name", SAME_AS_THE_JUDGE)
def test_it_is_read_as_github_reads_it(name: str) -> None:
    text = SAME_AS_THE_JUDGE[name]
    assert seen(html(text)) == seen(judged(text))


def test_a_quote_of_a_kind_is_a_box() -> None:
    for kind in ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"):
        [box] = soup(f"> [!{kind}]\n> Mind *this*.").select("div.admonition")
        assert box["class"] == ["admonition", kind.lower()]
        assert box.get_text(" ", strip=True) == f"{kind.capitalize()} Mind this ."


def test_a_tab_in_code_is_a_tab() -> None:
    for text in ("```make\nall:\n\tmake x\n```", "```\n\tx\n```", "- a\n\n  ```\n  \tx\n  ```"):
        assert "\t" in soup(text).code.get_text()  # type: ignore[union-attr]


REPORTED = {
    "a\n\n```py\nb": (3, "fence-unended", "the fence ```py is never ended"),
    "a\n\nText[^1].": (3, "footnote-missing", "`[^1]` has no note"),
    "a\n\n[^x]: b": (3, "footnote-unused", "nothing refers to the footnote `x`: it is not shown"),
    "[TOC]\n\n## ![](a.png)": (3, "heading-wordless", "a heading without words"),
    "é\n{{< x a=1 >}}": (2, "foreign-tag", "`{{< x a=1 >}}` is shown as it is written"),
    "a\n[[x y]]": (2, "wiki-link", "`[[x y]]` is shown as it is written"),
    "é\n\n##Part": (3, "heading-unspaced", "`##Part` is no heading"),
    '[a]: /b "c "d" e"': (
        1,
        "reference-broken",
        '`[a]: /b "c "d" e"` is no definition of a link',
    ),
    '<p title="{{ x() }}">a</p>': (
        1,
        "shortcode-in-html",
        "the shortcode `x` within HTML is shown as it is written",
    ),
    "|a|\n|-|\n|b|\n|c|d|": (4, "table-cells", "a row has more cells than the table's head"),
}


@pytest.mark.parametrize("text", REPORTED)
def test_what_readers_would_see_or_miss_is_reported_with_its_line(text: str) -> None:
    [problem] = CONVERT(text).problems
    assert (problem.line, problem.code, problem.message) == REPORTED[text]
    assert problem.severity == "warning"
    assert problem.hint


def test_the_line_is_right_behind_what_becomes_shorter_or_longer() -> None:
    text = (
        '{{ a(\n  b="c"\n) }}\n\n!!! note\n    x\n!!! tip\n    y\n<div markdown="1">\nz\n</div>\n'
        "\nhttps://example.org\n\n[[here]]\n"
    )
    line = text[: text.index("[[here]]")].count("\n") + 1
    assert [(each.line, each.code) for each in CONVERT(text).problems] == [(line, "wiki-link")]


@pytest.mark.parametrize(
    "text",
    [
        "`[^1]` `[[x]]` `{{< x >}}`",
        "```\n[^1] [[x]] {{< x >}}\n##y\n```",
        "    [[x]]\n",
        "a[^1]\n\n[^1]: b",
        "#tag and ## two",
        "[a]\n\n[a]: /b",
        "| a | b |\n|---|---|\n| c \\| d | e |\n| f |\n",
        "~~~\nx\n~~~",
        "> ```\n> x\n> ```\n\n- ```\n  x\n  ```",
        "- ````\n  ```\n  ````",
    ],
)
def test_nothing_is_reported_of_what_is_meant(text: str) -> None:
    assert CONVERT(text).problems == ()


def test_a_picture_names_its_heading_where_nothing_else_does() -> None:
    made = CONVERT("[TOC]\n\n## ![A boat](a.png)\n\n## ![A boat](a.png) at sea")
    assert made.problems == ()
    assert [(each.id, each.title) for each in made.headings] == [
        ("a-boat", "A boat"),
        ("at-sea", "at sea"),
    ]
    assert '<a href="#a-boat">A boat</a>' in html_of(made.body)
