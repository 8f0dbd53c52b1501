"""bench/build.py does what it says, on a site of a few posts."""

from __future__ import annotations

import pstats
import subprocess
import sys
from pathlib import Path

from tests.helpers.sites import PROJECT


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run bench/build.py as a person would."""
    command = [sys.executable, str(PROJECT / "bench/build.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_profile_is_written_and_holds_the_build(tmp_path: Path) -> None:
    out = tmp_path / "build.prof"
    done = run("--posts", "3", "--profile", str(out))
    assert done.returncode == 0, done.stderr
    assert "Built 3 posts" in done.stdout
    stats = pstats.Stats(str(out))
    called = {(Path(file).name, name) for file, _, name in stats.stats}  # type: ignore[attr-defined]
    assert ("build.py", "build") in called
    assert ("beside.py", "_begin") not in called
