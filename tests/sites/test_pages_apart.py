"""What a template does on one page reaches no other page: else it would matter which pages were
made again, and by which process."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from generator.content.data import FrozenList, Given, frozen
from tests.support.builds import SETTINGS, clean, outcome
from tests.support.sites import NOW, post, write, write_site

SHOWING = '{{% extends "base.html" %}}{{% block main %}}{{{{ page.body }}}}{}{{% endblock %}}'
MODULES = {
    "a counter": (
        "{% set seen = namespace(n=0) %}"
        "{% macro tell() %}{% set seen.n = seen.n + 1 %}[{{ seen.n }}]{% endmacro %}",
        "[1][2]",
    ),
    "a counter in private": (
        "{% set _seen = namespace(n=0) %}"
        "{% macro tell() %}{% set _seen.n = _seen.n + 1 %}[{{ _seen.n }}]{% endmacro %}",
        "[1][2]",
    ),
    "a cycler": (
        "{% set row = cycler('odd', 'even', 'last') %}"
        "{% macro tell() %}[{{ row.next() }}]{% endmacro %}",
        "[odd][even]",
    ),
    "a joiner in a tuple": (
        "{% set marks = (joiner(','), 1) %}{% macro tell() %}[{{ marks[0]() }}]{% endmacro %}",
        "[][,]",
    ),
    "a list": (
        "{% set seen = [] %}{% macro tell() %}"
        "{% set _ = seen.append(1) %}[{{ seen|length }}]{% endmacro %}",
        "[1][2]",
    ),
    "what is gone through once": (
        "{% set words = ['a', 'b']|map('upper') %}"
        "{% macro tell() %}[{{ words|join }}]{% endmacro %}",
        "[AB][]",
    ),
}
IMPORTS = {
    "plainly": '{% from "module.html" import tell %}',
    "over another": '{% from "between.html" import told as tell %}',
    "after another": '{% import "between.html" as between %}{% set tell = between.told %}',
}


@pytest.mark.parametrize("way", IMPORTS)
@pytest.mark.parametrize("case", MODULES)
def test_a_module_begins_anew_on_each_page(tmp_path: Path, case: str, way: str) -> None:
    module, shown = MODULES[case]
    telling = IMPORTS[way] + "{{ tell() }}{{ tell() }}"
    posts = {
        f"content/posts/p{n}.md": post(
            f"title: P{n}\ndate: 2024-01-0{n}\ndescription: About {n}.", '{{ badge(text="x") }}'
        )
        for n in (1, 2, 3)
    }
    templates = {
        "templates/module.html": module,
        "templates/between.html": '{% from "module.html" import tell %}'
        "{% macro told() %}{{ tell() }}{% endmacro %}",
        "templates/post.html": SHOWING.format(telling),
        "templates/shortcodes/badge.html": f"<b>{telling}</b>",
    }
    root = write_site(tmp_path / "site", {"site.yaml": SETTINGS[0], **posts, **templates})
    for edited in (None, "content/posts/p1.md", "content/posts/p3.md"):
        if edited:
            write(root, {edited: posts[edited] + "\nMore.\n"})
        told, files = outcome(root, NOW, no_cache=False)
        assert told == []
        for n in (1, 2, 3):
            assert files[f"posts/p{n}/index.html"].decode().count(shown) == 2
        assert (told, files) == clean(root)


@pytest.mark.parametrize(
    "change",
    [
        "site.params.update(b=1)",
        "site.params.words.append('x')",
        "site.params.words[0].pop('a')",
        "site.sections.clear()",
        "site.feeds.pop('rss')",
        "page.extra.update(b=1)",
        "page.extra.words.sort()",
        "collections.boats[0].fields.update(b=1)",
        "collections.boats[0].fields.sails.append('x')",
    ],
)
def test_what_other_pages_are_given_too_cannot_be_changed(tmp_path: Path, change: str) -> None:
    settings = SETTINGS[0] + "params: {words: [{a: 1}]}\n"
    settings += "collections: {boats: {fields: {sails: list}}}\n"
    files = {
        "site.yaml": settings,
        "content/boats/ana.md": post("description: Ana.\nsails: [two]", title="Ana"),
        "content/posts/2024-02-20-second.md": post("words: [b, a]", title="Second"),
        "content/posts/2024-01-10-first.md": post("words: [b, a]", "## Boats", title="First"),
        "templates/collection.html": SHOWING.format(""),
        "templates/post.html": SHOWING.format("{% set _ = " + change + " %}"),
    }
    told, _ = outcome(write_site(tmp_path / "site", files), NOW, no_cache=False)
    assert [line.split(" (while")[0] for line in told] == [
        "templates/post.html:1: template-error: TypeError: data cannot be changed"
    ]


def test_lists_that_cannot_be_changed_are_shown_as_lists(tmp_path: Path) -> None:
    shown = "{{ (page.extra.words + ['c'])|join }}{{ page.extra.words is sequence }}"
    files = {
        "site.yaml": SETTINGS[0],
        "content/posts/p.md": post("date: 2024-01-01\nwords: [b, a]", title="P"),
        "templates/post.html": SHOWING.format(
            "{% if page.extra.words %}"
            + shown
            + "{{ page.extra }}{{ page.extra|tojson }}{% endif %}"
        ).replace("page.extra.words %}", "page.extra.words is defined %}"),
    }
    _, found = outcome(write_site(tmp_path / "site", files), NOW, no_cache=False)
    html = found["posts/p/index.html"].decode()
    assert "bacTrue{&#39;words&#39;: [&#39;b&#39;, &#39;a&#39;]}" in html
    assert '{"words": ["b", "a"]}' in html


@pytest.mark.parametrize(
    "change",
    [
        lambda each: each.append(1),
        lambda each: each.clear(),
        lambda each: each.extend([1]),
        lambda each: each.insert(0, 1),
        lambda each: each.pop(),
        lambda each: each.remove("a"),
        lambda each: each.reverse(),
        lambda each: each.sort(),
        lambda each: each.__setitem__(0, 1),
        lambda each: each.__delitem__(0),
        lambda each: each.__iadd__([1]),
        lambda each: each.__imul__(2),
    ],
)
def test_a_frozen_list_stays_as_it_is_also_in_another_process(change: Any) -> None:
    again = pickle.loads(pickle.dumps(frozen({"words": ["a", {"b": []}]})))
    with pytest.raises(TypeError, match="cannot be changed"):
        change(again["words"])
    assert again == {"words": ["a", {"b": []}]}
    assert type(again["words"]) is FrozenList
    assert type(again["words"][1]) is Given
