"""What readers get, in a real browser, under the security policy of the published site.

What tools say of every page (axe, the console, who is asked) is held in tests/audit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.support.sample import KINDS

pytestmark = pytest.mark.xdist_group("theme")

Scheme = Literal["light", "dark"]
PHONE, DESK = 360, 1280


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = context_of(browser, PHONE)
    yield context.new_page()
    context.close()


def context_of(browser: Browser, width: int, **options: Any) -> BrowserContext:
    return browser.new_context(viewport={"width": width, "height": 800}, **options)


def test_no_page_is_wider_than_a_phone_from_right_to_left(url: str, page: Page) -> None:
    wide = {}
    for path in KINDS.values():
        page.goto(url + path)
        page.evaluate("document.documentElement.dir = 'rtl'")
        left = page.evaluate(
            "() => [...document.querySelectorAll('main *, header *, footer *')].filter((e) =>"
            " e.getBoundingClientRect().left < -1 && !e.closest('table, pre, .skip')"
            ").map((e) => e.outerHTML.slice(0, 100))"
        )
        if left or page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide[path] = left
    assert not wide


@pytest.mark.parametrize("views", [0, 7])
def test_a_counter_waits_until_there_is_something_to_say(url: str, page: Page, views: int) -> None:
    """Its place is kept: what comes in moves nothing."""
    answers = []

    def answer(route: Route) -> None:
        name = json.loads(route.request.post_data or "")["path"]
        answers.append(name)
        route.fulfill(json={"counts": {name: {"views": views}}, "site": {"views": views}})

    page.route("**/api/count", answer)
    for name in ("home", "post"):
        with page.expect_response("**/api/count"):
            page.goto(url + KINDS[name])
        label = page.locator(".views > span")
        expect(label).to_have_css("visibility", "visible" if views else "hidden")
        assert answers.pop() == KINDS[name]
        assert page.locator("tidepost-counter").inner_text() == ("7" if views else "")
        box = page.locator(".views").bounding_box()
        page.evaluate("document.querySelector('tidepost-counter').textContent = '12'")
        assert page.locator(".views").bounding_box() == box
        if name == "home":
            page.evaluate("document.querySelector('tidepost-counter').textContent = ''")
            line = page.locator(".after:has(.views)")
            expect(line).to_have_css("border-block-start-color", "rgba(0, 0, 0, 0)")


def test_the_skip_link_comes_first_shows_itself_and_leads_to_the_text(url: str, page: Page) -> None:
    page.goto(url + KINDS["post"])
    top = "document.querySelector('.skip').getBoundingClientRect().top"
    assert page.evaluate(top) < 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate(top) >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("name", ["home", "post", "contact", "posts"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_the_focus_can_be_seen(
    browser: Browser, url: str, scheme: Scheme, name: str
) -> None:
    context = context_of(browser, DESK, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(url + KINDS[name])
    seen = 0
    for _ in range(60):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """() => {
                const element = document.activeElement;
                if (element === document.body) return null;
                const style = getComputedStyle(element);
                return [element.outerHTML.slice(0, 100), style.outlineStyle, style.outlineWidth];
            }"""
        )
        if state is None:
            break
        seen += 1
        html, style, width = state
        assert style != "none", html
        assert float(width.removesuffix("px")) >= 2, html
    context.close()
    assert seen > 5


def test_without_javascript_a_page_is_whole(browser: Browser, url: str) -> None:
    context = context_of(browser, PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(url + KINDS["post"])
    assert page.locator("main h2").count() > 5
    page.goto(url + KINDS["contact"])
    assert page.locator("form[action='/api/contact'] button").is_visible()
    page.goto(url + KINDS["home"])
    assert not page.get_by_text("Views", exact=True).is_visible()
    context.close()


def test_dark_is_dark_and_can_be_chosen_by_an_attribute(browser: Browser, url: str) -> None:
    def ground(page: Page) -> int:
        color = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return sum(map(int, color.removeprefix("rgb(").removesuffix(")").split(",")))

    context = context_of(browser, DESK, color_scheme="dark")
    page = context.new_page()
    page.goto(url)
    assert ground(page) < 150
    page.evaluate("document.documentElement.dataset.scheme = 'light'")
    assert ground(page) > 600
    context.close()


def test_motion_stops_where_it_is_not_wanted(browser: Browser, url: str) -> None:
    moving = (
        "[...document.querySelectorAll('*')].filter((e) => { const s = getComputedStyle(e);"
        " return parseFloat(s.transitionDuration) > 0 || s.animationName != 'none'"
        " || s.scrollBehavior == 'smooth' }).length"
    )
    for wish, expected in (("reduce", False), ("no-preference", True)):
        context = context_of(browser, DESK, reduced_motion=wish)
        page = context.new_page()
        page.goto(url)
        assert (page.evaluate(moving) > 0) == expected
        context.close()


def test_on_paper_there_is_the_text_and_nothing_to_click(url: str, page: Page) -> None:
    page.goto(url + KINDS["post"])
    page.emulate_media(media="print")
    for gone in (".menu", ".bottom", ".turn", ".toc", ".skip"):
        assert not page.locator(gone).first.is_visible(), gone
    assert page.locator("main h1").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    ink = page.evaluate("getComputedStyle(document.body).color")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == ink
