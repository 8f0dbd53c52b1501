"""Data files: what they become, and what is told of mistakes in them."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.site_folder import find_data, list_inputs
from generator.content.data import Data, FrozenDict, read_data
from generator.content.sources import DataFile
from generator.core.cache import Cache, NoCache
from generator.pipeline.results import Build
from tests.support.caches import Kept
from tests.support.sites import (
    PROJECT,
    built,
    minimal_templates,
    page,
    post,
    refusal,
    told,
    write_site,
)

PRICES = {
    "items": {
        "properties": {
            "price": {"type": "number"},
            "left": {"type": "integer"},
            "fresh": {"type": "boolean"},
        }
    }
}


def read(files: dict[str, str | bytes]) -> tuple[Data, list[str]]:
    data, problems = read_data(sources(files), NoCache())
    return data, told(problems)


def sources(files: dict[str, str | bytes]) -> list[DataFile]:
    return [
        DataFile(
            path=f"data/{path}",
            read=partial(bytes, content if isinstance(content, bytes) else content.encode()),
        )
        for path, content in files.items()
    ]


@pytest.mark.parametrize(
    ("files", "values"),
    [
        ({"team.yaml": "- name: Ana\n- name: Rui\n"}, {"team": ({"name": "Ana"}, {"name": "Rui"})}),
        ({"team.yml": "a: [1, yes]"}, {"team": {"a": (1, "yes")}}),
        ({"empty.yaml": ""}, {"empty": None}),
        ({"x.json": '{"a": [1, {"b": null}], "c": 1.5}'}, {"x": {"a": (1, {"b": None}), "c": 1.5}}),
        ({"x.json": '"\\ud83d\\ude00"'}, {"x": "😀"}),
        (
            {"t.csv": "name,n\nAna,1\n\nRui,\n"},
            {"t": ({"name": "Ana", "n": "1"}, {"name": "Rui", "n": ""})},
        ),
        ({"t.csv": "\ufeffa;b\r\n1,5;2\r\n"}, {"t": ({"a": "1,5", "b": "2"},)}),
        ({"t.csv": "a\tb\n1\t2\n"}, {"t": ({"a": "1", "b": "2"},)}),
        ({"t.csv": 'a,b\n"x\ny",2\n'}, {"t": ({"a": "x\ny", "b": "2"},)}),
        ({"t.csv": "a,b\n"}, {"t": ()}),
        ({"shop/a.yaml": "1", "shop/in/b.json": "2"}, {"shop": {"a": 1, "in": {"b": 2}}}),
        ({"a-b.yaml": "1", "c.d.json": "2"}, {"a-b": 1, "c.d": 2}),
        (
            {
                "p.csv": "price,left,fresh,name\n1.5,2,true,3\n,x,maybe,\n-.5,-3,FALSE,a\n",
                "p.schema.json": json.dumps(PRICES | {"$comment": "x"}),
            },
            {
                "p": (
                    {"price": 1.5, "left": 2, "fresh": True, "name": "3"},
                    {"price": "", "left": "x", "fresh": "maybe", "name": ""},
                    {"price": -0.5, "left": -3, "fresh": False, "name": "a"},
                )
            },
        ),
    ],
)
def test_what_files_become(files: dict[str, str | bytes], values: Any) -> None:
    data, _ = read(files)
    assert data.values == values


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"a.yaml": "x: 1\ny: [2\n"},
            "data/a.yaml:2: bad-data: not valid YAML: a list in brackets is never "
            "closed, or lacks a comma",
        ),
        ({"a.yaml": "x: 1\nx: 2\n"}, "data/a.yaml:2: bad-data: `x` is given twice"),
        (
            {"a.json": '{\n "a": 1,\n 2}'},
            "data/a.json:3: bad-data: not valid JSON: Expecting property name "
            "enclosed in double quotes",
        ),
        (
            {"a.json": '{\n "a": 1,\n "a": 2}'},
            "data/a.json:2: bad-data: not valid JSON: `a` is given twice",
        ),
        (
            {"a.json": "[1,\nNaN]"},
            "data/a.json:2: bad-data: not valid JSON: `NaN` is not a number that JSON knows",
        ),
        ({"a.json": ""}, "data/a.json:1: bad-data: not valid JSON: Expecting value"),
        ({"a.json": "[" * 100_000}, "data/a.json:0: bad-data: JSON nested too deeply"),
        (
            {"a.json": '[\n"\\ud83d"]'},
            "data/a.json:2: bad-data: half a character, written as \\ud800 or like it",
        ),
        (
            {"a.json": "9" * 5000},
            "data/a.json:0: bad-data: not valid JSON: a number of more than 4,300 digits",
        ),
        (
            {"a.csv": "a,b\n1,2\n1,2,3\n"},
            "data/a.csv:3: bad-data: 3 cells, where the first line names 2 columns",
        ),
        (
            {"a.csv": 'a,b\n"1\n",2\n1\n'},
            "data/a.csv:4: bad-data: 1 cells, where the first line names 2 columns",
        ),
        ({"a.csv": "a,,c\n"}, "data/a.csv:1: bad-data: column 2 has no name"),
        ({"a.csv": "a,b, a\n"}, "data/a.csv:1: bad-data: two columns are called `a`"),
        (
            {"a.csv": 'a,b\n"1"x,2\n'},
            "data/a.csv:2: bad-data: not valid CSV: ',' expected after '\"'",
        ),
        ({"a.csv": b"a,b\n\xe9,2\n"}, "data/a.csv:2: bad-data: not UTF-8 text"),
        (
            {"a.yaml": "1", "a.json": "1"},
            "data/a.yaml:0: bad-data: `data.a` is also what data/a.json is called",
        ),
        (
            {"a.yaml": "1", "a/b.json": "1"},
            "data/a/b.json:0: bad-data: `data.a` would be a file and a folder "
            "of files, see data/a.yaml",
        ),
        (
            {"a.txt": "1"},
            "data/a.txt:0: stray-data: Tidepost reads YAML, JSON, CSV and OPML here: "
            ".yaml, .json, .csv, .opml",
        ),
        (
            {"a.schema.json": "{}"},
            "data/a.schema.json:0: stray-data: a schema without data beside it",
        ),
    ],
)
def test_what_is_told(files: dict[str, str | bytes], expected: str) -> None:
    assert read(files)[1] == [expected]


TEAM = json.dumps(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "born": {"type": "integer", "minimum": 1900},
                "mail": {"format": "email"},
            },
            "additionalProperties": False,
        },
    }
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"a.yaml": "- name: Ana\n  born: 1990\n- name: 3\n  born: 12\n"},
            [
                "data/a.yaml:3: data-schema: `item 2.name`: 3 is not of type 'string'",
                "data/a.yaml:4: data-schema: `item 2.born`: 12 is less than the minimum of 1900",
            ],
        ),
        (
            {"a.json": '[\n\t{"name": "Ana"},\n\t{"nam": "Rui"}\n]'},
            [
                "data/a.json:3: data-schema: `item 2`: 'name' is a required property",
                "data/a.json:3: data-schema: `item 2`: Additional properties are not allowed "
                "('nam' was unexpected)",
            ],
        ),
        (
            {"a.csv": "name,born,mail\nAna,1990,a@b.org\n\nRui,old,nowhere\n"},
            [
                "data/a.csv:4: data-schema: `item 2.born`: 'old' is not of type 'integer'",
                "data/a.csv:4: data-schema: `item 2.mail`: 'nowhere' is not a 'email'",
            ],
        ),
        ({"a.yaml": "- name: Ana\n"}, []),
    ],
)
def test_data_are_checked_by_their_schema(
    files: dict[str, str | bytes], expected: list[str]
) -> None:
    assert read({**files, "a.schema.json": TEAM})[1] == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ('{\n"type": }', ":2: bad-data-schema: not valid JSON: Expecting value"),
        ("[]", ":1: bad-data-schema: a schema begins with {"),
        ("\ud800".encode("utf-8", "surrogatepass"), ":0: bad-data-schema: not valid JSON in UTF-8"),
        ('{"type": "txt"}', ":0: bad-data-schema: `type`: 'txt' is not valid under any of the"),
        ('{"pattern": "("}', ":0: bad-data-schema: "),
        ('{"$ref": "https://example.org/x.json"}', ":0: bad-data-schema: cannot be used: "),
        ('{"$ref": "#/nowhere"}', ":0: bad-data-schema: cannot be used: "),
    ],
)
def test_a_mistaken_schema_is_told_and_nothing_is_fetched(
    schema: str | bytes, expected: str
) -> None:
    (line,) = read({"a.yaml": "text", "a.schema.json": schema})[1]
    assert line.startswith(f"data/a.schema.json{expected}")


def test_a_rule_that_says_what_to_write_is_heard() -> None:
    schema = '{"items": {"type": "string", "pattern": "^[a-z]+$", "description": "small letters"}}'
    files = sources({"a.yaml": "- A\n", "a.schema.json": schema})
    (problem,) = read_data(files, NoCache())[1]
    assert problem.hint == "small letters (data/a.schema.json asks for it)"


def test_of_many_mistakes_the_first_are_told() -> None:
    rows = "- 1\n" * 500
    found = read({"a.yaml": rows, "a.schema.json": '{"items": {"type": "string"}}'})[1]
    assert len(found) == 21
    assert found[-1].endswith("and 480 more that data/a.schema.json does not allow")


def test_what_a_schema_found_is_remembered_and_told_again() -> None:
    files = sources({"a.yaml": "- 1\n", "a.schema.json": '{"items": {"type": "string"}}'})
    cache = Kept()
    first = read_data(files, cache)
    assert cache.results
    assert read_data(files, cache) == first
    assert first[1]
    other = sources({"a.yaml": "- x\n", "a.schema.json": '{"items": {"type": "string"}}'})
    assert read_data(other, cache)[1] == []


def test_without_a_schema_its_library_is_not_loaded() -> None:
    code = (
        "import sys; from generator.content.data import read_data;"
        "from generator.core.cache import NoCache;"
        "from generator.content.sources import DataFile;"
        "read_data([DataFile(path='data/a.json', read=lambda: b'1')], NoCache());"
        "import generator.pipeline.build; print([m for m in sys.modules if 'jsonschema' in m])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(b=1),
        lambda d: d.pop("a"),
        lambda d: d.clear(),
        lambda d: d.setdefault("b", 1),
        lambda d: d.popitem(),
        lambda d: d.__setitem__("a", 2),
        lambda d: d.__delitem__("a"),
        lambda d: d.__ior__({"b": 1}),
    ],
)
def test_data_cannot_be_changed(change: Any) -> None:
    data, _ = read({"x.yaml": "a: {b: [1]}"})
    with pytest.raises(TypeError, match="cannot be changed"):
        change(data.values["x"])
    assert data.values == {"x": {"a": {"b": (1,)}}}


def test_data_go_to_other_processes() -> None:
    data, _ = read({"x.yaml": "a: {b: [1]}"})
    again = pickle.loads(pickle.dumps(data))
    assert again == data
    assert isinstance(again.values["x"]["a"], FrozenDict)


def site(
    template: str, data: dict[str, str | bytes], cache: Cache | None = None, **more: str
) -> Build:
    files: dict[str, str | bytes] = {
        "content/posts/2024-01-10-a.md": post("description: A.", title="A", **more),
        **{f"data/{path}": content for path, content in data.items()},
    }
    whole = '{% extends "base.html" %}{% block main %}' + template + "{% endblock %}"
    templates = minimal_templates() | {
        "post.html": whole,
        "shortcodes/who.html": "<b>{{ data.team[0].name }}</b>",
    }
    return built(files, templates=templates, cache=cache)


def test_templates_and_shortcodes_see_data() -> None:
    data: dict[str, str | bytes] = {"team.csv": "name\nA & B\n", "shop/x.json": '{"price": 3}'}
    made = site("{{ page.body }}{{ data.shop.x.price }}", data, body="{{ who() }}")
    html = page(made, "posts/a/index.html")
    assert "<b>A &amp; B</b></p>3" in html or "<b>A &amp; B</b>3" in html


@pytest.mark.parametrize(
    ("template", "expected", "hint"),
    [
        (
            "{{ data.taem }}",
            "there is no `taem` in `data` or `collections`",
            "did you mean `team`?",
        ),
        ("{{ data.team.x.y }}", "", ""),
        ("{% set _ = data.update(a=1) %}", "TypeError: data cannot be changed", ""),
    ],
)
def test_a_name_that_data_does_not_have_is_told(template: str, expected: str, hint: str) -> None:
    problems = site(template, {"team.yaml": "a: 1"}).problems
    found = [each for each in problems if each.path == "templates/post.html"]
    assert len(found) == 1
    assert found[0].line == 1
    assert expected in found[0].message
    assert hint in found[0].hint


def test_data_that_cannot_be_read_stop_the_build() -> None:
    assert refusal(lambda: site("{{ data.a }}", {"a.json": "{"})) == [
        "data/a.json:1: bad-data: not valid JSON: Expecting property name enclosed in double quotes"
    ]


def test_only_pages_that_show_data_are_made_anew_for_them() -> None:
    cache = Kept()
    site("{{ data.a }}", {"a.yaml": "1", "b.yaml": "1"}, cache)
    known = set(cache.results)
    site("{{ data.a }}", {"a.yaml": "1", "b.yaml": "2"}, cache)
    assert set(cache.results) == known
    site("{{ data.a }}", {"a.yaml": "2", "b.yaml": "2"}, cache)
    assert len(set(cache.results) - known) == 1


def test_the_file_of_view_counts_is_no_data(tmp_path: Path) -> None:
    root = write_site(tmp_path, {"data/counts.json": "{}", "data/deep/a.csv": "x"})
    listing = list_inputs(root, DigestIndex(tmp_path / "ledger"))
    assert [each.path for each in find_data(root, listing, "data/counts.json")] == [
        "data/deep/a.csv"
    ]
