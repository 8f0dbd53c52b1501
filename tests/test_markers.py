"""`make quick` leaves out each test that needs more than Python; none hides what it needs."""

from __future__ import annotations

import pytest

from tests.conftest import FIXTURES, PLACES, TESTS
from tests.helpers import tools


def test_what_is_not_marked_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for marker in ("network", "browser", "server"):
        with pytest.raises(AssertionError, match=f"needs `@pytest.mark.{marker}`"):
            tools.needs(marker)
    monkeypatch.setattr(tools, "needed", [frozenset({"browser", "slow"})])
    tools.needs("browser")
    with pytest.raises(AssertionError, match=r"needs `@pytest.mark.server`"):
        tools.needs("server")


@pytest.mark.parametrize(
    "use",
    [
        lambda: tools.npm_package("left-pad", "0.0.0"),
        lambda: tools.debian("no-such-program"),
        tools.chromium,
        lambda: tools.process(["true"]).__enter__(),
    ],
    ids=["npm", "debian", "chromium", "process"],
)
def test_each_tool_says_what_it_needs(use: object) -> None:
    with pytest.raises(AssertionError, match="this test needs"):
        use()  # type: ignore[operator]


def test_the_places_of_markers_are_there(request: pytest.FixtureRequest) -> None:
    assert [place for place in PLACES if not (TESTS / place).exists()] == []
    registered = {line.partition(":")[0] for line in request.config.getini("markers")}
    used = {marker for markers in (*PLACES.values(), *FIXTURES.values()) for marker in markers}
    assert used == {"network", "browser", "server", "slow"}
    assert used <= registered
