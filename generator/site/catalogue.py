"""Documents -> Site: what is published, in which order, and what belongs together."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from generator.config.settings import SiteConfig
from generator.content.collections import Item, collection_of, in_order
from generator.content.frontmatter import Document
from generator.core.problems import Problem
from generator.core.urls import term_slug
from generator.site.similar_terms import near_terms

Taxonomy = Literal["tags", "categories", "series", "authors"]
TAXONOMIES: tuple[Taxonomy, ...] = ("tags", "categories", "series", "authors")
_ONE = {"tags": "tag", "categories": "category", "series": "series", "authors": "author"}
_MOST_TAGS_COMPARED = 5


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One tag, category, series or author with its posts, newest first (a series: oldest first)."""

    taxonomy: Taxonomy
    name: str
    slug: str
    posts: tuple[str, ...]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """How the posts stand to each other, by their source paths: `posts` newest first, those of each
    of the `years`, the terms with their posts, and what is related to each. And the items of each
    collection in its order."""

    posts: tuple[str, ...]
    years: dict[int, tuple[str, ...]]
    terms: dict[Taxonomy, dict[str, Term]]
    related: Mapping[str, tuple[str, ...]]
    collections: dict[str, tuple[Item, ...]] = {}


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that this build publishes. Posts are named by their source path.

    `posts` are newest first, `pages` by weight and title, and with them the documents of
    `collections`. `held` tells, for each document that is not published, why: "draft", "scheduled"
    or "expired". `terms[taxonomy]` is keyed by slug.
    """

    posts: tuple[Document, ...]
    pages: tuple[Document, ...]
    held: dict[str, str]
    terms: dict[Taxonomy, dict[str, Term]]
    related: dict[str, tuple[str, ...]]
    collections: dict[str, tuple[Item, ...]] = {}

    @property
    def order(self) -> Order:
        """How the posts stand to each other."""
        years: dict[int, list[str]] = {}
        for post in self.posts:
            if post.date:
                years.setdefault(post.date.year, []).append(post.source)
        return Order(
            posts=tuple(post.source for post in self.posts),
            years={year: tuple(sources) for year, sources in years.items()},
            terms=self.terms,
            related=self.related,
            collections=self.collections,
        )


def catalogue(
    documents: Iterable[Document],
    config: SiteConfig,
    now: dt.datetime,
    *,
    drafts: bool = False,
    future: bool = False,
) -> tuple[Site, list[Problem]]:
    """Sort out what is published at `now`; `drafts` and `future` let held-back documents in."""
    held: dict[str, str] = {}
    posts: list[Document] = []
    pages: list[Document] = []
    for document in documents:
        reason = held_back(document, now, drafts=drafts, future=future)
        if reason:
            held[document.source] = reason
        elif document.kind != "post":
            pages.append(document)
        else:
            posts.append(dated(document, now))
    posts.sort(key=lambda post: post.source)
    posts.sort(key=lambda post: (_seconds(post.date), -post.weight))
    posts.reverse()  # so that of one day's posts the last by name is the newest, as part 2 of 2
    pages.sort(key=lambda page: (page.weight, page.title, page.source))
    terms: dict[Taxonomy, dict[str, Term]] = {}
    problems: list[Problem] = []
    for taxonomy in TAXONOMIES:
        terms[taxonomy], found = _terms(taxonomy, posts, config)
        problems += found
        if taxonomy in ("tags", "categories"):
            names = {slug: term.name for slug, term in terms[taxonomy].items()}
            posts_of = {slug: term.posts for slug, term in terms[taxonomy].items()}
            problems += near_terms(taxonomy, names, posts_of)
    site = Site(
        posts=tuple(posts),
        pages=tuple(pages),
        held=held,
        terms=terms,
        related=related_posts(posts, config.related),
        collections={
            name: in_order((page for page in pages if collection_of(page) == name), settings, now)
            for name, settings in config.collections.items()
        },
    )
    return site, problems


def terms_of(post: Document, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the names that `post` gives for `taxonomy`."""
    if taxonomy == "series":
        return (post.series,) if post.series else ()
    if taxonomy == "tags":
        return post.tags
    return post.categories if taxonomy == "categories" else post.authors


