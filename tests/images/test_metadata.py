"""What a picture's file tells is taken out, and nothing of the picture is lost."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generator.metadata import UnknownContainerError, without_metadata
from tests.images.drawn import SECRETS, camera_exif, file_of, frames_of, opened, photo, tells

FILES = {
    "JPEG": file_of(photo(60, 40), "JPEG", quality=90),
    "progressive JPEG": file_of(photo(60, 40), "JPEG", progressive=True, restart_marker_rows=1),
    "PNG": file_of(photo(60, 40, alpha=True), "PNG"),
    "lossy WebP": file_of(photo(60, 40), "WEBP"),
    "WebP without loss": file_of(photo(60, 40, alpha=True), "WEBP", lossless=True),
    "GIF": file_of(photo(60, 40), "GIF"),
}


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_told_and_no_pixel_changes(name: str) -> None:
    raw = FILES[name]
    assert tells(raw)
    clean = without_metadata(raw)
    assert tells(clean) == []
    assert opened(clean).tobytes() == opened(raw).tobytes()
    assert without_metadata(clean) == clean


@pytest.mark.parametrize("name", FILES)
def test_what_follows_the_end_of_a_file_goes_too(name: str) -> None:
    assert b"Secret words" not in without_metadata(FILES[name] + b"Secret words")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animations_keep_all_their_frames(kind: str) -> None:
    raw = frames_of(kind)
    before, after = opened(raw), opened(without_metadata(raw))
    assert getattr(before, "n_frames", 1) == 3
    for frame in range(3):
        before.seek(frame)
        after.seek(frame)
        assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()
        assert after.info.get("duration") == before.info.get("duration")
    assert after.info.get("loop") == before.info.get("loop")


def test_a_second_picture_behind_the_first_goes() -> None:
    """As phones write them (CIPA DC-007, Multi-Picture Format), each with EXIF of its own."""
    file = io.BytesIO()
    photo(60, 40).save(
        file, "MPO", save_all=True, append_images=[photo(30, 20, seed=7)], exif=camera_exif()
    )
    raw = file.getvalue()
    assert Image.open(io.BytesIO(raw)).format == "MPO"
    clean = without_metadata(raw)
    assert Image.open(io.BytesIO(clean)).format == "JPEG"
    assert clean.count(b"\xff\xd8\xff") == 1
    assert tells(clean) == []


def test_a_colour_profile_stays() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        raw = file_of(photo(20, 20), kind, icc_profile=b"a profile of colours" * 9)
        assert opened(without_metadata(raw)).info["icc_profile"] == b"a profile of colours" * 9


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_file_is_refused_or_tells_nothing(name: str, data: st.DataObject) -> None:
    raw = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for broken in (bytes(raw), bytes(raw[:cut])):
        try:
            clean = without_metadata(broken)
        except UnknownContainerError:
            continue
        assert len(clean) <= len(broken) + 1
        assert isinstance(clean, bytes)


def test_other_files_are_refused() -> None:
    for raw in (b"", b"GIF89a", b"<svg/>", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"BM" + bytes(99)):
        with pytest.raises(UnknownContainerError):
            without_metadata(raw)
    assert SECRETS
