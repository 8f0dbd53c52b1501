"""Which addresses the CDN is told to forget."""

import re
from urllib.parse import unquote

from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.publish import invalidation
from tests.support.memory import covers

SEGMENT = st.text("abcdefg-0123", min_size=1, max_size=6)
PATHS = st.lists(SEGMENT, min_size=1, max_size=3).map(lambda parts: "/".join(parts) + ".html")


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.sets(PATHS, max_size=60),
    st.sets(PATHS, max_size=60),
    st.sets(PATHS.map(lambda path: path.replace(".html", ".css")), max_size=20),
    st.integers(-5, 60),
    st.integers(1, 60),
    st.integers(0, 15),
)
@example({f"p/{n}.html" for n in range(60)}, set(), set(), 5, 60, 15)
def test_everything_changed_is_covered_inside_the_limits(
    changed: set[str], same: set[str], assets: set[str], free: int, limit: int, wildcards: int
) -> None:
    urls = invalidation.addresses(changed)
    barred = invalidation.addresses(assets)
    found = invalidation.collapse(
        urls,
        invalidation.addresses(same - changed),
        barred,
        free=free,
        limit=limit,
        wildcards=wildcards,
    )
    assert all(covers(found, url) for url in urls)
    assert len(found) <= limit
    if found != ("/*",):
        assert sum(path.endswith("*") for path in found) <= wildcards
        assert not [url for url in barred if covers(found, url)]
        assert len(found) <= len(urls)
    if len(urls) <= min(free, limit):
        assert found == tuple(urls)  # nothing is forgotten that need not be


def test_a_folder_is_known_under_both_names() -> None:
    assert invalidation.addresses(["index.html", "a/index.html", "b.xml"], "/blog") == [
        "/blog/",
        "/blog/a/",
        "/blog/a/index.html",
        "/blog/b.xml",
        "/blog/index.html",
    ]


def test_unsafe_characters_are_encoded_and_stars_are_no_wildcards() -> None:
    found = invalidation.addresses(["caf\u00e9 1/a*b.html", "100%.html"])
    assert found == ["/100%25.html", "/caf%C3%A9%201/a%2Ab.html"]


def test_a_plus_sign_is_named_as_readers_write_it_and_as_the_edge_function_does() -> None:
    found = invalidation.addresses(["c++/index.html", "a+b.pdf"])
    assert found == [
        "/a%2Bb.pdf",
        "/a+b.pdf",
        "/c%2B%2B/index.html",
        "/c++/",
        "/c++/index.html",
    ]


def test_a_wildcard_never_ends_inside_an_encoded_character() -> None:
    """Each title begins with the same byte of UTF-8, and then with the same character."""
    for titles in ("\u0430\u0431\u0432", "\u0430\u0430\u0430", "\u4f60\u597d\u4e16"):
        paths = [f"posts/{title}{n}/index.html" for n in range(40) for title in titles]
        [found] = invalidation.collapse(invalidation.addresses(paths), [], [], free=10)
        unquote(found[:-1], errors="strict")
        assert not re.search("%.?[*]", found)
    barred = [f"/posts/%D1%81{n}.css" for n in range(40)]
    urls = invalidation.addresses(f"posts/\u0430{n}/index.html" for n in range(40))
    assert invalidation.collapse(urls, [], barred, free=10) == ("/posts/%D0%B0*",)


def test_a_whole_section_becomes_one_path_and_the_rest_stays_exact() -> None:
    urls = invalidation.addresses(
        [f"posts/{n}/index.html" for n in range(2_000)] + ["index.html", "feed.xml"]
    )
    assets = ["/assets/site.1.css"]
    assert invalidation.collapse(urls, ["/about/"], assets) == (
        "/",
        "/feed.xml",
        "/index.html",
        "/posts/*",
    )


def test_paths_that_are_still_free_are_preferred_to_wildcards() -> None:
    urls = invalidation.addresses([f"posts/{n}/index.html" for n in range(400)])
    assert len(invalidation.collapse(urls, [], [])) == 800
    assert invalidation.collapse(urls, [], [], free=799) == ("/posts/*",)


def test_when_nothing_else_fits_everything_is_forgotten() -> None:
    urls = invalidation.addresses([f"p{n}/index.html" for n in range(2_000)])
    assets = [f"/p{n}/x.css" for n in range(2_000)]
    assert invalidation.collapse(urls, [], assets) == ("/*",)
