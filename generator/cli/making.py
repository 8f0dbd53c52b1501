"""Making a site anew: going on from the last build where that can be, else the whole of it."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from generator.adapters.aside import Aside, NotKept
from generator.adapters.console import ProgressLine
from generator.adapters.disk import (
    Listing,
    find_data,
    find_sources,
    read_extensions,
    read_files,
    read_templates,
)
from generator.adapters.ledger import Ledger
from generator.adapters.picture_store import PictureStore
from generator.adapters.workers import Workers
from generator.cli.common import Workspace, collecting, preview_url
from generator.cli.finishing import Place, finish, mistakes
from generator.cli.outcome import GoingOn, Remembered, Wish
from generator.editions import build_site
from generator.inputs import Inputs
from generator.known import MOST_EDITED, edited, learn, read_known
from generator.levels import relevel
from generator.memo import Key, Memo, key_of
from generator.problems import Problem, SiteError
from generator.results import Workings
from generator.steps import Runner


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a build came to and what it leaves for the next one, with the files that it has read."""

    remembered: Remembered
    known: Mapping[Key, bytes]
    read: Collection[str]


def make(
    workspace: Workspace,
    wish: Wish,
    folder: Path,
    listing: Listing,
    counts: bytes,
    memo: Memo,
    store: PictureStore,
    aside: Aside | NotKept,
    output: Ledger,
    progress: ProgressLine,
    going_on: GoingOn,
) -> Made:
    """Build, check and write; go on from what is known of the last build, where that can be."""
    root, config = workspace.root, workspace.config
    if wish.preview:
        config = msgspec.structs.replace(config, url=preview_url(config, wish.preview))
    sources, problems = find_sources(root, listing, config.collections)
    templates, found = read_templates(root, listing)
    problems += found
    files, found = read_files(root, listing, memo)
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
    place = Place(workspace=workspace, config=config, folder=folder, output=output, wish=wish)
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
            with collecting(True), _seldom_collected():
                built = build_site(inputs, memo, run, progress, going_on.keep or workings.append)
        except SiteError as error:
            found = relevel([*problems, *error.problems], config.checks)
            raise mistakes(workspace.root, found) from None
    remembered = finish(place, built, problems, memo, progress, going_on.look)
    known = {}
    if workings:
        known[slots[0]] = msgspec.msgpack.encode(learn(inputs, built, workings[0]))
    return Made(remembered=remembered, known=known, read=listing.files)


def _go_on(
    place: Place,
    inputs: Inputs,
    slots: tuple[Key, Key],
    problems: Sequence[Problem],
    memo: Memo,
    run: Runner,
    progress: ProgressLine,
) -> Made | None:
    """Go on from the last build; None where only the whole build can tell, or make, the rest."""
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
        remembered = finish(place, rebuilt.build, problems, memo, progress)
    except (SiteError, Lost, msgspec.MsgspecError):
        return None
    edits = rebuilt.edits
    leaves = {later: msgspec.msgpack.encode(edits)}
    if len(edits.states) > MOST_EDITED:
        leaves = {whole: msgspec.msgpack.encode(edited(known, edits))}
    read = [each.path for each in inputs.sources if before[each.path] != each.sha256]
    return Made(remembered=remembered, known=leaves, read=read)


def _slots(folder: Path, wish: Wish) -> tuple[Key, Key]:
    """Return the keys under which the memo has what is known of the last build of its kind: the
    whole, and what became of it since."""
    kind = msgspec.msgpack.encode(wish)
    return key_of("known", folder.as_posix(), kind), key_of("edits", folder.as_posix(), kind)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Have Python search for cycles less often meanwhile: there are few, and much that lasts."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
