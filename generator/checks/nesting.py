"""Which element stands in which: what an author opened, closed, and forgot.

Follows the HTML Standard: which end tags may be left out (13.1.2.4), what ends a paragraph, and the
content models that writers break most often. Stricter than a browser where a browser guesses.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache

import msgspec

from generator.core.html_tokens import Attributes, Tag, names

VOID = names("area base br col embed hr img input link meta param source track wbr")  # 13.1.2
_END_OPTIONAL = names(
    "html head body p li dt dd rt rp option optgroup colgroup caption thead tbody tfoot tr td th"
    " !document"
)
BLOCK = names(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre search section table"
    " ul"
)
"""The start tags that end an open paragraph (13.2.6.4.7)."""
_TEXT_ONLY = names(
    "h1 h2 h3 h4 h5 h6 pre span em strong b i u s small mark q cite code kbd samp var abbr time"
    " sub sup label dfn data button summary legend bdi bdo"
)
"""Elements whose content model is phrasing content; a heading may stand in summary and legend."""
_PARAGRAPH_WALL = names("html table caption td th button object template svg math foreignobject")
# Start tag -> (what it ends when open, elements beyond which it does not look)
_WALL = names(
    "html body table template button blockquote section article aside main nav details figure"
    " header footer form fieldset"
)
_CELLS = {"td", "th"}
_ROWS = {"tr", *_CELLS}
_GROUPS = {"thead", "tbody", "tfoot", "caption", "colgroup", *_ROWS}
_ENDS: dict[str, tuple[set[str], frozenset[str]]] = {
    "li": ({"li"}, _WALL | {"ul", "ol", "menu"}),
    "dt": ({"dt", "dd"}, _WALL | {"dl"}),
    "dd": ({"dt", "dd"}, _WALL | {"dl"}),
    "option": ({"option"}, _WALL | {"select", "datalist", "optgroup"}),
    "optgroup": ({"option", "optgroup"}, _WALL | {"select"}),
    "rt": ({"rt", "rp"}, _WALL | {"ruby"}),
    "rp": ({"rt", "rp"}, _WALL | {"ruby"}),
    "td": (_CELLS, _WALL | {"tr"}),
    "th": (_CELLS, _WALL | {"tr"}),
    "tr": (_ROWS | {"caption", "colgroup"}, _WALL | {"thead", "tbody", "tfoot"}),
    "thead": (_GROUPS, _WALL),
    "tbody": (_GROUPS, _WALL),
    "tfoot": (_GROUPS, _WALL),
    "colgroup": ({"caption", "colgroup"}, _WALL),
    "body": ({"head"}, frozenset({"html"})),
}
_LIST = frozenset({"ul", "ol", "menu", "template"})
_PARENTS: dict[str, frozenset[str]] = {
    "li": _LIST,
    "dt": frozenset({"dl", "div", "template"}),
    "dd": frozenset({"dl", "div", "template"}),
    "tr": frozenset({"table", "thead", "tbody", "tfoot", "template"}),
    "td": frozenset({"tr", "template"}),
    "th": frozenset({"tr", "template"}),
    "thead": frozenset({"table", "template"}),
    "tbody": frozenset({"table", "template"}),
    "tfoot": frozenset({"table", "template"}),
    "caption": frozenset({"table", "template"}),
    "figcaption": frozenset({"figure", "template"}),
    "legend": frozenset({"fieldset", "template"}),
    "summary": frozenset({"details", "template"}),
    "option": frozenset({"select", "datalist", "optgroup", "template"}),
    "source": frozenset({"picture", "audio", "video", "template"}),
    "track": frozenset({"audio", "video", "template"}),
}
_CHILDREN: dict[str, frozenset[str]] = {
    "ul": frozenset({"li", "script", "template"}),
    "ol": frozenset({"li", "script", "template"}),
}
# Interactive content: what must not stand in which of the elements that are open.
_NOT_INSIDE: dict[str, tuple[str, ...]] = {
    "a": ("a", "button"),
    "button": ("a", "button"),
    "select": ("a", "button"),
    "textarea": ("a", "button"),
    "input": ("a", "button"),
    "iframe": ("a", "button"),
    "details": ("a", "button"),
    "label": ("a", "button", "label"),
    "form": ("form",),
    "html": ("html",),
    "head": ("head", "body"),
    "main": ("main", "article", "aside", "footer", "header", "nav"),
    "body": ("body",),
}
_FREE = names(
    "meta link base br hr img wbr span em strong b i code kbd samp time small sub sup abbr script"
    " style title picture svg path"
) - {*BLOCK, *_ENDS, *_PARENTS, *_NOT_INSIDE}
"""Of the common elements, those that may stand anywhere but right in a list."""
_FOREIGN = frozenset({"svg", "math"})
_FOREIGN_HTML = frozenset({"foreignobject", "annotation-xml", "desc"})


# What may be passed over, since it changes nothing and breaks no rule: where only text may stand
# or more, an element of running text that holds no other element; where there is room for one, a
# paragraph or a list of such elements, a heading, and a block of code; and in lists and rows, such
# items and cells. None of them has an attribute that a check looks at, but for the addresses of
# links and the ids of headings. Most of a page is like this.
_CLASS = r"(?:\ class=\"[^\"<>&=]*+\")?"
_WORDS = r"[^<&\S]*+[^<&\s][^<]*+"
"""Text that is there for a reader, of a link for example."""


def _mark(text: str) -> str:
    """Return what elements of running text look like that hold nothing but this text."""
    return rf"""
        <(?: span{_CLASS}(?:\ aria-hidden="true")?>{text}</span | code{_CLASS}>{text}</code
            | em>{text}</em | strong>{text}</strong | b>{text}</b
            | time{_CLASS}(?:\ datetime="[^"<>&=]*+")?>{text}</time )>
    """


_LEAF = rf"""
    [^<]++ | {_mark("[^<]*+")} | <data{_CLASS}\ value="[^"<>&]*+"></data> | <!--\ [^<>-]*+-->
