"""The words of the theme: their tables, what is told of errors, and that templates use them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from babel import Locale as Snapshot
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
    table = yaml.safe_load(SHIPPED[name])
    for key, said in yaml.safe_load(SHIPPED["i18n/en.yaml"]).items():
        assert filled_in(table[key]) == filled_in(said), key
        if isinstance(said, dict):
            asked = {"other", *Snapshot.parse(language, sep="-").plural_form.tags}
            assert isinstance(table[key], dict), key
            assert table[key].keys() == asked, key


def filled_in(said: str | dict[str, str]) -> set[str]:
    text = said["other"] if isinstance(said, dict) else said
    return set(re.findall(r"\{\w+\}", text))


def test_twelve_languages_have_words() -> None:
    there = {Path(name).stem for name in SHIPPED}
    assert there >= {"en", "de", "ar", "zh", "ja", "fr", "es", "pt", "it", "nl", "pl", "tr"}


@pytest.mark.parametrize("starter", ["docs", "resume"])
def test_the_words_of_a_starter_are_in_every_language(starter: str) -> None:
    folder = PROJECT / "starters" / starter / "templates" / "i18n"
    tables = {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in folder.glob("*.yaml")}
    assert tables.keys() == {Path(name).stem for name in SHIPPED}
    for language, table in tables.items():
        assert table.keys() == tables["en"].keys(), language
        assert all(filled_in(table[key]) == filled_in(said) for key, said in tables["en"].items())


WRONG_SIGNS = {
    "fr": r"[^\u202f:/][:;!?»](?!//)|«[^\u202f]|'",
    **dict.fromkeys(("zh", "zh-Hant"), r"[^\x00-\x7f}][,;:!?()]|[,;:!?()][^\x00-\x7f{]|'"),
    "ja": r"[^\x00-\x7f}][,;:!?()]|[,;:!?()][^\x00-\x7f{]|'",
    "ar": r"[,;?]\s",
    **dict.fromkeys(("de", "es", "it", "nl", "pl", "pt", "tr"), r"\s[:;!?]|'|\.\.\."),
}
"""What a language's typography has another sign for, or another space beside."""


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_table_has_the_signs_of_its_language(name: str) -> None:
    language = Path(name).stem
    table = yaml.safe_load(SHIPPED[name])
    texts = [
        text
        for said in table.values()
        for text in (said.values() if isinstance(said, dict) else [said])
    ]
    wrong = WRONG_SIGNS.get(language, r"\s[:;!?]|'|\.\.\.")
    assert [text for text in texts if re.search(wrong, text)] == []


def test_what_a_languages_plurals_lack_is_told() -> None:
    table = "post_count:\n  one: wpis\n  other: wpisy"
    [said] = [
        each
        for each in told("pl", pl=table, en="post_count: {one: p, other: ps}")
        if "post_count" in each and "few" in each
    ]
    assert said == (
        "templates/i18n/pl.yaml:1: warning missing-string: `post_count` has no `few:`, `many:`: "
        "those numbers are said with `other:`"
    )
    assert not any("few" in each for each in told("pl", pl="post_count: wpisy"))


def test_a_language_in_two_scripts_does_not_get_the_words_of_the_other() -> None:
    for language in ("zh-TW", "zh-HK", "zh-Hant"):
        assert read_strings(language, SHIPPED)[0].say("home") == "首頁", language
    for language in ("zh", "zh-CN", "zh-Hans-CN"):
        assert read_strings(language, SHIPPED)[0].say("home") == "首页", language


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
