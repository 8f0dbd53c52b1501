"""References + routes -> final HTML: every address as a reader's browser needs it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from urllib.parse import unquote

import msgspec

from generator.markup import Fragment, Reference, split_references
from generator.names import written_url
from generator.problems import Problem, did_you_mean

_OUTSIDE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#|\?|$")
_CANDIDATE = re.compile(r"[\s,]*(?P<address>\S*[^\s,])(?P<descriptor>[^,]*)(?:,|$)")
"""One candidate of a srcset (HTML Standard, section 4.8.4.2.1, "Srcset attributes")."""

INVALID = "invalid"
"""Why a document is not published that has errors; they are told, so links to it need not be."""

MOST_SUGGESTIONS = 20
"""How many missing documents get a suggestion; looking for one takes time in a large site."""

_SHIPPED_ONLY_AS_FILE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|avif|mp4|webm|pdf|zip)$", re.I)


class FileLink(msgspec.Struct, frozen=True, kw_only=True):
    """A file that pages may refer to: its URL, and its size in pixels where it is a picture."""

    url: str
    width: int = 0
    height: int = 0


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """All that a document may link to.

    `documents`: source path -> URL; `held`: source path -> why it is not published; `files`: path
    from the site's folder (`content/...` or `static/...`) -> FileLink. `base` goes before every
    internal URL.
    """

    documents: Mapping[str, str]
    held: Mapping[str, str]
    files: Callable[[str], FileLink | None]
    base: str


def resolve(
    fragment: Fragment, source: str, targets: Targets, line_of: Callable[[str], int]
) -> tuple[str, list[Problem]]:
    """Return the HTML of `fragment` as it stands in `source`, and what it refers to in vain.

    `line_of` finds an address as written in the source file. A problem's needle is the address as
    it stands in the HTML.
    """
    if not fragment.references:
        return fragment.pieces[0], []
    parts: list[str] = []
    problems: list[Problem] = []
    for piece, reference in zip(fragment.pieces, fragment.references, strict=False):
        parts += (piece, _attribute(reference, source, targets, line_of, problems))
    parts.append(fragment.pieces[-1])
    return "".join(parts), problems


def resolve_address(
    address: str, source: str, targets: Targets, line_of: Callable[[str], int]
) -> tuple[str, list[Problem]]:
    """Return the URL for one address that `source` names outside its body, and what is wrong."""
    url, _, problem = _resolve_one(address, source, targets)
    if problem is None:
        return url, []
    return url, [msgspec.structs.replace(problem, path=source, line=line_of(address), needle=url)]


def make_absolute(html: str, origin: str, page: str) -> str:
    """Return HTML for readers elsewhere (feeds): full addresses instead of the site's own.

    `page` is the full address of the page that has this HTML.
    """

    def absolute(address: str) -> str:
        if address.startswith(("#", "?")):
            return page + address
        if address.startswith("/") and not address.startswith("//"):
            return origin + address
        return address

    return _rewrite(html, absolute)


def lead_to(html: str, page: str) -> str:
    """Return HTML that is shown away from its page: what leads to a place on it begins with
    `page`."""
    return _rewrite(html, lambda address: page + address if address.startswith("#") else address)


def suggest(problems: Iterable[Problem], targets: Targets) -> list[Problem]:
    """Say which documents may be meant, for the first of the links that lead to none."""
    names = tuple(posixpath.basename(name) for name in targets.documents)
    suggested = []
    count = 0
    for problem in problems:
        if problem.code == "missing-document" and count < MOST_SUGGESTIONS:
            count += 1
            wanted = re.split(r"[?#]", problem.needle, maxsplit=1)[0]
            hint = did_you_mean(posixpath.basename(wanted), names)
            problem = msgspec.structs.replace(problem, hint=hint or problem.hint)
        suggested.append(problem)
    return suggested


def _rewrite(html: str, change: Callable[[str], str]) -> str:
    fragment = split_references(html)
    parts: list[str] = []
    for piece, reference in zip(fragment.pieces, fragment.references, strict=False):
        if reference.attribute == "srcset":
            value = _each_candidate(reference.target, change)
        else:
            value = change(reference.target)
        parts += (piece, f'"{escape(value)}"')
    return "".join([*parts, fragment.pieces[-1]])


def _each_candidate(srcset: str, change: Callable[[str], str]) -> str:
    return ", ".join(
        f"{change(found['address'])} {found['descriptor'].strip()}".strip()
        for found in _CANDIDATE.finditer(srcset)
    )


def find_document(
    path: str, source: str, documents: Mapping[str, str], held: Mapping[str, str]
) -> str:
    """Return the source that `path` (`other.md`, `../pages/about.md`) means, or an empty text."""
    if path.startswith("/"):
        candidates = [f"content{path}", path[1:]]
    else:
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        candidates = [beside, f"content/{path}", f"content/posts/{path}", f"content/pages/{path}"]
    for candidate in candidates:
        if candidate in documents or candidate in held:
            return candidate
    return ""


def _attribute(
    reference: Reference,
    source: str,
    targets: Targets,
    line_of: Callable[[str], int],
    problems: list[Problem],
) -> str:
    """Return the attribute's value in quotes, with an image's size behind it."""
    file = None

    def resolved(address: str) -> str:
        nonlocal file
        url, file, problem = _resolve_one(address, source, targets)
        if problem:
            line = line_of(address)
            problems.append(msgspec.structs.replace(problem, path=source, line=line, needle=url))
        return url

    if reference.attribute == "srcset":
        url = _each_candidate(reference.target, resolved)
    else:
        url = resolved(reference.target)
    size = ""
    if reference.sized and file and file.width:
        size = f' width="{file.width}" height="{file.height}"'
    return f'"{escape(url)}"{size}'


def _resolve_one(
    target: str, source: str, targets: Targets
) -> tuple[str, FileLink | None, Problem | None]:
    """Return the URL for one address as written, the file it means, and what is wrong with it."""
    target = re.sub(r"[\t\n\r]", "", target.strip())
    if _OUTSIDE.match(target):
        return target, None, None
    written = re.split(r"[?#]", target, maxsplit=1)[0]
    path, tail = unquote(written), target[len(written) :]
    if path.endswith((".md", ".markdown")):
        return _to_document(path, tail, target, source, targets)
    rooted = path.startswith("/")
    folder = posixpath.dirname(source)
    beside = posixpath.normpath(posixpath.join(folder, path))
    for candidate in (f"static{path}", f"content{path}") if rooted else (beside,):
        if file := targets.files(candidate):
            return file.url + tail, file, None
    if rooted:
        url = targets.base + written_url(path) + tail
        if _SHIPPED_ONLY_AS_FILE.search(path) and not targets.files(f"static/root{path}"):
            return url, None, _missing(target, f"static{path}")
        return url, None, None
    own = targets.documents.get(source, "/")
    url = posixpath.normpath(posixpath.join(own if own.endswith("/") else f"{own}/..", path))
    if path.rpartition("/")[2] in ("", ".", "..") and url != "/":
        url += "/"
    url = targets.base + written_url(url) + tail
    if _SHIPPED_ONLY_AS_FILE.search(path) or source not in targets.documents:
        return url, None, _missing(target, beside)
    return url, None, None


def _to_document(
    path: str, tail: str, target: str, source: str, targets: Targets
) -> tuple[str, None, Problem | None]:
    found = find_document(path, source, targets.documents, targets.held)
    if found in targets.documents:
        return targets.base + written_url(targets.documents[found]) + tail, None, None
    if found:
        reason = targets.held[found]
        if reason == INVALID:
            return target, None, None
        return (
            target,
            None,
            _problem(
                "unpublished-link",
                f"link to `{target}`, which is not published: {reason}",
                "publish it first, or remove the link",
            ),
        )
    message = f"link to `{target}`: no such file"
    return target, None, _problem("missing-document", message, "name the file of the other page")


def _missing(target: str, looked_for: str) -> Problem:
    hint = f"expected it at {looked_for}"
    return _problem("missing-file", f"`{target}`: no such file", hint)


def _problem(code: str, message: str, hint: str) -> Problem:
    return Problem(path="", code=code, message=message, hint=hint)
