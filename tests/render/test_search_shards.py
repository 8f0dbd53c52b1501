"""An index that is put together from documents, and what becomes of it after an edit."""

from __future__ import annotations

import gzip
from collections import Counter

import cbor2
import hypothesis.strategies as st
import msgspec
from hypothesis import given

from generator.render import search_shards
from generator.render.search_shards import Findable, Indexed, Layout, Part, Shard

WORDS = [
    "a",
    "harbour",
    "harbourmaster",
    "hare",
    "ha",
    "tide",
    "tidal",
    "zebra",
    "x1",
    "東京",
    "東京都",
    "京",
]
PLACES = st.lists(st.integers(0, 70_000), min_size=1, max_size=3)
WITHIN = st.lists(st.integers(0, 300), max_size=2)


@st.composite
def documents(draw: st.DrawFn) -> Indexed:
    """Draw what Pagefind makes of a document."""
    own = tuple(sorted(draw(st.sets(st.sampled_from(["place", "ship"])))))
    fields = len(search_shards.FIELDS) + len(own)

    def entry() -> bytes:
        within = [number for each in draw(WITHIN) for number in (-(each % fields) - 1, each)]
        return search_shards.placed(draw(PLACES), within, range(fields))

    words = {word: entry() for word in draw(st.sets(st.sampled_from(WORDS)))}
    forms = {
        word: {form: entry() for form in draw(st.sets(st.sampled_from(["ä", "â"]), min_size=1))}
        for word in draw(st.sets(st.sampled_from(WORDS), max_size=2))
    }
    return Indexed(
        "",
        0,
        own,
        (),
        b"",
        msgspec.Raw(msgspec.msgpack.encode(words)),
        msgspec.Raw(msgspec.msgpack.encode(forms)),
    )


@given(st.lists(documents(), min_size=1, max_size=30), documents(), st.data())
def test_a_shard_with_another_document_is_one_that_was_made_of_it(
    before: list[Indexed], new: Indexed, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(before) - 1))
    layout = Layout(("", "har", "ti", "京"), ("place", "ship"))
    old = search_shards.parts_of(before, layout)
    after = [*before[:number], new, *before[number + 1 :]]
    wanted = search_shards.parts_of(after, layout)
    assert search_shards.with_another(old, layout, number, before[number], new) == wanted
    for part, file in zip(*wanted, strict=True):
        [found] = cbor2.loads(gzip.decompress(file.content)[12:])
        assert [word for word, *_ in found] == file.words
        assert (part.first, part.last) == (file.words[0], file.words[-1])


def test_shards_grow_slower_than_documents_and_a_small_site_has_one() -> None:
    shards = {count: 2 ** search_shards.depth_of(count) for count in (1, 256, 1000, 10_000, 10**5)}
    assert shards == {1: 1, 256: 1, 1000: 4, 10_000: 16, 100_000: 64}
    places = Counter(search_shards.place_of(f"/posts/{n}/", 4) for n in range(10_000))
    assert len(places) == 16
    assert max(places.values()) < 2 * min(places.values())


@given(st.sets(st.text(min_size=1, max_size=3), max_size=600))
def test_ranges_are_few_whatever_words_there_are(words: set[str]) -> None:
    layout = search_shards.layout_of(words, ())
    assert layout.borders[0] == ""
    assert len(layout.borders) <= search_shards.MOST_RANGES
    assert list(layout.borders) == sorted(set(layout.borders))
    assert set(layout.borders) <= words | {""}


def test_files_of_another_content_never_have_one_name() -> None:
    digests = [f"{'0' * 10}{number:054x}" for number in range(3)] + ["f" * 64]
    known = tuple(Findable(f"/{number}", b"", each, 1) for number, each in enumerate(digests))
    shard = Shard("en", known, (), (), Layout(("",), ()), (Part(0, "a", "b", digests[0]),))
    names = search_shards.names_of([shard])
    assert names == {each: each for each in digests[:3]} | {digests[3]: "f" * 10}
