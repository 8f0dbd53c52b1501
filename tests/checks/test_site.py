"""Pages together: links, promises of site.yaml, redirects, and what must not be said twice."""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
import pytest

from generator.checks.addresses import Addresses, output_of
from generator.checks.codes import CODES, fold, problem
from generator.checks.page.examine import text_blocks
from generator.checks.page.facts import PageFacts
from generator.checks.severity import relevel
from generator.config.settings import ContactSettings, CounterSettings, LanguageSettings, SiteConfig
from tests.support.pages import BODY_LINE, CONFIG, check_site, facts, page

L = BODY_LINE
FILES = ("404.html", "a.png", "assets/site.0123.css", "feed.json", "a b.png")


def other(body: str = "<p>b</p>", **changes: str) -> str:
    """Return a page that shares nothing with the landing page."""
    own = {
        "title": "Other",
        "description": "Something else.",
        "canonical": "https://example.org/b/",
    }
    return page(body, **{**own, **changes})


def check(
    pages: Mapping[str, PageFacts],
    redirects: Mapping[str, str] | None = None,
    config: SiteConfig = CONFIG,
    landing_text: tuple[str, ...] = (),
    files: tuple[str, ...] = FILES,
) -> list[tuple[str, int, str]]:
    """Return path, line and code of everything that is wrong."""
    problems = check_site(pages, [*pages, *files], redirects or {}, config, landing_text)
    return [(each.path, each.line, each.code) for each in problems]


def link_codes(html: str, redirects: Mapping[str, str] | None = None) -> list[tuple[int, str]]:
    """Check a landing page with `html` beside the page /b/; return line and code."""
    pages = facts(
        home=page(html), b=other('<h2 id="part">b</h2><h2 id="zwölf">c</h2><a name="named"></a>')
    )
    found = check(pages, redirects)
    assert {path for path, _, _ in found} <= {"index.html"}
    return [(line, code) for _, line, code in found]


LINKS: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "to a page": ('<p><a href="/b/">b</a></p>', []),
    "to itself": ('<p><a href="./">b</a></p>', []),
    "relative": ('<p><a href="b/#part">b</a></p>', []),
    "with a query": ('<p><a href="/b/?x=1">b</a></p>', []),
    "by its whole address": ('<p><a href="https://example.org/b/#part">b</a></p>', []),
    "without a scheme": ('<p><a href="//example.org/b/">b</a></p>', []),
    "to a link's name": ('<p><a href="/b/#named">b</a></p>', []),
    "to a place with other letters": (
        '<p><a href="/b/#zwölf">a</a> <a href="/b/#zw%C3%B6lf">b</a></p>',
        [],
    ),
    "outside": (
        '<p><a href="http://example.com/gone">b</a> <a href="mailto:a@b.org">c</a></p>',
        [],
    ),
    "to the API": ('<p><a href="/api/views">b</a></p>', []),
    "to nothing": ('<p>a\n<a href="/gone/">b</a></p>', [(L + 1, "link-broken")]),
    "to nothing, in full": (
        '<p><a href="https://example.org/gone/">b</a></p>',
        [(L, "link-broken")],
    ),
    "to a source file": ('<p><a href="b.md">b</a></p>', [(L, "link-broken")]),
    "in capitals": ('<p><a href="/B/">b</a></p>', [(L, "link-broken")]),
    "to no place": ('<p>\n<a href="/b/#gone">b</a></p>', [(L + 1, "link-fragment")]),
    "without the last slash": ('<p><a href="/b">b</a></p>', [(L, "link-redirected")]),
    "with index.html": ('<p><a href="/b/index.html">b</a></p>', [(L, "link-redirected")]),
    "of a script": ('<p><a href="javascript:alert(1)">b</a></p>', [(L, "link-script")]),
    "that cannot be read": ('<p><a href="http://[b/">b</a></p>', [(L, "link-syntax")]),
    "with a backslash": ('<p><a href="/\\b/">b</a></p>', [(L, "link-syntax")]),
    "with an impossible port": ('<p><a href="http://b:99999999/">b</a></p>', [(L, "link-syntax")]),
    "image": ('<img src="/a.png" alt="a">', []),
    "image with a space": ('<img src="/a%20b.png" alt="a">', []),
    "image of data": ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="a">', []),
    "image that is missing": ('<p>\n<img src="/z.png" alt="a"></p>', [(L + 1, "image-missing")]),
    "image in a set that is missing": (
        '<img src="/a.png" srcset="/a.png 1x, /z.png 2x" alt="a">',
        [(L, "image-missing")],
    ),
    "poster that is missing": (
        '<video src="/a.png" poster="/z.png"></video>',
        [(L, "image-missing")],
    ),
    "script that is missing": ('<script src="/z.js"></script>', [(L, "asset-missing")]),
    "frame that is missing": ('<iframe src="/z/"></iframe>', [(L, "asset-missing")]),
    "form to nothing": ('<form action="/gone"></form>', [(L, "link-broken")]),
    "form to the API": ('<form action="/api/contact"></form>', []),
    "image over http": (
        '<img src="http://example.com/a.png" alt="a">',
        [(L, "mixed-content")],
    ),
    "form over http": ('<form action="http://example.com/"></form>', [(L, "mixed-content")]),
    "image over https": ('<img src="https://example.com/a.png" alt="a">', []),
}


