"""Starting a document."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.cli.new import file_stem, one_line, quoted
from generator.content.frontmatter import parse
from generator.core.urls import path_fault
from tests.editing.conftest import Tidepost
from tests.support.sites import config, post, tree, write


def test_a_post_has_its_date_and_front_matter(site: Path, tidepost: Tidepost) -> None:
    done = tidepost("new", "post", "Low water")
    assert (done.code, done.out) == (0, "Wrote content/posts/2024-06-01-low-water.md\n")
    assert (site / "content/posts/2024-06-01-low-water.md").read_text() == (
        '---\ntitle: "Low water"\ndate: 2024-06-01 13:00\ntags: []\ndescription: \n---\n\n'
    )


def test_a_title_alone_is_a_post(site: Path, tidepost: Tidepost) -> None:
    assert tidepost("new", "Low water").out == "Wrote content/posts/2024-06-01-low-water.md\n"
    assert tidepost("new", "High", "water").out == "Wrote content/posts/2024-06-01-high-water.md\n"


def test_a_page_has_no_date(site: Path, tidepost: Tidepost) -> None:
    assert tidepost("new", "page", "The boats").out == "Wrote content/pages/the-boats.md\n"
    assert (site / "content/pages/the-boats.md").read_text() == (
        '---\ntitle: "The boats"\ndescription: \n---\n\n'
    )


def test_a_note_is_its_text(site: Path, tidepost: Tidepost) -> None:
    text = "Fog until noon: the *ferry* hoots, and nobody sees it."
    done = tidepost("new", "note", text, "--tag", "weather")
    name = "content/posts/2024-06-01-fog-until-noon-the-ferry.md"
    assert (done.code, done.out) == (0, f"Wrote {name}\n")
    assert (site / name).read_text() == (
        f"---\ntitle: false\ndate: 2024-06-01 13:00\ntags: [weather]\n---\n{text}\n"
    )
    document, problems = parse(name, (site / name).read_bytes(), "post", config().zone)
    assert document is not None
    assert (problems, document.untitled) == ([], True)
    assert document.title == "Fog until noon: the ferry hoots, and nobody sees it."


def test_everything_that_can_be_said_at_once(site: Path, tidepost: Tidepost) -> None:
    done = tidepost(
        "new", "T", "--tag", "spring tide", "--tag", "c: d", "--tag", "true",
        "--date", "2024-07-02 08:30", "--draft", "--slug", "A better name", "--json",
    )  # fmt: skip
    name = "content/posts/2024-07-02-a-better-name.md"
    assert json.loads(done.out) == {"path": name, "kind": "post", "title": "T"}
    document, problems = parse(name, (site / name).read_bytes(), "post", config().zone)
    assert document is not None
    assert problems == []
    assert document.tags == ("spring tide", "c: d", "true")
    assert (f"{document.date:%Y-%m-%d %H:%M}", document.draft) == ("2024-07-02 08:30", True)


def test_nothing_is_overwritten(site: Path, tidepost: Tidepost) -> None:
    tidepost("new", "T")
    before = tree(site / "content")
    done = tidepost("new", "T", "--tag", "x")
    assert done.code == 1
    assert "content/posts/2024-06-01-t.md: exists: there is one already" in done.err
    assert tree(site / "content") == before


@pytest.mark.parametrize(
    ("there", "arguments", "said"),
    [
        ("posts/2024-01-01-t.md", ["T"], "posts/2024-01-01-t.md"),
        ("posts/2024/2024-01-01-t/index.md", ["T"], "posts/2024/2024-01-01-t"),
        ("drafts/t.md", ["T"], "drafts/t.md"),
        ("pages/t/index.md", ["page", "T"], "pages/t/index.md"),
        ("posts/2024-01-01-not-t.md", ["T"], ""),
        ("pages/t.md", ["T"], ""),
    ],
)
def test_an_address_that_may_be_taken_is_told(
    there: str, arguments: list[str], said: str, site: Path, tidepost: Tidepost
) -> None:
    write(site, {f"content/{there}": post(title="There")})
    done = tidepost("new", *arguments)
    assert done.code == 0
    expected = f"It may have the address of content/{said}: give one of them `slug:`.\n"
    assert done.err == (expected if said else "")
    (site / done.out.split()[1]).unlink()
    settings = (site / "site.yaml").read_text()
    (site / "site.yaml").write_text(settings + 'permalinks: {post: "/{year}/{slug}/"}\n')
    by_year = tidepost("new", *arguments)
    assert by_year.err == (done.err if arguments[0] == "page" else "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["post"],
        ["page", " \t"],
        ["T", "--date", "2024-02-30"],
        ["T", "--date", "soon"],
        ["page", "T", "--tag", "x"],
        ["T", "--edit"],
        ["posts", "T"],
        ["project", "A dinghy"],
    ],
)
def test_what_is_not_understood_writes_nothing(
    arguments: list[str], site: Path, tidepost: Tidepost
) -> None:
    before = tree(site)
    assert tidepost("new", *arguments).code == 2
    assert tree(site) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["projects", " "], 'say what it is called: new projects "What I learned"'),
        (["project", "Dinghy"], "`project` is no kind of document; did you mean `projects`?"),
        (["Pages", "About"], "`Pages` is no kind of document; did you mean `page`?"),
        (
            ["recipe", "Fish soup"],
            "`recipe` is no kind of document; there are post, page, note, projects.",
        ),
    ],
)
def test_a_kind_that_is_none_does_not_become_a_part_of_the_title(
    arguments: list[str], said: str, site: Path, tidepost: Tidepost
) -> None:
    with (site / "site.yaml").open("a") as settings:
        settings.write("collections: {projects: {}}\n")
    before = tree(site)
    done = tidepost("new", *arguments)
    assert (done.code, said in done.err) == (2, True), done.err
    assert tree(site) == before
    for words in (["Fish", "soup"], ["Fish soup", "and bread"], ["a", "post", "of mine"]):
        assert tidepost("new", *words).code == 0


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("???", "untitled-post"),
        ("🎉", "untitled-post"),
        ("../../etc/passwd", "etc-passwd"),
        ("Index", "index-post"),
        ("con", "con-post"),
        ("C++ & C#", "cpp-and-c-sharp"),
        ("Über uns", "über-uns"),
        (".hidden", "hidden"),
        ("潮の満ち引き", "潮の満ち引き"),
        ("A " + "very " * 40 + "long title", "a" + "-very" * 11),
        ("x" * 300, "x" * 60),
    ],
)
def test_unusual_titles_make_sane_file_names(title: str, stem: str) -> None:
    assert file_stem(title, "post") == stem


@given(st.text(max_size=300), st.sampled_from(["post", "page"]))
@settings(max_examples=60)
def test_any_title_makes_a_name_that_every_system_can_store(title: str, kind: str) -> None:
    stem = file_stem(title, kind)  # type: ignore[arg-type]
    assert path_fault(f"/{stem}/") == ""
    assert "/" not in stem
    assert not stem.startswith((".", "#"))
    assert len(f"2024-06-01-{stem}.md".encode()) <= 255


@given(title=st.text(min_size=1))
@settings(max_examples=100)
def test_any_title_is_read_back(title: str) -> None:
    title = one_line(title)
    assert title == " ".join(title.split())
    raw = f"---\ntitle: {quoted(title)}\nslug: t\n---\n".encode()
    document, problems = parse("content/pages/t.md", raw, "page", config().zone)
    if title:
        assert document is not None, problems
        assert document.title == title


def test_a_title_keeps_every_sign(site: Path, tidepost: Tidepost) -> None:
    title = "A \"B\" \\ 'C' # d: [e] {f} – ø 🎉"
    tidepost("new", "--slug", "t", "page", title)
    raw = (site / "content/pages/t.md").read_bytes()
    document, _ = parse("content/pages/t.md", raw, "page", config().zone)
    assert document is not None
    assert document.title == title
    assert quoted('"') == '"\\""'


def test_the_editor_opens_the_file(
    site: Path, tidepost: Tidepost, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "an editor.py"
    script.write_text(
        "import sys, pathlib\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "file.write_text(file.read_text() + 'Written.\\n')\n"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} '{script}'")
    assert tidepost("new", "T", "--edit").code == 0
    assert (site / "content/posts/2024-06-01-t.md").read_text().endswith("---\n\nWritten.\n")
    # Without a terminal, and told not to, it is not opened.
    tidepost("new", "U")
    assert not (site / "content/posts/2024-06-01-u.md").read_text().endswith("Written.\n")


def test_an_editor_that_does_not_start_loses_nothing(
    site: Path, tidepost: Tidepost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor-here")
    done = tidepost("new", "T", "--edit")
    assert done.code == 0
    assert done.err.startswith("Could not start `no-such-editor-here`")
    assert (site / "content/posts/2024-06-01-t.md").exists()
