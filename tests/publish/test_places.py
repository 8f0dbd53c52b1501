"""Whose place it is that is published to, and how far a release came that broke off."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from generator.core.problems import SiteError
from generator.publish import publisher
from generator.publish.manifest import MANIFEST, Entry, Local, decode_manifest
from generator.publish.plan import Plan
from generator.publish.publisher import Target
from generator.publish.store import Stored, StoreError
from generator.publish.throttle import Throttle
from tests.support import published as sites
from tests.support.driver import START, publish, roll_back
from tests.support.memory import MemoryStore
from tests.support.owner import Owner


def targets(store: MemoryStore, *addresses: str) -> list[Target]:
    return [Target(store=store, throttle=Throttle(1), site=address) for address in addresses]


def test_another_site_is_not_replaced(tmp_path: Path) -> None:
    store = MemoryStore()
    mine, theirs = targets(store, "https://mine.example", "https://theirs.example/blog")
    first = sites.local_of(sites.old_site(), tmp_path / "1")
    publish(mine, first, tmp_path / "1")
    publish(mine, sites.local_of(sites.new_site(), tmp_path / "2"), tmp_path / "2", minutes=1)
    before = store.live()
    local = sites.local_of({"index.html": ("entry", b"theirs")}, tmp_path / "3")
    for act in (
        lambda: publish(theirs, local, tmp_path / "3", minutes=2, allow_deletes=True),
        lambda: roll_back(theirs, minutes=2),
    ):
        with pytest.raises(SiteError) as refused:
            act()
        [problem] = refused.value.problems
        assert problem.code == "another-site"
        assert "https://mine.example" in problem.message
        assert "https://theirs.example/blog" in problem.message
        assert "publish.prefix" in problem.hint
        assert "--force" in problem.hint
        assert store.live() == before
    publish(theirs, local, tmp_path / "3", minutes=3, force=True, allow_deletes=True)
    with pytest.raises(SiteError):
        publish(mine, first, tmp_path / "1", minutes=4)


def test_a_place_of_an_older_tidepost_is_taken_as_ones_own(tmp_path: Path) -> None:
    store = MemoryStore()
    unnamed, mine, theirs = targets(store, "", "https://mine.example", "https://theirs.example")
    publish(unnamed, sites.local_of(sites.old_site(), tmp_path / "1"), tmp_path / "1")
    new = sites.local_of(sites.new_site(), tmp_path / "2")
    publish(mine, new, tmp_path / "2", minutes=1)
    assert decode_manifest(store.objects[MANIFEST].content).site == "https://mine.example"
    publish(unnamed, sites.local_of(sites.old_site(), tmp_path / "1"), tmp_path / "1", minutes=2)
    with pytest.raises(SiteError):
        publish(theirs, new, tmp_path / "2", minutes=3)


def test_a_second_owner_in_the_same_folder(owner: Owner, tmp_path: Path) -> None:
    owner.run()
    other = Owner(tmp_path / "other")
    for name in ("_published", "_published.tidepost"):
        shutil.copytree(owner.folder / name, other.folder / name)
    file = other.folder / "site.yaml"
    file.write_text(file.read_text().replace("https://blog.example", "https://other.example/b"))
    said = other.run(code=3)
    assert "another-site" in said
    assert "https://blog.example is published there" in said
    assert "another-site" in other.run("rollback", "1", code=3)
    # A preview has its own address, and a manifest of its own.
    other.run("publish", "--preview", "try")
    other.run("publish", "--force")


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path / "site")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=o", "-c", "user.email=o@example.org",
         *arguments],
        check=True, capture_output=True,
    )  # fmt: skip


def test_a_commit_that_is_not_of_this_history_is_told(owner: Owner, tmp_path: Path) -> None:
    git(owner.folder, "init", "-q")
    git(owner.folder, "add", "content")
    git(owner.folder, "commit", "-qm", "one", "--date", "2026-01-01T00:00:00Z")
    assert "history" not in owner.run()
    # The same site from another repository, whose commit is later.
    other = Owner(tmp_path / "other")
    other.post("second", "More.")
    for name in ("_published", "_published.tidepost"):
        shutil.copytree(owner.folder / name, other.folder / name)
    git(other.folder, "init", "-q")
    git(other.folder, "add", "content")
    git(other.folder, "commit", "-qm", "two")
    head = subprocess.run(
        ["git", "-C", str(owner.folder), "rev-parse", "HEAD"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    assert f"the commit {head[:12]}, which is not in the history" in other.run()
    # A later commit of the same repository is nothing to speak of.
    other.post("third", "More.")
    git(other.folder, "add", "content")
    git(other.folder, "commit", "-qm", "three")
    assert "history" not in other.run()
    # Of a shallow clone nothing can be said.
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{other.folder}", str(shallow))
    found = publisher.History(*_history(shallow, "0" * 40))
    assert not found.foreign


def test_a_plan_tells_of_a_commit_that_is_not_of_this_history(tmp_path: Path) -> None:
    [target] = targets(MemoryStore(), "https://mine.example")
    old = sites.local_of(sites.old_site(), tmp_path / "1", commit="theirs", committed=20)
    publish(target, old, tmp_path / "1")
    new = sites.local_of(sites.new_site(), tmp_path / "2", commit="ours", committed=30)
    policy = publisher.policy_of(publisher.PublishSettings(), target, new)

    def planned(local: Local, found: publisher.History) -> Plan:
        return publisher.make_plan(target, local, policy, START, history=lambda *_: found)

    assert planned(new, publisher.History()).notes == ()
    made = planned(new, publisher.History(foreign=True))
    assert "theirs" in made.notes[0]
    assert not made.refused
    [refused] = planned(new, publisher.History(older=True, foreign=True)).refused
    assert "theirs, which is not in this repository and is newer" in refused.message
    assert not planned(old, publisher.History(foreign=True)).notes  # nothing would be replaced


def _history(folder: Path, other: str) -> tuple[bool, bool]:
    from generator.adapters import git as ours

    return ours.history(folder, ours.head(folder), other, 0)


class Full(MemoryStore):
    """Takes so many uploads of pages, and no more."""

    left = 1_000

    def upload(self, key: str, file: Path, entry: Entry, *, expect: str | None) -> Stored:
        if entry.role != "asset":
            self.left -= 1
        if self.left < 0:
            raise StoreError("the disk is full", "make room")
        return super().upload(key, file, entry, expect=expect)


def test_a_release_that_breaks_off_says_how_far_it_came(tmp_path: Path) -> None:
    store = Full()
    [target] = targets(store, "https://mine.example")
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    store.left = 3
    with pytest.raises(StoreError) as told:
        publish(target, old, tmp_path / "old")
    assert "3 of 7 changed pages and files are of release 1 already" in told.value.message
    store.left = 1_000
    publish(target, old, tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    store.left = 2
    with pytest.raises(StoreError) as told:
        publish(target, new, tmp_path / "new", minutes=1)
    assert told.value.message.startswith("the disk is full; 2 of 7 changed pages")
    assert "of release 2 already, 5 still as they were in release 1" in told.value.message
    assert told.value.hint == "make room"
    store.left = 0
    with pytest.raises(StoreError) as told:
        publish(target, new, tmp_path / "new", minutes=2)
    assert told.value.message == "the disk is full"
    store.left = 1_000
    publish(target, new, tmp_path / "new", minutes=3)
    assert msgspec.structs.asdict(decode_manifest(store.objects[MANIFEST].content))["sequence"] == 2
