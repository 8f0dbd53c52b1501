"""Diagrams: drawn at build, and told of where they cannot be."""

from __future__ import annotations

import sys
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup

from generator.config.content import MarkdownSettings
from generator.markdown.code.mermaid import drawn
from generator.markdown.convert import make_converter
from tests.support.markdown import html
from tests.support.sites import built, post, told

TEXT = """Before.

```mermaid
flowchart LR
    accTitle: How a "post" gets out
    A["Write & check"] --> B{Pass?}
```

After.
"""


def silent(*_: str) -> None:
    raise AssertionError("nothing is wrong with this diagram")


@pytest.fixture(scope="module")
def made() -> str:
    settings = MarkdownSettings(mermaid=True)
    return html(make_converter(settings, lambda *_: "")(TEXT).body)


def test_a_diagram_is_drawn_the_same_every_time(made: str) -> None:
    settings = MarkdownSettings(mermaid=True)
    assert html(make_converter(settings, lambda *_: "")(TEXT).body) == made
    assert len(BeautifulSoup(made, "html.parser").select("figure.diagram")) == 1


def test_a_diagram_is_an_image_with_a_size_and_words_and_its_source_below(
    made: str,
) -> None:
    soup = BeautifulSoup(made, "html.parser")
    [picture] = soup.select("figure.diagram > img")
    assert picture["alt"] == 'How a "post" gets out'
    svg = ET.fromstring(unquote(str(picture["src"]).removeprefix("data:image/svg+xml,")))
    assert svg.attrib["width"] == picture["width"]
    assert svg.attrib["height"] == picture["height"]
    assert int(str(picture["width"])) > int(str(picture["height"])) > 40
    words = "".join(svg.itertext())
    assert "Write" in words
    assert "Pass?" in words
    assert not svg.findall(".//{*}foreignObject")
    [source] = soup.select("figure.diagram > details code")
    assert source.get_text() == TEXT.partition("```mermaid\n")[2].partition("\n```")[0]
    assert not soup.select("[style], style")


def test_words_around_a_diagram_are_counted_and_its_drawing_is_not() -> None:
    settings = MarkdownSettings(mermaid=True)
    body = make_converter(settings, lambda *_: "")(TEXT)
    assert body.words < 30
    assert body.summary == "Before."


def test_a_diagram_that_cannot_be_drawn_is_told_with_its_line() -> None:
    text = post("date: 2024-01-01", "Text.\n\n```mermaid\nflowchart TD\n  A[open --> B\n```")
    settings = "counter: {enabled: false}\nmarkdown: {mermaid: true}"
    [line] = told(built({"content/posts/a.md": text}, settings).problems)
    assert line.startswith("content/posts/a.md:8: bad-diagram: Mermaid cannot draw this diagram: ")
    assert "Parse error on line" in line


def test_without_the_library_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mermaidx", None)
    faults: list[tuple[str, str, str]] = []
    made = drawn("graph TD\n A<B", lambda *fault: faults.append(fault))
    assert made == '<figure class="diagram"><pre><code>graph TD\n A&lt;B</code></pre></figure>'
    [(message, hint, needle)] = faults
    assert "not installed" in message
    assert hint.startswith("pip install mermaidx")
    assert needle == "graph TD"


def test_without_the_setting_a_fence_of_mermaid_is_code() -> None:
    settings = MarkdownSettings()
    soup = BeautifulSoup(html(make_converter(settings, lambda *_: "")(TEXT).body), "html.parser")
    assert soup.select(".highlight code")
    assert not soup.select("figure")


def test_a_diagram_without_a_title_is_called_by_its_kind() -> None:
    made = drawn('%% a remark\npie\n "Dinghy" : 3', silent)
    assert 'alt="pie"' in made
