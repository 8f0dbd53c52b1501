"""Builds that are killed half way, and builds that run at once: the next is as a clean one."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.adapters.files import output_folder
from generator.adapters.files.sqlite_cache import DiskCache
from tests.support.builds import changed, clean, outcome, site
from tests.support.sites import ENVIRONMENT, NOW, PROJECT, post, tree, write

__all__ = ["site"]  # the fixture


class Killed(BaseException):
    """Passes every `except Exception`, as the end of a process does."""


def killed_after(
    steps: int, where: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """End the build at the given call of a function that changes files."""
    done = 0
    real = getattr(where, name)

    def step(*given: object, **named: object) -> object:
        nonlocal done
        done += 1
        if done > steps:
            raise Killed
        return real(*given, **named)

    monkeypatch.setattr(where, name, step)
    return monkeypatch.undo


@pytest.mark.parametrize("steps", [0, 1, 3, 8, 20])
@pytest.mark.parametrize(
    ("where", "name"),
    [(output_folder, "_replace"), (output_folder, "_remove_others"), (DiskCache, "put_many")],
)
def test_after_a_kill_the_next_build_is_as_a_clean_one(
    site: Path, steps: int, where: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With a new post, so that all goes on from the start, and with an edit, which goes on from
    # what is known.
    write(site, {"content/posts/new.md": post("date: 2024-05-20\ndescription: New.", "New.")})
    for edit in (lambda _: None, changed("Text 7.", "Other text."), changed("Post 7", "Seven")):
        edit(site)
        undo = killed_after(steps, where, name, monkeypatch)
        with contextlib.suppress(Killed):
            outcome(site, NOW, no_cache=False)
        undo()
    assert outcome(site, NOW, no_cache=False) == clean(site)


def start(root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(PROJECT / "publish.py"), "build", "--site", str(root)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **ENVIRONMENT},
    )


def test_builds_at_once_do_no_harm(site: Path) -> None:
    changed("Text 7.", "Other text.")(site)
    builds = [start(site) for _ in range(3)]
    assert [build.wait(600) for build in builds] == [0, 0, 0]
    assert tree(site / "_site") == clean(site)[1]


@pytest.mark.parametrize("seconds", [0.3, 0.6, 0.9])
def test_a_real_kill_does_no_harm(site: Path, seconds: float) -> None:
    write(site, {"content/posts/new.md": post("date: 2024-05-20\ndescription: New.", "New.")})
    build = start(site)
    time.sleep(seconds)
    build.kill()
    build.wait()
    assert outcome(site, NOW, no_cache=False) == clean(site)
