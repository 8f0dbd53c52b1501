"""Style attributes of old texts become classes that the theme has, or are reported."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.core.styles import styled
from generator.importers.jekyll import site as jekyll
from generator.importers.lines import Line
from generator.importers.reporter import Reporter
from generator.importers.styles import set_styles
from generator.importers.wordpress import site as wordpress
from tests.importers.old_sites import TARGET, left, old_site, text_of
from tests.support.sites import PROJECT
from tests.support.wordpress import END, HEAD, item

CSS = (PROJECT / "static" / "css" / "site.css").read_text(encoding="utf-8")

STYLES = [
    ("text-align:center", "p", "text-center", 0),
    ("TEXT-ALIGN: Right !important;", "p", "text-right", 0),
    ("text-align: start", "td", "text-left", 0),
    ("float:left; float: right", "div", "float-right", 0),
    ("width: 48%", "div", "width-50", 0),
    ("width: 300px", "div", "width-50", 0),
    ("width: 300px; height: 200px", "img", "", 300),
    ("width: 20em", "video", "", 320),
    ("width:100%; max-width: 100%; height: auto", "img", "width-100", 0),
    ("margin: 0 auto; display: block", "img", "block-center", 0),
    ("margin-left: auto; margin-right:auto", "img", "block-center", 0),
    ("color: red", "span", "color-red", 0),
    ("color: #f60", "span", "color-orange", 0),
    ("color: goldenrod", "span", "color-yellow", 0),
    ("color: #ffd700", "span", "color-yellow", 0),
    ("color: rgb(0, 128, 0)", "span", "color-green", 0),
    ("color: darkcyan", "span", "color-teal", 0),
    ("color:#00F", "span", "color-blue", 0),
    ("color: hsl(280, 60%, 50%)", "span", "color-purple", 0),
    ("color: hotpink", "span", "color-pink", 0),
    ("color: #888", "span", "color-gray", 0),
    ("color: black; text-align: inherit; float: none", "p", "", 0),
]


@pytest.mark.parametrize(("style", "element", "classes", "width"), STYLES)
def test_a_style_becomes_classes(style: str, element: str, classes: str, width: int) -> None:
    made = styled(style, element)
    assert (" ".join(made.classes), made.width, made.lost) == (classes, width, ())


@pytest.mark.parametrize(
    "style",
    ["color: white", "color: var(--x)", "padding: 3px", "text-align: match-parent", "width: 3vw",
     "background: url(data:image/png;base64,x)", "height: 3px", "margin: 3px", "float: inline-end"],
)  # fmt: skip
def test_what_has_no_class_is_reported(style: str) -> None:
    assert styled(style, "div").lost == (style,)
    assert styled(style, "div").classes == ()


def test_the_theme_has_each_class() -> None:
    made = {one for style, element, _, _ in STYLES for one in styled(style, element).classes}
    made |= {styled(f"width: {percent}%", "p").classes[0] for percent in range(1, 100)}
    made |= {"float-left", "text-justify"}
    for name in made:
        assert re.search(rf"^\.{name} {{", CSS, re.MULTILINE), name


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_can_be_read_in_both_schemes() -> None:
    pairs = r"light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)"
    grounds = [re.search(rf"--{name}: {pairs}", CSS) for name in ("paper", "raised")]
    found = re.findall(rf"^\.color-(\w+) {{ color: (#\w+); color: {pairs}; }}", CSS, re.MULTILINE)
    assert len(found) == 9
    for name, plain, light, dark in found:
        assert plain == light, name
        for ground in grounds:
            assert ground is not None
            assert contrast(light, ground[1]) >= 4.5, name
            assert contrast(dark, ground[2]) >= 4.5, name


MARKDOWN = """\
<p style="text-align:center; padding: 3px" class=old>C <span style='color: #F00'>red</span></p>

![a](/a.png){: style="float:right; width: 300px" .x }

A paragraph.
{: style="text-align: right" }

`<p style="x">` and \\<p style="y">

    <p style="code">

<div style="width:50%;
 margin: 0 auto"
 id=b><img src="/a.png" style="width:200px;height:100px"></div>

<pre style="color:navy"><i style="color:#999">x</i></pre>

<!-- <p style="color:red"> -->
"""

CHANGED = """\
<p class="old text-center">C <span class="color-red">red</span></p>


![a](/a.png){: .x .float-right width="300"}

A paragraph.
{: .text-right}

`<p style="x">` and \\<p style="y">

    <p style="code">

<div class="width-50 block-center"
 id=b><img src="/a.png" width="200"></div>


<pre class="color-blue"><i class="color-gray">x</i></pre>

<!-- <p style="color:red"> -->
"""


def test_styles_of_a_text_become_classes() -> None:
    files = {
        "_config.yml": "title: T\nurl: https://a.example\n", "a.png": b"x",
        "_posts/2020-01-02-a.md": f"---\ntitle: A\n---\n{MARKDOWN}",
    }  # fmt: skip
    made = jekyll.convert(old_site(files), "x", TARGET)
    assert text_of(made, "content/posts/2020-01-02-a.md").split("---\n", 2)[2] == CHANGED
    assert left(made) == ["4: the style `padding: 3px` is left out"]
    told = [one.message for one in made.report.entries if one.kind == "changed"]
    assert "the style `color: navy` became the class `color-blue`" in told


def test_styles_of_wordpress_become_classes() -> None:
    content = (
        '<p style="text-align: center;">One <span style="color: #ff0000;">two</span></p>\n'
        '<h3 style="text-align: right" id="x">Three</h3>\n'
        '<p class="has-text-align-right has-vivid-red-color">Four</p>\n'
        '<p><img class="alignright" src="https://b.example/a.png" alt="A" style="width: 90px">'
        "</p>\n"
        '<dl style="float: left; border: 1px solid"><dt>a</dt></dl>'
    )
    raw = (HEAD + item(content, wp__post_name="a") + END).encode()
    made = wordpress.convert(lambda: io.BytesIO(raw), "e.xml", old_site({}), TARGET)
    [path] = [one.path for one in made.files if one.path.startswith("content/")]
    text = text_of(made, path)
    assert 'One <span class="color-red">two</span>\n{.text-center}' in text
    assert "Three {#x .text-right}" in text
    assert "Four\n{.text-right .color-red}" in text
    assert '![A](https://b.example/a.png){.float-right width="90"}' in text
    assert '<dl class="float-left">' in text
    assert any("the style `border: 1px solid` is left out" in one for one in left(made))


@given(st.text(alphabet="<>=\"'{}:; \n`-stylepabc()", max_size=80))
def test_a_text_keeps_its_lines(text: str) -> None:
    lines = [Line(one, number) for number, one in enumerate(f"<p style='a:b'>{text}".split("\n"))]
    made = set_styles(lines, Reporter(), "x.md")
    sources = [one.source for one in made]
    assert sources == sorted(sources)
    assert sources[0] == 0
    assert not any(one.text.strip() == "" for one in made) or "\n" in text
