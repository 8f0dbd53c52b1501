"""HTML in texts that Tidepost's security policy keeps from working."""

from __future__ import annotations

import re

from generator.importers.lines import Line
from generator.importers.reporter import Reporter

_BLOCKED = re.compile(r"<(?:script|iframe|object|embed|style)\b[^>]*>?", re.IGNORECASE)


def tell_blocked(lines: list[Line], tell: Reporter, path: str) -> None:
    """Tell every script and frame in a text."""
    for line in lines:
        if "<" in line.text and (found := _BLOCKED.search(line.text)):
            hint = "Tidepost's security policy blocks it; see docs/writing.md"
            tell.left(path, line.source, f"`{found[0].strip()}` in the text", hint)
