"""One language of a site: what it knows of the others, and where its output lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from generator.content.sources import FileFacts
from generator.core.artifacts import Artifact
from generator.render.views import LanguageView, Link, PageView
from generator.site.routes import Route, Routes


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """What one language of a site knows of the whole; `editions` makes it.

    `folder` is where its output lies (`de/`, or empty for the site's own language) and `base` the
    path under which the whole site lives. `elsewhere` has the other languages' documents as links,
    by source path; `held` why some are not published. `translations`: what `twin` gives for a
    route -> the page's URL in each language that it is in. `verbatim` has the files of
    static/root/, which lie at the root of the whole site.
    """

    folder: str
    base: str
    languages: tuple[LanguageView, ...]
    elsewhere: Mapping[str, Link]
    held: Mapping[str, str]
    translations: Mapping[str, dict[str, str]]
    verbatim: Mapping[str, FileFacts] = {}


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


def own_routes(routes: Routes) -> Routes:
    """Return the routes of an edition below the site's root, which has no page of its own for what
    is not found, unless a document is that."""
    kept = [route for route in routes.all if route.source or route.kind != "not_found"]
    return msgspec.structs.replace(routes, all=tuple(kept))


def translated(view: PageView, route: Route, edition: Edition) -> PageView:
    """Return a view that knows of the same page in other languages."""
    name = twin(route)
    if name not in edition.translations:
        return view
    return msgspec.structs.replace(view, translations=edition.translations[name])


def placed(artifacts: Iterable[Artifact], folder: str) -> Iterable[Artifact]:
    """Return artifacts that lie in `folder` of the output."""
    if not folder:
        return artifacts
    return [msgspec.structs.replace(each, path=folder + each.path) for each in artifacts]
