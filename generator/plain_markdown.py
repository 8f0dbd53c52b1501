"""Converts what most posts consist of much faster than Python-Markdown, to the same bytes.

Paragraphs, headings, fenced code, lists, quotes, tables and rules, and in them emphasis, code,
links and images, each in its plainest spelling, are turned into HTML directly. Everything that
Python-Markdown (with the extensions that engines.py gives it) might read in another way makes
`convert` say no to the whole document, which then goes to Python-Markdown: raw HTML, entities,
backslashes, footnotes, reference links, abbreviations, attribute lists, admonitions, definition
and task lists, shortcodes. If in doubt, it says no.

The patterns here follow Python-Markdown's own, which their comments name. That both make the same
of every document that is not refused is held by tests (tests/speed): on a large corpus, on
documents made by Hypothesis, and on edge cases written by hand.
"""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from markdown.extensions import toc

from generator.highlighting import MARK, Block, CodeColours, put_in

Slugify = Callable[[str], str]
"""The plain text of a heading -> its id, not yet unique; empty where nothing is left."""


_nest: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = toc.nest_toc_tokens  # type: ignore[assignment]


class Converted(NamedTuple):
    """The HTML with marks for its code blocks, the headings as Python-Markdown's `toc_tokens`,
    and the code blocks."""

    html: str
    toc_tokens: list[dict[str, Any]]
    blocks: list[Block]

    @property
    def whole(self) -> str:
        """The HTML with its code blocks."""
        return put_in(self.html, self.blocks)


def convert(text: str, colours: CodeColours, slugify: Slugify) -> Converted | None:
    """Return what Python-Markdown would make of `text`, or None where that is not certain."""
    # Printable says in no time that there is nothing to refuse; what is not printable may be fine.
    if not text.replace("\n", "").isprintable() and _REFUSED.search(text):
        return None
    if ("!!!" in text and _ADMONITION.search(text)) or not text.strip():
        return None
    try:
        return _Document(colours, slugify).convert(text)
    except _UnsureError:
        return None


class _UnsureError(Exception):
    """Python-Markdown might read this in another way."""


# Private marks; the characters are refused in the text itself.
# \x02 and \x03: about the number of a finished piece of HTML inside a paragraph.
_FENCE_MARK = "\x05{}\x06"  # a code block, by number
_IMAGE_MARK = "\x04"  # where an image is told to load late, unless it is the first

# Other control characters, and spaces that str.strip and \s take for spaces.
_REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u1680\u2000-\u2008\u200a\u2028\u2029\u205f\ufeff]"
)
_ADMONITION = re.compile(r"(?<![\w!?.])!!!")  # AdmonitionProcessor
# A pattern that begins with a plain character is searched for many times faster.
_MORE = re.compile(r"<!-- ?more ?-->")
_BLANK_LINES = re.compile(r"\n{3,}")
_SPACES_ALONE = re.compile(r"(?<=\n) +\n")  # NormalizeWhitespace

# SuperFencesBlockPreprocessor: where a fence may begin, and the plainest of those.
_FENCE_START = re.compile(r"\n[> ]*(?:`{3}|~{3})")
_FENCE = re.compile(
    r"(?P<fence>`{3,}|~{3,})(?: *(?P<language>[\w#+-][\w#.+-]*))? *\n"
    r"(?P<code>(?:.*\n)*?)(?P=fence) *(?=\n|\Z)"
)
_FENCE_ALONE = re.compile("<p>\x05([0-9]+)\x06</p>|\x05([0-9]+)\x06")  # RawHtmlPostprocessor

_FENCE_PARAGRAPH = re.compile("<p>\x05[0-9]+\x06</p>")

