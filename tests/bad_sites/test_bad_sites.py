"""Each bad site is told what is wrong with it, exactly, and keeps what it had.

A folder beside this file holds what is bad, to be laid over the minimal site, and `expected.txt`:
all that `publish.py build` says about it. Sites whose bytes matter are made here.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.sites import MINIMAL, command_here, post, tree, write, write_site

HERE = Path(__file__).parent
NAMES = sorted(folder.name for folder in HERE.iterdir() if (folder / "expected.txt").exists())
LEADS_OUT = "a link that leads out of the site's folder, or nowhere"
POST = "content/posts/2024-03-01-third.md"


@pytest.fixture(scope="session")
def good_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the minimal site, built."""
    root = write_site(tmp_path_factory.mktemp("good"), {})
    done = command_here(root, "build")
    assert (done.returncode, done.stderr) == (0, "")
    return root


NOT_YET = "Where links lead and what the policy blocks is checked when all documents can be read.\n"


@pytest.fixture
def site(good_site: Path, tmp_path: Path) -> Path:
    """Return a copy of the built minimal site, to be made bad."""
    return Path(shutil.copytree(good_site, tmp_path / "site", symlinks=True))


def refused(site: Path) -> str:
    """Build a bad site; return what it is reported. What it published last must still be there."""
    before = tree(site / "_site")
    done = command_here(site, "build")
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout in ("", NOT_YET)
    assert tree(site / "_site") == before
    return done.stderr


def test_there_are_enough_bad_sites() -> None:
    folders = [folder.name for folder in HERE.iterdir() if (folder / "site.yaml").exists()]
    assert len(NAMES) >= 25
    assert set(folders) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_site_is_told_what_is_wrong(name: str, site: Path) -> None:
    shutil.copytree(HERE / name, site, dirs_exist_ok=True)
    (site / "expected.txt").unlink()
    assert refused(site) == (HERE / name / "expected.txt").read_text(encoding="utf-8")


def told_once(place: str, hint: str) -> str:
    return f"{place}\n    {hint}\n1 error.\n"


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        (
            POST,
            b"---\ntitle: T\n---\nOne.\n\nCaf\xe9.\n",
            told_once(f"{POST}:6: not-utf8: not UTF-8 text", "save the file as UTF-8"),
        ),
        (
            POST,
            post().encode("utf-16"),
            told_once(f"{POST}:1: not-utf8: not UTF-8 text", "save the file as UTF-8"),
        ),
        (
            POST,
            b"---\ntitle: T\n---\nOne.\n\0\n",
            told_once(f"{POST}:5: not-text: a NUL character", "is this really a Markdown file?"),
        ),
        (
            POST,
            b"",
            told_once(
                f"{POST}:1: empty-file: the file is empty",
                "start it with `---`, `title: ...` and `---`, or delete it",
            ),
        ),
        (
            POST,
            b"---\ntitle: T\n---\n\n![x](data:image/png;base64," + b"A" * 5_000_000 + b")\n",
            told_once(
                f"{POST}:5: long-line: a line of 5,000,028 characters; at most 262,144",
                "break it up; put pictures in files of their own",
            ),
        ),
        (
            POST,
            b"---\ntitle: T\nx: " + b"[" * 100_000 + b"\n---\nText.\n",
            f"{POST}:3: bad-yaml: YAML nested deeper than 50 levels\n1 error.\n",
        ),
        (
            POST,
            b"---\ntitle: T\nx:\n  " + b"- " * 100_000 + b"y\n---\nText.\n",
            f"{POST}:4: bad-yaml: YAML nested deeper than 50 levels\n1 error.\n",
        ),
        (
            "templates/post.html",
            (MINIMAL / "templates/post.html").read_bytes() + b"{# caf\xe9 #}\n",
            told_once("templates/post.html:12: not-utf8: not UTF-8 text", "save the file as UTF-8"),
        ),
        (
            "static/css/site.css",
            b"p{}\n\xff\n",
            told_once("static/css/site.css:2: not-utf8: not UTF-8 text", "save the file as UTF-8"),
        ),
        (
            "site.yaml",
            b"title: Caf\xe9\nurl: https://example.org\n",
            told_once("site.yaml:1: site-yaml: not UTF-8 text", "save it as UTF-8"),
        ),
    ],
    ids=lambda value: str(value)[:40],  # the system allows no names as long as these
)
def test_bytes_that_are_no_text(path: str, content: bytes, expected: str, site: Path) -> None:
    write(site, {path: content})
    assert refused(site) == expected


def link_out(site: Path) -> str:
    (site / "content/posts/secret.png").symlink_to("/etc/hostname")
    return told_once(
        f"content/posts/secret.png: symlink-escape: {LEADS_OUT}",
        "copy the file here instead",
    )


def link_nowhere(site: Path) -> str:
    (site / "static/gone.css").symlink_to("nothing")
    return told_once(
        f"static/gone.css: symlink-escape: {LEADS_OUT}",
        "copy the file here instead",
    )


def linked_folder(site: Path) -> str:
    (site / "content/posts/shared").symlink_to("../pages", target_is_directory=True)
    return told_once(
        "content/posts/shared: symlink-folder: a link to a folder, which Tidepost does not follow",
        "put the folder itself here",
    )


