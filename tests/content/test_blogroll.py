"""Other sites, from data/blogroll.yaml or an OPML file, as a page and as OPML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import hypothesis.strategies as st
import pytest
from hypothesis import given

from generator.content.opml import BlogrollGroup, BlogrollLink, groups_of, read_opml, write_opml
from generator.pipeline.results import Build
from tests.support.sites import built, content_of, minimal_templates, page, post, refusal, told

SETTINGS = "title: T\ncounter: {enabled: false}\nauthor: {name: Ana}\nblogroll: true"
PAGE = (
    '{% extends "base.html" %}{% block main %}{{ page.body }}{{ site.blogroll }}'
    "{% for group in page.blogroll %}[{{ group.title }}"
    "{% for link in group.links %} {{ link.title }}={{ link.url }}{% endfor %}]{% endfor %}"
    "{% endblock %}"
)
YAML = """- title: One
  url: https://one.example/
  feed: https://one.example/feed.xml
  description: All about one
- title: Boats
  links:
    - title: Two
      url: https://two.example/
"""
OPML = """<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="1.0"><head><title>Mine</title></head><body>
<outline text="One" type="rss" xmlUrl="https://one.example/feed.xml"
 htmlUrl="https://one.example/" description="All about one"/>
<outline text="Boats" title="Boats">
<outline text="More"><outline title="Tw\xf6" type="rss" xmlUrl="https://two.example/feed"/></outline>
</outline>
</body></opml>
""".encode("latin-1")


def site(data: str | bytes, kind: str = "yaml", **files: str) -> Build:
    templates = minimal_templates() | {"blogroll.html": PAGE}
    data_file: dict[str, str | bytes] = {f"data/blogroll.{kind}": data} if data else {}
    return built(data_file | files, SETTINGS, templates=templates)


def test_sites_have_a_page_and_a_file_for_programs() -> None:
    made = site(YAML)
    assert told(made.problems) == []
    assert "[ One=https://one.example/][Boats Two=https://two.example/]" in page(
        made, "blogroll/index.html"
    )
    root = ET.fromstring(content_of(made)["blogroll.opml"])
    assert root.get("version") == "2.0"
    assert root.findtext("head/title") == "T: Blogroll"
    assert root.findtext("head/ownerName") == "Ana"
    assert root.find("body/outline").attrib == {  # type: ignore[union-attr]
        "text": "One",
        "description": "All about one",
        "type": "rss",
        "xmlUrl": "https://one.example/feed.xml",
        "htmlUrl": "https://one.example/",
    }
    assert [each.get("text") for each in root.findall("body/outline/outline")] == ["Two"]


def test_what_a_program_for_feeds_exports_can_be_laid_into_data() -> None:
    made = site(OPML, "opml")
    assert told(made.problems) == []
    assert "[ One=https://one.example/][Boats Twö=https://two.example/feed]" in page(
        made, "blogroll/index.html"
    )


TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda text: text.strip() == text and "\ufffe" not in text and "\uffff" not in text
)
LINKS = st.builds(
    BlogrollLink,
    title=TITLES,
    url=st.just("https://one.example/?a=1&b=<2>"),
    feed=st.sampled_from(["", "https://one.example/feed"]),
    description=st.one_of(st.just(""), TITLES),
)


@given(links=st.lists(LINKS, min_size=1), group=TITLES)
def test_what_is_written_is_read_as_it_was(links: list[BlogrollLink], group: str) -> None:
    groups = (
        BlogrollGroup(title="", links=tuple(links)),
        BlogrollGroup(title=group, links=tuple(links)),
    )
    assert groups_of(read_opml(write_opml("T", "", "https://example.org/", groups))[0]) == groups


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        ("- title: One\n", "yaml", "1: data-schema: `item 1`: 'url' is a required property"),
        (
            YAML.replace("https://two", "two"),
            "yaml",
            "8: data-schema: `item 2.links item 1.url`: 'two.example/' does not match",
        ),
        (
            YAML.replace("feed:", "fed:"),
            "yaml",
            "1: data-schema: `item 1`: Additional properties are not allowed ('fed' was",
        ),
        ("one: https://one.example\n", "yaml", "1: data-schema: {'one': 'https://one.example'} is"),
        (OPML.replace(b"Tw\xf6", b""), "opml", "6: data-schema: `item 2.links item 1.title`: ''"),
        (OPML.replace(b"https://two", b"feed://two"), "opml", "6: data-schema: "),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(
    data: str | bytes, kind: str, expected: str
) -> None:
    problems = told(site(data, kind).problems)
    assert problems
    assert all(each.startswith(f"data/blogroll.{kind}:") for each in problems)
    assert [each for each in problems if each.startswith(f"data/blogroll.{kind}:{expected}")]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"<opml><body></opml>", "1: bad-data: not valid XML"),
        (b"\n<html/>", "2: bad-data: not OPML"),
        (b"", "1: bad-data: not valid XML"),
        (b"<opml>\xff</opml>", "1: bad-data: not valid XML"),
    ],
)
def test_what_is_no_opml_is_reported(raw: bytes, expected: str) -> None:
    (problem,) = refusal(lambda: site(raw or b" ", "opml"))
    assert problem.startswith(f"data/blogroll.opml:{expected}")


def test_a_list_that_is_missing_is_reported() -> None:
    assert told(site("").problems) == [
        "site.yaml:0: missing-data: `blogroll`: there is no data/blogroll.yaml"
    ]


def test_a_page_of_ones_own_takes_its_place_and_no_page_that_of_the_file() -> None:
    own = post("description: P.", "My words.", title="P")
    made = site(YAML, **{"content/pages/blogroll.md": own})
    assert told(made.problems) == []
    shown = page(made, "blogroll/index.html")
    assert "My words." in shown
    assert "One=https://one.example/" in shown
    taken = post("description: P.\npermalink: /blogroll.opml", title="P")
    (problem,) = refusal(lambda: site(YAML, **{"content/pages/p.md": taken}))
    assert "bad-url" in problem


def test_data_of_that_name_are_the_owners_where_no_page_is_wanted() -> None:
    templates = minimal_templates() | {"page.html": "{{ data.blogroll.one }}"}
    files = {"data/blogroll.yaml": "one: 1", "content/pages/p.md": post("", title="P")}
    made = built(files, "title: T\ncounter: {enabled: false}", templates=templates)
    assert page(made, "p/index.html") == "1"
    assert not {"blogroll.opml", "blogroll/index.html"} & content_of(made).keys()
