"""The other Markdown engine: CommonMark by pulldown-cmark (Rust), with the same extras.

Headings with ids, a table of contents, footnotes, tables, coloured code, admonitions, attribute
lists, task lists and shortcodes come out with the markup that Python-Markdown gives them, so that
a theme need not know which engine made a page. Where the two read a text differently is told in
docs/markdown-engines.md.
"""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Callable
from html import escape
from types import SimpleNamespace
from typing import Any

from markdown.extensions import toc
from markdown.extensions.attr_list import get_attrs_and_remainder
from markdown.util import BLOCK_LEVEL_ELEMENTS

from generator.config import MarkdownSettings
from generator.diagrams import LANGUAGE, drawn
from generator.formulas import Fault, shown
from generator.highlighting import MARK, Block, CodeColours
from generator.plain_markdown import heading_name, unique_id
from generator.problems import Problem
from generator.shortcode_extension import INLINE, Blocks, ShortcodeExtension
from generator.shortcodes import Render, used_in

Convert = Callable[[str], tuple[str, list[dict[str, Any]], list[Block]]]
"""Markdown -> HTML, the headings as Python-Markdown's `toc_tokens`, and the code blocks that are
still to be put in the places of their marks."""


SpecialBlock = Callable[[str, str], str | None]
"""What stands behind a fence and the code -> HTML, or None where the first cannot be read."""


class MissingEngineError(Exception):
    """pyromark, which holds the engine, is not installed."""


_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,}).*\n(?:.*\n)*? {0,3}(?P=fence)[`~]* *$", re.M)
_SPECIAL_FENCE = re.compile(
    r"(?P<fence>````*|~~~~*)(?P<info>[ \t]*(?P<language>[\w#.+-]*)"
    r"[ \t]*(?:\{[^\n`]*\}|[a-zA-Z]\w*=[\"'][^\n`]*))[ \t]*$",
    re.MULTILINE,
)
_SPECIAL_MARK = re.compile("[\\w#.+-]*\x04([0-9]+)")
_ADMONITION = re.compile(r'!!! ?([\w-]+(?: +[\w-]+)*)(?: +"(.*?)")? *')
_CODE_SPAN_OR_CALL = re.compile(rf"(?P<code>(?<!`)(`+)(?!`).+?(?<!`)\2(?!`))|{INLINE}", re.DOTALL)
_SIGN_AS_ENTITY = re.compile("&[lLn#]")
_FIRST_TAG = re.compile(r"</?([^\s>!?/]+)")
_MARK = re.compile("<p>\x02([0-9]+)\x03</p>|\x02([0-9]+)\x03")
_BLOCK = re.compile(
    r'<pre><code(?: class="language-([^"]*)")?>(.*?)</code></pre>'
    r"|<h([1-6])([^>]*)>(.*?)</h\3>"
    r'|<sup class="footnote-reference"><a href="#([^"]*)">([^<]*)</a></sup>'
    r'|<div class="footnote-definition" id="([^"]*)"><sup class="footnote-definition-label">[^<]*'
    r"</sup>\n(.*?)</div>\n"
    r'|<(t[dh]) style="text-align: (left|center|right)">'
    r"|<img ([^>]*?) ?/>"
    r"|<(br|hr) />",
    re.DOTALL,
)
_TASKS = re.compile(r'<ul>\n(?=<li><input disabled="" type="checkbox")')
_TASK = re.compile(r'<li>(<p>)?<input disabled="" type="checkbox"( checked="")?/>\n')
_ALERT = re.compile(r'<blockquote class="markdown-alert-(\w+)">')
_ATTRIBUTES = re.compile(
    r"(?:(?P<image><img [^>]*)>|<(?P<name>a|em|strong|code|del)\b(?P<given>[^>]*)>"
    r"(?P<inner>(?:(?!</?(?P=name)\b|<p>|</p>).)*)</(?P=name)>)\{:?[ ]*(?P<list>[^}\n ][^}\n]*)\}",
    re.DOTALL,
)
_PARAGRAPH_ATTRIBUTES = re.compile(r"<p>((?:(?!</p>).)*)\n\{:?[ ]*([^}\n ][^}\n]*)\}[ ]*</p>", re.S)
_FORMULA_ALONE = re.compile(r'<p><span class="math math-display">([^<]*)</span></p>')
_FORMULA = re.compile(
    r'(?:(?<!\w)|(?=<span class="math math-d))'
    r'<span class="math math-(inline|display)">([^<]*)</span>(?![\w$])'
)
_NO_FORMULA = re.compile(r'<span class="math math-inline">([^<]*)</span>')
_ID = re.compile(r'\bid="([^"]*)"')


