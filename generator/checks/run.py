"""The gate before a publication: every page is judged, then all of them together.

What was found to be in order is remembered by its content; errors are looked at again each time,
since what is said of them names lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from generator.checks.addresses import Addresses, page_url
from generator.checks.blocked import Judge, is_within
from generator.checks.machine_files import DocumentJob, document_step
from generator.checks.menus import blame
from generator.checks.page.again import moved, read_again
from generator.checks.page.examine import Examination, text_blocks
from generator.checks.page.facts import (
    LazyFacts,
    Link,
    PageCard,
    References,
    card_of,
    decode_facts,
)
from generator.checks.site import Site, check_references, check_whole
from generator.config.settings import SiteConfig
from generator.core.artifacts import Artifact, digest
from generator.core.cache import Cache, Key, key_of
from generator.core.jobs import Runner
from generator.core.problems import Problem
from generator.core.urls import written_url

_UNRESOLVED = frozenset({"missing-document", "missing-file", "unpublished-link"})
"""The build's own codes for addresses that lead nowhere."""

_CARRIED = frozenset(
    {
        "asset-missing",
        "csp-script",
        "csp-source",
        "csp-style",
        "image-alt",
        "image-missing",
        "link-broken",
        "link-empty",
        "link-fragment",
        "link-local",
        "link-outside-base",
        "link-redirected",
        "link-script",
        "link-syntax",
        "mixed-content",
        "template-tag",
    }
)
"""Errors that an excerpt takes along from a post into every list that shows it."""

_HTML = "html-"
"""Codes of how HTML is written: an excerpt takes these along, too, in the same words."""

_LOOKING, _LOOKING_AT_A_BYTE = 0.1, 6e-5
"""About how many milliseconds it takes to look at a file for machines."""

_encode = msgspec.msgpack.Encoder(order="sorted").encode


