"""What Markdown becomes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.config.content import MarkdownSettings
from generator.markdown import commonmark, reading
from generator.markdown.convert import (
    _PLAIN_SIGNS,
    _WORD,
    Fragment,
    RenderedBody,
    count_words,
    make_converter,
    split_references,
)
from generator.markdown.shortcodes import ShortcodeError, parse_arguments


def shortcode(name: str, arguments: dict[str, Any], body: str | None) -> str:
    if name == "unknown":
        raise ShortcodeError("unknown-shortcode", "there is no such shortcode", "known: x")
    shown = "".join(f" {key}={value!r}" for key, value in arguments.items())
    if body is None:
        return f"<b>{name}{shown}</b>"
    return f'<div class="{name}"{shown}>{body}</div>'


def convert(text: str, **settings: Any) -> RenderedBody:
    return make_converter(MarkdownSettings(**settings), shortcode)(text)


def joined(fragment: Fragment) -> str:
    """Return a fragment's HTML with its addresses as they were written."""
    parts: list[str] = []
    for piece, reference in zip(fragment.pieces, fragment.references, strict=False):
        parts += (piece, f'"{reference.target}"')
    return "".join([*parts, fragment.pieces[-1]])


def html(text: str, **settings: Any) -> str:
    return joined(convert(text, **settings).body)


def excerpt(text: str) -> str:
    return joined(convert(text).excerpt)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>"),
        ("~~gone~~ and H~2~O", "<p><del>gone</del> and H~2~O</p>"),
        (r"5 \* 3 \_x\_ \# 1\. \~\~", "<p>5 * 3 _x_ # 1. ~~</p>"),
        ('"quoted" -- it\'s...', '<p>"quoted" -- it\'s...</p>'),
        ("a  \nb", "<p>a<br>\nb</p>"),
        ("* one\n* two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("3. one\n4. two", '<ol start="3">\n<li>one</li>\n<li>two</li>\n</ol>'),
        ("Term\n:   Meaning", "<dl>\n<dt>Term</dt>\n<dd>Meaning</dd>\n</dl>"),
        (
            "The HTML.\n\n*[HTML]: Markup",
            '<p>The <abbr title="Markup">HTML</abbr>.</p>',
        ),
        ("Text\n{: .big #here}", '<p class="big" id="here">Text</p>'),
        ("## Title {#own}", '<h2 id="own">Title</h2>'),
        ("## Grüße, Welt!", '<h2 id="grüße-welt">Grüße, Welt!</h2>'),
        ("## 🎉", '<h2 id="section">🎉</h2>'),
        ("## A\n\n## A", '<h2 id="a">A</h2>\n<h2 id="a_1">A</h2>'),
        ("# One\n\n#### Four", '<h1 id="one">One</h1>\n<h4 id="four">Four</h4>'),
        (
            "!!! note\n    Careful.",
            '<div class="admonition note">\n<p class="admonition-title">Note</p>\n'
            "<p>Careful.</p>\n</div>",
        ),
        (
            "- [x] done\n- [ ] open",
            '<ul class="task-list">\n<li class="task-list-item">'
            '<input type="checkbox" disabled checked aria-label="done"> done</li>\n'
            '<li class="task-list-item">'
            '<input type="checkbox" disabled aria-label="to do"> open</li>\n</ul>',
        ),
        (
            '<div markdown="1">\n*in* a block\n</div>',
            "<div>\n<p><em>in</em> a block</p>\n</div>",
        ),
        ("<div>\n*as* it is\n</div>", "<div>\n*as* it is\n</div>"),
        ("A <span>*b*</span> c", "<p>A <span><em>b</em></span> c</p>"),
        ("1 < 2 & 3 > 2 &copy; &nosuch;", "<p>1 &lt; 2 &amp; 3 &gt; 2 © &amp;nosuch;</p>"),
    ],
)
def test_what_writers_expect(text: str, expected: str) -> None:
    assert html(text) == expected


def test_a_raw_figure_stays_as_it_was_written() -> None:
    figure = (
        "<figure class='wide'>\n  <img src=\"boat.jpg\"   alt='A *boat*'>\n"
        "  <figcaption>It is *not* [Markdown](x.md) here &amp; there.</figcaption>\n</figure>"
    )
    shown = figure.replace("   alt='A *boat*'", ' alt="A *boat*"')
    assert html(f"Before.\n\n{figure}\n\nAfter.") == f"<p>Before.</p>\n{shown}\n<p>After.</p>"


