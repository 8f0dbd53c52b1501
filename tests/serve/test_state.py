"""What browsers are told after a build."""

from pathlib import Path

from generator.adapters.server.state import Live, News, Outcome, ServedSite, Told
from generator.core.problems import Problem

GOOD = Outcome(site=ServedSite(folder=Path()))
BAD = Outcome(site=None, problems=[Problem(path="a.md", line=1, code="c", message="m")])


def numbers(live: Live) -> tuple[int, int]:
    return live.shown.build, live.shown.reload


def test_what_must_be_done_after_each_kind_of_change() -> None:
    live = Live()
    live.show(GOOD)
    assert numbers(live) == (1, 0)
    live.show(GOOD, {"content/posts/a.md"})
    assert numbers(live) == (2, 0)
    live.show(GOOD, {"static/css/site.css", "static/js/counter.js"})
    assert numbers(live) == (3, 0)
    live.show(GOOD, {"static/root/favicon.ico"})
    assert numbers(live) == (4, 4)
    live.show(GOOD, {"content/posts/style.css"})
    assert numbers(live) == (5, 4)


def test_broken_build_keeps_the_site_and_tells_what_is_wrong() -> None:
    live = Live()
    live.show(GOOD)
    live.show(BAD, {"a.md"})
    assert live.site is GOOD.site
    assert live.shown.problems == BAD.problems
    assert numbers(live) == (1, 0)
    live.show(GOOD, {"static/css/site.css"})
    assert (live.shown.problems, numbers(live)) == ((), (2, 0))


def test_what_is_told_ahead_holds_until_the_next_build() -> None:
    live = Live()
    live.show(GOOD)
    live.show_ahead(Told(pages={"a/index.html": b"new"}), [News(title="A", url="/a/")])
    assert live.told("a/index.html") == b"new"
    assert live.told("b/index.html") is None
    assert live.shown.build == 2
    assert live.shown.message()["news"] == [{"title": "A", "url": "/a/"}]
    live.show(GOOD, {"a.md"})
    assert live.told("a/index.html") is None
    # A browser that was busy sees only this, and by its own number of a build that there was news.
    message = live.shown.message()
    assert (message["news"], message["newsBuild"]) == ([{"title": "A", "url": "/a/"}], 2)
    live.show_ahead(Told(pages={"a/index.html": b"newer"}))
    live.show(BAD)
    assert live.told("a/index.html") is None  # the last good site is shown behind the problems


def test_open_pages_are_known_as_long_as_they_are_open() -> None:
    live = Live()
    with live.opened("a/index.html"), live.opened("a/index.html"):
        with live.opened("index.html"):
            assert live.open_pages() == ["a/index.html", "index.html"]
        assert live.open_pages() == ["a/index.html"]
    assert live.open_pages() == []


def test_waiting_ends_with_a_change_with_time_and_at_the_end() -> None:
    live = Live()
    moved, _ = live.wait(-1, 0)
    assert live.wait(moved, 0.01)[0] == moved
    live.show(GOOD)
    assert live.wait(moved, 10)[0] != moved
    live.close()
    assert live.wait(live.wait(-1, 0)[0], 10)
