"""From what was built to a checked and written site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from generator.adapters.console import ProgressLine
from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.output_folder import write_site
from generator.adapters.files.output_scan import Changes
from generator.adapters.files.site_folder import read_config
from generator.adapters.forked_task import Beside
from generator.app.outcome import BuildOptions, Look, Outcome, Remembered
from generator.app.workspace import OUTPUT, Workspace
from generator.checks.cascades import without_cascades
from generator.checks.codes import fold
from generator.checks.run import check
from generator.checks.severity import ALWAYS_ERRORS, relevel
from generator.checks.source_lines import in_settings
from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.content.sources import FileFacts
from generator.core.artifacts import Artifact, OutputFile
from generator.core.cache import Cache
from generator.core.jobs import Runner
from generator.core.problems import Problem, SiteError, errors
from generator.incremental.known_lines import located
from generator.pipeline.results import Build
from generator.publish.csp import CSP, SentHeaders
from generator.render.search_shards import Shard


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a site is written to, or not; `aside` is where its pages lie before, and `look` is at
    what is there, if that was just now. `headers` are those that readers get; `texts` are those of
    templates, style sheets and scripts, by their paths from the site's folder, and `sources` the
    digests of the documents' files."""

    workspace: Workspace
    config: SiteConfig
    folder: Path
    aside: Path | None
    output: DigestIndex
    look: Beside[Changes] | None
    wish: BuildOptions
    headers: SentHeaders
    texts: Mapping[str, str]
    sources: Mapping[str, str]


class Finished(NamedTuple):
    """What a build came to. Where not all of its files for machines are `in_order`, no build goes
    on from it: one that leaves such a file as it was would not report it. `searchable` is what is
    published for searching."""

    remembered: Remembered
    in_order: bool
    searchable: Sequence[Shard]


def finish(
    place: Place,
    built: Build,
    problems: Sequence[Problem],
    cache: Cache,
    run: Runner,
    progress: ProgressLine,
    look: Look | None = None,
    searchable: Sequence[Shard] | None = None,
) -> Finished:
    """Check what was built, and write it where there is no error.

    `searchable` is what was published for searching before, where the build went on from there.
    """
    config = place.config
    problems = [*problems, *built.problems]
    if place.wish.engine:
        from generator.adapters.pagefind import unsplit

        problems += unsplit((config.language, *config.languages), place.wish.engine.split()[0])
    progress("Checks")
    whole = not any(problem.code in ALWAYS_ERRORS for problem in errors(problems))
    found, in_order = check(
        built.artifacts,
        {path: state.card for path, state in built.states.items()},
        built.facts_of,
        built.redirects,
        config,
        built.landing,
        cache,
        run,
        built.problems,
        policy=place.headers.pages.get(CSP, ""),
        whole=whole,
    )
    found = relevel(found, config.checks)  # what is off needs no line
    problems += fold(
        located(
            found,
            built.artifacts,
            built.documents,
            OUTPUT,
            place.texts,
            place.sources,
            cache,
        )
    )
    problems = without_cascades(relevel(problems, config.checks))
    if errors(problems):
        raise mistakes(place.workspace.root, problems)
    if any(problem.path == CONFIG_FILE for problem in problems):
        problems = mistakes(place.workspace.root, problems).problems
    if look:
        look(built)
    artifacts = built.artifacts
    if place.wish.searchable and built.found is not None:
        from generator.adapters.search import Search

        progress("Search")
        search = Search(built.found, cache, run)
        if searchable is None:
            searchable = search.whole()
        else:
            searchable = search.edited(searchable, built.places)
        artifacts += tuple(search.artifacts(searchable))
    written: list[OutputFile] = []
    if place.wish.write:
        progress("Writing")
        changed = place.look.result if place.look else None
        written = write_site(
            place.workspace.root, place.folder, artifacts, place.output, place.aside, changed
        )
    outcome = Outcome(
        files=written,
        redirects=built.redirects,
        problems=problems,
        posts=built.posts,
        pages=built.pages,
        paths=countable_paths(built.artifacts),
        held=built.held,
        headers=place.headers,
    )
    return Finished(
        Remembered(outcome=outcome, since=built.since, until=built.until),
        in_order,
        searchable or (),
    )


def texts_of(templates: Mapping[str, str], files: Mapping[str, FileFacts]) -> Mapping[str, str]:
    """Return the texts in which the places of errors are looked for, beside documents."""
    found = {f"templates/{name}": text for name, text in templates.items()}
    found |= {path: facts.text for path, facts in files.items() if facts.text is not None}
    return found


def mistakes(root: Path, problems: Iterable[Problem]) -> SiteError:
    """Return the error that ends a build, with the lines of what site.yaml says wrongly."""
    return SiteError(in_settings(problems, read_config(root).decode("utf-8", errors="replace")))


def countable_paths(artifacts: Iterable[Artifact]) -> list[str]:
    """Return the internal URLs of the pages whose views may be counted."""
    return sorted(
        f"/{artifact.path.removesuffix('index.html')}"
        for artifact in artifacts
        if artifact.role in ("page", "entry") and artifact.path.endswith("index.html")
    )
