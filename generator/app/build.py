"""Whether a site must be built: the last outcome where nothing changed, else what `making` does."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from generator.adapters.aws.sent_headers import headers_of
from generator.adapters.console import ProgressLine
from generator.adapters.files.cache_folder import settle
from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.os_errors import read_file
from generator.adapters.files.output_folder import holds
from generator.adapters.files.output_scan import Changes, looking
from generator.adapters.files.site_folder import Listing, list_inputs, still, unreadable
from generator.adapters.files.sqlite_cache import DiskCache
from generator.adapters.forked_task import Beside
from generator.adapters.lock import alone_in
from generator.adapters.session import Session
from generator.app.outcome import (
    BuildHooks,
    BuildOptions,
    Built,
    Desk,
    Look,
    Outcome,
    Remembered,
)
from generator.app.workspace import OUTPUT, Workspace, not_collecting
from generator.core.cache import Cache, Key, NoCache, key_of
from generator.core.problems import SiteError

if TYPE_CHECKING:
    from generator.adapters.files.image_store import PictureStore
    from generator.adapters.files.page_spool import NotKept, PageSpool
    from generator.adapters.files.snapshot_file import PartsFolder


def build_and_check(
    workspace: Workspace,
    *,
    drafts: bool = False,
    future: bool = False,
    no_cache: bool = False,
    preview: str = "",
    write: bool = True,
    into: str = OUTPUT,
    look: Look | None = None,
    glance: bool = False,
    desk: Desk | None = None,
    searchable: bool = True,
    session: Session | None = None,
    changed: Collection[str] = (),
) -> Built:
    """Build the site, check it, and write it to `into` when it has no errors.

    `into` is a folder of the site's. `preview` is a name: the site is then built for its own path,
    hidden from search engines, in a folder of its own. `look` is shown what was built and checked;
    `desk` is where `serve` follows builds. With `glance`, no picture is read to its end, and
    nothing is made of any. What is not to be `searchable` gets no index. `session` has what earlier
    builds in this process know, after which these paths have `changed`. Raises SiteError with
    every problem when there are errors; what was written before is then left as it is.
    """
    start = time.perf_counter()
    wish = BuildOptions(
        drafts=drafts,
        future=future,
        preview=preview,
        write=write,
        engine=_engine() if workspace.config.search else "",
        searchable=workspace.config.search and write and searchable,
        glance=glance,
        desk=desk is not None,
    )
    hooks = BuildHooks(look=look, desk=desk)
    folder = workspace.private / "previews" / preview if preview else workspace.root / into
    with (
        _alone(workspace),
        _own(session) as kept,
        _output(workspace, folder, wish, kept) as output,
        workspace.console.progress() as progress,
        memo_of(workspace, kept, no_cache=no_cache) as cache,
        not_collecting(),
    ):
        progress("Reading")
        kept.changed(changed)
        outcome = _build(workspace, wish, folder, kept, cache, output, progress, hooks)
    return Built(
        **{name: getattr(outcome, name) for name in Outcome.__struct_fields__},
        folder=folder,
        seconds=time.perf_counter() - start,
    )


def _build(
    workspace: Workspace,
    wish: BuildOptions,
    folder: Path,
    session: Session,
    cache: Cache,
    output: Output,
    progress: ProgressLine,
    hooks: BuildHooks,
) -> Outcome:
    """Give the remembered outcome where nothing has changed since, or work it out."""
    is_told = hooks.desk is not None and _tell_ahead(
        workspace, folder, wish, session, cache, hooks.desk
    )
    inputs = session.index(workspace.cache_folder / "inputs.ledger")
    listing = list_inputs(workspace.root, inputs)
    inputs.save()
    counts = _read_if_there(workspace.root, workspace.config.counter.counts)
    headers = headers_of(workspace.root, workspace.config, cache)
    asked = (workspace.config, wish, listing.files, listing.problems, headers)
    key = key_of("outcome", msgspec.msgpack.encode(asked), counts)
    remembered = None if hooks.look else _recall(cache, key, workspace.now.timestamp())
    if (
        remembered
        and (
            not wish.write
            or holds(folder, remembered.files, output.digest_index, output.look.result)
        )
        and (
            not hooks.desk
            or _on_the_desk(workspace, folder, wish, listing, session, cache, hooks.desk)
        )
    ):
        output.digest_index.save()
        return remembered
    # Imported here: where nothing changed, neither Markdown nor Jinja is needed.
    from generator.app.make import BuildFiles, make

    with _pictures(workspace, cache) as images, _aside(workspace, wish, folder) as spool:
        files = BuildFiles(
            listing=listing,
            counts=counts,
            headers=headers,
            session=session,
            cache=cache,
            snapshots=_shelf(workspace, cache),
            images=images,
            spool=spool,
            folder=folder,
            index=output.digest_index,
            # What was found there has been looked at already, and noted.
            scan=None if remembered else output.look,
            is_told=is_told,
        )
        made = make(workspace, wish, hooks, files, progress)
    output.digest_index.save()
    # What was written to meanwhile makes this nobody's outcome.
    if still(workspace.root, listing, inputs, made.read):
        if files.snapshots and made.parts:
            session.let_go()
            files.snapshots.write(made.key, made.parts)
        cache.put_many({key: msgspec.msgpack.encode(made.remembered), **made.later})
        if made.later:
            session.went_on(made.edits, made.later)
    return made.remembered.outcome


def _tell_ahead(
    workspace: Workspace,
    folder: Path,
    wish: BuildOptions,
    session: Session,
    cache: Cache,
    desk: Desk,
) -> bool:
    """Show the pages that somebody looks at before even all files are listed, where what changed is
    known; return whether that was done."""
    inputs = session.inputs_ahead(workspace.root, workspace.config, workspace.now)
    shelf = _shelf(workspace, cache)
    if inputs is None or shelf is None:
        return False
    from generator.app.make import kind_of_build, tell_ahead
    from generator.incremental.lazy_tables import SnapshotMissing

    try:
        left = session.left(shelf, kind_of_build(folder, wish), workspace.config, cache)
        return left is not None and tell_ahead(inputs, left, cache, desk)
    except (SiteError, OSError, SnapshotMissing, msgspec.MsgspecError):
        return False  # the build says what is wrong


def _on_the_desk(
    workspace: Workspace,
    folder: Path,
    wish: BuildOptions,
    listing: Listing,
    session: Session,
    cache: Cache,
    desk: Desk,
) -> bool:
    """Show the writer's desk what the last build left, and return whether that was there."""
    from generator.app.make import kind_of_build
    from generator.incremental.lazy_tables import SnapshotMissing

    kind, shelf = kind_of_build(folder, wish), _shelf(workspace, cache)
    if shelf is None:
        return False
    try:
        left = session.left(shelf, kind, workspace.config, cache)
        if left is None:
            return False
        known = left.now
        sources = {path: digest for one in known.values() for path, digest in one.sources.items()}
        if not sources.items() <= listing.files.items():
            return False  # it is of another moment than the outcome
        desk.take(known)
    except (SnapshotMissing, msgspec.MsgspecError):
        return False
    return True


