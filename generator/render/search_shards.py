"""Pagefind's index of many documents, put together from what it makes of each one.

Pagefind cannot go on from an index, and merging several in the browser gives other results: each
counts the words of its own documents alone, and drops a word that none of them has (Pagefind 1.5.2,
pagefind_web/src/search.rs). So it indexes each document by itself, which is remembered, and what is
published is one index: its words are cut into ranges, and each range into files of one shard of the
documents each, which the browser joins again (adapters/pagefind_join.js).

Nothing here depends on what was built before. A document's shard is reported by its URL, the number
of shards by the number of documents, and a range may begin where a prefix of a word has a digest
that ends in zeros; so an edit changes the files of one shard, and an added document too.

The formats are Pagefind's (pagefind/src/index/index_words.rs and index_metadata.rs): CBOR behind a
signature, compressed.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, groupby, pairwise
from typing import Any

import cbor2
import msgspec

from generator.core import cbor
from generator.core.artifacts import digest
from generator.core.cache import Key, key_of

STEP = "search shards 3"
"""Changes with what is put together here."""

SIGNATURE = b"pagefind_dcd"

FIELDS = ("date", "image", "image_alt", "tags", "title")
"""Names of metadata that documents have in common; others are an owner's own."""

ONE_SHARD = 256
"""So many documents are one shard. With four times as many documents there are about 2.8 times as
many shards, since both the time of an edit and the requests of a search grow with one of them."""

MOST_RANGES = 128
_ZEROS = 3
"""Binary digits that are zero in the digest of a prefix at which a range may begin."""

_EFFORT = 4
"""Of compressing: 6 takes twice the time for 3 % less."""

_NAME = 10
"""Digits of a digest in a file's name."""

_FIRST_UNSPACED = "\u0e00"
"""From here on, scripts have few letters in a word: Thai, Chinese, Japanese, Korean and others."""

Words = dict[str, bytes]
"""Where each word stands in a document, as Pagefind encodes that, without the document's number."""


class Indexed(msgspec.Struct, frozen=True, array_like=True):
    """What Pagefind makes of one document. `fragment` is its file, with its `sha256`, `length` is
    in words, `own` are names of metadata beside FIELDS, `starts` are prefixes of words at which a
    range may begin. `words` are Words, and `variants` the same by the spelling with accents."""

    sha256: str
    length: int
    own: tuple[str, ...]
    starts: tuple[str, ...]
    fragment: bytes
    words: msgspec.Raw
    variants: msgspec.Raw


WORDLESS = Indexed(
    "",
    0,
    (),
    (),
    b"",
    msgspec.Raw(msgspec.msgpack.encode({})),
    msgspec.Raw(msgspec.msgpack.encode({})),
)
"""What is made of a document without any words, which Pagefind leaves out: it cannot be found."""


class Findable(msgspec.Struct, frozen=True, array_like=True):
    """A document in a shard. `key` is that of what was made of it."""

    url: str
    key: Key
    sha256: str
    length: int


class Part(msgspec.Struct, frozen=True, array_like=True):
    """A file with a shard's words of one range, from the `first` to the `last`."""

    place: int
    first: str
    last: str
    sha256: str


class PartFile(msgspec.Struct, frozen=True, array_like=True):
    """The content of a part, and where each of its words ends in it before it is compressed."""

    content: bytes
    words: list[str]
    ends: list[int]


class Layout(msgspec.Struct, frozen=True, array_like=True):
    """What all shards of a language have in common: where ranges begin, and the owner's own names
    of metadata."""

    borders: tuple[str, ...]
    own: tuple[str, ...]


class Shard(msgspec.Struct, frozen=True, array_like=True):
    """What is published of some documents of a language; `starts` and `own` are those of all its
    documents."""

    language: str
    documents: tuple[Findable, ...]
    starts: tuple[str, ...]
    own: tuple[str, ...]
    layout: Layout
    parts: tuple[Part, ...]


