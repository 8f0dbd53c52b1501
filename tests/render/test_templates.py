"""Templates: what they are given, and what is told of their errors."""

import datetime as dt
import gc
from typing import Any

import pytest

from generator.content.data import Data, FrozenDict
from generator.core.cache import NoCache
from generator.i18n.strings import read_strings
from generator.markdown.shortcodes import ShortcodeError
from generator.render.compiled import compiled_templates
from generator.render.templates import AssetLink, TemplateError, Templates
from generator.render.views import Body, Link, PageView
from tests.support.helpers import helpers
from tests.support.sites import built, minimal_templates, post, told

T = "templates/t.html"
LOOP = "templates that include each other without an end"


def templates(texts: dict[str, str], **changes: Any) -> Templates:
    return Templates(texts, helpers(**changes))


def view(template: str = "t.html", **more: Any) -> PageView:
    return PageView(
        kind="page",
        template=template,
        url="/x/",
        permalink="https://example.org/x/",
        title="X & Y",
        heading="X",
        description="",
        **more,
    )


def render(text: str, **more: Any) -> str:
    return templates({"t.html": text}).render(view(**more))


def mistake(texts: dict[str, str], **more: Any) -> tuple[str, int, str, str, str]:
    with pytest.raises(TemplateError) as caught:
        templates(texts).render(view(**more))
    problem = caught.value.problem
    return problem.path, problem.line, problem.code, problem.message, problem.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ page.title }}", "X &amp; Y"),
        ("{{ page.body }}", "<p>&</p>"),
        ("{% if page.body %}yes{% endif %}", "yes"),
        ("{{ asset('css/site.css') }}", "/assets/css/site.1.css"),
        ("{{ asset('/static/css/site.css').integrity }}", "sha384-x"),
        ("{{ ref('posts/2024-01-01-a.md').title }}", "A &amp; B"),
        ("{{ ref('/content/posts/2024-01-01-a.md').url }}", "/a/"),
        ("{{ '/x/'|absolute }}", "https://example.org/x/"),
        ("{{ 'https://o.org/'|absolute }}", "https://o.org/"),
        ("{{ '//o.org/'|absolute }}", "//o.org/"),
        ("{{ page.updated|date }}", "5.3.2024"),
        ("{{ page.updated|date('%Y/%m/%d') }}", "2024/03/05"),
        ("{{ page.updated|isodate }}", "2024-03-05T00:00:00+00:00"),
        ("{{ site.title }}", "T"),
        ("{{ posts|length }}", "0"),
        ("{{ page.extra.mood|default('none') }}", "none"),
        ("{{ {'a': '</script>'}|tojson }}", '{"a": "\\u003c/script\\u003e"}'),
    ],
)
def test_what_templates_can_ask_for(text: str, expected: str) -> None:
    moment = dt.datetime(2024, 3, 5, tzinfo=dt.UTC)
    assert render(text, body=Body(utf8=b"<p>&</p>"), updated=moment) == expected


