"""What was made is kept, and what is damaged is made again."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from generator.adapters.files.image_store import DAYS, PictureStore

KEY, OTHER = bytes(32), b"1" * 32


def only_file(folder: Path) -> Path:
    (file,) = (path for path in folder.rglob("*") if path.is_file())
    return file


def test_what_is_put_is_there(tmp_path: Path) -> None:
    PictureStore(tmp_path).put(KEY, b"content")
    store = PictureStore(tmp_path)
    assert store.get(KEY) == b"content"
    assert store.known([KEY, OTHER]) == {KEY: hashlib.sha256(b"content").hexdigest()}
    assert store.get(OTHER) is None


@pytest.mark.parametrize("at", [0, 31, 32, 71, 72, 78])
def test_a_damaged_file_is_not_there(at: int, tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    store.put(KEY, b"content")
    raw = bytearray(only_file(tmp_path).read_bytes())
    raw[at] ^= 1
    only_file(tmp_path).write_bytes(raw)
    assert store.get(KEY) is None
    assert (KEY in store.known([KEY])) == (at >= 72)  # what a page is told is still right


def test_a_file_under_another_key_is_not_there(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    store.put(KEY, b"content")
    file = only_file(tmp_path)
    target = tmp_path / OTHER.hex()[:2] / OTHER.hex()
    target.parent.mkdir()
    file.rename(target)
    assert store.known([OTHER]) == {}
    assert store.get(OTHER) is None


def test_a_file_that_was_cut_off_is_not_there(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    store.put(KEY, b"content")
    for length in (0, 10, 75):
        only_file(tmp_path).write_bytes(only_file(tmp_path).read_bytes()[:length])
        assert store.get(KEY) is None


def test_without_room_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    store = PictureStore(tmp_path / "taken")
    store.put(KEY, b"content")
    assert store.get(KEY) is None
    assert store.known([KEY]) == {}


def test_what_no_build_asks_for_goes_after_a_month(tmp_path: Path) -> None:
    kept, old, young = (bytes([number]) * 32 for number in (1, 2, 3))
    store = PictureStore(tmp_path)
    for key in (kept, old, young):
        store.put(key, b"x")
    long_ago = time.time() - (DAYS + 1) * 86_400
    for key in (kept, old):
        os.utime(tmp_path / key.hex()[:2] / key.hex(), (long_ago, long_ago))
    leftover = tmp_path / "01" / "x.12.tmp"
    leftover.write_bytes(b"")
    os.utime(leftover, (long_ago, long_ago))

    nothing_new = PictureStore(tmp_path)
    nothing_new.known([kept])
    nothing_new.sweep()
    assert nothing_new.get(old) == b"x"

    something_new = PictureStore(tmp_path)
    something_new.known([kept, OTHER])
    something_new.sweep()
    assert something_new.get(old) is None
    assert something_new.get(kept) == something_new.get(young) == b"x"
    assert not leftover.exists()
    assert time.time() - (tmp_path / kept.hex()[:2] / kept.hex()).stat().st_mtime < 60
