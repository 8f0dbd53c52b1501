"""Files in a site's folder from which readers get nothing, or more than they want to wait for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from generator.content.sources import Source
from generator.core.image_kinds import FILMS, kind_by_name, suffix_of
from generator.core.problems import Problem

LARGE = 50_000_000
"""Bytes of a file from which on it is reported: GitHub warns of such files, and takes none of twice
the size (GitHub Docs, "About large files on GitHub")."""

_BESIDE = ("posts", "pages", "drafts", "_posts", "_drafts")
_MARKDOWN = (".md", ".markdown")
_PLAIN = frozenset(
    (".markdn", ".mdown", ".mdtext", ".mdtxt", ".mdwn", ".mkd", ".mkdn", ".text", ".txt")
)
_OTHERS = frozenset(
    (
        *(".adoc", ".doc", ".docx", ".epub", ".htm", ".html", ".ipynb", ".mdx", ".odt", ".org"),
        *(".pages", ".rst", ".rtf", ".tex", ".textile", ".wpd", ".wps", ".xhtml"),
    )
)
"""How files end that a person writes a text into."""


def too_large(sizes: Mapping[str, int]) -> list[Problem]:
    """Return the files that readers would wait for, of all with their sizes in bytes."""
    return [
        Problem(
            path=path,
            code="file-large",
            message=f"{size / 1_000_000:,.0f} MB, for which readers have to wait",
            hint=_smaller(path),
            severity="warning",
        )
        for path, size in sizes.items()
        if size >= LARGE
    ]


def _smaller(path: str) -> str:
    if suffix_of(path) in FILMS:
        return "make the film smaller (1080p, H.264), or put it on a site for films and link there"
    if kind_by_name(path):
        return "make the picture smaller: 4,000 pixels in width are plenty"
    return "make it smaller, or put it where files are shared and link there"


def beside_content(root: Path) -> list[Problem]:
    """Return the documents in folders that belong into content/."""
    return [
        Problem(
            path=file.relative_to(root).as_posix(),
            code="stray-document",
            message="a Markdown file where Tidepost does not look for any",
            hint=f"move the folder to content/{name.lstrip('_')}/",
            severity="warning",
        )
        for name in _BESIDE
        if (root / name).is_dir()
        for file in sorted((root / name).rglob("*.md"))
    ]


def find_stray(
    paths: Iterable[str], sources: Iterable[Source], texts: Iterable[str]
) -> list[Problem]:
    """Return those of a site's files that lie among documents, look like texts, and that nothing
    names: neither a document nor one of `texts`, those of templates."""
    stray = {path: hint for path in paths if (hint := _way_in(path))}
    if not stray:
        return []
    for text in (*texts, *map(_read_loosely, sources)):
        for path in list(stray):
            name = path.rpartition("/")[2]
            if name in text or quote(name) in text:
                del stray[path]
    return [
        Problem(
            path=path,
            code="stray-file",
            message="neither a document nor a file that one names: readers do not get it",
            hint=hint,
            severity="warning",
        )
        for path, hint in stray.items()
    ]


def _way_in(path: str) -> str:
    """Return how a file of content/ that looks like a text becomes a document, or nothing."""
    if not path.startswith("content/") or path.endswith(_MARKDOWN):
        return ""
    name, suffix = path.rpartition("/")[2], suffix_of(path)
    if name.lower().endswith((".md.txt", ".markdown.txt")):
        return f"call it {name[:-4]}"
    if suffix in _MARKDOWN or suffix in _PLAIN or not suffix:
        stem = name[: -len(suffix)] if suffix else name
        return f"a document ends in .md: call it {stem}.md"
    if suffix in _OTHERS:
        return "copy its words into a file that ends in .md, or name it in a document"
    return ""


def _read_loosely(source: Source) -> str:
    try:
        return source.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
