"""Trying a newer program on a copy of the site, before anything of the site is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from generator.adapters.undo import Change

_SECONDS = 3600


def copy_site(root: Path, into: Path, files: Iterable[str], changes: Iterable[Change]) -> None:
    """Lay a copy of the site's files into `into`, with `changes` made.

    Files that stay as they are become links to the same content where the disk can do that.
    """
    shutil.rmtree(into, ignore_errors=True)
    written = {change.path: change.content for change in changes}
    for path in sorted({*files, *written}):
        target = into / path
        content = written.get(path)
        if path in written and content is None:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
            continue
        try:
            os.link(root / path, target, follow_symlinks=False)
        except OSError:
            shutil.copy2(root / path, target, follow_symlinks=False)


def own_files(root: Path) -> list[str]:
    """Return the paths of what a build may read, also of files that git ignores."""
    found = [
        file.relative_to(root).as_posix()
        for folder in ("content", "data", "static", "templates")
        for file in (root / folder).rglob("*")
        if file.is_file() or file.is_symlink()
    ]
    return found + [name for name in ("site.yaml", "extensions.py") if (root / name).exists()]


def check(folder: Path) -> tuple[int, str]:
    """Run the program in `folder` on the site there; return its exit code and what it says."""
    ran = subprocess.run(  # noqa: S603 (the new version's own program, which the owner asked for)
        [sys.executable, str(folder / "publish.py"), "check"],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=_SECONDS,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return ran.returncode, (ran.stderr + ran.stdout).strip()
