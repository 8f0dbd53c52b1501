"""`make quick` leaves out each test that needs more than Python; none hides what it needs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FIXTURES, MARKERS, PLACES, TESTS, TOGETHER
from tests.support import tools


def test_what_is_not_marked_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for marker in ("network", "browser", "server"):
        with pytest.raises(AssertionError, match=f"needs `@pytest.mark.{marker}`"):
            tools.needs(marker)
    monkeypatch.setattr(tools, "needed", [frozenset({"browser", "slow"})])
    tools.needs("browser")
    with pytest.raises(AssertionError, match=r"needs `@pytest.mark.server`"):
        tools.needs("server")


@pytest.mark.parametrize(
    "use",
    [
        lambda: tools.npm_package("left-pad", "0.0.0"),
        lambda: tools.debian("no-such-program"),
        tools.chromium,
        lambda: tools.process(["true"]).__enter__(),
    ],
    ids=["npm", "debian", "chromium", "process"],
)
def test_each_tool_says_what_it_needs(use: object) -> None:
    with pytest.raises(AssertionError, match="this test needs"):
        use()  # type: ignore[operator]


def test_the_places_of_markers_are_there(request: pytest.FixtureRequest) -> None:
    assert [place for place in (*PLACES, *TOGETHER) if not (TESTS / place).exists()] == []
    registered = {line.partition(":")[0] for line in request.config.getini("markers")}
    used = {marker for markers in (*PLACES.values(), *FIXTURES.values()) for marker in markers}
    assert used == MARKERS
    assert used <= registered


def test_quick_runs_what_has_no_marker_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "def test_plain(): pass\n"
        "@pytest.mark.slow\ndef test_slow(): pass\n"
        "@pytest.mark.xdist_group('a')\ndef test_grouped(): pass\n"
        "@pytest.mark.parametrize('place', ['moto-versioned', 'folder'])\n"
        "def test_place(place): pass\n"
        "def test_in_a_browser(browser): pass\n"
    )
    options = ["-q", "--collect-only", "--quick", "-p", "no:cacheprovider", "-p", "tests.conftest"]
    settings = ["-c", TESTS.parent / "pyproject.toml", "--rootdir", tmp_path]
    command = [sys.executable, "-m", "pytest", *options, *settings, tmp_path]
    done = subprocess.run(command, cwd=TESTS.parent, capture_output=True, text=True, check=False)
    found = re.findall(r"::(\S+)", done.stdout)
    assert found == ["test_plain", "test_grouped", "test_place[folder]"], done.stdout + done.stderr
    assert "3 deselected" in done.stdout
