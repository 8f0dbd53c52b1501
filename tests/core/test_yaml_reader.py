import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.core import yaml_reader
from generator.core.yaml_reader import (
    MOST_DEPTH,
    YamlError,
    lost_words,
    read_mapping,
    write_mapping,
)

_WORDS = st.text(st.characters(categories=("L", "N", "P", "S")), max_size=8)


def mistake(text: str) -> tuple[int, str]:
    with pytest.raises(YamlError) as caught:
        read_mapping(text)
    return caught.value.line, caught.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("~", None),
        ("null", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("12:30", "12:30"),
        ("999999999999999999", 999999999999999999),
        ("9999999999999999999", "9999999999999999999"),  # more than 64 bits hold
        ("1.5", 1.5),
        ("1.5e3", 1500.0),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2021-05-01", "2021-05-01"),
        ("2021-05-01T10:00:00Z", "2021-05-01T10:00:00Z"),
        ("NO", "NO"),
        ("[a, 1, true]", ["a", 1, True]),
        ("{a: {b: c}}", {"a": {"b": "c"}}),
        ("'true'", "true"),
        ("|\n  two\n  lines", "two\nlines\n"),
    ],
)
def test_values(text: str, value: object) -> None:
    assert read_mapping(f"key: {text}\n").data == {"key": value}


def test_keys_are_text_whatever_they_look_like() -> None:
    assert read_mapping("1: a\ntrue: b\n~: c\n2020-01-01: d\n").data == {
        "1": "a",
        "true": "b",
        "~": "c",
        "2020-01-01": "d",
    }


def test_an_empty_text_is_an_empty_mapping() -> None:
    assert read_mapping("").data == {}
    assert read_mapping("# only a comment\n").data == {}


def test_aliases_and_merges_work() -> None:
    text = "base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\nagain: *b\n"
    assert read_mapping(text).data == {
        "base": {"x": 1, "y": 2},
        "more": {"x": 1, "y": 3},
        "again": {"x": 1, "y": 2},
    }


def test_lines_of_keys_and_items() -> None:
    document = read_mapping("a: 1\nb:\n  - x\n  - y: 2\n    z: 3\nc: 4\n")
    assert document.line_of("a") == 1
    assert document.line_of("b", 0) == 3
    assert document.line_of("b", 1, "z") == 5
    assert document.line_of("b", 7) == 2
    assert document.line_of("unknown") == 1
    assert document.line_of("c", "below") == 6


@pytest.mark.parametrize("char", ["\u0085", "\u2028", "\u2029", "\u2028\u2029"])
def test_only_what_ends_lines_for_editors_ends_lines(char: str) -> None:
    text = f"a: x{char}y\nb: 'p{char}q'\nc: [r{char}, \"s{char}\"]\n"
    text += f"d{char}: |\n  t{char}u\n  v\ne: 1\n"
    document = read_mapping(text)
    assert document.data == {
        "a": f"x{char}y",
        "b": f"p{char}q",
        "c": [f"r{char}", f"s{char}"],
        f"d{char}": f"t{char}u\nv\n",
        "e": 1,
    }
    assert [document.line_of(key) for key in ("b", "c", f"d{char}", "e")] == [2, 3, 4, 7]
    assert mistake(f"a: x{char}y\nb: 1\nb: 2\n")[0] == 3
    assert mistake(f"a: x{char}y\nb: 'x\nc: 2\n")[0] == 2
    assert mistake(f"a: x{char}y\nb: \x07\n")[0] == 2
    assert mistake(f"a{char}: 1\na{char}: 2\n") == (2, f"`a{char}` is given twice")
    assert read_mapping(write_mapping(document.data)).data == document.data


