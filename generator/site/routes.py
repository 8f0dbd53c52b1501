"""What has which URL: every page that a site consists of, collisions and aliases.

URLs here are internal: they begin with `/` and know nothing of a base path.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.content.collections import collection_of
from generator.content.frontmatter import Document
from generator.core.artifacts import Role
from generator.core.problems import Problem
from generator.core.urls import canonical, folders_of, output_path, path_fault, slugify, term_slug
from generator.site.catalogue import TAXONOMIES, Site, Taxonomy, Term, terms_of

PageKind = Literal[
    "home",
    "post",
    "page",
    "item",
    "posts",
    "term",
    "terms",
    "archive",
    "year",
    "collection",
    "photos",
    "blogroll",
    "search",
    "not_found",
]


NOT_FOUND = "/404.html"
"""The page for addresses that lead nowhere; a document may take its place."""


_FOLDER_PAGE = "index.html"

SEARCH = "/search/"
"""The page for searching, where `search:` in site.yaml wants one; a document may take its place."""

BLOGROLL = "/blogroll/"
"""The page of other sites, where `blogroll:` in site.yaml wants one; a document may take its
place."""

BLOGROLL_FILE = "/blogroll.opml"

PHOTOS = "/photos/"
"""The pages of all photographs, where `photos:` in site.yaml wants them; a document may take the
first one's place."""

PHOTOS_ON_A_PAGE = 30

_KIND_BY_URL: dict[str, PageKind] = {"/": "home", NOT_FOUND: "not_found"}

_KEPT = re.compile(
    r"/(?:(?:feed\.xml|feed\.json|rss\.xml|sitemap(?:-\d+)?\.xml|robots\.txt|llms\.txt"
    r"|site\.webmanifest)(?:/|$)|(?:assets|api|pagefind|_preview|\.tidepost)/)",
    re.IGNORECASE,
)
"""What the generator, the API and publishing keep for themselves."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the site. `source` is its document, or empty for a page made from many.

    `taxonomy`, `term` (a slug), `year`, `collection` and `number` (of a list's page, from 1) say
    which list.
    """

    url: str
    kind: PageKind
    source: str = ""
    taxonomy: Taxonomy | Literal[""] = ""
    term: str = ""
    year: int = 0
    collection: str = ""
    number: int = 1

    @property
    def output(self) -> str:
        """Where the page lies in the output folder."""
        return output_path(self.url)

    @property
    def role(self) -> Role:
        """A document's own page, or an entry that leads to pages."""
        return "page" if self.kind in ("post", "page", "item") else "entry"


class Routes(msgspec.Struct, frozen=True, kw_only=True):
    """Every route in a fixed order; the URL of each document; old URLs with where they lead."""

    all: tuple[Route, ...]
    of_source: dict[str, str]
    redirects: dict[str, str]


def is_kept(path: str) -> bool:
    """Return whether an internal path is one that nothing of the owner's can have."""
    return bool(_KEPT.match(path))


