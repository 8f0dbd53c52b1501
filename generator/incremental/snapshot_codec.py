"""What is known of a site as parts of a file, of which an edit needs few."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from generator.content.collections import Item
from generator.core.cache import Key
from generator.core.problems import Problem
from generator.incremental.lazy_tables import Decoded, Index, Records, SnapshotMissing, packed
from generator.incremental.snapshot import Conditions, MachineFile, Snapshot
from generator.render.feeds import Listed
from generator.render.page_jobs import PageState
from generator.site.catalogue import Order, Taxonomy, Term
from generator.site.feed_plans import FeedPlan
from generator.site.routes import Route

T = TypeVar("T")

_encode = msgspec.msgpack.Encoder().encode
_OF_DOCUMENTS = ("shapes", "summaries", "rows", "shown", "rowed", "read", "outlines", "lights")
"""Tables of what is encoded already, by the documents' paths."""


class _Head(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """The fields of Known that do not grow with every document."""

    conditions: Conditions
    since: float
    until: float
    held: dict[str, str]
    redirects: dict[str, str]
    machine: tuple[MachineFile, ...]
    own_problems: dict[str, tuple[Problem, ...]]
    other_problems: tuple[Problem, ...]
    calling: tuple[str, ...]
    feeds: tuple[FeedPlan, ...]
    listed: dict[str, Listed]
    landing: str
    pages: int
    images: dict[str, str]
    elsewhere: dict[str, str]
    edition: Key
    shortcodes: Key


class _Order(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """An Order, in which a post is its place among all documents; of each term there are name, slug
    and posts. What is related to each is a table of its own."""

    posts: list[int]
    years: dict[int, list[int]]
    terms: dict[Taxonomy, list[tuple[str, str, list[int]]]]
    collections: dict[str, tuple[Item, ...]]


def encode(known: Mapping[str, Snapshot]) -> dict[str, bytes]:
    """Return what is known of each language, by its code, as parts."""
    return {
        f"{code}/{name}": raw for code, one in known.items() for name, raw in _parts(one).items()
    }


def _parts(known: Snapshot) -> dict[str, bytes]:
    names = Index(list(known.sources))
    places = names.places
    order = known.order

    def places_of(sources: tuple[str, ...]) -> list[int]:
        return [places[source] for source in sources]

    head = _Head(**{name: getattr(known, name) for name in _Head.__struct_fields__})
    return {
        "head": _encode(head),
        "sources": _encode(dict(known.sources)),
        "order": _encode(
            _Order(
                posts=places_of(order.posts),
                years={year: places_of(posts) for year, posts in order.years.items()},
                terms={
                    taxonomy: [
                        (term.name, term.slug, places_of(term.posts)) for term in terms.values()
                    ]
                    for taxonomy, terms in order.terms.items()
                },
                collections=order.collections,
            )
        ),
        "related": packed(
            names.all, {each: _encode(places_of(near)) for each, near in order.related.items()}
        ),
        "routes": _encode(list(known.routes)),
        "links": packed(names.all, {each: _encode(link) for each, link in known.links.items()}),
        "refers": packed(names.all, {each: _encode(found) for each, found in known.refers.items()}),
        "searchable": _encode(list(known.searchable)),
        "pages": _encode(list(known.states)),
        "states": packed(
            known.states, {path: _encode(state) for path, state in known.states.items()}
        ),
        **{name: packed(names.all, getattr(known, name)) for name in _OF_DOCUMENTS},
    }


def decode(parts: Mapping[str, bytes], code: str) -> Snapshot:
    """Return what is known of a language, which reads most parts when it is looked up.

    Raises Lost or MsgspecError where a part is damaged or missing.
    """

    def part(name: str) -> bytes:
        try:
            return parts[f"{code}/{name}"]
        except KeyError:
            raise SnapshotMissing(name) from None

    def table(name: str) -> Records:
        return Records(names, lambda: part(name))

    head = msgspec.msgpack.decode(part("head"), type=_Head)
    sources = msgspec.msgpack.decode(part("sources"), type=dict[str, str])
    names = Index(list(sources))
    pages = Index(msgspec.msgpack.decode(part("pages"), type=list[str]))
    near = _decoder(list[int])
    name = names.all.__getitem__
    related = Decoded(table("related"), lambda raw: tuple(map(name, near(raw))))
    order = msgspec.msgpack.decode(part("order"), type=_Order)
    return Snapshot(
        **{name: getattr(head, name) for name in _Head.__struct_fields__},
        sources=sources,
        links=Decoded(table("links"), _decoder(tuple[str, str])),
        order=_named(order, names, related),
        routes=msgspec.msgpack.decode(part("routes"), type=list[Route]),
        searchable=msgspec.msgpack.decode(part("searchable"), type=list[bytes]),
        states=Decoded(Records(pages, lambda: part("states")), _decoder(PageState)),
        shapes=table("shapes"),
        summaries=table("summaries"),
        rows=table("rows"),
        shown=table("shown"),
        rowed=table("rowed"),
        read=table("read"),
        outlines=table("outlines"),
        lights=table("lights"),
        refers=Decoded(table("refers"), _decoder(list[str])),
    )


def _named(order: _Order, names: Index, related: Mapping[str, tuple[str, ...]]) -> Order:
    name = names.all.__getitem__
    return Order(
        posts=tuple(map(name, order.posts)),
        years={year: tuple(map(name, posts)) for year, posts in order.years.items()},
        terms={
            taxonomy: {
                slug: Term(taxonomy=taxonomy, name=title, slug=slug, posts=tuple(map(name, posts)))
                for title, slug, posts in terms
            }
            for taxonomy, terms in order.terms.items()
        },
        related=related,
        collections=order.collections,
    )


def _decoder(kind: type[T]) -> Callable[[bytes | memoryview], T]:
    return msgspec.msgpack.Decoder(kind).decode
