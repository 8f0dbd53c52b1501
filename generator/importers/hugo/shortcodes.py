"""Hugo's shortcodes and Goldmark's fences: what has an equal here; the rest is reported.

Go templates are not run: shortcodes of a theme or of the site's own stay as they are.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from functools import cached_property
from html import escape
from typing import Any

from generator.importers import markdown
from generator.importers.jekyll.liquid import FILM_PAGES
from generator.importers.lines import (
    BLOCK,
    Line,
    Pieces,
    argument,
    code_mask,
    each_text,
    fence_for,
    picture,
)
from generator.importers.reporter import Reporter

_TOKEN = re.compile(
    r"\{\{(?P<sign>[<%])(?P<inner>(?:\"(?:[^\"\\\n]|\\[^\n])*\"|`[^`]*`|(?![>%]\}\}|\{\{[<%]).)*+)[>%]\}\}",
    re.DOTALL,
)
"""A shortcode. What one alternative has taken is never taken otherwise, so that a text with many
quotation marks and no end of a shortcode is read in one go."""
_CALL = re.compile(
    r"(?P<end>/)?\s*(?P<name>[\w][\w./-]*?)(?=[\s/]|$)(?P<args>.*?)(?P<closed>/)?\s*", re.DOTALL
)
_ARGUMENT = re.compile(
    r"(?:(?P<key>[\w-]+)\s*=\s*)?(?:\"(?P<double>(?:[^\"\\]|\\.)*)\"|`(?P<raw>[^`]*)`|(?P<bare>[^\s\"`=]+))",
    re.DOTALL,
)
_FENCE = re.compile(
    r"^(?P<mark>\s*(?:`{3,}|~{3,}))\s*(?P<language>[^\s{`]*)\s*\{(?P<options>.*)\}\s*$"
)
NOTES = {
    **dict.fromkeys(("note", "notice", "info", "admonition", "alert", "callout", "hint"), "note"),
    **dict.fromkeys(("tip", "success", "question"), "tip"),
    **dict.fromkeys(("warning", "danger", "caution", "important", "attention", "error"), "warning"),
}
_LINKS = {
    "gist": "https://gist.github.com/{0}/{1}",
    "x": "https://x.com/{user}/status/{id}",
    "tweet": "https://x.com/{user}/status/{id}",
    "twitter": "https://x.com/{user}/status/{id}",
    "instagram": "https://www.instagram.com/p/{0}/",
}

Find = Callable[[str], str | None]
"""What `ref` names -> the address of the document, or None."""


def convert(
    text: str, first: int, find: Find, parameter: Find, tell: Reporter, path: str
) -> list[Line]:
    """Return the text, which begins on line `first` of `path`, without shortcodes of Hugo's that
    have an equal here. `parameter` gives a plain value of the front matter or the settings."""
    pieces = Pieces()
    if "{{<" in text or "{{%" in text:
        _Shortcodes(text, first, find, parameter, tell, path, pieces).run()
    else:
        pieces.old(text, first)
    return _fences(pieces.lines())


def hide_rest(lines: list[Line]) -> list[Line]:
    """Keep shortcodes that stay as they are from being read as HTML."""
    return each_text(
        lines, lambda text, _: text.replace("{{<", "{{&lt;") if "{{<" in text else text
    )


class _Shortcodes:
    def __init__(
        self,
        text: str,
        first: int,
        find: Find,
        parameter: Find,
        tell: Reporter,
        path: str,
        pieces: Pieces,
    ) -> None:
        self.source, self.first, self.find, self.parameter = text, first, find, parameter
        self.tell, self.path, self.pieces = tell, path, pieces
        self.open: list[str] = []
        self.unended: set[str] = set()

    def line(self, place: int) -> int:
        return self.first + self.source.count("\n", 0, place)

    def run(self) -> None:
        place = 0
        while found := _TOKEN.search(self.source, place):
            self.pieces.old(self.source[place : found.start()], self.line(place))
            place = self.token(found)
        self.pieces.old(self.source[place:], self.line(place))

    def token(self, found: re.Match[str]) -> int:
        inner = found["inner"].strip()
        line = self.line(found.start())
        if inner.startswith("/*") and inner.endswith("*/"):
            close = ">" if found["sign"] == "<" else "%"
            self.pieces.old(f"{{{{{found['sign']}{inner[2:-2]}{close}}}}}", line)
            return found.end()
        call = _CALL.fullmatch(inner)
        if call is None:
            return self.keep(found)
        name = call["name"]
        if call["end"]:
            if name in self.open:
                while self.open.pop() != name:
                    pass
                closing = "</details>" if name == "details" else f"{BLOCK} end %}}"
                self.pieces.new(f"{self.pieces.apart()}{closing}\n", line)
            else:
                self.pieces.old(found[0], line)
            return found.end()
        positional, named = arguments(call["args"])
        return self.replace(found, name, positional, named)

    def keep(self, found: re.Match[str]) -> int:
        line = self.line(found.start())
        text = " ".join(found[0].split())
        text = text if len(text) <= 80 else f"{text[:77]}..."
        hint = "make a shortcode of it in templates/shortcodes/, or write what it shows"
        self.tell.left(self.path, line, f"`{text}`", hint)
        self.pieces.old(found[0], line)
        return found.end()

    def put(self, found: re.Match[str], text: str) -> int:
        self.pieces.new(text, self.line(found.start()))
        return found.end()

    def is_alone(self, found: re.Match[str]) -> bool:
        """Return whether a shortcode stands on a line of its own that begins with it."""
        start, end = found.span()
        before, after = self.source[:start], self.source[end:].partition("\n")[0]
        return (not before or before.endswith("\n")) and not after.strip()

    def ends_at(self, found: re.Match[str], name: str) -> re.Match[str] | None:
        if name in self.unended:  # nor has any after it an end
            return None
        pattern = re.compile(rf"\{{\{{[<%]\s*/\s*{re.escape(name)}\s*[>%]\}}\}}")
        end = pattern.search(self.source, found.end())
        if end is None:
            self.unended.add(name)
        return end

    @cached_property
    def pre(self) -> tuple[list[int], list[int]]:
        """Where elements `pre` begin and end."""
        text = self.source.lower()
        begins, ends = (
            [one.start() for one in re.finditer(tag, text)] for tag in ("<pre", "</pre")
        )
        return begins, ends

    def replace(
        self, found: re.Match[str], name: str, positional: list[str], named: dict[str, str]
    ) -> int:
        line = self.line(found.start())
        one = positional[0] if positional else ""
        if name in ("figure", "image", "img") and (source := named.get("src", one)):
            caption = " ".join(filter(None, [named.get("title", ""), named.get("caption", "")]))
            alt = named.get("alt", "")
            if not alt and not caption:
                message = "this picture has no `alt`: it is shown as decoration"
                self.tell.changed(self.path, line, message)
            begun, ended = (bisect_left(places, found.start()) for places in self.pre)
            if begun > ended:  # where no shortcode is read
                image = f'<img src="{escape(source)}" alt="{escape(alt or caption)}">'
                return self.put(found, image)
            caption = re.sub(r"<[^>]*>", "", caption)
            words = markdown.plain(caption)
            if words != " ".join(caption.split()):
                if self.is_alone(found) and not named.get("attr") and not named.get("link"):
                    image = f'<img src="{escape(source)}" alt="{escape(alt)}">'
                    text = f'<figcaption markdown="1">{caption}</figcaption>'
                    return self.put(found, f"<figure>\n{image}\n{text}\n</figure>")
                self.tell.changed(self.path, line, f"the caption `{caption}` has words alone")
            call = picture(
                self.source,
                *found.span(),
                source,
                alt,
                caption=words,
                credit=named.get("attr", ""),
                link=named.get("link", ""),
            )
            return self.put(found, call)
        if name in ("ref", "relref"):
            wanted = named.get("path", one)
            address = self.find(wanted)
            if address is None:
                self.tell.left(self.path, line, f"`{name} {wanted}` names nothing that there is")
                self.pieces.old(found[0], line)
                return found.end()
            return self.put(found, address)
        if name in FILM_PAGES and (film := named.get("id", one)):
            provider, page = FILM_PAGES[name]
            message = f"the film on {provider} is a link now: Tidepost shows none from elsewhere"
            self.tell.changed(self.path, line, message)
            title = named.get("title", f"Film on {provider}")
            return self.put(found, f"[{title}]({page.format(film)})")
        if name in _LINKS and (positional or named):
            return self.link(found, name, positional, named)
        if name == "highlight":
            return self.highlight(found, positional)
        if name == "param" and (value := self.parameter(one)) is not None:
            return self.put(found, value)
        if (name in NOTES or name == "details") and self.ends_at(found, name):
            return self.box(found, name, positional, named)
        if name == "toc":
            return self.put(found, "[TOC]")
        if name == "comment" and (end := self.ends_at(found, name)):
            self.tell.changed(self.path, line, "a comment is left out")
            return end.end()
        return self.keep(found)

    def link(
        self, found: re.Match[str], name: str, positional: list[str], named: dict[str, str]
    ) -> int:
        try:
            address = _LINKS[name].format(*positional, **named)
        except (IndexError, KeyError):
            return self.keep(found)
        message = f"`{name}`: a link to it stands there now"
        self.tell.left(self.path, self.line(found.start()), message)
        return self.put(found, f"<{address}>")

    def box(
        self, found: re.Match[str], name: str, positional: list[str], named: dict[str, str]
    ) -> int:
        self.open.append(name)
        line = self.line(found.start())
        after = "" if self.source[found.end() : found.end() + 1] == "\n" else "\n"
        if name == "details":
            summary = named.get("summary", named.get("title", " ".join(positional))) or "Details"
            begin = f'{self.pieces.apart()}<details markdown="1">'
            text = f"{begin}\n<summary>{summary}</summary>\n{after}"
        else:
            given = named.get("type", named.get("kind", positional[0] if positional else ""))
            kind = NOTES.get(given, NOTES[name])
            title = named.get("title", "")
            titled = f", title={argument(title)}" if title else ""
            text = f'{self.pieces.apart()}{BLOCK} note(kind="{kind}"{titled}) %}}{after}'
        self.pieces.new(text, line)
        return found.end()

    def highlight(self, found: re.Match[str], positional: list[str]) -> int:
        end = self.ends_at(found, "highlight")
        if end is None or not positional:
            return self.keep(found)
        line = self.line(found.start())
        inside = self.source[found.end() : end.start()]
        code = re.sub(r"\A[ \t]*\n", "", inside).rstrip()
        fence = fence_for(code)
        options = _options(" ".join(positional[1:]))
        starts = 1 if inside.lstrip(" \t").startswith("\n") else 0
        self.pieces.new(f"{self.pieces.apart()}{fence}{positional[0]}{options}\n", line)
        self.pieces.old(code, line + starts)
        self.pieces.new(f"\n{fence}", line + inside.count("\n"))
        return end.end()


def arguments(text: str) -> tuple[list[str], dict[str, str]]:
    """Return the arguments of a shortcode: those without a name, and those with one."""
    positional: list[str] = []
    named: dict[str, str] = {}
    for found in _ARGUMENT.finditer(text):
        value = next(found[name] for name in ("double", "raw", "bare") if found[name] is not None)
        if found["double"] is not None:
            value = re.sub(r"\\(.)", r"\1", value)
        if found["key"]:
            named[found["key"]] = value
        else:
            positional.append(value)
    return positional, named


def _options(text: str) -> str:
    """Return Hugo's options for code as Tidepost's."""
    found = ""
    start = re.search(r"linenostart\s*[=:]\s*[\"']?(\d+)", text, re.IGNORECASE)
    if start or re.search(r"linenos\s*[=:]\s*[\"']?(?:true|table|inline)", text, re.IGNORECASE):
        found += f' linenums="{start[1] if start else 1}"'
    if marked := re.search(
        r"hl_lines\s*[=:]\s*(\[[^\]]*\]|[\"'][^\"']*[\"']|[\d-]+)", text, re.IGNORECASE
    ):
        lines = re.findall(r"\d+(?:-\d+)?", marked[1])
        found += f' hl_lines="{" ".join(lines)}"' if lines else ""
    if title := re.search(r"(?:title|filename|name)\s*[=:]\s*\"([^\"]*)\"", text, re.IGNORECASE):
        found += f' title="{title[1]}"'
    return found


def _fences(lines: list[Line]) -> list[Line]:
    """Write options behind a fence's language as Tidepost reads them."""
    if not any("{" in line.text and ("```" in line.text or "~~~" in line.text) for line in lines):
        return lines
    out = []
    mask = code_mask(lines)
    for place, line in enumerate(lines):
        opens = mask[place] and not (place and mask[place - 1])
        found = _FENCE.match(line.text) if opens else None
        if found:
            language = found["language"] or "text"
            text = f"{found['mark']}{language}{_options(found['options'])}"
            line = Line(text, line.source)
        out.append(line)
    return out


def plain(value: Any) -> str | None:
    """Return a value as text, where it is a plain one."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    return None
