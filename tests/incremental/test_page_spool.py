"""Pages that wait beside the output folder until all is checked."""

from __future__ import annotations

import errno
import os
import pickle
from pathlib import Path

import pytest

from generator.adapters.files import output_folder
from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.page_spool import NotKept, PageSpool
from generator.core.artifacts import Artifact, digest


def moving(aside: PageSpool, content: bytes, path: str = "a/index.html") -> Artifact:
    return Artifact(
        path=path,
        role="page",
        load=lambda: content,
        aside=aside.put(content, path),
        sha256=digest(content),
    )


def write(root: Path, *artifacts: Artifact, aside: PageSpool | None = None) -> dict[str, bytes]:
    folder, digest_index = root / "_site", DigestIndex(root / "ledger")
    written = output_folder.write_site(
        root, folder, artifacts, digest_index, aside.site if aside else None
    )
    if aside:
        assert output_folder.holds(folder, written, digest_index)
    return files_in(folder)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def made(path: str, content: bytes) -> Artifact:
    return Artifact(path=path, role="entry", content=content, sha256=digest(content))


def test_pages_are_moved_to_their_places(tmp_path: Path) -> None:
    aside = PageSpool(tmp_path / "aside")
    pages = [moving(aside, f"{n}".encode() * 9000, f"{n}/index.html") for n in range(3)]
    assert write(tmp_path, *pages) == {page.path: page.read() for page in pages}
    assert [aside.get(page.aside) for page in pages] == [None] * 3


def test_a_site_that_is_not_there_yet_appears_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = PageSpool(tmp_path / "aside")
    pages = [moving(aside, b"text", f"{n}/index.html") for n in range(3)]
    inodes = {Path(page.aside).stat().st_ino for page in pages}
    seen: list[dict[str, bytes]] = []
    real = os.replace

    def replace(source: str, target: str) -> None:
        seen.append(files_in(tmp_path / "_site"))
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    entries = [made("index.html", b"home"), made("feeds/feed.xml", b"feed")]
    (tmp_path / "_site/was/here").mkdir(parents=True)  # and is empty
    found = write(tmp_path, *pages, *entries, aside=aside)
    assert found == {each.path: each.read() for each in (*pages, *entries)}
    assert {(tmp_path / "_site" / page.path).stat().st_ino for page in pages} == inodes
    assert seen
    assert not any(seen)
    assert not (tmp_path / "_site/was").exists()


def test_a_site_that_appeared_as_a_whole_is_known_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = PageSpool(tmp_path / "aside")
    pages = [moving(aside, b"text", f"a/{n}/index.html") for n in range(3)]
    folder, digest_index = tmp_path / "_site", DigestIndex(tmp_path / "ledger")
    written = output_folder.write_site(tmp_path, folder, pages, digest_index, aside.site)
    digest_index.save()
    listed: list[str] = []
    real = os.scandir

    def scandir(name: str) -> object:
        listed.append(os.path.relpath(name, folder))
        return real(name)

    monkeypatch.setattr(os, "scandir", scandir)
    assert output_folder.holds(folder, written, DigestIndex(tmp_path / "ledger"))
    assert listed == ["."]  # which anybody could write to since it is there
    (folder / "a/1/stray.txt").touch()
    assert not output_folder.holds(folder, written, DigestIndex(tmp_path / "ledger"))


def test_a_site_without_a_page_that_was_put_aside(tmp_path: Path) -> None:
    aside = PageSpool(tmp_path / "aside")
    entry = made("feed.xml", b"feed")
    assert write(tmp_path, entry, aside=aside) == {"feed.xml": b"feed"}


def test_a_site_that_cannot_be_moved_as_a_whole_is_written_file_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = PageSpool(tmp_path / "aside")
    artifacts = (moving(aside, b"text"), made("index.html", b"home"))

    def replace(_self: Path, _target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    real = Path.replace
    monkeypatch.setattr(
        Path,
        "replace",
        lambda self, target: (replace if self == aside.site else real)(self, target),
    )
    assert write(tmp_path, *artifacts, aside=aside) == {
        "a/index.html": b"text",
        "index.html": b"home",
    }


def test_a_link_in_the_place_of_the_output_folder_stays(tmp_path: Path) -> None:
    aside = PageSpool(tmp_path / "aside")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "_site").symlink_to("elsewhere")
    assert write(tmp_path, moving(aside, b"text"), aside=aside) == {"a/index.html": b"text"}
    assert (tmp_path / "_site").is_symlink()
    assert (tmp_path / "elsewhere/a/index.html").read_bytes() == b"text"


def test_a_page_that_is_gone_from_aside_is_made_again(tmp_path: Path) -> None:
    aside = PageSpool(tmp_path / "aside")
    page = moving(aside, b"text")
    aside.clear()
    assert write(tmp_path, page, aside=aside) == {"a/index.html": b"text"}


def test_a_page_has_its_own_place_where_another_is_in_its_way(tmp_path: Path) -> None:
    aside = PageSpool(tmp_path / "aside")
    names = [aside.put(f"{n}".encode(), path) for n, path in enumerate(("a", "a/b", "a/c"))]
    assert [aside.get(name) for name in names] == [b"0", b"1", b"2"]


def test_a_page_in_another_file_system_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = PageSpool(tmp_path / "aside")
    page = moving(aside, b"text")
    real = os.replace

    def replace(source: str, target: str) -> None:
        if str(source) == page.aside:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    assert write(tmp_path, page) == {"a/index.html": b"text"}


def test_a_page_takes_the_place_of_folders_and_files_of_another_kind(tmp_path: Path) -> None:
    aside = PageSpool(tmp_path / "aside")
    (tmp_path / "_site/a/index.html").mkdir(parents=True)
    (tmp_path / "_site/a/index.html/x").write_text("x")
    (tmp_path / "_site/b").write_text("a file where a folder belongs")
    pages = [moving(aside, b"a"), moving(aside, b"b", "b/c/index.html")]
    assert write(tmp_path, *pages) == {"a/index.html": b"a", "b/c/index.html": b"b"}


def test_a_page_that_is_there_already_stays(tmp_path: Path) -> None:
    aside = PageSpool(tmp_path / "aside")
    write(tmp_path, moving(aside, b"text"))
    before = (tmp_path / "_site/a/index.html").stat()
    page = moving(aside, b"text")
    write(tmp_path, page)
    after = (tmp_path / "_site/a/index.html").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    aside.clear()
    assert not (tmp_path / "aside").exists()


def test_processes_put_pages_aside_side_by_side(tmp_path: Path) -> None:
    aside = PageSpool(tmp_path / "aside")
    mine = aside.put(b"mine", "a/index.html")
    other = pickle.loads(pickle.dumps(aside))
    child = os.fork()
    if not child:
        other.put(b"theirs", "b/index.html")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert aside.get(mine) == b"mine"
    assert aside.site
    assert files_in(aside.site) == {"a/index.html": b"mine", "b/index.html": b"theirs"}


def test_pages_for_a_site_that_is_there_need_no_folders(tmp_path: Path) -> None:
    folder = tmp_path / "aside"
    spool = PageSpool(folder, whole=False)
    # A process is given the spool with each step; what it put aside before stays.
    pages = [
        moving(pickle.loads(pickle.dumps(spool)), f"{n}".encode(), f"{n}/index.html")
        for n in range(3)
    ]
    assert {Path(page.aside).parent for page in pages} == {folder}
    assert write(tmp_path, *pages, aside=spool) == {page.path: page.read() for page in pages}


def test_what_is_only_checked_keeps_no_page() -> None:
    assert NotKept().get(NotKept().put(b"text", "a/index.html")) is None
