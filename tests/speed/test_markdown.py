"""What makes Markdown fast makes the same bytes as Python-Markdown by itself."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown import Markdown
from markdown.extensions import toc

from generator import engines, fast_markdown, markup, plain_markdown
from generator.config import MarkdownSettings
from generator.engines import heading_slug
from generator.highlighting import CodeColours
from generator.names import slugify
from tests.speed.posts import BLOCKS, ODD, posts


def _python_markdown(colours: CodeColours | None) -> Markdown:
    return engines.python_markdown(MarkdownSettings(), colours, lambda *_: "<b>called</b>", [])


STOCK = _python_markdown(None)
FAST = _python_markdown(CodeColours(10_000))
fast_markdown.speed_up(FAST)
COLOURS = CodeColours()

LINES = st.lists(st.sampled_from(ODD), min_size=1, max_size=9).map("".join)
SPACED = st.lists(
    st.tuples(st.sampled_from(ODD + BLOCKS), st.sampled_from(["", " ", "\n", "\n\n"])), max_size=9
).map(lambda parts: "".join(text + space for text, space in parts))
SIGNS = st.text("*_`[]()!<>&~#|-+:'\"\\={}ab1 .\n\u00a0é—", max_size=20)
BLOCKED = st.lists(st.sampled_from(BLOCKS), max_size=6).map("\n\n".join)
DOCUMENTS = st.one_of(BLOCKED, SPACED, LINES, SIGNS, st.text(max_size=30))


def converted(md: Markdown, text: str) -> tuple[str, list[Any]]:
    md.reset()
    return md.convert(text), _tokens(md.toc_tokens)  # type: ignore[attr-defined]


def plainly_converted(text: str) -> tuple[str, list[Any]] | None:
    plain = plain_markdown.convert(text, COLOURS, heading_slug)
    return plain and (plain.whole, _tokens(plain.toc_tokens))


def _tokens(tokens: list[dict[str, Any]]) -> list[Any]:
    return [(t["level"], t["id"], t["name"], _tokens(t["children"])) for t in tokens]


def odd_documents(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    glue = ("", "", " ", "\n", "\n", "\n\n")
    return [
        "".join(
            chance.choice(chance.choice((ODD, BLOCKS))) + chance.choice(glue)
            for _ in range(chance.choice((1, 2, 3, 5, 9)))
        )
        for _ in range(count)
    ]


def test_the_installed_libraries_are_those_that_were_tested() -> None:
    assert fast_markdown.tested_here(), "run these tests on the new versions, then add them"


@settings(max_examples=1500, deadline=None)
@given(DOCUMENTS)
@example("*a_b* [x *y*](z) ~~gone~~ `c` &amp; <b>d</b>  \n{{ year() }}")
@example('[a](b){: .c #d title="e" checked }')
@example("[TOC]\n\n# A\n\n## A")
def test_hastened_python_markdown_makes_the_same(text: str) -> None:
    assert converted(FAST, text) == converted(STOCK, text)


def test_hastened_python_markdown_makes_the_same_of_many_documents() -> None:
    for text in [*posts(60), *odd_documents(1500, seed=11)]:
        assert converted(FAST, text) == converted(STOCK, text), text


@settings(max_examples=3000, deadline=None)
@given(DOCUMENTS)
@example("![`c`](d)")
@example("- a  \n\u3000")
@example("- a  \n `c`")
@example("> q\n>\n\n> r")
@example("- !!! note")
@example("    code\n---")
@example("<!--more-->\n# H")
@example("``a`")
@example("a | b\n--|--")
@example("*a\n```\nx\n```\nb*")
def test_what_is_converted_plainly_is_the_same(text: str) -> None:
    plain = plainly_converted(text)
    assert plain is None or plain == converted(FAST, text)


def test_many_documents_converted_plainly_are_the_same() -> None:
    taken = 0
    for text in odd_documents(12_000, seed=5):
        plain = plainly_converted(text)
        taken += plain is not None
        assert plain is None or plain == converted(FAST, text), text
    assert taken > 2000, "a test that tests nothing"


def test_ordinary_posts_are_all_converted_plainly() -> None:
    for text in posts(400, seed=2):
        assert plainly_converted(text) == converted(FAST, text), text


@pytest.mark.parametrize(
    "text",
    [
        "<div>a</div>",
        "a &copy; b",
        "a \\* b",
        "a[^1]\n\n[^1]: b",
        "[a][b]\n\n[b]: c",
        "[b]\n\n[b]: c",
        "HTML\n\n*[HTML]: Hyper",
        "## a {#b}",
        "!!! note\n    a",
        "Term\n: a",
        "- [ ] a",
        "{{ year() }}",
        "{% note() %}\na\n{% end %}",
        "~~a~~",
        "[TOC]",
        "<http://a.b>",
        "***a***",
        "- a\n\n    b",
        '```python title="a"\nb\n```',
        "- a\n    ```\n    b\n    ```",
        "    code",
    ],
)
def test_what_is_not_plain_is_left_to_python_markdown(text: str) -> None:
    assert plainly_converted(text) is None


@pytest.mark.parametrize("depth", [5, 60])
def test_lists_in_lists(depth: int) -> None:
    text = "\n".join("    " * level + "- a" for level in range(depth))
    plain = plainly_converted(text)
    assert plain == converted(FAST, text) if depth < 9 else plain is None


def test_hostile_texts_take_no_long_time() -> None:
    for text in ("[a " * 20_000, "*a " * 20_000, "_a_b " * 20_000, "`" * 20_000, "```\n" * 9_999):
        plainly_converted(text)


@pytest.mark.parametrize("smart", [False, True])
@pytest.mark.parametrize("numbered", [False, True])
def test_bodies_are_the_same_without_any_haste(
    smart: bool, numbered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = MarkdownSettings(smart=smart, line_numbers=numbered)
    texts = [*posts(25, seed=3), *odd_documents(120, seed=7)]
    hasty = markup.make_converter(chosen, lambda *_: "<b>called</b>")
    monkeypatch.setattr(fast_markdown, "TESTED", {"markdown": ("3.0",)})
    fast_markdown.tested_here.cache_clear()
    try:
        assert not fast_markdown.tested_here()
        slow = markup.make_converter(chosen, lambda *_: "<b>called</b>")
        assert [hasty(text) for text in texts] == [slow(text) for text in texts]
    finally:
        fast_markdown.tested_here.cache_clear()


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text("aB1 -_.é\u00a0", max_size=9), st.text(max_size=6)))
@example(" A  b1 ")
def test_headings_are_named_alike(text: str) -> None:
    assert heading_slug(text) == (slugify(text) or "section")


@pytest.mark.parametrize(
    "name", ["", "a", "a_1", "a  b\n", "<em>a</em> b", "a<!-- b --> c", "a < b"]
)
def test_names_and_ids_of_headings_are_those_of_the_library(name: str) -> None:
    assert plain_markdown.heading_name(name) == toc.strip_tags(name)
    seen: list[tuple[list[str], set[str], dict[str, int]]] = []
    for unique in (plain_markdown.unique_id, toc.unique):
        ids, counters = {"b"}, {"b": 1}
        made = [unique(slug, ids, counters) for slug in (name, "b", name, "c", "b_1", name)]
        seen.append((made, ids, counters))
    assert seen[0] == seen[1]


@settings(max_examples=500, deadline=None)
@given(st.text("ab1.'- _\n,", max_size=14))
@example("a.b.c d--e 'f' g-'h don't.")
def test_words_are_counted_alike(text: str) -> None:
    assert markup.count_words(text) == markup.count_words(f"{text} é") - 1
