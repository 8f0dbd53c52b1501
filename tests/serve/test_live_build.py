"""The site is built after every change; who looks at a page sees it before the rest is made."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.adapters.console import Console
from generator.adapters.files.site_folder import list_inputs
from generator.adapters.server.desk import WritersDesk
from generator.adapters.server.state import Live, Outcome, ServedSite
from generator.adapters.session import Session
from generator.app import build as building
from generator.app import live_build
from generator.app import make as making
from generator.app.build import build_and_check
from generator.app.live_build import Follower, Made
from generator.app.workspace import SERVED, Workspace
from generator.config.settings import parse
from generator.core.problems import SiteError
from generator.incremental.ahead import Ahead
from tests.support.sites import NOW, post, told, write, write_site

A, B, C = (f"content/posts/2024-05-0{n}-{name}.md" for n, name in enumerate("abc", 1))
PAGE = "posts/a/index.html"
NOT_FOUND = '{% extends "base.html" %}{% block main %}<p>Nothing here.</p>{% endblock %}'
SETTINGS = "title: T\nurl: https://example.org\ncounter: {enabled: false}\n"


class Place:
    """A site on disk, followed; builds wait before pages are told, and again before they end."""

    def __init__(self, root: Path) -> None:
        self.root, self.builds = root, 0
        self.go, self.end = threading.Semaphore(0), threading.Semaphore(0)
        self.live = Live()
        self.desk = WritersDesk(root, self.live, lambda made: self.tell(made))
        self.tell: Callable[[Ahead], None] = lambda _: None
        self.break_with: Exception | None = None
        self.session = Session()
        self.show(self.make())
        console = Console(quiet=True)
        self.follower = Follower(root, self.live, self.build, self.desk.titled, console)
        self.follower.begin()

    def show(self, made: Made) -> None:
        self.live.show(made.outcome, documents=made.documents, marks=made.marks)

    def make(self, changed: Collection[str] = ()) -> Made:
        """Build what lies on disk, as `serve` does."""
        config = parse((self.root / "site.yaml").read_bytes())
        now = NOW.astimezone(config.zone)
        self.desk.config, self.desk.now = config, now
        workspace = Workspace(root=self.root, config=config, now=now, console=Console(quiet=True))
        try:
            built = build_and_check(
                workspace,
                drafts=True,
                future=True,
                into=SERVED,
                desk=self.desk,
                searchable=False,
                session=self.session,
                changed=changed,
            )
        except SiteError as error:
            return Made(outcome=Outcome(site=None, problems=error.problems))
        return Made(
            outcome=Outcome(site=ServedSite(folder=built.folder), problems=built.problems),
            documents=self.desk.documents,
            marks=self.desk.marks(),
        )

    def build(self, changed: Collection[str], tell: Callable[[Ahead], None]) -> Made:
        """Build when it is allowed."""
        self.go.acquire()
        if self.break_with:
            raise self.break_with
        self.tell = tell
        made = self.make(changed)
        self.builds += 1
        self.end.acquire()
        return made

    def edit(self, path: str, text: str) -> None:
        """Change a file, and tell that it changed."""
        write(self.root, {path: text})
        self.follower.take({path})

    def told(self, page: str = PAGE) -> str:
        return (self.live.told(page) or b"").decode()

    def shown(self, page: str = PAGE) -> str:
        return (self.root / SERVED / page).read_text(encoding="utf-8")

    def wait_for(self, said: Callable[[], bool]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + 120
        while not said():
            assert time.monotonic() < end, told(self.live.shown.problems)
            time.sleep(0.01)

    def built(self) -> None:
        """Let builds end until all is built."""
        self.go.release(9)
        self.end.release(9)
        self.wait_for(lambda: self.builds > 0 and not self.follower._unbuilt)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    files = {
        "site.yaml": SETTINGS,
        A: post("description: A.", "First.", title="A"),
        B: post("description: B.", "Other.", title="B"),
        C: post("description: C.", "See [it](../drafts/later.md).", title="C"),
        "content/drafts/later.md": post("description: Later.", "Soon.", title="Later"),
    }
    place = Place(write_site(tmp_path / "site", files))
    yield place
    place.go.release(99)
    place.end.release(99)
    place.follower.end()


def text(body: str, title: str = "A") -> str:
    return post("description: A.", body, title=title)


def test_page_is_told_before_the_build_and_dropped_after_it(place: Place) -> None:
    with place.live.opened(PAGE):
        place.edit(A, text("Second."))
        place.go.release()
        place.wait_for(lambda: "Second." in place.told())
        assert [each.url for each in place.live.shown.news] == ["/posts/a/"]
        told = place.told()
        place.end.release()
        place.wait_for(lambda: not place.told())
        assert place.shown() == told
        assert place.live.shown.news_build < place.live.shown.build  # it was told already


def test_edit_during_a_build_is_not_lost_with_it(place: Place) -> None:
    with place.live.opened(PAGE):
        place.edit(A, text("Second."))
        place.go.release()
        place.wait_for(lambda: "Second." in place.told())
        place.edit(A, text("Third."))
        place.edit(B, post("description: B.", "Other.", title="New title"))
        place.built()
        place.wait_for(lambda: "Third." in place.shown() and "New title" in place.shown())


def test_nobody_looks_and_nothing_is_rendered_ahead(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "ahead", None)
    place.edit(A, text("Second."))
    place.built()
    assert place.live.shown.problems == ()
    assert "Second." in place.shown()


def test_no_edit_makes_the_whole_site_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "build_each", None)
    place.go.release(99)
    place.end.release(99)
    for number, (path, content) in enumerate(
        [
            (A, text("Second.")),
            (A, text("Second.", title="Another title")),
            (A, post("description: A.\ntags: [new]", "Second.", title="A")),
            ("content/posts/2024-05-09-new.md", post("description: N.", "New.", title="New")),
            ("content/drafts/later.md", post("description: Later.", "Sooner.", title="Later")),
            ("static/css/site.css", "p{color:blue}"),
            ("templates/not_found.html", NOT_FOUND),
            ("site.yaml", SETTINGS + "footer: Below\n"),
        ],
        1,
    ):
        place.edit(path, content)
        place.wait_for(lambda number=number: place.live.shown.build > number)
        assert told(place.live.shown.problems) == []


def test_mistake_is_told_before_the_build_and_goes_with_it(place: Place) -> None:
    with place.live.opened(PAGE):
        place.edit(A, text("See [it](gone.md)."))
        place.go.release()
        place.wait_for(lambda: bool(place.live.shown.problems))
        assert [each.code for each in place.live.shown.problems] == ["missing-document"]
        place.end.release()
        place.wait_for(lambda: len(place.live.shown.problems) == 1 and place.builds == 1)
        place.edit(A, text("Mended."))
        place.built()
        place.wait_for(lambda: not place.live.shown.problems)


def test_a_mistake_makes_no_whole_build(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "build_each", None)
    place.edit(A, text("A [place](#nowhere) that is not there."))
    place.go.release()
    place.end.release()
    place.wait_for(lambda: bool(place.live.shown.problems))
    codes = {each.code for each in place.live.shown.problems}
    assert codes == {"link-fragment", "unpublished-link"}


def test_file_that_is_still_being_written_is_no_mistake(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_build, "_WRITTEN_SECONDS", 60.0)  # as long as a busy machine needs
    whole = text("Second.")
    place.edit(A, whole[:8])
    place.go.release()
    place.wait_for(lambda: place.builds == 1)
    seen = place.live.shown
    place.end.release()
    place.edit(A, whole)
    place.built()
    place.wait_for(lambda: "Second." in place.shown() and place.live.shown is not seen)
    assert place.live.shown.problems == ()


def test_page_that_needs_a_file_which_is_not_there_yet_waits_for_the_build(place: Place) -> None:
    write(place.root, {"static/js/own.js": "let a = 1;"})
    with place.live.opened(PAGE):
        template = (place.root / "templates/post.html").read_text(encoding="utf-8")
        more = "{{ page.body }}<script src='{{ asset('js/own.js') }}'></script>"
        place.edit("templates/post.html", template.replace("{{ page.body }}", more))
        place.go.release()
        place.wait_for(lambda: place.builds == 1)
        assert place.told() == ""
        place.built()
        place.wait_for(lambda: "/assets/js/own." in place.shown())


def test_following_outlives_a_mistake_of_our_own(place: Place) -> None:
    place.break_with = KeyError("x")
    place.edit(A, text("Second."))
    place.go.release()
    place.wait_for(lambda: bool(place.live.shown.problems))
    assert [each.message for each in place.live.shown.problems] == ["KeyError: 'x'"]
    place.break_with = None
    place.edit(A, text("Third."))
    place.built()
    place.wait_for(lambda: not place.live.shown.problems and "Third." in place.shown())


def test_a_pipe_in_a_posts_place_stops_nothing(place: Place) -> None:
    (place.root / A).unlink()
    os.mkfifo(place.root / A)
    place.follower.take({A})
    place.built()
    place.wait_for(lambda: bool(place.live.shown.problems))


def test_the_desk_knows_all_documents_and_what_is_not_published(place: Place) -> None:
    listed = {each.source: each for each in place.live.documents()}
    assert {each.state for each in listed.values()} == {"published", "draft"}
    assert (listed[A].title, listed[A].url, listed[A].words) == ("A", "/posts/a/", 1)
    assert place.live.shown.marks == {"/posts/later/": "draft"}
    warnings = [each for each in place.live.shown.warnings if each.code == "unpublished-link"]
    assert [(each.path, each.line) for each in warnings] == [(C, 5)]
    # What was built before is known when nothing is built.
    again = Place(place.root)
    assert {each.source: each for each in again.live.documents()} == listed
    assert again.live.shown.marks == place.live.shown.marks
    assert again.live.shown.warnings == place.live.shown.warnings
    again.follower.end()
    place.edit("content/posts/2024-05-05-e.md", post("date: 2099-01-01", "Then.", title="E"))
    place.built()
    place.wait_for(lambda: "/posts/e/" in place.live.shown.marks)
    assert place.live.shown.marks["/posts/e/"] == "scheduled for 2099-01-01"


def test_an_open_page_is_shown_before_all_files_are_listed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_by_then: list[str] = []

    def listing(*given: Any) -> Any:
        told_by_then.append(place.told())
        return list_inputs(*given)

    monkeypatch.setattr(building, "list_inputs", listing)
    with place.live.opened(PAGE):
        place.edit(A, text("Second."))
        place.built()
        place.wait_for(lambda: "Second." in place.shown())
        base = (place.root / "templates/base.html").read_text(encoding="utf-8")
        place.edit("templates/base.html", base.replace("</main>", "Third</main>"))
        place.built()
        place.wait_for(lambda: "Third" in place.shown())
    assert ["Second." in told_by_then[0], "Third" in told_by_then[1]] == [True, True]
