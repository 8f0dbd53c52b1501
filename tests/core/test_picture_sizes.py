"""The sizes of pictures are looked up once for each content."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from generator.adapters import disk
from generator.adapters.ledger import Ledger
from generator.adapters.memo_disk import DiskMemo
from tests.helpers.sites import write_site

PICTURE = "static/icons/a.png"


def png(width: int, height: int) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height)).save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = write_site(tmp_path / "site", {"site.yaml": "title: A\nurl: https://example.org\n"})
    (root / PICTURE).parent.mkdir(parents=True, exist_ok=True)
    (root / PICTURE).write_bytes(png(4, 3))
    return root


def size(root: Path, listing: disk.Listing, memo: DiskMemo) -> tuple[int, int]:
    files, problems = disk.read_files(root, listing, memo)
    assert not problems
    return files[PICTURE].width, files[PICTURE].height


def listed(root: Path, tmp_path: Path) -> disk.Listing:
    return disk.list_inputs(root, Ledger(tmp_path / "ledger"))


def test_a_known_picture_is_not_opened_again(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memo = DiskMemo(tmp_path / "memo")
    assert size(site, listed(site, tmp_path), memo) == (4, 3)
    monkeypatch.setattr(disk, "_picture_size", lambda _: (0, 0))
    assert size(site, listed(site, tmp_path), memo) == (4, 3)
    memo.close()


def test_a_picture_that_changes_meanwhile_is_not_remembered(site: Path, tmp_path: Path) -> None:
    memo = DiskMemo(tmp_path / "memo")
    before = listed(site, tmp_path)
    (site / PICTURE).write_bytes(png(8, 8))
    assert size(site, before, memo) == (8, 8)
    (site / PICTURE).write_bytes(png(4, 3))
    assert size(site, before, memo) == (4, 3)
    memo.close()


def test_what_is_no_picture_has_no_size(site: Path, tmp_path: Path) -> None:
    (site / PICTURE).write_bytes(b"no picture")
    memo = DiskMemo(tmp_path / "memo")
    assert size(site, listed(site, tmp_path), memo) == (0, 0)
    memo.close()
