"""A publisher is killed at every request, and every request is spoilt in every way.

At every request in a bucket in memory, and with real servers at the first request of each kind:
there a publisher is a process that is killed, and a spoilt request is one on the wire.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from generator.publish import publisher as release
from generator.publish.lease import Lease
from generator.publish.manifest import STATE, Local
from generator.publish.store import StoreError
from tests.support import driver, s3_servers
from tests.support import published as sites
from tests.support.bucket import Bucket
from tests.support.driver import forks, publish
from tests.support.memory_bucket import Killed, MemoryBucket
from tests.support.s3_servers import Seen

LINGERS = ["site.0001.css", "gone.0001.png"]


class Change:
    """The old site, published, and the new one, built and ready to be published."""

    def __init__(self, tmp_path: Path) -> None:
        self.old_root, self.root = tmp_path / "old", tmp_path / "new"
        self.old = sites.local_of(sites.old_site(), self.old_root)
        new = sites.local_of(sites.new_site(), self.root)
        self.new = sites.with_headers(new, "about/index.html", cache_control="max-age=5")


@pytest.fixture
def change(tmp_path: Path) -> Change:
    return Change(tmp_path)


def fresh(bucket: Bucket | MemoryBucket, change: Change) -> None:
    """Begin again at a new place with the old site published."""
    if isinstance(bucket, MemoryBucket) and bucket.objects:
        bucket.go_back()
        return
    if isinstance(bucket, Bucket):
        bucket.move()
    publish(bucket.target(8), change.old, change.old_root)
    bucket.proxy.start_over()
    if isinstance(bucket, MemoryBucket):
        bucket.keep()


def moments_of_a_publish(bucket: Bucket | MemoryBucket, change: Change) -> list[int]:
    """Count the requests; return the numbers of all, or with a server of the first of each kind."""
    fresh(bucket, change)
    publish(bucket.watched(), change.new, change.root, minutes=1)
    sites.check_is(bucket.live(), change.new, but=LINGERS)
    seen = list(bucket.proxy.seen)
    assert len(seen) > 15
    if isinstance(bucket, MemoryBucket):
        return list(range(1, len(seen) + 1))
    first: dict[tuple[str, bool, bool], int] = {}
    for number, one in enumerate(seen, 1):
        first.setdefault(kind_of(one), number)
    assert len(first) > 5
    return sorted(first.values())


def kind_of(one: Seen) -> tuple[str, bool, bool]:
    """What tells requests apart for a server: what is done, to the site or to its bookkeeping."""
    copied = "x-amz-copy-source" in {name.lower() for name in one.headers}
    return one.method, STATE in unquote(one.path), copied


def check_moment(bucket: Bucket | MemoryBucket, change: Change) -> None:
    sites.check_whole(bucket.live(), bucket.manifest(), change.old, change.new)


def written(bucket: Bucket | MemoryBucket) -> Counter[str]:
    """How often each object of the site was uploaded, with success."""
    return Counter(
        unquote(one.path.partition("?")[0])
        for one in bucket.proxy.seen
        if one.method == "PUT"
        and one.took_effect
        and STATE not in one.path
        and "x-amz-copy-source" not in {name.lower() for name in one.headers}
    )


def expire_lease(bucket: Bucket | MemoryBucket) -> None:
    """What waiting for the dead publisher's lease comes to, without the waiting."""
    bucket.delete(f"{STATE}lease.json")


def check_converged(bucket: Bucket | MemoryBucket, change: Change) -> None:
    manifest = bucket.manifest()
    assert manifest
    assert sites.entries_without_memory(manifest) == change.new.entries
    sites.check_is(bucket.live(), change.new, but=LINGERS)
    twice = {path: count for path, count in written(bucket).items() if count > 1}
    assert not twice, f"uploaded more than once: {twice}"
    keys = [key.removeprefix(bucket.prefix) for key in bucket.all_keys()]
    left = {key.removeprefix(STATE).split("/")[0] for key in keys if key.startswith(STATE)}
    assert left <= {"manifest.json", "releases", "content"}


