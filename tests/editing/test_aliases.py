"""An old address goes into front matter, and no other byte changes."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.content.frontmatter import Document, parse
from generator.editing.aliases import with_aliases
from tests.support.sites import config

ZONE = config().zone
HEAD = "---\ntitle: T\ndate: 2024-01-01\n"
END = "---\nBody --- [x](/old/)\n"


def read(raw: bytes) -> Document | None:
    return parse("content/posts/a.md", raw, "post", ZONE)[0]


def added(matter: str, add: str = "/old/", drop: str = "") -> str:
    made = with_aliases((HEAD + matter + END).encode(), add, drop, read)
    assert made is not None
    text = made.decode()
    assert text.startswith(HEAD)
    assert text.endswith(END)
    return text[len(HEAD) : -len(END)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "aliases: [/old/]\n"),
        ("tags: [a] # mine\n\n", "tags: [a] # mine\n\naliases: [/old/]\n"),
        ("excerpt: >\n  folded\n  text\n", "excerpt: >\n  folded\n  text\naliases: [/old/]\n"),
        ("aliases: [/a/,/b/]  # two\n", "aliases: [/a/,/b/, /old/]  # two\n"),
        ("aliases: [ /a/, /b/, ]\nx: 1\n", "aliases: [ /a/, /b/, /old/, ]\nx: 1\n"),
        ("aliases: []\nweight: 2\n", "aliases: [/old/]\nweight: 2\n"),
        ("aliases:\nweight: 2\n", "aliases: [/old/]\nweight: 2\n"),
        ("aliases: ~\n", "aliases: [/old/]\n"),
        ("aliases:\n  - /a/ # one\n  - '/b/'\nweight: 2\n",
         "aliases:\n  - /a/ # one\n  - '/b/'\n  - /old/\nweight: 2\n"),
        ("aliases:\n- /a/\n", "aliases:\n- /a/\n- /old/\n"),
        ("aliases: /a/\nweight: 2\n", "aliases: [/a/, /old/]\nweight: 2\n"),
        ('aliases: "/a/"  # c\n', 'aliases: ["/a/", /old/]  # c\n'),
        ("redirect_from:\n    - /a/\n", "redirect_from:\n    - /a/\n    - /old/\n"),
        ("aliases: [/old/]\n", "aliases: [/old/]\n"),
        # A value that no insertion can go into: the other name of the setting takes it.
        ("aliases: |\n  /a/\n", "aliases: |\n  /a/\nredirect_from: [/old/]\n"),
    ],
)  # fmt: skip
def test_an_alias_is_added(before: str, after: str) -> None:
    assert added(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("aliases: [/new/]\nweight: 2\n", "weight: 2\naliases: [/old/]\n"),
        ("aliases: /new/\n", "aliases: [/old/]\n"),
        ("aliases: [/a/, /new/]\n", "aliases: [/a/, /old/]\n"),
        ("aliases: [/new/, /a/]\n", "aliases: [/a/, /old/]\n"),
        ("aliases:\n  - /new/\n  - /a/ # a\n", "aliases:\n  - /a/ # a\n  - /old/\n"),
        ("aliases:\n  - /a/\n  - /new/\nx: 1\n", "aliases:\n  - /a/\n  - /old/\nx: 1\n"),
        ("aliases:\n  - new/\nx: 1\n", "x: 1\naliases: [/old/]\n"),
    ],
)
def test_going_back_to_an_address_takes_it_out(before: str, after: str) -> None:
    assert added(before, drop="/new/") == after


def test_an_alias_is_only_taken_out() -> None:
    assert added("aliases: [/a/, /new/]\n", add="", drop="/new/") == "aliases: [/a/]\n"


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_marks_stay(line_end: str, mark: bytes) -> None:
    for matter, expected in (
        ("", "aliases: [/old/]\n"),
        ("aliases:\n  - /a/\n", "aliases:\n  - /a/\n  - /old/\n"),
    ):
        raw = mark + (HEAD + matter + END).replace("\n", line_end).encode()
        made = with_aliases(raw, "/old/", "", read)
        assert made == mark + (HEAD + expected + END).replace("\n", line_end).encode()


def test_unusual_addresses_are_quoted() -> None:
    assert added("", "/潮/") == "aliases: [/潮/]\n"
    assert added("", "/a,b/") == 'aliases: ["/a,b/"]\n'
    assert added("", "/a'b&c/") == 'aliases: ["/a\'b&c/"]\n'


def test_what_cannot_be_changed_is_not() -> None:
    assert with_aliases(b"---\n{title: T, date: 2024-01-01}\n---\n", "/old/", "", read) is None
    assert with_aliases(b"no front matter", "/old/", "", read) is None


YAML_LINES = st.sampled_from(
    ["tags: [a, b]", "tags:\n  - a\n  - b", "# a comment", "", "weight: 3", "aliases: /a/",
     "description: 'it''s --- here'", "redirect_from: [/b/]", "extra: {deep: [1, 2]}",
     "excerpt: |\n  aliases: no\n  more", "aliases:\n- /c/\n- /d/  # d", "series: \"s\""]
)  # fmt: skip


@given(st.lists(YAML_LINES, max_size=6, unique=True), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=150)
def test_whatever_is_there_only_insertions_are_made(lines: list[str], line_end: str) -> None:
    raw = (HEAD + "".join(f"{line}\n" for line in lines) + END).replace("\n", line_end).encode()
    before = read(raw)
    if before is None:  # a setting given twice
        return
    made = with_aliases(raw, "/old/", "", read)
    assert made is not None
    after = read(made)
    assert after is not None
    assert set(after.aliases) == {*before.aliases, "/old/"}
    assert after.body == before.body
    changes = difflib.SequenceMatcher(None, raw, made, autojunk=False).get_opcodes()
    assert {change[0] for change in changes} == {"equal", "insert"}
    inserted = b"".join(made[c[3] : c[4]] for c in changes if c[0] == "insert")
    assert len(inserted) <= len(b"redirect_from: [/old/]\r\n")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_file_without_front_matter_gets_some(mark: str, line_end: str) -> None:
    def dated(raw: bytes) -> Document | None:
        return parse("content/posts/2024-01-01-a.md", raw, "post", ZONE)[0]

    text = f"# Title{line_end}{line_end}Text.{line_end}"
    made = with_aliases((mark + text).encode(), "/old/", "", dated)
    lines = ["---", "aliases: [/old/]", "---", text]
    assert made == (mark + line_end.join(lines)).encode()
