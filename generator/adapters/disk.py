"""The site's folder: reading what the owner wrote, and writing what was built."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import imagesize

from generator.artifacts import Artifact, OutputFile, digest
from generator.assets import FileFacts
from generator.build import Source
from generator.config import CONFIG_FILE
from generator.frontmatter import Kind
from generator.problems import Problem, SiteError, did_you_mean

CONTENT_FOLDERS: dict[str, Kind] = {"posts": "post", "drafts": "post", "pages": "page"}
_IGNORED_SUFFIXES = ("~", ".swp", ".swx", ".tmp", ".bak")
_TEXT_SUFFIXES = (".css", ".js")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".tif", ".tiff")


def read_config(root: Path) -> bytes:
    """Return site.yaml's bytes. Raises SiteError where there is none."""
    try:
        return (root / CONFIG_FILE).read_bytes()
    except FileNotFoundError:
        hint = "run this in the folder that holds site.yaml, or make one with `title:` and `url:`"
        raise SiteError(
            [Problem(path=CONFIG_FILE, code="no-site", message="no such file", hint=hint)]
        ) from None
    except OSError as error:
        message = error.strerror or str(error)
        raise SiteError([Problem(path=CONFIG_FILE, code="unreadable", message=message)]) from None


def read_sources(root: Path) -> tuple[list[Source], list[Problem]]:
    """Read every Markdown file below content/, in a fixed order."""
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in walk(root, "content", problems):
        if not path.endswith((".md", ".markdown")):
            continue
        folder = path.split("/")[1]
        if folder not in CONTENT_FOLDERS or path.count("/") < 2:
            hint = did_you_mean(folder, CONTENT_FOLDERS) or "put it below posts/, pages/ or drafts/"
            problems.append(
                Problem(
                    path=path,
                    code="stray-document",
                    message="a Markdown file where Tidepost does not look for any",
                    hint=hint,
                    severity="warning",
                )
            )
            continue
        raw = _read(root / path, path, problems)
        if raw is not None:
            kind = CONTENT_FOLDERS[folder]
            sources.append(Source(path=path, raw=raw, kind=kind, draft=folder == "drafts"))
    return sources, problems


