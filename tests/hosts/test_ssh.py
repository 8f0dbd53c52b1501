"""A server of one's own as the place of a site: its whole life, by a real sshd, sftp and rsync."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from generator.adapters.hosts import ssh_store
from generator.adapters.hosts.programs import run
from generator.adapters.hosts.ssh_server import Server
from generator.adapters.hosts.ssh_store import SshStore
from generator.core.problems import SiteError
from generator.publish import publisher
from generator.publish.executor import MovedOn
from generator.publish.lease import Busy, Lease, LeaseLost
from generator.publish.publisher import Target
from generator.publish.store import StoreError
from generator.publish.throttle import Throttle
from tests.support import published as sites
from tests.support.driver import publish, roll_back
from tests.support.killed import kill_midway
from tests.support.ssh import Sshd, folder_of_programs, sshd

Make = Callable[[], Target]
KINDS = ("swap", "in-place", "no-rsync", "sftp")
"""A shell and rsync, where a release is a folder; where the path is a folder already; a shell
alone; and nothing but sftp."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as made:
        yield made


@pytest.fixture(scope="module")
def without_rsync(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    folder = tmp_path_factory.mktemp("bare")
    programs = folder_of_programs(folder / "bin")
    with sshd(folder, f"SetEnv PATH={programs}") as made:
        yield made


@pytest.fixture(scope="module")
def sftp_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sftp"), "ForceCommand internal-sftp") as made:
        yield made


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """The folder on the server that is served, below one whose name is not plain."""
    (tmp_path / "var w").mkdir()
    return tmp_path / "var w" / "it's a site"


@pytest.fixture
def opened(request: pytest.FixtureRequest) -> Iterator[list[Server]]:
    found: list[Server] = []
    yield found
    for one in found:
        one.close()


@pytest.fixture
def make(request: pytest.FixtureRequest, served: Path, opened: list[Server]) -> Make:
    """Makes a target of the kind that the test's parameter names."""
    kind = request.param
    fixture = {"no-rsync": "without_rsync", "sftp": "sftp_only"}.get(kind, "server")
    made: Sshd = request.getfixturevalue(fixture)
    if kind == "in-place":
        served.mkdir()
    return lambda: target_of(made, served, opened)


def target_of(made: Sshd, served: Path, opened: list[Server]) -> Target:
    opened.append(Server("server", 22, made.config))
    return Target(store=SshStore(opened[-1], served.as_posix()), throttle=Throttle(1))


ROOT_RIGHTS = [] if os.geteuid() == 0 else ["sudo", "-n"]

every_kind = pytest.mark.parametrize("make", KINDS, indirect=True)
in_each_way = pytest.mark.parametrize("make", ["swap", "sftp"], indirect=True)


@every_kind
def test_the_life_of_a_site(make: Make, served: Path, tmp_path: Path) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    plan, outcome = publish(make(), old, tmp_path / "old")
    assert {o.reason for o in plan.operations} == {"new", "a new release"}
    sites.check_is(sites.folder_live(served), old)
    assert stat.S_IMODE((served / "index.html").stat().st_mode) == 0o644
    assert publish(make(), old, tmp_path / "old", minutes=1)[0].empty
    assert publish(make(), old, tmp_path / "old", minutes=1, verify=True)[0].empty

    _, outcome = publish(make(), new, tmp_path / "new", minutes=2)
    assert outcome.deleted == 1
    sites.check_is(sites.folder_live(served), new, but=["site.0001.css", "gone.0001.png"])
    assert not (served / "posts/b").exists()

    _, outcome = roll_back(make(), minutes=3)
    assert outcome.uploaded == 0
    sites.check_is(sites.folder_live(served), old, but=["site.0002.css", "new.0002.png"])
    assert publish(make(), old, tmp_path / "old", minutes=4, verify=True)[0].empty
    # The bookkeeping lies beside what is served, and of what was sent nothing is left.
    state = served.with_name(f"{served.name}.tidepost")
    assert not list((state / "incoming").iterdir())
    assert not (state / "lease.json").exists()
    assert not (state / "journal.json").exists()


@pytest.mark.parametrize("make", ["swap"], indirect=True)
def test_a_release_is_swapped_in_as_a_whole(make: Make, served: Path, tmp_path: Path) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    publish(make(), old, tmp_path / "old")
    assert served.is_symlink()
    first = served.resolve()
    same = (first / "about/index.html").stat().st_ino
    publish(make(), new, tmp_path / "new", minutes=1)
    assert served.resolve() != first
    sites.check_is(sites.folder_live(first), old)  # for whoever still reads it
    assert (served / "about/index.html").stat().st_ino == same  # not copied: a hard link
    publish(make(), old, tmp_path / "old", minutes=2)
    assert not first.exists()
    assert len(list(served.resolve().parent.glob("site-*"))) == 2


@in_each_way
def test_names_and_bytes_arrive_as_they_are(make: Make, served: Path, tmp_path: Path) -> None:
    odd: sites.Site = {
        "index.html": ("entry", b"a\r\nb\n"),
        "über/naïve file.txt": ("page", b"\x00\xff\r\n"),
        '-q/"x"/*[1]?.txt': ("page", b"x"),
        "it's/$HOME/`id`/#x": ("page", b"z"),
        ".well-known/security.txt": ("page", b"y"),
        "twice/a.txt": ("page", b"twice"),
        "twice/b.txt": ("page", b"twice"),
        "big.bin": ("asset", os.urandom(300_000)),
        "empty": ("page", b""),
    }
    local = sites.local_of(odd, tmp_path / "odd")
    publish(make(), local, tmp_path / "odd")
    sites.check_is(sites.folder_live(served), local)
    assert publish(make(), local, tmp_path / "odd", minutes=1, verify=True)[0].empty
    sites.lay({"über/naïve file.txt": ("page", b"edited")}, tmp_path / "odd")
    edited: sites.Site = {**odd, "über/naïve file.txt": ("page", b"edited")}
    publish(make(), sites.local_of(edited, tmp_path / "odd"), tmp_path / "odd", minutes=2)
    roll_back(make(), minutes=3)
    sites.check_is(sites.folder_live(served), local)


@every_kind
def test_what_others_did_is_told_before_anything_is_changed(
    make: Make, served: Path, tmp_path: Path
) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    publish(make(), old, tmp_path / "old")
    (served / "theirs.txt").write_text("x")
    (served / "posts/a/index.html").unlink()
    (served / "posts/a/index.html").write_bytes(b"theirs")
    before = sites.folder_live(served)
    with pytest.raises(MovedOn, match=r"posts/a/index\.html` was changed"):
        publish(make(), new, tmp_path / "new", minutes=1)
    assert sites.folder_live(served) == before
    plan, _ = publish(make(), new, tmp_path / "new", minutes=2, verify=True)
    assert plan.foreign == ("theirs.txt",)
    left = ["theirs.txt", "site.0001.css", "gone.0001.png"]
    sites.check_is(sites.folder_live(served), new, but=left)


@pytest.mark.parametrize("make", ["in-place", "sftp"], indirect=True)
def test_files_of_others_are_not_replaced_silently(
    make: Make, served: Path, tmp_path: Path
) -> None:
    served.mkdir(exist_ok=True)
    (served / "index.html").write_text("theirs")
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    with pytest.raises(SiteError) as refused:
        publish(make(), old, tmp_path / "old")
    assert [problem.code for problem in refused.value.problems] == ["foreign-object"]
    assert (served / "index.html").read_text() == "theirs"
    publish(make(), old, tmp_path / "old", force=True)
    sites.check_is(sites.folder_live(served), old)


@pytest.mark.parametrize("make", ["swap", "in-place"], indirect=True)
def test_a_page_may_become_a_folder_and_a_folder_a_page(
    make: Make, served: Path, tmp_path: Path
) -> None:
    home: sites.Site = {"index.html": ("entry", b"home")}
    first = home | {"a": ("page", b"file a"), "b/c/index.html": ("page", b"page c")}
    second = home | {"a/index.html": ("page", b"page a"), "b": ("page", b"file b")}
    for number, (site, name) in enumerate([(first, "1"), (second, "2"), (first, "3")]):
        local = sites.local_of(site, tmp_path / name)  # type: ignore[arg-type]
        publish(make(), local, tmp_path / name, minutes=number)
        sites.check_is(sites.folder_live(served), local)


@in_each_way
def test_one_at_a_time(make: Make, served: Path, tmp_path: Path) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    lease = Lease(make().store, "the first")
    lease.take()
    with pytest.raises(Busy, match="the first"):
        publish(make(), old, tmp_path / "old")
    lease.keep()
    lease.confirm()
    # The first died: after its time, one of two takes the lease over.
    file = served.with_name(f"{served.name}.tidepost") / "lease.json"
    os.utime(file, (time.time() - 100, time.time() - 100))
    second, third = (Lease(make().store, name) for name in ("second", "third"))
    second.take()
    with pytest.raises(Busy, match="second"):
        third.take()
    second.give_back()
    publish(make(), old, tmp_path / "old")
    sites.check_is(sites.folder_live(served), old)
    assert not list(file.parent.glob("lease*"))


def test_of_many_who_ask_one_gets_the_lease(
    server: Sshd, served: Path, opened: list[Server]
) -> None:
    leases = [Lease(target_of(server, served, opened).store, str(n)) for n in range(4)]
    moved, writes = ssh_store.SshStore._write_lease, []

    def all_at_once(self: SshStore, body: bytes, expect: str) -> None:
        writes.append(body)
        if len(writes) < len(leases):  # each is asked before the one that asked first gets it
            try:
                leases[len(writes)].take()
                won.append(len(writes))
            except Busy:
                pass
        moved(self, body, expect)

    won: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SshStore, "_write_lease", all_at_once)
        with pytest.raises(Busy):
            leases[0].take()
    assert len(won) == 1


