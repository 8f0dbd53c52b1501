"""From what the last build left, and any change, to the next build.

It is a whole build whose phases are given what is known in place of texts: documents without their
bodies, and digests of what these became. So the plan and the view of every page are made again, by
the same code, and those pages alone are rendered whose view is another one by now. What decides is
the key of a page: no list of what depends on what has to be right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote

import msgspec

from generator.config.settings import CONFIG_FILE
from generator.content.frontmatter import Document
from generator.content.parse import in_zone, parse_all
from generator.core.artifacts import Artifact, digest
from generator.core.cache import Cache
from generator.core.jobs import Progress, Runner, batches, run_here
from generator.core.problems import Problem
from generator.i18n.strings import FOLDER as TABLES
from generator.incremental.known_facts import KnownFacts
from generator.incremental.lazy_tables import Decoded, OverlayMapping, SnapshotMissing, whole
from generator.incremental.rebuild import Rebuilt, as_it_was
from generator.incremental.snapshot import (
    Conditions,
    Snapshot,
    begin_learning,
    conditions_of,
    elsewhere,
    learn,
    no_edits,
)
from generator.markdown.shortcodes import used_in
from generator.pipeline import phases
from generator.pipeline.bodies import (
    Resolved,
    begin_bodies,
    body_shared,
    convert_bodies,
    resolve_all,
    with_pictures,
)
from generator.pipeline.build import result_of, state_of
from generator.pipeline.inputs import Inputs
from generator.pipeline.pages import RenderedPages, Shown, ViewLog, collect_pages
from generator.pipeline.phases import BegunPages, Bodies, Parsed, SitePlan
from generator.render import search_index
from generator.render.body_jobs import shortcode_keys
from generator.render.page_jobs import (
    PageBefore,
    PageJob,
    PageRecord,
    PageShared,
    PageSpool,
    PageState,
    cached_pages,
    page_keys,
)
from generator.render.view_builder import Rendered, Viewer
from generator.render.views import Body
from generator.site.feed_plans import plan_feeds
from generator.site.links import documents_meant

MOST_TEXTS = 500
"""More texts than these whose HTML may be another are left to the whole build."""

_BODIES = 50
"""So many bodies are read at once for the pages that show them, and let go with these."""

_AT_ONCE, _COST = 10, 4.0
"""So many pages, and not more, are handed over at once, by saying that each takes so many
milliseconds: with what was there before, a page is several times as large."""

_TOGETHER = 400
"""So many pages' facts are fetched at once."""


