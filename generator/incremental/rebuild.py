"""From what the last build left, and a few documents with another text, to the next build.

What has to be done again is looked up, not searched for, so that one edit among ten thousand posts
costs about as much as one among ten. Whatever changes more than texts and titles is left to the
whole build, and `rebuild` answers None; the artifacts are the same either way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import NoReturn, TypeVar

import msgspec

from generator.content.frontmatter import Document
from generator.content.parse import parse_all
from generator.content.source_lines import in_front_matter
from generator.core.artifacts import Artifact, Role
from generator.core.cache import Cache, Key
from generator.core.jobs import Progress, Runner
from generator.core.problems import Problem
from generator.core.urls import output_path
from generator.incremental.known_facts import KnownFacts
from generator.incremental.lazy_tables import (
    EncodedPosts,
    Late,
    Lazy,
    OverlayMapping,
    SnapshotMissing,
    whole,
)
from generator.incremental.snapshot import (
    Snapshot,
    SnapshotDelta,
    conditions_of,
    edited,
    edition_of,
    encoded,
    light,
    machine_file,
    outline,
    refers,
    shape_of,
)
from generator.markdown.shortcodes import used_in
from generator.pipeline.bodies import (
    begin_bodies,
    body_shared,
    convert_bodies,
    resolve_all,
    with_pictures,
)
from generator.pipeline.context import (
    document_links,
    make_context,
    names_from_outside,
    shows_counts,
)
from generator.pipeline.edition import placed, translated
from generator.pipeline.inputs import Inputs
from generator.pipeline.machine_files import make_feeds, make_redirects
from generator.pipeline.pages import collect_pages, view_of
from generator.pipeline.results import Build
from generator.pipeline.static_files import root_files, ship
from generator.render import extensions, feeds, search_index
from generator.render.body_jobs import shortcode_keys
from generator.render.page_jobs import PageJob, PageShared, PageState, cached_pages
from generator.render.search_index import Entry
from generator.render.view_builder import Rendered, SiteContent, Viewer
from generator.render.views import Link, PageView, PostRow, PostSummary
from generator.site.catalogue import dated

MOST_EDITS = 50
"""More documents than these are left to the whole build, which shares them out."""

T = TypeVar("T")


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What was built, and what is known now: a snapshot with what changed since it was written."""

    build: Build
    snapshot: Snapshot
    edits: SnapshotDelta


def rebuild(
    inputs: Inputs,
    snapshot: Snapshot,
    edits: SnapshotDelta,
    cache: Cache,
    run: Runner,
    progress: Progress,
) -> Rebuilt | None:
    """Build from what is known, and became known since, where that can be done.

    Artifacts that did not change cannot be read: asking for one, as for anything else that is no
    longer known, raises Lost. Raises SiteError as the whole build does.
    """
    known = edited(snapshot, edits)
    if inputs.extensions and extensions.load(inputs.extensions).outputs:
        return None  # what they make may depend on everything
    if conditions_of(inputs) != known.conditions:
        return None
    read = read_edited(inputs, known, cache, run)
    if read is None:
        return None
    documents, problems = read
    if any(
        path not in documents or shape_of(documents[path]) != known.shapes[path]
        for path in (*documents, *(problem.path for problem in problems))
    ):
        return None
    if any(problem.path in documents for problem in known.other_problems):
        return None  # their lines may have moved
    building = Rebuilding(inputs, known, cache, run, documents, problems)
    return building.outcome(snapshot, edits, progress)


def read_edited(
    inputs: Inputs, known: Snapshot, cache: Cache, run: Runner
) -> tuple[dict[str, Document], list[Problem]] | None:
    """Return the documents whose files are others by now, and what is wrong with them; None where
    these are too many, or where others than those that are known may be published."""
    if not known.since <= inputs.now.timestamp() < known.until:
        return None
    if {each.path for each in inputs.sources} != known.sources.keys():
        return None
    changed = [each for each in inputs.sources if known.sources[each.path] != each.sha256]
    if len(changed) > MOST_EDITS or edition_of(inputs) != known.edition:
        return None
    return parse_all(changed, inputs.config, cache, run)


