"""The words that pages show beside the owner's own: a table for each language.

The tables are `templates/i18n/LANGUAGE.yaml`. What a language lacks is in English, and reported.
The few words that Tidepost itself writes into views have their English here too, for sites whose
templates came without tables.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from markupsafe import Markup, escape

from generator.core.cache import Cache, key_of
from generator.core.installed import installed_version
from generator.core.problems import Problem, did_you_mean
from generator.core.yaml_reader import YamlError, read_mapping
from generator.i18n.locales import Locale, is_english, locale_of, other_script

FOLDER = "i18n/"
"""Where the tables are, below templates/."""

STEP = "strings-2"
PLURALS = ("zero", "one", "two", "few", "many", "other")

OWN = {
    "home": "Home",
    "posts": "Posts",
    "archive": "Archive",
    "tags": "Tags",
    "categories": "Categories",
    "series": "Series",
    "authors": "Authors",
    "all_posts": "All posts",
    "all_posts_about": "All posts of {site}",
    "numbered": "{title}, page {number}",
    "tags_one": "Tag: {name}",
    "categories_one": "Category: {name}",
    "series_one": "Series: {name}",
    "authors_one": "Author: {name}",
    "tags_one_about": "Posts of {site} under the tag {name}",
    "categories_one_about": "Posts of {site} under the category {name}",
    "series_one_about": "Posts of {site} under the series {name}",
    "authors_one_about": "Posts of {site} under the author {name}",
    "tags_about": "All tags of {site}",
    "categories_about": "All categories of {site}",
    "series_about": "All series of {site}",
    "authors_about": "All authors of {site}",
    "archive_about": "All posts of {site} by year",
    "photos": "Photographs",
    "photos_about": "All photographs of {site}",
    "blogroll": "Blogroll",
    "blogroll_about": "Other sites that {site} follows",
    "search": "Search",
    "search_about": "Find a text in {site}",
    "year_title": "Posts of {year}",
    "year_about": "Posts of {site} written in {year}",
    "not_found": "Page not found",
    "not_found_about": "There is no page at this address of {site}.",
    "moved": "This page has moved",
    "moved_to": "This page has moved to {link}.",
    "permalink": "Permalink",
    "note_note": "Note",
    "note_tip": "Tip",
    "note_important": "Important",
    "note_warning": "Warning",
    "note_caution": "Caution",
    "back_to_note": "Back to the text of note {number}",
}
"""The words of the generator's own in English."""


class UnknownString(Exception):
    """A template asks for a string that no table has, or without what the string names."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Strings(msgspec.Struct, frozen=True, kw_only=True):
    """The words in one language: `plain` ones, and `forms` of those that have a plural or something
    to be filled in, by plural category."""

    locale: Locale
    plain: dict[str, str]
    forms: dict[str, dict[str, str]] = {}

    def say(self, key: str, count: int | None = None, **named: object) -> str:
        """Return a string: `say("minutes", count=3)`, `say("by", name="Ana")`.

        What is filled in is escaped by the template, or, where some of it is HTML, here. Raises
        UnknownString.
        """
        text = self.plain.get(key)
        if text is not None:
            return text
        forms = self.forms.get(key)
        if forms is None:
            known = did_you_mean(key, (*self.plain, *self.forms))
            raise UnknownString(
                f"no string `{key}`", known or f"add it to templates/{FOLDER}en.yaml"
            )
        if count is None:
            text = forms["other"]
        else:
            text = forms.get(self.locale.plural(count)) or forms["other"]
            named["count"] = self.locale.number(count)
        try:
            for value in named.values():
                if hasattr(value, "__html__"):
                    # `Markup.format_map` does the same, ten times as slowly.
                    safe = {name: escape(value) for name, value in named.items()}
                    return Markup(str.format_map(escape(text), safe))  # noqa: S704
            return text.format_map(named)
        except KeyError as error:
            raise UnknownString(
                f"string `{key}` needs {error}", f'write t("{key}", {error.args[0]}=...)'
            ) from None


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of reading tables."""

    strings: Strings
    problems: tuple[Problem, ...]


def remembered_strings(
    language: str, tables: Mapping[str, str], cache: Cache
) -> tuple[Strings, list[Problem]]:
    """Do what `read_strings` does, from the cache where it is known: then neither YAML nor CLDR is
    read."""
    names = sorted({f"{FOLDER}en.yaml", *_chain(language)})
    texts = [part for name in names for part in (name, tables.get(name, "\0missing"))]
    cldr = "" if is_english(language) else installed_version("babel")
    key = key_of(STEP, language, cldr, *texts)
    encoded = cache.get_many([key]).get(key)
    if encoded is not None:
        read = msgspec.msgpack.decode(encoded, type=_Read)
        return read.strings, list(read.problems)
    strings, problems = read_strings(language, tables)
    read = _Read(strings=strings, problems=tuple(problems))
    cache.put_many({key: msgspec.msgpack.encode(read)})
    return strings, problems


