"""What is quick only with tested versions of a library is quick with those that people get."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator import fast_markdown, quick_lexing

TESTED = {**fast_markdown.TESTED, "pygments": quick_lexing.TESTED}
PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", TESTED)
def test_every_version_that_is_locked_was_tested(name: str) -> None:
    """An older Python gets older versions than the one that these tests run on."""
    locked = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    versions = re.findall(rf"^{re.escape(name)}==([\w.]+)", locked, re.MULTILINE)
    assert versions
    assert set(versions) <= set(TESTED[name])
