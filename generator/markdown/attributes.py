"""Attribute lists in Markdown: `{#id .class key="value"}`.

Only what stands for nothing else in a text is one: braces that hold ids, classes and `key=value`
and no other word. So `the set {1, 2}` and `HEAD@{1}` keep their braces. Otherwise the rules are
those of Python-Markdown's attr_list, with `{:` as kramdown writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

# Every quantifier is possessive, so that a text full of braces is read in linear time.
# A name may have marks (generator.markdown.marks) in the place of signs that could be Markdown's.
_ITEM = (
    r"(?:\.(?P<word>[\w:–—\U0010fff0\U0010fff1-]++)|#(?P<id>(?:[\w:.-]|[^\x00-\x7f\s“”‘’])++)"
    r"|(?P<key>[A-Za-z_:][\w:.-]*+)=(?:\"(?P<double>[^\"\n]*+)\"|'(?P<single>[^'\n]*+)'"
    r"|(?P<bare>(?![“‘])[^\s{}\"'=<>`]++)))"
)
_NAMELESS = re.sub(r"\?P<\w+>", "?:", _ITEM)
_LIST = rf"\{{:?+[ \t]*+(?:{_NAMELESS}[ \t]*+)++\}}"
_ONE = re.compile(_ITEM)
_AT_START = re.compile(_LIST)
_AT_END = re.compile(rf"{_LIST}[ \t]*+\Z")
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")
_PLAIN = {"–": "--", "—": "---", "…": "..."}
"""Smart punctuation comes before attribute lists: what it made of an id is taken back."""

Attributes = dict[str, str]
"""Names and values; `class` has all classes, with spaces between."""


def at_start(text: str) -> tuple[Attributes, int] | None:
    """Return the attribute list that `text` begins with, and where it ends."""
    found = _match(_AT_START, text, 0)
    return (_attributes(found[0]), found.end()) if found else None


def at_end(text: str) -> tuple[Attributes, int] | None:
    """Return the attribute list that `text` ends with, behind a space, and where it begins."""
    brace = text.rfind("{")
    if brace < 0 or not (brace == 0 or text[brace - 1] in " \t\n"):
        return None
    found = _match(_AT_END, text, brace)
    return (_attributes(found[0]), brace) if found else None


def _match(pattern: re.Pattern[str], text: str, place: int) -> re.Match[str] | None:
    found = pattern.match(text, place)
    if found or text.isascii():
        return found
    return pattern.match(text.translate(_STRAIGHT), place)


def lists(text: str) -> Iterator[re.Match[str]]:
    """Yield all that looks like an attribute list."""
    return _AT_START.finditer(text)


def ids(text: str) -> set[str]:
    """Return the ids in all that looks like an attribute list."""
    found = set()
    for each in lists(text):
        if "#" in each[0] and (given := _attributes(each[0]).get("id")):
            found.add(given)
    return found


def _attributes(written: str) -> Attributes:
    classes: list[str] = []
    others: Attributes = {}
    for item in _ONE.finditer(written):
        if item["word"]:
            classes.append(_plain(item["word"]))
        elif item["id"]:
            others["id"] = _plain(item["id"])
        else:
            values = (item["double"], item["single"], item["bare"])
            others[item["key"]] = next(value for value in values if value is not None)
    if classes:
        others["class"] = " ".join([*classes, *others.pop("class", "").split()])
    return others


def _plain(name: str) -> str:
    for smart, written in _PLAIN.items():
        name = name.replace(smart, written)
    return name


def as_html(attributes: Attributes) -> str:
    """Return attributes as they stand in a tag, with a space before each, in the order of names."""
    return "".join(f' {name}="{escape(value)}"' for name, value in sorted(attributes.items()))
