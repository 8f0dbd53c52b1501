"""Fixtures for all tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.sites import write_site

# How long an example takes depends on who else uses the machine; nothing here is timed.
settings.register_profile("tidepost", deadline=None)
settings.load_profile("tidepost")

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def chromium_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of a Chromium; on Debian it is installed where it is missing."""
    found = _chromium()
    if found is None and (apt := shutil.which("apt-get")):
        from filelock import FileLock

        # One of several test processes installs, the others wait for it.
        with FileLock(tmp_path_factory.getbasetemp().parent / "chromium.lock"):
            found = _chromium()
            if found is None:
                root = [] if os.geteuid() == 0 else ["sudo", "-n"]
                subprocess.run([*root, apt, "-qq", "update"], check=False)
                subprocess.run([*root, apt, "-qq", "-y", "install", "chromium"], check=False)
                found = _chromium()
    if found is None:
        pytest.fail("no Chromium: install the package `chromium`, or set CHROMIUM to its path")
    return found


def _chromium() -> str | None:
    given = os.environ.get("CHROMIUM")
    candidates = (given, *map(shutil.which, _NAMES))
    return next((path for path in candidates if path and Path(path).exists()), None)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with the smallest site that passes all checks."""
    return write_site(tmp_path / "site", {})
