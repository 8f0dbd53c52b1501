"""Writes the HTML of a document from what the reader finds in its Markdown.

One step for each thing found, in its order, so that nothing is ever looked for in finished HTML.
The theme's own markup (classes of tables and task lists, footnotes, ids of headings) is
Python-Markdown's, which themes made for earlier versions know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape
from itertools import count
from typing import Any

from generator.core.problems import Problem, Severity
from generator.i18n.in_texts import Words
from generator.markdown import attributes
from generator.markdown.code.blocks import CodeBlocks
from generator.markdown.code.highlighting import MARK, Block
from generator.markdown.extras import Extras, Prepared
from generator.markdown.footnotes import Footnotes
from generator.markdown.headings import heading_slug, nested, unique_id
from generator.markdown.inline_writer import SPECIAL, SPECIAL_FIRST, InlineWriter, with_attributes
from generator.markdown.marks import Marks, Piece, marked
from generator.markdown.reading import ANCHOR, Event, events

Converted = tuple[str, list[dict[str, Any]], list[Block]]
"""The HTML with MARK in the place of each code block, the headings as Python-Markdown's
`toc_tokens`, and the code blocks."""

_ID = re.compile(r"<[a-zA-Z][^<>]*?\sid\s*=\s*[\"']?([^\s\"'>]+)")
_FENCE_END = re.compile(r"\n[ \t>]*(?:`{3,}|~{3,})[ \t]*\n?\Z")
_WARNINGS = {
    "code-plain",
    "emphasis-unread",
    "fence-unended",
    "footnote-missing",
    "footnote-unused",
    "foreign-tag",
    "heading-unspaced",
    "heading-wordless",
    "link-unread",
    "list-unspaced",
    "reference-broken",
    "shortcode-in-html",
    "table-cells",
    "text-garbled",
    "wiki-link",
}
"""What may be meant as it is written."""

_WORDS_ALONE = re.compile(
    r"\A\s*([0-9]{0,9})"
    r"(?=(?:[-+*]|#{1,6}|(?<=[0-9])[.)])(?:\s|\Z)|>|`{3}|~{3}|[-*_][-*_ ]*\Z)"
)
"""Where a backslash makes words of what begins a block otherwise: `1. First` as a box's title."""

_MOST_CONTENTS = 10
"""How many tables of contents a text may have; thousands, each with all headings, fill memory."""

_NEVER = {ord(MARK): None, 0: None}
_ALIGNED = {"None": "", "Left": "align-left", "Center": "align-center", "Right": "align-right"}


def make(
    extras: Extras, blocks: CodeBlocks, problems: list[Problem], *, smart: bool
) -> Callable[[str], Converted]:
    """Return a converter. What is wrong with a text is added to `problems`, with its line in the
    text, which counts from 1."""

    def convert(source: str, lines: int = 0) -> Converted:
        # `lines` is how many lines of the document stand before `source`.
        if MARK in source or "\0" in source:
            source = source.translate(_NEVER)
        marks = Marks()

        def inline(text: str, place: int) -> str:
            html, _, _ = convert(
                _WORDS_ALONE.sub(r"\1\\", text), lines + source.count("\n", 0, place)
            )
            return html.removeprefix("<p>").removesuffix("</p>")

        def report(code: str, message: str, hint: str, place: int) -> None:
            line = lines + source.count("\n", 0, place) + 1
            bad: Severity = "warning" if code in _WARNINGS else "error"
            problems.append(
                Problem(path="", line=line, code=code, message=message, hint=hint, severity=bad)
            )

        prepared = extras.prepare(source, marks, report)
        writer = _Writer(prepared, marks, blocks, inline, report, extras.words)
        writer.write(events(prepared.text.text, smart=smart))
        return writer.finish()

    return convert


