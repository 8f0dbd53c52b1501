import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.content.file_parts import MOST_LINE
from generator.content.frontmatter import _FIELDS, SYNONYMS, Document, parse
from tests.support.sites import PROJECT, post, told

UTC = ZoneInfo("UTC")
SOURCE = "content/posts/2021-05-01-a-post.md"


def read(text: str | bytes, source: str = SOURCE, kind: str = "post", **more: bool) -> Document:
    raw = text.encode() if isinstance(text, str) else text
    document, problems = parse(source, raw, kind, UTC, **more)  # type: ignore[arg-type]
    assert document is not None, told(problems)
    return document


def problems(text: str | bytes, source: str = SOURCE, kind: str = "post") -> list[str]:
    raw = text.encode() if isinstance(text, str) else text
    document, found = parse(source, raw, kind, UTC)  # type: ignore[arg-type]
    errors = [problem for problem in found if problem.severity == "error"]
    assert (document is None) == bool(errors)
    return [line.removeprefix(f"{source}:") for line in told(found)]


def test_a_post_with_everything_unsaid() -> None:
    document = read(post(title="Hello"))
    assert document.slug == "a-post"
    assert document.title == "Hello"
    assert document.date is not None
    assert document.date.isoformat() == "2021-05-01T00:00:00+00:00"
    assert not document.timed
    assert document.body == "Text.\n"
    assert document.body_line == 4
    assert (document.tags, document.categories, document.authors, document.aliases) == ((),) * 4
    assert not document.draft
    assert document.extra == {}


@pytest.mark.parametrize("start", ["\n---\n", " ---\n", "----\n", "—\n", "--\n", "\ufeff\n\n---\n"])
def test_a_first_line_that_is_nearly_right(start: str) -> None:
    _, [problem] = parse(SOURCE, f"{start}title: T\n---\nText.\n".encode(), "post", UTC)
    hint = "its first line must be `---`: three hyphens, nothing before and after them"
    assert (problem.line, problem.code, problem.hint) == (1, "no-front-matter", hint)


@pytest.mark.parametrize(
    ("matter", "field", "value"),
    [
        ("lastmod: 2022-01-02", "updated", "2022-01-02T00:00:00+00:00"),
        ("last_modified_at: 2022-01-02", "updated", "2022-01-02T00:00:00+00:00"),
        ("expiryDate: 2022-01-02", "expires", "2022-01-02T00:00:00+00:00"),
        ("publishDate: 2020-01-02", "date", "2020-01-02T00:00:00+00:00"),
        ("date: 2020-01-02 10:00", "date", "2020-01-02T10:00:00+00:00"),
        ("url: /x/", "permalink", "/x/"),
        ("permalink: x/", "permalink", "/x/"),
        ("permalink: /{year}/{slug}/", "permalink", "/{year}/{slug}/"),
        ("summary: In short", "excerpt", "In short"),
        ("categories: sea land", "categories", ("sea", "land")),
        ("categories: Sea life, land", "categories", ("Sea life", "land")),
        ("categories: [Sea life, land]", "categories", ("Sea life", "land")),
        ("category: Sea life", "categories", ("Sea life",)),
        ("category: a\ncategories: [b, a]", "categories", ("a", "b")),
        ("tags: one two one", "tags", ("one", "two")),
        ("tags: machine learning, cooking", "tags", ("machine learning", "cooking")),
        ("tag: machine learning", "tags", ("machine learning",)),
        ("tags: [2021, three]", "tags", ("2021", "three")),
        ("tags: 2021", "tags", ("2021",)),
        ("tags: []", "tags", ()),
        ("tags:", "tags", ()),
        ("tags: [' ', a]", "tags", ("a",)),
        ("author: Ana Lima", "authors", ("Ana Lima",)),
        ("authors: Ana Lima, Rui", "authors", ("Ana Lima", "Rui")),
        ("author: Ana Lima\nauthors: [Rui]", "authors", ("Ana Lima", "Rui")),
        ("redirect_from: /old/", "aliases", ("/old/",)),
        ("aliases: [/old/, older.html]\nredirect_from: /old/", "aliases", ("/old/", "/older.html")),
        ("draft: true", "draft", True),
        ("published: false", "draft", True),
        ("published: true", "draft", False),
        ("weight: 3", "weight", 3),
        ("counter: false", "counter", False),
        ("slug: other", "slug", "other"),
        ("layout: wide", "layout", "wide"),
        ("series: Part of it", "series", "Part of it"),
        ("title: 42", "title", "42"),
        ("title: '  spaced '", "title", "spaced"),
    ],
)
def test_what_writers_bring_from_elsewhere(matter: str, field: str, value: object) -> None:
    got = getattr(read(post(matter)), field)
    assert (got.isoformat() if hasattr(got, "isoformat") else got) == value


def test_a_date_with_a_time_says_so() -> None:
    assert read(post("date: 2020-01-02 00:00")).timed
    assert not read(post("date: 2020-01-02")).timed


