"""What is told ahead of a build is what the build then gives, byte for byte."""

from __future__ import annotations

import datetime as dt

import hypothesis.strategies as st
import pytest
from hypothesis import given, note, settings

from generator.core.problems import SiteError, errors
from generator.incremental.speculative import Foreseen, SpeculativeRenderer
from generator.pipeline.results import Build, BuildState
from tests.support.sites import NOW, built, content_of, minimal_templates, post

A = "content/posts/2024-05-01-a.md"
LAYOUT = '{{% extends "base.html" %}}{{% block main %}}{{{{ page.body }}}}{}{{% endblock %}}'
ALL = (
    "<p>{{ page.image }} {{ page.json_ld }} {{ page.updated }} {{ page.extra }} {{ page.post }}</p>"
)
BODIES = (
    "Plain text.",
    "Other text, with `code`.\n\n```python\nx = 1\n```",
    "## A heading\n\nText.\n\n<!--more-->\n\nThe rest.",
    "See [the page](../pages/about.md) and [b](b.md#part).\n\n## Part\n\nText.",
    "![A boat](boat.svg)",
    '{{ badge(text="new") }} text',
    '{{ other(name="b") }} text',
    "See [nothing](gone.md).",
    '<img src="/x.png">',
    "[A sheet](../../static/css/site.css)",
)
MATTERS = (
    "",
    "description: Said shortly.",
    "excerpt: In a list.",
    "image: boat.svg\nimage_alt: A boat",
    "tags: [sea, tide]",
    "tags: [sea]",
    "series: Harbours",
    "weight: 3",
    "noindex: true",
    "slug: elsewhere",
    "updated: 2024-05-20",
    "colour: blue",
    "date: yesterday",
    "dratf: true",
    "aliases: [/old/]",
    "layout: page",
    "draft: true",
)
TITLES = ("A", "B", "Low & high", "Z")
TEMPLATES = {
    "post.html": (
        minimal_templates()["post.html"].replace("{{ page.body }}", "{{ page.body }}" + ALL),
        LAYOUT.format("<p>Below</p>"),
        LAYOUT.format("{% for p in posts %}{{ p.title }} {{ p.excerpt }}{% endfor %}"),
        LAYOUT.format('{{ ref("b").title }}'),
        LAYOUT.format('{% include "side.html" %}'),
        LAYOUT.format("{{ page.boddy }}"),
        "{% if %}",
    ),
    "side.html": ("<p>Side</p>", '{{ ref("a").title }}', "{{ posts|length }}"),
    "shortcodes/badge.html": (
        "<b>{{ text }}</b>",
        "<i>{{ page.title }}</i>",
        '{% include "side.html" %}',
        "{{ asset('css/site.css').integrity }}",
    ),
}
STYLES = ("p{color:red}", "p { color: blue }", 'p{background:url("gone.png")}')

posts_text = st.builds(
    lambda title, matter, body: post(f"title: {title}\n{matter}", body),
    st.sampled_from(TITLES),
    st.sampled_from(MATTERS),
    st.sampled_from(BODIES),
)
FILES: dict[str, st.SearchStrategy[str]] = {
    "content/posts/2024-05-01-a.md": posts_text,
    "content/posts/2024-05-02-b.md": posts_text,
    "content/drafts/c.md": posts_text,
    "content/pages/about.md": posts_text,
    "static/css/site.css": st.sampled_from(STYLES),
    **{f"templates/{name}": st.sampled_from(texts) for name, texts in TEMPLATES.items()},
}


def start() -> dict[str, str]:
    """Return a site that is in order."""
    return {
        "content/posts/2024-05-01-a.md": post("title: A\ntags: [sea]", "First text."),
        "content/posts/2024-05-02-b.md": post("title: B\ntags: [sea]", '{{ badge(text="old") }}'),
        "content/posts/2024-05-03-d.md": post("title: D\ntags: [sea]", "Last text."),
        "content/drafts/c.md": post("title: C", "A draft."),
        "content/pages/about.md": post("title: About\ndescription: Us.", "About us."),
        "content/posts/boat.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        "static/css/site.css": STYLES[0],
        **{f"templates/{name}": text for name, text in minimal_templates().items()},
        **{f"templates/{name}": texts[0] for name, texts in TEMPLATES.items()},
        "templates/shortcodes/other.html": "{{ ref(name).title }}",
    }