@pytest.mark.parametrize(
    ("bucket", "moment", "workers"),
    [
        ("seaweed", "kill-after", 1),
        ("moto-versioned", "kill-after", 1),
        ("seaweed-versioned", "kill-before", 4),
        ("memory", "kill-after", 1),
        ("memory-versioned", "kill-after", 1),
        ("memory-versioned", "kill-before", 4),
    ],
    indirect=["bucket"],
)
def test_killed_at_every_request(
    bucket: Bucket | MemoryBucket, change: Change, moment: str, workers: int
) -> None:
    for number in moments_of_a_publish(bucket, change):
        fresh(bucket, change)
        rule = lambda now, seen, at=number: moment if now == at else "pass"  # type: ignore[misc] # noqa: E731
        if isinstance(bucket, MemoryBucket):
            bucket.rule = rule
            with pytest.raises(Killed):
                publish(bucket.watched(workers), change.new, change.root, minutes=1)
        else:
            publish_and_kill(bucket, change, rule, workers)
        bucket.proxy.rule = lambda now, seen: "pass"
        check_moment(bucket, change)
        expire_lease(bucket)
        publish(bucket.watched(4), change.new, change.root, minutes=2)
        check_converged(bucket, change)


def publish_and_kill(
    bucket: Bucket, change: Change, rule: Callable[[int, Seen], str], workers: int
) -> None:
    """Publish in a process of its own, which `rule` kills."""
    here, there = forks.Pipe()
    where = (bucket.proxy.endpoint, bucket.name, bucket.prefix)
    child = forks.Process(
        target=driver.child_s3, args=(here, *where, change.new, str(change.root), workers)
    )
    others = set(bucket.proxy.open)
    child.start()
    assert child.pid
    bucket.proxy.victim = child.pid
    bucket.proxy.rule = rule
    there.send("go")
    child.join(600)
    assert child.exitcode == -9, f"not killed: {child.exitcode}"
    bucket.proxy.settle(others)


FAULTS = ["500", "503", "reset", "truncate", "lost"]