def name_that_is_no_text(site: Path) -> str:
    Path(os.fsdecode(os.fsencode(site) + b"/static/caf\xe9.txt")).touch()
    return told_once(
        "static/caf?.txt: bad-file-name: a file name that is not UTF-8 text", "rename the file"
    )


def name_with_a_line_break(site: Path) -> str:
    (site / "content/posts/2024-03-01-a\nb.md").write_text(post(), encoding="utf-8")
    return told_once(
        "content/posts/2024-03-01-a\\nb.md: bad-file-name: a file name that has a character for"
        " terminals, such as a line break, in it",
        "rename the file",
    )


def link_to_itself(site: Path) -> str:
    (site / "content/pages/loop.md").symlink_to("loop.md")
    write(site, {"content/pages/about.md": post("", "[Round](loop.md)", title="About")})
    return told_once(
        f"content/pages/loop.md: symlink-escape: {LEADS_OUT}", "copy the file here instead"
    )


PIPE = "a named pipe, where only files and folders can be"
NO_FILE = "take it away, or put a file in its place"


def named_pipes(site: Path) -> str:
    """Nothing waits for what never comes from them, and what asks for them is not reported."""
    linked = "content/posts/linked.md"
    write(
        site,
        {
            POST: post(
                "image: pier.png",
                "![A pier](pier.png) [Next](next.md) [Also](linked.md) {{ wave() }}",
            )
        },
    )
    pipes = (
        "content/posts/next.md",
        "content/posts/pier.png",
        "data/boats.yaml",
        "extensions.py",
        "static/css/site.css",
        "templates/post.html",
    )
    (site / "data").mkdir()
    (site / "static/css/site.css").unlink()
    (site / "templates/post.html").unlink()
    for path in (*pipes, "pipe"):
        os.mkfifo(site / path)
    (site / linked).symlink_to("../../pipe")
    told = [f"{path}: unreadable: {PIPE}\n    {NO_FILE}\n" for path in sorted([*pipes, linked])]
    return "".join([*told, f"{len(told)} errors.\n"])


def settings_that_are_a_pipe(site: Path) -> str:
    (site / "site.yaml").unlink()
    os.mkfifo(site / "site.yaml")
    return told_once(f"site.yaml: unreadable: {PIPE}", NO_FILE)


def content_that_is_a_file(site: Path) -> str:
    shutil.rmtree(site / "content")
    (site / "content").touch()
    return told_once(
        "content: unreadable: Not a directory",
        "something else is where a folder has to be: move it away, or delete it",
    )


def no_settings(site: Path) -> str:
    (site / "site.yaml").unlink()
    return told_once(
        "site.yaml: no-site: no such file",
        "run this in the folder that holds site.yaml, or make a site: `new site my-site`",
    )


@pytest.mark.parametrize(
    "spoil",
    [
        link_out,
        link_nowhere,
        link_to_itself,
        linked_folder,
        name_that_is_no_text,
        name_with_a_line_break,
        named_pipes,
        settings_that_are_a_pipe,
        content_that_is_a_file,
        no_settings,
    ],
)
def test_what_cannot_be_followed(spoil: Callable[[Path], str], site: Path) -> None:
    expected = spoil(site)
    assert refused(site) == expected


def test_a_byte_order_mark_and_foreign_line_ends_are_no_mistakes(site: Path) -> None:
    before = tree(site / "_site")
    for file in (*site.rglob("*.md"), *site.rglob("*.html"), site / "site.yaml"):
        if "_site" not in file.parts:
            text = file.read_bytes().replace(b"\n", b"\r\n")
            file.write_bytes(b"\xef\xbb\xbf" + text)
    done = command_here(site, "build")
    assert (done.returncode, done.stderr) == (0, "")
    assert tree(site / "_site") == before


def test_a_folder_that_is_no_site(tmp_path: Path) -> None:
    done = command_here(tmp_path / "nothing", "build")
    assert done.returncode == 1
    assert done.stderr.startswith("site.yaml: no-site: no such file\n")
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("name", ["_site", ".tidepost"])
@pytest.mark.parametrize("kind", ["file", "link", "pipe"])
def test_what_is_no_folder_is_told_with_a_way_out(name: str, kind: str, tmp_path: Path) -> None:
    root = write_site(tmp_path / "site", {})
    thing = root / name
    if kind == "file":
        thing.touch()
    elif kind == "link":
        thing.symlink_to("nowhere")
    else:
        os.mkfifo(thing)
    done = command_here(root, "build")
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first.startswith(f"{thing}: ")
    assert (
        second.strip() == "something else is where a folder has to be: move it away, or delete it"
    )
    assert os.path.lexists(thing)


def test_problems_as_data(site: Path) -> None:
    write(site, {POST: b""})
    done = command_here(site, "check", "--json")
    assert done.returncode == 1
    assert done.stderr == ""
    assert json.loads(done.stdout)["problems"] == [
        {
            "path": POST,
            "line": 1,
            "severity": "error",
            "code": "empty-file",
            "message": "the file is empty",
            "hint": "start it with `---`, `title: ...` and `---`, or delete it",
        }
    ]
