"""A site in several languages: each is built as a site of its own, below `/de/` for German.

So every language has its own lists, terms, feeds and addresses by the same code as a site of one
language. They share assets, and know of each other's documents and of the pages that say the same.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from generator.assets.fingerprint import VERBATIM
from generator.config.settings import CONFIG_FILE, LanguageSettings, SiteConfig
from generator.content.data import Given
from generator.content.frontmatter import Document
from generator.content.parse import language_in_name, parse_all
from generator.content.sources import Source
from generator.core.artifacts import Artifact
from generator.core.cache import Cache
from generator.core.jobs import Progress, Runner
from generator.core.problems import Problem, SiteError
from generator.core.urls import written_url
from generator.i18n.locales import direction, name_of
from generator.pipeline.build import build
from generator.pipeline.edition import Edition, twin
from generator.pipeline.inputs import Inputs
from generator.pipeline.results import Build, BuildState
from generator.render.page_jobs import PageState
from generator.render.search_index import Entry
from generator.render.views import LanguageView, Link
from generator.site.catalogue import catalogue
from generator.site.counts import counts_below
from generator.site.links import INVALID
from generator.site.routes import plan_routes

_ONLY_ONCE = "robots.txt"
"""What only the whole site has; but for its page for what is not found, which no edition plans."""


class _Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a language before anything is built."""

    config: SiteConfig
    folder: str
    sources: tuple[Source, ...]
    links: dict[str, Link]
    twins: dict[str, str]
    held: dict[str, str]


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """A language of a site, and all that it is built from."""

    code: str
    inputs: Inputs


Keep = Callable[[str, BuildState], None]
"""Is given what the build of a language works with."""


def build_site(
    inputs: Inputs, cache: Cache, run: Runner, progress: Progress, keep: Keep | None = None
) -> Build:
    """Build a site of one language or of several.

    Raises SiteError where errors leave nothing to build.
    """
    languages = languages_of(inputs, parsed(inputs, cache, run))
    return together(languages, build_each(languages, cache, run, progress, keep))


def parsed(inputs: Inputs, cache: Cache, run: Runner) -> Mapping[str, Document]:
    """Return the documents that say which language they are in, where there are several."""
    if not inputs.config.languages:
        return {}
    return parse_all(inputs.sources, inputs.config, cache, run)[0]


def languages_of(inputs: Inputs, documents: Mapping[str, Document]) -> tuple[Language, ...]:
    """Return the languages of a site, its own first. `documents` are all that can be read, and are
    not asked for where there is one language."""
    config = inputs.config
    if not config.languages:
        return (Language(code=config.language, inputs=inputs),)
    codes = (config.language, *config.languages)
    by_language = sort_out(inputs, codes, documents)
    plans = {code: plan(inputs, code, tuple(by_language[code]), documents) for code in codes}
    return tuple(Language(code=code, inputs=edition_inputs(inputs, code, plans)) for code in codes)


def build_each(
    languages: Iterable[Language],
    cache: Cache,
    run: Runner,
    progress: Progress,
    keep: Keep | None = None,
) -> dict[str, Build]:
    """Build every language. Raises SiteError with the problems of all."""
    built: dict[str, Build] = {}
    failed: list[Problem] = []
    for language in languages:
        kept = partial(keep, language.code) if keep else None
        try:
            built[language.code] = build(language.inputs, cache, run, progress, kept)
        except SiteError as error:
            failed += error.problems
    if failed:
        raise SiteError([*failed, *(one for each in built.values() for one in each.problems)])
    return built


def sort_out(
    inputs: Inputs, codes: tuple[str, ...], documents: Mapping[str, Document]
) -> dict[str, list[Source]]:
    """Return the sources of each language: as the name says, or the front matter, or else the
    site's own. What cannot be read is reported when its language is built."""
    by_language: dict[str, list[Source]] = {code: [] for code in codes}
    for source in inputs.sources:
        language = language_in_name(source.path, inputs.config)
        if document := documents.get(source.path):
            language = language or document.language
        by_language[language if language in by_language else codes[0]].append(source)
    return by_language


def config_of(config: SiteConfig, code: str) -> SiteConfig:
    """Return the settings that one language is built with."""
    if code == config.language:
        return config
    own = config.languages[code]
    others = {name: each for name, each in config.languages.items() if name != code}
    return msgspec.structs.replace(
        config,
        language=code,
        languages={config.language: LanguageSettings(), **others},
        url=f"{config.url.rstrip('/')}/{code}",
        title=own.title or config.title,
        tagline=own.tagline or config.tagline,
        description=own.description or config.description,
        footer=own.footer or config.footer,
        menu=own.menu,
        footer_menu=own.footer_menu,
        date_format=own.date_format,
        redirects={},
    )


