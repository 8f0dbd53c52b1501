"""What docs/first-hour.md has people do works, and says what to do where it does not."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from generator.app.build import build_and_check
from generator.app.workspace import SERVED, open_workspace
from generator.core.problems import SiteError
from tests.support.sites import PROJECT, command_here, post, write, write_site

SETTINGS = "title: Low water\nurl: https://lowwater.example/blog\n"


def sample(root: Path, settings: str = "") -> Path:
    """Lay the repository's site below `root`, with `settings` for its own where they are given."""
    for part in ("content", "templates", "static"):
        shutil.copytree(PROJECT / part, root / part)
    text = settings or (PROJECT / "site.yaml").read_text(encoding="utf-8")
    write(root, {"site.yaml": text})
    return root


def line_of(root: Path, text: str) -> int:
    """Return the first line of site.yaml that contains `text`."""
    lines = (root / "site.yaml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_sample_posts_can_all_be_deleted(tmp_path: Path) -> None:
    root = sample(tmp_path)
    shutil.rmtree(root / "content" / "posts")
    done = command_here(root, "check")
    assert done.returncode == 0, done.stderr
    # The sample's release goes into a folder, where nothing answers its counter and its form.
    told = re.findall(r"^site\.yaml:(\d+): warning: ([\w-]+): ", done.stderr, re.MULTILINE)
    lines = [line_of(root, "counter:"), line_of(root, "contact:")]
    assert told == [(str(line), "api-missing") for line in lines]
    assert done.stderr.endswith("2 warnings.\n")
    write(root, {"content/posts/2024-05-01-first.md": post("", "Text.")})
    done = command_here(root, "check")
    assert done.stdout.startswith("Checked 1 post and ")


def test_the_site_that_the_page_tells_of_comes_out(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "first-hour.md").read_text(encoding="utf-8")
    block = r'```\w+ title="([^"]+)"\n(.*?)```'
    written = {found[1]: found[2] for found in re.finditer(block, page, re.DOTALL)}
    assert {"site.yaml", "content/pages/index.md"} < set(written)
    root = sample(tmp_path)
    removals = re.findall(r"^\$ (rm .*)$", page, re.MULTILINE)
    assert removals
    subprocess.run(["sh", "-ec", "\n".join(removals)], cwd=root, check=True)
    beach = (root / "static" / "images" / "dusk.jpg").read_bytes()
    write(root, {**written, "content/posts/beach.jpg": beach})
    lead = '<p class="lead">{{ site.tagline }}</p>'
    home = root / "templates" / "home.html"
    assert lead in home.read_text(encoding="utf-8")
    assert re.search(r'^<p class="lead">.*\{\{ site\.tagline \}\}</p>$', page, re.MULTILINE)
    done = command_here(root, "build", "--future")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    (post,) = (root / "_site" / "posts").glob("*/index.html")
    assert "Three crabs and a boot" in post.read_text(encoding="utf-8")
    left = [
        file.relative_to(root).as_posix()
        for file in (root / "_site").rglob("*.html")
        if "Marin" in file.read_text(encoding="utf-8") or "/de/" in file.read_text(encoding="utf-8")
    ]
    assert left == ["_site/about/index.html"]  # the page's owner is to write that


def test_a_menu_without_its_page_is_told_once_with_its_line(tmp_path: Path) -> None:
    menu = """menu:
  - { title: About, url: /about/ }
  - title: More
    url: /posts/
    children:
      - { title: Gone, url: /gone/ }
footer_menu:
  - { title: Imprint, url: "/imprint/" }
"""
    root = sample(tmp_path, SETTINGS + menu)
    shutil.rmtree(root / "content")
    links = 'See [it](/gone/) and <a href="/imprint/">that</a>.'
    write(
        root,
        {
            "content/pages/index.md": post("description: A harbour.", "Hello."),
            "content/pages/boats.md": post("description: Boats.", links, title="Boats"),
        },
    )
    done = command_here(root, "check")
    assert done.returncode == 1
    assert re.findall(r"^(\S+?):(\d+): link-broken: (.*)$", done.stderr, re.MULTILINE) == [
        ("content/pages/boats.md", "5", "`/gone/` leads to nothing"),
        ("content/pages/boats.md", "5", "`/imprint/` leads to nothing"),
        ("site.yaml", str(line_of(root, "/about/")), "menu: `/about/` leads to nothing"),
        ("site.yaml", str(line_of(root, "/gone/")), "menu: `/gone/` leads to nothing"),
        ("site.yaml", str(line_of(root, "/imprint/")), "menu: `/imprint/` leads to nothing"),
    ]
    assert "take the entry out of site.yaml" in done.stderr


@pytest.mark.parametrize(
    ("gone", "setting", "code"),
    [
        ("static/images/card.png", "image: /images/card.png", "missing-file"),
        ("content/pages/contact/thanks.md", "thanks: /contact/thanks/", "contact-thanks-missing"),
    ],
)
def test_what_settings_name_in_vain_is_told_once_with_its_line(
    gone: str, setting: str, code: str, tmp_path: Path
) -> None:
    root = sample(tmp_path)
    shutil.rmtree(root / "content" / "posts")
    (root / gone).unlink()
    done = command_here(root, "check")
    assert done.returncode == 1
    told = re.findall(r"^site\.yaml:(\d+): ([\w-]+): ", done.stderr, re.MULTILINE)
    assert told == [(str(line_of(root, setting)), code)]


@pytest.mark.parametrize("level", ["warning", "error"])
def test_a_post_just_begun_is_told_and_shown(level: str, tmp_path: Path) -> None:
    settings = "title: T\nurl: https://example.org\ncounter: {enabled: false}\n"
    settings += "checks: {page-description: error}\n" if level == "error" else ""
    begun = post("date: 2024-05-01\ndescription:", "", title="Just begun")
    root = write_site(tmp_path, {"site.yaml": settings, "content/posts/begun.md": begun})

    def told(into: str) -> list[tuple[str, str, str]]:
        try:
            problems = build_and_check(open_workspace(root, quiet=True), into=into).problems
        except SiteError as error:
            problems = error.problems
        return [(each.path, each.code, each.severity) for each in problems]

    for into in (SERVED, "_site", SERVED):
        assert told(into) == [("content/posts/begun.md", "page-description", level)]


def test_a_first_post_that_begins_with_a_heading_is_published(tmp_path: Path) -> None:
    first = post("date: 2024-05-01", "# A heading\n\nText.\n\n#### Deep\n\nText.", title="First")
    root = write_site(tmp_path, {"content/posts/begun.md": first})
    done = command_here(root, "build")
    assert done.returncode == 0, done.stderr
    assert "content/posts/begun.md:5: warning: heading-h1" in done.stderr
