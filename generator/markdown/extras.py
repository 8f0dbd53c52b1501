"""What Tidepost's Markdown has beyond GitHub's, made ready before the text is read.

Boxes (`!!! note`) become quotations with a mark in them; shortcodes, formulas and bare addresses
become marks; abbreviations are collected; HTML with `markdown="1"` gets the empty lines that make
Markdown of what it holds. Nothing is looked for in code: the reader itself tells what that is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import NamedTuple

from generator.i18n.in_texts import Words
from generator.markdown import attributes, autolinks
from generator.markdown.marks import Marks
from generator.markdown.math.formulas import DISPLAY, INLINE, Fault, shown
from generator.markdown.reading import DEFINITION, Ranges, Spans, spans
from generator.markdown.rewriting import Edit, Rewritten
from generator.markdown.shortcodes import Render, ShortcodeError, parse_arguments, used_in

BODY = "\x1atidepost-body\x1a"
"""Stands for the Markdown body in the HTML that a block shortcode's template makes."""

_MOST_NESTED = 24
"""How deep boxes may stand in boxes."""

_BOX = re.compile(
    r"^(?P<before>[ \t>]*(?:[-*+][ \t]+|[0-9]{1,9}[.)][ \t]+)*)"
    r'!!! ?(?P<kinds>[A-Za-z][\w-]*(?: +[\w-]+)*)(?: +"(?P<title>[^"\n]*)")?[ \t]*$',
    re.MULTILINE,
)
_ABBREVIATION = re.compile(
    r"^[ \t>]*(?P<all>\*\[(?P<short>[^\]\n]+)\]:[ \t]*(?P<long>[^\n]*))$", re.MULTILINE
)
_NO_DEFINITION = re.compile(r"^[ \t>]*:(?![ \t])(?![-:| \t]*$)", re.M)
_DELIMITERS = re.compile(
    r"\n[ \t>]*(?P<line>:?-+:?[ \t]*+(?:\|[ \t]*+:?-+:?[ \t]*+)++\|?+[ \t]*+)$", re.MULTILINE
)
_AWKWARD = re.compile(r"[<>*_\[\]&\\`~]")
_AWKWARD_LIST = re.compile(r"""\{[^{}\n]*(?:["'][^{}\n]*[<>*_\[\]&\\`~]|[#.][\w:.-]*_)[^{}\n]*\}""")
_CALL = re.compile(r"(?<!\\)\{\{\s*(?P<name>[A-Za-z_]\w*)\(")
_BLOCK = re.compile(r"^[ \t]*\{%\s*(?:(?P<end>end\s*%\})|(?P<name>[A-Za-z_]\w*)\()", re.M)
_MARKDOWN = re.compile(
    r"<(?P<name>[A-Za-z][\w-]*)(?P<before>(?:\s[^<>]*?)??)"
    r"\smarkdown(?:\s*=\s*(?P<quote>[\"']?)(?P<how>1|block|span)(?P=quote))?(?P<after>[\s/][^<>]*)?>"
)
_CONTAINERS = re.compile(r"[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+[ \t>]*)*")
"""What a line begins with in items and quotations."""

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][\w-]*)\b[^<>]*>")
_INLINE_ELEMENTS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "var",
    ]
)
_OF_WORDS = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "legend", "address", "summary"]
)
"""Elements that hold words and no blocks."""


class Box(NamedTuple):
    """The classes of a box, and its title in Markdown."""

    kinds: str
    title: str


class Prepared(NamedTuple):
    """A text that is ready to be read. `boxes` are by the numbers of the marks in them;
    `addresses`: its words may have bare addresses of the web."""

    text: Rewritten
    boxes: dict[int, Box]
    abbreviations: dict[str, str]
    addresses: bool


Report = Callable[[str, str, str, int], None]
"""Is given a code, a message, a hint and the place in the text as it is by then."""


