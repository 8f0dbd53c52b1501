"""Patterns of paths as other programs' settings have them."""

from __future__ import annotations

import fnmatch
import re


def glob(pattern: str) -> re.Pattern[str]:
    """Return a pattern of paths: `*` stays in its folder, `**` does not."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\{[^{}]*\}|\[[^\]]*\])", pattern)
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    out = []
    for part in parts:
        if part.startswith("{") and part.endswith("}"):
            out.append("(?:" + "|".join(glob(one).pattern for one in part[1:-1].split(",")) + ")")
        elif part.startswith("[") and part.endswith("]"):
            out.append(fnmatch.translate(part).removeprefix("(?s:").removesuffix(")\\Z"))
        else:
            out.append(signs.get(part) or re.escape(part))
    return re.compile("".join(out))


def is_glob(pattern: str) -> bool:
    """Return whether a path is a pattern."""
    return any(sign in pattern for sign in "*?{[")
