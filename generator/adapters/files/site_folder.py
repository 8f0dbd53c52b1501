"""The site's folder: finding and reading what the owner wrote."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG

import msgspec

from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.os_errors import NO_FILE, called, only_files, read_file, way_out
from generator.adapters.files.stray_files import beside_content, too_large
from generator.assets.films import look_at_film
from generator.assets.recordings import seconds_of, tinytag_version
from generator.config.settings import CONFIG_FILE
from generator.content.recordings import type_of
from generator.content.sources import CAPTIONS, DataFile, FileFacts, Kind, Source
from generator.core.artifacts import digest
from generator.core.cache import Cache, Key, key_of
from generator.core.image_kinds import (
    DRAWING,
    FILMS,
    HEAD,
    is_claimed,
    is_drawing,
    kind_by_name,
    kind_of,
    suffix_of,
)
from generator.core.problems import Problem, SiteError, did_you_mean

FOLDERS = ("content", "data", "static", "templates")
CONTENT_FOLDERS: dict[str, Kind] = {"posts": "post", "drafts": "post", "pages": "page"}
EXTENSIONS = "extensions.py"
_WELL_KNOWN = "static/root/.well-known"
"""The one hidden folder that a site publishes (RFC 8615)."""

_MARKDOWN = (".md", ".markdown")
_TEXT_SUFFIXES = (".css", ".js")
_IGNORED_PREFIXES = (".", "#")
_IGNORED_SUFFIXES = ("~", ".swp", ".swx", ".tmp", ".bak", ".new", ".mine")
_AT_ONCE = 65_536
"""Bytes of a file that are read at once."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a site by their sorted paths from its folder, each with its digest.

    `problems` reports what could not be looked at.
    """

    files: dict[str, str]
    problems: tuple[Problem, ...]


def read_config(root: Path) -> bytes:
    """Return site.yaml's bytes. Raises SiteError where there is none."""
    try:
        return read_file(root / CONFIG_FILE)
    except FileNotFoundError:
        hint = "run this in the folder that holds site.yaml, or make a site: `new site my-site`"
        for name in ("site.yml", "Site.yaml", "site.yaml.txt", "_config.yml"):
            if (root / name).is_file():
                hint = f"{name} is there: call it {CONFIG_FILE}"
                if name.startswith("_"):
                    hint = "this is a site of Jekyll: `publish.py import` reads it"
        raise SiteError(
            [Problem(path=CONFIG_FILE, code="no-site", message="no such file", hint=hint)]
        ) from None
    except OSError as error:
        raise SiteError([unreadable(CONFIG_FILE, error)]) from None


def list_inputs(root: Path, digest_index: DigestIndex) -> Listing:
    """Find every file that a site is made of, reading only those that changed."""
    problems: list[Problem] = []
    found: dict[str, os.stat_result] = {}
    for folder in FOLDERS:
        below = _walk(root, folder, problems)
        # Nearly in order already, which makes sorting quick.
        known = [path for path in digest_index.names if path in below]
        found |= {path: below[path] for path in sorted(dict.fromkeys([*known, *below]))}
    found |= _own_functions(root, problems)
    problems += too_large({path: stat.st_size for path, stat in found.items()})
    problems += beside_content(root)
    digests = digest_index.known_of(list(found), list(found.values()))
    files = dict(zip(found, digests, strict=True))
    for path in [path for path, sha256 in files.items() if not sha256]:
        try:
            files[path] = hash_file(f"{root}/{path}")
        except OSError as error:
            problems.append(unreadable(path, error))
            del files[path]
            continue
        digest_index.note(path, found[path], files[path])
    digest_index.keep_only(files)
    return Listing(files=files, problems=tuple(problems))


def still(root: Path, listing: Listing, digest_index: DigestIndex, paths: Iterable[str]) -> bool:
    """Return whether the files at `paths` hold what they held when they were listed."""
    for path in paths:
        try:
            stat = os.stat(f"{root}/{path}")  # noqa: PTH116 (a Path for each costs more)
            sha256 = digest_index.known(path, stat) or hash_file(f"{root}/{path}")
        except OSError:
            return False
        if sha256 != listing.files.get(path):
            return False
    return True


