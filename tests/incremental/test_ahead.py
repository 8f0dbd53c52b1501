"""What is told ahead of a build is what the build then gives, byte for byte."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, note, settings

from generator.adapters.console import Console
from generator.app.build import build_and_check
from generator.app.workspace import SERVED, Workspace
from generator.config.settings import parse
from generator.content.frontmatter import Document
from generator.core.problems import Problem, SiteError
from generator.incremental.ahead import Ahead
from generator.incremental.snapshot import Snapshot
from tests.support.sites import NOW, minimal_templates, post, tree, write, write_site

A, B = "content/posts/2024-05-01-a.md", "content/posts/2024-05-02-b.md"
LAYOUT = '{{% extends "base.html" %}}{{% block main %}}{{{{ page.body }}}}{}{{% endblock %}}'
SETTINGS = "title: T\nurl: https://example.org\ncounter: {enabled: false}\n"
STYLES = ("p{color:red}", "p { color: blue }", 'p{background:url("gone.png")}')
FIRST = {
    "site.yaml": SETTINGS,
    A: post("title: A\ntags: [sea]", "First text."),
    B: post("title: B\ntags: [sea]", '{{ badge(text="old") }}'),
    "content/posts/2024-05-03-d.md": post("title: D\ntags: [sea]", "Last text."),
    "content/drafts/c.md": post("title: C", "A draft."),
    "content/pages/about.md": post("title: About\ndescription: Us.", "About us."),
    "content/posts/boat.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
    "static/css/site.css": STYLES[0],
    "templates/side.html": "<p>Side</p>",
    "templates/shortcodes/badge.html": "<b>{{ text }}</b>",
    "templates/shortcodes/other.html": "{{ ref(name).title }}",
}
TEXTS = st.builds(
    lambda title, matter, body: post(f"title: {title}\n{matter}", body),
    st.sampled_from(("A", "Low & high", "Z")),
    st.sampled_from(
        (
            "tags: [sea]",
            "tags: [sea]\ndescription: Said shortly.",
            "tags: [sea]\nimage: boat.svg\nimage_alt: A boat",
            "tags: [sea]\nnoindex: true",
            "tags: [tide]",
            "weight: 3",
            "date: yesterday",
            "draft: true",
        )
    ),
    st.sampled_from(
        (
            "Plain text.",
            "## A heading\n\nText.\n\n<!--more-->\n\nThe rest.",
            "See [the page](../pages/about.md) and [d](2024-05-03-d.md).",
            "![A boat](boat.svg)",
            '{{ badge(text="new") }} text',
            '{{ other(name="b") }} text',
            "See [nothing](gone.md).",
            "[A sheet](../../static/css/site.css)",
        )
    ),
)
POST = minimal_templates()["post.html"]
EDITS: dict[str, st.SearchStrategy[str]] = {
    A: TEXTS,
    B: TEXTS,
    "content/drafts/c.md": TEXTS,
    "content/pages/about.md": TEXTS,
    "static/css/site.css": st.sampled_from(STYLES),
    "templates/post.html": st.sampled_from(
        (
            POST,
            LAYOUT.format("<p>Below {{ page.post }} {{ page.json_ld }}</p>"),
            LAYOUT.format("{% for p in posts %}{{ p.title }} {{ p.excerpt }}{% endfor %}"),
            LAYOUT.format('{{ ref("b").title }}'),
            LAYOUT.format('{% include "side.html" %}{{ asset("css/site.css").integrity }}'),
            LAYOUT.format("{{ page.boddy }}"),
            "{% if %}",
        )
    ),
    "templates/side.html": st.sampled_from(("<p>Side</p>", '{{ ref("a").title }}')),
    "templates/shortcodes/badge.html": st.sampled_from(
        ("<b>{{ text }}</b>", '{% include "side.html" %}', "{{ asset('css/site.css').integrity }}")
    ),
}


class Everything:
    """A desk on which every page is open."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.told: list[Ahead] = []

    def open_pages(self) -> Collection[str]:
        return tree(self.root / SERVED).keys()

    def ahead(self, made: Ahead) -> None:
        self.told.append(made)

    def warnings(
        self, _known: Mapping[str, Snapshot], _documents: Mapping[str, Document]
    ) -> Sequence[Problem]:
        return ()

    def take(self, known: Mapping[str, Snapshot]) -> None:
        """Nothing is kept."""


