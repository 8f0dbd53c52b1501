"""One publisher at a time, also across sleep, clocks that were set back, and signals."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from generator.adapters.files.folder_store import FileStore
from generator.app.diagnosis import try_store
from generator.publish import lease
from generator.publish import publisher as release
from generator.publish.clock import clock_of, elapsed
from generator.publish.executor import execute
from generator.publish.lease import Busy, Lease, LeaseLost
from generator.publish.manifest import JOURNAL, LEASE, STATE, Ref
from generator.publish.publisher import Target
from generator.publish.throttle import Throttle
from tests.support import published as sites
from tests.support import s3_servers
from tests.support.bucket import Bucket
from tests.support.driver import START, folder_target, publish
from tests.support.memory import MemoryStore

ROOT = Path(__file__).parents[2]


def test_time_asleep_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """In suspend CLOCK_BOOTTIME goes on, and the clock of `time.monotonic` stands still."""
    store = MemoryStore()
    mine = Lease(store, "mine")
    mine.take()
    mine.check()
    genuine = time.clock_gettime
    slept = {getattr(time, "CLOCK_BOOTTIME", None), getattr(time, "CLOCK_MONOTONIC_RAW", None)}
    monkeypatch.setattr(
        time, "clock_gettime", lambda number: genuine(number) + 1_000 * (number in slept)
    )
    if sys.platform not in ("linux", "darwin"):
        wall = time.time
        monkeypatch.setattr(time, "time", lambda: wall() + 1_000)
    with pytest.raises(LeaseLost):
        mine.check()


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "aix"])
def test_every_systems_clock_goes_on(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = clock_of(platform)
    before = clock()
    time.sleep(0.01)
    assert 0.005 < clock() - before < 500
    if platform not in ("linux", "darwin"):
        wall = time.time
        monkeypatch.setattr(time, "time", lambda: wall() + 1_000)
        assert clock() - before > 999
        monkeypatch.setattr(time, "time", lambda: wall() - 1_000)
        assert 0 < clock() - before < 500  # set back: what passed is reported by the other clock
    assert elapsed() > 0


def test_a_page_of_the_next_release_is_not_deleted_by_one_that_slept(tmp_path: Path) -> None:
    """The first is put to sleep after its commit, and its clock stands still, at worst."""
    store = MemoryStore()
    target = Target(store=store, throttle=Throttle(1))
    home: sites.Site = {"index.html": ("entry", b"home")}
    page: sites.Site = {"posts/x/index.html": ("page", b"x")}
    before = sites.local_of(home | page, tmp_path / "1")
    publish(target, before, tmp_path / "1")
    without = sites.local_of(home, tmp_path / "2")
    genuine = store.delete

    def slept(refs: Sequence[Ref]) -> None:
        genuine(refs)

    store.delete = slept  # type: ignore[method-assign]
    plan = release.make_plan(target, without, release.policy_of(SETTINGS, target, without), START)
    mine = Lease(store, "the one that slept", clock=lambda: 0.0)
    committed = len(store.objects[STATE + "manifest.json"].content)

    def wake() -> None:
        manifest = store.objects[STATE + "manifest.json"].content
        if len(manifest) == committed or b'"sequence":2' not in manifest:
            return
        store.after_change = lambda: None
        store.clock += 1_000
        publish(target, before, tmp_path / "1", minutes=2)

    store.after_change = wake
    with pytest.raises(LeaseLost):
        execute(plan, store, (tmp_path / "2").joinpath, mine, START, throttle=Throttle(1))
    assert "posts/x/index.html" in store.live()
    sites.check_is(store.live(), before)
    assert LEASE not in store.objects
    assert JOURNAL not in store.objects


SETTINGS = release.PublishSettings()


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_what_the_sdk_tries_again_after_a_sleep_is_not_sent(bucket: Bucket, built: Path) -> None:
    """The first attempt of a delete breaks off; when it would be made again, the lease is gone."""
    home: sites.Site = {"index.html": ("entry", b"home")}
    local = sites.local_of(home | {"x/index.html": ("page", b"x")}, built)  # type: ignore[arg-type]
    publish(bucket.watched(), local, built)
    without = sites.local_of(home, built)
    slept = [0.0]

    def rule(_number: int, seen: s3_servers.Seen) -> s3_servers.Action:
        if seen.method == "POST" and "delete" in seen.path:
            slept[0] = 1_000.0
            return "reset"
        return "pass"

    bucket.proxy.start_over(rule)
    target = bucket.watched()
    plan = release.make_plan(target, without, release.policy_of(SETTINGS, target, without), START)
    mine = Lease(target.store, "the one that slept", clock=lambda: time.monotonic() + slept[0])
    with pytest.raises(LeaseLost):
        execute(plan, target.store, built.joinpath, mine, START, throttle=Throttle(1))
    deletes = [one for one in bucket.proxy.seen if one.method == "POST" and "delete" in one.path]
    assert len(deletes) == 1
    assert "x/index.html" in bucket.live()


def ahead(store: MemoryStore, seconds: float) -> None:
    """Date the lease at the store in the future, as a clock that was set back does."""
    store.written[LEASE] = store.clock + seconds


def test_a_lease_dated_in_the_future_does_not_lock_for_a_day(tmp_path: Path) -> None:
    store = MemoryStore()
    Lease(store, "the dead one").take()
    ahead(store, 86_400)
    local = sites.local_of(sites.old_site(), tmp_path)
    target = Target(store=store, throttle=Throttle(1))
    with pytest.raises(Busy, match="86,400 s in the future") as told:
        publish(target, local, tmp_path)
    assert "--force" in told.value.hint
    publish(target, local, tmp_path, force=True)
    sites.check_is(store.live(), local)
    assert LEASE not in store.objects


def test_force_takes_a_lease_from_the_future_over_although_nothing_changed(tmp_path: Path) -> None:
    store = MemoryStore()
    target = Target(store=store, throttle=Throttle(1))
    local = sites.local_of(sites.old_site(), tmp_path)
    publish(target, local, tmp_path)
    Lease(store, "the dead one").take()
    ahead(store, 86_400)
    assert publish(target, local, tmp_path)[0].empty
    assert LEASE in store.objects
    assert publish(target, local, tmp_path, force=True)[0].empty
    assert LEASE not in store.objects


def test_force_does_not_take_over_from_one_at_work(tmp_path: Path) -> None:
    store = MemoryStore()
    Lease(store, "the living one").take()
    local = sites.local_of(sites.old_site(), tmp_path)
    target = Target(store=store, throttle=Throttle(1))
    for seconds in (0.0, lease.SKEW / 2):
        ahead(store, seconds)
        with pytest.raises(Busy, match="the living one"):
            publish(target, local, tmp_path, force=True)


def test_doctor_tells_whose_lease_it_is(tmp_path: Path) -> None:
    def told(state: str) -> str:
        everything = try_store(FileStore(tmp_path / "out"), tmp_path)
        found = [one for one in everything if one.what.endswith("lease")]
        assert [one.state for one in found] == [state]
        return found[0].message

    store = FileStore(tmp_path / "out")
    assert "no publish" in told("ok")
    Lease(store, "somebody").take()
    assert "somebody is at work" in told("ok")
    file = tmp_path / "out.tidepost/lease.json"
    os.utime(file, (0, 0))
    assert "broke off" in told("ok")
    os.utime(file, (time.time() + 86_400,) * 2)
    assert "in the future" in told("wrong")


def test_whoever_holds_the_lease_clears_away_what_a_crash_left(tmp_path: Path, built: Path) -> None:
    target = folder_target(tmp_path / "out")
    local = sites.local_of(sites.old_site(), built)
    publish(target, local, built)
    left = tmp_path / "out.tidepost/tmp"
    for name, age in (("of a crash", 120.0), ("of one who asks for the lease", 1.0)):
        (left / name).write_bytes(b"half")
        os.utime(left / name, (time.time() - age,) * 2)
    publish(target, sites.local_of(sites.new_site(), built), built, minutes=1)
    assert [path.name for path in left.iterdir()] == ["of one who asks for the lease"]


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_sigterm_gives_the_lease_back(bucket: Bucket, tmp_path: Path) -> None:
    """As Ctrl-C does, with word of how far it came; the next publish completes it at once."""
    folder = tmp_path / "site"
    (folder / "content/posts").mkdir(parents=True)
    for name in ("templates", "static", "infra"):
        (folder / name).symlink_to(ROOT / name, target_is_directory=True)
    (folder / "site.yaml").write_text(
        "title: T\nurl: https://blog.example\ncounter: {enabled: false}\n"
        "contact: {enabled: false}\npublish:\n  target: s3\n  concurrency: 1\n"
        f"  bucket: {bucket.name}\n  prefix: {bucket.prefix}\n"
        f"  endpoint_url: {bucket.proxy.endpoint}\n"
    )
    (folder / "content/posts/one.md").write_text(
        "---\ntitle: One\ndescription: About one\ndate: 2026-01-02\n---\n\nText.\n"
    )

    def rule(_number: int, seen: s3_servers.Seen) -> s3_servers.Action:
        last = seen.method == "PUT" and seen.path.endswith("/archive/index.html")
        return "term" if last else "pass"

    bucket.proxy.start_over(rule)

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "publish.py"), "publish"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    process = start()
    bucket.proxy.victim = process.pid
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors
    assert "Interrupted: " in errors
    assert "of release 1 already" in errors
    assert "Traceback" not in errors
    listed = bucket.s3.list_objects_v2(Bucket=bucket.name, Prefix=bucket.prefix + STATE)
    names = {item["Key"].removeprefix(bucket.prefix) for item in listed["Contents"]}
    assert LEASE not in names
    assert JOURNAL in names
    bucket.proxy.start_over()
    process = start()
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors


def test_signals_that_were_ignored_stay_so() -> None:
    code = (
        "import signal\n"
        "from generator.adapters.interrupts import ended_like_ctrl_c as like\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with like():\n"
        "    inside = [signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGTERM)]\n"
        "print([inside[0] == signal.SIG_IGN, inside[1] == signal.default_int_handler])\n"
        "print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert ran.stdout == "[True, True]\nTrue\n"
