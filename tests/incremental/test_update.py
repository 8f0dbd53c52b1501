"""Going on from the last build where more than texts changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from generator.app import make as making
from generator.incremental import update as updating
from generator.pipeline.multilingual import build_each
from generator.pipeline.pages import RenderedPages
from generator.render.page_jobs import Page
from generator.site.routes import Route
from tests.support.builds import POSTS, changed, clean, outcome
from tests.support.sites import NOW, post, write


def without_link_to(number: int, edit: Callable[[Path], None]) -> Callable[[Path], None]:
    """Return an edit after which no link leads to a post any more, so that the site is in order."""

    def both(root: Path) -> None:
        edit(root)
        changed(f"](p{number}.md#place)", "](/about/)", f"content/posts/p{number - 3}.md")(root)

    return both


THIRD, GERMAN = "content/posts/p3.md", "content/posts/p7.de.md"
NEW = "content/posts/new.md"


@pytest.mark.parametrize(
    "edits",
    [
        [changed("2024-04-08", "2024-04-20"), changed("2024-04-20", "2023-04-20")],
        [changed("tags: [all, odd]", "tags: [all]")],
        [changed("tags: [all, odd]", "tags: [all, rare]"), changed("rare", "odd")],
        [changed("series: Parts", "series: Others")],
        [changed("title: Post 7", "title: Post 7\nslug: seven")],
        [changed("title: Post 7", "title: Post 7\naliases: [/old/]"), changed("/old/", "/new/")],
        [changed("title: Post 7", "title: Post 7\nweight: 3\nnoindex: true")],
        [without_link_to(7, changed("title: Post 7", "title: Post 7\ndraft: true"))],
        [
            lambda root: write(root, {NEW: post("date: 2024-05-20\ntags: [all]", "New.")}),
            changed("New.", "Newer.", NEW),
            changed("Text 7.", "[the new one](new.md)"),
            changed("2024-05-20", "2024-03-20", NEW),
            changed("](new.md)", "](p3.md)"),
            lambda root: (root / NEW).unlink(),
        ],
        [
            without_link_to(9, lambda root: (root / "content/posts/p9.md").unlink()),
            changed("Text 7.", "Another text."),
        ],
        [
            lambda root: write(root, {"content/pages/more.md": post("", "More.", title="More")}),
            changed("title: More", "title: Much more", "content/pages/more.md"),
        ],
        [
            changed("Text 7.", "{{ badge(text='x') }}"),
            changed("2024-04-08", "2024-04-20"),
            changed("Post 3", "Three", THIRD),
        ],
    ],
)
def test_what_moves_other_things_gives_what_a_clean_build_gives(
    site: Path, edits: list[Callable[[Path], None]], no_whole_build: pytest.MonkeyPatch
) -> None:
    for edit in edits:
        edit(site)
        got = outcome(site, NOW, no_cache=False)
        assert got[1]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(making, "build_each", build_each)
            assert got == clean(site)


COUNTING = (
    '{% extends "base.html" %}{% block main %}{{ page.body }}'
    "{% for tag in page.post.tags %}<i>{{ tag.title }} {{ tag.count }}</i>{% endfor %}"
    "{% endblock %}"
)


def test_a_post_that_says_how_many_have_its_tag_keeps_up(
    site: Path, no_whole_build: pytest.MonkeyPatch
) -> None:
    no_whole_build.undo()
    write(site, {"templates/post.html": COUNTING})
    before = outcome(site, NOW, no_cache=False)[1]["posts/p1/index.html"]
    assert f"all {POSTS}</i><i>odd {POSTS // 2}<" in before.decode()
    no_whole_build.setattr(making, "build_each", None)
    changed("tags: [all, odd]", "tags: [all]")(site)
    got = outcome(site, NOW, no_cache=False)
    assert f"<i>odd {POSTS // 2 - 1}<" in got[1]["posts/p1/index.html"].decode()
    no_whole_build.undo()
    assert got == clean(site)


def test_another_tag_renders_no_page_that_has_nothing_of_it(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    collect_pages = updating.collect_pages

    def noted(routes: Iterable[Route], pages: Iterable[Page]) -> RenderedPages:
        found = list(routes)
        rendered.extend(route.url for route in found)
        return collect_pages(found, pages)

    monkeypatch.setattr(updating, "collect_pages", noted)
    changed("tags: [all, odd]", "tags: [all]")(site)
    outcome(site, NOW, no_cache=False)
    assert {"/posts/p7/", "/tags/odd/", "/tags/"} <= set(rendered)
    assert not {"/archive/", "/about/", "/404.html", "/posts/p0/"} & set(rendered)


def test_a_stray_file_goes_after_a_build_that_changed_nothing(site: Path) -> None:
    files = outcome(site, NOW, no_cache=False)[1]
    write(site / "_site", {"stray/file.txt": "stray", "index.html": "spoilt"})
    assert outcome(site, NOW, no_cache=False)[1] == files


SPOKEN = {
    GERMAN: post(
        "title: Sieben\ndate: 2024-04-08\ntags: [all]\ndescription: S.", "Text [x](p3.md)."
    ),
    "content/posts/p8.de.md": post("title: Acht\ndate: 2024-04-09\ndescription: A.", "Acht."),
    "content/pages/index.de.md": post("title: Start\ndescription: Start.", "Hallo."),
}


@pytest.fixture
def spoken(site: Path) -> Path:
    """The same site in two languages, in which German has three texts."""
    settings = (site / "site.yaml").read_text(encoding="utf-8")
    write(site, {"site.yaml": f"{settings}languages: {{de: {{}}}}\n", **SPOKEN})
    assert outcome(site, NOW, no_cache=False)[1]
    return site


@pytest.mark.parametrize(
    "edits",
    [
        [changed("Text 7.", "Another text."), changed("Another", "Text 7. One more")],
        [changed("Text [x]", "Anderer Text [y]", GERMAN)],
        [
            changed("Acht", "Neun", "content/posts/p8.de.md"),
            changed("Post 8", "Eight", "content/posts/p8.md"),
        ],
        [
            changed("Post 3", "Three", THIRD),
            changed("Three", "P3", "content/posts/p3.md"),
        ],
        [changed("title: Sieben", "title: Sieben\nslug: s7", GERMAN), changed("s7", "s8", GERMAN)],
        [changed("tags: [all, odd]", "tags: [all, boot]"), changed("[all]", "[boot]", GERMAN)],
        [
            lambda root: write(
                root, {"content/posts/p3.de.md": post("date: 2024-04-04\ndescription: D.", "Drei.")}
            ),
            changed("p3.md", "p3.de.md", GERMAN),
            changed("p3.de.md", "p4.md", GERMAN),
            lambda root: (root / "content/posts/p3.de.md").unlink(),
        ],
        [
            changed("title: Post 7", "title: Post 7\nlanguage: de\nslug: p7en"),
            changed("language: de\n", ""),
        ],
    ],
)
def test_an_edit_in_one_language_gives_what_a_clean_build_gives(
    spoken: Path, edits: list[Callable[[Path], None]], no_whole_build: pytest.MonkeyPatch
) -> None:
    for edit in edits:
        edit(spoken)
        got = outcome(spoken, NOW, no_cache=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(making, "build_each", build_each)
            assert got == clean(spoken)
        assert got[1]


@pytest.mark.parametrize(
    "edits",
    [
        [changed("tags: [all, odd]", "tags: [all, new]"), changed("[all, new]", "[all]")],
        [changed("title: Post 7", "title: Post 7\nnoindex: true"), changed("noindex: true\n", "")],
        [changed("title: Post 7", "title: Post 7\nslug: seven")],
        [changed("2024-04-08", "2024-04-20")],
        [changed("tags: [all, odd]", "tags: [All, odd]")],
        [
            lambda root: write(root, {NEW: post("date: 2024-05-20\ntags: [all]", "Newer wörds.")}),
            changed("Newer wörds.", "", NEW),
            changed("Text 7.", "Other text."),
            changed("date: 2024-05-20", "date: 2024-05-21", NEW),
            lambda root: (root / NEW).unlink(),
        ],
        [
            lambda root: write(
                root, {f"content/posts/more{n}.md": post("date: 2024-05-20") for n in range(20)}
            ),
            lambda root: [(root / f"content/posts/more{n}.md").unlink() for n in range(19)],
        ],
    ],
)
def test_the_index_for_searching_keeps_up(
    searchable: Path,
    edits: list[Callable[[Path], None]],
    no_whole_build: pytest.MonkeyPatch,
) -> None:
    for edit in edits:
        edit(searchable)
        got = outcome(searchable, NOW, no_cache=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(making, "build_each", build_each)
            assert got == clean(searchable)
        assert "pagefind/pagefind-entry.json" in got[1]


def test_the_index_of_several_languages_keeps_up(
    spoken: Path, no_whole_build: pytest.MonkeyPatch
) -> None:
    no_whole_build.undo()
    settings = (spoken / "site.yaml").read_text(encoding="utf-8")
    write(spoken, {"site.yaml": f"{settings}search: true\n"})
    outcome(spoken, NOW, no_cache=False)
    no_whole_build.setattr(making, "build_each", None)
    new = "content/posts/p3.de.md"
    for edit in (
        changed("Text 7.", "Other words."),
        changed("Acht.", "Neun.", "content/posts/p8.de.md"),
        changed("tags: [all, odd]", "tags: [all]"),
        lambda root: write(root, {new: post("date: 2024-04-04\ndescription: D.", "Drei.")}),
        lambda root: (root / new).unlink(),
    ):
        edit(spoken)
        got = outcome(spoken, NOW, no_cache=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(making, "build_each", build_each)
            assert got == clean(spoken)
        assert "pagefind/pagefind-entry.json" in got[1]
