"""Changes of several files are made whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator.adapters import undo
from generator.adapters.undo import Change, carry_out, is_unfinished, put_back, recover
from tests.editing.killing import Killed, each_kill, killed_at
from tests.support.sites import PROJECT, tree, write

BEFORE: dict[str, str | bytes] = {
    "content/a.md": "a",
    "content/b/index.md": "b",
    "content/b/boat.png": b"\x00\x01",
    "content/c.md": "c",
}
AFTER = {
    "content/a.md": b"new a",
    "content/d/e/index.md": b"b",
    "content/d/e/boat.png": b"\x00\x01",
    "content/c.md": b"c",
    "content/f.md": b"f",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    write(root, BEFORE)
    return root


def changes(root: Path) -> list[Change]:
    return [
        Change("content/a.md", b"new a"),
        Change("content/d/e/index.md", b"b"),
        Change("content/d/e/boat.png", root / "content/b/boat.png"),
        Change("content/b/index.md", None),
        Change("content/b/boat.png", None),
        Change("content/f.md", b"f"),
    ]


def own(root: Path) -> dict[str, bytes]:
    """Return the site's files, without Tidepost's private ones."""
    return {name: held for name, held in tree(root).items() if not name.startswith(".tidepost/")}


def test_all_changes_are_made(root: Path) -> None:
    carry_out(root, "it", changes(root))
    assert own(root) == AFTER
    assert not is_unfinished(root)
    assert not (root / "content/b").exists()
    assert not list((root / ".tidepost").iterdir())


def test_a_kill_leaves_what_was_or_what_is_to_be(root: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "copy"))
    old = own(root)
    seen = set()
    for _ in each_kill(lambda: carry_out(root, "it", changes(root))):
        half = own(root)
        recover(root)
        now = own(root)
        assert now in (old, AFTER)
        assert not is_unfinished(root)
        seen.add((half == old, now == old))
        shutil.rmtree(root)
        shutil.copytree(copy, root)
    # Killed before anything, killed half way and undone, killed when all was done.
    assert seen >= {(True, True), (False, True), (False, False)}
    assert own(root) == AFTER


def test_undoing_can_be_killed_too(root: Path, tmp_path: Path) -> None:
    old = own(root)
    with killed_at(24), pytest.raises(Killed):
        carry_out(root, "it", changes(root))
    assert own(root) != old
    half = Path(shutil.copytree(root, tmp_path / "half"))
    for _ in each_kill(lambda: put_back(root) if is_unfinished(root) else None):
        recover(root)
        assert own(root) == old
        shutil.rmtree(root)
        shutil.copytree(half, root)
    assert own(root) == old


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_full_disk_puts_everything_back(
    trouble: BaseException, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = undo._apply

    def full(root: Path, change: Change) -> None:
        if change.path == "content/f.md":
            raise trouble
        real(root, change)

    old = own(root)
    monkeypatch.setattr(undo, "_apply", full)
    with pytest.raises(type(trouble)):
        carry_out(root, "it", changes(root))
    assert own(root) == old
    assert not is_unfinished(root)


def test_what_somebody_wrote_since_is_kept(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with killed_at(24), pytest.raises(Killed):
        carry_out(root, "rename", changes(root))
    assert (root / "content/a.md").read_text() == "new a"
    write(root, {"content/a.md": "mine"})
    recover(root)
    assert own(root) == {**{k: v.encode() if isinstance(v, str) else v for k, v in BEFORE.items()},
                         "content/a.md": b"mine"}  # fmt: skip
    assert capsys.readouterr().err == (
        "`rename` was interrupted: everything is as it was before it. Give the command again.\n"
        "content/a.md was changed since, and is left as it is.\n"
    )


def test_modes_stay(root: Path) -> None:
    (root / "content/a.md").chmod(0o640)
    carry_out(root, "it", [Change("content/a.md", b"x"), Change("run", b"x", executable=True)])
    assert (root / "content/a.md").stat().st_mode & 0o777 == 0o640
    assert (root / "run").stat().st_mode & 0o100


def test_undoing_needs_nothing_of_the_program_but_the_lock() -> None:
    """While an upgrade is undone, any other module may be of another version, or missing."""
    code = (
        "import sys; from generator.adapters import undo, lock;"
        "print(sorted(m for m in sys.modules if m.startswith('generator')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(
        ["generator", "generator.adapters", "generator.adapters.lock", "generator.adapters.undo"]
    )