def make(
    settings: MarkdownSettings,
    colours: CodeColours,
    render_shortcode: Render,
    problems: list[Problem],
    slugify: Callable[[str], str],
    special: SpecialBlock,
    fault: Fault,
    fault_in_diagram: Fault,
) -> Convert:
    """Return a converter. Mistakes in shortcodes are added to `problems`.

    `special` colours blocks whose fence says more than a language; `fault` is
    told of formulas that cannot be read, `fault_in_diagram` of diagrams. Raises MissingEngineError.
    """
    try:
        import pyromark
    except ImportError:
        raise MissingEngineError from None
    known = pyromark.Options
    options = (
        known.ENABLE_TABLES
        | known.ENABLE_FOOTNOTES
        | known.ENABLE_STRIKETHROUGH
        | known.ENABLE_TASKLISTS
        | known.ENABLE_HEADING_ATTRIBUTES
        | known.ENABLE_DEFINITION_LIST
        | known.ENABLE_GFM
    )
    if settings.smart:
        options |= known.ENABLE_SMART_PUNCTUATION
    if settings.math:
        options |= known.ENABLE_MATH
    shortcodes = ShortcodeExtension(render_shortcode, problems)
    numbered = settings.line_numbers

    def convert(text: str) -> tuple[str, list[dict[str, Any]], list[Block]]:
        stash = _Stash()
        if not text.replace("\n", "").isprintable():
            text = text.replace("\x02", "").replace("\x03", "").replace("\x04", "")
            text = text.replace("\r\n", "\n")
        text = _with_admonitions(text, stash)
        if used_in(text):
            text = _with_shortcodes(text, stash, shortcodes)
        infos: list[str] = []

        def mark(found: re.Match[str]) -> str:
            infos.append(found["info"])
            return f"{found['fence']}{found['language']}\x04{len(infos) - 1}"

        if "```" in text or "~~~" in text:
            # The converter drops what stands behind the language, so it is put aside by number.
            text = _SPECIAL_FENCE.sub(mark, text)
        html = pyromark.html(text, options=options)
        if '<span class="math math-' in html and settings.math:
            html = _with_formulas(html, stash, fault)
        finished = _Finished(colours, slugify, special, infos)
        if settings.mermaid and LANGUAGE in text:
            finished.draw = lambda code: drawn(code, fault_in_diagram)
        elif not (stash.pieces or infos or numbered) and _without_raw_html(text, html):
            finished.blocks = []
        return *finished.finish(html, stash), finished.blocks or []

    return convert


def _without_raw_html(text: str, html: str) -> bool:
    """Tell whether every tag in `html` is the converter's own (never wrong when it says yes).

    It is when each `<` of the text is found again, escaped. What may be shown twice or not as it
    was written (entities, titles of references), and footnotes, which are moved, are not looked
    into, and the HTML must not have the mark of a code block.
    """
    if MARK in html or "footnote-" in html:
        return False
    count = text.count("<")
    if not count:
        return True
    if "]:" in text or ("&" in text and _SIGN_AS_ENTITY.search(text)):
        return False
    return count == html.count("&lt;") + html.count("<!--more-->")


