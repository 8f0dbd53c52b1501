"""One at a time in a site's folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from generator.adapters import lock
from generator.adapters.lock import alone_in
from tests.helpers.sites import PROJECT

HOLDS = """
import sys
from pathlib import Path
from generator.adapters.lock import alone_in

with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_comes_second_waits_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            other.kill()  # with which its lock goes
            other.wait()

        monkeypatch.setattr(lock.time, "sleep", pause)
        with alone_in(tmp_path):
            assert pauses
    assert capsys.readouterr().err.startswith("Another Tidepost is at work in this folder")
    with alone_in(tmp_path):
        pass
    assert capsys.readouterr().err == ""


def test_where_there_can_be_no_lock_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(lock, "_take", refuse)
    with pytest.raises(OSError, match="not implemented"), alone_in(tmp_path):
        pass
