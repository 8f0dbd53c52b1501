"""The rule of addresses: what a request's path means, at the edge and on the local server alike.

`/dir/` is the page `dir/index.html`; `/dir`, and `/dir/index.html`, are sent to `/dir/`; aliases
are sent on first of all; the store's own folder is nobody's business; anything else is the key as
it stands. `infra/edge/viewer-request.js` is the same rule for CloudFront, and both are held to
`tests/contract/urls.json`.

CloudFront's limits (Developer Guide, "Quotas on CloudFront Functions"): a function is at most
10,240 bytes with all that is in it. Aliases that do not fit are answered by their redirect pages,
which every build makes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

import msgspec

from generator.artifacts import digest

MOST_BYTES = 10_240
_PLACE = "/*REDIRECTS*/ {}"
_SAFE = "/-_.~!$&'()*+,;=:@%"


class Redirect(msgspec.Struct, frozen=True):
    """Answer 301 with this Location."""

    location: str


class Key(msgspec.Struct, frozen=True):
    """Answer with the object at this path, or with 404.html and status 404 where there is none.

    The path is percent-encoded as it came, plus signs too, without the slash at its start.
    """

    path: str


class Hidden(msgspec.Struct, frozen=True):
    """Answer as for a page that does not exist, whatever the store holds."""


Answer = Redirect | Key | Hidden


def resolve(path: str, redirects: Mapping[str, str], query: str = "") -> Answer:
    """Say what a request for `path` (percent-encoded, as in the request line) is answered with.

    `redirects` comes from `flatten`. `query` is without its `?`; a redirect carries it along.
    """
    plain = _decoded(path)
    if ".tidepost" in plain.split("/"):
        return Hidden()
    target = redirects.get(canonical(plain))
    if target is not None:
        return Redirect(_with_query(target, query))
    last = path.rpartition("/")[2]
    if last == "index.html":
        return Redirect(_with_query(_local(path.removesuffix("index.html")), query))
    if last and "." not in last:
        return Redirect(_with_query(_local(f"{path}/"), query))
    key = path.removeprefix("/").replace("+", "%2B")  # S3 takes a plus sign in a path for a space
    return Key(key if last else f"{key}index.html")


def canonical(path: str) -> str:
    """The one form under which an address is looked up: `/dir`, `/dir/index.html` are `/dir/`."""
    if path.endswith("/index.html"):
        return path.removesuffix("index.html")
    last = path.rpartition("/")[2]
    return f"{path}/" if last and "." not in last else path


def flatten(redirects: Mapping[str, str], base: str = "") -> dict[str, str]:
    """Return canonical old path -> final Location, with chains shortened and loops left out.

    `redirects` is as the build gives it: paths without `base`, targets that are such paths or full
    addresses. The checks report loops; here they must only not be served.
    """
    table = {canonical(old): new for old, new in redirects.items()}
    flat = {}
    for old, first in sorted(table.items()):
        seen, target = {old}, first
        while (after := canonical(target.partition("#")[0])) in table and after not in seen:
            seen.add(after)
            target = table[after]
        if canonical(target.partition("#")[0]) in seen:
            continue
        inside = target.startswith("/") and not target.startswith("//")
        flat[f"{base}{old}"] = _encoded(f"{base}{target}" if inside else target)
    return flat


def function_code(template: str, table: Mapping[str, str]) -> tuple[str, int]:
    """Put as many redirects into the function as its size allows; return it and how many.

    Shortest first, so that as many as possible fit. Raises ValueError for a template that has no
    place for them or is too large by itself.
    """
    if template.count(_PLACE) != 1:
        raise ValueError(f"the edge function's template must have one `{_PLACE}`")
    room = MOST_BYTES - len(template.encode())
    if room < 0:
        raise ValueError("the edge function's template is larger than CloudFront allows")
    chosen = {}
    for old, new in sorted(table.items(), key=lambda item: (len(_pair(*item)), item)):
        room -= len(_pair(old, new)) + 1
        if room < 0:
            break
        chosen[old] = new
    text = ",".join(_pair(old, new) for old, new in sorted(chosen.items()))
    return template.replace(_PLACE, f"{{{text}}}"), len(chosen)


def code_digest(code: str, name: str) -> str:
    """What the manifest remembers of the function that was published, and under which name: one
    that has another name has yet to be given the code."""
    return digest(f"{name}\n{code}".encode())


def _pair(old: str, new: str) -> str:
    return f"{json.dumps(old)}:{json.dumps(new)}"


def _decoded(path: str) -> str:
    """Decode %XX as UTF-8; a path that cannot be decoded stays as it is, as in JavaScript."""
    if re.search("%(?![0-9A-Fa-f]{2})", path):
        return path
    try:
        return unquote(path, errors="strict")
    except UnicodeDecodeError:
        return path


def _encoded(target: str) -> str:
    path, mark, fragment = target.partition("#")
    path, question, query = path.partition("?")
    return f"{quote(path, safe=_SAFE)}{question}{quote(query, safe=_SAFE + '?')}" + (
        f"{mark}{quote(fragment, safe=_SAFE + '?')}"
    )


def _local(path: str) -> str:
    """Keep a Location on this site: `//host` and `/\\host` mean another one to a browser."""
    return "/" + path.lstrip("/\\").replace("\\", "%5C")


def _with_query(target: str, query: str) -> str:
    if not query:
        return target
    path, mark, fragment = target.partition("#")
    return f"{path}{'&' if '?' in path else '?'}{query}{mark}{fragment}"