def pictures(text: str) -> list[tuple[str, str]]:
    """Return address and marks of a text's pictures."""
    return [(r.target, r.marks) for r in convert(text).body.references if r.sized]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("![a](b.png)", '<p><img alt="a" src="b.png"></p>'),
        (
            '![a](b.png "C & <d>")',
            '<figure>\n<img alt="a" src="b.png">\n<figcaption>C &amp; &lt;d&gt;</figcaption>\n'
            "</figure>",
        ),
        (
            "![a](b.png){credit='Ana \"x\"'}",
            '<figure>\n<img alt="a" src="b.png">\n<figcaption><small>Ana "x"</small></figcaption>\n'
            "</figure>",
        ),
        (
            '![a](b.png "C"){credit=Ana}',
            '<figure>\n<img alt="a" src="b.png">\n<figcaption>C <small>Ana</small></figcaption>\n'
            "</figure>",
        ),
        (
            "![a](b.png){.wide .own}",
            '<figure class="wide">\n<img alt="a" class="own" src="b.png">\n</figure>',
        ),
        ('![a](b.png "C") d', '<p><img alt="a" src="b.png" title="C"> d</p>'),
    ],
)
def test_a_picture_alone_becomes_a_figure(text: str, expected: str) -> None:
    assert html(text) == expected


def test_a_picture_alone_can_be_opened_in_full() -> None:
    assert pictures("![a](b.png)") == [("b.png", "zoom")]
    assert pictures('![a](b.png "c"){.wide}') == [("b.png", "zoom wide")]
    assert pictures("![a](b.png) c") == [("b.png", "")]
    assert pictures("[![a](b.png)](c.html)") == [("b.png", "")]
    assert pictures('<p><img src="b.png" alt=""></p>') == [("b.png", "zoom")]


def test_tables_are_aligned_by_class() -> None:
    table = html("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | `|` |")
    assert '<th class="align-left">a</th>' in table
    assert '<td class="align-center">2</td>' in table
    assert "style=" not in table


def test_code_with_title_numbers_and_marked_lines() -> None:
    code = html('```py title="a.py" linenums="3" hl_lines="2"\nx = 1\ny = 2\n```')
    assert '<span class="filename">a.py</span>' in code
    assert 'data-linenos="3"' in code
    assert '<span class="hll">' in code
    assert '<span class="n">x</span>' in code
    assert "data-linenos" in html("```py\nx\n```", line_numbers=True)
    assert "data-linenos" not in html("```py\nx\n```")


def test_code_of_no_language_is_left_plain() -> None:
    assert "<span class=" not in html("```\nif x: pass\n```")
    assert "&lt;b&gt;" in html("```nosuchlanguage\n<b>\n```")


def test_smart_punctuation_is_an_option() -> None:
    assert html('"a" -- b...', smart=True) == "<p>“a” – b…</p>"


VERBATIM = ("code", "kbd", "samp", "tt", "var", "pre", "math", "CODE")


@pytest.mark.parametrize("name", VERBATIM)
def test_smart_punctuation_leaves_code_alone_whose_tags_are_html(name: str) -> None:
    signs = "--x \"y\" 'z' ..."
    code = f"<{name}>{signs} <b>{signs}</b> {signs}</{name}>"
    made = html(f'"a" {code} -- *b {code} -- c* -- d', smart=True)
    assert made == f"<p>“a” {code} – <em>b {code} – c</em> – d</p>"


def test_code_that_is_never_closed_ends_with_its_block() -> None:
    made = html("<code>a -- b\n\nc -- d\n\n- <kbd>-- e\n- -- f", smart=True)
    assert made.count("–") == 2
    assert "a -- b" in made
    assert "<kbd>-- e" in made


def test_an_element_without_a_content_opens_no_code() -> None:
    assert html("<code/> -- </code> -- <b>--</b>", smart=True).count("–") == 3
    assert html("<codex>--</codex>", smart=True).count("–") == 1


def test_footnotes_lead_there_and_back() -> None:
    text = html("Said.[^1]\n\n[^1]: By whom.")
    assert 'href="#fn:1"' in text
    assert 'href="#fnref:1"' in text
    assert html("A[^1]\n\n[^1]: x").count('id="fn:1"') == 1  # nothing is kept from before


