"""Where the program's files lie that are not Python: templates, starters, the stack's template.

In a repository they lie beside `generator/`, where their owner edits them. A wheel carries the same
folders as `generator/shipped/` (pyproject.toml, "force-include"), so that nothing but `generator`
comes into site-packages.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from generator.editing.starters import SiteFile

PACKAGE = Path(__file__).parents[1]
SHIPPED = PACKAGE / "shipped"
_PASSED_OVER = frozenset(
    {
        "__pycache__",
        "node_modules",
        ".terraform",
        ".aws-sam",
        ".tidepost",
        "_site",
        "_published",
        "_published.tidepost",
    }
)
_ENDINGS = (".pyc", ".tfstate", ".env", ".tfvars")


def is_installed() -> bool:
    """Say whether this program was installed as a package, and is not part of a site's folder."""
    return SHIPPED.is_dir()


def program_folder() -> Path:
    """Return the folder that holds `templates/`, `static/`, `backend/`, `infra/` and so on."""
    return SHIPPED if is_installed() else PACKAGE.parent


def make_backend_importable() -> None:
    """Let `backend` be found by its name, which an installed program has no other way to."""
    folder = str(program_folder())
    if folder not in sys.path:
        sys.path.append(folder)


def read_parts(parts: Iterable[str]) -> dict[str, SiteFile]:
    """Return the files of the program that lie at, or below, the paths in `parts`, by their paths
    from its folder. Parts that are not there, and what programs leave behind, are passed over."""
    root = program_folder()
    found: dict[str, SiteFile] = {}
    for part in parts:
        # What is Python lies beside the rest in a repository, and around it where it is installed.
        base = PACKAGE.parent if part.partition("/")[0] == PACKAGE.name else root
        place = base / part
        files = [place] if place.is_file() else sorted(place.rglob("*"))
        for file in files:
            path = file.relative_to(base)
            left_behind = file.name.endswith(_ENDINGS) or not _PASSED_OVER.isdisjoint(path.parts)
            if (
                file.is_file()
                and not left_behind
                and not (base != root and file.is_relative_to(SHIPPED))
            ):
                found[path.as_posix()] = _read(file)
    return found


def requirement() -> str:
    """Return the line of a requirements.txt that installs this very program again: from where it
    came (PEP 610, direct_url.json), or by its version from a registry."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution

    from generator import __version__

    major, minor, *_ = __version__.split(".")
    # What a version may take away: docs/stability.md.
    plain = f"tidepost~={__version__ if major == '0' else f'{major}.{minor}'}"
    try:
        kept = distribution("tidepost").read_text("direct_url.json")
    except PackageNotFoundError:
        kept = None
    if not is_installed():
        return f"tidepost @ {program_folder().as_uri()}"
    if not kept:
        return plain
    about = json.loads(kept)
    url = str(about.get("url", ""))
    vcs = about.get("vcs_info")
    if vcs:
        return f"tidepost @ {vcs['vcs']}+{url}@{vcs['commit_id']}"
    return f"tidepost @ {url}" if url else plain


def _read(file: Path) -> SiteFile:
    content = file.read_bytes()
    # A wheel does not keep what can be run; scripts say it in their first line.
    return SiteFile(content, executable=file.suffix in (".sh", "") and content[:2] == b"#!")
