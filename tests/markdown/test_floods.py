"""No text takes more than linear time, whatever its signs, up to the page's checks."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from generator.checks.page.examine import examine
from generator.config.content import MarkdownSettings
from generator.markdown.convert import make_converter
from generator.site.links import make_absolute
from tests.markdown.judge import html_of

CONVERT = make_converter(
    MarkdownSettings(smart=True, math=True, line_numbers=True), lambda name, _, body: body or name
)

FLOODS: dict[str, Callable[[int], str]] = {
    "tags that are never ended": lambda n: "<div>\n" + "<a" * (n // 2),
    "quotes in tags that are never ended": lambda n: "<div>\n" + '<a href="' * (n // 9),
    "other quotes": lambda n: "<div>\n" + "<img src='" * (n // 10),
    "links within links": lambda n: '<a href="x">' * (n // 12),
    "labels within labels": lambda n: "<div>\n" + "<label>a" * (n // 8),
    "headings within headings": lambda n: "<div>\n" + "<h2>" * (n // 4),
    "open elements in an excerpt": lambda n: (
        "<b>" * (n // 8) + "</i>" * (n // 8) + "\n\n<!--more-->\n"
    ),
    "comments behind a table": lambda n: "|a|\n|-|\n\n<div>\n" + "<!-- -" * (n // 6),
    "code behind a table": lambda n: "|a|\n|-|\n\n<div>\n" + "<pre " * (n // 5),
    "cells that are never ended": lambda n: "<div>\n<table>" + "<th>" * (n // 4),
    "signs in a table": lambda n: "<div>\n<table><th>a</th>" + "<" * n + "</table>",
    "a srcset of commas": lambda n: '<div>\n<img alt="" srcset="' + ", " * (n // 2) + '">',
    "tables of contents": lambda n: "[TOC]\n\n" * (n // 20) + "## a\n\n" * (n // 20),
    "boxes in letters beyond ASCII": lambda n: "é\n\n!!! note\n" * (n // 13),
    "warnings in letters beyond ASCII": lambda n: "é\n\n#\n\n" * (n // 6),
    "titles of boxes": lambda n: '!!! note "a"\n' * (n // 13),
    "formulas": lambda n: "$a$ " * (n // 4),
    "notes": lambda n: "a[^1] " * (n // 6) + "\n\n[^1]: b",
}


def read(text: str) -> float:
    """Return how many seconds a text takes from Markdown to what its page's checks say."""
    start = time.process_time()
    html = html_of(CONVERT(text).body)
    make_absolute(html, "https://example.org", "https://example.org/a/")
    examine("a/index.html", f"<!doctype html><main>{html}</main>".encode())
    return time.process_time() - start


@pytest.mark.parametrize("name", FLOODS)
def test_twice_the_text_takes_about_twice_the_time(name: str) -> None:
    """Four times the text takes four times as long, with as much again for what else a machine
    does; where looking takes quadratic time, it is sixteen times."""
    small, large = FLOODS[name](4_000), FLOODS[name](16_000)
    read("a")
    read(small)
    bases, took = [], []
    for _ in range(8):  # as often as it takes to see both undisturbed
        bases.append(read(small))
        took.append(read(large))
        if min(took) < 9 * min(bases) + 0.02:
            return
    raise AssertionError(f"{took} for four times what takes {bases}")
