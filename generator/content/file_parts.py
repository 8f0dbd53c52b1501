"""A source file's bytes -> its front matter and its text."""

from __future__ import annotations

import re

from generator.markdown.headings import title_heading

MOST_LINE = 262_144
_NEARLY_FENCE = re.compile(r"\s*(?:-{2,}|[–—]+)\s*\n")
_FENCE = re.compile(r"---[ \t]*\n")
_FENCE_END = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)

_OTHER_KINDS = {
    "{\\rtf": "a document of a word processor (RTF)",
    "PK\x03\x04": "a document of Word or LibreOffice, or a zip file",
    "%PDF": "a PDF",
    "\ufffd\ufffd\x11\ufffd": "a document of Word",
    "<!doctype": "an HTML page",
    "<html": "an HTML page",
}
"""How files begin that are no Markdown, whatever their names say."""


class FileFault(Exception):
    """Why a file cannot be read: a line of it, and a problem's code, message and hint."""

    def __init__(self, line: int, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.line, self.code, self.message, self.hint = line, code, message, hint


def decoded(raw: bytes) -> str:
    """Return a file's text, with `\n` at the end of each line. Raises FileFault."""
    start = raw[:20].decode("utf-8", errors="replace").lower()
    for beginning, kind in _OTHER_KINDS.items():
        if start.startswith(beginning.lower()):
            hint = "save it as plain text, or copy its words into a new file"
            raise FileFault(1, "not-text", f"this is {kind}, not Markdown", hint)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileFault(line, "not-utf8", "not UTF-8 text", "save the file as UTF-8") from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        hint = "start it with `---`, `title: ...` and `---`, or delete it"
        raise FileFault(1, "empty-file", "the file is empty", hint)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FileFault(line, "not-text", "a NUL character", "is this really a Markdown file?")
    if len(text) > MOST_LINE:
        for number, content in enumerate(text.split("\n"), 1):
            if len(content) > MOST_LINE:
                message = f"a line of {len(content):,} characters; at most {MOST_LINE:,}"
                hint = "break it up; put pictures in files of their own"
                raise FileFault(number, "long-line", message, hint)
    return text


def parted(text: str, *, note: bool = False) -> tuple[str, str, int]:
    """Return the front matter, what follows it, and the line on which that begins. Raises
    FileFault.

    A text that begins with its title needs no front matter, and neither does a `note`.
    """
    start = _FENCE.match(text)
    if not start and title_heading(text):
        return "", text, 1
    if not start:
        hint = "start it with `---`, `title: ...` and `---`, or with a line `# Title`"
        if text.startswith("+++"):
            hint = "write it as YAML between `---` lines, `title: ...` instead of `title = ...`"
        elif _NEARLY_FENCE.match(text):
            hint = "its first line must be `---`: three hyphens, nothing before and after them"
        elif note:
            return "", text, 1
        raise FileFault(1, "no-front-matter", "the file has no front matter", hint)
    end = _FENCE_END.search(text, start.end())
    if not end:
        hint = "put a line `---` after the last setting"
        raise FileFault(1, "no-front-matter", "the front matter is not closed", hint)
    matter = text[start.end() : end.start()]
    body_line = text.count("\n", 0, end.end()) + 2
    return matter, text[end.end() + 1 :], body_line
