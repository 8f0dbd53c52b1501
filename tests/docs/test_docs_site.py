"""docs/ is complete, and a site without a problem."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from generator.cli.commands import COMMANDS
from tests.support.sites import command_here
from tools import docs_site as make

DOCS = make.DOCS
FOLDERS = ("adr", "hosting", "recipes")
BY_HAND = {
    file.relative_to(DOCS).as_posix(): file.read_text(encoding="utf-8")
    for file in [*DOCS.glob("*.md"), *DOCS.glob("hosting/*.md"), *DOCS.glob("recipes/*.md")]
    if file.name != "commands.md"
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the documentation's site, built."""
    root = tmp_path_factory.mktemp("docs")
    make.assemble(root)
    done = command_here(root, "build", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["problems"] == []
    return root


def soup_of(built: Path, path: str) -> BeautifulSoup:
    return BeautifulSoup((built / "_site" / path / "index.html").read_text("utf-8"), "lxml")


def test_every_file_is_a_page_with_its_heading_as_title(built: Path) -> None:
    for file in [*DOCS.glob("*.md"), *(f for each in FOLDERS for f in DOCS.glob(f"{each}/*.md"))]:
        name = file.relative_to(DOCS).with_suffix("").as_posix()
        soup = soup_of(built, name.removesuffix("index"))
        heading = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        assert [h1.get_text() for h1 in soup.select("h1")] == [re.sub("[`*]", "", heading)]
    listed = soup_of(built, "adr").select(".body li a")
    assert len(listed) == len([*DOCS.glob("adr/0*.md")])


def test_links_between_files_lead_to_pages_below_the_sites_path(built: Path) -> None:
    links = {str(link["href"]) for link in soup_of(built, "counter").select(".body a")}
    assert "/docs/adr/0022-visitors-of-a-day/" in links
    links = {str(link["href"]) for link in soup_of(built, "editors").select(".body a")}
    assert "/docs/writing/#front-matter" in links


def test_the_list_of_pages_stands_beside_each_in_the_order_of_the_index(built: Path) -> None:
    named = re.findall(r"^(?:-|\d+\.) \[.*?\]\((.*?)\)", BY_HAND["index.md"], re.MULTILINE)
    wanted = [f"/docs/{name.removesuffix('.md').removesuffix('/index')}/" for name in named]
    soup = soup_of(built, "publishing")
    assert [link["href"] for link in soup.select(".pages a")] == wanted
    assert [link["href"] for link in soup.select(".pages a[aria-current]")] == ["/docs/publishing/"]


def test_a_newcomer_finds_every_page_from_the_index() -> None:
    named = re.findall(r"\]\(([\w-]+\.md|adr/index\.md|hosting/[\w-]+\.md)\)", BY_HAND["index.md"])
    files = {file.relative_to(DOCS).as_posix() for file in DOCS.glob("*.md")} - {"index.md"}
    files |= {f"hosting/{file.name}" for file in DOCS.glob("hosting/*.md")}
    assert files - set(named) == set()
    assert len(named) == len(set(named))
    assert "adr/index.md" in named


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_of_by_a_page_for_people(name: str) -> None:
    written = re.compile(rf"publish\.py(?: --\S+| \[.*?\])* {name}\b|`{name}\b")
    assert any(written.search(text) for text in BY_HAND.values())


def test_links_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(DOCS, docs, ignore=shutil.ignore_patterns("site"))
    before = (docs / "serve.md").read_text(encoding="utf-8")
    links = (
        "[A](publishin.md)",
        "[B](adr/index.md)",
        "![C](missing.svg)",
        "[D](publishing.md#nothing)",
    )
    (docs / "serve.md").write_text(before + "\n" + "\n".join(links), encoding="utf-8")
    make.assemble(tmp_path / "site", docs)
    done = command_here(tmp_path / "site", "check")
    assert done.returncode == 1
    first = before.count("\n") + 3  # an empty line comes before, and front matter is a line longer
    told = set(re.findall(r"serve\.md:(\d+): ([\w-]+): ", done.stderr))
    assert {(str(first), "missing-document"), (str(first + 2), "missing-file")} <= told
    (docs / "serve.md").write_text(f"{before}\n{links[3]}\n{links[1]}\n", encoding="utf-8")
    make.assemble(tmp_path / "site", docs)
    done = command_here(tmp_path / "site", "check")
    told = set(re.findall(r"serve\.md:(\d+): ([\w-]+): ", done.stderr))
    assert told == {(str(first), "link-fragment")}


def test_what_did_not_change_stays_untouched_and_what_is_gone_goes(tmp_path: Path) -> None:
    docs, root = tmp_path / "docs", tmp_path / "site"
    shutil.copytree(DOCS, docs, ignore=shutil.ignore_patterns("site"))
    (docs / "adr" / "9999-for-a-day.md").write_text("# For a day\n\nText.\n")
    make.assemble(root, docs)
    page, gone = root / "content/pages/serve.md", root / "content/pages/adr/9999-for-a-day.md"
    assert gone.exists()
    before = page.stat().st_mtime_ns
    (root / "_site").mkdir()
    (docs / "adr" / "9999-for-a-day.md").unlink()
    make.assemble(root, docs)
    assert page.stat().st_mtime_ns == before
    assert not gone.exists()
    assert (root / "_site").exists()


def test_what_cannot_become_a_page_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"docs/x\.md: begin it with"):
        make.page_of("Text without a heading.\n", "x.md")
    with pytest.raises(ValueError, match=r"there is no docs/gone\.md"):
        make.reading_order("## Part\n- [Gone](gone.md): away\n", {})