def test_what_stands_in_for_a_character_is_one_that_is_not_there() -> None:
    text = "a: \U000f0000\u2028\U000f0001\n"
    assert read_mapping(text).data == {"a": "\U000f0000\u2028\U000f0001"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "`a` is given twice"),
        ("x:\n  a: 1\n  a: 2\n", 3, "`a` is given twice"),
        ("- a\n- b\n", 1, "expected `key: value` lines"),
        ("just words\n", 1, "expected `key: value` lines"),
        ("a: 1\n? [b, c]\n: 2\n", 2, "a key must be plain text"),
        ("a: &x\n  b: *x\n", 1, "a YAML anchor that contains itself"),
        (
            "a: 1\nb: [1, 2\nc: 3\n",
            2,
            "not valid YAML: a list in brackets is never closed, or lacks a comma",
        ),
        (
            "a: {b: 1\nc: 3\n",
            1,
            "not valid YAML: a group in braces is never closed, or lacks a comma",
        ),
        ("x: 1\na: 'x\nb: 1\n", 2, "not valid YAML: a quotation mark is never closed"),
        ("a: b: c\n", 1, "not valid YAML: a colon where none can stand"),
        ("a: 1\nb:\n\tc: 2\n", 3, "not valid YAML: a tab at the start of the line"),
        (
            'b: 1\na: "\\ud800"\n',
            2,
            "not valid YAML: an invalid escape, or half of a surrogate pair, such as \\ud83d",
        ),
        ("a: *gone\n", 1, "not valid YAML: `*` refers to something that is not there"),
        ("a: @home\n", 1, "not valid YAML: a value cannot begin with @"),
        ("a: 1\n---\nb: 2\n", 2, None),
        ("a: !!python/object:os.system x\n", 1, None),
        ("a: !!int x\n", 1, None),
        ("a: !!int 9223372036854775808\n", 1, None),
        ("a: !!set {x}\n", 1, None),
        ("a: ü\nb: \x07\n", 2, "not valid YAML: a character that no text has (U+0007)"),
        ("a: ü\nb: ü\ufffe\n", 2, "not valid YAML: a character that no text has (U+FFFE)"),
        ("a: " + "[" * 100 + "]" * 100, 1, f"YAML nested deeper than {MOST_DEPTH} levels"),
        ("a:\n " + "- " * 100 + "x", 2, f"YAML nested deeper than {MOST_DEPTH} levels"),
        ("a:\n " + "? " * 100_000 + "x", 2, f"YAML nested deeper than {MOST_DEPTH} levels"),
    ],
)
def test_mistakes_with_their_line(text: str, line: int | None, message: str | None) -> None:
    at, said = mistake(text)
    assert line is None or at == line
    assert message is None or said == message


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("x: 1\na: “b: c”\n", 2, 'YAML knows only straight quotation marks: write key: "a: b"'),
        ("a: “b”\nb: 'c' ‘d’: e\n", 2, "put all of it in quotes: b: \"'c' ‘d’: e\""),
        ('a: "b" said c\n', 1, "put all of it in quotes: a: '\"b\" said c'"),
        ("a: 'It's'\n", 1, 'put all of it in quotes: a: "It\'s"'),
        ("a: [b] c\n", 1, "put all of it in quotes: a: '[b] c'"),
        ('a: "C:\\Users"\n', 1, "use single quotes: a: 'C:\\Users'"),
        ("a: b: c\n", 1, "put it in quotes: a: 'b: c'"),
        ("a:b\n", 1, "put a space behind the colon: `a: b`"),
        (" a: b\nc: d\n", 2, "begin all keys at the same place, without spaces before them"),
        ("a: [#b, #c]\n", 1, "write the words without #: tags: [harbour, sea]"),
        ("a: - b\n", 1, "put it in quotes: a: '- b'"),
        (
            "x: 1\na:\u00a0b\nc: d\n",
            2,
            "what looks like a space behind the colon is none (no-break space): type it again",
        ),
    ],
)
def test_what_looks_right_is_told(text: str, line: int, hint: str) -> None:
    with pytest.raises(YamlError) as caught:
        read_mapping(text)
    assert (caught.value.line, caught.value.hint) == (line, hint)


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    start = time.process_time()
    line, message = mistake("\n".join(lines))
    assert line == 5
    assert message == "this YAML grows to more than 20,000 values through its aliases"
    assert time.process_time() - start < 5


def test_a_bomb_of_merges_is_refused() -> None:
    lines = ["a0: &a0 {k0: x, k1: x, k2: x, k3: x, k4: x}"]
    for level in range(1, 12):
        merged = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} {{<<: [{merged}], q{level}: x}}")
    assert "grows to more than" in mistake("\n".join(lines))[1]


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"%@`,?# \n\t\\~<=\x00\x85é"), max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    line = 1
    try:
        assert isinstance(read_mapping(text).data, dict)
    except YamlError as error:
        line = error.line
    assert 1 <= line <= text.count("\n") + 2 + text.count("\x85")


@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=3),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(10**17), 10**17) | _WORDS,
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=6,
        ),
    )
)
def test_json_is_yaml(data: dict[str, object]) -> None:
    text = json.dumps(data, ensure_ascii=False)
    assert read_mapping(text).data == data


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("a: #b #c", [(1, "a", "#b #c", "#b #c")]),
        ("a: My #1 b", [(1, "a", "#1 b", "My #1 b")]),
        ("a: b # a remark", []),
        ("a: b #", []),
        ("a: 'My #1 b'", []),
        ("a: [b] #c", []),
        ("a: b#c", []),
        ("a:\n  - #b\n  - c", [(2, "a", "#b", "#b")]),
        ("a: |\n  b: c #d\n\n  e #f\ng: #h", [(5, "g", "#h", "#h")]),
        ("a: &b", [(1, "a", "&b", "&b")]),
        ("a: &b c", [(1, "a", "&b", "&b c")]),
        ("a: &b c\nd: *b", []),
        ("a: b & c", []),
    ],
)
def test_what_is_a_comment_and_hardly_meant_so(
    text: str, lost: list[tuple[int, str, str, str]]
) -> None:
    assert [tuple(each) for each in lost_words(text)] == lost


_SIGNS = "abT tn:-'\"#,[]{}&*!|>%@`\\~?1.0_/=<\n\t\x85\u2028é中\x7f\ufeff\xa0\ue000\x1b😀"
_VALUES = st.text(st.sampled_from(_SIGNS), max_size=12)
_KEYS = _VALUES.filter(bool)


@given(
    st.dictionaries(
        _KEYS, _VALUES | st.lists(_VALUES) | st.dictionaries(_KEYS, _VALUES), max_size=3
    )
)
def test_yaml_is_written_alike_by_libyaml_and_by_python(data: dict[str, Any]) -> None:
    written = write_mapping(data)
    assert read_mapping(written).data == data
    if data:
        assert written == yaml_reader._written(data, yaml_reader._SlowDumper)


def test_emoji_are_written_as_they_are() -> None:
    assert write_mapping({"title": "Low 🌊 tide"}) == "title: Low 🌊 tide\n"
