"""What Markdown has here beyond GitHub's, wherever in a text it stands."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from tests.markdown.judge import converter, html_of

CONVERT = converter()
WITH_MATH = converter(math=True)


def soup(text: str, *, math: bool = False) -> BeautifulSoup:
    return BeautifulSoup(html_of((WITH_MATH if math else CONVERT)(text).body), "html.parser")


def words(text: str, *, math: bool = False) -> str:
    return " ".join(soup(text, math=math).get_text(" ").split())


BRACES = [
    "See l and then use {x} here.",
    "the set {1, 2}",
    "a paragraph\nending in {a, b}",
    "getset(key) {block}",
    "{key}",
    "a {",
    "{.} {#} {=} {a=}",
    "HEAD@{1}",
    "{% and %}",
]


@pytest.mark.parametrize("text", BRACES)
def test_braces_that_are_no_attribute_list_stay(text: str) -> None:
    plain = " ".join(text.split())
    assert words(text) == plain
    assert words(f"## {text.splitlines()[0]}") == " ".join(text.splitlines()[0].split())
    assert words(f"*a*{text}") == f"a {plain}"
    cell = text.splitlines()[0]
    assert words(f"| {cell} |\n|---|\n| x |") == f"{cell} x"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ('see <a href="https://a.b/">https://a.b/</a> and https://c.d', 2),
        ('<a href="x">https://a.b/c_d_*e*</a> https://f.g/h_i_', 2),
        ('<a href="mailto:me@x.org">me@x.org</a> you@x.org', 2),
        ('<A HREF="x">www.a.b</A>', 1),
        ('<a id="top"></a> https://a.b', 2),
        ('<a id="top">\n\nhttps://a.b', 2),
        ("<abbr>https://a.b</abbr>", 1),
    ],
)
def test_no_link_stands_in_a_link_that_is_written_as_html(text: str, links: int) -> None:
    html = html_of(CONVERT(text).body)
    assert html.lower().count("<a ") == links
    assert not re.search(r"<a [^>]*>(?:(?!</a>).)*<a ", html.partition("\n")[0], re.I)


@pytest.mark.parametrize("beside", ["", "https://a.b and ", "https://a.b/_c_ and "])
@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"https\://x.org/a", "https://x.org/a"),
        (r"https:\//x.org", "https://x.org"),
        (r"www\.x.org", "www.x.org"),
        ("https&#58;//x.org", "https://x.org"),
        ("https&colon;//x.org", "https://x.org"),
        ("https:&sol;/x.org", "https://x.org"),
        ("www&period;x.org", "www.x.org"),
    ],
)
def test_an_address_that_is_escaped_is_no_link(written: str, shown: str, beside: str) -> None:
    """As cmark-gfm has it: what is escaped is text, whatever else the text links to."""
    made = soup(f"{beside}{written} here")
    assert made.get_text().endswith(f"{shown} here")
    assert len(made.find_all("a")) == (1 if beside else 0)


def test_attributes_of_a_link_end_at_their_brace() -> None:
    made = soup("See [l](https://example.com/){.big} and then use {x} here.")
    assert made.get_text() == "See l and then use {x} here."
    assert made.a
    assert made.a["class"] == ["big"]


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("## A {#own .wide}", "h2#own.wide"),
        ("A\n=\n\n## `B` {: .c }", "h2.c"),
        ("![a](b.png){.wide .own} c", "img.wide.own"),
        ("[a](b){.c rel=me}", "a.c[rel=me]"),
        ("[a][b]{.c}\n\n[b]: d", "a.c"),
        ("<https://a.b>{.c}", "a.c"),
        ("**a**{#i}", "strong#i"),
        ("*a*{title='b \"c\"'}", "em[title]"),
        ("`a`{.b}", "code.b"),
        ("~~a~~{.b}", "del.b"),
        ("a\nb\n{: .c #d}", "p.c#d"),
        ("- a\n- b\n{: .c}", "li.c"),
        ("| a {.b} |\n|:-|\n| c |", "th.b.align-left"),
        ("> a\n> {.b}", "blockquote p.b"),
        ('[a](b){title="“c”"}', "a[title=“c”]"),
    ],
)
def test_where_attributes_may_stand(text: str, chosen: str) -> None:
    made = soup(text)
    assert len(made.select(chosen)) == 1, str(made)
    assert "{" not in made.get_text()


def test_attributes_may_hold_what_would_be_markdown_or_html() -> None:
    made = soup('![a](b.png){credit="*Ana* <Rui> & [x](y) `z` $1"}\n\n## T {title="a_b_ <i>"}')
    assert made.small
    assert made.small.get_text() == "*Ana* <Rui> & [x](y) `z` $1"
    assert made.h2
    assert made.h2["title"] == "a_b_ <i>"


def test_attributes_with_smart_punctuation() -> None:
    made = converter(smart=True)('![a](b.png "c"){credit="d" .wide}\n\n"e" -- f...').body
    assert "<small>d</small>" in html_of(made)
    assert "“e” – f…" in html_of(made)


@pytest.mark.parametrize("head", ["| | |", "|  |  |", "| |"])
def test_a_table_with_an_empty_head_has_none(head: str) -> None:
    rule = head.replace("|", "|---", head.count("|") - 1).replace(" ", "")
    made = soup(f"{head}\n{rule}\n| a | *b* |\n| c |\n\n| d |\n|---|\n| e |")
    assert [len(one.find_all("thead")) for one in made.find_all("table")] == [0, 1]
    assert next(one.get_text() for one in made.find_all("td")) == "a"
    assert "<table>\n<tbody>\n<tr>" in html_of(CONVERT(f"{head}\n{rule}\n| a |").body)


NAMES = ["a_b", "the-_self_-type", "__init__", "x_-_y", "_a", "b_"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "more", ["", '\n\n![x](y.png){title="~> _1_"}\n', '\n\n    {:p, "~> 1"}\n']
)
def test_names_in_attribute_lists_are_never_markdown(name: str, more: str) -> None:
    text = f"## The x {{#{name}}}\n\nA *b*{{.{name}}} c.\n\n`d`{{#e-{name}}}\n\n## {name}{more}"
    made = soup(text)
    assert next(one.get("id") for one in made.find_all("h2")) == name
    assert made.find_all("h2")[0].get_text() == "The x"
    assert made.em
    assert made.em["class"] == [name]
    assert made.p
    assert made.p.get_text() == "A b c."
    assert made.find(id=f"e-{name}")


def test_terms_may_have_attributes() -> None:
    made = soup("Bow {#bow}\n*Prow* {.old}\nThe {x}\n: The front.\n\nStern\n\n: Back. {#no}\n")
    terms = [(term.get("id"), term.get("class"), term.get_text()) for term in made.find_all("dt")]
    assert terms == [
        ("bow", None, "Bow"), (None, ["old"], "Prow"), (None, None, "The {x}"),
        (None, None, "Stern"),
    ]  # fmt: skip
    assert [one.get_text() for one in made.find_all("dd")][-1].strip() == "Back. {#no}"


BOXES = {
    "alone": "!!! note\n    a",
    "after text": "b\n!!! note\n    a\nc",
    "in an item": "- b\n\n    !!! note\n        a\n\n- c",
    "right in an item": "- !!! note\n      a",
    "in a quotation": "> b\n>\n> !!! note\n>     a\n>\n> c",
    "in a box": "!!! tip\n    b\n\n    !!! note\n        a\n\n    c",
    "with Markdown in its title": '!!! note "*N* `o` [te](u)"\n    a',
    "with a list": "!!! note\n    - a\n    - b",
    "with code": "!!! note\n    ```\n    a\n    ```",
    "with indented code": "!!! note\n\n        a\n",
    "before another": "!!! note\n    a\n!!! tip\n    b",
    "after a quotation": "> b\n\n!!! note\n    a",
    "in a footnote": "b[^1]\n\n[^1]: c\n\n    !!! note\n        a",
    "with tabs": "!!! note\n\ta",
}


@pytest.mark.parametrize("name", BOXES)
def test_boxes_hold_what_is_indented_below_them(name: str) -> None:
    made = soup(BOXES[name])
    [box] = made.select("div.admonition.note")
    assert "a" in box.get_text().split() or "a\n" in box.get_text()
    assert "c" not in box.get_text().split()
    assert not [quote for quote in box.find_parents("blockquote") if ">" not in BOXES[name]]
    assert "!!!" not in made.get_text()


@pytest.mark.parametrize(
    "text", ["```\n!!! note\n    a\n```", "    !!! note\n        a", "`!!! a`"]
)
def test_code_has_no_boxes(text: str) -> None:
    assert not soup(text).select(".admonition")
    assert "!!!" in soup(text).get_text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("    {{ x() }}\n", 0),
        ("- a\n\n      {{ x() }}\n", 0),
        ("`{{ x() }}` and ``{% x() %}``", 0),
        ("<!-- {{ x() }} -->", 0),
        ("<!--\n{{ x() }}\n-->", 0),
        ("<pre>\n{{ x() }}\n</pre>", 0),
        ("\\{{ x() }}", 0),
        ("- {{ x() }}\n  - b {{ x() }}", 2),
        ("> {{ x() }}", 1),
        ("a\n{{ x() }}\nb", 1),
        ("| {{ x() }} |\n|---|\n| {{ x() }} |", 2),
        ("- a\n\n  {% x() %}\n  {{ x() }}\n  {% end %}", 2),
    ],
)
def test_where_shortcodes_are_called(text: str, expected: int) -> None:
    from generator.config.content import MarkdownSettings
    from generator.markdown.convert import make_converter

    calls: list[str] = []

    def shortcode(name: str, _: object, body: str | None) -> str:
        calls.append(name)
        return f"<div>{body or 'called'}</div>"

    made = make_converter(MarkdownSettings(), shortcode)(text)
    assert len(calls) == expected
    assert made.problems == ()
    assert ("{{" in html_of(made.body)) == (expected == 0 and "{{" in text)


def test_marks_have_no_html_where_none_can_be() -> None:
    text = "![a $x<y$ b](c.png 'd $z$') [e](f?$g$ 'h $i$')\n\n## J $k_1$ l\n\n[TOC]"
    made = soup(text, math=True)
    assert made.img
    assert made.img["alt"] == "a x<y b"
    assert len(made.select("math")) == 1
    assert "\U0010fff0" not in str(made)
    [heading] = WITH_MATH(text).headings
    assert (heading.id, heading.title) == ("j-k-1-l", "J k_1 l")


def test_a_formula_before_a_comment_leaves_it_a_comment() -> None:
    made = soup("If $i<n$ then.\n\n<!-- secret\n\nsecret -->\n\nEnd $j<m$ <b>x</b>", math=True)
    assert "secret" not in made.get_text()
    assert made.b


def test_a_mark_that_a_writer_types_is_shown_as_it_is() -> None:
    text = "a \U0010fff00\U0010fff1 b \x05 c"
    assert "\U0010fff00\U0010fff1" in soup(text).get_text()
    assert "\x05" not in str(soup(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<div markdown="1">\n*a*\n</div>', "<div>\n<p><em>a</em></p>\n</div>"),
        ("<div markdown=1 class='b'>*a*</div>", "<div class='b'>\n<p><em>a</em></p>\n</div>"),
        ('<p markdown="1">*a* <i>b</i></p>', "<p><em>a</em> <i>b</i></p>"),
        ('<div markdown="span">*a*</div>', "<div><em>a</em></div>"),
        ('a <span markdown="1">*b*</span>', "<p>a <span><em>b</em></span></p>"),
        (
            '<div markdown="1">\n    <div markdown="1">\n    - a\n    </div>\n</div>',
            "<div>\n<div>\n<ul>\n<li>a</li>\n</ul>\n</div>\n</div>",
        ),
        ('<div markdown="1">\n\n```\n</div>\n```\n\n</div>', None),
        ('```\n<div markdown="1">\n```', None),
    ],
)
def test_markdown_in_html(text: str, expected: str | None) -> None:
    made = CONVERT(text)
    if expected is not None:
        assert html_of(made.body) == expected
    else:
        assert "div" in soup(text).get_text()
    assert made.problems == ()


def test_an_element_that_is_never_closed_is_reported() -> None:
    [problem] = CONVERT('a\n\n<div markdown="1">\n*b*').problems
    assert (problem.line, problem.code) == (3, "markdown")


def test_definitions_need_a_space() -> None:
    assert not soup("Text\n:tada: more\n\nTerm\n:smile:").select("dl")
    made = soup("Term\n: *meaning*\n: another\n\ntext\n:tada: too")
    assert [each.get_text() for each in made.select("dd")] == ["meaning", "another"]
    assert "\n:tada: too" in made.get_text()
    terms = soup("Ebb\nFlood *tide*\n: a movement").select("dl > dt")
    assert [term.get_text() for term in terms] == ["Ebb", "Flood tide"]


def test_footnotes_are_numbered_as_the_text_refers_to_them() -> None:
    text = (
        "a[^z] b[^y] c[^z]\n\n[^y]: Why[^w]\n\n    ```\n    code y\n    ```\n[^z]: Zed\n\n"
        "    - item\n"
        "\n[^w]: <div>w</div>\n\n```\nlast\n```"
    )
    made = soup(text)
    assert [each.get_text() for each in made.select("a.footnote-ref")] == ["1", "2", "1", "3"]
    notes = made.select(".footnote > ol > li")
    assert [note["id"] for note in notes] == ["fn:z", "fn:y", "fn:w"]
    assert notes[1].code
    assert notes[1].code.get_text() == "code y\n"
    assert made.code
    assert made.code.get_text() == "last\n"
    for link in made.select(".footnote-ref, .footnote-backref"):
        assert made.find(id=str(link["href"])[1:])


def test_a_document_that_ends_in_code_loses_nothing() -> None:
    for text in ("```\nmake install", "    make install", "```\nmake install\n```"):
        assert soup(text).get_text().strip() == "make install"


def test_loose_tasks_have_their_classes() -> None:
    made = soup("- [ ] a\n\n- [x] b\n\n  c\n")
    assert [item["class"] for item in made.select("li")] == [["task-list-item"]] * 2
    assert len(made.select("ul.task-list input[aria-label]")) == 2


def test_ids_do_not_collide_with_the_writers_own() -> None:
    made = soup("## A\n\n## A\n\n## B {#a_1}\n\n<i id='a'>c</i>\n\n## A")
    ids = [str(each["id"]) for each in made.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert "a_1" in ids
