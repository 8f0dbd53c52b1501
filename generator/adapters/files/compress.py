"""Makes compressed variants of built files, for servers that do not compress by themselves.

The setting `publish.precompress` asks for them.
A variant lies beside its file as `NAME.gz`, where nginx (`gzip_static`) and others look for it.
gzip is written without name and time (RFC 1952, section 2.3), so equal files give equal variants;
they are remembered by the content they were made from.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from generator.adapters.files.os_errors import read_file
from generator.core.artifacts import OutputFile
from generator.publish.headers import content_type, is_text

SMALLEST = 1_024
"""Bytes from which a variant is worth a request."""

LEVEL = 9


class Variants(msgspec.Struct, frozen=True):
    """The variants as files of the release, and where each lies on disk, by output path."""

    files: tuple[OutputFile, ...]
    places: dict[str, Path]


def make_variants(files: Iterable[OutputFile], built: Path, memory: Path) -> Variants:
    """Compress what is text, large enough and becomes smaller. `memory` is a folder to keep them.

    What `memory` holds of files that are gone is deleted.
    """
    memory.mkdir(parents=True, exist_ok=True)
    found, places = list[OutputFile](), dict[str, Path]()
    files = list(files)
    own = {file.path for file in files}
    for file in files:
        if file.size < SMALLEST or not is_text(content_type(file.path)):
            continue
        if f"{file.path}.gz" in own:
            continue  # the owner brought one
        variant = memory / f"{file.sha256}.{LEVEL}.gz"
        if not _is_whole(variant, file.sha256):
            _compress(built / file.path, variant)
        size = variant.stat().st_size
        if size >= file.size:
            continue
        path = f"{file.path}.gz"
        with variant.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        found.append(OutputFile(path=path, sha256=sha256, size=size, role=file.role))
        places[path] = variant
    used = set(places.values())
    for stale in memory.glob("*.gz"):
        if stale not in used:
            stale.unlink(missing_ok=True)
    return Variants(tuple(found), places)


def _is_whole(variant: Path, sha256: str) -> bool:
    """Return whether a variant is there and undamaged, for readers get it as it is."""
    try:
        return hashlib.sha256(gzip.decompress(read_file(variant))).hexdigest() == sha256
    except (OSError, EOFError, zlib.error):
        return False


def _compress(source: Path, target: Path) -> None:
    unfinished = target.with_suffix(".part")
    with (
        source.open("rb") as content,
        unfinished.open("wb") as out,
        gzip.GzipFile("", "wb", LEVEL, out, mtime=0) as packed,
    ):
        shutil.copyfileobj(content, packed, 1 << 20)
    unfinished.replace(target)
