"""Formulas in TeX's notation -> MathML, which browsers show without a script.

math-core does the work. It drops some of what a person writes without a word, and its recursion
ends the whole process where a formula is nested deeply enough: both are caught here. A formula is
right, or it is reported what is wrong with it, on which line, and what to write instead.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from generator.markdown.math.mathml_classes import StyleError, set_right, with_classes

if TYPE_CHECKING:
    from math_core import LatexToMathML

DISPLAY = re.compile(r"^ {0,3}\$\$(?!\$)((?:(?!\$\$|\n[ \t]*\n).)+?)\$\$[ \t]*$", re.M | re.S)
"""A formula on lines of its own, in Markdown."""

_TEX = r"(?:(?!\n[ \t]*\n)(?:\\.|[^$\\]))"
INLINE = rf"(?<![\\$])\$\$({_TEX}+?)\$\$|(?<![\\$\w])\$(?![\s$])({_TEX}+?)(?<!\s)\$(?![\w$])"
"""A formula within a line. The first sign stands before no space, the last behind none, and neither
touches a letter or a digit: `from $20 to $30` has none."""

LONGEST = 65_536
"""Characters of a formula. With it the stack below is enough for whatever one may hold."""

DEEPEST = 100
"""How deep the elements of a formula may lie in each other; HTML parsers end at 256 (libxml2) or
512 (Chromium)."""

_STACK = 256 << 20
"""Bytes. math-core 0.8 takes less than 2 KB of stack for each character, most for `{{{{`."""

_EXPANDED = 131_072
"""Characters that the expansion of a formula's own macros can come to."""

_NESTING = re.compile(r"[{\[^_]|\\[a-zA-Z]+")
_SHALLOW = 100
"""With no more signs than these that could nest, any stack is enough."""

_MACROS = {
    "dotsb": r"\cdots",
    "dotsc": r"\ldots",
    "dotsi": r"\cdots",
    "dotsm": r"\cdots",
    "dotso": r"\ldots",
    "hbox": r"\text{#1}",
    "mathnormal": "{#1}",
    "mbox": r"\text{#1}",
    "pmb": r"\boldsymbol{#1}",
    "smallsetminus": r"\setminus",
    "substack": r"\begin{subarray}{c}#1\end{subarray}",
}
"""What LaTeX and amsmath have, and math-core 0.8 has not."""

_BETTER = {
    "&ApplyFunction;": "\u2061",  # which XML does not know by its name
    # No font has an ASCII tilde that grows with what it stands over, and checkers complain of a
    # text that begins with a combining character.
    '<mo stretchy="true">~</mo></mover>': '<mo stretchy="true">\u02dc</mo></mover>',
    "<mo>~</mo></munder>": '<mo stretchy="true">\u02f7</mo></munder>',
    '<mo stretchy="true">\u0302</mo>': '<mo stretchy="true">\u02c6</mo>',
    '<mo stretchy="true">\u0332</mo></mover>': '<mo stretchy="true">\u203e</mo></mover>',
    '<mo stretchy="true">\u0332</mo></munder>': '<mo stretchy="true">\u02cd</mo></munder>',
    '<mo stretchy="false">\u20d7</mo>': '<mo class="math-vector" stretchy="false">\u2192</mo>',
    ">\u20db</mo>": ">...</mo>",
    ">\u20dc</mo>": ">....</mo>",
}
"""What math-core 0.8 writes, and what browsers show better."""

_SAME = {"split": "aligned", "smallmatrix": "subarray"}
"""Environments by those that look the same within a formula (amsmath's manual, section 3)."""

_ENVIRONMENT = re.compile(r"\\(begin|end)(\s*)\{(split|smallmatrix)\}")
_OPERATOR = re.compile(
    r"\\mathop\s*\{\s*\\(?:rm|mathrm|text|operatorname\*?)\s*\{?\s*([A-Za-z]+)\s*\}?\s*\}"
)
_LIMITS = re.compile(r'<msu\w+><mpadded class="math-close-left math-(?:close|thin)-right">')
_TAG = re.compile(r"(\\tag\*?\s*\{)")
_REFERENCE = re.compile(r"\\ref\s*\{")
_TEXT = re.compile(r"\\(text|textrm|mbox)\s*\{([^{}$]*)\$([^{}$]+)\$([^{}]*)\}")
_MOST_IN_TEXT = 20
_DEFINED = re.compile(r"\\newcommand\s*(\*?)\s*(?:\{\s*(\\[a-zA-Z]+)\s*\}|(\\[a-zA-Z]+))")
_DEFINING = re.compile(r"\\(?:(?:re)?newcommand|providecommand|[gx]?def|let)(?![a-zA-Z])")

