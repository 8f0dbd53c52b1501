"""The phases of a build: each takes values and returns one, and none fills in another's."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.content.events import over
from generator.content.frontmatter import Document
from generator.content.parse import parse_all
from generator.content.source_lines import in_front_matter
from generator.core.artifacts import Artifact
from generator.core.cache import Cache
from generator.core.jobs import Progress, Runner, counted
from generator.core.problems import Problem, SiteError
from generator.pipeline.bodies import (
    Begun,
    begin_bodies,
    convert_bodies,
    resolve_all,
    with_pictures,
)
from generator.pipeline.context import (
    BuildContext,
    document_links,
    make_context,
    names_from_outside,
    shows_counts,
)
from generator.pipeline.edition import own_routes, translated
from generator.pipeline.inputs import Inputs
from generator.pipeline.layouts import check_collections, check_layouts, no_templates
from generator.pipeline.machine_files import (
    make_feeds,
    make_redirects,
    make_small_files,
    mentioned_urls,
    own_files,
)
from generator.pipeline.pages import RenderedPages, Shown, ViewLog, collect_pages, view_each
from generator.pipeline.static_files import root_files, ship
from generator.render import feeds, search_index
from generator.render.page_jobs import Page, PageJob, PageShared, cached_pages
from generator.render.view_builder import Rendered, SiteContent, Viewer
from generator.render.views import PageView
from generator.site import links
from generator.site.calendars import make_calendars
from generator.site.catalogue import Site, catalogue, held_back
from generator.site.feed_plans import FeedPlan, plan_feeds
from generator.site.routes import Routes, photo_pages, plan_routes

FATAL = {
    "bad-data",
    "bad-strings",
    "bad-url",
    "extension-error",
    "extension-name",
    "missing-layout",
    "same-url",
    "template-syntax",
}
"""Errors after which nothing is made: pages would only report them again, in worse words."""


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """Every document that can be read, with its errors and warnings; `begun` is the Markdown that
    is being worked on."""

    documents: Mapping[str, Document]
    problems: Sequence[Problem]
    begun: Begun


class SitePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the site consists of, before any of it is made. `problems` are about all but the texts
    of documents."""

    parsed: Parsed
    site: Site
    routes: Routes
    context: BuildContext
    problems: Sequence[Problem]

    @property
    def published(self) -> tuple[Document, ...]:
        """The documents that have a page."""
        return (*self.site.pages, *self.site.posts)


class Bodies(msgspec.Struct, frozen=True, kw_only=True):
    """What the Markdown of all documents became, by source path.

    `images` has the address of each document's picture, and `references` the addresses in its text
    as they are written. `calling` are documents that may call shortcodes.
    """

    rendered: Mapping[str, Rendered]
    images: Mapping[str, str]
    references: Mapping[str, Sequence[str]]
    calling: Sequence[str]
    problems: Sequence[Problem]


class BegunPages(msgspec.Struct, frozen=True, kw_only=True):
    """The view of every page, while `pages` are being rendered from them."""

    viewer: Viewer
    shared: PageShared
    log: ViewLog
    pages: Iterator[Page]


class MachineFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Files for machines that are made from views; `listed` is what llms.txt says of the owner's
    pages by source path."""

    artifacts: Sequence[Artifact]
    planned: Sequence[FeedPlan]
    listed: Mapping[str, feeds.Listed]


class StaticFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What lies beside the pages: assets and files as they are, redirects, and all files for
    machines."""

    shipped: Sequence[Artifact]
    redirects: Sequence[Artifact]
    machine_read: Sequence[Artifact]
    problems: Sequence[Problem]


def read(inputs: Inputs, cache: Cache, run: Runner) -> Parsed:
    """Parse every source, and begin with the Markdown of what will be published.

    Raises SiteError where there is no template at all.
    """
    documents, problems = parse_all(inputs.sources, inputs.config, cache, run)
    if not inputs.templates:
        raise SiteError(in_front_matter([*problems, no_templates()], documents))
    wanted = (
        document
        for document in documents.values()
        if not held_back(document, inputs.now, drafts=inputs.drafts, future=inputs.future)
    )
    begun = begin_bodies(wanted, inputs, cache, run)
    return Parsed(documents=documents, problems=problems, begun=begun)