@pytest.mark.parametrize(
    ("bucket", "fault"),
    [
        *(("seaweed-versioned", fault) for fault in FAULTS),
        *(("memory-versioned", fault) for fault in FAULTS),
        ("moto", "lost"),
        ("memory", "lost"),
    ],
    indirect=["bucket"],
)
def test_every_request_spoilt_once_is_made_again(
    bucket: Bucket | MemoryBucket, change: Change, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", no_delay)
    for number in moments_of_a_publish(bucket, change):
        fresh(bucket, change)
        bucket.proxy.rule = lambda now, seen, at=number: fault if now == at else "pass"  # type: ignore[misc]
        publish(bucket.watched(), change.new, change.root, minutes=2)
        bucket.proxy.rule = lambda now, seen: "pass"
        if fault != "lost" and fault != "truncate":
            check_converged(bucket, change)
        else:  # what took effect although the answer was lost may be written again by the client
            sites.check_is(bucket.live(), change.new, but=LINGERS)
        assert publish(bucket.watched(), change.new, change.root, minutes=3)[0].empty


def no_delay(self: object, context: object) -> float:
    return 0.0


@pytest.mark.parametrize("bucket", ["seaweed", "memory"], indirect=True)
def test_no_answer_at_every_request_is_a_time_out(
    bucket: Bucket | MemoryBucket, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", no_delay)
    moments = moments_of_a_publish(bucket, change)
    monkeypatch.setattr(s3_servers, "READ_SECONDS", 3.0)  # in which a busy server answers
    for number in moments:
        fresh(bucket, change)
        bucket.proxy.rule = lambda now, seen, at=number: "silence" if now == at else "pass"  # type: ignore[misc]
        publish(bucket.watched(), change.new, change.root, minutes=2)
        check_converged(bucket, change)


@pytest.mark.parametrize("bucket", ["seaweed-versioned", "memory-versioned"], indirect=True)
@pytest.mark.parametrize("fault", ["503"])
def test_a_store_that_fails_for_good_leaves_a_whole_site(
    bucket: Bucket | MemoryBucket, change: Change, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", no_delay)
    for number in moments_of_a_publish(bucket, change):
        fresh(bucket, change)
        bucket.proxy.rule = lambda now, seen, at=number: fault if now >= at else "pass"  # type: ignore[misc]
        with pytest.raises(StoreError):
            publish(bucket.watched(), change.new, change.root, minutes=1)
        bucket.proxy.rule = lambda now, seen: "pass"
        check_moment(bucket, change)
        expire_lease(bucket)
        publish(bucket.watched(), change.new, change.root, minutes=2)
        check_converged(bucket, change)


@pytest.mark.parametrize("bucket", ["seaweed", "moto"], indirect=True)
def test_a_dead_publishers_lease_runs_out(bucket: Bucket, change: Change) -> None:
    fresh(bucket, change)
    store = bucket.target().store
    first = Lease(store, "the dead one")
    first.take()
    with pytest.raises(StoreError, match="the dead one"):
        publish(bucket.target(), change.new, change.root, minutes=1)
    expire_lease(bucket)
    Lease(store, "the dead one", ttl=1).take(first.conditions)
    time.sleep(2.1)  # S3 tells the time in whole seconds
    publish(bucket.target(), change.new, change.root, minutes=1)
    sites.check_is(bucket.live(), change.new, but=LINGERS)


def run_child(folder: Path, change: Change, kill_at: int, kind: str) -> int:
    """Publish in a child that dies at a file operation; return how many there were, or 0."""
    target = driver.folder_target(folder)
    publish(target, change.old, change.old_root)
    if kind == "rollback":
        publish(target, change.new, change.root, minutes=0.5)
    if kind == "move":
        sites.old_layout(folder)
    here, there = forks.Pipe()
    child = forks.Process(
        target=driver.child_folder,
        args=(here, str(folder), change.new, str(change.root), kill_at, kind),
    )
    child.start()
    child.join(600)
    if child.exitcode == 0:
        return int(there.recv())
    assert child.exitcode == -9, f"not killed at {kill_at}: {child.exitcode}"
    return 0


@pytest.mark.parametrize("kind", ["publish", "rollback", "move"])
def test_a_folder_survives_a_kill_at_every_file_operation(
    tmp_path: Path, change: Change, kind: str
) -> None:
    total = run_child(tmp_path / "count", change, 0, kind)
    assert total > 60
    if kind == "move":
        total = 25  # which is the move, and the begin of what follows
    back = kind == "rollback"
    before, after = (change.new, change.old) if back else (change.old, change.new)
    for number in range(1, total + 1):
        folder = tmp_path / f"killed-{number}"
        assert run_child(folder, change, number, kind) == 0
        target = driver.folder_target(folder)
        committed = release.manifest_of(target.store)
        assert committed
        everything = [*change.old.entries, *change.new.entries]
        sites.check_whole(sites.folder_live(folder), committed, before, after, but=everything)
        for state in (folder.with_name(f"{folder.name}.tidepost"), folder / STATE):
            (state / "lease.json").unlink(missing_ok=True)
        if not back:
            publish(target, change.new, change.root, minutes=2)
            assert not (folder / STATE).exists()
        elif same(committed_entries(target), change.new):
            driver.roll_back(target, minutes=2)
        else:
            publish(target, change.old, change.old_root, minutes=2)
        lingering = committed_lingering(target)
        sites.check_is(sites.folder_live(folder), after, but=lingering)
        driver.forget(folder)


def committed_entries(target: release.Target) -> dict[str, str]:
    manifest = release.manifest_of(target.store)
    assert manifest
    return {path: entry.sha256 for path, entry in manifest.entries.items()}


def committed_lingering(target: release.Target) -> list[str]:
    manifest = release.manifest_of(target.store)
    assert manifest
    return list(manifest.lingering)


def same(entries: dict[str, str], local: Local) -> bool:
    return entries == {path: entry.sha256 for path, entry in local.entries.items()}