def update(
    inputs: Inputs, known: Snapshot, cache: Cache, run: Runner, progress: Progress
) -> Rebuilt | None:
    """Build from what is known, or return None where only the whole build can.

    Raises SnapshotMissing where something is not known any more, and SiteError as the whole build
    does, though perhaps with fewer problems.
    """
    was, now = known.conditions, conditions_of(inputs)
    if (was.texts, was.rest) != (now.texts, now.rest):
        return None
    texts = Texts(inputs, cache, run)
    documents = documents_of(texts, known)
    if documents is None:
        return None
    parsed = Parsed(
        documents=documents,
        problems=[each for path in texts.changed for each in texts.problems[path]],
        begun=begin_bodies((), inputs, cache, run),
    )
    plan = phases.plan(inputs, parsed, cache)
    fresh = _to_convert(plan, known, texts, was, now)
    if len(fresh) > MOST_TEXTS:
        return None
    progress("Markdown")
    resolved = texts.convert(plan, fresh)
    light = OverlayMapping(
        Decoded(known.lights, msgspec.msgpack.Decoder(Rendered).decode), resolved.rendered
    )
    bodies = _bodies(plan, known, fresh, resolved, light, texts)
    plan = phases.with_photo_pages(plan, bodies)
    progress("Pages")
    viewer = phases.make_viewer(plan, bodies)
    shared = phases.share(plan, viewer)
    log = ViewLog(tuple(phases.views(plan, viewer)))
    states = whole(known.states)
    jobs = list(phases.page_jobs(log.shown, plan, viewer))
    places = _changed(jobs, shared, states)
    planned = plan_feeds(plan.site, inputs.config)
    feed = [source for each in planned for source in each.sources]
    home = (route.source for route in plan.routes.all if route.url == "/" and route.source)
    wanted = dict.fromkeys(each for each in (*feed, *home) if each and each not in fresh)
    full = {**texts.convert(plan, wanted).rendered, **resolved.rendered}
    bodies = msgspec.structs.replace(bodies, rendered=OverlayMapping(light, full))
    viewer = Viewer(msgspec.structs.replace(viewer.content, rendered=bodies.rendered))
    begun = BegunPages(viewer=viewer, shared=shared, log=log, pages=iter(()))
    rendering = msgspec.structs.replace(shared, aside=inputs.aside)
    before = was.templates != now.templates  # else pages change in more places than one
    earlier = Earlier(states, cache, inputs.aside if before else None)
    ready = _with_bodies((jobs[place] for place in places), plan, full, texts, earlier)
    made = collect_pages(
        (log.shown[place].route for place in places),
        cached_pages(rendering, ready, cache, run, together=_AT_ONCE, cost=_COST),
    )
    pages = _together(log.shown, jobs, places, made, states, cache)
    machine = phases.machine_files(plan, begun)
    static = phases.static_files(plan, begun, pages, machine, run)
    found = phases.findable(plan, (log.shown[place].view for place in places), bodies)
    build = result_of(plan, bodies, pages, static, texts, found)
    touched = {*texts.changed, *fresh}
    own = (
        problem
        for path, problems in known.own_problems.items()
        if path in texts.sources and path not in touched
        for problem in problems
    )
    build = msgspec.structs.replace(
        build,
        own_problems=(*own, *build.own_problems),
        places=search_index.places(log.views, plan.context.site),
    )
    state = state_of(plan, bodies, begun, machine)
    snapshot = learn(inputs, build, begin_learning(state))
    return Rebuilt(build=build, snapshot=snapshot, edits=no_edits(snapshot))


class Texts(Mapping[str, Document]):
    """Documents with their bodies, read when they are asked for, and what is wrong with them."""

    def __init__(self, inputs: Inputs, cache: Cache, run: Runner) -> None:
        self.inputs, self.cache, self.run = inputs, cache, run
        self.sources = {source.path: source for source in inputs.sources}
        self.changed: tuple[str, ...] = ()
        self.documents: dict[str, Document] = {}
        self.problems: dict[str, list[Problem]] = {}

    def read(self, paths: Iterable[str]) -> None:
        """Parse those of the sources that were not parsed yet."""
        missing = [path for path in paths if path in self.sources and path not in self.problems]
        sources = [self.sources[path] for path in missing]
        documents, problems = parse_all(sources, self.inputs.config, self.cache, self.run)
        self.documents |= documents
        self.problems |= {path: [] for path in missing}
        for problem in problems:
            self.problems[problem.path].append(problem)

    def convert(self, plan: SitePlan, wanted: Collection[str]) -> Resolved:
        """Return what becomes of the texts of these documents."""
        self.read(wanted)
        outlines = (each for each in plan.published if each.source in wanted)
        documents = [_with_text(each, self[each.source]) for each in outlines]
        found = self._resolved(plan, documents, self.run)
        paths = {CONFIG_FILE, *wanted}  # settings name files, too
        return found._replace(problems=[each for each in found.problems if each.path in paths])

    def final(self, plan: SitePlan, outlines: Sequence[Document]) -> Mapping[str, Rendered]:
        """Return what became of the texts of these documents, which did not change. They are not
        kept, and read here: others are rendering pages meanwhile."""
        sources = [self.sources[each.source] for each in outlines]
        documents, _ = parse_all(sources, self.inputs.config, self.cache, run_here)
        found = [_with_text(each, documents[each.source]) for each in outlines]
        return self._resolved(plan, found, run_here).rendered

    def _resolved(self, plan: SitePlan, documents: Sequence[Document], run: Runner) -> Resolved:
        context = plan.context
        begun = begin_bodies(documents, self.inputs, self.cache, run)
        bodies = convert_bodies(context, documents, begun, self.cache, run)
        pictured = with_pictures(bodies, context, run)
        return resolve_all(pictured, context.targets, self.inputs.config)

    def __getitem__(self, source: str) -> Document:
        self.read([source])
        return self.documents[source]

    def __iter__(self) -> Iterator[str]:
        raise SnapshotMissing("all texts")

    def __len__(self) -> int:
        return len(self.sources)


