"""Fixtures for builds that go on from the last one."""

from pathlib import Path

import pytest

from generator.app import make as making
from generator.render import search_shards
from tests.support import builds
from tests.support.builds import outcome
from tests.support.sites import NOW, write

site = builds.site


@pytest.fixture
def no_whole_build(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A whole build fails; for a clean one, undo this."""

    def refuse(*_: object) -> None:
        raise AssertionError("built the whole site")

    monkeypatch.setattr(making, "build_each", refuse)
    return monkeypatch


@pytest.fixture
def searchable(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same site with an index of several shards."""
    monkeypatch.setattr(search_shards, "ONE_SHARD", 2)
    settings = (site / "site.yaml").read_text(encoding="utf-8")
    write(site, {"site.yaml": f"{settings}search: true\n"})
    assert outcome(site, NOW, no_cache=False)[0] == []
    return site
