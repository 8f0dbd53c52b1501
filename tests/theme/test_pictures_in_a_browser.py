"""Which file of a picture a browser takes, and the box in which a picture opens in full."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.measures import ALL_ARRIVED, MEASURE_SHIFTS, SCROLL_THROUGH
from tests.support.reader import wait_for
from tests.support.sample import KINDS

pytestmark = pytest.mark.xdist_group("theme")

TAKEN = """() => [...document.querySelectorAll("main picture img")].map((image) => [
    image.currentSrc.match(/-([0-9]+)\\.[0-9a-f]{12}\\.(\\w+)$/).slice(1).join(" "),
    image.clientWidth,
])"""


def pictures_page(browser: Browser, url: str, width: int, scale: float = 1) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, device_scale_factor=scale
    )
    context.add_init_script(MEASURE_SHIFTS)
    page = context.new_page()
    page.goto(url + KINDS["pictures"])
    page.evaluate(SCROLL_THROUGH)
    page.evaluate(ALL_ARRIVED)
    return page


@pytest.mark.parametrize(
    ("width", "scale", "alone", "wide", "gallery"),
    [
        (360, 1, "480", "480", "480"),
        (360, 2, "800", "800", "800"),
        (1280, 1, "800", "1080", "480"),
    ],
)
def test_the_right_size_is_taken(
    browser: Browser, url: str, width: int, scale: float, alone: str, wide: str, gallery: str
) -> None:
    page = pictures_page(browser, url, width, scale)
    taken = page.evaluate(TAKEN)
    # Of the gallery only the last two: the others stand above it, too, and a browser that has a
    # larger one already takes that again.
    names = [name for name, _ in taken[:2] + taken[4:]]
    assert names == [f"{alone} avif", f"{wide} avif", *[f"{gallery} avif"] * 2]
    for name, shown in taken:
        assert int(name.split()[0]) >= shown  # never blurred
    assert page.evaluate("window.shifts || []") == []
    page.context.close()


def test_a_browser_without_avif_takes_webp_and_one_without_both_the_original(
    browser: Browser, url: str
) -> None:
    page = pictures_page(browser, url, 1280)
    first = page.locator("main picture").first
    first.locator("source").first.evaluate("(source) => source.remove()")
    image = first.locator("img")
    wait_for(image, "(image) => image.currentSrc.endsWith('.webp')")
    first.locator("source").first.evaluate("(source) => source.remove()")
    wait_for(image, "(image) => image.currentSrc === image.src && image.naturalWidth > 0")
    page.context.close()


def test_a_picture_opens_in_full_and_closes_again(browser: Browser, url: str) -> None:
    page = pictures_page(browser, url, 1280)
    links = page.locator("a.zoom")
    links.first.click()
    box = page.locator("dialog.lightbox")
    expect(box).to_be_visible()
    assert box.get_attribute("aria-label") == links.first.locator("img").get_attribute("alt")
    expect(box.get_by_text("Noon, and no wind.")).to_be_visible()
    expect(box.get_by_role("button", name="Close")).to_be_focused()
    shown = box.locator("img").bounding_box()
    assert shown is not None
    assert shown["x"] >= 0
    assert shown["x"] + shown["width"] <= 1280
    assert shown["y"] >= 0
    assert shown["y"] + shown["height"] <= 800
    page.keyboard.press("ArrowRight")
    assert str(box.locator("img").get_attribute("alt")).startswith("The bay at dawn: a boat")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert box.locator("img").get_attribute("alt") == "The bay at night"
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    links.first.press("Enter")
    expect(box).to_be_visible()
    box.get_by_role("button", name="Close").click()
    expect(box).to_be_hidden()
    expect(links.first).to_be_focused()
    page.context.close()


def test_without_javascript_a_picture_s_link_leads_to_it(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url + KINDS["pictures"])
    page.locator("a.zoom").first.click()
    page.wait_for_url("**/noon.*.webp")
    context.close()


def test_a_picture_has_its_colour_before_it_arrives(browser: Browser, url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.route("**/*.{avif,webp}", lambda route: route.abort())
    page.goto(url + KINDS["pictures"])
    image = page.locator("main picture img").first
    assert (
        image.evaluate("(image) => getComputedStyle(image).backgroundColor") != "rgba(0, 0, 0, 0)"
    )
    box = image.bounding_box()
    assert box is not None
    assert round(box["width"] / box["height"], 2) == 1.5
    context.close()


OVERLAPS = """() => {
    const [toc, ...wide] = [...document.querySelectorAll(".toc, .wide")]
        .sort((one, other) => other.matches(".toc") - one.matches(".toc"))
        .map((each) => each.getBoundingClientRect());
    const edge = document.documentElement.clientWidth;
    return {
        wide: wide.length,
        // A table of contents stays in sight: it passes each figure, so that its columns count.
        over: wide.filter((box) => box.left < toc.right && box.right > toc.left
            && getComputedStyle(document.querySelector(".toc")).position === "sticky").length,
        out: wide.filter((box) => box.left < 0 || box.right > edge).length,
        widest: Math.max(...wide.map((box) => box.width)),
    };
}"""


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_no_wide_figure_lies_over_the_table_of_contents(
    browser: Browser, url: str, direction: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(url + KINDS["pictures"])
    page.evaluate(f"document.documentElement.dir = '{direction}'")
    for width in (360, 768, 1215, 1216, 1280, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        found = page.evaluate(OVERLAPS)
        assert found["wide"]
        assert (width, found["over"], found["out"]) == (width, 0, 0)
        # Not merely made small: where there is room, a wide figure is wider than the text.
        assert width < 1216 or found["widest"] > 700
    context.close()
