"""What all groups of settings have in common."""

from __future__ import annotations

import msgspec


def refuse(wrong: list[str]) -> None:
    """Raise ValueError with all that is wrong, a line each; do nothing where nothing is."""
    if wrong:
        raise ValueError("\n".join(wrong))


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every group of settings.

    What a field's type cannot say is judged in `__post_init__`, which raises ValueError with one
    line `field: message` for every error.
    """


def too_small(settings: Group, **least: int) -> list[str]:
    """Return an error for each number that is less than what is said of it."""
    return [f"{name}: {n} or more" for name, n in least.items() if getattr(settings, name) < n]
