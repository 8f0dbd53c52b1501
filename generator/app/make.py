"""Making a site again: going on from the last build where that can be, else the whole of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from generator.adapters.before_fork import load_for
from generator.adapters.console import ProgressLine
from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.image_store import PictureStore
from generator.adapters.files.output_scan import Changes
from generator.adapters.files.page_spool import NotKept, PageSpool
from generator.adapters.files.site_folder import (
    Listing,
    find_data,
    find_sources,
    read_extensions,
    read_files,
    read_templates,
)
from generator.adapters.files.snapshot_file import PartsFolder
from generator.adapters.files.stray_files import find_stray
from generator.adapters.forked_task import Beside
from generator.adapters.session import Session
from generator.adapters.workers import Workers
from generator.app.finish import Place, finish, mistakes, texts_of
from generator.app.outcome import BuildHooks, BuildOptions, Desk, Remembered
from generator.app.workspace import Workspace, preview_url
from generator.checks.cascades import without_cascades
from generator.checks.severity import relevel
from generator.core.cache import Cache, Key, key_of
from generator.core.jobs import Runner
from generator.core.problems import Problem, SiteError
from generator.incremental.ahead import ahead
from generator.incremental.lazy_tables import SnapshotMissing
from generator.incremental.left_behind import LeftBehind
from generator.incremental.snapshot import (
    MOST_EDITED,
    Learnt,
    SnapshotDelta,
    begin_learning,
    edited,
    learn,
    searchable_by,
    searchable_in,
    with_searchable,
)
from generator.incremental.snapshot_codec import encode
from generator.pipeline.inputs import Inputs
from generator.pipeline.multilingual import build_each, languages_of, parsed, together
from generator.pipeline.results import BuildState
from generator.publish.csp import SentHeaders


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a build came to and what it leaves for the next one, with the files that it has read.

    What is known of the whole site is left in `parts`, under the `key` of builds of this kind; what
    became of it since, the `edits`, in the cache.
    """

    remembered: Remembered
    key: Key
    parts: Mapping[str, bytes] | None
    later: Mapping[Key, bytes]
    edits: Mapping[str, SnapshotDelta]
    read: Collection[str]


class BuildFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What a build reads and where it keeps and writes things.

    `listing` is the site's files, `counts` the export of view counts, and `headers` are those that
    readers get. `session` lasts as long as the process, `cache`, `snapshots`
    (which `--no-cache` does without) and `images` from one build to the next; `spool` has
    pages until they are written to `folder`, of which `index` has the digests, and `scan` looks for
    changes there, if nobody has yet. `is_told` says that pages were shown ahead of this build.
    """

    listing: Listing
    counts: bytes
    headers: SentHeaders
    session: Session
    cache: Cache
    snapshots: PartsFolder | None
    images: PictureStore
    spool: PageSpool | NotKept
    folder: Path
    index: DigestIndex
    scan: Beside[Changes] | None
    is_told: bool = False


def make(
    workspace: Workspace,
    wish: BuildOptions,
    hooks: BuildHooks,
    given: BuildFiles,
    progress: ProgressLine,
) -> Made:
    """Build, check and write; go on from what is known of the last build, where that can be."""
    listing, cache, shelf = given.listing, given.cache, given.snapshots
    root, config = workspace.root, workspace.config
    if wish.preview:
        config = msgspec.structs.replace(config, url=preview_url(config, wish.preview))
    sources, problems = find_sources(root, listing, config.collections)
    templates, found = read_templates(root, listing)
    problems += found
    problems += find_stray(listing.files, sources, templates.values())
    files, found = read_files(root, listing, cache)
    problems += found
    own, found = read_extensions(root, listing)
    problems += found
    problems += listing.problems
    inputs = Inputs(
        config=config,
        sources=sources,
        templates=templates,
        files=files,
        data=find_data(root, listing, config.counter.counts),
        extensions=own,
        now=workspace.now,
        drafts=wish.drafts or config.drafts,
        future=wish.future,
        preview=wish.preview,
        glance=wish.glance,
        counts=given.counts,
        store=given.images,
        aside=given.spool,
    )
    given.session.found(inputs)
    place = Place(
        workspace=workspace,
        config=config,
        folder=given.folder,
        aside=given.spool.site,
        output=given.index,
        look=given.scan,
        wish=wish,
        headers=given.headers,
        texts=texts_of(templates, files),
        sources={source.path: source.sha256 for source in sources},
    )
    kind = kind_of_build(given.folder, wish)
    with Workers(before_fork=load_for) as run:
        made = None
        if shelf and not hooks.look:
            going = _GoingOn(place, inputs, kind, problems, cache, run, progress)
            made = going.made(given.session, shelf, hooks.desk, is_told=given.is_told)
        if made:
            return msgspec.structs.replace(
                made, read=[*made.read, *(listing.files.keys() - {each.path for each in sources})]
            )
        learnt: dict[str, Learnt] = {}

        def keep(code: str, state: BuildState) -> None:
            if shelf or hooks.desk:
                learnt[code] = begin_learning(state)

        try:
            languages = languages_of(inputs, parsed(inputs, cache, run))
            each = build_each(languages, cache, run, progress, keep)
            if not wish.searchable:  # whose index is made in parts
                run.rest()
        except SiteError as error:
            found = without_cascades(relevel([*problems, *error.problems], config.checks))
            raise mistakes(workspace.root, found) from None
        place = msgspec.structs.replace(place, look=None)  # it was long ago
        built = together(languages, each)
        snapshots = {
            language.code: learn(language.inputs, each[language.code], learnt[language.code])
            for language in languages
            if language.code in learnt
        }
        if hooks.desk:
            problems += hooks.desk.warnings(snapshots, built.documents)
        finished = finish(place, built, problems, cache, run, progress, hooks.look)
    left = None
    if shelf and finished.in_order:
        left = encode(searchable_by(snapshots, finished.searchable))
    return Made(
        remembered=finished.remembered, key=kind, parts=left, later={}, edits={}, read=listing.files
    )


class _GoingOn(NamedTuple):
    """A build that goes on from the last one."""

    place: Place
    inputs: Inputs
    kind: Key
    problems: Sequence[Problem]
    cache: Cache
    run: Runner
    progress: ProgressLine

    def made(
        self, session: Session, shelf: PartsFolder, desk: Desk | None, *, is_told: bool
    ) -> Made | None:
        """Return what it came to; None where only the whole build can make the rest.

        Raises SiteError with all that is wrong.
        """
        from generator.incremental.languages import rebuild_each

        inputs, cache, run, progress = self.inputs, self.cache, self.run, self.progress
        try:
            left = session.left(shelf, self.kind, inputs.config, cache)
            if left is None:
                return None
            if desk and not is_told:
                tell_ahead(inputs, left, cache, desk)
            rebuilt = rebuild_each(inputs, left.known, left.edits, cache, run, progress)
        except (SiteError, SnapshotMissing, msgspec.MsgspecError):
            return None
        if rebuilt is None:
            return None
        try:
            problems = [*self.problems]
            whole = {code: edited(one.snapshot, one.edits) for code, one in rebuilt.each.items()}
            if desk:
                problems += desk.warnings(whole, rebuilt.build.documents)
            # What can be found is kept with the site's own language, for all of them.
            own = left.codes[0]
            before = searchable_in(left.now[own])
            finished = finish(
                self.place, rebuilt.build, problems, cache, run, progress, searchable=before
            )
        except (SnapshotMissing, msgspec.MsgspecError):
            return None
        anew = any(
            one.snapshot is not left.known[code] or len(one.edits.states) > MOST_EDITED
            for code, one in rebuilt.each.items()
        )
        edits = {code: one.edits for code, one in rebuilt.each.items()}
        kept: Mapping[str, bytes] | None = None
        try:
            if anew and finished.in_order:
                kept = encode(searchable_by(whole, finished.searchable))
            elif finished.in_order:
                edits[own] = with_searchable(edits[own], before, finished.searchable)
        except SnapshotMissing:  # which only the next build misses
            kept = {}
        seen = {path: sha256 for one in left.now.values() for path, sha256 in one.sources.items()}
        return Made(
            remembered=finished.remembered,
            key=self.kind,
            parts=kept,
            later={
                left.later[code]: msgspec.msgpack.encode(one)
                for code, one in edits.items()
                if finished.in_order and not anew
            },
            edits=edits,
            read=[each.path for each in inputs.sources if seen.get(each.path) != each.sha256],
        )


def tell_ahead(inputs: Inputs, left: LeftBehind, cache: Cache, desk: Desk) -> bool:
    """Show the pages that somebody looks at, where they can be made before the rest; return whether
    that was done."""
    wanted = desk.open_pages()
    made = ahead(inputs, left.now[left.codes[0]], cache, wanted) if wanted else None
    if made:
        desk.ahead(made)
    return made is not None


def kind_of_build(folder: Path, wish: BuildOptions) -> Key:
    """Return under which key is kept what builds of this kind leave."""
    return key_of("known", folder.as_posix(), msgspec.msgpack.encode(wish))
