"""What docs/cloud-resume.md has people do works, command by command."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from generator.cli.commands import cli
from generator.editing.starters import NAMES
from tests.support.clone import clone, git
from tests.support.sites import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("starters")]

PAGE = (PROJECT / "docs" / "cloud-resume.md").read_text(encoding="utf-8")
STARTERS = (PROJECT / "docs" / "starters.md").read_text(encoding="utf-8")
CLOUD = ("infra", "smoke")
"""Commands that need an account: whether they are understood is asked, and no more."""

ELSEWHERE = ("serve", "setup")
"""One goes on until it is ended, one fetches packages; their own tests run them."""


def commands(page: str) -> list[str]:
    """Return the commands of a page's console blocks in their order, without remarks."""
    blocks = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [re.sub(r"\s+#.*", "", line[2:]).strip() for line in lines]


def understood(words: list[str]) -> None:
    """Raise click's error where a command line of publish.py is not understood."""
    group: click.Command = cli
    context = click.Context(cli, info_name="publish.py", **cli.context_settings)
    while isinstance(group, click.Group) and words:
        name, group, words = group.resolve_command(context, words)  # type: ignore[assignment]
        assert name is not None
    with group.make_context("x", list(words), parent=context):
        pass


def test_every_command_of_the_page_works(tmp_path: Path) -> None:
    root = clone(tmp_path / "resume", ("bench/", "findings/"))
    told = commands(PAGE)
    assert len(told) > 20
    environment = os.environ | {"VIRTUAL_ENV": sys.prefix}
    ran = 0
    for line in told:
        words = shlex.split(line.replace(" && ", " ; "))
        if line.startswith(("git clone", "cd ", "source ")):
            continue
        if line.startswith("git add"):
            git(root, "add", "-A")
            git(root, "commit", "-qm", words[-1])
        elif line.startswith("git remote"):
            if "rename" in words:
                git(root, "remote", "add", "origin", "https://example.org/tidepost.git")
            git(root, *words[1:])
        elif words[1:2] == ["publish.py"] and words[2:3] and words[2] in CLOUD + ELSEWHERE:
            understood(words[2:])
        else:
            assert words[0] == "python", line
            arguments = words[1:]
            if words[1:3] == ["-m", "pytest"]:
                arguments += ["-p", "no:cacheprovider", "-p", "no:xdist"]
                if "tests/site" not in words:  # which run by themselves, where this one does
                    arguments.append("--collect-only")
            if words[2:3] == ["rollback"]:
                continue  # needs a second release: tests/publish/ holds it
            done = subprocess.run(
                [sys.executable, *arguments],
                cwd=root, env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
            ran += 1
    assert ran > 8
    assert list((root / "content" / "posts").glob("*-what-sixteen-steps-taught-me.md"))


def test_every_file_that_the_page_names_is_there() -> None:
    starter = PROJECT / "starters" / "resume"
    named = set(re.findall(r"`([\w./-]+/[\w./-]*)`", PAGE)) | {"infra/site.yaml"}
    made = {"generator/", "/nothing/", "static/images/badges/", ".venv/"}
    missing = [
        name
        for name in sorted(named - made)
        if not (PROJECT / name).exists() and not (starter / name).exists()
    ]
    assert missing == []
    assert len(named) > 15


def test_the_page_goes_through_sixteen_steps() -> None:
    rows = re.findall(r"^\| (\d+) \| \[.*?\]\(#(.*?)\) \|", PAGE, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 17))
    headings = re.findall(r"^## Step (\d+): ", PAGE, re.MULTILINE)
    assert [int(number) for number in headings] == list(range(1, 17))


@pytest.mark.parametrize("page", [PAGE, STARTERS], ids=["cloud-resume", "starters"])
def test_every_command_of_tidepost_is_understood(page: str) -> None:
    ways = re.compile(r"(?:^tidepost|^python3? publish\.py|\.git tidepost) (.+)")
    ours = [found[1] for line in commands(page) if (found := ways.search(line))]
    assert len(ours) > 3
    for line in ours:
        understood(shlex.split(line))


def test_the_page_of_starters_names_all_of_them() -> None:
    assert re.findall(r"^\| `(\w+)` \|", STARTERS, re.MULTILINE) == list(NAMES)
