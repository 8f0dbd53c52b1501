"""Making pictures: their sizes, colours, kinds and faults."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageOps

from generator.assets.images import Kind, tone_of
from generator.assets.resize import PictureFaultError, copy_of, look_at, make
from tests.support.drawn import file_of, frames_of, opened, photo, tells

DEEP = Image.frombytes(
    "I;16",
    (300, 200),
    bytes(part for value in photo(300, 200).convert("L").tobytes() for part in (value, value)),
)
"""Sixteen bits a pixel, little-endian: each value twice is that value times 257."""

KINDS: list[Kind] = ["avif", "webp", "jpeg", "png"]
FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF"]


def made(raw: bytes, width: int, kind: Kind = "png", quality: int = 78) -> Image.Image:
    return opened(make(raw, width, [kind], quality)[0])


def colour(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.convert("RGB").getpixel((x, y))
    assert isinstance(found, tuple)
    return tuple(int(part) for part in found)


def near(one: tuple[int, ...], other: tuple[int, ...], most: int = 12) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", FORMATS)
def test_facts(kind: str) -> None:
    facts = look_at(file_of(photo(60, 40), kind))
    assert (facts.width, facts.height, facts.format, facts.animated) == (60, 40, kind, False)
    assert facts.fault == ""
    assert 0 <= facts.tone < 64


@pytest.mark.parametrize("kind", FORMATS)
def test_every_file_made_tells_nothing(kind: str) -> None:
    raw = file_of(photo(300, 200), kind)
    for content in (*make(raw, 240, KINDS, 78), *make(raw, 300, KINDS, 78), copy_of(raw)):
        assert tells(content) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_made_picture_has_its_width_and_looks_the_same(kind: Kind) -> None:
    image = made(file_of(photo(900, 601), "PNG"), 400, kind)
    assert image.size == (400, 267)
    assert image.format == kind.upper()
    small = photo(900, 601).resize((400, 267), Image.Resampling.LANCZOS)
    for x, y in ((20, 20), (200, 130), (380, 250)):
        assert near(colour(image, x, y), colour(small, x, y)), kind


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_it_is_meant_to_be_seen(kind: str, orientation: int) -> None:
    seen = Image.new("RGB", (64, 32), "white")
    seen.paste((200, 20, 20), (0, 0, 32, 16))  # red where one begins to read
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = seen.transpose(back) if back is not None else seen
    raw = file_of(stored, kind, orientation=orientation, quality=95)
    facts = look_at(raw)
    assert (facts.width, facts.height) == (64, 32)
    copied = opened(copy_of(raw))
    if kind == "AVIF":  # in which turning is a part of the picture, and not of its metadata
        copied = ImageOps.exif_transpose(copied)
    for image in (made(raw, 64), made(raw, 16, "jpeg", 95), copied):
        assert image.getexif().get(0x0112, 1) == 1
        w, h = image.size
        assert (w, h) in ((64, 32), (16, 8))
        assert near(colour(image, w // 8, h // 8), (200, 20, 20), 40), (orientation, image.size)
        assert near(colour(image, w - 1, h - 1), (255, 255, 255), 40)


def test_a_copy_that_need_not_be_turned_loses_nothing() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        raw = file_of(photo(60, 40), kind)
        assert opened(copy_of(raw)).tobytes() == opened(raw).tobytes()
    clean = file_of(photo(60, 40), "AVIF", exif=b"", xmp=b"")
    assert copy_of(clean) == clean


def test_the_same_bytes_each_time() -> None:
    raw = file_of(photo(900, 600), "JPEG")
    assert make(raw, 480, KINDS, 78) == make(raw, 480, KINDS, 78)


def test_lower_quality_is_smaller() -> None:
    raw = file_of(photo(900, 600), "JPEG", quality=95)
    for kind in ("avif", "webp", "jpeg"):
        high, low = (len(make(raw, 800, [kind], quality)[0]) for quality in (90, 30))
        assert low < high


def test_colours_of_a_profile_become_those_without_one() -> None:
    """A profile whose numbers mean something else: its first colour is what others call third."""
    grey_profile = wide_profile()
    raw = file_of(Image.new("RGB", (300, 200), (200, 60, 60)), "PNG", icc_profile=grey_profile)
    image = made(raw, 240)
    assert "icc_profile" not in image.info
    own = ImageCms.ImageCmsProfile(io.BytesIO(grey_profile))
    expected = ImageCms.profileToProfile(
        Image.new("RGB", (1, 1), (200, 60, 60)), own, ImageCms.createProfile("sRGB")
    )
    assert expected is not None
    assert near(colour(image, 9, 9), colour(expected, 0, 0), 2)
    assert not near(colour(image, 9, 9), (200, 60, 60), 4)


def wide_profile() -> bytes:
    """Return an sRGB profile whose red and blue have changed places, under another name."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for index in range(int.from_bytes(raw[128:132], "big")):
        entry = 132 + 12 * index
        if raw[entry : entry + 4] == b"rXYZ":
            raw[entry : entry + 4] = b"bXYZ"
        elif raw[entry : entry + 4] == b"bXYZ":
            raw[entry : entry + 4] = b"rXYZ"
        elif raw[entry : entry + 4] == b"desc":
            start, size = (int.from_bytes(raw[entry + a : entry + a + 4], "big") for a in (4, 8))
            name = raw[start : start + size]
            raw[start : start + size] = name.replace(
                "sRGB".encode("utf-16-be"), "Deep".encode("utf-16-be")
            ).replace(b"sRGB", b"Deep")
    return bytes(raw)


