"""What Markdown has here beyond GitHub's, where two of its kinds meet or a block ends."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from tests.markdown.judge import converter, html_of

CONVERT = converter(math=True)


def soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(html_of(CONVERT(text).body), "html.parser")


@pytest.mark.parametrize(
    ("tag", "address"),
    [
        ("<a class=x href=/u?v=1=2>", "/u?v=1=2"),
        ("<a href=https://e.com/?v=1&amp;b=2 class=x>", "https://e.com/?v=1&b=2"),
        ("<a href = /a title='c'>", "/a"),
    ],
)
def test_an_address_without_quotes_is_whole(tag: str, address: str) -> None:
    made = CONVERT(f"<p>\n{tag}a</a>\n</p>").body
    assert [each.target for each in made.references] == [address]
    assert BeautifulSoup(html_of(made), "html.parser").a.attrs["href"] == address  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text", ["<a href=https://e.com/?v=1&b=2 class=x>a</a>", "<b c=https://e.com/?d=$x<y$> d"]
)
def test_no_tag_comes_to_be_by_what_stands_in_it(text: str) -> None:
    assert soup(text).get_text().startswith(text[:10])


def test_a_formula_in_a_label_is_the_same_in_all_its_places() -> None:
    made = soup("[$x$][] [b][$x$] c[^$x$]\n\n[$x$]: /c\n[^$x$]: note")
    assert len(made.select('a[href="/c"]')) == 2
    assert len(made.select("li[id]")) == 1
    assert CONVERT("c[^$y$]").problems[0].message == "`[^$y$]` has no note"


def test_a_dollar_sign_stays_in_an_address() -> None:
    made = CONVERT('[a](/b?$c$ "$d$") ![$e$](/f?$g$)').body
    assert [each.target for each in made.references] == ["/b?$c$", "/f?$g$"]


def test_a_formula_in_a_quotation_has_none_of_its_signs() -> None:
    made = soup("> $$\n> x > y\n> $$\n>\n> > a $b\n> > c$ d")
    assert [each.get_text() for each in made.select("math")] == ["x>y", "bc"]


@pytest.mark.parametrize(
    "text", ["- Tea $5\n- Coffee 6$", "- a $f\n\n  g$", "$a\n# b$", "a $b\n> c$", "x $y\n\nz$"]
)
def test_a_formula_ends_with_its_block(text: str) -> None:
    assert not soup(text).select("math")
    assert soup(text).get_text().count("$") == 2


def test_labels_of_notes_are_compared_as_github_does() -> None:
    made = soup("z[^a] [^A]\n\n[^a]: x")
    assert [each.get_text() for each in made.select(".footnote-ref")] == ["1", "1"]
    assert len(made.select(".footnote li")) == 1


def test_an_abbreviation_may_be_explained_in_a_quotation() -> None:
    made = soup("> *[HTML]: x\n>\n> HTML")
    assert made.get_text().split() == ["HTML"]
    assert made.abbr


@pytest.mark.parametrize(
    "title", ["1. First", "# Hi", "> Hi", "- *a*", "---", "12) b", "*a* - b", "12", "```", "C #"]
)
def test_the_title_of_a_box_is_words(title: str) -> None:
    [head] = soup(f'!!! note "{title}"\n    x').select(".admonition > .admonition-title")
    assert head.get_text() == title.replace("*a*", "a")
    assert not head.select("ol, ul, h1, hr, blockquote, p, pre")


def test_what_is_wrong_in_a_title_has_its_line() -> None:
    text = 'é\n\n!!! note "[[x]]"\n    y\n\n    !!! tip "[[z]] $\\foo$"\n        [[u]]\n'
    found = sorted((each.line, each.code) for each in CONVERT(text).problems)
    assert found == [(3, "wiki-link"), (6, "bad-math"), (6, "wiki-link"), (7, "wiki-link")]


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ('- <div markdown="1">\n  *a*\n  </div>\n- b', "li:first-child > div > p > em"),
        ('> <div markdown="1">\n> *a*\n>\n> b\n> </div>', "blockquote > div > p:last-child"),
        ('> <div>\n> <div markdown="1">\n> *a*\n> </div>\n> </div>', "blockquote > div > div em"),
        ('1. > <p markdown="1">*a*</p>\n   > b', "ol > li > blockquote > p + p"),
        (
            '- a\n\n  <div markdown="1">\n    <div markdown="1">\n    - x\n    </div>\n  </div>\n',
            "li > div > div > ul > li",
        ),
        ('<div markdown="1">\n!!! note\n    *a*\n</div>', "div > .admonition.note > p > em"),
        (
            '!!! tip\n    <div markdown="1">\n    !!! note\n        *a*\n    </div>',
            ".tip > div > .note > p > em",
        ),
    ],
)
def test_markdown_in_html_stays_where_its_element_stands(text: str, chosen: str) -> None:
    made = soup(text)
    assert len(made.select(chosen)) == 1, made
    assert str(made).count("<blockquote>") == text.split("\n", maxsplit=1)[0].count("> ")
    assert CONVERT(text).problems == ()