def read_strings(language: str, tables: Mapping[str, str]) -> tuple[Strings, list[Problem]]:
    """Return the words of a language, and what is wrong with its table.

    `tables` are the texts of the files by their path below templates/. A region's table, such as
    `i18n/de-AT.yaml`, stands before its language's.
    """
    problems: list[Problem] = []
    english: dict[str, dict[str, str]] = {key: {"other": text} for key, text in OWN.items()}
    english |= _table(f"{FOLDER}en.yaml", tables, english, problems, judge=False)
    words = dict(english)
    chain = [name for name in _chain(language) if name in tables]
    found: set[str] = set()
    locale = locale_of(language)
    for name in chain:
        own = _table(name, tables, english, problems, judge=True, plurals=locale.asked)
        words |= own
        found |= own.keys()
    if not is_english(language):
        problems += _missing(language, chain, found, english)
    plain = {
        key: forms["other"].format()
        for key, forms in words.items()
        if len(forms) == 1 and not any(_names(forms["other"]))
    }
    strings = Strings(
        locale=locale,
        plain=plain,
        forms={key: forms for key, forms in words.items() if key not in plain},
    )
    return strings, problems


def _chain(language: str) -> list[str]:
    """Return the files of a language, the most general first: i18n/de.yaml, i18n/de-AT.yaml. Those
    of a language that is written in another script there are left out."""
    parts = language.split("-")
    codes = ["-".join(parts[: count + 1]) for count in range(len(parts))]
    if script := other_script(language):
        codes = [f"{parts[0]}-{script}", *codes[1:]]
    return [f"{FOLDER}{code}.yaml" for code in dict.fromkeys(codes) if code != "en"]


def _table(
    name: str,
    tables: Mapping[str, str],
    english: Mapping[str, Mapping[str, str]],
    problems: list[Problem],
    *,
    judge: bool,
    plurals: frozenset[str] = frozenset(),
) -> dict[str, dict[str, str]]:
    """Read one file; `judge` holds it to what English has, and to the plurals of its language."""

    def problem(line: int, code: str, message: str, hint: str, severity: Any = "error") -> None:
        problems.append(
            Problem(
                path=f"templates/{name}",
                line=line,
                code=code,
                message=message,
                hint=hint,
                severity=severity,
            )
        )

    if name not in tables:
        return {}
    try:
        yaml = read_mapping(tables[name])
    except YamlError as mistake:
        problem(mistake.line, "bad-strings", mistake.message, mistake.hint)
        return {}
    words: dict[str, dict[str, str]] = {}
    for key, value in yaml.data.items():
        if value is None:
            continue
        forms, wrong, at = _forms(value)
        line = yaml.line_of(key, *at)
        if wrong:
            problem(
                line, "bad-strings", f"`{key}`: {wrong}", "docs/templates.md describes the form"
            )
            continue
        known = english.get(key)
        if judge and known is None:
            hint = did_you_mean(key, english) or f"add it to templates/{FOLDER}en.yaml, or remove"
            problem(line, "stray-string", f"English has no string `{key}`", hint, "warning")
        allowed = {"count"}.union(*(set(_names(text)) for text in (known or forms).values()))
        if more := {name for text in forms.values() for name in _names(text)} - allowed:
            has = ", ".join(f"`{{{one}}}`" for one in sorted(allowed - {"count"})) or "none"
            message = f"`{key}`: nothing is filled in for `{{{min(more)}}}`"
            problem(line, "bad-strings", message, f"English has here: {has}")
            continue
        if len(forms) > 1 and (lacking := sorted(plurals - forms.keys(), key=PLURALS.index)):
            needs = ", ".join(f"`{one}:`" for one in lacking)
            message = f"`{key}` has no {needs}: those numbers are said with `other:`"
            problem(line, "missing-string", message, "add the form here", "warning")
        words[key] = forms
    return words


def _forms(value: Any) -> tuple[dict[str, str], str, tuple[str, ...]]:
    """Return a string's forms, or what is wrong and with which of them."""
    if not isinstance(value, dict):
        value = {"other": value}
    forms: dict[str, str] = {}
    for name, text in value.items():
        at = (name,) if len(value) > 1 else ()
        if name not in PLURALS:
            return {}, f"`{name}` is none of {', '.join(PLURALS)}", at
        if isinstance(text, (dict, list)) or text is None or isinstance(text, bool):
            return {}, "expected text", at
        try:
            if not all(one.isidentifier() for one in _names(str(text))):
                return {}, "only a name stands between braces, such as {count}", at
        except ValueError:
            return {}, "a brace without its other; write {{ for a brace itself", at
        forms[name] = str(text)
    if "other" not in forms:
        return {}, "needs `other:`", ()
    return forms, "", ()


def _names(text: str) -> Iterator[str]:
    """Yield what is filled in; what is more than a name comes as it is written."""
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is not None:
            yield name if not form and not conversion else f"{name}:{form}"


def _missing(
    language: str, chain: list[str], found: set[str], english: Mapping[str, object]
) -> list[Problem]:
    """Tell, once for a table, what is said in English in its place."""
    path = f"templates/{chain[0] if chain else f'{FOLDER}{language}.yaml'}"
    lacking = [key for key in english if key not in found]
    if not lacking:
        return []
    message = f"no strings for `{language}`: pages say theirs in English"
    hint = f"copy templates/{FOLDER}en.yaml to {path} and translate it"
    if chain:
        shown = ", ".join(f"`{key}`" for key in lacking[:5])
        more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
        message = f"no {shown}{more}: said in English"
        hint = "translate them here"
    return [
        Problem(path=path, code="missing-string", message=message, hint=hint, severity="warning")
    ]