def make(files: dict[str, str], kept: list[BuildState] | None = None) -> Build:
    """Build the site; `kept` gets what the build worked with."""
    templates = {
        path.removeprefix("templates/"): text
        for path, text in files.items()
        if path.startswith("templates/")
    }
    others = {path: text for path, text in files.items() if not path.startswith("templates/")}
    return built(
        others,
        templates=templates,
        drafts=True,
        future=True,
        keep=None if kept is None else kept.append,
    )


def foreseen(
    before: dict[str, str], edits: dict[str, str]
) -> tuple[Foreseen | None, dict[str, bytes]]:
    """Return what is told ahead about every page, and what was built before."""
    kept: list[BuildState] = []
    site = content_of(make(before, kept))
    ahead = SpeculativeRenderer(kept[0])
    return ahead.foresee({path: text.encode() for path, text in edits.items()}, list(site)), site


edit = st.sampled_from(sorted(FILES)).flatmap(lambda path: st.tuples(st.just(path), FILES[path]))


@pytest.mark.slow
@given(first=st.lists(edit, max_size=3), then=st.lists(edit, min_size=1, max_size=2))
@settings(max_examples=80, deadline=None)
def test_pages_told_ahead_are_those_of_the_build(
    first: list[tuple[str, str]], then: list[tuple[str, str]]
) -> None:
    before = start() | dict(first)
    edits = dict(then)
    try:
        told, _ = foreseen(before, edits)
    except SiteError:
        return
    if told is None:
        return
    note(f"{first} {then} {sorted(told.pages)}")
    if told.problems:
        try:
            all_found = errors(make(before | edits).problems)
        except SiteError as error:
            all_found = error.problems
        places = {(each.path, each.line, each.code) for each in all_found}
        assert {(each.path, each.line, each.code) for each in told.problems} <= places
        return
    try:
        after = content_of(make(before | edits))
    except SiteError:
        return  # the whole build says why, and nothing of what was told is kept
    for path, content in (*told.pages.items(), *told.files.items()):
        assert after.get(path, content) == content, path
    assert set(told.pages) <= set(after)


@pytest.mark.parametrize("setting", sorted({*MATTERS} - {"", "date: yesterday"}))
def test_setting_that_comes_and_goes(setting: str) -> None:
    with_it, without = post(f"title: A\n{setting}", "Text."), post("title: A", "Text.")
    for one, other in ((with_it, without), (without, with_it)):
        told, _ = foreseen(start() | {A: one}, {A: other})
        after = content_of(make(start() | {A: other}))
        for path, html in told.pages.items() if told else ():
            assert after[path] == html, path


def test_a_template_that_begins_to_ask_for_all_posts_is_given_them() -> None:
    template = '{% extends "base.html" %}{% block main %}'
    template += "{% for p in posts %}{{ p.title }}{% endfor %}{% endblock %}"
    told, _ = foreseen(start(), {"templates/post.html": template})
    after = content_of(make(start() | {"templates/post.html": template}))
    assert told
    assert "posts/a/index.html" in told.pages
    assert {path: after[path] for path in told.pages} == told.pages


def test_edits_that_can_be_told() -> None:
    """Nearly every edit is one of these, so they must not be left to the whole build."""
    new = post("title: New title\ntags: [sea]", "New text, and ![a boat](boat.svg).")
    site = {path: text for path, text in start().items() if not path.endswith("/other.html")}
    told, before = foreseen(site, {A: new})
    assert told
    changed = {path for path, html in told.pages.items() if html != before[path]}
    assert changed >= {"posts/a/index.html", "posts/b/index.html", "posts/index.html"}
    assert b"New text" in told.pages["posts/a/index.html"]
    assert b"New title" in told.pages["posts/b/index.html"]
    assert any("boat" in url for url in told.assets)

    told, before = foreseen(start(), {"templates/post.html": LAYOUT.format("<p>Below</p>")})
    assert told
    assert b"<p>Below</p>" in told.pages["posts/a/index.html"]
    assert told.pages["about/index.html"] == before["about/index.html"]

    told, before = foreseen(start(), {"static/css/site.css": "p { color: blue }"})
    assert told
    assert b"p{color:blue}" in told.files.values()
    assert told.pages["posts/a/index.html"] != before["posts/a/index.html"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (A, post("title: A\ntags: [tide]", "Text.")),
        (A, post("title: A\ntags: [sea]\nslug: other", "Text.")),
        ("content/posts/2024-05-09-new.md", post("", "Text.")),
        ("templates/shortcodes/badge.html", "<i>{{ text }}</i>"),
        ("site.yaml", "title: T"),
        ("content/posts/boat.svg", "<svg/>"),
    ],
)
def test_edits_that_are_left_to_the_whole_build(path: str, text: str) -> None:
    assert foreseen(start(), {path: text})[0] is None


