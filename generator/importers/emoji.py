"""Names of emoji (`:smile:`) -> the emoji, as Hugo's `enableEmoji` and the plugin jemoji show them.

The names are GitHub's, of which pymdown-extensions keeps a table.
"""

from __future__ import annotations

import re
from functools import cache

from generator.importers.lines import SHORTCODE, Line
from generator.importers.reporter import Reporter
from generator.markdown.reading import Places, events

_NAME = re.compile(rf"(?:https?://|www\.)\S+|{SHORTCODE}[^\n]*|\\.|(?P<name>:[\w+-]+:)")
_TAG = re.compile(r"(<[^<>]*>)")
_CODE = re.compile(r"<(?P<end>/?)(?:code|pre|tt)(?=[\s>])", re.IGNORECASE)


_PICTURES = frozenset(
    [
        "accessibility",
        "atom",
        "basecamp",
        "basecampy",
        "bowtie",
        "copilot",
        "dependabot",
        "electron",
        "feelsgood",
        "finnadie",
        "fishsticks",
        "goberserk",
        "godmode",
        "hurtrealbad",
        "neckbeard",
        "octocat",
        "rage1",
        "rage2",
        "rage3",
        "rage4",
        "shipit",
        "suspect",
        "trollface",
    ]
)
"""Names for which GitHub has a picture of its own, which is no emoji (api.github.com/emojis)."""


@cache
def _table() -> dict[str, str]:
    """Return the emoji of each name, with the colons around it."""
    from pymdownx import gemoji_db

    known = {
        name: "".join(
            chr(int(code, 16)) for code in (one.get("unicode_alt") or one["unicode"]).split("-")
        )
        for name, one in gemoji_db.emoji.items()
    }
    return known | {name: known[one] for name, one in gemoji_db.aliases.items()}


def with_emoji(text: str) -> str:
    """Return a text without Markdown, such as a title, with the emoji that it names."""
    if text.count(":") < 2:
        return text
    return _NAME.sub(lambda found: _table().get(found["name"], found[0]), text)


def set_emoji(lines: list[Line], tell: Reporter, path: str, *, in_html: bool) -> list[Line]:
    """Write the emoji that a text names, but in code and in addresses. `in_html`: also in blocks of
    HTML, where jemoji looks and Hugo does not; what jemoji showed as a picture of GitHub's is
    reported.
    """
    text = "\n".join(line.text for line in lines)
    if in_html:
        _tell_pictures(lines, tell, path)
    if not any(found["name"] in _table() for found in _NAME.finditer(text)):
        return lines
    place = Places(text)
    parts: list[str] = []
    end = depth = 0
    for what, at in events(text):
        if what.__class__ is not dict:
            continue
        ((kind, value),) = what.items()
        start, stop = place(at["start"]), place(at["end"])
        if text[max(end, start - 1) : start] == "\\":
            start -= 1  # a sign with a backslash before it is the sign alone
        if kind == "Start" and value.__class__ is dict and "CodeBlock" in value:
            parts.append(text[end:stop])  # whose words are texts, too
            end = max(end, stop)
        elif start >= end and (kind == "Text" or (in_html and kind in ("Html", "InlineHtml"))):
            parts.append(text[end:start])
            end = stop
            for piece in _TAG.split(text[start:stop]) if in_html else [text[start:stop]]:
                if tag := _CODE.match(piece):
                    depth = max(0, depth - 1) if tag["end"] else depth + 1
                parts.append(piece if depth or piece.startswith("<") else with_emoji(piece))
    changed = "".join((*parts, text[end:])).split("\n")
    return [Line(new, line.source) for new, line in zip(changed, lines, strict=True)]


def _tell_pictures(lines: list[Line], tell: Reporter, path: str) -> None:
    for line in lines:
        for found in _NAME.finditer(line.text):
            if (found["name"] or "").strip(":") in _PICTURES:
                message = f"`{found[0]}`: a picture of GitHub's, which is no emoji"
                tell.left(path, line.source, message, "put a picture of your own there")
