"""The paragraphs that WordPress makes of a classic text when it shows it.

Rules: wp-includes/formatting.php, `wpautop`, WordPress 6.
"""

from __future__ import annotations

import re

KEPT = re.compile(r"<(pre|script|style|svg)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
"""Elements whose lines stay as they are."""
_NL, _OUTSIDE = "\x04", "\x04\x05"
"""Stand for an end of line that WordPress puts in, and for one between paragraphs: so that lines
stay countable."""
_AUTO = (
    "address|area|article|aside|blockquote|caption|col|colgroup|dd|details|div|dl|dt|fieldset"
    "|figcaption|figure|footer|form|h[1-6]|header|hgroup|hr|legend|li|map|menu|nav|ol|p|section"
    "|summary|table|tbody|td|tfoot|th|thead|tr|ul|iframe|tidepost-more|tidepost-gallery"
)
_TAG = rf"</?(?:{_AUTO})(?:[\s/][^>]*)?>"
_AUTOP = [
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), new)
    for pattern, new in (
        (r"<p>[\s\x04\x05]*</p>", ""),
        (r"<p>([^<]+)</(div|address|form)>", r"<p>\1</p></\2>"),
        (rf"<p>[\s\x04\x05]*({_TAG})[\s\x04\x05]*</p>", r"\1"),
        (r"<p>(<li.+?)</p>", r"\1"),
        (r"<p><blockquote([^>]*)>", r"<blockquote\1><p>"),
        (r"</blockquote></p>", r"</p></blockquote>"),
        (rf"<p>[\s\x04\x05]*({_TAG})", r"\1"),
        (rf"({_TAG})[\s\x04\x05]*</p>", r"\1"),
        (r"(?<!<br>)[ \t]*\n", "<br>\n"),
        (rf"({_TAG})([\s\x04\x05]*)<br>", r"\1\2"),
        (r"<br>(\s*</?(?:p|li|div|dl|dd|dt|th|pre|td|ul|ol)\b[^>]*>)", r"\1"),
        (r"<br>(\s*(?:</p>|\x03\d+\x03))", r"\1"),
    )
]
"""What WordPress does once paragraphs are made, in its order (wp-includes/formatting.php,
`wpautop`, WordPress 6)."""


def paragraphs(html: str) -> str:
    """Return a classic text with `<p>` and `<br>` where WordPress puts them when it shows it: at
    empty lines, before and after blocks, and at the ends of other lines."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"{_NL}{_NL}\x03{len(kept) - 1}\x03{_NL}{_NL}"

    text = KEPT.sub(keep, re.sub(r"[\x03-\x05]", "", html))
    text = re.sub(r"<br\b[^>]*>\s*<br\b[^>]*>", f"{_NL}{_NL}", text)
    text = re.sub(r"<br\b[^>]*>", "<br>", text)
    text = re.sub(rf"(<(?:{_AUTO})[\s/>])", rf"{_NL}{_NL}\1", text, flags=re.IGNORECASE)
    text = re.sub(rf"(</(?:{_AUTO})>|<hr\b[^>]*>)", rf"\1{_NL}{_NL}", text, flags=re.IGNORECASE)
    out = []
    for part in re.split(r"([\n\x04][ \t]*[\n\x04][\s\x04\x05]*)", text):
        if not part.strip("\x04 \t\r\n") or re.match(
            r"[\s\x04\x05]*\x03\d+\x03[\s\x04\x05]*$", part
        ):
            out.append(part.replace("\n", _OUTSIDE))
        else:
            inside = part.strip("\n")
            before, _, after = part.partition(inside)
            out.append(f"{_OUTSIDE * len(before)}<p>{inside}</p>{_OUTSIDE * len(after)}")
    text = "".join(out)
    for pattern, new in _AUTOP:
        text = pattern.sub(new, text)
    text = text.replace(_OUTSIDE, "\n").replace(_NL, "")
    return re.sub(r"\x03(\d+)\x03", lambda found: kept[int(found[1])], text)
