"""The schemas that editors read say what Tidepost itself would say of a file."""

from __future__ import annotations

import json
import typing
import zoneinfo
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.content.frontmatter import _FIELDS, SYNONYMS
from generator.content.frontmatter import parse as parse_document
from generator.core.decode import convert, convert_field
from generator.core.problems import Problem
from generator.core.yaml_reader import YamlDocument, YamlError, read_mapping
from tools import schema as make

ROOT = Path(__file__).parents[2]
SITE, MATTER = (
    json.loads((ROOT / "schema" / name).read_text(encoding="utf-8"))
    for name in ("site.schema.json", "front-matter.schema.json")
)
SITE_FILES = [
    file
    for file in (ROOT / "site.yaml", *(ROOT / "docs").glob("*/site.yaml"), *ROOT.glob("tests/**/*"))
    if file.name == CONFIG_FILE
]
DOCUMENTS = sorted(ROOT.glob("content/**/*.md"))


def accepts(schema: dict[str, Any], value: object) -> bool:
    return bool(jsonschema.Draft7Validator(schema).is_valid(value))


def settings_of(data: dict[str, Any]) -> tuple[SiteConfig | None, list[Problem]]:
    return convert(YamlDocument(data, None), SiteConfig, path=CONFIG_FILE, code="site-yaml")


def test_what_is_made_from_the_types_is_up_to_date() -> None:
    stale = [
        path
        for path, text in make.files().items()
        if (ROOT / path).read_text(encoding="utf-8") != text
    ]
    assert not stale, "run `make schema`"


def test_the_schemas_are_schemas() -> None:
    for schema in (SITE, MATTER):
        jsonschema.Draft7Validator.check_schema(schema)


@pytest.mark.parametrize("file", SITE_FILES, ids=lambda file: file.parent.name)
def test_a_site_yaml_is_accepted_when_tidepost_accepts_it(file: Path) -> None:
    try:
        document = read_mapping(file.read_text(encoding="utf-8"))
    except YamlError:  # no editor needs a schema to say so
        with pytest.raises(yaml.YAMLError):
            yaml.safe_load(file.read_text(encoding="utf-8"))
        return
    accepted, _ = convert(document, SiteConfig, path=CONFIG_FILE, code="site-yaml")
    if accepted:
        assert accepts(SITE, document.data)


def test_the_sample_sites_line_for_editors_names_the_schema() -> None:
    for file in (ROOT / "site.yaml", *(ROOT / "docs").glob("*/site.yaml")):
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        named = first.removeprefix("# yaml-language-server: $schema=")
        assert (file.parent / named).resolve() == ROOT / "schema" / "site.schema.json"


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.stem)
def test_the_sample_documents_are_accepted(file: Path) -> None:
    matter = file.read_text(encoding="utf-8").split("---\n")[1]
    assert list(jsonschema.Draft7Validator(MATTER).iter_errors(read_mapping(matter).data)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"titel": "x"},
        {"title": ["a"]},
        {"page_size": "ten"},
        {"page_size": True},
        {"menu": {"title": "a", "url": "/"}},
        {"menu": [{"title": "a"}]},
        {"menu": [{"title": "a", "url": "/", "wieght": 1}]},
        {"author": "Marin"},
        {"author": {"url": "https://x.org"}},
        {"authors": {"marin": "Marin"}},
        {"counter": {"mode": "all"}},
        {"counter": {"on": ["home", "everything"]}},
        {"counter": {"hot": {"/": "8"}}},
        {"checks": {"page-title": "fatal"}},
        {"publish": {"target": "ftp"}},
        {"publish": {"grace": {"days": "seven"}}},
        {"params": []},
    ],
    ids=str,
)
def test_what_is_bad_by_type_is_refused(wrong: dict[str, Any]) -> None:
    site = {"title": "T", "url": "https://example.org", **wrong}
    assert settings_of(site)[1]
    assert not accepts(SITE, site)


