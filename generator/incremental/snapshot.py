"""What a build leaves for the next one, so that it can go on from there (see rebuild).

It is written once per build, in parts (see snapshot_codec): what there is of each document or page
is read when it is asked for, and stays encoded until then.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from generator.content.frontmatter import Document
from generator.core.artifacts import Artifact, Role, digest
from generator.core.cache import Key, key_of
from generator.core.problems import Problem
from generator.incremental.lazy_tables import OverlayMapping
from generator.pipeline.bodies import body_shared
from generator.pipeline.inputs import Inputs
from generator.pipeline.machine_files import mentioned_urls
from generator.pipeline.results import Build, BuildState
from generator.render.body_jobs import shortcode_keys
from generator.render.feeds import Listed
from generator.render.page_jobs import PageState
from generator.render.search_shards import Shard
from generator.render.view_builder import Rendered
from generator.site.catalogue import Order
from generator.site.feed_plans import FeedPlan
from generator.site.links import leads_inside
from generator.site.routes import Route

OWN_FIELDS = frozenset(
    {
        "body_line",
        "counter",
        "description",
        "excerpt",
        "extra",
        "heading",
        "image",
        "image_alt",
        "markdown",
        "matter",
        "title",
        "toc",
    }
)
"""What may change of a post without moving it or anything else to another place. All other fields,
also those that are still to be thought of, count as its shape."""

_TEXT = frozenset({"body_line", "heading", "markdown", "matter"})
"""The same for other documents, which menus and lists may show in ways of their own."""

INNOCUOUS = frozenset(
    {
        "api",
        "author",
        "checks",
        "contact",
        "counter",
        "csp",
        "date_format",
        "description",
        "external",
        "feeds",
        "footer",
        "footer_menu",
        "infra",
        "menu",
        "page_size",
        "params",
        "publish",
        "redirects",
        "related",
        "social",
        "tagline",
        "theme_color",
        "title",
    }
)
"""Settings of which neither a document nor the HTML of its text is made. All others, also those
that are still to be thought of, make all of it again."""

_encode = msgspec.msgpack.Encoder().encode
_decode_shard = msgspec.msgpack.Decoder(Shard).decode


class MachineFile(msgspec.Struct, frozen=True, array_like=True):
    """A feed, a sitemap or the like, with the assets that it mentions."""

    path: str
    role: Role
    sha256: str
    assets: tuple[str, ...]


class Conditions(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Digests of all that a build depends on, but for the documents and the moment.

    `settings` is of all settings, and `texts` of those that are not innocuous. `templates` and
    `files` are by name and path; `data` is of all of data/, and `rest` of what is none of these.
    """

    settings: Key
    texts: Key
    templates: dict[str, str]
    files: dict[str, str]
    data: Key
    rest: Key


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a site from its last build.

    `conditions` are all inputs but the documents' texts; from `since` to `until`
    (seconds since 1970) nothing changes by itself. `sources`: digest of each document's file;
    `shapes`: digest of what others depend on; `links`: title and slug of each published one. The
    posts that pages show are reported by `shown`, `rowed` and `read`: places of routes, by what of
    the document they show (its summary, its row, or the whole). `own_problems` are those with the
    text of each document. `calling` are documents that may call shortcodes. Tables of bytes hold
    encoded values: `outlines` the documents without their texts, and `lights` what became of texts,
    without the HTML itself. `refers` has the addresses in a text that lead into the site, as
    written; `images` the picture of each document. `elsewhere` says
    where documents of other languages lead, and `edition` is a digest of all that is known of
    these. `shortcodes` is the key of what texts that call shortcodes have in common. `searchable`
    has the shards of the index for searching, encoded. What is looked up may raise SnapshotMissing.
    """

    conditions: Conditions
    since: float
    until: float
    sources: Mapping[str, str]
    shapes: Mapping[str, bytes]
    links: Mapping[str, tuple[str, str]]
    held: dict[str, str]
    order: Order
    routes: Sequence[Route]
    redirects: dict[str, str]
    summaries: Mapping[str, bytes]
    rows: Mapping[str, bytes]
    shown: Mapping[str, bytes]
    rowed: Mapping[str, bytes]
    read: Mapping[str, bytes]
    states: Mapping[str, PageState]
    machine: tuple[MachineFile, ...]
    own_problems: dict[str, tuple[Problem, ...]]
    other_problems: tuple[Problem, ...]
    calling: tuple[str, ...]
    feeds: tuple[FeedPlan, ...]
    listed: dict[str, Listed]
    landing: str
    pages: int
    outlines: Mapping[str, bytes]
    lights: Mapping[str, bytes]
    refers: Mapping[str, Sequence[str]]
    images: dict[str, str]
    elsewhere: dict[str, str]
    edition: Key
    shortcodes: Key
    searchable: Sequence[bytes]


class SnapshotDelta(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Changes to a snapshot since it was written; tables hold only the rows that changed. `base` is
    a digest of that snapshot's `conditions` and `sources`.
    """

    base: Key
    sources: dict[str, str] = {}
    links: dict[str, tuple[str, str]] = {}
    summaries: dict[str, bytes] = {}
    rows: dict[str, bytes] = {}
    states: dict[str, PageState] = {}
    machine: dict[str, MachineFile] = {}
    own_problems: dict[str, tuple[Problem, ...]] = {}
    calling: tuple[str, ...] = ()
    listed: dict[str, Listed] = {}
    landing: str = ""
    outlines: dict[str, bytes] = {}
    lights: dict[str, bytes] = {}
    refers: dict[str, list[str]] = {}
    images: dict[str, str] = {}
    searchable: dict[int, bytes] = {}


