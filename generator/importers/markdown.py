"""Markdown of kramdown and Goldmark -> Markdown as Tidepost reads it.

Headings begin with `##` and skip no level, and keep the ids that links from outside may name; lists
are indented by four spaces a level and stand apart from the paragraph before them; attribute lists
stand behind what they belong to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from html import escape

from generator.core.urls import slugify
from generator.importers.heading_ids import CODE_DASH, HeadingId
from generator.importers.lines import Line, code_mask, each_text, outside_spans
from generator.importers.reporter import Reporter
from generator.markdown.reading import events

_ATX = re.compile(r"^ {0,3}(?P<marks>#{1,6})(?:[ \t]+(?P<text>.*?))??(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_HTML_HEADING = re.compile(r"<(?P<end>/?)h(?P<level>[1-6])\b", re.IGNORECASE)
_HTML_TITLE = re.compile(r"^\s*<h1\b[^>]*>(?P<text>.*?)</h1>\s*$", re.IGNORECASE)
_NO_HEADING_TEXT = re.compile(r"^\s*$|^ {0,3}(?:[#>|<]|[-*+][ \t]|\d+[.)][ \t])|^    ")
_OWN_ID = re.compile(r"\{:?[^}]*#(?P<id>[^\s}]+)[^}]*\}\s*$")
_ATTRIBUTES_AT_END = re.compile(r"[ \t]*\{:?[^{}]*\}\s*$")
_FENCE_MARK = re.compile(r"^(?:`{3,}|~{3,})")


def leading_title(lines: list[Line]) -> tuple[str, list[Line]]:
    """Return the text of a level 1 heading that the body begins with, and the body without it."""
    for place, line in enumerate(lines):
        if not line.text.strip():
            continue
        if tag := _HTML_TITLE.match(line.text):
            return plain(tag["text"]), lines[place + 1 :]
        found = _ATX.match(line.text)
        if found and len(found["marks"]) == 1 and found["text"]:
            return plain(_ATTRIBUTES_AT_END.sub("", found["text"])), lines[place + 1 :]
        follows = lines[place + 1].text if place + 1 < len(lines) else ""
        if re.match(r"^ {0,3}=+[ \t]*$", follows) and not _NO_HEADING_TEXT.match(line.text):
            return plain(line.text), lines[place + 2 :]
        break
    return "", lines


def plain(text: str) -> str:
    """Return inline Markdown as plain text, as a reader sees it."""
    return _words(text).replace(CODE_DASH, "-")


def _words(text: str) -> str:
    """Return the words of inline Markdown; hyphens in code are CODE_DASH, of which nothing ever
    makes a dash."""
    parts: list[str] = []
    for what, _ in events(f"# {text}"):
        if what.__class__ is dict:
            ((kind, value),) = what.items()
            if kind == "Text":
                parts.append(value)
            elif kind == "Code":
                parts.append(value.replace("-", CODE_DASH))
    return " ".join("".join(parts).split())


def set_headings(
    lines: list[Line],
    tell: Reporter,
    path: str,
    old_id: HeadingId | None,
    repeated: str = "-1",
    *,
    of_terms: bool = False,
    in_html: bool = False,
    shown: Callable[[str], str] = str,
) -> list[Line]:
    """Write headings as `##`, one level deeper at a time, with the ids that they had; so are those
    `of_terms`, which have none here by themselves. `shown` gives what a heading's words will be,
    of which its id is made here. Where all is HTML (`in_html`), tags alone make headings.

    `repeated` is what the old program put behind the id of the second heading with the same words;
    the third has the next number.
    """
    terms = _terms(lines) if of_terms and old_id else frozenset()
    levels: list[int] = []
    old_ids: Counter[str] = Counter()
    own_ids: Counter[str] = Counter()
    moved = 0
    first = 0
    out: list[Line] = []
    mask = code_mask(lines)
    closing = ""
    skip = False
    for place, (line, code) in enumerate(zip(lines, mask, strict=True)):
        if skip:
            skip = False
            continue
        if code:
            out.append(line)
            continue
        level, text = 0, ""
        if in_html:
            pass
        elif found := _ATX.match(line.text):
            level, text = len(found["marks"]), found["text"] or ""
        elif place + 1 < len(lines) and (under := _SETEXT.match(lines[place + 1].text)):
            before = out[-1].text if out else ""
            if not before.strip() and not _NO_HEADING_TEXT.match(line.text):
                level, text = (1 if "=" in under[1] else 2), line.text.strip()
                skip = True
        if level and not text.strip():
            continue  # a heading without words
        if place in terms and old_id:
            wanted = _unique(old_id(_words(line.text)), old_ids, repeated)
            out.append(Line(f"{line.text.rstrip()} {{#{wanted}}}", line.source))
            continue
        if not level:
            if "<" in line.text and _HTML_HEADING.search(line.text):
                html, closing, shift = _html_headings(line, levels, closing)
                moved, first = moved + shift, first or (line.source if shift else 0)
                out.append(Line(html, line.source))
            else:
                out.append(line)
            continue
        new = _level(levels, level)
        if new != level:
            moved, first = moved + 1, first or line.source
        own = _OWN_ID.search(text)
        if not own and old_id:
            marked = _words(text.replace("{:.no_toc}", "").replace("{: .no_toc }", ""))
            words, wanted = marked.replace(CODE_DASH, "-"), old_id(marked)
            wanted, made = (
                _unique(wanted, old_ids, repeated),
                _unique(slugify(shown(words)) or "section", own_ids, "_1"),
            )
            if wanted and wanted != made:
                plain_id = re.fullmatch(r"[\w:.-]+", wanted)
                text = f"{text} {{#{wanted}}}" if plain_id else f'{text} {{id="{wanted}"}}'
        out.append(Line(f"{'#' * new} {text}", line.source))
    if moved:
        what = "heading has" if moved == 1 else "headings have"
        tell.changed(path, first, f"{moved} {what} another level: the title is the only h1")
    return out


_DEFINED = re.compile(r"^ {0,3}:[ \t]")


def _terms(lines: list[Line]) -> frozenset[int]:
    """Return which lines are terms: those of a paragraph that a definition follows."""
    found: set[int] = set()
    mask = code_mask(lines)
    for place, line in enumerate(lines):
        if mask[place] or not _DEFINED.match(line.text):
            continue
        above = place - 1
        if above >= 0 and not lines[above].text.strip():
            above -= 1
        paragraph = []
        while above >= 0 and lines[above].text.strip() and not mask[above]:
            paragraph.append(above)
            above -= 1
        texts = [lines[one].text for one in paragraph]
        if not any(_DEFINED.match(text) or _NO_HEADING_TEXT.match(text) for text in texts):
            found.update(paragraph)
    return frozenset(found)


def _level(levels: list[int], old: int) -> int:
    """Return the level that follows from those above; `levels` has the old levels still open."""
    while levels and levels[-1] >= old:
        levels.pop()
    levels.append(old)
    return min(6, 1 + len(levels))


def _html_headings(line: Line, levels: list[int], closing: str) -> tuple[str, str, int]:
    shifted = 0

    def change(found: re.Match[str]) -> str:
        nonlocal closing, shifted
        if found["end"]:
            return f"</h{closing or found['level']}"
        closing = str(_level(levels, int(found["level"])))
        shifted += closing != found["level"]
        return f"<h{closing}"

    text = outside_spans(line, lambda text, _: _HTML_HEADING.sub(change, text))
    return text, closing, shifted


def _unique(wanted: str, seen: Counter[str], repeated: str) -> str:
    seen[wanted] += 1
    number = seen[wanted] - 2 + int(repeated[1:])
    return f"{wanted}{repeated[0]}{number}" if seen[wanted] > 1 else wanted


_HTML_BLOCK = re.compile(
    r"^ {0,3}<(?P<name>address|article|aside|blockquote|center|dd|details|dir|div|dl|dt|fieldset"
    r"|figcaption|figure|footer|form|h[1-6]|header|hr|iframe|li|main|menu|nav|ol|p|section|summary|table"
    r"|tbody|td|tfoot|th|thead|tr|ul|video|audio|object)\b(?P<attributes>[^>]*)",
    re.IGNORECASE,
)
_PRE = re.compile(r"<(/?)pre(?=[\s>])", re.IGNORECASE)
_BRACKET_ITEM = re.compile(r"^(\s*\d{1,9})\)(?=\s)")


def set_blocks(lines: list[Line]) -> list[Line]:
    """Write HTML blocks so that they end where kramdown ends them: at the tag that closes them,
    whatever empty lines there are before it. `1)` begins no list for kramdown.
    """
    out: list[Line] = []
    mask = code_mask(lines)
    ends: dict[str, list[int | None]] = {}
    parted: set[int] = set()
    place = 0
    while place < len(lines):
        line, code = lines[place], mask[place]
        opened = None if code else _HTML_BLOCK.match(line.text)
        end = None
        if opened:
            name = opened["name"].lower()
            if name not in ends:
                ends[name] = _ends_of_blocks(lines, mask, name)
            end = place if name == "hr" else ends[name][place]
            if "markdown" in opened["attributes"]:
                parted, end = parted | ({end} if end is not None else set()), None
        if end is None:
            out.append(line if code else _without_bracket(line))
            follows = lines[place + 1].text.strip() if place + 1 < len(lines) else ""
            if place in parted and follows and not follows.startswith("</"):
                out.append(Line("", line.source))  # for the text goes on outside
            place += 1
        else:
            out += _block(lines, mask, place, end)
            place = end + 1
    return out


def _without_bracket(line: Line) -> Line:
    return Line(_BRACKET_ITEM.sub(r"\1\\)", line.text), line.source)


def _ends_of_blocks(lines: list[Line], mask: Sequence[bool], name: str) -> list[int | None]:
    """Return for each line where a block of HTML that began there would be closed: the first line
    up to which as many elements of this name end as begin; None where there is none."""
    depths = [0]  # before each line, and after the last one
    fence = ""
    tags = re.compile(rf"<(/?){name}\b(?=[\s/>])", re.IGNORECASE)
    for line, code in zip(lines, mask, strict=True):
        text = line.text
        mark = _FENCE_MARK.match(text.strip()) if code else None
        skipped = fence or mark
        if skipped:
            fence = "" if fence and mark and text.strip() == mark[0] else fence or "x"
        found = () if skipped or name not in text.lower() else tags.finditer(text)
        depths.append(depths[-1] + sum(-1 if tag[1] else 1 for tag in found))
    ends: list[int | None] = [None] * len(lines)
    open_ones: list[int] = []
    for place in range(len(lines)):
        open_ones.append(place)
        while open_ones and depths[place + 1] <= depths[open_ones[-1]]:
            ends[open_ones.pop()] = place
    return ends


def set_html(lines: list[Line]) -> list[Line]:
    """Write a text that is HTML from its beginning to its end so that nothing in it is Markdown,
    once it stands in an element: without empty lines, its code as HTML."""
    mask = code_mask(lines, indented=False)
    return _block(lines, mask, 0, len(lines) - 1)[:-1] if lines else []


def _block(lines: list[Line], mask: Sequence[bool], first: int, last: int) -> list[Line]:
    """Return the lines of a block of HTML without empty ones, its code as HTML."""
    out: list[Line] = []
    inside = verbatim = False
    for line, code in zip(lines[first : last + 1], mask[first : last + 1], strict=True):
        text = line.text
        fence = _FENCE_MARK.match(text.strip()) if code else None
        if fence and text.strip() == fence[0] and inside:
            out.append(Line("</code></pre>", line.source))
            inside = False
        elif fence and not inside:  # what a tag of Liquid's has made, which is HTML there
            language = text.strip()[len(fence[0]) :].split(" ")[0]
            named = f' class="language-{language}"' if language else ""
            out.append(Line(f"<pre><code{named}>", line.source))
            inside = True
        elif inside:
            out.append(Line(escape(text, quote=False) if text.strip() else "&#32;", line.source))
        elif text.strip() or verbatim:
            out.append(line if text.strip() else Line("&#32;", line.source))
        tags = [] if inside else _PRE.findall(text)
        verbatim = tags[-1] == "" if tags else verbatim
    return [*out, Line("", lines[last].source)]


_PICTURE_ALONE = re.compile(
    r"^[ \t]*!\[(?P<alt>[^\[\]]*)\]\((?P<source>[^\s()]+)"
    r"(?P<title>\s+(?:\"[^\"]*\"|'[^']*'))\)[ \t]*$"
)


def set_titles(lines: list[Line], tell: Reporter, path: str) -> list[Line]:
    """Leave out a picture's title that says what its description says, where it would be shown as
    a caption; report others that become one."""
    out: list[Line] = []
    for place, (line, code) in enumerate(zip(lines, code_mask(lines), strict=True)):
        found = _PICTURE_ALONE.match(line.text) if not code and "![" in line.text else None
        around = [*lines[max(0, place - 1) : place], *lines[place + 1 : place + 2]]
        if found is None or any(one.text.strip() for one in around):
            out.append(line)
        elif found["title"].strip()[1:-1].casefold().strip() == found["alt"].casefold().strip():
            out.append(Line(f"![{found['alt']}]({found['source']})", line.source))
        else:
            tell.changed(path, line.source, "the picture's title is shown as its caption")
            out.append(line)
    return out


_KRAMDOWN_ALONE = re.compile(r"^[ \t]*\{:(?P<inside>[^{}]*)\}[ \t]*$")
_KRAMDOWN_EXTENSION = re.compile(r"\{:(?P<name>:[\w-]+|/[\w-]*)(?P<rest>[^{}]*)\}")
_LANGUAGE = re.compile(r"\.language-([\w+#-]+)")


def set_attributes(lines: list[Line], tell: Reporter, path: str) -> list[Line]:
    """Turn kramdown's attribute lists, `{:toc}` and extensions into what Tidepost knows."""
    if not any("{:" in line.text for line in lines):
        return lines
    out: list[Line] = []
    waiting: Line | None = None  # an attribute list that stands before its block
    comment = False
    mask = code_mask(lines)
    for place, (line, code) in enumerate(zip(lines, mask, strict=True)):
        text = line.text
        if code or "{:" not in text:
            if comment and not code:
                continue
            if waiting and not text.strip():
                out.append(waiting)
                waiting = None
            out.append(line)
            continue
        if found := _KRAMDOWN_EXTENSION.search(text):
            name = found["name"]
            if comment or name == ":comment":
                comment = not name.startswith("/") and not found["rest"].rstrip().endswith("/")
                continue
            if name == ":nomarkdown" or name.startswith("/"):
                continue
            tell.left(path, line.source, f"kramdown's `{found[0]}`")
            if name != ":options":
                out.append(line)
            continue
        if comment:
            continue
        alone = _KRAMDOWN_ALONE.match(text)
        if not alone:
            out.append(Line(re.sub(r"[ \t]*\{:\s*\.no_toc\s*\}", "", text), line.source))
            continue
        inside = alone["inside"].strip()
        if inside == "toc" or inside.split()[:1] == ["toc"]:
            if out and re.match(r"^\s*(?:[-*+]|\d+\.)\s", out[-1].text):
                out.pop()
            out.append(Line("[TOC]", line.source))
        elif inside in (".no_toc", "no_toc"):
            pass
        elif re.match(r"[\w-]+:(?:\s|$)", inside):
            tell.left(path, line.source, f"kramdown's `{text.strip()}`: definitions of attributes")
        elif place and mask[place - 1]:
            _give_language(out, inside, tell, path, line)
        else:
            before = out[-1].text if out else ""
            follows = lines[place + 1].text if place + 1 < len(lines) else ""
            if before.strip() and re.match(r"^ {0,3}#{1,6}[ \t]", before):
                out[-1] = Line(f"{before} {{: {inside} }}", out[-1].source)
            elif (
                before.strip()
                and "|" not in before
                and not re.match(r"^\s*(?:\||[-*+]\s|\d+\.\s|>)", before)
            ):
                out.append(Line(f"{{: {inside} }}", line.source))
            elif not before.strip() and follows.strip():
                waiting = Line(f"{{: {inside} }}", line.source)
                if re.match(r"^ {0,3}(?:#|\||[-*+]\s|\d+\.\s|>|<)", follows):
                    tell.left(path, line.source, f"`{text.strip()}`: attributes of what follows")
                    waiting = None
            else:
                what = "a table, a list or a quotation"
                tell.left(path, line.source, f"`{text.strip()}`: attributes of {what}")
    if waiting:
        out.append(waiting)
    return out


