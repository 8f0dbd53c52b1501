"""What a text's HTML is given for its readers: tables that scroll, footnote roles.

Each step is skipped unless a substring test shows that it is needed.
"""

from __future__ import annotations

import html as html_entities
import re

_TABLE = re.compile(
    r"<table(?=[\s>])[^>]*(?:>|\Z)|</table>|<pre\b.*?(?:</pre>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL
)
_HEAD_CELL = re.compile(r"<th\b[^>]*(?:>|\Z)(.*?)(?:</th>|\Z)", re.DOTALL)
_CAPTION = re.compile(r"<caption\b[^>]*(?:>|\Z)(.*?)(?:</caption>|\Z)", re.DOTALL)
_TAG = re.compile(r"<[^>]*(?:>|\Z)")
_SPACE = re.compile(r"\s+")
_NOTE = re.compile(r'<a class="footnote-(ref|backref)" href="[^"]*"(?: title="([^"]*)")?')
_NOTES = '<div class="footnote">'

_LONGEST_LABEL = 120
"""In these patterns, what is never ended goes on to the text's end: looking for its end again from
each place would take more than linear time."""


def finish(html: str) -> str:
    """Return the HTML with all that is done for readers."""
    if "<table" in html:
        html = _scrolling_tables(html)
    if '"footnote-ref"' in html:
        html = _NOTE.sub(_note, html).replace(_NOTES, f'{_NOTES[:-1]} role="doc-endnotes">')
    return html


def _scrolling_tables(html: str) -> str:
    """Put each outermost table into a box that scrolls by itself where it is wider than a phone.

    The box can have the focus, so that the arrow keys scroll it, and a name for those who hear
    what has the focus: the table's caption, or else the words in its head.
    """
    parts: list[str] = []
    place = depth = start = 0
    for found in _TABLE.finditer(html):
        if found[0].startswith("<table"):
            if depth == 0:
                parts.append(html[place : found.start()])
                place = start = found.start()
            depth += 1
        elif found[0] == "</table>" and depth:
            depth -= 1
            if depth == 0:
                table = html[start : found.end()]
                parts.append(f'<div class="scroll" {_named(table)}tabindex="0">{table}</div>')
                place = found.end()
    parts.append(html[place:])
    return "".join(parts)


def _named(table: str) -> str:
    caption = _CAPTION.search(table)
    words = [caption[1]] if caption else _HEAD_CELL.findall(table)
    named = [text for word in words if (text := _SPACE.sub(" ", _TAG.sub("", word)).strip())]
    if not named:
        return ""
    label = html_entities.unescape(", ".join(named))[:_LONGEST_LABEL]
    return f'role="group" aria-label="{html_entities.escape(label)}" '


def _note(found: re.Match[str]) -> str:
    """Say what the links between a text and its notes are (W3C, "Digital Publishing WAI-ARIA")."""
    role = "doc-noteref" if found[1] == "ref" else "doc-backlink"
    label = f' aria-label="{found[2]}"' if found[2] else ""
    return f'{found[0]} role="{role}"{label}'
