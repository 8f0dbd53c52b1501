"""Finds or installs the programs these tests run against; they are kept between runs."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.tools import TOOLS, needs, only_one


def lambda_emulator(version: str = "1.170.0") -> Path:
    """Return Lambda's runtime interface emulator, out of the wheel of aws-sam-cli."""
    needs("network")
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
