"""The phases of a build in their order, and nothing else.

Everything comes in as values and goes out as values: this module reads no disk and no clock.
"""

from __future__ import annotations

import datetime as dt
import html as html_text
import itertools
import math
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from generator import __version__, extensions, feeds, links, search
from generator.artifacts import Artifact
from generator.assets import VERBATIM, Asset, make_assets, used_assets
from generator.card_steps import draw_all
from generator.catalogue import Order, Site, catalogue
from generator.collections import with_fields
from generator.config import CONFIG_FILE, SiteConfig
from generator.data import Data, FrozenDict, read_data
from generator.frontmatter import Document
from generator.levels import check_levels
from generator.links import Targets
from generator.locate import in_front_matter, line_in_matter
from generator.markup import RenderedBody
from generator.memo import Memo
from generator.names import folders_of, output_path, written_url
from generator.picture_steps import Gallery, MemoryStore, Store
from generator.pictures import plain_images
from generator.problems import Problem, SiteError, did_you_mean, errors
from generator.routes import Route, Routes, plan_routes
from generator.slots import without_empty_slots
from generator.sources import DataFile, FileFacts, Source
from generator.steps import (
    BodyJob,
    BodyShared,
    PageJob,
    PageShared,
    PageState,
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
from generator.templating import AssetLink, Compiled, Helpers, known_filters, shortcode_names
from generator.viewer import Counts, Rendered, Uses, Viewer, view_items, view_site
from generator.views import ItemView, LanguageView, Link, PageView, PostSummary, SiteView

Progress = Callable[[str], None]


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """What one language of a site knows of the whole; `editions` makes it.

    `folder` is where its output lies (`de/`, or empty for the site's own language) and `base` the
    path under which the whole site lives. `elsewhere` has the other languages' documents as links,
    by source path; `held` why some are not published. `translations`: what `twin` gives for a
    route -> the page's URL in each language that it is in.
    """

    folder: str
    base: str
    languages: tuple[LanguageView, ...]
    elsewhere: Mapping[str, Link]
    held: Mapping[str, str]
    translations: Mapping[str, dict[str, str]]


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that a build depends on. `counts` is the file that `counter.counts` names, or empty.

    `store` keeps pictures that were made. `edition` is there where the site has several languages,
    of which this is one.
    """

    config: SiteConfig
    sources: Sequence[Source]
    templates: Mapping[str, str]
    files: Mapping[str, FileFacts]
    data: Sequence[DataFile] = ()
    extensions: str = ""
    now: dt.datetime
    drafts: bool = False
    future: bool = False
    noindex: bool = False
    counts: bytes = b""
    store: Store = msgspec.field(default_factory=MemoryStore)
    edition: Edition | None = None

    @property
    def assets_base(self) -> str:
        """The path under which assets lie: languages share them."""
        return self.edition.base if self.edition else self.config.base

    @property
    def assets_config(self) -> SiteConfig:
        """The settings, with the address of the whole site, where pictures lie with the assets."""
        if not self.edition:
            return self.config
        return msgspec.structs.replace(self.config, url=self.config.origin + self.edition.base)

    @property
    def folder(self) -> str:
        """Where the output lies below the output folder."""
        return self.edition.folder if self.edition else ""


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


class Build(msgspec.Struct, frozen=True, kw_only=True):
    """What was built. `redirects`: old internal URL -> internal URL or address.

    `states` tells of each page, by its path, what every build needs to know, and `facts_of` gives
    the facts of one. `machine_read` are those of the artifacts that are there for machines.
    `own_problems` are about the texts of documents, and `other_problems` about all else. `landing`
    is the owner's text that the landing page must carry, as HTML. From `since` to `until` (seconds
    since 1970) the same inputs give the same again. `posts` and `pages` count the documents that
    are published. `found` is what a search may find, where the site has one.
    """

    artifacts: tuple[Artifact, ...]
    machine_read: tuple[Artifact, ...]
    redirects: dict[str, str]
    own_problems: tuple[Problem, ...]
    other_problems: tuple[Problem, ...]
    states: Mapping[str, PageState]
    facts_of: Callable[[str], bytes]
    documents: Mapping[str, Document]
    landing: str
    held: dict[str, str]
    since: float
    until: float
    posts: int
    pages: int
    found: tuple[search.Entry, ...] | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that was found to be wrong."""
        return (*self.own_problems, *self.other_problems)


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What a build goes by that no document's text has a part in."""

    inputs: Inputs
    site: SiteView
    assets: Mapping[str, Asset]
    pictures: Gallery
    targets: Targets
    counts: Counts
    helpers: Helpers
    compiled: Mapping[str, Compiled]


