"""Two publishers at once: one wins, and the site is one release."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from generator.publish import lease
from generator.publish import publisher as release
from generator.publish.executor import MovedOn, execute
from generator.publish.lease import Busy, Lease, LeaseLost
from generator.publish.manifest import LEASE, MANIFEST, RELEASES, Local, Ref, encode
from generator.publish.publisher import Target
from generator.publish.store import Conflict, StoreError
from generator.publish.throttle import Throttle
from tests.support import published as sites
from tests.support.bucket import Bucket
from tests.support.driver import START, folder_target, publish
from tests.support.memory import Cdn, MemoryStore


class Two:
    """One published site, and two publishers with a site each."""

    def __init__(self, tmp_path: Path) -> None:
        self.old = sites.local_of(sites.old_site(), tmp_path / "old")
        self.roots = [tmp_path / "a", tmp_path / "b"]
        other = sites.old_site() | {
            "index.html": ("entry", sites.page("theirs", "/posts/a/", "/posts/d/")),
            "posts/d/index.html": ("page", sites.page("d", "/theirs.0003.css")),
            "theirs.0003.css": ("asset", b"theirs"),
        }
        self.locals = [
            sites.local_of(sites.new_site(), self.roots[0]),
            sites.local_of(other, self.roots[1]),
        ]
        self.tmp_path = tmp_path


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def which(store: MemoryStore, two: Two) -> int:
    """Which of the two releases is live, whole and alone."""
    manifest = release.manifest_of(store)
    assert manifest
    entries = sites.entries_without_memory(manifest)
    found = [number for number, local in enumerate(two.locals) if local.entries == entries]
    assert len(found) == 1, "what is committed is neither release"
    sites.check_is(store.live(), two.locals[found[0]], but=manifest.lingering)
    return found[0]


@pytest.mark.parametrize("expired", [False, True])
@pytest.mark.parametrize("versioned", [False, True])
def test_one_publisher_between_any_two_requests_of_another(
    two: Two, expired: bool, versioned: bool
) -> None:
    """The second runs from beginning to end between two requests of the first; where `expired`,
    the first was held up for so long that its lease ran out."""
    ended, number = False, 0
    winners = set()
    while not ended:
        number += 1
        store = MemoryStore(versioned=versioned)
        cdn = Cdn(store)
        target = Target(store=store, throttle=Throttle(1), distribution=cdn)
        publish(target, two.old, two.tmp_path / "old")
        cdn.warm()
        held_up = [0.0]
        results: dict[int, str] = {}

        def second(
            store: MemoryStore = store,
            target: Target = target,
            results: dict[int, str] = results,
            held_up: list[float] = held_up,
            at: int = store.requests + number,
        ) -> None:
            if store.requests < at:
                return
            store.after_request = lambda: None
            if expired:
                store.clock += 1_000
                held_up[0] += 1_000
            try:
                publish(target, two.locals[1], two.roots[1], minutes=2)
                results[1] = "won"
            except Busy:
                results[1] = "busy"

        store.after_request = second
        try:
            results[0] = "won"
            run_with_clock(target, two.locals[0], two.roots[0], held_up)
        except (MovedOn, LeaseLost, Busy) as error:
            results[0] = type(error).__name__
        ended = 1 not in results
        store.after_request = lambda: None
        winner = 0 if ended else which_settled(store, target, two, results)
        winners.add(winner)
        assert not store.objects.get(LEASE) or results[0] != "won"
        cdn.warm()
        for url, content in cdn.cache.items():
            key = f"{url[1:]}index.html" if url.endswith("/") else url[1:]
            assert store.live()[key].content == content, f"{url} is cached as it was before"
    assert number > 10
    assert winners == {0, 1}


def which_settled(store: MemoryStore, target: Target, two: Two, results: dict[int, str]) -> int:
    """The site is one release already, or becomes one by the next publish, whoever's."""
    assert "won" in results.values(), "nobody won"
    if results[0] == "won" or results[1] == "won":
        return which(store, two)
    raise AssertionError(results)


def run_with_clock(target: Target, local: Local, root: Path, held_up: list[float]) -> None:
    """Publish as `release.publish` does, by a clock that goes on while it is held up."""
    plan = release.make_plan(target, local, release.policy_of(SETTINGS, target, local), START)
    execute(
        plan,
        target.store,
        root.joinpath,
        Lease(target.store, "the first", clock=lambda: time.monotonic() + held_up[0]),
        START,
        throttle=target.throttle,
        distribution=target.distribution,
    )


SETTINGS = release.PublishSettings()


