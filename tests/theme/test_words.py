"""The theme in all its languages, in a real browser: words, and numbers as scripts write them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route, expect

from generator.i18n.locales import direction, locale_of
from tests.support.sample import ROOT, build_themed, page_paths, serve, soup_of
from tests.support.sites import post

pytestmark = pytest.mark.xdist_group("theme")

LANGUAGES = sorted(file.stem for file in (ROOT / "templates" / "i18n").glob("*.yaml"))
OTHERS = [code for code in LANGUAGES if code != "en"]
SETTINGS = f"""\
title: Harbours
url: https://harbours.example
description: Harbours.
languages: {{{", ".join(f"{code}: {{}}" for code in OTHERS)}}}
search: true
"""
NUMBERS = (7, 999, 1234, 9999, 12_345, 1_234_567)
REGIONS = ("es-ES", "es-MX", "pt-PT", "pt-BR", "it-IT", "pl-PL", "fr-FR", "de-DE", "en-GB", "ar-EG")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site in every language, with the same two documents in each."""
    files = {"site.yaml": SETTINGS}
    for code in LANGUAGES:
        end = "" if code == "en" else f".{code}"
        front = f"description: In {code}."
        files[f"content/posts/2024-01-01-one{end}.md"] = post(front, "Tidemark.", title=code)
        files[f"content/pages/index{end}.md"] = post(front, "Home.", title=f"Home {code}")
    with serve(build_themed(tmp_path_factory.mktemp("words"), files)) as address:
        yield address


def test_scripts_write_numbers_as_the_pages_do(browser: Browser) -> None:
    """The counter replaces the number that stands in the page: it must not look another."""
    page = browser.new_page()
    script = (ROOT / "static" / "js" / "counter.js").read_text(encoding="utf-8")
    asked = [*LANGUAGES, *REGIONS]
    body = "".join(
        f'<p lang="{code}"><tidepost-counter data-path="/{number}" data-read></tidepost-counter>'
        for code in asked
        for number in NUMBERS
    )

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix("http://numbers.example")
        if path.startswith("/api"):
            counts = {f"/{number}": {"views": number} for number in NUMBERS}
            route.fulfill(json={"counts": counts, "site": {"views": 0}})
        elif path == "/counter.js":
            route.fulfill(body=script, content_type="text/javascript")
        else:
            page_ = f'<!doctype html><script type="module" src="/counter.js"></script>{body}'
            route.fulfill(body=page_, content_type="text/html; charset=utf-8")

    page.route("**/*", answer)
    page.goto("http://numbers.example/")
    counters = page.locator("tidepost-counter")
    expect(counters.last).not_to_be_empty()
    shown = counters.all_text_contents()
    page.close()
    written = [locale_of(code).number(number) for code in asked for number in NUMBERS]
    pairs = zip(((code, n) for code in asked for n in NUMBERS), shown, written, strict=True)
    assert [each for each in pairs if each[1] != each[2]] == []


def test_every_language_has_its_words_on_a_page_and_finds_its_texts(
    browser: Browser, site: str
) -> None:
    """In the words of its table, not in English; what scripts say, too."""
    page = browser.new_page()
    english = None
    for code in ["en", *OTHERS]:
        base = "" if code == "en" else f"/{code}"
        page.goto(f"{site}{base}/search/?q=Tidemark")
        html = page.locator("html")
        assert html.get_attribute("lang") == code
        assert (html.get_attribute("dir") or "ltr") == direction(code)
        expect(page.locator("#search-results h2 a")).to_have_count(1)
        status = page.locator("[role=status]").text_content()
        assert status
        assert "%n" not in status
        said = [
            status,
            page.locator(".skip").text_content(),
            page.locator("#search-words").evaluate("e => e.labels[0].textContent"),
            page.locator("[data-none]").get_attribute("data-none"),
            page.locator(".scheme .chosen").evaluate("e => e.firstChild.textContent"),
        ]
        english = english or said
        same = [one for one, other in zip(said, english, strict=True) if one == other]
        assert code == "en" or same == [], code
        assert locale_of(code).number(1) in status
    page.close()


def test_a_counter_says_it_in_each_language(browser: Browser, site: str) -> None:
    page = browser.new_page()
    said = {}
    for code in LANGUAGES:
        page.goto(f"{site}{'' if code == 'en' else f'/{code}'}/posts/one/")
        views = page.locator(".meta .views")
        expect(views.locator("tidepost-counter")).to_have_text(locale_of(code).number(7))
        said[code] = views.locator("span").first.text_content()
    page.close()
    assert len(set(said.values())) >= len(said) - 1, json.dumps(said)


def test_a_preview_says_so_on_every_page_in_the_language_of_the_page(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("preview")
    settings = SETTINGS.partition("languages:")[0] + "languages: {fr: {}}\n"
    files = {"site.yaml": settings, "content/pages/index.fr.md": post("", "Oui.", title="Accueil")}
    files["content/pages/index.md"] = post("", "Yes.", title="Home")
    files["content/posts/2024-01-01-a.md"] = post("", "Text.", title="A")
    build_themed(root, files)
    command = [sys.executable, str(ROOT / "publish.py"), "publish", "--site", str(root)]
    for more in ([], ["--preview", "spring"]):
        subprocess.run([*command, *more], check=True, capture_output=True)
    live, preview = root / "_published", root / "_published" / "_preview" / "spring"
    for path in page_paths(preview):
        soup = soup_of(preview, path)
        words = "Aperçu\u202f: spring" if path.startswith("/fr/") else "Preview: spring"
        assert soup.select_one("main .preview").get_text() == words, path
        assert soup.title.get_text().startswith(f"{words} · "), path
        assert soup.select_one("meta[name=robots][content=noindex]"), path
    for path in page_paths(live):
        if not path.startswith("/_preview/"):
            assert not soup_of(live, path).select(".preview")
            assert "spring" not in soup_of(live, path).get_text()
