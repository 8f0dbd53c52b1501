"""The few words that Markdown itself brings into a text, in the language of the site."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from generator.core.cache import Cache
from generator.i18n.strings import FOLDER, Strings, remembered_strings

KINDS = ("note", "tip", "important", "warning", "caution")
"""The boxes that GitHub knows ("Basic writing and formatting syntax", Alerts)."""


class Words(msgspec.Struct, frozen=True):
    """The title of a box by its kind, where it has none of its own, and what the arrow behind a
    note is called, in which `{number}` stands for the note's."""

    titles: dict[str, str]
    back: str

    def title(self, kind: str) -> str:
        """Return the title of a box; other kinds than those known are the site's own words."""
        return self.titles.get(kind) or kind.capitalize()


ENGLISH = Words(
    titles={kind: kind.capitalize() for kind in KINDS},
    back="Back to the text of note {number}",
)


def words_of(strings: Strings) -> Words:
    """Return the words of a table."""
    return Words(
        titles={kind: strings.say(f"note_{kind}") for kind in KINDS},
        back=strings.say("back_to_note", number="{number}"),
    )


def remembered_words(language: str, templates: Mapping[str, str], cache: Cache) -> Words:
    """Return the words of a site in a language, whose tables are among its templates."""
    tables = {name: text for name, text in templates.items() if name.startswith(FOLDER)}
    strings, _ = remembered_strings(language, tables, cache)
    return words_of(strings)
