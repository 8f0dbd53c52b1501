"""The phases of a build in their order, and nothing else.

Everything comes in as values and goes out as values: this module reads no disk and no clock.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.content.frontmatter import Document
from generator.content.parse import parse_all
from generator.content.source_lines import in_front_matter
from generator.core.artifacts import Artifact
from generator.core.cache import Cache
from generator.core.jobs import Runner
from generator.core.problems import Problem, SiteError
from generator.markdown.convert import RenderedBody
from generator.pipeline.bodies import begin_bodies, convert_bodies, resolve_all, with_pictures
from generator.pipeline.context import (
    BuildContext,
    document_links,
    make_context,
    names_from_outside,
)
from generator.pipeline.edition import own_routes, placed, translated
from generator.pipeline.inputs import Inputs, Progress
from generator.pipeline.machine_files import (
    feed_posts,
    make_feeds,
    make_redirects,
    make_small_files,
    mentioned_urls,
    own_files,
)
from generator.pipeline.pages import render_pages, view_each
from generator.pipeline.results import Build, BuildState
from generator.pipeline.static_files import root_files, ship
from generator.render import feeds, search_index
from generator.render.layouts import check_collections, check_layouts, no_templates
from generator.render.page_jobs import PageJob, PageShared
from generator.render.view_builder import Rendered, Uses, Viewer
from generator.render.views import PageView
from generator.site import links
from generator.site.catalogue import catalogue, held_back
from generator.site.routes import plan_routes

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
"""Mistakes after which nothing is made: pages would only tell them again, in worse words."""


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
    hint = "remove `engine:`; docs/markdown.md tells how posts are read"
    problem = Problem(
        path=CONFIG_FILE, code="obsolete-setting", message=message, hint=hint, severity="warning"
    )
    return [problem]


def build(
    inputs: Inputs,
    cache: Cache,
    run: Runner,
    progress: Progress,
    keep: Callable[[BuildState], None] | None = None,
) -> Build:
    """Make every artifact of the site, and find every mistake that shows on the way.

    `keep` is given what the build works with, while pages are rendered. Raises SiteError where
    mistakes leave nothing to build.
    """
    config = inputs.config
    documents, own_problems = parse_all(inputs.sources, config, cache, run)
    if not inputs.templates:
        raise SiteError(in_front_matter([*own_problems, no_templates()], documents))
    begun = begin_bodies(
        (
            document
            for document in documents.values()
            if not held_back(document, inputs.now, drafts=inputs.drafts, future=inputs.future)
        ),
        config,
        cache,
        run,
    )
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
    published = (*site.pages, *site.posts)
    context, found = make_context(
        inputs,
        site.order,
        routes.of_source,
        site.held | broken,
        document_links(
            ((each.source, each.title, each.slug) for each in (*site.posts, *site.pages)),
            routes.of_source,
            config.base,
        ),
        cache,
    )
    problems += found
    problems += check_layouts(published, context.inputs.templates)
    problems += check_collections(config, context.inputs.templates)
    problems += _without_effect(config)
    if any(problem.code in FATAL for problem in (*own_problems, *problems)):
        raise SiteError(in_front_matter([*own_problems, *problems], documents))

    progress("Markdown")
    references: dict[str, list[str]] = {}

    def noted(
        bodies: Iterable[tuple[Document, RenderedBody]],
    ) -> Iterator[tuple[Document, RenderedBody]]:
        for document, body in bodies:
            references[document.source] = [each.target for each in body.body.references]
            yield document, body

    bodies = with_pictures(convert_bodies(context, published, begun, cache, run), context, run)
    rendered, images, found = resolve_all(noted(bodies), context.targets, config)
    own_problems += found

    progress("Pages")
    viewer = Viewer(
        config,
        site.order,
        routes.of_source,
        {document.source: document for document in published},
        rendered,
        context.site,
        images,
        context.counts,
        context.helpers.strings,
    )
    # Each process is given them, so they are worked out only for templates that ask for them.
    asked = "posts" in names_from_outside(context)["pages"]
    helpers = msgspec.structs.replace(context.helpers, posts=viewer.all_posts() if asked else ())
    shared = PageShared(
        templates=context.inputs.templates,
        compiled=context.compiled,
        helpers=helpers,
        base=inputs.assets_base,
        timezone=config.timezone,
    )
    since, until = unchanging(inputs, documents.values(), site.held)
    views: list[PageView] = []
    uses: list[Uses] = []
    feed = feed_posts(site.posts, config)
    machine_read: list[Artifact] = []

    def jobs() -> Iterator[PageJob]:
        """Yield pages while others are rendered already; then make what needs only views, and hand
        over what is known by then."""
        for route, (view, used) in zip(routes.all, view_each(viewer, routes.all), strict=True):
            if inputs.edition:
                view = translated(view, route, inputs.edition)
            views.append(view)
            uses.append(used)
            yield PageJob(view=view, path=inputs.folder + route.output)
        machine_read.extend(make_feeds(context, viewer, feed))
        machine_read.extend(feeds.make_sitemap(views, context.site))
        listed = {view.source: feeds.listed(view) for view in views if feeds.is_listed(view)}
        posts = map(feeds.listed, viewer.all_posts())
        machine_read.append(feeds.make_llms(context.site, listed.values(), posts))
        machine_read.extend(make_small_files(context))
        if keep:
            keep(
                BuildState(
                    context=context,
                    documents=documents,
                    site=site,
                    routes=routes,
                    references=references,
                    viewer=viewer,
                    pages=shared,
                    uses=uses,
                    feed=feed,
                    listed=listed,
                    since=since,
                    until=until,
                )
            )

    rendering = msgspec.structs.replace(shared, aside=inputs.aside)
    pages, states, facts_of, mistakes = render_pages(routes.all, jobs(), rendering, cache, run)
    redirects = make_redirects(routes.redirects, context)
    own, found = own_files(context, viewer.all_posts(), (*pages, *machine_read, *redirects))
    machine_read += own
    problems += found
    verbatim, found = root_files(
        inputs.files,
        (*pages, *machine_read, *redirects, *(search_index.taken() if config.search else ())),
    )
    problems += found
    mentioned = {url for state in states.values() for url in state.assets}
    mentioned |= mentioned_urls(machine_read, inputs.assets_base)
    progress("Pictures")
    by_source = {document.source: document for document in published}
    shipped, found = ship(context, mentioned, verbatim, by_source, run)
    problems += found
    home = next((page for page in site.pages if routes.of_source.get(page.source) == "/"), None)
    return Build(
        artifacts=(
            *shipped,
            *placed(redirects, inputs.folder),
            *pages,
            *placed(machine_read, inputs.folder),
        ),
        machine_read=tuple(machine_read),
        redirects=dict(routes.redirects),
        own_problems=tuple(in_front_matter(own_problems, documents)),
        other_problems=tuple(in_front_matter(problems, documents)),
        mistakes=tuple(mistakes),
        states=states,
        facts_of=facts_of,
        documents=documents,
        landing=rendered[home.source].body if home else "",
        held=dict(site.held),
        since=since,
        until=until,
        posts=len(site.posts),
        pages=len(site.pages),
        found=_found(context, views, rendered) if config.search else None,
    )


def _found(
    context: BuildContext, views: Iterable[PageView], rendered: Mapping[str, Rendered]
) -> tuple[search_index.Entry, ...]:
    return search_index.entries(views, rendered, context.site, context.helpers.strings.locale)


def unchanging(
    inputs: Inputs, documents: Iterable[Document], held: Mapping[str, str]
) -> tuple[float, float]:
    """Return the moments between which the same documents are published: from the last date that
    has come to the next one that will."""
    now = inputs.now
    moments = []
    undated = False
    for each in documents:
        moments += [moment.timestamp() for moment in (each.date, each.expires) if moment]
        undated = undated or (each.date is None and each.source not in held)
    if inputs.drafts and undated:
        # A draft without a date is shown as today's, and tomorrow as tomorrow's.
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        moments += [today.timestamp(), (today + dt.timedelta(days=1)).timestamp()]
    before = max((moment for moment in moments if moment <= now.timestamp()), default=-math.inf)
    after = min((moment for moment in moments if moment > now.timestamp()), default=math.inf)
    return before, after