class _Writer(InlineWriter):
    """Writes one document: a method for each thing that the reader finds, by its name."""

    def __init__(
        self,
        prepared: Prepared,
        marks: Marks,
        blocks: CodeBlocks,
        inline: Callable[[str, int], str],
        report: Callable[[str, str, str, int], None],
        added: Words,
    ) -> None:
        super().__init__(prepared, marks, report)
        self.blocks, self.inline, self.added = blocks, inline, added
        self.info = ""
        self.columns: list[str] = []
        self.cell, self.cells, self.head = "th", count(), 0
        self.ids = _written_ids(marks.words_in(self.text))
        self.counts: dict[str, int] = {}
        self.headings: list[dict[str, Any]] = []
        self.contents: list[tuple[list[str], int]] = []
        self.code_blocks: list[Block] = []
        self.numbers = count(1)
        self.notes = Footnotes(added.back)
        self.outer: list[tuple[str, list[str], list[int], list[Block]]] = []

    def write(self, found: Iterable[Event]) -> None:
        special = SPECIAL.search
        for what, self.at in found:
            if what.__class__ is str:
                _LEAVES[what](self)
                continue
            ((kind, value),) = what.items()
            if kind == "Text":
                if self.plain and value[:1] not in SPECIAL_FIRST and not special(value):
                    self.written = (len(self.out), value)
                    self.out.append(value)
                else:
                    self.text_found(value)
            elif kind == "Start":
                if value.__class__ is str:
                    _STARTS[value](self)
                else:
                    ((name, more),) = value.items()
                    _STARTS_WITH[name](self, more)
            elif kind == "End":
                _ENDS[value if value.__class__ is str else next(iter(value))](self)
            else:
                _LEAVES_WITH[kind](self, value)

    def finish(self) -> Converted:
        """Return what has been written."""
        headings = nested(self.headings)
        contents = f'<div class="toc">\n{_contents(headings)}</div>\n' if self.contents else ""
        for out, place in self.contents:
            out[place] = contents
        notes, blocks = self.notes.html(self.out)
        for label, place in self.notes.unused():
            hint = f"write [^{label}] where it belongs, or remove the note"
            message = f"nothing refers to the footnote `{label}`: it is not shown"
            self.report("footnote-unused", message, hint, place)
        return "".join(self.out).rstrip("\n") + notes, headings, self.code_blocks + blocks

    # Blocks

    def new_line(self) -> None:
        if self.out and not self.out[-1].endswith("\n"):
            self.out.append("\n")

    def open(self, tag: str) -> None:
        self.in_anchor = False
        self.new_line()
        self.opened.append(len(self.out))
        self.out.append(tag)

    def close(self, tag: str) -> None:
        self.opened.pop()
        self.out.append(tag)

    def paragraph(self) -> None:
        self.open("<p>")

    def paragraph_end(self) -> None:
        out, place = self.out, self.opened.pop()
        at, text = self.written
        if at == place + 1 == len(out) - 1:  # nothing but a text
            if text.strip() == "[TOC]" and len(self.contents) < _MOST_CONTENTS:
                out[place:] = ["\n"]
                self.contents.append((out, place))
                return
            if marked(text):
                parts = self.marks.split(text.strip())
                pieces = [part for part in parts if isinstance(part, Piece) and part.is_block]
                if len(pieces) == len(parts):
                    out[place:] = [*(piece.html for piece in pieces), "\n"]
                    return
        if given := self.attributes_below(place + 2):
            out[place] = f"<p{attributes.as_html(given)}>"
        out.append("\n" if place == self.bare else "</p>\n")

    def attributes_below(self, first: int) -> attributes.Attributes | None:
        """Take off and return an attribute list that stands alone on a block's last line, with
        something of the block before it."""
        at, text = self.written
        if not (text.endswith("}") and at == len(self.out) - 1 > first and self.out[-2] == "\n"):
            return None
        found = self.list_at_start(text)
        if not found or found[1] < len(text):
            return None
        del self.out[-2:]
        return found[0]

    def heading(self, heading: dict[str, Any]) -> None:
        self.open(f"<h{heading['level'][1]}>")
        self.words, self.alts = [], []
        self.settle()

    def heading_end(self) -> None:
        out, place = self.out, self.opened.pop()
        level = int(out[place][2])
        given = self.attributes_behind(place) or {}
        name = " ".join("".join(self.words or []).split()) or " ".join(" ".join(self.alts).split())
        self.words = None
        self.settle()
        if not name:
            hint = "give it words, or its picture a description: its id is made of them"
            self.report("heading-wordless", "a heading without words", hint)
        if "id" not in given:
            given["id"] = unique_id(heading_slug(name), self.ids, self.counts)
        self.headings.append({"level": level, "id": given["id"], "name": escape(name, quote=False)})
        out[place] = f"<h{level}{attributes.as_html(given)}>"
        out.append(f"</h{level}>\n")

    def quote(self, kind: str | None) -> None:
        if kind is None:
            self.open("<blockquote>\n")
            return
        name = kind.lower()
        title = escape(self.added.title(name))
        self.open(f'<div class="admonition {name}">\n<p class="admonition-title">{title}</p>\n')

    def quote_end(self) -> None:
        self.new_line()
        box = self.out[self.opened[-1]].startswith("<div")
        self.close("</div>\n" if box else "</blockquote>\n")

    def list(self, start: int | None) -> None:
        tag = "<ul>\n" if start is None else "<ol>\n" if start == 1 else f'<ol start="{start}">\n'
        self.open(tag)

    def list_end(self) -> None:
        self.new_line()
        self.close(f"</{self.out[self.opened[-1]][1:3]}>\n")

    def item(self) -> None:
        self.open("<li>")

    def item_end(self) -> None:
        place = self.opened[-1]
        if given := self.attributes_below(place + 2):
            self.out[place] = with_attributes(self.out[place], given)
        self.close("</li>\n")

    def task(self, done: bool) -> None:
        item = max(at for at in self.opened if self.out[at].startswith("<li"))
        holder = self.opened[self.opened.index(item) - 1]
        self.out[item] = '<li class="task-list-item">'
        if "class=" not in self.out[holder]:
            self.out[holder] = with_attributes(self.out[holder], {"class": "task-list"})
        checked, label = (" checked", "done") if done else ("", "to do")
        self.out.append(f'<input type="checkbox" disabled{checked} aria-label="{label}"> ')

    def definitions(self) -> None:
        self.open("<dl>\n")

    def definitions_end(self) -> None:
        self.new_line()
        self.close("</dl>\n")

    def term(self) -> None:
        self.open("<dt>")
        self.is_term = True

    def term_end(self) -> None:
        self.is_term = False
        self.term_line_end()
        self.close("</dt>\n")

    def definition(self) -> None:
        self.open("<dd>")

    def definition_end(self) -> None:
        self.close("</dd>\n")

    def table(self, columns: tuple[str, ...]) -> None:
        self.open("<table>\n")
        self.columns = [_ALIGNED[side] for side in columns]

    def table_end(self) -> None:
        bare = self.out[-1] in ("</thead>\n", "<table>\n")
        self.close("</table>\n" if bare else "</tbody>\n</table>\n")

    def table_head(self) -> None:
        self.head = len(self.out)
        self.out += ("<thead>\n", "<tr>\n")
        self.cell, self.cells = "th", count()

    def table_head_end(self) -> None:
        if any(not part.startswith(("<t", "</t")) for part in self.out[self.head :]):
            self.out += ("</tr>\n", "</thead>\n")
        else:  # a head without words is none, and would be an empty row
            del self.out[self.head :]

    def row(self) -> None:
        if self.out[-1] in ("</thead>\n", "<table>\n"):
            self.out.append("<tbody>\n")
        self.out.append("<tr>\n")
        self.cell, self.cells = "td", count()

    def row_end(self) -> None:
        self.out.append("</tr>\n")
        written = self.as_written().replace("\\|", "").strip(" \t\n>").removeprefix("|")
        if written.removesuffix("|").count("|") >= len(self.columns):
            hint = "give the head of the table as many columns; write \\| for a | within a cell"
            self.report("table-cells", "a row has more cells than the table's head", hint)

    def table_cell(self) -> None:
        side = self.columns[next(self.cells)]
        self.opened.append(len(self.out))
        self.out.append(f'<{self.cell} class="{side}">' if side else f"<{self.cell}>")

    def table_cell_end(self) -> None:
        place = self.opened[-1]
        if given := self.attributes_behind(place):
            self.out[place] = with_attributes(self.out[place], given)
        self.close(f"</{self.cell}>\n")

    def code_block(self, kind: Any) -> None:
        self.new_line()
        self.collected = []
        self.settle()
        self.info = "" if kind == "Indented" else kind["Fenced"]
        if kind != "Indented" and not _FENCE_END.search(written := self.as_written()):
            first = written.partition("\n")[0].strip()
            hint = "put a line with the same signs where the code ends"
            self.report("fence-unended", f"the fence {first} is never ended", hint)

    def code_block_end(self) -> None:
        code, self.collected = self.marks.source_in("".join(self.collected or [])), None
        self.settle()

        def fault(message: str, hint: str, _: str) -> None:
            first = self.at["start"] + self.as_written().index("\n") + 1
            self.report("bad-diagram", message, hint, first)

        info = self.marks.source_in(self.info)
        made = self.blocks.block(code, info, self.numbers, fault)
        if isinstance(made, Block):
            if made.plain:
                message = f"colours for `{made.plain}` would change this code: it has none"
                self.report("code-plain", message, "write `text` behind the fence")
            self.code_blocks.append(made)
            made = MARK
        self.out += (made, "\n")

    def html_block(self) -> None:
        self.new_line()
        self.collected = []
        self.settle()

    def html_block_end(self) -> None:
        html, self.collected = "".join(self.collected or []), None
        self.settle()
        number = self.marks.number_in(html)
        if number is None:
            self.out.append(self.marks.html_in(html))
            self.new_line()
        elif number in self.prepared.boxes:
            kinds, title = self.prepared.boxes[number]
            title = self.inline(title, self.origin()) if title else ""
            shown = f'<p class="admonition-title">{title}</p>\n' if title else ""
            self.out[self.opened[-1]] = f'<div class="admonition {kinds}">\n{shown}'
        elif (piece := self.marks.pieces[number]).html:
            self.out += (piece.html if piece.is_block else f"<p>{piece.html}</p>", "\n")

    def html(self, html: str) -> None:
        if self.collected is not None:
            self.collected.append(html)
        elif marked(html) and self.marks.number_in(html) is None:
            self.text_found(html)  # which is a tag only because a mark stands in it
        elif self.alt is None:
            if anchor := ANCHOR.match(html):
                self.in_anchor = not anchor["end"]
            self.out.append(self.marks.html_in(html))

    def rule(self) -> None:
        self.new_line()
        self.out.append("<hr>\n")

    def note(self, label: str) -> None:
        self.new_line()
        label = self.marks.source_in(label)
        self.outer.append((label, self.out, self.opened, self.code_blocks))
        self.out, self.opened, self.code_blocks = [], [], []
        self.notes.begun(label, self.at["start"])

    def note_end(self) -> None:
        inner, blocks = self.out, self.code_blocks
        label, self.out, self.opened, self.code_blocks = self.outer.pop()
        self.notes.defined(label, inner, blocks)

    def note_mark(self, label: str) -> None:
        if self.alt is None:
            self.notes.referred(self.marks.source_in(label), self.out)


