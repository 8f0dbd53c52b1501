"""Suites of others: CommonMark's specification, and Python-Markdown's own tests."""

from __future__ import annotations

import re
from pathlib import Path

from tests.markdown.judge import converter, html_of, seen
from tests.support.tools import npm_package, pypi_source

CONVERT = converter()
_EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.DOTALL | re.MULTILINE)

BARE_ADDRESSES = {602, 606, 608, 611, 612}
"""Examples of CommonMark 0.31.2 with an address that GitHub makes a link of, and so do we."""


def test_commonmarks_own_examples() -> None:
    spec = npm_package("commonmark-spec", "0.31.2") / "spec.txt"
    examples = _EXAMPLE.findall(spec.read_text(encoding="utf-8").replace("→", "\t"))
    assert len(examples) == 652
    different = {
        number
        for number, (text, expected) in enumerate(examples, 1)
        if seen(html_of(CONVERT(text).body)) != seen(expected)
    }
    assert different == BARE_ADDRESSES


OTHERS = {
    "a list, quotation or heading right after text, or a lazy line": {
        "basic/hard-wrapped", "extensions/sane_lists", "misc/funky-list", "misc/lists6",
        "misc/lists7", "extensions/admonition", "misc/hline", "misc/header-in-lists",
    },
    "two quotations with an empty line between": {
        "misc/blockquote", "misc/blockquote-hr", "misc/lazy-block-quote",
        "misc/multi-paragraph-block-quote",
    },
    "an empty line between two items": {
        "extensions/extra/def-in-list", "extensions/extra/loose_def_list", "misc/nested-lists",
        "misc/some-test", "misc/two-spaces",
    },
    "a space between the brackets of a reference, or quotes in a title": {
        "basic/amps-and-angle-encoding", "basic/links-reference", "basic/literal-quotes",
        "basic/markdown-documentation-basics", "basic/markdown-syntax",
        "extensions/extra/markdown-syntax", "extensions/toc", "misc/url_spaces",
    },
    "a heading without a space": {
        "extensions/attr_list", "misc/arabic", "misc/bidi", "misc/headers",
    },
    "an extension, or a setting of one, that is not used here": {
        "extensions/codehilite", "extensions/extra/extra_config",
        "extensions/extra/footnote_placeholder", "extensions/extra/footnote_placeholder_depth",
        "extensions/nl2br_w_attr_list", "extensions/toc_nested", "extensions/toc_nested2",
        "extensions/wikilinks", "misc/multi-test",
    },
    "an address of mail, or a backslash in an address": {"misc/email", "misc/escaped_links"},
}  # fmt: skip
"""Python-Markdown's tests that come out differently, by what its dialect has that GitHub's has
not. docs/markdown.md tells these to who comes from there."""


def test_python_markdowns_own_texts() -> None:
    home = pypi_source("markdown", "3.11.3") / "tests"
    texts = [file for file in sorted(home.rglob("*.txt")) if file.with_suffix(".html").exists()]
    assert len(texts) == 100
    different = {_name(file, home) for file in texts if not _same(file)}
    assert different == set().union(*OTHERS.values())


def _same(file: Path) -> bool:
    text = file.read_text(encoding="utf-8")
    expected = file.with_suffix(".html").read_text(encoding="utf-8")
    return seen(html_of(CONVERT(text).body)) == seen(expected)


def _name(file: Path, home: Path) -> str:
    return file.relative_to(home).with_suffix("").as_posix()
