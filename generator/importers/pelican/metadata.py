"""The lines that a Pelican text begins with, in Markdown and HTML.

Rules: docs.getpelican.com, "Writing content"; Python-Markdown's extension `meta`.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from generator.importers.frontmatter import Matter

_KEY = re.compile(r"^ {0,3}(?P<key>[\w-]+):[ \t]*(?P<value>.*)$", re.ASCII)
_MORE = re.compile(r"^ {4,}(?P<value>.*)$")
_BEGIN, _END = re.compile(r"^-{3}(?:\s.*)?$"), re.compile(r"^(?:-{3}|\.{3})(?:\s.*)?$")
_META = re.compile(
    r"<meta\s+(?=[^>]*\bname\s*=\s*[\"'](?P<name>[^\"']*)[\"'])"
    r"(?=[^>]*\bcontents?\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'))[^>]*>",
    re.IGNORECASE,
)
_LISTS = ("tags", "authors")


def of_markdown(text: str) -> Matter:
    """Return the metadata and the body of a text in Markdown."""
    lines = text.split("\n")
    found: dict[str, list[str]] = {}
    place = 0
    key = ""
    if _BEGIN.match(lines[0]):
        place = 1
    while place < len(lines):
        line = lines[place]
        if not line.strip() or _END.match(line):
            place += 1
            break
        if given := _KEY.match(line):
            key = given["key"].lower()
            found.setdefault(key, []).append(given["value"].strip())
        elif (more := _MORE.match(line)) and key:
            found[key].append(more["value"].strip())
        else:
            break
        place += 1
    if not found:
        return Matter(values={}, body=text, body_line=1)
    return Matter(
        values={name: _joined(name, values) for name, values in found.items()},
        body="\n".join(lines[place:]),
        body_line=place + 1,
        raw="\n".join(lines[:place]),
        first=1,
    )


def _joined(name: str, values: list[str]) -> Any:
    """Return what lines of one name come to."""
    if name == "summary":
        return " ".join(values)
    if name in _LISTS or len(values) == 1:
        return values[0]
    return values


def of_html(text: str) -> Matter:
    """Return the metadata in the head of a text in HTML, and what is in its body."""
    head, body = text, text
    start = 0
    if opened := re.search(r"<body[^>]*>", text, re.IGNORECASE):
        start = opened.end()
        closed = re.search(r"</body\s*>", text[start:], re.IGNORECASE)
        end = start + closed.start() if closed else len(text)
        head, body = text[: opened.start()], text[start:end]
    values: dict[str, Any] = {}
    for found in _META.finditer(head):
        name = found["name"].lower()
        name = "tags" if name == "keywords" else name
        values[name] = unescape(found["double"] or found["single"] or "").strip()
    if title := re.search(r"<title[^>]*>(.*?)</title\s*>", head, re.IGNORECASE | re.DOTALL):
        values["title"] = " ".join(unescape(title[1]).split())
    line = text.count("\n", 0, start) + 1
    return Matter(values=values, body=body, body_line=line, raw=head, first=1)
