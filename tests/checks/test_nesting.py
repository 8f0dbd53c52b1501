"""Following tags takes time in proportion to their number, and finds what walking through all open
elements would."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.checks import nesting
from generator.checks.nesting import Nesting
from generator.checks.page.examine import Examination, examine
from generator.checks.shared_fragments import Pieces
from generator.core.html_tokens import Tag, tags

NAMES = (
    *("p", "b", "i", "em", "a", "div", "ul", "ol", "li", "dl", "dt", "dd", "table", "tbody"),
    *("tr", "td", "th", "caption", "select", "option", "optgroup", "button", "svg", "math", "h1"),
    *("section", "span", "ruby", "rt", "rp", "template", "object", "html", "head", "body", "form"),
)
SOUP = st.lists(
    st.one_of(
        st.sampled_from([f"<{name}>" for name in NAMES]),
        st.sampled_from([f"</{name}>" for name in NAMES]),
        st.sampled_from(["<p>", "</p>", "<b>", "<li>", "<div>", "</div>", "text"]),
    ),
    max_size=40,
).map("".join)


class Walking(Nesting):
    """Looks at one open element after the other, as the rules of the HTML Standard are written."""

    def _end_paragraph(self, tag: Tag) -> bool:
        between = 0
        for element in reversed(self.open):
            if element.name == "p":
                break
            if element.name in nesting._PARAGRAPH_WALL:
                return False
            between += element.name not in nesting._END_OPTIONAL
        assert (between > 0) is self.open[-1].held
        return super()._end_paragraph(tag)

    def _end_implied(self, tag: Tag) -> None:
        ends, walls = nesting._ENDS[tag.name]
        depth, last = len(self.open) - 1, 0
        while depth > 0 and self.open[depth].name not in walls:
            if self.open[depth].name in ends:
                last = depth
            depth -= 1
        super()._end_implied(tag)
        assert len(self.open) == last if last else depth <= len(self.open)


@settings(max_examples=400, deadline=None)
@given(SOUP)
def test_what_walking_through_open_elements_finds(soup: str) -> None:
    for kind in (Nesting, Walking):
        told: list[tuple[str, int, str]] = []
        ended: list[tuple[str, int]] = []
        follows = kind(
            lambda code, at, _, name, told=told: told.append((code, at, name)),
            lambda element, at, ended=ended: ended.append((element.name, at)),
        )
        for tag in tags(soup):
            if tag.closing:
                follows.end(tag.name, tag.start)
            else:
                before = len(follows.open)
                follows.start(tag)
                assert len(follows.open) <= before + 1
            assert follows.settled is (
                not follows._split_paragraphs and not any(follows._forced.values())
            )
            for name, places in follows._places.items():
                assert places == [
                    place for place, element in enumerate(follows.open) if element.name == name
                ]
        follows.finish(len(soup))
        assert len(follows.open) == 1
        assert all(at <= len(soup) for _, at in ended)


def steps(html: str) -> int:
    """Return how many lines of the checks are carried out to examine a page."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if "/checks/" not in frame.f_code.co_filename.replace("\\", "/"):
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        examine("a/index.html", html.encode())
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "kind",
    [
        "a paragraph with open elements and blocks",
        "nested blocks with terms",
        "nested blocks with icons",
        "nested lists",
        "elements that are closed too early",
        "rows without ends",
    ],
)
def test_the_time_grows_with_the_page(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def of(count: int) -> str:
        return {
            "a paragraph with open elements and blocks": "<p>" + "<b>" * count + "<div>" * count,
            "nested blocks with terms": "<dl>" + "<dd><span>" * count,
            "nested blocks with icons": "<div><svg></svg>" * count,
            "nested lists": "<ul><li>" * count,
            "elements that are closed too early": "".join(
                f"<div><x{number}></div><svg></svg>" for number in range(count)
            ),
            "rows without ends": "<table>" + "<tr><td><b>" * count,
        }[kind]

    monkeypatch.setattr("generator.checks.page.examine._PIECES", Pieces())
    examine("a/index.html", b"<p>compile what is compiled once</p>")
    few, many = steps(of(200)), steps(of(800))
    assert few > 200
    assert many < 5 * few


@given(st.lists(st.integers(0, 60), max_size=20), st.lists(st.integers(0, 9), max_size=12))
def test_lines_of_places_in_any_order(places: list[int], gaps: list[int]) -> None:
    text = "\n".join("x" * gap for gap in gaps)
    for far in (0, 5, 1000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("generator.checks.page.notes._FAR", far)
            reading = Examination("a", text.encode())
            for place in places:
                at = min(place, len(text))
                assert reading.line(at) == 1 + text.count("\n", 0, at)