MOST_EDITED = 2_000
"""With more pages than these among the edits, the whole is written again."""


def no_edits(known: Snapshot) -> SnapshotDelta:
    """Return what became of `known` when nothing did."""
    return SnapshotDelta(
        base=base_of(known),
        own_problems=known.own_problems,
        calling=known.calling,
        landing=known.landing,
        images=known.images,
    )


def read_edits(known: Snapshot, later: bytes) -> SnapshotDelta:
    """Decode the edits since what is known, if these fit it. Raises MsgspecError."""
    if later:
        edits = msgspec.msgpack.decode(later, type=SnapshotDelta)
        if edits.base == base_of(known):
            return edits
    return no_edits(known)


def edited(known: Snapshot, edits: SnapshotDelta) -> Snapshot:
    """Return what became of `known`."""
    return msgspec.structs.replace(
        known,
        sources={**known.sources, **edits.sources},
        links=OverlayMapping(known.links, edits.links),
        summaries=OverlayMapping(known.summaries, edits.summaries),
        rows=OverlayMapping(known.rows, edits.rows),
        states=OverlayMapping(known.states, edits.states),
        machine=tuple(edits.machine.get(file.path, file) for file in known.machine),
        own_problems=edits.own_problems,
        calling=edits.calling,
        listed=known.listed | edits.listed,
        landing=edits.landing,
        outlines=OverlayMapping(known.outlines, edits.outlines),
        lights=OverlayMapping(known.lights, edits.lights),
        refers=OverlayMapping(known.refers, edits.refers),
        images=edits.images,
        searchable=[
            edits.searchable.get(place, shard) for place, shard in enumerate(known.searchable)
        ],
    )


def searchable_in(known: Snapshot) -> list[Shard]:
    """Return the shards of the index for searching."""
    return [_decode_shard(shard) for shard in known.searchable]


def searchable_by(
    snapshots: Mapping[str, Snapshot], searchable: Iterable[Shard]
) -> dict[str, Snapshot]:
    """Return what is known of each language, with the shards of all in what is known of the first:
    an index is one for the whole site."""
    first = next(iter(snapshots))
    shards = [_encode(shard) for shard in searchable]
    return {
        code: msgspec.structs.replace(one, searchable=shards if code == first else ())
        for code, one in snapshots.items()
    }


def with_searchable(
    edits: SnapshotDelta, before: Sequence[Shard], now: Sequence[Shard]
) -> SnapshotDelta:
    """Return edits with what became of those shards."""
    changed = {
        place: _encode(new)
        for place, (old, new) in enumerate(zip(before, now, strict=True))
        if new is not old
    }
    return msgspec.structs.replace(edits, searchable=edits.searchable | changed)


def base_of(known: Snapshot) -> Key:
    """Return a digest of what was known of: the same inputs lead to the same."""
    return key_of(_encode(known.conditions), _encode(dict(known.sources)))


def conditions_of(inputs: Inputs) -> Conditions:
    """Return everything that a build depends on, but for the documents and the moment.

    What kind of document a source is, and whether it is a draft, its path says.
    """
    config = inputs.config
    texts = {
        name: getattr(config, name) for name in config.__struct_fields__ if name not in INNOCUOUS
    }
    verbatim = inputs.edition.verbatim if inputs.edition else {}
    data = sorted((file.path, digest(file.read())) for file in inputs.data)
    modes = (inputs.drafts, inputs.future, inputs.preview)
    return Conditions(
        settings=key_of(_encode(config)),
        texts=key_of(_encode(texts)),
        templates={
            name: digest(text.encode("utf-8", "surrogatepass"))
            for name, text in sorted(inputs.templates.items())
        },
        files={path: facts.sha256 for path, facts in sorted({**verbatim, **inputs.files}.items())},
        data=key_of(_encode(data)),
        rest=key_of(_encode((inputs.extensions, modes)), inputs.counts),
    )


