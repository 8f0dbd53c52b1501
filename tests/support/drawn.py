"""Pictures made for tests, with what a camera writes into them."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

PLACE = "38.7139"
MAKER = "Secretcam 9000"
SECRETS = (MAKER.encode(), b"Secret words", b"xmpmeta", b"Exif\0\0")

OF_TIFF = {*range(0x100, 0x104), 0x106, 0x111, *range(0x115, 0x118), 0x11C, 0x13D, 0x152, 0x153}
"""What a TIFF file says of its own making (TIFF 6.0, section 8), which Pillow reads as EXIF."""


XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/">%s</rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
ALT = """<Iptc4xmpCore:AltTextAccessibility><rdf:Alt>
<rdf:li xml:lang="de">Ein Boot</rdf:li><rdf:li xml:lang="x-default">A boat &amp; a pier</rdf:li>
</rdf:Alt></Iptc4xmpCore:AltTextAccessibility>"""
DESCRIPTION = """<dc:description><rdf:Alt><rdf:li xml:lang="x-default"> At
noon </rdf:li></rdf:Alt></dc:description>"""
"""What photo programs write into a picture: alternative text and description (IPTC, XMP)."""


def photo(width: int, height: int, *, seed: int = 1, alpha: bool = False) -> Image.Image:
    """Return something with as much detail as a photograph, the same each time."""
    across = Image.linear_gradient("L").resize((width, height))
    down = across.rotate(90, expand=True).resize((width, height))
    rings = Image.radial_gradient("L").resize((width, height)).point(lambda v: v * (seed + 2) % 256)
    image = Image.merge("RGB", (across, down, rings))
    if alpha:
        image.putalpha(rings)
    return image


def camera_exif(orientation: int = 1) -> Image.Exif:
    """Return EXIF with a maker, a place and an orientation."""
    exif = Image.Exif()
    exif[0x010F] = MAKER
    exif[0x0112] = orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 42.0, 50.0), 3: "W", 4: (9.0, 8.0, 22.0)})
    return exif


def file_of(image: Image.Image, kind: str, *, orientation: int = 1, **options: Any) -> bytes:
    """Return a file with all the metadata that its format can hold."""
    told: dict[str, Any] = {"exif": camera_exif(orientation)}
    if kind in ("JPEG", "WEBP", "PNG", "AVIF"):
        told["xmp"] = b"<x:xmpmeta>Secret words</x:xmpmeta>"
    if kind in ("JPEG", "GIF"):
        told["comment"] = b"Secret words"
    if kind == "GIF":
        del told["exif"]
    file = io.BytesIO()
    image.save(file, kind, **(told | options))
    return file.getvalue()


def opened(raw: bytes) -> Image.Image:
    """Return a picture, read to its end."""
    image = Image.open(io.BytesIO(raw))
    image.load()
    return image


def tells(raw: bytes) -> list[str]:
    """Return what a picture's file still reports its maker."""
    image = opened(raw)
    found = [f"exif {tag:#x}" for tag in image.getexif() if tag not in OF_TIFF]
    found += [f"gps {tag}" for tag in image.getexif().get_ifd(0x8825)]
    found += [name for name in ("exif", "xmp", "comment", "photoshop") if image.info.get(name)]
    return found + [secret.decode() for secret in SECRETS if secret in raw]


def frames_of(kind: str, **options: Any) -> bytes:
    """Return an animation of three frames."""
    file = io.BytesIO()
    first, *others = (photo(30, 20, seed=seed) for seed in (1, 5, 9))
    first.save(file, kind, save_all=True, append_images=others, duration=90, loop=0, **options)
    return file.getvalue()
