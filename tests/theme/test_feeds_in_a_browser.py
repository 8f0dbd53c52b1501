"""A feed that a person opens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from tests.support.sample import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("theme")]

BEFORE = "getComputedStyle(document.documentElement, '::before').content"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/feed.xml", "This is a web feed."),
        ("/rss.xml", "This is a web feed."),
        ("/de/rss.xml", "Das ist ein Web-Feed."),
    ],
)
def test_a_feed_says_what_it_is(browser: Browser, url: str, path: str, words: str) -> None:
    page = browser.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.goto(url + path)
    assert page.evaluate(BEFORE).startswith(f'"{words}')
    shown = page.evaluate(
        "[...document.querySelectorAll('*')].filter((each) =>"
        " !each.children.length && each.getClientRects().length).map((each) => each.tagName)"
    )
    assert set(shown) <= {
        *("title", "subtitle", "description", "published", "summary", "link", "pubDate"),
    }
    assert "title" in shown
    assert not wrong
    page.close()


def test_it_does_so_in_each_language_of_the_theme() -> None:
    sheet = (ROOT / "static" / "css" / "feed.css").read_text(encoding="utf-8")
    said = set(re.findall(r":root:lang\(([\w-]+)\)::before", sheet))
    languages = {file.stem for file in (ROOT / "templates" / "i18n").glob("*.yaml")} - {"en"}
    assert languages <= said
