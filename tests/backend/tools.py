"""Finds or installs the programs these tests run against; they are kept between runs."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tidepost" / "tools"


@contextlib.contextmanager
def only_one(name: str) -> Iterator[None]:
    """Hold a lock between processes: pytest-xdist's workers must not install the same thing."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    lock = TOOLS / f"{name}.lock"
    with lock.open("w") as file:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def npm_package(name: str, version: str) -> Path:
    """Return the folder of an npm package, installed if need be."""
    home = TOOLS / f"{name}-{version}"
    package = home / "node_modules" / name
    with only_one(name):
        if not (package / "package.json").exists():
            home.mkdir(parents=True, exist_ok=True)
            (home / "package.json").write_text('{"private": true}')
            command = ["npm", "install", "--no-audit", "--no-fund", "--silent", f"{name}@{version}"]
            subprocess.run(command, cwd=home, check=True, timeout=300)
    return package


def lambda_emulator(version: str = "1.170.0") -> Path:
    """Return Lambda's runtime interface emulator, out of the wheel of aws-sam-cli."""
    kind = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    program = TOOLS / f"aws-lambda-rie-{kind}-{version}"
    with only_one("aws-lambda-rie"):
        if not program.exists():
            wheels = TOOLS / "wheels"
            options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--dest", wheels]
            command = [sys.executable, "-m", "pip", "download", *options]
            subprocess.run([*command, f"aws-sam-cli=={version}"], check=True, timeout=300)
            [wheel] = wheels.glob(f"aws_sam_cli-{version}-*.whl")
            half = program.with_suffix(".part")
            with zipfile.ZipFile(wheel) as archive, half.open("wb") as target:
                source = archive.open(f"samcli/local/rapid/aws-lambda-rie-{kind}")
                shutil.copyfileobj(source, target)
            half.chmod(0o755)
            half.replace(program)
    return program


def chromium() -> str:
    """Return the path of a chromium, Debian's or the one that playwright installs."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise AssertionError("these tests need chromium: `apt-get install chromium`")


def wait_until(ready: object, seconds: float = 20.0) -> None:
    """Call `ready` until it returns something true; fail after a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if ready():  # type: ignore[operator]
                return
        time.sleep(0.05)
    raise AssertionError(f"not ready after {seconds} s")


@contextlib.contextmanager
def process(command: list[str | Path], **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program and end it at the end."""
    options.setdefault("stdout", subprocess.DEVNULL)
    options.setdefault("stderr", subprocess.STDOUT)
    running = subprocess.Popen([os.fspath(part) for part in command], **options)  # type: ignore
    try:
        yield running
    finally:
        running.kill()
        running.wait()