def _with_text(outline: Document, whole: Document) -> Document:
    parts = {name: getattr(whole, name) for name in ("markdown", "heading", "matter")}
    return msgspec.structs.replace(outline, **parts)


def documents_of(texts: Texts, *known: Snapshot) -> dict[str, Document] | None:
    """Return all documents, without the texts of those that did not change since any of what is
    known; None where one cannot be read."""
    sources = {path: sha256 for each in known for path, sha256 in each.sources.items()}
    decode = msgspec.msgpack.Decoder(Document).decode
    outlines = {
        path: document
        for each in known
        for path, document in whole(Decoded(each.outlines, decode)).items()
    }
    ordered = sorted(texts.sources)
    texts.changed = tuple(
        path for path in ordered if sources.get(path) != texts.sources[path].sha256
    )
    # The fields of an item are typed by its collection, which an outline does not keep.
    items = (path for path in ordered if texts.sources[path].kind == "item")
    texts.read({*texts.changed, *items})
    documents: dict[str, Document] = {}
    for path in ordered:
        if path in texts.documents:
            documents[path] = texts.documents[path]
        elif path not in outlines or path in texts.problems:
            return None
        else:
            documents[path] = in_zone(outlines[path], texts.inputs.config.zone)
    return documents


def _to_convert(
    plan: SitePlan,
    known: Snapshot,
    texts: Texts,
    was: Conditions,
    now: Conditions,
) -> dict[str, None]:
    """Return the published documents whose text is another one by now, or may become another HTML:
    where a document or a file that it refers to has moved or changed, or what its shortcodes show,
    or the words that its boxes and notes bring."""
    published = [document.source for document in plan.published]
    fresh = set(texts.changed) | {source for source in published if source not in known.lights}
    context = plan.context
    addresses_before = _addresses(
        {route.source: route.url for route in known.routes if route.source},
        known.held,
        known.elsewhere,
    )
    addresses = _addresses(plan.routes.of_source, plan.site.held, elsewhere(context.inputs))
    moved = {
        path
        for path in addresses_before.keys() | addresses.keys()
        if addresses_before.get(path) != addresses.get(path)
    }
    if moved:
        fresh |= {
            source
            for source, targets in whole(known.refers).items()
            if any(not moved.isdisjoint(documents_meant(each, source)) for each in targets)
        }
        # Which document may have been meant depends on all of them.
        fresh |= {
            source
            for source, problems in known.own_problems.items()
            if any(problem.code == "missing-document" for problem in problems)
        }
    if shortcode_keys(body_shared(context)).all != known.shortcodes:
        fresh |= {*known.calling}
        if _tables(was) != _tables(now):
            fresh |= {*published}
    if now.files != was.files:
        fresh.update(
            _showing(
                {path for path, _ in now.files.items() ^ was.files.items()}, plan.published, known
            )
        )
    texts.read(fresh.intersection(published))
    return dict.fromkeys(source for source in published if source in fresh)


def _tables(conditions: Conditions) -> dict[str, str]:
    """Return the digests of the tables of words."""
    templates = conditions.templates.items()
    return {name: made for name, made in templates if name.startswith(TABLES)}


def _showing(
    files: Collection[str], documents: Iterable[Document], known: Snapshot
) -> Iterator[str]:
    """Yield the documents that may refer to any of these files, or to one that was missing."""
    names = [path.rpartition("/")[2] for path in files]

    def named(address: str) -> bool:
        read = unquote(address)
        return any(name in read or name in address for name in names)

    yield from (
        source for source, targets in whole(known.refers).items() if any(map(named, targets))
    )
    for each in documents:
        recording = (each.audio.file, each.audio.transcript) if each.audio else ()
        if any(map(named, (each.image, *recording))):
            yield each.source
    # Which file may have been meant depends on all of them.
    yield from (
        source
        for source, problems in known.own_problems.items()
        if any(problem.code == "missing-file" for problem in problems)
    )