@pytest.mark.parametrize(
    ("source", "kind", "slug"),
    [
        ("content/posts/2021-05-01-Big News!.md", "post", "big-news"),
        ("content/posts/2021-5-1-x.md", "post", "x"),
        ("content/posts/2021-05-01-trip/index.md", "post", "trip"),
        ("content/posts/2021/05/2021-05-01-x.md", "post", "x"),
        ("content/pages/2021-05-01-x.md", "page", "2021-05-01-x"),
        ("content/pages/about.md", "page", "about"),
        ("content/pages/docs/index.md", "page", "docs"),
        ("content/pages/docs/index.markdown", "page", "docs"),
        ("content/posts/2021-05-01-日本.md", "post", "日本"),
    ],
)
def test_slugs_from_file_names(source: str, kind: str, slug: str) -> None:
    assert read(post(), source, kind).slug == slug


def test_a_draft_needs_no_date() -> None:
    assert read(post("draft: true"), "content/posts/x.md").date is None
    assert read(post("published: false"), "content/posts/x.md").date is None
    assert read(post(), "content/drafts/x.md", draft=True).draft


def test_a_byte_order_mark_and_other_line_ends_are_fine() -> None:
    text = post("tags: [a]", "One.\n\nTwo.")
    plain = read(text)
    assert read(b"\xef\xbb\xbf" + text.encode()) == plain
    assert read(text.replace("\n", "\r\n")) == plain
    assert read(text.replace("\n", "\r")) == plain


def test_front_matter_may_end_with_dots_or_be_all_there_is() -> None:
    assert read("---\ntitle: T\n...\nBody").body == "Body"
    assert read("--- \ntitle: T\n---\t\nBody").body == "Body"
    document = read("---\ntitle: T\n---")
    assert (document.body, document.body_line) == ("", 4)


def test_a_rule_in_the_body_ends_nothing() -> None:
    assert read("---\ntitle: T\n---\na\n\n---\n\nb\n").body == "a\n\n---\n\nb\n"


def test_unknown_keys_go_to_the_templates() -> None:
    document = read(post("mood: fine\nnested: {a: [1]}\nempty:"))
    assert document.extra == {"mood": "fine", "nested": {"a": [1]}}


def test_misspelt_keys_are_told_with_a_suggestion() -> None:
    document, found = parse(SOURCE, post("descripton: x\nmood: y").encode(), "post", UTC)
    assert document is not None
    assert [(p.line, p.code, p.severity, p.hint) for p in found] == [
        (
            3,
            "unknown-key",
            "warning",
            "did you mean `description`? (templates see it as page.extra)",
        )
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1: empty-file: the file is empty"]),
        (" \n\n", ["1: empty-file: the file is empty"]),
        ("Just text.\n", ["1: no-front-matter: the file has no front matter"]),
        ("\n---\ntitle: T\n---\n", ["1: no-front-matter: the file has no front matter"]),
        ("+++\ntitle = 'T'\n+++\n", ["1: no-front-matter: the file has no front matter"]),
        ("---\ntitle: T\n", ["1: no-front-matter: the front matter is not closed"]),
        (b"---\ntitle: T\n---\n\xff\n", ["4: not-utf8: not UTF-8 text"]),
        ("---\ntitle: T\n---\na\n\0", ["5: not-text: a NUL character"]),
        (
            "---\ntitle: T\n---\n" + "x" * (MOST_LINE + 1),
            ["4: long-line: a line of 262,145 characters; at most 262,144"],
        ),
        ("---\nlayout: post\n---\n", ["1: missing-title: `title` is missing"]),
        ("---\nlayout: post\ntitle: ' '\n---\n", ["3: missing-title: `title` is missing"]),
        ("---\ntitle: T\ntitle: U\n---\n", ["3: bad-yaml: `title` is given twice"]),
        ("---\ntitle: a: b\n---\n", None),
        (
            "---\ntitle: T\ndraft: 'yes'\n---\n",
            ["3: wrong-type: `draft`: expected true or false, got text"],
        ),
        (
            "---\ntitle: T\ndraft: no\n---\n",
            ["3: wrong-type: `draft`: expected true or false, got text"],
        ),
        ("---\ntitle: [T]\n---\n", None),
        ("---\ntitle: T\ntags: {a: b}\n---\n", None),
        (
            "---\ntitle: T\nweight: heavy\n---\n",
            ["3: wrong-type: `weight`: expected a whole number, got text"],
        ),
        (
            "---\ntitle: T\ndate: 2021-02-30\n---\n",
            ["3: bad-date: `date`: `2021-02-30` is a day that no calendar has"],
        ),
        (
            "---\ntitle: T\nlastmod: soon\n---\n",
            ["3: bad-date: `lastmod`: `soon` is not a date such as 2021-05-01 or 2021-05-01 14:30"],
        ),
        (
            "---\ntitle: T\nslug: a/b\n---\n",
            ["3: bad-slug: `slug: a/b` cannot be part of a URL: it contains /"],
        ),
        (
            "---\ntitle: T\nslug: ..\n---\n",
            ["3: bad-slug: `slug: ..` cannot be part of a URL: it contains `..`"],
        ),
        (
            "---\ntitle: T\nslug: nul\n---\n",
            [
                "3: bad-slug: `slug: nul` cannot be part of a URL: `nul` is "
                "a name that Windows reserves",
            ],
        ),
        (
            "---\ntitle: T\npermalink: /../x/\n---\n",
            ["3: bad-permalink: permalink `/../x/` cannot be a URL here: it contains `..`"],
        ),
        (
            "---\ntitle: T\nredirect_from: ['/{a}/../../x']\n---\n",
            ["3: bad-alias: alias `/{a}/../../x` cannot be a URL here: it contains '{'"],
        ),
        (
            "---\ntitle: T\naliases: https://x.org/\n---\n",
            ["3: bad-alias: alias `https://x.org/` cannot be a URL here: it does not start with /"],
        ),
        (
            "---\ntitle: T\nlastmod: 2021-05-01\nupdated: 2021-05-02\n---\n",
            ["4: repeated-key: `updated` says the same as `lastmod`"],
        ),
        (
            "---\ndraft: maybe\ndate: never\nslug: a b\n---\n",
            [
                "1: missing-title: `title` is missing",
                "2: wrong-type: `draft`: expected true or false, got text",
                "3: bad-date: `date`: `never` is not a date such as 2021-05-01 or 2021-05-01 14:30",
                "4: bad-slug: `slug: a b` cannot be part of a URL: it contains ' '",
            ],
        ),
    ],
)
def test_mistakes(text: str | bytes, expected: list[str] | None) -> None:
    found = problems(text)
    assert found
    if expected is not None:
        assert found == expected


