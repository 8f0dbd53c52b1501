"""Speed-ups that hold on to a library's insides, and the versions that they were tested with.

On another version a speed-up steps aside: the result is the same and takes longer, and `build` says
so in one line. A private name of a library is looked up only where `tested` allows it (ADR 74).
"""

from __future__ import annotations

from functools import cache

from generator.core.installed import installed_version

TESTED = {"jinja2": ("3.1.6",)}
"""The versions of each library whose insides render.jinja_compiler was held against
(tests/render/test_jinja_compiler.py)."""

_QUICK = {"jinja2": "templates"}
"""What each of them makes quicker."""


@cache
def tested(name: str) -> bool:
    """Return whether the installed version of a library is one that was tested."""
    return installed_version(name) in TESTED[name]


def stepped_aside() -> str:
    """Return one line on the speed-ups that are not used here; empty where all are."""
    aside = [name for name in TESTED if not tested(name)]
    if not aside:
        return ""
    what = " and ".join(_QUICK[name] for name in aside)
    wanted = " and ".join(f"{name} {' or '.join(TESTED[name])}" for name in aside)
    installed = " and ".join(f"{name} {installed_version(name)}" for name in aside)
    return f"Note: no speed-up for {what}: tested with {wanted}; installed is {installed}."
