"""How a language writes dates and numbers, which plural a number asks for, and its direction.

What is known of a language is a plain value, so that it can be part of keys and go to other
processes. For English it is written here; for any other it is read from Unicode's CLDR by way of
babel, which is imported only then. Dates are in strftime's forms throughout.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import msgspec

Direction = Literal["ltr", "rtl"]

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?")
"""A language with a script and a region where they matter: `de`, `pt-PT`, `zh-Hant`, `es-419`
(RFC 5646, section 2.1; its rarer parts are left out)."""

_RTL = frozenset(
    [
        "ar",
        "ckb",
        "dv",
        "fa",
        "he",
        "ks",
        "mzn",
        "nqo",
        "pnb",
        "prs",
        "ps",
        "sd",
        "syr",
        "ug",
        "ur",
        "yi",
    ]
)
_RTL_SCRIPTS = frozenset({"adlm", "arab", "aran", "hebr", "nkoo", "rohg", "syrc", "thaa"})
_PLURALS = 2000
_MILLION = 1_000_000
_CODE = re.compile("%(-?.?)", re.DOTALL)
_DAYS = frozenset("aAbBdjmuUwWyY") | {"-d", "-m"}
"""Codes of strftime's that ask for nothing but the day."""


class Locale(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a language.

    `months_alone` are the months' names where no day stands beside them. `forms` are the dates that
    templates ask for by name: long, medium (a short month) and day (without the year). `plurals`
    has for each number below 2,000, and then for a million, a digit for its plural category, in the
    order of CLDR's: zero, one, two, few, many, other. `grouping` is how many digits a number's last
    group has, and its others; `least` is how many stand before the last group at least, so that
    `1234` has none in Spanish. English has no names here: strftime knows them.
    """

    language: str
    months: tuple[str, ...]
    months_alone: tuple[str, ...]
    months_short: tuple[str, ...]
    days: tuple[str, ...]
    days_short: tuple[str, ...]
    halves: tuple[str, str]
    forms: dict[str, str]
    plurals: str = ""
    zero: str = "0"
    separator: str = ","
    grouping: tuple[int, int] = (3, 3)
    least: int = 1

    def date(self, moment: dt.datetime, form: str) -> str:
        """Return a date in a form of strftime's, or in one of `forms` by its name.

        A form without words, such as `%Y-%m-%d`, is for machines: it keeps its digits.
        """
        form = self.forms.get(form, form)
        native = False
        if self.months:
            words = self._named(form, moment)
            native, form = self.zero != "0" and words != form, words
        # `%-d` (no zero in front) is not known on every system, so it is filled in here.
        for code, value in (("%-d", moment.day), ("%-m", moment.month), ("%-H", moment.hour)):
            form = form.replace(code, str(value))
        text = moment.strftime(form)
        return self._digits(text) if native else text

    def tells_days(self, form: str) -> bool:
        """Return whether a form surely gives the same text for all moments of a day."""
        return _DAYS.issuperset(_CODE.findall(self.forms.get(form, form)))

    def number(self, value: int) -> str:
        """Return a whole number with its thousands set apart."""
        if abs(value) < 10 ** (self.grouping[0] + self.least - 1):
            text = str(value)
        elif self.grouping == (3, 3):
            text = f"{value:,}".replace(",", self.separator)
        else:
            last, other = self.grouping
            head, tail = str(abs(value))[:-last], str(value)[-last:]
            groups = [head[max(0, end - other) : end] for end in range(len(head), 0, -other)]
            text = self.separator.join([*reversed(groups), tail])
            text = f"-{text}" if value < 0 else text
        return text if self.zero == "0" else self._digits(text)

    def plural(self, count: int) -> str:
        """Return the plural category that CLDR gives a whole number in this language.

        Rules look at a number's last three digits, at small numbers, and at whether it is a
        multiple of a million (`1 000 000 de visites`), so that each is as good as one of these.
        """
        count = abs(count)
        if not self.plurals:
            return "one" if count == 1 else "other"
        place = count if count < _PLURALS else 1000 + count % 1000
        if count and count % _MILLION == 0:
            place = _PLURALS
        return _CATEGORIES[int(self.plurals[place])]

    @property
    def asked(self) -> frozenset[str]:
        """The plural categories of the numbers below 2,000: those that words are counted with."""
        if not self.plurals:
            return frozenset({"one", "other"})
        return frozenset(_CATEGORIES[int(place)] for place in set(self.plurals[:_PLURALS]))

    def _named(self, form: str, moment: dt.datetime) -> str:
        month, day = moment.month - 1, moment.weekday()
        if "%B" in form:
            names = self.months if "%-d" in form or "%d" in form else self.months_alone
            form = form.replace("%B", names[month])
        if "%b" in form:
            form = form.replace("%b", self.months_short[month])
        if "%A" in form:
            form = form.replace("%A", self.days[day])
        if "%a" in form:
            form = form.replace("%a", self.days_short[day])
        if "%p" in form:
            form = form.replace("%p", self.halves[moment.hour >= 12])
        return form

    def _digits(self, text: str) -> str:
        return text.translate({ord("0") + digit: ord(self.zero) + digit for digit in range(10)})


ENGLISH = Locale(
    language="en",
    months=(),
    months_alone=(),
    months_short=(),
    days=(),
    days_short=(),
    halves=("AM", "PM"),
    forms={"long": "%-d %B %Y", "medium": "%-d %b %Y", "day": "%-d %b"},
)

_CATEGORIES = ("zero", "one", "two", "few", "many", "other")


@cache
def direction(language: str) -> Direction:
    """Return the direction in which a language is written, by its script where it names one."""
    first, *more = language.lower().split("-")
    script = next((part for part in more if len(part) == 4), "")
    return "rtl" if script in _RTL_SCRIPTS or (not script and first in _RTL) else "ltr"


_SCRIPTS = {
    "az": {"cyrl": "Cyrl", "arab": "Arab"},
    "bs": {"cyrl": "Cyrl"},
    "pa": {"arab": "Arab", "pk": "Arab"},
    "sr": {"latn": "Latn", "me": "Latn"},
    "uz": {"cyrl": "Cyrl", "arab": "Arab", "af": "Arab"},
    "zh": {"hant": "Hant", "tw": "Hant", "hk": "Hant", "mo": "Hant"},
}
"""Languages in two scripts: what names the rarer one, as a script or a region (CLDR, "Likely
subtags")."""


def other_script(language: str) -> str:
    """Return the script of a language where it is not the one that its bare code stands for:
    `Hant` for zh-TW, which readers of zh may not read; else an empty text."""
    first, *more = language.lower().split("-")
    known = _SCRIPTS.get(first, {})
    return next((known[part] for part in more if part in known), "")


def is_english(language: str) -> bool:
    """Return whether a language is English, of whatever region."""
    return language.lower().split("-")[0] == "en"


@cache
def locale_of(language: str) -> Locale:
    """Return what is known of a language; of one that CLDR does not have, what is so of English."""
    if is_english(language):
        return msgspec.structs.replace(ENGLISH, language=language)
    from babel import localedata
    from babel.core import Locale as Snapshot
    from babel.core import UnknownLocaleError

    try:
        name = str(Snapshot.parse(language, sep="-"))  # which knows that zh-TW is zh-Hant-TW
    except (UnknownLocaleError, ValueError):
        return msgspec.structs.replace(ENGLISH, language=language)
    return _from_cldr(language, name, localedata.load(name))


def name_of(language: str) -> str:
    """Return a language's name for itself, such as Deutsch; the code of one that CLDR lacks."""
    if is_english(language):
        return "English"
    from babel import localedata

    first = language.split("-")[0].lower()
    if not localedata.exists(first):
        return language
    names: Mapping[str, str] = localedata.load(first)["languages"]
    name = names.get(language.replace("-", "_")) or names.get(first) or language
    return name[:1].upper() + name[1:]


def _from_cldr(language: str, name: str, data: Mapping[str, Any]) -> Locale:
    """Read a locale from babel's data as it is loaded: `babel.Locale` keeps what it looked up in
    dictionaries that locales share, so that one language would get another's names."""
    months, days = data["months"], data["days"]
    wide = _plain(data, months["format"]["wide"])
    alone = _plain(data, months["stand-alone"]["wide"])
    short = _plain(data, months["format"]["abbreviated"])
    day_names = _plain(data, days["format"]["wide"])
    day_short = _plain(data, days["format"]["abbreviated"])
    periods = {"am": "AM", "pm": "PM"}
    for width in ("abbreviated", "wide"):
        found = data["day_periods"]["format"].get(width)
        periods |= _plain(data, found) if found is not None else {}
    skeletons = data["datetime_skeletons"]
    system = data.get("default_numbering_system", "latn")
    symbols = data["number_symbols"]
    own = symbols.get(system, symbols["latn"])
    grouping = data["decimal_formats"][None].grouping
    plural = data["plural_form"]
    return Locale(
        language=language,
        months=tuple(wide[month] for month in range(1, 13)),
        months_alone=tuple(alone[month] for month in range(1, 13)),
        months_short=tuple(short[month] for month in range(1, 13)),
        days=tuple(day_names[day] for day in range(7)),
        days_short=tuple(day_short[day] for day in range(7)),
        halves=(periods["am"], periods["pm"]),
        forms={
            "long": _strftime(data["date_formats"]["long"].pattern),
            "medium": _strftime(skeletons["yMMMd"].pattern),
            "day": _strftime(skeletons["MMMd"].pattern),
        },
        plurals="".join(
            str(_CATEGORIES.index(plural(count))) for count in (*range(_PLURALS), _MILLION)
        ),
        zero=_ZEROS.get(system, "0"),
        separator=own.get("group", symbols["latn"]["group"]),
        grouping=grouping if 0 < grouping[0] <= 4 else (3, 3),
        least=_least(name),
    )


_LEAST = {
    **dict.fromkeys(["be", "bg", "es", "et", "hu", "hy", "ia", "ie", "it", "ka", "lv"], 2),
    **dict.fromkeys(["pl", "pt_PT", "ru_UA", "sl", "sq"], 2),
    **dict.fromkeys(["es_419", "pt_AO"], 1),
}
"""CLDR's `minimumGroupingDigits` where it is not 1 (CLDR 48), which babel leaves out of its data
(findings/babel-four-digits.sh); a region has its parent's."""


def _least(name: str) -> int:
    """Return how many digits of a number stand before its last group at least."""
    from babel.core import get_global

    parents: Mapping[str, str] = get_global("parent_exceptions")
    while name:
        if name in _LEAST:
            return _LEAST[name]
        name = parents.get(name) or name.rpartition("_")[0]
    return 1


def _plain(data: Mapping[str, Any], value: Any) -> Mapping[Any, str]:
    """Return a table of babel's data with what it says by reference to another."""
    if isinstance(value, tuple):
        reference, own = value
        return {**_plain(data, reference), **own}
    if hasattr(value, "resolve"):
        return _plain(data, value.resolve(data))
    table: Mapping[Any, str] = value
    return table


_ZEROS = {
    "arab": "\u0660",
    "arabext": "\u06f0",
    "beng": "\u09e6",
    "deva": "\u0966",
    "mymr": "\u1040",
    "tibt": "\u0f20",
    "cakm": "\U00011136",
    "olck": "\u1c50",
    "adlm": "\U0001e950",
    "hmnp": "\U0001e140",
    "mtei": "\uabf0",
    "nkoo": "\u07c0",
}
"""The digit nought of the numbering systems that CLDR has some language use by itself; the other
nine follow it in Unicode."""

_FIELDS = {
    "y": "%Y",
    "yyyy": "%Y",
    "yy": "%y",
    "M": "%-m",
    "MM": "%m",
    "MMM": "%b",
    "MMMM": "%B",
    "LLL": "%b",
    "LLLL": "%B",
    "d": "%-d",
    "dd": "%d",
    "EEE": "%a",
    "EEEE": "%A",
}
_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*")


def _strftime(pattern: str) -> str:
    """Return a date pattern of CLDR's (UTS #35, part 4, "Date Field Symbol Table") in strftime's
    words; fields that it has none for, such as an era, are left out."""

    def piece(found: re.Match[str]) -> str:
        if found[0].startswith("'"):
            return found[1].replace("''", "'").replace("%", "%%") or "'"
        return _FIELDS.get(found[0], "")

    text = _PIECE.sub(piece, pattern.replace("%", "%%"))
    return re.sub(r"\s{2,}", " ", text).strip()