class Workings(msgspec.Struct, frozen=True, kw_only=True):
    """What a build has in hand when it renders its pages; `ahead` and `rebuild` go on from there.

    `references` are the addresses in each document's text, as written. `uses` tells for each route
    what its view shows, `feed` which posts the feeds hold, and `listed` what llms.txt says of the
    owner's pages, by their source.
    """

    frame: Frame
    documents: Mapping[str, Document]
    site: Site
    routes: Routes
    references: Mapping[str, Sequence[str]]
    viewer: Viewer
    pages: PageShared
    uses: Sequence[Uses]
    feed: Sequence[str]
    listed: Mapping[str, feeds.Listed]


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
    documents, own_problems = parse_all(inputs.sources, config, memo, run)
    site, problems = catalogue(
        documents.values(), config, inputs.now, drafts=inputs.drafts, future=inputs.future
    )
    routes, found = plan_routes(site, config)
    problems += found
    broken = {
        source.path: links.INVALID for source in inputs.sources if source.path not in documents
    }
    published = (*site.pages, *site.posts)
    frame, found = make_frame(
        inputs,
        site.order,
        routes.of_source,
        site.held | broken,
        document_links(
            ((each.source, each.title, each.slug) for each in (*site.posts, *site.pages)),
            routes.of_source,
            config.base,
        ),
        memo,
    )
    problems += found
    problems += check_layouts(published, frame.inputs.templates)
    problems += check_collections(config, frame.inputs.templates)
    if any(problem.code in FATAL for problem in (*own_problems, *problems)):
        raise SiteError(in_front_matter([*own_problems, *problems], documents))

    progress("Markdown")
    bodies = convert_bodies(frame, published, memo, run)
    frame.pictures.look_at(shown_files(published, bodies, frame), run)
    rendered, images, found = resolve_all(published, bodies, frame.targets, config)
    own_problems += found
    references = {
        source: [reference.target for reference in body.body.references]
        for source, body in bodies.items()
    }
    del bodies

    progress("Pages")
    viewer = Viewer(
        config,
        site.order,
        routes.of_source,
        {document.source: document for document in published},
        rendered,
        frame.site,
        images,
        frame.counts,
        frame.helpers.strings,
    )
    views, uses = view_all(viewer, routes.all)
    if inputs.edition:
        views = translated(views, routes.all, inputs.edition)
    helpers = msgspec.structs.replace(frame.helpers, posts=viewer.all_posts())
    shared = PageShared(
        templates=frame.inputs.templates,
        compiled=frame.compiled,
        helpers=helpers,
        base=inputs.assets_base,
    )
    listed = {view.source: feeds.listed(view) for view in views if feeds.is_listed(view)}
    feed = feed_posts(site.posts, config)
    if keep:
        keep(
            Workings(
                frame=frame,
                documents=documents,
                site=site,
                routes=routes,
                references=references,
                viewer=viewer,
                pages=shared,
                uses=uses,
                feed=feed,
                listed=listed,
            )
        )
    jobs = [
        PageJob(view=view, path=inputs.folder + route.output)
        for route, view in zip(routes.all, views, strict=True)
    ]
    pages, states, facts_of, found = render_pages(routes.all, jobs, shared, memo, run)
    problems += found

    machine_read = [
        *make_feeds(frame, viewer, feed),
        *feeds.make_sitemap(views, frame.site),
        feeds.make_llms(frame.site, listed.values(), map(feeds.listed, viewer.all_posts())),
        *make_small_files(frame),
    ]
    redirects = make_redirects(routes.redirects, frame)
    own, found = own_files(frame, viewer.all_posts(), (*pages, *machine_read, *redirects))
    machine_read += own
    problems += found
    verbatim, found = root_files(
        inputs.files,
        (*pages, *machine_read, *redirects, *(search.taken() if config.search else ())),
    )
    problems += found
    mentioned = {url for state in states.values() for url in state.assets}
    mentioned |= mentioned_urls(machine_read, inputs.assets_base)
    progress("Pictures")
    by_source = {document.source: document for document in published}
    shipped, found = ship(frame, mentioned, verbatim, by_source, run)
    problems += found
    home = next((page for page in site.pages if routes.of_source.get(page.source) == "/"), None)
    since, until = unchanging(inputs, documents.values(), site.held)
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
        states=states,
        facts_of=facts_of,
        documents=documents,
        landing=rendered[home.source].body if home else "",
        held=dict(site.held),
        since=since,
        until=until,
        posts=len(site.posts),
        pages=len(site.pages),
        found=search.entries(views, rendered, config.language) if config.search else None,
    )


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


