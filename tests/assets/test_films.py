"""Films: how large they are, and whether their files tell where they were taken."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.assets.films import Film, look_at_film
from generator.publish.headers import content_type
from tests.support.builds import outcome
from tests.support.sites import NOW, PROJECT, post, write_site
from tests.support.tools import debian

TIDE = (PROJECT / "content/posts/2026-05-19-pictures-and-shortcodes/tide.mp4").read_bytes()


def film(raw: bytes) -> Film:
    return look_at_film(lambda at, size: raw[at : at + size], len(raw))


def box(kind: bytes, *contents: bytes) -> bytes:
    inside = b"".join(contents)
    return (len(inside) + 8).to_bytes(4, "big") + kind + inside


def element(name: str, content: bytes) -> bytes:
    """Return an EBML element with a length of one byte."""
    return bytes.fromhex(name) + bytes([0x80 | len(content)]) + content


WEBM = element("1a45dfa3", element("4282", b"webm")) + element(
    "18538067",
    element(
        "1654ae6b",
        element("ae", element("e0", element("b0", b"\x02\x80") + element("ba", b"\x01\x68"))),
    ),
)
TRACK = TIDE[TIDE.index(b"tkhd") - 4 :][:92]
UPRIGHT = TRACK[48:84]
TURNED = b"".join(
    n.to_bytes(4, "big", signed=True) for n in (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
)


def test_the_size_of_a_film() -> None:
    assert film(TIDE) == Film(640, 360)
    assert film(WEBM) == Film(640, 360)


def test_a_film_of_a_phone_is_held_upright() -> None:
    assert len(UPRIGHT) == 36
    assert film(TIDE.replace(UPRIGHT, TURNED)) == Film(360, 640)


@pytest.mark.parametrize("raw", [b"", b"text", TIDE[:40], TIDE[:-900], WEBM[:-3], WEBM[:20]])
def test_what_is_no_whole_film_has_no_size_or_its_own(raw: bytes) -> None:
    assert film(raw) in (Film(), Film(640, 0), Film(640, 360))


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_film_is_read_none_the_less(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([TIDE[:2000] + TIDE[-2000:], WEBM])))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    assert len(film(bytes(raw))) == 3


@pytest.mark.parametrize("where", ["Keys", "UserData", "ItemList", "XMP"])
def test_a_film_that_tells_its_place_is_told(where: str, tmp_path: Path) -> None:
    root = write_site(
        tmp_path / "site",
        {
            "content/posts/tide.mp4": TIDE,
            "content/posts/unused.mp4": TIDE,
            "content/posts/2024-05-01-a.md": post("description: A.", '![The tide](tide.mp4 "Low")'),
        },
    )
    assert outcome(root, NOW, no_cache=True)[0] == []
    place = "GPSLatitude=38.7139" if where == "XMP" else "GPSCoordinates=38.7139, -9.1394"
    command = [debian("exiftool", "libimage-exiftool-perl"), "-q", "-overwrite_original"]
    films = [root / "content/posts" / name for name in ("tide.mp4", "unused.mp4")]
    subprocess.run([*command, f"-{where}:{place}", *films], check=True)
    told, files = outcome(root, NOW, no_cache=True)
    assert told == [
        "content/posts/tide.mp4:0: film-place: the film's file says where it was taken, "
        "and films are published as they are"
    ]
    assert files


def test_a_film_of_a_shortcode_and_of_html_has_its_size(tmp_path: Path) -> None:
    theme = (PROJECT / "templates/shortcodes/video.html").read_text(encoding="utf-8")
    text = '{{ video(src="tide.mp4", label="A") }}\n\n<video src="tide.mp4" width="320" controls>'
    root = write_site(
        tmp_path / "site",
        {
            "content/posts/tide.mp4": TIDE,
            "templates/shortcodes/video.html": theme,
            "content/posts/2024-05-01-a.md": post("description: A.", text + "</video>"),
        },
    )
    told, files = outcome(root, NOW, no_cache=True)
    assert told == []
    videos = BeautifulSoup(files["posts/a/index.html"], "html.parser").select("video")
    sizes = [(video["width"], video["height"]) for video in videos]
    assert sizes == [("640", "360"), ("320", "180")]


def test_a_film_stands_in_its_page_with_its_size(tmp_path: Path) -> None:
    text = '![The tide](tide.mp4 "Low")\n\nWords ![Bell](bell.ogg)\n\n![A boat](/images/boat.svg)'
    root = write_site(
        tmp_path / "site",
        {
            "content/posts/tide.mp4": TIDE,
            "content/posts/bell.ogg": b"OggS" + bytes(60),
            "static/images/boat.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
            "content/posts/2024-05-01-a.md": post("description: A.", text),
        },
    )
    told, files = outcome(root, NOW, no_cache=True)
    assert told == []
    page = BeautifulSoup(files["posts/a/index.html"], "html.parser")
    video, audio, image = (page.select_one(name) for name in ("figure > video", "p > audio", "img"))
    assert video is not None
    assert audio is not None
    assert image is not None
    assert (video["width"], video["height"], video["aria-label"]) == ("640", "360", "The tide")
    assert "data-size" not in video.attrs
    assert "loading" not in {*video.attrs, *audio.attrs}
    for player in (video, audio):
        assert files[str(player["src"]).removeprefix("/")]
        assert content_type(str(player["src"])) in ("video/mp4", "audio/ogg")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.mp4", "video/mp4"),
        ("a.m4v", "video/mp4"),
        ("a.webm", "video/webm"),
        ("a.mov", "video/quicktime"),
        ("a.ogv", "video/ogg"),
        ("a.mp3", "audio/mpeg"),
        ("a.m4a", "audio/mp4"),
        ("a.ogg", "audio/ogg"),
        ("a.oga", "audio/ogg"),
        ("a.opus", "audio/ogg"),
        ("a.wav", "audio/wav"),
        ("a.flac", "audio/flac"),
        ("a.aac", "audio/aac"),
        ("a.jpe", "image/jpeg"),
        ("a.JFIF", "image/jpeg"),
        ("a.apng", "image/apng"),
        ("a.bmp", "image/bmp"),
        ("a.cur", "image/x-icon"),
    ],
)
def test_browsers_are_told_what_it_is(name: str, kind: str) -> None:
    assert content_type(name) == kind
