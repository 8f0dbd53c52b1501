"""Pages that wait beside the output folder until all is checked."""

from __future__ import annotations

import errno
import os
import pickle
from pathlib import Path

import pytest

from generator.adapters import output
from generator.adapters.aside import Aside, NotKept
from generator.adapters.ledger import Ledger
from generator.artifacts import Artifact, digest


def moving(aside: Aside, content: bytes, path: str = "a/index.html") -> Artifact:
    return Artifact(
        path=path,
        role="page",
        load=lambda: content,
        aside=aside.put(content),
        sha256=digest(content),
    )


def write(root: Path, *artifacts: Artifact) -> dict[str, bytes]:
    folder = root / "_site"
    output.write_site(root, folder, artifacts, Ledger(root / "ledger"))
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_pages_are_moved_to_their_places(tmp_path: Path) -> None:
    aside = Aside(tmp_path / "aside")
    pages = [moving(aside, f"{n}".encode() * 9000, f"{n}/index.html") for n in range(3)]
    assert write(tmp_path, *pages) == {page.path: page.read() for page in pages}
    assert [aside.get(page.aside) for page in pages] == [None] * 3


def test_a_page_that_is_gone_from_aside_is_made_again(tmp_path: Path) -> None:
    aside = Aside(tmp_path / "aside")
    page = moving(aside, b"text")
    aside.clear()
    assert write(tmp_path, page) == {"a/index.html": b"text"}


def test_a_page_in_another_file_system_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = Aside(tmp_path / "aside")
    page = moving(aside, b"text")
    real = os.replace

    def replace(source: str, target: str) -> None:
        if str(source) == page.aside:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    assert write(tmp_path, page) == {"a/index.html": b"text"}


def test_a_page_takes_the_place_of_folders_and_files_of_another_kind(tmp_path: Path) -> None:
    aside = Aside(tmp_path / "aside")
    (tmp_path / "_site/a/index.html").mkdir(parents=True)
    (tmp_path / "_site/a/index.html/x").write_text("x")
    (tmp_path / "_site/b").write_text("a file where a folder belongs")
    pages = [moving(aside, b"a"), moving(aside, b"b", "b/c/index.html")]
    assert write(tmp_path, *pages) == {"a/index.html": b"a", "b/c/index.html": b"b"}


def test_a_page_that_is_there_already_stays(tmp_path: Path) -> None:
    aside = Aside(tmp_path / "aside")
    write(tmp_path, moving(aside, b"text"))
    before = (tmp_path / "_site/a/index.html").stat()
    page = moving(aside, b"text")
    write(tmp_path, page)
    after = (tmp_path / "_site/a/index.html").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    aside.clear()
    assert not (tmp_path / "aside").exists()


def test_processes_do_not_write_over_each_other(tmp_path: Path) -> None:
    aside = Aside(tmp_path / "aside")
    mine = aside.put(b"mine")
    other = pickle.loads(pickle.dumps(aside))
    child = os.fork()
    if not child:
        os._exit(0 if other.put(b"theirs") not in ("", mine) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert aside.get(mine) == b"mine"


def test_what_is_only_checked_keeps_no_page() -> None:
    assert NotKept().get(NotKept().put(b"text")) is None
