"""References + routes -> final HTML: every address as a reader's browser needs it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from generator.assets.image_metadata import with_clean_data
from generator.assets.images import (
    LEAD,
    FileLink,
    Picture,
    attributes_of,
    late,
    size_of,
    to_html,
)
from generator.core.problems import Problem, did_you_mean
from generator.core.urls import written_url
from generator.markdown.convert import Fragment, Reference, split_references
from generator.markdown.embedding import FILM
from generator.site.nearby_files import NearbyFiles, on_own_computer

_OUTSIDE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#|\?|$")
_REST_OF_TAG = re.compile(r"(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_TAGS = re.compile(r"<[^>]*(?:>|\Z)")
_CANDIDATE = re.compile(r"(?P<address>[^\s,]\S*(?<!,))(?P<descriptor>[^,]*)(?:,|$)")
"""One candidate of a srcset (HTML Standard, section 4.8.4.2.1, "Srcset attributes")."""

_DOCUMENTS = (".md", ".markdown")

_SHOWING = frozenset({"srcset", "poster"})
"""Attributes whose values are always pictures."""

_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}-")

INVALID = "invalid"
"""Why a document is not published that has errors; they are reported, so links to it need not
be."""

MOST_SUGGESTIONS = 20
"""How many missing documents get a suggestion; looking for one takes time in a large site."""

_SHIPPED_ONLY_AS_FILE = re.compile(
    r"\.(?:png|jpe?g|jpe|jfif|gif|svg|webp|avif|hei[cf]|tiff?|bmp|mp[34]|m4[av]|mov|web[am]|og[ga]|opus"
    r"|flac|wav|aac|vtt|srt|pdf|zip)$",
    re.IGNORECASE,
)


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """All that a document may link to.

    `documents`: source path -> URL; `held`: source path -> why it is not published; `files`: path
    from the site's folder (`content/...` or `static/...`) -> FileLink. `base` goes before every
    internal URL. `elsewhere` has the documents of the site's other languages with their URLs as
    pages write them; `names` are the paths of all files that there are.
    """

    documents: Mapping[str, str]
    held: Mapping[str, str]
    files: Callable[[str], FileLink | None]
    base: str
    elsewhere: Mapping[str, str] = {}
    names: Collection[str] = ()


def resolve(
    fragment: Fragment,
    source: str,
    targets: Targets,
    line_of: Callable[[str], int],
    *,
    first: bool = True,
    photos: list[Photo] | None = None,
) -> tuple[str, list[Problem]]:
    """Return the HTML of `fragment` as it stands in `source`, and its broken references.

    `line_of` finds an address as written in the source file. A problem's needle is the address as
    it stands in the HTML. `first`: the fragment stands at the top of a page, so that its first
    picture is fetched at once. The site's own pictures are added to `photos`, but for decoration.
    """
    if not fragment.references:
        return fragment.pieces[0], []
    parts: list[str] = []
    problems: list[Problem] = []
    pictures = 0 if first else 1
    piece = fragment.pieces[0]
    for reference, following in zip(fragment.references, fragment.pieces[1:], strict=True):
        value, file = _attribute(reference, source, targets, line_of, problems)
        film = reference.marks == FILM
        if not reference.sized:
            parts += (piece, value)
            piece = following
            continue
        start = len(piece) - reference.into
        end = _REST_OF_TAG.match(following)
        rest = end[0] if end else ""
        number = pictures
        if not pictures and not _TAGS.sub("", "".join((*parts, piece[:start]))).strip():
            number = LEAD
        pictures += not film
        number = 0 if film else number
        parts += (piece[:start], _image(piece[start:], value, rest, reference, file, number))
        if photos is not None and not film and file and file.picture:
            alt = attributes_of(reference.tag).get("alt", "")
            if alt.strip():
                photos.append(_photo(alt, file.picture, in_gallery="gallery" in reference.marks))
        piece = following[len(rest) :]
    parts.append(piece)
    return "".join(parts), problems


class Photo(NamedTuple):
    """A picture as it stands elsewhere, without a link; its address; and whether its text has it in
    a gallery."""

    html: str
    url: str
    in_gallery: bool


def _photo(alt: str, picture: Picture, *, in_gallery: bool) -> Photo:
    tag, rest = "<img src=", f' alt="{alt}">'
    plain = Reference(
        attribute="src", target="", sized=True, marks="gallery", tag=tag + '""' + rest
    )
    return Photo(to_html(tag, rest, plain, picture, number=1), picture.url, in_gallery)


def _image(
    tag: str, value: str, rest: str, reference: Reference, file: FileLink | None, number: int
) -> str:
    """Return a whole `<img>` whose address is `value`, in quotes."""
    if file and file.picture:
        return to_html(tag, rest, reference, file.picture, number=number)
    given = attributes_of(reference.tag)
    size, _ = size_of(given, file.width, file.height) if file else ("", 0)
    return f"{tag}{value}{size}{late(given, number)}{rest}"


def resolve_address(
    address: str, source: str, targets: Targets, line_of: Callable[[str], int]
) -> tuple[str, list[Problem]]:
    """Return the URL for one address that `source` names outside its body, and what is wrong.

    A picture's is that which every browser and every other reader understands.
    """
    url, file, problems = resolve_file(address, source, targets, line_of, shown=True)
    return file.picture.url if file and file.picture and not problems else url, problems


def resolve_file(
    address: str,
    source: str,
    targets: Targets,
    line_of: Callable[[str], int],
    *,
    shown: bool = False,
) -> tuple[str, FileLink | None, list[Problem]]:
    """Return the URL for one address that `source` names outside its body, the file it means, and
    what is wrong. `shown`: as a picture."""
    url, file, problem = _resolve_one(address, source, targets, shown=shown)
    if problem is None:
        return url, file, []
    line = line_of(address)
    return url, file, [msgspec.structs.replace(problem, path=source, line=line, needle=url)]


def make_absolute(html: str, origin: str, page: str) -> str:
    """Return HTML for readers elsewhere (feeds): full addresses instead of the site's own.

    `page` is the full address of the page that has this HTML.
    """

    def absolute(address: str) -> str:
        if address.startswith(("#", "?")):
            return page + address
        if address.startswith("//"):  # which means the scheme of a page, and a feed has none
            return origin.partition("//")[0] + address
        return origin + address if address.startswith("/") else address

    return _rewrite(html, absolute)


def lead_to(html: str, page: str) -> str:
    """Return HTML that is shown away from its page: what leads to a place on it begins with
    `page`."""
    return _rewrite(html, lambda address: page + address if address.startswith("#") else address)


def suggest(problems: Iterable[Problem], targets: Targets) -> list[Problem]:
    """Say which documents and files may be meant, for the first of the addresses that lead to
    none."""
    names: tuple[str, ...] = ()
    files = NearbyFiles(targets.names)
    suggested = []
    count = 0
    for problem in problems:
        if problem.code == "missing-document" and count < MOST_SUGGESTIONS:
            count += 1
            names = names or tuple(map(posixpath.basename, targets.documents))
            wanted = posixpath.basename(_before_tail(problem.needle))
            hint = _same_without_its_date(wanted, names) or did_you_mean(wanted, names)
            problem = msgspec.structs.replace(problem, hint=hint or problem.hint)
        elif problem.code == "missing-file" and count < MOST_SUGGESTIONS:
            count += 1
            target = problem.message.removeprefix("`").partition("`")[0]
            hint = files.hint(target, problem.path)
            problem = msgspec.structs.replace(problem, hint=hint or problem.hint)
        suggested.append(problem)
    return suggested


def _same_without_its_date(wanted: str, names: Iterable[str]) -> str:
    """Return a hint that names the file that is `wanted` but for the date before its name."""
    dated = [name for name in names if _DATE.sub("", name) == wanted]
    return f"did you mean `{min(dated)}`?" if dated else ""


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


def find_file(address: str, source: str, files: Container[str]) -> str:
    """Return the file of the site that `source` means by an address, or an empty text."""
    address = address.strip()
    if _OUTSIDE.match(address):
        return ""
    path = unquote(_before_tail(address))
    for candidate in (*_candidates(path, source), *_with_signs(address, source)):
        if candidate in files:
            return candidate
    return ""


def _before_tail(address: str) -> str:
    """Return an address without its query and its fragment."""
    return re.split(r"[?#]", address, maxsplit=1)[0]


def _with_signs(address: str, source: str) -> tuple[str, ...]:
    """Return where a file may lie whose name has signs that mean something in an address, such as
    `take #3.wav`, and that is written as it is called."""
    return _candidates(address, source) if re.search(r"[?#%]", address) else ()


def _candidates(path: str, source: str) -> tuple[str, ...]:
    """Return where a file may lie that `source` calls `path`."""
    if path.startswith("/"):
        return f"static{path}", f"content{path}"
    return (posixpath.normpath(posixpath.join(posixpath.dirname(source), path)),)


def find_document(path: str, source: str, *known: Mapping[str, str]) -> str:
    """Return the source that `path` (`other.md`, `../pages/about.md`) means, or an empty text."""
    for candidate in _places(path, source):
        if any(candidate in each for each in known):
            return candidate
    return ""


def _places(path: str, source: str) -> tuple[str, ...]:
    """Return the sources that `path` may mean, the likeliest first."""
    if path.startswith("/"):
        return f"content{path}", path[1:]
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    return beside, f"content/{path}", f"content/posts/{path}", f"content/pages/{path}"


def documents_meant(target: str, source: str) -> tuple[str, ...]:
    """Return the sources of the documents that an address as written in `source` may mean."""
    target = re.sub(r"[\t\n\r]", "", target.strip())
    if _OUTSIDE.match(target):
        return ()
    path = unquote(_before_tail(target))
    return _places(path, source) if path.endswith(_DOCUMENTS) else ()


def leads_inside(target: str) -> bool:
    """Return whether an address as written in a text leads to something of this site."""
    return not _OUTSIDE.match(target.strip())


def _attribute(
    reference: Reference,
    source: str,
    targets: Targets,
    line_of: Callable[[str], int],
    problems: list[Problem],
) -> tuple[str, FileLink | None]:
    """Return the attribute's value in quotes, and the file that it means."""
    file = None
    shown = reference.attribute in _SHOWING or (reference.sized and reference.marks != FILM)

    def resolved(address: str) -> str:
        nonlocal file
        url, file, problem = _resolve_one(address, source, targets, shown=shown)
        if problem:
            line = line_of(address)
            problems.append(msgspec.structs.replace(problem, path=source, line=line, needle=url))
        elif shown and file and file.picture and file.picture.unshown:
            return file.picture.url
        return url

    if reference.attribute == "srcset":
        url = _each_candidate(reference.target, resolved)
    else:
        url = resolved(reference.target)
    return f'"{escape(url)}"', file


