"""A folder as a store: what a web server would find in it, and what it must never do."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import threading
import time
from pathlib import Path

import pytest

from generator.adapters.files.folder_store import FileStore
from generator.core.problems import SiteError
from generator.publish import publisher
from generator.publish.executor import MovedOn
from generator.publish.lease import Busy
from generator.publish.manifest import STATE, Ref
from generator.publish.publisher import Target
from generator.publish.store import Conflict, StoreError
from tests.support import published as sites
from tests.support.driver import folder_target, publish, roll_back
from tests.support.repository import git


def test_a_folder_holds_the_site_and_nothing_else_that_shows(tmp_path: Path, built: Path) -> None:
    folder = tmp_path / "out"
    local = sites.local_of(sites.old_site(), built)
    publish(folder_target(folder, 4), local, built)
    sites.check_is(sites.folder_live(folder), local)
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        {path.split("/")[0] for path in local.entries}
    )
    state = tmp_path / "out.tidepost"
    left = {p.relative_to(state).as_posix().split("/")[0] for p in state.rglob("*") if p.is_file()}
    assert left == {".gitignore", "manifest.json", "releases", "lock"}
    assert publish(folder_target(folder), local, built, minutes=1)[0].empty


def test_files_can_be_read_by_a_server_and_the_bookkeeping_cannot(
    tmp_path: Path, built: Path
) -> None:
    before = os.umask(0o022)
    try:
        publish(folder_target(tmp_path / "out"), sites.local_of(sites.old_site(), built), built)
    finally:
        os.umask(before)
    mode = (tmp_path / "out/index.html").stat().st_mode
    assert stat.S_IMODE(mode) == 0o644
    assert stat.S_IMODE((tmp_path / "out.tidepost").stat().st_mode) == 0o700


def test_what_is_no_folder_is_left_alone_and_told_with_a_way_out(
    tmp_path: Path, built: Path
) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    local = sites.local_of(sites.old_site(), built)
    with pytest.raises(StoreError) as caught:
        publish(folder_target(tmp_path / "out"), local, built)
    assert caught.value.hint.endswith("move it away, or delete it")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_rollback_in_a_folder(tmp_path: Path, built: Path) -> None:
    target = folder_target(tmp_path / "out", 2)
    old = sites.local_of(sites.old_site(), built)
    publish(target, old, built)
    new = sites.local_of(sites.new_site(), built)
    publish(target, new, built, minutes=1)
    assert not (tmp_path / "out/posts/b").exists()  # no empty folder is left either
    _, outcome = roll_back(target, minutes=2)
    assert outcome.uploaded == 0
    sites.check_is(sites.folder_live(tmp_path / "out"), old, but=["site.0002.css", "new.0002.png"])


def test_damaged_content_is_not_restored(tmp_path: Path, built: Path) -> None:
    target = folder_target(tmp_path / "out")
    publish(target, sites.local_of(sites.old_site(), built), built)
    publish(target, sites.local_of(sites.new_site(), built), built, minutes=1)
    for kept in (tmp_path / "out.tidepost/content").iterdir():
        kept.write_bytes(b"damaged")
    with pytest.raises(SiteError) as refused:
        roll_back(target, minutes=2)
    assert [problem.code for problem in refused.value.problems] == ["content-lost"]


@pytest.mark.parametrize("deleted", [False, True])
def test_what_others_did_to_a_page_is_told_before_anything_is_changed(
    tmp_path: Path, built: Path, deleted: bool
) -> None:
    target = folder_target(tmp_path / "out")
    publish(target, sites.local_of(sites.old_site(), built), built)
    page = tmp_path / "out/posts/a/index.html"
    page.unlink() if deleted else page.write_bytes(b"theirs")
    before = sites.folder_live(tmp_path / "out")
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    with pytest.raises(MovedOn, match=r"posts/a/index\.html` was changed") as told:
        publish(target, new, tmp_path / "new", minutes=1)
    assert "--verify" in told.value.hint
    assert sites.folder_live(tmp_path / "out") == before
    publish(target, new, tmp_path / "new", minutes=2, verify=True)
    sites.check_is(sites.folder_live(tmp_path / "out"), new, but=["site.0001.css", "gone.0001.png"])


def test_a_file_that_changed_since_the_build_is_not_published(tmp_path: Path, built: Path) -> None:
    local = sites.local_of(sites.old_site(), built)
    (built / "index.html").write_bytes(b"edited meanwhile")
    with pytest.raises(StoreError, match="is not what it was"):
        publish(folder_target(tmp_path / "out"), local, built)
    assert not (tmp_path / "out/index.html").exists()


def test_a_page_may_become_a_folder_and_a_folder_a_page(tmp_path: Path, built: Path) -> None:
    home: sites.Site = {"index.html": ("entry", b"home")}
    first = home | {"a": ("page", b"file a"), "b/c/index.html": ("page", b"page c")}
    second = home | {"a/index.html": ("page", b"page a"), "b": ("page", b"file b")}
    target = folder_target(tmp_path / "out")
    for number, (site, name) in enumerate([(first, "1"), (second, "2"), (first, "3")]):
        local = sites.local_of(site, tmp_path / name)  # type: ignore[arg-type]
        publish(target, local, tmp_path / name, minutes=number)
        sites.check_is(sites.folder_live(tmp_path / "out"), local)


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path, built: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/posts").symlink_to(outside, target_is_directory=True)
    with pytest.raises(StoreError, match="leads out"):
        publish(folder_target(tmp_path / "out"), sites.local_of(sites.old_site(), built), built)
    assert not list(outside.iterdir())


def test_foreign_files_stay_and_are_shown(tmp_path: Path, built: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "CNAME").write_text("example.org")
    local = sites.local_of(sites.old_site(), built)
    plan, _ = publish(folder_target(folder), local, built)
    assert plan.foreign == ("CNAME",)
    assert (folder / "CNAME").read_text() == "example.org"


@pytest.mark.parametrize("theirs", ["posts", "feed.xml/theirs.txt"])
def test_what_stands_in_the_way_of_a_folder_or_a_file_is_not_moved_silently(
    tmp_path: Path, built: Path, theirs: str
) -> None:
    folder = tmp_path / "out"
    (folder / theirs).parent.mkdir(parents=True)
    (folder / theirs).write_text("theirs")
    local = sites.local_of(sites.old_site(), built)
    with pytest.raises(SiteError) as refused:
        publish(folder_target(folder), local, built)
    assert [problem.code for problem in refused.value.problems] == ["foreign-object"]
    assert (folder / theirs).read_text() == "theirs"
    publish(folder_target(folder), local, built, force=True)
    sites.check_is(sites.folder_live(folder), local)


def test_a_link_to_nothing_is_no_file(tmp_path: Path, built: Path) -> None:
    """Emacs makes one beside each file that is being edited."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / ".#index.html").symlink_to("me@here.1234")
    local = sites.local_of(sites.old_site(), built)
    plan, _ = publish(folder_target(folder), local, built)
    assert plan.foreign == ()
    assert publish(folder_target(folder), local, built, minutes=1, verify=True)[0].empty


