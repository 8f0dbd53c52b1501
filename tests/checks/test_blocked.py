"""What a report about blocked styles says to write instead."""

from __future__ import annotations

from generator.checks.blocked import as_classes


def test_a_warning_names_the_classes_that_say_the_same() -> None:
    gold = "text-align:center;font-weight:bold;font-size:70%;color:gold;"
    assert as_classes(gold) == (
        'write `class="text-center color-yellow"` instead; `font-weight: bold; font-size: 70%`'
        " goes into a file in static/css/"
    )
    assert as_classes("float: left") == 'write `class="float-left"` instead'
    assert as_classes("font-weight: bold").startswith("give the element a class")