def _resolve_one(
    target: str, source: str, targets: Targets, *, shown: bool = False
) -> tuple[str, FileLink | None, Problem | None]:
    """Return the URL for one address as written, the file it means, and what is wrong with it.

    `shown`: the file is shown as a picture.
    """
    target = re.sub(r"[\t\n\r]", "", target.strip())
    if target.startswith("data:image/"):
        return _data(target)
    if hint := on_own_computer(target):
        message = f"`{target}` is a place on your own computer: no reader can go there"
        return target, None, _problem("missing-file", message, hint)
    if _OUTSIDE.match(target):
        return target, None, None
    written = _before_tail(target)
    path, tail = unquote(written), target[len(written) :]
    if path.endswith(_DOCUMENTS):
        return _to_document(path, tail, target, source, targets)
    rooted = path.startswith("/")
    candidates = _candidates(path, source)
    for candidate in candidates:
        if file := targets.files(candidate):
            return file.url + tail, file, _fault(target, file, shown=shown)
    for candidate in _with_signs(target, source):
        if file := targets.files(candidate):
            return file.url, file, _fault(target, file, shown=shown)
    if rooted:
        if "." in path.rpartition("/")[2] and not path.endswith((".html", ".htm")):
            if kept := targets.files(f"static/root{path}"):
                return kept.url + tail, None, None  # at the root of the site, in each language
            if _SHIPPED_ONLY_AS_FILE.search(path):
                return (
                    targets.base + written_url(path) + tail,
                    None,
                    _missing(target, f"static{path}"),
                )
        return targets.base + written_url(path) + tail, None, None
    own = targets.documents.get(source, "/")
    url = posixpath.normpath(posixpath.join(own if own.endswith("/") else f"{own}/..", path))
    if path.rpartition("/")[2] in ("", ".", "..") and url != "/":
        url += "/"
    url = targets.base + written_url(url) + tail
    if _SHIPPED_ONLY_AS_FILE.search(path) or source not in targets.documents:
        return url, None, _missing(target, candidates[0])
    return url, None, None


