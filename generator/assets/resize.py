"""Looking at pictures and making them smaller, with Pillow.

Slow to import, so imported only where a picture is looked at or made. The same bytes come out on
every machine that has the same Pillow: one thread each, since AVIF's tiles depend on their number.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from generator.assets.box_metadata import UnknownContainerError
from generator.assets.image_metadata import with_clean_data, without_metadata
from generator.assets.images import Facts, Kind, height_at, tone_of
from generator.core.image_kinds import HEAD, MADE_JPEG, is_drawing, kind_of, refusal

AVIF_SPEED = 8
"""From 0 to 10. Two to four times as fast as Pillow's own 6, for files up to a quarter larger."""

_SMALL = (64, 64)
_TAKEN_APART = frozenset({"JPEG", "PNG", "WEBP", "GIF", "AVIF", "ICO"})
"""Kinds of which metadata is taken out without encoding the picture again."""

_ANIMATED = frozenset({"PNG", "WEBP", "AVIF", "GIF"})
"""Kinds whose several pictures are one that moves; those of the others are shown one at a time."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How an orientation (EXIF 2.32, tag 274) is undone."""

_LAYERS = ("RGBA", "LA", "PA", "La", "RGBa")
_FAULTS = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError, KeyError)
"""What Pillow raises for bytes that are no whole picture (SyntaxError: a broken PNG)."""


class PictureFaultError(Exception):
    """A picture that cannot be read; the message says why, in a few words, `hint` the way out if
    its kind is the reason."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def look_at(raw: bytes) -> Facts:
    """Return the facts of a picture; the whole of it is read, so that a broken one shows itself."""
    try:
        with _opened(raw) as image:
            width, height = image.size
            if _orientation(image) >= 5 and image.format != "TIFF":  # which Pillow has turned
                width, height = height, width
            kind = _format(image)
            animated = kind in _ANIMATED and getattr(image, "is_animated", False)
            if kind == "JPEG":
                image.draft("RGB", _SMALL)  # which is read to its end none the less
            image.load()
            return Facts(width, height, kind, animated, _tone(image))
    except PictureFaultError as fault:
        return Facts(fault=str(fault), hint=fault.hint)


def copy_of(raw: bytes) -> bytes:
    """Return a picture's file without metadata, and turned as it is meant to be seen.

    Pictures in a drawing lose theirs. Raises PictureFaultError.
    """
    if not kind_of(raw[:HEAD]) and is_drawing(raw):
        return with_clean_data(raw.decode("latin-1"), copy_of).encode("latin-1")
    with _opened(raw) as image:
        kind = _format(image)
        upright = kind == "AVIF" or _orientation(image) == 1  # an AVIF's turning is no metadata
        if upright and kind in _TAKEN_APART:
            try:
                return without_metadata(raw)
            except UnknownContainerError as error:
                if kind != "AVIF":  # whose parts may be put together in ways that we do not know
                    raise PictureFaultError(str(error)) from None
        profile = image.info.get("icc_profile")
        options: dict[str, Any] = {"icc_profile": profile} if profile else {}
        if kind == "TIFF":
            options["compression"] = "tiff_deflate"
        if kind == "WEBP" and b"VP8 " not in raw:
            options["lossless"] = True
        if kind in _ANIMATED and getattr(image, "is_animated", False):
            return _animation(image, kind, **options)
        turned = _without_info(_upright(image))
        if kind in MADE_JPEG:
            return _encoded(_in_srgb(turned, profile), "jpeg", 92, drawn=False, palette=False)
        return _saved(turned, kind, **_best(kind) | options)


def _animation(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return an animation encoded again, each of its frames turned as it is meant to be seen."""
    method = _TURNS.get(_orientation(image))
    count, most = getattr(image, "n_frames", 1), 2 * (Image.MAX_IMAGE_PIXELS or 0)
    if count * image.width * image.height > most:
        reason = f"is an animation of more than {most // 1_000_000} million pixels, and turned"
        raise PictureFaultError(reason, "save it upright, or as a film")
    loop = image.info.get("loop", 0)
    frames, durations = [], []
    for number in range(count):
        image.seek(number)
        image.load()
        frame = image.transpose(method) if method is not None else image
        frames.append(_without_info(frame))
        durations.append(round(image.info.get("duration", 0)))
    if getattr(image, "default_image", False):  # one that is shown where nothing moves
        options["default_image"] = True
        del durations[0]
    options = _best(kind) | options | {"duration": durations}
    if kind != "AVIF":
        options["loop"] = loop
    return _saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)


def _without_info(image: Image.Image) -> Image.Image:
    """Return an image of its own, without its file's tags."""
    transparent = image.info.get("transparency")
    copied = image.copy()
    copied.info = {} if transparent is None else {"transparency": transparent}
    return copied