def plan(inputs: Inputs, parsed: Parsed, cache: Cache) -> SitePlan:
    """Decide what is published, in which order, at which URL, and by which templates and data.

    Raises SiteError where that cannot be decided.
    """
    config, documents = inputs.config, parsed.documents
    site, problems = catalogue(
        documents.values(), config, inputs.now, drafts=inputs.drafts, future=inputs.future
    )
    routes, found = plan_routes(site, config)
    if inputs.folder:
        routes = own_routes(routes)
    problems += found
    broken = {
        source.path: links.INVALID for source in inputs.sources if source.path not in documents
    }
    named = ((each.source, each.title, each.slug) for each in (*site.posts, *site.pages))
    context, found = make_context(
        inputs,
        site.order,
        routes.of_source,
        site.held | broken,
        document_links(named, routes.of_source, config.base),
        cache,
    )
    problems += found
    made = SitePlan(parsed=parsed, site=site, routes=routes, context=context, problems=problems)
    problems += check_layouts(made.published, context.inputs.templates)
    problems += check_collections(config, context.inputs.templates)
    problems += _without_effect(config)
    if any(problem.code in FATAL for problem in (*parsed.problems, *problems)):
        raise SiteError(in_front_matter([*parsed.problems, *problems], documents))
    return made


def _without_effect(config: SiteConfig) -> list[Problem]:
    """Find settings of earlier versions that say nothing any more, and an address at which no
    reader finds the site."""
    if re.match(r"https?://(?:localhost|127\.|\[::1\])", config.url):
        message = (
            f"`{config.url}` is on your own computer, and stands in feeds and in search engines"
        )
        hint = "write the address that readers will type; `serve` shows the site here all the same"
        return [
            Problem(
                path=CONFIG_FILE, code="url-local", message=message, hint=hint, severity="warning"
            )
        ]
    if not config.markdown.engine:
        return []
    message = f"`{config.markdown.engine}`: there is one reader for all Markdown now"
    hint = "remove `engine:`; docs/markdown.md describes how posts are read"
    problem = Problem(
        path=CONFIG_FILE, code="obsolete-setting", message=message, hint=hint, severity="warning"
    )
    return [problem]


def convert(plan: SitePlan, cache: Cache, run: Runner, progress: Progress) -> Bodies:
    """Make the final HTML of every document, with what it refers to resolved."""
    context = plan.context
    bodies = convert_bodies(context, plan.published, plan.parsed.begun, cache, run)
    bodies = counted(bodies, len(plan.published), progress, "Markdown")
    rendered, images, references, problems = resolve_all(
        with_pictures(bodies, context, run), context.targets, context.inputs.config
    )
    plain = {document.source for document in plan.parsed.begun.documents}
    return Bodies(
        rendered=rendered,
        images=images,
        references=references,
        calling=[each.source for each in plan.published if each.source not in plain],
        problems=problems,
    )


def with_photo_pages(plan: SitePlan, bodies: Bodies) -> SitePlan:
    """Return the plan with a page for each thirty photographs: how many there are, texts show."""
    if not plan.context.inputs.config.photos:
        return plan
    count = sum(len(bodies.rendered[post.source].photos) for post in plan.site.posts)
    routes = msgspec.structs.replace(plan.routes, all=(*plan.routes.all, *photo_pages(count)))
    return msgspec.structs.replace(plan, routes=routes)


def begin_pages(plan: SitePlan, bodies: Bodies, cache: Cache, run: Runner) -> BegunPages:
    """Make the view of every page; other processes render the first meanwhile, where there are
    some."""
    viewer = make_viewer(plan, bodies)
    shared = share(plan, viewer)
    shown, to_render = itertools.tee(views(plan, viewer))
    rendering = msgspec.structs.replace(shared, aside=plan.context.inputs.aside)
    pages = cached_pages(rendering, page_jobs(to_render, plan, viewer), cache, run)
    return BegunPages(viewer=viewer, shared=shared, log=ViewLog(tuple(shown)), pages=pages)


def make_viewer(plan: SitePlan, bodies: Bodies) -> Viewer:
    """Return what makes views of all that a site is planned to show."""
    context = plan.context
    return Viewer(
        SiteContent(
            config=context.inputs.config,
            order=plan.site.order,
            url_of=plan.routes.of_source,
            documents={document.source: document for document in plan.published},
            rendered=bodies.rendered,
            images=bodies.images,
            counts=context.counts,
            strings=context.helpers.strings,
            root=context.site.root,
            counted=shows_counts(context.inputs),
            blogroll=context.blogroll,
        )
    )


