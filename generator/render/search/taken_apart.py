"""Takes an index apart that Pagefind made: into its words, and into what it says of each document.

The formats are Pagefind's (pagefind/src/index/index_words.rs and index_metadata.rs): CBOR behind a
signature, compressed.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import cbor2

from generator.render.search_shards import FIELDS, SIGNATURE, Indexed, Words, indexed, placed


def names_in(meta: bytes) -> tuple[list[str], list[str]]:
    """Return what the fragments of an index's documents are called, and the files with its words.

    Raises ValueError where these are not to be seen.
    """
    _, pages, chunks, *_ = _open(meta)
    return [name for name, _ in pages], [name for _, _, name in chunks]


def entries_in(chunks: Iterable[bytes]) -> Iterator[Sequence[Any]]:
    """Yield what Pagefind's files say of each word: the word, its documents, and its spellings with
    accents with their documents. Raises ValueError."""
    for chunk in chunks:
        [found] = _open(chunk)
        yield from found


def documents_in(
    fragments: Sequence[bytes], meta: bytes, chunks: Iterable[bytes], urls: Mapping[str, str]
) -> dict[str, Indexed]:
    """Return what Pagefind's index of some documents says of each, by its URL.

    `urls` are those that documents have from now on, by those that Pagefind knows them by; others
    are left out. Raises ValueError (of which CBOR's errors are kinds) where files are not what they
    should be.
    """
    _, pages, _, _, _, fields = _open(meta)
    told = [json.loads(_raw(fragment)) for fragment in fragments]
    numbers = [
        [each.index(name) if name in each else -1 for name in fields]
        for each in ((*FIELDS, *sorted({*one["meta"]} - {*FIELDS})) for one in told)
    ]
    words: list[Words] = [{} for _ in pages]
    variants: list[dict[str, Words]] = [{} for _ in pages]
    for word, where, others in entries_in(chunks):
        at = 0
        for distance, text, within in where:
            at += distance
            words[at][word] = placed(text, within, numbers[at])
        for form, where_else in others:
            at = 0
            for distance, text, within in where_else:
                at += distance
                variants[at].setdefault(word, {})[form] = placed(text, within, numbers[at])
    return {
        url: indexed(told[at] | {"url": url}, length, words[at], variants[at])
        for at, (_, length) in enumerate(pages)
        if (url := urls.get(told[at]["url"]))
    }


def _raw(file: bytes) -> bytes:
    return gzip.decompress(file).removeprefix(SIGNATURE)


def _open(file: bytes) -> Any:
    return cbor2.loads(_raw(file))
