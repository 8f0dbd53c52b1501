"""What a page is known by: all its facts, and the small part of them that every build reads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping

import msgspec

from generator.checks.shared_fragments import LinkKind
from generator.core.problems import Problem


class Link(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One address that a page refers to, on the line where it does so first.

    `directive` is that of a security policy which says whether it may be loaded or sent to, empty
    for links; `integrity` is that of a script from elsewhere.
    """

    url: str
    line: int
    kind: LinkKind
    directive: str = ""
    integrity: str = ""


class Inline(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A script or a style that stands in the page itself, as an element or an attribute.

    `directive` is that of a security policy which says whether it works; `text` its beginning;
    `digests` are those under which a policy may name it.
    """

    directive: str
    line: int
    text: str
    digests: tuple[str, ...]


class Heading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A heading; `level` is 1 to 6."""

    level: int
    line: int
    text: str


class PageFacts(msgspec.Struct, frozen=True, array_like=True):
    """What one page says of itself. Lines count from 1; 0 where the page has no such thing.

    `kind` is what `<body data-kind=...>` says: home, post, page and so on. `text` is what a reader
    sees of `main`, and kept only for the landing page. `refresh` is where a redirect page leads.
    """

    kind: str = ""
    language: str = ""
    title: str = ""
    title_line: int = 0
    description: str = ""
    description_line: int = 0
    canonical: str = ""
    canonical_line: int = 0
    noindex: bool = False
    refresh: str = ""
    is_redirect_page: bool = False
    has_counter: bool = False
    has_contact_form: bool = False
    ids: tuple[str, ...] = ()
    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()
    inline: tuple[Inline, ...] = ()
    text: str = ""
    problems: tuple[Problem, ...] = ()


_encode = msgspec.msgpack.Encoder().encode
decode_facts = msgspec.msgpack.Decoder(PageFacts).decode


class PageCard(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the site's checks ask of every page, under the names that PageFacts has for it.

    `places` is a digest of the page's ids, `references` one of the addresses that it refers to and
    of the scripts and styles that stand in it: neither knows of lines, so that a sentence more or
    less does not change them. `points` says whether one of these may be a place on another page.
    `clean` tells that nothing is wrong with the page alone.
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
    points: bool
    clean: bool


def card_of(facts: PageFacts) -> PageCard:
    """Return the card of a page."""
    references = [(link.url, link.kind, link.directive, link.integrity) for link in facts.links]
    inline = [(each.directive, each.text, each.digests) for each in facts.inline]
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
        references=_digest(
            (references, inline, facts.canonical, facts.noindex, facts.is_redirect_page)
        ),
        points=any("#" in link.url and link.url[0] != "#" for link in facts.links),
        clean=not facts.problems,
    )


class References(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The first fields of PageFacts, of which only those are decoded that say what a page refers
    to."""

    kind: msgspec.Raw
    language: msgspec.Raw
    title: msgspec.Raw
    title_line: msgspec.Raw
    description: msgspec.Raw
    description_line: msgspec.Raw
    canonical: str
    canonical_line: msgspec.Raw
    noindex: bool
    refresh: msgspec.Raw
    is_redirect_page: bool
    has_counter: msgspec.Raw
    has_contact_form: msgspec.Raw
    ids: msgspec.Raw
    headings: msgspec.Raw
    links: tuple[Link, ...]
    inline: tuple[Inline, ...]


class LazyFacts(Mapping[str, PageFacts]):
    """Facts by output path, read and decoded when they are asked for.

    `encoded` gives those of a page in `paths`.
    """

    def __init__(self, paths: Collection[str], encoded: Callable[[str], bytes]) -> None:
        self.paths, self.encoded = paths, encoded
        self.decoded: dict[str, PageFacts] = {}

    def __getitem__(self, path: str) -> PageFacts:
        if path not in self.decoded:
            if path not in self.paths:
                raise KeyError(path)
            self.decoded[path] = decode_facts(self.encoded(path))
        return self.decoded[path]

    def references(self, path: str) -> References:
        """Return what the page refers to, which takes less than all of its facts."""
        return _decode_references(self.encoded(path))

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __contains__(self, path: object) -> bool:
        return path in self.paths


_decode_references = msgspec.msgpack.Decoder(References).decode


def _digest(value: object) -> bytes:
    return hashlib.blake2b(_encode(value), digest_size=16).digest()