_HEADING = re.compile(r"(#{1,6})((?:[^\\#\n]|#+(?=[^#\n]))*?)#*(?:\n|\Z)")  # HashHeaderProcessor
_UNDERLINE = re.compile(r"(?:=+|-+) *\Z")  # SetextHeaderProcessor
_RULE = re.compile(r"(?:-{3,}|\*{3,}|_{3,}|- - -|\* \* \*) *\Z")  # HRProcessor
_BULLET = re.compile(r" {0,3}[*+-] +(.*)")  # SaneUListProcessor
_NUMBER = re.compile(r" {0,3}([0-9]+)\. +(.*)")  # SaneOListProcessor
_DEEPEST = 8  # lists in lists; Python-Markdown gives up somewhere, depending on who called it
_INDENTED = re.compile(r" {4,7}(?:[0-9]+\.|[*+-]) +.")
# Lines of a paragraph that may begin something else, or be a heading's or a table's second.
_NOT_TEXT = re.compile(r"\n(?:[\s>#:]|\*\[|[-=*_ ]+$)", re.MULTILINE)
_NOT_ITEM = re.compile(r"^ *(?:[^\S ]|[#>:|=]|\*\[|[*+-](?: |$)|[0-9]+\. |[-=*_ ]+$)", re.MULTILINE)

_SPECIAL = re.compile(r"[`\\\[\]<>&*_{~]")
_CODE = re.compile(r"(``*)([^`]+)(`+)")  # BacktickInlineProcessor
_CODE_OVER_LINES = re.compile(r"[\w\s.,()/-]*\Z")
# What HTMLExtractor, which does not know of code, hands on unchanged.
_CODE_TAG = re.compile(
    r"<(?! )(?!/?(?!script|style|textarea|title|plaintext|xmp|iframe|no|svg|math)"
    r"[a-z][a-z0-9]*(?: [a-z][a-z-]*=\"[\w ./:#-]*\")*/?>)",
    re.IGNORECASE,
)
_URL = r"[^\s()<>\"'\\`\[\]{}|&\x02-\x06]+"
_TITLE = r"(?: \"([^\"'()\[\]\\`<>&{}|\n\x02-\x06]+)\")?"
_IMAGE = rf"!\[([^\[\]`\\<>&\"{{}}|\x02-\x06]*)\]\(({_URL}){_TITLE}\)"
_IMAGE_ONLY = re.compile(_IMAGE)
_LINK = re.compile(  # LinkInlineProcessor, ImageInlineProcessor
    rf"{_IMAGE}|\[(?<!!\[)((?:{_IMAGE.replace('(?P<', '(?:')}|[^\[\]\x05])+)\]\(({_URL}){_TITLE}\)"
)
_ENTITY = re.compile(r"&(?:#|[\w.-]*;)")  # EntityInlineProcessor, html.parser
_TAG = re.compile(r"<(?! )")
_SPACE_AFTER_BREAK = re.compile(r"  \n\s")  # PrettifyTreeprocessor
# DelimiterProcessor: a run, and the next run, which is as long and can only end it.
_EMPHASIS = re.compile(
    r"\*(?<![*_]\*)(\*?)(?![\s*_])((?:[^*_\x05]|(?<=[^\W_])_(?=[^\W_]))+)(?<![\s*_])\*\1(?![*_])"
    r"|_(?<![\w*]_)(_?)(?![\s_*])((?:[^*_\x05]|(?<=[^\W_])_(?=[^\W_]))+)(?<![\s*_])_\3(?![\w*])"
)
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_SPAN_MARK = re.compile("\x02([0-9]+)\x03")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class _Item(NamedTuple):
    """An item of a list, or a paragraph of a quote: its text and the list below it, as HTML."""

    text: str
    nested: str = ""
    loose: bool = False

    def html(self) -> str:
        if self.loose:
            return f"<li>\n<p>{self.text}</p>\n{self.nested}</li>\n"
        return f"<li>{self.text}{self.nested}</li>\n"


