"""Carries out a plan, phase by phase, so that a crash at any moment leaves a whole site.

The journal is written before the first object is touched and deleted after the last; the manifest's
conditional write between them is the moment at which the release changes.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

import msgspec

from generator.core.problems import SiteError
from generator.publish.lease import Lease, LeaseLost
from generator.publish.manifest import (
    JOURNAL,
    MANIFEST,
    Manifest,
    Pending,
    Ref,
    encode,
    release_key,
)
from generator.publish.plan import PHASES, SEEN, Operation, Phase, Plan, month_of
from generator.publish.planner import finish
from generator.publish.store import Conflict, Store, Stored, StoreError
from generator.publish.throttle import Throttle

WAIT_SECONDS = 5.0
"""How long the coordinator sleeps at most before it looks at its lease."""

DELETES = 1_000
"""How many objects are deleted at most between two looks at the lease: one request of S3."""


class MovedOn(StoreError):
    """The store is no longer as it was when the plan was made."""


class Distribution(Protocol):
    """A CDN that can invalidate what it keeps. `adapters/cloudfront.py` gives it."""

    def invalidate(self, pending: Pending) -> str:
        """Ask for an invalidation and return its id; repeating a reference is harmless.

        Raises StoreError when it is refused for now.
        """

    def finished(self, invalidation: str) -> bool:
        """Whether an invalidation has reached all edges."""

    def publish_function(self, code: str) -> None:
        """Make `code` the function that answers requests at the edge."""


class Outcome(msgspec.Struct, kw_only=True):
    """What a publish did. `warnings` are sentences; `invalidations` the ids that were asked for."""

    release: str
    sequence: int
    uploaded: int = 0
    copied: int = 0
    deleted: int = 0
    unchanged: int = 0
    sent: int = 0
    invalidated: int = 0
    invalidated_this_month: int = 0
    invalidations: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    throttles: int = 0


Progress = Callable[[int, int, str], None]
"""Called with how many operations are done, how many there are, and the phase."""


def quiet(done: int, total: int, phase: str) -> None:
    """Show no progress."""


def execute(
    plan: Plan,
    store: Store,
    find: Callable[[str], Path],
    lease: Lease,
    now: datetime,
    *,
    throttle: Throttle,
    distribution: Distribution | None = None,
    edge_code: Mapping[Phase, str] | None = None,
    progress: Progress = quiet,
) -> Outcome:
    """Make the plan's release the live one. `find` tells where the file of an output path lies;
    `edge_code` is the edge function of each phase that gives it one.

    Raises SiteError when the plan is refused, Busy, LeaseLost or MovedOn when someone else
    publishes, StoreError when the store fails. Whatever happens, running again completes the work.
    """
    if plan.refused:
        raise SiteError(plan.refused)
    outcome = Outcome(
        release=plan.target.release, sequence=plan.target.sequence, unchanged=plan.unchanged
    )
    outcome.warnings = plan.notes
    if plan.empty and not lease.force:
        return outcome
    lease.take(plan.target.conditions)
    run = None
    try:
        if plan.empty:  # what was forced is the lease alone
            lease.give_back()
            return outcome
        if store.changed(MANIFEST, plan.base):
            raise _moved_on()
        with ThreadPoolExecutor(throttle.most) as pool:
            run = _Run(store, find, lease, throttle, pool, progress, len(plan.operations))
            _carry_out(plan, run, outcome, now, distribution, edge_code or {})
    except BaseException as error:
        with contextlib.suppress(StoreError):
            lease.give_back()  # the journal stays, and tells the next run where to go on
        if run is not None and (how_far := run.how_far(plan)):
            if isinstance(error, StoreError):
                error.message = f"{error.message}; {how_far}"
            elif isinstance(error, KeyboardInterrupt):
                raise KeyboardInterrupt(how_far) from None
        raise
    outcome.throttles = throttle.throttles
    return outcome


def write_surely(store: Store, key: str, body: bytes, *, expect: str) -> str:
    """Write under a condition; a conflict with our own earlier write is no conflict.

    A client that got no answer writes again and is refused because of its own first write. `body`
    must therefore be unlike any that another publisher could write.
    """
    try:
        return store.write(key, body, expect=expect)
    except Conflict:
        found = store.read(key)
        if found is None or found.body != body:
            raise
        return found.etag


class _Run:
    """The means of one run, and its count of finished operations."""

    def __init__(
        self,
        store: Store,
        find: Callable[[str], Path],
        lease: Lease,
        throttle: Throttle,
        pool: ThreadPoolExecutor,
        progress: Progress,
        total: int,
    ) -> None:
        self.store, self._find, self.lease = store, find, lease
        self._governor, self._pool, self._progress, self._total = throttle, pool, progress, total
        self._done = 0
        self.seen = 0
        """How many operations changed what readers see, before the commit."""
        self.committed = False

    def how_far(self, plan: Plan) -> str:
        """Say of how many pages and files a release was broken off; empty where of none."""
        if self.committed or not self.seen or self.store.staged:
            return ""
        total = sum(1 for operation in plan.operations if _is_seen(operation))
        number = plan.target.sequence
        done = f"{self.seen:,} of {total:,} changed pages and files are of release {number} already"
        if number == 1:
            return done
        before = number - 1 if plan.release else number
        return f"{done}, {total - self.seen:,} still as they were in release {before}"

    def all(self, operations: Sequence[Operation]) -> Iterator[tuple[Operation, Stored]]:
        """Carry out operations of one phase, many at a time; the first failure ends it."""
        waiting, running = deque(operations), dict[Future[Stored], Operation]()
        # They report themselves when they are done: to wait for the first of many again for each
        # one takes a third of the time of sending small files.
        done: SimpleQueue[Future[Stored]] = SimpleQueue()
        while waiting or running:
            self.lease.keep()
            while waiting and len(running) < self._governor.bound:
                operation = waiting.popleft()
                future = self._pool.submit(self._one, operation)
                running[future] = operation
                future.add_done_callback(done.put)
            try:
                future = done.get(timeout=WAIT_SECONDS)
            except Empty:
                continue
            operation = running.pop(future)
            stored = future.result()
            self._governor.succeeded()
            self.count(operation)
            yield operation, stored

    def progress(self, phase: str) -> None:
        """Tell what begins."""
        self._progress(self._done, self._total, phase)

    def count(self, operation: Operation) -> None:
        """Tell that an operation is done."""
        self._done += 1
        self.seen += _is_seen(operation)
        self._progress(self._done, self._total, operation.phase)

    def _one(self, operation: Operation) -> Stored:
        self.lease.check()
        entry = operation.entry
        assert entry is not None
        try:
            if operation.kind == "upload":
                file = self._find(operation.path)
                return self.store.upload(operation.path, file, entry, expect=operation.expect)
            source = operation.source or Ref(operation.path)
            return self.store.copy(
                source,
                operation.path,
                entry,
                expect=operation.expect,
                unmoved=operation.unmoved,
            )
        except Conflict as conflict:
            raise changed_by_others(conflict.key) from None


def _carry_out(
    plan: Plan,
    run: _Run,
    outcome: Outcome,
    now: datetime,
    distribution: Distribution | None,
    edge_code: Mapping[Phase, str],
) -> None:
    by_phase = {phase: [o for o in plan.operations if o.phase == phase] for phase in PHASES}
    etag, manifest = plan.base, plan.target
    journalled = bool(plan.base_journal)
    if by_phase["commit"]:
        _begin_journal(plan, run)
        journalled = True
        stored: dict[str, Stored] = {}
        for phase in PHASES[: PHASES.index("commit")]:
            if phase in ("files", "edge"):
                for operation in by_phase[phase]:
                    if distribution is not None:
                        distribution.publish_function(edge_code[phase])
                    run.count(operation)
                continue
            for operation, told in run.all(by_phase[phase]):
                if operation.kind != "keep":
                    stored[operation.path] = told
                outcome.uploaded += operation.kind == "upload"
                outcome.copied += operation.kind == "copy"
                outcome.sent += operation.bytes
            if by_phase[phase]:
                run.store.settle()
        manifest = finish(plan, stored)
        manifest = msgspec.structs.replace(manifest, conditions=run.lease.conditions)
        etag = _commit(plan, manifest, run)
        run.committed = True
        run.count(by_phase["commit"][0])
    if manifest.pending and distribution is not None:
        manifest = _invalidate(manifest, etag, run, outcome, now, distribution)
        for operation in by_phase["invalidate"]:
            run.count(operation)
    outcome.invalidated_this_month = manifest.invalidated.get(month_of(now), 0)
    gone = [Ref(operation.path) for operation in by_phase["delete"]]
    try:
        _delete(run, [*gone, *plan.discards])
    except StoreError as error:
        if not plan.discards:
            raise
        # No reader sees what is discarded, and `gc` finds it: it must not hold up each publish.
        _delete(run, gone)
        outcome.warnings += (f"old content was left: {error.message}; `gc` deletes it",)
    outcome.deleted = len(gone)
    for operation in by_phase["delete"]:
        run.count(operation)
    run.lease.keep()
    run.lease.check()
    if run.store.staged:
        run.progress("sending")
        seal(run.store, run.lease)
    if not run.lease.give_back(*([Ref(JOURNAL)] if journalled else [])):
        raise LeaseLost(
            "the release is live, but this publish was held up before it could clean up",
            "run it again: it completes the release",
        )


def _delete(run: _Run, refs: Sequence[Ref]) -> None:
    # No condition keeps a delete from what another publisher has put there meanwhile.
    for start in range(0, len(refs), DELETES):
        run.lease.keep()
        run.lease.confirm()
        run.store.delete(refs[start : start + DELETES])


def seal(store: Store, lease: Lease) -> None:
    """Let what a store has staged take effect. Raises MovedOn where it moved on meanwhile."""
    try:
        store.seal(lease.keep)
    except Conflict as conflict:
        if conflict.key in ("", MANIFEST):
            raise _moved_on() from None
        raise changed_by_others(conflict.key) from None


def _begin_journal(plan: Plan, run: _Run) -> None:
    journal = msgspec.structs.replace(plan.journal, token=run.lease.token)
    try:
        write_surely(run.store, JOURNAL, encode(journal), expect=plan.base_journal)
    except Conflict:
        raise _moved_on() from None


def _commit(plan: Plan, manifest: Manifest, run: _Run) -> str:
    run.lease.keep()
    run.lease.check()
    if plan.record is not None:
        key, body = release_key(plan.record.release), encode(plan.record)
        try:
            write_surely(run.store, key, body, expect="")
        except Conflict:
            found = run.store.read(key)
            write_surely(run.store, key, body, expect=found.etag if found else "")
    run.lease.check()
    try:
        return write_surely(run.store, MANIFEST, encode(manifest), expect=plan.base)
    except Conflict:
        raise _moved_on() from None


def _invalidate(
    manifest: Manifest,
    etag: str,
    run: _Run,
    outcome: Outcome,
    now: datetime,
    distribution: Distribution,
) -> Manifest:
    """Ask for what is pending, and remember what was accepted and what was not."""
    left, ids, warnings, paths = list[Pending](), list[str](), list[str](), 0
    for pending in manifest.pending:
        run.lease.keep()
        try:
            ids.append(distribution.invalidate(pending))
            paths += len(pending.paths)
        except StoreError as error:
            left.append(pending)
            warnings.append(f"{error.message}; the next publish asks again")
    outcome.invalidations, outcome.invalidated = tuple(ids), paths
    outcome.warnings += tuple(warnings)
    if not ids:
        return manifest
    month = month_of(now)
    used = {month: manifest.invalidated.get(month, 0) + paths}
    manifest = msgspec.structs.replace(manifest, pending=tuple(left), invalidated=used)
    run.lease.check()
    try:
        write_surely(run.store, MANIFEST, encode(manifest), expect=etag)
    except Conflict:
        raise _moved_on() from None
    return manifest


def wait_for(
    distribution: Distribution,
    invalidations: Iterable[str],
    *,
    sleep: Callable[[float], None],
    seconds: float = 900.0,
    every: float = 5.0,
    progress: Callable[[float], None] | None = None,
) -> bool:
    """Wait until all edges forgot; False when that took longer than `seconds`."""
    waited = 0.0
    for one in invalidations:
        while not distribution.finished(one):
            if waited >= seconds:
                return False
            sleep(every)
            waited += every
            if progress is not None:
                progress(waited)
    return True


def _is_seen(operation: Operation) -> bool:
    """Whether an operation before the commit changes what a reader gets at some address."""
    return operation.kind in ("upload", "copy") and operation.phase in SEEN


def changed_by_others(path: str) -> MovedOn:
    """What is raised where something other lies at a path than the release put there."""
    return MovedOn(
        f"`{path}` was changed at the store by something else",
        "look at it with `plan --verify`; `publish --verify` puts the release in its place",
    )


def _moved_on() -> MovedOn:
    return MovedOn(
        "something was published since this plan was made",
        "run it again; it makes a new plan",
    )
