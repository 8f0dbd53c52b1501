"""Which addresses a distribution must forget, in as few paths as its rules make sensible.

CloudFront's rules (Developer Guide, "Invalidate files" and "Quotas on invalidations"): the first
1,000 paths a month in an account are free and each further one costs; a path with `*` at its end
counts as one; at most 3,000 paths and at most 15 paths with `*` may be in progress at a time; a
path is written with its unsafe characters URL-encoded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from urllib.parse import quote

from generator.publish.manifest import (
    Entry,
    Local,
    Manifest,
)
from generator.publish.plan import SEEN, Operation, Policy, Remote, month_of

FREE_PATHS = 1_000
MOST_PATHS = 3_000
MOST_WILDCARDS = 15

_SAFE = "/-_.~!$&'()+,;=:@"
"""What RFC 3986 allows in a path segment, less `*`, which would be a wildcard."""


def addresses(paths: Iterable[str], base: str = "") -> list[str]:
    """Return, sorted, the URL paths under which readers may have cached these output paths.

    A folder's index is known under both of its names, and a path with a plus sign as readers write
    it and as the edge function does: both must be named. `base` is the path the site lives under.
    """
    found = set()
    for path in paths:
        url = quote(f"{base}/{path}", safe=_SAFE)
        found |= {url, url.replace("+", "%2B")}
        if url.endswith("/index.html"):
            found.add(url.removesuffix("index.html"))
    return sorted(found)


def collapse(
    urls: Collection[str],
    others: Collection[str],
    assets: Collection[str],
    *,
    free: int = FREE_PATHS,
    limit: int = MOST_PATHS,
    wildcards: int = MOST_WILDCARDS,
) -> tuple[str, ...]:
    """Return paths that cover `urls`, with wildcards where plain ones would cost or be refused.

    `others` are the addresses of unchanged pages: forgetting them does no harm but costs the origin
    a request, so fewer of them is better. `assets` are never covered, but for the one case that
    nothing else stays inside `limit`: then everything is forgotten by `/*`. `free` is what is left
    of this month's free paths.
    """
    budget = max(1, min(free, limit))
    if len(urls) <= budget:
        return tuple(sorted(urls))
    gain = _prefix_counts(urls)
    harm = _prefix_counts(others)
    barred = _prefix_counts(assets)
    left, chosen = set(urls), list[str]()
    while len(left) + len(chosen) > budget and len(chosen) < wildcards:
        best = max(
            (prefix for prefix in gain if not barred[prefix] and gain[prefix] > 1),
            key=lambda prefix: (gain[prefix], -harm[prefix], len(prefix), prefix),
            default="",
        )
        if not best:
            break
        covered = {url for url in left if url.startswith(best)}
        left -= covered
        chosen.append(best)
        gain = _prefix_counts(left)
    if len(left) + len(chosen) > limit:
        return ("/*",)
    return tuple(sorted(left | {f"{prefix}*" for prefix in chosen}))


_CHARACTER = re.compile("%[C-F].(?:%[89AB].)+|%..|.")
"""One character of a URL in which all others than ASCII's are percent-encoded UTF-8."""


def _prefix_counts(urls: Iterable[str]) -> Counter[str]:
    """How many of `urls` begin with each prefix that is longer than the root's `/`.

    A prefix ends between two characters: half of an encoded one is no path to CloudFront.
    """
    counts: Counter[str] = Counter()
    for url in urls:
        if "%" in url:
            counts.update(url[: found.end()] for found in _CHARACTER.finditer(url, 1))
        else:
            counts.update(url[:end] for end in range(2, len(url) + 1))
    return counts


def stale_addresses(
    local: Local,
    before: Manifest,
    remote: Remote,
    live: Mapping[str, Entry],
    operations: Iterable[Operation],
    policy: Policy,
    now: datetime,
) -> tuple[str, ...]:
    """Return the paths whose cached copies may be stale."""
    if not policy.invalidate:
        return ()
    touched = remote.journal.touched if remote.journal else {}
    changed = set()
    for operation in operations:
        path = operation.path
        if operation.phase not in SEEN:
            continue
        entry = operation.entry or live.get(path)
        if entry is None or (entry.role == "asset" and operation.phase != "changed"):
            continue
        # A page that was not there can be cached as missing, if the distribution keeps that long.
        if path in live or path in before.entries or policy.error_ttl > policy.page_max_age:
            changed.add(path)
    for path, entry in touched.items():
        known = entry or before.entries.get(path) or local.entries.get(path)
        if known is None or known.role != "asset":
            changed.add(path)
    if not changed:
        return ()
    same = [path for path in local.entries if path not in changed]
    used = before.invalidated.get(month_of(now), 0)
    return collapse(
        addresses(changed, policy.base),
        addresses((path for path in same if local.entries[path].role != "asset"), policy.base),
        addresses(
            [path for path in same if local.entries[path].role == "asset"] + [*before.lingering],
            policy.base,
        ),
        # One publish takes a quarter of what the month has left at most: so it never runs out.
        free=(FREE_PATHS - used) // 4,
    )
