"""A branch of a bare repository as the place of a site: its whole life, by real git."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.adapters.hosts.git_branch import Branch
from generator.adapters.hosts.git_store import GitStore
from generator.config.publish import PublishSettings, Retention
from generator.core.problems import SiteError
from generator.publish import publisher
from generator.publish.executor import MovedOn
from generator.publish.publisher import Target
from generator.publish.store import StoreError
from generator.publish.throttle import Throttle
from tests.support import published as sites
from tests.support.driver import START, publish, roll_back
from tests.support.killed import kill_midway
from tests.support.repository import git

BRANCH = "gh-pages"


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the settings of whoever runs the tests, nor a name to commit under."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.useConfigOnly")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    folder = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    return folder


@pytest.fixture
def owner(tmp_path: Path, remote: Path) -> Path:
    """A clone with a commit, something staged, and something that is not."""
    folder = tmp_path / "owner"
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    git(folder, "remote", "add", "origin", str(remote))
    for name, step in (("a.md", "committed"), ("b.md", "staged"), ("c.md", "untracked")):
        (folder / name).write_text(step)
        if step != "untracked":
            git(folder, "add", name)
        if step == "committed":
            git(folder, "-c", "user.name=o", "-c", "user.email=o@x.example", "commit", "-qm", "one")
    git(folder, "push", "-q", "origin", "main")
    return folder


def target_of(owner: Path, **settings: str) -> Target:
    remote = settings.get("remote", "origin")
    branch = Branch(owner, owner / "spare.git", remote, settings.get("branch", BRANCH))
    return Target(store=GitStore(branch), throttle=Throttle(1))


def live(remote: Path, branch: str = BRANCH) -> dict[str, sites.Live]:
    """What a host would serve: the tree of the branch."""
    names = git(remote, "ls-tree", "-r", "--name-only", branch).splitlines()
    found = {}
    for name in names:
        raw = subprocess.run(
            ["git", "-C", str(remote), "show", f"{branch}:{name}"], check=True, capture_output=True
        ).stdout
        found[name] = sites.Live(raw, None)
    return found


def subjects(remote: Path) -> list[str]:
    """What `git log --first-parent` shows, less the commit beside the first release."""
    told = git(remote, "log", "--first-parent", "--format=%s", BRANCH).splitlines()
    assert told[-1] == "Bookkeeping of Tidepost's"
    return told[:-1]


def push_as_others(tmp_path: Path, remote: Path, files: dict[str, str | None]) -> None:
    """Commit to the branch as a person, or the host's own settings page, does."""
    clone = tmp_path / f"others-{time.monotonic_ns()}"
    subprocess.run(["git", "clone", "-q", "-b", BRANCH, str(remote), str(clone)], check=True)
    for name, text in files.items():
        if text is None:
            (clone / name).unlink()
        else:
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_text(text)
    git(clone, "add", "-A")
    git(clone, "-c", "user.name=t", "-c", "user.email=t@x.example", "commit", "-qm", "theirs")
    git(clone, "push", "-q", "origin", BRANCH)


