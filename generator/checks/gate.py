"""The gate before a publication: every page is judged, then all of them together.

What was found to be in order is remembered by its content; mistakes are looked at anew each time,
since what is said of them names lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from generator.artifacts import Artifact
from generator.checks.addresses import Addresses, page_url
from generator.checks.cards import LazyFacts, PageCard, card_of
from generator.checks.codes import fold
from generator.checks.documents import check_document
from generator.checks.page import examine, text_blocks
from generator.checks.site import Site, check_references, check_whole
from generator.config import SiteConfig
from generator.memo import Key, Memo, key_of
from generator.problems import Problem

_UNRESOLVED = frozenset({"missing-document", "missing-file", "unpublished-link"})
"""The build's own codes for addresses that lead nowhere."""

_CARRIED = frozenset(
    {
        "asset-missing",
        "image-alt",
        "image-missing",
        "link-broken",
        "link-empty",
        "link-fragment",
        "link-outside-base",
        "link-redirected",
        "link-script",
        "link-syntax",
        "mixed-content",
    }
)
"""Mistakes that an excerpt takes along from a post into every list that shows it."""

_encode = msgspec.msgpack.Encoder(order="sorted").encode


class Examined(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A page's card, and its encoded facts."""

    card: PageCard
    facts: bytes


def examined(path: str, html: bytes) -> Examined:
    """Examine one page."""
    facts = examine(path, html)
    return Examined(card_of(facts), _encode(facts))


def check(
    artifacts: Sequence[Artifact],
    pages: Mapping[str, Examined],
    redirects: Mapping[str, str],
    config: SiteConfig,
    landing: str,
    memo: Memo,
    known: Iterable[Problem] = (),
    *,
    whole: bool = True,
) -> list[Problem]:
    """Return what is wrong with a built site; paths are output paths.

    `pages` are those that were examined when they were rendered; other HTML is examined here.
    `landing` is the HTML that the landing page must carry. `known` is what the build found: an
    address that it could not resolve is not told again. A site that is not `whole`, because some
    documents could not be read, is not asked whether its links meet.
    """
    others = {
        artifact.path: examined(artifact.path, artifact.read())
        for artifact in artifacts
        if artifact.path.endswith(".html") and artifact.path not in pages and not artifact.copy_of
    }
    pages = {**pages, **others}
    facts = LazyFacts({path: page.facts for path, page in pages.items()})
    own = {
        problem
        for path, page in pages.items()
        if not page.card.clean
        for problem in facts[path].problems
    }
    if not whole:
        return sorted(own)
    site = Site(
        facts=facts,
        cards={path: page.card for path, page in pages.items()},
        paths=frozenset(artifact.path for artifact in artifacts),
        redirects=redirects,
        config=config,
    )
    addresses = Addresses(site.paths, redirects, config)
    world = _world(site)
    problems = own.union(
        _references(site, addresses, world, memo),
        check_whole(site, addresses, text_blocks(landing)),
    )
    unresolved = _unresolved(known, config)
    problems = {
        problem
        for problem in problems
        if problem.code not in _CARRIED or problem.needle not in unresolved
    }
    problems -= _shown_in_lists(problems, artifacts, config)
    # Feeds carry whole posts: an address that is wrong in a post was told there.
    told = unresolved.union(problem.needle for problem in problems if problem.needle)
    found = _documents(artifacts, site, world, memo)
    return fold(problems.union(problem for problem in found if problem.needle not in told))


def _unresolved(known: Iterable[Problem], config: SiteConfig) -> frozenset[str]:
    """Return the addresses in pages that the build could not resolve."""
    urls = {problem.needle for problem in known if problem.code in _UNRESOLVED and problem.needle}
    return frozenset(urls.union(config.origin + url for url in urls if url.startswith("/")))


def _shown_in_lists(
    problems: Iterable[Problem], artifacts: Iterable[Artifact], config: SiteConfig
) -> set[Problem]:
    """Return what is wrong with lists because the posts they show an excerpt of are wrong."""
    role = {artifact.path: artifact.role for artifact in artifacts}
    in_posts = set()
    for problem in problems:
        if problem.code in _CARRIED and role.get(problem.path) == "page":
            in_posts.add(problem.needle)
            if problem.needle.startswith("#"):
                in_posts.add(f"{config.base}{page_url(problem.path)}{problem.needle}")
    return {
        problem
        for problem in problems
        if problem.code in _CARRIED
        and role.get(problem.path) == "entry"
        and problem.needle in in_posts
    }


def _world(site: Site) -> Key:
    """Return a digest of everything that a reference may or may not meet."""
    places = [(path, site.cards[path].places) for path in sorted(site.cards)]
    return key_of(_encode((sorted(site.paths), places, site.redirects, site.config)))


def _references(site: Site, addresses: Addresses, world: Key, memo: Memo) -> Iterable[Problem]:
    """Yield what pages refer to in vain; all at once where nothing has changed, else by page."""
    keys = {
        key_of("references", world, path, card.references): path
        for path, card in site.cards.items()
    }
    together = key_of("all-references", *keys)
    if together in memo.get_many([together]):
        return
    known = memo.get_many(keys)
    in_order: list[Key] = []
    for key, path in keys.items():
        if key in known:
            continue
        problems = check_references(path, site, addresses)
        if not problems:
            in_order.append(key)
        yield from problems
    remember = dict.fromkeys(in_order, b"")
    if len(known) + len(in_order) == len(keys):
        remember[together] = b""
    memo.put_many(remember)


def _documents(
    artifacts: Sequence[Artifact], site: Site, world: Key, memo: Memo
) -> Iterable[Problem]:
    """Yield what is wrong with feeds, sitemap and other files for machines."""
    documents = {
        key_of("document", world, artifact.path, artifact.read()): artifact
        for artifact in artifacts
        if artifact.role == "entry" and artifact.path not in site.cards and not artifact.copy_of
    }
    known = memo.get_many(documents)
    for key, artifact in documents.items():
        if key not in known:
            problems = check_document(artifact.path, artifact.read(), site.paths, site.config)
            if not problems:
                memo.put_many({key: b""})
            yield from problems