def _data(target: str) -> tuple[str, None, Problem | None]:
    """Return a picture that is written into a text, without its metadata."""
    from generator.assets.resize import PictureFaultError, copy_of  # takes long to import

    try:
        return with_clean_data(target, copy_of), None, None
    except PictureFaultError as fault:
        message = f"a picture that is written into the text cannot be read: {fault}"
        return target, None, _problem("broken-picture", message, "put a file in its place")


def _to_document(
    path: str, tail: str, target: str, source: str, targets: Targets
) -> tuple[str, None, Problem | None]:
    found = find_document(path, source, targets.documents, targets.held, targets.elsewhere)
    if found in targets.documents:
        return targets.base + written_url(targets.documents[found]) + tail, None, None
    if found in targets.elsewhere:
        return targets.elsewhere[found] + tail, None, None
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


def _fault(target: str, file: FileLink, *, shown: bool) -> Problem | None:
    if shown and not file.shown:
        message = f"`{target}` is shown as a picture, and is none"
        return _problem("no-picture", message, f"link to it: `[words](<{target}>)`")
    if not file.fault:
        return None
    if file.hint:
        return _problem("foreign-picture", f"`{target}` {file.fault}", file.hint)
    message = f"`{target}` cannot be read as a picture: {file.fault}"
    return _problem("broken-picture", message, "save it again, or take another one")


def _missing(target: str, looked_for: str) -> Problem:
    hint = f"expected it at {looked_for}"
    if "/" not in looked_for:  # where site.yaml lies, nothing is looked for
        hint = f"put it into static/, and write `/{looked_for}`"
    return _problem("missing-file", f"`{target}`: no such file", hint)


def _problem(code: str, message: str, hint: str) -> Problem:
    return Problem(path="", code=code, message=message, hint=hint)