def _give_language(out: list[Line], inside: str, tell: Reporter, path: str, line: Line) -> None:
    """Put the language that an attribute list names behind the fence that it belongs to."""
    language = _LANGUAGE.search(inside)
    opening = len(out) - 2
    while opening >= 0 and not _FENCE_MARK.match(out[opening].text.lstrip()):
        opening -= 1
    if not language or opening < 0:
        tell.left(path, line.source, f"`{line.text.strip()}`: attributes of a block of code")
        return
    fence = _FENCE_MARK.match(out[opening].text.strip())
    if fence and fence[0] == out[opening].text.strip():
        out[opening] = Line(f"{out[opening].text.rstrip()}{language[1]}", out[opening].source)


_FORMULA = re.compile(r"(?<!\$)\$\$(?!\$)(?=\S)(?P<tex>[^$]+?)(?<=\S)\$\$(?!\$)")


def set_formulas(lines: list[Line], tell: Reporter, path: str) -> list[Line]:
    """Write kramdown's formulas in a line, `$$x$$`, as `$x$`; those on lines of their own stay."""
    first = 0

    def change(text: str, line: int) -> str:
        nonlocal first
        if "$$" not in text:
            return text
        first = first or line
        if _FORMULA.fullmatch(text.strip()):
            return text
        return _FORMULA.sub(lambda found: f"${found['tex']}$", text)

    lines = each_text(lines, change)
    if first:
        tell.changed(path, first, "formulas need `markdown: {math: true}` in site.yaml")
    return lines
