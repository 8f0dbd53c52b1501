"""The next build of a site in one language or in several, from what is known of each."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from generator.content.frontmatter import Document
from generator.core.cache import Cache
from generator.core.jobs import Progress, Runner
from generator.incremental.rebuild import Rebuilt, rebuild
from generator.incremental.snapshot import Snapshot, SnapshotDelta, edited
from generator.incremental.update import Texts, documents_of, update
from generator.pipeline.inputs import Inputs
from generator.pipeline.multilingual import languages_of, together
from generator.pipeline.results import Build


class RebuiltSite(msgspec.Struct, frozen=True, kw_only=True):
    """What was built, and what came of each language, by its code."""

    build: Build
    each: Mapping[str, Rebuilt]


def rebuild_each(
    inputs: Inputs,
    known: Mapping[str, Snapshot],
    edits: Mapping[str, SnapshotDelta],
    cache: Cache,
    run: Runner,
    progress: Progress,
) -> RebuiltSite | None:
    """Build from what is known of each language, and became known since; None where only the whole
    build can.

    Artifacts that did not change cannot be read: asking for one, as for anything else that is no
    longer known, raises SnapshotMissing. Raises SiteError as the whole build does.
    """
    now = {code: edited(one, edits[code]) for code, one in known.items()}
    documents: dict[str, Document] | None = {}
    if inputs.config.languages:
        documents = documents_of(Texts(inputs, cache, run), *now.values())
    if documents is None:
        return None
    languages = languages_of(inputs, documents)
    each: dict[str, Rebuilt] = {}
    for language in languages:
        code = language.code
        made = rebuild(language.inputs, known[code], edits[code], cache, run, progress)
        if made is None and inputs.config.search:
            each = {}  # all of them say what can be found: there is one index
            break
        made = made or update(language.inputs, now[code], cache, run, progress)
        if made is None:
            return None
        each[code] = made
    for language in languages:
        if language.code not in each:
            made = update(language.inputs, now[language.code], cache, run, progress)
            if made is None:
                return None
            each[language.code] = made
    built = {code: one.build for code, one in each.items()}
    return RebuiltSite(build=together(languages, built), each=each)
