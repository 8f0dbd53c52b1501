"""The sizes of pictures are looked up once for each content."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from generator.adapters.files import site_folder
from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.sqlite_cache import DiskCache
from tests.support.sites import write_site

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


def size(root: Path, listing: site_folder.Listing, cache: DiskCache) -> tuple[int, int]:
    files, problems = site_folder.read_files(root, listing, cache)
    assert not problems
    return files[PICTURE].width, files[PICTURE].height


def listed(root: Path, tmp_path: Path) -> site_folder.Listing:
    return site_folder.list_inputs(root, DigestIndex(tmp_path / "ledger"))


def test_a_known_picture_is_not_opened_again(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = DiskCache(tmp_path / "memo")
    assert size(site, listed(site, tmp_path), cache) == (4, 3)
    monkeypatch.setattr(site_folder, "_picture_size", lambda _: (0, 0))
    assert size(site, listed(site, tmp_path), cache) == (4, 3)
    cache.close()


def test_a_picture_that_changes_meanwhile_is_not_remembered(site: Path, tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "memo")
    before = listed(site, tmp_path)
    (site / PICTURE).write_bytes(png(8, 8))
    assert size(site, before, cache) == (8, 8)
    (site / PICTURE).write_bytes(png(4, 3))
    assert size(site, before, cache) == (4, 3)
    cache.close()


def test_what_is_no_picture_has_no_size(site: Path, tmp_path: Path) -> None:
    (site / PICTURE).write_bytes(b"no picture")
    cache = DiskCache(tmp_path / "memo")
    assert size(site, listed(site, tmp_path), cache) == (0, 0)
    cache.close()
