"""What kramdown reads in its own way -> the same in Markdown as Tidepost reads it.

Rules: kramdown 2.4 with its parser for GFM 1.1, as Jekyll 4 uses them.
"""

from __future__ import annotations

import re
from collections import Counter

from generator.importers.conversion.body import set_stress
from generator.importers.lines import (
    SPAN,
    Line,
    code_mask,
    each_text,
    html_lines,
    outside_spans,
)
from generator.importers.markdown import set_blocks


def as_read(lines: list[Line]) -> list[Line]:
    """Return a text of kramdown's so that it is read as kramdown reads it."""
    if any("markdown" in line.text for line in lines):
        lines = [Line(_SPACED_ATTRIBUTE.sub(r"\1=", line.text), line.source) for line in lines]
    lines = set_blocks(lines)
    lines = set_raw_spans(set_words_in_tags(lines))
    lines = set_stress(set_addresses(lines))
    return set_tables(set_lone_tags(lines))


_RAW_TAG = re.compile(r"<(?P<end>/?)(?P<name>code|kbd|samp|var)\b[^<>]*>", re.IGNORECASE)
_SIGN = re.compile(r"<[^<>]*>|(?P<sign>[\\`*_\[\]~])")


def set_raw_spans(lines: list[Line]) -> list[Line]:
    """Write what stands between tags of code in a line so that no sign in it is Markdown's, as
    kramdown reads it (kramdown 2.4, `HTML_CONTENT_MODEL`)."""
    if not any("</" in line.text and _RAW_TAG.search(line.text) for line in lines):
        return lines
    mask, html = code_mask(lines), html_lines(lines)
    return [
        line
        if code or "</" not in line.text
        else Line(_with_raw_spans(line.text, in_html=place in html), line.source)
        for place, (line, code) in enumerate(zip(lines, mask, strict=True))
    ]


def _with_raw_spans(text: str, *, in_html: bool) -> str:
    escaped = _as_entity if in_html else _escaped
    tags = list(_RAW_TAG.finditer(text))
    to_come = Counter(tag["name"].lower() for tag in tags if tag["end"])
    spans = [span.span() for span in SPAN.finditer(text)] if "`" in text else []
    parts: list[str] = []
    end = place = 0
    opened: re.Match[str] | None = None
    for tag in tags:
        name = tag["name"].lower()
        if tag["end"]:
            to_come[name] -= 1
            if opened and opened["name"].lower() == name:
                words = text[opened.end() : tag.start()]
                parts += (text[end : opened.end()], _SIGN.sub(escaped, words), tag[0])
                end, opened = tag.end(), None
        elif opened is None and to_come[name]:
            while place < len(spans) and spans[place][1] <= tag.start():
                place += 1
            if not (place < len(spans) and spans[place][0] < tag.start()):
                opened = tag
    return "".join((*parts, text[end:]))


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found['sign']}" if found["sign"] else found[0]


def _as_entity(found: re.Match[str]) -> str:
    """Return a sign as it is read in HTML, whether or not what is in it is made Markdown."""
    return f"&#{ord(found['sign'])};" if found["sign"] else found[0]


_SPACED = re.compile(
    r"(?<=\]\()(?P<to>[^()<>\"'\n]*[^()<>\"'\s])(?=(?:\s+\"[^\"\n]*\"|\s+'[^'\n]*')?\s*\))"
)
_DEFINED = re.compile(r"^(?P<label> {0,3}\[(?!\^)[^\]]+\]:[ \t]*)(?P<to>[^<\s]\S*)(?P<rest>.*)$")


_BACKSLASH = re.compile(r"(?<!\\)(?:\\\\)*\\(?=[%&,/;?@^])")
_OTHER_ADDRESS = re.compile(
    r"<(?!(?:mailto|https?|ftps?):)[a-z][a-z0-9+.-]+:[^\s<>]*>", re.IGNORECASE
)
_TILDES = re.compile(r"(?<![~\\/])~(?![~\s])([^~\n]*?[^~\s\\/])~(?!~)")
_ESCAPED = re.compile(r"(?<=\]\()(?P<to>(?:[^\s()\\<>]|\\[()]|\([^\s()<>]*\\?\))+)(?=[\s)])")


def _without_backslashes(found: re.Match[str]) -> str:
    to = re.sub(r"\\(?=[()])", "", found["to"])
    return found["to"] if to == found["to"] else f"<{to}>"


def set_addresses(lines: list[Line]) -> list[Line]:
    """Write addresses with spaces or single brackets in them, which kramdown takes as they are, and
    a line that two backslashes end; and as words single tildes, backslashes that hide nothing, and
    what is an address only here (`<tel:1>`)."""

    def change(text: str, _line: int) -> str:
        if "](" in text:
            text = _SPACED.sub(lambda found: found["to"].strip().replace(" ", "%20"), text)
        if r"\)" in text or r"\(" in text:
            text = _ESCAPED.sub(_without_backslashes, text)
        if "\\" in text and "$" not in text:
            text = _BACKSLASH.sub(r"\\\g<0>", text)
        if "<" in text:
            text = _OTHER_ADDRESS.sub(r"\\\g<0>", text)
        if text.count("~") > 1:  # only two of them cross out
            text = _TILDES.sub(r"\~\1\~", text)
        if text.endswith("\\\\"):  # kramdown's sign for the end of a line
            text = text[:-1]
        if "]:" in text and (found := _DEFINED.match(text)):
            to = found["to"]
            if to.count("(") != to.count(")"):
                text = f"{found['label']}<{to}>{found['rest']}"
        return text

    return each_text(lines, change)


