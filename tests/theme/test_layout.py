"""Pages keep their width and their place, with the fonts of one machine and of another.

Two sets of fonts are brought along (tests/support/fonts.py): their letters are of other widths, so
that lines break elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.support import fonts
from tests.support.measures import MEASURE_SHIFTS, SCROLL_THROUGH, TOO_WIDE
from tests.support.sample import KINDS, page_paths, serve

pytestmark = pytest.mark.xdist_group("layout")

PHONE, DESK = 360, 1280


@pytest.fixture(params=fonts.SETS)
def browser_with_fonts(request: pytest.FixtureRequest, launch: Callable[[str], Browser]) -> Browser:
    """A browser that knows one set of fonts and no others."""
    return launch(request.param)


def context_of(browser: Browser, width: int, **options: Any) -> BrowserContext:
    return browser.new_context(viewport={"width": width, "height": 800}, **options)


def test_the_fonts_are_of_different_widths(launch: Callable[[str], Browser]) -> None:
    """Otherwise the browser does not see them, and two sets prove what one does."""
    widths = set()
    for name in fonts.SETS:
        page = launch(name).new_page()
        page.set_content("<span style='font: 20px serif'>How wide is this line?</span>")
        widths.add(page.evaluate("document.querySelector('span').getBoundingClientRect().width"))
        page.close()
    assert len(widths) == len(fonts.SETS)


def test_no_page_is_wider_than_a_phone(built: Path, url: str, browser_with_fonts: Browser) -> None:
    context = context_of(browser_with_fonts, PHONE)
    page = context.new_page()
    wide = {}
    for path in page_paths(built):
        page.goto(url + path)
        if found := page.evaluate(TOO_WIDE):
            wide[path] = found
    context.close()
    assert not wide


def test_nothing_shifts_on_a_desk_while_a_page_loads_or_is_read(
    browser_with_fonts: Browser, url: str
) -> None:
    context = context_of(browser_with_fonts, DESK)  # on a phone: tests/audit
    context.add_init_script(MEASURE_SHIFTS)
    page = context.new_page()
    shifts = {}
    for name, path in KINDS.items():
        page.goto(url + path)
        page.evaluate(SCROLL_THROUGH)
        if page.locator("tidepost-counter").count():
            # Not wait_for_function: it evaluates text in the page, which the policy forbids.
            expect(page.locator("tidepost-counter").first).to_have_text("7")
        if found := page.evaluate("window.shifts || []"):
            shifts[name] = found
    context.close()
    assert not shifts


@pytest.mark.parametrize("width", [PHONE, 1000])
def test_nothing_shifts_while_a_page_comes_tag_by_tag(
    browser_with_fonts: Browser, built: Path, width: int
) -> None:
    """All pages come at once: what takes long is that the server waits between tags."""
    context = context_of(browser_with_fonts, width)
    context.add_init_script(MEASURE_SHIFTS)
    kinds = ("not-found", "home", "pictures", "older-posts", "terms", "year", "arabic")
    pages = {kind: context.new_page() for kind in kinds}
    shifts = {}
    with serve(built, slowly=True) as url:
        for kind, page in pages.items():
            page.goto(url + KINDS[kind], wait_until="commit")
        for kind, page in pages.items():
            page.wait_for_load_state(timeout=120_000)
            if found := page.evaluate("window.shifts || []"):
                shifts[kind] = found
    context.close()
    assert not shifts
