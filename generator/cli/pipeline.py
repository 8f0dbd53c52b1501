"""From a site's folder to a built, checked and written site; the adapters of a build meet here."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from generator.adapters.aside import Aside, NotKept
from generator.adapters.console import ProgressLine
from generator.adapters.disk import (
    Listing,
    find_data,
    find_sources,
    list_inputs,
    read_extensions,
    read_files,
    read_templates,
    still,
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
    from generator.inputs import Inputs
    from generator.results import Build, Workings
    from generator.steps import Runner

Keep = Callable[["Workings"], None]
Look = Callable[["Build"], None]


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
    desk: bool
    """Whether only the writer sees it."""


class _GoingOn(msgspec.Struct, frozen=True, kw_only=True):
    """How `serve` goes on from a build; neither has to do with what comes out."""

    keep: Keep | None
    anew: bool
    look: Look | None


SERVED = f"{PRIVATE}/served"
"""Where `serve` builds, so that drafts on the writer's desk never lie in `_site/`."""

_ON_THE_DESK = {"page-description": "warning"}
"""Levels of what is mended by going on writing: a document that was just begun is to be seen."""


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
    wish = _Wish(
        drafts=drafts,
        future=future,
        preview=preview,
        write=write,
        engine=engine,
        desk=into == SERVED,
    )
    going_on = _GoingOn(keep=keep, anew=anew or look is not None, look=look)
    folder = workspace.private / "previews" / preview if preview else workspace.root / into
    with (
        workspace.console.progress() as progress,
        alone_in(workspace.private),
        _memo(workspace, no_memo=no_memo) as memo,
        _collecting(False),
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
        output.save()
        return remembered
    with _pictures(workspace, memo) as store, _aside(workspace, wish) as aside:
        made = _make(
            workspace, wish, folder, listing, counts, memo, store, aside, output, progress, going_on
        )
    output.save()
    # What was written to meanwhile makes this nobody's outcome.
    if still(workspace.root, listing, inputs, made.read):
        memo.put_many({key: msgspec.msgpack.encode(made.remembered), **made.known})
    return made.remembered.outcome


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
    aside: Aside | NotKept,
    output: Ledger,
    progress: ProgressLine,
    going_on: _GoingOn,
) -> _Made:
    """Build, check and write; go on from what is known of the last build, where that can be."""
    # Imported here: where nothing changed, neither Markdown nor Jinja is needed.
    from generator.adapters.workers import Workers
    from generator.editions import build_site
    from generator.inputs import Inputs
    from generator.known import learn

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
        aside=aside,
    )
    place = _Place(workspace=workspace, config=config, folder=folder, output=output, wish=wish)
    slots = _slots(folder, wish)
    with Workers() as run:
        # An index for searching is made of all pages, and others want to see the whole build.
        whole = wish.engine or going_on.keep or going_on.anew
        made = None
        if not whole:
            made = _go_on(place, inputs, slots, problems, memo, run, progress)
        if made:
            return msgspec.structs.replace(
                made, read=[*made.read, *(listing.files.keys() - {each.path for each in sources})]
            )
        workings: list[Workings] = []
        try:
            with _collecting(True), _seldom_collected():
                built = build_site(inputs, memo, run, progress, going_on.keep or workings.append)
        except SiteError as error:
            found = relevel([*problems, *error.problems], config.checks)
            raise _mistakes(workspace.root, found) from None
    remembered = _finish(place, built, problems, memo, progress, going_on.look)
    known = {}
    if workings:
        known[slots[0]] = msgspec.msgpack.encode(learn(inputs, built, workings[0]))
    return _Made(remembered=remembered, known=known, read=listing.files)


def _go_on(
    place: _Place,
    inputs: Inputs,
    slots: tuple[Key, Key],
    problems: Sequence[Problem],
    memo: Memo,
    run: Runner,
    progress: ProgressLine,
) -> _Made | None:
    """Go on from the last build; None where only the whole build can tell, or make, the rest."""
    from generator.known import MOST_EDITED, edited, read_known
    from generator.rebuild import Lost, rebuild

    whole, later = slots
    kept = memo.get_many(slots)
    if not kept.get(whole):
        return None
    try:
        known, edits = read_known(kept[whole], kept.get(later, b""))
        before = known.sources | edits.sources
        rebuilt = rebuild(inputs, known, edits, memo, run, progress)
        if rebuilt is None:
            return None
        remembered = _finish(place, rebuilt.build, problems, memo, progress)
    except (SiteError, Lost, msgspec.MsgspecError):
        return None
    edits = rebuilt.edits
    leaves = {later: msgspec.msgpack.encode(edits)}
    if len(edits.states) > MOST_EDITED:
        leaves = {whole: msgspec.msgpack.encode(edited(known, edits))}
    read = [each.path for each in inputs.sources if before[each.path] != each.sha256]
    return _Made(remembered=remembered, known=leaves, read=read)


