"""The lines that a Pelican text begins with, in Markdown, HTML and reStructuredText.

Rules: docs.getpelican.com, "Writing content"; Python-Markdown's extension `meta`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from generator.importers.frontmatter import FrontMatterError, Matter

_KEY = re.compile(r"^ {0,3}(?P<key>[\w-]+):[ \t]*(?P<value>.*)$", re.ASCII)
_MORE = re.compile(r"^ {4,}(?P<value>.*)$")
_BEGIN, _END = re.compile(r"^-{3}(?:\s.*)?$"), re.compile(r"^(?:-{3}|\.{3})(?:\s.*)?$")
_META = re.compile(
    r"<meta\s+(?=[^>]*\bname\s*=\s*[\"'](?P<name>[^\"']*)[\"'])"
    r"(?=[^>]*\bcontents?\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'))[^>]*>",
    re.IGNORECASE,
)
_FIELD = re.compile(r"^:(?P<key>[\w-]+):[ \t]*(?P<value>.*)$")
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


def of_rst(text: str) -> tuple[Matter, str]:
    """Return the metadata of a text in reStructuredText, and its body as HTML.

    Raises MatterMistake where docutils is not installed, or cannot read the text.
    """
    try:
        from docutils.core import publish_parts
        from docutils.utils import SystemMessage
    except ImportError:
        hint = "install docutils (pip install docutils), and import again"
        raise FrontMatterError(1, "it is written in reStructuredText", hint) from None
    options: Mapping[str, Any] = {
        "_disable_config": True,
        "file_insertion_enabled": False,
        "raw_enabled": True,
        "report_level": 5,
        "halt_level": 5,
        "initial_header_level": 2,
        "syntax_highlight": "none",
        "docinfo_xform": False,
        "embed_stylesheet": False,
    }
    values: dict[str, Any] = {}
    kept: list[str] = []
    lines = text.split("\n")
    place = 0
    while place < len(lines):
        field = _FIELD.match(lines[place])
        if field is None:
            kept.append(lines[place])
            if values and lines[place].strip():
                break
            place += 1
            continue
        parts = [field["value"].strip()]
        while place + 1 < len(lines) and re.match(r"[ \t]+\S", lines[place + 1]):
            place += 1
            parts.append(lines[place].strip())
        values[field["key"].lower()] = " ".join(parts)
        kept.append("")
        place += 1
    source = "\n".join([*kept, *lines[place + 1 :]])
    try:
        parts_of = publish_parts(source, writer="html5", settings_overrides=dict(options))
    except (SystemMessage, ValueError, AttributeError, RecursionError) as error:
        raise FrontMatterError(1, f"docutils cannot read it: {error}") from None
    if parts_of["title"]:
        plain = re.sub(r"<[^>]*>", "", str(parts_of["title"]))
        values.setdefault("title", " ".join(unescape(plain).split()))
    matter = Matter(values=values, body=text, body_line=1, raw=text[:2000], first=1)
    return matter, str(parts_of["fragment"])