def test_a_table_of_contents_is_nested() -> None:
    body = convert("## A & `b`\n\n### C\n\n## D ~~e~~\n\n##### F")
    shown = [
        (each.level, each.id, each.title, [(child.level, child.title) for child in each.children])
        for each in body.headings
    ]
    assert shown == [
        (2, "a-and-b", "A & b", [(3, "C")]),
        (2, "d-e", "D e", [(5, "F")]),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.\n\nTwo.", "<p>One.</p>"),
        ("## Title\n\nOne.", "<p>One.</p>"),
        ("One.\n\nTwo.\n\n<!--more-->\n\nThree.", "<p>One.</p>\n<p>Two.</p>"),
        ("One.\n<!-- more -->\nThree.", "<p>One.</p>"),
        ("One <!--more--> two.", "<p>One </p>"),
        ("- a\n- *b <!--more--> c*", "<ul>\n<li>a</li>\n<li><em>b </em></li></ul>"),
        ("![x](x.png)\n\nOne.", "<p>One.</p>"),
        ("![x](x.png)", '<p><img alt="x" src="x.png"></p>'),
        ("```\ncode\n```", ""),
        ("Said.[^1] Yes.\n\n[^1]: Whom.", "<p>Said. Yes.</p>"),
        ('<p>Raw <b id="x">p</b></p>\n\nOne.', "<p>Raw <b>p</b></p>"),
        ("", ""),
    ],
)
def test_excerpts(text: str, expected: str) -> None:
    assert excerpt(text) == expected


def test_the_mark_of_an_excerpt_is_not_shown() -> None:
    assert html("One.\n\n<!--more-->\n\nTwo.").count("more") == 0


def test_a_summary_is_plain_text() -> None:
    assert convert("A *b* &amp; `c<d>`\n<b>e</b>.").summary == "A b & c<d> e."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two-three it's 4.5", 4),
        ("— … !", 0),
        ("日本語 text", 4),
        ("नमस्ते दुनिया", 2),
        ("שָׁלוֹם", 1),
        ("snake_case", 2),
    ],
)
def test_words(text: str, words: int) -> None:
    assert count_words(text) == words


@given(st.text(alphabet="ab1é'’-._ \n\xa0—“日ָนֲ̈"))
def test_words_are_counted_as_the_pattern_finds_them(text: str) -> None:
    for sign, plain in _PLAIN_SIGNS:
        text = text.replace(sign, plain)
    assert count_words(text) == len(_WORD.findall(text))


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (230, 1), (345, 2), (2300, 10)])
def test_minutes_of_reading(words: int, minutes: int) -> None:
    assert convert("word " * words).minutes == minutes


def test_images_wait_for_their_size() -> None:
    body = convert("![a](a.png) [l](b.md) ![b](b.png){width=3} ![c](c.png)").body
    assert [(r.attribute, r.target, r.sized) for r in body.references] == [
        ("src", "a.png", True),
        ("href", "b.md", False),
        ("src", "b.png", True),
        ("src", "c.png", True),
    ]
    assert joined(body) == (
        '<p><img alt="a" src="a.png"> <a href="b.md">l</a> '
        '<img alt="b" src="b.png" width="3"> '
        '<img alt="c" src="c.png"></p>'
    )


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ('<a href="x.md">', ["x.md"]),
        ("<a href='x.md'>", ["x.md"]),
        ("<a class=b href=x.md>", ["x.md"]),
        ("<A HREF='x.md?a=1&amp;b=2'>", ["x.md?a=1&b=2"]),
        ('<img srcset="a 1x, b 2x" src="c">', ["a 1x, b 2x", "c"]),
        ('<video poster="p"><source src="v"></video>', ["p", "v"]),
        ('<a title="href=\'no\'" data-href="no" href="yes">', ["yes"]),
        ('<a title="1 > 2" href="yes">', ["yes"]),
        ('<!-- <a href="no"> --><a href="yes">', ["yes"]),
        ('<script>x = \'<a href="no">\'</script><a href="yes">', ["yes"]),
        ("<p>href='no'</p> &lt;a href='no'&gt;", []),
        ("<link href='no'>", []),
    ],
)
def test_which_addresses_are_found(text: str, references: list[str]) -> None:
    fragment = split_references(text)
    assert [reference.target for reference in fragment.references] == references
    assert len(fragment.pieces) == len(references) + 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{ x(a="1", b=2, c=true, d=[1, "z"]) }}', "<p><b>x a='1' b=2 c=True d=[1, 'z']</b></p>"),
        ("Now {{ x() }} and {{ y(a=1) }}.", "<p>Now <b>x</b> and <b>y a=1</b>.</p>"),
        (
            "{{ x(a=1) }} text.\n\nMore {{ y(b=2) }}",
            "<p><b>x a=1</b> text.</p>\n<p>More <b>y b=2</b></p>",
        ),
        ('{{ x(\n  a="1",\n  b=2\n) }}', "<p><b>x a='1' b=2</b></p>"),
        ("`{{ x() }}`", "<p><code>{{ x() }}</code></p>"),
        ("{{ not a call }} {{ x }}", "<p>{{ not a call }} {{ x }}</p>"),
        (
            "{% note(a=1) %}\n*in*\n{% end %}",
            '<div class="note" a=1>\n<p><em>in</em></p>\n</div>',
        ),
        (
            "{% one() %}\na\n\n{% two() %}\nb\n{% end %}\n\nc\n{% end %}",
            '<div class="one">\n<p>a</p>\n<div class="two">\n<p>b</p>\n</div>\n<p>c</p>\n</div>',
        ),
    ],
)
def test_shortcodes(text: str, expected: str) -> None:
    body = convert(text)
    assert body.problems == ()
    assert joined(body.body) == expected