class Extras:
    """Makes a site's texts ready. With `math`, what stands between dollar signs is a formula."""

    def __init__(self, render: Render, *, math: bool, words: Words) -> None:
        self._render, self._math, self.words = render, math, words

    def prepare(
        self, source: str, marks: Marks, report: Callable[[str, str, str, int], None]
    ) -> Prepared:
        """Return `source` with marks of `marks` in it. `report` is given places in `source`."""
        text = Rewritten(marks.keep(source))
        boxes: dict[int, Box] = {}
        abbreviations: dict[str, str] = {}

        def faulty(code: str, message: str, hint: str, place: int) -> None:
            report(code, message, hint, text.origin(place))

        def boxed() -> None:
            for _ in range(_MOST_NESTED):
                edits = list(_boxes(text.text, marks, boxes, self.words))
                if not edits:
                    break
                text.apply(edits)

        if "!!!" in text.text:
            boxed()
        if "markdown" in text.text and _MARKDOWN.search(text.text):
            for _ in range(_MOST_NESTED):
                edits = sorted(_markdown_in_html(text.text, marks, faulty))
                if not edits:
                    break
                text.apply(edits)
                if "!!!" in text.text:
                    boxed()
        finders: list[Callable[[str, Spans], Iterator[Edit]]] = []
        if used_in(text.text):
            finders.append(lambda now, known: self._calls(now, known, marks, faulty))
        if self._math and "$" in text.text:
            finders.append(lambda now, known: _formulas(now, known, marks, faulty))
        if "*[" in text.text:
            finders.append(lambda now, known: _abbreviations(now, known, abbreviations))
        if "|" in text.text and _DELIMITERS.search(text.text):
            finders.append(_tables)
        if _AWKWARD_LIST.search(text.text):
            finders.append(lambda now, known: _attribute_lists(now, known, marks))
        if "\n:" in text.text and DEFINITION.search(text.text):
            finders.append(lambda now, known: _no_definitions(now, known, marks))
        places = autolinks.candidates(text.text)
        if not (in_words := autolinks.are_plain(text.text, places)):
            finders.append(lambda now, known: _addresses(now, places, known, marks))
        if finders:
            known = spans(text.text)
            text.apply(sorted(chain(*(find(text.text, known) for find in finders))))
        return Prepared(text, boxes, abbreviations, in_words and bool(places))

    def _calls(self, text: str, known: Spans, marks: Marks, report: Report) -> Iterator[Edit]:
        """Yield what becomes of shortcodes: `{{ name() }}`, and `{% name() %}` to `{% end %}`."""
        place = 0
        while found := _CALL.search(text, place):
            end = text.find("}}", found.end())
            if end < 0:
                break
            place = found.end()
            if _is_code(found.start(), known) or not text[found.end() : end].rstrip().endswith(")"):
                continue
            arguments = text[found.end() : end].rstrip()[:-1]
            start, end = found.start(), end + 2
            line, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
            alone = (
                not text[line:start].strip()
                and not text[end : None if line_end < 0 else line_end].strip()
            )
            if not alone and known.html.at(start):
                name = found["name"]
                hint = "put the call on a line of its own, or an empty line before and after it"
                message = f"the shortcode `{name}` within HTML is shown as it is written"
                report("shortcode-in-html", message, hint, start)
                continue
            place = end
            source = text[start:end]
            html = self._call(found["name"], arguments, None, report, start).strip()
            yield Edit(
                start, end, marks.put_block(html, source) if alone else marks.put(html, source)
            )
        if "{%" in text:
            yield from self._blocks(text, known, marks, report)

    def _blocks(self, text: str, known: Spans, marks: Marks, report: Report) -> Iterator[Edit]:
        open_blocks: list[tuple[str, int]] = []
        place = 0
        while found := _BLOCK.search(text, place):
            place = found.end()
            start = found.end() - len(found[0].lstrip())
            if _is_code(start, known):
                continue
            if found["end"]:
                end = found.end()
            else:
                end = text.find("%}", found.end())
                if end < 0:
                    break
                arguments = text[found.end() : end].rstrip()
                end += 2
                if not arguments.endswith(")"):
                    continue
            line_end = text.find("\n", end)
            if text[end : None if line_end < 0 else line_end].strip():
                continue
            place = end
            source = text[start:end]
            if found["end"]:
                if not open_blocks:
                    hint = "remove it, or open a block before it"
                    report("bad-shortcode", "`end` without a block", hint, start)
                    yield Edit(start, end, "")
                else:
                    yield Edit(start, end, marks.put_block(open_blocks.pop()[0], source))
                continue
            name = found["name"]
            html = self._call(name, arguments[:-1], BODY, report, start)
            before, marker, after = html.partition(BODY)
            if html and (not marker or BODY in after):
                message = f"shortcode `{name}` does not print its body exactly once"
                hint = f"put {{{{ body }}}} once in templates/shortcodes/{name}.html"
                report("bad-shortcode", message, hint, start)
            open_blocks.append((after.replace(BODY, "").strip(), start))
            yield Edit(start, end, marks.put_block(before.strip(), source))
        for after, start in reversed(open_blocks):
            hint = "put a line {% end %} after its text"
            report("bad-shortcode", "a block that is never ended", hint, start)
            yield Edit(len(text), len(text), "\n\n" + marks.put_block(after, ""))

    def _call(self, name: str, arguments: str, body: str | None, report: Report, place: int) -> str:
        try:
            return self._render(name, parse_arguments(arguments), body)
        except ShortcodeError as error:
            report(error.code, f"shortcode `{name}`: {error.message}", error.hint, place)
            return ""