def shape_of(document: Document) -> bytes:
    """Return a digest of what other pages, and their order, depend on."""
    own = OWN_FIELDS if document.kind == "post" else _TEXT
    shape = {
        name: getattr(document, name) for name in Document.__struct_fields__ if name not in own
    }
    return hashlib.blake2b(_encode(shape), digest_size=16).digest()


class Learnt(msgspec.Struct, frozen=True, kw_only=True):
    """What a build worked with, and those tables of a Known that do not wait for pages."""

    workings: BuildState
    tables: dict[str, Mapping[str, Any]]


def begin_learning(workings: BuildState) -> Learnt:
    """Return what can be learnt while others render pages."""
    viewer = workings.viewer
    tables: dict[str, Mapping[str, Any]] = {
        "shapes": {path: shape_of(document) for path, document in workings.documents.items()},
        "summaries": {source: encoded(viewer.summary(source)) for source in viewer.order.posts},
        "rows": {source: encoded(viewer.row(source)) for source in viewer.order.posts},
        "shown": _places(each.summaries for each in workings.uses),
        "rowed": _places(each.rows for each in workings.uses),
        "read": _places(each.documents for each in workings.uses),
        "outlines": {path: outline(document) for path, document in workings.documents.items()},
        "lights": {source: light(viewer.rendered[source]) for source in workings.routes.of_source},
        "refers": refers(workings.references),
    }
    return Learnt(workings=workings, tables=tables)


def learn(inputs: Inputs, built: Build, learnt: Learnt) -> Snapshot:
    """Return what a whole build leaves for the next one."""
    workings = learnt.workings
    published = (*workings.site.posts, *workings.site.pages)
    own = defaultdict(list)
    for problem in built.own_problems:
        own[problem.path].append(problem)
    return Snapshot(
        conditions=conditions_of(inputs),
        since=built.since,
        until=built.until,
        sources={source.path: source.sha256 for source in inputs.sources},
        links={each.source: (each.title, each.slug) for each in published},
        held=dict(workings.site.held),
        order=workings.viewer.order,
        routes=workings.routes.all,
        redirects=built.redirects,
        states=dict(built.states),
        machine=tuple(machine_file(each, inputs.assets_base) for each in built.machine_read),
        own_problems={path: tuple(problems) for path, problems in own.items()},
        other_problems=built.other_problems,
        calling=tuple(workings.calling),
        feeds=tuple(workings.planned),
        listed=dict(workings.listed),
        landing=built.landing,
        pages=built.pages,
        images=dict(workings.viewer.content.images),
        elsewhere=elsewhere(inputs),
        edition=edition_of(inputs),
        shortcodes=shortcode_keys(body_shared(workings.context)).all,
        searchable=(),
        **learnt.tables,
    )


def outline(document: Document) -> bytes:
    """Return a document without its text, encoded."""
    return _encode(msgspec.structs.replace(document, markdown=b"", heading="", matter=""))


def light(rendered: Rendered) -> bytes:
    """Return what became of a document's text without the HTML itself, encoded."""
    return _encode(msgspec.structs.replace(rendered, utf8=b""))


def refers(references: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return those addresses in texts that lead into the site, as they are written."""
    return {
        source: found
        for source, targets in references.items()
        if (found := [each for each in targets if leads_inside(each)])
    }


def edition_of(inputs: Inputs) -> Key:
    """Return a digest of all that one language knows of the others."""
    if inputs.edition is None:
        return key_of()
    edition = msgspec.structs.replace(inputs.edition, verbatim={})  # files are conditions
    return key_of(msgspec.msgpack.encode(edition, order="sorted"))


def elsewhere(inputs: Inputs) -> dict[str, str]:
    """Return where the documents of other languages lead, or why they are not published."""
    edition = inputs.edition
    if edition is None:
        return {}
    return {**edition.held, **{source: link.url for source, link in edition.elsewhere.items()}}


def machine_file(artifact: Artifact, base: str) -> MachineFile:
    """Return what is to be known of a file for machines."""
    assets = tuple(sorted(mentioned_urls([artifact], base)))
    return MachineFile(artifact.path, artifact.role, digest(artifact.content), assets)


def encoded(value: object) -> bytes:
    """Return a value encoded, for a table of such values."""
    return _encode(value)


def _places(used: Iterable[Iterable[str]]) -> dict[str, bytes]:
    """Return for each document the places of the routes that use it."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, sources in enumerate(used):
        for source in sources:
            places[source].append(place)
    return {source: encoded(found) for source, found in sorted(places.items())}
