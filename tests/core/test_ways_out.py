"""What the system refuses is told with the file and a way out, never in a traceback."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from generator.adapters import disk
from generator.adapters.ledger import Ledger
from generator.cli import commands
from generator.problems import SiteError
from tests.helpers.sites import write_site


@pytest.mark.parametrize(
    ("number", "way_out"),
    [
        (errno.EACCES, "belongs to somebody else"),
        (errno.EPERM, "belongs to somebody else"),
        (errno.EROFS, "work on a copy"),
        (errno.ENOSPC, "make room"),
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
    hash_file = disk.hash_file

    def closed(file: str) -> str:
        if file.endswith("closed.md"):
            raise PermissionError(errno.EACCES, "Permission denied", file)
        return hash_file(file)

    monkeypatch.setattr(disk, "hash_file", closed)
    listing = disk.list_inputs(root, Ledger(tmp_path / "ledger"))
    (problem,) = listing.problems
    assert (problem.path, problem.code) == ("content/posts/closed.md", "unreadable")
    assert "chmod" in problem.hint
    assert problem.path not in listing.files


def test_settings_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").mkdir()
    with pytest.raises(SiteError) as caught:
        disk.read_config(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.path, problem.code, problem.hint) == ("site.yaml", "unreadable", "")
