"""Compressed variants are kept between publications, and a damaged one reaches no reader."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.adapters.files.compress import make_variants
from generator.core.artifacts import OutputFile, digest

TEXT = b"<p>A harbour at dusk.</p>\n" * 100


def variant_of(folder: Path) -> Path:
    """Make the variants of a site of one page, and return where the page's one lies."""
    built = folder / "built"
    built.mkdir(exist_ok=True)
    (built / "a.html").write_bytes(TEXT)
    page = OutputFile(path="a.html", sha256=digest(TEXT), size=len(TEXT), role="page")
    made = make_variants([page], built, folder / "variants")
    assert [file.path for file in made.files] == ["a.html.gz"]
    place = made.places["a.html.gz"]
    assert digest(place.read_bytes()) == made.files[0].sha256
    return place


def test_an_undamaged_variant_is_kept(tmp_path: Path) -> None:
    place = variant_of(tmp_path)
    made = place.stat().st_mtime_ns
    assert variant_of(tmp_path).stat().st_mtime_ns == made
    assert gzip.decompress(place.read_bytes()) == TEXT


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: b"",
        lambda raw: b"no gzip at all" * 9,
        lambda raw: raw[:20] + bytes(byte ^ 1 for byte in raw[20:30]) + raw[30:],
        lambda raw: gzip.compress(b"another page"),
    ],
    ids=["half", "empty", "foreign", "flipped", "of another page"],
)
def test_a_damaged_variant_is_made_anew(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    place = variant_of(tmp_path)
    raw = place.read_bytes()
    place.write_bytes(spoil(raw))
    assert variant_of(tmp_path).read_bytes() == raw
