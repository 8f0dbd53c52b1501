"""The table of contents: which documents have one, and that it marks where the reader is."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from tests.support.sample import KINDS
from tests.support.sites import built, page, post
from tests.support.theme import STATIC, THEME

pytestmark = pytest.mark.xdist_group("theme")

SETTINGS = "title: T\nurl: https://example.org\ncollections: {boats: {}}\n"
TWO = "Words.\n\n## One\n\nWords.\n\n## Two\n\nWords.\n"
NESTED = "## One\n\nWords.\n\n### Below\n\nWords.\n"
ONE = "## Only\n\nWords.\n"
FILES = {
    "content/pages/index.md": post(body=TWO),
    "content/pages/about.md": post(body=TWO),
    "content/boats/dinghy.md": post(body=NESTED),
    "content/posts/2024-01-01-two.md": post(body=TWO),
    "content/posts/2024-01-02-one.md": post(body=ONE),
    "content/posts/2024-01-03-none.md": post(body="Words."),
    "content/posts/2024-01-04-off.md": post("toc: false", TWO),
    "content/posts/2024-01-05-on.md": post("toc: true", ONE),
}


@pytest.mark.parametrize(
    ("setting", "having"),
    [
        ("", {"on"}),
        ("toc: false", {"on"}),
        ("toc: true", {"on", "two", "about", "dinghy"}),
        ("toc: [post]", {"on", "two"}),
        ("toc: [page, item]", {"on", "about", "dinghy"}),
    ],
)
def test_a_document_says_it_and_else_the_site(setting: str, having: set[str]) -> None:
    site = built({**STATIC, **FILES}, SETTINGS + setting, templates=THEME)
    found = set()
    for artifact in site.artifacts:
        if artifact.path.endswith("/index.html") and b'nav class="toc' in artifact.read():
            found.add(artifact.path.split("/")[-2])
            scripts = BeautifulSoup(page(site, artifact.path), "lxml").select("script[src]")
            assert any("/js/toc." in str(each["src"]) for each in scripts)
        elif artifact.path.endswith(".html"):
            assert b"/js/toc." not in artifact.read(), artifact.path
    assert found == having


def marked(page: Page) -> list[str]:
    return page.eval_on_selector_all("nav.toc [aria-current]", "(all) => all.map((a) => a.hash)")


@pytest.mark.parametrize("width", [360, 1280])
def test_what_is_read_is_marked(browser: Browser, url: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(url + KINDS["post"])
    assert marked(page) == []
    toc = page.locator("nav.toc")
    links = toc.get_by_role("link").all()
    for link in (links[1], links[5], links[-1], links[0]):  # the last cannot come far up
        link.click()
        expect(link).to_have_attribute("aria-current", "location")
        assert len(marked(page)) == 1
    for number in (6, 7, 2):  # and by whatever else moves the page
        hash_ = links[number].get_attribute("href")
        place = "document.querySelector(`[id='${decodeURIComponent(id.slice(1))}']`)"
        page.evaluate(
            f"(id) => scrollTo(0, {place}.getBoundingClientRect().top + scrollY - 90)", hash_
        )
        expect(links[number]).to_have_attribute("aria-current", "location")
        assert len(marked(page)) == 1
        if width > 1216:
            inside = "(a) => { const r = (e) => e.getBoundingClientRect(), n = r(a.closest('nav'));"
            assert links[number].evaluate(
                inside + " return r(a).top >= n.top && r(a).bottom <= n.bottom; }"
            )
    page.evaluate("scrollTo(0, 0)")
    expect(toc.locator("[aria-current]")).to_have_count(0)
    context.close()


def test_the_mark_takes_no_room(browser: Browser, url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 700})
    page = context.new_page()
    page.goto(url + KINDS["post"])
    boxes = "(all) => JSON.stringify(all.map((e) => [e.offsetLeft, e.offsetTop, e.offsetWidth]))"
    before = page.eval_on_selector_all("nav.toc li, nav.toc a", boxes)
    page.eval_on_selector_all(
        "nav.toc a", "(all) => all.forEach((a) => a.ariaCurrent = 'location')"
    )
    assert page.eval_on_selector_all("nav.toc li, nav.toc a", boxes) == before
    context.close()
