"""Pictures of whole sites: what is published of them, told of them, and made once."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from generator.publish.headers import content_type
from tests.support.builds import outcome
from tests.support.drawn import file_of, frames_of, opened, photo, tells
from tests.support.sites import NOW, PROJECT, command, post, tree, write, write_site

SETTINGS = (
    "title: Small harbour\nurl: https://example.org\ncounter: {enabled: false}\n"
    "images: {widths: [240, 320]}\n"
)
TEXT = """
Words.

![A pier](pier.jpg "The old pier"){credit="Ana <Rui>"}

Words with ![a boat](/images/boat.png) in them.

![A map](map.webp){.wide .old}

![Waves](waves.gif) and ![a drawing](../boat.svg)

[The pier in full](pier.jpg)
"""
PICTURES: dict[str, bytes] = {
    "content/posts/2024-05-01-a/pier.jpg": file_of(photo(800, 400), "JPEG", orientation=6),
    "content/posts/2024-05-01-a/map.webp": file_of(photo(300, 200, seed=3), "WEBP"),
    "content/posts/2024-05-01-a/cover.jpg": file_of(photo(420, 210, seed=4), "JPEG"),
    "content/posts/2024-05-01-a/waves.gif": frames_of("GIF"),
    "content/posts/2024-05-01-a/nobody.jpg": file_of(photo(420, 210, seed=5), "JPEG"),
    "static/images/boat.png": file_of(photo(400, 300, seed=6), "PNG"),
    "static/images/ground.jpg": file_of(photo(300, 300, seed=7), "JPEG"),
    "static/root/mark.png": file_of(photo(50, 50, seed=8), "PNG"),
}
FILES: dict[str, str | bytes] = {
    "site.yaml": SETTINGS,
    "content/posts/2024-05-01-a/index.md": post("image: cover.jpg\nimage_alt: A cover", TEXT),
    "static/css/site.css": "body{background:url(../images/ground.jpg)}",
    **PICTURES,
}
PAGE = "posts/a/index.html"


@pytest.fixture(scope="module", autouse=True)
def no_processes() -> Iterator[None]:
    """Make everything in this process: starting others takes longer than these pictures do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("generator.adapters.workers._WORTH_SHARING", 1e9)
        patch.setattr("generator.adapters.workers._WORTH_SPAWNING", 1e9)
        yield


