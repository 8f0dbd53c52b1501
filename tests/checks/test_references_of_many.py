"""The gate looks quickly at references that it has met before: it finds the same as without."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.checks import addresses as resolving
from generator.checks.addresses import Addresses, page_url
from generator.checks.blocked import Judge
from generator.checks.page.examine import examine
from generator.checks.page.facts import LazyFacts, PageFacts, References, card_of
from generator.checks.run import _references, _world
from generator.checks.site import Site, check_references
from generator.core.cache import Cache, Key, NoCache
from generator.core.problems import Problem
from tests.support.pages import CONFIG, page

PATHS = ["index.html", "a/index.html", "b/index.html", "zwölf/index.html", "404.html"]
HREFS = [
    "/",
    "/a/",
    "/b/#part",
    "/b/#nowhere",
    "/a",
    "/old/",
    "/gone/",
    "b/",
    "../a/",
    "#part",
    "https://example.org/b/",
    "http://example.org/a.png",
    "https://elsewhere.example/",
    "https://elsewhere.example/x.png",
    "javascript:x",
]
POLICY = "default-src 'none'; img-src 'self'"
LINK = st.builds(
    lambda href, kind: kind.format(href),
    st.sampled_from(HREFS),
    st.sampled_from(
        [
            '<img src="{0}" alt="x">',
            '<a href="{0}">x</a>',
            '<iframe src="{0}"></iframe>',
            '<b style="x">{0}</b>',
        ]
    ),
)
PAGE = st.builds(
    lambda links, part, own, refresh: (
        f"{part}<p>{' '.join(links)}</p>",
        own,
        refresh,
    ),
    st.lists(LINK, max_size=5),
    st.sampled_from(["", '<h2 id="part">b</h2>']),
    st.sampled_from(["", "https://example.org/gone/", "https://example.org/old/"]),
    st.booleans(),
)


def facts_of(path: str, body: str, canonical: str, *, refresh: bool) -> PageFacts:
    html = page(body, canonical=canonical or f"https://example.org{page_url(path)}")
    if refresh:
        html = html.replace("</head>", '<meta http-equiv="refresh" content="0; url=/a/"></head>')
    return examine(path, html.encode())


ON = ('<p><a href="/a">x</a></p>', "", True)
BROKEN = ('<p><a href="/a">x</a></p>', "", False)
FINE = ("<p>x</p>", "", False)


@example([ON, BROKEN, FINE, FINE, FINE])
@example([FINE, ("<p>x</p>", "https://example.org/gone/", False), FINE, FINE, FINE])
@settings(max_examples=60, deadline=None)
@given(st.lists(PAGE, min_size=len(PATHS), max_size=len(PATHS)))
def test_the_same_is_found(pages: list[tuple[str, str, bool]]) -> None:
    facts = {
        path: facts_of(path, body, canonical, refresh=refresh)
        for path, (body, canonical, refresh) in zip(PATHS, pages, strict=True)
    }
    encoded = {path: msgspec.msgpack.encode(each) for path, each in facts.items()}
    lazy = LazyFacts(encoded, encoded.__getitem__)
    site = Site(
        facts=lazy,
        cards={path: card_of(each) for path, each in facts.items()},
        paths=frozenset([*PATHS, "a.png"]),
        redirects={"/old/": "/a/", "/404.html": "/"},
        config=CONFIG,
        policy=POLICY,
    )
    addresses, judge = Addresses(site.paths, site.redirects, CONFIG), Judge(POLICY, CONFIG)
    found = list(_references(site, lazy, addresses, judge, _world(site), NoCache()))
    assert found == [
        each for path in PATHS for each in check_references(path, site, addresses, judge)
    ]


def test_the_fields_that_are_read_are_the_first_of_all_facts() -> None:
    names = References.__struct_fields__
    assert PageFacts.__struct_fields__[: len(names)] == names


PIECES = ["/", "//", ".", "..", "a", "b", "A", "index.html", "%2e", "#part", "#", "?x", "blog", "é"]
ORIGINS = ["https:", "https://example.org", "https://elsewhere.example", "http://example.org"]
PIECE = st.sampled_from([*PIECES, *ORIGINS, "https://x:80"])


@example(["https://example.org"])
@example(["/", "..", "/", "a", "/"])
@example(["/", ".", "/"])
@example(["https://example.org", "/", "..", "/"])
@settings(max_examples=300, deadline=None)
@given(st.lists(PIECE, max_size=5))
def test_plain_addresses_are_resolved_as_all_are(pieces: list[str]) -> None:
    url = "".join(pieces)
    for config in (CONFIG, msgspec.structs.replace(CONFIG, url="https://example.org/blog")):
        addresses = Addresses(frozenset([*PATHS, "a.png"]), {"/old/": "/a/"}, config)
        quick = addresses._resolve(url, "b/index.html")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(resolving, "_PLAIN", re.compile("(?!)"))
            assert quick == addresses._resolve(url, "b/index.html")


class Remembering:
    def __init__(self) -> None:
        self.kept: dict[Key, bytes] = {}

    def get_many(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def put_many(self, results: Mapping[Key, bytes]) -> None:
        self.kept |= results


LINKING = ('<p><a href="/b/#part">x</a></p>', "", False)
PART = ('<h2 id="part">b</h2>', "", False)


@example([LINKING, FINE, PART, FINE, FINE], [LINKING, FINE, FINE, FINE, FINE], 5, {"/old/": "/a/"})
@example([LINKING, FINE, PART, FINE, FINE], [LINKING, FINE], 5, {})
@example([LINKING, FINE, PART, FINE, FINE], [LINKING, FINE, PART, FINE, FINE], 5, {"/b/": "/a/"})
@settings(max_examples=60, deadline=None)
@given(
    st.lists(PAGE, min_size=len(PATHS), max_size=len(PATHS)),
    st.lists(PAGE, min_size=2, max_size=len(PATHS)),
    st.integers(1, len(PATHS)),
    st.sampled_from([{"/old/": "/a/"}, {}]),
)
def test_what_is_remembered_of_another_site_makes_no_difference(
    before: list[tuple[str, str, bool]],
    after: list[tuple[str, str, bool]],
    same: int,
    redirects: dict[str, str],
) -> None:
    cache = Remembering()
    after = [*before[:same], *after[same:]] if len(after) > same else after
    for pages, leading in ((before, {"/old/": "/a/"}), (after, redirects), (before, redirects)):
        facts = {
            path: facts_of(path, body, canonical, refresh=refresh)
            for path, (body, canonical, refresh) in zip(PATHS, pages, strict=False)
        }
        assert found_in(facts, leading, cache) == found_in(facts, leading, NoCache())
        assert found_in(facts, leading, cache) == found_in(facts, leading, NoCache())


def found_in(
    facts: Mapping[str, PageFacts],
    redirects: dict[str, str],
    cache: Cache,
    looked_at: list[str] | None = None,
) -> list[Problem]:
    def encoded(path: str) -> bytes:
        if looked_at is not None:
            looked_at.append(path)
        return msgspec.msgpack.encode(facts[path])

    lazy = LazyFacts(facts, encoded)
    site = Site(
        facts=lazy,
        cards={path: card_of(each) for path, each in facts.items()},
        paths=frozenset(facts),
        redirects=redirects,
        config=CONFIG,
        policy=POLICY,
    )
    addresses = Addresses(site.paths, redirects, CONFIG)
    return sorted(_references(site, lazy, addresses, Judge(POLICY, CONFIG), _world(site), cache))


def test_where_a_page_comes_only_that_is_looked_at_and_where_one_goes_all_are() -> None:
    pages = {path: facts_of(path, *FINE[:2], refresh=False) for path in PATHS}
    some = {path: pages[path] for path in PATHS[:-2]}
    cache = Remembering()
    found_in(some, {}, cache)
    for now, expected in ((pages, {*PATHS[-2:]}), (pages, set()), (some, {*some})):
        looked_at: list[str] = []
        found_in(now, {}, cache, looked_at)
        assert {*looked_at} == expected


def test_what_leads_to_a_place_is_looked_at_where_places_change_and_not_where_a_page_comes() -> (
    None
):
    pages = {path: facts_of(path, *FINE[:2], refresh=False) for path in PATHS}
    pages["index.html"] = facts_of("index.html", *LINKING[:2], refresh=False)
    pages["b/index.html"] = facts_of("b/index.html", *PART[:2], refresh=False)
    cache = Remembering()
    found_in({path: pages[path] for path in PATHS[:-1]}, {}, cache)
    looked_at: list[str] = []
    assert not found_in(pages, {}, cache, looked_at)
    assert {*looked_at} == {PATHS[-1]}
    looked_at.clear()
    pages["b/index.html"] = facts_of("b/index.html", *FINE[:2], refresh=False)
    assert [each.code for each in found_in(pages, {}, cache, looked_at)] == ["link-fragment"]
    assert "index.html" in looked_at
