"""Pages are reported at once, and the whole build has the last word."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.adapters.console import Console
from generator.adapters.server.state import Live, Outcome, ServedSite
from generator.app.live_build import Follower, Made
from generator.core.problems import Problem
from generator.incremental.speculative import SpeculativeRenderer
from generator.pipeline.results import BuildState
from tests.support.sites import built, content_of, post, write

A, B = "content/posts/2024-05-01-a.md", "content/posts/2024-05-02-b.md"
PAGE = "posts/a/index.html"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"/>'


class Desk:
    """A site on disk, followed; builds wait until they are let go."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = {A: post("title: A", "First."), B: post("title: B", "Other.")}
        self.files["content/posts/boat.svg"] = PICTURE
        self.live = Live()
        self.go, self.builds, self.fails = threading.Semaphore(0), 0, False
        write(root, self.files)
        made = self.make()
        self.live.show(made.outcome)
        self.follower = Follower(root, self.live, self.build, Console(quiet=True))
        self.follower.begin(made)

    def make(self) -> Made:
        """Build what lies on disk."""
        files = {path: (self.root / path).read_text(encoding="utf-8") for path in self.files}
        kept: list[BuildState] = []
        result = built(files, keep=kept.append)
        write(
            self.root / "served",
            {path: html for path, html in content_of(result).items() if "boat" not in path},
        )
        site = ServedSite(folder=self.root / "served")
        return Made(outcome=Outcome(site=site), workings=kept[-1])

    def build(self) -> Made:
        """Build when it is allowed."""
        self.go.acquire()
        made = self.make()
        self.builds += 1
        if self.fails:
            problem = Problem(path=A, code="c", message="m")
            return Made(outcome=Outcome(site=None, problems=[problem]))
        return made

    def edit(self, path: str, body: str, title: str = "") -> None:
        """Change a post, and tell that it changed."""
        write(self.root, {path: post(f"title: {title or path[-4].upper()}", body)})
        self.follower.take({path})

    def told(self) -> str:
        return (self.live.told(PAGE) or b"").decode()

    def wait_for(self, said: Callable[[], bool]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + 10
        while not said():
            assert time.monotonic() < end
            time.sleep(0.01)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_page_is_told_before_the_build_and_dropped_after_it(desk: Desk) -> None:
    with desk.live.opened(PAGE):
        desk.edit(A, "Second.")
        assert "Second." in desk.told()
        assert [each.url for each in desk.live.shown.news] == ["/posts/a/"]
        assert desk.builds == 0
        desk.go.release()
        desk.wait_for(lambda: not desk.told())
        assert "Second." in (desk.root / "served" / PAGE).read_text(encoding="utf-8")
        assert desk.live.shown.news == []  # it was told already
    desk.follower.end()


def test_edit_during_a_build_is_not_lost_with_it(desk: Desk) -> None:
    with desk.live.opened(PAGE):
        desk.edit(A, "Second.")
        desk.wait_for(lambda: desk.follower._unbuilt == set())  # the build began
        desk.edit(A, "Third.")
        desk.edit(B, "Other.", title="New title")
        desk.go.release()
        desk.wait_for(lambda: desk.builds == 1)
        before = desk.live.shown.build
        desk.wait_for(lambda: desk.live.shown.build > before or "Third." in desk.told())
        assert "Third." in desk.told()
        assert "New title" in desk.told()
        desk.go.release()
        desk.wait_for(lambda: not desk.told())
    desk.follower.end()


def test_nothing_is_told_once_another_day_has_begun_for_a_draft(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SpeculativeRenderer, "holds_at", lambda *_: False)
    with desk.live.opened(PAGE):
        desk.edit(A, "Second.")
        assert desk.told() == ""
        desk.go.release()
        desk.wait_for(lambda: desk.builds == 1)
    desk.follower.end()


def test_nobody_looks_and_nothing_is_rendered_twice(desk: Desk) -> None:
    desk.edit(A, "Second.")
    assert desk.told() == ""
    desk.go.release()
    desk.wait_for(lambda: desk.builds == 1)
    desk.follower.end()


def test_mistake_is_told_before_the_build(desk: Desk) -> None:
    desk.edit(A, "See [it](gone.md).")
    assert [each.code for each in desk.live.shown.problems] == ["missing-document"]
    assert desk.builds == 0
    desk.edit(A, "Mended.")
    assert desk.live.shown.problems  # only a whole build knows that all is well
    desk.go.release(2)
    desk.wait_for(lambda: not desk.live.shown.problems)
    desk.follower.end()


def test_file_that_is_still_being_written_is_no_mistake(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = post("title: A", "Second.")
    write(desk.root, {A: whole[:8]})
    monkeypatch.setattr(time, "sleep", lambda _: write(desk.root, {A: whole}))
    with desk.live.opened(PAGE):
        desk.follower.take({A})
        assert desk.live.shown.problems == ()
        assert "Second." in desk.told()
    desk.follower.end()


def test_page_that_needs_a_file_which_is_not_there_yet_waits_for_the_build(desk: Desk) -> None:
    with desk.live.opened(PAGE):
        desk.edit(A, "Text and ![a boat](boat.svg).")
        assert desk.told() == ""
        assert desk.live.shown.build == 1
    desk.follower.end()


def test_failed_build_shows_the_last_good_site(desk: Desk) -> None:
    desk.fails = True
    with desk.live.opened(PAGE):
        desk.edit(A, "Second.")
        desk.go.release()
        desk.wait_for(lambda: bool(desk.live.shown.problems))
        assert desk.told() == ""
        desk.fails = False
        desk.edit(A, "Third.")
        assert "Third." in desk.told()
        desk.go.release()
        desk.wait_for(lambda: not desk.live.shown.problems)
    desk.follower.end()


def test_following_outlives_a_mistake_of_our_own(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = desk.make

    def breaks() -> Made:
        raise KeyError("x")

    monkeypatch.setattr(SpeculativeRenderer, "foresee", lambda *_: breaks())
    monkeypatch.setattr(desk, "make", breaks)
    desk.edit(A, "Second.")
    desk.go.release()
    desk.wait_for(lambda: bool(desk.live.shown.problems))
    assert [each.message for each in desk.live.shown.problems] == ["KeyError: 'x'"]
    monkeypatch.undo()
    desk.make = made  # type: ignore[method-assign]
    desk.edit(A, "Third.")
    desk.go.release()
    desk.wait_for(lambda: not desk.live.shown.problems)
    desk.follower.end()


def test_file_that_is_gone_or_new_is_left_to_the_build(desk: Desk) -> None:
    with desk.live.opened(PAGE):
        desk.follower.take({A, "content/posts/2024-05-09-new.md"})
        assert desk.told() == ""
        desk.follower.take({"content"})
        assert desk.told() == ""
    desk.follower.end()


def test_remembered_site_is_made_anew_so_that_pages_can_be_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.follower.end()
    remembered = Made(outcome=Outcome(site=desk.live.site))
    follower = Follower(tmp_path, desk.live, desk.build, Console(quiet=True))
    follower.begin(remembered)
    desk.go.release()
    desk.wait_for(lambda: desk.live.shown.build == 2)
    with desk.live.opened(PAGE):
        write(tmp_path, {A: post("title: A", "Second.")})
        follower.take({A})
        assert "Second." in desk.told()
    follower.end()


def test_a_pipe_in_a_posts_place_stops_nothing(desk: Desk) -> None:
    (desk.root / A).unlink()
    os.mkfifo(desk.root / A)
    desk.follower.take({A})
    assert desk.told() == ""