@pytest.mark.parametrize("name", LINKS)
def test_link(name: str) -> None:
    html, expected = LINKS[name]
    assert link_codes(html) == expected


def test_link_over_a_redirect() -> None:
    link = '<p><a href="/old/">b</a></p>'
    assert link_codes(link) == [(L, "link-broken")]
    assert link_codes(link, {"/old/": "/b/"}) == [(L, "link-redirected")]
    assert link_codes('<p><a href="/b/">b</a></p>', {"/old/": "/b/"}) == []


def test_a_missing_icon_is_told_with_the_place_where_it_is_looked_for() -> None:
    icon = '<link rel="icon" href="/favicon.ico">'
    pages = facts(home=page().replace("</head>", f"{icon}\n</head>"))
    (problem,) = check_site(pages, [*pages, *FILES], {}, CONFIG)
    assert (problem.code, problem.hint) == (
        "asset-missing",
        "expected it at static/root/favicon.ico",
    )


def test_parts_of_the_head() -> None:
    def with_head(extra: str) -> list[tuple[str, int, str]]:
        return check(facts(home=page().replace("</head>", f"{extra}\n</head>")))

    assert with_head('<link rel="stylesheet" href="/assets/site.0123.css">') == []
    assert with_head('<link rel="alternate" href="/feed.json">') == []
    assert with_head('<link rel="preconnect" href="https://example.com">') == []
    assert with_head('<meta property="og:image" content="https://example.org/a.png">') == []
    assert with_head('<link rel="stylesheet" href="/assets/site.css">') == [
        ("index.html", 9, "asset-missing")
    ]
    assert with_head('<link rel="alternate" href="/feed.xml">') == [
        ("index.html", 9, "link-broken")
    ]
    assert with_head('<meta property="og:image" content="https://example.org/z.png">') == [
        ("index.html", 9, "image-missing")
    ]


def test_http_site_may_load_over_http() -> None:
    config = msgspec.structs.replace(CONFIG, url="http://example.org")
    html = page('<img src="http://example.com/a.png" alt="a">', canonical="http://example.org/")
    assert check(facts(home=html), config=config) == []


def test_needle_and_hint_of_a_broken_link() -> None:
    pages = facts(home=page('<p><a href="/posts/lwo/">x</a></p>'), posts_low=other())
    pages = {path: msgspec.structs.replace(each, canonical="") for path, each in pages.items()}
    (only,) = check_site(pages, [*pages, *FILES], {}, CONFIG)
    assert only.needle == "/posts/lwo/"
    assert only.hint == "did you mean `/posts/low/`?"


def test_site_below_a_path() -> None:
    config = msgspec.structs.replace(CONFIG, url="https://example.org/blog")
    canonical = "https://example.org/blog/"
    good = '<a href="/blog/b/">b</a> <a href="../blog/b/#part">c</a> <img src="/blog/a.png" alt="">'

    def pages(body: str) -> dict[str, PageFacts]:
        both = facts(
            home=page(f"<p>{body}</p>", canonical=canonical),
            b=other('<h2 id="part">b</h2>', canonical=f"{canonical}b/"),
        )
        menu = '<a href="/">'
        assert menu in page()
        return {
            path: msgspec.structs.replace(
                each, links=tuple(link for link in each.links if link.url != "/")
            )
            for path, each in both.items()
        }

    assert check(pages(good), config=config) == []
    assert check(pages('<a href="/b/">b</a>'), config=config) == [
        ("index.html", L, "link-outside-base")
    ]
    assert check(pages('<a href="/blog/z/">b</a>'), config=config) == [
        ("index.html", L, "link-broken")
    ]
    assert check(pages('<a href="/blogger/">b</a>'), config=config) == [
        ("index.html", L, "link-outside-base")
    ]


def test_canonical_must_be_a_page() -> None:
    assert check(facts(home=page(canonical="https://example.org/gone/"))) == [
        ("index.html", 8, "page-canonical")
    ]
    assert check(facts(home=page(canonical="https://elsewhere.org/a/"))) == []