def depth_of(count: int) -> int:
    """Return how many binary digits of a URL's digest tell its shard, among so many documents."""
    depth = 0
    while count > ONE_SHARD * 2 ** (1.5 * depth):
        depth += 1
    return depth


def place_of(url: str, depth: int) -> int:
    """Return the number of the shard that a document belongs to."""
    return int.from_bytes(hashlib.blake2b(url.encode(), digest_size=4).digest()) >> (32 - depth)


def shard_key(layout: Layout, documents: Iterable[Findable]) -> Key:
    """Return what the parts of a shard are remembered under."""
    return key_of(STEP, msgspec.msgpack.encode(layout), *(each.key for each in documents))


def layout_of(starts: Iterable[str], own: Iterable[str]) -> Layout:
    """Return what all shards have in common, from what each of them has."""
    chosen = set(starts)
    zeros = _ZEROS
    while len(chosen) >= MOST_RANGES:
        zeros += 1
        chosen = {each for each in chosen if _ends_in(each, zeros)}
    return Layout(("", *sorted(chosen)), tuple(sorted(set(own))))


def indexed(
    told: Mapping[str, Any], length: int, words: Words, variants: Mapping[str, Words]
) -> Indexed:
    """Return what is made of a document; `told` is what its fragment says."""
    fragment = _closed(msgspec.json.encode(told))
    return Indexed(
        digest(fragment),
        length,
        tuple(sorted({*told["meta"]} - {*FIELDS})),
        tuple(sorted(_starts(words.keys() | variants.keys()))),
        fragment,
        msgspec.Raw(msgspec.msgpack.encode(words)),
        msgspec.Raw(msgspec.msgpack.encode(variants)),
    )


def _starts(words: Iterable[str]) -> set[str]:
    return {*map(_start, {word[:3] for word in words})} - {""}


@lru_cache(1 << 16)
def _start(letters: str) -> str:
    """Return what a range may begin with of words that begin with these letters, or nothing."""
    prefix = _prefix(letters)
    return prefix if _ends_in(prefix, _ZEROS) else ""


Parts = tuple[tuple[Part, ...], list[PartFile]]
"""The parts of a shard, and their files in the same order."""


def parts_of(documents: Sequence[Indexed], layout: Layout) -> Parts:
    """Return the parts of a shard of documents."""
    found = _Postings(len(documents))
    variants: dict[str, dict[str, _Postings]] = {}
    for number, document in enumerate(documents):
        words, forms = _words_of(document, layout)
        found.add(number, words)
        for word, others in forms.items():
            for form, raw in others.items():
                each = variants.setdefault(word, {})
                if form not in each:
                    each[form] = _Postings(len(documents))
                each[form].add(number, {form: raw})
    made: dict[int, PartFile] = {}
    ordered = sorted({*found.lists, *variants})
    for place, group in groupby(ordered, lambda word: _place(word, layout)):
        words_here = list(group)
        pieces: list[bytes] = []
        ends: list[int] = []
        end = 0
        for word in words_here:
            entry = _entry(word, found.lists.get(word, []), variants.get(word, {}))
            end += len(entry)
            pieces.append(entry)
            ends.append(end)
        made[place] = PartFile(_closed_part(words_here, pieces), words_here, ends)
    return _with_files(made)


def with_another(
    shard: Parts, layout: Layout, number: int, before: Indexed, after: Indexed
) -> Parts:
    """Return the parts of a shard in which one document is another now, as `parts_of` gives them:
    only words that stand at other places are looked at."""
    made = {part.place: file for part, file in zip(*shard, strict=True)}
    (old, old_forms), (new, new_forms) = _words_of(before, layout), _words_of(after, layout)
    changed = {
        word
        for word in {*old, *old_forms, *new, *new_forms}
        if old.get(word) != new.get(word) or old_forms.get(word) != new_forms.get(word)
    }
    for place, group in groupby(sorted(changed), lambda word: _place(word, layout)):
        part = made.get(place, PartFile(_closed_part([], []), [], []))
        raw = gzip.decompress(part.content)
        start = len(raw) - part.ends[-1] if part.ends else len(raw)
        entries: dict[str, bytes] = {}
        for word in group:
            at = bisect_left(part.words, word)
            there = at < len(part.words) and part.words[at] == word
            begin = start + (part.ends[at - 1] if at else 0)
            entry = cbor2.loads(raw[begin : start + part.ends[at]]) if there else (word, [], [])
            entries[word] = _replaced(entry, number, new.get(word), new_forms.get(word, {}))
        made[place] = _spliced(part, raw[start:], entries)
    return _with_files({place: made[place] for place in sorted(made) if made[place].words})


