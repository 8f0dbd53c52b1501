"""Coloured code is the same as pymdownx.highlight's, for every language that Pygments knows."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexers import get_all_lexers
from pymdownx.highlight import Highlight

from generator.markdown.code.highlighting import CodeColours

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
        expected = Highlight(None).highlight(SAMPLE, name)
        assert colours.coloured(SAMPLE, name).html == expected, name


@pytest.mark.parametrize("source", ["", " ", "\n\n", "\n\n  a\n b  \n\n", "a", "<&>\"'", "a\r\nb"])
@pytest.mark.parametrize("language", ["", "python", "html", "Python", "nonsense", "console"])
def test_edges(source: str, language: str) -> None:
    expected = Highlight(None).highlight(source, language)
    assert CodeColours().coloured(source, language).html == expected


COLOURS = CodeColours()
USUAL = (
    *("python", "bash", "javascript", "typescript", "html", "css", "json", "yaml", "toml", "sql"),
    *("c", "cpp", "java", "go", "rust", "ruby", "php", "perl", "lua", "haskell", "diff", "docker"),
    *("console", "pycon", "markdown", "xml", "ini", "nginx", "make", "kotlin", "swift", "jinja"),
)
SCRAPS = (
    *re.findall(r"\w+|\s+|[^\w\s]+", SAMPLE),
    *(
        "if",
        "class",
        "import",
        "function",
        "let",
        "0x1",
        "1.5e-3",
        "${",
        "}",
        "{{",
        "}}",
        "/*",
        "*/",
    ),
    *('"', "'", '"""', "`", "\\", "#", "//", "--", "<!--", "-->", "</", "K", "ſ", "İ", "é", "\x1c"),
)
CODE = st.lists(st.sampled_from(SCRAPS), max_size=25).map("".join)


@settings(max_examples=700, deadline=None)
@given(st.sampled_from(USUAL), st.one_of(CODE, CODE.map(" ".join), st.text(max_size=20)))
def test_any_code(language: str, source: str) -> None:
    block = COLOURS.coloured(source, language)
    assert block.html == Highlight(None).highlight(source, language)
    assert html.unescape(re.sub("<[^>]*>", "", block.html)) == block.text


def test_a_block_is_coloured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = CodeColours()
    first = colours.coloured("x = 1", "python")
    monkeypatch.setattr(CodeColours, "_colour", None)
    assert colours.coloured("x = 1", "python") is first


def test_what_is_remembered_is_bounded() -> None:
    colours = CodeColours(most=1000)
    for number in range(50):
        colours.coloured(f"x = {number}", "python")
        assert sum(len(block.html) for block in colours._known.values()) == colours._size <= 1000
