"""What no sample has: words without an end, many entries, long numbers, enlarged text, nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.measures import TOO_WIDE
from tests.support.sample import KINDS, build_themed, page_paths, serve, soup_of
from tests.support.sites import post

pytestmark = pytest.mark.xdist_group("theme")

WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
MENU = "\n".join(
    f"- title: Entry {number}\n  url: /posts/\n"
    f"  children: [{{title: A longer title below it, url: /archive/}}]"
    for number in range(8)
)
SETTINGS = f"""
title: {WORD}
url: https://example.org
tagline: {WORD}
page_size: 1
search: true
counter: {{on: [home, post]}}
authors: {{a: {{name: {WORD}}}, b: {{name: Inês Duarte}}}}
social: [{{title: {WORD}, url: https://example.org/}}]
footer_menu: [{{title: {WORD}, url: /posts/}}]
menu:
{MENU}
checks: {{description-duplicate: "off"}}
"""
CODE = f"""
## {WORD}

```python title="{"folder/" * 12}file.py"
{WORD} = 1
```

| A | {WORD} |
|---|--------|
| 1 | 2 |
"""
POSTS = {
    f"content/posts/2024-01-{day:02}-{day}.md": post(f"tags: [t{day}]", title=f"Day {day}")
    for day in range(1, 10)
}
LONG = post(
    f"tags: [{WORD}]\ncategories: [{WORD}]\nseries: {WORD}\nauthors: [a, b]\ntoc: true\n"
    f"description: {WORD}",
    CODE,
    title=WORD * 2,
)


@pytest.fixture(scope="module")
def extreme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {"site.yaml": SETTINGS, "content/posts/2024-05-01-long.md": LONG, **POSTS}
    return build_themed(tmp_path_factory.mktemp("extreme"), files)


@pytest.fixture(scope="module")
def address(extreme: Path) -> Iterator[str]:
    with serve(extreme) as url:
        yield url


def opened(browser: Browser, width: int) -> Page:
    return browser.new_page(viewport={"width": width, "height": 800})


def test_words_without_an_end_make_no_page_wider(
    extreme: Path, address: str, browser: Browser
) -> None:
    page = opened(browser, 320)
    wide = {}
    for path in page_paths(extreme):
        if "/page/" not in path and "/tags/t" not in path:
            page.goto(address + path)
            for width in (320, 800, 1280):  # a page is laid out again sooner than loaded
                page.set_viewport_size({"width": width, "height": 800})
                if found := page.evaluate(TOO_WIDE):
                    wide[path, width] = found
    page.close()
    assert not wide


def test_a_menu_opens_within_the_window_and_escape_or_a_click_elsewhere_closes_it(
    address: str, browser: Browser
) -> None:
    page = opened(browser, 768)
    page.goto(f"{address}/posts/1/")
    for entry in page.locator("summary").all():
        entry.click()
        page.evaluate("() => new Promise(requestAnimationFrame)")
        box = page.locator(".menu [open] ul").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 768
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(page.locator(".menu [open]")).to_have_count(0)
        expect(entry).to_be_focused()
    entry.click()
    expect(page.locator(".menu [open]")).to_have_count(1)
    page.locator("main h1").click()
    expect(page.locator(".menu [open]")).to_have_count(0)
    page.close()


def test_a_long_list_of_pages_shows_where_some_are_left_out(extreme: Path) -> None:
    shown = [each.get_text(strip=True) for each in soup_of(extreme, "/posts/").select(".pager li")]
    assert shown == ["1", "2", "3", "…", "10"]


def test_a_long_number_moves_nothing(address: str, browser: Browser) -> None:
    def count(route: Route) -> None:
        views = {"views": 1234567, "visitors": 1}
        route.fulfill(json={"counts": {"/posts/long/": views}, "site": {"views": 1}})

    page = opened(browser, 360)
    page.route("**/api/count", lambda _: None)
    page.goto(f"{address}/posts/long/")
    before = page.locator(".byline").bounding_box()
    page.route("**/api/count", count)
    page.goto(f"{address}/posts/long/")
    expect(page.locator("tidepost-counter")).to_have_text("1,234,567")
    assert page.locator(".byline").bounding_box() == before
    page.close()


def test_a_button_does_not_cover_the_name_of_a_file(address: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/posts/long/")
    button = page.locator(".copy").bounding_box()
    name = page.locator(".filename").evaluate(
        """(element) => {
            const range = document.createRange();
            range.selectNodeContents(element);
            return Math.max(...[...range.getClientRects()].map((line) => line.right));
        }"""
    )
    context.close()
    assert button
    assert name <= button["x"]


@pytest.mark.parametrize("name", ["home", "post", "contact", "posts"])
def test_text_of_twice_the_size_fits(url: str, browser: Browser, name: str) -> None:
    page = opened(browser, 1280)
    page.goto(url + KINDS[name])
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not page.evaluate(TOO_WIDE)
    page.close()


def test_an_arrow_stands_off_its_words_in_both_directions(url: str, browser: Browser) -> None:
    page = opened(browser, 360)
    for path in (KINDS["home"], KINDS["arabic-home"]):
        page.goto(url + path)
        gap = page.locator(".section a").evaluate(
            """(link) => {
                const [words, arrow] = [link.firstChild, link.querySelector(".way").firstChild];
                const box = (node, from) => {
                    const range = document.createRange();
                    range.setStart(node, from);
                    range.setEnd(node, node.length);
                    return range.getBoundingClientRect();
                };
                const [one, other] = [box(words, 0), box(arrow, 1)];
                return Math.max(one.left - other.right, other.left - one.right);
            }"""
        )
        assert gap >= 2, path
    page.close()


def test_where_colours_are_forced_a_button_has_an_edge(url: str, browser: Browser) -> None:
    page = browser.new_page(forced_colors="active")
    page.goto(url + KINDS["contact"])
    edge, ground = page.locator(".form button").evaluate(
        "(e) => [getComputedStyle(e).borderTopColor, getComputedStyle(document.body).color]"
    )
    assert (
        page.locator(".form button").evaluate("(e) => getComputedStyle(e).borderTopWidth") == "1px"
    )
    assert edge == ground
    page.close()


def test_an_empty_site_says_so_and_draws_no_line_around_nothing(tmp_path: Path) -> None:
    settings = "title: Quiet\nurl: https://example.org\ncounter: {enabled: false}\n"
    empty = build_themed(tmp_path / "empty", {"site.yaml": settings})
    for path in ("/posts/", "/archive/"):
        assert soup_of(empty, path).select("main p code"), path
    assert not [each for each in soup_of(empty, "/").select("p") if not each.get_text(strip=True)]
    one = {"site.yaml": settings, "content/posts/2024-01-01-only.md": post()}
    assert not soup_of(build_themed(tmp_path / "one", one), "/posts/only/").select("main .after")
