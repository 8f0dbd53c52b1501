"""HTML text -> tags, with the place of each.

The tags are found by the rules of the HTML Standard's tokenizer (section 13.2.5), in one pass. A
check needs what a tree no longer has: end tags that close nothing, attributes given twice, and
where each tag stands. Python's html.parser keeps them, but took nearly four times as long on a
page of 17 KB (1.8 ms and 0.5 ms), and reads comments and raw text differently from one patch
release to the next; libxml2 and lexbor repair the text silently.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

_SPACE = r"[\t\n\f\r ]"
_NOT_SPACE = r"[^\t\n\f\r "

# Every repetition of characters is possessive and every construct may end with the text: nothing
# is read twice, so no input takes more than linear time. Groups are repeated in the ordinary way,
# since Python before 3.11.5 matches possessive groups wrongly (CPython issue 106052); as nothing
# behind them can fail, they are never gone back into.
_MARKUP = re.compile(
    rf"""
      <!--(?:-?>|(?:(?!--!?>).)*(?P<unended>(?:--!?>)?))
    | <(?P<slash>/?)(?P<name>[A-Za-z]{_NOT_SPACE}/>]*+)
      (?P<attributes>(?:[^>=]++|={_SPACE}*+(?:"[^"]*+"?+|'[^']*+'?+|{_NOT_SPACE}>"']{_NOT_SPACE}>]*+)?)*)
      (?P<end>>?+)
    | <[!?/](?P<other>[^>]*+)>?+
    """,
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    rf"""({_NOT_SPACE}/>]{_NOT_SPACE}/>=]*+)"""
    rf"""(?:{_SPACE}*+={_SPACE}*+(?:"([^"]*+)"?+|'([^']*+)'?+|({_NOT_SPACE}>"']{_NOT_SPACE}>]*+)?))?"""
)
_RAW_TEXT_END = {
    name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "iframe", "xmp", "noembed", "noframes")
}

Attributes = dict[str, str]
"""Names in lower case; values with character references resolved. Shared: never change one."""


class Tag(msgspec.Struct, gc=False):
    """One tag. `start` and `end` are offsets into the text, of its `<` and behind its `>`; the next
    tag is to be looked for from `after` on, which is behind what is no markup.

    `void` says that the tag ends with `/>`. `twice` names attributes that are given twice.
    `cut` says that the text ended inside the tag, a comment, or the element's raw text.
    """

    name: str
    closing: bool
    start: int
    end: int
    after: int
    attributes: Attributes
    void: bool
    twice: tuple[str, ...]
    cut: bool


_NOTHING: tuple[Attributes, tuple[str, ...], bool] = ({}, (), False)


def names(text: str) -> frozenset[str]:
    """Return the names in `text`, which stand between spaces."""
    return frozenset(text.split())


PLAIN_NAMES = names(
    "a article aside b blockquote body button code details div dd dl dt em figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 head header html i label li main nav ol p pre script section span"
    " strong summary svg table tbody td th thead time title tr ul tidepost-counter"
)
"""End tags written so, right before a `>`, can be read without a pattern."""

_MOST_SEEN = 4096
_seen: dict[str, tuple[str, int, Attributes]] = {}
"""Start tags as written, without a fault and with no `>` in a value, and what they are."""


def tags(text: str) -> Iterator[Tag]:
    """Yield each tag of `text` in order; a comment or declaration as a tag named `!` or `!doctype`.

    What stands between the tags of raw-text elements (script, style, title, ...) is no markup.
    """
    at = 0
    while tag := next_tag(text, at):
        yield tag
        at = tag.after


def next_tag(text: str, at: int) -> Tag | None:
    """Return the first tag from an offset on, or None; see `tags`."""
    if known := _seen.get(text[at : text.find(">", at) + 1]):
        name, length, attributes = known
        return Tag(name, False, at, at + length, at + length, attributes, False, (), False)
    match = _MARKUP.search(text, at)
    if not match:
        return None
    start, at = match.span()
    unended, slash, name, written, end, other = match.groups()
    if name is None:
        declaration = "!doctype" if other and other[:7].lower() == "doctype" else "!"
        cut = text[at - 1] != ">" if other is not None else unended == ""
        return Tag(declaration, False, start, at, at, _NOTHING[0], False, (), cut)
    name = name.lower()
    attributes, twice, void = _attributes(written) if written else _NOTHING
    raw = None if slash or void else _RAW_TEXT_END.get(name)
    cut = not end
    if raw:
        close = raw.search(text, at)
        after = close.start() if close else len(text)
        return Tag(name, False, start, at, after, attributes, void, twice, cut or not close)
    if not (slash or void or twice or cut) and text.find(">", start) == at - 1:
        if len(_seen) >= _MOST_SEEN:
            _seen.clear()
        _seen[text[start:at]] = (name, at - start, attributes)
    return Tag(name, bool(slash), start, at, at, attributes, void, twice, cut)


@lru_cache(4096)
def _attributes(written: str) -> tuple[Attributes, tuple[str, ...], bool]:
    found: Attributes = {}
    twice: list[str] = []
    bare = ""
    for name, double, single, bare in _ATTRIBUTE.findall(written):
        name = name.lower()
        value = double or single or bare
        if name in found:
            twice.append(name)
        else:
            found[name] = html.unescape(value) if "&" in value else value
    # In `<a href=/x/>` the last slash belongs to the address.
    void = written.endswith("/") and not (bare.endswith("/") and written[-2] not in "\t\n\f\r ")
    return found, tuple(twice), void


_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|i|ins|kbd|label|mark|q|s|samp|small|span"
    r"|strong|sub|sup|time|u|var|wbr)(?=[\s/>])[^>]*>",
    re.IGNORECASE,
)
_MARKUP_OR_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template)\b.*?(?:</\1\b[^>]*>|\Z)|</?[A-Za-z!?][^>]*>?",
    re.DOTALL | re.IGNORECASE,
)


def plain(fragment: str) -> str:
    """Return the text that a reader sees of a piece of HTML, with single spaces."""
    if "<" in fragment:
        fragment = _MARKUP_OR_UNSEEN.sub(" ", _INLINE.sub("", fragment))
    if "&" in fragment:
        fragment = html.unescape(fragment)
    return " ".join(fragment.split())