def _is_code(place: int, known: Spans) -> bool:
    """Return whether what begins at `place` is to be shown as it is written."""
    return bool(known.code.at(place) or known.raw.at(place))


def _boxes(text: str, marks: Marks, boxes: dict[int, Box], words: Words) -> Iterator[Edit]:
    """Yield what makes quotations of the outermost boxes."""
    known = spans(text)
    done = 0
    for found in _BOX.finditer(text):
        header = found.end("before")
        part = known.texts.at(header)
        if header >= done and part and part[0] == header and not known.html.at(header):
            done, edits = _box(text, found, marks, boxes, words)
            yield from edits


def _box(
    text: str, found: re.Match[str], marks: Marks, boxes: dict[int, Box], words: Words
) -> tuple[int, list[Edit]]:
    """Return where the text of a box ends, and the edits that make a quotation of it."""
    before = found["before"]
    goes_on = _going_on(before)
    margin = re.sub(r"[^>\t]", " ", before)
    kinds = " ".join(found["kinds"].lower().split())
    title = words.title(kinds.split(" ", 1)[0]) if found["title"] is None else found["title"]
    mark = marks.put_block("", found[0][len(before) :])
    boxes[len(marks.pieces) - 1] = Box(kinds, title)
    lines: list[Edit] = []
    place = body_end = found.end()
    while place < len(text):
        start = place + 1
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        own = goes_on.match(line)
        rest = line[own.end() :] if own else line
        if not rest.strip() and (own or not line.strip(" \t>")):
            lines.append(Edit(start, end, f"{margin}>"))
        elif own and (rest.startswith("    ") or rest.startswith("\t")):
            lines.append(Edit(start, end, f"{margin}> {rest[4:] if rest[0] == ' ' else rest[1:]}"))
            body_end = end
        else:
            break
        place = end
    body = [edit for edit in lines if edit.end <= body_end]
    # A quotation takes in the one before it, and a text right behind it.
    above = text.rfind("\n", 0, max(found.start() - 1, 0)) + 1
    near = found.start() > 0 and bool(text[above : found.start()].strip(" \t>\n"))
    opening = f"{margin.rstrip()}\n" if near and not before.strip(" \t>") else ""
    edits = [Edit(found.start(), found.end(), f"{opening}{before}> {mark}"), *body]
    follows = text[body_end + 1 : (text + "\n").find("\n", body_end + 1)]
    if follows.strip(" \t>"):
        last = edits.pop()
        edits.append(Edit(last.start, last.end, f"{last.text}\n{margin.rstrip()}"))
    return body_end, edits


def never_closed(text: str) -> list[int]:
    """Return where tags with `markdown="1"` stand whose elements have no end."""
    if "markdown" not in text:
        return []
    found: list[int] = []

    def report(_code: str, _message: str, _hint: str, place: int) -> None:
        found.append(place)

    list(_markdown_in_html(text, Marks(), report))
    return found


