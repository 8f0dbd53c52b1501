"""Where addresses lead, and what is told of those that lead nowhere."""

import pytest

from generator.assets.images import FileLink
from generator.markdown.convert import split_references
from generator.site.links import (
    INVALID,
    MOST_SUGGESTIONS,
    Targets,
    lead_to,
    make_absolute,
    resolve,
    resolve_address,
    suggest,
)

SOURCE = "content/posts/2024-01-10-first.md"
FILES = {
    "content/posts/boat.png": FileLink(url="/base/assets/posts/boat.1.png", width=4, height=3),
    "content/posts/a b,c.png": FileLink(url="/base/assets/posts/a%20b%2Cc.1.png"),
    "content/posts/data.zip": FileLink(url="/base/assets/posts/data.1.zip"),
    "static/img/logo.svg": FileLink(url="/base/assets/img/logo.1.svg", width=1, height=1),
    "static/root/favicon.ico": FileLink(url="no"),
    "static/root/paper.pdf": FileLink(url="/base/paper.pdf"),
}
TARGETS = Targets(
    documents={
        SOURCE: "/posts/first/",
        "content/posts/2024-02-20-second.md": "/posts/second/",
        "content/pages/about.md": "/about/",
        "content/pages/grüße.md": "/grüße/",
        "content/pages/page.html.md": "/page.html",
    },
    held={"content/posts/2024-03-01-draft.md": "draft", "content/posts/broken.md": INVALID},
    files=FILES.get,
    base="/base",
)


def line_of(text: str) -> int:
    return 7


def resolved(html: str, source: str = SOURCE) -> tuple[str, list[str]]:
    text, problems = resolve(split_references(html), source, TARGETS, line_of)
    return text, [f"{p.path}:{p.line}: {p.code}: {p.message} ({p.hint})" for p in problems]


def address(written: str, source: str = SOURCE) -> str:
    url, problems = resolve_address(written, source, TARGETS, line_of)
    assert problems == []
    return url


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("2024-02-20-second.md", "/base/posts/second/"),
        ("2024-02-20-second.md#part-1", "/base/posts/second/#part-1"),
        ("2024-02-20-second.md?x=1#p", "/base/posts/second/?x=1#p"),
        ("./2024-02-20-second.md", "/base/posts/second/"),
        (" 2024-02-20-second.md#p ", "/base/posts/second/#p"),
        ("2024-02-20-\nsecond.md", "/base/posts/second/"),
        ("../pages/about.md", "/base/about/"),
        ("about.md", "/base/about/"),
        ("pages/about.md", "/base/about/"),
        ("/pages/about.md", "/base/about/"),
        ("/content/pages/about.md", "/base/about/"),
        ("../pages/gr%C3%BC%C3%9Fe.md", "/base/gr%C3%BC%C3%9Fe/"),
        ("../pages/grüße.md", "/base/gr%C3%BC%C3%9Fe/"),
        ("boat.png", "/base/assets/posts/boat.1.png"),
        ("../posts/boat.png?v=2", "/base/assets/posts/boat.1.png?v=2"),
        ("a%20b,c.png", "/base/assets/posts/a%20b%2Cc.1.png"),
        ("/img/logo.svg", "/base/assets/img/logo.1.svg"),
        ("/posts/boat.png", "/base/assets/posts/boat.1.png"),
        ("data.zip", "/base/assets/posts/data.1.zip"),
        ("/paper.pdf", "/base/paper.pdf"),
        ("/about/", "/base/about/"),
        ("/", "/base/"),
        ("/a b/", "/base/a%20b/"),
        ("../second/", "/base/posts/second/"),
        ("..", "/base/posts/"),
        (".", "/base/posts/first/"),
        ("../..", "/base/"),
        ("part/", "/base/posts/first/part/"),
        ("https://example.com/x.md", "https://example.com/x.md"),
        ("//example.com/x.png", "//example.com/x.png"),
        ("mailto:a@b.c", "mailto:a@b.c"),
        ("data:image/png;base64,AA==", "data:image/png;base64,AA=="),
        ("#part", "#part"),
        ("?page=2", "?page=2"),
        ("", ""),
    ],
)
def test_where_addresses_lead(written: str, url: str) -> None:
    assert address(written) == url


@pytest.mark.parametrize(
    ("written", "code", "message"),
    [
        ("gone.md", "missing-document", "link to `gone.md`: no such file"),
        (
            "2024-03-01-draft.md#x",
            "unpublished-link",
            "link to `2024-03-01-draft.md#x`, which is not published: draft",
        ),
        ("gone.png", "missing-file", "`gone.png`: no such file"),
        ("/img/gone.JPG", "missing-file", "`/img/gone.JPG`: no such file"),
        ("../../../etc/passwd.png", "missing-file", "`../../../etc/passwd.png`: no such file"),
    ],
)
def test_what_leads_nowhere(written: str, code: str, message: str) -> None:
    _, problems = resolve_address(written, SOURCE, TARGETS, line_of)
    assert [(p.path, p.line, p.code, p.message) for p in problems] == [(SOURCE, 7, code, message)]


