"""What every importer does to a text after its own tags are gone."""

from __future__ import annotations

import posixpath
import re
import unicodedata

from generator.importers import markdown
from generator.importers.addresses import Addresses, rewrite
from generator.importers.comparison.built import from_built
from generator.importers.heading_ids import HeadingId
from generator.importers.lines import SPAN, Line, code_mask, each_text
from generator.importers.model import Target
from generator.importers.reporter import Reporter
from generator.importers.styles import set_styles, tell_blocked


def finished(
    lines: list[Line],
    title: str,
    *,
    path: str,
    url: str,
    addresses: Addresses,
    target: Target,
    tell: Reporter,
    heading_id: HeadingId | None,
    repeated: str = "-1",
    home: str = "",
    inside: str = "",
    is_html: bool = False,
) -> tuple[str, list[Line]]:
    """Return the title, which a text without one has in its first heading, and the lines as
    Tidepost reads them: with their headings' levels and ids, and with the new addresses.

    `url` is the page's old address, `path` its file; `home` and `inside` are those of `rewrite`,
    `heading_id` and `repeated` those of `set_headings`.
    """
    lines = markdown.set_html(lines) if is_html else markdown.set_titles(lines, tell, path)
    heading, without = markdown.leading_title(lines)
    if heading and (not title or heading.casefold() == title.casefold()):
        first = lines[0].source if lines else 1
        title, lines = title or heading, without
        tell.changed(path, first, "the heading that repeats the title is left out")
    lines = markdown.set_headings(lines, tell, path, heading_id, repeated, in_html=is_html)
    if is_html:
        first, last = (lines[0].source, lines[-1].source) if lines else (1, 1)
        lines = [Line("<div>", first), *lines, Line("</div>", last)]
    lines = rewrite(lines, addresses, tell, path, url or "/", home, inside)
    built = from_built(
        lines,
        target,
        url,
        lambda address: addresses.resolve(address, url or "/", ""),
        tell,
        path,
        unreported=True,
    )
    if built is not None:
        lines = markdown.set_headings(built, tell, path, None)
    lines = set_styles(lines, tell, path)
    tell_blocked(lines, tell, path)
    return title, lines


def picture(text: str, path: str, url: str, line: int, addresses: Addresses, tell: Reporter) -> str:
    """Return where the picture that stands for a text lies now: `text` is seen from the file `path`
    or from the site's root. Empty where there is no such file, which is reported."""
    address, fault = addresses.resolve(text, url, posixpath.dirname(path))
    if fault:
        address, fault = addresses.resolve(f"/{text.lstrip('./')}", url, "")
    if fault:
        tell.left(path, line, f"the picture `{text}`: there is no such file")
    return "" if fault else address


_MARKER = re.compile(r"(?P<mark>[-*+]|\d{1,9}[.)])(?P<space>[ \t]+|$)")
_BEGUN = re.compile(r"(?P<number>\d{1,9})?(?P<mark>[-*+>#.)])(?=[ \t#>]|$)")


def without_indented_code(lines: list[Line]) -> list[Line]:
    """Return a text in which four spaces make no code, as a reader has it to whom they mean
    nothing: what is indented by so many more than the item or the note that it stands in."""
    out: list[Line] = []
    columns: list[int] = []
    in_html = False
    for line, code in zip(lines, code_mask(lines, indented=False), strict=True):
        text = line.text.expandtabs(4) if line.text[:1] in " \t" else line.text
        stripped = text.lstrip(" ")
        if code or not stripped:
            in_html = in_html and bool(stripped)
            out.append(line)
            continue
        indent = len(text) - len(stripped)
        while columns and indent < columns[-1]:
            columns.pop()
        base = columns[-1] if columns else 0
        if indent - base < 4:
            in_html = in_html or stripped.startswith("<")
            if marker := _MARKER.match(stripped):
                space = len(marker["space"])
                columns.append(indent + len(marker["mark"]) + (space if 0 < space < 5 else 1))
            elif stripped.startswith("[^"):
                columns.append(base + 4)
        else:
            in_html = in_html or stripped.startswith("<")
            begun = None if in_html else _BEGUN.match(stripped)
            if begun and (begun["number"] is None) == (begun["mark"] not in ".)"):
                place = begun.start("mark")
                stripped = f"{stripped[:place]}\\{stripped[place:]}"
            line = Line(" " * base + stripped, line.source)
        out.append(line)
    return out


_ONE_TILDE = re.compile(r"(?:(?<=[\s(>])|^)~(?=[^\s~])")


def with_plain_tildes(lines: list[Line]) -> list[Line]:
    """Return a text in which one tilde strikes nothing out, as other readers have it. What may be
    indented code keeps its tildes."""

    def change(text: str, _line: int) -> str:
        if "~" not in text or text.startswith(("    ", "\t")):
            return text
        return _ONE_TILDE.sub("&#126;", text)

    return each_text(lines, change)


_NO_TEXT = re.compile(r"^\s*(?:$|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|>|\||<|`{3}|~{3}|[-=_*]{3,}\s*$|:)")


def with_breaks(lines: list[Line]) -> list[Line]:
    """Return a text whose lines are broken where its writer broke them."""
    out = []
    mask = code_mask(lines)
    for place, line in enumerate(lines):
        text = line.text
        follows = lines[place + 1].text if place + 1 < len(lines) else ""
        goes_on = follows.strip() and not mask[place] and not _NO_TEXT.match(follows)
        if goes_on and text.strip() and not re.match(r"\s*(?:#{1,6}\s|\||<)", text):
            text = f"{text.rstrip()}  "
        out.append(Line(text, line.source))
    return out


_STRESS = re.compile(
    r"(?<![\\*])(?P<mark>\*\*?)(?=[^\s*])(?P<text>[^*\n]*(?<=[^\s*\\]))(?P=mark)(?!\*)"
)


def set_stress(lines: list[Line]) -> list[Line]:
    """Write as tags what asterisks stress in other readers alone: `**it.**so`, as languages without
    spaces have it."""
    return [
        line if code or "*" not in line.text else Line(_with_stress(line.text), line.source)
        for line, code in zip(lines, code_mask(lines), strict=True)
    ]


def _with_stress(text: str) -> str:
    spans = [span.span() for span in SPAN.finditer(text)] if "`" in text else []

    def change(found: re.Match[str]) -> str:
        start, end = found.span()
        inside = found["text"]
        begins = _is_stressed(text[start - 1 : start], inside[0])
        if begins and _is_stressed(text[end : end + 1], inside[-1]):
            return found[0]
        if any(one < start < other or one < end < other for one, other in spans):
            return found[0]
        name = "strong" if len(found["mark"]) == 2 else "em"
        return f"<{name}>{inside}</{name}>"

    return _STRESS.sub(change, text)


def _is_stressed(outside: str, inside: str) -> bool:
    """Return whether asterisks between two signs are marks of stress (CommonMark's flanks)."""
    return not _parts(inside) or outside.isspace() or not outside or _parts(outside)


def _parts(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "PS"