def site_at(root: Path) -> Path:
    return write_site(root, FILES)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site with pictures, built."""
    root = site_at(tmp_path_factory.mktemp("pictures") / "site")
    told, files = outcome(root, NOW, no_cache=False)
    assert told == []
    assert files
    return root


def soup(root: Path, path: str = PAGE) -> BeautifulSoup:
    return BeautifulSoup((root / "_site" / path).read_text(encoding="utf-8"), "html.parser")


def pictures_in(root: Path) -> dict[str, bytes]:
    suffixes = (".jpg", ".png", ".webp", ".avif", ".gif")
    return {path: raw for path, raw in tree(root / "_site").items() if path.endswith(suffixes)}


def test_no_published_picture_tells_of_its_maker(built: Path) -> None:
    assert all(tells(raw) for path, raw in PICTURES.items() if not path.endswith(".gif"))
    published = pictures_in(built)
    assert len(published) > 15
    assert {path: found for path, raw in published.items() if (found := tells(raw))} == {}


def test_what_nobody_refers_to_is_not_published(built: Path) -> None:
    assert not [path for path in tree(built / "_site") if "nobody" in path]


def test_every_size_is_there_and_is_what_it_says(built: Path) -> None:
    for image in soup(built).select("picture"):
        for source in image.select("source"):
            for candidate in str(source["srcset"]).split(", "):
                url, width = candidate.split(" ")
                raw = (built / "_site" / url.lstrip("/")).read_bytes()
                assert opened(raw).width == int(width.removesuffix("w"))
                assert content_type(url) == source["type"] == f"image/{opened(raw).format.lower()}"  # type: ignore[union-attr]
    for image in soup(built).select("main img[width]"):
        file = built / "_site" / str(image["src"]).lstrip("/")
        if file.suffix != ".svg":
            size = opened(file.read_bytes()).size
            assert size == (int(str(image["width"])), int(str(image["height"])))


def test_a_turned_picture_is_upright(built: Path) -> None:
    pier = soup(built).select_one('img[alt="A pier"]')
    assert pier is not None
    assert (pier["width"], pier["height"]) == ("320", "640")


def test_captions_credits_and_classes(built: Path) -> None:
    pier, chart = soup(built).select("figure")
    assert str(pier.figcaption) == (
        "<figcaption>The old pier <small>Ana &lt;Rui&gt;</small></figcaption>"
    )
    assert not pier.select("[title], [credit]")
    assert chart["class"] == ["wide"]
    assert chart.select("img.old")
    assert not chart.select("figcaption")


def test_what_moves_and_what_is_drawn_in_lines_stays_as_it_is(built: Path) -> None:
    waves, drawing = (soup(built).select_one(f'img[alt="{alt}"]') for alt in ("Waves", "a drawing"))
    assert waves is not None
    assert drawing is not None
    assert waves.find_parent("picture") is drawing.find_parent("picture") is None
    raw = (built / "_site" / str(waves["src"]).lstrip("/")).read_bytes()
    assert getattr(opened(raw), "n_frames", 1) == 3
    assert str(drawing["src"]).endswith(".svg")


def test_a_link_leads_to_the_whole_picture_without_its_metadata(built: Path) -> None:
    link = soup(built).find("a", string="The pier in full")
    raw = (built / "_site" / link["href"].lstrip("/")).read_bytes()  # type: ignore[index, union-attr]
    assert opened(raw).size == (400, 800)


def test_feeds_have_one_address_for_each_picture_and_it_is_whole(built: Path) -> None:
    feed = (built / "_site/feed.json").read_text(encoding="utf-8")
    assert "<picture" not in feed
    assert "<source" not in feed
    addresses = re.findall(r'<img [^>]*src=\\"([^"\\]*)', feed)
    assert len(addresses) == 6
    for address in addresses:
        assert address.startswith("https://example.org/assets/")
        assert (built / "_site" / address.removeprefix("https://example.org/")).exists()


def test_the_picture_for_sharing_is_one_of_the_sizes(built: Path, tmp_path: Path) -> None:
    shared = [path for path in pictures_in(built) if "cover" in path]
    assert shared == [path for path in shared if re.search(r"cover-320\.\w+\.jpg", path)]
    assert len(shared) == 1


def rebuilt_equals_clean(root: Path, scratch: Path) -> list[str]:
    """Build on; return what is reported, after comparing it and the site with a clean build."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(root, scratch, ignore=shutil.ignore_patterns("_site", ".tidepost"))
    incremental, clean = outcome(root, NOW, no_cache=False), outcome(scratch, NOW, no_cache=True)
    assert incremental == clean
    return clean[0]


PIER = "content/posts/2024-05-01-a/pier.jpg"
INDEX = "content/posts/2024-05-01-a/index.md"


def spoil_store(root: Path) -> None:
    for number, file in enumerate(sorted((root / ".tidepost/cache/images").rglob("*"))):
        if file.is_file():
            raw = bytearray(file.read_bytes())
            raw[(number * 37) % len(raw)] ^= 0xFF
            file.write_bytes(raw)


