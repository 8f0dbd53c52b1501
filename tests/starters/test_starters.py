"""Each starter is whole, good, and nobody else's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from generator.editing.starters import COMMON, FOLDER, NAMES
from tests.support.sites import PROJECT, command_here

pytestmark = pytest.mark.xdist_group("starters")

BRAND = re.compile(
    r"\b(tides?|harbou?rs?|lighthouses?|buoys?|boats?|sea|waves?|shores?|sail\w*|low water|marin"
    r"|ferreira|inês|duarte)\b",
    re.IGNORECASE,
)
"""Words of the sample's world, and its people's names."""

TEXTS = (".css", ".html", ".js", ".json", ".md", ".svg", ".txt", ".webmanifest", ".xml", ".yaml")


def texts_below(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob("*"))
        if file.suffix in TEXTS and "pagefind" not in file.parts
    }


def test_a_starter_passes_every_check(site: Path) -> None:
    """That nothing answers counter and form where a folder is published is said, and nothing else:
    it is true until the site is on AWS."""
    done = command_here(site, "check", "--future")
    assert done.returncode == 0, done.stderr
    told = re.findall(r"^\S+:\d+: warning: ([\w-]+): ", done.stderr, re.MULTILINE)
    expected = {"docs": 0, "blog": 2, "resume": 2, "photos": 2}[site.name]
    assert told == ["api-missing"] * expected
    assert "error" not in done.stderr


def test_a_starter_has_nothing_of_the_sample_s_brand(site: Path) -> None:
    texts = {
        path: text
        for path, text in texts_below(site).items()
        if not path.startswith(("schema/", "tests/", ".tidepost/"))
    }
    assert "_site/404.html" in texts
    found = {path: said[0] for path, text in texts.items() if (said := BRAND.search(text))}
    assert found == {}
    assert not list(site.glob("_site/**/card*.png"))
    icon = (PROJECT / "static" / "icons" / "icon.svg").read_bytes()
    assert icon != (site / "static" / "icons" / "icon.svg").read_bytes()


def test_the_brand_would_be_found() -> None:
    sample = " ".join(texts_below(PROJECT / "content").values())
    assert len({word.lower() for word in BRAND.findall(sample)}) > 5


def test_a_starter_passes_the_tests_that_it_comes_with(site: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "tests/site",
        ],
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b(2\d|1\d) passed", done.stdout)


def test_a_starter_keeps_no_file_that_nothing_shows(site: Path) -> None:
    """Pictures, styles and scripts of a starter are asked for by some page."""
    names = [file.name for file in (site / "_site").rglob("*")]
    whole = [re.sub(r"\.[0-9a-f]{12}(?=\.)", "", name) for name in names]
    published = {*whole, *(re.sub(r"-\d+(?=\.)", "", name) for name in whole)}
    own = [*(PROJECT / FOLDER / site.name).rglob("*"), *(PROJECT / FOLDER / COMMON).rglob("*")]
    files = [file for file in own if file.suffix in (".webp", ".svg", ".png", ".ico")]
    assert [file.name for file in files if file.name not in published] == []


@pytest.mark.parametrize("starter", NAMES)
def test_colours_of_a_starter_are_told_to_browsers(starter: str, built: object) -> None:
    site = built(starter)  # type: ignore[operator]
    style = (site / "static" / "css" / "site.css").read_text(encoding="utf-8")
    accent = re.search(r"--accent: light-dark\((#\w+), (#\w+)\)", style)
    paper = re.search(r"--paper: light-dark\((#\w+), (#\w+)\)", style)
    assert accent
    assert paper
    page = BeautifulSoup((site / "_site" / "index.html").read_text("utf-8"), "lxml")
    told = [str(each["content"]) for each in page.select('meta[name="theme-color"]')]
    assert len(told) == 2
    assert told[1] == paper[2]
    manifest = json.loads((site / "_site" / "site.webmanifest").read_text("utf-8"))
    assert manifest["theme_color"] == told[0]


def test_what_a_reader_of_docs_turns_to(built: object) -> None:
    """Documents stand in one order: at the side, below each, and on the front page."""
    site = built("docs")  # type: ignore[operator]
    home = BeautifulSoup((site / "_site" / "index.html").read_text("utf-8"), "lxml")
    order = [str(link["href"]) for link in home.select(".tile a")]
    assert len(order) == 6
    for at, url in enumerate(order):
        text = (site / "_site" / url.strip("/") / "index.html").read_text("utf-8")
        page = BeautifulSoup(text, "lxml")
        tree = [str(link["href"]) for link in page.select(".doc > .tree a")]
        assert tree == order
        current = [str(link["href"]) for link in page.select(".doc > .tree [aria-current=page]")]
        assert current == [url]
        turns = {str(link["rel"][0]): str(link["href"]) for link in page.select(".turn a")}
        expected = {}
        if at:
            expected["prev"] = order[at - 1]
        if at + 1 < len(order):
            expected["next"] = order[at + 1]
        assert turns == expected


def test_each_series_of_photos_stands_on_the_front_page_with_its_picture(built: object) -> None:
    site = built("photos")  # type: ignore[operator]
    page = BeautifulSoup((site / "_site" / "index.html").read_text("utf-8"), "lxml")
    walls = page.select(".wall")
    assert len(walls) == len(list((site / "content" / "posts").iterdir())) == 5
    for wall in walls:
        assert wall.select_one("picture img[alt]:not([alt=''])")
        assert not wall.select("a.zoom")
        assert len(wall.select("a")) == 1
    eager = [bool(wall.select("img:not([loading])")) for wall in walls]
    assert eager == [True, False, False, False, False]


def test_all_pictures_of_photos_stand_on_one_page_and_lead_to_their_series(built: object) -> None:
    site = built("photos")  # type: ignore[operator]
    page = BeautifulSoup((site / "_site" / "photos" / "index.html").read_text("utf-8"), "lxml")
    links = page.select(".photos a:has(img[alt]:not([alt='']))")
    files = list((site / "content" / "posts").glob("*/*.webp"))
    assert len(links) == len(files) == 11
    assert all(
        (site / "_site" / str(link["href"]).strip("/") / "index.html").is_file() for link in links
    )
    fog = BeautifulSoup((site / "_site/posts/fog-mostly/index.html").read_text("utf-8"), "lxml")
    assert [each.get_text() for each in fog.select(".gallery figcaption")] == ["11:05", "11:09"]
