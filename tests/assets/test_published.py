"""No file leaves with what it reports its maker, by whatever way it is published.

What is published is read back with exiftool, which has nothing in common with what takes metadata
out here.
"""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from generator.assets.resize import PictureFaultError, copy_of
from tests.support.builds import outcome
from tests.support.containers import CONTAINERS, REFUSED, saved
from tests.support.drawn import SECRETS
from tests.support.sites import NOW, post, tree, write_site
from tests.support.tools import debian

TELLING = ("GPS", "ExifIFD", "InteropIFD", "SubIFD", "XMP", "IPTC", "Photoshop", "MakerNotes")
TELLING += ("MPImage", "MPF", "JFXX", "IFD1", "Secretcam", "Keys", "ItemList", "UserData", "JUMBF")
SECRET_WORDS = (*SECRETS, b"Secretcam", b"Secret", b"38.7139")


TEXTS = (".html", ".xml", ".json", ".css", ".js", ".txt", ".xsl", ".webmanifest")


@pytest.fixture(scope="module", autouse=True)
def no_processes() -> Iterator[None]:
    """Make everything in this process: starting others takes longer than these pictures do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("generator.adapters.workers._WORTH_SHARING", 1e9)
        patch.setattr("generator.adapters.workers._WORTH_SPAWNING", 1e9)
        yield


WAYS = """
![a](content.jpg) ![b](/img/{name}) <img src="/img/{name}" alt="c">

[in full](/img/{name}) <img src="/img/plain.jpg" srcset="/img/{name} 2x" alt="d">

<picture><source srcset="/img/{name}"><img src="/img/plain.jpg" alt="e"></picture>

<video src="film.mp4" poster="/img/{name}" controls></video>

{{{{ figure(src="/img/{name}", alt="f") }}}}
"""
FIGURE = '<figure><img src="{{ src }}" alt="{{ alt }}" data-size="zoom"></figure>'


def written_by_exiftool(folder: Path) -> None:
    """Add all that exiftool can write to every file of a folder."""
    told = ("-Make=Secretcam 9000", "-GPSLatitude=38.7139", "-GPSLatitudeRef=N", "-Comment=Secret")
    told += ("-XMP:Creator=Secret words", "-IPTC:By-line=Secret words", "-SerialNumber=Secret")
    command = [debian("exiftool", "libimage-exiftool-perl"), "-q", "-q", "-m"]
    files = [str(file) for file in sorted(folder.iterdir()) if file.suffix not in (".bmp", ".ico")]
    done = subprocess.run(
        [*command, "-overwrite_original", *told, *files], capture_output=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr.decode()  # 1: some of the files had faults


def read_by_exiftool(folder: Path) -> list[dict[str, str]]:
    """Return all that exiftool finds in the pictures below a folder, hidden and unknown things
    among it."""
    command = [
        debian("exiftool", "libimage-exiftool-perl"),
        "-r",
        "-ext",
        "*",
        "-j",
        "-G1",
        "-a",
        "-u",
        "-ee",
    ]
    done = subprocess.run([*command, str(folder)], capture_output=True, check=False)
    found: list[dict[str, str]] = json.loads(done.stdout)
    return [each for each in found if not each["SourceFile"].endswith(TEXTS)]


def tells(found: dict[str, str]) -> list[str]:
    """Return what a file reports its maker."""
    secret = [f"{name}={value}" for name, value in found.items() if "ecret" in str(value)]
    return secret + [
        name
        for name in found
        if name.startswith(TELLING)
        or name.partition(":")[2] in ("Make", "Model", "Comment", "Author", "Artist", "ModifyDate")
        if str(found[name]) != "0000:00:00 00:00:00"
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site that refers to each picture in every way, built."""
    root = tmp_path_factory.mktemp("published") / "site"
    files: dict[str, str | bytes] = {
        "site.yaml": "title: A\nurl: https://example.org\ncounter: {enabled: false}\n"
        "images: {widths: [200], formats: [webp]}\nimage: /img/phone.heic\n"
        "checks: {description-duplicate: off}\n",
        "content/posts/content.jpg": CONTAINERS["plain.jpg"],
        "content/posts/film.mp4": b"\0\0\0\x14ftypisom\0\0\2\0isom" + bytes(40),
        "templates/shortcodes/figure.html": FIGURE,
    }
    for number, name in enumerate(CONTAINERS):
        files[f"static/img/{name}"] = CONTAINERS[name]
        files[f"content/posts/2024-05-01-{number}.md"] = post(
            f"image: /img/{name}\nimage_alt: A", WAYS.format(name=name), title=f"A {number}"
        )
        if not name.startswith("phone"):
            files[f"static/root/kept/{name}"] = CONTAINERS[name]
    styled = (name for name in CONTAINERS if not name.endswith((".tif", ".tiff")))
    files["static/css/site.css"] = "".join(f"a{{background:url(../img/{n})}}" for n in styled)
    write_site(root, files)
    written_by_exiftool(root / "static/img")
    written_by_exiftool(root / "static/root/kept")
    told, built = outcome(root, NOW, no_cache=False)
    assert told == []
    assert built
    return root


