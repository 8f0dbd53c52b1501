"""From routes to views, and from views to pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from generator.core.artifacts import Artifact
from generator.core.problems import Problem
from generator.render import list_views
from generator.render.page_jobs import Page, PageState
from generator.render.view_builder import Uses, Viewer
from generator.render.views import PageView
from generator.site.routes import PageKind, Route


class Shown(NamedTuple):
    """The view of a route, and the documents that it shows."""

    route: Route
    view: PageView
    uses: Uses


class ViewLog(msgspec.Struct, frozen=True):
    """The views of all routes, in their order."""

    shown: tuple[Shown, ...]

    @property
    def views(self) -> list[PageView]:
        """The views alone."""
        return [each.view for each in self.shown]

    @property
    def uses(self) -> list[Uses]:
        """The documents that each view shows."""
        return [each.uses for each in self.shown]


class RenderedPages(msgspec.Struct, frozen=True, kw_only=True):
    """Pages as artifacts; by output path the state and the encoded facts of each; and the problem
    of each that could not be rendered."""

    artifacts: tuple[Artifact, ...]
    states: Mapping[str, PageState]
    facts: Mapping[str, bytes]
    problems: tuple[Problem, ...]


def view_of(viewer: Viewer, route: Route) -> PageView:
    """Return the view of one page."""
    if route.source:
        return viewer.document_page(route, viewer.documents[route.source])
    return _LISTS[route.kind](viewer, route)


_LISTS: dict[PageKind, Callable[[Viewer, Route], PageView]] = {
    "home": list_views.posts_page,
    "posts": list_views.posts_page,
    "term": list_views.term_page,
    "terms": list_views.terms_page,
    "archive": list_views.archive_page,
    "year": list_views.archive_page,
    "search": list_views.search_page,
    "collection": list_views.collection_page,
    "photos": list_views.photos_page,
    "blogroll": list_views.blogroll_page,
    "not_found": list_views.not_found_page,
}


def view_each(viewer: Viewer, routes: Iterable[Route]) -> Iterator[Shown]:
    """Yield the view of each route."""
    viewer.prepare()
    for route in routes:
        viewer.uses = Uses()
        yield Shown(route, view_of(viewer, route), viewer.uses)
    viewer.uses = Uses()


def collect_pages(routes: Iterable[Route], pages: Iterable[Page]) -> RenderedPages:
    """Return the pages of these routes as artifacts, with what is to be known of each."""
    artifacts: list[Artifact] = []
    states: dict[str, PageState] = {}
    facts: dict[str, bytes] = {}
    problems: list[Problem] = []
    for route, page in zip(routes, pages, strict=True):
        if page.record is None:
            if page.problem:
                problems.append(page.problem)
            continue
        examined = page.record.examined
        states[page.path] = PageState(
            page.key, page.record.sha256, page.record.assets, examined.card
        )
        facts[page.path] = examined.facts
        artifacts.append(
            Artifact(
                path=page.path,
                role=route.role,
                load=page.load,
                aside=page.aside,
                sha256=page.record.sha256,
                source=route.source,
            )
        )
    return RenderedPages(
        artifacts=tuple(artifacts), states=states, facts=facts, problems=tuple(problems)
    )
