"""Sites to import, and sites to import into."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec

from generator.app.build import build_and_check
from generator.app.outcome import Built
from generator.app.workspace import Workspace, open_workspace
from generator.core.problems import Problem, SiteError
from tests.support.sites import ENVIRONMENT, PROJECT, run_in_process, tree

HERE = Path(__file__).parent


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What building an imported site came to; `errors` as the console prints them."""

    pages: frozenset[str]
    redirects: dict[str, str]
    problems: tuple[Problem, ...]


def empty_site(root: Path) -> Path:
    """Return a folder with Tidepost's own look and nothing else, as after a clone."""
    for folder in ("templates", "static"):
        shutil.copytree(PROJECT / folder, root / folder)
    return root


def written(root: Path) -> dict[str, bytes]:
    """Return what lies in a site's folder, but for what Tidepost makes of it."""
    made = (".tidepost/", "_site/")
    return {path: raw for path, raw in tree(root).items() if not path.startswith(made)}


def publish(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `publish.py` as a person would, but in this process."""
    return run_in_process(*map(str, arguments), env=ENVIRONMENT)


def imported(kind: str, source: Path, into: Path, *options: str) -> str:
    """Import a site, and return its report."""
    done = publish("import", kind, source, "--into", into, *options)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return (into / "import-report.md").read_text(encoding="utf-8")


def build(root: Path) -> Outcome:
    """Build a site with everything in it that waits for its date."""
    workspace: Workspace = open_workspace(root, quiet=True)
    try:
        built: Built = build_and_check(workspace, future=True)
    except SiteError as error:
        return Outcome(pages=frozenset(), redirects={}, problems=tuple(error.problems))
    redirects = dict(built.redirects)
    pages = frozenset(
        f"/{file.path.removesuffix('index.html')}"
        for file in built.files
        if file.path.endswith((".html", ".htm")) and f"/{file.path}" not in redirects
    )
    return Outcome(pages=pages, redirects=redirects, problems=tuple(built.problems))


def expected_urls(folder: Path) -> dict[str, str]:
    """Return the old site's addresses, and where each leads now (`URL` or `URL -> NEW`)."""
    urls = {}
    for line in (folder / "expected-urls.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            old, _, new = line.partition(" -> ")
            urls[old.strip()] = new.strip() or old.strip()
    return urls