def _addresses(
    url_of: Mapping[str, str], held: Mapping[str, str], others: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Return where a link to each document leads, or why it does not."""
    return {
        **{source: ("elsewhere", where) for source, where in others.items()},
        **{source: ("held", why) for source, why in held.items()},
        **{source: ("here", url) for source, url in url_of.items()},
    }


def _bodies(
    plan: SitePlan,
    known: Snapshot,
    fresh: Mapping[str, None],
    resolved: Resolved,
    light: Mapping[str, Rendered],
    texts: Texts,
) -> Bodies:
    published = {document.source for document in plan.published}
    kept = {*published, ""} - fresh.keys()
    images = {source: url for source, url in known.images.items() if source in kept}
    calling = {source for source in fresh if used_in(texts[source].markdown)}
    calling |= kept.intersection(known.calling)
    found = [
        problem
        for source in fresh
        if source not in texts.changed
        for problem in texts.problems[source]
    ]
    return Bodies(
        rendered=light,
        images=images | resolved.images,
        references={
            **{s: found for s, found in whole(known.refers).items() if s in kept},
            **resolved.references,
        },
        calling=[each.source for each in plan.published if each.source in calling],
        problems=[*found, *resolved.problems],
    )


def _changed(
    jobs: Sequence[PageJob], shared: PageShared, states: Mapping[str, PageState]
) -> list[int]:
    """Return the places of the pages that are others by now."""
    key_for = page_keys(shared)
    return [
        place
        for place, job in enumerate(jobs)
        if (state := states.get(job.path)) is None or state.key != key_for(job)
    ]


class Earlier:
    """Pages as the last build has left them."""

    def __init__(
        self, states: Mapping[str, PageState], cache: Cache, spool: PageSpool | None
    ) -> None:
        self.states, self.cache, self.spool = states, cache, spool

    def of(self, jobs: Iterable[PageJob]) -> dict[str, PageBefore]:
        """Return those that lie there unchanged, by their paths."""
        if self.spool is None:
            return {}
        states = {job.path: self.states[job.path] for job in jobs if job.path in self.states}
        found: dict[str, PageBefore] = {}
        records = self.cache.get_many(state.key for state in states.values())
        for path, state in states.items():
            raw = records.get(state.key)
            html = self.spool.before(path) if raw else None
            if raw and html is not None and digest(html) == state.sha256:
                found[path] = PageBefore(html, _decode_record(raw))
        return found


_decode_record = msgspec.msgpack.Decoder(PageRecord).decode


def _with_bodies(
    jobs: Iterable[PageJob],
    plan: SitePlan,
    full: Mapping[str, Rendered],
    texts: Texts,
    earlier: Earlier,
) -> Iterator[PageJob]:
    """Yield jobs with the bodies that they show, which are read a few at a time: those of all pages
    would be as large as the site."""
    of_source = {document.source: document for document in plan.published}
    for some in batches(jobs, _BODIES):
        before = earlier.of(some)
        missing = [
            of_source[source]
            for job in some
            if (source := job.view.source)
            and source not in full
            and (job.path not in before or digest(before[job.path].body) != job.body)
        ]
        bodies = {**full, **texts.final(plan, missing)} if missing else full
        for job in some:
            view = job.view
            if view.source in bodies:
                view = msgspec.structs.replace(view, body=Body(utf8=bodies[view.source].utf8))
            yield msgspec.structs.replace(job, view=view, before=before.get(job.path))


def _together(
    shown: Sequence[Shown],
    jobs: Sequence[PageJob],
    places: Collection[int],
    made: RenderedPages,
    before: Mapping[str, PageState],
    cache: Cache,
) -> RenderedPages:
    """Return all pages: those that were made, and the others as they were."""
    fresh = {artifact.path: artifact for artifact in made.artifacts}
    rendered = {*places}
    artifacts: list[Artifact] = []
    states: dict[str, PageState] = {}
    for place, (each, job) in enumerate(zip(shown, jobs, strict=True)):
        if place not in rendered:
            states[job.path] = before[job.path]
            route = each.route
            artifacts.append(as_it_was(job.path, route.role, before[job.path].sha256, route.source))
        elif job.path in fresh:
            states[job.path] = made.states[job.path]
            artifacts.append(fresh[job.path])
    facts = KnownFacts(states, made.facts, cache, together=_TOGETHER)
    return RenderedPages(
        artifacts=tuple(artifacts), states=states, facts=facts, problems=made.problems
    )