class Examined(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A page's card, and its encoded facts; `marks` are places from which it can be read on."""

    card: PageCard
    facts: bytes
    marks: dict[str, list[int]] = {}


def examined(path: str, html: bytes) -> Examined:
    """Examine one page."""
    reading = Examination(path, html)
    facts = reading.facts()
    return Examined(card_of(facts), _encode(facts), reading.marks)


def examined_again(
    path: str, html: bytes, before: bytes, known: Examined
) -> tuple[Examined, tuple[str, str]] | None:
    """Examine a page of which the HTML before is known, and what that said, where only a part of
    it has to be read; return that part as it was and as it is, too."""
    facts = None if known.card.clean else decode_facts(known.facts)
    again = read_again(path, before, html, known.marks, facts)
    if again is None:
        return None
    if again.lines is None:
        return Examined(known.card, known.facts, again.marks), again.replaced
    facts = moved(facts or decode_facts(known.facts), again.lines)
    if facts is None:
        return None
    return Examined(card_of(facts), _encode(facts), again.marks), again.replaced


class Checked(NamedTuple):
    """What is wrong with a site, and whether all of its files for machines that were looked at are
    in order, reported or not."""

    problems: list[Problem]
    machine_in_order: bool


def check(
    artifacts: Sequence[Artifact],
    cards: Mapping[str, PageCard],
    facts_of: Callable[[str], bytes],
    redirects: Mapping[str, str],
    config: SiteConfig,
    landing: str,
    cache: Cache,
    run: Runner,
    known: Iterable[Problem] = (),
    *,
    policy: str = "",
    whole: bool = True,
) -> Checked:
    """Return what is wrong with a built site; paths are output paths.

    `cards` are those of the pages that were examined when they were rendered, and `facts_of` gives
    such a page's encoded facts; other HTML is examined here. `landing` is the HTML that the landing
    page must carry. `known` is what the build found: an address that it could not resolve is not
    reported again. `policy` is the Content-Security-Policy that readers get. A site that is not
    `whole`, because some documents could not be read, is not asked whether its links meet.
    """
    others = {
        artifact.path: examined(artifact.path, artifact.read())
        for artifact in artifacts
        if artifact.path.endswith(".html") and artifact.path not in cards and not artifact.copy_of
    }
    cards = {**cards, **{path: page.card for path, page in others.items()}}
    facts = LazyFacts(cards, lambda path: others[path].facts if path in others else facts_of(path))
    own = {
        problem
        for path, card in cards.items()
        if not card.clean
        for problem in facts[path].problems
    }
    if not whole:
        return Checked(sorted(own), machine_in_order=False)
    site = Site(
        facts=facts,
        cards=cards,
        paths=frozenset(artifact.path for artifact in artifacts),
        redirects=redirects,
        config=config,
        policy=policy,
    )
    addresses = Addresses(site.paths, redirects, config)
    judge = Judge(policy, config)
    world = _world(site)
    found = _begin_documents(artifacts, site, world, cache, run)
    problems = own.union(
        _references(site, facts, addresses, judge, world, cache),
        _in_styles(artifacts, judge),
        check_whole(site, addresses, text_blocks(landing)),
    )
    unresolved = _unresolved(known, config)
    problems = {
        problem
        for problem in problems
        if problem.code not in _CARRIED or problem.needle not in unresolved
    }
    problems -= _shown_in_lists(problems, artifacts, config)
    if problems:
        problems = set(blame(problems, config))
    # Feeds carry whole posts: an address that is wrong in a post was reported there.
    told = unresolved.union(problem.needle for problem in problems if problem.needle)
    in_files = list(found)
    problems.update(problem for problem in in_files if problem.needle not in told)
    return Checked(sorted(problems), machine_in_order=not in_files)


def _unresolved(known: Iterable[Problem], config: SiteConfig) -> frozenset[str]:
    """Return the addresses in pages that the build could not resolve."""
    urls = {problem.needle for problem in known if problem.code in _UNRESOLVED and problem.needle}
    return frozenset(urls.union(config.origin + url for url in urls if url.startswith("/")))


def _shown_in_lists(
    problems: Iterable[Problem], artifacts: Iterable[Artifact], config: SiteConfig
) -> set[Problem]:
    """Return what is wrong with lists because the posts they show an excerpt of are wrong."""
    role = {artifact.path: artifact.role for artifact in artifacts}
    in_posts, html = set(), set()
    for problem in problems:
        if problem.code.startswith(_HTML) and role.get(problem.path) == "page":
            html.add((problem.code, problem.message))
        elif problem.code in _CARRIED and role.get(problem.path) == "page":
            in_posts.add(problem.needle)
            if problem.needle.startswith("#"):
                in_posts.add(f"{config.base}{page_url(problem.path)}{problem.needle}")
    return {
        problem
        for problem in problems
        if role.get(problem.path) == "entry"
        and (
            (problem.code, problem.message) in html
            or (problem.code in _CARRIED and problem.needle in in_posts)
        )
    }


class _World(msgspec.Struct, frozen=True, kw_only=True):
    """Digests of everything that a reference may or may not meet: the `pages` and files that there
    are. `rules` are those by which they meet, whatever there is."""

    rules: Key
    pages: Key


def _world(site: Site) -> _World:
    return _World(
        rules=key_of(_encode((site.redirects, site.config, site.policy))),
        pages=key_of(_encode((sorted(site.paths), site.redirects, site.config, site.policy))),
    )


def _places(cards: Mapping[str, PageCard], paths: Iterable[str]) -> Key:
    """Return a digest of the places on these pages."""
    return key_of(_encode([(path, cards[path].places) for path in sorted(paths)]))


class _InOrder(msgspec.Struct, frozen=True, array_like=True):
    """What pages refer to where all of that is met, by these rules and with these places on all
    pages: a digest of the references by path. `others` are all other paths that there are."""

    rules: Key = b""
    places: Key = b""
    references: dict[str, bytes] = {}
    others: list[str] = []


def _in_styles(artifacts: Iterable[Artifact], judge: Judge) -> Iterable[Problem]:
    """Yield what the style sheets that are published ask for and are not given."""
    for artifact in artifacts:
        if artifact.role == "asset" and artifact.path.endswith(".css") and not artifact.copy_of:
            css = artifact.read().decode("utf-8", errors="replace")
            if "url(" in css:
                yield from judge.of_styles(artifact.path, css)


def _references(
    site: Site,
    facts: LazyFacts,
    addresses: Addresses,
    judge: Judge,
    world: _World,
    cache: Cache,
) -> Iterable[Problem]:
    """Yield broken references of pages, without looking at a page that is known to be in order.

    These are kept together, since there are as many of them as there are pages.
    """
    together = key_of("references in order", _encode(site.config))
    kept = cache.get_many([together]).get(together)
    before = msgspec.msgpack.decode(kept, type=_InOrder) if kept else _InOrder()
    # What was met is met where there is more: a page more makes no address lead elsewhere.
    paths = frozenset(site.paths)
    is_there_still = paths.issuperset(before.references) and paths.issuperset(before.others)
    known = before.references if before.rules == world.rules and is_there_still else {}
    there = {*before.references, *before.others}
    moved = not known or before.places != _places(site.cards, there.intersection(site.cards))
    references = {path: card.references for path, card in site.cards.items()}
    met = _Met(site, addresses, judge)
    for path, card in site.cards.items():
        if known.get(path) != card.references or (moved and card.points):
            problems = (
                []
                if met.all_of(path, facts.references(path))
                else check_references(path, site, addresses, judge)
            )
            if problems:
                yield from problems
                del references[path]
    others = sorted(paths - references.keys())
    now = _InOrder(world.rules, _places(site.cards, site.cards), references, others)
    if now != before:
        cache.put_many({together: msgspec.msgpack.encode(now)})


class _Met:
    """References that are in order. A build's pages have most of theirs in common."""

    def __init__(self, site: Site, addresses: Addresses, judge: Judge) -> None:
        self._site, self._addresses, self._judge = site, addresses, judge
        self._start = site.config.origin + site.config.base
        self._links: set[tuple[str, str]] = set()

    def all_of(self, path: str, references: References) -> bool:
        """Return whether all that the page at `path` refers to is in order; False where that takes
        a closer look."""
        if references.inline or not self._is_own(path, references.canonical):
            return False
        met = self._links
        others = [link for link in references.links if (link.url, link.directive) not in met]
        return all(is_within(link) or self._is_met(link, path) for link in others)

    def _is_met(self, link: Link, path: str) -> bool:
        """Return whether a link is in order on every page, whatever is asked for at its address."""
        url = link.url
        if not url.startswith(("/", "https:")):
            return False
        target = self._addresses.resolve(url, path)
        if target.insecure or target.fragment or target.reach not in ("found", "outside"):
            return False
        if not self._judge.lets(link.directive, url, link.integrity, path):
            return False
        self._links.add((url, link.directive))
        return True

    def _is_own(self, path: str, canonical: str) -> bool:
        url = page_url(path)
        return canonical == self._start + written_url(url) and url not in self._site.redirects


def _begin_documents(
    artifacts: Sequence[Artifact], site: Site, world: _World, cache: Cache, run: Runner
) -> Iterator[Problem]:
    """Begin to look at feeds, sitemap and other files for machines, and yield what is wrong with
    them."""
    documents = {
        key_of(
            "document",
            world.pages,
            artifact.path,
            artifact.sha256 or digest(artifact.content),
        ): artifact
        for artifact in artifacts
        if artifact.role == "entry"
        and artifact.path not in site.cards
        and not (artifact.copy_of or artifact.load)
    }
    known = cache.get_many(documents)
    jobs = {
        key: DocumentJob(path=artifact.path, content=artifact.read())
        for key, artifact in documents.items()
        if key not in known
    }
    size = sum(len(job.content) for job in jobs.values()) / max(1, len(jobs))
    release = (frozenset(site.paths), site.config)
    results = run(document_step, release, jobs.values(), cost=_LOOKING + _LOOKING_AT_A_BYTE * size)
    decode = msgspec.msgpack.Decoder(list[Problem]).decode

    def found() -> Iterator[Problem]:
        for key, result in zip(jobs, results, strict=True):
            problems = decode(result)
            if not problems:
                cache.put_many({key: b""})
            yield from problems

    return found()