def read_templates(root: Path) -> tuple[dict[str, str], list[Problem]]:
    """Return every template's text by its path below templates/."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in walk(root, "templates", problems):
        raw = _read(root / path, path, problems)
        if raw is None:
            continue
        text = _decode(raw, path, problems)
        if text is not None:
            texts[path.removeprefix("templates/")] = text
    return texts, problems


def read_files(root: Path) -> tuple[dict[str, FileFacts], list[Problem]]:
    """Return the facts of every file below static/ and of those beside the documents."""
    files: dict[str, FileFacts] = {}
    problems: list[Problem] = []
    for path in (*walk(root, "static", problems), *walk(root, "content", problems)):
        if path.startswith("content/") and path.endswith((".md", ".markdown")):
            continue
        try:
            facts = _facts(root / path, path, problems)
        except OSError as error:
            problems.append(_unreadable(path, error))
            continue
        if facts:
            files[path] = facts
    return files, problems


def walk(root: Path, folder: str, problems: list[Problem]) -> list[str]:
    """Return the files below `folder` as sorted paths from `root`, without hidden ones.

    A link that leads out of the site's folder is a problem: what it leads to is not the site's.
    """
    found: list[str] = []
    pending = [folder]
    while pending:
        current = pending.pop()
        try:
            entries = list(os.scandir(root / current))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            problems.append(_unreadable(current, error))
            continue
        for entry in entries:
            path = f"{current}/{entry.name}"
            if entry.name.startswith((".", "#")) or entry.name.endswith(_IGNORED_SUFFIXES):
                continue
            if entry.is_symlink() and not _inside(root, entry.path):
                problems.append(
                    Problem(
                        path=path,
                        code="symlink-escape",
                        message="a link that leads out of the site's folder, or nowhere",
                        hint="copy the file here instead",
                    )
                )
            elif entry.is_dir(follow_symlinks=False):
                pending.append(path)
            elif entry.is_file():
                found.append(path)
    return sorted(found)


def write_site(root: Path, folder: Path, artifacts: Iterable[Artifact]) -> list[OutputFile]:
    """Make `folder` hold exactly `artifacts`; files that are right already are not touched.

    Every file appears whole (written beside and renamed), files that pages need come before pages,
    and what is no longer wanted goes last.
    """
    order = {"asset": 0, "redirect": 1, "page": 2, "entry": 3}
    wanted = sorted(artifacts, key=lambda artifact: (order[artifact.role], artifact.path))
    written: list[OutputFile] = []
    keep: set[str] = set()
    folders: set[Path] = set()
    for artifact in wanted:
        target = folder / artifact.path
        if target.parent not in folders:
            _make_room(folder, target.parent)
            folders.add(target.parent)
        written.append(_write(root, target, artifact))
        keep.add(artifact.path)
    _remove_others(folder, keep)
    return sorted(written)


def output_of(folder: Path) -> Iterator[str]:
    """Yield the path of every file below `folder`."""
    for current, _, names in os.walk(folder):
        for name in names:
            yield Path(current, name).relative_to(folder).as_posix()


def _write(root: Path, target: Path, artifact: Artifact) -> OutputFile:
    if artifact.copy_of:
        source = root / artifact.copy_of
        sha256, size = _hash_file(source), source.stat().st_size
        if not (
            target.is_file() and target.stat().st_size == size and _hash_file(target) == sha256
        ):
            _replace(target, lambda temporary: shutil.copyfile(source, temporary))
    else:
        content = artifact.read()
        sha256, size = artifact.sha256 or digest(content), len(content)
        if not _same(target, content):
            _replace(target, lambda temporary: temporary.write_bytes(content))
    return OutputFile(path=artifact.path, sha256=sha256, size=size, role=artifact.role)


def _same(target: Path, content: bytes) -> bool:
    try:
        with target.open("rb") as file:
            return os.fstat(file.fileno()).st_size == len(content) and file.read() == content
    except OSError:
        return False


def _replace(target: Path, fill: object) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    if target.is_dir():
        shutil.rmtree(target)
    fill(temporary)  # type: ignore[operator]
    temporary.replace(target)


def _make_room(folder: Path, wanted: Path) -> None:
    """Make a folder, also where a file of an earlier build has its name."""
    for parent in (*reversed(wanted.relative_to(folder).parents), wanted.relative_to(folder)):
        if (folder / parent).is_file():
            (folder / parent).unlink()
    wanted.mkdir(parents=True, exist_ok=True)


def _remove_others(folder: Path, keep: Sequence[str] | set[str]) -> None:
    for current, folders, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(current, name)
            if path.relative_to(folder).as_posix() not in keep:
                path.unlink()
        for name in folders:
            path = Path(current, name)
            if not any(path.iterdir()):
                path.rmdir()


def _facts(file: Path, path: str, problems: list[Problem]) -> FileFacts | None:
    if path.endswith(_TEXT_SUFFIXES):
        raw = file.read_bytes()
        text = _decode(raw, path, problems)
        if text is None:
            return None
        return FileFacts(path=path, sha256=digest(raw), size=len(raw), text=text)
    width, height = _picture_size(file) if path.lower().endswith(_PICTURES) else (0, 0)
    return FileFacts(
        path=path, sha256=_hash_file(file), size=file.stat().st_size, width=width, height=height
    )


def _picture_size(file: Path) -> tuple[int, int]:
    """Return a picture's size in pixels, or zeros where it cannot be told."""
    try:
        width, height = imagesize.get(str(file))
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return 0, 0
    return max(0, round(width)), max(0, round(height))


def _hash_file(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _read(file: Path, path: str, problems: list[Problem]) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError as error:
        problems.append(_unreadable(path, error))
        return None


def _decode(raw: bytes, path: str, problems: list[Problem]) -> str | None:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "save the file as UTF-8"
        problems.append(
            Problem(path=path, line=line, code="not-utf8", message="not UTF-8 text", hint=hint)
        )
        return None


def _inside(root: Path, link: str) -> bool:
    target = Path(link).resolve()
    return target.exists() and target.is_relative_to(root.resolve())


def _unreadable(path: str, error: OSError) -> Problem:
    return Problem(path=path, code="unreadable", message=error.strerror or str(error))