def test_shortcodes_in_code_are_left_alone() -> None:
    assert "{{ x() }}" in html("```\n{{ x() }}\n{% y() %}\n{% end %}\n```")
    assert "{{ x() }}" in html("Text:\n\n    {{ x() }}\n    {% y() %}\n")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "{{ unknown() }}",
            [("unknown-shortcode", "shortcode `unknown`: there is no such shortcode")],
        ),
        ("{{ x(1) }}", [("bad-shortcode", "shortcode `x`: every argument needs a name")]),
        ("a {{ x(b=) }}", [("bad-shortcode", "shortcode `x`: `(b=)` cannot be read")]),
        (
            "{{ x(b=y) }}",
            [
                (
                    "bad-shortcode",
                    "shortcode `x`: `b` is neither text nor a number, true, false, "
                    "or a list of these",
                )
            ],
        ),
        ("{% x() %}\nTo the end", [("bad-shortcode", "a block that is never ended")]),
        ("{% end %}", [("bad-shortcode", "`end` without a block")]),
    ],
)
def test_mistaken_shortcodes(text: str, problems: list[tuple[str, str]]) -> None:
    assert [(each.code, each.message) for each in convert(text).problems] == problems


def test_problems_are_not_kept_for_the_next_text() -> None:
    converter = make_converter(MarkdownSettings(), shortcode)
    assert converter("{{ unknown() }}").problems
    assert converter("fine").problems == ()


@pytest.mark.parametrize(
    "text", ["__import__('os')", "a=open('x')", "a=1; b", "a=lambda: 1", "*[1]"]
)
def test_arguments_run_nothing(text: str) -> None:
    with pytest.raises(ShortcodeError):
        parse_arguments(text)


@given(st.text(alphabet="ab *_`[]()<>!{}%#\n-=:|~\\\"'&;/.1x", max_size=120))
def test_any_text_becomes_html(text: str) -> None:
    body = convert(text)
    assert "tidepost" not in "".join(body.body.pieces)
    assert len(body.body.pieces) == len(body.body.references) + 1
    assert "data-size" not in "".join(body.body.pieces)


class _LooksAtAll:
    """Stands in the place of signs, to have each text looked at closely."""

    def __contains__(self, _: object) -> bool:
        return True


@given(st.text(alphabet="ab -!@#[]*{}=.:&<>ÃÂâ€\n\U0010fff0", max_size=80))
@example("-one\n-two\n")
@example("! [a](b.png)")
def test_a_text_without_signs_is_written_as_a_closer_look_writes_it(text: str) -> None:
    at_once = convert(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commonmark, "SPECIAL_FIRST", _LooksAtAll())
        assert convert(text) == at_once


@given(st.from_regex(reading.DEFINITION))
def test_definitions_have_a_colon_that_is_looked_for_first(text: str) -> None:
    assert reading._COLON.search(text)


def test_code_that_colours_would_change_has_none_and_is_reported() -> None:
    text = '```robotframework\nLog\tx\n```\n\n```robotframework linenums="1"\nLog\tx\n```\n'
    found = convert(text)
    assert joined(found.body).count("Log\tx") == 2
    assert [(one.code, one.line) for one in found.problems] == [
        ("code-plain", 1),
        ("code-plain", 5),
    ]


def test_ids_of_notes_have_no_spaces() -> None:
    text = "A[^Linker 1M] b[^linker-1m].\n\n[^Linker 1M]: One.\n\n[^linker-1m]: Two.\n"
    shown = html(text)
    assert 'id="fn:Linker-1M"' in shown
    assert 'href="#fn:Linker-1M"' in shown
    assert 'id="fn:linker-1m"' in shown
