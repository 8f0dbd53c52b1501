"""Searching while the site is written: the index is made when a browser first asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.serving import FLAGS, Served, begin
from tests.support.sites import PROJECT, post, write

SETTINGS = (
    "title: Small harbour\nurl: https://example.org/base\ndescription: A place.\nlanguage: en\n"
    'date_format: "%d.%m.%y"\nsearch: true\ncounter: {enabled: false}\n'
)
POSTS = {
    "content/posts/2024-05-01-old.md": post("description: Old.", "The old lighthouse."),
    "content/posts/2024-05-02-new.md": post("description: New.", "The new breakwater."),
    "content/pages/index.md": post("description: Home.", "Welcome.", title="Home"),
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    folder = tmp_path / "site"
    for part in ("templates", "static"):
        shutil.copytree(PROJECT / part, folder / part)
    write(folder, {"site.yaml": SETTINGS, **POSTS})
    site = begin(folder)
    yield site
    site.process.kill()
    site.process.communicate()


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(30_000)
    yield page
    page.close()


def test_what_was_just_written_is_found_and_no_index_is_made_before_a_search(
    site: Served, page: Page
) -> None:
    search = f"{site.url}search/?q="
    results = page.locator("#search-results > li")
    index = site.folder / ".tidepost/served/pagefind"
    page.goto(site.url)
    assert not index.exists()
    page.goto(f"{search}lighthouse")
    expect(results.first.get_by_role("link").first).to_have_attribute("href", "/base/posts/old/")
    expect(results.first.locator("time")).to_have_text("01.05.24")
    site.edit(
        site.folder / "content/posts/2024-05-01-old.md", post("description: Old.", "A windmill.")
    )
    for _ in range(60):  # a build is told of when it is done, and may be before this page asks
        page.goto(f"{search}windmill")
        expect(page.get_by_role("status")).not_to_have_text("")
        if results.count():
            break
    expect(results).to_have_count(1)
    page.goto(f"{search}lighthouse")
    expect(page.get_by_role("status")).to_have_text("Nothing was found.")
    assert index.exists()
    assert not (site.folder / "_site").exists()