def _markdown_in_html(text: str, marks: Marks, report: Report) -> Iterator[Edit]:
    """Yield what makes Markdown of the text in elements with `markdown="1"`."""
    known = spans(text)
    open_elements: dict[str, list[re.Match[str] | None]] = {}
    ours = {
        found.start(): found
        for found in _MARKDOWN.finditer(text)
        if known.html.at(found.start()) and not _is_code(found.start(), known)
    }
    if not ours:
        return
    names = {found["name"].lower() for found in ours.values()}
    for tag in _TAG.finditer(text):
        name = tag["name"].lower()
        if name not in names or _is_code(tag.start(), known):
            continue
        if not tag["end"]:
            open_elements.setdefault(name, []).append(ours.get(tag.start()))
        elif open_elements.get(name) and (opening := open_elements[name].pop()):
            deep = len(open_elements[name]) > _MOST_NESTED
            yield from _element(text, opening, tag, _margin(text, opening, known), marks, deep=deep)
    for opening in chain(*open_elements.values()):
        if opening:
            message = f"`{opening[0]}` is never closed"
            report("markdown", message, f"put </{opening['name']}> after its text", opening.start())
            yield Edit(opening.start(), opening.end(), _without_markdown(opening))


def _without_markdown(opening: re.Match[str]) -> str:
    return f"<{opening['name']}{opening['before']}{opening['after'] or ''}>"


def _margin(text: str, opening: re.Match[str], known: Spans) -> str:
    """Return what each line begins with in the items and quotations that an element stands in."""
    block = known.html.at(opening.start())
    line = text.rfind("\n", 0, block[0] if block else opening.start()) + 1
    found = _CONTAINERS.match(text, line, opening.start())
    return re.sub(r"[^>\t]", " ", found[0]) if found else ""


def _element(
    text: str,
    opening: re.Match[str],
    closing: re.Match[str],
    margin: str,
    marks: Marks,
    *,
    deep: bool,
) -> Iterator[Edit]:
    gap = f"\n{margin}\n{margin}"
    name, tag = opening["name"].lower(), _without_markdown(opening)
    if name in _INLINE_ELEMENTS:
        yield Edit(opening.start(), opening.end(), tag)
        return
    if opening["how"] == "span" or (opening["how"] != "block" and name in _OF_WORDS):
        # A paragraph of its own, of which the marks make this element.
        yield Edit(opening.start(), opening.end(), gap + marks.put_element(tag, opening[0]))
        yield Edit(closing.start(), closing.end(), marks.put(closing[0], closing[0], "") + gap)
        return
    yield Edit(opening.start(), opening.end(), f"{tag}{gap}")
    inner = "" if deep else text[opening.end() : closing.start()]
    lines = _indented(inner, opening.end(), margin)
    if deeper := min((indent for _, indent, blank in lines if not blank), default=0):
        for place, indent, _ in lines:
            yield Edit(place, place + min(deeper, indent), "")
    yield Edit(closing.start(), closing.end(), f"{gap}{closing[0]}")


def _indented(inner: str, place: int, margin: str) -> list[tuple[int, int, bool]]:
    """Return where each line but the first begins behind its margin, how far it is indented there,
    and whether it is blank. `inner` begins at `place`."""
    goes_on = _going_on(margin)
    lines = []
    first, *others = inner.split("\n")
    place += len(first) + 1
    for line in others:
        own = goes_on.match(line)
        begins = own.end() if own else 0
        rest = line[begins:]
        lines.append((place + begins, len(rest) - len(rest.lstrip()), not line.strip(" \t>")))
        place += len(line) + 1
    return lines


def _going_on(before: str) -> re.Pattern[str]:
    """Return what a line begins with that goes on with the items and quotations whose first line
    begins with `before`."""
    signs = re.sub("> ", ">", before)
    return re.compile("".join("[ ]{0,3}>[ ]?" if sign == ">" else "[ \t]" for sign in signs))


