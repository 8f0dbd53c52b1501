"""Quick templates give what Jinja gives, and go wrong where and as Jinja does."""

from __future__ import annotations

import re
import traceback
from typing import Any

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import meta

from generator.render import jinja_compiler
from tests.support.environments import VALUES, environment

LIBRARY = """
{% macro plain(a, b="<b>") %}[{{ a }}|{{ b }}]{% endmacro %}
{% macro needs(a) %}{{ a }}{% endmacro %}
{% macro more(a, b=2) %}{{ a }}{{ varargs }}{{ kwargs|dictsort }}{% endmacro %}
{% macro framed(a="") %}<p>{{ a }}{{ caller() }}</p>{% endmacro %}
{% macro named(caller=none, a="&") %}{{ a }}{{ caller() if caller }}{% endmacro %}
{% macro down(n) %}{{ n }}{% if n > 0 %}{{ down(n - 1) }}{% endif %}{% endmacro %}
{% macro stop() %}{{ stops() }}{% endmacro %}
"""
BASE = "<{% block one %}first {{ text }}{% endblock %}>\n{{ number }}{% block two %}{% endblock %}"
INCLUDED = "({{ text }}{{ local|default('none') }}{{ t('word') }})"


ADDRESS = re.compile("0x[0-9a-f]+", re.IGNORECASE)


def outcome(kind: type[jinja2.Environment], text: str) -> tuple[Any, ...]:
    texts = {"t.html": text, "lib.html": LIBRARY, "base.html": BASE, "in.html": INCLUDED}
    try:
        text = environment(kind, texts).get_template("t.html").render(page=VALUES["link"])
        return ("text", ADDRESS.sub("", text))
    except Exception as error:  # noqa: BLE001 (which one is compared)
        frames = traceback.extract_tb(error.__traceback__)
        places = [(one.name, one.lineno) for one in frames if one.filename == "<template>"]
        message = ADDRESS.sub("", str(error))
        return (type(error), message, places, getattr(error, "lineno", 0))


def same(text: str) -> None:
    expected = outcome(jinja2.Environment, text)
    assert outcome(jinja_compiler.Environment, text) == expected
    made = environment(jinja_compiler.Environment, {})
    made.globals = {"text": "", "range": range}
    try:
        names = meta.find_undeclared_variables(made.parse(text))
    except jinja2.TemplateError:
        return
    assert jinja_compiler.compile_tree(made.parse(text), made, "t", "t")[1] == names


@pytest.mark.parametrize(
    "text",
    [
        "{{ text }}{{ safe }}{{ html }}{{ number }}{{ nothing }}{{ odd }}{{ proxy }}{{ sub }}",
        "{{ link.title }}{{ table.title }}{{ table.items }}{{ odd.other }}{{ odd.broken }}",
        "a\n{{ link.title }}\nb\n{{ link.none }}",
        "a\n{{ text }}{{ link.title\n}}{{ number }}\n{{ nowhere }}",
        "{{ text }} b\n{{ nowhere.more }}",
        "{{ text }}\n\n{{ link.title.nothing.at.all }}",
        "{{ nowhere|default('<d>') }}{{ link.none|default(text) }}{{ link.none is defined }}",
        "{{ cut('<') }}{{ cut(sep='<') }}{{ cut(1) }}",
        "{{ stops() }}",
        "{{ stops()|default('stopped') }}",
        "{% import 'lib.html' as lib %}{{ lib.stop()|default('stopped') }}",
        "{% import 'lib.html' as lib %}{{ lib.plain(text) }}{{ lib.plain(text, safe) }}",
        "{% import 'lib.html' as lib %}{{ lib.plain(b=text, a=safe) }}{{ lib.plain(1, b=html) }}",
        "{% import 'lib.html' as lib %}{{ lib.needs() }}",
        "{% import 'lib.html' as lib %}\n{{ lib.plain(1, 2, 3) }}",
        "{% import 'lib.html' as lib %}\n{{ lib.plain(1, c=3) }}",
        "{% import 'lib.html' as lib %}{{ lib.more(1, 2, '<', x=text) }}{{ lib.down(3) }}",
        "{% import 'lib.html' as lib %}{% call lib.framed(text) %}{{ text }}{% endcall %}",
        "{% import 'lib.html' as lib %}{{ lib.framed(text) }}",
        "{% import 'lib.html' as lib %}{% call lib.plain(1) %}{% endcall %}",
        "{% import 'lib.html' as lib %}{{ lib.named(a=text) }}{{ lib.named() }}{{ lib.gone() }}",
        "{% from 'lib.html' import plain, gone %}{{ plain(text) }}{{ gone }}",
        "{% from 'lib.html' import plain as t %}{{ t('word') }}",
        "{% macro t(x) %}own {{ x }}{% endmacro %}{{ t('word') }}",
        "{{ t('word') }}{{ t('word', a=1) }}{{ 'word'|t }}{{ 'word'|t(a=1) }}{{ text|t }}",
        "{% set t = safe %}{{ t }}",
        "{{ t('a', **{'b': 1}) }}{{ t(*['a']) }}{{ t(text, b=link.title, **{'class': 1}) }}",
        "{{ t() }}",
        "{% call t('a') %}{% endcall %}",
        "{% for t in links %}{{ t.title }}{% endfor %}{{ t('a') }}",
        "{% autoescape false %}{{ text }}{{ escaping() }}{{ t('<') }}{% endautoescape %}{{ text }}",
        "{% import 'lib.html' as lib %}{% autoescape false %}{{ lib.plain(text) ~ '<' }}"
        "{% endautoescape %}{{ lib.plain(text) ~ '<' }}",
        "{% import 'lib.html' as lib %}{% autoescape false %}{{ lib.plain(1).__class__.__name__ }}"
        "{% endautoescape %}{{ lib.plain(1).__class__.__name__ }}",
        "{% autoescape number > 1 %}{{ text }}{{ link.title }}{% endautoescape %}",
        "{% set local = text %}{{ seen() }}{{ contextual() }}{% include 'in.html' %}",
        "{% for local in links %}{{ seen() }}{{ contextual(1) }}"
        "{% include 'in.html' %}{% endfor %}",
        "{% for one in links if one.title != '2' %}{{ loop.index }}{{ one.title }}{% endfor %}",
        "{% for one in links recursive %}{{ one.url }}{{ loop.cycle('<', '>') }}{% endfor %}",
        "{% for a, b in table.items() %}{{ a }}{% endfor %}",
        "{% for a, b in table|dictsort %}{{ a }}{{ b }}{% else %}none{% endfor %}",
        "{% set kept %}{{ text }}<b>{{ number }}{% endset %}{{ kept }}{{ kept ~ text }}",
        "{% filter upper %}{{ text }}{{ link.title }}{% endfilter %}",
        "{% extends 'base.html' %}{% block one %}{{ super() }}{{ self.two() }}{% endblock %}"
        "{% block two %}{% set local = 1 %}{{ seen() }}\n{{ text }}{{ nowhere }}{% endblock %}",
        "{% if number > 1 %}{% extends 'base.html' %}{% endif %}{{ text }}{{ number }}",
        "{{ (link if number else nowhere).title }}{{ link.title if nothing }}",
        "{{ link['title'] }}{{ table['key'][0] }}{{ text[0:3] }}{{ (links|first).title }}",
        "{{ links|map(attribute='title')|join('<') }}{{ [text, safe]|join }}",
        "{% with a = link.title %}{{ a }}{{ (a ~ safe).__class__.__name__ }}{% endwith %}",
        "{{ range(3)|list }}{{ dict(a=1) }}{{ cycler('a', 'b').next() }}{{ namespace(x=1).x }}",
        "{% set n = namespace(x=1) %}{% set n.x = text %}{{ n.x }}{{ n.y }}",
        "{{ 'constant' ~ '<' }}{{ 1 + 1 }}<b>{{ true }}</b>",
        "{{ {'a': link.title, 'b': (link.url, number)}.a }}{{ caller }}",
        "{% include 'in.html' %}{% include 'none.html' ignore missing %}{% include 'none.html' %}",
        "{% include ['none.html', 'in.html'] without context %}",
        "{{ link.title.replace('A', '<').upper() }}{{ link.title.nothing() }}",
        "{{ text|gone }}",
        "{{ text }",
    ],
)
def test_quick_is_as_slow(text: str) -> None:
    same(text)


