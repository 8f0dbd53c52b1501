"""From a site's folder to a built, checked and written site; the adapters of a build meet here."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from generator.adapters.console import ProgressLine
from generator.adapters.disk import (
    Listing,
    find_data,
    find_sources,
    list_inputs,
    read_extensions,
    read_files,
    read_templates,
)
from generator.adapters.ledger import Ledger
from generator.adapters.lock import alone_in
from generator.adapters.memo_disk import DiskMemo, code_digest
from generator.adapters.output import holds, write_site
from generator.adapters.picture_store import PictureStore
from generator.artifacts import Artifact, OutputFile
from generator.cli.common import OUTPUT, PRIVATE, Workspace
from generator.config import SiteConfig
from generator.levels import ALWAYS_ERRORS, relevel
from generator.memo import Key, Memo, NoMemo, key_of
from generator.problems import Problem, SiteError, errors

if TYPE_CHECKING:
    from generator.build import Build, Workings

Keep = Callable[["Workings"], None]
Look = Callable[["Build"], None]

_BEGINNING, _END = float("-inf"), float("inf")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a build came to: all that publishing and the person at the terminal need.

    `paths` are the internal URLs of the pages whose views may be counted; `held` tells why a
    document is not published.
    """

    files: Sequence[OutputFile]
    redirects: dict[str, str]
    problems: Sequence[Problem]
    posts: int
    pages: int
    paths: Sequence[str]
    held: dict[str, str]


class Built(Outcome, frozen=True, kw_only=True):
    """A site that was built, checked and written to `folder`."""

    folder: Path
    seconds: float


class _Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome, and the seconds since 1970 between which the same inputs give it again: until
    the next document's date comes or expires."""

    outcome: Outcome
    since: float
    until: float


class _Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What one build is asked for."""

    drafts: bool
    future: bool
    preview: str
    write: bool
    engine: str
    """Pagefind's version, where the site is to be made searchable."""


class _GoingOn(msgspec.Struct, frozen=True, kw_only=True):
    """How `serve` goes on from a build; neither has to do with what comes out."""

    keep: Keep | None
    anew: bool
    look: Look | None


SERVED = f"{PRIVATE}/served"
"""Where `serve` builds, so that drafts on the writer's desk never lie in `_site/`."""


def build_and_check(
    workspace: Workspace,
    *,
    drafts: bool = False,
    future: bool = False,
    no_memo: bool = False,
    preview: str = "",
    write: bool = True,
    into: str = OUTPUT,
    keep: Keep | None = None,
    anew: bool = False,
    look: Look | None = None,
) -> Built:
    """Build the site, check it, and write it to `into` when it has no errors.

    `into` is a folder of the site's. `preview` is a name: the site is then built for its own path,
    hidden from search engines, in a folder of its own. `keep` is given what the build worked with,
    where it was not remembered; with `anew` nothing is. `look` is shown what was built and checked.
    Raises SiteError with every problem when there are errors; what was written before is then left
    as it is.
    """
    start = time.perf_counter()
    # On the writer's desk an index would be made at every word.
    searchable = workspace.config.search and write and into != SERVED
    engine = _installed("pagefind_bin") if searchable else ""
    wish = _Wish(drafts=drafts, future=future, preview=preview, write=write, engine=engine)
    going_on = _GoingOn(keep=keep, anew=anew or look is not None, look=look)
    folder = workspace.private / "previews" / preview if preview else workspace.root / into
    with (
        workspace.console.progress() as progress,
        alone_in(workspace.private),
        _memo(workspace, no_memo=no_memo) as memo,
    ):
        progress("Reading")
        outcome = _build(workspace, wish, folder, memo, progress, going_on)
    return Built(
        **{name: getattr(outcome, name) for name in Outcome.__struct_fields__},
        folder=folder,
        seconds=time.perf_counter() - start,
    )


def preview_url(config: SiteConfig, name: str) -> str:
    """Return the address of a preview: below `/_preview/` of the site."""
    return f"{config.origin}{config.base}/_preview/{name}"


def _build(
    workspace: Workspace,
    wish: _Wish,
    folder: Path,
    memo: Memo,
    progress: ProgressLine,
    going_on: _GoingOn,
) -> Outcome:
    """Give the remembered outcome where nothing has changed since, or work it out."""
    inputs = Ledger(workspace.private / "inputs.ledger")
    name = folder.relative_to(workspace.root).as_posix().replace("/", "-")
    output = Ledger(workspace.private / f"output-{name}.ledger")
    listing = list_inputs(workspace.root, inputs)
    inputs.save()
    counts = _read_if_there(workspace.root / workspace.config.counter.counts)
    asked = (workspace.config, wish, listing.files, listing.problems)
    key = key_of("outcome", msgspec.msgpack.encode(asked), counts)
    remembered = None if going_on.anew else _recall(memo, key, workspace.now.timestamp())
    if remembered and (not wish.write or holds(folder, remembered.files, output)):
        return remembered
    with _pictures(workspace, memo) as store:
        outcome, moments = _make(
            workspace, wish, folder, listing, counts, memo, store, output, progress, going_on
        )
    output.save()
    now = workspace.now.timestamp()
    if list_inputs(workspace.root, inputs) != listing:
        return outcome  # something was written to meanwhile, so this is nobody's outcome
    made = _Remembered(
        outcome=outcome,
        since=max((moment for moment in moments if moment <= now), default=_BEGINNING),
        until=min((moment for moment in moments if moment > now), default=_END),
    )
    memo.put_many({key: msgspec.msgpack.encode(made)})
    return outcome