def test_titles_and_descriptions_differ() -> None:
    same = facts(home=page(), b=other(title="Low water"))
    assert check(same) == [
        ("b/index.html", 6, "title-duplicate"),
        ("index.html", 6, "title-duplicate"),
    ]
    same = facts(home=page(), b=other(description="What the harbour shows twice a day."))
    assert check(same) == [
        ("b/index.html", 7, "description-duplicate"),
        ("index.html", 7, "description-duplicate"),
    ]
    hidden = other(title="Low water").replace(
        '<meta name="description"',
        '<meta name="robots" content="noindex">\n<meta name="description"',
    )
    assert check(facts(home=page(), b=hidden)) == []


@pytest.mark.parametrize(
    ("path", "told"), [("de/index.html", False), ("de.html", True), ("fr/index.html", True)]
)
def test_pages_of_two_languages_may_be_called_the_same(path: str, told: bool) -> None:
    config = msgspec.structs.replace(CONFIG, languages={"de": LanguageSettings()})
    home, twin = facts(home=page(), b=page()).values()
    found = check({"index.html": home, path: twin}, config=config)
    names = ("title-duplicate", "description-duplicate")
    assert [code for _, _, code in found if code in names] == [*names, *names][: 4 * told]


REDIRECTS: dict[str, tuple[dict[str, str], list[tuple[str, int, str]]]] = {
    "to a page": ({"/old/": "/b/"}, []),
    "to a place on a page": ({"/old/": "/b/#part"}, []),
    "to another site": ({"/old/": "https://example.com/"}, []),
    "to nothing": ({"/old/": "/gone/"}, [("old/index.html", 0, "redirect-target")]),
    "to itself": ({"/old/": "/old/"}, [("old/index.html", 0, "redirect-loop")]),
    "to itself with another slash": ({"/old/": "/old"}, [("old/index.html", 0, "redirect-loop")]),
    "in a circle": (
        {"/x/": "/y/", "/y/": "/x/"},
        [("x/index.html", 0, "redirect-loop"), ("y/index.html", 0, "redirect-loop")],
    ),
    "into a circle": (
        {"/w/": "/x/", "/x/": "/y/", "/y/": "/x/"},
        [
            ("w/index.html", 0, "redirect-loop"),
            ("x/index.html", 0, "redirect-loop"),
            ("y/index.html", 0, "redirect-loop"),
        ],
    ),
    "over another": ({"/x/": "/y/", "/y/": "/b/"}, [("x/index.html", 0, "redirect-chain")]),
    "over another to nothing": (
        {"/x/": "/y/", "/y/": "/z/"},
        [("x/index.html", 0, "redirect-target"), ("y/index.html", 0, "redirect-target")],
    ),
    "from a page": ({"/b/": "/"}, [("b/index.html", 0, "redirect-collision")]),
    "from a page without its slash": ({"/b": "/"}, [("b/index.html", 0, "redirect-collision")]),
}


@pytest.mark.parametrize("name", REDIRECTS)
def test_redirect(name: str) -> None:
    redirects, expected = REDIRECTS[name]
    pages = facts(home=page(), b=other('<h2 id="part">b</h2>', canonical=""))
    pages["b/index.html"] = msgspec.structs.replace(
        pages["b/index.html"], problems=(), canonical=""
    )
    assert check(pages, redirects) == expected


def test_landing_page_and_404_must_be_there() -> None:
    assert check(facts(b=other().replace('href="/"', 'href="/b/"'))) == [
        ("index.html", 0, "landing-missing")
    ]
    assert check(facts(home=page()), files=("a.png",)) == [("404.html", 0, "not-found-page")]


def test_landing_page_carries_the_owners_text() -> None:
    text = "Come in — the “kettle” is on."
    source = text_blocks(f"<p>{text}</p><p>Mind&nbsp;the <b>step</b>.</p>")
    whole = page('<p>Come in - the "kettle" is on.</p><ul><li>Mind the step</li></ul>')
    assert check(facts(home=whole), landing_text=tuple(source)) == []
    partly = page("<p>Come in, the kettle is on.</p>")
    assert check(facts(home=partly), landing_text=tuple(source)) == [
        ("index.html", 0, "landing-text")
    ]


def test_counter_is_where_settings_say() -> None:
    config = msgspec.structs.replace(
        CONFIG, counter=CounterSettings(enabled=True, on=("home", "post"))
    )
    counter = '<tidepost-counter data-path="/"></tidepost-counter>'
    pages = facts(
        home=page(counter, kind="home"),
        b=other(kind="post"),
        c=page(kind="page", title="C", description="C"),
    )
    assert check(pages, config=config) == [("b/index.html", 0, "counter-missing")]
    off = msgspec.structs.replace(CONFIG, counter=CounterSettings(enabled=False, on=("post",)))
    assert check(pages, config=off) == []


