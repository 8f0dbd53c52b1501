"""Whether a site must be built: the last outcome where nothing changed, else what `making` does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from generator.adapters.console import ProgressLine
from generator.adapters.files.cache_folder import settle
from generator.adapters.files.digest_index import Ledger
from generator.adapters.files.os_errors import read_file
from generator.adapters.files.output_folder import holds
from generator.adapters.files.output_scan import Changes, looking
from generator.adapters.files.site_folder import list_inputs, still, unreadable
from generator.adapters.files.sqlite_cache import DiskMemo, code_digest
from generator.adapters.forked_task import Beside
from generator.adapters.lock import alone_in
from generator.app.outcome import Built, GoingOn, Keep, Look, Outcome, Remembered, Wish
from generator.cli.common import OUTPUT, SERVED, Workspace, not_collecting
from generator.core.cache import Key, Memo, NoMemo, key_of
from generator.core.problems import SiteError

if TYPE_CHECKING:
    from generator.adapters.files.image_store import PictureStore
    from generator.adapters.files.page_spool import Aside, NotKept
    from generator.adapters.files.snapshot_file import PartsFolder


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
    wish = Wish(
        drafts=drafts,
        future=future,
        preview=preview,
        write=write,
        engine=engine,
    )
    going_on = GoingOn(keep=keep, anew=anew or look is not None, look=look)
    folder = workspace.private / "previews" / preview if preview else workspace.root / into
    with (
        _alone(workspace),
        _output(workspace, folder, wish) as output,
        workspace.console.progress() as progress,
        _memo(workspace, no_memo=no_memo) as memo,
        not_collecting(),
    ):
        progress("Reading")
        outcome = _build(workspace, wish, folder, memo, output, progress, going_on)
    return Built(
        **{name: getattr(outcome, name) for name in Outcome.__struct_fields__},
        folder=folder,
        seconds=time.perf_counter() - start,
    )


def _build(
    workspace: Workspace,
    wish: Wish,
    folder: Path,
    memo: Memo,
    output: Output,
    progress: ProgressLine,
    going_on: GoingOn,
) -> Outcome:
    """Give the remembered outcome where nothing has changed since, or work it out."""
    inputs = Ledger(workspace.cache / "inputs.ledger")
    listing = list_inputs(workspace.root, inputs)
    inputs.save()
    counts = _read_if_there(workspace.root, workspace.config.counter.counts)
    asked = (workspace.config, wish, listing.files, listing.problems)
    key = key_of("outcome", msgspec.msgpack.encode(asked), counts)
    remembered = None if going_on.anew else _recall(memo, key, workspace.now.timestamp())
    if remembered and (
        not wish.write or holds(folder, remembered.files, output.ledger, output.look.result)
    ):
        output.ledger.save()
        return remembered
    # Imported here: where nothing changed, neither Markdown nor Jinja is needed.
    from generator.app.make import make

    with _pictures(workspace, memo) as store, _aside(workspace, wish) as aside:
        shelf = _shelf(workspace, memo)
        made = make(
            workspace,
            wish,
            folder,
            listing,
            counts,
            memo,
            shelf,
            store,
            aside,
            output.ledger,
            output.look,
            progress,
            going_on,
        )
    output.ledger.save()
    # What was written to meanwhile makes this nobody's outcome.
    if still(workspace.root, listing, inputs, made.read):
        if shelf and made.parts:
            shelf.write(made.key, made.parts)
        memo.put_many({key: msgspec.msgpack.encode(made.remembered), **made.later})
    return made.remembered.outcome


def _recall(memo: Memo, key: Key, now: float) -> Outcome | None:
    encoded = memo.get_many([key]).get(key)
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

    ledger: Ledger
    look: Beside[Changes]


@contextmanager
def _output(workspace: Workspace, folder: Path, wish: Wish) -> Iterator[Output]:
    """Begin to look at the output folder while all else is looked at; before there are threads."""
    name = folder.relative_to(workspace.root).as_posix().replace("/", "-")
    ledger = Ledger(workspace.cache / f"output-{name}.ledger")
    look = looking(folder, ledger, wanted=wish.write)
    try:
        yield Output(ledger, look)
    finally:
        look.end()


@contextmanager
def _memo(workspace: Workspace, *, no_memo: bool) -> Iterator[Memo]:
    if no_memo:
        yield NoMemo()
        return
    memo = DiskMemo(workspace.cache / "steps.sqlite", code_digest(workspace.cache / "code.digest"))
    try:
        yield memo
    finally:
        memo.close()


def _shelf(workspace: Workspace, memo: Memo) -> PartsFolder | None:
    """Return where what is known of the site lies for the next build, if that is to remember."""
    if not isinstance(memo, DiskMemo):
        return None
    from generator.adapters.files.snapshot_file import PartsFolder

    return PartsFolder(workspace.cache / "snapshots", memo.code)


@contextmanager
def _pictures(workspace: Workspace, memo: Memo) -> Iterator[PictureStore]:
    """Yield where made pictures are kept: for this run alone where nothing is remembered."""
    from generator.adapters.files.image_store import PictureStore

    if isinstance(memo, NoMemo):
        import tempfile  # which builds that remember do without

        with tempfile.TemporaryDirectory(prefix="tidepost-") as folder:
            yield PictureStore(Path(folder))
        return
    store = PictureStore(workspace.cache / "images")
    yield store
    store.sweep()


@contextmanager
def _aside(workspace: Workspace, wish: Wish) -> Iterator[Aside | NotKept]:
    """Yield where pages lie until they are written."""
    from generator.adapters.files.page_spool import Aside, NotKept

    if not wish.write:
        yield NotKept()
        return
    aside = Aside(workspace.private / "aside")
    aside.clear()
    try:
        yield aside
    finally:
        aside.clear()


def _installed(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _read_if_there(root: Path, path: str) -> bytes:
    """Return what a file holds, and nothing where there is none. Raises SiteError."""
    try:
        return read_file(root / path)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise SiteError([unreadable(path, error)]) from None
