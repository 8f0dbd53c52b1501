"""`publish.py setup`: what make does, with Python alone."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from generator.adapters.files import environment
from tests.support.tools import ROOT


def wheel(folder: Path) -> str:
    """Make a package, and return the line that asks for it."""
    file = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tiny.py", "WHAT = 'installed'\n")
        about = "tiny-1.0.dist-info"
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(
            f"{about}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{about}/RECORD", "")
    return f"tiny @ {file.as_uri()} --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "a site"
    folder.mkdir()
    (folder / "publish.py").write_text((ROOT / "publish.py").read_text())
    (folder / "generator").symlink_to(ROOT / "generator", target_is_directory=True)
    (folder / "requirements.txt").write_text(wheel(tmp_path))
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A Python that has nothing but itself."""
    venv.create(tmp_path / "bare")
    return tmp_path / "bare" / environment.python_of(Path()).relative_to(environment.FOLDER)


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True
    )


def test_from_nothing_to_an_environment(checkout: Path, bare: Path) -> None:
    told = run(bare, "publish.py", "build", cwd=checkout)
    assert told.returncode == 1
    assert "publish.py setup" in told.stderr
    assert run(bare, "publish.py", "setup", "--fast", cwd=checkout).returncode == 2
    told = run(bare, "publish.py", "setup", cwd=checkout)
    assert told.returncode == 0, told.stderr
    own = environment.python_of(checkout)
    assert f"From now on: {own.relative_to(checkout)} publish.py" in told.stdout
    assert run(own, "-c", "import tiny; print(tiny.WHAT)", cwd=checkout).stdout == "installed\n"
    # Again: nothing is installed, until the list is newer.
    assert "Installing" not in run(bare, "publish.py", "setup", cwd=checkout).stdout
    # Every other command goes on in the environment, which here still lacks what is needed.
    told = run(bare, "publish.py", "build", cwd=checkout)
    assert (told.returncode, told.stderr.count("publish.py setup")) == (1, 1)
    (checkout / "requirements.txt").write_text("tiny==2.0 --hash=sha256:" + "0" * 64 + "\n")
    os.utime(checkout / "requirements.txt", (2_000_000_000, 2_000_000_000))
    told = run(bare, "publish.py", "setup", cwd=checkout)
    assert told.returncode != 0
    assert "Run it again" in told.stderr


def test_another_python_goes_on_in_the_environment(bare: Path) -> None:
    told = run(bare, ROOT / "publish.py", "--version", cwd=ROOT)
    assert told.stdout.startswith("Tidepost, version")


def test_help_knows_it() -> None:
    told = run(sys.executable, "publish.py", "setup", "--help", cwd=ROOT)
    assert "--dev" in told.stdout


def test_where_there_is_no_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert environment.make(tmp_path, dev=True) == 1
    assert "requirements-dev.txt is not there" in capsys.readouterr().err


def test_names_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert environment.python_of(Path("x")) == Path("x/.venv/Scripts/python.exe")