_TOKEN = re.compile(
    r"\\(?P<row>\\|newline(?![a-zA-Z]))"
    r"|\\(?P<part>begin|end)\s*\{(?P<name>[^{}]*)\}"
    r"|\\(?P<left>left|right)(?![a-zA-Z])"
    r"|\\(?:text\w*|mbox|hbox)\s*\{[^{}]*\}"
    r"|(?P<stack>\\substack\s*\{)"
    r"|\\."
    r"|(?P<brace>[{}])"
    r"|(?P<comment>%[^\n]*)",
    re.DOTALL,
)
_MANY = 499
_SPACES = re.compile(r"(?:(?:~|\\(?:[ ,:;>!]|q?quad|\w*space)(?![a-zA-Z]))\s*){500}")
"""More than anybody means, and math-core 0.8 takes quadratic time for them."""

_ROWLESS = {"equation", "equation*", "\\left", "{"}
"""What may hold no rows: math-core drops the `\\\\` and sets all on one line."""

_ILLEGIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)
"""No characters of HTML (HTML Standard, section 13.2.3.5)."""

_MARK = "own-tag="
"""Tells an equation's own tag from a number, until it is out of math-core."""

_NUMBER = re.compile(
    r'(<mtd class="math-(?:side|edge) math-right)("[^>]*>)<mtext>\((?=\d+\)</mtext></mtd>)'
)
_ELEMENT = re.compile(r"<(/?)[^>]*?(/?)>")

_SAID = {
    r'Unknown command "(.*)"': "`{}` is not known",
    r'Unknown environment "(.*)"': r"`\begin{{{}}}` is not known",
    r'Unknown color "(.*)"': "there is no colour `{}`",
    r'Expected closing token "\}".*': "a {{ without its }}",
    r'Expected closing token "\]".*': "a [ without its ]",
    r'Expected closing token "\\right".*': r"a \left without its \right",
    r'Expected closing token "\\end.*': r"a \begin without its \end",
    r'Unmatched closing token: "\}"': "a }} without its {{",
    r'Unmatched closing token: "\\right"': r"a \right without its \left",
    r'Unmatched closing token: "\\end.*': r"a \end without its \begin",
    r"Expected argument.*": "a command, a ^ or a _ without all that belongs to it",
    r"Duplicate subscript or superscript": "two subscripts or two superscripts in a row",
    r"'\^' or '_' directly followed.*": "a ^ or a _ that is followed by another",
    r'Found "&", which.*': "a & that stands in no table",
    r'Found "(\\tag|\\label).*': "a {} that stands in no numbered equation",
    r'Found "\\h\[dash\]line", which.*': r"an \hline that does not begin a row of a table",
    r'There must be a parenthesis after "(.*)", but.*': "no bracket behind {}",
    r"Expected non-special ASCII.*": "a tag, name or colour of more than ASCII letters and digits",
    r"Invalid parameter number.*": r"a # that no digit follows; colours have names",
    r"Too many expansions.*": "a command of its own that holds itself, or is used too often",
    r"Math mode within text mode.*": r"a formula within \text that has braces",
    r"More than one infix.*|Found more than one infix.*": r"two \over or \choose in one group",
    r"Macro parameter found outside.*": r"a # outside of a \newcommand; the sign itself is \#",
}
"""math-core's words, and ours: they name what stands in the formula."""