def _formulas(text: str, known: Spans, marks: Marks, report: Report) -> Iterator[Edit]:
    def fault_at(found: re.Match[str], group: int) -> Fault:
        place = found.end(group) - len(found[group].lstrip())
        return lambda message, hint, wrong: report(
            "bad-math", message, hint, place + max(0, len(wrong) - 1)
        )

    alone = Ranges()
    for found in DISPLAY.finditer(text):
        start = found.end() - len(found[0].lstrip())
        if not _is_code(start, known):
            html = shown(found[1], fault_at(found, 1), display=True, alone=True)
            alone.add(start, found.end())
            yield Edit(start, found.end(), marks.put_block(html, found[0].strip()))
    place = 0
    while inline := _INLINE.search(text, place):
        start, end = inline.span()
        part = known.code.at(start) or known.html.at(start) or alone.at(start)
        broken = inline[2] and known.blocks.within(start + 1, end)
        if part or broken or known.code.within(start, end):
            place = part[1] if part else start + 1
            continue
        place = end
        tex = _unquoted(inline[1] or inline[2], text, start)
        html = shown(tex, fault_at(inline, 1 if inline[1] else 2), display=bool(inline[1]))
        yield Edit(start, end, marks.put(html, inline[0], tex.strip(), inline[0]))


_INLINE = re.compile(INLINE, re.DOTALL)
_QUOTED = re.compile(r"(?:[ \t]*>)*")
"""What the lines of a quotation begin with."""


def _unquoted(tex: str, text: str, start: int) -> str:
    """Return a formula that begins at `start` without the signs of the quotation that it stands
    in, which its further lines have."""
    if "\n" not in tex:
        return tex
    begins = _QUOTED.match(text, text.rfind("\n", 0, start) + 1, start)
    deep = begins[0].count(">") if begins else 0
    return re.sub(rf"\n(?:[ \t]*>){{0,{deep}}}", "\n", tex) if deep else tex


def _abbreviations(text: str, known: Spans, found_ones: dict[str, str]) -> Iterator[Edit]:
    for found in _ABBREVIATION.finditer(text):
        start, end = found.span("all")
        if not _is_code(start, known) and not known.html.at(start):
            found_ones[found["short"]] = found["long"].strip()
            yield Edit(start, end, "")


def _attribute_lists(text: str, known: Spans, marks: Marks) -> Iterator[Edit]:
    """Yield what keeps the reader from Markdown and HTML in attributes: `{credit="Ana <Rui>"}`,
    `{#the-_self_-type}`."""
    for found in attributes.lists(text):
        if not _is_code(found.start(), known):
            for sign in _AWKWARD.finditer(found[0]):
                place = found.start() + sign.start()
                yield Edit(place, place + 1, marks.put(sign[0], sign[0], sign[0]))


def _tables(text: str, known: Spans) -> Iterator[Edit]:
    """Yield what makes a table of one without signs at its edges that follows a line of text."""
    for found in _DELIMITERS.finditer(text):
        line = found.start("line")
        head = text.rfind("\n", 0, found.start()) + 1
        margin = len(text[head : found.start()]) - len(text[head : found.start()].lstrip(" \t>"))
        start, end = head + margin, found.start()
        part = known.texts.at(start)
        cells = text[start:end].replace("\\|", "").rstrip().removesuffix("|").count("|")
        wanted = text[line : found.end()].rstrip().removesuffix("|").count("|")
        words = text[start] != "|" and not _DELIMITERS.fullmatch(f"\n{text[start:end]}")
        if words and part and part[0] == start and cells == wanted:
            yield Edit(start, start, "|")
            yield Edit(line, line, "|")


def _no_definitions(text: str, known: Spans, marks: Marks) -> Iterator[Edit]:
    """Yield what keeps the reader from taking `:smile:` at a line's start for a definition."""
    for found in _NO_DEFINITION.finditer(text):
        if not _is_code(found.end() - 1, known) and not known.html.at(found.end() - 1):
            yield Edit(found.end() - 1, found.end(), marks.put(":", ":", ":"))


def _addresses(text: str, places: list[int], known: Spans, marks: Marks) -> Iterator[Edit]:
    bare = [each for each in places if known.texts.at(each) and not known.links.at(each)]
    for link in autolinks.addresses(text, bare):
        written = text[link.start : link.end]
        mark = marks.put(autolinks.anchor(text, link), written, written)
        yield Edit(link.start, link.end, mark)
