"""Passing over what breaks no rule changes nothing that a page's examination says."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.checks.page.examine import Examination, examine
from generator.config.content import MarkdownSettings
from generator.markdown import convert as markup
from tests.support.pages import page
from tests.support.posts import posts

PIECES = [
    "text",
    "\n",
    "&amp;",
    "a < b",
    "<",
    "<p>",
    "</p>",
    "<p class='a'>",
    '<p class="a">',
    "<p>text</p>",
    "<p><em>a</em> b</p>",
    "<p><p>",
    "<em>",
    "</em>",
    "<em>text</em>",
    "<em class='a'>",
    "<span>a</span>",
    '<span class="k">a</span>',
    "<span>",
    "</span>",
    '<span class="k" id="i">a</span>',
    '<span id="i">a</span>',
    "<SPAN>a</SPAN>",
    "<b>a</b>",
    "<b/>",
    "<code>a</code>",
    "<code><span>a</span></code>",
    "</code>",
    "<strong>a</strong>",
    "<ul>",
    "</ul>",
    "<ol>",
    "</ol>",
    "<li>",
    "</li>",
    "<li>a</li>",
    '<li><a href="/a">a</a></li>',
    '<li class="x">a',
    "<table>",
    "<tr>",
    "<td>a</td>",
    '<th class="y">a</th>',
    "</tr>",
    "</table>",
    '<a href="/a">a</a>',
    '<a href="/b?c&amp;d">a</a>',
    '<a href="">a</a>',
    '<a href=" /c ">a</a>',
    '<a href="#i">a</a>',
    '<a href="/d"> </a>',
    '<a href="/e"></a>',
    '<a href="/f">&nbsp;</a>',
    '<a href="/g" rel="tag">a</a>',
    '<a class="b" href="/h">a</a>',
    '<a href="/i" href="/j">a</a>',
    '<a href="/k">',
    "</a>",
    '<a href="/l"><em>a</em></a>',
    "<button>",
    "</button>",
    "<h2>",
    "</h2>",
    "<h2>a</h2>",
    '<h2 id="i">a</h2>',
    '<h2 id="j"><code>a</code> &amp; b</h2>',
    '<h4 id="k"> </h4>',
    '<h3 id="l">a</h2>',
    '<h3 id="m"><a href="#m">a</a></h3>',
    "<li><p>a</p></li>",
    '<ul aria-label="a"><li><h2><a href="/n">a</a></h2>\n<p>b</p>',
    "<h3></h3>",
    "<h2>a <em>b</em></h3>",
    '</ul></li><li class="y"><h4 id="o">a</h4></li></ul>',
    '<ul><li><h2><a href="/n">a</a></h2><ul class="t" aria-label="T"><li>x</li></ul></li></ul>',
    '<ul><li>a</li>\n<li><p>a <a href="/m">b</a></p></li></ul>',
    '<ol class="x"><li>a <em>b</em></li></ol>',
    "<ul><li>a<ul><li>b</li></ul></li></ul>",
    "<ul>a</ol>",
    '<div class="highlight"><pre tabindex="0"><span></span><code>a\n<span class="k">b</span>'
    "</code></pre></div>",
    "<div><pre><span></span><code><b>a</b></code></pre></div>",
    '<div><pre tabindex="0"><span></span><code>',
    "</code></pre></div>",
    '<h3 id="i">a</h3>',
    "<div>",
    "</div>",
    "<section>",
    "</section>",
    "<svg>",
    "</svg>",
    '<path d="M0"/>',
    "<template>",
    "</template>",
    '<time datetime="2024">a</time>',
    '<time class="d" datetime="2024">a</time>',
    '<data class="u" value="/p">',
    '<data class="u" value="/p"></data>',
    "</data>",
    '<span aria-hidden="true">a</span>',
    '<li aria-hidden="true">a</li>',
    '<a href="/q" aria-current="page" aria-label="b">a</a>',
    '<a href="/r" aria-label="b" aria-label="c">a</a>',
    '<a href="/s"><code>a</code> b</a>',
    '<a href="/t" rel="prev"><span>a</span> b &amp; c</a>',
    '<a href="/u"> <em> </em></a>',
    '<a href="/v"><em>&nbsp;</em></a>',
    '<a href="/w"><span aria-hidden="true"> →</span></a>',
    "<!-- a -->",
    "<!-- a --!>",
    "<!-- a",
    "<!-- <p>a</p> -->",
    "<script>",
    "</script>",
    '<script>"<p>a</p>"</script>',
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea>",
    "<blockquote>",
    "</blockquote>",
    '<img src="/a.png">',
    '<img src="/a.png" alt="">',
    "<br>",
    "<hr>",
    "<pre>",
    "</pre>",
    "</x",
    "<p ",
    "</p",
]
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


SHARED = [
    '<nav aria-label="a"><ul>',
    '<nav><a href="/a">a</a></nav>',
    "<nav><p>a</nav>",
    "<nav>",
    "</nav>",
    "<header>",
    '<header><a href="/"><img src="/a.png" alt=""></a></header>',
    "</header>",
    '<footer><h2 id="i">a</h2></footer>',
    '<footer>\n<p id="i">a</p>\n<a href="#i">a</a></footer>',
    "<footer><p>a",
    "</footer>",
    "<button>",
    '<button aria-controls="i">a</button>',
    "<button></button>",
    "</button>",
    '<svg><a href="/b">b</a><path/></svg>',
    "<svg><title>a</title>",
    "</svg>",
    '<form data-tidepost-contact><label for="c">a</label><input id="c"></form>',
    '<form><input name="a"></form>',
    "<form>",
    "</form>",
    "<nav><tidepost-counter></tidepost-counter></nav>",
    "<nav><script>a</nav></script></nav>",
    "<nav><!-- </nav> --></nav>",
    "<nav><!doctype html></nav>",
    '<nav><meta name="robots" content="noindex"></nav>',
    "<nav></p></nav>",
    "<p>",
    "</p>",
    "<p>a",
    "<a href='/c'>",
    "</a>",
    "<template>",
    "</template>",
    "<main>",
    "</main>",
    '<i id="i">a</i>',
    "<label>",
    "</label>",
    "<ul>",
    "</ul>",
    "\n",
]


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