def test_a_damaged_manifest_is_told_and_can_be_made_again(tmp_path: Path, built: Path) -> None:
    target = folder_target(tmp_path / "out")
    local = sites.local_of(sites.old_site(), built)
    publish(target, local, built)
    manifest = tmp_path / "out.tidepost/manifest.json"
    for damage in (b"", b"{", b"\x1f\x8bxx", b'{"format": 99}', b'{"release": "\xff"}'):
        manifest.write_bytes(damage)
        with pytest.raises(StoreError, match=r"damaged|newer"):
            publish(target, local, built, minutes=1)
    publish(target, local, built, minutes=2, verify=True, force=True)
    assert publish(target, local, built, minutes=3)[0].empty


def test_only_one_of_many_writers_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wins: list[int] = []
    look = FileStore._etag

    def look_long(self: FileStore, path: Path) -> str:
        found = look(self, path)
        time.sleep(0.005)  # between looking and renaming, where others would come in
        return found

    monkeypatch.setattr(FileStore, "_etag", look_long)

    def write(number: int) -> None:
        try:
            FileStore(tmp_path).write(f"{STATE}x.json", str(number).encode(), expect="")
            wins.append(number)
        except Conflict:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wins) == 1
    found = FileStore(tmp_path).read(f"{STATE}x.json")
    assert found
    assert found.body == str(wins[0]).encode()


