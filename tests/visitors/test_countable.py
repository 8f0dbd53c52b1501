"""Publishing tells the counter which pages there are, and keeps in mind what it could not tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.adapters.functions import FunctionError
from generator.cli import countable
from generator.cli.common import Workspace, open_workspace
from generator.cli.countable import Countable
from generator.publish.headers import Headers
from generator.publish.manifest import Entry, Local

SITE = """\
title: T
url: https://me.example/blog
publish: {target: s3, stack: mine}
counter: {hot: {/posts/x/: 4}}
"""


def entry(role: Any) -> Entry:
    return Entry(
        sha256="0" * 64, size=1, role=role, headers=Headers(content_type="", cache_control="")
    )


LOCAL = Local(
    entries={
        "index.html": entry("entry"),
        "posts/x/index.html": entry("page"),
        "old/index.html": entry("redirect"),
        "404.html": entry("entry"),
        "assets/a.css": entry("asset"),
    }
)


class Counter:
    """Stands for the function behind the counter."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.broken = False

    def counter(self, payload: dict[str, Any]) -> dict[str, Any]:
        if self.broken:
            raise FunctionError("it is away")
        self.told.append(payload)
        return {"pages": 2, "new": 2, "gone": 0, "left": 0}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / ".tidepost").mkdir()
    return open_workspace(tmp_path)


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    made = Counter()
    monkeypatch.setattr(countable.Countable, "_functions", lambda _: made)
    return made


def test_pages_are_added_before_and_dropped_after(workspace: Workspace, counter: Counter) -> None:
    pages = Countable(workspace, LOCAL)
    pages.before(changes=True)
    assert pages.after() == ""
    assert [call["keep"] for call in counter.told] == [True, False]
    for call in counter.told:
        assert call["paths"] == ["/blog/", "/blog/posts/x/"]
        assert call["shards"] == {"/blog/posts/x/": 4}


def test_nothing_is_told_where_nothing_changes(workspace: Workspace, counter: Counter) -> None:
    pages = Countable(workspace, LOCAL)
    pages.before(changes=False)
    assert (pages.after(), counter.told) == ("", [])


def test_a_preview_is_not_counted(workspace: Workspace, counter: Counter) -> None:
    pages = Countable(workspace, LOCAL, preview="draft")
    pages.before(changes=True)
    assert (pages.after(), counter.told) == ("", [])


def test_what_could_not_be_told_is_told_by_the_next_publish(
    workspace: Workspace, counter: Counter
) -> None:
    counter.broken = True
    pages = Countable(workspace, LOCAL)
    pages.before(changes=True)
    assert "it is away" in pages.after()
    counter.broken = False
    again = Countable(workspace, LOCAL)
    again.before(changes=False)
    assert again.after() == ""
    assert [call["keep"] for call in counter.told] == [True, False]
    last = Countable(workspace, LOCAL)
    last.before(changes=False)
    assert last.after() == ""
    assert len(counter.told) == 2
