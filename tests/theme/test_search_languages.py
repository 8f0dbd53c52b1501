"""A site in six languages, of which three are written without spaces, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.sample import build_themed, serve
from tests.support.sites import post

pytestmark = pytest.mark.xdist_group("theme")

TEXTS = {
    "en": ("The lighthouse keeper went.", "A breakwater was built.", "lighthouse", "breakwater"),
    "de": ("Der Leuchtturm steht.", "Die Hafenmauer wächst.", "Leuchttürme", "Hafenmauer"),
    "ar": ("منارة قديمة في الميناء.", "سفينة جديدة في البحر.", "الميناء", "سفينة"),
    "zh": ("我住在北京的老城。", "新的灯塔在港口旁边。", "北京", "灯塔"),
    "ja": ("私は東京に住んでいます。", "新しい灯台が見えます。", "東京", "灯台"),
    "th": ("ฉันอยู่ที่กรุงเทพในเมืองเก่า", "ประภาคารใหม่อยู่ที่ท่าเรือ", "กรุงเทพ", "ท่าเรือ"),
}
"""For each language the texts of an old post and of a new one, and a word of each."""

SETTINGS = """\
title: Six harbours
url: https://six.example
description: Harbours.
language: en
languages: {de: {}, ar: {}, zh: {}, ja: {}, th: {}}
search: true
counter: {enabled: false}
"""


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address at which the site is served."""
    files = {"site.yaml": SETTINGS}
    for code, (old, new, *_) in TEXTS.items():
        end = "" if code == "en" else f".{code}"
        front = f"description: In {code}."
        files[f"content/posts/2014-01-01-old{end}.md"] = post(front, old, title=f"Old {code}")
        files[f"content/posts/2024-05-01-new{end}.md"] = post(front, new, title=f"New {code}")
        files[f"content/pages/index{end}.md"] = post(front, "Home.", title=f"Home {code}")
    with serve(build_themed(tmp_path_factory.mktemp("six"), files)) as address:
        yield address


@pytest.mark.parametrize("code", TEXTS)
def test_words_of_old_and_new_posts_are_found(browser: Browser, six: str, code: str) -> None:
    base = "" if code == "en" else f"/{code}"
    page = browser.new_page()
    for place, word in zip(("old", "new"), TEXTS[code][2:], strict=True):
        page.goto(f"{six}{base}/search/?q={word}")
        links = page.locator("#search-results h2 a")
        expect(links).to_have_count(1)
        expect(links).to_have_attribute("href", f"{base}/posts/{place}/")
    page.close()
