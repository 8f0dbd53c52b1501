"""What a person gets wrong who writes and does not program: each is reported, and none goes unsaid.

A folder below writer/ holds one error, to be laid over the minimal site, and `expected.txt`: all
that `publish.py check` says about it.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.sites import command_here, post, write, write_site

HERE = Path(__file__).parent / "writer"
NAMES = sorted(folder.name for folder in HERE.iterdir())
OTHERS = {file.parent.name for file in HERE.parent.glob("*/expected.txt")}
ALSO_OF_WRITERS = {
    "bad-html",
    "broken-site-yaml",
    "broken-yaml",
    "duplicate-urls",
    "impossible-date",
    "missing-fragment",
    "missing-image",
    "missing-link",
    "missing-layout",
    "no-front-matter",
    "tags-spelled-differently",
    "unclosed-front-matter",
    "unknown-key",
    "unknown-shortcode",
    "unpublished-link",
    "wrong-types",
}
"""Those of the other bad sites that such a person makes, too."""

POST = "content/posts/2024-03-01-third.md"
_PLACE = re.compile(r"[^\s:][^:\n]*(?::\d+)?: (?:(?:warning|note): )?[a-z0-9-]+: \S.*")
_WITHOUT_A_LINE = {"same-url", "stray-document", "stray-file", "page-description", "file-large"}
"""What is said of a whole file."""


def said(site: Path) -> str:
    """Return what `check` says of a site, but for how long it took."""
    done = command_here(site, "check")
    lines = [
        line
        for line in done.stdout.splitlines()
        if not line.startswith(("Checked ", "Where links lead "))
    ]
    return done.stderr + "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_a_writers_error_is_told(name: str, tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", {})
    shutil.copytree(HERE / name, site, dirs_exist_ok=True)
    (site / "expected.txt").unlink()
    assert said(site) == (HERE / name / "expected.txt").read_text(encoding="utf-8")


def test_there_are_enough() -> None:
    assert OTHERS >= ALSO_OF_WRITERS
    assert len(NAMES) + len(ALSO_OF_WRITERS) >= 55


@pytest.mark.parametrize("name", NAMES)
def test_file_line_and_way_out_are_said(name: str) -> None:
    lines = (HERE / name / "expected.txt").read_text(encoding="utf-8").splitlines()
    if lines[0].startswith("Not published: "):
        assert "content/posts/" in lines[0]
        return
    assert re.fullmatch(r"\d+ (?:error|warning)s?(?:, \d+ warnings?)?\.", lines.pop())
    problems = "\n".join(lines).replace("\n    ", "\0").split("\n")
    for problem in problems:
        problem, _, hint = problem.partition("\0")
        assert _PLACE.fullmatch(problem), problem
        assert hint.strip() or ("such as" in problem or "write" in problem), problem
        code = re.findall(r": ([a-z0-9]+(?:-[a-z0-9]+)+): ", problem)[0]
        assert re.match(r"[^:]+:\d+: ", problem) or code in _WITHOUT_A_LINE, problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"---\ntitle: T\n---\nCaf\xe9.\n",
            "4: not-utf8: not UTF-8 text\n    save the file as UTF-8",
        ),
        (b"{\\rtf1\\ansi Hello}", "1: not-text: this is a document of a word processor (RTF)"),
        (b"PK\x03\x04\x14\0\6\0", "1: not-text: this is a document of Word or LibreOffice"),
        (b"%PDF-1.7\n\xe2\xe3", "1: not-text: this is a PDF, not Markdown"),
        (b"<!DOCTYPE html>\n<p>x", "1: not-text: this is an HTML page, not Markdown"),
        (
            "---\ntitle: T\n---\nIt was cafÃ© time, and he didnâ€™t know.\n".encode(),
            "4: warning: text-garbled: `cafÃ©` is no word",
        ),
    ],
    ids=["latin-1", "rtf", "docx", "pdf", "html", "garbled"],
)
def test_what_other_programs_save(content: bytes, words: str, tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", {POST: content})
    assert said(site).startswith(f"{POST}:{words}")


def test_a_letter_that_another_system_writes_in_another_way(tmp_path: Path) -> None:
    """As macOS names a file with an accent, and as a keyboard writes it."""
    drawing = (Path(__file__).parents[1] / "fixtures/minimal/content/posts/boat.svg").read_bytes()
    site = write_site(
        tmp_path / "site",
        {POST: post("", "![A caf\u00e9](caf\u00e9.svg)"), "content/posts/cafe\u0301.svg": drawing},
    )
    assert "its name has the same letters in another encoding: write `cafe\u0301.svg`" in said(site)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("site.yml", "site.yml is there: call it site.yaml"),
        ("site.yaml.txt", "site.yaml.txt is there: call it site.yaml"),
        ("_config.yml", "this is a site of Jekyll: `publish.py import` reads it"),
    ],
)
def test_settings_under_another_name(name: str, hint: str, tmp_path: Path) -> None:
    write(tmp_path, {name: "title: T\n"})
    assert said(tmp_path) == f"site.yaml: no-site: no such file\n    {hint}\n1 error.\n"


def test_a_large_file(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", {POST: post("", "[Download](boats.zip)")})
    with (site / "content/posts/boats.zip").open("wb") as file:
        file.truncate(100_000_000)
    assert said(site).startswith(
        "content/posts/boats.zip: warning: file-large: 100 MB, for which readers have to wait\n"
        "    make it smaller, or put it where files are shared and link there\n"
    )


def test_the_same_error_in_many_documents_is_told_of_each(tmp_path: Path) -> None:
    wrong = {
        f"content/posts/2024-03-{day:02}-x{day}.md": post("", "![x](a.png) [y](/gone/)")
        for day in range(1, 8)
    }
    found = said(write_site(tmp_path / "site", wrong))
    assert "template" not in found
    assert found.count("link-broken: `/gone/` leads to nothing") == 7


def test_a_style_is_found_where_it_stands_in_an_attribute(tmp_path: Path) -> None:
    lines = [
        "<style>p{color:red}</style>",
        '<p style="color:red">A</p>',
        "<p style='color:blue'>B</p>",
    ]
    body = "\n\n".join(lines)
    found = said(write_site(tmp_path / "site", {POST: post("description: D", body)}))
    lines = [line for line in found.splitlines() if "csp-style" in line]
    assert [(line.split(":")[1], line.split("`")[1]) for line in lines] == [
        ("5", "<style>"),
        ("7", 'style="color:red"'),
        ("9", 'style="color:blue"'),
    ]


def test_many_of_one_error_in_one_document_are_counted(tmp_path: Path) -> None:
    body = "\n\n".join('<p style="color: red">Red.</p>' for _ in range(17))
    found = said(write_site(tmp_path / "site", {POST: post("description: D", body)}))
    assert [line.split(":")[1] for line in found.splitlines() if "csp-style" in line] == [
        "5",
        "7",
        "9",
    ]
    assert "(and 14 more like this, on lines 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, ...)" in found