def _slots(folder: Path, wish: _Wish) -> tuple[Key, Key]:
    """Return the keys under which the memo has what is known of the last build of its kind: the
    whole, and what became of it since."""
    kind = msgspec.msgpack.encode(wish)
    return key_of("known", folder.as_posix(), kind), key_of("edits", folder.as_posix(), kind)


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a build came to and what it leaves for the next one, with the files that it has read."""

    remembered: _Remembered
    known: Mapping[Key, bytes]
    read: Collection[str]


def _mistakes(root: Path, problems: Iterable[Problem]) -> SiteError:
    from generator.adapters.disk import read_config
    from generator.locate import in_settings

    return SiteError(in_settings(problems, read_config(root).decode("utf-8", errors="replace")))


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a site is written to, or not."""

    workspace: Workspace
    config: SiteConfig
    folder: Path
    output: Ledger
    wish: _Wish


def _finish(
    place: _Place,
    built: Build,
    problems: Sequence[Problem],
    memo: Memo,
    progress: ProgressLine,
    look: Look | None = None,
) -> _Remembered:
    """Check what was built, and write it where there is no mistake."""
    from generator.checks.gate import check
    from generator.locate import locate

    config = place.config
    problems = [*problems, *built.problems]
    progress("Checks")
    whole = not any(problem.code in ALWAYS_ERRORS for problem in errors(problems))
    found = check(
        built.artifacts,
        {path: state.card for path, state in built.states.items()},
        built.facts_of,
        built.redirects,
        config,
        built.landing,
        memo,
        built.problems,
        whole=whole,
    )
    problems += locate(found, built.artifacts, built.documents, OUTPUT)
    levels = {**_ON_THE_DESK, **config.checks} if place.wish.desk else config.checks
    problems = relevel(problems, levels)
    if errors(problems):
        raise _mistakes(place.workspace.root, problems)
    if look:
        look(built)
    artifacts = built.artifacts
    if place.wish.engine and built.found is not None:
        from generator.adapters.pagefind import search_artifacts

        progress("Search")
        artifacts += tuple(search_artifacts(built.found, place.workspace.private / "search.index"))
    written: list[OutputFile] = []
    if place.wish.write:
        progress("Writing")
        written = write_site(place.workspace.root, place.folder, artifacts, place.output)
    outcome = Outcome(
        files=written,
        redirects=built.redirects,
        problems=problems,
        posts=built.posts,
        pages=built.pages,
        paths=countable_paths(built.artifacts),
        held=built.held,
    )
    return _Remembered(outcome=outcome, since=built.since, until=built.until)


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
    memo = DiskMemo(
        workspace.private / "memo.sqlite", code_digest(workspace.private / "code.digest")
    )
    try:
        yield memo
    finally:
        memo.close()


@contextmanager
def _collecting(wanted: bool) -> Iterator[None]:
    """Let Python search for cycles meanwhile, or keep it from that: each search goes through all
    that is known of ten thousand pages, in which there are none. Only a whole build makes some that
    are worth it."""
    before = gc.isenabled()
    (gc.enable if wanted else gc.disable)()
    try:
        yield
    finally:
        (gc.enable if before else gc.disable)()


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Have Python search for cycles less often meanwhile: there are few, and much that lasts."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _installed(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


@contextmanager
def _pictures(workspace: Workspace, memo: Memo) -> Iterator[PictureStore]:
    """Yield where made pictures are kept: for this run alone where nothing is remembered."""
    if isinstance(memo, NoMemo):
        import tempfile  # which builds that remember do without

        with tempfile.TemporaryDirectory(prefix="tidepost-") as folder:
            yield PictureStore(Path(folder))
        return
    store = PictureStore(workspace.private / "images")
    yield store
    store.sweep()


@contextmanager
def _aside(workspace: Workspace, wish: _Wish) -> Iterator[Aside | NotKept]:
    """Yield where pages lie until they are written."""
    if not wish.write:
        yield NotKept()
        return
    aside = Aside(workspace.private / "aside")
    aside.clear()
    try:
        yield aside
    finally:
        aside.clear()


def _read_if_there(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
