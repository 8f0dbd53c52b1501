"""Single pages of the next build, before the rest of it: for whoever looks at them.

They are made from what the last build left, as a build after an edit makes them (see rebuild), so
they are the same bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from generator.checks.page.facts import PageFacts
from generator.checks.run import Examined
from generator.checks.severity import relevel
from generator.config.settings import SiteConfig
from generator.content.source_lines import in_front_matter
from generator.core.cache import Cache, NoCache
from generator.core.jobs import run_here
from generator.core.problems import Problem, errors
from generator.incremental.lazy_tables import whole
from generator.incremental.rebuild import Rebuilding, read_edited
from generator.incremental.snapshot import Snapshot, conditions_of, shape_of
from generator.pipeline.bodies import body_shared
from generator.pipeline.inputs import Inputs
from generator.pipeline.pages import view_of
from generator.render.body_jobs import shortcode_keys
from generator.render.page_jobs import PageJob, cached_pages

_LARGE_KINDS = frozenset({"archive", "year", "terms"})
"""Pages that may list the whole site, so that making one takes long."""


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """Pages of the next build, by their output paths, in UTF-8.

    `files` are assets that they mention, by output path, and `assets` the URLs of all that they
    mention below `/assets/`. `problems` are errors for which the build will fail; then there are no
    pages.
    """

    pages: Mapping[str, bytes] = {}
    files: Mapping[str, bytes] = {}
    assets: frozenset[str] = frozenset()
    problems: Sequence[Problem] = ()


def ahead(inputs: Inputs, known: Snapshot, cache: Cache, wanted: Collection[str]) -> Ahead | None:
    """Return the pages at the output paths `wanted` as the next build will make them, where texts,
    templates of pages or style sheets have changed; a page is left out where more must be known for
    it, and all of them, by None, where more has changed.

    Raises SnapshotMissing where something is not known any more.
    """
    config, edition = inputs.config, inputs.edition
    if edition or not _shows_only(inputs, known):
        return None
    read = read_edited(inputs, known, cache, run_here)
    if read is None:
        return None
    documents, problems = read
    if found := _errors(in_front_matter(problems, documents), config):
        return Ahead(problems=found)
    if any(shape_of(each) != known.shapes[path] for path, each in documents.items()):
        return None
    building = Rebuilding(inputs, known, cache, run_here, documents, problems)
    context = building.context
    if found := _errors(building.context_problems, config):
        return Ahead(problems=found)
    if (
        conditions_of(inputs) != known.conditions
        and shortcode_keys(body_shared(context)).all != known.shortcodes
    ):
        return None
    fresh = building.published()
    if fresh is None or (fresh and "posts" in building.mentioned["pages"]):
        return None
    if found := _errors(in_front_matter(building.convert(fresh), documents), config):
        return Ahead(problems=found)
    viewer = building.viewer(fresh)
    routes = [
        route for route in known.routes if route.output in wanted and route.kind not in _LARGE_KINDS
    ]
    jobs = [PageJob(view=view_of(viewer, route), path=route.output) for route in routes]
    shared = msgspec.structs.replace(building.shared(viewer), aside=None)
    pages: dict[str, bytes] = {}
    mentioned: set[str] = set()
    for page in cached_pages(shared, jobs, NoCache(), run_here):
        if page.problem:
            return Ahead(problems=_errors([page.problem], config))
        if page.record and _is_in_order(page.record.examined, config):
            pages[page.path] = page.load()
            mentioned.update(page.record.assets)
    files = {
        asset.path: asset.content
        for asset in context.assets.values()
        if asset.url in mentioned and asset.content is not None
    }
    return Ahead(pages=pages, files=files, assets=frozenset(mentioned))


def _shows_only(inputs: Inputs, known: Snapshot) -> bool:
    """Return whether, besides documents, only templates and style sheets have changed, to which no
    text leads: a link to one has its digest."""
    was, now = known.conditions, conditions_of(inputs)
    files = [path for path, sha256 in now.files.items() if was.files.get(path) != sha256]
    names = [path.rpartition("/")[2] for path in files]
    return (
        (was.settings, was.data, was.rest) == (now.settings, now.data, now.rest)
        and was.files.keys() == now.files.keys()
        and all(path.endswith(".css") for path in files)
        and not (names and _mentioned(names, known))
    )


def _mentioned(names: Collection[str], known: Snapshot) -> bool:
    targets = (target for found in whole(known.refers).values() for target in found)
    return any(name in target for target in targets for name in names)


def _errors(problems: Iterable[Problem], config: SiteConfig) -> list[Problem]:
    return errors(relevel(list(problems), config.checks))


def _is_in_order(examined: Examined, config: SiteConfig) -> bool:
    """Return whether nothing is wrong with a page alone that keeps it from being published."""
    if examined.card.clean:
        return True
    facts = msgspec.msgpack.decode(examined.facts, type=PageFacts)
    return not _errors(facts.problems, config)