"""
_LINK = rf"""
    <a{_CLASS}\ href="[^"<>]*+"(?:\ aria-current="page")?(?:\ aria-label="[^"<>&=]*+")?
        (?:\ rel="[^"<>&=]*+")?>
        (?:{_WORDS} | [^<&\S]*+{_mark(_WORDS)})(?:[^<]++ | {_mark("[^<]*+")})*
    </a>
"""
_CODE = rf"""
    <div{_CLASS}><pre(?:\ tabindex="0")?><span></span><code{_CLASS}>
        (?:[^<]++ | <span{_CLASS}>[^<]*+</span>)*
    </code></pre></div>
"""
# What is said to other sites, but for images, which must be there.
_METADATA = r"""
    <meta\ (?: property="(?:article:[a-z_]++|og:(?!image)[a-z_:]++)"
        | name="(?:twitter:card|generator)" )\ content="[^"<>]*+">
"""


def _runs(piece: str) -> tuple[str, ...]:
    """Return what is passed over in a text, a section, a list, a row of such pieces, a head, and a
    list that stands in an open paragraph."""
    inner = f"(?:{piece})*"
    paragraph = f"<p{_CLASS}>{inner}</p>"
    heading = " | ".join(
        rf"<h{level}(?:\ id=\"[^\"<>&=\s]++\")?>{inner}</h{level}>" for level in range(2, 5)
    )
    item = rf'<li{_CLASS}(?:\ aria-hidden="true")?>'
    items = f"(?:[^<]++ | {item}(?:{piece} | {paragraph})*</li>)*"
    label = r"(?:\ aria-label=\"[^\"<>&=]*+\")?"
    lists = f"<ul{_CLASS}{label}>{items}</ul> | <ol{_CLASS}{label}>{items}</ol>"
    return tuple(
        f"(?:{run})*"
        for run in (
            piece,
            f"{piece} | {paragraph} | {lists} | {heading} | {_CODE}",
            f"[^<]++ | {item}(?:{piece} | {paragraph} | {lists} | {heading})*</li>",
            rf"[^<]++ | <td{_CLASS}>{inner}</td> | <th{_CLASS}>{inner}</th>",
            rf"[^<]++ | {_METADATA}",
            rf"[^<]++ | {item}{inner}</li>",
        )
    )


_WITH_LINKS = _runs(f"{_LEAF} | {_LINK}")
_WITHOUT_LINKS = _runs(_LEAF)


class _Compiled(dict[str, re.Pattern[str]]):
    """Patterns by their texts, compiled when they are first wanted, which takes milliseconds."""

    def __missing__(self, text: str) -> re.Pattern[str]:
        pattern = self[text] = re.compile(text, re.VERBOSE)
        return pattern


_COMPILED = _Compiled()


def compile_runs() -> None:
    """Compile all that may be passed over."""
    for text in (*_WITH_LINKS, *_WITHOUT_LINKS):
        _COMPILED[text]


_TEXT, _SECTION, _ITEMS, _ROW, _HEAD, _SHORT_ITEMS = range(6)
_IN_PARAGRAPH = {_SECTION: _TEXT, _ITEMS: _SHORT_ITEMS}
"""Of these, what takes their place in an open paragraph, which a block would end."""
_RUN = {
    "ul": _ITEMS,
    "ol": _ITEMS,
    "tr": _ROW,
    "head": _HEAD,
    **dict.fromkeys(
        names(
            "body div article section main blockquote aside nav header footer li dd td figure"
            " details"
        ),
        _SECTION,
    ),
}


_NO, _OUTSIDE_PARAGRAPHS, _ANYWHERE = range(3)


@lru_cache(4096)
def _fits(name: str, parent: str) -> int:
    """Say where an element breaks no rule, and ends no other, as a child of `parent`; for some it
    takes more than their names to tell."""
    if name in VOID or name in _FOREIGN or name in _NOT_INSIDE:
        return _NO
    if name in _ENDS and parent not in _ENDS[name][1]:
        return _NO
    if parent not in _PARENTS.get(name, (parent,)) or name not in _CHILDREN.get(parent, (name,)):
        return _NO
    if name not in BLOCK:
        return _ANYWHERE
    return _NO if parent in _TEXT_ONLY else _OUTSIDE_PARAGRAPHS


class Element(msgspec.Struct, gc=False):
    """An open element. `start` is where its tag begins, `inside` where its content begins.

    `passed_over` is what may be passed over in it before the next tag; links there still count.
    `in_paragraph`: nothing stands between it and an open paragraph that keeps a block from ending
    that; `held`: something stands there whose end tag must be written.
    """

    name: str
    attributes: Attributes
    start: int
    inside: int
    foreign: bool = False
    passed_over: re.Pattern[str] | None = None
    in_paragraph: bool = False
    held: bool = False


_MOST_WITHIN = 20
"""In how many of its own kind an element is still looked at when it ends. Those whose end matters
may stand in none; looking at thousands, one in the other, would take minutes."""

Report = Callable[[str, int, str, str], None]
"""Called with code, offset in the text, message, and the tag's name."""
Closed = Callable[[Element, int], None]
"""Called with each element that ends, and the offset at which its content ends."""


