"""Which words of an index the words of documents stand for, as Pagefind says.

`Harbours,` is found by `harbour`, and `self-taught` by `selftaught`, `self` and `taught`: that
depends on the language, and on the word alone. So Pagefind is asked for each word of many documents
once, and what it says is numbered here for each of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from operator import sub
from typing import TYPE_CHECKING, Any

import msgspec

from generator.core import cbor
from generator.render import search_shards
from generator.render.search.reading import Reading, normalized, reading_of
from generator.render.search_shards import FIELDS, WORDLESS, Indexed

if TYPE_CHECKING:
    from generator.render.search_index import Entry

Word = str | tuple[str, str]
"""A word of the index, or one with its spelling with accents."""
Form = tuple[Word, int]
"""A word that a written word stands for, and among how many parts of that it is one: 0 is the
whole."""

_PLAIN = 24
"""What Pagefind has for a word's weight of 1."""
_FIRST_WEIGHT = 25
"""The weight that its lists of places begin with, which no word here has."""

_MOST_KNOWN = 100_000

_NOWHERE = cbor.numbers(())

_SIMPLE = re.compile(r"[!-/:-@\[-^`{-~]*([A-Z]?[a-z]+|[A-Z]+|[0-9]+)[!-/:-@\[-^`{-~]*")
"""A written word that stands for what its letters stand for in lower case; `_` is a letter."""


