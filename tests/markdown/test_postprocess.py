"""What a text's HTML is given for readers."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from markdown import markdown
from pymdownx.highlight import HighlightExtension

from generator.config.content import MarkdownSettings
from generator.markdown.convert import make_converter
from generator.markdown.postprocess import finish
from tests.support.markdown import html


def converted(text: str = "python-markdown", **settings: bool) -> BeautifulSoup:
    convert = make_converter(MarkdownSettings(**settings), lambda *_: "")  # type: ignore[arg-type]
    return BeautifulSoup(html(convert(text).body), "html.parser")


@pytest.mark.parametrize("text", ["", "<p>a</p>", "<pre>&lt;table&gt;</pre>", "<!-- <table> -->"])
def test_what_has_nothing_to_finish_stays(text: str) -> None:
    assert finish(text) == text


def test_a_table_stands_in_a_box_that_scrolls_and_has_a_name() -> None:
    soup = converted('| Force | *Knots* & "more" |\n|---|---|\n| 1 | 2 |')
    [box] = soup.select(".scroll")
    assert box["tabindex"] == "0"
    assert box["role"] == "group"
    assert box["aria-label"] == 'Force, Knots & "more"'
    assert [child.name for child in box.find_all(True, recursive=False)] == ["table"]


def test_a_caption_is_a_tables_name_and_only_the_outermost_table_scrolls() -> None:
    inner = "<table><tr><td>1</td></tr></table>"
    made = finish(f"<p>a</p><table class=x><caption>C <b>d</b></caption>{inner}</table>\n</table>z")
    assert made == (
        '<p>a</p><div class="scroll" role="group" aria-label="C d" tabindex="0">'
        f"<table class=x><caption>C <b>d</b></caption>{inner}</table></div>\n</table>z"
    )


def test_a_table_without_words_in_its_head_has_no_name() -> None:
    assert finish("<table><td>1</td></table>") == (
        '<div class="scroll" tabindex="0"><table><td>1</td></table></div>'
    )


def test_a_table_that_is_never_closed_loses_nothing() -> None:
    assert finish("<p>a</p><table><td>1</td>") == "<p>a</p><table><td>1</td>"


LINES = """```python linenums="3"
a
b
```

```python
plain
```

```text linenums="1" hl_lines="2"
c
d
```
"""


def test_each_numbered_line_has_an_address_of_its_own() -> None:
    soup = converted(LINES)
    numbers = soup.select("a.linenos")
    assert [number["id"] for number in numbers] == [
        "code-1-L3",
        "code-1-L4",
        "code-2-L1",
        "code-2-L2",
    ]
    for number in numbers:
        assert number["href"] == f"#{number['id']}"
        assert number["aria-label"] == number["data-linenos"]
        assert number["tabindex"] == "-1"
        assert number.get_text() == ""  # so that copying takes the code alone
    assert soup.select_one(".hll a#code-2-L2")


def test_the_setting_for_line_numbers_gives_every_block_addresses() -> None:
    soup = converted("```\na\n```\n\n    b\n", line_numbers=True)
    assert [number["id"] for number in soup.select("a.linenos")] == ["code-1-L1", "code-2-L1"]


def test_notes_and_their_places_say_what_they_are_to_those_who_listen() -> None:
    soup = converted("One.[^a] Two.[^a]\n\n[^a]: A note.")
    [notes] = soup.select(".footnote")
    assert notes["role"] == "doc-endnotes"
    references, back = soup.select(".footnote-ref"), soup.select(".footnote-backref")
    assert len(references) == len(back) == 2
    for link in references:
        assert link["role"] == "doc-noteref"
        assert soup.select(f"[id='{str(link['href'])[1:]}']")
    for link in back:
        assert link["role"] == "doc-backlink"
        assert link["aria-label"] == "Back to the text of note 1"
        assert soup.select(f"[id='{str(link['href'])[1:]}']")


def test_what_is_written_in_code_gets_no_role() -> None:
    soup = converted('a[^1] `<a class="footnote-ref" href="x">`\n\n[^1]: b')
    assert soup.code
    assert soup.code.get_text() == '<a class="footnote-ref" href="x">'


FENCES = {
    "a title": '```python title="a.py"\nx = "`b`"\n```',
    "numbers, marks": '```python linenums="3 2" hl_lines="1-2 4"\na\nb\nc\nd\n```',
    "braces": '```{ .python #own .more title="b" data-x="1" }\nz\n```',
    "no language": '``` title="out"\nz\n```',
    "tildes": '~~~python title="a"\nx\n\n```\n~~~',
    "shown in a fence": '````markdown\n```python title="tide.py" hl_lines="2"\n...\n```\n````',
    "in a list": '-   a\n\n    ```python title="a.py"\n    x = 1\n    ```',
    "in a quote": '> a\n>\n> ```python title="a.py"\n> x = 1\n> ```',
}


def stock(text: str) -> BeautifulSoup:
    """Return what pymdownx makes of a fence by itself."""
    highlighting = HighlightExtension(guess_lang=False, linenums_style="pymdownx-inline")
    html = markdown(text, extensions=[highlighting, "pymdownx.superfences"])
    return BeautifulSoup(html, "html.parser")


@pytest.mark.parametrize("name", FENCES)
def test_what_stands_behind_a_fences_language_is_read_as_pymdownx_reads_it(name: str) -> None:
    [ours], [theirs] = (made(FENCES[name]).select(".highlight") for made in (converted, stock))
    for number in ours.select("a.linenos"):
        number.attrs = {"class": number["class"], "data-linenos": f"{number['data-linenos']} "}
        number.name = "span"
    assert str(ours) == re.sub('linenos=" *(?=[0-9])', 'linenos="', str(theirs))


def test_what_cannot_be_read_behind_a_fence_does_no_harm() -> None:
    soup = converted('```python wrong="1"\nx\n```\n\na `b` ```py title="c"')
    assert soup.select_one(".highlight .n")
    assert '```py title="c"' in soup.get_text()
