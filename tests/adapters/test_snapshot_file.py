"""What a build leaves for the next one: damage is a miss, and little is read of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.adapters.files.snapshot_file import Parts, PartsFolder
from generator.core.cache import key_of
from generator.incremental.lazy_tables import (
    Decoded,
    Index,
    OverlayMapping,
    Records,
    SnapshotMissing,
    packed,
    whole,
)

KEY = key_of("a kind of build")
PARTS = {"one": b"first", "two": b"", "three": bytes(range(256)) * 40}


@contextmanager
def opened(shelf: PartsFolder, key: bytes) -> Iterator[Parts | None]:
    parts = shelf.open(key)
    yield parts
    if parts is not None:
        parts.close()


def read(shelf: PartsFolder, key: bytes = KEY) -> Mapping[str, bytes] | None:
    with opened(shelf, key) as parts:
        return None if parts is None else dict(parts)


def kept(folder: Path) -> Path:
    (file,) = folder.glob("*.parts")
    return file


def test_parts_are_read_as_they_were_written(tmp_path: Path) -> None:
    shelf = PartsFolder(tmp_path / "known", b"code")
    assert read(shelf) is None
    shelf.write(KEY, PARTS)
    assert read(shelf) == PARTS
    shelf.write(KEY, {"one": b"second"})
    assert read(PartsFolder(tmp_path / "known", b"code")) == {"one": b"second"}


def test_what_another_program_or_another_kind_of_build_left_is_not_seen(tmp_path: Path) -> None:
    shelf = PartsFolder(tmp_path, b"code")
    shelf.write(KEY, PARTS)
    assert read(PartsFolder(tmp_path, b"other")) is None
    other = key_of("another kind")
    assert read(shelf, other) is None
    shelf.write(other, {})
    kept_under = {file.name: file for file in tmp_path.iterdir()}
    mine, others = kept_under[f"{KEY.hex()[:32]}.parts"], kept_under[f"{other.hex()[:32]}.parts"]
    mine.replace(others)
    assert read(shelf, other) is None


def test_a_part_that_is_read_late_is_that_of_the_file_which_was_opened(tmp_path: Path) -> None:
    shelf = PartsFolder(tmp_path, b"code")
    shelf.write(KEY, PARTS)
    with opened(shelf, KEY) as parts:
        assert parts is not None
        assert shelf.holds(KEY, parts)
        shelf.write(KEY, {"one": b"second"})
        assert not shelf.holds(KEY, parts)
        assert dict(parts) == PARTS


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.integers(1, 255), st.floats(0, 1))
def test_damage_is_a_miss(tmp_path: Path, place: int, change: int, whole: float) -> None:
    shelf = PartsFolder(tmp_path / "known", b"code")
    shelf.write(KEY, PARTS)
    file = kept(tmp_path / "known")
    raw = bytearray(file.read_bytes())
    raw[place % len(raw)] ^= change
    file.write_bytes(raw[: int(len(raw) * whole)] if whole < 0.5 else raw)
    with opened(shelf, KEY) as parts:
        if parts is None:
            return
        lost = 0
        for name in parts:
            try:
                assert parts[name] == PARTS[name]
            except SnapshotMissing:
                lost += 1
        assert lost


def test_only_the_last_few_are_kept_and_nothing_of_a_killed_build(tmp_path: Path) -> None:
    shelf = PartsFolder(tmp_path, b"code")
    (tmp_path / "killed.tmp").write_bytes(b"half")
    keys = [key_of(str(number)) for number in range(7)]
    for age, key in enumerate(keys):
        shelf.write(key, {"key": key})
        os.utime(tmp_path / f"{key.hex()[:32]}.parts", ns=(age, age))
    assert [key for key in keys if read(shelf, key)] == keys[-4:]
    assert len(list(tmp_path.iterdir())) == 4


def test_without_room_for_it_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "known").write_bytes(b"a file in its place")
    shelf = PartsFolder(tmp_path / "known", b"code")
    shelf.write(KEY, PARTS)
    assert read(shelf) is None


@given(st.dictionaries(st.text(max_size=3), st.binary(min_size=1, max_size=9)), st.sets(st.text()))
def test_a_table_has_what_was_put_into_it(values: dict[str, bytes], more: set[str]) -> None:
    names = sorted({*values, *more})
    table = Records(Index(names), lambda: packed(names, values))
    assert dict(table) == values
    assert len(table) == len(values)
    assert whole(Decoded(table, bytes)) == values
    over = dict.fromkeys(list(values)[:1], b"other")
    assert whole(OverlayMapping(Decoded(table, bytes), over)) == values | over
    assert [name in table for name in names] == [name in values for name in names]


def test_only_what_is_asked_for_is_loaded_and_decoded() -> None:
    loaded = 0

    def load() -> bytes:
        nonlocal loaded
        loaded += 1
        return packed(["a", "b"], {"a": b"1", "b": b"2"})

    decoded: list[bytes] = []
    table = Decoded(Records(Index(["a", "b"]), load), lambda raw: decoded.append(raw) or int(raw))
    assert (loaded, decoded) == (0, [])
    assert table["b"] == table["b"] == 2
    assert (loaded, decoded) == (1, [b"2"])
    with pytest.raises(KeyError):
        table["c"]


def test_what_lies_over_a_table_counts() -> None:
    table = OverlayMapping({"a": 1, "b": 2}, {"b": 3, "c": 4})
    assert dict(table) == whole(table) == {"a": 1, "b": 3, "c": 4}
    assert (len(table), "d" in table) == (3, False)
