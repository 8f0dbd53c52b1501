"""A document without a title has that of its first heading."""

from __future__ import annotations

import zoneinfo
from pathlib import Path

import pytest

from generator.content.frontmatter import Document, parse
from generator.core.problems import Problem
from tests.support.sites import built, command, page, told, write, write_site

UTC = zoneinfo.ZoneInfo("UTC")


def read(text: str, name: str = "2024-05-01-a.md") -> tuple[Document | None, list[Problem]]:
    return parse(f"content/posts/{name}", text.encode(), "post", UTC)


@pytest.mark.parametrize(
    ("text", "title", "body", "line"),
    [
        ("---\ntags: a\n---\n# Low water\n\nText.\n", "Low water", "\nText.\n", 5),
        ("---\n---\n\n\n# Low *water* `x` #\nText.\n", "Low water x", "Text.\n", 6),
        ("---\n---\nLow water\n=====\nText.\n", "Low water", "Text.\n", 5),
        ("# Low [water](u) {#id}\nText.\n", "Low water", "Text.\n", 2),
        ("\ufeff# A \\* B &amp; C", "A * B & C", "", 1),
        ("---\ntitle: Own\n---\n# Other\n", "Own", "# Other\n", 4),
    ],
)
def test_the_first_heading_is_the_title(text: str, title: str, body: str, line: int) -> None:
    document, problems = read(text)
    assert problems == []
    assert document
    assert (document.title, document.body) == (title, body)
    assert document.body_line == line


@pytest.mark.parametrize(
    "text",
    [
        "---\n---\n## Part\n",
        "---\n---\nText.\n\n# Late\n",
        "---\n---\n# \n",
        "---\n---\n    # code\n",
    ],
)
def test_no_other_heading_is(text: str) -> None:
    document, [problem] = read(text)
    assert document is None
    assert problem.code == "missing-title"
    assert "# Title" in problem.hint


def test_such_a_document_needs_a_date_as_any_post_does() -> None:
    _, [problem] = read("# Title\n", "a.md")
    assert problem.code == "missing-date"


def test_the_page_has_its_title_once_and_the_lines_are_those_of_the_file() -> None:
    files = {
        "content/posts/2024-05-01-a.md": "# Ebb *and* flow\n\nText [x](missing.md).\n\n[[y]]\n",
        "content/posts/2024-05-02-b.md": "---\n---\n\n# Flood\n\nText.\n",
    }
    result = built(files, "counter: {enabled: false}")
    assert page(result, "posts/b/index.html").count("<h1") == 1
    assert [line.split(": ")[0:2] for line in told(result.problems)] == [
        ["content/posts/2024-05-01-a.md:3", "missing-document"],
        ["content/posts/2024-05-01-a.md:5", "wiki-link"],
    ]


@pytest.mark.parametrize("engine", ["python-markdown", "commonmark"])
def test_the_setting_of_earlier_versions_is_reported_with_its_line(
    engine: str, tmp_path: Path
) -> None:
    root = write_site(tmp_path, {})
    settings = (root / "site.yaml").read_text(encoding="utf-8")
    write(root, {"site.yaml": f"{settings}\nmarkdown:\n  smart: true\n  engine: {engine}\n"})
    line = settings.count("\n") + 4
    for _ in range(2):  # made, and then found as it was
        done = command(root, "build")
        assert done.returncode == 0
        told = [each for each in done.stderr.splitlines() if "obsolete-setting" in each]
        assert [each.split(": ")[0] for each in told] == [f"site.yaml:{line}"]
