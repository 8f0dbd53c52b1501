"""From the files in content/ to documents."""

from __future__ import annotations

from collections.abc import Iterable

from generator.config.settings import SiteConfig
from generator.content.collections import with_fields
from generator.content.frontmatter import Document
from generator.content.sources import Source
from generator.core.cache import Cache
from generator.core.jobs import Runner
from generator.core.problems import Problem
from generator.pipeline.edition import language_in_name
from generator.render.page_jobs import SourceJob, remembered_documents


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
    for source, parsed in zip(
        ordered, remembered_documents(config.timezone, jobs, cache, run), strict=True
    ):
        problems += parsed.problems
        if parsed.document:
            documents[source.path] = parsed.document
    documents, found = with_fields(documents, config)
    return documents, problems + found
