"""No tool that `make audit` runs has anything against a starter's pages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.audit import audit
from tests.support.starters import PAGES, build, make

pytestmark = pytest.mark.xdist_group("audit")


def test_no_tool_finds_fault_with_a_starter(tmp_path: Path) -> None:
    """All starters at once: starting the tools takes longer than what they do. Every page is
    judged by `python -m tests.audit FOLDER`."""
    all_of_them = tmp_path / "all"
    for starter, pages in PAGES.items():
        folder = make(tmp_path / starter, starter)
        assert build(folder) == ""
        site = folder / "_site"
        shutil.copytree(site / "assets", all_of_them / "assets", dirs_exist_ok=True)
        for page in pages:
            to = all_of_them / starter / page / "index.html"
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(site / page / "index.html", to)
    for name in ("index.html", "404.html", "favicon.ico", "apple-touch-icon.png"):
        shutil.copyfile(site / name, all_of_them / name)
    report = audit(all_of_them, in_lighthouse=[])
    assert not report.findings, f"\n{report.table()}\n{report.told()}"
    assert len(report.cells) == sum(map(len, PAGES.values())) + 2
