"""Templates that are missing altogether, and layouts that documents and collections name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.content.frontmatter import Document
from generator.core.problems import Problem, did_you_mean


def no_templates() -> Problem:
    """Return the error of a site that has no template at all: every page would miss its own."""
    return Problem(
        path="templates",
        code="missing-template",
        message="there is no template here, or no such folder",
        hint="copy the folder templates/ of Tidepost beside site.yaml",
    )


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
                    hint=_without_ending(document.layout, layouts)
                    or did_you_mean(document.layout, layouts)
                    or f"expected it at templates/{document.layout}.html",
                    needle="layout",
                )
            )
    return problems


def _without_ending(layout: str, layouts: Iterable[str]) -> str:
    name = layout.removesuffix(".html")
    return f"write it without its ending: `layout: {name}`" if name in layouts else ""


def check_collections(config: SiteConfig, templates: Mapping[str, str]) -> list[Problem]:
    """Find collections whose layout does not exist."""
    problems = []
    for name, settings in config.collections.items():
        wanted = [settings.item_layout] if settings.item_layout else []
        for layout in (*wanted, *([settings.list_layout] if settings.list else [])):
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
