"""Documents of the owner's own kinds: their fields, their list, and what is told of mistakes."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from generator.config.content import COMMON_FIELDS
from generator.config.settings import parse
from generator.content.collections import Item
from generator.content.frontmatter import _FIELDS, POST_FIELDS, SYNONYMS
from generator.core.problems import SiteError
from generator.pipeline.results import Build
from generator.render.site_view import view_items
from tests.support.caches import Kept
from tests.support.sites import (
    PROJECT,
    built,
    command_here,
    config,
    content_of,
    minimal_templates,
    page,
    post,
    refusal,
    told,
    write_site,
)

GUIDE = PROJECT / "docs" / "collections.md"
SETTINGS = """
title: T
counter: {enabled: false}
collections:
  projects:
    title: Projects
    sort: %s
    fields:
      repo: {type: url, required: true}
      status: {enum: [active, done]}
      stars: int
      price: number
      open: bool
      started: date
      parts: list
      note: text
"""
LIST = (
    '{% extends "base.html" %}{% block main %}{% for item in page.items %}'
    '<a href="{{ item.url }}">{{ item.title }}:{{ item.fields.stars|default(0) }}</a>;'
    "{% endfor %}{% endblock %}"
)
REPO = "repo: https://example.org/x"


def site(
    files: dict[str, str], settings: str = SETTINGS % "title", cache: Any = None, **templates: str
) -> Build:
    return built(
        {f"content/{path}.md": text for path, text in files.items()},
        settings,
        templates=minimal_templates()
        | {"collection.html": LIST}
        | {f"{name}.html": text for name, text in templates.items()},
        cache=cache,
    )


def item(matter: str = "", title: str = "A") -> str:
    return post(f"{REPO}\n{matter}\ndescription: About {title}.", "Words.", title=title)


def test_documents_have_pages_and_a_list() -> None:
    made = site(
        {
            "projects/a": item("stars: 3", "A & B"),
            "projects/deep/b": item(title="B"),
            "projects/c/index": item(title="C"),
            "pages/p": post("description: P.", "[it](../projects/a.md)", title="P"),
        }
    )
    assert told(made.problems) == []
    shown = page(made, "projects/index.html")
    links = re.findall(r'<a href="(.*?)">(.*?)</a>;', shown)
    assert links == [
        ("/projects/a/", "A &amp; B:3"),
        ("/projects/b/", "B:None"),
        ("/projects/c/", "C:None"),
    ]
    assert 'data-kind="collection"' in shown
    assert 'data-kind="item"' in page(made, "projects/a/index.html")
    assert '<a href="/projects/a/">it</a>' in page(made, "p/index.html")
    for file in ("sitemap.xml", "llms.txt"):
        assert "https://example.org/projects/a/" in page(made, file)
    assert "projects" not in page(made, "feed.xml")


def test_the_way_down_leads_by_the_list() -> None:
    template = '{% extends "base.html" %}{% block main %}{{ page.breadcrumbs|map(attribute="title")|join("/") }}{% endblock %}'  # noqa: E501
    made = site({"projects/a": item()}, page=template)
    assert "Home/Projects" in page(made, "projects/a/index.html")


def test_fields_have_their_types() -> None:
    matter = (
        "status: done\nstars: 3\nprice: 2\nopen: true\nstarted: 2024-02-03 10:00\n"
        "parts: oak, tar\nnote: 12\nmore: x"
    )
    shown = (
        "{{ page.fields.repo }} {{ page.fields.status }} {{ page.fields.stars + 1 }} "
        "{{ page.fields.price / 4 }} {{ page.fields.open }} {{ page.fields.started|isodate }} "
        "{{ page.fields.parts|join('+') }} {{ page.fields.note ~ '3' }} {{ page.extra.more }}"
    )
    whole = '{% extends "base.html" %}{% block main %}' + shown + "{% endblock %}"
    settings = SETTINGS % "title" + "timezone: Europe/Lisbon\n"
    made = site({"projects/a": item(matter)}, settings, page=whole)
    assert [each.code for each in made.problems] == ["unknown-key"]
    assert "https://example.org/x done 4 0.5 True 2024-02-03T10:00:00+00:00 oak+tar 123 x" in page(
        made, "projects/a/index.html"
    )


@pytest.mark.parametrize(
    ("matter", "expected"),
    [
        ("stars: many", ":4: wrong-type: `stars`: expected a whole number, got text"),
        ("open: yes", ":4: wrong-type: `open`: expected true or false, got text"),
        (
            "status: activ",
            ":4: wrong-type: `status`: `activ` is not one of active, done; did you mean `active`?",
        ),
        ("\nstarted: soon", ":5: wrong-type: `started`: `soon` is not a date"),
        ("parts: {a: 1}", ":4: wrong-type: `parts`: expected a list or text"),
        ("star: 3", ":4: unknown-key: `star` is no field of `projects`"),
        ("price: [1]", ":4: wrong-type: `price`: expected a number, got a list"),
        ("date: soon", ":4: bad-date: `date`: "),
    ],
)
def test_mistaken_fields_are_told_with_their_line(matter: str, expected: str) -> None:
    (found,) = told(site({"projects/a": item(matter)}).problems)
    assert found.startswith(f"content/projects/a.md{expected}")


@pytest.mark.parametrize(
    ("matter", "hint"),
    [
        ("started: 20240203", "write it as started: 2021-05-01"),
        ("started: soon", "write it as started: 2021-05-01"),
        ("open: yes", "write true or false"),
        ("parts: true", 'put it in quotes, so that it is text: parts: "..."'),
    ],
)
def test_mistaken_fields_are_told_how_to_write_them(matter: str, hint: str) -> None:
    (found,) = site({"projects/a": item(matter)}).problems
    assert (found.code, found.hint) == ("wrong-type", hint)


@pytest.mark.parametrize(
    ("repo", "expected"),
    [
        ("", ":1: missing-field: `repo` is missing"),
        ("repo:", ":3: missing-field: `repo` is missing"),
        ("repo: example.org", ":3: wrong-type: `repo`: `example.org` is no address"),
        (
            "repo: javascript:alert(1)",
            ":3: wrong-type: `repo`: `javascript:alert(1)` is no address",
        ),
        ("repo: //x.org", ":3: wrong-type: `repo`: `//x.org` is no address"),
        ("repo: 'http://[x'", ":3: wrong-type: `repo`: `http://[x` is no address"),
        ("repo: /here/", None),
        ("repo: mailto:a@example.org", None),
    ],
)
def test_addresses_are_looked_at(repo: str, expected: str | None) -> None:
    found = told(site({"projects/a": post(f"{repo}\ndescription: D.", title="A")}).problems)
    if expected is None:
        assert found == []
    else:
        (line,) = found
        assert line.startswith(f"content/projects/a.md{expected}")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("title", "abcd"),
        ("-title", "dcba"),
        ("weight", "cabd"),
        ("stars", "bdca"),
        ("-stars", "dbca"),
        ("date", "dacb"),
        ("-date", "adcb"),
        ("-started", "bcad"),
    ],
)
def test_lists_are_in_order(sort: str, order: str) -> None:
    made = site(
        {
            "projects/1": item("date: 2024-02-01", "a"),
            "projects/2": item("stars: 1\nstarted: 2024-03-01", "b"),
            "projects/3": item("weight: -1\nstarted: 2024-02-01", "c"),
            "projects/4": item("stars: 2\ndate: 2024-01-01", "d"),
        },
        SETTINGS % sort,
    )
    assert "".join(re.findall(r">(\w):", page(made, "projects/index.html"))) == order


@pytest.mark.parametrize(
    ("settings", "address", "list_address"),
    [
        ("{}", "books/a/index.html", "books/index.html"),
        ("{permalink: '/shelf/{year}/{slug}/'}", "shelf/2024/a/index.html", "shelf/index.html"),
        ("{permalink: '/{slug}.html'}", "a.html", "books/index.html"),
        ("{list: false}", "books/a/index.html", None),
    ],
)
def test_addresses(settings: str, address: str, list_address: str | None) -> None:
    text = f"counter: {{enabled: false}}\ncollections: {{books: {settings}}}"
    made = content_of(site({"books/a": post("date: 2024-01-02\ndescription: D.", title="A")}, text))
    assert address in made
    lists = [path for path in made if b'data-kind="collection"' in made[path]]
    assert lists == ([list_address] if list_address else [])


def test_a_page_takes_the_place_of_the_list() -> None:
    own = post("permalink: /projects/\ndescription: Own.", "My own list.", title="Mine")
    made = site({"projects/a": item(), "pages/mine": own})
    assert "My own list." in page(made, "projects/index.html")


def test_documents_are_held_back_as_posts_are() -> None:
    files = {
        "projects/a": item("draft: true", "A"),
        "projects/b": item("date: 2030-01-01", "B"),
        "projects/c": item("expires: 2020-01-01", "C"),
    }
    made = site(files)
    assert sorted(made.held.values()) == ["draft", "expired", "scheduled"]
    assert "<a href" not in page(made, "projects/index.html").partition("<main>")[2]


def setting(text: str) -> list[str]:
    lines = f"title: T\nurl: https://example.org\ncollections:\n{text}"
    try:
        parse(lines.encode())
    except SiteError as error:
        return told(error.problems)
    return []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a:\n    fields: {x: int}\n", []),
        ("  a:\n", []),
        (
            "  a:\n    fields:\n      x: int\n      y: integer\n",
            ["site.yaml:7: site-yaml: `collections.a.fields.y`: `integer` is not one of text, int, "
             "number, bool, date, url, list"],
        ),
        (
            "  a:\n    fields:\n      x: {typ: int}\n  b: {titel: B}\n",
            ["site.yaml:6: site-yaml: `collections.a.fields.x.typ` is not a known setting",
             "site.yaml:7: site-yaml: `collections.b.titel` is not a known setting"],
        ),
        (
            "  a:\n    fields: {url: url}\n",
            ["site.yaml:5: site-yaml: `collections.a.fields`: `url` has a meaning in every "
             "document; take another name"],
        ),
        (
            "  a: {permalink: 'x/{slugg}'}\n",
            ["site.yaml:4: site-yaml: `collections.a.permalink`: `{slugg}` is not one of {slug}, "
             "{year}, {month}, {day}",
             "site.yaml:4: site-yaml: `collections.a.permalink`: a URL pattern starts with /",
             "site.yaml:4: site-yaml: `collections.a.permalink`: needs {slug}, or every document "
             "has the same URL"],
        ),
        (
            "  a: {sort: -starz}\n",
            ["site.yaml:4: site-yaml: `collections.a.sort`: `-starz` is neither date, title, "
             "weight nor a field"],
        ),
        (
            "  posts: {}\n  A b: {}\n",
            ["site.yaml:3: site-yaml: `collections`: `A b`: small letters, digits, - and _",
             "site.yaml:3: site-yaml: `collections`: `posts` is Tidepost's own; take another name"],
        ),
    ],
)  # fmt: skip
def test_settings_are_looked_at(text: str, expected: list[str]) -> None:
    assert setting(text) == expected


def test_an_authors_mistake_has_its_line_too() -> None:
    raw = (
        b"title: T\nurl: https://example.org\nauthors:\n  ana: {name: Ana}\n  rui:\n    nam: Rui\n"
    )
    with pytest.raises(SiteError) as caught:
        parse(raw)
    assert told(caught.value.problems) == [
        "site.yaml:5: site-yaml: `authors.rui.name` is missing",
        "site.yaml:6: site-yaml: `authors.rui.nam` is not a known setting",
    ]


def test_what_every_document_may_say_is_no_field() -> None:
    assert {*_FIELDS, *SYNONYMS} - POST_FIELDS.keys() == COMMON_FIELDS


def test_lists_at_one_address_are_told() -> None:
    text = (
        "counter: {enabled: false}\ncollections:\n  a: {permalink: '/archive/{slug}/'}\n"
        "  b: {permalink: '/x/{slug}/'}\n  c: {permalink: '/x/{slug}.html'}\n"
    )
    assert refusal(lambda: site({}, text)) == [
        "site.yaml:0: same-url: the list of `a` would be at `/archive/`, where another one is",
        "site.yaml:0: same-url: the list of `c` would be at `/x/`, where another one is",
    ]


def test_layouts_that_are_missing_are_told() -> None:
    text = "counter: {enabled: false}\ncollections: {a: {layout: projct}}"
    assert refusal(lambda: site({}, text, project="x")) == [
        "site.yaml:0: missing-layout: collection `a`: there is no templates/projct.html"
    ]


def test_templates_and_shortcodes_see_collections() -> None:
    shown = "{% for item in collections.projects %}{{ item.title }}{{ item.date|default('', true) }}{% endfor %}"  # noqa: E501
    files = {
        "projects/a": item("stars: 3", "Ab"),
        "pages/p": post("description: P.", "{{ mine() }}", title="P"),
    }
    whole = '{% extends "base.html" %}{% block main %}{{ page.body }}(' + shown + "){% endblock %}"
    made = site(files, page=whole, **{"shortcodes/mine": f"[{shown}]"})
    assert told(made.problems) == []
    html = page(made, "p/index.html")
    assert "[Ab]" in html
    assert "(Ab)" in html


def test_only_pages_that_show_a_collection_follow_it() -> None:
    cache = Kept()
    shown = (
        '{% extends "base.html" %}{% block main %}{{ collections.projects[0].title }}{% endblock %}'
    )
    files = {
        "projects/a": item("", "A"),
        "posts/2024-01-01-p": post("description: P.", title="P"),
        "posts/2024-01-02-q": post("description: Q.", title="Q"),
    }
    for change, most in (
        ({}, None),
        ({"projects/a": item("", "A").replace("Words.", "Other words.")}, 3),  # source, text, page
        ({"projects/a": item("stars: 2", "A")}, 5),  # source, page, list; and the two posts
    ):
        known = set(cache.results)
        site({**files, **change}, cache=cache, post=shown)
        if most is not None:
            assert len(set(cache.results) - known) == most


def test_moments_of_fields_are_in_the_sites_zone_also_when_remembered(tmp_path: Path) -> None:
    shown = '{% extends "base.html" %}{% block main %}{{ page.fields.started|isodate }} {{ collections.projects[0].fields.started|isodate }}{% endblock %}'  # noqa: E501
    root = write_site(
        tmp_path,
        {
            "site.yaml": "url: https://example.org\ntimezone: Asia/Tokyo\n" + SETTINGS % "-started",
            "templates/project.html": shown,
            "templates/collection.html": LIST,
            "content/projects/a.md": item("started: 2024-02-03 10:00\nlayout: project"),
        },
    )
    for text in ("", "More."):
        (root / "content/projects/b.md").write_text(
            item("title: B\nlayout: project\nstarted: 2020-01-01", "B") + text, encoding="utf-8"
        )
        done = command_here(root, "build")
        assert done.returncode == 0, done.stderr
        html = (root / "_site/projects/a/index.html").read_text(encoding="utf-8")
        assert "2024-02-03T10:00:00+09:00 2024-02-03T10:00:00+09:00" in html


def test_the_guides_example_works(tmp_path: Path) -> None:
    text = GUIDE.read_text(encoding="utf-8")

    def block(language: str, number: int = 0) -> str:
        return re.findall(rf"^```{re.escape(language)}\n(.*?)^```", text, re.M | re.S)[number]

    templates = {
        f"templates/{file.relative_to(PROJECT / 'templates')}": file.read_text(encoding="utf-8")
        for file in (PROJECT / "templates").rglob("*.*ml")
    }
    static = {
        f"static/{file.relative_to(PROJECT / 'static')}": file.read_bytes()
        for file in (PROJECT / "static").rglob("*")
        if file.is_file()
    }
    root = write_site(
        tmp_path,
        {
            **templates,
            **static,
            "site.yaml": "title: S\ndescription: A site.\nurl: https://ana.example\n"
            "counter: {enabled: false}\nauthor: {name: Ana}\n" + block("yaml"),
            "content/projects/dinghy.md": block("markdown"),
            "templates/project.html": block("html+jinja"),
            "templates/page.html": templates["templates/page.html"] + block("html+jinja", 1),
        },
    )
    done = command_here(root, "build")
    assert done.returncode == 0, done.stderr + done.stdout
    html = (root / "_site/projects/dinghy/index.html").read_text(encoding="utf-8")
    assert '<a href="https://example.org/dinghy">The plans</a>, active, since 2025' in html
    listed = (root / "_site/projects/index.html").read_text(encoding="utf-8")
    assert '<h2><a href="/projects/dinghy/">A dinghy</a></h2>' in listed
    assert "Four metres of larch." in listed


def test_new_begins_a_document_with_its_fields(tmp_path: Path) -> None:
    settings = "url: https://example.org" + SETTINGS % "title"
    root = write_site(tmp_path, {"site.yaml": settings, "templates/collection.html": LIST})
    for words, name in ((("projects", "A dinghy"), "projects/a-dinghy"), (("projects",), None)):
        done = command_here(root, "new", *words)
        assert done.returncode == 0, done.stderr
        if name:
            text = (root / f"content/{name}.md").read_text(encoding="utf-8")
            assert text.startswith('---\ntitle: "A dinghy"\ndescription: \nrepo: \nstatus: \n')
    done = command_here(root, "check")
    assert "content/projects/a-dinghy.md:4: missing-field: `repo` is missing" in (
        done.stdout + done.stderr
    )
    assert len(list((root / "content/posts").glob("*-projects.md"))) == 1


def test_items_that_were_remembered_are_seen_in_the_sites_zone() -> None:
    settings = config("timezone: Asia/Tokyo")
    moment = dt.datetime(2024, 2, 3, 10, tzinfo=settings.zone)
    one = Item(
        source="content/a/b.md",
        title="B",
        description="",
        date=moment,
        updated=moment,
        weight=0,
        draft=False,
        fields={"started": moment, "stars": 3},
    )
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=Item)
    (view,) = view_items([again], {one.source: "/a/b/"}, settings)
    shown = (view.date, view.updated, view.fields["started"])
    assert [each.isoformat() for each in shown if each] == ["2024-02-03T10:00:00+09:00"] * 3
