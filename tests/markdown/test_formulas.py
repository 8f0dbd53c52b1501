"""Formulas: what is one, what becomes of it, and what is told of those that cannot be read."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import lxml.html
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.config.content import MarkdownSettings
from generator.markdown.convert import Converter, make_converter
from generator.markdown.math.equations import numbered
from generator.markdown.math.formulas import LONGEST, WAYS_OUT, FormulaError, mathml, shown
from generator.markdown.math.mathml_classes import BACK, CLASSES
from tests.support.effort import cpu_seconds
from tests.support.markdown import html
from tests.support.sites import PROJECT, built, minimal_templates, page, post, told


def refusal(tex: str, *, display: bool = True) -> FormulaError:
    with pytest.raises(FormulaError) as refused:
        mathml(tex, display=display)
    return refused.value


def converter(*, math: bool = True) -> Converter:
    wanted = MarkdownSettings(math=math)
    return make_converter(wanted, lambda *_: "")


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
    r"\begin{align} a &= b \\ c &= d \end{align}",
    r"\begin{split} a &= b \\ &= c \end{split}",
    r"\bigl(\begin{smallmatrix} a & b \\ c & d \end{smallmatrix}\bigr)",
    r"\begin{cases} x & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}",
    r"\left( \frac{1}{2} \right)",
    r"a < b \le c \neq d",
    r"\text{ab} \text{if $x > 0$ and $y$}",
    r"\{a\} \% \$",
    r"\sum_{\substack{i \\ j}} x_{ij}",
    r"\widetilde{abc} \widehat{abc} \overbrace{a + b}^n",
    r"\cfrac{1}{2 + \cfrac{1}{x}} \prescript{14}{6}{C}",
    r"\text{\textbf{a}} \text{größe} 日本",
    "% a remark\na % another\n+ b",
]
CLASSED = [
    r"\mathop{\rm foo}_{x} \boxed{a} \cancel{b} \xcancel{c} \textsc{d} \cramped{x^2}",
    r"a\!b \hspace{-3pt} \kern-1ex c \hspace{5pt} \mathop{a} \mathbin{b} \mathrel{c}",
    r"\begin{array}{|l||r:c|} \hline a & b & c \\ \hdashline d \\ \hline \end{array}",
    r"\begin{multline} a \\ b \\ c \end{multline} \textcolor{red}{x}",
    r"\begin{align} a & b & c \label{x} \\ d \end{align} \eqref{x}",
    r"\begin{array}{:c} \hdashline a \\ \hline b \\ \hdashline \end{array} \cfrac12",
    *(rf"\text{{{size} a}}" for size in (r"\tiny", r"\small", r"\large", r"\Huge")),
]


@pytest.mark.parametrize("tex", [*GOOD, *CLASSED])
def test_formulas_become_mathml_without_styles(tex: str) -> None:
    made = mathml(tex, display=True)
    assert ET.fromstring(made).attrib == {"display": "block"}
    assert "\\" not in made
    assert " style=" not in made
    assert mathml(tex, display=False).startswith("<math>")


SHOWN = {
    r"\mathbf{v} + \boldsymbol{\alpha} + \bm{x}": "<mi>𝐯</mi>|<mi>𝜶</mi>|<mi>𝒙</mi>",
    r"\vec{v}": '<mo class="math-vector" stretchy="false">→</mo>',
    r"\boxed{x}": '<menclose notation="box">',
    r"\cancel{x}": '<menclose notation="updiagonalstrike">',
    r"\begin{array}{c|c} a & b \\ \hline c & d \end{array}": "math-line-right|math-line-top",
    r"\sin x": 'rspace="0.1667em">sin</mo><mi>x</mi>',
    r"\lim_{x \to 0} f": '<munder><mo movablelimits="true" lspace="0" rspace="0.1667em">lim</mo>',
    r"\mathop{\mathrm{foo}}_x": '<munder><mo movablelimits="true" lspace="0" rspace="0">foo</mo>',
    r"a \sim b": "∼",
    r"\mathrm{d}x": '<mi mathvariant="normal">d</mi></mrow><mi>x</mi>',
    r"\mathbb{R} \mathfrak{g} \mathsf{T}": "ℝ|𝔤|𝖳",
    r"f' f''": "′|″",
    r"\dfrac12": '<mstyle displaystyle="true"><mfrac>',
    r"x^{\begin{matrix} a \end{matrix}}": '<mstyle scriptlevel="0"><mtable displaystyle="false">',
    r"\begin{matrix} a \end{matrix}": '<math display="block"><mtable displaystyle="false">',
    r"\binom{n}{k}": '<mfrac linethickness="0">',
    r"\textcolor{red}{x}": '<mrow mathcolor="#ff0000">',
    r"\newcommand{\R}{\mathbb{R}} \R": "<mi>ℝ</mi>",
    r"\newcommand\v[1]{\mathbf{#1}} \v{x}": "<mi>𝐱</mi>",
    r"\text{if $x>0$}": "<mtext>if\u00a0</mtext><mrow><mi>x</mi><mo>&gt;</mo>",
    r"x \tag{P}": "<mtext>(P)</mtext>",
    r"x \tag*{P}": "<mtext>P</mtext>",
    r"\widetilde{ab}": '<mo stretchy="true">˜</mo>',
    r"\begin{array}{|c|c|}\hline a & b \\ \hline\end{array}": "math-line-top math-line-bottom",
    r"\begin{array}{c|c} a & b \\ \hline c \end{array}": 'class="math-line-top"></mtd></mtr>',
    r"\hspace{-1em}": '<mspace class="math-back-24"></mspace>|<mspace class="math-back-12"/>',
    r"\text{<script>alert(1)</script>}": "&lt;script&gt;alert(1)&lt;/script&gt;",
}


@pytest.mark.parametrize("tex", SHOWN)
def test_what_is_meant_is_what_is_shown(tex: str) -> None:
    made = mathml(tex, display=True)
    if "back-24" in SHOWN[tex]:
        assert made.count("mspace") == 2  # 24 and 12 thirty-sixths of an em
        assert {"math-back-24", "math-back-12"} <= set(re.findall(r"math-back-\d+", made))
        return
    for part in SHOWN[tex].split("|"):
        assert part in made


BAD = {
    r"\foo x": r"`\foo` is not known",
    r"\frac{a": "a { without its }",
    r"a}": "a } without its {",
    r"\frac{a}": "a command, a ^ or a _ without all that belongs to it",
    r"a_": "a command, a ^ or a _ without all that belongs to it",
    r"\left( x": r"a \left without its \right",
    r"\right) x": r"a \right without its \left",
    r"\begin{matrix} a": r"a \begin without its \end",
    r"a \end{matrix}": r"a \end without its \begin",
    r"\begin{foo} a \end{foo}": r"`\begin{foo}` is not known",
    r"x^2^3": "two subscripts or two superscripts in a row",
    r"a & b": "a & that stands in no table",
    r"a \\ b": r"a \\ that stands in no table",
    r"\frac{a \\ b}{c}": r"a \\ that stands in no table",
    r"\left( a \\ b \right)": r"a \\ that stands in no table",
    r"\begin{equation} a \\ b \end{equation}": r"a \\ that stands in no table",
    r"a \newline b": r"a \newline that stands in no table",
    r"\href{javascript:alert(1)}{x}": r"`\href` is not known",
    r"\style{color:red}{x}": r"`\style` is not known",
    r"\class{a}{x}": r"`\class` is not known",
    r"\ce{H2O}": r"`\ce` is not known",
    r"\color{nocolour} x": "there is no colour `nocolour`",
    r"\mathop{foo}_x": r"a \mathop with limits, which would stand beside it",
    r"\hspace{-20em}": "a negative space of more than 10 em",
    r"\def\a{\sqrt{\a}}\a": "a command of its own that holds itself, or is used too often",
    "50% of x": "a % that begins a comment, so that what follows is left out",
    "a = 5%\n+ b": "a % that begins a comment, so that what follows is left out",
    "x\x01": "the character U+0001, which no page can show",
    "x\ufffe": "the character U+FFFE, which no page can show",
    "": "it is empty",
    " \n": "it is empty",
    r"a\, " * 600 + "~ " * 500: "500 spaces in a row",
    "x" * 70_000: "it is longer than 65536 characters",
    "{" * 3000 + "x" + "}" * 3000 + r"\frac{1}{" * 300 + "x" + "}" * 300: "it is nested 302 deep, "
    "more than 100",
}


@pytest.mark.parametrize("tex", BAD, ids=lambda tex: tex[:20])
def test_what_is_no_formula_is_told_apart(tex: str) -> None:
    with pytest.raises(FormulaError) as refused:
        mathml(tex, display=True)
    assert str(refused.value) == BAD[tex]


def test_each_way_out_belongs_to_a_message_that_there_is() -> None:
    messages = [*BAD.values(), *TOLD_BY_THE_LIBRARY]
    for begins in WAYS_OUT:
        assert any(message.startswith(begins) for message in messages), begins


TOLD_BY_THE_LIBRARY = [
    str(error)
    for tex in (
        *(rf"\{name}{{a}}{{b}}" for name in ("pu", "url", "colorbox", "fcolorbox")),
        r"\DeclareMathOperator{a}{b}",
        r"\text{a {$b$}}",
    )
    for error in [refusal(tex)]
] + [
    str(refusal(tex, display=False)) for tex in (r"x \tag{1}", r"x \label{a}")
]  # fmt: skip


def test_words_of_the_library_that_are_replaced_are_still_its_words() -> None:
    told = {*BAD.values(), *TOLD_BY_THE_LIBRARY}
    said = [r"a \left \foo", "x^_2", r"a \over b \over c", "#1", r"\sqrt[3", r"\operatorname{\a}"]
    told |= {str(refusal(tex)) for tex in [*said, r"\hline", r"\color{#f00} x"]}
    assert not {message for message in told if re.match(r"(expected|found|unknown|unm)", message)}


TEX = st.lists(
    st.sampled_from(
        [
            *[
                r"\frac",
                r"\sqrt",
                r"\left(",
                r"\right)",
                r"\begin{array}{|c|}",
                r"\end{array}",
                r"\begin{align}",
                r"\hline",
                r"\tag",
                r"\label",
                r"\eqref",
                r"\ref",
                r"\text",
                r"\textcolor{red}",
                r"\color{blue}",
                r"\def\a",
                r"\newcommand{\a}",
                r"\a",
                r"\!",
                r"\hspace{-1em}",
                r"\cancel",
                r"\mathop",
                r"\mathbb",
                r"\over",
                r"\limits_",
                r"\substack",
                r"\not",
                r"\%",
                r"\\",
                r"^",
                r"_",
                r"{",
                r"}",
                r"&",
                r"#",
                r"$",
                r"%",
                r"~",
                r"'",
                r"<",
                r">",
                r"\"",
                r"x",
                r"1",
                r"\,",
                r"\sum",
                r"\widehat",
                r"\operatorname",
                r"[",
                r"]",
                r"\middle|",
                r"\begin{cases}",
                r"\end{cases}",
                r"\end{align}",
                r"\right.",
                r"\hdashline",
                r"\newline",
                r"\style",
                r"\href",
                r"=",
            ],
            "\n",
            " ",
            "</math><script>alert(1)</script>",
            '" onload="x',
            "&amp;",
            "]]>",
            "<!--",
        ]
    )
    | st.text(max_size=4),
    max_size=14,
).map(" ".join)


@settings(max_examples=400, deadline=None)
@given(TEX, st.booleans(), st.booleans())
def test_whatever_is_written_the_html_stays_whole(tex: str, display: bool, alone: bool) -> None:
    told: list[str] = []
    made = shown(tex, lambda *said: told.extend(said[:1]), display=display, alone=alone)
    numbered_too = numbered(made, lambda *said: told.extend(said[:1]))
    for each in (made, numbered_too):
        root = ET.fromstring(each)
        assert (root[0].tag == "code") == ("<code>" in each[:45])
        assert told or root[0].tag == "math"
        read = lxml.html.fragment_fromstring(each)
        assert [e.tag for e in read.iter()] == [e.tag for e in root.iter()]
        assert {e.tag for e in root.iter()} <= ALLOWED
        assert {name for e in root.iter() for name in e.attrib} <= ATTRIBUTES
        assert {
            name
            for e in root.iter()
            for name in e.get("class", "").split()
            if name.startswith("math-") and not name.startswith("math-core-")
        } <= {f"math-{name}" for name in CLASSES} | {f"math-back-{n}" for n in BACK} | {
            "math-number", "math-line-bottom", "math-dash-bottom", "math-vector",
        }  # fmt: skip


ALLOWED = {
    "div",
    "span",
    "code",
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "mfrac",
    "msqrt",
    "mroot",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mstyle",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "mtable",
    "mtr",
    "mtd",
    "mpadded",
    "mphantom",
    "menclose",
    "a",
    "b",
    "i",
    "em",
    "s",
    "u",
}
ATTRIBUTES = {
    "class",
    "id",
    "tabindex",
    "display",
    "displaystyle",
    "scriptlevel",
    "mathvariant",
    "mathcolor",
    "stretchy",
    "symmetric",
    "largeop",
    "movablelimits",
    "form",
    "lspace",
    "rspace",
    "minsize",
    "maxsize",
    "fence",
    "separator",
    "width",
    "height",
    "depth",
    "voffset",
    "linethickness",
    "accent",
    "accentunder",
    "notation",
    "href",
}


@pytest.mark.parametrize(
    "piece",
    [
        "{", "x^{", r"\frac{1}{", r"\sqrt", r"\left(", r"\begin{matrix}", r"\sin ", r"\hat ", "[",
        r"\color{red}", r"\text{", "x+", r"\\", "%\n", "$", r"\not ", r"\substack{", r"\ref{",
        r"\newcommand{\a}{\a\a}\a", r"\def\a{{\a}}\a", r"\tag{", r"\text{a$b$}", "&",
        r"\mathop{\rm ", "(", "~", r"\!", r"\quad ", "{[}",
    ],
)  # fmt: skip
def test_a_formula_of_64_kb_takes_no_long_time_and_ends_no_process(piece: str) -> None:
    tex = piece * (LONGEST // len(piece))
    assert cpu_seconds(lambda: shown(tex, lambda *_: None, display=True), 2) < 2


def test_classes_have_rules_and_the_font_has_the_signs() -> None:
    css = (PROJECT / "static/css/math.css").read_text(encoding="utf-8")
    for name in [*CLASSES, *(f"back-{n}" for n in BACK), "line-bottom", "dash-bottom", "vector"]:
        assert re.search(rf"\.math-{name}\b", css), name
    assert "style=" not in css


def test_equations_are_counted_through_a_document() -> None:
    text = (
        "See $\\eqref{eq:b}$, $\\ref{t}$ and $\\eqref{eq:a}$.\n\n"
        "$$\n\\begin{align} a &= b \\label{eq:a} \\\\ c \\tag{T}\\label{t} \\end{align}\n$$\n\n"
        "$$x \\label{eq:b}$$\n\n$$\n\\begin{equation} y \\end{equation}\n$$\n"
    )
    soup = converted(text)
    cells = [cell.get_text() for cell in soup.select("mtd.math-side.math-right")]
    assert cells == ["(1)", "(T)", "(2)", "(3)"]
    links = {link["href"]: link.get_text() for link in soup.select("p > a")}
    assert links == {"#eq-eq:b": "(2)", "#eq-t": "T", "#eq-eq:a": "(1)"}
    assert all(soup.find(id=href[1:]) for href in links)


def test_references_that_lead_nowhere_and_labels_used_twice_are_told() -> None:
    body = (
        "See $\\eqref{no}$.\n\n$$a \\label{x}$$\n\n$$b \\label{x}$$\n\n"
        "$$\\label{a b} x$$\n\n$\\ref{a b}$"
    )
    result = built({"content/posts/a.md": post("date: 2024-01-01", body)}, site())
    assert told(result.problems) == [
        "content/posts/a.md:5: bad-math: `\\eqref{no}` refers to no equation of this document",
        "content/posts/a.md:7: bad-math: two equations have the label `x`",
    ]
    html = page(result, "posts/a/index.html")
    assert html.count('id="eq-x"') == 1
    assert 'href="#eq-a-b"' in html
    assert 'id="eq-a-b"' in html


def site() -> str:
    return "counter: {enabled: false}\nmarkdown: {math: true}"


def test_a_formula_of_several_lines_is_told_of_with_the_line_that_is_wrong() -> None:
    body = (
        "$$\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}\n$$\n\n"
        "$$\n\\begin{aligned}\na &= b \\\\\nc &= \\foo\n\\end{aligned}\n$$\n\n"
        "a_b costs $a_$.\n\nAnd $a +\n\\bar$.\n"
    )
    result = built({"content/posts/a.md": post("date: 2024-01-01", body)}, site())
    lines = [problem.line for problem in result.problems if problem.code == "bad-math"]
    assert sorted(lines) == [15, 19, 22]


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


def test_a_formula_in_a_quote_has_none_of_the_quotes_signs() -> None:
    soup = converted("> $$\n> x +\n>y\n> $$\n\n> Text $a\n> + b$")
    assert [math.get_text() for math in soup.select("blockquote math")] == ["x+y", "a+b"]


def test_a_formula_on_lines_of_its_own_scrolls_by_itself() -> None:
    [box] = converted("$$\nx\n$$").find_all(True, recursive=False)
    assert (box.name, box["class"], box["tabindex"]) == ("div", ["math"], "0")
    assert box.math
    assert box.math["display"] == "block"


def test_without_the_setting_a_dollar_sign_is_nothing_special() -> None:
    assert "<math" not in html(converter(math=False)("$x$ $$y$$").body)


def test_a_mistake_is_told_with_its_line_and_its_source_is_shown() -> None:
    text = post("date: 2024-01-01", "Fine: $x$.\n\nBad: $\\foo$.\n\n$$\na_\n$$")
    result = built({"content/posts/a.md": text}, site())
    assert told(result.problems) == [
        "content/posts/a.md:7: bad-math: the formula `\\foo`: `\\foo` is not known",
        "content/posts/a.md:10: bad-math: the formula `a_`: a command, a ^ or a _ without all that "
        "belongs to it",
    ]
    assert "<code>\\foo</code>" in page(result, "posts/a/index.html")


def test_the_library_is_imported_only_for_a_formula() -> None:
    script = (
        "import sys\n"
        "from generator.config.settings import MarkdownSettings\n"
        "from generator.markdown.convert import make_converter\n"
        "convert = make_converter(MarkdownSettings(math=True), lambda *_: '')\n"
        "convert('a price of $5'); assert 'math_core' not in sys.modules\n"
        "convert('a $x$'); assert 'math_core' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=True)


def test_only_pages_that_show_a_formula_load_what_formulas_need() -> None:
    body = "First $x$ and $\\eqref{e}$.\n\n$$x \\label{e}$$\n"
    files: dict[str, str | bytes] = {
        "content/posts/a.md": post("date: 2024-01-01", body, title="With"),
        "content/posts/b.md": post("date: 2024-01-02", "None.", title="Without"),
        "content/pages/c.md": post("", "None either.", title="Page"),
    }
    for file in (PROJECT / "static").rglob("*.*"):
        if "root" not in file.parts and "images" not in file.parts:
            files[file.relative_to(PROJECT).as_posix()] = file.read_bytes()
    templates = minimal_templates()
    for name in ("parts/head.html", "parts/load.html", "parts/math.html"):
        templates[name] = (PROJECT / "templates" / name).read_text("utf-8")
    templates["base.html"] = re.sub(
        "<head>.*?</head>",
        '<head>{% include "parts/head.html" %}{% include "parts/math.html" %}</head>',
        templates["base.html"],
        flags=re.DOTALL,
    )
    result = built(files, site(), templates=templates)
    assert not [problem for problem in result.problems if problem.code != "page-description"]
    for path, wanted in {"posts/a": True, "posts": True, "posts/b": False, "c": False}.items():
        html = page(result, f"{path}/index.html")
        assert ("/assets/css/math." in html) == wanted, path
    published = {artifact.path.rpartition(".")[0][:-12] for artifact in result.artifacts}
    assert {"assets/fonts/math.", "assets/fonts/math-more."} <= published
    listed = page(result, "posts/index.html")
    assert '<a href="/posts/a/#eq-e">(1)</a>' in listed
    for feed in ("feed.xml", "rss.xml", "feed.json"):
        assert "&lt;math" in page(result, feed) or "<math" in page(result, feed)
