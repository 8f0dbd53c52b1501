import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.site.catalogue import Site, catalogue, related_posts
from tests.support.documents import NOW, document, sorted_out
from tests.support.sites import config


def names(sources: object) -> list[str]:
    return [str(source).rpartition("/")[2].removesuffix(".md") for source in sources]  # type: ignore[attr-defined]


def posts_of(site: Site) -> list[str]:
    return [post.slug for post in site.posts]


def test_posts_are_newest_first() -> None:
    site = sorted_out(document("b", "2024-01-02"), document("a", "2024-01-03"), document("c"))
    assert posts_of(site) == ["a", "b", "c"]


def test_of_one_day_the_last_name_is_the_newest_and_weight_comes_first() -> None:
    site = sorted_out(document("part-1"), document("part-3"), document("part-2"))
    assert posts_of(site) == ["part-3", "part-2", "part-1"]
    site = sorted_out(document("a", weight=1), document("b", weight=2), document("c"))
    assert posts_of(site) == ["c", "a", "b"]


def test_pages_are_by_weight_then_title() -> None:
    site = sorted_out(
        document("a", "", "page", weight=2),
        document("b", "", "page", title="Z"),
        document("c", "", "page", title="Y"),
    )
    assert [page.slug for page in site.pages] == ["c", "b", "a"]


def test_what_is_held_back_and_why() -> None:
    documents = [
        document("draft", draft=True),
        document("soon", "2024-06-02"),
        document("gone", expires=NOW),
        document("now", "2024-06-01T12:00"),
        document("page", "", "page", draft=True),
    ]
    site = sorted_out(*documents)
    assert site.held == {
        "content/posts/draft.md": "draft",
        "content/posts/soon.md": "scheduled",
        "content/posts/gone.md": "expired",
        "content/pages/page.md": "draft",
    }
    assert posts_of(site) == ["now"]
    assert posts_of(sorted_out(*documents, drafts=True)) == ["now", "draft"]
    assert posts_of(sorted_out(*documents, future=True)) == ["soon", "now"]


def test_a_post_waits_for_the_second_of_autumns_two_hours() -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    first = dt.datetime(2021, 10, 31, 1, 30, tzinfo=lisbon)
    second = first.replace(fold=1)
    post = document("x")
    post = type(post)(
        **{name: getattr(post, name) for name in post.__struct_fields__} | {"date": second}
    )
    assert catalogue([post], config(), first)[0].held == {post.source: "scheduled"}
    assert catalogue([post], config(), second)[0].held == {}


def test_a_draft_without_a_date_is_shown_as_todays() -> None:
    site = sorted_out(document("idea", "", draft=True), document("old"), drafts=True)
    assert posts_of(site) == ["idea", "old"]
    assert site.posts[0].date == dt.datetime(2024, 6, 1, tzinfo=dt.UTC)


def test_terms_under_the_spelling_used_most() -> None:
    documents = [
        document("a", tags=("Sea Life",)),
        document("b", tags=("sea life", "C++")),
        document("c", tags=("sea life", "C#", "sea life")),
    ]
    site, problems = catalogue(documents, config(), NOW)
    tags = site.terms["tags"]
    assert {slug: (term.name, names(term.posts)) for slug, term in tags.items()} == {
        "c-sharp": ("C#", ["c"]),
        "cpp": ("C++", ["b"]),
        "sea-life": ("sea life", ["c", "b", "a"]),
    }
    assert [(p.path, p.code, p.severity, p.message, p.hint, p.needle) for p in problems] == [
        (
            "content/posts/a.md",
            "term-spelling",
            "warning",
            "`Sea Life` and `sea life` are the same tag",
            "write `sea life` everywhere",
            "Sea Life",
        )
    ]


def test_of_spellings_used_as_often_the_first_in_order_wins() -> None:
    for documents in (
        [document("a", tags=("x y",)), document("b", tags=("X-Y",))],
        [document("b", tags=("x y",)), document("a", tags=("X-Y",))],
    ):
        assert sorted_out(*documents).terms["tags"]["x-y"].name == "X-Y"


def test_a_series_is_oldest_first_and_by_weight() -> None:
    site = sorted_out(
        document("part-2", series="S"),
        document("part-1", series="S"),
        document("later", "2024-02-02", series="S"),
        document("preface", "2024-03-03", series="S", weight=-1),
    )
    assert names(site.terms["series"]["s"].posts) == ["preface", "part-1", "part-2", "later"]


def test_authors_have_the_name_that_the_settings_give() -> None:
    settings = "authors: {ana: {name: Ana Lima}}"
    site = sorted_out(document("a", authors=("ana",)), settings=settings)
    assert [(t.slug, t.name) for t in site.terms["authors"].values()] == [("ana", "Ana Lima")]


def test_categories_and_pages() -> None:
    site = sorted_out(document("a", categories=("News",)), document("p", "", "page", tags=("t",)))
    assert list(site.terms["categories"]) == ["news"]
    assert site.terms["tags"] == {}


def test_related_posts_share_most_tags_then_are_nearest_in_time() -> None:
    posts = [
        document("now", tags=("x", "y")),
        document("near", tags=("x",)),
        document("far", tags=("Y", "X")),
        document("other", tags=("z",)),
        document("alone"),
    ]
    related = related_posts(posts, 3)
    assert names(related["content/posts/now.md"]) == ["far", "near"]
    assert names(related["content/posts/near.md"]) == ["far", "now"]
    assert related["content/posts/other.md"] == ()
    assert related["content/posts/alone.md"] == ()
    assert names(related_posts(posts, 1)["content/posts/now.md"]) == ["far"]
    assert related_posts(posts, 0)["content/posts/now.md"] == ()


_TAGS = st.lists(st.sampled_from("abcde"), max_size=4, unique=True)


@given(st.lists(_TAGS, max_size=12), st.randoms(use_true_random=False), st.integers(0, 4))
def test_order_of_files_changes_nothing(tags: list[list[str]], random: object, count: int) -> None:
    documents = [
        document(
            f"p{place}", f"2024-01-{1 + place // 3:02}", tags=tuple(own), series=(own or [""])[0]
        )
        for place, own in enumerate(tags)
    ]
    shuffled = list(documents)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    settings = f"related: {count}"
    assert sorted_out(*documents, settings=settings) == sorted_out(*shuffled, settings=settings)


@given(st.lists(_TAGS, max_size=12), st.integers(0, 4))
def test_related_posts_hold_what_they_promise(tags: list[list[str]], count: int) -> None:
    posts = [document(f"p{place}", tags=tuple(own)) for place, own in enumerate(tags)]
    shared = {
        (a.source, b.source): len(set(a.tags) & set(b.tags)) for a in posts for b in posts if a != b
    }
    for source, others in related_posts(posts, count).items():
        able = [n for (a, _), n in shared.items() if a == source and n]
        assert len(others) == len(set(others)) == min(count, len(able))
        given_counts = [shared[source, other] for other in others]
        assert given_counts == sorted(able, reverse=True)[:count]


@pytest.mark.parametrize("taxonomy", ["tags", "categories", "authors", "series"])
def test_a_term_of_any_name_has_a_page(taxonomy: str) -> None:
    value: object = "con" if taxonomy == "series" else ("con", "🎉", "x" * 300)
    site = sorted_out(document("a", **{taxonomy: value}))
    assert all(slug not in ("", "con") for slug in site.terms[taxonomy])  # type: ignore[index]
