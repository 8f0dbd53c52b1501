"""One at a time in a site's folder."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from generator.adapters.lock import alone_in
from tests.support.sites import PROJECT

HOLDS = """
import sys
from pathlib import Path
from generator.adapters.lock import alone_in

with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_comes_second_waits_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        said: list[str] = []

        class Console(io.StringIO):
            """Ends the other one, with which its lock goes, once it is waited for."""

            def write(self, text: str) -> int:
                said.append(text)
                other.kill()
                return len(text)

        monkeypatch.setattr(sys, "stderr", Console())
        with alone_in(tmp_path):
            assert other.wait(60) != 0
        monkeypatch.undo()
    assert "".join(said).startswith("Another Tidepost is at work in this folder")
    with alone_in(tmp_path):
        pass
    assert capsys.readouterr().err == ""
