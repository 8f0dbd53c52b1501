"""Changes are noticed, also in folders that were not there at first."""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import watchfiles
from watchfiles.main import FileChange

from generator.adapters.server import watch
from generator.adapters.server.watch import follow


class Seen:
    """The paths that were reported."""

    def __init__(self, root: Path) -> None:
        self.root, self.paths, self.stop = root, set[str](), threading.Event()
        follow(root, self.paths.update, self.stop)

    def wait_for(self, path: str, text: str = "x") -> None:
        """Write a file until it is reported: nothing tells when watching has begun."""
        end = time.monotonic() + 60
        while path not in self.paths:
            assert time.monotonic() < end, (path, self.paths)
            (self.root / path).write_text(text, encoding="utf-8")
            time.sleep(0.3)


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Seen]:
    (tmp_path / "content/posts").mkdir(parents=True)
    (tmp_path / "_site").mkdir()
    seen = Seen(tmp_path)
    yield seen
    seen.stop.set()


def test_changes_and_only_those_of_the_site(seen: Seen, tmp_path: Path) -> None:
    seen.wait_for("content/posts/a.md")
    seen.wait_for("site.yaml")
    for name in ("_site/index.html", "content/posts/.a.md.swp", "content/a.md~", "notes.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    seen.paths.discard("content/posts/a.md")
    seen.wait_for("content/posts/a.md", "y")
    assert seen.paths == {"content/posts/a.md", "site.yaml"}
    (tmp_path / "content/posts/a.md").rename(tmp_path / "content/posts/b.md")
    seen.wait_for("content/posts/b.md")


def test_folder_that_comes_later_or_comes_back(seen: Seen, tmp_path: Path) -> None:
    seen.wait_for("content/posts/a.md")
    (tmp_path / "templates").mkdir()
    seen.wait_for("templates/base.html")
    shutil.rmtree(tmp_path / "content")
    time.sleep(0.5)
    (tmp_path / "content/posts").mkdir(parents=True)
    seen.paths.clear()
    seen.wait_for("content/posts/c.md")


def test_a_folder_that_goes_just_before_it_is_watched_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("content/posts", "templates"):
        (tmp_path / name).mkdir(parents=True)
    looked_for: list[tuple[object, ...]] = []

    def going(*folders: Path, **options: Any) -> Iterator[set[FileChange]]:
        if len(folders) > 1 and not looked_for:
            looked_for.append(folders)
            (tmp_path / "templates").rmdir()
        return watchfiles.watch(*folders, **options)

    monkeypatch.setattr(watch, "watch", going)
    seen = Seen(tmp_path)
    try:
        seen.wait_for("content/posts/a.md")
    finally:
        seen.stop.set()
    assert looked_for


@pytest.mark.parametrize("folder", ["content/posts", "."])
def test_a_name_that_is_no_text_does_not_end_it(seen: Seen, tmp_path: Path, folder: str) -> None:
    seen.wait_for("content/posts/a.md")
    seen.wait_for("site.yaml")
    name = os.fsencode(tmp_path / folder) + b"/\xff.md"
    with contextlib.suppress(OSError):  # file systems that have no such names
        os.close(os.open(name, os.O_CREAT))
    time.sleep(0.5)
    seen.paths.clear()
    seen.wait_for("content/posts/b.md")
    seen.paths.clear()
    seen.wait_for("site.yaml", "y")
