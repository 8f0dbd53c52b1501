"""From the files in content/ to documents."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterable, Sequence

import msgspec

from generator.config.settings import SiteConfig
from generator.content import frontmatter
from generator.content.collections import with_fields
from generator.content.frontmatter import Document
from generator.content.sources import Kind, Source
from generator.core.artifacts import digest
from generator.core.cache import Cache, Key, key_of
from generator.core.jobs import Runner, run_cached
from generator.core.problems import Problem


class SourceJob(msgspec.Struct, frozen=True, kw_only=True):
    """One source file, read where it is parsed; `sha256` is what it held when it was found."""

    path: str
    sha256: str
    kind: Kind
    draft: bool
    language: str = ""
    read: Callable[[], bytes]


class Parsed(msgspec.Struct, frozen=True, array_like=True):
    """A document with the warnings about it, or why there is none.

    `changed`: the file was written to after it was found, so that this is not to be remembered.
    """

    document: Document | None
    problems: tuple[Problem, ...]
    changed: bool = False


class _Lasting(msgspec.Struct, frozen=True, array_like=True):
    """The same, of which only that last part is decoded."""

    document: msgspec.Raw
    problems: msgspec.Raw
    changed: bool


class Reading(msgspec.Struct, frozen=True):
    """How all sources are read: the site's time zone, and whether posts may be `untitled`."""

    timezone: str
    untitled: bool = False


def source_step(reading: Reading) -> Callable[[SourceJob], bytes]:
    """Return a function from a source file to an encoded Parsed."""
    zone = zoneinfo.ZoneInfo(reading.timezone)
    encode = msgspec.msgpack.Encoder().encode

    def work(job: SourceJob) -> bytes:
        raw = job.read()
        document, problems = frontmatter.parse(
            job.path,
            raw,
            job.kind,
            zone,
            draft=job.draft,
            language=job.language,
            untitled=reading.untitled,
        )
        return encode(Parsed(document, tuple(problems), digest(raw) != job.sha256))

    return work


def parse_all(
    sources: Iterable[Source], config: SiteConfig, cache: Cache, run: Runner
) -> tuple[dict[str, Document], list[Problem]]:
    """Parse sources; those with errors are left out."""
    ordered = sorted(sources, key=lambda source: source.path)
    jobs = [
        SourceJob(
            path=each.path,
            sha256=each.sha256,
            kind=each.kind,
            draft=each.draft,
            read=each.read,
            language=language_in_name(each.path, config),
        )
        for each in ordered
    ]
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    reading = Reading(config.timezone, config.untitled_posts)
    for source, parsed in zip(ordered, cached_documents(reading, jobs, cache, run), strict=True):
        problems += parsed.problems
        if parsed.document:
            documents[source.path] = parsed.document
    documents, found = with_fields(documents, config)
    return documents, problems + found


def language_in_name(path: str, config: SiteConfig) -> str:
    """Return the language of the site that a file's name says: `hello.de.md` is in German."""
    if not config.languages:
        return ""
    parts = path.rpartition("/")[2].split(".")
    known = (config.language, *config.languages)
    return parts[-2] if len(parts) > 2 and parts[-2] in known else ""


def cached_documents(
    reading: Reading, jobs: Sequence[SourceJob], cache: Cache, run: Runner
) -> list[Parsed]:
    """Return each source parsed, from the cache where it has that."""

    def key(job: SourceJob) -> Key:
        how = f"draft={job.draft} {job.language} {reading.untitled}"
        return key_of("source-5", reading.timezone, job.kind, how, job.path, job.sha256)

    decode = msgspec.msgpack.Decoder(Parsed).decode
    look = msgspec.msgpack.Decoder(_Lasting).decode
    encoded = run_cached(
        source_step, reading, jobs, key, cache, run, lambda each: not look(each).changed, 0.15
    )
    # Dates are decoded with a fixed offset; they are wanted in the site's zone again.
    zone = zoneinfo.ZoneInfo(reading.timezone)
    return [_in_zone(decode(each), zone) for each in encoded]


def _in_zone(parsed: Parsed, zone: dt.tzinfo) -> Parsed:
    if parsed.document is None:
        return parsed
    return Parsed(in_zone(parsed.document, zone), parsed.problems, parsed.changed)


def in_zone(document: Document, zone: dt.tzinfo) -> Document:
    """Return a document that was encoded with its dates in the site's zone again."""
    moments = {
        name: moment.astimezone(zone)
        for name in ("date", "updated", "expires")
        if (moment := getattr(document, name)) is not None
    }
    return msgspec.structs.replace(document, **moments) if moments else document
