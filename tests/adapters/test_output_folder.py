"""The output folder: nothing that was changed by hand stays, and nothing is listed in vain."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.adapters import forked_task
from generator.adapters.files import output_scan
from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.output_folder import holds, write_site
from generator.core.artifacts import Artifact, OutputFile

LATER_NS = 10_000_000_000
"""By then, what was just written has settled."""

CONTENT = {
    "index.html": b"home",
    "a/index.html": b"a",
    "a/b/index.html": b"ab",
    "a/c/index.html": b"ac",
    "d/e.css": b"css",
}
ARTIFACTS = [Artifact(path=path, role="page", content=held) for path, held in CONTENT.items()]


def ledger_of(site: Path) -> DigestIndex:
    digest_index = DigestIndex(site.with_name("ledger"))
    digest_index.now += LATER_NS
    return digest_index


def written(site: Path) -> list[OutputFile]:
    digest_index = ledger_of(site)
    files = write_site(site.parent, site, ARTIFACTS, digest_index)
    digest_index.save()
    next_tick(site.with_name("tick"))
    return files


def is_held(site: Path, files: list[OutputFile]) -> bool:
    digest_index = ledger_of(site)
    answer = holds(site, files, digest_index)
    digest_index.save()
    next_tick(site.with_name("tick"))
    return answer


def next_tick(scratch: Path) -> None:
    """Wait until what is changed from now on has another time: as little as has passed here would
    never be trusted, but for a clock that is put on."""
    scratch.touch()
    before = scratch.stat().st_mtime_ns
    while scratch.stat().st_mtime_ns == before:
        scratch.touch()
    scratch.unlink()


def tree(site: Path) -> dict[str, bytes]:
    return {
        file.relative_to(site).as_posix(): file.read_bytes()
        for file in site.rglob("*")
        if file.is_symlink() or file.is_file()
    }


def rewrite(site: Path) -> None:
    file = site / "a/b/index.html"
    file.write_bytes(b"xx")


def rewrite_and_turn_the_clock_back(site: Path) -> None:
    file = site / "a/b/index.html"
    before = file.stat()
    file.write_bytes(b"xx")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def add_a_file(site: Path) -> None:
    (site / "a/b/extra.txt").write_bytes(b"")


def add_at_the_top(site: Path) -> None:
    (site / "extra.txt").write_bytes(b"")


def add_a_folder(site: Path) -> None:
    (site / "a/b/new/.deep").mkdir(parents=True)
    (site / "a/b/new/.deep/extra.txt").write_bytes(b"")


def move_a_file(site: Path) -> None:
    (site / "a/b/index.html").rename(site / "a/b/other.html")


def swap_files(site: Path) -> None:
    (site / "a/b/index.html").rename(site / "a/b/other.html")
    (site / "a/c/index.html").rename(site / "a/b/index.html")
    (site / "a/b/other.html").rename(site / "a/c/index.html")


def remove_a_file(site: Path) -> None:
    (site / "d/e.css").unlink()


def remove_a_folder(site: Path) -> None:
    shutil.rmtree(site / "a")


def remove_all(site: Path) -> None:
    shutil.rmtree(site)


def file_to_folder(site: Path) -> None:
    (site / "d/e.css").unlink()
    (site / "d/e.css").mkdir()
    (site / "d/e.css/extra.txt").write_bytes(b"")


def folder_to_file(site: Path) -> None:
    shutil.rmtree(site / "a/b")
    (site / "a/b").write_bytes(b"")


def folder_to_link(site: Path) -> None:
    (site / "a/b").rename(site.with_name("elsewhere"))
    (site / "a/b").symlink_to(site.with_name("elsewhere"))


def file_to_link(site: Path) -> None:
    (site / "d/e.css").rename(site.with_name("elsewhere.css"))
    (site / "d/e.css").symlink_to(site.with_name("elsewhere.css"))


EDITS = [
    rewrite,
    rewrite_and_turn_the_clock_back,
    add_a_file,
    add_at_the_top,
    add_a_folder,
    move_a_file,
    swap_files,
    remove_a_file,
    remove_a_folder,
    remove_all,
    file_to_folder,
    folder_to_file,
]


@pytest.mark.parametrize("looks", [0, 1, 2])
@pytest.mark.parametrize("edit", EDITS)
def test_what_was_changed_by_hand_is_noticed_and_put_right(
    tmp_path: Path, edit: Callable[[Path], None], looks: int
) -> None:
    site = tmp_path / "_site"
    files = written(site)
    assert is_held(site, files)
    assert is_held(site, files)
    edit(site)
    for _ in range(looks):  # the second time by what was learned the first
        assert not is_held(site, files)
    assert written(site) == files
    assert is_held(site, files)
    assert tree(site) == CONTENT


@pytest.mark.parametrize("edit", [folder_to_link, file_to_link])
def test_what_was_made_a_link_by_hand_is_noticed(
    tmp_path: Path, edit: Callable[[Path], None]
) -> None:
    site = tmp_path / "_site"
    files = written(site)
    assert is_held(site, files)
    edit(site)
    assert not is_held(site, files)
    assert not is_held(site, files)


def test_a_folder_is_not_trusted_before_it_has_settled(tmp_path: Path) -> None:
    site = tmp_path / "_site"
    files = written(site)
    digest_index = DigestIndex(tmp_path / "ledger")
    assert holds(site, files, digest_index)
    assert sorted(output_scan.changes(site, digest_index).folders) == ["", "a", "a/b", "a/c", "d"]
    digest_index = ledger_of(site)
    assert holds(site, files, digest_index)
    assert output_scan.changes(site, digest_index) == output_scan.Changes()


def test_folders_are_listed_again_only_where_names_came_or_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "_site"
    files = written(site)
    assert is_held(site, files)
    listed: list[str] = []

    monkeypatch.setattr(os, "scandir", _noting(listed, site))
    assert is_held(site, files)
    assert listed == []
    add_a_file(site)
    assert not is_held(site, files)
    assert listed == ["a/b"]


def test_a_folder_that_went_with_its_last_file_does_not_make_all_be_listed(tmp_path: Path) -> None:
    site = tmp_path / "_site"
    assert is_held(site, written(site))
    digest_index = ledger_of(site)
    fewer = [each for each in ARTIFACTS if not each.path.startswith("a/b")]
    write_site(site.parent, site, fewer, digest_index)
    digest_index.save()
    assert output_scan.changes(site, ledger_of(site)) == output_scan.Changes(["a"])


def _noting(listed: list[str], site: Path) -> Callable[[str], object]:
    scandir = os.scandir

    def noting(folder: str) -> object:
        listed.append(os.path.relpath(folder, site))
        return scandir(folder)

    return noting


@pytest.mark.parametrize("edit", [lambda _: None, *EDITS])
def test_a_look_that_was_taken_beside_is_as_one_that_is_taken_now(
    tmp_path: Path, edit: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked_task, "may_fork", lambda: True)
    monkeypatch.setattr(output_scan, "_WORTH_A_PROCESS", 0)
    site = tmp_path / "_site"
    files = written(site)
    assert is_held(site, files)
    edit(site)
    look = output_scan.looking(site, ledger_of(site))
    assert look.result == output_scan.changes(site, ledger_of(site))
    assert holds(site, files, ledger_of(site), look.result) == (tree(site) == CONTENT)
    assert write_site(site.parent, site, ARTIFACTS, ledger_of(site), changed=look.result) == files
    assert tree(site) == CONTENT
