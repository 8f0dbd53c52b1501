"""The phases of a build in their order, and nothing else.

Everything comes in as values and goes out as values: this module reads no disk and no clock.
"""

from __future__ import annotations

import datetime as dt
import html as html_text
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from generator import __version__, feeds, links
from generator.artifacts import Artifact
from generator.assets import VERBATIM, Asset, make_assets, used_assets
from generator.catalogue import Site, catalogue
from generator.checks.cards import PageCard
from generator.config import CONFIG_FILE, SiteConfig
from generator.data import Data, read_data
from generator.frontmatter import Document
from generator.levels import check_levels
from generator.links import FileLink, Targets
from generator.locate import in_front_matter, line_in_matter
from generator.markup import RenderedBody
from generator.memo import Memo
from generator.names import folders_of, output_path, written_url
from generator.problems import Problem, SiteError, did_you_mean
from generator.routes import Route, Routes, plan_routes
from generator.sources import DataFile, FileFacts, Source
from generator.steps import (
    BodyJob,
    BodyShared,
    PageJob,
    PageRecord,
    PageShared,
    Runner,
    ShortcodePage,
    SourceJob,
    remembered_bodies,
    remembered_documents,
    remembered_pages,
    remembered_templates,
)
from generator.strings import FOLDER as TABLES
from generator.strings import Strings, remembered_strings
from generator.templating import AssetLink, Compiled, Helpers
from generator.viewer import Counts, Rendered, Viewer, view_site
from generator.views import Link, PageView, SiteView

