"""Publishing tells the counter which pages there are, and keeps in mind what it could not tell."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from generator.adapters.functions import CloudFunctions, FunctionError
from generator.app import countable_pages as countable
from generator.app.countable_pages import Countable
from generator.app.workspace import Workspace, open_workspace
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


def publish(workspace: Workspace, *, changes: bool) -> str:
    pages = Countable(workspace, LOCAL)
    pages.before(changes=changes)
    return pages.after()


def test_nothing_is_told_where_nothing_changes(workspace: Workspace, counter: Counter) -> None:
    publish(workspace, changes=True)
    counter.told.clear()
    assert (publish(workspace, changes=False), counter.told) == ("", [])


def test_a_machine_that_knows_nothing_of_the_last_publish_tells_again(
    workspace: Workspace, counter: Counter
) -> None:
    assert publish(workspace, changes=False) == ""
    assert [call["keep"] for call in counter.told] == [True, False]


def test_a_page_that_grows_hot_is_told_though_nothing_is_published(
    workspace: Workspace, counter: Counter
) -> None:
    publish(workspace, changes=True)
    counter.told.clear()
    settings = workspace.root / "site.yaml"
    settings.write_text(settings.read_text().replace("4", "8"))
    assert publish(open_workspace(workspace.root), changes=False) == ""
    assert [call["shards"] for call in counter.told] == [{"/blog/posts/x/": 8}] * 2


def test_a_publish_that_dies_between_the_steps_is_followed_by_both(
    workspace: Workspace, counter: Counter
) -> None:
    publish(workspace, changes=True)
    Countable(workspace, LOCAL).before(changes=True)
    counter.told.clear()
    assert publish(workspace, changes=False) == ""
    assert [call["keep"] for call in counter.told] == [True, False]


def test_a_preview_is_not_counted(workspace: Workspace, counter: Counter) -> None:
    pages = Countable(workspace, LOCAL, preview="draft")
    pages.before(changes=True)
    assert (pages.after(), counter.told) == ("", [])


def test_what_could_not_be_told_is_told_by_the_next_publish(
    workspace: Workspace, counter: Counter
) -> None:
    counter.broken = True
    assert "it is away" in publish(workspace, changes=True)
    counter.broken = False
    assert publish(workspace, changes=False) == ""
    assert [call["keep"] for call in counter.told] == [True, False]
    assert publish(workspace, changes=False) == ""
    assert len(counter.told) == 2


def test_an_answer_that_breaks_off_is_told_as_one_that_did_not_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Broken:
        def read(self) -> bytes:
            raise ReadTimeoutError(endpoint_url="https://lambda.example")

    functions = CloudFunctions("counter", "contact", region="eu-west-1")
    client = SimpleNamespace(invoke=lambda **_: {"Payload": Broken()})
    monkeypatch.setattr(functions, "_client", client)
    with pytest.raises(FunctionError, match="counter could not be invoked"):
        functions.counter({})