@pytest.mark.parametrize("profile", [b"no profile", b""])
def test_a_broken_profile_is_passed_over(profile: bytes) -> None:
    raw = file_of(photo(300, 200), "PNG", icc_profile=profile)
    assert made(raw, 240).size == (240, 160)


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (photo(300, 200).convert("CMYK"), "JPEG"),
        (photo(300, 200).convert("L"), "JPEG"),
        (photo(300, 200).convert("P"), "PNG"),
        (photo(300, 200).convert("1"), "PNG"),
        (photo(300, 200).convert("LA"), "PNG"),
        (DEEP, "PNG"),
        (photo(300, 200, alpha=True), "TIFF"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.mode,
)
def test_every_kind_of_pixel(image: Image.Image, kind: str) -> None:
    raw = file_of(image, kind)
    assert look_at(raw).fault == ""
    for wanted in KINDS:
        result = made(raw, 240, wanted)
        assert result.size == (240, 160)
        shown = photo(300, 200).convert("L") if image is DEEP else image
        small = shown.convert("RGB").resize((240, 160), Image.Resampling.LANCZOS)
        if image.mode not in ("1", "P", "CMYK", "RGBA", "LA"):
            assert near(colour(result, 120, 80), colour(small, 120, 80), 15)


def test_what_can_be_seen_through_stays_so() -> None:
    raw = file_of(photo(300, 200, alpha=True), "PNG")
    assert look_at(raw).tone == -1
    for kind in ("avif", "webp", "png"):
        assert made(raw, 240, kind).convert("RGBA").getchannel("A").getextrema()[0] < 30  # type: ignore[operator]
    assert made(raw, 240, "jpeg").mode == "RGB"


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_is_known(kind: str) -> None:
    assert look_at(frames_of(kind)).animated
    assert look_at(copy_of(frames_of(kind))).animated


def test_tones() -> None:
    assert (tone_of(0, 0, 0), tone_of(255, 255, 255)) == (0, 63)
    assert look_at(file_of(Image.new("RGB", (9, 9), (250, 10, 130)), "PNG")).tone == 48 + 2
    numbers: set[int] = set()
    for step in range(64):
        numbers.add(tone_of(step // 16 * 64, step // 4 % 4 * 64, step % 4 * 64))
    assert numbers == set(range(64))


@pytest.mark.parametrize("kind", FORMATS)
def test_broken_files_have_a_fault(kind: str) -> None:
    raw = file_of(photo(300, 200), kind)
    for broken in (b"", b"text", raw[:9], raw[: len(raw) // 2]):
        facts = look_at(broken)
        assert facts.fault
        assert "\n" not in facts.fault
        with pytest.raises(PictureFaultError):
            make(broken, 240, ["webp"], 78)


def test_a_picture_of_too_many_pixels_has_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5_000)
    options: dict[str, Any] = {"compress_level": 1}
    assert "million pixels" in look_at(file_of(photo(300, 200), "PNG", **options)).fault
