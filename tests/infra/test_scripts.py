"""The scripts that the pipelines run, run here, on a small site of their own."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.support.infra import ROOT
from tests.support.sites import ENVIRONMENT, tree, write_site
from tests.support.tools import TOOLS

SCRIPTS = sorted((ROOT / "infra" / "scripts").glob("*.sh"))
SITE = """\
title: Small harbour
url: https://example.org
description: What a site needs at least.
counter: {enabled: false}
publish: {folder: out}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a site with the program around it, as a pipeline's job finds it after `make`."""
    root = write_site(tmp_path / "checkout", {"site.yaml": SITE})
    for name in (
        "publish.py",
        "generator",
        "backend",
        "bench",
        "infra",
        "tests",
        "Makefile",
        "pyproject.toml",
    ):
        (root / name).symlink_to(ROOT / name)
    binaries = root / ".venv" / "bin"
    binaries.mkdir(parents=True)
    _program(binaries / "python", f'exec {sys.executable} "$@"')
    for name in ("requirements.txt", "requirements-dev.txt"):
        (root / name).symlink_to(ROOT / name)
    # The environment that make would set up takes minutes.
    for name in ("ready", "ready-dev"):
        (root / ".venv" / name).touch()
    return root


def _program(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def script(
    root: Path, name: str, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script of infra/scripts in a checkout."""
    return subprocess.run(
        [root / "infra" / "scripts" / name, *arguments],
        env={**os.environ, **ENVIRONMENT, **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_each_script_is_run_by_a_test() -> None:
    tests = "".join(
        file.read_text("utf-8") for file in sorted((ROOT / "tests" / "infra").glob("test_*.py"))
    )
    assert [file.name for file in SCRIPTS if not re.search(rf'"{file.name}"', tests)] == []


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_no_script_imports_from_the_program(file: Path) -> None:
    """Its modules move; its commands stay (docs/commands.md)."""
    found = re.findall(r"^.*\b(?:from|import)\s+(?:generator|backend)\b.*$", file.read_text(), re.M)
    assert found == []


def test_a_branch_gets_a_preview_and_its_address(checkout: Path) -> None:
    done = script(checkout, "publish.sh", "Feature/ö: New Look!")
    assert done.returncode == 0, done.stdout + done.stderr
    url = "https://example.org/_preview/feature-new-look/"
    assert (checkout / "preview.env").read_text() == f"PREVIEW_URL={url}\n"
    assert done.stdout.endswith(f"Preview: {url}\n")
    assert (checkout / "out/_preview/feature-new-look/index.html").is_file()
    assert not (checkout / "out/index.html").exists()


def test_a_preview_of_a_broken_site_fails_and_says_why(checkout: Path) -> None:
    (checkout / "content/posts/broken.md").write_text(
        "---\ntitle: A\ndate: 2024-01-01\n---\n\n[x](/nowhere/)\n"
    )
    done = script(checkout, "publish.sh", "pr-7")
    assert done.returncode == 1
    assert "/nowhere/" in done.stdout
    assert "Traceback" not in done.stderr
    assert not (checkout / "preview.env").exists()
    assert not (checkout / "out").exists()


def test_without_a_name_the_site_is_published(checkout: Path) -> None:
    done = script(checkout, "publish.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (checkout / "out/index.html").is_file()
    assert not (checkout / "preview.env").exists()


def test_what_is_built_is_what_is_looked_at(checkout: Path) -> None:
    done = script(checkout, "build.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    done = script(checkout, "test_site.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    (checkout / "_container/headers.caddy").unlink()
    done = script(checkout, "test_site.sh")
    assert done.returncode == 1
    assert "_container/headers.caddy is missing" in done.stderr


def test_what_the_pipelines_keep_is_what_a_build_leaves(checkout: Path, tmp_path: Path) -> None:
    """A checkout of its own, with only that folder in it, has everything worked out already."""
    kept = sorted(cached_paths() - {TOOLS.relative_to(ROOT).as_posix()})
    assert kept == [".tidepost/cache", ".venv"]
    assert script(checkout, "build.sh").returncode == 0
    for path in kept:
        assert any((checkout / path).iterdir()), path

    def steps(root: Path) -> int:
        with contextlib.closing(sqlite3.connect(root / ".tidepost/cache/steps.sqlite")) as opened:
            count: int = opened.execute("select count(*) from memo").fetchone()[0]
            return count

    fresh = tmp_path / "fresh"
    shutil.copytree(
        checkout, fresh, symlinks=True, ignore=shutil.ignore_patterns("_*", ".tidepost")
    )
    shutil.copytree(checkout / ".tidepost/cache", fresh / ".tidepost/cache")
    assert steps(checkout) > 10
    assert script(fresh, "build.sh").returncode == 0
    assert steps(fresh) == steps(checkout)
    assert tree(fresh / "_site") == tree(checkout / "_site")


def cached_paths() -> set[str]:
    """Return what the pipelines of GitLab and GitHub keep between their runs."""
    gitlab = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text())
    caches = [job.get("cache", []) for job in gitlab.values() if isinstance(job, dict)]
    caches = [each for one in caches for each in (one if isinstance(one, list) else [one])]
    paths = {path.rstrip("/") for each in caches for path in each["paths"]}
    for file in sorted((ROOT / ".github/workflows").glob("*.yml")):
        for job in yaml.safe_load(file.read_text())["jobs"].values():
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/cache"):
                    paths.update(step["with"]["path"].split())
    return paths


def test_the_back_ends_tests_are_found(checkout: Path) -> None:
    done = script(checkout, "test_backend.sh", "--collect-only", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("backend/test_counter_api.py", "backend/test_contact_api.py", "test_stack.py"):
        assert name in done.stdout


def test_other_versions_are_chosen_by_name(checkout: Path) -> None:
    """What it does then takes minutes, and is what the pipelines run."""
    for given in ([], ["latest"]):
        done = script(checkout, "test_versions.sh", *given)
        assert done.returncode == 2
        assert done.stderr == "usage: test_versions.sh lowest|newest [PYTHON]\n"
    assert not (checkout / ".tidepost/versions").exists()


def test_an_image_is_built_and_pushed(checkout: Path, tmp_path: Path) -> None:
    """docker and aws are stand-ins that keep books."""
    book, programs = tmp_path / "book", tmp_path / "bin"
    _program(
        programs / "docker", 'echo "docker $*" >> "$BOOK"; [ "$1" != login ] || cat >> "$BOOK"'
    )
    _program(programs / "aws", "echo secret")
    env = {"PATH": f"{programs}:{os.environ['PATH']}", "BOOK": str(book)}
    built = (
        "docker build --platform linux/arm64 --file infra/container/Dockerfile --tag {} _container"
    )
    ecr = "1.dkr.ecr.eu-west-1.amazonaws.com/site:abc"
    login = "docker login --username AWS --password-stdin 1.dkr.ecr.eu-west-1.amazonaws.com"
    for image, push, wanted in (
        ("site:abc", "0", [built]),
        ("site:abc", "1", [built, "docker push {}"]),
        (ecr, "1", [built, login, "secret", "docker push {}"]),
    ):
        book.unlink(missing_ok=True)
        done = script(checkout, "package.sh", image, env={**env, "PUSH": push})
        assert done.returncode == 0, done.stderr
        assert book.read_text().splitlines() == [line.format(image) for line in wanted]
    assert script(checkout, "package.sh", env=env).returncode != 0