_CHEMISTRY = r"write chemistry with \mathrm: `\mathrm{H_2O}`"
WAYS_OUT = {
    "`\\ce` is": _CHEMISTRY,
    "`\\pu` is": _CHEMISTRY,
    "`\\href` is": "put the whole formula into a link of Markdown: `[$x$](https://example.org)`",
    "`\\url` is": "put the address behind the formula, as Markdown has it",
    "`\\colorbox` is": r"`\boxed` draws a frame, `\textcolor` gives a colour",
    "`\\fcolorbox` is": r"`\boxed` draws a frame, `\textcolor` gives a colour",
    "`\\DeclareMathOperator` is": r"write `\operatorname{name}`, or `\newcommand`",
    "there is no colour": r"colours have names, as in `\textcolor{red}{x}`",
    "a \\tag that": r"write it into `$$...$$`, or into `\begin{equation}...\end{equation}`",
    "a \\label that": r"write it into `$$...$$`, or into `\begin{equation}...\end{equation}`",
    "a \\\\ that": r"put the lines into `\begin{aligned}...\end{aligned}`",
    "a % that": r"the sign itself is written `\%`",
    "a & that": r"the sign itself is written `\&`",
    "a formula within \\text": r"end the \text before the formula, and begin another behind it",
    "a \\mathop with": r"write `\operatorname*{name}`, or `\underset{below}{what}`",
    "it is nested": "split it into several",
    "it is longer": "split it into several",
    "a command of its own": r"what \newcommand makes must not hold itself",
}
_HINT = "docs/writing.md describes what formulas may hold; a price is written as `\\$5`"
_MACRO_HINT = r"what \newcommand makes holds in its own formula; " + _HINT

_SHOWN = 80
"""Characters of a formula that a message quotes."""

Fault = Callable[[str, str, str], None]
"""Called with what is wrong, the way out, and the formula as far as the end of the wrong line."""


class FormulaError(Exception):
    """What is wrong with a formula, and on which of its lines, counted from 0."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def mathml(tex: str, *, display: bool) -> str:
    """Return a formula as MathML. Raises FormulaError."""
    _check(tex)
    tex = _TAG.sub(rf"\1{_MARK}", tex)
    tex = _REFERENCE.sub(r"\\eqref{ref=", tex)
    tex = _ENVIRONMENT.sub(_same, tex)
    tex = _OPERATOR.sub(r"\\operatorname*{\1}", tex)
    try:
        made = _made(tex, display)
        if (deep := _depth(made)) > DEEPEST:
            raise FormulaError(f"it is nested {deep} deep, more than {DEEPEST}")
        for theirs, better in _BETTER.items():
            made = made.replace(theirs, better)
        made = set_right(with_classes(made))
    except StyleError as error:
        raise FormulaError(str(error)) from None
    if display and _LIMITS.search(made):
        raise FormulaError(r"a \mathop with limits, which would stand beside it")
    return _NUMBER.sub(r"\1 math-number\2<mtext>(", made).replace(_MARK, "")


def _check(tex: str) -> None:
    """Refuse what math-core would drop or trip over."""
    if len(tex) > LONGEST:
        raise FormulaError(f"it is longer than {LONGEST} characters")
    if not tex.strip():
        raise FormulaError("it is empty")
    if found := _ILLEGIBLE.search(tex):
        code = f"U+{ord(found[0]):04X}"
        raise FormulaError(f"the character {code}, which no page can show", _line(tex, found))
    if len(tex) > _MANY and (found := _SPACES.search(tex)):
        raise FormulaError("500 spaces in a row", _line(tex, found))
    if "\\\\" not in tex and "%" not in tex and "\\newline" not in tex:
        return
    within: list[str] = []
    own = _DEFINING.search(tex)
    for found in _TOKEN.finditer(tex):
        opens = found["part"] == "begin" or found["left"] == "left" or found["brace"] == "{"
        if opens or found["stack"]:
            within.append(found["name"] or ("stack" if found["stack"] else found[0]))
        elif found["part"] or found["left"] or found["brace"]:
            del within[-1:]
        elif row := found["row"]:
            # A macro's body may well end a row of the table that it is used in.
            if row != "\\" or not within or (within[-1] in _ROWLESS and not own):
                raise FormulaError(f"a {found[0]} that stands in no table", _line(tex, found))
        elif comment := found["comment"]:
            _check_comment(tex, found.start(), comment[1:])


def _check_comment(tex: str, start: int, words: str) -> None:
    """Let comments pass that TeX's custom knows: on lines of their own, or behind a blank."""
    before = tex[max(0, start - 1) : start]
    last = "\n" not in tex[start:].rstrip()
    if before.isdigit() or (words.strip() and (last or (before and not before.isspace()))):
        message = "a % that begins a comment, so that what follows is left out"
        raise FormulaError(message, tex.count("\n", 0, start))


def _line(tex: str, found: re.Match[str]) -> int:
    return tex.count("\n", 0, found.start())


def _same(found: re.Match[str]) -> str:
    columns = "{c}" if (found[1], found[3]) == ("begin", "smallmatrix") else ""
    return rf"\{found[1]}{found[2]}{{{_SAME[found[3]]}}}{columns}"