def related_posts(posts: Sequence[Document], count: int) -> dict[str, tuple[str, ...]]:
    """Return for each post up to `count` others that share the most tags, nearest in time first.

    Works on sets of shared tags instead of pairs of posts, so that it stays quick for many posts:
    for each subset of a post's tags, largest first, the nearest posts that have all of it.
    """
    rarity = Counter(slug for post in posts for slug in {*map(term_slug, post.tags)})
    with_all: dict[tuple[str, ...], list[int]] = defaultdict(list)
    subsets: list[list[tuple[str, ...]]] = []
    for place, post in enumerate(posts):
        tags = sorted({*map(term_slug, post.tags)}, key=lambda slug: (rarity[slug], slug))
        tags = tags[:_MOST_TAGS_COMPARED]
        own = [
            subset
            for size in range(len(tags), 0, -1)
            for subset in itertools.combinations(tags, size)
        ]
        subsets.append(own)
        for subset in own:
            with_all[subset].append(place)
    related: dict[str, tuple[str, ...]] = {}
    for place, post in enumerate(posts):
        chosen: list[int] = []
        for subset in subsets[place]:
            if len(chosen) >= count:
                break
            chosen += _nearest(with_all[subset], place, {*chosen, place}, count - len(chosen))
        related[post.source] = tuple(posts[other].source for other in chosen)
    return related


def _nearest(places: list[int], place: int, taken: set[int], count: int) -> list[int]:
    """Return up to `count` of the sorted `places` that lie closest to `place`; older wins a tie."""
    right = bisect.bisect_right(places, place)
    left = right - 1
    found: list[int] = []
    while len(found) < count and (left >= 0 or right < len(places)):
        take_right = left < 0 or (
            right < len(places) and places[right] - place <= place - places[left]
        )
        candidate = places[right] if take_right else places[left]
        if take_right:
            right += 1
        else:
            left -= 1
        if candidate not in taken:
            found.append(candidate)
    return found


def dated(post: Document, now: dt.datetime) -> Document:
    """Return a post with its date; only a draft may lack one, and is shown as today's."""
    if post.date:
        return post
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return msgspec.structs.replace(post, date=today)


def _seconds(moment: dt.datetime | None) -> float:
    """Return a moment to compare by: datetimes of one zone compare by the clock on the wall, which
    in autumn shows one hour twice."""
    return moment.timestamp() if moment else 0.0


def held_back(
    document: Document, now: dt.datetime, *, drafts: bool = False, future: bool = False
) -> str:
    """Say why a document is not published at `now`: "draft", "scheduled", "expired", or empty."""
    if document.draft and not drafts:
        return "draft"
    waits = document.date and not document.event and _seconds(document.date) > _seconds(now)
    if waits and not future:
        return "scheduled"
    if document.expires and _seconds(document.expires) <= _seconds(now):
        return "expired"
    return ""


def _terms(
    taxonomy: Taxonomy, posts: Sequence[Document], config: SiteConfig
) -> tuple[dict[str, Term], list[Problem]]:
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    members: dict[str, list[Document]] = defaultdict(list)
    for post in posts:
        for slug, name in {term_slug(name): name for name in terms_of(post, taxonomy)}.items():
            spellings[slug][name] += 1
            members[slug].append(post)
    problems: list[Problem] = []
    terms: dict[str, Term] = {}
    for slug in sorted(members):
        ranked = sorted(spellings[slug].items(), key=lambda item: (-item[1], item[0]))
        name = ranked[0][0]
        for other, _ in ranked[1:]:
            source = next(
                post.source for post in members[slug] if other in terms_of(post, taxonomy)
            )
            problems.append(
                Problem(
                    path=source,
                    code="term-spelling",
                    message=f"`{other}` and `{name}` are the same {_ONE[taxonomy]}",
                    hint=f"write `{name}` everywhere",
                    severity="warning",
                    needle=other,
                )
            )
        if taxonomy == "authors" and name in config.authors:
            name = config.authors[name].name
        own = members[slug]
        if taxonomy == "series":
            own.reverse()
            own.sort(key=lambda post: post.weight)
        terms[slug] = Term(
            taxonomy=taxonomy, name=name, slug=slug, posts=tuple(post.source for post in own)
        )
    return terms, problems