def make_frame(
    inputs: Inputs,
    order: Order,
    url_of: Mapping[str, str],
    held: Mapping[str, str],
    documents: Mapping[str, Link],
    memo: Memo,
) -> tuple[Frame, list[Problem]]:
    """Make ready what a build goes by; `documents` are the links that templates can ask for."""
    config = inputs.config
    tables = {name: text for name, text in inputs.templates.items() if name.startswith(TABLES)}
    templates = {name: text for name, text in inputs.templates.items() if name not in tables}
    inputs = msgspec.structs.replace(inputs, templates=without_empty_slots(templates))
    assets, problems = make_assets(inputs.files, inputs.assets_base)
    counts, found = read_counts(inputs.counts, config)
    problems += found
    strings, found = remembered_strings(config.language, tables, memo)
    problems += found
    site_view = view_site(config, order, strings, noindex=inputs.noindex, version=__version__)
    edition = inputs.edition
    if edition:
        site_view = msgspec.structs.replace(
            site_view, root=f"{edition.base}/", languages=edition.languages
        )
        elsewhere = {source: edition.elsewhere[source] for source in sorted(edition.elsewhere)}
        documents = {**linked_names(elsewhere), **documents}
        held = {**edition.held, **held}
    data, found = read_data(inputs.data, memo)
    problems += found
    problems += check_levels(config.checks)
    compiled: Mapping[str, Compiled] = {}
    own, found = load_extensions(inputs)
    problems += found
    if not errors(found):  # templates may use what could not be loaded
        compiled, found = remembered_templates(inputs.templates, memo, own.filters)
        problems += found
    pictures = Gallery(assets, inputs.files, inputs.assets_config, memo, inputs.store)
    targets = Targets(
        documents=url_of,
        held=held,
        files=pictures.link,
        base=config.base,
        elsewhere={source: link.url for source, link in edition.elsewhere.items()}
        if edition
        else {},
    )
    frame = Frame(
        inputs=inputs,
        site=site_view,
        assets=assets,
        pictures=pictures,
        targets=targets,
        counts=counts,
        helpers=make_helpers(
            inputs,
            assets,
            site_view,
            data,
            strings,
            documents,
            view_collections(order, url_of, config),
        ),
        compiled=compiled,
    )
    return frame, problems


def view_all(viewer: Viewer, routes: Iterable[Route]) -> tuple[list[PageView], list[Uses]]:
    """Return the view of each route, and what it shows."""
    viewer.prepare()
    views, uses = [], []
    for route in routes:
        viewer.uses = Uses()
        views.append(viewer.view(route))
        uses.append(viewer.uses)
    viewer.uses = Uses()
    return views, uses