@pytest.fixture
def untouched(owner: Path) -> Iterator[None]:
    """The owner's work tree, index and branches stay as they are."""

    def state() -> tuple[str, ...]:
        refs = git(owner, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads")
        index = (owner / ".git/index").read_bytes().hex()
        config = (owner / ".git/config").read_text()
        return git(owner, "status", "--porcelain"), refs, index, config

    before = state()
    yield
    assert state() == before
    assert not (owner / ".git/shallow").exists()


@pytest.mark.usefixtures("untouched")
def test_the_life_of_a_site(owner: Path, remote: Path, tmp_path: Path) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    plan, outcome = publish(target_of(owner), old, tmp_path / "old")
    assert {o.reason for o in plan.operations} == {"new", "a new release"}
    assert outcome.sequence == 1
    sites.check_is(live(remote), old)
    assert publish(target_of(owner), old, tmp_path / "old", minutes=1)[0].empty
    assert subjects(remote) == ["Release 1"]

    plan, outcome = publish(target_of(owner), new, tmp_path / "new", minutes=2)
    assert {"new", "content changed", "no longer part of the site"} <= {
        o.reason for o in plan.operations
    }
    assert outcome.deleted == 1
    sites.check_is(live(remote), new, but=["site.0001.css", "gone.0001.png"])
    assert subjects(remote) == ["Release 2", "Release 1"]

    _, outcome = roll_back(target_of(owner), minutes=3)
    assert outcome.uploaded == 0
    sites.check_is(live(remote), old, but=["site.0002.css", "new.0002.png"])
    manifest = publisher.manifest_of(target_of(owner).store)
    assert manifest
    assert [info.sequence for info in manifest.releases] == [1, 2, 3]
    # From another machine, whose clone never saw the branch.
    other = tmp_path / "machine"
    subprocess.run(["git", "clone", "-q", "-b", "main", str(remote), str(other)], check=True)
    roll_back(target_of(other), "2", minutes=4)
    sites.check_is(live(remote), new, but=["site.0001.css", "gone.0001.png"])
    assert publish(target_of(owner), new, tmp_path / "new", minutes=5, verify=True)[0].empty


def test_a_folder_in_no_repository(tmp_path: Path, remote: Path) -> None:
    local = sites.local_of(sites.old_site(), tmp_path / "old")
    folder = tmp_path / "plain"
    folder.mkdir()
    publish(target_of(folder, remote=str(remote)), local, tmp_path / "old")
    sites.check_is(live(remote), local)


def test_from_a_shallow_clone_and_from_a_hook(tmp_path: Path, owner: Path, remote: Path) -> None:
    local = sites.local_of(sites.old_site(), tmp_path / "old")
    clone = tmp_path / "shallow"
    address = f"file://{remote}"
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", "-b", "main", address, str(clone)], check=True
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_DIR", str(owner / ".git"))
        patch.setenv("GIT_INDEX_FILE", str(owner / ".git/index"))
        publish(target_of(clone), local, tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    publish(target_of(clone), new, tmp_path / "new", minutes=1)
    roll_back(target_of(clone), minutes=2)
    sites.check_is(live(remote), local, but=["site.0002.css", "new.0002.png"])


def test_names_and_bytes_arrive_as_they_are(owner: Path, remote: Path, tmp_path: Path) -> None:
    """Whatever git's settings would make of them, and whatever .gitattributes says."""
    git(owner, "config", "core.autocrlf", "true")
    (owner / ".gitattributes").write_text("* text=auto eol=lf filter=broken\n")
    odd: sites.Site = {
        "index.html": ("entry", b"a\r\nb\n"),
        "über/naïve file.txt": ("page", b"\x00\xff\r\n"),
        '-q/"x"/*[1].txt': ("page", b"x"),
        ".well-known/security.txt": ("page", b"y"),
        "big.bin": ("asset", os.urandom(3_000_000)),
    }
    local = sites.local_of(odd, tmp_path / "odd")
    publish(target_of(owner), local, tmp_path / "odd")
    listed = subprocess.run(
        ["git", "-C", str(remote), "ls-tree", "-r", "-z", "--name-only", BRANCH],
        check=True,
        capture_output=True,
    ).stdout.decode()
    assert set(listed.split("\0")[:-1]) == set(odd)
    for name, (_, content) in odd.items():
        raw = subprocess.run(
            ["git", "-C", str(remote), "show", f"{BRANCH}:{name}"], capture_output=True
        ).stdout
        assert raw == content


def test_a_file_that_changed_since_the_build(owner: Path, remote: Path, tmp_path: Path) -> None:
    local = sites.local_of(sites.old_site(), tmp_path / "old")
    (tmp_path / "old/index.html").write_bytes(b"edited meanwhile")
    with pytest.raises(StoreError, match="is not what it was"):
        publish(target_of(owner), local, tmp_path / "old")
    assert git(remote, "branch", "--list", BRANCH) == ""


def test_two_at_once(owner: Path, remote: Path, tmp_path: Path) -> None:
    """Whoever pushes second finds the branch moved, and plans again for what is there by then."""
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    publish(target_of(owner), old, tmp_path / "old")
    first, second = target_of(owner), target_of(owner)
    seal, came = GitStore.seal, []

    def slow(self: GitStore, keep: object) -> None:
        if self is second.store and not came:
            came.append(publish(first, new, tmp_path / "new", minutes=1, holder="the first"))
        seal(self, keep)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GitStore, "seal", slow)
        _, outcome = publish(second, old, tmp_path / "old", minutes=2)
        assert not came  # nothing changed, so nothing was to be pushed
        third = sites.local_of(
            {**sites.old_site(), "more/index.html": ("page", b"more")}, tmp_path / "third"
        )
        _, outcome = publish(second, third, tmp_path / "third", minutes=3)
    assert outcome.sequence == 3
    sites.check_is(live(remote), third, but=["site.0002.css", "new.0002.png"])
    assert subjects(remote) == ["Release 3", "Release 2", "Release 1"]


def test_a_plan_that_was_looked_at_is_refused_after_any_commit(
    owner: Path, remote: Path, tmp_path: Path
) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    publish(target_of(owner), old, tmp_path / "old")
    target = target_of(owner)
    policy = publisher.policy_of(PublishSettings(), target, new)
    agreed = publisher.make_plan(target, new, policy, START)
    push_as_others(tmp_path, remote, {"theirs.txt": "x"})
    with pytest.raises(MovedOn):
        publish(target_of(owner), new, tmp_path / "new", minutes=1, agreed=agreed)


def test_commits_of_others(owner: Path, remote: Path, tmp_path: Path) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    publish(target_of(owner), old, tmp_path / "old")
    push_as_others(tmp_path, remote, {"theirs.txt": "x", "about/index.html": "edited"})
    plan, _ = publish(target_of(owner), new, tmp_path / "new", minutes=1)
    assert live(remote)["theirs.txt"].content == b"x"  # left alone
    assert live(remote)["about/index.html"].content == b"edited"  # seen by `--verify` alone
    push_as_others(tmp_path, remote, {"posts/a/index.html": "edited", "index.html": None})
    with pytest.raises(MovedOn, match=r"was changed at the store"):
        publish(target_of(owner), old, tmp_path / "old", minutes=2)
    plan, _ = publish(target_of(owner), old, tmp_path / "old", minutes=3, verify=True)
    assert plan.foreign == ("theirs.txt",)
    reasons = {o.path: o.reason for o in plan.operations}
    assert reasons["about/index.html"] == "changed at the store by something else"
    sites.check_is(live(remote), old, but=["theirs.txt", "site.0002.css", "new.0002.png"])


def test_a_branch_of_others_is_not_taken_over_silently(
    owner: Path, remote: Path, tmp_path: Path
) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    others = tmp_path / "elsewhere"
    subprocess.run(["git", "init", "-q", "-b", BRANCH, str(others)], check=True)
    (others / "index.html").write_text("theirs")
    (others / "posts").write_text("a file where a folder has to be")
    (others / "CNAME").write_text("blog.example")
    git(others, "add", "-A")
    git(others, "-c", "user.name=t", "-c", "user.email=t@x.example", "commit", "-qm", "theirs")
    git(others, "push", "-q", str(remote), BRANCH)
    with pytest.raises(SiteError) as refused:
        publish(target_of(owner), old, tmp_path / "old")
    assert [problem.code for problem in refused.value.problems] == ["foreign-object"]
    publish(target_of(owner), old, tmp_path / "old", force=True)
    sites.check_is(live(remote), old, but=["CNAME"])
    assert git(remote, "rev-list", "--count", "--first-parent", BRANCH) == "2"


@pytest.mark.parametrize("branch", ["main", "work"])
def test_the_branch_of_the_source_is_refused(owner: Path, tmp_path: Path, branch: str) -> None:
    if branch == "work":
        git(owner, "push", "-q", "origin", "main:work")
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    with pytest.raises(StoreError, match="holds what the site is made from") as told:
        publish(target_of(owner, branch=branch), old, tmp_path / "old")
    assert "publish.branch" in told.value.hint


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.15, 0.3])
def test_killed_half_way_nothing_is_published(
    owner: Path, remote: Path, tmp_path: Path, moment: float
) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    publish(target_of(owner), old, tmp_path / "old")
    before = git(remote, "rev-parse", BRANCH)
    hook = remote / "hooks/pre-receive"  # the push is on its way for as long as this takes
    hook.write_text("#!/bin/sh\ncat >/dev/null\nsleep 30\n")
    hook.chmod(0o755)
    kill_midway(lambda: publish(target_of(owner), new, tmp_path / "new", minutes=1), moment)
    assert git(remote, "rev-parse", BRANCH) == before
    hook.unlink()
    publish(target_of(owner), new, tmp_path / "new", minutes=2)
    sites.check_is(live(remote), new, but=["site.0001.css", "gone.0001.png"])


