"""Fixtures for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.sites import write_site
from tests.helpers.tools import chromium

# How long an example takes depends on who else uses the machine; nothing here is timed.
settings.register_profile("tidepost", deadline=None)
settings.load_profile("tidepost")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the path of a Chromium; on Debian it is installed where it is missing."""
    return chromium()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with the smallest site that passes all checks."""
    return write_site(tmp_path / "site", {})