def meta_of(version: str, shards: Sequence[Shard], names: Mapping[str, str]) -> bytes:
    """Return the file that leads from words to files, and from documents' numbers to fragments;
    `names` are those of files, by their digests."""
    ranges: dict[int, list[tuple[int, Part]]] = {}
    pages: list[tuple[str, int]] = []
    for shard in shards:
        for part in shard.parts:
            ranges.setdefault(part.place, []).append((len(pages), part))
        pages += [(names[each.sha256], each.length) for each in shard.documents]
    chunks = [
        [
            min(part.first for _, part in parts),
            max(part.last for _, part in parts),
            _joined(parts, names),
        ]
        for _, parts in sorted(ranges.items())
    ]
    for one, other in pairwise(chunks):
        _shorten(one, other)
    fields = (*FIELDS, *shards[0].layout.own)
    return _closed(cbor2.dumps((version, pages, chunks, (), (), fields)))


def names_of(shards: Iterable[Shard]) -> dict[str, str]:
    """Return a name for every file, by its digest: as short as it can be."""
    digests = {
        each.sha256
        for shard in shards
        for group in (shard.documents, shard.parts)
        for each in group
    }
    names = {each: each[:_NAME] for each in digests}
    if len({*names.values()}) < len(names):
        of_name = Counter(names.values())
        names = {each: each if of_name[name] > 1 else name for each, name in names.items()}
    return names


def _joined(parts: Iterable[tuple[int, Part]], names: Mapping[str, str]) -> str:
    """Return the name of a range: of its files, each with the number of its first document."""
    return "+".join(f"{names[part.sha256]}{f'@{at}' if at else ''}" for at, part in parts)


def _shorten(one: list[str], other: list[str]) -> None:
    """Shorten the last word of a range and the first of the next to where they differ, so that a
    part of a word leads to its range (pagefind/src/index/mod.rs, chunk_meta)."""
    same = 0
    for a, b in zip(one[1], other[0], strict=False):
        if a != b:
            break
        same += 1
    last, first = one[1][: same + 1], other[0][: same + 1]
    if last >= one[0]:
        one[1] = last
    other[0] = first


class _Postings:
    """For each word the documents that it is in, encoded, of `count` documents in all."""

    def __init__(self, count: int) -> None:
        # A document's number is given as its distance from the one before.
        self.heads = [b"\x83" + cbor.head(0, distance) for distance in range(count + 1)]
        self.lists: dict[str, list[bytes]] = {}
        self.last: dict[str, int] = {}

    def add(self, number: int, words: Words) -> None:
        """Add a document, whose number is larger than those of the ones before."""
        heads, lists, last = self.heads, self.lists, self.last
        for word, raw in words.items():
            if word in lists:
                lists[word] += (heads[number - last[word]], raw)
            else:
                lists[word] = [heads[number], raw]
            last[word] = number


