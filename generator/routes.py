"""What has which URL: every page that a site consists of, collisions and aliases.

URLs here are internal: they begin with `/` and know nothing of a base path.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

import msgspec

from generator.artifacts import Role
from generator.catalogue import TAXONOMIES, Site, Taxonomy, Term
from generator.config import SiteConfig
from generator.frontmatter import Document
from generator.names import output_path, path_fault
from generator.problems import Problem

PageKind = Literal["home", "post", "page", "posts", "term", "terms", "archive", "year", "not_found"]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the site. `source` is its document, or empty for a page made from many.

    `taxonomy`, `term` (a slug), `year` and `number` (of a list's page, from 1) say which list.
    """

    url: str
    kind: PageKind
    source: str = ""
    taxonomy: Taxonomy | Literal[""] = ""
    term: str = ""
    year: int = 0
    number: int = 1

    @property
    def output(self) -> str:
        """Where the page lies in the output folder."""
        return output_path(self.url)

    @property
    def role(self) -> Role:
        """A document's own page, or an entry that leads to pages."""
        return "page" if self.kind in ("post", "page") else "entry"


class Routes(msgspec.Struct, frozen=True, kw_only=True):
    """Every route in a fixed order; the URL of each document; old URLs with where they lead."""

    all: tuple[Route, ...]
    of_source: dict[str, str]
    redirects: dict[str, str]


def plan_routes(site: Site, config: SiteConfig) -> tuple[Routes, list[Problem]]:
    """Give everything its URL. Problems name every file that a collision concerns."""
    problems: list[Problem] = []
    routes: list[Route] = []
    for document in (*site.pages, *site.posts):
        url = document_url(document, config)
        if fault := path_fault(url):
            problems.append(
                Problem(
                    path=document.source,
                    code="bad-url",
                    message=f"its URL would be `{url}`: {fault}",
                    hint="set `slug:` or `permalink:`",
                    needle="permalink" if document.permalink else "slug",
                )
            )
            continue
        kind: PageKind = "home" if url == "/" else document.kind
        routes.append(Route(url=url, kind=kind, source=document.source))
    taken = {route.url for route in routes}
    routes += [
        route for route in _lists(site, config) if route.url not in taken or route.number > 1
    ]
    if "/404.html" not in taken:
        routes.append(Route(url="/404.html", kind="not_found"))
    problems += _collisions(routes)
    redirects, found = _redirects(site, routes)
    of_source = {route.source: route.url for route in routes if route.source}
    return Routes(all=tuple(routes), of_source=of_source, redirects=redirects), problems + found


def document_url(document: Document, config: SiteConfig) -> str:
    """Return the URL that a document has by its permalink, its kind's pattern and its slug."""
    pattern = document.permalink
    if not pattern:
        if document.kind == "page" and document.source == "content/pages/index.md":
            return "/"
        pattern = config.permalinks.post if document.kind == "post" else config.permalinks.page
    date = document.date
    parts = {
        "slug": document.slug,
        "path": _page_path(document),
        "category": document.categories[0].lower() if document.categories else "posts",
        "year": f"{date.year:04}" if date else "draft",
        "month": f"{date.month:02}" if date else "00",
        "day": f"{date.day:02}" if date else "00",
    }
    for name, value in parts.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern


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
    }[kind]
    return base if number == 1 else f"{base}page/{number}/"


def page_count(items: int, size: int) -> int:
    """Return how many pages a list of `items` has; an empty list has one."""
    return max(1, -(-items // size))


def _page_path(document: Document) -> str:
    """Return a page's place below content/pages, with its own slug as the last segment."""
    parts = document.source.removeprefix("content/pages/").removesuffix(".md").split("/")
    if parts[-1] == "index":
        parts.pop()
    return "/".join([*parts[:-1], document.slug])


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


def _term_pages(taxonomy: Taxonomy, term: Term, size: int) -> Iterable[Route]:
    for number in range(1, page_count(len(term.posts), size) + 1):
        url = list_url("term", taxonomy, term.slug, number=number)
        yield Route(url=url, kind="term", taxonomy=taxonomy, term=term.slug, number=number)


def _collisions(routes: Iterable[Route]) -> list[Problem]:
    """Find pages that would be written to one file, also where case does not count."""
    by_output: dict[str, list[Route]] = defaultdict(list)
    for route in routes:
        by_output[route.output.casefold()].append(route)
    problems = []
    for same in by_output.values():
        if len(same) < 2:
            continue
        names = [route.source or f"the list at {route.url}" for route in same]
        for route in same:
            if not route.source:
                continue
            others = ", ".join(name for name in names if name != route.source)
            problems.append(
                Problem(
                    path=route.source,
                    code="same-url",
                    message=f"its URL `{route.url}` is also that of {others or 'itself'}",
                    hint="give one of them another `slug:` or `permalink:`",
                    needle="permalink",
                )
            )
    return problems


def _redirects(site: Site, routes: Iterable[Route]) -> tuple[dict[str, str], list[Problem]]:
    """Return old URL -> URL, and aliases that are a page's URL or are claimed twice."""
    owner = {route.output.casefold(): route for route in routes}
    url_of = {route.source: route.url for route in routes if route.source}
    redirects: dict[str, str] = {}
    claimed: dict[str, str] = {}
    problems = []
    for document in (*site.pages, *site.posts):
        for alias in document.aliases:
            path = alias if alias.endswith("/") or "." in alias.rpartition("/")[2] else f"{alias}/"
            spot = output_path(path).casefold()
            message = ""
            if spot in owner:
                route = owner[spot]
                message = f"alias `{alias}` is the URL of {route.source or 'a list'}"
            elif claimed.get(spot, document.source) != document.source:
                message = f"alias `{alias}` is also one of {claimed[spot]}"
            if message:
                problems.append(
                    Problem(
                        path=document.source,
                        code="alias-collision",
                        message=message,
                        hint="remove it from one of them",
                        needle=alias,
                    )
                )
            elif document.source in url_of:
                claimed[spot] = document.source
                redirects[path] = url_of[document.source]
    return redirects, problems