class Vocabulary:
    """What is known of words of a language."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._by_forms: dict[tuple[Form, ...], int] = {}
        self.forms: list[tuple[Form, ...]] = []
        """What words stand for, by their numbers."""
        self.whole: list[Word | None] = []
        """The same of those that stand for one word as a whole."""

    def is_full(self) -> bool:
        """Return whether it takes so much memory that it is better begun again."""
        return len(self._numbers) > _MOST_KNOWN

    def unknown(self, readings: Iterable[Sequence[str]]) -> list[str]:
        """Return the words that Pagefind is to be asked for, of all written ones."""
        numbers = self._numbers
        new = [word for word in set().union(*readings) if word not in numbers]
        return sorted(core for core in {_core(word) for word in new} if core not in numbers)

    def learn(self, asked: Sequence[str], entries: Iterable[Sequence[Any]]) -> None:
        """Take in what Pagefind's index says of the words that it was asked for. Raises ValueError
        where it is of others."""
        if not asked:
            return
        forms = _forms_of(entries)
        if forms.get(len(asked)) != [(_LAST, 0)]:
            raise ValueError("words are counted in another way")
        for place, word in enumerate(asked):
            self._numbers[word] = self.number_of(tuple(forms.get(place, ())))

    def number_of(self, forms: tuple[Form, ...]) -> int:
        """Return the number of words that stand for these."""
        if forms not in self._by_forms:
            self._by_forms[forms] = len(self.forms)
            self.forms.append(forms)
            self.whole.append(forms[0][0] if len(forms) == 1 else None)
        return self._by_forms[forms]

    def numbers(self, words: Sequence[str]) -> list[int]:
        """Return a number for each word: the same for words that stand for the same."""
        numbers = self._numbers
        try:
            return [numbers[word] for word in words]
        except KeyError:
            for word in [word for word in {*words} if word not in numbers]:
                numbers[word] = numbers[_core(word)]
            return [numbers[word] for word in words]


def page_of(language: str, words: Iterable[str]) -> str:
    """Return a page by which Pagefind is asked for words of a language. It is of a language of its
    own, which Pagefind reads as that one, and so in an index of its own."""
    text = escape(" ".join((*words, _LAST)), quote=False)
    return (
        f'<!doctype html><html lang="{escape(language)}{_OF_WORDS}">'
        f"<body data-pagefind-body>{text} </body></html>"
    )


def language_of(index: str) -> str:
    """Return the language of words that an index is of, or nothing where it is one of documents."""
    return index.removesuffix(_OF_WORDS) if index.endswith(_OF_WORDS) else ""


_OF_WORDS = "-x-words"
_LAST = "0"
"""Stands behind the words, to see that they were counted as they are here."""


def _forms_of(entries: Iterable[Sequence[Any]]) -> dict[int, list[Form]]:
    """Return what words stand for, by their places in a page: `entries` are those of its index."""
    found: dict[int, list[Form]] = {}
    parts: defaultdict[int, list[Word]] = defaultdict(list)
    for word, pages, variants in entries:
        if not variants and len(pages) == 1:
            _, places, _ = pages[0]
            if len(places) == 2 and places[0] == -_PLAIN - 1:  # as most are
                found.setdefault(places[1], []).append((word, 0))
                continue
        for key, where in ((word, pages), *(((word, form), pages) for form, pages in variants)):
            for _, places, _ in where:
                weight, at = _FIRST_WEIGHT, 0
                for place in places:
                    if place < 0:
                        weight, at = -place - 1, 0
                        continue
                    at += place
                    if weight < _PLAIN:
                        parts[at].append(key)
                    else:
                        found.setdefault(at, []).append((key, 0))
    for at, keys in parts.items():
        found.setdefault(at, []).extend((key, len(keys)) for key in keys)
    return found


class Document(msgspec.Struct, frozen=True, gc=False):
    """A document that was read. `meta` is what is said of it, by names in their order."""

    url: str
    language: str
    filters: dict[str, list[str]]
    meta: dict[str, str]
    reading: Reading

    def all_words(self) -> list[str]:
        """Return all words by which it may be found."""
        return self.reading.words + " ".join(self.meta.values()).split()

    def indexed(self, vocabulary: Vocabulary) -> Indexed:
        """Return what Pagefind would make of the document by itself."""
        reading = self.reading
        found = _places(reading, vocabulary)
        if not found:
            return WORDLESS
        within: dict[Word, list[int]] = {}
        for field, value in self.meta.items():
            _add_field(within, vocabulary, FIELDS.index(field), value)
        for key, numbers in within.items():
            found[key] = found.get(key, _NOWHERE * 2).removesuffix(_NOWHERE) + cbor.numbers(numbers)
        words: dict[str, bytes] = {}
        variants: dict[str, dict[str, bytes]] = {}
        for key, raw in found.items():
            if isinstance(key, str):
                words[key] = raw
            else:
                word, form = key
                variants.setdefault(word, {})[form] = raw
        told = {
            "url": self.url,
            "content": " ".join(reading.words),
            "word_count": len(reading.words),
            "filters": self.filters,
            "meta": self.meta,
            "anchors": reading.anchors,
        }
        return search_shards.indexed(told, len(reading.words), words, variants)


def read(entry: Entry) -> Document | None:
    """Return what an entry says, or None where Pagefind is to read it."""
    tags = ", ".join(entry.tags)
    reading = reading_of(entry.title, entry.html, tags)
    if reading is None:
        return None
    meta = {"date": normalized(entry.date)} if entry.date else {}
    if reading.image is not None:
        meta |= {"image": reading.image, "image_alt": reading.alt}
    if tags:
        meta["tags"] = normalized(tags)
    meta["title"] = normalized(entry.title)
    written = entry.written if entry.date else ""
    filters = {"written": [normalized(written)]} if written else {}
    return Document(entry.url, entry.language.lower(), filters, meta, reading)


def _places(reading: Reading, vocabulary: Vocabulary) -> dict[Word, bytes]:
    """Return where words are in a text, and that they are in no metadata, encoded."""
    numbers, forms, whole = vocabulary.numbers(reading.words), vocabulary.forms, vocabulary.whole
    by_number: defaultdict[int, list[int]] = defaultdict(list)
    others: defaultdict[Word, list[tuple[int, int]]] = defaultdict(list)
    at = 0
    for start, end, weight in (*reading.heavy, (len(numbers), len(numbers), 0)):
        for place in range(at, start):
            by_number[numbers[place]].append(place)
        for place in range(start, end):
            for word, parts in forms[numbers[place]]:
                others[word].append((max(weight // parts, 1) if parts else weight, place))
        at = end
    found: dict[Word, bytes] = {}
    for number, places in by_number.items():
        if (one := whole[number]) is not None:
            found[one] = _one_place(places[0]) if len(places) == 1 else _plain(places)
            continue
        for word, parts in forms[number]:
            weight = max(_PLAIN // parts, 1) if parts else _PLAIN
            others[word] += ((weight, place) for place in places)
    for word, pairs in others.items():
        if word in found:
            pairs += ((_PLAIN, place) for place in by_number[vocabulary.number_of(((word, 0),))])
        found[word] = _weighted(pairs)
    return found


@cache
def _one_place(place: int) -> bytes:
    return _plain([place])


def _plain(places: Sequence[int]) -> bytes:
    """Return places in a text, encoded: the weight, and each as the distance from the last."""
    distances = map(cbor.number, map(sub, places, (0, *places)))
    head = cbor.head(cbor.LIST, len(places) + 1)
    return b"".join((head, _PLAIN_WEIGHT, *distances, _NOWHERE))


_PLAIN_WEIGHT = cbor.number(-_PLAIN - 1)


def _weighted(pairs: Iterable[tuple[int, int]]) -> bytes:
    """Return weights and places, encoded as Pagefind does (pagefind/src/index/mod.rs)."""
    result = []
    current, last = 0, 0
    for weight, place in sorted(pairs):
        if weight != current:
            result.append(-weight - 1)
            current, last = weight, 0
        result.append(place - last)
        last = place
    return cbor.numbers(result) + _NOWHERE


def _add_field(
    within: dict[Word, list[int]], vocabulary: Vocabulary, field: int, value: str
) -> None:
    last: dict[Word, int] = {}
    forms = vocabulary.forms
    for place, number in enumerate(vocabulary.numbers(value.split())):
        for word, _ in forms[number]:
            places = within.setdefault(word, [])
            if word not in last:
                places.append(-field - 1)
            places.append(place - last.get(word, 0))
            last[word] = place


def _core(word: str) -> str:
    """Return a word that stands for the same."""
    match = _SIMPLE.fullmatch(word)
    return match[1].lower() if match else word
