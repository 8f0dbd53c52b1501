"""Rolling the two containers: one always serves. docker, aws and curl are stand-ins that keep
books."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.infra import ROOT

ROLL = ROOT / "infra" / "scripts" / "roll.sh"
DEPLOY = ROOT / "infra" / "scripts" / "deploy_containers.sh"

_DOCKER = """#!/bin/sh
echo "docker $*" >> "$BOOK"
case $1 in
  run) for word; do case $word in *:8080) echo "up ${word%%:*}" >> "$BOOK";; esac; done ;;
  rm) echo "down ${3#tidepost-}" >> "$BOOK" ;;
esac
"""
_AWS = """#!/bin/sh
echo "aws $*" >> "$BOOK"
port=${*##*Port=}
case "$1 $2" in
  "elbv2 register-targets") echo "in $port" >> "$BOOK" ;;
  "elbv2 deregister-targets") echo "out $port" >> "$BOOK" ;;
  "autoscaling describe-auto-scaling-groups") echo "$INSTANCE" ;;
  "ssm get-parameter") echo site:1 ;;
  "ssm send-command") [ "$STATUS" != Refused ] && echo command-1 ;;
  "ssm get-command-invocation") echo "$STATUS" ;;
esac
"""
_CURL = """#!/bin/sh
case $* in *:$SICK/health*) exit 22;; esac
"""


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("docker", _DOCKER), ("aws", _AWS), ("curl", _CURL)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    for name, value in {
        "BOOK": str(tmp_path / "book"),
        "SICK": "none",
        "TIDEPOST_TARGETS": "arn:targets",
        "TIDEPOST_INSTANCE": "i-1",
        "TIDEPOST_TRIES": "2",
        "TIDEPOST_PAUSE": "0",
        "TIDEPOST_GROUP": "group",
        "INSTANCE": "i-1",
        "STATUS": "Success",
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "book"


def _run(script: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([script, *words], capture_output=True, text=True, timeout=60)


def _serving(book: Path) -> list[set[str]]:
    """Which ports readers could reach after each step: in the balancer, and up."""
    balanced, up = {"8080", "8090"}, {"8080", "8090"}
    history = []
    for line in book.read_text().splitlines():
        word, _, port = line.partition(" ")
        match word:
            case "in":
                balanced.add(port)
            case "out":
                balanced.discard(port)
            case "up":
                up.add(port)
            case "down":
                # Readers of a container that is taken away while it is balanced see an error.
                assert port not in balanced, "stopped before it was taken out"
                up.discard(port)
            case _:
                continue
        assert balanced <= up, "put in before it was up"
        history.append(balanced & up)
    return history


def test_one_of_the_two_always_serves(book: Path) -> None:
    ran = _run(ROLL, "site:2")
    assert ran.returncode == 0, ran.stderr
    history = _serving(book)
    assert all(history)
    assert history[-1] == {"8080", "8090"}
    assert {frozenset(ports) for ports in history} >= {frozenset({"8080"}), frozenset({"8090"})}
    run_lines = [line for line in book.read_text().splitlines() if line.startswith("docker run")]
    assert len(run_lines) == 2
    for line in run_lines:
        assert "--read-only" in line
        assert "--cap-drop ALL" in line
        assert "no-new-privileges" in line


def test_a_sick_image_stops_at_the_first(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SICK", "8081")
    ran = _run(ROLL, "site:broken")
    assert ran.returncode != 0
    assert "not well" in ran.stderr
    assert _serving(book)[-1] == {"8090"}
    assert "in 8080" not in book.read_text()
    assert "down 8090" not in book.read_text()


def test_a_deploy_waits_for_its_machine(book: Path) -> None:
    ran = _run(DEPLOY, "site:2")
    assert ran.returncode == 0, ran.stderr
    assert "i-1 runs site:2" in ran.stdout
    assert _next_machine(book) == "site:2"


def _next_machine(book: Path) -> str:
    """The image that the parameter names after all that was done."""
    return re.findall(r"put-parameter --name /tidepost/image --value (\S+)", book.read_text())[-1]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("Failed", "ended with Failed"),
        ("InProgress", "No answer"),
        ("Refused", ""),
    ],
)
def test_a_failed_deploy_fails_and_leaves_the_next_machine_the_old_image(
    book: Path, monkeypatch: pytest.MonkeyPatch, status: str, told: str
) -> None:
    monkeypatch.setenv("STATUS", status)
    ran = _run(DEPLOY, "site:2")
    assert ran.returncode == 1
    assert told in ran.stderr
    assert _next_machine(book) == "site:1"


def test_without_a_machine_the_next_one_starts_the_image(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTANCE", "None")
    ran = _run(DEPLOY, "site:2")
    assert ran.returncode == 0
    assert "No machine" in ran.stdout
    assert _next_machine(book) == "site:2"


def test_scripts_are_sound() -> None:
    for script in (ROOT / "infra" / "scripts").glob("*.sh"):
        assert os.access(script, os.X_OK), script
        assert subprocess.run([shutil.which("bash") or "bash", "-n", script]).returncode == 0
