"""Listing documents."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from generator.editing.overview import words_in_source
from generator.markdown import convert
from generator.markdown.convert import count_words
from tests.editing.conftest import Tidepost
from tests.support.sites import command, post, write, write_site

FILES: dict[str, str | bytes] = {
    "content/posts/2024-05-01-out.md": post("tags: [Sea, boats]", "One two three."),
    "content/posts/2024-05-02-draft.md": post("draft: true\ntags: [sea]", title="Not yet"),
    "content/drafts/idea.md": post(title="Idea"),
    "content/posts/2024-07-01-to-come.md": post(title="To come"),
    "content/posts/2024-01-01-past.md": post("expires: 2024-02-01", title="Past"),
}


@pytest.fixture
def filled(site: Path) -> Path:
    for file in (site / "content/posts").iterdir():
        file.unlink()
    write(site, FILES)
    return site


def paths(out: str) -> list[str]:
    return [line.split("\t")[4].removeprefix("content/") for line in out.splitlines()]


def test_every_document_with_its_state(filled: Path, tidepost: Tidepost) -> None:
    done = tidepost("list")
    assert done.code == 0
    assert done.err == ""
    parts = [line.split("\t") for line in done.out.splitlines()]
    assert [(each[4].removeprefix("content/"), each[0], each[1]) for each in parts] == [
        ("drafts/idea.md", "draft", ""),
        ("pages/about.md", "published", ""),
        ("pages/index.md", "published", ""),
        ("posts/2024-07-01-to-come.md", "scheduled", "2024-07-01"),
        ("posts/2024-05-02-draft.md", "draft", "2024-05-02"),
        ("posts/2024-05-01-out.md", "published", "2024-05-01"),
        ("posts/2024-01-01-past.md", "expired", "2024-01-01"),
    ]
    assert parts[5] == [
        "published", "2024-05-01", "3", "A post", "content/posts/2024-05-01-out.md", "Sea, boats",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--drafts"], ["drafts/idea.md", "posts/2024-05-02-draft.md"]),
        (["--scheduled"], ["posts/2024-07-01-to-come.md"]),
        (["--expired"], ["posts/2024-01-01-past.md"]),
        (["--published", "--posts"], ["posts/2024-05-01-out.md"]),
        (["--pages"], ["pages/about.md", "pages/index.md"]),
        (
            ["--scheduled", "--expired"],
            ["posts/2024-07-01-to-come.md", "posts/2024-01-01-past.md"],
        ),
        (["--tag", "SEA"], ["posts/2024-05-02-draft.md", "posts/2024-05-01-out.md"]),
        (["--tag", "sea", "--tag", "boats"], ["posts/2024-05-01-out.md"]),
        (["--tag", "sea", "--drafts"], ["posts/2024-05-02-draft.md"]),
        (["--tag", "unheard of"], []),
    ],
)
def test_filters(
    arguments: list[str], expected: list[str], filled: Path, tidepost: Tidepost
) -> None:
    assert paths(tidepost("list", *arguments).out) == expected


def test_sums_for_programs(filled: Path, tidepost: Tidepost) -> None:
    answer = json.loads(tidepost("list", "--posts", "--json").out)
    assert answer["totals"] == {
        "documents": 5, "posts": 5, "pages": 0, "words": 7,
        "published": 1, "draft": 2, "scheduled": 1, "expired": 1,
        "tags": {"Sea": 1, "boats": 1, "sea": 1},
    }  # fmt: skip
    assert answer["documents"][3] == {
        "path": "content/posts/2024-05-01-out.md", "kind": "post", "state": "published",
        "date": "2024-05-01", "title": "A post", "words": 3, "tags": ["Sea", "boats"],
    }  # fmt: skip


def test_a_file_that_cannot_be_read_is_told(filled: Path, tidepost: Tidepost) -> None:
    write(filled, {"content/posts/2024-05-03-bad.md": "no front matter"})
    done = tidepost("list")
    assert done.code == 1
    assert len(paths(done.out)) == 7
    assert "content/posts/2024-05-03-bad.md:1: no-front-matter" in done.err


def test_a_second_list_parses_and_counts_nothing(
    filled: Path, tidepost: Tidepost, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tidepost("list")

    def fail(*_: object) -> None:
        raise AssertionError("worked out again")

    monkeypatch.setattr("generator.content.frontmatter.parse", fail)
    monkeypatch.setattr(convert, "count_words", fail)
    assert tidepost("list") == first


def test_no_markdown_is_converted(
    filled: Path, tidepost: Tidepost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("Markdown was converted")

    monkeypatch.setattr(convert, "make_converter", fail)
    assert tidepost("list").code == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("One two.", 2),
        ("[One two](a-long/address.md#with-parts) three", 3),
        ("![One](picture.jpg) two", 2),
        ('{{ figure(src="a.jpg", alt="x y z") }}\n\nOne.', 1),
        ("{% note() %}\nOne two.\n{% end %}", 2),
        ("<div class='a b'>One</div> <!-- not this -->", 1),
        ("One [two][x].\n\n[x]: https://example.org/a/b\n\nThree.", 4),
        ("One.[^a]\n\n[^a]: Two three.", 5),
        ("[ a < b", 2),
    ],
)
def test_words_are_counted_as_a_reader_sees_them(body: str, words: int) -> None:
    assert count_words(words_in_source(body)) == words


def test_mistakes_are_told_in_the_order_of_the_files(tmp_path: Path) -> None:
    root = write_site(tmp_path / "site", {"content/posts/2024-05-01-a.md": b"\xff"})
    os.mkfifo(root / "content/posts/b.md")
    done = command(root, "list")
    told = [line for line in done.stderr.splitlines() if line.startswith("content/")]
    assert [line.partition(":")[0] for line in told] == [
        "content/posts/2024-05-01-a.md",
        "content/posts/b.md",
    ]
