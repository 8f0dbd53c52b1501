"""bench/build.py does what it says, on a site of a few posts."""

from __future__ import annotations

import pstats
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import build, readers, sites
from tests.support.sites import PROJECT


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run bench/build.py as a person would."""
    command = [sys.executable, str(PROJECT / "bench/build.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_run_says_what_was_measured_on_which_posts(tmp_path: Path) -> None:
    out = tmp_path / "results.md"
    options = ["--posts", "3", "--read", "4", "--rounds", "1", "--made", "--peers"]
    done = run(*options, "--out", str(out))
    assert done.returncode == 0, done.stderr
    text = out.read_text("utf-8")
    assert done.stdout == f"{text}\n"
    assert "- posts: made by bench/sites.py\n" in text
    assert re.search(r"^- Python 3\.\d+\.\d+, jinja2 \S+, markdown \S+, ", text, re.M)
    assert re.search(r"^\d+ cores of .+", text, re.M)
    for work in (*build.WORKS, "start-up (version)"):
        assert re.search(rf"^\| {re.escape(work)} \| \d+\.\d\d s \(", text, re.M), work
        [spent] = re.findall(rf"^\| {re.escape(work)}, CPU \| (\d+\.\d\d) s \|", text, re.M)
        assert float(spent) > 0
    assert "## Reading Markdown, 4 posts of " in text
    for name in readers.readers():
        assert re.search(rf"^\| {re.escape(name)} \| \d+\.\d\d \(", text, re.M), name
    ratios = dict(re.findall(r"^\| (.+) to .+ \| (\d+\.\d\d) \|", text, re.M))
    assert len(ratios) == 3
    assert all(0 < float(ratio) < 100 for ratio in ratios.values())


def test_the_readers_read_the_same_and_are_measured_in_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each reads each text once a round, and none is always the first."""
    read: list[tuple[str, str]] = []

    def reader(name: str) -> Callable[[], readers.Reader]:
        return lambda: lambda text: read.append((name, text))

    monkeypatch.setattr(readers, "readers", lambda: {name: reader(name) for name in "abc"})
    texts = ["1", "2", "3"]
    results = readers.measure(texts, rounds=2)
    assert [len(seconds) for seconds in results.values()] == [2, 2, 2]
    measured = read[9:]  # the first reading imports what is needed
    assert sorted(measured) == sorted((name, text) for name in "abc" for text in texts * 2)
    assert [name for name, _ in measured[0:9:3]] == ["a", "b", "c"]


def test_real_posts_are_taken_where_they_are(tmp_path: Path) -> None:
    """Beside the checkout of whoever has them; a person's clone has none, and is told so."""
    script = tmp_path / "posts.py"
    script.write_text(
        "import pathlib, sys\n"
        "out, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])\n"
        "for n in range(count):\n"
        "    text = f'---\\ntitle: P{n}\\ndate: 2024-01-01\\n---\\n\\nText {n}.\\n'\n"
        "    (out / f'2024-01-01-p{n}.md').write_text(text)\n"
    )
    assert build.corpus_of(script, made=True) is script
    assert build.corpus_of(None, made=True) is None
    assert build.corpus_of(None, made=False) == (build.REAL if build.REAL.is_file() else None)
    sites.write_posts(tmp_path / "posts", 2, "jekyll", script)
    assert readers.texts_of(tmp_path / "posts", 9) == ["\nText 0.\n", "\nText 1.\n"]
    assert readers.texts_of(tmp_path / "posts", 1) == ["\nText 0.\n"]


def test_a_profile_is_written_and_holds_the_build(tmp_path: Path) -> None:
    out = tmp_path / "build.prof"
    done = run("--posts", "3", "--profile", str(out))
    assert done.returncode == 0, done.stderr
    assert "Built 3 posts" in done.stdout
    stats = pstats.Stats(str(out))
    called = {(Path(file).name, name) for file, _, name in stats.stats}  # type: ignore[attr-defined]
    assert ("build.py", "build") in called
    assert ("beside.py", "_begin") not in called