def plan_routes(site: Site, config: SiteConfig) -> tuple[Routes, list[Problem]]:
    """Give everything its URL. Problems name every file that a collision concerns."""
    problems: list[Problem] = []
    routes: list[Route] = []
    made = _made_beside(site, config)
    for document in (*site.pages, *site.posts):
        url = document_url(document, config)
        fault = path_fault(url)
        further = config.photos and url.casefold().startswith(f"{PHOTOS}page/")
        if not fault and (further or _KEPT.match(url) or _is_one_of(url, made)):
            fault = "Tidepost keeps that for itself"
        if not fault and _FOLDER_PAGE in url.split("/"):
            fault = f"`{_FOLDER_PAGE}` is the page of a folder, and cannot be a folder itself"
        if fault:
            problems.append(
                Problem(
                    path=document.source,
                    code="bad-url",
                    message=f"its URL would be `{url}`: {fault}",
                    hint=_PLACES if "{" in url else "set `slug:` or `permalink:`",
                    needle=_url_setting(document),
                )
            )
            continue
        kind: PageKind = _KIND_BY_URL.get(url, document.kind)
        if config.search and url == SEARCH:
            kind = "search"
        if config.photos and url == PHOTOS:
            kind = "photos"
        if config.blogroll and url == BLOGROLL:
            kind = "blogroll"
        routes.append(Route(url=url, kind=kind, source=document.source))
    taken = {route.url for route in routes}
    routes += [
        route for route in _lists(site, config) if route.url not in taken or route.number > 1
    ]
    if config.search and SEARCH not in taken:
        routes.append(Route(url=SEARCH, kind="search"))
    if config.photos and PHOTOS not in taken:
        routes.append(Route(url=PHOTOS, kind="photos"))
    if config.blogroll and BLOGROLL not in taken:
        routes.append(Route(url=BLOGROLL, kind="blogroll"))
    lists = [route for route in _collection_lists(config) if route.url not in taken]
    problems += _lists_in_the_way(routes, lists)
    routes += lists
    if NOT_FOUND not in taken:
        routes.append(Route(url=NOT_FOUND, kind="not_found"))
    documents = {document.source: document for document in (*site.pages, *site.posts)}
    problems += _collisions(routes, documents)
    redirects, found = _redirects(site, routes, config, made)
    of_source = {route.source: route.url for route in routes if route.source}
    return Routes(all=tuple(routes), of_source=of_source, redirects=redirects), problems + found


def _made_beside(site: Site, config: SiteConfig) -> frozenset[str]:
    """Return where the files lie that a site has beside its pages, folded to one case: no page can
    have a folder of that name."""
    made = [calendar_url(name, config) for name, each in config.collections.items() if each.events]
    made += [event_calendar(document_url(each, config)) for each in site.pages if each.event]
    made += [BLOGROLL_FILE] if config.blogroll else []
    return frozenset(url.casefold() for url in made)


def _is_one_of(url: str, made: frozenset[str]) -> bool:
    return url.rstrip("/").casefold() in made


def photo_pages(count: int) -> tuple[Route, ...]:
    """Return the routes of the pages of so many photographs, but for the first."""
    return tuple(
        Route(url=list_url("photos", number=number), kind="photos", number=number)
        for number in range(2, page_count(count, PHOTOS_ON_A_PAGE) + 1)
    )


def document_url(document: Document, config: SiteConfig) -> str:
    """Return the URL that a document has by its permalink, its kind's pattern and its slug.

    It ends with `/` or `.html`, since a file without either would not be served as a page.
    """
    pattern = document.permalink
    if not pattern:
        if document.kind == "page" and not _page_path(document):
            return "/"
        pattern = config.permalinks.post if document.kind == "post" else config.permalinks.page
        if name := collection_of(document):
            pattern = config.collections[name].permalink or f"/{name}/{{slug}}/"
    date = document.date
    parts = {
        "slug": document.slug,
        "path": _page_path(document),
        "category": term_slug(document.categories[0]) if document.categories else "posts",
        "year": f"{date.year:04}" if date else "draft",
        "month": f"{date.month:02}" if date else "00",
        "day": f"{date.day:02}" if date else "00",
    }
    for name, value in parts.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return canonical(pattern)


_PLACES = (
    "in braces stand {slug}, {path}, {category}, {year}, {month} or {day}, which documents fill in"
)


def list_url(
    kind: PageKind, taxonomy: str = "", term: str = "", year: int = 0, number: int = 1
) -> str:
    """Return the URL of a list's page; the first has no number."""
    base = {
        "posts": "/posts/",
        "terms": f"/{taxonomy}/",
        "term": f"/{taxonomy}/{term}/",
        "archive": "/archive/",
        "year": f"/archive/{year}/",
        "photos": PHOTOS,
    }[kind]
    return base if number == 1 else f"{base}page/{number}/"