@in_each_way
@pytest.mark.parametrize("moment", [0.2, 0.6])
def test_killed_half_way_the_next_run_goes_on(
    make: Make, moment: float, served: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    publish(make(), old, tmp_path / "old")
    kind = request.node.callspec.params["make"]
    made: Sshd = request.getfixturevalue("sftp_only" if kind == "sftp" else "server")
    kill_midway(lambda: publish(make(), new, tmp_path / "new", minutes=1), moment, made.process)
    committed = publisher.manifest_of(make().store)
    everything = [*old.entries, *new.entries]
    sites.check_whole(sites.folder_live(served), committed, old, new, but=everything)
    file = served.with_name(f"{served.name}.tidepost") / "lease.json"
    file.unlink(missing_ok=True)
    publish(make(), new, tmp_path / "new", minutes=2)
    sites.check_is(sites.folder_live(served), new, but=["site.0001.css", "gone.0001.png"])
    assert publish(make(), new, tmp_path / "new", minutes=3, verify=True)[0].empty


@pytest.mark.parametrize("make", ["swap", "in-place", "sftp"], indirect=True)
def test_broken_off_between_any_two_steps(make: Make, served: Path, tmp_path: Path) -> None:
    """The order of laws holds on the server: after each step every live page is whole."""
    from generator.adapters.hosts import ssh_player

    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    publish(make(), old, tmp_path / "old")
    script, batch = ssh_player._script, ssh_player._batch
    everything = [*old.entries, *new.entries]
    lines_seen = 0
    for cut in (9, 20, 27, 34, 41):
        with pytest.MonkeyPatch.context() as patch:

            def short_script(*arguments: object, cut: int = cut) -> list[str]:
                lines = script(*arguments)  # type: ignore[arg-type]
                return [*lines[:cut], "exit 9"] if cut < len(lines) else lines

            def short_batch(*arguments: object, cut: int = cut) -> list[str]:
                lines = batch(*arguments)  # type: ignore[arg-type]
                return [*lines[:cut], "ls /nowhere/at/all"] if cut < len(lines) else lines

            patch.setattr(ssh_player, "_script", short_script)
            patch.setattr(ssh_player, "_batch", short_batch)
            try:
                publish(make(), new, tmp_path / "new", minutes=1 + cut)
            except StoreError:
                lines_seen = cut
        committed = publisher.manifest_of(make().store)
        sites.check_whole(sites.folder_live(served), committed, old, new, but=everything)
    assert lines_seen >= 20
    publish(make(), new, tmp_path / "new", minutes=100)
    sites.check_is(sites.folder_live(served), new, but=["site.0001.css", "gone.0001.png"])
    assert publish(make(), new, tmp_path / "new", minutes=101, verify=True)[0].empty


@in_each_way
def test_what_was_sent_is_not_sent_again(make: Make, served: Path, tmp_path: Path) -> None:
    content = os.urandom(400_000)
    site: sites.Site = {"index.html": ("entry", b"home"), "big.bin": ("asset", content)}
    local = sites.local_of(site, tmp_path / "site")
    incoming = served.with_name(f"{served.name}.tidepost") / "incoming"
    incoming.mkdir(parents=True)
    part = incoming / local.entries["big.bin"].sha256
    part.write_bytes(content[:250_000])
    (incoming / "of another run").write_text("x")
    publish(make(), local, tmp_path / "site")
    assert (served / "big.bin").read_bytes() == content
    assert list(incoming.iterdir()) == []


@in_each_way
def test_previews(make: Make, served: Path, tmp_path: Path) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    target = make()
    publish(target, old, tmp_path / "old")
    preview = Target(store=target.store.within("_preview/idea/"), throttle=Throttle(1))
    publish(preview, new, tmp_path / "new", minutes=1)
    sites.check_is(sites.folder_live(served / "_preview/idea"), new)
    assert list(publisher.previews(make().store)) == ["idea"]
    assert publish(make(), old, tmp_path / "old", minutes=2, verify=True)[0].empty
    assert publisher.remove_preview(make(), "idea", "a test") == len(new.entries)
    assert publisher.previews(make().store) == {}
    assert not (served / "_preview").exists()
    sites.check_is(sites.folder_live(served), old)


@pytest.mark.parametrize("make", ["swap"], indirect=True)
def test_old_content_is_deleted_when_nothing_needs_it(
    make: Make, served: Path, tmp_path: Path
) -> None:
    from generator.config.publish import PublishSettings, Retention

    rules = PublishSettings(retention=Retention(releases=1))
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    publish(make(), old, tmp_path / "old", settings=rules)
    publish(make(), new, tmp_path / "new", minutes=1, settings=rules)
    state = served.with_name(f"{served.name}.tidepost")
    (state / "content").mkdir(exist_ok=True)
    (state / "content/junk").write_text("x")
    assert len(publisher.collect_garbage(make(), "a test")) == 1
    assert not list((state / "content").glob("*"))


def test_what_goes_wrong_is_told_with_a_way_out(
    server: Sshd, served: Path, opened: list[Server], tmp_path: Path
) -> None:
    old = sites.local_of(sites.old_site(), tmp_path / "old")

    def told(*lines: str, key: str = "user") -> StoreError:
        server.write_config(*lines, key=key)
        with pytest.raises(StoreError) as caught:
            publish(target_of(server, served, opened), old, tmp_path / "old")
        server.write_config()
        return caught.value

    wrong = told(key="stranger")
    assert "Permission denied (publickey)" in wrong.message
    assert "authorized_keys" in wrong.hint
    wrong = told("StrictHostKeyChecking yes", "UserKnownHostsFile /dev/null", "HostKeyAlias other")
    assert "Host key verification failed" in wrong.message
    assert "ssh-keygen -lf" in wrong.hint
    strange = server.folder / "strange"
    strange.write_text(f"[127.0.0.1]:{server.port} {(server.folder / 'user.pub').read_text()}")
    server.known.rename(server.folder / "kept")
    strange.rename(server.known)
    assert "Host key verification failed" in told().message
    (server.folder / "kept").rename(server.known)
    served.parent.chmod(0o755)
    opened.append(Server("server", 1, server.config))
    with pytest.raises(StoreError) as caught:
        SshStore(opened[-1], "/srv/x").read("index.html")
    assert "Connection refused" in caught.value.message
    assert "publish.port" in caught.value.hint
    opened.append(Server("no-such-host.invalid", 22, server.config))
    with pytest.raises(StoreError) as caught:
        SshStore(opened[-1], "/srv/x").read("index.html")
    assert "publish.server" in caught.value.hint


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that holds a megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(
        [*ROOT_RIGHTS, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True
    )
    yield folder
    subprocess.run([*ROOT_RIGHTS, "umount", str(folder)], check=True)


@pytest.mark.parametrize("kind", ["server", "sftp_only"])
def test_a_full_disk(
    kind: str,
    request: pytest.FixtureRequest,
    small_disk: Path,
    opened: list[Server],
    tmp_path: Path,
) -> None:
    made: Sshd = request.getfixturevalue(kind)
    served = small_disk / "site"
    old = sites.local_of(sites.old_site(), tmp_path / "old")
    publish(target_of(made, served, opened), old, tmp_path / "old")
    big: sites.Site = {**sites.old_site(), "big.bin": ("asset", os.urandom(3_000_000))}
    new = sites.local_of(big, tmp_path / "new")
    with pytest.raises(StoreError) as caught:
        publish(target_of(made, served, opened), new, tmp_path / "new", minutes=1)
    assert "make room" in caught.value.hint
    sites.check_is(sites.folder_live(served), old)
    subprocess.run([*ROOT_RIGHTS, "mount", "-o", "remount,size=9m", str(small_disk)], check=True)
    publish(target_of(made, served, opened), new, tmp_path / "new", minutes=2)
    sites.check_is(sites.folder_live(served), new)


def test_the_lease_is_kept_while_much_is_sent(
    server: Sshd, served: Path, opened: list[Server], tmp_path: Path
) -> None:
    store, passed = target_of(server, served, opened).store, [0.0]
    lease = Lease(store, "a slow one", ttl=600, clock=lambda: time.monotonic() + passed[0])
    lease.take()
    file = served.with_name(f"{served.name}.tidepost") / "lease.json"
    first = file.read_bytes()
    passed[0] = 250.0  # more than a third of its time
    kept = f"while cmp -s {shlex.quote(str(file))} first; do sleep 0.1; done"
    (tmp_path / "first").write_bytes(first)
    ran = run(["sh", "-c", kept], keep=lease.keep, cwd=str(tmp_path))  # until it is renewed
    assert ran.code == 0
    passed[0] = 500.0  # the renewed one holds, of which the first would have too little left
    lease.confirm()
    lease.give_back()


def test_a_lease_that_is_lost_ends_what_is_sent(
    server: Sshd, served: Path, opened: list[Server]
) -> None:
    lease = Lease(
        target_of(server, served, opened).store, "a slow one", ttl=1.5
    )  # so that it is looked at each second
    lease.take()
    served.with_name(f"{served.name}.tidepost").joinpath("lease.json").unlink()
    began = time.monotonic()
    with pytest.raises(LeaseLost):
        run(["sleep", "600"], keep=lease.keep)
    assert time.monotonic() - began < 300