def test_template_that_a_shortcode_includes_is_left_to_the_whole_build() -> None:
    site = start() | {"templates/shortcodes/badge.html": '{% include "side.html" %}'}
    assert foreseen(start(), {"templates/side.html": "<p>New</p>"})[0]
    assert foreseen(site, {"templates/side.html": "<p>New</p>"})[0] is None


def test_page_that_shows_the_digest_of_a_style_sheet_by_a_shortcode_is_left_out() -> None:
    badge = "{{ asset('css/site.css').integrity }}"
    site = start() | {"templates/shortcodes/badge.html": badge}
    told, before = foreseen(site, {"static/css/site.css": STYLES[1]})
    assert told
    assert b"sha384-" in before["posts/b/index.html"]
    assert "posts/b/index.html" not in told.pages
    assert "about/index.html" in told.pages


def test_page_that_shows_all_posts_is_left_to_the_whole_build() -> None:
    site = start() | {"templates/post.html": TEMPLATES["post.html"][2]}
    told, _ = foreseen(site, {A: post("title: A\ntags: [sea]", "New text.")})
    assert told
    assert "posts/a/index.html" not in told.pages
    assert "posts/index.html" in told.pages


def test_pages_that_may_show_a_new_title_by_a_shortcode_are_left_to_the_whole_build() -> None:
    told, _ = foreseen(start(), {A: post("title: New\ntags: [sea]", "First text.")})
    assert told
    assert "posts/b/index.html" not in told.pages  # it uses shortcodes, and one of them asks `ref`
    assert "about/index.html" in told.pages


def test_mistakes_are_told_with_their_lines() -> None:
    told, _ = foreseen(start(), {A: post("title: A\ntags: [sea]", "See [it](gone.md).")})
    assert told
    assert [(each.path, each.line, each.code) for each in told.problems] == [
        (A, 5, "missing-document")
    ]
    assert not told.pages


@pytest.mark.parametrize(("level", "told_ahead"), [("warning", True), ("error", False)])
def test_page_that_only_deserves_a_warning_is_told(level: str, told_ahead: bool) -> None:
    kept: list[BuildState] = []
    settings = f"counter: {{enabled: false}}\nchecks: {{page-description: {level}}}"
    built({A: post("title: A", "Text.")}, settings, keep=kept.append)
    silent = post("title: A", "<hr>").encode()  # there is nothing to make a description of
    told = SpeculativeRenderer(kept[0]).foresee({A: silent}, ["posts/a/index.html"])
    assert told
    assert ("posts/a/index.html" in told.pages) == told_ahead


def test_an_hour_that_a_clock_shows_twice_is_another_hour() -> None:
    settings = "counter: {enabled: false}\ntimezone: Europe/Berlin"
    summer, winter = (
        post(f"title: A\ndate: 2023-10-29T02:30:00+0{hours}:00", "Text.") for hours in (2, 1)
    )
    kept: list[BuildState] = []
    built({A: summer}, settings, keep=kept.append)
    ahead = SpeculativeRenderer(kept[0])
    assert ahead.foresee({A: f"{summer}More.\n".encode()}, ["posts/a/index.html"])
    assert ahead.foresee({A: winter.encode()}, ["posts/a/index.html"]) is None


@pytest.mark.parametrize(
    ("matter", "hours"),
    [("draft: true", 12), ("date: 2024-05-01\nexpires: 2024-06-02", 12), ("date: 2024-06-03", 36)],
)
def test_pages_are_told_until_a_document_comes_or_goes(matter: str, hours: int) -> None:
    kept: list[BuildState] = []
    page = post(f"title: A\n{matter}", "Text.")
    built({"content/posts/a.md": page}, drafts=True, keep=kept.append)
    ahead, change = SpeculativeRenderer(kept[0]), NOW + dt.timedelta(hours=hours)
    assert ahead.holds_at(NOW)
    assert ahead.holds_at(change - dt.timedelta(seconds=1))
    assert not ahead.holds_at(change)
    assert ahead.holds_at(NOW - dt.timedelta(days=1)) != ("draft" in matter)


def test_getting_ready_changes_nothing() -> None:
    kept: list[BuildState] = []
    make(start(), kept)
    ahead = SpeculativeRenderer(kept[0])
    ahead.ready()
    told = ahead.foresee({A: start()[A].encode()}, ["posts/a/index.html"])
    assert told == SpeculativeRenderer(kept[0]).foresee(
        {A: start()[A].encode()}, ["posts/a/index.html"]
    )