def collection_url(name: str, config: SiteConfig) -> str:
    """Return the URL of a collection's list: what its documents' URLs begin with, or its name."""
    before = config.collections[name].permalink.partition("{")[0].rpartition("/")[0]
    return f"{before}/" if before else f"/{name}/"


def calendar_url(name: str, config: SiteConfig) -> str:
    """Return the URL of the file that has all events of a collection."""
    return f"{collection_url(name, config)}calendar.ics"


def event_calendar(url: str) -> str:
    """Return the URL of the file with one event, by that of its page."""
    return f"{url}event.ics" if url.endswith("/") else f"{posixpath.splitext(url)[0]}.ics"


def page_count(items: int, size: int) -> int:
    """Return how many pages a list of `items` has; an empty list has one."""
    return max(1, -(-items // size))


def _url_setting(document: Document) -> str:
    """Return the name of the setting that decides on a document's URL."""
    return "permalink" if document.permalink else "slug"


def _page_path(document: Document) -> str:
    """Return a page's place below content/pages, with its own slug as the last segment.

    Empty for the page that is the landing page.
    """
    parts = posixpath.splitext(document.source.removeprefix("content/pages/"))[0].split("/")
    if document.language:
        parts[-1] = parts[-1].removesuffix(f".{document.language}")
    if parts[-1] == "index":
        parts.pop()
    if not parts:
        return ""
    return "/".join([*(slugify(part) or part for part in parts[:-1]), document.slug])


def _lists(site: Site, config: SiteConfig) -> Iterable[Route]:
    """Yield the pages that are made from many documents."""
    size = config.page_size
    yield Route(url="/", kind="home")
    for number in range(1, page_count(len(site.posts), size) + 1):
        yield Route(url=list_url("posts", number=number), kind="posts", number=number)
    for taxonomy in TAXONOMIES:
        terms = site.terms[taxonomy]
        if terms:
            yield Route(url=list_url("terms", taxonomy), kind="terms", taxonomy=taxonomy)
        for term in terms.values():
            yield from _term_pages(taxonomy, term, size)
    yield Route(url=list_url("archive"), kind="archive")
    for year in sorted({post.date.year for post in site.posts if post.date}, reverse=True):
        yield Route(url=list_url("year", year=year), kind="year", year=year)


def _collection_lists(config: SiteConfig) -> list[Route]:
    return [
        Route(url=collection_url(name, config), kind="collection", collection=name)
        for name, settings in config.collections.items()
        if settings.list
    ]


def _lists_in_the_way(routes: Iterable[Route], lists: Iterable[Route]) -> list[Problem]:
    """Find collections whose list would lie where another one does."""
    taken = {route.output.casefold(): route.url for route in routes if not route.source}
    problems = []
    for route in lists:
        if other := taken.get(route.output.casefold()):
            problems.append(
                Problem(
                    path=CONFIG_FILE,
                    code="same-url",
                    message=f"the list of `{route.collection}` would be at `{other}`, where "
                    "another one is",
                    hint="set its `permalink:`, or `list: false`",
                )
            )
        taken[route.output.casefold()] = route.url
    return problems


def _term_pages(taxonomy: Taxonomy, term: Term, size: int) -> Iterable[Route]:
    for number in range(1, page_count(len(term.posts), size) + 1):
        url = list_url("term", taxonomy, term.slug, number=number)
        yield Route(url=url, kind="term", taxonomy=taxonomy, term=term.slug, number=number)


def _collisions(routes: Iterable[Route], documents: Mapping[str, Document]) -> list[Problem]:
    """Find pages that would be written to one file, also where case does not count, and pages in
    whose place another one needs a folder."""
    by_output: dict[str, list[Route]] = defaultdict(list)
    inside: dict[str, list[Route]] = defaultdict(list)
    for route in routes:
        output = route.output.casefold()
        by_output[output].append(route)
        if ".htm" in output:  # only such a file can have the name of a folder
            for folder in folders_of(output):
                inside[folder].append(route)
    problems: list[Problem] = []
    for output, same in by_output.items():
        names = [route.source or f"the list at {route.url}" for route in same]
        names += [f"a folder for {route.source or route.url}" for route in inside[output]]
        if len(names) < 2:
            continue
        if not any(route.source for route in same):
            for route in inside[output]:
                problems += _in_the_way_of(same[0], route, documents)
        for route in same:
            if not route.source:
                continue
            others = ", ".join(name for name in names if name != route.source)
            problems.append(
                Problem(
                    path=route.source,
                    code="same-url",
                    message=f"its URL `{route.url}` is also that of {others}",
                    hint="give one of them another `slug:` or `permalink:`",
                    needle=_url_setting(documents[route.source]),
                )
            )
    return problems


def _in_the_way_of(
    page: Route, route: Route, documents: Mapping[str, Document]
) -> Iterable[Problem]:
    """Blame the documents that make a `route` which needs a folder with the name of a `page` that
    no document makes."""
    said = f"would be at `{route.url}`, in a folder with the name of the page `{page.url}`"
    if route.source:
        yield Problem(
            path=route.source,
            code="same-url",
            message=f"it {said}",
            hint="give it another `slug:` or `permalink:`",
            needle=_url_setting(documents[route.source]),
        )
    elif route.kind == "collection":
        yield Problem(
            path=CONFIG_FILE,
            code="same-url",
            message=f"the list of `{route.collection}` {said}",
            hint="set its `permalink:`, or `list: false`",
        )
    elif route.taxonomy and route.term and route.number == 1:
        for document in documents.values():
            for name in terms_of(document, route.taxonomy):
                if document.kind == "post" and term_slug(name) == route.term:
                    yield Problem(
                        path=document.source,
                        code="same-url",
                        message=f"{route.taxonomy}: the list of `{name}` {said}",
                        hint="give it another name",
                        needle=route.taxonomy,
                    )


def _redirects(
    site: Site, routes: Iterable[Route], config: SiteConfig, made: frozenset[str]
) -> tuple[dict[str, str], list[Problem]]:
    """Return old URL -> URL, and aliases that are a page's URL or are claimed twice."""
    owner = {route.output.casefold(): route.source or "a list" for route in routes}
    url_of = {route.source: route.url for route in routes if route.source}
    folders = {folder: source for output, source in owner.items() for folder in folders_of(output)}
    redirects: dict[str, str] = {}
    claimed: dict[str, str] = {}
    problems = []
    wanted = [
        *(
            (document.source, alias, url_of.get(document.source, ""))
            for document in (*site.pages, *site.posts)
            for alias in document.aliases
        ),
        *((CONFIG_FILE, old, new) for old, new in config.redirects.items()),
    ]
    for source, alias, url in wanted:
        path = canonical(alias)
        spot = output_path(path).casefold()
        message = ""
        if owner.get(spot) == source:
            message = f"alias `{alias}` is this document's own URL"
        elif spot in owner:
            message = f"alias `{alias}` is the URL of {owner[spot]}"
        elif _KEPT.match(path) or _is_one_of(path, made):
            message = f"alias `{alias}`: Tidepost keeps that for itself"
        elif _FOLDER_PAGE in path.split("/"):
            message = f"alias `{alias}`: `{_FOLDER_PAGE}` is the page of a folder"
        elif spot in folders:
            message = f"alias `{alias}` is a folder of {folders[spot]}"
        elif above := [part for part in folders_of(spot) if part in owner or part in claimed]:
            holder = owner.get(above[0]) or claimed[above[0]]
            message = f"alias `{alias}` lies below a URL of {holder}"
        elif claimed.get(spot, source) != source:
            message = f"alias `{alias}` is also one of {claimed[spot]}"
        if message:
            problems.append(
                Problem(
                    path=source,
                    code="alias-collision",
                    message=message,
                    hint="remove the alias, or change it",
                    needle=alias,
                )
            )
        elif url:
            claimed[spot] = source
            folders |= dict.fromkeys(folders_of(spot), source)
            redirects[path] = url
    return redirects, problems
