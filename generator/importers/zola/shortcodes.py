"""Zola's shortcodes: what has an equal here, and what the site's own template makes of a call.

A shortcode's template is run in a sandbox, over its arguments, its text and the page's front matter
alone; one that asks for more stays as it is and is reported.
Rules: getzola.org, "Shortcodes"; Zola 0.22's grammar for them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from generator.importers.conversion.sandbox import Sandbox
from generator.importers.hugo.shortcodes import NOTES
from generator.importers.jekyll.liquid import FILM_PAGES
from generator.importers.lines import BLOCK, Line, Pieces, argument, figure
from generator.importers.reporter import Reporter
from generator.importers.urls.slugs import crate_slug

_VALUE = r"(?:\"[^\"]*\"|'[^']*'|`[^`]*`|\[[^\]]*\]|[^\s,()\"'`\[\]]+)"
_ARGS = rf"(?:\s*\w+\s*=\s*{_VALUE}\s*,?)*+\s*"
_TOKEN = re.compile(
    rf"\{{\{{-?\s*(?P<name>[A-Za-z_]\w*)\((?P<args>{_ARGS})\)\s*-?\}}\}}"
    rf"|\{{%-?\s*(?P<block>[A-Za-z_]\w*)\((?P<given>{_ARGS})\)\s*-?%\}}"
    r"|\{%-?\s*(?P<end>end)\s*-?%\}"
    r"|\{\{-?\s*/\*(?P<shown>.*?)\*/\s*-?\}\}"
    r"|\{%-?\s*/\*(?P<shown_block>.*?)\*/\s*-?%\}",
    re.DOTALL,
)
_ARGUMENT = re.compile(rf"(\w+)\s*=\s*({_VALUE})")
_ITEM = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`|[^\s,]+")
_PAGE = re.compile(r"\b(?:page|section)\.(\w+)")
_OF_PAGE = frozenset({"title", "description", "extra", "path", "slug", "lang", "date"})
_PICTURES = re.compile(
    r"(?:responsive|lazy|resize|captioned)?_?(?:figure|image|img|picture|photo)s?"
)
_SOURCES = ("src", "path", "url", "href", "file", "source", "image")
_BODY = "\x03"
_STAYS = Markup("\x03")
"""Stands for the text in a shortcode while its template is run: it stays as it was written."""
_FENCE = re.compile(
    r"^(?P<mark>\s*(?:>\s*)*(?:`{3,}|~{3,}))\s*(?P<language>[\w+#.-]*),(?P<rest>.*)$"
)
_MORE = re.compile(r"<!--\s*more\s*-->")

Template = Callable[[str], tuple[str, bool] | None]
"""A shortcode's name -> the text of its template, and whether that is Markdown."""


def convert(
    text: str,
    first: int,
    template: Template,
    values: Mapping[str, Any],
    tell: Reporter,
    path: str,
) -> list[Line]:
    """Return the text, which begins on line `first` of `path`, without shortcodes that have an
    equal. `values` are what a template may refer to."""
    pieces = Pieces()
    if "{{" in text or "{%" in text:
        _Shortcodes(template, values, tell, path, Counter()).put(text, first, pieces)
    else:
        pieces.old(text, first)
    return [_marked(line) for line in pieces.lines()]


def _marked(line: Line) -> Line:
    """Return a line with a fence's options, and the end of an excerpt, as Tidepost has them."""
    text = line.text
    if "<!--" in text:
        text = _MORE.sub("<!--more-->", text)
    if ("```" in text or "~~~" in text) and (found := _FENCE.match(text)):
        text = f"{found['mark']}{found['language'] or 'text'}{_options(found['rest'])}"
    return Line(text, line.source)


def _options(text: str) -> str:
    """Return the annotations of a block of code as Tidepost's."""
    given = {
        name.strip(): value.strip()
        for name, _, value in (one.partition("=") for one in text.split(","))
    }
    found = ""
    if "linenos" in given or "linenostart" in given:
        found += f' linenums="{given.get("linenostart") or 1}"'
    if marked := re.findall(r"\d+(?:-\d+)?", given.get("hl_lines", "")):
        found += f' hl_lines="{" ".join(marked)}"'
    if name := given.get("name", "").replace('"', ""):
        found += f' title="{name}"'
    return found