def twin(route: Route) -> str:
    """Return what a page has in common with its translations: its document's path without the
    language, or which list it is; empty for one that has none."""
    if route.kind == "home":
        return "home"
    if route.source:
        folder, _, name = route.source.rpartition("/")
        stem, *_, suffix = name.split(".")
        return f"{folder}/{stem}.{suffix}"
    if route.kind == "not_found" or route.number > 1:
        return ""
    which = (route.kind, route.taxonomy, route.term, route.year, route.collection)
    return ":".join(map(str, which))


def translated(
    views: Iterable[PageView], routes: Iterable[Route], edition: Edition
) -> list[PageView]:
    """Return views that know of the same pages in other languages."""
    return [
        msgspec.structs.replace(view, translations=edition.translations[name])
        if (name := twin(route)) in edition.translations
        else view
        for view, route in zip(views, routes, strict=True)
    ]


def placed(artifacts: Iterable[Artifact], folder: str) -> Iterable[Artifact]:
    """Return artifacts that lie in `folder` of the output."""
    if not folder:
        return artifacts
    return [msgspec.structs.replace(each, path=folder + each.path) for each in artifacts]


def language_in_name(path: str, config: SiteConfig) -> str:
    """Return the language of the site that a file's name says: `hello.de.md` is in German."""
    if not config.languages:
        return ""
    parts = path.rpartition("/")[2].split(".")
    known = (config.language, *config.languages)
    return parts[-2] if len(parts) > 2 and parts[-2] in known else ""