def _recall(memo: Memo, key: Key, now: float) -> Outcome | None:
    encoded = memo.get_many([key]).get(key)
    if encoded is None:
        return None
    remembered = msgspec.msgpack.decode(encoded, type=_Remembered)
    return remembered.outcome if remembered.since <= now < remembered.until else None


def _make(
    workspace: Workspace,
    wish: _Wish,
    folder: Path,
    listing: Listing,
    counts: bytes,
    memo: Memo,
    store: PictureStore,
    output: Ledger,
    progress: ProgressLine,
    going_on: _GoingOn,
) -> tuple[Outcome, list[float]]:
    """Build, check and write; return also the moments at which the outcome may change by itself."""
    # Imported here: where nothing changed, neither Markdown nor Jinja is needed.
    from generator.adapters.workers import Workers
    from generator.build import Inputs
    from generator.checks.gate import check
    from generator.editions import build_site
    from generator.locate import locate

    root, config = workspace.root, workspace.config
    if wish.preview:
        config = msgspec.structs.replace(config, url=preview_url(config, wish.preview))
    sources, problems = find_sources(root, listing, config.collections)
    templates, found = read_templates(root, listing)
    problems += found
    files, found = read_files(root, listing)
    problems += found
    own, found = read_extensions(root, listing)
    problems += found
    problems += listing.problems
    inputs = Inputs(
        config=config,
        sources=sources,
        templates=templates,
        files=files,
        data=find_data(root, listing, config.counter.counts),
        extensions=own,
        now=workspace.now,
        drafts=wish.drafts or config.drafts,
        future=wish.future,
        noindex=bool(wish.preview),
        counts=counts,
        store=store,
    )
    try:
        with Workers() as run:
            built = build_site(inputs, memo, run, progress, going_on.keep)
    except SiteError as error:
        raise SiteError(relevel([*problems, *error.problems], config.checks)) from None
    problems += built.problems
    progress("Checks")
    whole = not any(problem.code in ALWAYS_ERRORS for problem in errors(problems))
    found = check(
        built.artifacts,
        built.cards,
        built.facts_of,
        built.redirects,
        config,
        built.landing,
        memo,
        built.problems,
        whole=whole,
    )
    problems += locate(found, built.artifacts, built.documents, OUTPUT)
    problems = relevel(problems, config.checks)
    if errors(problems):
        raise SiteError(problems)
    if going_on.look:
        going_on.look(built)
    artifacts = built.artifacts
    if wish.engine and built.found is not None:
        from generator.adapters.pagefind import search_artifacts

        progress("Search")
        artifacts += tuple(search_artifacts(built.found, workspace.private / "search.index"))
    written: list[OutputFile] = []
    if wish.write:
        progress("Writing")
        written = write_site(root, folder, artifacts, output)
    published = [each for each in built.documents.values() if each.source not in built.held]
    outcome = Outcome(
        files=written,
        redirects=built.redirects,
        problems=problems,
        posts=sum(each.kind == "post" for each in published),
        pages=sum(each.kind != "post" for each in published),
        paths=countable_paths(built.artifacts),
        held=built.held,
    )
    moments = [
        moment.timestamp()
        for each in built.documents.values()
        for moment in (each.date, each.expires)
        if moment
    ]
    if inputs.drafts and any(each.date is None for each in published):
        # A draft without a date is shown as today's, and tomorrow as tomorrow's.
        today = workspace.now.replace(hour=0, minute=0, second=0, microsecond=0)
        moments += [today.timestamp(), (today + dt.timedelta(days=1)).timestamp()]
    return outcome, moments


def countable_paths(artifacts: Iterable[Artifact]) -> list[str]:
    """Return the internal URLs of the pages whose views may be counted."""
    return sorted(
        f"/{artifact.path.removesuffix('index.html')}"
        for artifact in artifacts
        if artifact.role in ("page", "entry") and artifact.path.endswith("index.html")
    )


@contextmanager
def _memo(workspace: Workspace, *, no_memo: bool) -> Iterator[Memo]:
    if no_memo:
        yield NoMemo()
        return
    memo = DiskMemo(workspace.private / "memo.sqlite", code_digest())
    try:
        yield memo
    finally:
        memo.close()


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


@contextmanager
def _pictures(workspace: Workspace, memo: Memo) -> Iterator[PictureStore]:
    """Yield where made pictures are kept: for this run alone where nothing is remembered."""
    if isinstance(memo, NoMemo):
        with tempfile.TemporaryDirectory(prefix="tidepost-") as folder:
            yield PictureStore(Path(folder))
        return
    store = PictureStore(workspace.private / "images")
    yield store
    store.sweep()


def _read_if_there(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