def test_an_answer_that_was_lost(owner: Path, remote: Path, tmp_path: Path) -> None:
    """The remote took the push, and the connection broke before it said so."""
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    script = tmp_path / "receive"
    script.write_text('#!/bin/sh\ngit-receive-pack "$@"\nexit 1\n')
    script.chmod(0o755)
    git(owner, "config", "remote.origin.receivepack", str(script))
    publish(target_of(owner), old, tmp_path / "old")
    sites.check_is(live(remote), old)


def test_what_a_host_refuses_is_told_with_a_way_out(
    owner: Path, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    hook = remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(StoreError, match="hook declined") as told:
        publish(target_of(owner), old, tmp_path / "old")
    assert "protects this branch" in told.value.hint
    with pytest.raises(StoreError, match="cannot use the branch") as told:
        publish(target_of(owner, remote="upstream"), old, tmp_path / "old")
    assert "git remote -v" in told.value.hint
    git(owner, "remote", "add", "web", "https://127.0.0.1:9/x.git")
    with pytest.raises(StoreError, match="unable to access") as told:
        publish(target_of(owner, remote="web"), old, tmp_path / "old")
    assert "online" in told.value.hint
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="not installed"):
        target_of(owner)


def test_hooks_of_the_owner_are_not_run(owner: Path, remote: Path, tmp_path: Path) -> None:
    hook = owner / ".git/hooks/pre-push"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    publish(target_of(owner), sites.local_of(sites.old_site(), tmp_path / "o"), tmp_path / "o")
    assert "index.html" in live(remote)