def parse_all(
    sources: Iterable[Source], config: SiteConfig, memo: Memo, run: Runner
) -> tuple[dict[str, Document], list[Problem]]:
    """Parse sources; those with errors are left out."""
    ordered = sorted(sources, key=lambda source: source.path)
    jobs = [
        SourceJob(
            path=each.path,
            sha256=each.sha256,
            kind=each.kind,
            draft=each.draft,
            read=each.read,
            language=language_in_name(each.path, config),
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
    documents, found = with_fields(documents, config)
    return documents, problems + found


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


def document_links(
    documents: Iterable[tuple[str, str, str]], url_of: Mapping[str, str], base: str
) -> dict[str, Link]:
    """Return what `ref` finds: each document under its file, its file's name and its slug.

    `documents` are source path, title and slug of each.
    """
    found: dict[str, Link] = {}
    for source, title, slug in documents:
        if source not in url_of:
            continue  # it cannot have a URL, which is told elsewhere
        link = Link(title=title, url=base + written_url(url_of[source]))
        for name in (*names_of(source), slug):
            found.setdefault(name, link)
    return found


def names_of(source: str) -> tuple[str, str]:
    """Return the names by which `ref` knows a file."""
    below_content = source.removeprefix("content/")
    return below_content, posixpath.basename(below_content)


def linked_names(documents: Mapping[str, Link]) -> dict[str, Link]:
    """Return what `ref` finds of other languages: by the file, since slugs are each language's."""
    found: dict[str, Link] = {}
    for source, link in documents.items():
        for name in names_of(source):
            found.setdefault(name, link)
    return found


def make_helpers(
    inputs: Inputs,
    assets: Mapping[str, Asset],
    site_view: SiteView,
    data: Data,
    strings: Strings,
    documents: Mapping[str, Link],
    collections: Mapping[str, tuple[ItemView, ...]],
) -> Helpers:
    """Return what templates can ask for; posts are added when they are rendered."""
    return Helpers(
        site=site_view,
        strings=strings,
        origin=inputs.config.origin,
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
        collections=collections,
        extensions=inputs.extensions,
    )


def load_extensions(inputs: Inputs) -> tuple[extensions.Extensions, list[Problem]]:
    """Return the site's own functions, and what is wrong with them before anything calls them."""
    if not inputs.extensions:
        return extensions.NONE, []
    problems = extensions.examine(inputs.extensions)
    if errors(problems):
        return extensions.NONE, problems
    own = extensions.load(inputs.extensions)
    made = shortcode_names(inputs.templates)
    return own, problems + extensions.check_names(own, known_filters(), made)


def own_files(
    frame: Frame, posts: Sequence[PostSummary], others: Iterable[Artifact]
) -> tuple[list[Artifact], list[Problem]]:
    """Return the files that the site's own functions make beside `others`."""
    if not frame.inputs.extensions:
        return [], []
    own = extensions.load(frame.inputs.extensions)
    return extensions.make_outputs(own, frame.site, posts, frame.helpers.data.values, others)


def check_layouts(documents: Iterable[Document], templates: Mapping[str, str]) -> list[Problem]:
    """Find documents whose layout does not exist."""
    problems = []
    for document in documents:
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


def check_collections(config: SiteConfig, templates: Mapping[str, str]) -> list[Problem]:
    """Find collections whose layout does not exist."""
    problems = []
    for name, settings in config.collections.items():
        wanted = [settings.layout] if settings.layout else []
        for layout in (*wanted, *(["collection"] if settings.list else [])):
            if f"{layout}.html" not in templates:
                problems.append(
                    Problem(
                        path=CONFIG_FILE,
                        code="missing-layout",
                        message=f"collection `{name}`: there is no templates/{layout}.html",
                        hint=did_you_mean(f"{layout}.html", templates) or "make one",
                        needle=name,
                    )
                )
    return problems


def view_collections(
    order: Order, url_of: Mapping[str, str], config: SiteConfig
) -> Mapping[str, tuple[ItemView, ...]]:
    """Return the documents of every collection as templates see them."""
    return FrozenDict(
        {name: view_items(items, url_of, config) for name, items in order.collections.items()}
    )


def convert_bodies(
    frame: Frame, documents: Sequence[Document], memo: Memo, run: Runner
) -> dict[str, RenderedBody]:
    """Turn the Markdown of documents into HTML."""
    config = frame.inputs.config
    shared = BodyShared(
        settings=config.markdown,
        templates=frame.inputs.templates,
        compiled=frame.compiled,
        helpers=frame.helpers,
    )
    jobs = []
    for document in documents:
        url = frame.targets.documents[document.source]
        page = ShortcodePage(
            url=config.base + written_url(url),
            title=document.title,
            kind="home" if url == "/" else document.kind,
            known=frame.counts.of(url),
        )
        jobs.append(BodyJob(text=document.body, page=page))
    bodies = remembered_bodies(shared, jobs, memo, run)
    return {document.source: body for document, body in zip(documents, bodies, strict=True)}


def shown_files(
    documents: Iterable[Document], bodies: Mapping[str, RenderedBody], frame: Frame
) -> Iterable[str]:
    """Yield the files whose pictures texts, front matter and settings show."""
    for document in documents:
        for reference in bodies[document.source].body.references:
            if reference.sized:
                yield links.find_file(reference.target, document.source, frame.assets)
        if document.image:
            yield links.find_file(document.image, document.source, frame.assets)
    if image := frame.inputs.config.image:
        yield links.find_file(image, CONFIG_FILE, frame.assets)


def resolve_all(
    documents: Iterable[Document],
    bodies: Mapping[str, RenderedBody],
    targets: Targets,
    config: SiteConfig,
) -> tuple[dict[str, Rendered], dict[str, str], list[Problem]]:
    """Resolve what bodies and front matter refer to.

    Returns the final bodies, the picture of each document (the site's own under an empty name),
    and what is referred to in vain.
    """
    rendered: dict[str, Rendered] = {}
    images: dict[str, str] = {}
    problems: list[Problem] = []
    for document in documents:
        body = bodies[document.source]

        def line_of(text: str, document: Document = document) -> int:
            return line_in(document, text)

        html, found = links.resolve(body.body, document.source, targets, line_of)
        problems += found
        for problem in body.problems:
            line = line_of(problem.needle)
            problems.append(msgspec.structs.replace(problem, path=document.source, line=line))
        excerpt, _ = links.resolve(body.excerpt, document.source, targets, line_of, first=False)
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
) -> tuple[list[Artifact], dict[str, PageState], Callable[[str], bytes], list[Problem]]:
    """Render pages; return the artifacts, what is known of each by its path, a function from a path
    to the page's encoded facts, and mistakes.

    One mistake in a template is told once, however many pages it is on.
    """
    artifacts: list[Artifact] = []
    states: dict[str, PageState] = {}
    facts: dict[str, bytes] = {}
    mistakes: dict[tuple[str, int, str], list[Problem]] = {}
    pages = remembered_pages(shared, jobs, memo, run)
    for route, job, page in zip(routes, jobs, pages, strict=True):
        if page.record is None:
            if found := page.problem:
                mistakes.setdefault((found.path, found.line, found.code), []).append(found)
            continue
        examined = page.record.examined
        states[job.path] = PageState(
            page.key, page.record.sha256, page.record.assets, examined.card
        )
        facts[job.path] = examined.facts
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
    return artifacts, states, facts.__getitem__, problems


def feed_posts(posts: Iterable[Document], config: SiteConfig) -> list[str]:
    """Return the posts that feeds hold, by their source paths."""
    shown = (post.source for post in posts if not post.noindex)
    return list(itertools.islice(shown, config.feeds.items))


def make_feeds(frame: Frame, viewer: Viewer, posts: Iterable[str]) -> list[Artifact]:
    """Make the feeds of `posts`."""
    origin = frame.inputs.config.origin
    items = []
    for source in posts:
        post = viewer.summary(source)
        html = plain_images(viewer.rendered[source].body)
        html = links.make_absolute(html, origin, post.permalink)
        items.append(feeds.FeedItem(post=post, html=html))
    return feeds.make_feeds(frame.site, origin, items)


def make_small_files(frame: Frame) -> list[Artifact]:
    """Make what is there for machines and knows of no document."""
    return [
        feeds.make_robots(frame.site),
        feeds.make_web_manifest(frame.inputs.config, frame.site, frame.assets),
    ]


def make_redirects(redirects: Mapping[str, str], frame: Frame) -> list[Artifact]:
    """Make a page for each old URL."""
    base, strings = frame.inputs.config.base, frame.helpers.strings
    return [
        feeds.make_redirect(output_path(old), base + written_url(new), strings)
        for old, new in sorted(redirects.items())
    ]


def ship(
    frame: Frame,
    mentioned: Iterable[str],
    verbatim: Iterable[Artifact],
    documents: Mapping[str, Document],
    run: Runner,
) -> tuple[list[Artifact], list[Problem]]:
    """Return the files that pages need, whose URLs are `mentioned`, and those of static/root/.

    Pictures are published without their metadata, and in the sizes that are asked for. `documents`
    are asked for what is written on social cards.
    """
    mentioned = frozenset(mentioned)
    files = [
        *(asset.artifact() for asset in used_assets(frame.assets, mentioned)),
        *verbatim,
    ]
    shipped, problems = frame.pictures.ship(files, mentioned, run)
    if frame.inputs.config.social_cards:
        shipped += draw_all(
            mentioned,
            frame.targets.documents,
            documents,
            frame.inputs.assets_config,
            frame.helpers.strings,
            frame.inputs.store,
            run,
        )
    return shipped, problems


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


def mentioned_urls(artifacts: Iterable[Artifact], base: str) -> set[str]:
    """Return every asset URL that stands in what was built."""
    asset_url = re.compile(re.escape(f"{base}/assets/".encode()) + rb"[\w./%~+-]+")
    found: set[bytes] = set()
    for artifact in artifacts:
        found.update(asset_url.findall(artifact.content))
    return {url.decode() for url in found}
