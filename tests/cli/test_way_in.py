"""The end of a command: its code, all that it said, and what was to be done before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.sites import PROJECT

COMMAND = """
import atexit, os, sys, threading, time
import generator.cli.commands as commands
from generator.cli import main

def run(arguments):
    atexit.register(lambda: print("at the end"))
    print("said")
    {more}
    return 3

commands.run = run
sys.argv = ["publish.py"]
main()
"""
LATER = "lambda: (time.sleep(0.2), print('later'))"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("pass", ["said", "at the end"]),
        (f"threading.Thread(target={LATER}).start()", ["said", "later", "at the end"]),
    ],
)
def test_what_is_still_to_be_done_is_done(more: str, said: list[str]) -> None:
    command = [sys.executable, "-c", COMMAND.format(more=more)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (3, said), done.stderr


def test_a_reader_who_left_is_no_success() -> None:
    command = [sys.executable, "-c", COMMAND.format(more="os.close(1)")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)
    assert done.returncode != 0


def test_an_option_that_was_renamed_goes_on_working() -> None:
    """What `--help` shows is the new name alone."""
    command = [sys.executable, "publish.py", "build", "--no-memo", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)
    assert done.returncode == 0, done.stderr
    assert "--no-cache" in done.stdout
    assert "--no-memo" not in done.stdout
