"""What the system refuses is reported with the file and a way out, never in a traceback."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.adapters.files import site_folder
from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.image_store import PictureStore
from generator.adapters.files.os_errors import NoFileError, read_file, way_out
from generator.adapters.files.snapshot_file import PartsFolder
from generator.adapters.files.sqlite_cache import code_digest
from generator.adapters.link_checker import read_book
from generator.adapters.server.outbox import Outbox
from generator.app.build import build_and_check
from generator.app.workspace import open_workspace
from generator.cli import commands
from generator.core.cache import key_of
from generator.core.problems import Problem, SiteError
from tests.support.sites import post, run_in_process, write_site

KEY = key_of("a build")


@pytest.mark.parametrize(
    ("number", "way_out"),
    [
        (errno.EACCES, "belongs to somebody else"),
        (errno.EPERM, "belongs to somebody else"),
        (errno.EROFS, "work on a copy"),
        (errno.ENOSPC, "make room"),
        (errno.ENOTDIR, "something else is where a folder has to be"),
        (errno.EEXIST, "something else is where a folder has to be"),
        (errno.EISDIR, "a folder is where a file has to be"),
        (errno.ELOOP, "a link leads back to itself"),
        (errno.ENAMETOOLONG, "a shorter name"),
        (errno.EMFILE, "ulimit"),
        (errno.EIO, ""),
    ],
)
def test_what_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: int,
    way_out: str,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "_site/index.html")

    monkeypatch.setattr(commands.cli, "main", refuse)
    assert commands.run(["build"]) == commands.PROBLEMS
    first, *more = capsys.readouterr().err.splitlines()
    assert first == f"_site/index.html: {os.strerror(number)}"
    assert len(more) == bool(way_out)
    assert way_out in "".join(more)


def test_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_site(tmp_path / "site", {"content/posts/closed.md": "x"})
    hash_file = site_folder.hash_file

    def closed(file: str) -> str:
        if file.endswith("closed.md"):
            raise PermissionError(errno.EACCES, "Permission denied", file)
        return hash_file(file)

    monkeypatch.setattr(site_folder, "hash_file", closed)
    listing = site_folder.list_inputs(root, DigestIndex(tmp_path / "ledger"))
    (problem,) = listing.problems
    assert (problem.path, problem.code) == ("content/posts/closed.md", "unreadable")
    assert "chmod" in problem.hint
    assert problem.path not in listing.files


def test_settings_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").mkdir()
    with pytest.raises(SiteError) as caught:
        site_folder.read_config(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.path, problem.code) == ("site.yaml", "unreadable")
    assert problem.hint.startswith("a folder is where a file has to be")


def test_a_file_of_view_counts_that_is_a_folder_is_told(tmp_path: Path) -> None:
    root = write_site(tmp_path / "site", {"data/counts.json/x.txt": ""})
    (problem,) = problems_of(root)
    assert (problem.path, problem.code) == ("data/counts.json", "unreadable")
    assert problem.hint.startswith("a folder is where a file has to be")


def problems_of(root: Path) -> list[Problem]:
    with pytest.raises(SiteError) as caught:
        build_and_check(open_workspace(root, quiet=True))
    return caught.value.problems


def test_a_pipe_that_takes_a_files_place_is_not_waited_for(tmp_path: Path) -> None:
    root = write_site(tmp_path / "site", {"content/posts/2024-05-01-a.md": post()})
    digest_index = DigestIndex(tmp_path / "ledger")
    listing = site_folder.list_inputs(root, digest_index)
    sources, _ = site_folder.find_sources(root, listing, ())
    source = next(each for each in sources if each.path == "content/posts/2024-05-01-a.md")
    (root / source.path).unlink()
    os.mkfifo(root / source.path)
    with pytest.raises(NoFileError) as caught:
        source.read()
    assert way_out(caught.value) == "take it away, or put a file in its place"
    assert not site_folder.still(root, listing, digest_index, [source.path])


@pytest.mark.parametrize("name", ["folder", "pipe", "socket", "device", "gone", "file"])
def test_only_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    Path("file").write_bytes(b"x")
    Path("folder").mkdir()
    os.mkfifo("pipe")
    Path("device").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
    if name == "file":
        assert read_file(name) == b"x"
        return
    with pytest.raises(OSError, match=name) as caught:
        read_file(name)
    assert str(caught.value.filename) == name


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("inputs.ledger", lambda file: DigestIndex(file).names),
        ("links.json", lambda file: read_book(file).answers),
        ("read.json", lambda file: Outbox(file.parent).read()),
        ("code.digest", lambda file: code_digest(file) != code_digest()),
        ("ab/ab", lambda file: PictureStore(file.parents[1]).known([b"\xab"])),
        ("ab/ab", lambda file: PictureStore(file.parents[1]).get(b"\xab")),
        (f"{KEY.hex()[:32]}.parts", lambda file: _parts_in(file.parent)),
    ],
)
def test_a_pipe_in_place_of_a_file_of_its_own_is_not_waited_for(
    tmp_path: Path, name: str, read: Callable[[Path], object]
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / name)
    assert not read(tmp_path / name)


def _parts_in(folder: Path) -> object:
    return PartsFolder(folder, b"code").open(KEY)


def test_what_was_not_looked_at_is_said(tmp_path: Path) -> None:
    """While a document cannot be read, no link and nothing that is blocked is reported."""
    linked = post("", '[gone](/nowhere/) ![x](https://elsewhere.example/x.png "x")')
    root = write_site(tmp_path / "site", {"content/posts/2024-01-02-linked.md": linked})
    found = run_in_process("check", cwd=root)
    assert "Where links lead" not in found.stdout
    assert "link-broken" in found.stderr
    assert "csp-source" in found.stderr
    (root / "content/posts/2024-01-01-torn.md").write_text('---\ntitle: "A" b\n---\nWords.\n')
    for command in ("check", "build"):
        torn = run_in_process(command, cwd=root)
        assert "bad-yaml" in torn.stderr
        assert "link-broken" not in torn.stderr
        assert "Where links lead and what the policy blocks is checked when" in torn.stdout