def test_the_pictures_tell_much_before(site: Path) -> None:
    found = {
        each["SourceFile"].rpartition("/")[2]: each
        for each in read_by_exiftool(site / "static/img")
    }
    silent = {name for name in CONTAINERS if name not in found or not tells(found[name])}
    # What exiftool cannot read, or does not count as metadata.
    assert silent <= {"map.bmp", "mark.ico", "nameless", "picture.dat"}


def test_no_published_file_tells_of_its_maker(site: Path) -> None:
    found = read_by_exiftool(site / "_site")
    assert len(found) > 3 * len(CONTAINERS)
    assert {each["SourceFile"]: told for each in found if (told := tells(each))} == {}


def test_no_published_byte_is_one_of_the_secrets(site: Path) -> None:
    published = tree(site / "_site")
    names = {path.rpartition("/")[2].partition(".")[0] for path in published}
    assert {name.partition(".")[0] for name in CONTAINERS} <= names
    leaks = [
        (path, secret)
        for path, raw in published.items()
        for secret in SECRET_WORDS
        if secret in raw and not path.endswith(TEXTS)
    ]
    assert leaks == []


def test_every_picture_is_still_one_and_named_after_what_it_is(site: Path) -> None:
    suffixes = {"JPEG": "jpg jpeg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "AVIF": "avif"}
    suffixes |= {"TIFF": "tif tiff", "BMP": "bmp", "ICO": "ico"}
    for path, raw in tree(site / "_site/assets/img").items():
        with Image.open(io.BytesIO(raw)) as image:
            image.load()
            assert path.rpartition(".")[2] in suffixes[str(image.format)].split(), path


def test_pages_show_only_what_browsers_show(site: Path) -> None:
    pages = [raw.decode() for path, raw in tree(site / "_site/posts").items()]
    assert len(pages) >= len(CONTAINERS)
    for page in pages:
        for shown in (
            page.split('src="')[1:] + page.split('srcset="')[1:] + page.split("poster=")[1:]
        ):
            address = shown.strip('"').partition('"')[0]
            assert ".tif" not in address
            assert ".heic" not in address.lower()


def test_animations_keep_their_frames_and_are_turned(site: Path) -> None:
    moving = {
        path: raw
        for path, raw in tree(site / "_site/assets/img").items()
        if path.startswith(("moves.", "upright."))
    }
    assert len(moving) == 5
    for path, raw in moving.items():
        with Image.open(io.BytesIO(raw)) as image:
            assert getattr(image, "n_frames", 1) == 3, path
            turned = path.startswith("moves.") and path.endswith((".png", ".webp"))
            assert image.size == ((160, 240) if turned else (240, 160))
            for frame in range(3):
                image.seek(frame)
                image.load()
                assert image.info["duration"] == 90


def test_every_build_gives_the_same(site: Path, tmp_path: Path) -> None:
    before = tree(site / "_site")
    assert outcome(site, NOW, no_cache=False) == ([], before)


WAYS_TO_ONE = ["<img src={} alt=x>", "<img src=a.jpg srcset='{} 2x' alt=x>", "[x]({})"]


@pytest.mark.parametrize(
    ("name", "way"),
    [*((name, "![x]({})") for name in REFUSED), *(("a.dng", way) for way in WAYS_TO_ONE)],
)
def test_what_cannot_be_looked_into_is_refused(name: str, way: str, tmp_path: Path) -> None:
    raw, reason = REFUSED[name]
    root = write_site(
        tmp_path / "site",
        {
            f"content/posts/{name}": raw,
            "content/posts/a.jpg": saved("JPEG"),
            "content/posts/2024-05-01-a.md": post("description: A.", "\n" + way.format(name)),
        },
    )
    told, files = outcome(root, NOW, no_cache=True)
    assert len(told) == 1
    start = "content/posts/2024-05-01-a.md:6: foreign-picture:"
    assert told[0].startswith(f"{start} `{name}` {reason}")
    assert files == {}


def test_a_stylesheet_and_a_kept_address_and_the_front_matter_are_told_too(tmp_path: Path) -> None:
    root = write_site(
        tmp_path / "site",
        {
            "static/css/site.css": "a{}\nb{background:url(../img/a.jxl)}\n"
            "c{background:url(../img/s.tif)}",
            "static/img/a.jxl": REFUSED["a.jxl"][0],
            "static/img/s.tif": CONTAINERS["scan.tif"],
            "static/root/a.psd": REFUSED["a.psd"][0],
            "static/root/phone.heic": CONTAINERS["phone.heic"],
            "content/posts/a.dng": REFUSED["a.dng"][0],
            "content/posts/2024-05-01-a.md": post("image: a.dng\nimage_alt: x"),
        },
    )
    told, files = outcome(root, NOW, no_cache=True)
    assert [line.partition(", ")[0] for line in told] == [
        "content/posts/2024-05-01-a.md:3: foreign-picture: `a.dng` is a camera's raw file",
        "static/css/site.css:2: foreign-picture: `../img/a.jxl` is a JPEG XL",
        "static/css/site.css:3: foreign-picture: `../img/s.tif` is a TIFF",
        "static/root/a.psd:0: foreign-picture: it is a Photoshop document",
        "static/root/phone.heic:0: foreign-picture: it is a HEIC picture",
    ]
    assert files == {}


def test_a_phones_picture_is_refused_where_it_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.core.image_kinds.heif_version", lambda: "")
    text = "\n![x](phone.heic)\n\n[x](phone.heic)"
    root = write_site(
        tmp_path / "site",
        {
            "content/posts/phone.heic": CONTAINERS["phone.heic"],
            "content/posts/2024-05-01-a.md": post("description: A.", text),
        },
    )
    told, files = outcome(root, NOW, no_cache=False)
    assert [line.partition(" is ")[0] for line in told] == [
        "content/posts/2024-05-01-a.md:6: foreign-picture: `phone.heic`"
    ]
    assert "pillow-heif" in told[0]
    assert files == {}
    monkeypatch.undo()
    assert outcome(root, NOW, no_cache=False)[0] == []


@pytest.mark.parametrize("name", ["x.pdf", "x.mp3.zip", "x.svg"])
def test_what_is_shown_as_a_picture_and_is_none_is_told(name: str, tmp_path: Path) -> None:
    root = write_site(
        tmp_path / "site",
        {
            f"content/posts/{name}": b"%PDF-1.7 and so on",
            "content/posts/2024-05-01-a.md": post("description: A.", f"\n![x]({name}) [x]({name})"),
        },
    )
    told, files = outcome(root, NOW, no_cache=True)
    assert told == [
        f"content/posts/2024-05-01-a.md:6: no-picture: `{name}` is shown as a picture, and is none"
    ]
    assert files == {}


def test_an_empty_file_and_a_text_are_told(tmp_path: Path) -> None:
    root = write_site(
        tmp_path / "site",
        {
            "content/posts/a.jpg": b"",
            "content/posts/b.jpg": b"<!doctype html>Not found",
            "content/posts/c.heic": b"Not found",
            "static/root/favicon.ico": b"",
            "content/posts/2024-05-01-a.md": post(
                "description: A.", "\n![x](a.jpg)\n\n![x](b.jpg)\n\n[x](c.heic)"
            ),
        },
    )
    told, _ = outcome(root, NOW, no_cache=True)
    start, read = "content/posts/2024-05-01-a.md", "cannot be read as a picture"
    assert told == [
        f"{start}:6: broken-picture: `a.jpg` {read}: the file is empty",
        f"{start}:8: broken-picture: `b.jpg` {read}: it is not a picture of a known kind",
        f"{start}:10: broken-picture: `c.heic` {read}: it is not a picture of a known kind",
    ]


def in_base64(raw: bytes, kind: str = "jpeg") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(raw).decode()}"


