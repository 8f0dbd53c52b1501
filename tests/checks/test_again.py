"""Pages of which only a part is read again."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.checks.run import examined, examined_again
from tests.support.pages import page
from tests.support.pieces import PIECES, SHARED

PATH = "posts/a/index.html"
FILLED = "\n".join(f"<div>\n<p>{'Words. ' * 20}{n}</p>\n</div>" for n in range(12))
LINES = st.lists(st.sampled_from([*PIECES, *SHARED, '<h2 id="i">a</h2>', "a"]), max_size=4).map(
    "\n".join
)


def read_again(before: str, after: str) -> bool:
    """Return whether a part was enough; what that gives is what the whole page gives."""
    old, new = before.encode(), after.encode()
    whole = examined(PATH, new)
    found = examined_again(PATH, new, old, examined(PATH, old))
    if found is None:
        return False
    made, replaced = found
    assert (made.card, made.facts) == (whole.card, whole.facts)
    assert replaced[0] in before
    assert replaced[1] in after
    # From there the next one goes on.
    back = examined_again(PATH, old, new, made)
    assert back is None or back[0].facts == examined(PATH, old).facts
    return True


def around(part: str, above: str = "", below: str = "") -> str:
    return page(f"{above}\n{FILLED}\n<div>\n{part}\n</div>\n{FILLED}\n{below}\n{FILLED}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<p class="a">A.</p>', '<p class="b">A.</p>'),
        ("<p>A.</p>", "<p>Another text.</p>"),
        ("<p>A.</p>", '<div class="box">\n<p>A.</p>\n</div>'),
        ('<a href="/a/">A</a>', 'See\n<a class="big" href="/a/">all of A</a>'),
        ("<h2>A</h2>", '<h2 data-x="1">A</h2>'),
        ("", "\n\n"),
    ],
)
def test_what_says_the_same_as_before_is_enough(before: str, after: str) -> None:
    below = '<p><a href="/b/">B</a></p>\n<h2>Below</h2>\n<p style="color: red">C</p>'
    assert read_again(around(before, below=below), around(after, below=below))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<a href="/a/">A</a>', '<a href="/b/">A</a>'),
        ('<p id="a">A.</p>', '<p id="b">A.</p>'),
        ('<a name="a" href="/a/">A</a>', '<a name="b" href="/a/">A</a>'),
        ("<h2>A</h2>", "<h2>B</h2>"),
        ("<h2>A</h2>", "<h3>A</h3>"),
        ("<p>A.</p>", "<p>A.</p></div>"),
        ("<p>A.</p>", "<p>{{ A }}</p>"),
        ("<p>A.</p>", '<p onclick="a()">A.</p>'),
        ("<p>A.</p>", '<p><img src="/a.png"></p>'),
        ("<p>A.</p>", "<div>\n<p>A.</p>"),
    ],
)
def test_what_says_something_else_takes_the_whole_page(before: str, after: str) -> None:
    assert not read_again(around(before), around(after))
    assert not read_again(around(after), around(before))


def test_lines_of_what_is_wrong_move_along() -> None:
    below = '<p>\n<img src="/a.png">\n</p>\n<h4>Far</h4>'
    assert read_again(around("<p>A.</p>", below=below), around("<p>A.\n\nB.</p>", below=below))


@settings(max_examples=400, deadline=None)
@given(LINES, LINES, LINES, LINES)
@example("<p>a", "<p>b</p>", "</p>", "")
@example("<nav>", "<nav></nav>", "</nav>", "")
@example("<template>", "<a>", "</template>", "")
@example('<h2 id="i">a</h2>', "", '<h2 id="i">a</h2>', "<p>\n</p>")
def test_whatever_stands_around_it(before: str, after: str, above: str, below: str) -> None:
    read_again(around(before, above, below), around(after, above, below))
    read_again(page(f"{above}\n{before}\n{below}"), page(f"{above}\n{after}\n{below}"))
