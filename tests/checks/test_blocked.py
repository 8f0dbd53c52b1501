"""What a report about blocked styles says to write instead."""

from __future__ import annotations

from generator.checks.blocked import Judge, as_classes
from generator.checks.page.facts import Inline
from generator.config.settings import SiteConfig


def test_a_warning_names_the_classes_that_say_the_same() -> None:
    gold = "text-align:center;font-weight:bold;font-size:70%;color:gold;"
    assert as_classes(gold) == (
        'write `class="text-center color-yellow"` instead; `font-weight: bold; font-size: 70%`'
        " goes into a file in static/css/"
    )
    assert as_classes("float: left") == 'write `class="float-left"` instead'
    assert as_classes("font-weight: bold").startswith("give the element a class")


def test_the_same_style_on_many_lines_is_one_problem() -> None:
    judge = Judge("default-src 'self'", SiteConfig(title="t", url="https://example.org"))
    inline = [Inline("style-src-attr", line, "color: red", ("sha256-x",)) for line in (2, 5, 5, 9)]
    inline.append(Inline("style-src-attr", 7, "color: blue", ("sha256-y",)))
    found = judge.of_page("a/index.html", (), inline)
    assert [(each.line, each.also) for each in found] == [(2, (5, 9)), (7, ())]
