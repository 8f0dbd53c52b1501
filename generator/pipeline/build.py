"""A whole build: its phases in their order, and nothing else.

Everything comes in as values and goes out as values: this module reads no disk and no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.content.frontmatter import Document
from generator.content.source_lines import in_front_matter
from generator.core.cache import Cache
from generator.core.jobs import Counting, Progress, Runner
from generator.pipeline import phases
from generator.pipeline.edition import placed
from generator.pipeline.inputs import Inputs
from generator.pipeline.pages import RenderedPages
from generator.pipeline.phases import BegunPages, Bodies, MachineFiles, SitePlan, StaticFiles
from generator.pipeline.results import Build, BuildState
from generator.render.search_index import Entry


def build(
    inputs: Inputs,
    cache: Cache,
    run: Runner,
    progress: Progress,
    keep: Callable[[BuildState], None] | None = None,
) -> Build:
    """Make every artifact of the site, and find every error that shows on the way.

    `keep` is given what the build works with, while pages are rendered. Raises SiteError where
    errors leave nothing to build.
    """
    parsed = phases.read(inputs, cache, run)
    plan = phases.plan(inputs, parsed, cache)
    progress("Markdown")
    bodies = phases.convert(plan, cache, run, progress)
    plan = phases.with_photo_pages(plan, bodies)
    progress("Pages")
    begun = phases.begin_pages(plan, bodies, cache, run)
    machine = phases.machine_files(plan, begun)
    if keep:
        keep(state_of(plan, bodies, begun, machine))
    pages = phases.render(begun, progress)
    progress("Pictures")
    pictures = Counting(run, progress, "Pictures")
    static = phases.static_files(plan, begun, pages, machine, pictures)
    found = phases.findable(plan, begun.log.views, bodies)
    return result_of(plan, bodies, pages, static, parsed.documents, found)


def state_of(
    plan: SitePlan, bodies: Bodies, begun: BegunPages, machine: MachineFiles
) -> BuildState:
    """Return what a build works with."""
    documents = plan.parsed.documents
    since, until = phases.unchanging(plan.context.inputs, documents.values(), plan.site.held)
    return BuildState(
        context=plan.context,
        documents=documents,
        site=plan.site,
        routes=plan.routes,
        references=bodies.references,
        calling=bodies.calling,
        viewer=begun.viewer,
        pages=begun.shared,
        uses=begun.log.uses,
        planned=machine.planned,
        listed=machine.listed,
        since=since,
        until=until,
    )


def result_of(
    plan: SitePlan,
    bodies: Bodies,
    pages: RenderedPages,
    static: StaticFiles,
    documents: Mapping[str, Document],
    found: tuple[Entry, ...] | None,
) -> Build:
    """Put together what a build has made; `documents` are those that can be read, with their
    texts, and `found` is what a search may find."""
    inputs, site, routes = plan.context.inputs, plan.site, plan.routes
    rendered = bodies.rendered
    home = next((page for page in site.pages if routes.of_source.get(page.source) == "/"), None)
    since, until = phases.unchanging(inputs, plan.parsed.documents.values(), site.held)
    own_problems = [*plan.parsed.problems, *bodies.problems]
    return Build(
        artifacts=(
            *static.shipped,
            *placed(static.redirects, inputs.folder),
            *pages.artifacts,
            *placed(static.machine_read, inputs.folder),
        ),
        machine_read=tuple(static.machine_read),
        redirects=dict(routes.redirects),
        own_problems=tuple(in_front_matter(own_problems, documents)),
        other_problems=tuple(in_front_matter([*plan.problems, *static.problems], documents)),
        mistakes=tuple(pages.problems),
        states=pages.states,
        facts_of=pages.facts.__getitem__,
        documents=documents,
        landing=rendered[home.source].body if home else "",
        held=dict(site.held),
        since=since,
        until=until,
        posts=len(site.posts),
        pages=len(site.pages),
        found=found,
    )
