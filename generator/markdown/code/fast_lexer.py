"""Runs a Pygments lexer's rules with fewer attempts, to the same tokens.

A RegexLexer tries the rules of its state one after the other at each place of a text, thirty and
more before one fits. Most begin with a certain character; here a rule is tried only where the
character at the place is one that it can begin with. Which these are is read off its pattern;
where that is not certain, the rule is tried everywhere.

Reading the patterns takes as long as colouring some dozen blocks, so that it is worth it only for
a language that a process sees often. That both ways make the same tokens is held by tests
(tests/speed). On another version of Pygments than these ran on, nothing of this is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import version
from typing import Any

from pygments import token
from pygments.lexer import Lexer, RegexLexer
from pygments.token import Error, Whitespace

TESTED = ("2.21.0",)
"""The versions of Pygments whose way with rules this module was held against."""

_TokenType = type(token.Token)
Token = tuple[Any, str]
Rule = tuple[Callable[[str, int], "re.Match[str] | None"], Any, Any]
"""A pattern's `match`, what a match becomes, and the states to go to: as Pygments keeps it."""

_parser: Any = getattr(re, "_parser", None)

_ANY = frozenset(range(128))
_DIGITS = frozenset(b"0123456789")
_WORDS = frozenset(code for code in _ANY if chr(code).isalnum()) | {ord("_")}
_SPACES = frozenset(b" \t\n\r\f\v")
_MORE_SPACES = _SPACES | frozenset(range(0x1C, 0x20))  # in patterns without re.ASCII
_CATEGORIES = {
    "CATEGORY_DIGIT": (_DIGITS, _DIGITS),
    "CATEGORY_NOT_DIGIT": (_ANY - _DIGITS, _ANY - _DIGITS),
    "CATEGORY_WORD": (_WORDS, _WORDS),
    "CATEGORY_NOT_WORD": (_ANY - _WORDS, _ANY - _WORDS),
    "CATEGORY_SPACE": (_SPACES, _MORE_SPACES),
    "CATEGORY_NOT_SPACE": (_ANY - _MORE_SPACES, _ANY - _SPACES),
}
"""The ASCII characters that are certainly of a category, and those that may be."""

_NO_WIDTH = frozenset(("AT", "ASSERT", "ASSERT_NOT"))
_REPEATS = frozenset(("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"))


@cache
def tested_here() -> bool:
    """Tell whether the installed Pygments is a version that the tests ran on."""
    return version("pygments") in TESTED and _parser is not None


def possible(lexer: Lexer) -> bool:
    """Tell whether `lexer` has nothing of its own in how it goes through a text."""
    kind = type(lexer)
    return (
        isinstance(lexer, RegexLexer)
        and kind.get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed
        and kind.get_tokens is Lexer.get_tokens
        and not lexer.filters
        and "_tokens" not in vars(lexer)
    )


def tables(lexer: Lexer) -> dict[str, ByFirst]:
    """Return the rules of a lexer for each of its states; nothing if it goes its own way."""
    if not possible(lexer):
        return {}
    rules: dict[str, list[Rule]] = type(lexer)._tokens  # type: ignore[attr-defined]
    return {state: ByFirst(rules[state]) for state in rules}


class ByFirst(dict[str, list[Rule]]):
    """A state's rules: for a character, those that may match where it stands."""

    def __init__(self, rules: list[Rule]) -> None:
        super().__init__()
        self.rules = rules
        self._firsts: list[frozenset[int]] | None = None

    def __missing__(self, char: str) -> list[Rule]:
        code = ord(char)
        if code > 127:
            return self.rules
        if self._firsts is None:
            self._firsts = [first_of(rule[0]) for rule in self.rules]
        kept = zip(self.rules, self._firsts, strict=True)
        found = self[char] = [rule for rule, first in kept if code in first]
        return found


def tokens(lexer: Any, text: str, states: dict[str, ByFirst]) -> list[Token]:
    """Return what `lexer.get_tokens` gives; `states` are the tables of its class.

    The same steps as RegexLexer.get_tokens_unprocessed takes.
    """
    if not states:
        return list(lexer.get_tokens(text))
    text = lexer._preprocess_lexer_input(text)
    made: list[Token] = []
    add = made.append
    place, end = 0, len(text)
    stack = ["root"]
    state = states["root"]
    while True:
        for match, action, following in state[text[place]] if place < end else state.rules:
            found = match(text, place)
            if not found:
                continue
            if type(action) is _TokenType:
                add((action, found[0]))
            elif action is not None:
                made += [(kind, value) for _, kind, value in action(lexer, found)]
            place = found.end()
            if following is not None:
                _go(stack, following)
                state = states[stack[-1]]
            break
        else:
            if place >= end:
                return made
            if text[place] == "\n":
                stack = ["root"]
                state = states["root"]
                add((Whitespace, "\n"))
            else:
                add((Error, text[place]))
            place += 1