def test_mistakes_name_the_template_and_the_content() -> None:
    texts = {
        "t.html": "{% extends 'base.html' %}\n{% block b %}\n{{ page.titel }}\n{% endblock %}",
        "base.html": "<p>\n{% block b %}{% endblock %}</p>",
    }
    assert mistake(texts, source="content/pages/x.md") == (
        "templates/t.html",
        3,
        "template-undefined",
        "there is no `titel` in `page` (while rendering content/pages/x.md)",
        "did you mean `title`?",
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"t.html": "\n{{ nobody }}"}, (T, 2, "template-undefined", "'nobody' is undefined")),
        (
            {"t.html": "{{ site.titel }}"},
            (T, 1, "template-undefined", "there is no `titel` in `site`"),
        ),
        (
            {"t.html": "{{ page.extra.mood }}"},
            (T, 1, "template-undefined", "'dict object' has no attribute 'mood'"),
        ),
        (
            {"t.html": "{{ asset('css/sit.css') }}"},
            (T, 1, "missing-asset", "asset `css/sit.css`: no such file"),
        ),
        (
            {"t.html": "{{ ref('b.md') }}"},
            (T, 1, "missing-reference", "ref `b.md`: no such document"),
        ),
        (
            {"t.html": "\n{% include 'gone.html' %}"},
            (T, 2, "missing-template", "no template `gone.html`"),
        ),
        ({}, (T, 0, "missing-template", "no template `t.html`")),
        (
            {"t.html": "{{ 1 / 0 }}"},
            (T, 1, "template-error", "ZeroDivisionError: division by zero"),
        ),
        (
            {"t.html": "{{ page.updated|date }}"},
            (T, 1, "template-error", "`date` is given nothing, which is no date"),
        ),
        (
            {"t.html": "{{ 'x'|isodate }}"},
            (T, 1, "template-error", "`isodate` is given `x`, which is no date"),
        ),
        (
            {"t.html": "{{ nobody|date }}"},
            (T, 1, "template-undefined", "'nobody' is undefined"),
        ),
        ({"t.html": "{% include 't.html' %}"}, (T, 1, "template-loop", LOOP)),
        ({"t.html": "{% extends 't.html' %}"}, (T, 1, "template-loop", LOOP)),
        ({"t.html": "{% import 'u.html' as u %}", "u.html": "{% import 't.html' as t %}"}, None),
        (
            {"t.html": "{% include 'u.html' %}", "u.html": "\n{{ nobody }}"},
            ("templates/u.html", 2, "template-undefined", "'nobody' is undefined"),
        ),
    ],
)
def test_mistakes(texts: dict[str, str], expected: tuple[str, int, str, str] | None) -> None:
    found = mistake(texts)[:4]
    assert found == expected if expected else found[2] == "template-loop"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("{% if %}", 1, "Expected an expression, got 'end of statement block'"),
        ("\n\n{{ x", 3, None),
        ("\n{# a note", 2, "Missing end of comment tag"),
        ("\n{% raw %}a", 2, "Missing end of raw directive"),
        ("{{ x|nosuchfilter }}", 1, "No filter named 'nosuchfilter'."),
        ("{{ [1, 2]|random }}", 1, "No filter named 'random'."),
        ("\n{{ 'a' ~ 1 }}{{ (1).title ~ 'x' }}", 2, "'int object' has no attribute 'title'"),
        ("{{ 10**5000 }}", 0, "it holds a number that is too large"),
        ("{% for x in y %}" * 30 + "{% endfor %}" * 30, 0, "nested too deeply to be compiled"),
    ],
)
def test_syntax(text: str, line: int, message: str | None) -> None:
    _, problems = compiled_templates({"t.html": text, "fine.html": ""}, NoCache())
    assert [(p.path, p.line, p.code) for p in problems] == [
        ("templates/t.html", line, "template-syntax")
    ]
    assert message in (None, problems[0].message)


def test_a_page_leaves_nothing_that_is_found_only_by_looking_for_circles() -> None:
    """A macro knows the names around it, and these know the macro."""
    found = templates(
        {
            "t.html": '{% extends "base.html" %}{% import "kept.html" as kept %}'
            "{% block main %}{% macro own() %}{{ page.title }}{% endmacro %}{{ own() }}"
            '{{ kept.outer("a") }}{% call kept.around() %}b{% endcall %}{% endblock %}',
            "base.html": '{% include "part.html" %}{% block main %}{% endblock %}',
            "part.html": "{% macro part() %}{{ page.heading }}{% endmacro %}{{ part() }};",
            "kept.html": "{% macro inner(x) %}<{{ x }}>{% endmacro %}"
            "{% macro outer(x) %}{{ inner(x) }}{% endmacro %}"
            "{% macro around() %}{{ inner(caller()) }}{% endmacro %}",
            "shortcodes/s.html": "{% macro m() %}{{ page }}{% endmacro %}{{ m() }}",
        }
    )
    expected = "X;X &amp; Y<a><b>"
    assert found.render(view()) == expected  # after this, what lasts is there
    assert found.render_shortcode("s", {}, "P", None) == "P"
    gc.collect()
    gc.disable()
    try:
        assert found.render(view()) == expected
        assert found.render_shortcode("s", {}, "P", None) == "P"
        with pytest.raises(TemplateError):
            found.render(view("missing.html"))
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_nothing_by_chance() -> None:
    assert mistake({"t.html": "{{ lipsum() }}"})[3] == "'lipsum' is undefined"