def _entry(word: str, found: list[bytes], variants: Mapping[str, _Postings]) -> bytes:
    """Return what a part says of a word."""
    pieces = [b"\x83" + cbor.text(word) + cbor.head(cbor.LIST, len(found) // 2), *found]
    pieces.append(cbor.head(cbor.LIST, len(variants)))
    for form, postings in sorted(variants.items()):
        inside = postings.lists[form]
        pieces.append(b"\x82" + cbor.text(form) + cbor.head(cbor.LIST, len(inside) // 2))
        pieces += inside
    return b"".join(pieces)


def _replaced(
    entry: Sequence[Any], number: int, raw: bytes | None, forms: Mapping[str, bytes]
) -> bytes:
    """Return what a part says of a word with what one document says now; nothing where no document
    has the word."""
    word, pages, variants = entry
    others = {form: _with_page(each, number, forms.get(form)) for form, each in variants}
    others |= {form: _with_page([], number, forms[form]) for form in forms if form not in others}
    pages = _with_page(pages, number, raw)
    variants = [(form, others[form]) for form in sorted(others) if others[form]]
    return cbor2.dumps((word, pages, variants)) if pages or variants else b""


def _with_page(pages: Iterable[Any], number: int, raw: bytes | None) -> list[Any]:
    """Return the documents of a word, each by its distance from the one before, with another."""
    found: dict[int, Any] = {}
    last = 0
    for distance, *places in pages:
        last += distance
        found[last] = places
    found.pop(number, None)
    if raw is not None:
        found[number] = cbor2.loads(b"\x82" + raw)
    last = 0
    result = []
    for each in sorted(found):
        result.append((each - last, *found[each]))
        last = each
    return result


def _spliced(part: PartFile, raw: bytes, entries: Mapping[str, bytes]) -> PartFile:
    """Return a part with other entries; `raw` are those that it has."""
    pieces = {
        word: raw[begin:end]
        for word, begin, end in zip(part.words, (0, *part.ends), part.ends, strict=False)
    }
    pieces |= entries
    words = sorted(word for word, piece in pieces.items() if piece)
    inside = [pieces[word] for word in words]
    return PartFile(_closed_part(words, inside), words, list(accumulate(map(len, inside))))


def _words_of(document: Indexed, layout: Layout) -> tuple[Words, dict[str, Words]]:
    """Return a document's words, and their spellings with accents, with the numbers that metadata
    have in all shards."""
    words = msgspec.msgpack.decode(document.words, type=Words)
    forms = msgspec.msgpack.decode(document.variants, type=dict[str, Words])
    if document.own != layout.own[: len(document.own)]:
        words = {word: _renumbered(raw, document, layout) for word, raw in words.items()}
        forms = {
            word: {form: _renumbered(raw, document, layout) for form, raw in others.items()}
            for word, others in forms.items()
        }
    return words, forms


def _with_files(made: Mapping[int, PartFile]) -> Parts:
    parts = (
        Part(place, file.words[0], file.words[-1], digest(file.content))
        for place, file in made.items()
    )
    return tuple(parts), list(made.values())


def _closed_part(words: Sequence[str], entries: Iterable[bytes]) -> bytes:
    return _closed(b"\x81" + cbor.head(cbor.LIST, len(words)), *entries)


def _place(word: str, layout: Layout) -> int:
    return bisect_right(layout.borders, word) - 1


def placed(text: Sequence[int], within: Sequence[int], numbers: Sequence[int]) -> bytes:
    """Return the places in the text and in metadata, encoded; `numbers` are those that these
    metadata have from now on."""
    if not within:  # as most words have it
        return cbor.numbers(text) + _NOWHERE
    within = [each if each >= 0 else -numbers[-each - 1] - 1 for each in within]
    return cbor.numbers(text) + cbor.numbers(within)


_NOWHERE = cbor.numbers(())


def _renumbered(raw: bytes, document: Indexed, layout: Layout) -> bytes:
    """Return the same with the numbers that metadata have in all shards."""
    every = (*FIELDS, *layout.own)
    names = (*FIELDS, *document.own)
    text, within = cbor2.loads(b"\x82" + raw)
    return placed(text, within, [every.index(name) for name in names])


def _prefix(word: str) -> str:
    """Return what all words have in common that stand in one range: of words as readers type them
    three letters, where a word has so many."""
    return word[:3] if word[:1] < _FIRST_UNSPACED else word[:1]


def _ends_in(prefix: str, zeros: int) -> bool:
    return zlib.crc32(prefix.encode()) % (1 << zeros) == 0


def _closed(*pieces: bytes) -> bytes:
    return gzip.compress(b"".join((SIGNATURE, *pieces)), _EFFORT, mtime=0)