def _made(tex: str, display: bool) -> str:
    """Convert a formula, in other words where these are math-core's and not TeX's limits."""
    for _ in range(4):
        try:
            return _on_a_stack(tex, display)
        except FormulaError as error:
            said = str(error)
            if said.startswith("a formula within \\text"):
                other = _without_inner_formulas(tex)
            elif display and said.startswith(("a \\tag that", "a \\label that")):
                other = rf"\begin{{equation}}{tex}\end{{equation}}"
            elif said == "this command is already defined":
                # \v is an accent in LaTeX's text, \R nothing at all: both are free in a formula.
                other = _DEFINED.sub(_defined_anew, tex)
            else:
                raise
            if other == tex:
                raise
            tex = other
    return _on_a_stack(tex, display)


def _without_inner_formulas(tex: str) -> str:
    r"""Return the TeX with each `\text{a $x$ b}` as words, formula and words."""
    for _ in range(_MOST_IN_TEXT):
        other = _TEXT.sub(r"{\\\1{\2}{\3}\\\1{\4}}", tex)
        if other == tex:
            break
        tex = other
    return tex


def _defined_anew(found: re.Match[str]) -> str:
    name = found[2] or found[3]
    return rf"\providecommand{{{name}}}{{}}\renewcommand{found[1]}{{{name}}}"


def _on_a_stack(tex: str, display: bool) -> str:
    """Convert a formula where there is room for its depth: a stack overflow ends the process."""
    own = len(_DEFINING.findall(tex))
    if not own and sum(1 for _ in _NESTING.finditer(tex)) <= _SHALLOW:
        return _converted(tex, display, 0)
    result: list[str | Exception] = []

    def convert() -> None:
        try:
            result.append(_converted(tex, display, own))
        except Exception as error:  # noqa: BLE001 (raised again by the thread that waits)
            result.append(error)

    before = threading.stack_size(_STACK)
    try:
        thread = threading.Thread(target=convert)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    [made] = result
    if isinstance(made, Exception):
        raise made
    return made


def _converted(tex: str, display: bool, own: int) -> str:
    from math_core import LatexError

    expansions = max(16, _EXPANDED // len(tex)) if own else 1000
    try:
        return _converter(min(1000, expansions)).convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        place, _, said = str(error).partition(": ")
        line = tex.count("\n", 0, int(place)) if place.isdigit() else 0
        raise FormulaError(_in_our_words(said), line) from None


@cache
def _converter(expansions: int) -> LatexToMathML:
    from math_core import LatexToMathML

    return LatexToMathML(
        macros=_MACROS,
        fancy_error=False,
        max_expansions=expansions,
        # \widetilde and its like: browsers differ without a font that has them, and one is shipped.
        allow_unreliable_rendering=True,
        id_prefix="eq-",
    )


def _in_our_words(said: str) -> str:
    said = said.strip().removesuffix(".")
    for theirs, ours in _SAID.items():
        if found := re.fullmatch(theirs, said, re.DOTALL):
            return ours.format(*found.groups())
    return said[:1].lower() + said[1:].replace('"', "`")


def _depth(made: str) -> int:
    depth = deepest = 0
    for found in _ELEMENT.finditer(made):
        depth += -1 if found[1] else 0 if found[2] else 1
        deepest = max(deepest, depth)
    return deepest


def shown(tex: str, fault: Fault, *, display: bool, alone: bool = False) -> str:
    """Return a formula's HTML, or its source as code where it is wrong, and report that.

    `alone`: it stands on lines of its own, in a box that scrolls where it is wider than a phone.
    """
    try:
        html = mathml(tex, display=display)
    except FormulaError as error:
        wrong = "\n".join(tex.split("\n")[: error.line + 1]).strip()
        fault(f"the formula `{_shortened(tex)}`: {error}", _way_out(str(error)), wrong)
        source = _ILLEGIBLE.sub("\ufffd", tex.strip())
        html = f"<code>{escape(source, quote=False)}</code>"
    if alone:
        return f'<div class="math" tabindex="0">{html}</div>'
    return f'<span class="math">{html}</span>'


def _shortened(tex: str) -> str:
    words = " ".join(tex.split())
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN].rstrip()} …"


def _way_out(message: str) -> str:
    for begins, hint in WAYS_OUT.items():
        if message.startswith(begins):
            return hint
    return _MACRO_HINT if message.startswith("`\\") else _HINT
