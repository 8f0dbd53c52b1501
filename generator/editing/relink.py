"""References in sources -> the same references after files have moved; all other bytes stay."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, unquote

import msgspec

from generator.core.urls import canonical
from generator.site.links import find_document

_OUTSIDE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#|\?|$")
_CODE = re.compile(
    r"""^[ \t]*(?P<fence>`{3,}|~{3,})[^\n\r]*$.*?(?:^[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)
    |(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_LINKS = re.compile(
    r"""\]\([ \t]*<(?P<angled>[^<>\n\r]*)>                                  # [text](<target>)
    |\]\([ \t]*(?P<plain>[^\s()<>]+(?:\([^\s()]*\)[^\s()]*)*)               # [text](target)
    |^[ ]{0,3}\[[^\]^\n\r][^\]\n\r]*\]:[ \t]*<?(?P<below>[^\s<>]+)          # [name]: target
    |\b(?:href|src|poster)\s*=\s*(?P<quote>["'])(?P<attribute>[^"'\n\r]*)(?P=quote)
    """,
    re.MULTILINE | re.VERBOSE,
)
_CALLS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_STRINGS = re.compile(r"""(?P<quote>["'])(?P<text>[^"'\n\r]+)(?P=quote)""")
_IMAGE = re.compile(
    r"""^(?:image|audio|[ ]+(?:file|transcript))[ \t]*:[ \t]*
    (?P<quote>["']?)(?P<text>[^"'\n\r\#]+?)(?P=quote)[ \t]*$""",
    re.MULTILINE | re.VERBOSE,
)
_REF = re.compile(r"""\bref\(\s*(?P<quote>["'])(?P<text>[^"'\n\r]+)(?P=quote)""")

_SHORT_FOR = ("content/", "content/posts/", "content/pages/")
"""Where a document's name is looked for beside the folder it is named in (links.find_document)."""


class Moves(msgspec.Struct, frozen=True, kw_only=True):
    """What moves where. `files` and `urls`: old -> new; `urls` has those only that change.

    The keys of `all_before` and `all_after` are the paths of all files before and after. `url_of`
    gives each document's URL before the move, by its path before it. `slugs`: old -> new.
    """

    files: Mapping[str, str]
    urls: Mapping[str, str]
    all_before: Mapping[str, str]
    all_after: Mapping[str, str]
    url_of: Mapping[str, str]
    slugs: Mapping[str, str] = {}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One reference that was changed. `line` counts from 1."""

    line: int
    before: str
    after: str


def rewrite_document(text: str, source: str, moves: Moves) -> tuple[str, list[Change]]:
    """Return a document's text, which lies at `source` before the move, with its references as
    they have to be after it."""
    after = moves.files.get(source, source)
    body = _body_start(text)
    code = [found.span() for found in _CODE.finditer(text, body)]
    spots: list[tuple[int, int, str]] = []
    for start, end, reference, files_only in _references(text, body):
        if any(first <= start < last for first, last in code):
            continue
        new = _moved(reference, source, after, moves, files_only=files_only)
        if new != reference:
            spots.append((start, end, new))
    return _replaced(text, spots)


def named_files(text: str, source: str, all_files: Mapping[str, str]) -> set[str]:
    """Return the files beside it, other than documents, that a document's text names."""
    folder = posixpath.dirname(source)
    named = set()
    for _, _, reference, _ in _references(text, _body_start(text)):
        path = unquote(re.split(r"[?#]", reference, maxsplit=1)[0])
        if not _OUTSIDE.match(reference) and not path.endswith((".md", ".markdown")):
            named.add(posixpath.normpath(posixpath.join(folder, path)))
    return named & all_files.keys()


def rewrite_template(text: str, moves: Moves) -> tuple[str, list[Change]]:
    """Return a template's text with the documents that it refers to by their file's names."""
    names: dict[str, str] = {}
    for old, new in moves.files.items():
        below, new_below = old.removeprefix("content/"), new.removeprefix("content/")
        names |= {below: new_below, old: new, f"/{below}": f"/{new_below}"}
        names.setdefault(posixpath.basename(below), posixpath.basename(new_below))
    names.pop("index.md", None)
    names = {**moves.slugs, **names}
    spots = [
        (*found.span("text"), names[found["text"]])
        for found in _REF.finditer(text)
        if names.get(found["text"], found["text"]) != found["text"]
    ]
    return _replaced(text, spots)


def rewrite_addresses(
    text: str, scalars: Iterator[tuple[int, int, str]], moves: Moves
) -> tuple[str, list[Change]]:
    """Return settings with the site's own addresses as they are after the move.

    `scalars` are the values in `text`: start, end and what each says.
    """
    spots = []
    for start, end, value in scalars:
        new = _moved_url(value, moves)
        if new != value and value in text[start:end]:
            spots.append((start, end, text[start:end].replace(value, new)))
    return _replaced(text, spots)


def _references(text: str, body: int) -> Iterator[tuple[int, int, str, bool]]:
    """Yield what may be references: start, end, text, and whether it may name only files."""
    for found in _IMAGE.finditer(text, 0, body):
        yield (*found.span("text"), found["text"], True)
    for found in _LINKS.finditer(text, body):
        name = next(n for n in ("angled", "plain", "below", "attribute") if found[n] is not None)
        yield (*found.span(name), found[name], False)
    for call in _CALLS.finditer(text, body):
        for found in _STRINGS.finditer(text, *call.span()):
            yield (*found.span("text"), found["text"], True)


def _moved(target: str, source: str, after: str, moves: Moves, *, files_only: bool) -> str:
    """Return one reference as it has to be written after the move."""
    if _OUTSIDE.match(target):
        return target
    written = re.split(r"[?#]", target, maxsplit=1)[0]
    path, tail = unquote(written), target[len(written) :]
    coded = quote if "%" in written else _spared
    if path.endswith((".md", ".markdown")):
        return (
            _moved_document(path, source, after, moves, coded) + tail
            if _known(path, source, moves)
            else target
        )
    if path.startswith("/"):
        for folder in ("static", "content"):
            if (found := f"{folder}{path}") in moves.files:
                return coded(moves.files[found].removeprefix(folder)) + tail
        return target if files_only else _moved_url(written, moves) + tail
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if beside in moves.all_before:
        meant = moves.files.get(beside, beside)
        if posixpath.normpath(posixpath.join(posixpath.dirname(after), path)) == meant:
            return target
        return coded(posixpath.relpath(meant, posixpath.dirname(after))) + tail
    own = moves.url_of.get(source)
    if files_only or own is None:
        return target
    url = posixpath.normpath(posixpath.join(own if own.endswith("/") else f"{own}/..", path))
    url = canonical(url)
    new = _moved_url(url, moves)
    if new == url and own not in moves.urls:
        return target
    return new + tail


def _known(path: str, source: str, moves: Moves) -> str:
    return find_document(path, source, moves.all_before, {})


def _moved_document(
    path: str, source: str, after: str, moves: Moves, coded: Callable[[str], str]
) -> str:
    """Return how `after` names the document that `source` names by `path`; as it did, where that
    still leads there, else in the same manner."""
    found = _known(path, source, moves)
    meant = moves.files.get(found, found)

    def leads_there(candidate: str) -> bool:
        return find_document(candidate, after, moves.all_after, {}) == meant

    if leads_there(path):
        return coded(path)
    folder = posixpath.dirname(after)
    candidates = [posixpath.relpath(meant, folder)]
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if path.startswith("/"):
        candidates = [f"/{meant}" if found == path[1:] else f"/{meant.removeprefix('content/')}"]
    elif beside != found:  # it was named from content/, posts/ or pages/
        short = [meant.removeprefix(each) for each in _SHORT_FOR if found == f"{each}{path}"]
        candidates = [*short, *candidates]
    candidates.append(f"/{meant.removeprefix('content/')}")
    return coded(next(each for each in candidates if leads_there(each)))


def _moved_url(url: str, moves: Moves) -> str:
    """Return the new address for an internal one, which may lack its last slash."""
    new = moves.urls.get(canonical(unquote(url)))
    return url if new is None else _spared(new)


def _spared(path: str) -> str:
    """Percent-encode only what would end a reference in Markdown."""
    return re.sub(r"[\s()<>\"'%#?]", lambda found: quote(found[0]), path)


def _body_start(text: str) -> int:
    """Return where the body begins; what stands before is front matter."""
    start = re.match(r"\ufeff?---[ \t]*(?:\r\n|\n|\r)", text)
    end = start and re.compile(r"(?<=[\r\n])(?:---|\.\.\.)[ \t]*(?=[\r\n]|\Z)").search(
        text, start.end()
    )
    return end.end() if end else 0


def _replaced(text: str, spots: list[tuple[int, int, str]]) -> tuple[str, list[Change]]:
    changes: list[Change] = []
    parts: list[str] = []
    done = 0
    for start, end, new in sorted(set(spots)):
        if start < done:
            continue
        parts += (text[done:start], new)
        line = 1 + len(re.findall(r"\r\n|\n|\r", text[:start]))
        changes.append(Change(line=line, before=text[start:end], after=new))
        done = end
    return "".join([*parts, text[done:]]), changes
