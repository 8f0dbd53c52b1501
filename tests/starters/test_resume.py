"""The starter `resume`: what is in data/resume.json comes out, whoever wrote it."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import mf2py
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, sync_playwright

from tests.support.drawn import file_of, photo
from tests.support.sample import FLAGS, serve
from tests.support.sites import PROJECT, command_here
from tests.support.starters import build
from tests.support.tools import npm_package

pytestmark = [pytest.mark.xdist_group("starters"), pytest.mark.slow]

STARTER = PROJECT / "starters" / "resume"
SCHEMA = json.loads((STARTER / "data" / "resume.schema.json").read_text(encoding="utf-8"))
SEED = PROJECT.parent / "shared" / "seed" / "testing-the-waters.md"
PACKAGES = (("resume-schema", "1.0.1"), ("@jsonresume/schema", "1.3.1"))
"""Where JSON Resume publishes its schema and its sample, under its two names."""


def copied(resume: Path, to: Path, data: object) -> Path:
    """Return a copy of the site with other data, not built."""
    shutil.copytree(resume, to, ignore=shutil.ignore_patterns("_site", ".tidepost"))
    text = data if isinstance(data, str) else json.dumps(data, indent=1)
    (to / "data" / "resume.json").write_text(text, encoding="utf-8")
    return to


def home_of(site: Path) -> BeautifulSoup:
    return BeautifulSoup((site / "_site" / "index.html").read_text(encoding="utf-8"), "lxml")


def own() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((STARTER / "data" / "resume.json").read_text("utf-8"))
    return data


def leaves(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of each text in data."""
    if isinstance(value, str):
        yield at
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    if isinstance(value, dict | list):
        for key, each in pairs:
            yield from leaves(each, (*at, key))


def with_value(data: Any, at: tuple[str | int, ...], value: object) -> Any:
    changed = copy.deepcopy(data)
    inner = changed
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = value
    return changed


def test_everything_in_the_data_is_on_the_page(resume: Path) -> None:
    page = home_of(resume)
    shown = page.get_text(" ")
    hidden = {"startDate", "endDate", "date", "url", "countryCode", "$schema"}
    missing = [
        at
        for at in leaves(own())
        if not hidden & set(map(str, at)) and _value(own(), at) not in shown
    ]
    assert missing == []
    links = {str(link["href"]) for link in page.select("main a[href]")}
    urls = [_value(own(), at) for at in leaves(own()) if at[-1] == "url"]
    pages = {"https://github.example/ada-example/ward-order"}  # it has a page here, which links on
    assert set(urls) - links - pages == {""} & set(urls)
    when = [each.get_text(strip=True) for each in page.select(".timeline .when")]
    assert when == ["Sep 2023 – now", "Mar 2021 – Aug 2023", "Feb 2015 – Feb 2021"]


def _value(data: Any, at: tuple[str | int, ...]) -> str:
    for key in at:
        data = data[key]
    return str(data)


def test_the_landing_page_has_counter_form_badges_and_cards(resume: Path) -> None:
    page = home_of(resume)
    assert page.select("tidepost-counter")
    assert page.select("form[data-tidepost-contact]")
    assert len(page.select(".badges .seal")) == 3
    cards = {card.h3.get_text(strip=True): card for card in page.select(".card") if card.h3}
    assert list(cards) == ["This site", "Ward order"]
    link = cards["Ward order"].select_one("a")
    assert link is not None
    assert link["href"] == "/projects/ward-order/"


def test_search_engines_are_told_who_it_is(resume: Path) -> None:
    blocks = home_of(resume).select('script[type="application/ld+json"]')
    described = [json.loads(block.get_text()) for block in blocks]
    (profile,) = [each for each in described if each["@type"] == "ProfilePage"]
    person = profile["mainEntity"]
    assert profile["@context"] == "https://schema.org"
    assert person["@type"] == "Person"
    assert person["name"] == "Ada Example"
    assert person["jobTitle"] == "Cloud engineer"
    assert person["worksFor"] == [
        {"@type": "Organization", "name": "Northgate Health", "url": "https://northgate.example/"}
    ]
    assert person["hasCredential"][0]["name"] == "Solutions Architect, Associate"
    assert len(person["sameAs"]) == 2
    assert "telephone" not in person  # nothing is told empty
    assert json.dumps(profile).count('""') == 0


def test_readers_of_microformats_know_who_it_is(resume: Path) -> None:
    basics = own()["basics"]
    html = (resume / "_site" / "index.html").read_text(encoding="utf-8")
    parsed = mf2py.parse(html, url="https://example.org/")
    cards = [each["properties"] for each in parsed["items"] if each["type"] == ["h-card"]]
    person = next(card for card in cards if "job-title" in card)
    assert person["name"] == [basics["name"]]
    assert person["job-title"] == [basics["label"]]
    assert person["note"] == [basics["summary"]]
    assert {profile["url"] for profile in basics["profiles"]} <= set(parsed["rels"]["me"])