class _Stash:
    """Finished HTML, and the marks that stand for it in the text."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def store(self, html: str) -> str:
        self.pieces.append(html)
        return f"\x02{len(self.pieces) - 1}\x03"

    def put_back(self, html: str) -> str:
        return _MARK.sub(self._piece, html) if self.pieces else html

    def _piece(self, found: re.Match[str]) -> str:
        number = int(found[1] or found[2])
        if number >= len(self.pieces):
            return found[0]
        html = self.put_back(self.pieces[number])
        name = _FIRST_TAG.match(html)
        block = name is None or name[1].lower() in BLOCK_LEVEL_ELEMENTS
        return (
            html if found[2] or (block and html.startswith("<")) or not html else f"<p>{html}</p>"
        )


def _with_admonitions(text: str, stash: _Stash) -> str:
    """Take `!!! note "Title"` and the indented text below it apart."""
    if "!!!" not in text:
        return text
    lines, done, at, fence = text.split("\n"), [], 0, ""
    while at < len(lines):
        line = lines[at]
        at += 1
        opened = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if fence or opened:
            fence = "" if fence and line.strip() == fence else fence or (opened or [""])[1]
        found = None if fence else _ADMONITION.fullmatch(line)
        if not found:
            done.append(line)
            continue
        body = []
        while at < len(lines) and (lines[at].startswith("    ") or not lines[at].strip()):
            body.append(lines[at][4:])
            at += 1
        names = " ".join(found[1].lower().split())
        title = names.split(" ", 1)[0].capitalize() if found[2] is None else found[2]
        shown = f'<p class="admonition-title">{escape(title, quote=False)}</p>\n' if title else ""
        done += ("", stash.store(f'<div class="admonition {names}">\n{shown}'), "")
        done += (_with_admonitions("\n".join(body), stash), "", stash.store("</div>"), "")
    return "\n".join(done)


def _with_shortcodes(text: str, stash: _Stash, shortcodes: ShortcodeExtension) -> str:
    blocks = Blocks(SimpleNamespace(htmlStash=stash), shortcodes)  # type: ignore[arg-type]
    fences: list[str] = []

    def put_aside(found: re.Match[str]) -> str:
        fences.append(found[0])
        return f"\x03{len(fences) - 1}\x02"

    def call(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        return stash.store(shortcodes.call(found[3], found[4], None, found[0]).strip())

    text = "\n".join(blocks.run(_FENCE.sub(put_aside, text).split("\n")))
    text = _CODE_SPAN_OR_CALL.sub(call, text)
    return re.sub("\x03([0-9]+)\x02", lambda found: fences[int(found[1])], text)


def _with_formulas(html: str, stash: _Stash, fault: Fault) -> str:
    """Put MathML in the place of formulas; what is none by our rule becomes text again."""

    def alone(found: re.Match[str]) -> str:
        return stash.store(shown(html_entities.unescape(found[1]), fault, display=True, alone=True))

    def within(found: re.Match[str]) -> str:
        display = found[1] == "display"
        return stash.store(shown(html_entities.unescape(found[2]), fault, display=display))

    html = _FORMULA.sub(within, _FORMULA_ALONE.sub(alone, html))
    return _NO_FORMULA.sub(r"$\1$", html)


class _Finished:
    """Gives one document's HTML the markup that the theme knows."""

    def __init__(
        self,
        colours: CodeColours,
        slugify: Callable[[str], str],
        special: SpecialBlock,
        infos: list[str],
    ) -> None:
        self.colours, self.slugify, self.special, self.infos = colours, slugify, special, infos
        self.draw: Callable[[str], str] | None = None
        self.tokens: list[dict[str, Any]] = []
        self.ids: set[str] = set()
        self.counters: dict[str, int] = {}
        self.notes: dict[str, str] = {}
        self.references: dict[str, int] = {}
        self.images = 0
        self.blocks: list[Block] | None = None
        """The code blocks in their order, where marks are to stand for them."""

    def finish(self, html: str, stash: _Stash) -> tuple[str, list[dict[str, Any]]]:
        if 'id="' in html:
            self.ids.update(_ID.findall(html))
        html = _BLOCK.sub(self.block, html)
        if "checkbox" in html:
            html = _TASK.sub(_task, _TASKS.sub('<ul class="task-list">\n', html))
        if "markdown-alert" in html:
            html = _ALERT.sub(_alert, html)
        if "{" in html:
            html = _PARAGRAPH_ATTRIBUTES.sub(
                lambda found: f"<p{_attributes(found[2])}>{found[1]}</p>", html
            )
            html = _ATTRIBUTES.sub(_with_attributes, html)
        tokens: Any = toc.nest_toc_tokens(self.tokens)  # type: ignore[arg-type]
        if "<p>[TOC]</p>" in html:
            html = html.replace("<p>[TOC]</p>", f'<div class="toc">\n{_contents(tokens)}</div>')
        html = html.rstrip("\n") + self.footnotes()
        if "\x04" in html:
            html = self.as_written(html, escaped=True)
        return stash.put_back(html), tokens

    def block(self, found: re.Match[str]) -> str:
        language, code, level, given, inner, note, number, defined, text = found.groups()[:9]
        cell, side, image, void = found.groups()[9:]
        if code is not None:
            return self.code(html_entities.unescape(code)[:-1], language or "")
        if level:
            inner = _BLOCK.sub(self.block, inner) if "<" in inner else inner
            return self.heading(int(level), given, inner)
        if note is not None:
            self.references[note] = count = self.references.get(note, 0) + 1
            return (
                f'<sup id="fnref{count if count > 1 else ""}:{note}">'
                f'<a class="footnote-ref" href="#fn:{note}">{number}</a></sup>'
            )
        if defined is not None:
            self.notes[defined] = _BLOCK.sub(self.block, text)
            return ""
        if cell:
            return f'<{cell} class="align-{side}">'
        if image is not None:
            self.images += 1
            lazy = ' loading="lazy"' if self.images > 1 else ""
            return f'<img data-size=""{lazy} {image}>'
        return f"<{void}>"

    def code(self, code: str, language: str) -> str:
        """Return a block coloured; `language` may have a mark of what stood behind it."""
        code = self.as_written(code)
        language, mark, number = language.partition("\x04")
        if self.draw and language == LANGUAGE and not mark:
            return self.draw(code)
        info = self.info_at(number) if mark else None
        coloured = None if info is None else self.special(info, code)
        if self.blocks is not None:
            self.blocks.append(self.colours.coloured(code, language))
            return MARK
        return self.colours.block(code, language) if coloured is None else coloured

    def info_at(self, number: str) -> str | None:
        """Return what was put aside; nothing for a number that the writer made, by an entity."""
        known = re.fullmatch("[0-9]{1,9}", number) and int(number) < len(self.infos)
        return self.infos[int(number)] if known else None

    def as_written(self, text: str, *, escaped: bool = False) -> str:
        """Put back what was put aside where it was no fence after all."""

        def put_back(found: re.Match[str]) -> str:
            info = self.info_at(found[1])
            if info is None:
                return found[0]
            return escape(info, quote=False) if escaped else info

        return _SPECIAL_MARK.sub(put_back, text) if "\x04" in text else text

    def heading(self, level: int, given: str, inner: str) -> str:
        text = re.sub(r'<sup id="fnref.*?</sup>', "", inner) if "<sup" in inner else inner
        name = heading_name(text)
        own = _ID.search(given)
        if own:
            id_ = own[1]
        else:
            id_ = unique_id(self.slugify(html_entities.unescape(name)), self.ids, self.counters)
            given = f' id="{id_}"{given}'
        self.tokens.append({"level": level, "id": id_, "name": name})
        return f"<h{level}{given}>{inner}</h{level}>"

    def footnotes(self) -> str:
        """Return the notes that the text refers to, at its end, in the order of their numbers."""
        items = []
        for number, note in enumerate(self.references, start=1):
            title = f"Back to the text of note {number}"
            links = "&#160;" + " ".join(
                f'<a class="footnote-backref" href="#fnref{count}:{note}" title="{title}">'
                "&#8617;</a>"
                for count in ["", *range(2, self.references[note] + 1)]
            )
            text = self.notes.get(note, "").rstrip("\n")
            whole = text[:-4] + links + "</p>" if text.endswith("</p>") else f"{text}<p>{links}</p>"
            items.append(f'<li id="fn:{note}">\n{whole}\n</li>\n')
        if not items:
            return ""
        return f'\n<div class="footnote">\n<hr>\n<ol>\n{"".join(items)}</ol>\n</div>'


