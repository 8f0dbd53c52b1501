"""Makes the environment that Tidepost runs in, as `make` does, on every system and without make.

This module imports nothing but the standard library: it is what installs everything else.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = ".venv"
ROOT = Path(__file__).parents[3]
_FILES = {False: ("requirements.txt", "ready"), True: ("requirements-dev.txt", "ready-dev")}
"""What is installed, and the file that says so, by whether it is for the tests as well."""


def make(root: Path = ROOT, *, dev: bool = False) -> int:
    """Make `.venv` below `root` with what Tidepost needs, with `dev` what its tests need too.

    What is there and newer than the list of what is needed stays. Returns an exit code; what went
    wrong is printed.
    """
    listed, mark = _FILES[dev]
    ready, python = root / FOLDER / mark, python_of(root)
    needed = root / listed
    if not needed.is_file():
        print(f"{needed} is not there: is this the folder of publish.py?", file=sys.stderr)
        return 1
    if not (python.is_file() and ready.is_file() and _newer(ready, needed)):
        print(f"Installing what {listed} lists into {FOLDER} ...", flush=True)
        if not python.is_file() and not _make_folder(root):
            return 1
        if code := subprocess.call(_install(python, needed)):  # noqa: S603 (a fixed program)
            print("That failed. Run it again when the reason above is gone.", file=sys.stderr)
            return code
        for name in {mark, "ready"}:
            (root / FOLDER / name).touch()
    shown = python.relative_to(root)
    print(f"Ready. From now on: {shown} publish.py")
    if dev:
        several = "pytest-xdist" in needed.read_text(encoding="utf-8")
        print(f"The tests: {shown} -m pytest -q{' -n auto --dist loadgroup' if several else ''}")
    return 0


def python_of(root: Path) -> Path:
    """Return where the environment's Python lies, whether or not it is there."""
    return root / FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def main(arguments: list[str]) -> int:
    """Carry out `setup` where click is not installed yet."""
    if unknown := [one for one in arguments if one != "--dev"]:
        print(f"setup: no such option: {unknown[0]} (there is --dev)", file=sys.stderr)
        return 2
    return make(dev="--dev" in arguments)


def _make_folder(root: Path) -> bool:
    """Python's own venv where it is there, uv where it is not (Debian packs venv apart)."""
    place = str(root / FOLDER)
    if all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        command = [sys.executable, "-m", "venv", place]
    elif uv := shutil.which("uv"):
        command = [uv, "venv", "-q", "--seed", "--python", sys.executable, place]
    else:
        print(
            "This Python has no venv module: run `apt install python3-venv` (or install uv), and "
            "try again.",
            file=sys.stderr,
        )
        return False
    return subprocess.call(command) == 0  # noqa: S603 (a fixed program)


def _install(python: Path, needed: Path) -> list[str]:
    pip = [str(python), "-m", "pip"]
    # A site whose program is a package names that package, and no hashes.
    listed = "--hash=" in needed.read_text(encoding="utf-8")
    hashed = ["--require-hashes"] if listed else []
    there = subprocess.run([*pip, "--version"], capture_output=True, check=False)  # noqa: S603
    if there.returncode and (uv := shutil.which("uv")):
        return [uv, "pip", "install", "-q", "--python", str(python), *hashed, "-r",
                str(needed)]  # fmt: skip
    return [*pip, "install", "-q", "--disable-pip-version-check", *hashed, "-r",
            str(needed)]  # fmt: skip


def _newer(file: Path, than: Path) -> bool:
    return file.stat().st_mtime >= than.stat().st_mtime