def test_keys_stay_inside(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "out")
    (tmp_path / "secret").write_text("x")
    for key in ("../secret", "/etc/passwd", "a/../../secret"):
        with pytest.raises(StoreError, match="not a path inside"):
            store.read(key)
        with pytest.raises(StoreError, match="not a path inside"):
            store.delete([Ref(key)])


def test_what_a_crash_left_is_cleaned_up_later(tmp_path: Path, built: Path) -> None:
    target = folder_target(tmp_path / "out")
    publish(target, sites.local_of(sites.old_site(), built), built)
    part = tmp_path / "out.tidepost/tmp/part"
    part.write_bytes(b"half")
    assert FileStore(tmp_path / "out").clear_leftovers() == 0  # perhaps of a run at work
    os.utime(part, (0, 0))
    assert FileStore(tmp_path / "out").clear_leftovers() == 1
    assert (
        publisher.garbage(target.store, publisher.manifest_of(target.store) or publisher.Manifest())
        == []
    )


@pytest.fixture
def old(tmp_path: Path, built: Path) -> Path:
    """A published folder of the old layout, with a preview."""
    target = folder_target(tmp_path / "out")
    local = sites.local_of(sites.old_site(), built)
    publish(target, local, built)
    preview = Target(store=target.store.within("_preview/idea/"), throttle=target.throttle)
    publish(preview, local, built)
    sites.old_layout(tmp_path / "out")
    return tmp_path / "out"


def bookkeeping(folder: Path) -> list[str]:
    return [path.as_posix() for path in folder.rglob("*") if ".tidepost" in path.name]


def test_the_old_layout_is_read_and_moved_by_the_next_publish(
    tmp_path: Path, built: Path, old: Path
) -> None:
    target = folder_target(old)
    manifest = publisher.manifest_of(target.store)
    assert manifest
    assert manifest.sequence == 1
    assert list(publisher.previews(target.store)) == ["idea"]
    seen = publisher.look(target, sites.local_of(sites.old_site(), built), verify=True)
    assert seen.foreign == ()
    assert not old.with_name("out.tidepost").exists()  # looking changes nothing
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    publish(target, new, tmp_path / "new", minutes=1)
    assert not (old / ".tidepost").exists()
    roll_back(folder_target(old), minutes=2)
    assert list(publisher.previews(folder_target(old).store)) == ["idea"]
    publisher.remove_preview(folder_target(old), "idea", "a test")
    assert bookkeeping(old) == []
    assert not (old / "_preview").exists()
    assert publish(
        folder_target(old), sites.local_of(sites.old_site(), built), built, minutes=3, verify=True
    )[0].empty


def test_a_publisher_of_the_old_layout_at_work_keeps_others_out(
    tmp_path: Path, built: Path, old: Path
) -> None:
    lease = old / ".tidepost/lease.json"
    lease.write_text('{"token": "t", "holder": "an old one", "ttl": 90.0}')
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    with pytest.raises(Busy, match="an old one"):
        publish(folder_target(old), new, tmp_path / "new", minutes=1)
    assert lease.exists()
    os.utime(lease, (time.time() - 100, time.time() - 100))
    publish(folder_target(old), new, tmp_path / "new", minutes=1)
    sites.check_is(
        {p: one for p, one in sites.folder_live(old).items() if "_preview" not in p},
        new,
        but=["site.0001.css", "gone.0001.png"],
    )


