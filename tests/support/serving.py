"""`publish.py serve`, running on a site, and how a browser begins that looks at it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.support.sites import PROJECT

FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)


class Served(NamedTuple):
    """A site in a folder of its own with `publish.py serve` running on it."""

    folder: Path
    url: str
    process: subprocess.Popen[str]

    @property
    def post(self) -> Path:
        return self.folder / "content/posts/2024-05-01-low-water.md"

    def edit(self, file: Path, text: str) -> None:
        """Write as editors do: a new file that takes the old one's place."""
        beside = file.with_name(f".{file.name}.tmp")
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)


def begin(folder: Path, *arguments: str) -> Served:
    """Start the command and wait until it tells its address."""
    process = subprocess.Popen(
        [sys.executable, str(PROJECT / "publish.py"), "serve", "--port", "0", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout
    told = ""
    for line in process.stdout:
        told += line
        if found := re.search(r"Serving at (http://\S+)", line):
            return Served(folder, found[1], process)
    raise AssertionError(f"serve ended by itself:\n{told}")
