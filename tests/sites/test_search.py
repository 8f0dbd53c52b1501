"""The index for searching: made of texts, the same every time, and only where a text changed."""

from __future__ import annotations

import gzip
import importlib
import json
from pathlib import Path

import pytest

from generator.adapters import pagefind, search
from generator.adapters.console import Console
from generator.app.build import build_and_check
from generator.app.workspace import SERVED, Workspace
from generator.config.settings import parse
from generator.core.cache import NoCache
from generator.core.jobs import run_here
from generator.core.problems import SiteError
from generator.render import search_shards
from generator.render.search import words as written
from generator.render.search_index import Entry
from tests.support.sites import NOW, built, post, tree, write, write_site

SETTINGS = (
    "title: Small harbour\nurl: https://example.org/base\nsearch: true\n"
    "counter: {enabled: false}\npage_size: 20\n"
)
OTHERS = ("home.html", "posts.html", "archive.html", "not_found.html", "post.html")
TEMPLATE = '{% extends "base.html" %}{% block main %}<p>Around.</p>{{ page.body }}{% endblock %}'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    files = {"site.yaml": SETTINGS, "templates/search.html": TEMPLATE}
    for number in range(12):
        matter = f"title: Post {number}\ndate: 2024-03-{number + 1:02}\ntags: [sea, C++]"
        files[f"content/posts/p{number}.md"] = post(matter, f"Words of {number} <b>here</b>.")
    return write_site(tmp_path / "site", files)


def make(
    root: Path, *, into: str = "_site", no_cache: bool = False, searchable: bool = True
) -> dict[str, bytes]:
    config = parse((root / "site.yaml").read_bytes())
    workspace = Workspace(root=root, config=config, now=NOW, console=Console(quiet=True))
    build_and_check(workspace, into=into, no_cache=no_cache, searchable=searchable)
    return tree(root / into)


def index_of(files: dict[str, bytes]) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if path.startswith("pagefind/")}


def fragments(files: dict[str, bytes]) -> dict[str, dict[str, object]]:
    """What the index knows of each page, by its URL."""
    found = [
        json.loads(gzip.decompress(content).removeprefix(b"pagefind_dcd"))
        for path, content in files.items()
        if path.startswith("pagefind/fragment/")
    ]
    return {str(one["url"]): one for one in found}


