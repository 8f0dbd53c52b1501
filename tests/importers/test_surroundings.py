"""What a look shows around a text is no difference; what a text has lost is one."""

from __future__ import annotations

import pytest

from generator.importers.comparison.pages import Pages, compare

NEW = (
    "<!doctype html><title>A text</title><main><article><h1>A text</h1><div class=body>"
    "<p>First of all.</p><ul><li>one</li></ul><p>Last of all.</p></div></article></main>"
)
TEXT = "<p>First of all.</p><ul><li>one</li></ul><p>Last of all.</p>"


def differences(old: str) -> list[tuple[str, str]]:
    page = f"<!doctype html><title>A text</title><body><main>{old}</main>"
    old_pages = Pages(files={"a/index.html": page.encode()})
    new = Pages(files={"a/index.html": NEW.encode()}, texts=frozenset({"/a/"}))
    return [(one.aspect, one.old) for one in compare(old_pages, new).differences]


@pytest.mark.parametrize(
    "old",
    [
        TEXT,
        f"<h1>A text</h1>{TEXT}",
        f"<my-wrapper><h1>A text</h1><ul class=post-metadata><li>Monday</li></ul>{TEXT}"
        "<hr><ul class=links-nextprev><li><a href=/b/>Another</a></li></ul></my-wrapper>",
        f"<header><p>By Ada</p></header>{TEXT}<footer><p>All rights.</p></footer>",
        f"<div class=entry><footer class=post-info><p>By Ada</p></footer>{TEXT}</div>",
    ],
)
def test_a_look_is_no_difference(old: str) -> None:
    assert differences(old) == []


@pytest.mark.parametrize(
    ("old", "lost"),
    [
        (f"<h1>A text</h1><p>A lost beginning.</p>{TEXT}", ("text", "A lost beginning.")),
        (f"{TEXT}<p>A lost end.</p>", ("text", "A lost end.")),
        (f"{TEXT}<p><a href=/b/>A link at the end</a></p>", ("text", "A link at the end")),
        (f"<h2 id=x>Lost</h2>{TEXT}", ("text", "Lost")),
    ],
)
def test_what_a_text_has_lost_is_a_difference(old: str, lost: tuple[str, str]) -> None:
    assert lost in differences(old)
