"""The reader's choice of colours: remembered, never painted otherwise first, and on paper light."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.support.sample import KINDS

pytestmark = pytest.mark.xdist_group("theme")

GROUND = "getComputedStyle(document.documentElement).backgroundColor"
AT_FIRST_PAINT = f"""
new PerformanceObserver(() => {{ window.painted ??= {GROUND}; }})
    .observe({{ type: "paint", buffered: true }});
"""
SHOWN = ".scheme [data-scheme]:visible"


@pytest.fixture(params=["light", "dark"])
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 360, "height": 800}, color_scheme=request.param
    )
    context.add_init_script(AT_FIRST_PAINT)
    yield context
    context.close()


def is_dark(color: str) -> bool:
    return sum(map(int, color.removeprefix("rgb(").removesuffix(")").split(","))) < 200


def late(route: Route) -> None:
    time.sleep(0.3)
    route.continue_()


def test_a_choice_is_kept_and_no_page_is_painted_otherwise_first(
    context: BrowserContext, url: str
) -> None:
    page = context.new_page()
    page.goto(url)
    dark = is_dark(page.evaluate(GROUND))
    assert page.locator(SHOWN).inner_text() == "System"
    page.locator(".scheme").click()
    assert page.locator(SHOWN).inner_text() == ("Light" if dark else "Dark")
    assert is_dark(page.evaluate(GROUND)) is not dark
    page.route("**/scheme.*.js", late)
    for kind in ("post", "page"):
        page.goto(url + KINDS[kind])
        painted = page.wait_for_function("() => window.painted").json_value()
        assert is_dark(painted) is not dark
    page.unroute("**/scheme.*.js")
    for expected in (dark, dark):  # chosen, and as the system has it
        page.locator(".scheme").click()
        assert is_dark(page.evaluate(GROUND)) is expected
    assert page.locator(SHOWN).inner_text() == "System"


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_button_says_what_it_chooses(browser: Browser, url: str, width: int) -> None:
    """In words where there is room, and always to those who hear it; no word moves what is near."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    for path, name in (("/", "Colours: System"), ("/ar/", "الألوان: النظام")):
        page.goto(url + path)
        button = page.get_by_role("button", name=name, exact=True)
        box = button.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24  # WCAG 2.2, 2.5.8
        fits = "(b) => b.scrollWidth <= b.clientWidth && b.clientHeight < 50"
        assert button.evaluate(fits) is (width > 360)
        button.click()
        button = page.locator(".scheme")
        assert button.bounding_box() == box
        page.evaluate("localStorage.clear()")
    context.close()


def test_other_tabs_follow(context: BrowserContext, url: str) -> None:
    first, second = context.new_page(), context.new_page()
    first.goto(url)
    second.goto(url)
    before = second.evaluate(GROUND)
    first.locator(".scheme").click()
    second.wait_for_function(f"() => {GROUND} != '{before}'")


def test_what_nobody_chose_means_the_system(context: BrowserContext, url: str) -> None:
    page = context.new_page()
    page.goto(url)
    system = page.evaluate(GROUND)
    page.evaluate("localStorage.setItem('scheme', '<b>')")
    page.reload()
    assert page.evaluate(GROUND) == system
    assert page.locator(SHOWN).inner_text() == "System"


def test_without_storage_the_button_still_works(context: BrowserContext, url: str) -> None:
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })"
    )
    page = context.new_page()
    errors: list[Exception] = []
    page.on("pageerror", lambda error: errors.append(error))
    page.goto(url)
    before = page.evaluate(GROUND)
    page.locator(".scheme").click()
    assert page.evaluate(GROUND) != before
    assert errors == []


def test_without_javascript_there_is_no_button(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    assert not page.locator(".scheme").is_visible()
    context.close()


def test_paper_is_light_whatever_was_chosen(context: BrowserContext, url: str) -> None:
    page = context.new_page()
    page.goto(url)
    page.evaluate("document.documentElement.dataset.scheme = 'dark'")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert is_dark(page.evaluate("getComputedStyle(document.body).color"))
    assert not page.locator(".scheme").is_visible()


def contrast(page: Page) -> float:
    """Return how far apart the sums of the colours of quiet text and of the ground are."""
    sums = [
        sum(map(int, color.removeprefix("rgb(").removesuffix(")").split(",")))
        for color in page.evaluate(
            f"[getComputedStyle(document.querySelector('.lead')).color, {GROUND}]"
        )
    ]
    return abs(sums[0] - sums[1])


def test_more_contrast_is_given_to_those_who_ask(context: BrowserContext, url: str) -> None:
    page = context.new_page()
    page.goto(url)
    usual = contrast(page)
    page.emulate_media(contrast="more")
    assert contrast(page) > usual + 50


def test_forced_colours_leave_nothing_unseen(browser: Browser, url: str) -> None:
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    page.goto(url + KINDS["post"])
    border = "getComputedStyle(document.querySelector('.admonition')).borderTopWidth"
    assert page.evaluate(border) == "1px"
    context.close()