@pytest.fixture
def indexings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many documents each indexing was of."""
    done: list[int] = []
    index = pagefind.index

    def counted(package: str, entries: list[Entry]) -> list[search_shards.Indexed]:
        done.append(len(entries))
        return index(package, entries)

    monkeypatch.setattr(pagefind, "index", counted)
    return done


def index_alone(*entries: Entry) -> dict[str, bytes]:
    """The files of an index, by their paths below its folder."""
    found = search.Search(entries, NoCache(), run_here)
    artifacts = found.artifacts(found.whole())
    return {artifact.path.removeprefix("pagefind/"): artifact.read() for artifact in artifacts}


def test_texts_are_indexed_with_title_date_and_tags_and_nothing_around_them(site: Path) -> None:
    write(site, {"content/pages/hidden.md": post("noindex: true", "Secret.", title="Hidden")})
    known = fragments(make(site))
    assert "/base/posts/p3/" in known
    assert "/base/about/" in known
    assert "/base/" in known
    assert not [url for url in known if "page" in url or "tags" in url or "hidden" in url]
    one = known["/base/posts/p3/"]
    assert one["content"] == "Post 3. Words of 3 here. sea, C++"
    assert one["meta"] == {"title": "Post 3", "date": "2024-03-04", "tags": "sea, C++"}


def test_an_index_is_the_same_every_time_and_in_whatever_order_files_were_written(
    site: Path, tmp_path: Path
) -> None:
    first = index_of(make(site))
    assert first == index_of(make(site, no_cache=True))
    other = tmp_path / "other"
    for file in sorted(site.glob("content/posts/*"), reverse=True):
        write(other, {file.relative_to(site).as_posix(): file.read_bytes()})
    for path, content in tree(site).items():
        if not path.startswith((".tidepost", "_site")):
            write(other, {path: content})
    (site / ".tidepost" / "cache" / "steps.sqlite").unlink()
    assert first == index_of(make(other)) == index_of(make(site, no_cache=True))


def test_nothing_is_indexed_anew_where_no_text_changed(site: Path, indexings: list[int]) -> None:
    first = index_of(make(site))
    make(site)
    write(site, {"templates/post.html": TEMPLATE, "static/css/site.css": "p{color:blue}"})
    assert index_of(make(site)) == first
    assert len(indexings) == 1
    write(site, {"content/posts/p1.md": post("date: 2024-03-02", "Other words.", title="Post 1")})
    assert index_of(make(site)) != first
    assert indexings[1:] == [1]


def test_only_what_has_a_digest_in_its_name_is_kept_for_long() -> None:
    entry = Entry(url="/a/", title="A", language="en", date="", tags=(), html="<p>Words.</p>")
    made = search.Search([entry], NoCache(), run_here)
    roles = {artifact.path: artifact.role for artifact in made.artifacts(made.whole())}
    assert "pagefind/pagefind-ui.js" not in roles
    assert roles.pop("pagefind/pagefind.js") == "entry"
    assert roles.pop("pagefind/pagefind-worker.js") == "entry"
    assert roles.pop("pagefind/pagefind-entry.json") == "entry"
    assert {path.rpartition(".")[2]: role for path, role in roles.items()} == {
        "pf_fragment": "asset",
        "pf_index": "asset",
        "pf_meta": "asset",
        "pagefind": "entry",
    }


def test_each_language_has_an_index_of_its_own() -> None:
    def entry(url: str, language: str, words: str) -> Entry:
        return Entry(url=url, title=url, language=language, date="", tags=(), html=words)

    files = index_alone(
        entry("/a/", "en", "boats"), entry("/b/", "de", "Boote"), entry("/c/", "ar", "قوارب")
    )
    assert set(json.loads(files["pagefind-entry.json"])["languages"]) == {"en", "de", "ar"}


def test_documents_of_several_shards_are_indexed_together(
    indexings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_shards, "ONE_SHARD", 3)

    def entry(number: int) -> Entry:
        url = f"/{number}/"
        return Entry(url=url, title="A", language="en", date="", tags=(), html="<p>Sea.</p>")

    index_alone(*map(entry, range(20)))
    assert indexings == [20]


def test_words_that_are_no_words_to_pagefind_find_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagefind, "_vocabularies", {})
    entry = Entry(url="/a/", title="—", language="en", date="", tags=(), html="<p>… —</p>")
    files = index_alone(entry)
    assert not [path for path in files if path.startswith("fragment/")]


def test_a_word_that_pagefind_counts_in_another_way_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = Entry(url="/a/", title="A", language="en", date="", tags=(), html="<p>Barnacle.</p>")
    page_of = written.page_of
    monkeypatch.setattr(written, "page_of", lambda code, new: page_of(code, ["two words", *new]))
    monkeypatch.setattr(pagefind, "_vocabularies", {})
    with pytest.raises(SiteError) as caught:
        index_alone(entry)
    [problem] = caught.value.problems
    assert "counted in another way" in problem.message
    assert problem.hint


def test_another_version_of_pagefind_reads_all_documents_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = Entry(url="/a/", title="A", language="en", date="", tags=(), html="<p>Barnacle.</p>")
    asked: list[list[str]] = []
    run = pagefind._index

    def recorded(package: str, pages: list[str]) -> dict[str, bytes]:
        asked.append(pages)
        return run(package, pages)

    monkeypatch.setattr(pagefind, "_index", recorded)
    monkeypatch.setattr(pagefind, "_vocabularies", {})
    package = pagefind.needed().package
    for alike in (True, False):
        monkeypatch.setattr(pagefind, "_is_alike", lambda _, alike=alike: alike)
        pagefind.index(package, [entry])
    [[listed], [_, itself]] = asked
    assert entry.page() != listed
    assert entry.page() == itself


def test_the_writers_desk_makes_no_index(site: Path, indexings: list[int]) -> None:
    files = make(site, into=SERVED, searchable=False)
    assert "search/index.html" in files
    assert not index_of(files)
    assert not indexings


def test_what_is_unsearchable_says_how_to_become_so(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagefind, "installed_version", lambda _: "")
    with pytest.raises(SiteError) as refused:
        make(site)
    [problem] = refused.value.problems
    assert problem.code == "no-search"
    assert problem.hint == "pip install pagefind_bin, or set `search: false` in site.yaml"


def test_a_program_that_gives_up_is_told_and_not_a_traceback(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = importlib.import_module(pagefind.needed().package)
    monkeypatch.setattr(package, "get_executable", lambda: "/bin/false")
    with pytest.raises(SiteError) as refused:
        make(site)
    assert [problem.code for problem in refused.value.problems] == ["no-search"]


def test_without_the_setting_there_is_no_page_and_no_index(site: Path) -> None:
    write(site, {"site.yaml": SETTINGS.replace("search: true", "search: false")})
    files = make(site)
    assert "search/index.html" not in files
    assert not index_of(files)


def test_a_page_of_the_owners_own_takes_the_place_of_the_search_page() -> None:
    result = built(
        {"content/pages/search.md": post("", "Try it.", title="Find")},
        "search: true\ncounter: {enabled: false}",
        templates={
            "search.html": "{{ page.heading }}: {{ page.body }}",
            **dict.fromkeys(OTHERS, "x"),
        },
    )
    pages = {artifact.path: artifact for artifact in result.artifacts}
    assert pages["search/index.html"].read() == b"Find: <p>Try it.</p>"


def test_an_index_of_several_languages_is_the_same_every_time() -> None:
    def entry(language: str) -> Entry:
        url = f"/{language}/"
        return Entry(url=url, title="A", language=language, date="", tags=(), html="<p>Sea.</p>")

    entries = [entry(language) for language in ("de", "en", "fr", "it", "es")]
    first, *others = (index_alone(*entries) for _ in range(4))
    assert others == [first] * 3
    assert list(json.loads(first["pagefind-entry.json"])["languages"]) == sorted(
        each.language for each in entries
    )


@pytest.mark.parametrize(
    ("settings", "package", "lines"),
    [
        ("language: zh", pagefind.SMALL, [("4", "finds few words in 中文 (`zh`)")]),
        (
            "languages: {de: {}, ja: {}}",
            pagefind.SMALL,
            [("4", "finds few words in 日本語 (`ja`)")],
        ),
        ("language: th\nlanguages:\n  km: {}", pagefind.SMALL, [("4", "ไทย"), ("6", "ខ្មែរ")]),
        ("language: th\nlanguages:\n  km: {}", pagefind.EXTENDED, [("6", "ខ្មែរ")]),
        ("language: zh-hans", pagefind.EXTENDED, []),
        ("language: de", pagefind.SMALL, []),
    ],
)
def test_a_language_that_is_searched_badly_is_told_with_the_way_out(
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    package: str,
    lines: list[tuple[str, str]],
) -> None:
    monkeypatch.setattr(pagefind, "engine", lambda: pagefind.Engine(package, "1.5.2"))
    write(site, {"site.yaml": SETTINGS.replace("counter", f"{settings}\ncounter")})
    config = parse((site / "site.yaml").read_bytes())
    workspace = Workspace(root=site, config=config, now=NOW, console=Console(quiet=True))
    for _ in range(2):  # what is remembered, too
        problems = build_and_check(workspace, write=False).problems
        told = [each for each in problems if each.code == "search-language"]
        assert len(told) == len(lines)
        for problem, (line, words) in zip(told, lines, strict=True):
            assert (problem.path, str(problem.line), problem.severity) == (
                "site.yaml",
                line,
                "warning",
            )
            assert words in problem.message
            assert problem.hint