def make(root: Path) -> tuple[list[Ahead], dict[str, bytes], Sequence[Problem]]:
    """Build a site as `serve` does; return what was told ahead, all files, and the errors."""
    config = parse((root / "site.yaml").read_bytes())
    workspace = Workspace(root=root, config=config, now=NOW, console=Console(quiet=True))
    desk = Everything(root)
    try:
        build_and_check(
            workspace, drafts=True, future=True, into=SERVED, desk=desk, searchable=False
        )
    except SiteError as error:
        return desk.told, {}, error.problems
    return desk.told, tree(root / SERVED), ()


def told_of(root: Path, edits: Mapping[str, str]) -> tuple[Ahead | None, dict[str, bytes]]:
    """Return what is told of edits, after it was compared with what was built."""
    write(root, edits)
    told, files, problems = make(root)
    if not told:
        return None, files
    [ahead] = told
    if ahead.problems:
        found = {(each.path, each.line, each.code) for each in problems}
        assert {(each.path, each.line, each.code) for each in ahead.problems} <= found
        return ahead, files
    for path, content in (*ahead.pages.items(), *ahead.files.items()):
        assert not files or files.get(path, content) == content, path
    assert not files or set(ahead.pages) <= set(files)
    return ahead, files


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that was built once."""
    root = write_site(tmp_path_factory.mktemp("ahead") / "site", FIRST)
    assert make(root)[2] == ()
    return root


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A copy of it, in which the built files are found as they were."""
    return shutil.copytree(built, tmp_path / "site", copy_function=shutil.copy2)


edit = st.sampled_from(sorted(EDITS)).flatmap(lambda path: st.tuples(st.just(path), EDITS[path]))


@pytest.mark.slow
@given(steps=st.lists(st.lists(edit, min_size=1, max_size=2), min_size=1, max_size=3))
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_pages_told_ahead_are_those_of_the_build(
    built: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[str, str]]]
) -> None:
    root = tmp_path_factory.mktemp("edits") / "site"
    shutil.copytree(built, root)
    make(root)  # which knows this folder's files
    for edits in steps:
        ahead, _ = told_of(root, dict(edits))
        note(f"{edits} {sorted(ahead.pages) if ahead else None}")
    shutil.rmtree(root)


def test_edits_that_are_told(site: Path) -> None:
    """Nearly every edit is one of these, so they must not wait for the rest."""
    make(site)
    new = post("title: New title\ntags: [sea]", "New text, and ![a boat](boat.svg).")
    told, _ = told_of(site, {A: new})
    assert told
    assert b"New text" in told.pages["posts/a/index.html"]
    assert b"New title" in told.pages["posts/index.html"]
    assert "posts/b/index.html" in told.pages
    assert any("boat" in url for url in told.assets)
    told, _ = told_of(site, {"templates/post.html": LAYOUT.format("<p>Below</p>")})
    assert told
    assert b"<p>Below</p>" in told.pages["posts/a/index.html"]
    told, _ = told_of(site, {"static/css/site.css": "p { color: blue }"})
    assert told
    assert b"p{color:blue}" in told.files.values()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (A, post("title: A\ntags: [tide]", "Text.")),
        ("content/posts/2024-05-09-new.md", post("", "Text.")),
        ("templates/shortcodes/badge.html", "<i>{{ text }}</i>"),
        ("site.yaml", SETTINGS.replace("title: T", "title: U")),
        ("content/posts/boat.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="3"/>'),
    ],
)
def test_edits_that_wait_for_the_rest(site: Path, path: str, text: str) -> None:
    make(site)
    assert told_of(site, {path: text})[0] is None


def test_errors_are_told_with_their_lines(site: Path) -> None:
    make(site)
    told, _ = told_of(site, {A: post("title: A\ntags: [sea]", "See [it](gone.md).")})
    assert told
    assert [(each.path, each.line, each.code) for each in told.problems] == [
        (A, 5, "missing-document")
    ]
    assert not told.pages
    told, _ = told_of(site, {A: FIRST[A], "templates/post.html": "\n{% if %}"})
    assert told
    assert [(each.path, each.line) for each in told.problems] == [("templates/post.html", 2)]
