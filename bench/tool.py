"""What bench/build.py knows of a program whose builds it measures."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
} | {"ASTRO_TELEMETRY_DISABLED": "1"}
"""What all programs run with. Without bytecode, Python would compile all of its sources each time;
and nobody is to be told of these builds."""


@dataclass(frozen=True)
class Tool:
    """One generator: its name, how its site is made, and the commands to be timed.

    `template` makes a post's page, with its `<h1>`; `made` is the output folder and `remembered`
    what a clean build must not find: all in the site's folder. `version` is the command that prints
    the version. `remark` is one sentence on how its site differs from what is asked of all peers,
    and why.
    """

    name: str
    flavour: str
    posts: str
    template: str
    made: str
    remembered: tuple[str, ...]
    set_up: Callable[[Path], None]
    build: list[str]
    version: list[str]
    remark: str = ""


def write(path: Path, text: str) -> None:
    """Write a file and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
