"""Fixtures for builds that go on from the last one."""

import pytest

from generator.app import make as making
from tests.support.builds import site  # noqa: F401 (a fixture)


@pytest.fixture
def no_whole_build(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A whole build fails; for a clean one, undo this."""

    def refuse(*_: object) -> None:
        raise AssertionError("built the whole site")

    monkeypatch.setattr(making, "build_each", refuse)
    return monkeypatch
