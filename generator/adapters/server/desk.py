"""What the writer sees beside the site: all documents with their states, and what is said of these.

It is followed from build to build: only documents that changed are looked at again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from generator.adapters.files.os_errors import read_file
from generator.adapters.server.state import Document, Live
from generator.config.settings import SiteConfig
from generator.content import frontmatter
from generator.content.frontmatter import Document as Source
from generator.content.parse import in_zone
from generator.core.problems import Problem
from generator.core.urls import written_url
from generator.editing.overview import rows, words_in_source
from generator.incremental.ahead import Ahead
from generator.incremental.lazy_tables import whole
from generator.incremental.snapshot import Snapshot
from generator.pipeline.multilingual import config_of
from generator.pipeline.unpublished_links import links_to_unpublished
from generator.site.catalogue import held_back

_MANY = 200
"""With more documents than these, reading whole tables is quicker than looking each up."""


class _Seen(NamedTuple):
    """A document without its text, the digest of its file, and how many words it has."""

    sha256: str
    document: Source
    words: int | None


class _Words(msgspec.Struct, frozen=True, gc=False):
    """That part of what became of a text."""

    words: int


class WritersDesk:
    """Follows the builds of one site; `now` and `config` are those of the next one. `tell` is given
    pages ahead of it."""

    def __init__(self, root: Path, live: Live, tell: Callable[[Ahead], None]) -> None:
        self.root, self.live, self.tell = root, live, tell
        self.now = dt.datetime.now(dt.UTC)
        self.config: SiteConfig | None = None
        self._seen: dict[str, _Seen] = {}
        self._urls: dict[str, str] = {}
        self._states: dict[str, str] = {}

    def open_pages(self) -> Collection[str]:
        """Return the output paths of the pages that browsers show."""
        return frozenset(self.live.open_pages())

    def ahead(self, made: Ahead) -> None:
        """Pass on pages of the build."""
        self.tell(made)

    def take(self, known: Mapping[str, Snapshot]) -> None:
        """Take in what is known of all languages."""
        seen: dict[str, _Seen] = {}
        self._urls = {}
        for code, one in known.items():
            config = config_of(self._config, code)
            seen |= self._documents(one)
            self._urls |= {
                route.source: config.base + written_url(route.url)
                for route in one.routes
                if route.source
            }
        self._seen = seen
        self._states = {
            path: state
            for path, each in seen.items()
            if (state := held_back(each.document, self.now))
        }

    def warnings(
        self, known: Mapping[str, Snapshot], documents: Mapping[str, Source]
    ) -> Sequence[Problem]:
        """Return what keeps the site from being published although it works here."""
        self.take(known)
        problems: list[Problem] = []
        for code, one in known.items() if self._states else ():
            base = config_of(self._config, code).base
            url_of = {route.source: route.url for route in one.routes if route.source}
            states = {path: state for path, state in self._states.items() if path in url_of}
            if states:
                refers = whole(one.refers)
                problems += links_to_unpublished(states, url_of, refers, documents, base)
        return problems

    def marks(self) -> dict[str, str]:
        """Return which pages are not published, and why, by their URL."""
        return {
            self._urls[path]: f"scheduled for {_day(self._seen[path].document)}"
            if state == "scheduled"
            else state
            for path, state in self._states.items()
            if path in self._urls
        }

    def documents(self) -> Sequence[Document]:
        """Return all documents as the desk lists them."""
        seen, urls = self._seen, self._urls
        words = {
            path: self._words_in(each.document) if each.words is None else each.words
            for path, each in seen.items()
        }
        return tuple(
            Document(
                source=row.path,
                kind=row.kind,
                title=row.title,
                state=row.state,
                date=row.date,
                words=row.words,
                tags=row.tags,
                url=urls.get(row.path, ""),
            )
            for row in rows((each.document for each in seen.values()), words, self.now)
        )

    def titled(self, path: str) -> tuple[str, str] | None:
        """Return title and URL of the page that a document was made into."""
        if path not in self._urls or path not in self._seen:
            return None
        return self._seen[path].document.title, self._urls[path]

    @property
    def _config(self) -> SiteConfig:
        assert self.config, "no build has begun"
        return self.config

    def _documents(self, known: Snapshot) -> dict[str, _Seen]:
        zone = self._config.zone
        decode = msgspec.msgpack.Decoder(Source).decode
        decode_words = msgspec.msgpack.Decoder(_Words).decode
        old = {
            path: each
            for path, sha256 in known.sources.items()
            if (each := self._seen.get(path)) and each.sha256 == sha256
        }
        fresh = [path for path in known.sources if path not in old]
        many = len(fresh) > _MANY
        outlines = whole(known.outlines) if many else known.outlines
        lights = whole(known.lights) if many else known.lights
        for path in fresh:
            if path in outlines:
                words = decode_words(lights[path]).words if path in lights else None
                document = in_zone(decode(outlines[path]), zone)
                old[path] = _Seen(known.sources[path], document, words)
        return old

    def _words_in(self, document: Source) -> int:
        """Count the words of a document that is not shown, and of which no HTML was made."""
        path = document.source
        try:
            raw = read_file(self.root / path)
        except OSError:
            return 0
        read, _ = frontmatter.parse(path, raw, document.kind, self._config.zone, draft=False)
        return len(words_in_source(read.body).split()) if read else 0


def _day(document: Source) -> str:
    if not document.date:
        return ""
    return f"{document.date:%Y-%m-%d %H:%M}"[: 16 if document.timed else 10]
