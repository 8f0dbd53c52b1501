"""Going on from the last build: what is made again, and that it is what a clean build makes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.adapters.session import Session
from generator.app import make as making
from generator.incremental import rebuild as rebuilding
from generator.incremental.rebuild import read_edited
from generator.pipeline.multilingual import build_each
from generator.render import page_jobs
from tests.support.builds import EDITED, SETTINGS, changed, clean, outcome
from tests.support.sites import ENVIRONMENT, NOW, PROJECT, post, write


@pytest.mark.parametrize(
    "edits",
    [
        [changed("Text 7.", "Another text, which is longer.")],
        [changed("Text 7.", "[There](https://example.net/)")],
        [changed("Post 7", "Seven")],
        [changed("About post 7.", "Quite another description.")],
        [changed("## Place", "## Place\n\n## Another place")],
        [changed("Text 13.", "The newest, which feeds hold.", "content/posts/p13.md")],
        [changed("Welcome.", "Come in.", "content/pages/index.md")],
        [changed("About us.", "[Seven](../posts/p7.md)", "content/pages/about.md")],
        [
            changed("Post 7", "Seven"),
            changed("Post 8", "Eight", "content/posts/p8.md"),
            changed("Seven", "Seven again"),
            changed("Text 7.", "Text."),
        ],
        [changed("Post 7", "Seven"), changed("Seven", "Post 7")],
    ],
)
def test_an_edit_gives_what_a_clean_build_gives(
    site: Path, edits: list[Callable[[Path], None]], no_whole_build: pytest.MonkeyPatch
) -> None:
    for edit in edits:
        edit(site)
        got = outcome(site, NOW, no_cache=False)
        with no_whole_build.context() as undone:
            undone.undo()
        assert got[1]
    no_whole_build.undo()
    assert outcome(site, NOW, no_cache=False) == clean(site)
    assert got == clean(site)


@pytest.mark.parametrize(
    "edits",
    [
        [changed("Text 7.", "Another text, with wörds of its own.")],
        [changed("Post 7", "Seven"), changed("Text 7.", "One."), changed("One.", "Text 7.")],
        [
            changed(
                "About us.", '<i data-pagefind-meta="place">Ashore</i>', "content/pages/about.md"
            )
        ],
        [
            changed("Text 7.", "".join(f"{a}{b}x " for a in "abcdefgh" for b in "abcdefgh")),
            changed("Text 8.", '<b data-pagefind-meta="a">B</b>', "content/posts/p8.md"),
            changed('<b data-pagefind-meta="a">B</b>', "Gone.", "content/posts/p8.md"),
        ],
    ],
)
def test_an_edit_takes_the_short_way_with_an_index_for_searching(
    searchable: Path, edits: list[Callable[[Path], None]], no_whole_build: pytest.MonkeyPatch
) -> None:
    for edit in edits:
        edit(searchable)
        got = outcome(searchable, NOW, no_cache=False)
        assert got[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "build_each", build_each)
        assert got == clean(searchable)


def test_an_index_is_right_after_posts_came_and_went(searchable: Path) -> None:
    new = "content/posts/new.md"
    edits = [
        lambda root: write(root, {new: post("title: New\ndate: 2024-05-20", "Newer words.")}),
        changed("Newer", "Other", new),
        lambda root: (root / new).unlink(),
        changed("Text 7.", "Back again."),
    ]
    for edit in edits:
        edit(searchable)
        got = outcome(searchable, NOW, no_cache=False)
        assert got == clean(searchable)
        assert "pagefind/pagefind-entry.json" in got[1]


def test_an_index_is_right_where_what_is_remembered_of_it_was_lost(searchable: Path) -> None:
    edits = [changed("Text 7.", "Other."), changed("Other.", "Text 7."), changed("Text 7.", "A.")]
    for number, edit in enumerate(edits):
        edit(searchable)
        with sqlite3.connect(searchable / ".tidepost/cache/steps.sqlite") as memo:
            memo.execute("delete from memo where rowid % 3 = ?", [number])
        memo.close()
        assert outcome(searchable, NOW, no_cache=False) == clean(searchable)


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (changed("## Place", "## Elsewhere"), "has no place `#place`"),
        (changed("](p10.md", "](p99.md"), "no such file"),
        (changed("title: Post 7\n", ""), "missing-title"),
        (changed("Text 7.", "{{ nothing() }}"), "unknown-shortcode"),
    ],
)
def test_a_mistake_is_told_as_by_a_clean_build(
    site: Path, edit: Callable[[Path], None], line: str
) -> None:
    edit(site)
    told, made = outcome(site, NOW, no_cache=False)
    assert any(line in each for each in told)
    assert (told, made) == clean(site)


def test_what_is_wrong_with_a_file_for_machines_is_told_after_each_edit(site: Path) -> None:
    levels = "feeds: {items: 2}\nchecks: {feed-url: warning, link-empty: warning}\n"
    write(site, {"site.yaml": SETTINGS[0] + levels})
    assert outcome(site, NOW, no_cache=False)[0] == []
    calling = changed("Text 13.", "[Call us](sms:123)", "content/posts/p13.md")  # in the feeds
    empty = changed("Text 7.", '<a href="sms:123"></a>')
    edits = [empty, calling, changed("<a", "<a rel='x'"), changed("<a", "Text 7. <a")]
    edits += [changed("<a rel='x' href=\"sms:123\"></a>", ""), changed("Text 7.", "Other text.")]
    for edit in edits:
        edit(site)
        told, found = outcome(site, NOW, no_cache=False)
        assert (told, found) == clean(site)
    assert sorted(line.split(":")[0] for line in told) == [
        "_site/feed.json",
        "_site/feed.xml",
        "_site/rss.xml",
    ]


def test_a_mistake_that_comes_and_goes_with_a_title_elsewhere_is_told_while_it_is_there(
    site: Path,
) -> None:
    badge = "{% if ref('p7.md').title == 'Post 7' %}<img src='gone.png' alt='x'>{% endif %}"
    levels = "checks: {missing-file: warning, image-missing: warning}\n"
    write(site, {"site.yaml": SETTINGS[0] + levels, "templates/shortcodes/badge.html": badge})
    calling = "content/posts/p1.md"
    changed("Text 1.", '{{ badge(text="x") }} and more', calling)(site)
    for old, new in (("Text 7.", "Text."), ("Post 7", "Other"), ("Other", "Post 7"), ("Post", "P")):
        assert outcome(site, NOW, no_cache=False) == clean(site)
        wrong = "title: Post 7\n" in (site / EDITED).read_text()
        told, files = outcome(site, NOW, no_cache=False)
        assert files
        assert [line.split(":")[0] for line in told] == [calling] * wrong
        changed(old, new)(site)
    assert outcome(site, NOW, no_cache=False) == clean(site)


def test_a_lost_output_folder_is_made_anew(site: Path) -> None:
    changed("Text 7.", "Other text.")(site)
    shutil.rmtree(site / "_site")
    assert outcome(site, NOW, no_cache=False) == clean(site)


def test_only_what_shows_the_edited_text_is_rendered(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    collect_pages = rebuilding.collect_pages

    def noted(routes: list[object], *more: object) -> object:
        rendered.extend(getattr(route, "url", "") for route in routes)
        return collect_pages(routes, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(rebuilding, "collect_pages", noted)
    changed("Text 7.", "Other text, of more words.")(site)
    outcome(site, NOW, no_cache=False)
    assert "/posts/p7/" in rendered
    assert not {"/archive/", "/archive/2024/", "/about/", "/404.html"} & set(rendered)


def test_where_nothing_changed_nothing_of_a_build_is_loaded(site: Path) -> None:
    code = (
        "import sys; from generator.cli.commands import run; run(['build']);"
        "print([m for m in ('generator.pipeline.inputs', 'generator.pipeline.build',"
        " 'generator.incremental.rebuild', 'jinja2',"
        " 'markdown', 'lxml', 'multiprocessing') if m in sys.modules], file=sys.stderr)"
    )
    env = {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(PROJECT)}

    def loaded() -> str:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=site,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stderr.splitlines()[-1]

    changed("Text 7.", "Other text.")(site)
    assert "generator.pipeline.inputs" in loaded()
    assert loaded() == "[]"


@pytest.mark.parametrize("share", [0, 0.02, 0.1, 0.25, 0.4, 0.6, 0.8, 0.99])
def test_where_what_is_known_was_damaged_the_build_is_as_a_clean_one(
    site: Path, share: float
) -> None:
    (kept,) = (site / ".tidepost/cache/snapshots").iterdir()
    whole = kept.read_bytes()
    place = int(len(whole) * share)
    flipped = bytes([whole[place] ^ 1])
    for number, damaged in enumerate((whole[:place], whole[:place] + flipped + whole[place + 1 :])):
        kept.write_bytes(damaged)
        changed("Text 7.", f"Text 7. And {number}.")(site)
        got = outcome(site, NOW, no_cache=False)
        assert got[1]
        assert got == clean(site)


def test_a_session_goes_on_from_what_another_process_built(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited: list[str] = []

    def noting(*given: Any) -> Any:
        read = read_edited(*given)
        edited.extend(read[0] if read else ())
        return read

    monkeypatch.setattr(rebuilding, "read_edited", noting)
    with Session() as session:
        outcome(site, NOW, no_cache=False, session=session)
        index = session.index(site / ".tidepost/cache/inputs.ledger")
        changed("Text 7.", "One.")(site)
        outcome(site, NOW, no_cache=False, session=session)
        assert session.index(index.file) is index
        changed("Text 8.", "Elsewhere.", "content/posts/p8.md")(site)
        outcome(site, NOW, no_cache=False)
        assert session.index(index.file) is not index
        changed("About post 7.", "Another description.")(site)
        edited.clear()
        got = outcome(site, NOW, no_cache=False, session=session)
    assert edited == [EDITED]
    assert got == clean(site)


def test_pages_of_earlier_builds_are_rendered_and_not_examined_once_more(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = outcome(site, NOW, no_cache=False)
    text = (site / EDITED).read_text(encoding="utf-8")
    (site / EDITED).unlink()
    outcome(site, NOW, no_cache=False)
    write(site, {EDITED: text})
    monkeypatch.delattr(page_jobs, "examined")
    assert outcome(site, NOW, no_cache=False) == first
