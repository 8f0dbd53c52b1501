"""What a file is, by its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.core.image_kinds import HEAD, SUFFIXES, kind_by_name, kind_of, published_suffix
from tests.support.containers import CONTAINERS, REFUSED

KINDS = {
    "jpg jpeg jpe jfif pjpeg": "JPEG",
    "webp": "WEBP",
    "gif": "GIF",
    "avif": "AVIF",
    "tif tiff": "TIFF",
    "heic HIF": "HEIF",
    "bmp": "BMP",
    "ico": "ICO",
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_the_kind_of_a_picture(name: str) -> None:
    end = name.rpartition(".")[2]
    wanted = next((kind for ends, kind in KINDS.items() if end in ends.split()), "PNG")
    exceptions = {"named-wrongly.png": "JPEG", "picture.dat": "JPEG", "nameless": "WEBP"}
    assert kind_of(CONTAINERS[name][:HEAD], name) == exceptions.get(name, wanted)


@pytest.mark.parametrize("name", REFUSED)
def test_kinds_that_are_refused(name: str) -> None:
    assert kind_of(REFUSED[name][0][:HEAD], name) in ("RAW", "JXL", "JP2", "PSD")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"Text of a note",
        b"BMW is a maker of cars, and this is a text about them",
        b"\xff\x0a" + bytes(60),
        b"\0\0\1\0" + bytes(60),
        b"\0\0\1\xba" + bytes(60),
        b"%PDF-1.7",
        b"PK\3\4" + bytes(60),
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\0\0\0\x18ftypisom\0\0\2\0isomiso2",
        b"\0\1\0\0\0\x0f\0\x80",
        b"OggS" + bytes(60),
    ],
)
def test_what_is_no_picture(head: bytes) -> None:
    assert kind_of(head, "a.bin") == ""


@given(head=st.binary(max_size=60), name=st.sampled_from(["a.jpg", "a.dng", "a", "a.bin"]))
def test_any_bytes_are_of_a_known_kind_or_of_none(head: bytes, name: str) -> None:
    assert kind_of(head, name) in {"", *SUFFIXES}


@pytest.mark.parametrize(
    ("suffix", "kind", "published"),
    [
        (".jpg", "JPEG", ".jpg"),
        (".JPG", "JPEG", ".JPG"),
        (".jfif", "JPEG", ".jpg"),
        (".png", "JPEG", ".jpg"),
        (".PNG", "PNG", ".PNG"),
        ("", "WEBP", ".webp"),
        (".heic", "HEIF", ".jpg"),
        (".apng", "PNG", ".png"),
        (".dng", "RAW", ".dng"),
        (".txt", "", ".txt"),
    ],
)
def test_the_name_under_which_a_picture_is_published(
    suffix: str, kind: str, published: str
) -> None:
    assert published_suffix(suffix, kind) == published


def test_no_end_of_a_name_stands_for_two_kinds() -> None:
    ends = [end for suffixes in SUFFIXES.values() for end in suffixes]
    assert len(ends) == len(set(ends))
    assert {kind_by_name(f"a{end.upper()}") for end in ends} == set(SUFFIXES)
