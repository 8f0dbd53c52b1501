"""Shortcodes: `{{ name(key="value") }}` and `{% name() %} ... {% end %}` in Markdown.

What a call is, and what can be wrong with it; `extras` finds them in a text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

Render = Callable[[str, dict[str, Any], str | None], str]
"""(name, arguments, body or None) -> HTML. Raises ShortcodeError."""

_NO_SIGNS = dict.fromkeys((*range(9), *range(11, 32), 127))
"""Control characters, some of which a Markdown converter takes out of a text, also out of the
middle of a name."""

_WORDS = {"true": True, "false": False, "null": None, "none": None}


class ShortcodeError(Exception):
    """A call that cannot be carried out: what is wrong, and the way out."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def used_in(text: str | bytes) -> bool:
    """Return whether `text` may call a shortcode (never wrong when it says no)."""
    # One sign is found ten times as fast as two.
    if isinstance(text, bytes):
        return b"{" in text and (b"{{" in text or b"{%" in text)
    return "{" in text and ("{{" in text or "{%" in text)


def may_call(text: str, names: Sequence[str]) -> bool:
    """Return whether `text` may call one of the shortcodes `names` (never wrong when it says
    no)."""
    if not names:
        return False
    plain = text.translate(_NO_SIGNS)
    return any(name in plain for name in names)


def parse_arguments(text: str) -> dict[str, Any]:
    """Read `src="a.jpg", wide=true, sizes=[1, 2]`. Raises ShortcodeError."""
    try:
        call = ast.parse(f"f({text.strip()}\n)", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            raise ValueError("every argument needs a name")
        arguments = {}
        for keyword in call.keywords:
            if keyword.arg is None:
                raise ValueError("** is not possible here")
            if isinstance(keyword.value, ast.Name) and keyword.value.id.lower() in _WORDS:
                arguments[keyword.arg] = _WORDS[keyword.value.id.lower()]
            else:
                arguments[keyword.arg] = _plain_value(keyword.arg, keyword.value)
    except (SyntaxError, MemoryError, RecursionError):
        message = f"`({text.strip()})` cannot be read"
    except ValueError as error:
        message = str(error)
    else:
        return arguments
    hint = 'write name="text", name=3, name=true or name=["a", "b"]'
    raise ShortcodeError("bad-shortcode", message, hint)


def _plain_value(name: str, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        message = f"`{name}` is neither text nor a number, true, false, or a list of these"
        raise ValueError(message) from None
