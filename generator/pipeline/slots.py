"""Places in the theme for an owner's own: `templates/slots/`, empty until something is put there.

An empty slot is taken out before templates are compiled, since even an empty include costs each
page some ten microseconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

FOLDER = "slots/"

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_INCLUDE = re.compile(r"""\{%[-+]?\s*include\s+(["'])(slots/[^"']+)\1[^%]*?%\}""")


def without_empty_slots(templates: Mapping[str, str]) -> Mapping[str, str]:
    """Return the texts without the lines that include slots which hold nothing but comments.

    An empty comment takes the place of each, so that lines keep their numbers and their spaces.
    """
    empty = {
        name
        for name, text in templates.items()
        if name.startswith(FOLDER) and not _COMMENT.sub("", text).strip()
    }

    def piece(found: re.Match[str]) -> str:
        return "{##}" if found[2] in empty else found[0]

    return {
        name: _INCLUDE.sub(piece, text) if empty and FOLDER in text else text
        for name, text in templates.items()
    }
