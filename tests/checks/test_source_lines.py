"""Where in a text stands what a problem names."""

from __future__ import annotations

import re
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.checks import source_lines
from generator.checks.codes import fold, problem
from generator.checks.source_lines import _places, locate
from generator.content.frontmatter import Document
from generator.core.artifacts import Artifact
from generator.core.problems import Problem

SIGNS = st.text("ab.-_/é1 ", max_size=20)


@settings(max_examples=500, deadline=None)
@given(st.text("ab.-_/é1 ", max_size=3), SIGNS)
def test_places_are_those_of_whole_words_and_addresses(needle: str, text: str) -> None:
    whole = re.compile(rf"(?<![\w./-]){re.escape(needle)}(?![\w/-])")
    expected = [found.start() for found in whole.finditer(text)] if needle else []
    if needle and not expected and needle in text:
        expected = [text.find(needle)]
    assert _places(needle, text) == expected


def test_what_many_problems_name_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text with a thousand equal faults would else be read a thousand times, as far as each."""
    looked_for: list[str] = []

    def counted(needle: str, text: str) -> list[int]:
        looked_for.append(needle)
        return _places(needle, text)

    monkeypatch.setattr(source_lines, "_places", counted)
    body = "Words.\n<p style='color: red'>x\n" * 3
    document = Document(
        source="a.md", kind="post", slug="a", title="A", markdown=body.encode(), body_line=5
    )
    found = [
        problem("csp-style", "a/index.html", line, "blocked", needle=needle)
        for line in range(4)
        for needle in ("color: red", "not there")
    ]
    page = Artifact(path="a/index.html", role="page", source="a.md")
    placed = locate(found, [page], {"a.md": document}, "_site")
    assert [(each.needle, each.line) for each in placed if each.line] == [
        ("color: red", 6),
        ("color: red", 8),
        ("color: red", 10),
        ("color: red", 10),
    ]
    assert len(looked_for) == len(set(looked_for)) + 1  # in the document, and beside it


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("a/index.html", "b/index.html", "index.html")),
            st.sampled_from(("red", "blue", "nowhere")),
            st.lists(st.integers(1, 30), min_size=1, max_size=9, unique=True).map(sorted),
        ),
        unique_by=lambda each: each[:2],
    )
)
def test_a_problem_of_many_lines_is_told_as_many_of_one_line(
    found: list[tuple[str, str, list[int]]],
) -> None:
    body = "Red: red\n\nblue, red\n\nred and blue\n" * 3
    documents = {
        source: Document(
            source=source, kind="post", slug="a", title="A", markdown=body.encode(), body_line=5
        )
        for source in ("content/a.md", "content/b.md")
    }
    pages = [
        Artifact(path="a/index.html", role="page", source="content/a.md"),
        Artifact(path="b/index.html", role="page", source="content/b.md"),
        Artifact(path="index.html", role="page"),
    ]
    together = [
        problem("csp-style", path, lines[0], needle, needle=needle, also=tuple(lines[1:]))
        for path, needle, lines in found
    ]
    apart = [
        problem("csp-style", path, line, needle, needle=needle)
        for path, needle, lines in found
        for line in lines
    ]

    def told(problems: list[Problem]) -> list[Problem]:
        return fold(locate(problems, pages, documents, "_site"))

    assert told(together) == told(apart)
    assert not any(chain.from_iterable(each.also for each in told(together)))