def plan(
    inputs: Inputs, code: str, sources: tuple[Source, ...], documents: Mapping[str, Document]
) -> _Planned:
    """Find out what a language consists of, so that the others can refer to it."""
    config = config_of(inputs.config, code)
    own = [documents[source.path] for source in sources if source.path in documents]
    site, _ = catalogue(own, config, inputs.now, drafts=inputs.drafts, future=inputs.future)
    routes, _ = plan_routes(site, config)
    title_of = {document.source: document.title for document in (*site.pages, *site.posts)}
    return _Planned(
        config=config,
        folder="" if code == inputs.config.language else f"{code}/",
        sources=sources,
        links={
            source: Link(title=title_of[source], url=config.base + written_url(url))
            for source, url in routes.of_source.items()
        },
        twins={
            name: config.base + written_url(route.url)
            for route in routes.all
            if (name := twin(route))
        },
        held=site.held | {each.path: INVALID for each in sources if each.path not in documents},
    )


def edition_inputs(inputs: Inputs, code: str, plans: Mapping[str, _Planned]) -> Inputs:
    """Return the inputs of one language's build."""
    own = plans[code]
    others = [plan for other, plan in plans.items() if other != code]
    translations = {
        name: Given(
            {other: plan.twins[name] for other, plan in plans.items() if name in plan.twins}
        )
        for name in own.twins
        if any(name in plan.twins for plan in others)
    }
    edition = Edition(
        folder=own.folder,
        base=inputs.config.base,
        languages=tuple(
            LanguageView(
                code=other,
                name=called(inputs.config, other),
                url=f"{plan.config.base}/",
                dir=direction(other),
            )
            for other, plan in plans.items()
        ),
        elsewhere={source: link for plan in others for source, link in plan.links.items()},
        held={source: why for plan in others for source, why in plan.held.items()},
        translations=translations,
        verbatim={
            path: each
            for path, each in inputs.files.items()
            if own.folder and path.startswith(VERBATIM)
        },
    )
    files, counts = inputs.files, inputs.counts
    if own.folder:  # what static/root/ holds lies at the root of the whole site, once
        files = {path: each for path, each in files.items() if not path.startswith(VERBATIM)}
        counts = counts_below(counts, f"/{own.folder}")
    return msgspec.structs.replace(
        inputs,
        config=own.config,
        sources=own.sources,
        files=files,
        counts=counts,
        edition=edition,
    )


def called(config: SiteConfig, code: str) -> str:
    """Return a language's name for itself, or the one that the owner gives it."""
    own = config.languages.get(code)
    return (own.name if own else "") or name_of(code)


def together(languages: Sequence[Language], built: Mapping[str, Build]) -> Build:
    """Return the builds of all languages as one."""
    if len(languages) == 1:
        return built[languages[0].code]
    whole = next(iter(built.values()))
    # Not merged into one: those of some languages may be read only when they are asked for.
    maps: list[Any] = [one.documents for one in built.values()]
    documents: Mapping[str, Document] = ChainMap(*maps)
    artifacts: dict[str, Artifact] = {}
    collisions: list[Problem] = []
    redirects: dict[str, str] = {}
    states: dict[str, PageState] = {}
    facts: dict[str, Callable[[str], bytes]] = {}
    for language in languages:
        one, folder = built[language.code], language.inputs.folder
        for artifact in one.artifacts:
            path = artifact.path
            if folder and path == folder + _ONLY_ONCE:
                continue
            other = artifacts.setdefault(path, artifact)
            if other is not artifact and artifact.role != "asset":
                collisions.append(_collision(other, artifact))
            if path in one.states:
                states[path], facts[path] = one.states[path], one.facts_of
        redirects |= {
            f"/{folder}{old[1:]}": f"/{folder}{new[1:]}" if new.startswith("/") else new
            for old, new in one.redirects.items()
        }
    return msgspec.structs.replace(
        whole,
        artifacts=tuple(artifacts.values()),
        redirects=redirects,
        own_problems=tuple(problem for one in built.values() for problem in one.own_problems),
        other_problems=(
            *(problem for one in built.values() for problem in one.other_problems),
            *collisions,
        ),
        mistakes=tuple(problem for one in built.values() for problem in one.mistakes),
        states=states,
        facts_of=lambda path: facts[path](path),
        found=_found(built) if whole.found is not None else None,
        places=_places(built),
        documents=documents,
        held={source: why for one in built.values() for source, why in one.held.items()},
        since=max(one.since for one in built.values()),
        until=min(one.until for one in built.values()),
        posts=sum(one.posts for one in built.values()),
        pages=sum(one.pages for one in built.values()),
    )


def _places(built: Mapping[str, Build]) -> tuple[tuple[str, str], ...] | None:
    """Return where all that can be found is, if any language has other places than before."""
    if all(one.places is None for one in built.values()):
        return None
    return tuple(place for one in built.values() for place in one.places or ())


def _found(built: Mapping[str, Build]) -> tuple[Entry, ...]:
    """Return what a search may find in all languages, in the order of the URLs."""
    entries = (entry for one in built.values() for entry in one.found or ())
    return tuple(sorted(entries, key=lambda entry: entry.url))


def _collision(one: Artifact, other: Artifact) -> Problem:
    path, found = (one.source, other) if one.source else (other.source, one)
    holder = found.source or "another language"
    return Problem(
        path=path or CONFIG_FILE,
        code="same-url",
        message=f"its URL is also that of {holder}: /{one.path.removesuffix('index.html')}",
        hint="give it another `slug:` or `permalink:`",
    )