class Nesting:
    """Follows the tags of one page; reports errors and each element's end."""

    def __init__(self, report: Report, closed: Closed) -> None:
        self._report = report
        self._closed = closed
        self.open: list[Element] = [Element("!document", {}, 0, 0)]
        self._places: dict[str, list[int]] = {}
        """Where in `open` the elements of each name are."""
        self._forced: dict[str, int] = {}  # closed too early; their end tags may still come
        self._owed = 0  # how many end tags these are
        self._split_paragraphs: list[tuple[int, str]] = []

    def inside(self, name: str) -> bool:
        """Say whether an element of that name is open."""
        return bool(self._places.get(name))

    def names(self) -> tuple[str, ...]:
        """Return the names of the elements that are open, the outermost first."""
        return tuple([element.name for element in self.open])

    @property
    def settled(self) -> bool:
        """Say whether no end tag is still to be expected but for those of the open elements."""
        return not self._split_paragraphs and not self._owed

    @property
    def foreign(self) -> bool:
        """Say whether the next tag is SVG or MathML, where HTML's rules do not hold."""
        return self.open[-1].foreign

    def start(self, tag: Tag) -> None:
        """Take a start tag."""
        name = tag.name
        stack = self.open
        parent = stack[-1]
        if parent.foreign:
            self._start_foreign(tag)
            return
        fits = _fits(name, parent.name)
        if fits and not tag.void and (fits == _ANYWHERE or not self._places.get("p")):
            self._push(tag, foreign=False)
            return
        if name in _FREE and stack[-1].name not in _CHILDREN:
            if name not in VOID:
                self._open(tag)
            return
        in_paragraph = bool(name in BLOCK and self._places.get("p") and self._end_paragraph(tag))
        if name in _ENDS:
            self._end_implied(tag)
        if stack[-1].name == "head" and name == "body":
            self._pop(tag.start)
        parent = stack[-1]
        if name in BLOCK and parent.name in _TEXT_ONLY and not in_paragraph:
            self._block_in_inline(tag, parent)
        if name in _PARENTS or parent.name in _CHILDREN:
            self._family(tag, parent)
        if name in _NOT_INSIDE:
            self._not_inside(tag)
        if name not in VOID:
            self._open(tag)

    def end(self, name: str, start: int) -> None:
        """Take the end tag of `name` that begins at `start`."""
        stack = self.open
        if stack[-1].name == name:
            self._pop(start)
        elif self._places.get(name):
            while stack[-1].name != name:
                top = stack[-1]
                if top.name not in _END_OPTIONAL:
                    self._report(
                        "html-unclosed",
                        top.start,
                        f"`<{top.name}>` is not closed before `</{name}>`",
                        top.name,
                    )
                    self._force(top.name)
                self._pop(start)
            self._pop(start)
        elif self._forced.get(name):
            self._forced[name] -= 1  # told already, where it was cut short
            self._owed -= 1
        elif name == "p" and self._split_paragraphs:
            split, block = self._split_paragraphs.pop()
            self._report("html-block-in-p", split, f"`<{block}>` stands in a paragraph", block)
        else:
            self._report("html-stray-end", start, f"`</{name}>` closes nothing", name)

    def finish(self, at: int) -> None:
        """Take the end of the text."""
        while len(self.open) > 1:
            top = self.open[-1]
            if top.name not in _END_OPTIONAL:
                self._report(
                    "html-unclosed", top.start, f"`<{top.name}>` is never closed", top.name
                )
            self._pop(at)

    def _open(self, tag: Tag) -> None:
        name = tag.name
        if not tag.void:
            self._push(tag, foreign=name in _FOREIGN)
        elif name not in _FOREIGN:
            self._report("html-self-closing", tag.start, f"`<{name}/>` does not close itself", name)

    def _push(self, tag: Tag, *, foreign: bool) -> None:
        name = tag.name
        places = self._places
        above = self.open[-1]
        if name in places:
            places[name].append(len(self.open))
        else:
            places[name] = [len(self.open)]
        passed_over = None
        if not foreign:
            run = _RUN.get(name, _TEXT)
            if places.get("p"):
                run = _IN_PARAGRAPH.get(run, run)
            runs = _WITHOUT_LINKS if places.get("a") or places.get("button") else _WITH_LINKS
            passed_over = _COMPILED[runs[run]]
        element = Element(name, tag.attributes, tag.start, tag.end, foreign, passed_over)
        if name == "p":
            element.in_paragraph = True
        elif above.in_paragraph and name not in _PARAGRAPH_WALL:
            element.in_paragraph = True
            element.held = above.held or name not in _END_OPTIONAL
        self.open.append(element)

    def _pop(self, at: int) -> None:
        element = self.open.pop()
        places = self._places[element.name]
        places.pop()
        if len(places) < _MOST_WITHIN:
            self._closed(element, at)

    def _force(self, name: str) -> None:
        self._forced[name] = self._forced.get(name, 0) + 1
        self._owed += 1

    def _start_foreign(self, tag: Tag) -> None:
        if not tag.void:
            self._push(tag, foreign=tag.name not in _FOREIGN_HTML)

    def _end_paragraph(self, tag: Tag) -> bool:
        """End the open paragraph before a block; return whether that is an error reported here."""
        inner = self.open[-1]
        if not inner.in_paragraph:
            return False
        if inner.held:
            self._report(
                "html-block-in-p", tag.start, f"`<{tag.name}>` stands in a paragraph", tag.name
            )
            return True  # the tags around it close as written
        while self.open[-1].name != "p":
            self._pop(tag.start)
        self._pop(tag.start)
        # No error yet: `</p>` may be left out. It is one if a `</p>` comes later.
        self._split_paragraphs.append((tag.start, tag.name))
        del self._split_paragraphs[:-20]
        return False

    def _end_implied(self, tag: Tag) -> None:
        ends, walls = _ENDS[tag.name]
        places = self._places
        wall = max((where[-1] for name in walls if (where := places.get(name))), default=0)
        beyond = (
            where[first]
            for name in ends
            if (where := places.get(name)) and (first := bisect_right(where, wall)) < len(where)
        )
        last = min(beyond, default=0)
        while last and len(self.open) > last:
            top = self.open[-1]
            if top.name not in _END_OPTIONAL:
                self._report(
                    "html-unclosed",
                    top.start,
                    f"`<{top.name}>` is not closed before `<{tag.name}>`",
                    top.name,
                )
                self._force(top.name)
            self._pop(tag.start)

    def _block_in_inline(self, tag: Tag, parent: Element) -> None:
        if parent.name in ("summary", "legend") and tag.name in (
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
        ):
            return
        message = f"`<{tag.name}>` stands in `<{parent.name}>`, which may hold only text"
        self._report("html-block-in-inline", tag.start, message, tag.name)

    def _family(self, tag: Tag, parent: Element) -> None:
        parents = _PARENTS.get(tag.name)
        if parents and parent.name not in parents:
            where = " or ".join(f"`<{name}>`" for name in sorted(parents - {"template"}))
            message = f"`<{tag.name}>` stands in `<{parent.name.lstrip('!')}>`, not in {where}"
            self._report("html-parent", tag.start, message, tag.name)
            return
        children = _CHILDREN.get(parent.name)
        if children and tag.name not in children:
            message = f"`<{tag.name}>` stands in `<{parent.name}>`, which may hold only `<li>`"
            self._report("html-parent", tag.start, message, tag.name)

    def _not_inside(self, tag: Tag) -> None:
        if tag.name == "input" and tag.attributes.get("type", "").lower() == "hidden":
            return
        for outer in _NOT_INSIDE[tag.name]:
            if self._places.get(outer):
                message = f"`<{tag.name}>` stands in `<{outer}>`"
                self._report("html-nested", tag.start, message, tag.name)
                return