def _written_ids(text: str) -> set[str]:
    """Return the ids that a writer gives, which no heading is to get by itself."""
    ids = set(_ID.findall(text)) if "id" in text and "<" in text else set()
    return ids.union(attributes.ids(text)) if "#" in text and "{" in text else ids


def _contents(headings: list[dict[str, Any]]) -> str:
    items = "".join(
        f'<li><a href="#{escape(each["id"])}">{each["name"]}</a>'
        f"{_contents(each['children'])}</li>\n"
        for each in headings
        if each["name"]
    )
    return f"<ul>\n{items}</ul>\n" if items else ""


_W = _Writer
_LEAVES: dict[str, Callable[[_W], None]] = {
    "SoftBreak": _W.soft_break,
    "HardBreak": _W.hard_break,
    "Rule": _W.rule,
}
_LEAVES_WITH: dict[str, Callable[[_W, Any], None]] = {
    "Code": _W.code,
    "Html": _W.html,
    "InlineHtml": _W.html,
    "FootnoteReference": _W.note_mark,
    "TaskListMarker": _W.task,
}
_STARTS: dict[str, Callable[[_W], None]] = {
    "Paragraph": _W.paragraph,
    "HtmlBlock": _W.html_block,
    "Item": _W.item,
    "DefinitionList": _W.definitions,
    "DefinitionListTitle": _W.term,
    "DefinitionListDefinition": _W.definition,
    "TableHead": _W.table_head,
    "TableRow": _W.row,
    "TableCell": _W.table_cell,
    "Emphasis": lambda self: self.open_inline("<em>"),
    "Strong": lambda self: self.open_inline("<strong>"),
    "Strikethrough": lambda self: self.open_inline("<del>"),
}
_STARTS_WITH: dict[str, Callable[[_W, Any], None]] = {
    "Heading": _W.heading,
    "BlockQuote": _W.quote,
    "CodeBlock": _W.code_block,
    "List": _W.list,
    "FootnoteDefinition": _W.note,
    "Table": _W.table,
    "Link": _W.link,
    "Image": _W.image,
}
_ENDS: dict[str, Callable[[_W], None]] = {
    "Paragraph": _W.paragraph_end,
    "HtmlBlock": _W.html_block_end,
    "Item": _W.item_end,
    "DefinitionList": _W.definitions_end,
    "DefinitionListTitle": _W.term_end,
    "DefinitionListDefinition": _W.definition_end,
    "TableHead": _W.table_head_end,
    "TableRow": _W.row_end,
    "TableCell": _W.table_cell_end,
    "Emphasis": lambda self: self.close_inline("</em>"),
    "Strong": lambda self: self.close_inline("</strong>"),
    "Strikethrough": lambda self: self.close_inline("</del>"),
    "Heading": _W.heading_end,
    "BlockQuote": _W.quote_end,
    "CodeBlock": _W.code_block_end,
    "List": _W.list_end,
    "FootnoteDefinition": _W.note_end,
    "Table": _W.table_end,
    "Link": _W.link_end,
    "Image": _W.image_end,
}
