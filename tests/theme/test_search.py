"""Searching, in a real browser, from a server of files alone, under the published site's policy."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.sample import KINDS
from tests.support.tools import npm_package

pytestmark = pytest.mark.xdist_group("theme")

SEARCH = "/search/"


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One for all: to make a context costs more than all else that a test does in it."""
    context = browser.new_context(viewport={"width": 360, "height": 800}, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert not complaints


def test_what_is_typed_is_found_and_what_is_found_leads_there(url: str, page: Page) -> None:
    page.goto(url + SEARCH)
    page.get_by_role("searchbox").fill("harbour master")
    results = page.locator("#search-results > li")
    expect(results.first.get_by_role("heading")).to_have_text("Everything Markdown can do")
    expect(page.get_by_role("status")).to_have_text(f"Found: {results.count()}")
    expect(results.first.locator("mark").first).to_be_visible()
    expect(results.first.locator("time")).to_have_attribute("datetime", "2026-04-06")
    assert page.url.endswith("?q=harbour+master")
    results.first.get_by_role("link").first.click()
    expect(page).to_have_url(url + KINDS["post"])
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("harbour master")
    expect(results.first).to_be_visible()


def test_a_part_of_a_text_is_led_to_by_its_heading(url: str, page: Page) -> None:
    page.goto(f"{url}{SEARCH}?q=beaufort")
    expect(page.locator(f"#search-results a[href='{KINDS['post']}#links']")).to_be_visible()


def test_what_is_not_there_is_not_found_and_an_empty_field_says_nothing(
    url: str, page: Page
) -> None:
    page.goto(url + SEARCH)
    page.get_by_role("searchbox").fill("zyzzyva")
    expect(page.get_by_role("status")).to_have_text("Nothing was found.")
    assert not page.locator("#search-more").is_visible()
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_role("status")).to_have_text("")
    assert "?" not in page.url


@pytest.mark.parametrize(
    ("path", "typed", "meant"),
    [
        ("", "harbuor", "harbour"),
        ("", "haarbour master", "harbour master"),
        ("", "ahrbour", "harbour"),
        ("", "publishng", "publishing"),
        ("/de", "Übersezung", "Übersetzung"),
    ],
)
def test_a_mistyped_word_gets_a_suggestion(
    url: str, page: Page, path: str, typed: str, meant: str
) -> None:
    page.goto(f"{url}{path}{SEARCH}")
    page.get_by_role("searchbox").fill(typed)
    suggested = page.locator("#search-meant a")
    expect(suggested).to_have_text(meant)
    suggested.click()
    expect(page.get_by_role("searchbox")).to_have_value(meant)
    expect(page.locator("#search-results > li").first).to_be_visible()
    expect(suggested).to_be_hidden()
    page.wait_for_timeout(1000)
    expect(suggested).to_be_hidden()


@pytest.mark.parametrize("typed", ["harb", "publishing", "tides", "zyzzyvaxq", "c++", "a"])
def test_a_word_that_is_right_or_half_typed_gets_none(url: str, page: Page, typed: str) -> None:
    page.goto(f"{url}{SEARCH}?q={quote(typed)}")
    expect(page.get_by_role("status")).not_to_have_text("")
    page.wait_for_timeout(1000)
    expect(page.locator("#search-meant")).to_be_hidden()


def test_only_texts_are_found_and_not_what_stands_around_them(url: str, page: Page) -> None:
    page.goto(f"{url}{SEARCH}?q=tidepost")
    expect(page.locator("#search-results > li").nth(3)).to_be_visible()
    lists = ("/page/", "/tags/", "/archive/", "/thanks/")
    for link in page.locator("#search-results a").all():
        assert not [one for one in lists if one in str(link.get_attribute("href"))]


def test_a_key_leads_to_the_search_and_into_its_field(url: str, page: Page) -> None:
    page.goto(url + KINDS["post"])
    page.keyboard.press("Control+k")
    expect(page).to_have_url(url + SEARCH)
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_the_index_is_fetched_when_somebody_searches_and_not_before(url: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url + KINDS["post"])
    page.wait_for_load_state("networkidle")
    assert not [one for one in asked if "pagefind" in one or "search.js" in one]


def test_many_are_shown_by_tens_and_the_focus_goes_to_the_first_new_one(
    url: str, page: Page
) -> None:
    page.goto(f"{url}{SEARCH}?q=a")
    results = page.locator("#search-results > li")
    expect(results).to_have_count(10)
    page.get_by_role("button", name="Show more").click()
    expect(results.nth(10)).to_be_visible()
    expect(results.nth(10).get_by_role("link").first).to_be_focused()


def test_without_javascript_there_is_everything_by_year_and_no_field(
    browser: Browser, url: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url + SEARCH)
    assert not page.get_by_role("searchbox").is_visible()
    assert page.get_by_text("Searching needs JavaScript.").is_visible()
    page.get_by_role("main").get_by_role("link", name="2026").click()
    assert page.url == f"{url}/archive/2026/"
    context.close()


def test_where_there_is_no_index_that_is_said(url: str, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/pagefind/**", lambda route: route.abort())
    page.goto(f"{url}{SEARCH}?q=tide")
    expect(page.get_by_role("status")).to_contain_text("Nothing can be searched here.")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_was_found(browser: Browser, url: str, scheme: str) -> None:
    axe = npm_package("axe-core", "4.14.1") / "axe.min.js"
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{url}{SEARCH}?q=tide")
    expect(page.locator("#search-results > li").first).to_be_visible()
    page.add_script_tag(path=axe)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    assert not [(one["id"], [n["html"] for n in one["nodes"]]) for one in found["violations"]]
    context.close()
