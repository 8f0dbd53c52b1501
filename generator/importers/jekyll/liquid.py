"""Liquid in Jekyll's texts: what has an equal in Markdown or in shortcodes; the rest is reported.

Tags are replaced one by one; values, loops and conditions that the settings, the front matter and
`_data/` decide are worked out, and what is left stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from generator.importers.lines import Line, Pieces, fence_for, figure
from generator.importers.reporter import Reporter

_TOKEN = re.compile(
    r"\{%-?[ \t]*(?P<tag>[A-Za-z_]\w*)(?P<args>(?:(?!%\}).)*?)-?%\}"
    r"|\{\{-?(?P<value>(?:(?!\}\}).)*?)-?\}\}",
    re.DOTALL,
)
_OPENING = re.compile(r"\{[{%]")
_PARAMETER = re.compile(
    r"([\w-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|([^\s\"']+))", re.DOTALL
)
_INCLUDE = re.compile(
    r"\{%-?\s*include(?P<kind>_cached|_relative)?\s+(?P<args>(?:(?!%\}).)*?)\s*-?%\}", re.DOTALL
)
_GIVEN = re.compile(r"([\w-]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"']+)")
_OF_INCLUDE = re.compile(r"\binclude\.(\w+)")
_MOST_INCLUDES = 5
_MOST_UNDECIDED = 20
"""In how many conditions and loops that are not certain another one is still tried."""

_SILENT = re.compile(r"end\w+|else|elsif|when|break|continue")
_FIGURES = re.compile(
    r"(?:.*/)?(?:responsive-?|lazy-?|post-?)?(?:figure|image|img|picture|photo|caption(?:ed)?-?image)s?(?:\.\w+)?$",
    re.IGNORECASE,
)
_FILMS = re.compile(r"(?:.*/)?(?:video|youtube|vimeo)(?:[-_]?\w+)?(?:\.\w+)?$", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:.*/)?toc(?:\.\w+)?$", re.IGNORECASE)
SOURCES = ("src", "url", "file", "image_path", "path", "image", "img", "filename", "source", "name")

FILM_PAGES = {
    "youtube": ("YouTube", "https://www.youtube.com/watch?v={}"),
    "vimeo": ("Vimeo", "https://vimeo.com/{}"),
}


class Runs(Protocol):
    """Runs templates: `said` gives what one comes to, `remember` keeps an assignment; None and
    False where that is not certain."""

    def said(self, source: str) -> str | None:
        """Return what a template comes to."""

    def remember(self, assignment: str) -> bool:
        """Keep an assignment for what comes after it."""


def _nothing(_name: str) -> str | None:
    return None


class Context(NamedTuple):
    """What a text may refer to. `post` and `file` find documents: name -> address, or None;
    `include` gives the text of a file in `_includes/`, `beside` that of one beside the text."""

    values: Runs
    post: Callable[[str], str | None]
    file: Callable[[str], str | None]
    include: Callable[[str], str | None]
    beside: Callable[[str], str | None] = _nothing


CONTROL = frozenset(
    {"for", "if", "unless", "case", "assign", "set", "capture", "paginate", "tablerow"}
)


def convert(text: str, first: int, context: Context, tell: Reporter, path: str) -> list[Line]:
    """Return the text, which begins on line `first` of `path`, without Liquid that has an equal."""
    if "{{" not in text and "{%" not in text:
        pieces = Pieces()
        pieces.old(text, first)
        return pieces.lines()
    return LiquidText(text, first, context, tell, path).lines()


def first_control(text: str, first: int) -> tuple[str, int] | None:
    """Return the first loop, condition or assignment in a text, and its line."""
    for found in _tokens(text):
        if found["tag"] in CONTROL:
            return found[0], first + text.count("\n", 0, found.start())
    return None


class LiquidText:
    """Converts one text."""

    def __init__(self, text: str, first: int, context: Context, tell: Reporter, path: str) -> None:
        self.source, self.first, self.context = text, first, context
        self.tell, self.path = tell, path
        self.pieces = Pieces()
        self._ends: dict[int, int] = {}
        self._undecided: list[int] = []
        self._unended: set[str] = set()

    def line(self, place: int) -> int:
        """Return the line of the old file that a place of the text is on."""
        return self.first + self.source.count("\n", 0, place)

    def lines(self) -> list[Line]:
        """Return the text as lines, without tags that have an equal."""
        place = 0
        while found := next(_tokens(self.source, place), None):
            before = self.source[place : found.start()]
            if found[0][2] == "-":  # Liquid's sign for taking the spaces around a tag away
                before = before.rstrip()
            self.pieces.old(before, self.line(place))
            place = self.tag(found) if found["tag"] else self.value(found)
            if self.source.endswith(("-%}", "-}}"), 0, place):
                place += len(self.source[place:]) - len(self.source[place:].lstrip())
        self.pieces.old(self.source[place:], self.line(place))
        return self.pieces.lines()

    def keep(self, found: re.Match[str], message: str, hint: str = "") -> int:
        """Leave a tag as it is, and say so."""
        line = self.line(found.start())
        self.pieces.old(found[0], line)
        self.tell.left(self.path, line, message, hint)
        return found.end()

    def put(self, found: re.Match[str], text: str) -> int:
        """Put a text in the place of a tag; return the place at which the old text goes on."""
        self.pieces.new(text, self.line(found.start()))
        return found.end()

    def block_end(self, found: re.Match[str]) -> re.Match[str] | None:
        """Return the tag that ends a block."""
        name = found["tag"]
        if name in self._unended:  # nor has any after it an end
            return None
        end = re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}").search(self.source, found.end())
        if end is None:
            self._unended.add(name)
        return end

    def tag(self, found: re.Match[str]) -> int:
        """Convert a tag; return the place at which the old text goes on, as all of these do."""
        name, args = found["tag"], found["args"].strip()
        if name in ("raw", "verbatim", "comment", "highlight"):
            end = self.block_end(found)
            if end is None:
                return self.keep(found, f"`{{% {name} %}}` is never ended")
            inside = self.source[found.end() : end.start()]
            if name in ("raw", "verbatim"):
                self.pieces.old(inside, self.line(found.end()))
            elif name == "highlight":
                self.highlight(args, inside, self.line(found.start()))
            else:
                self.tell.changed(self.path, self.line(found.start()), "a comment is left out")
            return end.end()
        if name in ("post_url", "link"):
            wanted = args.strip("\"'")
            find = self.context.post if name == "post_url" else self.context.file
            address = find(wanted)
            if address is None:
                return self.keep(found, f"`{{% {name} {wanted} %}}` names nothing that there is")
            return self.put(found, address)
        if name in ("include", "include_cached", "include_relative"):
            return self.include(found, args)
        if name == "gist":
            gist = args.split()[0].strip("\"'") if args else ""
            return self.instead(found, f"https://gist.github.com/{gist}", "gist")
        if name in FILM_PAGES and args:
            return self.film(found, name, args.split()[0].strip("\"'"))
        if name == "seo" or _SILENT.fullmatch(name):
            self.pieces.old(found[0], self.line(found.start()))
            return found.end()
        if name == "toc":
            return self.put(found, "[TOC]")
        if name in CONTROL and (place := self.control(found, name)) is not None:
            return place
        hint = "Tidepost does not run templates in texts: write what it should say"
        return self.keep(found, f"`{_short(found[0])}`", hint)

    def instead(self, found: re.Match[str], address: str, what: str) -> int:
        """Put a link in the place of something that was shown."""
        line = self.line(found.start())
        self.tell.left(
            self.path, line, f"`{_short(found[0])}`: a link to the {what} stands there now"
        )
        return self.put(found, f"<{address}>")

    def film(self, found: re.Match[str], provider: str, film: str) -> int:
        """Put a link in the place of a film."""
        name, page = FILM_PAGES[provider]
        message = f"the film on {name} is a link now: Tidepost shows none from elsewhere"
        self.tell.changed(self.path, self.line(found.start()), message)
        return self.put(found, f"[Film on {name}]({page.format(film)})")

    def include(self, found: re.Match[str], args: str) -> int:
        """Put what a file in `_includes/` shows in its place."""
        parts = args.split(None, 1)
        file = parts[0] if parts else ""
        given = {name: self.filled(value) for name, value in parameters(args).items()}
        source = next((given[name] for name in SOURCES if given.get(name)), "")
        if _FIGURES.match(file) and source:
            alt = given.get("alt", given.get("alt_text", ""))
            caption = given.get("caption", given.get("description", given.get("title", "")))
            if not alt and not caption:
                message = "this picture has no `alt`: it is shown as decoration"
                self.tell.changed(self.path, self.line(found.start()), message)
            call = figure(
                source,
                alt,
                caption=re.sub(r"<[^>]*>", "", caption),
                link=given.get("link", given.get("href", "")),
            )
            return self.put(found, call)
        if _FILMS.match(file) and (film := given.get("id", given.get("video_id", ""))):
            provider = (
                "vimeo" if "vimeo" in (file + given.get("provider", "")).lower() else "youtube"
            )
            return self.film(found, provider, film)
        if _CONTENTS.match(file):
            return self.put(found, "[TOC]")
        said = self.context.values.said(self.expanded(found[0]))
        if said is not None:
            message = f"`{_short(found[0])}`: what it showed is written out"
            self.tell.changed(self.path, self.line(found.start()), message)
            return self.put(found, said)
        hint = "make a shortcode of it in templates/shortcodes/, or write what it shows"
        return self.keep(found, f"`{_short(found[0])}`", hint)

    def filled(self, text: str) -> str:
        """Fill plain values into a parameter."""
        if "{{" in text:
            text = _TOKEN.sub(lambda found: self.context.values.said(found[0]) or found[0], text)
        elif re.fullmatch(r"(?:site|page)(?:\.\w+)+", text):
            text = self.context.values.said(f"{{{{ {text} }}}}") or text
        return text

    def expanded(self, source: str, depth: int = 0) -> str:
        """Return Liquid with the files in the place of its includes, their parameters as values."""

        def one(found: re.Match[str]) -> str:
            file, _, args = found["args"].strip().partition(" ")
            relative = found["kind"] == "_relative"
            text = self.context.beside(file) if relative else self.context.include(file)
            if text is None or depth > _MOST_INCLUDES:
                return found[0]
            given = dict(_GIVEN.findall(args))
            names = sorted(set(_OF_INCLUDE.findall(text)))
            values = "".join(
                f"{{%- assign include__{name} = {given.get(name, 'nil')} -%}}" for name in names
            )
            text = self.expanded(_OF_INCLUDE.sub(r"include__\1", text), depth + 1)
            before = "{%- comment %}{% endcomment %}" if found[0][2] == "-" else ""
            after = "{% comment %}{% endcomment -%}" if found[0][-3] == "-" else ""
            return f"{before}{values}{text}{after}"

        return _INCLUDE.sub(one, source)

    def control(self, found: re.Match[str], name: str) -> int | None:
        """Run a loop, a condition or an assignment; None where what it comes to is not certain."""
        end = found.end()
        if name not in ("assign", "set"):
            end = self.control_end(found.start())
            while self._undecided and self._undecided[-1] <= found.start():
                self._undecided.pop()
            if not end or len(self._undecided) > _MOST_UNDECIDED:
                return None
        region = self.source[found.start() : end]
        line = self.line(found.start())
        if name in ("assign", "set", "capture"):
            if not self.context.values.remember(self.expanded(region)):
                return None
        else:
            said = self.context.values.said(self.expanded(region))
            if said is None:
                self._undecided.append(end)
                return None
            self.pieces.new(said, line)
            message = f"`{_short(found[0])}`: what it came to is written out"
            self.tell.changed(self.path, line, message)
        return end

    def control_end(self, start: int) -> int:
        """Return where the loop or condition that begins at `start` ends; 0 where it does not."""
        if start not in self._ends:
            self._ends = {}
            begun: dict[str, list[int]] = {}
            for token in _tokens(self.source, start):
                name = token["tag"] or ""
                if name in CONTROL:
                    self._ends[token.start()] = 0
                    begun.setdefault(name, []).append(token.start())
                elif name.startswith("end") and begun.get(name[3:]):
                    self._ends[begun[name[3:]].pop()] = token.end()
        return self._ends[start]

    def highlight(self, args: str, inside: str, line: int) -> None:
        """Put a block of code in the place of one that a tag shows."""
        words = args.split()
        language = words[0] if words else "text"
        options = ""
        if re.search(r"\blinenos\b", args):
            options += ' linenums="1"'
        if marked := re.search(r"\b(?:hl_lines|mark_lines)\s*=\s*[\"']?([\d\s-]+)", args):
            options += f' hl_lines="{" ".join(marked[1].split())}"'
        code = re.sub(r"\{%-?\s*(?:end)?raw\s*-?%\}", "", inside)
        code = re.sub(r"\A[ \t]*\n", "", code).rstrip()
        fence = fence_for(code)
        before = self.pieces.last_line()
        if before.strip():
            self.pieces.new("\n", line)
            before = ""
        starts = 1 if inside.lstrip(" \t").startswith("\n") else 0
        self.pieces.new(f"{fence}{language}{options}\n", line)
        self.pieces.old(code, line + starts)
        self.pieces.new(f"\n{before}{fence}", line + inside.count("\n"))

    def value(self, found: re.Match[str]) -> int:
        """Put a value in the place of its name."""
        text = self.context.values.said(found[0])
        if text is None:
            hint = "write what it should say"
            return self.keep(found, f"`{_short(found[0])}`", hint)
        return self.put(found, text)


def _tokens(text: str, place: int = 0) -> Iterator[re.Match[str]]:
    """Yield the tags and values of a text, each up to the first sign that can end it."""
    ends = {"{{": -2, "{%": -2}  # where the next `}}` and `%}` is; -1 for nowhere
    while opening := _OPENING.search(text, place):
        kind, start = opening[0], opening.end()
        if ends[kind] != -1 and ends[kind] < start:
            ends[kind] = text.find("}}" if kind == "{{" else "%}", start)
        end = ends[kind]
        found = _TOKEN.fullmatch(text, opening.start(), end + 2) if end >= 0 else None
        if found:
            yield found
        place = found.end() if found else opening.start() + 1


def parameters(args: str) -> dict[str, str]:
    """Return `name="value"` pairs by their names."""
    found = {}
    for name, double, single, bare in _PARAMETER.findall(args):
        found[name] = re.sub(r"\\(.)", r"\1", double or single) or bare
    return found


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else f"{text[:77]}..."
