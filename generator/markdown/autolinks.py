"""Finds bare addresses in Markdown text, as GitHub does.

The rules are those of the GitHub Flavored Markdown specification 0.29, section 6.9 ("Autolinks
(extension)"), with the scheme and the sign before an address judged as cmark-gfm judges them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

_SCHEME = re.compile(r"(?<![A-Za-z])(?:https?|ftp)://(?=[^\W_])", re.IGNORECASE)
_WWW = re.compile(r"(?<![^\s*_~(])www\.", re.IGNORECASE)
_BARE = re.compile(f"{_SCHEME.pattern}|{_WWW.pattern}", re.IGNORECASE)
_LABEL = re.compile(r"(?:^|\n) {0,3}\[[^\]\n]+\]:[ \t]+\Z")
_TARGET = re.compile(r"[^\s()<>]*+(?:\([^\s()]*+\)[^\s()]*+)*+(?:\)|[ \t\n]+[\"'(])")
_IN_BRACKETS = re.compile(r"[^\s<>]*+>")
_MEANING = re.compile(r"[*_~&\\`$\[\]|!{}'\"]|--|\.\.")
_ESCAPED = re.compile(r"\\[:./]|&(?:#|colon;|sol;|period;)")
_END = re.compile(r"[\s<]|\Z")
_NOT_HOST = re.compile(r"[^\w.-]|\Z")
_TRAILING = frozenset("?!.,:*_~'\"")
_ENTITY_AT_END = re.compile(r"&[A-Za-z0-9]+;\Z")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@(?=[^\W_])[\w.-]+", re.ASCII)


class Autolink(NamedTuple):
    """A bare address: where it stands in the text, and where it leads."""

    start: int
    end: int
    target: str


def candidates(text: str) -> list[int]:
    """Return where bare addresses of the web may begin. Most addresses stand where Markdown or HTML
    wants them, which is quickly seen; of the others, only the reader knows what they are in."""
    places = []
    place = text.find("://")
    while place >= 0:
        start = place
        while start and text[start - 1].isalpha():
            start -= 1
        before = text[start - 2 : start] if start > 1 else ""
        if before == "](":
            wanted = _TARGET.match(text, start) is not None
        elif before[1:] == "<":
            wanted = _IN_BRACKETS.match(text, start) is not None
        else:
            wanted = before in ('="', "='")
        if before == ": " and _LABEL.search(text, text.rfind("\n", 0, start), start):
            wanted = True
        if not wanted:
            places.append(start)
        place = text.find("://", place + 3)
    for name in ("www.", "WWW."):
        place = text.find(name)
        while place >= 0:
            if _WWW.match(text, place):
                places.append(place)
            place = text.find(name, place + 4)
    return sorted(places)


def are_plain(text: str, places: Sequence[int]) -> bool:
    """Return whether the addresses at `places` have no sign that means something in Markdown, so
    that they are whole in the words that the reader finds, and no words are written in another way
    that then look like one (`https\\://a.org`)."""
    return not places or not (
        _ESCAPED.search(text)
        or any(_MEANING.search(text, place, _search(_END, text, place)) for place in places)
    )


def addresses(text: str, places: Iterable[int]) -> Iterator[Autolink]:
    """Yield the bare addresses of the web that begin at some of `places`, in their order."""
    done = 0
    for start in places:
        found = _SCHEME.match(text, start) or _WWW.match(text, start)
        if start < done or not found:
            continue
        short = "://" in found[0]
        host = found.end() if short else start
        host_end = _search(_NOT_HOST, text, host)
        if not _is_host(text[host:host_end], short=short):
            continue
        end = _without_trailing(text, start, _search(_END, text, host_end))
        if end > found.end():
            done = end
            written = text[start:end]
            yield Autolink(start, end, written if short else f"http://{written}")


def links(text: str, *, web: bool) -> list[Autolink]:
    """Return the bare addresses in words, of mail and, with `web`, of the web."""
    places = (found.start() for found in _BARE.finditer(text))
    found = list(addresses(text, places)) if web else []
    if "@" not in text:
        return found
    ends = [(link.start, link.end) for link in found]
    mail = (
        link for link in emails(text) if not any(a < link.end and link.start < b for a, b in ends)
    )
    return sorted([*found, *mail])


def emails(text: str) -> Iterator[Autolink]:
    """Yield the bare addresses of mail in a text."""
    for found in _EMAIL.finditer(text):
        end = _without_trailing(text, found.start(), found.end())
        local, _, domain = text[found.start() : end].partition("@")
        # The last sign is a letter, as cmark-gfm has it; the specification says: neither - nor _.
        if not local or "." not in domain or not domain[-1].isalpha() or ".." in domain:
            continue
        yield Autolink(found.start(), end, f"mailto:{local}@{domain}")


def anchor(text: str, link: Autolink) -> str:
    """Return the HTML of a bare address."""
    shown = escape(text[link.start : link.end], quote=False)
    return f'<a href="{escape(link.target)}">{shown}</a>'


def _search(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.search(text, place)
    return found.start() if found else len(text)


def _is_host(host: str, *, short: bool) -> bool:
    """Return whether this is a valid domain: parts with dots between, and no underscore in the last
    two. `short`: one part is enough (`http://localhost`)."""
    parts = host.rstrip(".").split(".")
    if "_" in "".join(parts[-2:]) or not parts[0]:
        return False
    return short or len(parts) > 1


def _without_trailing(text: str, start: int, end: int) -> int:
    """Return where an address ends that is not to take punctuation of the sentence around it."""
    opened, closed = text.count("(", start, end), text.count(")", start, end)
    while end > start:
        last = text[end - 1]
        if last in _TRAILING:
            end -= 1
        elif last == ")" and closed > opened:
            closed -= 1
            end -= 1
        elif last == ";" and (entity := _ENTITY_AT_END.search(text, max(start, end - 40), end)):
            end = entity.start()
        else:
            break
    return end
