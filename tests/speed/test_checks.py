"""Passing over what breaks no rule changes nothing that a page's examination says."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.checks.page.examine import Examination, examine
from generator.config.content import MarkdownSettings
from generator.markdown import convert as markup
from tests.support.pages import page
from tests.support.pieces import PIECES, SHARED
from tests.support.posts import posts

BODIES = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def both(html: bytes) -> None:
    hasty = Examination("a/index.html", html).facts()
    assert hasty == Examination("a/index.html", html, hasty=False).facts()
    for _ in range(3):  # pieces are kept when they are met again, and known from then on
        assert hasty == examine("a/index.html", html)


@settings(max_examples=1000, deadline=None)
@given(BODIES)
@example("<ul><span>a</span></ul>")
@example('<a href="/k"><em>a</em> <a href="/a">a</a></a>')
@example('<template><a href="/a">a</a></template>')
@example("<p>a<p>b</p></p>")
@example("<p><span><div><p>a</p></div></span></p>")
@example('<a href="/k"><span id="i"><a href="/a">a</a></span></a>')
@example("<p><em>a</em></pX")
@example("<h2><p>a</p></h2>")
@example("<p><em><ul><li><p>a</p></li></ul>")
def test_a_page_of_odd_pieces(body: str) -> None:
    both(page(body).encode())
    both(body.encode())


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(SHARED), max_size=14).map("".join))
@example('<footer>\n<p id="i">a</p>\n<a href="#i">a</a></footer>' * 2)
@example("<p><nav><p>a</nav>\n</p>")
@example("<nav><p>a<ul></ul></nav></p>")
def test_pieces_that_pages_share(body: str) -> None:
    both(page(body).encode())
    both(page(f"<p>\n</p>{body}", title="Another").encode())
    both(body.encode())


def test_a_shared_piece_says_where_it_stands() -> None:
    piece = '<footer>\n<p id="i">a</p>\n<a href="#i">a</a><a href="#j">b</a></footer>'
    for before in ("", "\n", "<p>a</p>\n\n", "\n" * 5):
        both(page(before + piece).encode())


HEADS = st.lists(
    st.sampled_from(
        [
            '<link rel="icon" href="/a.png">',
            '<link rel="canonical" href="/b/">',
            '<link rel="icon" href="/a.png"><script src="/a.js"></script>\n',
            '<meta name="viewport" content="width=100">',
            '<meta name="robots" content="noindex">',
            '<meta property="og:title" content="a &amp; b">',
            '<meta property="og:image" content="/a.png">',
            '<meta property="og:image:alt" content="a">',
            '<meta property="og:title" content="a" content="b">',
            '<meta property="article:tag" content="a>b">',
            '<meta name="twitter:card" content="summary">',
            '<meta name="twitter:image" content="/b.png">',
            '<meta name="generator" content="x" id="i">',
            '<meta name="description" content="a">',
            "<span>a</span>",
            "<p>a</p>",
            "<title>",
            "</title>",
            "</head>",
        ]
    ),
    max_size=6,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(HEADS)
def test_a_head_of_odd_pieces(head: str) -> None:
    both(page().replace("</head>", f"{head}</head>").encode())


def test_pages_of_posts() -> None:
    convert = markup.make_converter(MarkdownSettings(), lambda *_: "")
    for text in posts(120, seed=9):
        fragment = convert(text).body
        body = "".join(
            piece + (f'"{reference.target}"' if reference else "")
            for piece, reference in zip(fragment.pieces, [*fragment.references, None], strict=True)
        )
        both(page(body).encode())