class _Shortcodes:
    def __init__(
        self,
        template: Template,
        values: Mapping[str, Any],
        tell: Reporter,
        path: str,
        counts: Counter[str],
    ) -> None:
        self.template, self.values, self.tell = template, values, tell
        self.path, self.counts = path, counts

    def put(self, text: str, first: int, pieces: Pieces, depth: int = 0) -> None:
        place = 0
        ends = _ends_of(text)
        while found := _TOKEN.search(text, place):
            line = first + text.count("\n", 0, found.start())
            pieces.old(text[place : found.start()], first + text.count("\n", 0, place))
            place = found.end()
            if found["shown"] is not None:
                pieces.old(f"{{{{{found['shown']}}}}}", line)
            elif found["shown_block"] is not None:
                pieces.old(f"{{%{found['shown_block']}%}}", line)
            elif found["end"]:
                pieces.old(found[0], line)
            elif found["name"]:
                self.call(found[0], found["name"], found["args"], None, line, pieces, depth)
            else:
                end = ends.get(found.end())
                if end is None or depth > 5:
                    self.keep(found[0], line, pieces)
                    continue
                body = text[found.end() : end.start()]
                whole = text[found.start() : end.end()]
                self.call(whole, found["block"], found["given"], body, line, pieces, depth)
                place = end.end()
        pieces.old(text[place:], first + text.count("\n", 0, place))

    def keep(self, source: str, line: int, pieces: Pieces) -> None:
        short = " ".join(source.split("\n")[0].split())
        short = short if len(short) <= 80 else f"{short[:77]}..."
        hint = "make a shortcode of it in templates/shortcodes/, or write what it shows"
        self.tell.left(self.path, line, f"`{short}`", hint)
        pieces.old(source, line)

    def call(
        self,
        source: str,
        name: str,
        args: str,
        body: str | None,
        line: int,
        pieces: Pieces,
        depth: int,
    ) -> None:
        given = arguments(args)
        self.counts[name] += 1
        apart = pieces.apart()
        address = next((str(given[key]) for key in _SOURCES if isinstance(given.get(key), str)), "")
        if name.lower() in FILM_PAGES and (film := given.get("id")):
            provider, page = FILM_PAGES[name.lower()]
            message = f"the film on {provider} is a link now: Tidepost shows none from elsewhere"
            self.tell.changed(self.path, line, message)
            pieces.new(f"[Film on {provider}]({page.format(film)})", line)
        elif name == "gist" and address:
            self.tell.left(self.path, line, "`gist`: a link to it stands there now")
            pieces.new(f"<{address}>", line)
        elif body is None and _PICTURES.fullmatch(name.lower()) and address:
            alt = str(given.get("alt") or "")
            caption = str(given.get("caption") or given.get("title") or "")
            if not alt and not caption:
                message = "this picture has no `alt`: it is shown as decoration"
                self.tell.changed(self.path, line, message)
            caption = re.sub(r"<[^>]*>", "", caption)
            pieces.new(
                figure(address, alt, caption=caption, link=str(given.get("link") or "")), line
            )
        elif body is not None and (name in NOTES or name in ("alert", "admonition")):
            wanted = str(given.get("type") or given.get("kind") or name).lower()
            kind = NOTES.get(wanted, NOTES.get(name, "note"))
            title = f", title={argument(str(given['title']))}" if given.get("title") else ""
            pieces.new(f'{apart}{BLOCK} note(kind="{kind}"{title}) %}}\n', line)
            self.put(body.strip("\n"), line + 1, pieces, depth + 1)
            pieces.new(f"\n{BLOCK} end %}}", line + body.count("\n"))
        elif (said := self.said(name, given, body, line, depth)) is not None:
            message = f"the shortcode `{name}`: what it showed is written out"
            self.tell.changed(self.path, line, message)
            pieces.new(said, line)
        else:
            self.keep(source, line, pieces)

    def said(
        self, name: str, given: Mapping[str, Any], body: str | None, line: int, depth: int
    ) -> str | None:
        """Return what the site's own template makes of a call; None where that is not certain."""
        found = self.template(name)
        if found is None or set(_PAGE.findall(found[0])) - _OF_PAGE:
            return None
        source, is_markdown = found
        inner = Pieces()
        if body is not None:
            self.put(body.strip("\n"), line + 1, inner, depth + 1)
        text = inner.text()
        sandbox = Sandbox(
            {**given, **self.values, "nth": self.counts[name]},
            _FILTERS,
            {"get_url": _url},
            escape=not is_markdown,
            absent_is_false=True,
        )
        stays = is_markdown or re.search(r"body\s*\|\s*markdown", source)
        more = {"body": _STAYS if stays else text} if body is not None else {}
        said = sandbox.said(source, **more)
        if said is None:
            return None
        said = said.strip("\n")
        if not is_markdown and "<pre" not in said:
            said = "\n".join(one.strip() for one in said.split("\n") if one.strip())
        if _BODY in said:
            said = said.replace(_BODY, text if is_markdown else f"\n\n{text}\n\n")
        return said


def _ends_of(text: str) -> dict[int, re.Match[str]]:
    """Return for the place at which the inside of each block begins the `{% end %}` of it."""
    ends: dict[int, re.Match[str]] = {}
    begun: list[int] = []
    for found in _TOKEN.finditer(text):
        if found["block"] is not None:
            begun.append(found.end())
        elif found["end"] is not None and begun:
            ends[begun.pop()] = found
    return ends


def arguments(text: str) -> dict[str, Any]:
    """Return the arguments of a call by their names."""
    return {name: _value(value) for name, value in _ARGUMENT.findall(text)}


def _value(text: str) -> Any:
    if text[:1] in "\"'`":
        return text[1:-1]
    if text.startswith("["):
        return [_value(one) for one in _ITEM.findall(text[1:-1])]
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def _markdown(value: Any, **named: Any) -> Markup:
    if named or str(value) != _BODY:
        raise ValueError("only the body can stay Markdown")
    return _STAYS


def _url(path: str = "", **_: Any) -> str:
    return path if path.startswith(("/", "@")) or "://" in path else f"/{path}"


_FILTERS: dict[str, Callable[..., Any]] = {
    "slugify": lambda value: crate_slug(str(value)),
    "markdown": _markdown,
}