def _recall(cache: Cache, key: Key, now: float) -> Outcome | None:
    encoded = cache.get_many([key]).get(key)
    if encoded is None:
        return None
    remembered = msgspec.msgpack.decode(encoded, type=Remembered)
    return remembered.outcome if remembered.since <= now < remembered.until else None


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Hold the site's folder, with its caches in their place."""
    with alone_in(workspace.private):
        settle(workspace.private)
        yield


class Output(NamedTuple):
    """What is known of the output folder, and a look at it that has begun."""

    digest_index: DigestIndex
    look: Beside[Changes]


@contextmanager
def _output(
    workspace: Workspace, folder: Path, wish: BuildOptions, session: Session
) -> Iterator[Output]:
    """Begin to look at the output folder while all else is looked at; before there are threads."""
    name = folder.relative_to(workspace.root).as_posix().replace("/", "-")
    digest_index = session.index(workspace.cache_folder / f"output-{name}.ledger")
    look = looking(folder, digest_index, wanted=wish.write)
    try:
        yield Output(digest_index, look)
    finally:
        look.end()


@contextmanager
def memo_of(workspace: Workspace, session: Session, *, no_cache: bool) -> Iterator[Cache]:
    """Yield where the steps of a site's builds are remembered."""
    if no_cache:
        yield NoCache()
        return
    folder = workspace.cache_folder
    cache = DiskCache(folder / "steps.sqlite", session.code(folder))
    try:
        yield cache
    finally:
        cache.close()


@contextmanager
def _own(session: Session | None) -> Iterator[Session]:
    """Yield a session: one for this build alone where none is given."""
    if session is not None:
        yield session
        return
    with Session() as own:
        yield own


def _shelf(workspace: Workspace, cache: Cache) -> PartsFolder | None:
    """Return where what is known of the site lies for the next build, if that is to remember."""
    if not isinstance(cache, DiskCache):
        return None
    from generator.adapters.files.snapshot_file import PartsFolder

    return PartsFolder(workspace.cache_folder / "snapshots", cache.code)


@contextmanager
def _pictures(workspace: Workspace, cache: Cache) -> Iterator[PictureStore]:
    """Yield where made pictures are kept: for this run alone where nothing is remembered."""
    from generator.adapters.files.image_store import PictureStore

    if isinstance(cache, NoCache):
        import tempfile  # which builds that remember do without

        with tempfile.TemporaryDirectory(prefix="tidepost-") as folder:
            yield PictureStore(Path(folder))
        return
    store = PictureStore(workspace.cache_folder / "images")
    yield store
    store.sweep()


@contextmanager
def _aside(workspace: Workspace, wish: BuildOptions, folder: Path) -> Iterator[PageSpool | NotKept]:
    """Yield where pages lie until they are written to `folder`."""
    from generator.adapters.files.page_spool import NotKept, PageSpool

    if not wish.write:
        yield NotKept()
        return
    there = folder.is_symlink() or (folder.is_dir() and any(folder.iterdir()))
    aside = PageSpool(workspace.private / "aside", whole=not there, there=folder if there else None)
    aside.clear()
    try:
        yield aside
    finally:
        aside.clear()


def _engine() -> str:
    """Return what an index for searching is made with; what is missing is reported later."""
    from generator.adapters.pagefind import engine

    found = engine()
    return found.name if found else "none"


def _read_if_there(root: Path, path: str) -> bytes:
    """Return what a file holds, and nothing where there is none. Raises SiteError."""
    try:
        return read_file(root / path)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise SiteError([unreadable(path, error)]) from None