def _go(stack: list[str], following: Any) -> None:
    if isinstance(following, tuple):
        for state in following:
            if state == "#pop":
                if len(stack) > 1:
                    stack.pop()
            elif state == "#push":
                stack.append(stack[-1])
            else:
                stack.append(state)
    elif isinstance(following, int):
        if abs(following) >= len(stack):
            del stack[1:]
        else:
            del stack[following:]
    else:
        assert following == "#push", f"wrong state def: {following!r}"
        stack.append(stack[-1])


def first_of(match: Any) -> frozenset[int]:
    """Return the ASCII characters that a text may begin with that a pattern's `match` accepts.

    All of them where the pattern accepts an empty text, or where it is not certain.
    """
    pattern = getattr(match, "__self__", None)
    return _first_of(pattern.pattern, pattern.flags) if isinstance(pattern, re.Pattern) else _ANY


@cache  # a lexer's states have many patterns in common
def _first_of(pattern: str, flags: int) -> frozenset[int]:
    try:
        parsed = _parser.parse(pattern, flags)
        first, empty = _sequence(parsed, bool(parsed.state.flags & re.IGNORECASE))
    except (AttributeError, TypeError, ValueError, KeyError, re.error, RecursionError):
        return _ANY
    return _ANY if empty else first


def _sequence(items: Iterable[Any], ignoring_case: bool) -> tuple[frozenset[int], bool]:
    """Return what a sequence may begin with, and whether it may be empty."""
    found: frozenset[int] = frozenset()
    for item in items:
        first, empty = _item(str(item[0]), item[1], ignoring_case)
        found |= first
        if not empty:
            return found, False
    return found, True


def _item(name: str, given: Any, ignoring_case: bool) -> tuple[frozenset[int], bool]:
    if name in _NO_WIDTH:
        return frozenset(), True
    if name == "LITERAL":
        return _with_cases(frozenset((given,)), ignoring_case), False
    if name == "NOT_LITERAL":
        return (_ANY if ignoring_case else _ANY - {given}), False
    if name == "IN":
        return _with_cases(_set(given, ignoring_case), ignoring_case), False
    if name == "SUBPATTERN":
        _, added, removed, inner = given
        if removed & re.IGNORECASE:
            return _ANY, True
        return _sequence(inner, ignoring_case or bool(added & re.IGNORECASE))
    if name == "ATOMIC_GROUP":
        return _sequence(given, ignoring_case)
    if name == "BRANCH":
        each = [_sequence(branch, ignoring_case) for branch in given[1]]
        return frozenset().union(*(first for first, _ in each)), any(empty for _, empty in each)
    if name in _REPEATS:
        least, _, inner = given
        first, empty = _sequence(inner, ignoring_case)
        return first, empty or least == 0
    return (_ANY, False) if name == "ANY" else (_ANY, True)


def _set(items: list[Any], ignoring_case: bool) -> frozenset[int]:
    negated = str(items[0][0]) == "NEGATE"
    if negated and ignoring_case:
        return _ANY
    found: set[int] = set()
    for kind, given in items[negated:]:
        name = str(kind)
        if name == "LITERAL":
            found.add(given)
        elif name == "RANGE":
            found.update(range(given[0], min(given[1], 127) + 1))
            if given[1] > 127:
                found.add(given[1])
        elif negated:
            found |= _CATEGORIES[str(given)][0]
        else:
            found |= _CATEGORIES[str(given)][1]
    return _ANY - found if negated else frozenset(found)


def _with_cases(codes: frozenset[int], ignoring_case: bool) -> frozenset[int]:
    """Add the other case of letters. Some beyond ASCII have an ASCII letter as theirs (the sign of
    a kelvin is a k), so that such a set is taken for everything."""
    if not ignoring_case:
        return codes & _ANY
    if any(code > 127 for code in codes):
        return _ANY
    letters = (chr(code) for code in codes)
    return frozenset(ord(case) for letter in letters for case in (letter.lower(), letter.upper()))
