"""Menus: where they lead, which entry is the current one, and that they open without a script."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from generator.pipeline.results import Build
from tests.support.sample import serve
from tests.support.sites import built, page, post
from tests.support.theme import STATIC, THEME

pytestmark = pytest.mark.xdist_group("theme")

SETTINGS = """
title: Hafen
url: https://example.org/blog
counter: {enabled: false}
menu:
- {title: Posts, url: /posts/}
- title: Boats
  url: /boats/
  children: [{title: Dinghy, url: /boats/dinghy/}, {title: Elsewhere, url: https://x.org/}]
footer_menu: [{title: Imprint, url: /imprint/}]
languages:
  de: {menu: [{title: Beiträge, url: /posts/}], footer_menu: [{title: Impressum, url: /imprint/}]}
"""
FILES = {
    "content/posts/2024-01-10-hello.md": post(),
    "content/pages/boats/index.md": post(),
    "content/pages/boats/dinghy.md": post(),
    "content/pages/imprint.md": post(),
    "content/pages/imprint.de.md": post(),
}


@pytest.fixture(scope="module")
def site() -> Build:
    return built({**STATIC, **FILES}, SETTINGS, templates=THEME)


def links(site: Build, path: str, place: str) -> dict[str, tuple[str, str | None]]:
    soup = BeautifulSoup(page(site, path), "lxml")
    return {
        each.get_text(): (str(each["href"]), each.get("aria-current"))  # type: ignore[misc]
        for each in soup.select(f"{place} a")
    }


MAIN = ".top > .menu"


def test_the_main_menu_marks_where_the_reader_is(site: Build) -> None:
    menu = links(site, "posts/hello/index.html", MAIN)
    assert menu == {
        "Posts": ("/blog/posts/", "true"),
        "Boats": ("/blog/boats/", None),
        "Dinghy": ("/blog/boats/dinghy/", None),
        "Elsewhere": ("https://x.org/", None),
    }
    menu = links(site, "boats/dinghy/index.html", MAIN)
    assert menu["Dinghy"][1] == "page"
    soup = BeautifulSoup(page(site, "boats/dinghy/index.html"), "lxml")
    assert [each["aria-current"] for each in soup.select("summary[aria-current]")] == ["true"]
    assert not BeautifulSoup(page(site, "posts/index.html"), "lxml").select("summary[aria-current]")


def test_the_footer_has_a_menu_and_each_language_its_own(site: Build) -> None:
    footer = ".bottom nav:first-of-type"
    assert links(site, "imprint/index.html", footer) == {"Imprint": ("/blog/imprint/", "page")}
    assert links(site, "de/index.html", footer) == {"Impressum": ("/blog/de/imprint/", None)}
    assert links(site, "de/index.html", MAIN) == {"Beiträge": ("/blog/de/posts/", None)}


def test_languages_have_a_switch_of_their_own(site: Build) -> None:
    """It leads to the same page where that is translated, else to the language's front page."""
    for path, own, other in (
        ("imprint/index.html", "/blog/imprint/", "/blog/de/imprint/"),
        ("de/imprint/index.html", "/blog/imprint/", "/blog/de/imprint/"),
        ("posts/hello/index.html", "/blog/posts/hello/", "/blog/de/"),
    ):
        soup = BeautifulSoup(page(site, path), "lxml")
        (switch,) = soup.select("nav.languages")
        here = "de" if path.startswith("de/") else "en"
        assert switch["aria-label"] == {"en": "Languages", "de": "Sprachen"}[here]
        (summary,) = switch.select("summary")
        assert summary.get_text(strip=True) == {"en": "English", "de": "Deutsch"}[here]
        found = {
            str(each["hreflang"]): (each.get_text(), each["href"], each["lang"], each["dir"])
            for each in switch.select("a")
        }
        assert found == {"en": ("English", own, "en", "ltr"), "de": ("Deutsch", other, "de", "ltr")}
        assert [each["hreflang"] for each in switch.select("[aria-current]")] == [here]
        assert not soup.select(".menu [hreflang]")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_languages_open_within_the_window(
    browser: Browser, url: str, width: int, scripts: bool
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=scripts
    )
    opened = context.new_page()
    for path in ("/posts/your-first-site/", "/ar/"):
        opened.goto(url + path)
        name = {"/ar/": "اللغات"}.get(path, "Languages")
        switch = opened.get_by_role("navigation", name=name, exact=True)
        summary = switch.locator("summary")
        closed = opened.locator("main").bounding_box()
        summary.focus()
        summary.press("Enter")
        for link in switch.get_by_role("link").all():
            box = link.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["height"] >= 24
        assert opened.locator("main").bounding_box() == closed
    switch.get_by_role("link", name="Deutsch").click()
    assert opened.url == f"{url}/de/"
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_what_is_below_an_entry_opens_without_a_script(
    site: Build, browser: Browser, tmp_path: Path, width: int
) -> None:
    for artifact in site.artifacts:
        file = tmp_path / "blog" / artifact.path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not artifact.copy_of:
            file.write_bytes(artifact.read())
    for source, content in STATIC.items():
        for copy in site.artifacts:
            if copy.copy_of == source:
                (tmp_path / "blog" / copy.path).write_bytes(content)
    context = browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=False
    )
    opened = context.new_page()
    with serve(tmp_path) as url:
        opened.goto(f"{url}/blog/posts/")
        link = opened.get_by_role("link", name="Dinghy")
        assert not link.is_visible()
        opened.locator(".menu summary").press("Enter")
        box = link.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        link.click()
        assert opened.url.endswith("/blog/boats/dinghy/")
    context.close()
