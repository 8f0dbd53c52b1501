"""Installs the peers, each into a folder of its own."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from bench.tool import write


def from_pypi(folder: Path, package: str) -> Path:
    """Install a package into a virtual environment of its own; return where its programs are."""
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    if not programs.is_dir():
        venv.create(folder, with_pip=True)
    command = [str(programs / "python"), "-m", "pip", "install", "--quiet", package]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return programs


def from_npm(folder: Path, *packages: str) -> Path:
    """Install packages with npm; return the folder of node's modules.

    Each is named with its version behind an @. Those that are there already are not asked for
    again.
    """
    modules = folder / "node_modules"
    names = [package.rpartition("@")[0] for package in packages]
    if not all((modules / name).is_dir() for name in names):
        write(folder / "package.json", '{"private": true}')
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", *packages]
        subprocess.run(command, cwd=folder, check=True)
    return modules
