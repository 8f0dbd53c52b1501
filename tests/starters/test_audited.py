"""No tool that `make audit` runs has anything against a starter's pages."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audit import audit

pytestmark = pytest.mark.xdist_group("starters")

PAGES = {
    "blog": ["", "posts/small-programs/", "contact/"],
    "resume": ["", "projects/ward-order/"],
    "photos": ["", "posts/fog-mostly/"],
    "docs": ["", "docs/install/"],
}
"""What a starter gives a look of its own. `python -m tests.audit FOLDER` judges every page."""


def test_no_tool_finds_fault_with_a_starter(built: Callable[[str], Path], tmp_path: Path) -> None:
    """All starters at once: starting the tools takes longer than what they do."""
    for starter, pages in PAGES.items():
        site = built(starter) / "_site"
        shutil.copytree(site / "assets", tmp_path / "assets", dirs_exist_ok=True)
        for page in pages:
            to = tmp_path / starter / page / "index.html"
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(site / page / "index.html", to)
    for name in ("index.html", "404.html", "favicon.ico", "apple-touch-icon.png"):
        shutil.copyfile(site / name, tmp_path / name)
    report = audit(tmp_path, in_lighthouse=[])
    assert not report.findings, f"\n{report.table()}\n{report.told()}"
    assert len(report.cells) == sum(map(len, PAGES.values())) + 2
