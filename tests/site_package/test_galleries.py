"""Folders of pictures shown whole, and the pages of all photographs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from generator.site.galleries import FolderPicture, by_name, in_order
from generator.site.routes import PHOTOS_ON_A_PAGE
from tests.support.builds import outcome
from tests.support.drawn import ALT, DESCRIPTION, XMP, file_of, photo
from tests.support.sites import NOW, PROJECT, post, write, write_site

SETTINGS = "title: T\nurl: https://example.org\ncounter: {enabled: false}\n"
SETTINGS += "images: {widths: [240, 800], formats: [webp], quality: 30}\n"
FOLDER = "content/posts/walk"
PHOTO = file_of(photo(900, 600), "JPEG")
PAGES = (
    '{% extends "base.html" %}{% block main %}{{ page.body }}{% for photo in page.photos %}'
    '<a href="{{ photo.url }}">{{ photo.html }}</a>{% endfor %}{{ page.pager.total }}{% endblock %}'
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    gallery = (PROJECT / "templates/shortcodes/gallery.html").read_text(encoding="utf-8")
    return write_site(
        tmp_path / "site",
        {
            "site.yaml": SETTINGS,
            "templates/shortcodes/gallery.html": gallery,
            "templates/photos.html": PAGES,
        },
    )


def walk(
    site: Path,
    captions: str,
    call: str = '{{ gallery(folder="pictures") }}',
    names: tuple[str, ...] = ("10.jpg", "9.jpg"),
) -> tuple[list[str], str]:
    """Build the site with a post that shows a folder; return what is reported, and its page."""
    matter = "date: 2024-05-01\ndescription: A walk."
    write(
        site,
        {
            f"{FOLDER}/index.md": post(matter, f"Text.\n\n{call}"),
            **{f"{FOLDER}/pictures/{name}": PHOTO for name in names},
            f"{FOLDER}/pictures/captions.yaml": captions,
        },
    )
    told, files = outcome(site, NOW, no_cache=False)
    return told, files.get("posts/walk/index.html", b"").decode()


def shown(html: str) -> list[str]:
    return re.findall(r'<img [^>]*alt="([^"]*)"', html)


def test_a_folder_is_shown_in_the_order_in_which_people_count(site: Path) -> None:
    said = '10.jpg: {alt: The tenth, caption: "Late & last", credit: Ana}\n9.jpg: The ninth\n'
    told, html = walk(site, said)
    assert told == []
    assert shown(html) == ["The ninth", "The tenth"]
    assert "<figcaption>Late &amp; last <small>Ana</small></figcaption>" in html
    assert html.count('<source type="image/webp" srcset="/assets/posts/walk/pictures/') == 2
    large = re.findall(r'<a class="zoom" href="([^"]+)"', html)
    assert len(large) == 2
    assert all((site / f"_site{each}").is_file() for each in large)


def test_a_picture_of_which_nothing_says_what_it_shows_is_reported_at_its_call(site: Path) -> None:
    call = 'The pictures.\n\n{{ gallery(order="-name", folder="pictures") }}'
    told, html = walk(site, '10.jpg: ""\n', call)
    assert told == [
        f"{FOLDER}/index.md:10: image-alt: nothing says what `9.jpg` in `pictures` shows"
    ]
    assert html == ""  # an error keeps the site from being written
    write(site, {"site.yaml": SETTINGS + "checks: {image-alt: warning}\n"})
    _, html = walk(site, '10.jpg: ""\n', call)
    assert shown(html) == ["", ""]


@pytest.mark.parametrize(
    ("captions", "expected"),
    [
        ("9.jpg: N\n11.jpg: E\n", "2: bad-captions: `11.jpg`: no such picture beside it"),
        ("- 9.jpg\n", "1: bad-captions: expected a line for each picture"),
        ("9.jpg: [a]\n", "1: bad-captions: `9.jpg`: expected words"),
        ("9.jpg:\n  alt: N\n  titel: C\n", "3: bad-captions: `9.jpg`: there is no `titel`"),
        ("9.jpg: {alt: N, caption: }\n", "1: bad-captions: `9.jpg`: `caption` has no words"),
        ("9.jpg: N\n9.jpg: M\n", "2: bad-captions: "),
    ],
)
def test_what_is_wrong_with_the_words_is_reported_with_its_line(
    site: Path, captions: str, expected: str
) -> None:
    told, _ = walk(site, captions)
    assert [line for line in told if line.startswith(f"{FOLDER}/pictures/captions.yaml:{expected}")]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            '{{ gallery(folder="picturse") }}',
            "missing-folder: shortcode `gallery`: `picturse`: no pictures there",
        ),
        (
            '{{ gallery(folder="pictures", order="size") }}',
            "bad-shortcode: shortcode `gallery`: `size` is neither name nor date",
        ),
        (
            '{{ gallery(folder="pic" "tures") }}',
            "missing-folder: shortcode `gallery`: `pictures`: no pictures there",
        ),
    ],
)
def test_a_call_that_shows_nothing_is_an_error(site: Path, call: str, expected: str) -> None:
    told, _ = walk(site, "9.jpg: N\n10.jpg: T\n", call)
    assert len(told) == 1
    assert told[0].startswith(f"{FOLDER}/index.md:8: {expected}")


def test_folders_lie_beside_a_document_or_below_static(site: Path) -> None:
    write(site, {"static/images/pier/a b.jpg": PHOTO, f"{FOLDER}/beside.jpg": PHOTO})
    write(site, {"static/images/pier/captions.yaml": "a b.jpg: A pier"})
    write(site, {f"{FOLDER}/captions.yaml": "beside.jpg: Beside"})
    calls = '{{ gallery(folder="/images/pier/") }}\n\n{{ gallery(folder=".") }}'
    told, html = walk(site, "9.jpg: N\n10.jpg: T\n", calls)
    assert told == []
    assert shown(html) == ["A pier", "Beside"]


def test_pictures_stand_in_the_order_in_which_they_were_taken() -> None:
    taken = {"a": "2026:05:02 10:00:00", "b": "", "c": "2026:05:01 10:00:00"}
    pictures = tuple(FolderPicture(src=n, name=n, taken=when) for n, when in taken.items())
    assert "".join(each.name for each in in_order(pictures, "date")) == "cab"
    assert "".join(each.name for each in in_order(pictures, "-date")) == "acb"
    assert "".join(each.name for each in in_order(pictures, "-name")) == "cba"
    names = ["b1", "B", "a10", "a9", "a09", "10", "9"]
    assert sorted(names, key=by_name) == ["9", "10", "a09", "a9", "a10", "B", "b1"]


def test_what_a_file_says_of_itself_is_used_unless_the_words_beside_it_differ(site: Path) -> None:
    exif = Image.Exif()
    raw = file_of(photo(900, 600), "JPEG", exif=exif, xmp=(XMP % (ALT + DESCRIPTION)).encode())
    call = '{{ gallery(folder="own") }}'
    write(site, {f"{FOLDER}/own/a.jpg": raw, f"{FOLDER}/own/b.jpg": raw})
    write(site, {f"{FOLDER}/own/captions.yaml": 'b.jpg: {alt: Mine, caption: ""}'})
    told, html = walk(site, "9.jpg: N\n10.jpg: T\n", call)
    assert told == []
    assert shown(html) == ["A boat &amp; a pier", "Mine"]
    assert html.count("<figcaption>At noon</figcaption>") == 1
    large = re.findall(r'<a class="zoom" href="([^"]+)"', html)
    assert all(b"At noon" not in (site / f"_site{each}").read_bytes() for each in large)


def test_all_photographs_stand_on_pages_newest_post_first(site: Path) -> None:
    write(site, {"site.yaml": SETTINGS + "photos: galleries\n"})
    names = tuple(f"{number}.jpg" for number in range(PHOTOS_ON_A_PAGE))
    said = "".join(f"{name}: Walk {name}\n" for name in names)
    later = post(
        "date: 2024-05-20\ndescription: Later.",
        "![Not in a gallery](../walk/pictures/0.jpg)\n\n"
        '{{ gallery(images=["../walk/pictures/1.jpg"], alts=["The newest"]) }}',
        title="Later",
    )
    write(site, {"content/posts/later/index.md": later})
    told, _ = walk(site, said, names=names)
    assert told == []
    first = (site / "_site/photos/index.html").read_text(encoding="utf-8")
    second = (site / "_site/photos/page/2/index.html").read_text(encoding="utf-8")
    assert shown(first)[:2] == ["The newest", "Walk 0.jpg"]
    assert len(shown(first)) == PHOTOS_ON_A_PAGE
    assert shown(second) == [f"Walk {names[-1]}"]
    assert first.count('<a href="/posts/later/"><picture>') == 1
    assert 'class="zoom"' not in first
    assert first.count(' loading="lazy"') == PHOTOS_ON_A_PAGE
    write(site, {"site.yaml": SETTINGS + "photos: posts\n"})
    write(site, {"content/pages/photos.md": post("description: All.", "My words.", title="All")})
    walk(site, said, names=names)
    first = (site / "_site/photos/index.html").read_text(encoding="utf-8")
    assert "My words." in first
    assert shown(first)[:2] == ["Not in a gallery", "The newest"]
    twice = later.replace("Not in a gallery](../walk/pictures/0", "Above](../walk/pictures/1")
    write(site, {"content/posts/later/index.md": twice})
    walk(site, said, names=names)
    first = (site / "_site/photos/index.html").read_text(encoding="utf-8")
    assert shown(first)[:2] == ["Above", "Walk 0.jpg"]


def test_no_page_takes_the_place_of_further_photographs(site: Path) -> None:
    write(site, {"site.yaml": SETTINGS + "photos: galleries\n"})
    page = post("description: P.\npermalink: /photos/page/2/", title="P")
    write(site, {"content/pages/p.md": page})
    told, _ = outcome(site, NOW, no_cache=False)
    assert [line.split(": ")[1] for line in told] == ["bad-url"]