def make(raw: bytes, width: int, kinds: list[Kind], quality: int) -> list[bytes]:
    """Return a picture `width` pixels wide, as each of `kinds`. Raises PictureFaultError."""
    with _opened(raw) as opened:
        drawn = opened.format in ("PNG", "GIF")
        palette = opened.mode == "P"
        jpeg = _format(opened) == "JPEG" and opened.mode in ("RGB", "L")
        if jpeg and width * 2 < opened.size[0]:
            # It can be read at a half, a quarter or an eighth; twice the width loses nothing.
            turned = _orientation(opened) >= 5
            box = (1, width * 2) if turned else (width * 2, 1)
            opened.draft(opened.mode, box)
        image = _in_srgb(_upright(opened), opened.info.get("icc_profile"))
        size = (width, height_at(width, *image.size))
        if image.size != size:
            image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        image.info = {}
        return [_encoded(image, kind, quality, drawn=drawn, palette=palette) for kind in kinds]


def _encoded(image: Image.Image, kind: Kind, quality: int, *, drawn: bool, palette: bool) -> bytes:
    if kind == "avif":
        return _saved(
            image,
            "AVIF",
            # AVIF's scale is another one: 52 looks as 75 does in a JPEG.
            quality=round(quality * 0.7),
            speed=AVIF_SPEED,
            subsampling="4:4:4" if drawn else "4:2:0",
            max_threads=1,
            autotiling=False,
        )
    if kind == "webp":
        lossy = _saved(image, "WEBP", quality=quality, method=4)
        # Charts and drawings are often smaller, and sharper, without loss.
        return min(lossy, _saved(image, "WEBP", lossless=True), key=len) if drawn else lossy
    if kind == "png":
        if palette and image.mode == "RGB":
            image = image.quantize(256)
        return _saved(image, "PNG", compress_level=9)
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    return _saved(image, "JPEG", quality=quality, optimize=True, progressive=True)


def _best(kind: str) -> dict[str, Any]:
    return {
        "JPEG": {"quality": 92, "optimize": True, "progressive": True},
        "WEBP": {"quality": 92},
        "AVIF": {"quality": 80, "speed": AVIF_SPEED, "max_threads": 1, "autotiling": False},
    }.get(kind, {})


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@contextmanager
def _opened(raw: bytes) -> Iterator[Image.Image]:
    """Open a picture; whatever goes wrong with it inside the block is a PictureFaultError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata, and about large pictures
            with Image.open(io.BytesIO(raw), formats=_formats(raw)) as image:
                yield image
    except PictureFaultError:
        raise
    except UnidentifiedImageError:
        raise PictureFaultError("it is not a picture of a known kind") from None
    except Image.DecompressionBombError:
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        raise PictureFaultError(f"it has more than {most} million pixels") from None
    except _FAULTS as error:
        what = str(error) or type(error).__name__
        raise PictureFaultError(what.splitlines()[0]) from None


def _formats(raw: bytes) -> tuple[str, ...]:
    """Return Pillow's words for what a file is. Raises PictureFaultError where it is none."""
    if not raw:
        raise PictureFaultError("the file is empty")
    kind = kind_of(raw[:HEAD])
    reason, hint = refusal(kind)
    if reason:
        raise PictureFaultError(reason, hint)
    if not kind:
        raise PictureFaultError("it is not a picture of a known kind")
    if kind == "HEIF" and kind not in Image.OPEN:
        _learn_heif()
    return ("ICO", "CUR") if kind == "ICO" else (kind,)


def _learn_heif() -> None:
    import pillow_heif

    try:
        pillow_heif.register_heif_opener(thumbnails=False)
    except Exception as error:  # noqa: BLE001 (a library that does not fit the machine)
        raise PictureFaultError(f"pillow-heif does not work: {error}") from None


def _format(image: Image.Image) -> str:
    # MPO: a JPEG with further ones behind it, such as a phone's depth or brightness map.
    return {"MPO": "JPEG", "CUR": "ICO"}.get(image.format or "", image.format or "")


def _orientation(image: Image.Image) -> int:
    """Return how a picture is to be turned, 1 to 8 (EXIF 2.32, tag 274); 1 is not at all."""
    if _format(image) in ("GIF", "ICO"):  # which browsers show as they are, whatever XMP says
        return 1
    found = image.getexif().get(0x0112, 1)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _upright(image: Image.Image) -> Image.Image:
    """Return a picture turned as it is meant to be seen."""
    if _format(image) in ("GIF", "ICO"):
        return image.copy()
    return ImageOps.exif_transpose(image)


def _tone(image: Image.Image) -> int:
    if image.has_transparency_data:
        lowest, _ = image.convert("RGBA").getchannel("A").getextrema()
        if isinstance(lowest, (int, float)) and lowest < 255:
            return -1
    mean = _as_colours(image).convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(mean, tuple)
    return tone_of(int(mean[0]), int(mean[1]), int(mean[2]))


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture in the colours that a file without a profile is taken to have."""
    image = _as_colours(image)
    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(own):
                mode = "RGBA" if image.mode == "RGBA" else "RGB"
                srgb = ImageCms.createProfile("sRGB")
                turned = ImageCms.profileToProfile(image, own, srgb, outputMode=mode)
                image = turned or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile for other colours than the picture's: as every browser does
    return image if image.mode in ("RGB", "RGBA", "L") else image.convert("RGB")


def _as_colours(image: Image.Image) -> Image.Image:
    """Return a picture without a palette and with eight bits for each part of a colour."""
    if image.mode.startswith("I") or image.mode == "F":
        image = image.convert("F").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in _LAYERS or image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in ("1", "P"):
        return image.convert("L" if image.mode == "1" else "RGB")
    return image