def find_sources(
    root: Path, listing: Listing, collections: Iterable[str]
) -> tuple[list[Source], list[Problem]]:
    """Return every Markdown file below content/, to be read when it is needed; `collections` are
    the folders of the owner's own kinds."""
    kinds: dict[str, Kind] = {**CONTENT_FOLDERS, **dict.fromkeys(collections, "item")}
    sources: list[Source] = []
    problems: list[Problem] = []
    for path, sha256 in listing.files.items():
        if not (path.startswith("content/") and path.endswith(_MARKDOWN)):
            continue
        folder = path.split("/")[1]
        if folder in kinds and path.count("/") >= 2:
            kind = kinds[folder]
            sources.append(
                Source(
                    path=path,
                    sha256=sha256,
                    read=partial(read_file, f"{root}/{path}"),
                    kind=kind,
                    draft=folder == "drafts",
                )
            )
            continue
        problems.append(
            Problem(
                path=path,
                code="stray-document",
                message="a Markdown file where Tidepost does not look for any",
                hint=did_you_mean(folder, kinds)
                or "put it below posts/, pages/ or drafts/, or name its folder in `collections:`",
                severity="warning",
            )
        )
    return sources, problems


def read_templates(root: Path, listing: Listing) -> tuple[dict[str, str], list[Problem]]:
    """Return every template's text by its path below templates/."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in listing.files:
        if path.startswith("templates/"):
            text = read_text(root, path, problems)
            texts[path.removeprefix("templates/")] = text
    return texts, problems


def find_data(root: Path, listing: Listing, counts: str) -> list[DataFile]:
    """Return every file below data/, to be read when it is needed, but the one of `counts`: the
    counter's numbers, which pages are given another way."""
    return [
        DataFile(path=path, read=partial(read_file, root / path))
        for path in listing.files
        if path.startswith("data/") and path != counts
    ]


def read_extensions(root: Path, listing: Listing) -> tuple[str, list[Problem]]:
    """Return the text of extensions.py, or nothing where there is none, and what it must not
    import."""
    problems: list[Problem] = []
    if EXTENSIONS not in listing.files:
        return "", problems
    from generator.render.extensions import check_imports

    def is_in_site(name: str) -> bool:
        return (root / f"{name}.py").exists() or any((root / name).glob("*.py"))

    text = _decode(read_file(root / EXTENSIONS), EXTENSIONS, problems)
    return text, problems + check_imports(text, is_in_site)


def read_files(
    root: Path, listing: Listing, cache: Cache
) -> tuple[dict[str, FileFacts], list[Problem]]:
    """Return the facts of every file below static/ and of those beside the documents."""
    wanted = {
        path: sha256
        for path, sha256 in listing.files.items()
        if not path.startswith(("data/", "templates/"))
        and path != EXTENSIONS
        and not (path.startswith("content/") and path.endswith(_MARKDOWN))
    }
    looks = _looks(root, {p: s for p, s in wanted.items() if not p.endswith(_TEXT_SUFFIXES)}, cache)
    files: dict[str, FileFacts] = {}
    problems: list[Problem] = []
    for path, sha256 in wanted.items():
        text = None
        if path.endswith(_TEXT_SUFFIXES):
            text = read_text(root, path, problems)
        kind, width, height, tells, size, seconds = looks.get(path, _NO_LOOK)
        looked_into = tells if kind == DRAWING else bool(kind) or is_claimed(path)
        files[path] = FileFacts(
            path=path,
            sha256=sha256,
            width=width,
            height=height,
            kind=kind,
            place=tells and not kind,
            size=size,
            seconds=seconds,
            text=text,
            captions=read_file(root / path) if path.endswith(f"/{CAPTIONS}") else None,
            read=partial(read_file, root / path) if looked_into else None,
        )
    return files, problems


