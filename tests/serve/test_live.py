"""What browsers are told after a build."""

from pathlib import Path

from generator.adapters.live import Live, Outcome, ServedSite
from generator.problems import Problem

GOOD = Outcome(site=ServedSite(folder=Path()))
BAD = Outcome(site=None, problems=[Problem(path="a.md", line=1, code="c", message="m")])


def numbers(live: Live) -> tuple[int, int, int]:
    return live.shown.build, live.shown.page, live.shown.reload


def test_what_must_be_done_after_each_kind_of_change() -> None:
    live = Live()
    live.show(GOOD)
    assert numbers(live) == (1, 1, 0)
    live.show(GOOD, {"content/posts/a.md"})
    assert numbers(live) == (2, 2, 0)
    live.show(GOOD, {"static/css/site.css"})
    assert numbers(live) == (3, 2, 0)
    live.show(GOOD, {"static/css/site.css", "content/posts/a.md"})
    assert numbers(live) == (4, 4, 0)
    live.show(GOOD, {"static/js/counter.js"})
    assert numbers(live) == (5, 5, 5)
    live.show(GOOD, {"content/posts/style.css"})
    assert numbers(live) == (6, 6, 5)


def test_broken_build_keeps_the_site_and_tells_what_is_wrong() -> None:
    live = Live()
    live.show(GOOD)
    live.show(BAD, {"a.md"})
    assert live.site is GOOD.site
    assert live.shown.problems == BAD.problems
    assert numbers(live) == (1, 1, 0)
    live.show(GOOD, {"static/css/site.css"})
    # What was changed while the build was broken may be more than the style sheet.
    assert (live.shown.problems, numbers(live)) == ((), (2, 2, 2))


def test_waiting_ends_with_a_change_with_time_and_at_the_end() -> None:
    live = Live()
    moved, _ = live.wait(-1, 0)
    assert live.wait(moved, 0.01)[0] == moved
    live.show(GOOD)
    assert live.wait(moved, 10)[0] != moved
    live.close()
    assert live.wait(live.wait(-1, 0)[0], 10)