def test_across_file_systems_the_bookkeeping_is_copied_and_never_lost(
    tmp_path: Path, built: Path, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, remove = Path.rename, shutil.rmtree

    def other_device(self: Path, target: Path) -> Path:
        if self.name == ".tidepost":
            raise OSError(errno.EXDEV, "Invalid cross-device link", str(self))
        return rename(self, target)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", other_device)
    monkeypatch.setattr(shutil, "rmtree", killed)
    new = sites.local_of(sites.new_site(), tmp_path / "new")
    with pytest.raises(KeyboardInterrupt):
        publish(folder_target(old), new, tmp_path / "new", minutes=1)
    assert (old / ".tidepost/manifest.json").exists()
    manifest = publisher.manifest_of(folder_target(old).store)
    assert manifest
    assert manifest.sequence == 1
    monkeypatch.setattr(shutil, "rmtree", remove)
    publish(folder_target(old), new, tmp_path / "new", minutes=1)
    assert not (old / ".tidepost").exists()


def test_an_older_tidepost_that_published_since_is_told(
    tmp_path: Path, built: Path, old: Path
) -> None:
    shutil.copytree(old / ".tidepost", old.with_name("out.tidepost"))
    (old / ".tidepost/manifest.json").write_text("{}")
    with pytest.raises(StoreError, match="both say what is published") as told:
        publish(folder_target(old), sites.local_of(sites.new_site(), built), built, minutes=1)
    assert "--verify" in told.value.hint


def test_a_folder_that_is_a_file_system_of_its_own(
    tmp_path: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a volume is to a container: nothing can be renamed into it from beside it."""
    stat_of = Path.stat

    def stat(self: Path, **options: bool) -> os.stat_result:
        found = stat_of(self, **options)
        if self != tmp_path / "out":
            return found
        return os.stat_result((*found[:2], found.st_dev + 1, *found[3:10]))

    made: list[str] = []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        made.append(
            f"{self.relative_to(tmp_path).parts[0]} {target.relative_to(tmp_path).parts[0]}"
        )
        return replace(self, target)

    monkeypatch.setattr(Path, "stat", stat)
    monkeypatch.setattr(Path, "replace", watched)
    local = sites.local_of(sites.old_site(), built)
    publish(folder_target(tmp_path / "out"), local, built)
    assert set(made) == {"out out", "out.tidepost out.tidepost"}
    monkeypatch.undo()
    sites.check_is(sites.folder_live(tmp_path / "out"), local)
    assert publish(folder_target(tmp_path / "out"), local, built, minutes=1, verify=True)[0].empty


def test_a_place_beside_the_folder_that_may_not_be_written_to(
    tmp_path: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = Path.mkdir

    def closed(self: Path, *arguments: int, **options: bool) -> None:
        if self.name == "out.tidepost":
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        mkdir(self, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", closed)
    with pytest.raises(StoreError) as told:
        publish(folder_target(tmp_path / "out"), sites.local_of(sites.old_site(), built), built)
    assert "publish.state" in told.value.hint


def test_a_folder_in_a_published_one_needs_another_place_for_its_record(
    tmp_path: Path, built: Path
) -> None:
    local = sites.local_of(sites.old_site(), built)
    publish(folder_target(tmp_path / "out"), local, built)
    with pytest.raises(StoreError, match="is a published folder itself") as told:
        publish(folder_target(tmp_path / "out/docs"), local, built)
    assert "publish.state" in told.value.hint
    assert not (tmp_path / "out/docs.tidepost").exists()
    store = FileStore(tmp_path / "out/docs", state=tmp_path / "docs-record")
    publish(Target(store=store, throttle=folder_target(tmp_path).throttle), local, built)
    assert (tmp_path / "docs-record/manifest.json").is_file()


def test_a_repository_does_not_take_the_record_along(tmp_path: Path, built: Path) -> None:
    git(tmp_path, "init", "-q")
    publish(folder_target(tmp_path / "out"), sites.local_of(sites.old_site(), built), built)
    assert "out.tidepost" not in git(tmp_path, "status", "--porcelain")
