"""Where in a text stands what a problem names."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.checks.source_lines import _places

SIGNS = st.text("ab.-_/é1 ", max_size=20)


@settings(max_examples=500, deadline=None)
@given(st.text("ab.-_/é1 ", max_size=3), SIGNS)
def test_places_are_those_of_whole_words_and_addresses(needle: str, text: str) -> None:
    whole = re.compile(rf"(?<![\w./-]){re.escape(needle)}(?![\w/-])")
    expected = [found.start() for found in whole.finditer(text)] if needle else []
    if needle and not expected and needle in text:
        expected = [text.find(needle)]
    assert _places(needle, text) == expected