def read_text(root: Path, path: str, problems: list[Problem]) -> str:
    """Return a file's text; what is not UTF-8 is reported, and read as well as it can be."""
    return _decode(read_file(root / path), path, problems)


def hash_file(file: Path | str) -> str:
    """Return the SHA-256 of a file in lower-case hex, however large it is."""
    hasher = hashlib.sha256()
    # Most files are small: `hashlib.file_digest`, and a Path for each, take half as long again.
    with open(file, "rb", buffering=0, opener=only_files) as opened:
        while part := opened.read(_AT_ONCE):
            hasher.update(part)
    return hasher.hexdigest()


def _walk(root: Path, folder: str, problems: list[Problem]) -> dict[str, os.stat_result]:
    """Return the files below `folder`, without hidden ones, by their path from `root`.

    A link that leads out of the site's folder is a problem: what it leads to is not the site's.
    """
    found: dict[str, os.stat_result] = {}
    pending = [folder]
    while pending:
        current = pending.pop()
        try:
            names = os.listdir(f"{root}/{current}")  # noqa: PTH208 (a Path for each costs more)
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(unreadable(current, error))
            continue
        for name in names:
            path = f"{current}/{name}"
            ignored = name.startswith(_IGNORED_PREFIXES) or name.endswith(_IGNORED_SUFFIXES)
            if ignored and path != _WELL_KNOWN:
                continue
            if not name.isprintable() and (fault := _name_fault(name)):
                problems.append(_bad_name(path, fault))
                continue
            try:
                stat = os.lstat(f"{root}/{path}")
                if S_ISREG(stat.st_mode):
                    found[path] = stat
                elif S_ISDIR(stat.st_mode):
                    pending.append(path)
                elif not S_ISLNK(stat.st_mode):
                    problems.append(_no_file(path, stat.st_mode))
                elif target := _linked(root, path, problems):
                    found[path] = target
            except FileNotFoundError:
                continue  # gone since it was listed
            except OSError as error:
                problems.append(unreadable(path, error))
    return found


def _bad_name(path: str, fault: str) -> Problem:
    return Problem(
        path=path.encode(errors="replace").decode(),
        code="bad-file-name",
        message=f"a file name that {fault}",
        hint="rename the file",
    )


def _linked(root: Path, path: str, problems: list[Problem]) -> os.stat_result | None:
    """Return what a link leads to, where that is a file of the site's."""
    if not _inside(root, f"{root}/{path}"):
        problems.append(
            Problem(
                path=path,
                code="symlink-escape",
                message="a link that leads out of the site's folder, or nowhere",
                hint="copy the file here instead",
            )
        )
        return None
    stat = os.stat(f"{root}/{path}")  # noqa: PTH116 (a Path for each costs more)
    if S_ISDIR(stat.st_mode):
        problems.append(
            Problem(
                path=path,
                code="symlink-folder",
                message="a link to a folder, which Tidepost does not follow",
                hint="put the folder itself here",
            )
        )
    elif not S_ISREG(stat.st_mode):
        problems.append(_no_file(path, stat.st_mode))
    return stat if S_ISREG(stat.st_mode) else None


def _own_functions(root: Path, problems: list[Problem]) -> dict[str, os.stat_result]:
    try:
        stat = (root / EXTENSIONS).stat()
    except FileNotFoundError:
        return {}
    except OSError as error:
        problems.append(unreadable(EXTENSIONS, error))
        return {}
    if S_ISREG(stat.st_mode):
        return {EXTENSIONS: stat}
    if not S_ISDIR(stat.st_mode):  # a folder of that name is the owner's own affair
        problems.append(_no_file(EXTENSIONS, stat.st_mode))
    return {}


def _no_file(path: str, mode: int) -> Problem:
    return Problem(path=path, code="unreadable", message=called(mode), hint=NO_FILE)


