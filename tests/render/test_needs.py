"""What a text needs of styles and scripts is decided by its elements, not by what it says."""

from __future__ import annotations

import html as html_text

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.render.views import NO_NEEDS, Needs, all_needs, needs_of

ELEMENTS = {
    '<div class="highlight"><pre>x</pre></div>': Needs(code=True),
    '<div id="a" class="highlight named">': Needs(code=True),
    "<math><mi>x</mi></math>": Needs(math=True),
    '<p><img src="a.png" alt="a > b" data-tone="1.2.3"></p>': Needs(pictures=True),
    '<a href="/a.png" class="zoom"><img src="a.png"></a>': Needs(pictures=True, zoom=True),
    "<tidepost-counter data-mode='views'></tidepost-counter>": Needs(counter=True),
    '<form class="form" data-tidepost-contact method="post">': Needs(contact=True),
    '<table id="t"><tr><td>x</td></tr></table>': Needs(tables=True),
    '<video src="a.mp4" controls></video>': Needs(video=True),
    "<p>Nothing.</p>": NO_NEEDS,
}


@pytest.mark.parametrize(("html", "needs"), ELEMENTS.items())
def test_an_element_is_needed_for(html: str, needs: Needs) -> None:
    assert needs_of(f"<p>Before.</p>\n{html}\n<p>After.</p>") == needs


@pytest.mark.parametrize("html", ELEMENTS)
def test_a_text_that_speaks_of_an_element_needs_nothing(html: str) -> None:
    for said in (html_text.escape(html), html_text.escape(html, quote=False)):
        assert needs_of(f"<p><code>{said}</code> {said}</p>") == NO_NEEDS
    inside = html.partition("<")[2].partition(">")[0].replace("<", "&lt;")
    assert needs_of(f"<p>{inside}</p>") == NO_NEEDS


@given(st.lists(st.sampled_from(list(ELEMENTS))))
def test_texts_together_need_what_each_of_them_does(parts: list[str]) -> None:
    assert all_needs(map(needs_of, parts)) == needs_of("\n".join(parts))