def share(plan: SitePlan, viewer: Viewer) -> PageShared:
    """Return what the rendering of all pages has in common."""
    context, inputs = plan.context, plan.context.inputs
    # Each process is given them, so they are worked out only for templates that ask for them.
    asked = "posts" in names_from_outside(context)["pages"]
    return PageShared(
        templates=inputs.templates,
        compiled=context.compiled,
        helpers=msgspec.structs.replace(context.helpers, posts=viewer.all_posts() if asked else ()),
        base=inputs.assets_base,
        timezone=inputs.config.timezone,
    )


def views(plan: SitePlan, viewer: Viewer) -> Iterator[Shown]:
    """Yield the view of every page."""
    shown = view_each(viewer, plan.routes.all)
    edition = plan.context.inputs.edition
    if not edition:
        return shown
    return (each._replace(view=translated(each.view, each.route, edition)) for each in shown)


def page_jobs(shown: Iterable[Shown], plan: SitePlan, viewer: Viewer) -> Iterator[PageJob]:
    """Yield what is to be rendered."""
    folder, rendered = plan.context.inputs.folder, viewer.rendered
    for route, view, _ in shown:
        body = rendered[route.source].sha256 if route.source else ""
        yield PageJob(view=view, path=folder + route.output, body=body)


def machine_files(plan: SitePlan, begun: BegunPages) -> MachineFiles:
    """Make feeds, sitemap, llms.txt and the like."""
    context, viewer, views = plan.context, begun.viewer, begun.log.views
    planned = plan_feeds(plan.site, context.inputs.config)
    listed = {view.source: feeds.listed(view) for view in views if feeds.is_listed(view)}
    posts = map(feeds.listed, viewer.all_posts())
    artifacts = (
        *make_feeds(context, viewer, planned),
        *feeds.make_sitemap(views, context.site),
        feeds.make_llms(context.site, listed.values(), posts),
        *make_small_files(context),
        *make_calendars(plan.site.collections, plan.routes.of_source, context.inputs.config),
    )
    return MachineFiles(artifacts=artifacts, planned=planned, listed=listed)


def render(begun: BegunPages, progress: Progress) -> RenderedPages:
    """Take in the rendered pages."""
    shown = begun.log.shown
    pages = counted(begun.pages, len(shown), progress, "Pages")
    return collect_pages((each.route for each in shown), pages)


def static_files(
    plan: SitePlan, begun: BegunPages, pages: RenderedPages, machine: MachineFiles, run: Runner
) -> StaticFiles:
    """Make what the site's own functions make, redirects, and the assets that anything mentions."""
    context, inputs = plan.context, plan.context.inputs
    redirects = make_redirects(plan.routes.redirects, context)
    own, problems = own_files(
        context, begun.viewer.all_posts(), (*pages.artifacts, *machine.artifacts, *redirects)
    )
    machine_read = (*machine.artifacts, *own)
    taken = search_index.taken() if inputs.config.search else ()
    verbatim, found = root_files(
        inputs.files, (*pages.artifacts, *machine_read, *redirects, *taken)
    )
    problems += found
    mentioned = {url for state in pages.states.values() for url in state.assets}
    mentioned |= mentioned_urls(machine_read, inputs.assets_base)
    by_source = {document.source: document for document in plan.published}
    shipped, found = ship(context, mentioned, verbatim, by_source, run)
    return StaticFiles(
        shipped=shipped,
        redirects=redirects,
        machine_read=machine_read,
        problems=[*problems, *found],
    )


def findable(
    plan: SitePlan, views: Iterable[PageView], bodies: Bodies
) -> tuple[search_index.Entry, ...] | None:
    """Return what a search may find in these pages, where the site has one."""
    context = plan.context
    if not context.inputs.config.search:
        return None
    locale = context.helpers.strings.locale
    return search_index.entries(views, bodies.rendered, context.site, locale)


def unchanging(
    inputs: Inputs, documents: Iterable[Document], held: Mapping[str, str]
) -> tuple[float, float]:
    """Return the moments between which the same documents are published, and the same events are
    over: from the last date that has come to the next one that will."""
    now = inputs.now
    moments = []
    undated = False
    for each in documents:
        date = over(each) if each.event else each.date
        moments += [moment.timestamp() for moment in (date, each.expires) if moment]
        undated = undated or (each.date is None and each.source not in held)
    if inputs.drafts and undated:
        # A draft without a date is shown as today's, and tomorrow as tomorrow's.
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        moments += [today.timestamp(), (today + dt.timedelta(days=1)).timestamp()]
    before = max((moment for moment in moments if moment <= now.timestamp()), default=-math.inf)
    after = min((moment for moment in moments if moment > now.timestamp()), default=math.inf)
    return before, after