def test_title_and_url_must_be_there() -> None:
    assert not accepts(SITE, {"title": "T"})
    assert not accepts(SITE, {"url": "https://example.org"})
    assert not accepts(MATTER, {"date": "2026-01-01"})


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70),
    st.sampled_from([0.5, 7.25]),  # to JSON Schema 7.0 is a whole number, to us it is not
    st.sampled_from(["", "x", "/a/{slug}/", "views", "error", "s3", "Europe/Lisbon", "2026-01-01"]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/"), inner, max_size=2),
    max_leaves=5,
)


def likely(kind: Any) -> st.SearchStrategy[Any]:
    """Return values that often are of the type, in which any part may be something else."""
    options = typing.get_args(kind)
    right: st.SearchStrategy[Any]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        right = group(kind)
    elif typing.get_origin(kind) is typing.Literal:
        right = st.sampled_from(options)
    elif typing.get_origin(kind) in (tuple, list):
        right = st.lists(likely(options[0]), max_size=3)
    elif typing.get_origin(kind) is dict:
        right = st.dictionaries(st.sampled_from(["/a/", "page-title"]), likely(options[1]))
    elif options:
        right = st.one_of(*map(likely, options))
    elif kind in (str, int, float, bool):
        right = st.integers(0, 64) if kind in (int, float) else st.from_type(kind)
    else:
        right = ANYTHING
    return st.one_of(right, right, right, right, right, right, ANYTHING)


def group(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    hints = typing.get_type_hints(kind)
    needed = {field.name for field in msgspec.structs.fields(kind) if field.required}
    return st.fixed_dictionaries(
        {name: likely(hints[name]) for name in needed},
        optional={name: likely(hint) for name, hint in hints.items() if name not in needed},
    )


def few(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a site with a few settings, so that it often is right as a whole."""
    hints = typing.get_type_hints(kind)
    return st.lists(st.sampled_from(sorted(hints)), max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: likely(hints[name]) for name in names})
    )


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(few(SiteConfig))
def test_settings_that_tidepost_accepts_the_schema_accepts(given_settings: dict[str, Any]) -> None:
    site = {"title": "T", "url": "https://example.org"}
    site |= {name: value for name, value in given_settings.items() if value is not None}
    accepted, _ = settings_of(site)
    if accepted:
        assert accepts(SITE, site)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(_FIELDS)), st.data())
def test_front_matter_is_accepted_exactly_when_its_types_are_right(
    name: str, data: st.DataObject
) -> None:
    value = data.draw(likely(_FIELDS[name]))
    said = value
    if isinstance(value, dict):
        said = {inner: each for inner, each in value.items() if each is not None}
    _, wrong = convert_field(said, _FIELDS[name])
    empty = (value is None and name != "title") or (value is False and name == "title")
    assert accepts(MATTER, {"title": "T", name: value}) == (not wrong or empty)


def test_keys_of_other_generators_and_of_templates_are_accepted() -> None:
    matter = "".join(
        f"{synonym}: {'[a]' if name in ('tags', 'categories', 'authors') else 'xx'}\n"
        for synonym, name in SYNONYMS.items()
        if name not in ("date", "updated", "expires", "permalink")
    )
    text = f"---\ntitle: T\nmine: {{anything: goes}}\n{matter}---\nText.\n"
    _, problems = parse_document(
        "content/pages/a.md", text.encode(), "page", zoneinfo.ZoneInfo("UTC")
    )
    assert not [problem for problem in problems if problem.severity == "error"]
    assert accepts(MATTER, read_mapping(text.split("---\n")[1]).data)


def test_a_setting_without_a_description_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "_FIELDS", {**_FIELDS, "colour_of_the_sea": str})
    with pytest.raises(make.Undescribed, match="colour_of_the_sea"):
        make.front_matter_schema()
    lacking = {"url": {"type": "string"}}
    component = {"title": "", "description": "", "properties": lacking, "required": []}
    monkeypatch.setattr(
        make.msgspec.json, "schema_components", lambda *_, **__: (({},), {"ApiSettings": component})
    )
    with pytest.raises(make.Undescribed, match="there is no such"):
        make.site_schema()