def test_programs_can_read_it_too(resume: Path) -> None:
    given = json.loads((resume / "_site" / "resume.json").read_text(encoding="utf-8"))
    assert given == own()


WRONG: list[tuple[tuple[str | int, ...], object, str, str]] = [
    (("work", 0, "startDate"), "2014-13", "`work item 1.startDate`: '2014-13'", "2014-06-29"),
    (("basics", "email"), "ada", "`basics.email`: 'ada'", "ada@example.org"),
    (("work", 1, "url"), "not an address", "`work item 2.url`", "https://example.org/"),
    (("skills", 0, "keywords"), "AWS", "`skills item 1.keywords`: 'AWS' is not", "asks for it"),
    (("wrok",), [], "'wrok' was unexpected", "asks for it"),
]


def test_what_is_wrong_is_told_with_its_place(resume: Path, tmp_path: Path) -> None:
    data = own()
    for at, value, _, _ in WRONG:
        data = with_value(data, at, value)
    site = copied(resume, tmp_path / "site", data)
    done = command_here(site, "check", "--future")
    assert done.returncode == 1
    line = r"^data/resume\.json:(\d+): data-schema: (.*)\n    (.*)$"
    told = re.findall(line, done.stderr, re.MULTILINE)
    assert len(told) == len(WRONG), done.stderr
    lines = (site / "data" / "resume.json").read_text(encoding="utf-8").splitlines()
    for at, _, message, hint in WRONG:
        ((number, _, said),) = [each for each in told if message in each[1]]
        assert hint in said
        assert (str(at[-1]) if len(at) > 1 else "{") in lines[int(number) - 1]


def test_the_smallest_resume_will_do(resume: Path, tmp_path: Path) -> None:
    site = copied(resume, tmp_path / "site", {"basics": {"name": "Bo"}})
    shutil.rmtree(site / "content" / "projects")
    shutil.rmtree(site / "content" / "posts")
    settings = (site / "site.yaml").read_text(encoding="utf-8")
    settings = re.sub(r"  - \{ title: Projects.*\n", "", settings)
    settings = re.sub(r"collections:\n(?:  .*\n|\n)+?(?=\w)", "", settings)
    (site / "site.yaml").write_text(settings, encoding="utf-8")
    assert build(site) == ""
    page = home_of(site)
    assert [heading.get_text(strip=True) for heading in page.select("h1, h2")] == [
        "Bo",
        "Get in touch",
    ]


@pytest.mark.network
@pytest.mark.parametrize(("name", "version"), PACKAGES)
def test_the_sample_of_json_resume_is_taken_unchanged(
    name: str, version: str, resume: Path, tmp_path: Path
) -> None:
    sample = (npm_package(name, version) / "sample.resume.json").read_text(encoding="utf-8")
    site = copied(resume, tmp_path / "site", sample)
    assert build(site) == ""
    page = home_of(site)
    shown = page.get_text(" ")
    data = json.loads(sample)
    texts = [at for at in leaves(data) if at[0] != "meta"]
    hidden = {"startDate", "endDate", "date", "releaseDate", "url", "address", "postalCode"}
    hidden |= {"countryCode", "$schema", "roles", "type"}
    assert [
        at for at in texts if not hidden & set(map(str, at)) and _value(data, at) not in shown
    ] == []
    links = {str(link["href"]) for link in page.select("main a[href]")}
    assert "https://missdirection.example.com" in {
        each.replace("http:", "https:") for each in links
    }


@pytest.mark.network
@pytest.mark.parametrize(("name", "version"), PACKAGES)
def test_our_schema_agrees_with_that_of_json_resume(name: str, version: str) -> None:
    """Where theirs finds fault, ours does; what is left out, or added to an entry, is none."""
    folder = npm_package(name, version)
    theirs = jsonschema.validators.validator_for(json.loads((folder / "schema.json").read_text()))(
        json.loads((folder / "schema.json").read_text())
    )
    ours = jsonschema.Draft7Validator(SCHEMA)
    sample = json.loads((folder / "sample.resume.json").read_text(encoding="utf-8"))
    places = [at for at in leaves(sample) if at[0] != "$schema"]
    assert len(places) > 60
    for at in places:
        for value in (7, None, ["x", 7], {}):
            wrong = with_value(sample, at, value)
            assert not theirs.is_valid(wrong), at
            assert not ours.is_valid(wrong), at
        if at[-1] in ("startDate", "endDate", "releaseDate"):
            for value, good in (
                ("2014", True),
                ("2014-06", True),
                ("June", False),
                ("14-6", False),
            ):
                assert theirs.is_valid(with_value(sample, at, value)) is good
                assert ours.is_valid(with_value(sample, at, value)) is good
    for section in sample.keys() - {"basics", "$schema"}:
        less = {key: value for key, value in sample.items() if key != section}
        assert theirs.is_valid(less)
        assert ours.is_valid(less)
    more = copy.deepcopy(sample)
    more["work"][0]["team"] = 4
    assert theirs.is_valid(more)
    assert ours.is_valid(more)


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


