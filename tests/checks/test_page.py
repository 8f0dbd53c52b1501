"""What is wrong with one page: for each code a page that has it, and one close by that does not."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.checks.codes import CODES
from generator.checks.page.elements import srcset
from generator.checks.page.examine import examine, text_blocks
from generator.checks.page.facts import PageFacts
from generator.checks.page.whole import has_fragment
from generator.core.html_tokens import names
from tests.support.pages import BODY_LINE, GOOD, found, page

L = BODY_LINE

# The body of a page -> the problems it has, as (line, code).
BODIES: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "nothing wrong": ("<p>a</p>", []),
    # nesting
    "unclosed": ("<div><span>a</div>", [(L, "html-unclosed")]),
    "never closed": ("<p>a</p>\n<div>", [(L + 1, "html-unclosed")]),
    "crossed tags are one mistake": ("<p><b>a</p></b>", [(L, "html-unclosed")]),
    "closed in order": ("<div><span>a</span></div>", []),
    "end tags that may be left out": ("<ul><li>a<li>b</ul><p>c<p>d", []),
    "list in a list without end tags": ("<ul><li>a<ul><li>b</ul><li>c</ul>", []),
    "table without optional end tags": (
        "<table><caption>t<thead><tr><th>a<th>b<tbody><tr><td>c<td>d<tr><td>e<td>f</table>",
        [],
    ),
    "definition list": ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", []),
    "unclosed within an item": ("<ul><li><b>a<li>c</ul>", [(L, "html-unclosed")]),
    "stray end": ("<p>a</p>\n</div>", [(L + 1, "html-stray-end")]),
    "end of an element that has none": ("<br></br>", [(L, "html-stray-end")]),
    "self-closing": ("<div/>\n<p>a</p>", [(L, "html-self-closing")]),
    "slash on a void element": ("<hr/><br />", []),
    "slash in an unquoted address": ("<p><a href=/>a</a> <a href=/b/>b</a></p>", []),
    "block in a paragraph": ("<p>a\n<div>b</div></p>", [(L + 1, "html-block-in-p")]),
    "list in a paragraph": ("<p>a <ul><li>b</li></ul></p>", [(L, "html-block-in-p")]),
    "block in an element of a paragraph": (
        "<p><em><div>b</div></em></p>",
        [(L, "html-block-in-p")],
    ),
    "paragraph ended by a block": ("<p>a<div>b</div>", []),
    "paragraph in a cell of a table": ("<table><tr><td><p>a</p></td></tr></table>", []),
    "block in text": ("<span><div>a</div></span>", [(L, "html-block-in-inline")]),
    "heading in a summary": ("<details><summary><h2>a</h2></summary><p>b</p></details>", []),
    "block in a link": ('<a href="/"><div>a</div></a>', []),
    "link in a link": (
        '<p><a href="/">a <a href="/b/">b</a></a></p>',
        [(L, "html-nested")],
    ),
    "button in a link": ('<p><a href="/">a <button>b</button></a></p>', [(L, "html-nested")]),
    "form in a form": ("<form><form></form></form>", [(L, "html-nested")]),
    "form after a form": ("<form></form><form></form>", []),
    "item outside a list": ("<div><li>a</li></div>", [(L, "html-parent")]),
    "div in a list": ("<ul><div>a</div></ul>", [(L, "html-parent")]),
    "cell outside a row": ("<table><td>a</td></table>", [(L, "html-parent")]),
    "svg keeps its own rules": (
        '<svg viewBox="0 0 1 1"><title>t</title><g><path d="M0"/><a href="/"><a/></a></g></svg>',
        [],
    ),
    "html within svg": ("<svg><foreignObject><p>a</p></foreignObject></svg><p>b</p>", []),
    "markup within a script": ("<script>if (a < b) { '</div><p>' }</script>", []),
    "markup within a comment": ("<!-- <div> <h1> -->", []),
    "duplicate attribute": ('<p class="a" class="b">a</p>', [(L, "html-duplicate-attribute")]),
    "attributes that differ": ('<p class="a" title="b">a</p>', []),
    "template is inert": ('<template><h1>a</h1><img src="x"><p id="main"></p></template>', []),
    # template tags
    "liquid": (
        "<p>{% for x in y %}</p>\n<p>{{ site.x | upcase }}</p>",
        [(L, "template-tag"), (L + 1, "template-tag")],
    ),
    "liquid twice": ("<p>{{ a }}</p>\n<p>{{ a }}</p>", [(L, "template-tag")]),
    "liquid in code": ("<pre>{{ a }}</pre><p><code>{% x %}</code> {{}} { {x} } 5%}</p>", []),
    # ids
    "id twice": ('<p id="a">a</p>\n<p id="a">b</p>', [(L + 1, "id-duplicate")]),
    "ids that differ": ('<p id="a">a</p><p id="A">b</p>', []),
    "empty id": ('<p id="">a</p>', [(L, "id-syntax")]),
    "id with a space": ('<p id="a b">a</p>', [(L, "id-syntax")]),
    # reading
    "second h1": ("<h1>b</h1>", [(L, "heading-h1")]),
    "level skipped": ("<h2>a</h2>\n<h4>b</h4>", [(L + 1, "heading-order")]),
    "first level skipped": ("<h3>a</h3>", [(L, "heading-order")]),
    "levels up and down": ("<h2>a</h2><h3>b</h3><h4>c</h4><h2>d</h2>", []),
    "empty heading": ("<h2> </h2>", [(L, "heading-empty")]),
    "heading of an image": ('<h2><img src="/a.png" alt="a"></h2>', []),
    "no alt": ('<p>\n<img src="/a.png"></p>', [(L + 1, "image-alt")]),
    "empty alt": ('<img src="/a.png" alt="">', []),
    "alt without a value": ('<img src="/a.png" alt>', []),
    "image without an address": ('<img alt="a">', [(L, "link-syntax")]),
    "second main": ("</main><main>", [(L, "landmark-main")]),
    "second nav without a label": (
        "</main><nav><ul></ul></nav><main>",
        [(L, "landmark-label"), (L, "landmark-main")],
    ),
    "two nav with one label": (
        '<nav aria-label="Main"><ul></ul></nav>',
        [(L, "landmark-label")],
    ),
    "two nav with two labels": ('<nav aria-label="Pages"><ul></ul></nav>', []),
    "second header of the page": (
        "</main><header></header><main>",
        [(11, "landmark-label"), (L, "landmark-label"), (L, "landmark-main")],
    ),
    "header of an article": ("<article><header><h2>a</h2></header></article>", []),
    "link without text": ('<p><a href="/b/"></a></p>', [(L, "link-empty")]),
    "link of spaces": ('<p><a href="/b/">&nbsp;<b> </b></a></p>', [(L, "link-empty")]),
    "link of an image without text": (
        '<p><a href="/b/"><img src="/a.png" alt=""></a></p>',
        [(L, "link-empty")],
    ),
    "link of an image": ('<p><a href="/b/"><img src="/a.png" alt="b"></a></p>', []),
    "link with a label": ('<p><a href="/b/" aria-label="b"></a></p>', []),
    "link of a labelled svg": ('<p><a href="/b/"><svg aria-label="b"></svg></a></p>', []),
    "place without href": ('<p><a id="x"></a>a</p>', []),
    "button without text": ("<button></button>", [(L, "button-empty")]),
    "button with text": ("<button>Send</button>", []),
    "control without a label": ('<input name="a">', [(L, "form-label")]),
    "label of another control": (
        '<label for="b">b</label><input id="b"><textarea id="a"></textarea>',
        [(L, "form-label")],
    ),
    "label around": ("<label>a <input></label>", []),
    "label before and behind": (
        '<label for="a">a</label><input id="a"><select id="b"></select><label for="b">b</label>',
        [],
    ),
    "empty label": ('<label for="a"></label><input id="a">', [(L, "form-label")]),
    "controls that need no label": ('<input type="hidden"><input type="submit" value="Send">', []),
    "image button": ('<input type="image" src="/a.png">', [(L, "image-alt")]),
    "aria to nothing": ('<p aria-describedby="main gone">a</p>', [(L, "aria-reference")]),
    "aria to an id": ('<p aria-describedby="main">a</p>', []),
    "label for nothing": ('<label for="gone">a</label>', [(L, "aria-reference")]),
    # machines
    "json-ld": (
        '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Blog"}'
        "</script>",
        [],
    ),
    "json-ld that is none": (
        '<script type="application/ld+json">{"@context": }</script>',
        [(L, "json-ld")],
    ),
    "json-ld without a type": (
        '<script type="application/ld+json">{"@context": "https://schema.org"}</script>',
        [(L, "json-ld")],
    ),
    "json-ld without a context": (
        '<script type="application/ld+json">[{"@type": "Blog"}]</script>',
        [(L, "json-ld")],
    ),
    "json-ld of a number": (
        '<script type="application/ld+json">3</script>',
        [(L, "json-ld")],
    ),
    # links that one page alone can judge
    "empty address": ('<p>\n<a href="">a</a></p>', [(L + 1, "link-syntax")]),
    "link's name": ('<p><a href="#n">a</a> <a name="n" href="/">b</a></p>', []),
    "place that is not here": ('<p>\n<a href="#gone">a</a></p>', [(L + 1, "link-fragment")]),
    "places that are here": (
        '<p id="é x-1"></p><p id="caf%C3%A9"></p><p id="tür">'
        '<a href="#main">a</a> <a href="#">b</a> <a href="#TOP">c</a>'
        '<a href="#caf%C3%A9">d</a><a href="#t%C3%BCr">e</a><a href="#:~:text=x">f</a></p>',
        [(L, "id-syntax")],
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_body(name: str) -> None:
    body, expected = BODIES[name]
    assert found(page(body)) == sorted(expected)


# A change to the good page -> the problems it then has.
CHANGES: dict[str, tuple[str, str, list[tuple[int, str]]]] = {
    "no doctype": ("<!doctype html>\n", "\n", [(0, "page-doctype")]),
    "doctype in capitals": ("<!doctype html>", "<!DOCTYPE HTML>", []),
    "no language": (' lang="en"', "", [(0, "page-language")]),
    "empty language": ('lang="en"', 'lang=" "', [(0, "page-language")]),
    "no charset": ('<meta charset="utf-8">', "", [(0, "page-charset")]),
    "another charset": ('charset="utf-8"', 'charset="latin1"', [(0, "page-charset")]),
    "charset by http-equiv": (
        '<meta charset="utf-8">',
        '<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">',
        [],
    ),
    "charset too late": (
        '<meta charset="utf-8">',
        f'<!-- {"x" * 1024} --><meta charset="utf-8">',
        [(0, "page-charset")],
    ),
    "no viewport": ("width=device-width, initial-scale=1", "", [(5, "page-viewport")]),
    "viewport missing": ('name="viewport"', 'name="view"', [(0, "page-viewport")]),
    "no zoom": ("initial-scale=1", "user-scalable=no", [(5, "page-viewport")]),
    "no zoom by scale": ("initial-scale=1", "maximum-scale=1.0", [(5, "page-viewport")]),
    "zoom up to ten": ("initial-scale=1", "maximum-scale=10", []),
    "no title": ("<title>Low water</title>", "", [(0, "page-title")]),
    "empty title": ("<title>Low water</title>", "<title> </title>", [(6, "page-title")]),
    "two titles": ("</title>", "</title><title>b</title>", [(6, "page-title")]),
    "title of a drawing": ("BODY", "<svg><title>t</title></svg>", []),
    "no description": ('name="description"', 'name="d"', [(0, "page-description")]),
    "empty description": (
        "What the harbour shows twice a day.",
        " ",
        [(7, "page-description")],
    ),
    "no description, but not listed": (
        '<meta name="description" content="What the harbour shows twice a day.">',
        '<meta name="robots" content="noindex">',
        [],
    ),
    "canonical is relative": ("https://example.org/", "/", [(8, "page-canonical")]),
    "two canonicals": (
        "</head>",
        '<link rel="canonical" href="https://example.org/b/"></head>',
        [(9, "page-canonical")],
    ),
    "no h1": ("<h1>Low water</h1>", "", [(0, "heading-h1")]),
    "no main": ('<main id="main">', "<div>", [(0, "landmark-main"), (15, "html-stray-end")]),
    "second body": ("BODY", "<body>", [(L, "html-nested")]),
    "ends inside a tag": ("</html>\n", '<p class="', [(18, "html-syntax")]),
    "ends inside a comment": ("</html>\n", "</html><!-- ", [(18, "html-syntax")]),
    "ends inside a script": ("</html>\n", "<script>", [(18, "html-syntax")]),
}
_ALSO = {
    "no main": [(12, "html-unclosed"), (17, "html-unclosed")],
    "ends inside a script": [(18, "html-unclosed")],
}


@pytest.mark.parametrize("name", CHANGES)
def test_change_to_the_whole_page(name: str) -> None:
    before, after, expected = CHANGES[name]
    assert before in GOOD
    problems = found(GOOD.replace(before, after, 1))
    extra = _ALSO.get(name, [])
    assert [each for each in problems if each not in extra] == sorted(expected)


def test_not_utf8_tells_the_line() -> None:
    raw = page("<p>caf\xe9</p>").encode("latin-1")
    assert found(raw) == [(L, "html-encoding")]


@pytest.mark.parametrize("written", ["0; url={}", "0;URL = '{}'", "5, url=&quot;{}&quot;", "0 {}"])
def test_a_redirect_may_lead_to_an_address_with_a_quotation_mark(written: str) -> None:
    to = "/it's-new/" if "'" not in written else "/it&quot;s-new/"
    head = f'<meta http-equiv="refresh" content="{written.format(to)}">'
    html = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title>{head}</html>'
    assert examine("old/index.html", html.encode()).refresh == to.replace("&quot;", '"')


def test_redirect_page_may_lack_what_helps_a_reader() -> None:
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Moved</title>'
        '<meta http-equiv="refresh" content="0; url=/new/"><a href="/new/">Moved</a></html>'
    )
    facts = examine("old/index.html", html.encode())
    assert facts.problems == ()
    assert (facts.is_redirect_page, facts.refresh) == (True, "/new/")
    assert "page-title" in {code for _, code in found(html.replace("Moved</title>", "</title>"))}


def test_facts_of_a_page() -> None:
    body = (
        '<h2 id="s">One &amp; <code>two</code></h2>\n'
        '<tidepost-counter data-path="/"></tidepost-counter>'
        '<form data-tidepost-contact action="/api/contact" method="post"></form>'
        '<img src="/a.png" srcset="/b.png 1x, /c,d.png 2x" alt="x"><a href="/?a=1&amp;b=2">q</a>'
    )
    facts = examine("index.html", page(body, kind="post").encode())
    assert (facts.kind, facts.language, facts.title) == ("post", "en", "Low water")
    assert (facts.title_line, facts.description_line, facts.canonical_line) == (6, 7, 8)
    assert facts.canonical == "https://example.org/"
    assert [(h.level, h.line, h.text) for h in facts.headings] == [
        (1, L - 1, "Low water"),
        (2, L, "One & two"),
    ]
    assert facts.ids == ("main", "s")
    assert facts.has_counter
    assert facts.has_contact_form
    assert [(link.url, link.line, link.kind) for link in facts.links] == [
        ("/", 11, "page"),
        ("/api/contact", L + 1, "form"),
        ("/api/contact", L + 1, "other"),
        ("/b.png", L + 1, "image"),
        ("/c,d.png", L + 1, "image"),
        ("/a.png", L + 1, "image"),
        ("/?a=1&b=2", L + 1, "page"),
    ]
    assert facts.text == "Low water One & two q"
    assert examine("a.html", page(body).encode()).text == ""


def test_counter_that_only_reads_does_not_count() -> None:
    def has_counter(attributes: str) -> bool:
        body = f"<tidepost-counter {attributes}></tidepost-counter>"
        return examine("a.html", page(body).encode()).has_counter

    assert has_counter('data-path="/a/"')
    assert has_counter('data-mode="site" data-read')
    assert not has_counter('data-path="/a/" data-read')
    assert not examine("a.html", page().encode()).has_counter


def test_needle_leads_back_to_the_source() -> None:
    html = page('<img src="/a.png"><p id="x"></p><p id="x"></p><a href="/b/"></a><b class="q">')
    needles = {each.code: each.needle for each in examine("a.html", html.encode()).problems}
    assert needles == {
        "image-alt": "/a.png",
        "id-duplicate": "x",
        "link-empty": "/b/",
        "html-unclosed": '<b class="q">',
    }


def test_facts_survive_being_remembered() -> None:
    html = page('<h2>a</h2><a href="/x/">x</a><img src="a">')
    facts = examine("index.html", html.encode())
    assert facts.problems
    raw = msgspec.msgpack.encode(facts)
    assert msgspec.msgpack.decode(raw, type=PageFacts) == facts


def test_line_endings_and_bom_do_not_move_lines() -> None:
    html = page("<p>a</p>\n<img src=x>")
    for ending in ("\n", "\r\n", "\r"):
        raw = b"\xef\xbb\xbf" + html.replace("\n", ending).encode()
        assert found(raw) == [(L + 1, "image-alt")]


_PIECES = st.lists(
    st.sampled_from(
        sorted(
            names("""
        <p> </p> <a href='/x'> </a> <div </div> <ul> <li> </ul> <table> <td> <svg> <path/> </svg>
        <title> </title> <script> </script> <!-- --> <! > " ' = & &amp; <template> </template> <h1>
        <h4> </h4> <img <button> <label for=a> id=a id='' \x00 é <body> <html <select> <p/> </ <
        srcset=',,' content='0;url=x' <meta http-equiv=refresh""")
        )
    ),
    max_size=40,
).map(" ".join)


@given(st.one_of(_PIECES.map(str.encode), st.binary(max_size=200), st.text().map(str.encode)))
@example(b"<script type=application/ld+json>" + b"[" * 5_000)
@example(b'<script type=application/ld+json>"\\ud800"</script>')
def test_no_bytes_make_it_crash(raw: bytes) -> None:
    facts = examine("index.html", raw)
    assert {each.code for each in facts.problems} <= CODES.keys()
    lines = raw.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert all(0 <= each.line <= lines for each in facts.problems)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=PageFacts) == facts


def test_a_footnote_that_nothing_refers_to_is_told_by_its_name() -> None:
    html = page('<ol><li>a <a href="#fnref:z">b</a></li></ol>')
    (told,) = examine("index.html", html.encode()).problems
    assert (told.code, told.message) == ("link-fragment", "nothing refers to the footnote `z`")
    assert (told.needle, told.hint[:13]) == ("[^z]:", "write `[^z]` ")


def test_fragments_that_browsers_find() -> None:
    assert has_fragment({"a"}, "a")
    assert not has_fragment({"a"}, "A")
    assert has_fragment({"tür"}, "t%C3%BCr")


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("a.png", ["a.png"]),
        ("a.png 1x,b.png 2x", ["a.png", "b.png"]),
        (" a,b.png 100w , c.png 2x ", ["a,b.png", "c.png"]),
        ("a.png, b.png", ["a.png", "b.png"]),
        (",,", []),
    ],
)
def test_srcset(value: str, addresses: list[str]) -> None:
    assert srcset(value) == addresses


def test_text_blocks() -> None:
    html = "<h2>A <em>b</em></h2><p>c &amp; d<br>e</p><ul><li>f</li></ul><!-- g -->"
    assert text_blocks(html) == ["A b", "c & d e", "f"]
