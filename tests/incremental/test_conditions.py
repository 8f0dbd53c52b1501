"""Going on from the last build where settings, templates, data or files changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from generator.app import make as making
from generator.checks.run import Examined
from generator.incremental import update as updating
from generator.pipeline.multilingual import build_each
from generator.pipeline.pages import RenderedPages
from generator.render import page_jobs
from generator.render.page_jobs import Page
from generator.site.routes import Route
from tests.support.builds import EDITED, changed, clean, outcome
from tests.support.drawn import file_of, photo
from tests.support.sites import NOW, write

JPEG, OTHER = file_of(photo(90, 60), "JPEG"), file_of(photo(60, 90), "JPEG")
PIER, SETTINGS = "content/posts/pier.jpg", "site.yaml"
BOATS = "{% for boat in data.boats %}<i>{{ boat }}</i>{% endfor %}"


CUT = '{{ page.body|string|replace("Text", "Word")|safe }}'


def added(path: str, content: str | bytes) -> Callable[[Path], None]:
    return lambda root: write(root, {path: content})


@pytest.mark.parametrize(
    "edits",
    [
        [  # a picture that a text shows: new, another one, gone
            lambda root: (
                added(PIER, JPEG)(root),
                changed("Text 7.", "![A pier](pier.jpg)")(root),
            ),
            added(PIER, OTHER),
            lambda root: (
                (root / PIER).unlink(),
                changed("![A pier](pier.jpg)", "Text 7.")(root),
            ),
        ],
        [  # one that front matter shows
            lambda root: (
                added(PIER, JPEG)(root),
                changed("title: Post 7", "title: Post 7\nimage: pier.jpg\nimage_alt: A")(root),
            ),
            added(PIER, OTHER),
        ],
        [  # a file at the site's root, and one to which texts lead
            added("static/root/chart.pdf", "chart"),
            changed("Text 7.", "[The chart](/chart.pdf)"),
            added("static/root/chart.pdf", "another"),
            added("static/images/a%20b.jpg", JPEG),
        ],
        [added("static/css/site.css", "p{color:blue}"), added("static/js/x.js", "let a = 1;")],
        [
            changed("title: Small harbour", "title: Large harbour\nfooter: Below", SETTINGS),
            changed("footer: Below", "tagline: Near", SETTINGS),
            changed("page_size: 3", "page_size: 2", SETTINGS),
            changed("page_size: 2", "page_size: 2\nchecks: {link-empty: warning}", SETTINGS),
            changed("page_size: 2", "page_size: 2\nredirects: {/before/: /about/}", SETTINGS),
            changed("page_size: 2", "page_size: 2\nrelated: 0\nfeeds: {items: 2}", SETTINGS),
        ],
        [
            changed("{{ page.body }}", "{{ page.body }}<p>Below</p>", "templates/post.html"),
            changed("<p>Below</p>", "{{ page.title }}", "templates/post.html"),
        ],
        [
            lambda root: (
                added("data/boats.yaml", "- Ana")(root),
                changed("{{ page.body }}", "{{ page.body }}" + BOATS, "templates/post.html")(root),
            ),
            added("data/boats.yaml", "- Rui"),
            added("data/others.yaml", "- Eva"),
        ],
        [
            added("templates/shortcodes/own.html", "<b>{{ text }}</b>"),
            changed("Text 7.", '{{ own(text="x") }}'),
            added("templates/shortcodes/own.html", "<i>{{ text }} {{ site.title }}</i>"),
            changed("title: Small", "title: Large", SETTINGS),
        ],
        [added("templates/i18n/en.yaml", "home: House"), added("templates/i18n/en.yaml", "")],
        [  # words that stand in the texts themselves
            changed("Text 7.", "> [!NOTE]\n> A box.[^1]\n\n[^1]: A note."),
            changed("page_size: 3", "page_size: 3\nfeeds: {items: 2}", SETTINGS),
            added("templates/i18n/en.yaml", "note_note: Mark\nback_to_note: Up to {number}"),
            added("templates/i18n/en.yaml", "note_note: Heed"),
        ],
    ],
)
def test_what_is_beside_the_texts_gives_what_a_clean_build_gives(
    site: Path, edits: list[Callable[[Path], object]], no_whole_build: pytest.MonkeyPatch
) -> None:
    for edit in edits:
        edit(site)
        got = outcome(site, NOW, no_cache=False)
        assert got[1], got[0]
    no_whole_build.undo()
    assert got == clean(site)


@pytest.mark.parametrize(
    ("settings", "texts"),
    [
        ("url: https://example.org", "url: https://example.org/base"),
        ("title:", "timezone: CET\ntitle:"),
    ],
)
def test_what_documents_are_read_or_made_by_takes_a_whole_build(
    site: Path, settings: str, texts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole: list[bool] = []
    monkeypatch.setattr(
        making, "build_each", lambda *given: whole.append(True) or build_each(*given)
    )
    changed(settings, texts, SETTINGS)(site)
    assert outcome(site, NOW, no_cache=False) == clean(site)
    assert len(whole) == 2


def test_a_file_that_no_page_asks_for_renders_none(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    collect_pages = updating.collect_pages

    def noted(routes: Iterable[Route], pages: Iterable[Page]) -> RenderedPages:
        found = list(routes)
        rendered.extend(route.url for route in found)
        return collect_pages(found, pages)

    monkeypatch.setattr(updating, "collect_pages", noted)
    added("static/images/pier.jpg", JPEG)(site)
    assert outcome(site, NOW, no_cache=False)[1]
    assert rendered == []
    changed("Text 7.", "![A pier](/images/pier.jpg)", EDITED)(site)
    added("static/images/pier.jpg", OTHER)(site)
    assert outcome(site, NOW, no_cache=False)[1]
    assert "/posts/p7/" in rendered
    assert "/about/" not in rendered


def test_a_template_of_more_posts_than_texts_are_read_at_once(
    searchable: Path, no_whole_build: pytest.MonkeyPatch
) -> None:
    no_whole_build.setattr(updating, "MOST_TEXTS", 2)
    no_whole_build.setattr(updating, "_BODIES", 2)
    for edit in (
        changed("{{ page.body }}", "<div>{{ page.body }}</div>", "templates/post.html"),
        changed("{{ page.body }}", CUT, "templates/post.html"),  # in which no text is found again
        changed("<div>", '<div class="x">', "templates/post.html"),
    ):
        edit(searchable)
        got = outcome(searchable, NOW, no_cache=False)
        assert got[1], got[0]
    no_whole_build.setattr(making, "build_each", build_each)
    assert got == clean(searchable)


def test_a_page_that_comes_out_as_it_was_is_not_looked_at_again(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    examined = page_jobs.examined

    def noted(path: str, html: bytes) -> Examined:
        looked_at.append(path)
        return examined(path, html)

    monkeypatch.setattr(page_jobs, "examined", noted)
    changed("{{ page.body }}", "{{ page.body }}{{ '' }}", "templates/post.html")(site)
    written = (site / "_site/posts/p1/index.html").stat()
    got = outcome(site, NOW, no_cache=False)
    assert not looked_at
    assert (site / "_site/posts/p1/index.html").stat().st_ino == written.st_ino
    assert got == clean(site)


def test_a_page_that_somebody_wrote_to_is_no_page_of_before(
    site: Path, no_whole_build: pytest.MonkeyPatch
) -> None:
    page = site / "_site/posts/p1/index.html"
    page.write_bytes(page.read_bytes().replace(b"Text 1.", b"Text 2."))
    changed("{{ page.body }}", "{{ page.body }}<p>Below</p>", "templates/post.html")(site)
    got = outcome(site, NOW, no_cache=False)
    no_whole_build.undo()
    assert got == clean(site)