def _task(found: re.Match[str]) -> str:
    checked, label = (" checked", "done") if found[2] else ("", "to do")
    box = f'<input type="checkbox" disabled{checked} aria-label="{label}">'
    return f'<li class="task-list-item">{found[1] or ""}{box} '


def _alert(found: re.Match[str]) -> str:
    name = found[1]
    title = f'<p class="admonition-title">{name.capitalize()}</p>'
    return f'<blockquote class="admonition {name}">\n{title}'


def _attributes(written: str) -> str:
    """Return an attribute list as HTML attributes."""
    classes: list[str] = []
    others: dict[str, str] = {}
    for name, value in get_attrs_and_remainder(html_entities.unescape(written))[0]:
        if name == ".":
            classes.append(value or "")
        else:
            others[re.sub(r"[^\w:.-]", "_", name)] = value if value is not None else name
    if classes:
        others["class"] = " ".join([*classes, *others.pop("class", "").split()])
    return "".join(f' {name}="{escape(value)}"' for name, value in others.items())


def _with_attributes(found: re.Match[str]) -> str:
    attributes = _attributes(found["list"])
    if image := found["image"]:
        if " width=" in attributes or " height=" in attributes:
            image = image.replace(' data-size=""', "")
        return f"{image}{attributes}>"
    name = found["name"]
    return f"<{name}{found['given']}{attributes}>{found['inner']}</{name}>"


def _contents(tokens: list[dict[str, Any]]) -> str:
    items = "".join(
        f'<li><a href="#{token["id"]}">{token["name"]}</a>{_contents(token["children"])}</li>\n'
        for token in tokens
    )
    return f"<ul>\n{items}</ul>\n" if items else ""