def test_contact_form_is_where_settings_say() -> None:
    form = '<form data-tidepost-contact action="/api/contact" method="post"></form>'
    settings = ContactSettings(enabled=True, page="/b/", thanks="/thanks/")
    config = msgspec.structs.replace(CONFIG, contact=settings)
    files = (*FILES, "thanks/index.html")
    good = facts(home=page(), b=other(form))
    assert check(good, config=config, files=files) == []
    assert check(good, config=config) == [("site.yaml", 0, "contact-thanks-missing")]
    assert check(facts(home=page(), b=other()), config=config, files=files) == [
        ("b/index.html", 0, "contact-form-missing")
    ]
    assert check(facts(home=page(form)), config=config, files=files) == [
        ("site.yaml", 0, "contact-form-missing")
    ]


def test_problems_of_single_pages_are_in_the_list_with_their_level() -> None:
    pages = facts(home=page('<img src="/a.png">'))
    problems = check_site(pages, [*pages, *FILES], {}, CONFIG)
    assert [(each.code, each.severity) for each in problems] == [("image-alt", "error")]
    assert relevel(problems, {"image-alt": "off"}) == []
    assert [each.severity for each in relevel(problems, {"image-alt": "note"})] == ["note"]


def test_order_of_pages_does_not_matter() -> None:
    pages = facts(home=page('<a href="/x/">x</a>'), b=page('<a href="/y/">y</a>'))
    backwards = dict(reversed(pages.items()))
    assert check(pages) == check(backwards)


def test_one_mistake_on_many_pages_is_told_three_times() -> None:
    many = [problem("link-broken", f"p{n:03}.html", 3, "`/x/` leads to nothing") for n in range(50)]
    one = problem("image-alt", "a.html", 1, "the image `b` has no `alt`")
    folded = fold([*many, one])
    assert [each.path for each in folded] == ["a.html", "p000.html", "p001.html", "p002.html"]
    assert "47 more" in folded[-1].message
    assert fold([one]) == [one]


def test_addresses_are_remembered_by_page_only_where_they_are_relative() -> None:
    addresses = Addresses({"a/x.png", "b/index.html"}, {}, CONFIG)
    assert addresses.resolve("x.png", "a/index.html").reach == "found"
    assert addresses.resolve("x.png", "b/index.html").reach == "missing"
    assert addresses.resolve("../../b/", "a/index.html").path == "b/index.html"


def test_addresses_mean_what_they_mean_at_the_edge() -> None:
    contract = json.loads(Path("tests/contract/urls.json").read_text(encoding="utf-8"))
    keys = {unquote(case["key"]) for case in contract["cases"] if "key" in case}
    places = {
        output_of(urlsplit(case["location"]).path)
        for case in contract["cases"]
        if "location" in case
    }
    addresses = Addresses(keys | places, contract["table"], CONFIG)
    compared = 0
    for case in contract["cases"]:
        if "hidden" in case or "//" in case["path"] or "\\" in case["path"]:
            continue  # no way to write them in a page that is not about another site
        target = addresses.resolve(case["path"], "index.html")
        assert target.reach == ("found" if "key" in case else "redirected"), case
        if "key" in case:
            assert target.path == unquote(case["key"])
        compared += 1
    assert compared > 20


def test_every_code_has_a_meaning_and_a_way_out() -> None:
    for code, known in CODES.items():
        assert code == code.lower().replace("_", "-").replace(" ", "-")
        assert known.meaning.endswith(".")
        assert known.hint


@pytest.mark.parametrize(
    ("url", "reach", "path"),
    [
        ("/LICENSE", "found", "LICENSE"),
        (
            "/.well-known/apple-app-site-association",
            "found",
            ".well-known/apple-app-site-association",
        ),
        ("/posts/python-3.13-is-out/", "found", "posts/python-3.13-is-out/index.html"),
        ("/posts/python-3.13-is-out", "redirected", "posts/python-3.13-is-out/index.html"),
        ("/posts/node.js", "redirected", "posts/node.js/index.html"),
        ("/v1.0", "redirected", "v1.0/index.html"),
        ("/LICENSE/", "missing", "LICENSE/index.html"),
        ("/a.png", "missing", "a.png"),
        ("/nowhere", "missing", "nowhere/index.html"),
    ],
)
def test_links_reach_what_the_edge_answers(url: str, reach: str, path: str) -> None:
    paths = {
        "LICENSE",
        ".well-known/apple-app-site-association",
        "posts/python-3.13-is-out/index.html",
        "posts/node.js/index.html",
        "v1.0/index.html",
    }
    addresses = Addresses(paths, {"/v1.0/": "/posts/node.js/"}, CONFIG)
    for written in (url, f"https://example.org{url}"):
        target = addresses.resolve(written, "index.html")
        assert (target.reach, target.path) == (reach, path)
