"""Formulas: what is one, what becomes of it, and what is told of those that cannot be read."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup

from generator.config import MarkdownSettings
from generator.formulas import FormulaError, mathml
from generator.markup import Converter, make_converter
from tests.core.test_finishing import html
from tests.helpers.sites import PROJECT, built, page, post, told


def converter(*, math: bool = True) -> Converter:
    settings = MarkdownSettings(math=math)
    return make_converter(settings, lambda *_: "")


CONVERTER = converter()


def converted(text: str) -> BeautifulSoup:
    return BeautifulSoup(html(CONVERTER(text).body), "html.parser")


GOOD = [
    r"x^2",
    r"\frac{a}{b}",
    r"\sum_{i=0}^{n} i^2 = \frac{n(n+1)(2n+1)}{6}",
    r"\int_0^\infty e^{-x^2}\,dx",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    r"\begin{aligned} a &= b \\ &= c \end{aligned}",
    r"\begin{cases} x & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}",
    r"\left( \frac{1}{2} \right)",
    r"a < b \le c \neq d",
    r"\text{ab}",
    r"\{a\}",
]


@pytest.mark.parametrize("tex", GOOD)
def test_formulas_become_mathml(tex: str) -> None:
    made = mathml(tex, display=True)
    assert ET.fromstring(made).attrib == {"display": "block"}
    assert "\\" not in made
    assert "style=" not in made.replace("displaystyle=", "")


def test_an_upright_letter_stays_upright() -> None:
    assert '<mi mathvariant="normal">&#x00064;</mi><mi>x</mi>' in mathml(
        r"\mathrm{d}x", display=False
    )


BAD = {
    r"\foo x": r"`\foo` is not known",
    r"\frac{a": "a { without its }",
    r"a}": "a } without its {",
    r"\frac{a}": "a command without all that belongs to it",
    r"a_": "a ^ or _ with nothing behind it",
    r"\left( x": r"a \left without its \right",
    r"\begin{matrix} a": r"a \begin without its \end",
    r"x^2^3": "two superscripts in a row",
    r"a & b": "a & that stands in no table",
    r"a \\ b": r"a \\ that stands in no table: put it into `aligned`",
    r"\href{javascript:alert(1)}{x}": "`href` cannot be set in a formula",
    r"\style{color:red}{x}": "`style` cannot be set in a formula",
    r"\class{a}{x}": "`class` cannot be set in a formula",
    "": "something is missing at its end",
}


@pytest.mark.parametrize("tex", BAD)
def test_what_is_no_formula_is_told_apart(tex: str) -> None:
    with pytest.raises(FormulaError) as refused:
        mathml(tex, display=False)
    assert str(refused.value) == BAD[tex]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("a $x_1 < 2$ b", 1),
        ("($x$), $y$'s *$z$*", 3),
        (r"$a*b*c$ and $\{d\}_e$", 2),
        ("a $$x$$ b", 1),
        ("$$\na\n= b\n$$", 1),
        ("# A $x$\n\n| $a$ |\n|---|\n| $b$ |", 3),
        ("- $$z$$", 1),
        ("from $20 to $30", 0),
        ("20$-$30 dollars, $ x $", 0),
        (r"\$x$ and \$5", 0),
        ("`$x$`\n\n    $y$\n\n```\n$z$\n$$\nz\n$$\n```", 0),
        ("$$\na\n\nb\n$$", 0),
        ("a $x\n\ny$ b", 0),
    ],
)
def test_what_is_a_formula(text: str, formulas: int) -> None:
    soup = converted(text)
    assert len(soup.select("math")) == formulas
    if not formulas:
        plain = converter(math=False)(text)
        expected = BeautifulSoup(html(plain.body), "html.parser").get_text()
        assert soup.get_text() == expected.replace("\\$", "$")


def test_a_formula_on_lines_of_its_own_scrolls_by_itself() -> None:
    [box] = converted("$$\nx\n$$").find_all(True, recursive=False)
    assert (box.name, box["class"], box["tabindex"]) == ("div", ["math"], "0")
    assert box.math
    assert box.math["display"] == "block"


def test_without_the_setting_a_dollar_sign_is_nothing_special() -> None:
    assert "<math" not in html(converter(math=False)("$x$ $$y$$").body)


def test_a_mistake_is_told_with_its_line_and_its_source_is_shown() -> None:
    text = post("date: 2024-01-01", "Fine: $x$.\n\nBad: $\\foo$.\n\n$$\na_\n$$")
    settings = "counter: {enabled: false}\nmarkdown: {math: true}"
    result = built({"content/posts/a.md": text}, settings)
    assert told(result.problems) == [
        "content/posts/a.md:7: bad-math: the formula `\\foo`: `\\foo` is not known",
        "content/posts/a.md:10: bad-math: the formula `a_`: a ^ or _ with nothing behind it",
    ]
    assert "<code>\\foo</code>" in page(result, "posts/a/index.html")


def test_the_library_is_imported_only_for_a_formula() -> None:
    script = (
        "import sys\n"
        "from generator.config import MarkdownSettings\n"
        "from generator.markup import make_converter\n"
        "convert = make_converter(MarkdownSettings(math=True), lambda *_: '')\n"
        "convert('a price of $5'); assert 'latex2mathml' not in sys.modules\n"
        "convert('a $x$'); assert 'latex2mathml' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=True)