@pytest.mark.parametrize(
    "place", ["folder", "moto", "moto-versioned", "seaweed", "seaweed-versioned"]
)
def test_many_publishers_at_the_same_moment(
    place: str, two: Two, request: pytest.FixtureRequest
) -> None:
    """Threads with delays of their own; no order is forced."""
    rounds = 8
    chance = random.Random(place)
    for number in range(rounds):
        server, _, versioned = place.partition("-")
        if server == "folder":
            folder = two.tmp_path / f"round-{number}"
            targets = [folder_target(folder, 2) for _ in range(3)]
        else:
            bucket = Bucket(request.getfixturevalue(f"{server}_server"), versioned=bool(versioned))
            targets = [bucket.target(2) for _ in range(3)]
        publish(targets[2], two.old, two.tmp_path / "old")
        results: list[str] = ["", ""]

        def run(
            who: int, delay: float, targets: list[Target] = targets, results: list[str] = results
        ) -> None:
            time.sleep(delay)
            try:
                publish(targets[who], two.locals[who], two.roots[who], minutes=who + 1)
                results[who] = "won"
            except (Busy, MovedOn) as error:
                results[who] = type(error).__name__

        threads = [
            threading.Thread(target=run, args=(who, chance.random() * 0.02)) for who in (0, 1)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert "won" in results, results
        manifest = release.manifest_of(targets[2].store)
        assert manifest
        live = sites.folder_live(folder) if server == "folder" else bucket.live()
        entries = sites.entries_without_memory(manifest)
        winner = [local for local in two.locals if local.entries == entries]
        assert len(winner) == 1
        sites.check_is(live, winner[0], but=manifest.lingering)
        if server != "folder":
            bucket.close()


def test_a_lease_taken_by_a_write_whose_answer_was_lost_is_ours() -> None:
    store = MemoryStore()
    genuine = store.write

    def lost(key: str, body: bytes, *, expect: str) -> str:
        genuine(key, body, expect=expect)
        raise Conflict(key)  # what a client sees that writes again after no answer

    store.write = lost  # type: ignore[method-assign]
    mine = Lease(store, "mine")
    mine.take()
    mine.check()
    store.write = genuine  # type: ignore[method-assign]
    with pytest.raises(Busy, match="mine"):
        Lease(store, "other").take()


def test_a_held_up_publisher_does_not_touch_the_lease_of_another() -> None:
    store, now = MemoryStore(), [0.0]
    mine = Lease(store, "mine", clock=lambda: now[0])
    mine.take()
    now[0] = store.clock = lease.TTL * (1 - lease.MARGIN) + 1
    with pytest.raises(LeaseLost):
        mine.check()
    now[0] = store.clock = lease.TTL + 1
    theirs = Lease(store, "theirs", clock=lambda: now[0])
    theirs.take()
    with pytest.raises(LeaseLost):
        mine.keep()
    mine.give_back(Ref(MANIFEST))
    theirs.check()
    assert store.objects[LEASE]


def test_a_lease_that_nobody_can_read_runs_out_as_well() -> None:
    for damage in (b"", b"{", b'{"token": "\xff"}'):
        store = MemoryStore()
        store.write(LEASE, damage, expect="")
        with pytest.raises(Busy, match="an unknown publisher"):
            Lease(store, "other").take()
        store.clock += lease.TTL + 1
        Lease(store, "other").take()


def test_many_deletes_stop_when_the_lease_is_lost(tmp_path: Path) -> None:
    """Another publisher may have put there what the rest of them would delete."""
    home: sites.Site = {"index.html": ("entry", b"home")}
    pages: sites.Site = {f"{n}/index.html": ("page", b"x") for n in range(1_100)}
    store, held_up = MemoryStore(), [0.0]
    target = Target(store=store, throttle=Throttle(1))
    publish(target, sites.local_of(home | pages, tmp_path / "1"), tmp_path / "1")
    genuine = store.delete

    def slow(refs: Sequence[Ref]) -> None:
        genuine(refs)
        held_up[0] += lease.TTL + 1
        store.clock += lease.TTL + 1
        Lease(store, "other").take()

    store.delete = slow  # type: ignore[method-assign]
    local = sites.local_of(home, tmp_path / "2")
    policy = release.policy_of(SETTINGS, target, local)
    plan = release.make_plan(
        target, local, msgspec.structs.replace(policy, allow_deletes=True), START
    )
    with pytest.raises(LeaseLost):
        execute(
            plan,
            store,
            tmp_path.joinpath,
            Lease(store, "the first", clock=lambda: time.monotonic() + held_up[0]),
            START,
            throttle=target.throttle,
        )
    assert len(store.live()) == 101


def test_a_lease_is_renewed_while_a_large_file_is_sent() -> None:
    store, now = MemoryStore(), [0.0]
    mine = Lease(store, "mine", clock=lambda: now[0])
    mine.take()
    for _ in range(20):
        now[0] += lease.TTL / 3 + 0.1
        store.clock = now[0]
        mine.keep()
        mine.check()
        with pytest.raises(Busy):
            Lease(store, "other", clock=lambda: now[0]).take()


def test_the_commit_refuses_when_another_manifest_is_there(two: Two) -> None:
    """The last line of defence: even without a lease, the manifest is compared and swapped."""
    store = MemoryStore()
    target = Target(store=store, throttle=Throttle(1))
    publish(target, two.old, two.tmp_path / "old")
    manifest = release.manifest_of(store)
    assert manifest
    genuine, count = store.write, iter(range(9))

    def sly(key: str, body: bytes, *, expect: str) -> str:
        if key.startswith(RELEASES):  # just before the commit
            other = encode(msgspec.structs.replace(manifest, commit=f"theirs {next(count)}"))
            there = store.read(MANIFEST)
            assert there
            genuine(MANIFEST, other, expect=there.etag)
        return genuine(key, body, expect=expect)

    store.write = sly  # type: ignore[method-assign]
    with pytest.raises(StoreError):
        publish(target, two.locals[0], two.roots[0], minutes=1)
    store.write = genuine  # type: ignore[method-assign]
    after = release.manifest_of(store)
    assert after
    assert after.commit == "theirs 2"
    assert after.entries == manifest.entries
