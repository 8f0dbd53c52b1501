"""The widgets in node: their unit tests, and their size."""

from __future__ import annotations

import gzip
import os
import subprocess

import rjsmin

from tests.support.tools import ROOT, debian, npm_package


def test_the_widgets_tests_pass() -> None:
    environ = os.environ | {"TIDEPOST_JSDOM": str(npm_package("jsdom", "26.1.0"))}
    files = sorted((ROOT / "tests/js").glob("*.test.mjs"))
    done = subprocess.run(
        [debian("node", "nodejs"), "--test", *files],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "# fail 0" in done.stdout or "fail 0" in done.stdout


def test_the_counter_is_at_most_a_kilobyte() -> None:
    source = (ROOT / "static/js/counter.js").read_text("utf-8")
    size = len(gzip.compress(rjsmin.jsmin(source).encode(), 9, mtime=0))
    print(f"counter.js: {size} bytes after minification and gzip")
    assert size <= 1024