_Look = tuple[str, int, int, bool, int, int]
"""The kind of a file (see generator.core.image_kinds), its size in pixels, 0 where unknown,
whether it is a film that tells where it was taken, or a drawing with pictures in it, and of a
recording its bytes and seconds."""

_NO_LOOK: _Look = ("", 0, 0, False, 0, 0)


def _looks(root: Path, wanted: Mapping[str, str], cache: Cache) -> dict[str, _Look]:
    """Return what files are and how large, by their paths with digests; one that is known is not
    opened again."""
    keys = {path: key_of("look 2", _promised(path), sha256) for path, sha256 in wanted.items()}
    known = cache.get_many(keys.values())
    decode = msgspec.msgpack.Decoder(_Look).decode
    looks = {path: decode(known[key]) for path, key in keys.items() if key in known}
    fresh: dict[Key, bytes] = {}
    for path, key in keys.items():
        if path in looks:
            continue
        try:
            looks[path], sha256 = _look_at(f"{root}/{path}")
        except OSError:
            continue
        if sha256 == wanted[path]:  # else it was written to since it was listed
            fresh[key] = msgspec.msgpack.encode(looks[path])
    cache.put_many(fresh)
    return looks


def _promised(path: str) -> str:
    """Return what a name promises, on which it depends how a file is looked at."""
    kind = "film" if suffix_of(path) in FILMS else kind_by_name(path)
    return f"{kind} {type_of(path)} {tinytag_version()}" if type_of(path) else kind


def _look_at(path: str) -> tuple[_Look, str]:
    """Return what a file is, and the digest of what was looked at. Only pictures are read whole
    into memory."""
    film = _NO_LOOK
    with open(path, "rb", opener=only_files) as file:
        kind = kind_of(file.read(HEAD), path)
        if not kind and suffix_of(path) in FILMS:

            def read(at: int, size: int) -> bytes:
                file.seek(at)
                return file.read(size)

            film = ("", *look_at_film(read, os.fstat(file.fileno()).st_size), 0, 0)
        if not kind and type_of(path):
            film = (*film[:4], os.fstat(file.fileno()).st_size, seconds_of(file, path))
    drawing = kind_by_name(path) == DRAWING
    if not kind and not drawing:
        return film, hash_file(path)
    raw = read_file(path)
    if drawing and not kind:
        kind = DRAWING if is_drawing(raw) else ""
    return (kind, *_picture_size(raw), kind == DRAWING and b";base64," in raw, 0, 0), digest(raw)


def _picture_size(raw: bytes) -> tuple[int, int]:
    """Return a picture's size in pixels, or zeros where it is not known."""
    import imagesize  # which brings all of urllib along

    try:
        width, height = imagesize.get(io.BytesIO(raw))
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return 0, 0
    return max(0, round(width)), max(0, round(height))


def _decode(raw: bytes, path: str, problems: list[Problem]) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "save the file as UTF-8"
        problems.append(
            Problem(path=path, line=line, code="not-utf8", message="not UTF-8 text", hint=hint)
        )
        text = raw.decode("utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n")


def _name_fault(name: str) -> str:
    """Say what is wrong with a file's name: Python reads bytes that are not UTF-8 as surrogates."""
    if any("\ud800" <= char <= "\udfff" for char in name):
        return "is not UTF-8 text"
    if any(char < " " or "\x7f" <= char < "\xa0" for char in name):
        return "has a character for terminals, such as a line break, in it"
    return ""


def _inside(root: Path, link: str) -> bool:
    try:
        target = Path(link).resolve()
    except (OSError, RuntimeError):  # links that lead to each other, in Python's words until 3.13
        return False
    return target.exists() and target.is_relative_to(root.resolve())


def unreadable(path: str, error: OSError) -> Problem:
    """Return the problem with a file that the system does not let us read."""
    hint = way_out(error)
    if isinstance(error, PermissionError):
        hint = "allow yourself to read it, for example with `chmod u+rX`"
    return Problem(path=path, code="unreadable", message=error.strerror or str(error), hint=hint)
