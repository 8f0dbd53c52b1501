"""reStructuredText -> HTML, by docutils where it is installed.

Nothing that a text names is read: no file, no address. Pelican's own directive for code
(`pelican/rstdirectives.py`) takes options that docutils' does not know.
"""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any, NamedTuple

from bs4 import BeautifulSoup

from generator.importers.frontmatter import FrontMatterError, Matter

_FIELD = re.compile(r"^:(?P<key>[\w-]+):[ \t]*(?P<value>.*)$")
_MESSAGE = re.compile(r"^<string>:(?P<line>\d+): \((?P<level>\w+)/\d\) (?P<text>.*)$", re.MULTILINE)
_LOSSES = ("ERROR", "SEVERE")
_NOTE, _OF_NOTE = "\x04", "\x05"
_CODE_OPTIONS = (
    *(
        "linenos",
        "linenostart",
        "linenostep",
        "linenospecial",
        "hl_lines",
        "nowrap",
        "anchorlinenos",
    ),
    *("classprefix", "lineanchors", "lineseparator", "linespans", "nobackground", "noclasses"),
    *("tagsfile", "tagurlformat", "number-lines", "class", "name", "emphasize-lines", "caption"),
)


class Read(NamedTuple):
    """A text's metadata, its body as HTML, and what docutils says of it, by its lines."""

    matter: Matter
    html: str
    messages: list[tuple[int, str]]


def read(text: str) -> Read:
    """Read a text. Raises FrontMatterError where docutils is not installed or cannot read it."""
    try:
        from docutils.core import publish_parts
        from docutils.utils import SystemMessage
    except ImportError:
        hint = "install docutils (pip install docutils), and import again"
        raise FrontMatterError(1, "it is written in reStructuredText", hint) from None
    _register()
    values, source = _without_fields(text)
    warnings = io.StringIO()
    options: dict[str, Any] = {
        "_disable_config": True,
        "file_insertion_enabled": False,
        "raw_enabled": True,
        "report_level": 2,
        "halt_level": 5,
        "warning_stream": warnings,
        "initial_header_level": 2,
        "syntax_highlight": "none",
        "docinfo_xform": False,
    }
    try:
        parts = publish_parts(source, writer="html5", settings_overrides=options)
    except (SystemMessage, ValueError, AttributeError, RecursionError, KeyError) as error:
        raise FrontMatterError(1, f"docutils cannot read it: {error}") from None
    if parts["title"]:
        plain = re.sub(r"<[^>]*>", "", str(parts["title"]))
        values.setdefault("title", " ".join(unescape(plain).split()))
    matter = Matter(values=values, body=text, body_line=1, raw=text[:2000], first=1)
    messages = [
        (int(found["line"]), found["text"])
        for found in _MESSAGE.finditer(warnings.getvalue())
        if found["level"] in _LOSSES or "disabled" in found["text"]
    ]
    return Read(matter, _usual(str(parts["fragment"])), messages)


def _without_fields(text: str) -> tuple[dict[str, Any], str]:
    """Return the fields below the title, and the text with empty lines in their place."""
    values: dict[str, Any] = {}
    lines = text.split("\n")
    place = 0
    while place < len(lines):
        field = _FIELD.match(lines[place])
        if field is None:
            if values and lines[place].strip():
                break
            place += 1
            continue
        parts = [field["value"].strip()]
        lines[place] = ""
        while place + 1 < len(lines) and re.match(r"[ \t]+\S", lines[place + 1]):
            place += 1
            parts.append(lines[place].strip())
            lines[place] = ""
        values[field["key"].lower()] = " ".join(parts)
        place += 1
    return values, "\n".join(lines)


def _usual(html: str) -> str:
    """Return docutils' HTML as other programs write it: code, literals, notes, messages."""
    soup = BeautifulSoup(html, "html.parser")
    for literal in soup.find_all("span", class_="literal"):
        literal.name = "code"
        literal.attrs = {}
    for code in soup.find_all("pre", class_="code"):
        names = [one for one in code.get("class") or [] if one not in ("code", "literal-block")]
        code.attrs = {"class": f"language-{names[0]}"} if names else {}
    for mark in soup.find_all("a", role="doc-noteref"):
        mark.replace_with(f"{_NOTE}{mark.get_text().strip('[]')}{_NOTE}")
    for note in soup.find_all("aside", role="doc-footnote"):
        label = note.find("span", class_="label")
        number = label.extract().get_text().strip("[]") if label else ""
        note.name = "p"
        text = " ".join(note.get_text().split())
        note.string = f"{_OF_NOTE}{number}{_OF_NOTE} {text}"
    for message in soup.find_all("aside", class_="system-message"):
        # What docutils could not read stays as it was written.
        kept = message.find("pre") if any(one in message.get_text() for one in _LOSSES) else None
        message.replace_with(kept.extract() if kept else "")
    return str(soup)


def with_notes(text: str) -> str:
    """Return Markdown with the footnotes for which marks stand in the HTML that it came from."""
    text = re.sub(rf"{_OF_NOTE}([^{_OF_NOTE}]*){_OF_NOTE} ", r"[^\1]: ", text)
    return re.sub(rf"{_NOTE}([^{_NOTE}]*){_NOTE}", r"[^\1]", text)


def _register() -> None:
    """Let docutils know the directive for code as Pelican's texts call it."""
    from docutils import nodes
    from docutils.parsers.rst import Directive, directives

    class Code(Directive):  # type: ignore[misc]
        required_arguments, optional_arguments, has_content = 0, 1, True
        final_argument_whitespace = True
        option_spec = dict.fromkeys(_CODE_OPTIONS, directives.unchanged)

        def run(self) -> list[Any]:
            code = "\n".join(self.content)
            names = ["code", *(self.arguments[:1] or [])]
            return [nodes.literal_block(code, code, classes=names)]

    for name in ("code-block", "sourcecode", "code"):
        directives.register_directive(name, Code)
