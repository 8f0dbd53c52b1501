"""What a picture's file tells is taken out, and nothing of the picture is lost."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generator.assets.image_metadata import UnknownContainerError, without_metadata
from generator.assets.resize import copy_of
from tests.support.drawn import SECRETS, camera_exif, file_of, frames_of, opened, photo, tells

FILES = {
    "JPEG": file_of(photo(60, 40), "JPEG", quality=90),
    "progressive JPEG": file_of(photo(60, 40), "JPEG", progressive=True, restart_marker_rows=1),
    "PNG": file_of(photo(60, 40, alpha=True), "PNG"),
    "lossy WebP": file_of(photo(60, 40), "WEBP"),
    "WebP without loss": file_of(photo(60, 40, alpha=True), "WEBP", lossless=True),
    "GIF": file_of(photo(60, 40), "GIF"),
    "AVIF": file_of(photo(60, 40), "AVIF"),
    "AVIF to see through": file_of(photo(60, 40, alpha=True), "AVIF"),
    "moving AVIF": frames_of("AVIF", exif=camera_exif().tobytes(), xmp=b"<x:xmpmeta/>"),
}


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_told_and_no_pixel_changes(name: str) -> None:
    raw = FILES[name]
    assert tells(raw)
    clean = without_metadata(raw)
    assert tells(clean) == []
    assert opened(clean).tobytes() == opened(raw).tobytes()
    assert without_metadata(clean) == clean


@pytest.mark.parametrize("name", [name for name in FILES if "AVIF" not in name])
def test_what_follows_the_end_of_a_file_goes_too(name: str) -> None:
    assert b"Secret words" not in without_metadata(FILES[name] + b"Secret words")


def test_no_part_of_an_avif_moves_and_what_no_picture_takes_up_goes() -> None:
    """As editors leave it: a box of their own, and bytes that no item lies in."""
    raw = FILES["AVIF"]
    place = raw.index(b"mdat")
    size = int.from_bytes(raw[place - 4 : place], "big")
    more = b"Secret words in no item"
    grown = raw[: place - 4] + (size + len(more)).to_bytes(4, "big") + raw[place:] + more
    body = b"uuid" + bytes(16) + b"Secret words"
    clean = without_metadata(grown + (len(body) + 4).to_bytes(4, "big") + body)
    assert len(clean) == len(grown) + len(body) + 4
    assert b"Secret words" not in clean
    assert opened(clean).tobytes() == opened(raw).tobytes()


def test_an_avif_in_an_unknown_form_is_refused() -> None:
    raw = FILES["AVIF"]
    for name in (b"iinf", b"iloc", b"infe", b"meta"):
        with pytest.raises(UnknownContainerError):
            without_metadata(raw.replace(name, b"skip"))
    assert tells(copy_of(raw.replace(b"infe", b"infe", 1) + b"junk")) == []  # encoded again


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
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