NAMES = st.sampled_from([*VALUES, "local", "nowhere", "page"])
ATTRIBUTES = st.sampled_from(
    ["title", "url", "count", "key", "items", "broken", "none", "upper", "text", "index"]
)
CONSTANTS = st.sampled_from(["1", "'<c>'", "'word'", "none", "[1, '<']", "{'title': '&'}"])


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({}).{}".format, inner, ATTRIBUTES),
        st.builds("({})[{}]".format, inner, st.sampled_from(["'title'", "0", "'<'"])),
        st.builds("({} ~ {})".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("({} == {})".format, inner, inner),
        st.builds("({})()".format, inner),
        st.builds("({})|{}".format, inner, st.sampled_from(["t", "upper", "safe", "e", "string"])),
        st.builds("({})|default({})".format, inner, inner),
        st.builds("t({})".format, inner),
        st.builds("t('word', a={})".format, inner),
        st.builds(
            "{}({}, {})".format,
            st.sampled_from(["lib.plain", "lib.more", "lib.framed", "lib.needs", "seen"]),
            inner,
            inner,
        ),
        st.builds("lib.plain({}, b={})".format, inner, inner),
    )


EXPRESSIONS = st.recursive(st.one_of(NAMES, CONSTANTS), combined, max_leaves=5)


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{}\n{}".format, inner, inner),
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, EXPRESSIONS, inner, inner),
        st.builds("{{% for local in {} %}}\n{}\n{{% endfor %}}".format, EXPRESSIONS, inner),
        st.builds("{{% set local %}}{}{{% endset %}}{{{{ local }}}}".format, inner),
        st.builds("{{% set local = {} %}}{}".format, EXPRESSIONS, inner),
        st.builds("{{% autoescape {} %}}{}{{% endautoescape %}}".format, EXPRESSIONS, inner),
        st.builds("{{% autoescape false %}}{}{{% endautoescape %}}".format, inner),
        st.builds("{{% call lib.framed({}) %}}{}{{% endcall %}}".format, EXPRESSIONS, inner),
        st.builds("{{% filter upper %}}{}{{% endfilter %}}".format, inner),
        st.builds("{}{{% include 'in.html' %}}".format, inner),
    )


TEMPLATES = st.recursive(
    st.builds("<b>\n{{{{ {} }}}}{{{{ {} }}}}".format, EXPRESSIONS, EXPRESSIONS),
    nested,
    max_leaves=4,
)


@settings(max_examples=100, deadline=None)
@given(TEMPLATES, st.booleans())
def test_quick_is_as_slow_whatever_is_written(body: str, within: bool) -> None:
    imported = "{% import 'lib.html' as lib %}"
    framed = f"{{% extends 'base.html' %}}{imported}\n{{% block one %}}{body}{{% endblock %}}"
    same(framed if within else imported + body)
