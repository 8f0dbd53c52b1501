"""From routes to views, and from views to pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from generator.core.artifacts import Artifact
from generator.core.cache import Cache
from generator.core.jobs import Runner
from generator.core.problems import Problem
from generator.render.page_jobs import PageJob, PageShared, PageState, remembered_pages
from generator.render.view_builder import Uses, Viewer
from generator.render.views import PageView
from generator.site.routes import Route


def view_each(viewer: Viewer, routes: Iterable[Route]) -> Iterator[tuple[PageView, Uses]]:
    """Yield the view of each route, and what it shows."""
    viewer.prepare()
    for route in routes:
        viewer.uses = Uses()
        yield viewer.view(route), viewer.uses
    viewer.uses = Uses()


def render_pages(
    routes: Sequence[Route], jobs: Iterable[PageJob], shared: PageShared, cache: Cache, run: Runner
) -> tuple[list[Artifact], dict[str, PageState], Callable[[str], bytes], list[Problem]]:
    """Render pages; return the artifacts, what is known of each by its path, a function from a path
    to the page's encoded facts, and the mistakes of each page.
    """
    artifacts: list[Artifact] = []
    states: dict[str, PageState] = {}
    facts: dict[str, bytes] = {}
    mistakes: list[Problem] = []
    pages = remembered_pages(shared, jobs, cache, run)
    for route, page in zip(routes, pages, strict=True):
        if page.record is None:
            if page.problem:
                mistakes.append(page.problem)
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
    return artifacts, states, facts.__getitem__, mistakes
