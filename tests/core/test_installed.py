"""Versions of libraries, without what it takes to read their metadata."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.core import installed
from generator.core.installed import installed_version
from tests.support.sites import PROJECT


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    installed._listed.cache_clear()
    yield
    installed._listed.cache_clear()


def test_versions_are_those_of_the_metadata() -> None:
    for each in importlib.metadata.distributions():
        assert installed_version(each.name) == importlib.metadata.version(each.name)
    assert installed_version("nobody-has-this") == ""


def test_names_are_compared_as_installers_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Some_Library.x-1.0+local.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "missing"), str(tmp_path)])
    assert installed_version("some-library-x") == "1.0+local"


def test_where_two_versions_are_in_one_place_the_metadata_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1.0", "2.0"):
        folder = tmp_path / f"twice-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: twice\nVersion: {version}\n"
        )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert installed_version("twice") == importlib.metadata.version("twice")


def test_a_build_does_without_the_parser_of_metadata() -> None:
    code = (
        "import sys; from generator.app import make; from generator.incremental import languages;"
        " from generator.adapters import pagefind; pagefind.engine();"
        " from generator.markdown.convert import library_versions; library_versions();"
        " print('importlib.metadata' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True)
    assert found.stdout == b"False\n", found.stderr