_SPACED_ATTRIBUTE = re.compile(r"(<[a-z][^<>]*\bmarkdown)[ \t]*=[ \t]*(?=[\"'])", re.IGNORECASE)
_MARKDOWN_IN = re.compile(r"<[a-z][^<>]*\bmarkdown=[^<>]*>[ \t]*$", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"[ \t]*</?(?:address|article|aside|blockquote|dd|details|div|dl|dt|fieldset|figcaption|figure"
    r"|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|tbody|td|th|thead|tr|ul)\b",
    re.IGNORECASE,
)
_WORDS_IN = re.compile(r"<(?P<name>p|h[1-6]|dt|summary)\b[^<>]*\bmarkdown=[^<>]*>", re.IGNORECASE)
_MARK = re.compile(r"^[ \t]*(?P<number>\d{1,9})?(?P<mark>[-*+#>.)])(?=[ \t#])")
_OTHER_TAG = re.compile(r"</?(?P<name>[A-Za-z]\w*[:.][\w:.-]*)(?:\s[^<>]*)?/?>")


def set_words_in_tags(lines: list[Line]) -> list[Line]:
    """Write what stands in a `<p markdown="1">` as words, whatever it begins with; and leave out
    tags such as `<x:code>`, which are none here, where their element has an end."""
    ends = {one["name"] for line in lines for one in _OTHER_TAG.finditer(line.text)}
    text = "\n".join(line.text for line in lines) if ends else ""
    ends = {name for name in ends if f"</{name}" in text and f"<{name}" in text}
    inside = ""
    out: list[Line] = []
    for line, code in zip(lines, code_mask(lines), strict=True):
        found = _MARK.match(line.text) if inside and not code else None
        if found and (found["number"] is None) == (found["mark"] not in ".)"):
            place = found.start("mark")
            line = Line(f"{line.text[:place]}\\{line.text[place:]}".lstrip(), line.source)
        if not code and "<" in line.text:
            opened = _WORDS_IN.search(line.text)
            inside = opened["name"].lower() if opened else inside
            inside = "" if f"</{inside}" in line.text.lower() else inside
            if ends:
                without = outside_spans(line, lambda text, _: _OTHER_TAG.sub(
                    lambda one: "" if one["name"] in ends else one[0], text
                ))  # fmt: skip
                line = Line(without, line.source)
        out.append(line)
    return out


_LONE_TAG = re.compile(
    r"^ {0,3}(?:</?(?:a|abbr|b|br|cite|code|del|em|font|i|img|ins|kbd|label|s|small|span|strong"
    r"|sub|sup|u)\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)+[ \t]*$",
    re.IGNORECASE,
)


def set_lone_tags(lines: list[Line]) -> list[Line]:
    """Put what follows a line of nothing but tags of words on that line: so it begins a paragraph,
    and no HTML in which nothing is Markdown."""
    out: list[Line] = []
    mask = code_mask(lines)
    for place, (line, code) in enumerate(zip(lines, mask, strict=True)):
        above = out[-1].text if out else ""
        before = lines[place - 2].text if place > 1 else ""
        begins = not before.strip() or _MARKDOWN_IN.search(before) is not None
        words = line.text.strip() and not _BLOCK_TAG.match(line.text)
        if place and not code and words and _LONE_TAG.match(above) and begins:
            out[-1] = Line(f"{above.rstrip()} {line.text.lstrip()}", out[-1].source)
        else:
            out.append(line)
    return out


_ROW = re.compile(r"^ {0,3}\|")
_RULE = re.compile(r"^[ \t]*\|?[ \t:|+=-]*[-=][ \t:|+=-]*$")


def set_tables(lines: list[Line]) -> list[Line]:
    """Give tables what they need here: a line below their head, with as many cells, and an empty
    head where they have none."""
    out: list[Line] = []
    mask = code_mask(lines)
    place = 0
    while place < len(lines):
        end = place
        if not (lines[place - 1].text.strip() if place else ""):
            while end < len(lines) and not mask[end] and _ROW.match(lines[end].text):
                end += 1
        out += _table(lines[place:end]) if end > place else [lines[place]]
        place = max(end, place + 1)
    return out


def _table(rows: list[Line]) -> list[Line]:
    rules = [bool(_RULE.match(row.text)) for row in rows]
    if all(rules):
        return rows
    if rules[0]:
        rows, rules = rows[1:], rules[1:]
    has_head = len(rows) > 1 and rules[1] and "=" not in rows[1].text
    words = [row for row, rule in zip(rows, rules, strict=True) if not rule]
    first = rows[0].source
    count = max(_cells(row.text) for row in words)
    if not has_head:
        return [Line("|" + " |" * count, first), Line("|" + "---|" * count, first), *words]
    count = _cells(rows[0].text)
    rule = rows[1]
    if _cells(rule.text) != count:
        sides = [one.strip() or "---" for one in rule.text.strip().strip("|").split("|")]
        sides = [*sides, *["---"] * count][:count]
        rule = Line(f"|{'|'.join(sides)}|", rule.source)
    return [rows[0], rule, *words[1:]]


def _cells(row: str) -> int:
    """Return how many cells a row has; signs in code and behind a backslash part none."""
    text = SPAN.sub("x", row.strip()).replace("\\|", "x")
    return text.removeprefix("|").removesuffix("|").count("|") + 1
