"""Each starter as `new site` makes it, built once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.editing.starters import NAMES
from tests.support.sites import command_here

SMALL = "images: {widths: [480], formats: [webp]}\n"
"""Fewer sizes of pictures than the starter asks for, which only take time here."""


def make(folder: Path, starter: str) -> Path:
    """Return the folder of a new site."""
    done = command_here(Path(), "new", "site", str(folder), "--starter", starter)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def build(site: Path) -> str:
    """Build a site, and return what was complained of."""
    settings = site / "site.yaml"
    text = settings.read_text(encoding="utf-8")
    if "images:" in text:
        before, _, rest = text.partition("images:\n")
        after = rest[rest.index("\n\n") + 2 :]
        settings.write_text(f"{before}{SMALL}\n{after}", encoding="utf-8")
    done = command_here(site, "build", "--future")
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of a starter's site, which is made and built when it is first asked for."""
    made: dict[str, Path] = {}

    def of(starter: str) -> Path:
        if starter not in made:
            site = make(tmp_path_factory.mktemp("starters") / starter, starter)
            assert build(site) == ""
            made[starter] = site
        return made[starter]

    return of


@pytest.fixture(params=NAMES)
def site(request: pytest.FixtureRequest, built: Callable[[str], Path]) -> Path:
    """Each starter's site in turn, built."""
    return built(request.param)


@pytest.fixture(scope="session")
def resume(built: Callable[[str], Path]) -> Path:
    """The site of the starter `resume`, built."""
    return built("resume")
