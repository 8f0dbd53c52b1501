"""Tags that were meant to be another: used once, and spelled nearly like one that is used often.

Tags that differ only in capitals, spaces or signs are one term already (names.term_slug); the
catalogue reports those.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from generator.core.problems import Problem

OFTEN = 3
"""From so many documents on, a term counts as much used."""

_SHORTEST = 5
"""Shorter words are too often another word when one letter changes: `port`, `post`."""

_SHORTEST_PLURAL = 3
_ENDINGS = (("ies", "y"), ("es", ""), ("s", ""))
"""How the plural of an English word ends, and what stands there in the singular."""


def near_terms(
    taxonomy: str, names: Mapping[str, str], posts: Mapping[str, Sequence[str]]
) -> list[Problem]:
    """Return a note for each term that one post alone has and that may be another one misspelt.

    `names` and `posts` are keyed by the term's slug; `posts` are sources. The work grows with the
    number of terms, not with that of their pairs.
    """
    often = [slug for slug, sources in posts.items() if len(sources) >= OFTEN]
    if not often or len(often) == len(posts):
        return []
    by_form: dict[str, str] = {}
    for slug in sorted(often, key=lambda slug: (len(posts[slug]), slug)):  # the most used wins
        by_form.update(dict.fromkeys(_forms(slug), slug))
    problems = []
    for slug, sources in posts.items():
        if len(sources) > 1:
            continue
        meant = next((by_form[form] for form in _forms(slug) if form in by_form), "")
        if meant and not _only_digits_differ(slug, meant):
            problems.append(
                Problem(
                    path=sources[0],
                    code="term-near",
                    message=f"`{names[slug]}` is on no other post; `{names[meant]}`, of the "
                    f"{taxonomy} too, is on {len(posts[meant])}",
                    hint=f"did you mean `{names[meant]}`?",
                    severity="note",
                    needle=names[slug],
                )
            )
    return problems


def _forms(slug: str) -> Iterable[str]:
    """Yield what two slugs have in common that differ in accents, number, or one letter.

    Two words that are one insertion, deletion, replacement or exchange of neighbours apart share a
    form with one letter left out (the idea of Garbe's SymSpell).
    """
    plain = _without_marks(slug)
    yield f"={plain}"
    for ending, singular in _ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= _SHORTEST_PLURAL:
            yield f"={plain.removesuffix(ending)}{singular}"
    if len(plain) >= _SHORTEST:
        yield f"~{plain}"
        for place in range(len(plain)):
            yield f"~{plain[:place]}{plain[place + 1 :]}"


def _without_marks(text: str) -> str:
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text)
    return "".join(char for char in apart if not unicodedata.combining(char))


def _only_digits_differ(one: str, other: str) -> bool:
    """Return whether two slugs are the same but for numbers: `2023` and `2024` are both meant."""
    first, second = ("".join(c for c in slug if not c.isdigit()) for slug in (one, other))
    return first == second