EDITS: dict[str, Callable[[Path], object]] = {
    "another picture": lambda root: write(root, {PIER: file_of(photo(500, 300, seed=9), "JPEG")}),
    "turned": lambda root: write(root, {PIER: file_of(photo(800, 400), "JPEG", orientation=1)}),
    "no picture any more": lambda root: write(root, {INDEX: post("", "Words.")}),
    "unused becomes used": lambda root: write(
        root, {INDEX: post("description: N.", "![N](nobody.jpg)")}
    ),
    "other settings": lambda root: write(
        root, {"site.yaml": SETTINGS.replace("[240, 320]", "[200], quality: 40, formats: [webp]")}
    ),
    "off": lambda root: write(
        root, {"site.yaml": SETTINGS.replace("widths: [240, 320]", "responsive: false")}
    ),
    "renamed": lambda root: [
        (root / PIER).rename((root / PIER).with_name("quay.jpg")),
        write(root, {INDEX: post("", TEXT.replace("pier.jpg", "quay.jpg"))}),
    ],
    "output lost": lambda root: shutil.rmtree(root / "_site"),
    "store lost": lambda root: shutil.rmtree(root / ".tidepost/cache/images"),
    "store and output lost": lambda root: [
        shutil.rmtree(root / ".tidepost/cache/images"),
        shutil.rmtree(root / "_site"),
    ],
    "store spoilt": spoil_store,
    "store spoilt and output lost": lambda root: [spoil_store(root), shutil.rmtree(root / "_site")],
    "a file in the store's place": lambda root: [
        shutil.rmtree(root / ".tidepost"),
        write(root, {".tidepost/cache/images": "x", PIER: file_of(photo(500, 300), "JPEG")}),
    ],
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_pictures_gives_what_a_clean_build_gives(
    name: str, built: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(built, tmp_path / "site"))
    EDITS[name](root)
    assert rebuilt_equals_clean(root, tmp_path / "clean") == []


def test_the_same_pictures_with_and_without_processes(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = site_at(tmp_path / "site")
    monkeypatch.setattr("generator.adapters.workers._WORTH_SHARING", 0)
    monkeypatch.setattr("generator.adapters.workers._WORTH_SPAWNING", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert outcome(root, NOW, no_cache=False) == ([], tree(built / "_site"))


def test_a_broken_picture_is_told_where_it_is_shown(built: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(built, tmp_path / "site"))
    before = tree(root / "_site")
    whole = PICTURES[PIER]
    write(
        root,
        {
            PIER: whole[: len(whole) // 2],
            "content/posts/2024-05-01-a/cover.jpg": b"<!doctype html>Not found",
            "content/posts/2024-05-01-a/nobody.jpg": b"broken, but nobody refers to it",
        },
    )
    done = command(root, "build")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    shown = [line for line in done.stderr.splitlines() if not line.startswith(" ")]
    assert shown[0].startswith(
        f"{INDEX}:3: broken-picture: `cover.jpg` cannot be read as a picture"
    )
    assert shown[1].startswith(f"{INDEX}:9: broken-picture: `pier.jpg` cannot be read as a picture")
    assert len(shown) == 3, done.stderr
    assert tree(root / "_site") == before


def test_a_broken_picture_of_a_stylesheet_is_told(built: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(built, tmp_path / "site"))
    write(root, {"static/images/ground.jpg": b"broken"})
    told, files = outcome(root, NOW, no_cache=False)
    assert told == [
        "static/images/ground.jpg:0: broken-picture: it cannot be read as a picture: "
        "it is not a picture of a known kind"
    ]
    assert files == {}


def test_an_unchanged_site_never_loads_pillow(built: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(built, tmp_path / "site"))
    code = (
        "import sys; from generator.cli.commands import run\n"
        f"code = run(['build', '--site', {str(root)!r}])\n"
        "assert not code, code\n"
        "print(sorted(name for name in sys.modules if name.partition('.')[0] == 'PIL'))"
    )

    def loaded() -> str:
        run = [sys.executable, "-c", code]
        done = subprocess.run(run, capture_output=True, text=True, cwd=PROJECT, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()[-1]

    shutil.rmtree(root / ".tidepost")
    assert "PIL.Image" in loaded()
    assert loaded() == "[]"
    # Neither does one whose words change.
    write(root, {"content/posts/2024-05-02-b.md": post("", "Others.", title="B")})
    assert loaded() == "[]"
