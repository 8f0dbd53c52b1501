"""Coloured code is the same as pymdownx.highlight's, for every language that Pygments knows."""

from __future__ import annotations

import pytest
from pygments.lexers import get_all_lexers
from pymdownx.highlight import Highlight

from generator.highlighting import CodeColours

SAMPLE = """#!/usr/bin/env thing
<a href='x'>&amp; "q"</a> {{ x | y }} /* c */ // d -- e

def f(x: int = 0x1f) -> str:
\t'''Text
    over lines'''
    return f"{x!r:>{10}}" if x != 1.5e3 else `ls $HOME`

  $a["k"] = @b; %c{d} <<EOF
é 日本 ​\r
EOF
"""


@pytest.mark.parametrize("part", range(4))
def test_every_language(part: int) -> None:
    names = sorted(aliases[0] for _, aliases, _, _ in get_all_lexers() if aliases)[part::4]
    assert len(names) > 100
    colours = CodeColours()
    for name in names:
        assert colours.block(SAMPLE, name) == Highlight(None).highlight(SAMPLE, name), name


@pytest.mark.parametrize("source", ["", " ", "\n\n", "\n\n  a\n b  \n\n", "a", "<&>\"'", "a\r\nb"])
@pytest.mark.parametrize("language", ["", "python", "html", "Python", "nonsense", "console"])
def test_edges(source: str, language: str) -> None:
    assert CodeColours().block(source, language) == Highlight(None).highlight(source, language)


def test_a_block_is_coloured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = CodeColours()
    first = colours.coloured("x = 1", "python")
    monkeypatch.setattr(CodeColours, "_colour", None)
    assert colours.coloured("x = 1", "python") is first


def test_what_is_remembered_is_bounded() -> None:
    colours = CodeColours(most=1000)
    for number in range(50):
        colours.block(f"x = {number}", "python")
        assert sum(len(block.html) for block in colours._known.values()) == colours._size <= 1000