def pages_of(browser: Browser, site: Path, paper: str) -> int:
    with serve(site / "_site") as url:
        page = browser.new_page()
        page.goto(url)
        printed = page.pdf(format=paper)
        page.close()
    return len(re.findall(rb"/Type\s*/Page\b", printed))


PAPERS = ("A4", "Letter")


def test_it_is_printed_on_two_pages_at_most(resume: Path, browser: Browser, tmp_path: Path) -> None:
    assert [pages_of(browser, resume, paper) for paper in PAPERS] == [1, 1]
    long = own()
    long["work"] = [dict(job, name=f"{job['name']} {n}") for n in range(2) for job in long["work"]]
    long["references"] = [{"name": "Kim", "reference": "I would work with Ada again at once."}] * 2
    long["awards"] = [{"title": f"Award {n}", "date": "2020"} for n in range(4)]
    long["volunteer"] = [{"organization": "Code club", "position": "Teacher", "startDate": "2019"}]
    site = copied(resume, tmp_path / "site", long)
    assert build(site) == ""
    assert [pages_of(browser, site, paper) for paper in PAPERS] == [2, 2]


def test_paper_shows_the_resume_and_nothing_else(resume: Path, browser: Browser) -> None:
    with serve(resume / "_site") as url:
        page = browser.new_page(viewport={"width": 700, "height": 1000})
        page.emulate_media(media="print", color_scheme="dark")
        page.goto(url)
        seen = page.evaluate(
            """() => [".top", ".bottom", ".latest", ".touch", ".count", ".resume", ".facts"]
            .filter((name) => document.querySelector(name).checkVisibility())"""
        )
        ink = page.evaluate("() => getComputedStyle(document.body).color")
        page.close()
    assert seen == [".resume", ".facts"]
    assert max(map(int, re.findall(r"\d+", ink)[:3])) < 80  # dark on white, whatever the scheme


def test_a_photograph_and_a_badge_of_one_s_own(resume: Path, tmp_path: Path) -> None:
    data = own()
    data["basics"]["image"] = "/images/me.jpg"
    data["certificates"][0]["image"] = "/images/badge.png"
    site = copied(resume, tmp_path / "site", data)
    (site / "static" / "images").mkdir()
    (site / "static" / "images" / "me.jpg").write_bytes(file_of(photo(300, 300, seed=1), "JPEG"))
    (site / "static" / "images" / "badge.png").write_bytes(file_of(photo(90, 90, seed=2), "PNG"))
    assert build(site) == ""
    page = home_of(site)
    face = page.select_one("img.face")
    assert face is not None
    assert (face["width"], face["alt"]) == ("300", "Ada Example")
    assert len(page.select("img.seal")) == 1
    assert len(page.select("svg.seal")) == 2
    profile = json.loads(page.select('script[type="application/ld+json"]')[1].get_text())
    assert profile["mainEntity"]["image"].startswith("https://example.org/")


if SEED.exists():

    def test_the_post_that_began_it_all_is_right_here(
        resume: Path, browser: Browser, tmp_path: Path
    ) -> None:
        text = SEED.read_text(encoding="utf-8")
        site = copied(resume, tmp_path / "site", own())
        images = re.findall(r'src="\./(images/[^"]+)"', text)
        for number, name in enumerate(images):
            file = site / "content" / "posts" / unquote(name)
            file.parent.mkdir(exist_ok=True)
            kind = {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}[file.suffix.lower()[1:]]
            file.write_bytes(file_of(photo(300, 180, seed=number), kind))
        (site / "content" / "posts" / "testing-the-waters.md").write_text(text, encoding="utf-8")
        with (site / "site.yaml").open("a", encoding="utf-8") as settings:
            settings.write("images: {responsive: false}\n")
        done = command_here(site, "build", "--future")
        assert done.returncode == 0, done.stderr
        assert ": error" not in done.stderr
        with serve(site / "_site") as url:
            for width in (360, 1280):
                page = browser.new_page(viewport={"width": width, "height": 800})
                page.goto(f"{url}/posts/testing-the-waters/")
                shown = page.evaluate(
                    """() => ({
                        over: document.documentElement.scrollWidth - innerWidth,
                        figures: [...document.querySelectorAll("main figure img")].length,
                        wide: [...document.querySelectorAll("main figure")].filter((one) =>
                            one.offsetWidth > document.querySelector(".body").offsetWidth).length,
                        gold: [...document.querySelectorAll("figcaption")].filter((one) =>
                            getComputedStyle(one).color === "rgb(255, 215, 0)").length,
                    })"""
                )
                page.close()
                assert shown == {"over": 0, "figures": len(images), "wide": 0, "gold": 0}