def test_a_link_to_a_document_with_errors_is_not_told_too() -> None:
    assert resolve_address("broken.md", SOURCE, TARGETS, line_of)[1] == []


def test_missing_documents_get_suggestions_but_not_thousands() -> None:
    problems = []
    for _ in range(MOST_SUGGESTIONS + 5):
        problems += resolve_address("2024-02-20-secnd.md", SOURCE, TARGETS, line_of)[1]
    hints = [problem.hint for problem in suggest(problems, TARGETS)]
    assert hints[:MOST_SUGGESTIONS] == ["did you mean `2024-02-20-second.md`?"] * MOST_SUGGESTIONS
    assert hints[MOST_SUGGESTIONS:] == ["name the file of the other page"] * 5


def test_a_link_that_lacks_the_date_is_told_the_files_name() -> None:
    problems = resolve_address("second.md", SOURCE, TARGETS, line_of)[1]
    assert [each.hint for each in suggest(problems, TARGETS)] == [
        "did you mean `2024-02-20-second.md`?"
    ]


def test_images_get_their_size() -> None:
    html = '<img alt="" src="boat.png" data-size="">'
    assert resolved(html)[0] == (
        '<img alt="" src="/base/assets/posts/boat.1.png" width="4" height="3" fetchpriority="high">'
    )
    raw = '<img alt="" src="boat.png">'
    assert resolved(raw)[0] == '<img alt="" src="/base/assets/posts/boat.1.png">'


@pytest.mark.parametrize(
    ("srcset", "expected"),
    [
        (
            "boat.png 1x, /img/logo.svg 2x",
            "/base/assets/posts/boat.1.png 1x, /base/assets/img/logo.1.svg 2x",
        ),
        ("boat.png", "/base/assets/posts/boat.1.png"),
        (
            "boat.png 480w,boat.png 800w",
            "/base/assets/posts/boat.1.png 480w, /base/assets/posts/boat.1.png 800w",
        ),
        ("https://x.org/?a=1&amp;b=2 2x", "https://x.org/?a=1&amp;b=2 2x"),
        ("data:image/png;base64,AA== 2x", "data:image/png;base64,AA== 2x"),
    ],
)
def test_srcset(srcset: str, expected: str) -> None:
    text, problems = resolved(f'<img srcset="{srcset}">')
    assert text == f'<img srcset="{expected}">'
    assert problems == []


def test_each_missing_picture_of_a_srcset_is_told() -> None:
    _, problems = resolved('<img srcset="x.png 1x, y.png 2x">')
    assert [line.partition(": ")[2] for line in problems] == [
        "missing-file: `x.png`: no such file (expected it at content/posts/x.png)",
        "missing-file: `y.png`: no such file (expected it at content/posts/y.png)",
    ]


def test_addresses_are_escaped_once() -> None:
    assert resolved('<a href="/x/?a=1&amp;b=&quot;">')[0] == '<a href="/base/x/?a=1&amp;b=&quot;">'
    assert resolved("<a href='/x/'>y</a>")[0] == '<a href="/base/x/">y</a>'
    assert resolved("<a href=about.md>y</a>")[0] == '<a href="/base/about/">y</a>'


def test_html_without_addresses_is_left_alone() -> None:
    assert resolved("<p>x</p>") == ("<p>x</p>", [])


def test_addresses_for_feeds_are_whole() -> None:
    html = '<a href="/x/">1</a><a href="#p">2</a><img srcset="/a 1x, /b 2x"><a href="//h/">3</a>'
    assert make_absolute(html, "https://e.org", "https://e.org/post/") == (
        '<a href="https://e.org/x/">1</a><a href="https://e.org/post/#p">2</a>'
        '<img srcset="https://e.org/a 1x, https://e.org/b 2x"><a href="https://h/">3</a>'
    )


def test_places_in_an_excerpt_lead_to_the_page() -> None:
    assert lead_to('<a href="#p">x</a> <a href="/y">z</a>', "/post/") == (
        '<a href="/post/#p">x</a> <a href="/y">z</a>'
    )


def test_a_picture_beside_the_settings_is_told_where_to_put_it() -> None:
    _, (problem,) = resolve_address("card.png", "site.yaml", TARGETS, line_of)
    assert problem.code == "missing-file"
    assert problem.hint == "put it into static/, and write `/card.png`"