class _Document:
    """One document's conversion."""

    def __init__(self, colours: CodeColours, slugify: Slugify) -> None:
        self.colours, self.slugify = colours, slugify
        self.fences: list[Block] = []
        self.parts: list[str] = []
        self.headings: list[dict[str, Any]] = []
        self.ids: set[str] = set()
        self.id_counters: dict[str, int] = {}
        # The list or quote that the next block may go on with: its tag, and its parts.
        self.open_tag = ""
        self.open_start = ""
        self.items: list[_Item] = []

    def convert(self, text: str) -> Converted:
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "\t" in text:
            text = text.expandtabs(4)
        if " \n" in text:
            text = _SPACES_ALONE.sub("\n", text + "\n\n")
        text = self.without_fences(text).strip("\n")
        if "\n\n\n" in text:
            text = _BLANK_LINES.sub("\n\n", text)
        for block in text.split("\n\n"):
            if block[:1] == "<" and _MORE.fullmatch(block):
                self.close()
                self.parts.append(f"{block}\n\n")
            else:
                self.block(block)
        self.close()
        html = "".join(self.parts)
        fences = self.fences
        if fences:
            marked = _FENCE_PARAGRAPH.sub(MARK, html)
            if "\x06" in marked:  # one stands beside text
                html, fences = _FENCE_ALONE.sub(self.fence, html), []
            else:
                html = marked
        if _IMAGE_MARK in html:
            html = html.replace(_IMAGE_MARK, "", 1).replace(_IMAGE_MARK, ' loading="lazy"')
        return Converted(html.strip(), _nest(self.headings), fences)

    def without_fences(self, text: str) -> str:
        if "```" not in text and "~~~" not in text:
            return text
        parts: list[str] = []
        place = 0
        text = f"\n{text}"
        while start := _FENCE_START.search(text, place):
            found = _FENCE.match(text, start.start() + 1)
            if not found:
                raise _UnsureError
            code = found["code"][:-1]
            self.fences.append(self.colours.coloured(code, found["language"] or ""))
            parts += (text[place : start.start() + 1], _FENCE_MARK.format(len(self.fences) - 1))
            place = found.end()
        return "".join([*parts, text[place:]])

    def fence(self, found: re.Match[str]) -> str:
        return self.fences[int(found[1] or found[2])].html

    def block(self, block: str) -> None:
        """Convert what stands between two blank lines."""
        while block:
            if (
                block[0].isalpha()
                and "|" not in block
                and "\n#" not in block
                and "\n=" not in block
                and "\n-" not in block
            ):
                self.close()
                self.parts.append(f"<p>{self.text(block)}</p>\n")
                return
            if block[0].isspace():
                raise _UnsureError
            first, newline, rest = block.partition("\n")
            if newline and "|" in first:
                self.close()
                self.table(block.split("\n"))
                return
            if first[:1] == "#":
                heading = _HEADING.match(block)
                if not heading:
                    raise _UnsureError
                self.heading(len(heading[1]), heading[2].strip())
                block = block[heading.end() :]
                continue
            before, hash_sign, after = block.partition("\n#")
            if newline and _UNDERLINE.match(rest.partition("\n")[0]):
                second, _, block = rest.partition("\n")
                self.heading(1 if second[0] == "=" else 2, first.strip())
                continue
            self.plain_block(before)
            block = "#" + after if hash_sign else ""

    def plain_block(self, block: str) -> None:
        first = block[0]
        if first in "-*+" and _BULLET.match(block):
            if _RULE.match(block):
                self.rule()
            else:
                self.add_items("ul", block)
        elif "0" <= first <= "9" and _NUMBER.match(block):
            self.add_items("ol", block)
        elif first == ">":
            self.quote(block)
        elif first in "-*_" and _RULE.match(block):
            self.rule()
        else:
            self.close()
            self.parts.append(f"<p>{self.text(block)}</p>\n")

    def rule(self) -> None:
        self.close()
        self.parts.append("<hr>\n")

    def text(self, block: str) -> str:
        if _NOT_TEXT.search(f"\n{block}"):
            raise _UnsureError
        return self.inline(block)

    def heading(self, level: int, source: str) -> None:
        self.close()
        if not source or "\x05" in source or "![" in source:
            raise _UnsureError
        inner = self.inline(source)
        name = heading_name(inner)
        id_ = unique_id(self.slugify(html_entities.unescape(name)), self.ids, self.id_counters)
        self.headings.append({"level": level, "id": id_, "name": name})
        self.parts.append(f'<h{level} id="{id_}">{inner}</h{level}>\n')

    def add_items(self, tag: str, block: str) -> None:
        """Begin a list, or go on with the one before the blank line, whose items are then loose."""
        items = self.items_of(tag, block)
        if self.open_tag == tag:
            self.items[-1] = self.items[-1]._replace(loose=True)
            items[0] = items[0]._replace(loose=True)
        else:
            self.close()
            self.open_tag, self.open_start = tag, _list_start(tag, block)
        self.items += items

    def items_of(self, tag: str, block: str, depth: int = 1) -> list[_Item]:
        """OListProcessor.get_items, and what becomes of each item."""
        marker = _BULLET if tag == "ul" else _NUMBER
        group = 1 if tag == "ul" else 2
        sources: list[tuple[list[str], list[str]]] = []
        for line in block.split("\n"):
            if found := marker.match(line):
                sources.append(([found[group]], []))
                continue
            text, nested = sources[-1]
            if nested or _INDENTED.match(line):
                nested.append(line.removeprefix("    "))
            else:
                text.append(line)
        return [self.item("\n".join(text), "\n".join(nested), depth) for text, nested in sources]

    def item(self, text: str, nested: str, depth: int) -> _Item:
        if (
            depth > _DEEPEST
            or not text
            or text[0].isspace()
            or "|" in text
            or _NOT_ITEM.search(text)
        ):
            raise _UnsureError
        html = self.inline(text)
        if not nested:
            return _Item(html)
        tag = "ol" if _NUMBER.match(nested) else "ul"
        items = "".join([item.html() for item in self.items_of(tag, nested, depth + 1)])
        return _Item(html, f"{_list_start(tag, nested)}{items}</{tag}>\n")

    def quote(self, block: str) -> None:
        lines = []
        for line in block.split("\n"):
            if line[:1] != ">":
                raise _UnsureError
            lines.append("" if line.strip() == ">" else line[2:] if line[1:2] == " " else line[1:])
        if self.open_tag != "blockquote":
            self.close()
            self.open_tag, self.open_start = "blockquote", "<blockquote>\n"
        for text in "\n".join(lines).split("\n\n"):
            if (
                not text
                or text[-1] == "\n"
                or _BULLET.match(text)
                or _NUMBER.match(text)
                or "|" in text
            ):
                raise _UnsureError
            self.items.append(_Item(self.text(text)))

    def close(self) -> None:
        """Write the list or quote that was open."""
        tag = self.open_tag
        if not tag:
            return
        self.parts.append(self.open_start)
        if tag == "blockquote":
            self.parts += [f"<p>{item.text}</p>\n" for item in self.items]
        else:
            self.parts += [item.html() for item in self.items]
        self.parts.append(f"</{tag}>\n")
        self.open_tag, self.items = "", []

    def table(self, lines: list[str]) -> None:
        """TableProcessor, for tables of two columns or more."""
        rows = [line.strip(" ") for line in lines]
        if any("\\" in row or "\x05" in row or row[:1] == "#" for row in rows):
            raise _UnsureError
        border = rows[0].startswith("|") or rows[0].endswith("|")
        cells = [_cells(row, border) for row in rows]
        count = len(cells[0])
        marks = cells[1]
        if count < 2 or len(rows) < 3 or len(marks) != count or lines[0][:1] == " ":
            raise _UnsureError
        classes = []
        for mark in marks:
            stripped = mark.strip(" ")
            if set(mark) - set(":- "):
                raise _UnsureError
            left, right = stripped.startswith(":"), stripped.endswith(":")
            side = "center" if left and right else "left" if left else "right" if right else ""
            classes.append(f' class="align-{side}"' if side else "")
        write = self.parts.append
        write("<table>\n<thead>\n")
        self.row("th", cells[0], classes)
        write("</thead>\n<tbody>\n")
        for row in cells[2:]:
            self.row("td", row, classes)
        write("</tbody>\n</table>\n")

    def row(self, tag: str, cells: list[str], classes: list[str]) -> None:
        self.parts.append("<tr>\n")
        for number, class_ in enumerate(classes):
            text = self.inline(cells[number].strip(" ")) if number < len(cells) else ""
            self.parts.append(f"<{tag}{class_}>{text}</{tag}>\n")
        if any("`" in cell for cell in cells[len(classes) :]):
            raise _UnsureError
        self.parts.append("</tr>\n")

    def inline(self, text: str) -> str:
        """Convert a paragraph's text."""
        if not _SPECIAL.search(text) and "  \n" not in text:
            return text
        if "`" not in text and "[" not in text:
            return emphasis(text, plain=False)
        spans: list[str] = []

        def keep(html: str) -> str:
            spans.append(html)
            return f"\x02{len(spans) - 1}\x03"

        def put_back(found: re.Match[str]) -> str:
            return spans[int(found[1])]

        def code(found: re.Match[str]) -> str:
            source = found[2].strip()
            if (
                found[1] != found[3]
                or not source
                or "\x05" in source
                or "&#" in source
                or _CODE_TAG.search(source)
            ):
                raise _UnsureError
            if "\n" in source and not _CODE_OVER_LINES.match(source):
                raise _UnsureError
            return keep(f"<code>{_escape(source)}</code>")

        def link(found: re.Match[str]) -> str:
            alt, source, title, label, _, _, _, url, url_title = found.groups()
            if label is None:
                return keep(_image(alt, source, title))
            if label[:1] == "^" or label != label.strip() or "  \n" in label:
                raise _UnsureError
            inner = _IMAGE_ONLY.sub(lambda image: keep(_image(image[1], image[2], image[3])), label)
            inner = _SPAN_MARK.sub(put_back, emphasis(inner))
            title = f' title="{url_title.strip()}"' if url_title else ""
            return keep(f'<a href="{url}"{title}>{inner}</a>')

        if "`" in text:
            text = _CODE.sub(code, text)
        if "[" in text:
            text = _LINK.sub(link, text)
        html = emphasis(text)
        return _SPAN_MARK.sub(put_back, html) if spans else html