def pictures_in(text: str) -> list[bytes]:
    """Return the pictures that are written into a text."""
    found = re.findall(r"data:image/[a-z]+;base64,([A-Za-z0-9+/=]+)", text)
    return [base64.b64decode(each) for each in found]


def test_pictures_that_are_written_into_texts_tell_nothing(tmp_path: Path) -> None:
    photograph = CONTAINERS["turned.jpeg"]
    lines = base64.encodebytes(photograph).decode().replace("\n", "&#10;\n")
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">'
        f'<image href="data:image/jpeg;base64,{lines}"/></svg>'
    )
    root = write_site(
        tmp_path / "site",
        {
            "static/img/drawing.svg": drawing,
            "static/img/plain.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
            "static/root/kept.svg": drawing,
            "static/css/site.css": f"a{{background:url({in_base64(CONTAINERS['text.png'])})}}",
            "content/posts/2024-05-01-a.md": post(
                "description: A.",
                f"![a](/img/drawing.svg) ![b](/img/plain.svg)\n\n![c]({in_base64(photograph)})\n\n"
                f'<img src="{in_base64(CONTAINERS["plain.webp"], "webp")}" alt="d">',
            ),
        },
    )
    told, files = outcome(root, NOW, no_cache=True)
    assert told == []
    texts = {
        path.partition(".")[0]: raw.decode() for path, raw in files.items() if b"base64," in raw
    }
    assert {"posts/a/index", "kept", "assets/img/drawing", "assets/css/site"} <= set(texts)
    for path, text in texts.items():
        for raw in pictures_in(text):
            image = Image.open(io.BytesIO(raw))
            image.load()
            assert image.size == ((160, 240) if image.format == "JPEG" else (240, 160)), path
            assert not [secret for secret in SECRET_WORDS if secret in raw]
    page = texts["posts/a/index"]
    assert len(pictures_in(page)) == 2
    assert re.search(r'<img alt="a" src="[^"]*" width="60" height="40"', page)
    published = next(raw for path, raw in files.items() if "img/plain" in path)
    assert published == (root / "static/img/plain.svg").read_bytes()


def test_a_broken_picture_in_a_text_is_told(tmp_path: Path) -> None:
    broken = CONTAINERS["plain.jpg"][:3000]
    root = write_site(
        tmp_path / "site",
        {
            "static/img/drawing.svg": f'<svg><image href="{in_base64(broken)}"/></svg>',
            "static/css/site.css": f"a{{}}\nb{{background:url({in_base64(broken)})}}",
            "content/posts/2024-05-01-a.md": post(
                "description: A.", f"![a](/img/drawing.svg)\n\n![c]({in_base64(broken)})"
            ),
        },
    )
    told, files = outcome(root, NOW, no_cache=True)
    assert [line.rpartition(": ")[0] for line in told] == [
        "content/posts/2024-05-01-a.md:7: broken-picture: a picture that is written into the text "
        "cannot be read",
        "static/css/site.css:2: broken-picture: a picture that is written into this file "
        "cannot be read",
        "static/img/drawing.svg:0: broken-picture: it cannot be read as a picture",
    ]
    assert files == {}


def test_an_animation_too_large_to_be_turned_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50_000)
    with pytest.raises(PictureFaultError, match="is an animation of more than"):
        copy_of(CONTAINERS["moves.webp"])
    assert copy_of(CONTAINERS["upright.webp"])