def test_shortcodes_see_their_arguments_and_page() -> None:
    made = templates({"shortcodes/x.html": "{{ a }} {{ page.title }} {{ body }}"})
    page = view()
    assert made.render_shortcode("x", {"a": "<1>"}, page, "BODY") == "&lt;1&gt; X &amp; Y BODY"
    with pytest.raises(ShortcodeError, match="'a' is undefined"):
        made.render_shortcode("x", {}, page, "")
    with pytest.raises(ShortcodeError, match="there is no such shortcode") as caught:
        made.render_shortcode("y", {}, page, None)
    assert (caught.value.code, caught.value.hint) == ("unknown-shortcode", "known: x")


def test_a_shortcode_knows_nothing_of_all_posts() -> None:
    made = templates({"shortcodes/x.html": "{{ posts|length }}"}, posts=None)
    with pytest.raises(ShortcodeError, match="'posts' is undefined"):
        made.render_shortcode("x", {}, view(), None)


BASE = {
    "t.html": "{% extends 'base.html' %}{% block b %}{{ page.title }}{% endblock %}",
    "base.html": "{% block b %}{% endblock %}{% include 'part.html' %}",
    "part.html": "p",
    "other.html": "o",
}


def digest(texts: dict[str, str], **changes: Any) -> bytes:
    return templates(texts, **changes).digest("t.html")


@pytest.mark.parametrize(
    ("change", "changes"),
    [
        ({"t.html": BASE["t.html"] + " "}, True),
        ({"base.html": BASE["base.html"] + " "}, True),
        ({"part.html": "q"}, True),
        ({"other.html": "q"}, False),
        ({"new.html": "n"}, False),
        ({"part.html": ""}, True),
    ],
)
def test_a_page_depends_on_the_templates_it_is_made_from(
    change: dict[str, str], changes: bool
) -> None:
    assert (digest(BASE) != digest({**BASE, **change})) == changes


def test_a_template_that_is_empty_is_not_one_that_is_missing() -> None:
    without = {name: text for name, text in BASE.items() if name != "part.html"}
    assert digest({**BASE, "part.html": ""}) != digest(without)


def test_a_template_that_is_chosen_while_rendering_could_be_any() -> None:
    texts = {**BASE, "part.html": "{% include page.extra.part %}"}
    assert digest(texts) != digest({**texts, "other.html": "changed"})


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("{{ page.title }}", set()),
        ("{{ asset('css/site.css') }}", {"assets"}),
        ("{{ ref('x').url }}", {"documents"}),
        ("{% for p in posts %}{% endfor %}", {"posts"}),
    ],
)
def test_a_page_depends_on_the_helpers_it_mentions(text: str, changes: set[str]) -> None:
    others: dict[str, Any] = {
        "assets": {"css/site.css": AssetLink(url="/assets/css/site.2.css")},
        "documents": {"x": Link(title="Other", url="/x/")},
        "posts": None,
    }
    made = {
        name
        for name, other in others.items()
        if digest({"t.html": text}) != digest({"t.html": text}, **{name: other})
    }
    assert made == changes


DATA = Data(values=FrozenDict(a=1, b=2), digests={"a": "1", "b": "1"})


@pytest.mark.parametrize(
    ("text", "depends_on"),
    [
        ("{{ page.title }}", ""),
        ("{{ data.a }}", "a"),
        ("{{ data['a'] }}{{ data.b.c }}", "ab"),
        ("{% if data.a is defined %}{% endif %}", "a"),
        ("{{ data[page.title] }}", "ab"),
        ("{{ data|length }}", "ab"),
        ("{{ data.get('a') }}", "ab"),
        ("{% set d = data %}{{ d.a }}", "ab"),
        ("{% for name in data %}{{ name }}{% endfor %}", "ab"),
        ("{{ data|attr('a') }}", "ab"),
        ("{% macro m(data) %}{{ data.a }}{% endmacro %}{{ m(1) }}", ""),
        ("{% set data = page %}{{ data.a }}", ""),
        ("{% include 'part.html' %}", "b"),
        ("{% import 'part.html' as part with context %}", "b"),
    ],
)
def test_a_page_depends_on_the_data_it_mentions(text: str, depends_on: str) -> None:
    texts = {"t.html": text, "part.html": "{{ data.b }}"}
    found = {
        name
        for name in "ab"
        if digest(texts, data=DATA)
        != digest(texts, data=Data(values=DATA.values, digests={**DATA.digests, name: "2"}))
    }
    assert found == set(depends_on)


