"""The site's documents for commands that look at them and build nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from generator.adapters.console import ProgressLine
from generator.adapters.files.cache_folder import settle
from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.site_folder import find_sources, list_inputs
from generator.adapters.files.sqlite_cache import DiskCache, code_digest
from generator.app.workspace import Workspace
from generator.content.frontmatter import Document
from generator.core.cache import Key, key_of
from generator.core.problems import Problem


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """Every document that can be read, by its source path, and what is wrong with files.

    `files` are all files of content/, static/ and templates/ by their paths, with their digests.
    """

    by_source: dict[str, Document]
    files: Mapping[str, str]
    problems: list[Problem]


def read_documents(workspace: Workspace, progress: ProgressLine) -> Documents:
    """Read all documents, unchanged ones from the cache that builds fill."""
    from generator.adapters.workers import Workers
    from generator.content.parse import parse_all

    progress("Reading")
    workspace.private.mkdir(exist_ok=True)
    settle(workspace.private)
    inputs = DigestIndex(workspace.cache_folder / "inputs.ledger")
    listing = list_inputs(workspace.root, inputs)
    inputs.save()
    sources, problems = find_sources(workspace.root, listing, workspace.config.collections)
    with open_memo(workspace) as cache, Workers() as run:
        documents, found = parse_all(sources, workspace.config, cache, run)
    return Documents(
        by_source=documents,
        files=listing.files,
        problems=sorted([*listing.problems, *problems, *found]),
    )


def words_of(workspace: Workspace, documents: Documents) -> dict[str, int]:
    """Return how many words each document has, counted in its Markdown."""
    from generator.editing.overview import words_in_source
    from generator.markdown.convert import count_words

    keys: dict[str, Key] = {
        source: key_of("words", documents.files[source]) for source in documents.by_source
    }
    with open_memo(workspace) as cache:
        known = cache.get_many(keys.values())
        counts = {
            source: int.from_bytes(known[key], "big")
            if key in known
            else count_words(words_in_source(documents.by_source[source].body))
            for source, key in keys.items()
        }
        cache.put_many(
            {
                key: counts[source].to_bytes(8, "big")
                for source, key in keys.items()
                if key not in known
            }
        )
    return counts


@contextmanager
def open_memo(workspace: Workspace) -> Iterator[DiskCache]:
    """Open the cache of builds."""
    cache = DiskCache(
        workspace.cache_folder / "steps.sqlite", code_digest(workspace.cache_folder / "code.digest")
    )
    try:
        yield cache
    finally:
        cache.close()
