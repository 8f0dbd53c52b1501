"""Links to other sites: where they stand, what was answered when they were asked, what is wrong.

Nothing is asked here; adapters/outside.py does that.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Literal
from urllib.parse import unquote, urldefrag

import msgspec

from generator.checks.addresses import Addresses
from generator.checks.page.facts import PageFacts
from generator.config.settings import ExternalSettings
from generator.content.frontmatter import Document
from generator.core.problems import Problem

State = Literal["ok", "dead", "failed", "refused"]

DAY = 86_400.0
_KINDS = frozenset({"page", "image", "asset", "embed"})
_MOST_PLACES = 3
"""Of a link that many pages share, so many places are named."""

_CHANGEABLE = re.compile(r"[:!?=/&]|^L\d+|^top$")
"""Fragments that are no ids: text fragments, routes of scripts, line numbers (WICG, "Text
Fragments"; HTML Standard, "Scrolling to a fragment": `top` is every page's own)."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What an address answered. `asked` is in seconds since 1970, `moved` where it has moved for
    good, `places` which of the page's fragments that were asked for exist."""

    asked: float
    state: State
    detail: str = ""
    moved: str = ""
    places: dict[str, bool] = {}


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a link stands: a file and a line (0: unknown)."""

    path: str
    line: int = 0


def collect(
    pages: Mapping[str, PageFacts], addresses: Addresses, skip: Sequence[str]
) -> dict[str, list[str]]:
    """Return every outside address of the built pages with the output paths that have it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(pages):
        for link in pages[path].links:
            url = link.url.strip()
            if (
                link.kind in _KINDS
                and url[:4].lower() == "http"
                and addresses.resolve(url, path).reach in ("outside", "local")
                and not url.startswith(tuple(skip))
            ):
                found[url].append(path)
    return dict(found)


def places_of(
    urls: Mapping[str, Sequence[str]],
    source_of: Mapping[str, str],
    documents: Mapping[str, Document],
    other_texts: Mapping[str, str],
    folder: str,
) -> dict[str, list[Place]]:
    """Return where each address stands in the owner's files.

    It is looked for in the documents of the pages that show it, then in `other_texts` (settings,
    templates, data); one that a template puts together is blamed on the built page, in `folder`.
    """
    return {
        url: _places(url, pages, source_of, documents, other_texts, folder)
        for url, pages in urls.items()
    }


def _places(
    url: str,
    pages: Sequence[str],
    source_of: Mapping[str, str],
    documents: Mapping[str, Document],
    other_texts: Mapping[str, str],
    folder: str,
) -> list[Place]:
    spellings = tuple(dict.fromkeys((url, escape(url), unquote(url))))
    found = set()
    for source in {source_of.get(page, "") for page in pages} & documents.keys():
        document = documents[source]
        in_body = _line(spellings, document.body, document.body_line)
        if line := in_body or _line(spellings, document.matter, 2):
            found.add(Place(source, line))
    if not found:
        for path, text in other_texts.items():
            if line := _line(spellings, text, 1):
                found.add(Place(path, line))
    return sorted(found) or [Place(f"{folder}/{pages[0]}")]


def _line(spellings: Iterable[str], text: str, first: int) -> int:
    """Return the line on which an address, and not one that only begins so, stands, or 0."""
    for spelling in spellings:
        at = text.find(spelling)
        while at >= 0:
            after = text[at + len(spelling) : at + len(spelling) + 1]
            if not after or not (after.isalnum() or after in "/-_=&#?%"):
                return first + text.count("\n", 0, at)
            at = text.find(spelling, at + 1)
    return 0


def to_ask(
    urls: Iterable[str], known: Mapping[str, Answer], settings: ExternalSettings, now: float
) -> dict[str, set[str]]:
    """Return which addresses (without fragment) have to be asked, with the fragments to look for.

    A good answer holds for `days`, a bad one for a day; what failed is asked again each time.
    """
    lasting = {"ok": settings.days * DAY, "dead": DAY, "refused": DAY, "failed": 0.0}
    wanted: dict[str, set[str]] = defaultdict(set)
    for url in urls:
        address, fragment = urldefrag(url)
        wanted[address].update({fragment} if fragment_counts(fragment) else set())
    return {
        address: fragments
        for address, fragments in wanted.items()
        if (answer := known.get(address)) is None
        or not 0 <= now - answer.asked < lasting[answer.state]
        or (answer.state == "ok" and not fragments <= answer.places.keys())
    }


def fragment_counts(fragment: str) -> bool:
    """Say whether a fragment can be looked for among a page's ids."""
    return bool(fragment) and not _CHANGEABLE.search(fragment)


def has_place(html: str, fragment: str) -> bool:
    """Say whether a page has the place that `fragment` names.

    `user-content-` is what GitHub puts before the ids of headings, and its scripts take away.
    """
    ids = {
        found[1] or found[2] or found[3]
        for found in re.finditer(
            r"""[\s"'](?:id|name)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", html
        )
    }
    return bool({fragment, unquote(fragment), f"user-content-{fragment}"} & ids)


def judge(places: Mapping[str, Sequence[Place]], answers: Mapping[str, Answer]) -> list[Problem]:
    """Return what is wrong with outside links, each with the places where it stands."""
    problems: list[Problem] = []
    for url, where in places.items():
        address, fragment = urldefrag(url)
        answer = answers.get(address)
        if answer is None:
            continue
        for say in _faults(url, fragment, answer):
            problems += _everywhere(say, where)
    return sorted(problems)


Say = Callable[[Place, str], Problem]


def _faults(url: str, fragment: str, answer: Answer) -> Iterator[Say]:
    if answer.state == "dead":
        yield lambda place, more: Problem(
            path=place.path, line=place.line, code="outside-dead",
            message=f"`{url}`: {answer.detail}{more}",
            hint="link to another page, or to a copy of it in an archive; or take the link out",
            severity="warning",
        )  # fmt: skip
    elif answer.state == "failed":
        yield lambda place, more: Problem(
            path=place.path, line=place.line, code="outside-failed",
            message=f"`{url}`: {answer.detail}{more}",
            hint="it is asked again next time",
            severity="warning",
        )  # fmt: skip
    elif answer.state == "refused":
        yield lambda place, more: Problem(
            path=place.path, line=place.line, code="outside-refused",
            message=f"`{url}`: {answer.detail}{more}",
            hint="look at it in a browser; `external: skip:` in site.yaml leaves it out",
            severity="note",
        )  # fmt: skip
    elif answer.moved:
        moved = f"{answer.moved}#{fragment}" if fragment and "#" not in answer.moved else ""
        yield lambda place, more: Problem(
            path=place.path, line=place.line, code="outside-moved",
            message=f"`{url}` has moved for good{more}",
            hint=f"write {moved or answer.moved}",
            severity="note",
        )  # fmt: skip
    if answer.state == "ok" and answer.places.get(fragment) is False:
        yield lambda place, more: Problem(
            path=place.path, line=place.line, code="outside-fragment",
            message=f"`{url}`: the page has no place `#{fragment}`{more}",
            hint="leave out what follows the `#`, or look for its new name",
            severity="note",
        )  # fmt: skip


def _everywhere(say: Say, where: Collection[Place]) -> Iterator[Problem]:
    others = len(where) - _MOST_PLACES
    for number, place in enumerate(list(where)[:_MOST_PLACES]):
        more = f" (and in {others} more places)" if others > 0 and number == 0 else ""
        yield say(place, more)
