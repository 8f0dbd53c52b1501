"""Each starter as `new site` makes it, built once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.editing.starters import NAMES
from tests.support.starters import build, make


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