Progress = Callable[[str], None]


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that a build depends on. `counts` is the file that `counter.counts` names, or empty."""

    config: SiteConfig
    sources: Sequence[Source]
    templates: Mapping[str, str]
    files: Mapping[str, FileFacts]
    data: Sequence[DataFile] = ()
    now: dt.datetime
    drafts: bool = False
    future: bool = False
    noindex: bool = False
    counts: bytes = b""


class Build(msgspec.Struct, frozen=True, kw_only=True):
    """What was built. `redirects`: old internal URL -> internal URL or address.

    `cards` tell of each page, by its path, what the checks of every build need to know, and
    `facts_of` gives the rest. `landing` is the owner's text that the landing page must carry, as
    HTML.
    """

    artifacts: tuple[Artifact, ...]
    redirects: dict[str, str]
    problems: tuple[Problem, ...]
    cards: dict[str, PageCard]
    facts_of: Callable[[str], bytes]
    documents: dict[str, Document]
    landing: str
    held: dict[str, str]
    site: SiteView


class Workings(msgspec.Struct, frozen=True, kw_only=True):
    """What a build has in hand when it renders its pages; `ahead` goes on from there."""

    inputs: Inputs
    documents: Mapping[str, Document]
    site: Site
    routes: Routes
    assets: Mapping[str, Asset]
    targets: Targets
    counts: Counts
    viewer: Viewer
    pages: PageShared


def build(
    inputs: Inputs,
    memo: Memo,
    run: Runner,
    progress: Progress,
    keep: Callable[[Workings], None] | None = None,
) -> Build:
    """Make every artifact of the site, and find every mistake that shows on the way.

    `keep` is given what the build worked with. Raises SiteError where mistakes leave nothing to
    build.
    """
    config = inputs.config
    tables = {name: text for name, text in inputs.templates.items() if name.startswith(TABLES)}
    templates = {name: text for name, text in inputs.templates.items() if name not in tables}
    inputs = msgspec.structs.replace(inputs, templates=templates)
    documents, problems = parse_all(inputs.sources, config, memo, run)
    site, found = catalogue(
        documents.values(), config, inputs.now, drafts=inputs.drafts, future=inputs.future
    )
    problems += found
    routes, found = plan_routes(site, config)
    problems += found
    assets, found = make_assets(inputs.files, config.base)
    problems += found
    counts, found = read_counts(inputs.counts, config)
    problems += found
    strings, found = remembered_strings(config.language, tables, memo)
    problems += found
    site_view = view_site(config, site, strings, noindex=inputs.noindex, version=__version__)
    data, found = read_data(inputs.data, memo)
    problems += found
    helpers = make_helpers(config, site, routes, assets, site_view, data, strings)
    problems += check_levels(config.checks)
    compiled, found = remembered_templates(inputs.templates, memo)
    problems += found
    problems += check_layouts(site, inputs.templates)
    fatal = {"bad-data", "bad-strings", "bad-url", "missing-layout", "same-url", "template-syntax"}
    if any(problem.code in fatal for problem in problems):
        raise SiteError(in_front_matter(problems, documents))

    progress("Markdown")
    bodies = convert_bodies(inputs, site, routes, helpers, compiled, counts, memo, run)
    broken = {
        source.path: links.INVALID for source in inputs.sources if source.path not in documents
    }
    targets = Targets(
        documents=routes.of_source,
        held=site.held | broken,
        files=lambda path: _file_link(assets.get(path)),
        base=config.base,
    )
    rendered, images, found = resolve_all(site, bodies, targets, config)
    problems += found

    progress("Pages")
    viewer = Viewer(
        config,
        site.order,
        routes.of_source,
        {document.source: document for document in (*site.pages, *site.posts)},
        rendered,
        site_view,
        images,
        counts,
        strings,
    )
    views = [viewer.view(route) for route in routes.all]
    helpers = msgspec.structs.replace(helpers, posts=viewer.all_posts())
    shared = PageShared(
        templates=inputs.templates, compiled=compiled, helpers=helpers, base=config.base
    )
    if keep:
        keep(
            Workings(
                inputs=inputs,
                documents=documents,
                site=site,
                routes=routes,
                assets=assets,
                targets=targets,
                counts=counts,
                viewer=viewer,
                pages=shared,
            )
        )
    jobs = [
        PageJob(view=view, path=route.output) for route, view in zip(routes.all, views, strict=True)
    ]
    pages, records, found = render_pages(routes.all, jobs, shared, memo, run)
    problems += found

    machine_read = make_machine_read(config, site, site_view, viewer, views, rendered, assets)
    redirects = [
        feeds.make_redirect(output_path(old), config.base + written_url(new), strings)
        for old, new in sorted(routes.redirects.items())
    ]
    verbatim, found = root_files(inputs.files, (*pages, *machine_read, *redirects))
    problems += found
    mentioned = {url for record in records.values() for url in record.assets}
    mentioned |= _mentioned_urls(machine_read, config.base)
    shipped = [asset.artifact() for asset in used_assets(assets, mentioned)]
    home = next((page for page in site.pages if routes.of_source.get(page.source) == "/"), None)
    return Build(
        artifacts=(*shipped, *verbatim, *redirects, *pages, *machine_read),
        redirects=dict(routes.redirects),
        problems=tuple(in_front_matter(problems, documents)),
        cards={path: record.examined.card for path, record in records.items()},
        facts_of=lambda path: records[path].examined.facts,
        documents=documents,
        landing=rendered[home.source].body if home else "",
        held=dict(site.held),
        site=site_view,
    )


def parse_all(
    sources: Iterable[Source], config: SiteConfig, memo: Memo, run: Runner
) -> tuple[dict[str, Document], list[Problem]]:
    """Parse every source; those with errors are left out."""
    ordered = sorted(sources, key=lambda source: source.path)
    jobs = [
        SourceJob(
            path=each.path, sha256=each.sha256, kind=each.kind, draft=each.draft, read=each.read
        )
        for each in ordered
    ]
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for source, parsed in zip(
        ordered, remembered_documents(config.timezone, jobs, memo, run), strict=True
    ):
        problems += parsed.problems
        if parsed.document:
            documents[source.path] = parsed.document
    return documents, problems


def read_counts(raw: bytes, config: SiteConfig) -> tuple[Counts, list[Problem]]:
    """Read the numbers that pages show to readers without JavaScript."""
    if not (raw and config.counter.enabled and config.counter.baked):
        return Counts(), []
    try:
        return msgspec.json.decode(raw, type=Counts), []
    except msgspec.MsgspecError:
        problem = Problem(
            path=config.counter.counts,
            code="bad-counts",
            message="not an export of view counts",
            hint="make it anew with `python publish.py stats`",
        )
        return Counts(), [problem]


def make_helpers(
    config: SiteConfig,
    site: Site,
    routes: Routes,
    assets: Mapping[str, Asset],
    site_view: SiteView,
    data: Data,
    strings: Strings,
) -> Helpers:
    """Return what templates can ask for; posts are added when they are rendered."""
    documents: dict[str, Link] = {}
    for document in (*site.posts, *site.pages):
        if document.source not in routes.of_source:
            continue  # it cannot have a URL, which is told elsewhere
        url = config.base + written_url(routes.of_source[document.source])
        link = Link(title=document.title, url=url)
        below_content = document.source.removeprefix("content/")
        for name in (below_content, posixpath.basename(below_content), document.slug):
            documents.setdefault(name, link)
    return Helpers(
        site=site_view,
        strings=strings,
        origin=config.origin,
        assets={
            source.removeprefix("static/"): AssetLink(
                url=asset.url, integrity=asset.integrity, width=asset.width, height=asset.height
            )
            for source, asset in assets.items()
            if source.startswith("static/")
        },
        documents=documents,
        posts=None,
        data=data,
    )


def check_layouts(site: Site, templates: Mapping[str, str]) -> list[Problem]:
    """Find documents whose layout does not exist."""
    problems = []
    for document in (*site.posts, *site.pages):
        if document.layout and f"{document.layout}.html" not in templates:
            layouts = [name.removesuffix(".html") for name in templates if "/" not in name]
            problems.append(
                Problem(
                    path=document.source,
                    code="missing-layout",
                    message=f"layout `{document.layout}`: there is no such template",
                    hint=did_you_mean(document.layout, layouts)
                    or f"expected it at templates/{document.layout}.html",
                    needle="layout",
                )
            )
    return problems


def convert_bodies(
    inputs: Inputs,
    site: Site,
    routes: Routes,
    helpers: Helpers,
    compiled: Mapping[str, Compiled],
    counts: Counts,
    memo: Memo,
    run: Runner,
) -> dict[str, RenderedBody]:
    """Turn the Markdown of every published document into HTML."""
    shared = BodyShared(
        settings=inputs.config.markdown,
        templates=inputs.templates,
        compiled=compiled,
        helpers=helpers,
    )
    documents = (*site.pages, *site.posts)
    jobs = []
    for document in documents:
        url = routes.of_source[document.source]
        page = ShortcodePage(
            url=inputs.config.base + written_url(url),
            title=document.title,
            kind="home" if url == "/" else document.kind,
            known=counts.of(url),
        )
        jobs.append(BodyJob(text=document.body, page=page))
    bodies = remembered_bodies(shared, jobs, memo, run)
    return {document.source: body for document, body in zip(documents, bodies, strict=True)}


def resolve_all(
    site: Site, bodies: Mapping[str, RenderedBody], targets: Targets, config: SiteConfig
) -> tuple[dict[str, Rendered], dict[str, str], list[Problem]]:
    """Resolve what bodies and front matter refer to.

    Returns the final bodies, the picture of each document (the site's own under an empty name),
    and what is referred to in vain.
    """
    rendered: dict[str, Rendered] = {}
    images: dict[str, str] = {}
    problems: list[Problem] = []
    for document in (*site.pages, *site.posts):
        body = bodies[document.source]

        def line_of(text: str, document: Document = document) -> int:
            return line_in(document, text)

        html, found = links.resolve(body.body, document.source, targets, line_of)
        problems += found
        for problem in body.problems:
            line = line_of(problem.needle)
            problems.append(msgspec.structs.replace(problem, path=document.source, line=line))
        excerpt, _ = links.resolve(body.excerpt, document.source, targets, line_of)
        excerpt = links.lead_to(
            excerpt, config.base + written_url(targets.documents[document.source])
        )
        if document.excerpt:
            excerpt = f"<p>{html_text.escape(document.excerpt)}</p>"
        rendered[document.source] = Rendered(
            body=html,
            excerpt=excerpt,
            summary=body.summary,
            headings=body.headings,
            words=body.words,
            minutes=body.minutes,
        )
        if document.image:
            images[document.source], found = links.resolve_address(
                document.image,
                document.source,
                targets,
                partial(_line_of_setting, "image", document),
            )
            problems += found
    if config.image:
        images[""], found = links.resolve_address(config.image, CONFIG_FILE, targets, lambda _: 0)
        problems += found
    return rendered, images, links.suggest(problems, targets)


def render_pages(
    routes: Sequence[Route], jobs: Sequence[PageJob], shared: PageShared, memo: Memo, run: Runner
) -> tuple[list[Artifact], dict[str, PageRecord], list[Problem]]:
    """Render every page; return the artifacts, what is known of each by its path, and mistakes.

    One mistake in a template is told once, however many pages it is on.
    """
    artifacts: list[Artifact] = []
    records: dict[str, PageRecord] = {}
    mistakes: dict[tuple[str, int, str], list[Problem]] = {}
    pages = remembered_pages(shared, jobs, memo, run)
    for route, job, page in zip(routes, jobs, pages, strict=True):
        if page.record is None:
            if found := page.problem:
                mistakes.setdefault((found.path, found.line, found.code), []).append(found)
            continue
        records[job.path] = page.record
        artifacts.append(
            Artifact(
                path=job.path,
                role=route.role,
                load=page.load,
                sha256=page.record.sha256,
                source=route.source,
            )
        )
    problems = []
    for same in mistakes.values():
        others = len(same) - 1
        more = f" and {others} more page{'' if others == 1 else 's'}" if others else ""
        problems.append(msgspec.structs.replace(same[0], message=same[0].message + more))
    return artifacts, records, problems


def make_machine_read(
    config: SiteConfig,
    site: Site,
    site_view: SiteView,
    viewer: Viewer,
    views: Sequence[PageView],
    rendered: Mapping[str, Rendered],
    assets: Mapping[str, Asset],
) -> list[Artifact]:
    """Make what is there for machines."""
    items = [
        feeds.FeedItem(
            post=viewer.summary(post.source),
            html=links.make_absolute(
                rendered[post.source].body,
                config.origin,
                viewer.summary(post.source).permalink,
            ),
        )
        for post in [post for post in site.posts if not post.noindex][: config.feeds.items]
    ]
    return [
        *feeds.make_feeds(site_view, config.origin, items),
        *feeds.make_sitemap(views, site_view),
        feeds.make_robots(site_view),
        feeds.make_llms(site_view, views, viewer.all_posts()),
        feeds.make_web_manifest(config, site_view, assets),
    ]


def root_files(
    files: Mapping[str, FileFacts], others: Iterable[Artifact]
) -> tuple[list[Artifact], list[Problem]]:
    """Return what static/root/ puts at the site's root, and where a page is in its way."""
    taken = {artifact.path.casefold() for artifact in others}
    folders = {folder for path in taken for folder in folders_of(path)}
    artifacts: list[Artifact] = []
    problems: list[Problem] = []
    for source in sorted(files):
        if not source.startswith(VERBATIM):
            continue
        path = source.removeprefix(VERBATIM)
        spot = path.casefold()
        if spot in taken or spot in folders or not taken.isdisjoint(folders_of(spot)):
            problems.append(
                Problem(
                    path=source,
                    code="same-url",
                    message=f"`/{path}` is also a page or a folder of pages, or made by Tidepost",
                    hint="rename or remove this file",
                )
            )
        else:
            taken.add(spot)
            artifacts.append(
                Artifact(
                    path=path,
                    role="entry",
                    copy_of=source,
                    sha256=files[source].sha256,
                    source=source,
                )
            )
    return artifacts, problems


def _line_of_setting(name: str, document: Document, _: str) -> int:
    return line_in_matter(name, document.matter)


def line_in(document: Document, text: str) -> int:
    """Return the line of the source file on which `text` stands in the body, or 0."""
    place = document.body.find(text) if text else -1
    if place < 0:
        return 0
    return document.body_line + document.body.count("\n", 0, place)


def _file_link(asset: Asset | None) -> FileLink | None:
    if asset is None:
        return None
    return FileLink(url=asset.url, width=asset.width, height=asset.height)


def _mentioned_urls(artifacts: Iterable[Artifact], base: str) -> set[str]:
    """Return every asset URL that stands in what was built."""
    asset_url = re.compile(re.escape(f"{base}/assets/".encode()) + rb"[\w./%~+-]+")
    found: set[bytes] = set()
    for artifact in artifacts:
        found.update(asset_url.findall(artifact.content))
    return {url.decode() for url in found}
