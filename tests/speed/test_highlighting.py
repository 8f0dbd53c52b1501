"""Coloured code is the same as pymdownx.highlight's, for every language that Pygments knows."""

from __future__ import annotations

import html
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexer import RegexLexer, default
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import Text
from pymdownx.highlight import Highlight

from generator.markdown.code import fast_lexer
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

LEXERS = sorted(lexer for lexer in get_all_lexers() if lexer[1])


@pytest.mark.parametrize("part", range(4))
def test_every_language(part: int) -> None:
    names = sorted(aliases[0] for _, aliases, _, _ in get_all_lexers() if aliases)[part::4]
    assert len(names) > 100
    colours = CodeColours(often=0)
    for name in names:
        expected = Highlight(None).highlight(SAMPLE, name)
        assert colours.coloured(SAMPLE, name).html == expected, name


@pytest.mark.parametrize("source", ["", " ", "\n\n", "\n\n  a\n b  \n\n", "a", "<&>\"'", "a\r\nb"])
@pytest.mark.parametrize("language", ["", "python", "html", "Python", "nonsense", "console"])
def test_edges(source: str, language: str) -> None:
    expected = Highlight(None).highlight(source, language)
    assert CodeColours().coloured(source, language).html == expected
    assert CodeColours(often=0).coloured(source, language).html == expected


def test_the_installed_pygments_is_one_that_was_tested() -> None:
    assert fast_lexer.tested_here(), "run these tests on the new version, then add it"


QUICK = CodeColours(often=0)
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
    block = QUICK.coloured(source, language)
    assert block.html == Highlight(None).highlight(source, language)
    assert html.unescape(re.sub("<[^>]*>", "", block.html)) == block.text


def test_many_codes_of_every_language() -> None:
    chance = random.Random(6)
    lexers = [get_lexer_by_name(aliases[0], stripnl=True) for _, aliases, _, _ in LEXERS[::3]]
    taken = 0
    for lexer in lexers:
        if states := fast_lexer.tables(lexer):
            for _ in range(3):
                source = "".join(chance.choices(SCRAPS, k=chance.randint(1, 40)))
                expected = list(type(lexer)(stripnl=True).get_tokens(source))
                made = fast_lexer.tokens(type(lexer)(stripnl=True), source, states)
                assert made == expected, (lexer.name, source)
                taken += 1
    assert taken > 300, "a test that tests nothing"


class _Ending(RegexLexer):
    """Tells of a text's end, at which a rule may match without a character."""

    tokens = {  # noqa: RUF012 (as Pygments has it)
        "root": [
            (r"\Z", lambda *_: iter([(0, Text, "end")]), "ended"),
            (r"a|(?=b)", Text, "b"),
            (r"f", Text, ("#pop", "b")),
        ],
        "b": [(r"b", Text, "#pop"), default(("#pop", "c"))],
        "c": [(r"c+", Text, "#push"), (r"d", Text, ("#pop", "#pop")), (r"e", Text, "#pop:9")],
        "ended": [],
    }


@pytest.mark.parametrize(
    "source", ["", "a", "b", "abc", "accd\nb", "accde", "bacced", "x\na", "fbxa"]
)
def test_states_and_the_end(source: str) -> None:
    states = fast_lexer.tables(_Ending())
    made = fast_lexer.tokens(_Ending(), source, states)
    assert made == list(_Ending().get_tokens(source))
    assert made[-1] == (Text, "end") or source in ("a", "b")


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        ("ab", "a"),
        ("(?i)ab", "aA"),
        ("(?i:a)b", "aA"),
        ("a?b", "ab"),
        ("(a|b*)c", "abc"),
        (r"^\b(?=c)[a-c]", "abc"),
        (r"(?<!a)b+", "b"),
        ("[^\x00-y]", "z{|}~\x7f"),
        ("é", ""),
        ("(?x) # a\n b", "b"),
        (r"\d", "0123456789"),
    ],
)
def test_what_a_pattern_can_begin_with(pattern: str, first: str) -> None:
    found = fast_lexer.first_of(re.compile(pattern).match)
    assert found == frozenset(map(ord, first))


@pytest.mark.parametrize(
    "pattern", ["", "a?", "(a|)", r"(a)?\1b", "(?i)\u212a", "a*$", "(?i)[^a]b"]
)
def test_in_doubt_a_pattern_is_tried_everywhere(pattern: str) -> None:
    assert len(fast_lexer.first_of(re.compile(pattern).match)) == 128


def test_no_pattern_begins_with_what_is_left_out() -> None:
    patterns = {
        (rule[0].__self__.pattern, rule[0].__self__.flags): rule[0]
        for _, aliases, _, _ in LEXERS[1::9]
        for rules in fast_lexer.tables(get_lexer_by_name(aliases[0])).values()
        for rule in rules.rules
    }
    assert len(patterns) > 500
    tails = ("", "a", "=", "\n", "'x'", " b(1)")
    for (pattern, _), match in patterns.items():
        first = fast_lexer.first_of(match)
        own = [pattern[start : start + 12] for start in range(0, min(len(pattern), 300), 3)]
        others = [chr(code) + tail for code in range(128) if code not in first for tail in tails]
        for text in [*own, *others]:
            if text and text[0] < "\x80" and ord(text[0]) not in first:
                assert not match(text), (pattern, text)


def test_another_pygments_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_lexer, "tested_here", lambda: False)
    monkeypatch.setattr(fast_lexer, "tokens", None)
    expected = Highlight(None).highlight(SAMPLE, "python")
    assert CodeColours(often=0).coloured(SAMPLE, "python").html == expected


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