def emphasis(text: str, *, plain: bool = True) -> str:
    """Escape text and mark emphasis, where all else that is special is put aside.

    `plain`: there may be nothing to do.
    """
    if plain and not _SPECIAL.search(text) and "  \n" not in text:
        return text
    if "`" in text or "\\" in text or "[" in text or "]" in text or "{" in text or "~~" in text:
        raise _UnsureError
    if "&" in text and _ENTITY.search(text):
        raise _UnsureError
    if "<" in text and _TAG.search(text):
        raise _UnsureError
    if "  \n" in text and _SPACE_AFTER_BREAK.search(text):
        raise _UnsureError
    text = _escape(text).replace("  \n", "\x02br\x03")
    if "*" in text or "_" in text:
        text = _EMPHASIS.sub(_emphasised, text)
        if "*" in text or ("_" in text and _UNDERSCORE.search(text)):
            raise _UnsureError
    return text.replace("\x02br\x03", "<br>\n")


def heading_name(html: str) -> str:
    """Return what `toc.strip_tags` does."""
    return toc.strip_tags(html) if "<" in html else " ".join(html.split())


def unique_id(slug: str, ids: set[str], counters: dict[str, int]) -> str:
    """Return what `toc.unique` does, and remember it as it does."""
    if slug and slug not in ids:
        ids.add(slug)
        return slug
    return toc.unique(slug, ids, counters)


def _emphasised(found: re.Match[str]) -> str:
    tag = "strong" if found[1] or found[3] else "em"
    return f"<{tag}>{found[2] or found[4]}</{tag}>"


def _image(alt: str, source: str, title: str | None) -> str:
    shown = f' title="{title.strip()}"' if title else ""
    return f'<img alt="{alt}" data-size=""{_IMAGE_MARK} src="{source}"{shown}>'


def _list_start(tag: str, block: str) -> str:
    number = _NUMBER.match(block) if tag == "ol" else None
    return f'<ol start="{number[1]}">\n' if number and number[1] != "1" else f"<{tag}>\n"


def _cells(row: str, border: bool) -> list[str]:
    if border:
        row = row.removeprefix("|").removesuffix("|")
    return row.split("|")
