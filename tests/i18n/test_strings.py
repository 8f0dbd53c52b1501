"""The words of the theme: their tables, what is told of errors, and that templates use them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markupsafe import Markup

from generator.core.cache import Key
from generator.i18n.strings import OWN, UnknownString, read_strings, remembered_strings
from tests.support.sites import PROJECT

TEMPLATES = PROJECT / "templates"
SHIPPED = {
    f"i18n/{file.name}": file.read_text(encoding="utf-8") for file in TEMPLATES.glob("i18n/*.yaml")
}


def told(language: str, **tables: str) -> list[str]:
    named = {f"i18n/{name.replace('_', '-')}.yaml": text for name, text in tables.items()}
    _, problems = read_strings(language, named)
    return [f"{p.path}:{p.line}: {p.severity} {p.code}: {p.message}" for p in problems]


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_table_is_complete(name: str) -> None:
    language = Path(name).stem
    strings, problems = read_strings(language, SHIPPED)
    assert problems == []
    english, _ = read_strings("en", SHIPPED)
    own = {*strings.plain, *strings.forms}
    assert own == {*english.plain, *english.forms} >= set(OWN)


def test_english_says_what_the_generator_says_without_tables() -> None:
    with_tables, without = read_strings("en", SHIPPED)[0], read_strings("en", {})[0]
    named = {name: name for name in ("site", "title", "number", "name", "year", "link")}
    for key in OWN:
        assert with_tables.say(key, **named) == without.say(key, **named)


def test_plurals_and_names_are_filled_in() -> None:
    german = read_strings("de", SHIPPED)[0]
    assert german.say("post_count", count=1) == "1 Beitrag"
    assert german.say("post_count", count=1234) == "1.234 Beiträge"
    arabic = read_strings("ar", SHIPPED)[0]
    said = [arabic.say("post_count", count=count) for count in (0, 1, 2, 3, 11, 100)]
    assert said == ["لا مقالات", "مقال واحد", "مقالان", "3 مقالات", "11 مقالًا", "100 مقال"]


def test_html_stays_html_and_text_is_escaped() -> None:
    strings = read_strings("en", {"i18n/en.yaml": "x: a < {b} {c}"})[0]
    html = strings.say("x", b=Markup("<b>b</b>"), c="<c>")
    assert html == "a &lt; <b>b</b> &lt;c&gt;"
    assert hasattr(html, "__html__")
    assert not hasattr(strings.say("x", b="<b>", c="<c>"), "__html__")


def test_braces_can_be_written() -> None:
    strings = read_strings("en", {"i18n/en.yaml": 'x: "{{a}}"\ny: "{{{a}}}"'})[0]
    assert strings.say("x") == "{a}"
    assert strings.say("y", a=1) == "{1}"


def test_a_region_stands_before_its_language() -> None:
    tables = SHIPPED | {"i18n/de-AT.yaml": "home: Servus"}
    strings, problems = read_strings("de-AT", tables)
    assert problems == []
    assert (strings.say("home"), strings.say("archive")) == ("Servus", "Archiv")


def test_what_a_language_lacks_is_said_in_english_and_told() -> None:
    strings, _ = read_strings("fr", {"i18n/fr.yaml": "home: Accueil"})
    assert (strings.say("home"), strings.say("archive")) == ("Accueil", "Archive")
    assert told("fr", fr="home: Accueil") == [
        "templates/i18n/fr.yaml:0: warning missing-string: no `posts`, `archive`, `tags`, "
        f"`categories`, `series` and {len(OWN) - 6} more: said in English"
    ]
    assert told("fr") == [
        "templates/i18n/fr.yaml:0: warning missing-string: no strings for `fr`: pages say theirs "
        "in English"
    ]
    assert told("en-GB") == []


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("home: A\nhuome: B", "2: warning stray-string: English has no string `huome`"),
        ("\nall_posts_about: '{sites}'", "2: error bad-strings: `all_posts_about`: nothing is"),
        ("home: '{x'", "1: error bad-strings: `home`: a brace without its other"),
        ("home: '{x.y}'", "1: error bad-strings: `home`: only a name stands between braces"),
        ("home: [a]", "1: error bad-strings: `home`: expected text"),
        ("home:\n  one: a", "1: error bad-strings: `home`: needs `other:`"),
        ("home:\n  other: a\n  some: b", "3: error bad-strings: `home`: `some` is none of zero"),
        ("home: a\nhome: b", "2: error bad-strings: "),
        ("- a", "1: error bad-strings: "),
    ],
)
def test_mistakes_in_a_table_are_told_with_their_line(table: str, expected: str) -> None:
    found = [each for each in told("fr", fr=table) if "missing-string" not in each]
    assert len(found) == 1
    assert found[0].startswith(f"templates/i18n/fr.yaml:{expected}")


def test_asking_for_what_is_not_there() -> None:
    strings = read_strings("en", SHIPPED)[0]
    with pytest.raises(UnknownString, match="no string `older_posts`"):
        strings.say("older_posts")
    with pytest.raises(UnknownString, match="string `by` needs 'names'"):
        strings.say("by")


class Kept(dict[Key, bytes]):
    def get_many(self, keys: list[Key]) -> dict[Key, bytes]:
        return {key: self[key] for key in keys if key in self}

    def put_many(self, results: dict[Key, bytes]) -> None:
        self.update(results)


def test_what_is_remembered_is_what_would_be_read_and_follows_the_tables() -> None:
    cache = Kept()
    tables = dict(SHIPPED)
    for text in ("home: A", "home: B", "hom: C"):
        tables["i18n/de.yaml"] = text
        for _ in range(2):
            assert remembered_strings("de", tables, cache) == read_strings("de", tables)
    assert remembered_strings("ar", tables, cache) == read_strings("ar", tables)


COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
SHOWN = re.compile(r'\b(?:aria-label|title|alt|placeholder|content|data-[a-z]+)="([^"]*)"')
CODE = re.compile(r"<code>.*?</code>|<path\b.*?>", re.DOTALL)
FOR_MACHINES = {
    "width=device-width, initial-scale=1",
    "article",
    "website",
    "noindex",
    "true",
    "summary",
    "summary_large_image",
}


def literals(text: str) -> list[str]:
    """Return the words of a template that a reader would see and no table can replace."""
    text = CODE.sub("", EXPRESSION.sub("\0", COMMENT.sub("", text)))
    shown = [found[1] for found in SHOWN.finditer(text)]
    shown += re.sub(r"<[^<>]*>", "\n", text).split("\n")
    words = (each.replace("\0", "").strip() for each in shown)
    return [each for each in words if re.search("[A-Za-z]{2}", each) and each not in FOR_MACHINES]


NAMES = {
    "light dark",
    "(RSS)",
    "(JSON)",
    'lang="" dir=""',
    "auto",
    "light",
    "dark",
    "zoom wide",
    "zoom gallery",
}
"""What is the same in every language."""


def test_templates_have_no_words_of_their_own() -> None:
    found = {
        file.relative_to(TEMPLATES).as_posix(): words
        for file in sorted(TEMPLATES.rglob("*.html"))
        if (words := [each for each in literals(file.read_text("utf-8")) if each not in NAMES])
    }
    assert found == {}


def test_words_in_a_template_would_be_found() -> None:
    assert literals('<p>{{ x }} min <b aria-label="Shown">{# no #}</b>') == ["Shown", "min"]


def test_every_string_that_is_asked_for_is_there_and_none_is_left_over() -> None:
    english, _ = read_strings("en", SHIPPED)
    there = {*english.plain, *english.forms}
    text = "\n".join(file.read_text("utf-8") for file in TEMPLATES.rglob("*.html"))
    asked = set(re.findall(r'\bt\("(\w+)"[,)]', text))
    starts = tuple(re.findall(r'\bt\("(\w+_)" ~', text))
    assert {*starts} == {"counter_", "note_"}
    assert asked <= there
    used = asked | set(OWN) | {key for key in there if key.startswith(starts)}
    assert there == used
