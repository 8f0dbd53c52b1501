"""The built site keeps its promises. Read these as rules; add your own in a file beside this one.

Each test makes a list of what is wrong and says that it is empty, so that a failure names every
page. `python publish.py check` holds more rules and tells the source line; docs/checks.md.
"""

import json
from collections import Counter

import pytest
from bs4 import BeautifulSoup

from generator.config.settings import SiteConfig
from tests.site.conftest import SITE, Addresses, Page

LABELLED = "input:not([type=hidden], [type=submit], [type=button], [type=reset]), select, textarea"


def test_every_page_has_one_h1(pages: list[Page]) -> None:
    assert [page.path for page in pages if len(page.all("h1")) != 1] == []


def test_every_page_has_one_main(pages: list[Page]) -> None:
    assert [page.path for page in pages if len(page.all("main")) != 1] == []


def test_every_page_says_its_language(pages: list[Page]) -> None:
    assert [page.path for page in pages if not page.all("html[lang]")] == []


def test_headings_skip_no_level(pages: list[Page]) -> None:
    wrong = []
    for page in pages:
        levels = [int(heading.name[1]) for heading in page.all("h1, h2, h3, h4, h5, h6")]
        pairs = zip([1, *levels], levels, strict=False)
        wrong += [page.path for before, level in pairs if level > before + 1]
    assert wrong == []


def test_every_page_has_a_title_of_its_own(pages: list[Page]) -> None:
    titles = {page.path: page.soup.title.get_text(strip=True) for page in pages if page.soup.title}
    assert [page.path for page in pages if not titles.get(page.path)] == []
    assert [title for title, count in Counter(titles.values()).items() if count > 1] == []


def test_every_page_that_is_listed_has_a_description(pages: list[Page]) -> None:
    wrong = []
    for page in pages:
        hidden = page.all('meta[name="robots"][content*="noindex"]')
        described = page.all('meta[name="description"][content]:not([content=""])')
        if not hidden and len(described) != 1:
            wrong.append(page.path)
    assert wrong == []


def test_every_image_has_an_alt(pages: list[Page]) -> None:
    assert [(page.path, str(image)) for page in pages for image in page.all("img:not([alt])")] == []


def test_no_id_is_given_twice(pages: list[Page]) -> None:
    wrong = []
    for page in pages:
        ids = Counter(str(element["id"]) for element in page.all("[id]"))
        wrong += [(page.path, name) for name, count in ids.items() if count > 1]
    assert wrong == []


def test_every_link_can_be_named(pages: list[Page]) -> None:
    wrong = []
    for page in pages:
        for link in page.all("a[href]"):
            named = link.get_text(strip=True) or link.get("aria-label") or link.get("title")
            if not named and not link.select('img[alt]:not([alt=""])'):
                wrong.append((page.path, str(link)))
    assert wrong == []


def test_every_control_has_a_label(pages: list[Page]) -> None:
    wrong = []
    for page in pages:
        targets = {str(label["for"]) for label in page.all("label[for]")}
        for control in page.all(LABELLED):
            labelled = control.get("id") in targets or control.find_parent("label")
            if not labelled and not control.get("aria-label"):
                wrong.append((page.path, str(control)))
    assert wrong == []


def test_every_link_leads_somewhere(pages: list[Page], addresses: Addresses) -> None:
    wrong = []
    for page in pages:
        for link in page.all("a[href]"):
            path = addresses.inside(page, str(link["href"]))
            if path is not None and path not in addresses.paths:
                wrong.append((page.path, link["href"]))
    assert wrong == []


def test_every_place_that_is_linked_to_is_there(pages: list[Page], addresses: Addresses) -> None:
    ids = {page.path: {str(element["id"]) for element in page.all("[id]")} for page in pages}
    wrong = []
    for page in pages:
        for link in page.all('a[href*="#"]'):
            address, _, place = str(link["href"]).partition("#")
            path = addresses.inside(page, address) if address else page.path
            if place and path in ids and place not in ids[path]:
                wrong.append((page.path, link["href"]))
    assert wrong == []


@pytest.mark.parametrize("attribute", ["src", "poster", "href"])
def test_everything_a_page_loads_is_there(
    pages: list[Page], addresses: Addresses, attribute: str
) -> None:
    loaded = f"[{attribute}]:not(a, [rel~=canonical])"
    wrong = []
    for page in pages:
        for element in page.all(loaded):
            path = addresses.inside(page, str(element[attribute]))
            if path is not None and path not in addresses.paths:
                wrong.append((page.path, element[attribute]))
    assert wrong == []


def test_nothing_is_loaded_over_http(pages: list[Page], config: SiteConfig) -> None:
    if config.url.startswith("https:"):
        loaded = '[src^="http:"], link[rel~="stylesheet"][href^="http:"]'
        assert [(page.path, str(element)) for page in pages for element in page.all(loaded)] == []


def test_json_ld_can_be_read(pages: list[Page]) -> None:
    for page in pages:
        for block in page.all('script[type="application/ld+json"]'):
            assert "@context" in json.loads(block.get_text()), page.path


def test_the_counter_is_where_settings_say(pages: list[Page], config: SiteConfig) -> None:
    if config.counter.enabled:
        counted = [page for page in pages if page.kind in config.counter.on]
        assert counted
        assert [page.path for page in counted if not page.all("tidepost-counter")] == []


def test_the_contact_form_is_where_settings_say(
    config: SiteConfig, addresses: Addresses, paths: set[str]
) -> None:
    if config.contact.enabled:
        home = Page("index.html", config)
        path = addresses.inside(home, config.base + config.contact.page)
        assert path in paths
        assert Page(str(path), config).all("form[data-tidepost-contact]")


def test_there_is_a_page_for_addresses_that_lead_nowhere(paths: set[str]) -> None:
    assert "404.html" in paths


def test_feeds_can_be_read_and_name_whole_addresses(config: SiteConfig) -> None:
    atom = BeautifulSoup((SITE / "feed.xml").read_bytes(), "xml")
    rss = BeautifulSoup((SITE / "rss.xml").read_bytes(), "xml")
    feed = json.loads((SITE / "feed.json").read_text(encoding="utf-8"))
    atom_links = [str(link["href"]) for link in atom.select("entry > link")]
    assert atom.select("feed > title, feed > id, feed > updated")
    assert [link for link in atom_links if not link.startswith(config.url)] == []
    assert [link.get_text() for link in rss.select("item > link")] == atom_links
    assert [item["url"] for item in feed["items"]] == atom_links


def test_the_sitemap_lists_pages_that_are_there(
    config: SiteConfig, addresses: Addresses, paths: set[str]
) -> None:
    home = Page("index.html", config)
    sitemap = BeautifulSoup((SITE / "sitemap.xml").read_bytes(), "xml")
    listed = [location.get_text() for location in sitemap.find_all("loc")]
    assert listed
    assert [url for url in listed if addresses.inside(home, url) not in paths] == []
