"""The small part of a page's facts that every build reads; the rest is read only where needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import msgspec

from generator.checks.page import PageFacts

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PageFacts).decode


class PageCard(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the site's checks ask of every page, under the names that PageFacts has for it.

    `places` is a digest of the page's ids, `references` one of the addresses that it refers to:
    neither knows of lines, so that a sentence more or less does not change them. `clean` tells
    that nothing is wrong with the page alone.
    """

    kind: str
    title: str
    title_line: int
    description: str
    description_line: int
    noindex: bool
    is_redirect_page: bool
    has_counter: bool
    has_contact_form: bool
    places: bytes
    references: bytes
    clean: bool


def card_of(facts: PageFacts) -> PageCard:
    """Return the card of a page."""
    references = [(link.url, link.kind) for link in facts.links]
    return PageCard(
        kind=facts.kind,
        title=facts.title,
        title_line=facts.title_line,
        description=facts.description,
        description_line=facts.description_line,
        noindex=facts.noindex,
        is_redirect_page=facts.is_redirect_page,
        has_counter=facts.has_counter,
        has_contact_form=facts.has_contact_form,
        places=_digest(facts.ids),
        references=_digest((references, facts.canonical, facts.noindex, facts.is_redirect_page)),
        clean=not facts.problems,
    )


class LazyFacts(Mapping[str, PageFacts]):
    """Facts by output path, decoded when they are asked for."""

    def __init__(self, encoded: Mapping[str, bytes]) -> None:
        self.encoded = encoded
        self.decoded: dict[str, PageFacts] = {}

    def __getitem__(self, path: str) -> PageFacts:
        if path not in self.decoded:
            self.decoded[path] = _decode(self.encoded[path])
        return self.decoded[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.encoded)

    def __len__(self) -> int:
        return len(self.encoded)

    def __contains__(self, path: object) -> bool:
        return path in self.encoded


def _digest(value: object) -> bytes:
    return hashlib.blake2b(_encode(value), digest_size=16).digest()