OWN = "from generator.extend import filter\n@filter\ndef loud(text):\n    return text.upper()\n"
BY_NAME = "{% set name = page.title %}{{ [page.title]|map(name)|join }}"


@pytest.mark.parametrize(
    ("text", "strings", "own"),
    [
        ("{{ page.title|upper }}", False, False),
        ("{{ t('home') }}", True, False),
        ("{{ 'home'|t }}", True, False),
        ("{% filter t %}home{% endfilter %}", True, False),
        ("{% set word | t %}home{% endset %}{{ word }}", True, False),
        ("{{ ['home']|map('t')|join }}", True, False),
        ("{{ [['home']]|map('map', 't')|map('join')|join }}", True, False),
        (BY_NAME, True, True),
        ("{{ page.title|loud }}", False, True),
        ("{{ [page.title]|map('loud')|join }}", False, True),
        ("{{ [[page.title]]|map('map', 'loud')|map('join')|join }}", False, True),
        ("{{ ['loud']|select('filter')|join }}", True, True),
        ("{{ [page]|selectattr('title', 'filter')|list|length }}", True, True),
        ("{{ [page]|selectattr('title')|map('attr', 'title')|join }}", False, False),
        ("{{ [['loud']]|map('reject', 'filter')|map('join')|join }}", True, True),
        ("{{ ['loud']|select(*['filter'])|join }}", True, True),
    ],
)
def test_a_page_depends_on_the_words_and_functions_that_its_filters_show(
    text: str, strings: bool, own: bool
) -> None:
    texts = {"t.html": text}
    before = digest(texts, extensions=OWN)
    words, _ = read_strings("en", {"i18n/en.yaml": "home: House"})
    assert (digest(texts, extensions=OWN, strings=words) != before) == strings
    assert (digest(texts, extensions=OWN.replace("upper", "lower")) != before) == own


def test_strings_are_said_wherever_they_stand() -> None:
    words, _ = read_strings(
        "en", {"i18n/en.yaml": "by: by {n}\nn:\n  one: '{count} a'\n  other: b"}
    )
    text = (
        "{% macro m(x) %}<i>{{ t('by', n=x) }}</i>{% endmacro %}"
        "{% set k = t('home') %}{% if t('home') == k %}{{ m(t('home') ~ '<') }}{% endif %}"
        "{{ [t('tags'), t(k|lower)]|join(',') }}"
        "{% for one in [1] %}{{ t('n', count=one) }}{% endfor %}{{ t(*['posts']) }}"
    )
    made = templates({"t.html": text}, strings=words).render(view())
    assert made == "<i>by Home&lt;</i>Tags,Home1 aPosts"


def test_a_variable_may_be_called_t_too() -> None:
    assert templates({"t.html": "{% for t in 'ab' %}{{ t }}{% endfor %}"}).render(view()) == "ab"


def test_an_unknown_string_is_told_with_its_line() -> None:
    with pytest.raises(TemplateError) as caught:
        templates({"t.html": "a\n\n{{ t('hom') }}"}).render(view())
    problem = caught.value.problem
    assert (problem.path, problem.line, problem.code) == (T, 3, "unknown-string")
    assert problem.hint == "did you mean `home`?"


def test_half_of_a_character_is_told_with_its_template() -> None:
    files = {
        "content/posts/2024-05-01-a.md": post("description: A."),
        "content/pages/half.md": post("description: H.", "{{ half() }}"),
    }
    whole = '{% extends "base.html" %}{% block main %}{{ "\\ud83d" }}{% endblock %}'
    texts = {"post.html": whole, "shortcodes/half.html": "{{ '\\ud83d' }}"}
    result = built(files, templates=minimal_templates() | texts)
    half = "half of a character, such as \\ud83d"
    assert told(result.problems) == [
        "content/pages/half.md:5: template-error: shortcode `half`: "
        f"{half} (templates/shortcodes/half.html)",
        "templates/post.html:0: template-error: "
        f"{half} (while rendering content/posts/2024-05-01-a.md)",
    ]
