"""Dates, numbers and plurals of other languages, as CLDR has them."""

import datetime as dt
import itertools
import random
import subprocess
import sys

import pytest
from babel import Locale as Snapshot
from babel import localedata

from generator.i18n.locales import direction, is_english, locale_of, name_of
from tests.support.sites import PROJECT

DAY = dt.datetime(2026, 3, 2, 14, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "long", "medium", "day", "number"),
    [
        ("en", "2 March 2026", "2 Mar 2026", "2 Mar", "1,234,567"),
        ("en-GB", "2 March 2026", "2 Mar 2026", "2 Mar", "1,234,567"),
        ("de", "2. März 2026", "2. März 2026", "2. März", "1.234.567"),
        ("pt-BR", "2 de março de 2026", "2 de mar. de 2026", "2 de mar.", "1.234.567"),
        ("ja", "2026年3月2日", "2026年3月2日", "3月2日", "1,234,567"),
        ("fa", "۲ مارس ۲۰۲۶", "۲ مارس ۲۰۲۶", "۲ مارس", "۱٬۲۳۴٬۵۶۷"),
        ("hi", "2 मार्च 2026", "2 मार्च 2026", "2 मार्च", "12,34,567"),
        ("xx", "2 March 2026", "2 Mar 2026", "2 Mar", "1,234,567"),
    ],
)
def test_dates_and_numbers(language: str, long: str, medium: str, day: str, number: str) -> None:
    locale = locale_of(language)
    assert [locale.date(DAY, form) for form in ("long", "medium", "day")] == [long, medium, day]
    assert locale.number(1_234_567) == number
    assert locale.number(-1_234_567) == f"-{number}"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", ["999", "1234", "9999", "12.345"]),
        ("es-ES", ["999", "1234", "9999", "12.345"]),
        ("es-MX", ["999", "1,234", "9,999", "12,345"]),
        ("it", ["999", "1234", "9999", "12.345"]),
        ("pl", ["999", "1234", "9999", "12\xa0345"]),
        ("pt", ["999", "1.234", "9.999", "12.345"]),
        ("pt-PT", ["999", "1234", "9999", "12\xa0345"]),
        ("fr", ["999", "1\u202f234", "9\u202f999", "12\u202f345"]),
    ],
)
def test_a_number_of_four_digits_is_set_apart_where_the_language_does_so(
    language: str, said: list[str]
) -> None:
    locale = locale_of(language)
    assert [locale.number(number) for number in (999, 1234, 9999, 12345)] == said
    assert locale.number(-1234) == f"-{said[1]}"


def test_a_form_of_the_owners_has_the_languages_names() -> None:
    assert locale_of("de").date(DAY, "%A, %-d. %b %Y %%") == "Montag, 2. März 2026 %"
    assert locale_of("ru").date(DAY, "%-d %B") == "2 марта"
    assert locale_of("ru").date(DAY, "%B %Y") == "март 2026"
    assert locale_of("en").date(DAY, "%A %p") == "Monday PM"


def test_a_form_for_machines_keeps_its_digits() -> None:
    assert locale_of("fa").date(DAY, "%Y-%m-%d") == "2026-03-02"


def test_plurals_are_those_of_cldr_in_every_language() -> None:
    """Only Cornish has numbers above 2,000 that the rule of thumb gets wrong."""
    chance = random.Random(1)
    numbers = [*range(200), *(chance.randrange(200, 999_999) for _ in range(150))]
    numbers += [1_000_000, 1_000_001, 2_000_000, 21_000_000]
    for name in localedata.locale_identifiers():
        if "_" in name or name == "kw":
            continue
        known, own = Snapshot.parse(name).plural_form, locale_of(name)
        assert [own.plural(number) for number in numbers] == [known(n) for n in numbers], name


def test_one_language_never_gets_the_names_of_another() -> None:
    """Babel's own Locale gives Japanese months Hebrew names once Hebrew was asked for."""
    assert locale_of("he").months_alone[2] == "מרץ"
    assert locale_of("ja").months_alone[2] == "3月"
    assert locale_of("fr").months_alone[2] == "mars"


@pytest.mark.parametrize(
    ("language", "way"),
    [("ar", "rtl"), ("he-IL", "rtl"), ("pa-Arab", "rtl"), ("ar-Latn", "ltr"), ("arn", "ltr")],
)
def test_the_direction_is_the_scripts(language: str, way: str) -> None:
    assert direction(language) == way


def test_a_language_names_itself() -> None:
    named = {"de": "Deutsch", "en-GB": "English", "fr": "Français", "tlh": "tlh"}
    assert {language: name_of(language) for language in named} == named


def test_english_needs_no_babel() -> None:
    code = (
        "import sys; from generator.i18n.locales import locale_of, name_of;"
        "locale_of('en').plural(2); name_of('en-US'); assert 'babel' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
    assert is_english("en-US")
    assert not is_english("enm")


CODES = [f"%{code}" for code in "aAbBcCdDeFgGHIjklmMnpPrRsStTuUVwWxXyYzZ%"] + ["%-d", "%-m", "%-H"]


@pytest.mark.parametrize("language", ["en", "de", "ar-EG"])
def test_a_form_that_tells_days_is_the_same_all_day(language: str) -> None:
    locale, forms = locale_of(language), [*CODES, *map("".join, itertools.product(CODES, CODES))]
    assert {form for form in CODES if locale.tells_days(form)} >= {"%Y", "%B", "%-d", "%d", "%m"}
    assert all(locale.tells_days(form) for form in ("long", "medium", "day"))
    morning, evening = DAY.replace(hour=0, minute=0), DAY.replace(hour=23, minute=59, second=59)
    for form in filter(locale.tells_days, (*forms, *(f"%{form}" for form in forms), "%", "- %")):
        assert locale.date(morning, form) == locale.date(evening, form), form
