"""Commands run in this process, as a person would give them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from generator.cli.commands import run
from tests.support.sites import ENVIRONMENT


class Done(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Tidepost = Callable[..., Done]


@pytest.fixture
def tidepost(
    site: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Tidepost:
    """Return a function that carries out one command on `site`."""
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    def command(*arguments: str) -> Done:
        capsys.readouterr()
        code = run([*arguments, "--site", str(site)])
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return command