def test_a_post_needs_a_date_and_a_name() -> None:
    assert problems(post(), "content/posts/x.md") == ["1: missing-date: a post needs a date"]
    assert problems(post(), "content/posts/2021-13-01-x.md") == [
        "1: bad-date: the file's name: `2021-13-01` is a day that no calendar has"
    ]
    assert problems(post(), "content/posts/2021-05-01-🎉.md") == [
        "1: bad-slug: the file's name has no letter or digit to make a URL of"
    ]


def test_a_number_where_text_belongs_is_told_how_to_quote() -> None:
    _, found = parse(SOURCE, post("title: 3.10\ntags: [a, 3.10]").encode(), "post", UTC)
    assert [p.message for p in found] == [
        "`title`: expected a whole number or text, got a number",
        "`tags`: expected a whole number or text, got a number (item 2)",
    ]
    assert [p.hint for p in found] == [
        'put it in quotes, so that it is text: title: "..."',
        'put it in quotes, so that it is text: tags: "..."',
    ]


@pytest.mark.parametrize("name", ["x.md", "2021-05-01-x.md", "2021-13-01-x.md"])
@pytest.mark.parametrize("key", ["date", "publishDate"])
def test_a_date_that_is_a_number_is_told_once_and_how_to_write_it(name: str, key: str) -> None:
    raw = post(f"{key}: 20260101").encode()
    document, (found,) = parse(f"content/posts/{name}", raw, "post", UTC)
    assert document is None
    assert (found.line, found.code) == (3, "wrong-type")
    assert found.hint == f"write it as {key}: 2021-05-01"


def test_true_where_text_belongs_is_told_how_to_quote() -> None:
    _, (found,) = parse(SOURCE, post("description: true").encode(), "post", UTC)
    assert found.hint == 'put it in quotes, so that it is text: description: "..."'


def test_every_setting_is_a_field_of_the_document_or_published() -> None:
    assert set(_FIELDS) - {"published"} <= set(Document.__struct_fields__)
    assert set(SYNONYMS.values()) <= set(_FIELDS)


def test_the_guide_for_writers_names_every_setting() -> None:
    text = (PROJECT / "docs" / "writing.md").read_text(encoding="utf-8")
    missing = [name for name in (*_FIELDS, *SYNONYMS) if f"`{name}`" not in text]
    assert not missing


_LINES = st.lists(
    st.sampled_from(
        [
            "---", "...", "title: T", "date: 2021-05-01", "tags: [a", "tags: [a, b]", "a: &x [*x]",
            "x: !!binary x", "- a", "{", "aliases:", "  - /x/", "slug: ..", "draft: true", "\t", "",
            "? a", ": b", "permalink: /{slug}/", "weight: 99999999999999999999", "layout: |", " x",
        ]
    ),
    max_size=12,
)  # fmt: skip


@given(st.binary(max_size=300) | _LINES.map(lambda lines: "\n".join(lines).encode()))
def test_no_bytes_make_the_reader_fall_over(raw: bytes) -> None:
    for kind in ("post", "page"):
        document, found = parse("content/posts/x.md", raw, kind, UTC)  # type: ignore[arg-type]
        assert (document is None) == any(problem.severity == "error" for problem in found)
        for problem in found:
            assert 1 <= problem.line <= raw.count(b"\n") + raw.count(b"\r") + 2


@given(st.text(st.sampled_from("[]{}&*<:-? ,ab\n"), max_size=2000))
def test_no_front_matter_takes_long(text: str) -> None:
    start = time.process_time()
    parse("content/posts/x.md", f"---\ntitle: T\n{text}\n---\n".encode(), "post", UTC)
    assert time.process_time() - start < 10