def test_previews_lie_in_the_same_branch(owner: Path, remote: Path, tmp_path: Path) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    target = target_of(owner)
    publish(target, old, tmp_path / "old")
    preview = Target(store=target.store.within("_preview/idea/"), throttle=Throttle(1))
    publish(preview, new, tmp_path / "new", minutes=1)
    assert list(publisher.previews(target_of(owner).store)) == ["idea"]
    assert live(remote)["_preview/idea/index.html"].content == b"".join(
        sites.new_site()["index.html"][1:]
    )
    assert publish(target_of(owner), old, tmp_path / "old", minutes=2)[0].empty
    assert publisher.remove_preview(target_of(owner), "idea", "a test") == len(new.entries)
    assert publisher.previews(target_of(owner).store) == {}
    sites.check_is(live(remote), old)
    assert publish(target_of(owner), old, tmp_path / "old", minutes=3, verify=True)[0].empty


def test_the_history_can_be_cut(owner: Path, remote: Path, tmp_path: Path) -> None:
    """Old posts are gone from the branch then, and the releases that stay can be gone back to."""
    rules = PublishSettings(retention=Retention(releases=2))
    made = []
    for number in range(4):
        site: sites.Site = {
            **sites.old_site(),
            "secret/index.html": ("page", f"version {number}".encode()),
        }
        made.append(sites.local_of(site, tmp_path / str(number)))
        publish(target_of(owner), made[-1], tmp_path / str(number), minutes=number, settings=rules)
    author = git(remote, "log", "-1", "--format=%an %ad %cd %B", BRANCH)
    store = target_of(owner).store
    assert isinstance(store, GitStore)
    assert store.cut() == 2
    assert store.cut() == 0
    assert subjects(remote) == ["Release 4", "Release 3"]
    assert git(remote, "log", "-1", "--format=%an %ad %cd %B", BRANCH) == author
    assert publish(
        target_of(owner), made[3], tmp_path / "3", minutes=5, settings=rules, verify=True
    )[0].empty
    other = tmp_path / "machine"
    subprocess.run(["git", "clone", "-q", "-b", "main", str(remote), str(other)], check=True)
    roll_back(target_of(other), "3", minutes=6)
    sites.check_is(live(remote), made[2])
