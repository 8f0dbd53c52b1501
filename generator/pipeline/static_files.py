"""Files that are published as they are or as pictures: those that something asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator.assets.card_jobs import draw_all
from generator.assets.fingerprint import VERBATIM, used_assets
from generator.content.frontmatter import Document
from generator.content.sources import FileFacts
from generator.core.artifacts import Artifact
from generator.core.jobs import Runner
from generator.core.problems import Problem
from generator.core.urls import MOST_PATH_BYTES, folders_of
from generator.pipeline.context import BuildContext

_OTHERS = {"api": "answered by the API", "_preview": "kept for previews"}


def ship(
    context: BuildContext,
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
        *(asset.artifact() for asset in used_assets(context.assets, mentioned)),
        *verbatim,
    ]
    shipped, problems = context.pictures.ship(files, mentioned, run)
    if context.inputs.config.social_cards:
        shipped += draw_all(
            mentioned,
            context.targets.documents,
            documents,
            context.inputs.assets_config,
            context.helpers.strings,
            context.inputs.store,
            run,
        )
    return shipped, problems


def root_files(
    files: Mapping[str, FileFacts], others: Iterable[Artifact]
) -> tuple[list[Artifact], list[Problem]]:
    """Return what static/root/ puts at the site's root, where a page is in its way, and what
    nobody could ask for there."""
    taken = {artifact.path.casefold() for artifact in others}
    folders = {folder for path in taken for folder in folders_of(path)}
    artifacts: list[Artifact] = []
    problems: list[Problem] = []
    for source in sorted(files):
        if not source.startswith(VERBATIM):
            continue
        path = source.removeprefix(VERBATIM)
        spot = path.casefold()
        if fault := _out_of_reach(path):
            problems.append(
                Problem(
                    path=source,
                    code="bad-url",
                    message=f"no reader could reach `/{path}`: {fault}",
                    hint="rename or remove this file",
                )
            )
        elif spot in taken or spot in folders or not taken.isdisjoint(folders_of(spot)):
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


def _out_of_reach(path: str) -> str:
    """Say why a file at this output path could not be asked for; empty where it can."""
    parts = path.split("/")
    if len(parts) > 1 and parts[0].casefold() in _OTHERS:
        return f"what is below `/{parts[0]}/` is {_OTHERS[parts[0].casefold()]}"
    if "index.html" in parts[:-1]:
        return "`index.html` is the page of a folder, and cannot be a folder itself"
    if "\\" in path:
        return "browsers take \\ for /"
    if len(path.encode()) > MOST_PATH_BYTES:
        return f"it is longer than {MOST_PATH_BYTES} bytes"
    return ""
