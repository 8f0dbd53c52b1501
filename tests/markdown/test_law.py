"""No word is lost, moved or made visible: real posts read as GitHub reads them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.markdown.judge import body_of, converter, html_of, judged, seen
from tests.support.sites import PROJECT

CORPUS = PROJECT.parent / "shared" / "corpus"
HERE = bool(os.environ.get("CI")) or CORPUS.is_dir()
"""Real posts lie beside the repository; without them, a person's clone has its own texts alone."""

FOLDERS = ("18f", "rust-blog", "til")
CONVERT = converter()

DIFFERENT = {
    "2015-05-14-18Fpages.md": "an address in square brackets that are no link in the end",
    "2016-03-22-what-was-your-path-to-18f.md": "an address in square brackets that are no link",
    "project-goals-2026-04.md": "the words of a task that go on with six spaces: [ ] stays text",
}
"""Files in which the judge reads one place in another way; docs/markdown.md lists the kinds."""


def files() -> list[Path]:
    own = [*PROJECT.glob("content/**/*.md"), *PROJECT.glob("docs/**/*.md")]
    return sorted([*CORPUS.glob("*/*.md"), *own] if HERE else own)


def test_the_corpus_is_there() -> None:
    if HERE:
        for folder in FOLDERS:
            assert len(list((CORPUS / folder).glob("*.md"))) > 300, f"{CORPUS / folder} is missing"


PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_real_posts_are_read_as_github_reads_them(part: int) -> None:
    looked_at = 0
    for file in files()[part::PARTS]:
        text = body_of(file.read_text(encoding="utf-8"))
        if file.is_relative_to(PROJECT) and _has_extras(text):
            continue
        looked_at += 1
        if seen(html_of(CONVERT(text).body)) != seen(judged(text)):
            assert file.name in DIFFERENT, file
    assert looked_at


def _has_extras(text: str) -> bool:
    """Return whether a text of ours uses what GitHub does not have."""
    signs = ("{{", "{%", "!!!", "\n: ", "{.", "{#", "*[", "$", "{:", ' title="')
    return any(sign in text for sign in signs)


SIGNS = st.text("ab .,*_`[]()<>!#&;\n-=|\\\"'/1:@\t\u00e9\u00a0\u3000w", max_size=60)
LINES = st.lists(
    st.sampled_from(
        [
            "- a", "  b", "1. c", "   - d", "> e", ">f", "```", "    g", "\th", "---", "===", "# i",
            "", "j", "<div>", "</div>", "<b>", "<!-- k", "-->", "|a|b|", "|-|-|", "|`c`|", "* l",
            "[m]: /n", "[m]", "![m]", "o\\", "p  ", "[^q]", "https://r.s/t", "~~u~~", "- [ ] v",
        ]
    ),
    max_size=12,
).map("\n".join)  # fmt: skip


@settings(max_examples=1500, derandomize=True)
@given(st.one_of(SIGNS, LINES))
@example("- a\n\n      b\n")
def test_any_text_is_read_as_the_judge_reads_it(text: str) -> None:
    if _is_judged_otherwise(text):
        return
    ours, theirs = html_of(CONVERT(text).body), judged(text)
    assert seen(ours)[1] == seen(theirs)[1], (ours, theirs)


OTHERWISE = re.compile(
    r"^[ \t>]*:[ \t]|"  # a definition
    r"\]:[^\n]*\n[ \t>]*[-=]+[ \t]*$|"  # a rule right after the definition of a link
    r"^[ \t>]*\|?[ \t]*:?-+:?[ \t]*\|?[ \t]*$|"  # a table of one column
    r"^(?=[^\n]*:)[-:|> \t]+$|"  # a cell of colons in the line below a table's head
    r"^[-:|> \t]+\n[-:|> \t]+$|"  # a table's head of nothing but its own signs
    r"^ {0,3}\t[ \t]*>|"  # a sign of a quotation behind a tab
    r"<![a-z]|"  # a declaration, upper case until CommonMark 0.29
    r"^<b>",  # HTML in a line that a quotation or item goes on with by itself
    re.MULTILINE,
)
"""What the two converters read differently: docs/markdown.md has a table of it."""


def _is_judged_otherwise(text: str) -> bool:
    return bool(OTHERWISE.search(text))
