"""Whole sites of other programs: each is imported, told about, and built.

A folder below jekyll/, hugo/ or wordpress/ holds one site with `expected-report.md`, all that the
import says, and `expected-urls.txt`, the addresses that the old site had and where each leads now.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.core.urls import output_path
from tests.importers.sites import (
    HERE,
    build,
    empty_site,
    expected_urls,
    imported,
    publish,
    written,
)

SITES = sorted(
    f"{folder.parent.name}/{folder.name}"
    for folder in HERE.glob("*/*")
    if (folder / "expected-urls.txt").exists()
)


def source_of(name: str) -> Path:
    folder = HERE / name
    export = folder / "export.xml"
    return export if export.exists() else folder / "site"


@pytest.mark.parametrize("name", SITES)
def test_a_site_is_imported_as_expected(name: str, tmp_path: Path) -> None:
    kind = name.partition("/")[0]
    into = empty_site(tmp_path / "site")
    before = written(into)
    source = source_of(name)
    media = ["--media", str(source.parent / "uploads")] if kind == "wordpress" else []
    report = imported(kind, source, into, "--strict", *media)
    assert report == (HERE / name / "expected-report.md").read_text(encoding="utf-8")
    after = written(into)
    assert {path: after[path] for path in before} == before

    outcome = build(into)
    expected = HERE / name / "expected-problems.txt"
    errors = [
        f"{each.path}: {each.code}: {each.message}"
        for each in outcome.problems
        if each.severity == "error"
    ]
    assert errors == (expected.read_text().splitlines() if expected.exists() else [])
    for error in errors:  # what a build will say is in the report already
        named = re.search(r"`([^`]+)`", error)
        assert named
        assert named[1] in report
    if errors:
        mend(into, errors)
        outcome = build(into)
        assert [each for each in outcome.problems if each.severity == "error"] == []
    check_addresses(name, into, outcome.pages, outcome.redirects, report)

    if errors:
        return
    again = publish("import", kind, source, "--into", into, "--strict", *media)
    assert again.returncode == 0
    assert written(into) == after


def check_addresses(
    name: str, into: Path, pages: frozenset[str], redirects: dict[str, str], report: str
) -> None:
    told = dict(re.findall(r"^\| `([^`]+)` \| `?([^`|]+)`? \|", report, re.MULTILINE))
    for old, new in expected_urls(HERE / name).items():
        if new == "nothing":
            assert told[old].strip() == "nothing", old
        elif old == new:
            assert old in pages or (into / "_site" / output_path(old)).exists(), old
        else:
            assert new in pages, new
            assert redirects.get(old) == new or f"{old}/" == new or told.get(old) == new, old


def mend(into: Path, errors: list[str]) -> None:
    """Do what the report says: take the lines out that name what is not there."""
    for error in errors:
        path, _, message = error.partition(": ")
        named = re.search(r"`([^`]+)`", message)
        assert named
        lines = (into / path).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if named[1] not in line]
        (into / path).write_text("".join(kept), encoding="utf-8")


def test_every_kind_of_site_is_tried() -> None:
    kinds = [name.partition("/")[0] for name in SITES]
    assert min(kinds.count("jekyll"), kinds.count("hugo")) >= 3
    assert kinds.count("wordpress") >= 2
