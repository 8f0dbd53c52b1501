"""The Content-Security-Policy that pages are sent with: the standard one, widened by the owner.

Source: W3C, "Content Security Policy Level 3", section 2.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def widened(policy: str, more: Mapping[str, Sequence[str]]) -> str:
    """Return `policy` with further sources: those of `more`, by directive.

    A directive that allowed nothing so far, or was not there, allows these sources alone.
    """
    rules: dict[str, list[str]] = {}
    for rule in policy.split(";"):
        name, *sources = rule.split()
        rules[name] = sources
    for name, added in more.items():
        own = [source for source in rules.get(name, []) if source != "'none'"]
        rules[name] = list(dict.fromkeys([*own, *added]))
    return "; ".join(" ".join([name, *sources]) for name, sources in rules.items())