class Rebuilding:
    """One such build: what is needed of the site is fetched when it is asked for."""

    def __init__(
        self,
        inputs: Inputs,
        known: Snapshot,
        cache: Cache,
        run: Runner,
        documents: Mapping[str, Document],
        problems: Iterable[Problem],
    ) -> None:
        self.inputs, self.known, self.cache, self.run = inputs, known, cache, run
        self.config, self.edited, self.problems = inputs.config, documents, list(problems)
        self.sources = {source.path: source for source in inputs.sources}
        self.url_of = {route.source: route.url for route in known.routes if route.source}
        self.documents: Lazy[Document] = Lazy(self._parse)
        self.rendered: Lazy[Rendered] = Lazy(self._render)
        self.images: dict[str, str] = {}
        self.references: dict[str, list[str]] = {}
        links: Late[Link] = Late(self._links)
        self.context, self.context_problems = make_context(
            inputs, known.order, self.url_of, known.held, links, cache
        )

    @cached_property
    def mentioned(self) -> dict[str, frozenset[str]]:
        """The names that templates take from outside (see names_from_outside)."""
        return names_from_outside(self.context)

    def outcome(
        self, snapshot: Snapshot, edits: SnapshotDelta, progress: Progress
    ) -> Rebuilt | None:
        """Return the build, or None where more has to be done than pays."""
        progress("Markdown")
        fresh = self.published()
        if fresh is None:
            return None
        found = self.convert(fresh)
        self.problems = in_front_matter([*self.problems, *found], {**fresh, **self.edited})
        own_problems = self._own_problems(fresh)
        if any(each.code == "missing-document" for own in own_problems.values() for each in own):
            return None  # what may have been meant depends on all of them
        if self.config.photos and self._other_photos(fresh):
            return None
        progress("Pages")
        viewer = self.viewer(fresh)
        summaries = _changed(fresh, self.known.summaries, viewer.summary)
        rows = _changed(fresh, self.known.rows, viewer.row)
        if summaries and "posts" in self.mentioned["pages"]:
            return None
        if rows and self.config.photos:
            return None  # the pages of photographs name posts, and show those of all texts
        places = _places(self.known.read, fresh)
        places |= _places(self.known.shown, summaries) | _places(self.known.rowed, rows)
        routes = [self.known.routes[place] for place in sorted(places)]
        views = [view_of(viewer, route) for route in routes]
        folder, edition = self.inputs.folder, self.inputs.edition
        if edition:
            pairs = zip(views, routes, strict=True)
            views = [translated(view, route, edition) for view, route in pairs]
        jobs = [
            PageJob(view=view, path=folder + route.output)
            for route, view in zip(routes, views, strict=True)
        ]
        pages = collect_pages(routes, cached_pages(self.shared(viewer), jobs, self.cache, self.run))
        listed = {view.source: feeds.listed(view) for view in views if feeds.is_listed(view)}
        machine_read = self._machine_read(viewer, fresh, summaries, self.known.listed | listed)
        remade = {file.path: machine_file(file, self.inputs.assets_base) for file in machine_read}
        titles = {source: (each.title, each.slug) for source, each in fresh.items()}
        outlines = {source: outline(each) for source, each in self.edited.items()}
        edits = SnapshotDelta(
            base=edits.base,
            sources=edits.sources | {path: self.sources[path].sha256 for path in self.edited},
            links=edits.links | titles,
            summaries=edits.summaries | summaries,
            rows=edits.rows | rows,
            states={**edits.states, **pages.states},
            machine=edits.machine | remade,
            own_problems=own_problems,
            calling=self._calling(fresh),
            listed=edits.listed | listed,
            landing=self._landing(),
            outlines=edits.outlines | outlines,
            lights=edits.lights | {s: light(self.rendered.known[s]) for s in fresh},
            refers=edits.refers | {s: refers(self.references).get(s, []) for s in fresh},
            images=self._images(fresh),
            shortcodes=self._shortcodes(titles),
            searchable=edits.searchable,
        )
        known = edited(snapshot, edits)
        all_states = whole(OverlayMapping(snapshot.states, edits.states))
        artifacts, broken = self._artifacts(pages.artifacts, machine_read, known, all_states)
        build = Build(
            artifacts=artifacts,
            machine_read=tuple(machine_read),
            redirects=known.redirects,
            own_problems=tuple(each for own in own_problems.values() for each in own),
            other_problems=tuple(dict.fromkeys((*known.other_problems, *broken))),
            mistakes=pages.problems,
            states=all_states,
            facts_of=KnownFacts(all_states, pages.facts, self.cache).__getitem__,
            documents=self.documents,
            landing=known.landing,
            held=known.held,
            since=known.since,
            until=known.until,
            posts=len(known.order.posts),
            pages=known.pages,
            found=self._found(view for view in views if view.source in fresh),
        )
        return Rebuilt(build=build, snapshot=snapshot, edits=edits)

    # What templates ask for.

    def _links(self) -> dict[str, Link]:
        named = (
            (source, self.edited[source].title if source in self.edited else title, slug)
            for source, (title, slug) in self.known.links.items()
        )
        return document_links(named, self.url_of, self.config.base)

    def shared(self, viewer: Viewer) -> PageShared:
        """Return what the rendering of all pages has in common."""
        context = self.context
        posts = viewer.all_posts() if "posts" in self.mentioned["pages"] else ()
        return PageShared(
            templates=context.inputs.templates,
            compiled=context.compiled,
            helpers=msgspec.structs.replace(context.helpers, posts=posts),
            base=self.inputs.assets_base,
            timezone=self.config.timezone,
            aside=self.inputs.aside,
        )

    # What became of documents.

    def _parse(self, source: str) -> Document:
        if source not in self.sources:
            raise KeyError(source)
        found, _ = parse_all([self.sources[source]], self.config, self.cache, self.run)
        if source not in found:
            raise SnapshotMissing(source)
        document = found[source]
        return dated(document, self.inputs.now) if document.kind == "post" else document

    def published(self) -> dict[str, Document] | None:
        """Return the documents whose text is to be made again, or None where these are too many: a
        title may also be shown by what a shortcode makes in another document."""
        known = self.known
        fresh = dict(self.edited)
        if any(each.title != known.links.get(s, (each.title,))[0] for s, each in fresh.items()):
            if "ref" in self.mentioned["pages"]:
                return None
            if "ref" in self.mentioned["shortcodes"]:
                if len(known.calling) > MOST_EDITS:
                    return None
                if any(s in known.own_problems for s in known.calling if s not in fresh):
                    return None  # what is wrong there may come and go with the title
                fresh |= {source: self.documents[source] for source in known.calling} | fresh
        return {
            source: dated(each, self.inputs.now) if each.kind == "post" else each
            for source, each in fresh.items()
            if source in self.url_of
        }

    def convert(self, documents: Mapping[str, Document]) -> list[Problem]:
        """Take in what becomes of these documents' texts; return what is wrong with that."""
        context, cache, run = self.context, self.cache, self.run
        begun = begin_bodies(documents.values(), self.inputs, cache, run)
        bodies = convert_bodies(context, documents.values(), begun, cache, run)
        resolved = resolve_all(with_pictures(bodies, context, run), context.targets, self.config)
        self.documents.known |= documents
        self.rendered.known |= resolved.rendered
        self.images |= resolved.images
        self.references |= resolved.references
        return [problem for problem in resolved.problems if problem.path in documents]

    def _render(self, source: str) -> Rendered:
        self.convert({source: self.documents[source]})  # its problems are known
        return self.rendered.known[source]

    def _own_problems(self, fresh: Mapping[str, Document]) -> dict[str, tuple[Problem, ...]]:
        own = {
            path: problems
            for path, problems in self.known.own_problems.items()
            if path not in fresh and path not in self.edited
        }
        for problem in self.problems:
            own[problem.path] = (*own.get(problem.path, ()), problem)
        return {path: problems for path, problems in own.items() if problems}

    def _other_photos(self, fresh: Mapping[str, Document]) -> bool:
        """Return whether texts have other photographs, or one is that of the page of all."""
        decode = msgspec.msgpack.Decoder(Rendered).decode
        return any(
            self.rendered.known[source].photos != decode(self.known.lights[source]).photos
            for source in fresh
        ) or any(route.kind == "photos" and route.source in fresh for route in self.known.routes)

    def _calling(self, fresh: Mapping[str, Document]) -> tuple[str, ...]:
        calling = dict.fromkeys(self.known.calling)
        for source, document in fresh.items():
            calling.pop(source, None)
            if used_in(document.markdown):
                calling[source] = None
        return tuple(calling)

    def _images(self, fresh: Mapping[str, Document]) -> dict[str, str]:
        others = {s: url for s, url in self.known.images.items() if s not in fresh}
        return others | {s: url for s, url in self.images.items() if s in fresh}

    def _shortcodes(self, titles: Mapping[str, tuple[str, str]]) -> Key:
        """Return the key of what texts that call shortcodes have in common: some show titles."""
        if all(self.known.links[source] == title for source, title in titles.items()):
            return self.known.shortcodes
        return shortcode_keys(body_shared(self.context)).all

    def _landing(self) -> str:
        home = next((route.source for route in self.known.routes if route.url == "/"), "")
        return self.rendered.known[home].body if home in self.rendered.known else self.known.landing

    # What pages show.

    def viewer(self, fresh: Mapping[str, Document]) -> Viewer:
        """Return a viewer of the site in which these documents are new."""
        known, context = self.known, self.context
        return Viewer(
            SiteContent(
                config=self.config,
                order=known.order,
                url_of=self.url_of,
                documents=self.documents,
                rendered=self.rendered,
                images=self.images,
                counts=context.counts,
                strings=context.helpers.strings,
                root=context.site.root,
                counted=shows_counts(self.inputs),
                blogroll=context.blogroll,
                summaries=EncodedPosts(known.summaries, fresh, PostSummary, self.config.zone),
                rows=EncodedPosts(known.rows, fresh, PostRow, self.config.zone),
            )
        )

    def _found(self, views: Iterable[PageView]) -> tuple[Entry, ...] | None:
        """Return what a search may find in those documents that were made again."""
        if not self.config.search:
            return None
        locale = self.context.helpers.strings.locale
        return search_index.entries(views, self.rendered, self.context.site, locale)

    # What is written.

    def _machine_read(
        self,
        viewer: Viewer,
        fresh: Mapping[str, Document],
        summaries: Mapping[str, bytes],
        listed: Mapping[str, feeds.Listed],
    ) -> list[Artifact]:
        """Make those files for machines in which something changed."""
        made: list[Artifact] = []
        stale = (each for each in self.known.feeds if not fresh.keys().isdisjoint(each.sources))
        made += make_feeds(self.context, viewer, stale)
        posts = {source: feeds.listed(viewer.summary(source)) for source in summaries}
        if listed != self.known.listed or any(
            self._listed(source) != now for source, now in posts.items()
        ):
            all_posts = (posts.get(each) or self._listed(each) for each in self.known.order.posts)
            made.append(feeds.make_llms(self.context.site, listed.values(), all_posts))
        return made

    def _listed(self, source: str) -> feeds.Listed:
        """Return what llms.txt said of a post."""
        named = _decode_named(self.known.summaries[source])
        return feeds.Listed(named.title, named.permalink, named.description)

    def _artifacts(
        self,
        pages: Iterable[Artifact],
        machine_read: Iterable[Artifact],
        known: Snapshot,
        states: Mapping[str, PageState],
    ) -> tuple[tuple[Artifact, ...], list[Problem]]:
        fresh = {artifact.path: artifact for artifact in pages}
        remade = {artifact.path: artifact for artifact in machine_read}
        mentioned = {url for state in states.values() for url in state.assets}
        mentioned |= {url for file in known.machine for url in file.assets}
        verbatim, _ = root_files(self.inputs.files, ())
        shipped, problems = ship(self.context, mentioned, verbatim, self.documents, self.run)
        folder = self.inputs.folder
        paths = [folder + output_path(route.url) for route in known.routes]
        artifacts = (
            *shipped,
            *placed(make_redirects(known.redirects, self.context), folder),
            *(
                fresh.get(path) or as_it_was(path, route.role, states[path].sha256, route.source)
                for path, route in zip(paths, known.routes, strict=True)
                if path in states
            ),
            *placed(
                [
                    remade.get(file.path) or as_it_was(file.path, file.role, file.sha256)
                    for file in known.machine
                ],
                folder,
            ),
        )
        return artifacts, problems


def as_it_was(path: str, role: Role, sha256: str, source: str = "") -> Artifact:
    """Return a file that the last build wrote, which cannot be read."""
    return Artifact(
        path=path,
        role=role,
        load=_lost,
        sha256=sha256,
        source=source,
    )


def _lost() -> NoReturn:
    raise SnapshotMissing("a page as it was")


def _changed(
    fresh: Iterable[str], known: Mapping[str, bytes], make: Callable[[str], object]
) -> dict[str, bytes]:
    """Return what is made of documents, encoded, where it is not what is known."""
    made = {source: encoded(make(source)) for source in fresh if source in known}
    return {source: raw for source, raw in made.items() if raw != known[source]}


def _places(used: Mapping[str, bytes], sources: Iterable[str]) -> set[int]:
    """Return the places of all routes that use any of the documents."""
    return {
        place
        for source in sources
        if source in used
        for place in msgspec.msgpack.decode(used[source], type=list[int])
    }


class _Named(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Those fields of a summary that llms.txt tells."""

    title: str
    permalink: str
    description: str


_decode_named = msgspec.msgpack.Decoder(_Named).decode
