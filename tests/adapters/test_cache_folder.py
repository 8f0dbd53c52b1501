"""All that one build keeps for the next lies in one folder, also what older versions kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.adapters.files.cache_folder import settle
from tests.support.sites import command, tree, write

OLD = {
    "memo.sqlite": "steps.sqlite",
    "memo.sqlite-wal": "steps.sqlite-wal",
    "memo.sqlite-shm": "steps.sqlite-shm",
    "code.digest": "code.digest",
    "inputs.ledger": "inputs.ledger",
    "output-_site.ledger": "output-_site.ledger",
    "output-.tidepost-previews-a.ledger": "output-.tidepost-previews-a.ledger",
    "known/ab.parts": "snapshots/ab.parts",
    "images/ab/cd": "images/ab/cd",
    "outside.json": "links.json",
    "variants/a.gz": "variants/a.gz",
}
"""Where version 0.1 kept its caches in .tidepost/, and where they are in .tidepost/cache/."""

OTHERS = ["lock", "local/outbox/a.eml", "undo/journal.json", "served/index.html", "tools/x"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_an_older_version_kept_is_moved(tmp_path: Path) -> None:
    write(tmp_path, {name: f"content of {name}" for name in [*OLD, *OTHERS]})
    for _ in range(2):
        settle(tmp_path)
        wanted = {f"cache/{new}": f"content of {old}".encode() for old, new in OLD.items()}
        wanted |= {name: f"content of {name}".encode() for name in OTHERS}
        assert tree(tmp_path) == wanted


def test_what_is_there_already_stays_and_the_old_goes(tmp_path: Path) -> None:
    """A program of the older version ran once more, or an upgrade was undone and done again."""
    write(tmp_path, dict.fromkeys(OLD, "old"))
    write(tmp_path, {f"cache/{name}": "new" for name in OLD.values()})
    settle(tmp_path)
    assert tree(tmp_path) == {f"cache/{name}": b"new" for name in OLD.values()}
    assert names(tmp_path) == ["cache"]


def test_an_index_of_an_older_version_goes(tmp_path: Path) -> None:
    write(tmp_path, {"search.index": "old", "cache/search.index": "newer", "lock": ""})
    settle(tmp_path)
    assert tree(tmp_path) == {"lock": b""}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda cache: cache.write_text("a file"),
        lambda cache: cache.symlink_to("nowhere"),
        lambda cache: cache.symlink_to("lock"),
    ],
    ids=["file", "dangling link", "link"],
)
def test_what_is_in_the_folders_way_goes(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    write(tmp_path, {"lock": "", "images/a": "x"})
    spoil(tmp_path / "cache")
    settle(tmp_path)
    assert tree(tmp_path) == {"lock": b"", "cache/images/a": b"x"}


def test_a_disk_that_refuses_keeps_no_build_from_being_made(tmp_path: Path) -> None:
    settle(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_a_build_keeps_all_in_the_one_folder_and_takes_over_the_old_ones(site: Path) -> None:
    private, cache = site / ".tidepost", site / ".tidepost/cache"
    assert command(site, "build").returncode == 0
    assert names(private) == ["cache", "lock"]
    kept = names(cache)
    assert {*kept} >= {"steps.sqlite", "code.digest", "inputs.ledger", "output-_site.ledger"}
    written = (site / "_site/index.html").stat().st_mtime_ns
    (cache / "steps.sqlite").rename(private / "memo.sqlite")
    for name in {*kept} - {"steps.sqlite"}:
        (cache / name).rename(private / {"snapshots": "known"}.get(name, name))
    cache.rmdir()
    assert command(site, "list").returncode == 0
    assert names(private) == ["cache", "lock"]
    assert command(site, "build").returncode == 0
    assert names(cache) == kept
    assert (site / "_site/index.html").stat().st_mtime_ns == written
