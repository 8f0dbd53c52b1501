"""The rule of addresses: what a request's path means, at the edge and on the local server alike.

`/dir/` is the page `dir/index.html`; `/dir`, and `/dir/index.html`, are sent to `/dir/`; aliases
are sent on first of all; the store's own folder is nobody's business; a file is the key as it
stands. What is a file and what a folder cannot be seen by the path alone (`/LICENSE`,
`/posts/node.js`): the build says it, in the table that `file_table` makes.
`infra/edge/viewer-request.js` is the same rule for CloudFront, and both are held to
`tests/contract/urls.json`.

CloudFront's limits (Developer Guide, "Quotas on CloudFront Functions"): a function is at most
10,240 bytes with all that is in it. Aliases that do not fit are answered by their redirect pages,
which every build makes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

import msgspec

from generator.core.artifacts import digest
from generator.core.urls import canonical, ending, looks_like_file

MOST_BYTES = 10_240
_PLACES = ("/*FILES*/ {}", "/*REDIRECTS*/ {}")
_ALWAYS = ("/assets/", "/pagefind/")
"""Folders of Tidepost's own, which hold files only. They are always in the table: pages in a
reader's cache go on to ask for what the newest build no longer has."""
_PREVIEW = re.compile(r"/_preview/[^/]+/")
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


def resolve(
    path: str,
    redirects: Mapping[str, str],
    query: str = "",
    files: Mapping[str, bool] | None = None,
) -> Answer:
    """Say what a request for `path` (percent-encoded, as in the request line) is answered with.

    `redirects` comes from `flatten` and `files` from `file_table`. `query` is without its `?`; a
    redirect carries it along.
    """
    plain = _decoded(path)
    if ".tidepost" in plain.split("/"):
        return Hidden()
    folder, _, last = path.rpartition("/")
    index = _decoded(last) == "index.html"
    wanted = plain.removesuffix("index.html") if index else plain
    target = redirects.get(wanted, redirects.get(f"{wanted}/"))
    if target is not None:
        return Redirect(_with_query(target, query))
    if index:
        return Redirect(_with_query(_local(f"{folder}/"), query))
    if last and not is_file(plain, files or {}):
        return Redirect(_with_query(_local(f"{path}/"), query))
    key = path.removeprefix("/").replace("+", "%2B")  # S3 takes a plus sign in a path for a space
    return Key(key if last else f"{key}index.html")


def is_file(path: str, files: Mapping[str, bool]) -> bool:
    """Whether a path (decoded, without a slash at its end) is a file rather than a folder's page.

    Asked in this order, and the first that the table knows decides: the path; its ending in its
    folder (`/posts/*.js`); its folder and those above (`/posts/`); its ending anywhere (`*.js`).
    What it does not know is a file where it ends like one: a dot, a letter, up to four more.
    """
    path = _PREVIEW.sub("/", path, count=1)
    for way in _ways(path):
        if way in files:
            return files[way]
    return looks_like_file(path)


def file_table(paths: Iterable[str], base: str = "") -> dict[str, bool]:
    """Return what `is_file` must know so that it is right about every one of these output paths.

    It says nothing of what can be seen by the ending. Everything else is said in as few words as
    are true of all that they cover (a whole folder, an ending, an ending in one folder), so that
    thousands of pages that are called like files take one entry; a path by itself stands there
    only where its folder has both files and pages that end alike. What is a file in one release and
    a page in another, where these are the paths of both, is a file: the page has its slash, too.
    `base` is the path the site lives under.
    """
    kinds: dict[str, bool] = {}
    for path in paths:
        if path.endswith("/index.html"):
            kinds.setdefault(f"{base}/{path[:-11]}", False)
        elif path != "index.html":
            kinds[f"{base}/{path}"] = True
    always = tuple(f"{base}{folder}" for folder in _ALWAYS)
    kinds = {path: kind for path, kind in kinds.items() if not path.startswith(always)}
    wrong = {path for path, kind in kinds.items() if kind is not looks_like_file(path)}
    table = dict.fromkeys(always, True)
    if not wrong:
        return table
    ways = {path: _ways(path) for path in wrong}
    covered = Counter(way for found in ways.values() for way in found)
    said: dict[str, bool] = {}
    untrue = set()
    for path, kind in kinds.items():
        for way in ways.get(path) or _ways(path):
            if way in covered and said.setdefault(way, kind) is not kind:
                untrue.add(way)
    for path in sorted(wrong):
        true = (way for way in ways[path] if way not in untrue)
        table[max(true, key=lambda way: (covered[way], -len(way), way))] = kinds[path]
    return table


def _ways(path: str) -> list[str]:
    """The entries of a table that say what a path is, the most particular first."""
    last = ending(path)
    folder = path.rpartition("/")[0]
    found = [path, f"{folder}/*{last}"]
    while folder:
        found.append(f"{folder}/")
        folder = folder.rpartition("/")[0]
    return [*found, f"*{last}"]


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


class NoRoom(ValueError):
    """The edge function cannot hold what it must; the message is a sentence for the owner, and
    `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def function_code(
    template: str, table: Mapping[str, str], files: Mapping[str, bool] | None = None
) -> tuple[str, int]:
    """Put `files` and as many redirects into the function as its size allows; return it and how
    many redirects.

    Shortest first, so that as many as possible fit. Raises NoRoom for a template that has no place
    for them or is too large, and where the table of files does not fit: nothing else would answer.
    """
    for place in _PLACES:
        if template.count(place) != 1:
            raise NoRoom(
                f"the edge function's template must have one `{place}`",
                "take infra/edge/viewer-request.js again from Tidepost, make your change in that",
            )
    told = ",".join(f"{json.dumps(key)}:{int(kind)}" for key, kind in sorted((files or {}).items()))
    template = template.replace(_PLACES[0], f"{{{told}}}")
    room = MOST_BYTES - len(template.encode())
    if room < 0 and told:
        alone = sorted(key for key in files or {} if "*" not in key and not key.endswith("/"))
        raise NoRoom(
            f"the edge function has no room to list its files: {len(alone)} are not known "
            f"by folder or ending, such as `{(alone or ['/'])[0]}`",
            "put the files of static/root/ that have no ending into a folder without pages, or "
            "give them one",
        )
    if room < 0:
        raise NoRoom(
            "the edge function's template is larger than CloudFront allows",
            f"it may have {MOST_BYTES:,} bytes with the redirects",
        )
    chosen = {}
    for old, new in sorted(table.items(), key=lambda item: (len(_pair(*item)), item)):
        room -= len(_pair(old, new)) + 1
        if room < 0:
            break
        chosen[old] = new
    text = ",".join(_pair(old, new) for old, new in sorted(chosen.items()))
    return template.replace(_PLACES[1], f"{{{text}}}"), len(chosen)


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
