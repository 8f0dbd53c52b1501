"""Coloured code is the same as pymdownx.highlight's, for every language that Pygments knows."""

from __future__ import annotations

import html
import re
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexer import RegexLexer
from pygments.lexers import get_all_lexers
from pygments.token import Name, Text
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
        block = colours.coloured(SAMPLE, name)
        expected = Highlight(None).highlight(SAMPLE, "text" if block.plain else name)
        assert block.html == expected, name
        assert bool(block.plain) == (name in CHANGING), name


CHANGING = {"robotframework"}
"""Languages whose lexers of Pygments change the sample: this one writes tabs as spaces."""


class Repeats(RegexLexer):
    """Says every word twice, as a lexer with an error in it does."""

    tokens: ClassVar = {
        "root": [(r"\w+", lambda _, found: iter([(0, Name, found[0] * 2)])), (r".|\n", Text)]
    }


def test_a_lexer_that_changes_code_gives_it_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = CodeColours()
    colours._lexers["python"] = Repeats
    block = colours.coloured("def go\n", "python")
    assert block == CodeColours().coloured("def go\n", "text")._replace(plain="python")


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
