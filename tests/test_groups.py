"""Tests that share what is dear to make are run by one process, as `make test` asks for.

Where the test runner does not do so, each process makes it for itself, which nobody would notice
but by the time that it takes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = """
import os, pathlib, pytest

pytestmark = pytest.mark.xdist_group("dear")

@pytest.mark.parametrize("number", range(6))
def test_who_runs_it(number):
    pathlib.Path(__file__).with_name("processes").open("a").write(f"{os.getpid()}\\n")
"""


def test_a_group_of_tests_is_run_by_one_process(tmp_path: Path) -> None:
    (tmp_path / "test_group.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "."]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    processes = (tmp_path / "processes").read_text().split()
    assert len(processes) == 6
    assert len(set(processes)) == 1
