"""The pages that the old generator made -> what is different on those of the new site.

Held against each other are the address, the title, the date, and of the text what a reader has of
it: its words in order, the ids of headings, code, lists, tables, links and pictures. Looks are not.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import msgspec
from lxml import etree
from lxml import html as parser

from generator.importers.comparison.cleaning import HEADINGS, classes_of, clean

ASPECTS = (
    *("address", "title", "date", "text", "heading ids", "code", "lists", "tables", "links"),
    "pictures",
)
"""What is compared, in the order in which it is reported."""
_LIKELY = frozenset(("article", "main", "section", "div", "body", "td", "html"))
_TEXTS = frozenset(
    ("p", "ul", "ol", "pre", "table", "blockquote", "figure", "dl", "h2", "h3", "img")
)
_SURROUNDING = re.compile(
    r"\b(?:h1|header|footer|nav|hr|time|aside|form|[\w-]*(?:meta|prev|next|share|related|breadcrumb"
    r"|comment|byline|post-info|entry-title|tags)[\w-]*)\b"
)
_BLOCKS = frozenset(
    [
        *("address", "article", "aside", "blockquote", "br", "caption", "dd", "details", "div"),
        *("dl", "dt", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table"),
        *("tbody", "td", "tfoot", "th", "thead", "tr", "ul", "img", "picture", "video"),
    ]
)
_DIGEST = re.compile(r"\.[0-9a-f]{12}(?=\.\w+$)")
_FORMULA = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]", re.DOTALL)
_ARROWS = re.compile(r"[\u21a9\ufe0e\ufe0f]")
_REFRESH = re.compile(
    rb"<meta[^>]*http-equiv=[\"']?refresh[\"']?[^>]*content=(?P<quote>[\"'])[^>]*?url=(?P<to>.*?)(?P=quote)",
    re.IGNORECASE,
)
_MOST_WORDS = 8


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a page shows. `titles` and `dates` are all that could be it; `lists` are shapes such as
    `ul(li li(ol(li)))`, `tables` rows of cells, `links` and `pictures` in the order of the text."""

    titles: tuple[str, ...]
    dates: tuple[str, ...]
    words: tuple[str, ...]
    ids: tuple[str, ...]
    code: tuple[str, ...]
    lists: tuple[str, ...]
    tables: tuple[str, ...]
    links: tuple[str, ...]
    pictures: tuple[str, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One aspect of one page that is not as it was; `old` and `new` show where that begins."""

    url: str
    aspect: str
    old: str
    new: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What comparing came to: how many pages both sites have, and what is different."""

    pages: int
    differences: tuple[Difference, ...]

    @property
    def same(self) -> int:
        """The number of pages that are the same in everything."""
        return self.pages - len({one.url for one in self.differences if one.aspect != "address"})


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    """A built site: output path -> HTML, its redirects from URL to URL, and its address.

    `texts` are the URLs of pages that are the owner's texts; others are only looked up.
    """

    files: Mapping[str, bytes]
    redirects: Mapping[str, str] = {}
    address: str = ""
    texts: frozenset[str] = frozenset()


def url_of(path: str) -> str:
    """Return the URL of an HTML file at an output path."""
    return "/" + re.sub(r"(?:^|(?<=/))index\.html?$", "", path)


def compare(old: Pages, new: Pages) -> Comparison:
    """Compare every page of the old site with the new site's page of that address."""
    places = {url_of(path): path for path in new.files if path.endswith((".html", ".htm"))}
    known = {unicodedata.normalize("NFC", unquote(url)): url for url in places}
    found: list[Difference] = []
    pages = 0
    moved = {unquote(one): other for one, other in new.redirects.items()}
    seen: set[str] = set()
    old_urls = frozenset(url_of(path) for path in old.files)
    for path in sorted(old.files):
        if not path.endswith((".html", ".htm")):
            continue
        url = url_of(path)
        if leads := _REFRESH.search(old.files[path][:2000]):
            found += _leads(url, leads["to"].decode(errors="replace"), old.address, known, moved)
            continue
        here = known.get(url) or known.get(f"{url}/") or _bare(url, known, old_urls)
        if here is None and (target := moved.get(url) or moved.get(f"{url}/")):
            if not target.startswith("/"):
                continue  # it leads to another site
            here = known.get(unquote(target.partition("#")[0]))
        if here is None:
            found.append(Difference(url=url, aspect="address", old=url, new="nothing"))
            continue
        if here not in new.texts:
            continue  # a list, which each generator makes in its own way
        pages += 1
        seen.add(here)
        found += _page(url, here, old.files[path], new.files[places[here]], old, new, moved)
    for url in sorted(new.texts - seen):
        found.append(Difference(url=url, aspect="address", old="nothing", new=url))
    return Comparison(pages=pages, differences=tuple(sorted(found, key=_place)))


def _bare(url: str, known: Mapping[str, str], old: frozenset[str]) -> str | None:
    """Return the page that a file `x.html` has become which was shown at `/x`, as servers of old
    sites do where the address that its generator gave it has no end."""
    bare = f"{url.removesuffix('.html')}/"
    return known.get(bare) if url.endswith(".html") and bare not in old else None


def _leads(
    url: str, to: str, address: str, known: Mapping[str, str], moved: Mapping[str, str]
) -> Iterator[Difference]:
    """Yield how an old address that led elsewhere does not lead there now."""
    wanted = _target(to, url, address, moved)
    now = moved.get(url) or moved.get(f"{url}/") or known.get(url) or known.get(f"{url}/")
    if now is None:
        yield Difference(url=url, aspect="address", old=wanted, new="nothing")
    elif wanted and _target(now, url, address, moved) != wanted:
        yield Difference(url=url, aspect="address", old=wanted, new=now)


def _place(one: Difference) -> tuple[int, str]:
    return ASPECTS.index(one.aspect), one.url


def _page(
    url: str,
    here: str,
    was: bytes,
    now: bytes,
    old: Pages,
    new: Pages,
    moved: Mapping[str, str],
) -> Iterator[Difference]:
    after = shown(now, here, new.address, moved, None)
    if after is None:
        return
    before = shown(was, url, old.address, moved, after)
    if before is None:
        return

    def differs(aspect: str, one: str, other: str) -> Difference:
        return Difference(url=url, aspect=aspect, old=one, new=other)

    titles = after.titles[:1]
    if titles and before.titles and not any(_holds(one, titles[0]) for one in before.titles):
        yield differs("title", before.titles[0], titles[0])
    if after.dates and before.dates and after.dates[0] not in before.dates:
        yield differs("date", before.dates[0], after.dates[0])
    for aspect, one, other in (
        ("text", before.words, after.words),
        ("heading ids", before.ids, tuple(one for one in after.ids if one in before.ids)),
        ("code", before.code, after.code),
        ("lists", before.lists, after.lists),
        ("tables", before.tables, after.tables),
        ("links", before.links, after.links),
        ("pictures", before.pictures, after.pictures),
    ):
        if one != other:
            yield differs(aspect, *_apart(one, other, few=aspect != "text"))


def _holds(old: str, new: str) -> bool:
    return old == new or old.startswith(f"{new} ") or old.endswith(f" {new}")


def _apart(one: tuple[str, ...], other: tuple[str, ...], *, few: bool) -> tuple[str, str]:
    """Return where two sequences begin to differ, each as far as the next that is the same."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    most = 3 if few else _MOST_WORDS

    def excerpt(words: tuple[str, ...]) -> str:
        cut = words[start : len(words) - end]
        if not cut:
            return f"nothing (after `{words[start - 1]}`)" if start else "nothing"
        text = " ".join(cut[:most])
        text = text if len(text) <= 160 else f"{text[:157]}..."
        return text if len(cut) <= most else f"{text} ... ({len(cut)} in all)"

    return excerpt(one), excerpt(other)


def shown(
    raw: bytes, url: str, address: str, moved: Mapping[str, str], like: Shown | None
) -> Shown | None:
    """Return what a page shows, or None where it is no HTML.

    Of a page in a look that is not known, the text is the element whose words come nearest to
    `like`, the same page of the other site.
    """
    try:
        root = parser.document_fromstring(raw.decode("utf-8", errors="replace"))
    except (etree.ParserError, ValueError):
        return None
    titles = [*root.iter("h1"), *root.iter("title")]
    dates = [str(one.get("datetime"))[:10] for one in root.iter("time") if one.get("datetime")]
    dates += [
        str(one.get("content"))[:10]
        for one in root.iter("meta")
        if one.get("property") == "article:published_time" or one.get("itemprop") == "datePublished"
    ]
    named = tuple(text for one in titles if (text := " ".join(words_of(one))))
    clean(root)
    body = _own_body(root) if like is None else nearest(root, like.words)
    if body is None:
        return None
    if like is not None:
        body = without_surroundings(body, like.words)
    return Shown(
        titles=named,
        dates=tuple(dates),
        words=tuple(words_of(body)),
        ids=tuple(str(one.get("id")) for one in body.iter(*HEADINGS, "dt") if one.get("id")),
        code=tuple(_codes(body)),
        lists=tuple(_shape(one) for one in body.iter("ul", "ol") if _is_outer(one, body)),
        tables=tuple(
            " | ".join(" ".join(words_of(cell)) for cell in row.iter("td", "th"))
            for row in body.iter("tr")
            if row.find(".//pre") is None
        ),
        links=tuple(
            target
            for one in body.iter("a")
            if one.get("href") and (target := _target(one.get("href"), url, address, moved))
        ),
        pictures=tuple(_picture(one) for one in body.iter("img")),
    )


def _own_body(root: Any) -> Any:
    for name in ("body", "main"):
        for element in root.iter("div", "main"):
            if name == "body" and "body" in classes_of(element):
                return element
            if name == "main" and element.tag == "main":
                return element
    return root


def nearest(root: Any, words: Iterable[str]) -> Any:
    """Return the innermost element whose words have most in common with `words`."""
    wanted = Counter(words)
    total = sum(wanted.values())
    best, most = None, -1.0
    for element in root.iter(*_LIKELY):
        there = words_of(element)
        if len(there) * 2 < total and most >= 0:
            continue
        both = sum((wanted & Counter(there)).values())
        score = 2 * both / (total + len(there)) if total + len(there) else 1.0
        if score >= most:
            best, most = element, score
    return best


def without_surroundings(body: Any, words: Iterable[str]) -> Any:
    """Return an element without what a look shows before and after a text in it, such as its title
    and links to other texts, where it has no element for the text alone; it is changed in place.

    Only what says by its kind or class that it is no text is left out: a lost paragraph never is.
    """
    wanted = Counter(words)
    children = list(body.iterchildren(etree.Element))
    while len(children) == 1 and children[0].tag not in _TEXTS:
        body = children[0]
        children = list(body.iterchildren(etree.Element))
    first = _surrounding(children, wanted)
    last = len(children) - _surrounding(children[first:][::-1], wanted)
    if first:
        body.text = ""
    for child in (*children[:first], *children[last:]):
        body.remove(child)
    return body


def _surrounding(children: list[Any], wanted: Counter[str]) -> int:
    """Return how many elements at the beginning are no text, and say more than is `wanted`."""
    count = 0
    for place, child in enumerate(children):
        classes = " ".join((child.tag, child.get("class") or "", child.get("id") or ""))
        if not _SURROUNDING.search(classes) and child.find(".//time") is None:
            break
        own = Counter(words_of(child))
        if own - wanted or not own:
            count = place + 1
    return count


def words_of(element: Any) -> list[str]:
    """Return the words that a reader sees in an element, in their order."""
    parts: list[str] = []
    _text(element, parts)
    text = _FORMULA.sub(" ", unicodedata.normalize("NFC", "".join(parts)))
    return _ARROWS.sub("", text).split()


def _text(element: Any, parts: list[str]) -> None:
    """Collect an element's text with spaces where blocks begin and end."""
    for event, each in etree.iterwalk(element, events=("start", "end", "comment")):
        if event == "comment":
            parts.append(each.tail or "")
            continue
        if each.tag in _BLOCKS:
            parts.append(" ")
        if event == "start":
            parts.append(each.text or "")
        elif each is not element:
            parts.append(each.tail or "")


def _codes(body: Any) -> Iterator[str]:
    for element in body.iter("pre", "code", "tt", "span"):
        if element.tag == "span" and "literal" not in classes_of(element):
            continue  # docutils writes code in a line so
        if element.find(".//pre") is not None:
            continue  # around a table of a block's lines and their numbers
        if element.tag != "pre" and any(one.tag == "pre" for one in element.iterancestors()):
            continue
        for line_break in element.iter("br"):  # as some programs end lines of code
            line_break.tail = f"\n{line_break.tail or ''}"
        text = "".join(element.itertext())
        if element.tag == "pre":
            yield "\n".join(line.rstrip() for line in text.strip("\n").rstrip().split("\n"))
        else:
            yield " ".join(text.split())


def _is_outer(element: Any, body: Any) -> bool:
    for one in element.iterancestors():
        if one is body:
            return True
        if one.tag in ("ul", "ol"):
            return False
    return True


def _shape(element: Any) -> str:
    """Return a list's kind and items, with the lists in them."""
    items = []
    for item in element:
        if item.tag != "li":
            continue
        inner = [_shape(one) for one in item.iter("ul", "ol") if _is_outer(one, item)]
        items.append(f"li({' '.join(inner)})" if inner else "li")
    return f"{element.tag}({' '.join(items)})"


def _target(href: str, url: str, address: str, moved: Mapping[str, str]) -> str:
    """Return where a link leads to: on the site from `/` on, and over its redirects."""
    parts = urlsplit(address)
    base = parts.path.rstrip("/")
    try:
        whole = urljoin(f"{address.rstrip('/')}{url}" if address else url, href.strip())
        to = urlsplit(whole)
    except ValueError:
        return href
    if to.scheme not in ("", "http", "https"):
        return whole
    if to.netloc.removeprefix("www.") != parts.netloc.removeprefix("www."):
        return unquote(whole).rstrip("/")
    path = unicodedata.normalize("NFC", unquote(to.path))
    if base and path.startswith(f"{base}/"):
        path = path[len(base) :]
    if path == url and to.fragment:
        path = ""
    elif _is_file(path):
        path = _file_name(path)
    else:
        path = re.sub(r"(?:^|(?<=/))index\.html?$", "", path)
        path = unquote(moved.get(path) or moved.get(f"{path}/") or path).partition("#")[0]
        path = path.removesuffix(".html").rstrip("/") or "/"  # servers answer for either
    query = f"?{to.query}" if to.query else ""
    if to.fragment.startswith(("fn", "fnref")):
        return ""  # to a footnote, or back from it
    return path + query + (f"#{unquote(to.fragment)}" if to.fragment else "")


def _is_file(path: str) -> bool:
    suffix = posixpath.splitext(path)[1]
    return bool(suffix) and suffix not in (".html", ".htm")


def _file_name(path: str) -> str:
    return _DIGEST.sub("", posixpath.basename(path))


def _picture(image: Any) -> str:
    name = _file_name(unquote(urlsplit(image.get("src") or "").path))
    alt = re.sub("[“”]", '"', re.sub("[‘’]", "'", image.get("alt") or ""))
    return f"{posixpath.splitext(name)[0]} ({' '.join(alt.split())})"


def as_markdown(comparison: Comparison, origin: str) -> str:
    """Return what is different, page by page, as it is written to a file."""
    lines = ["# What is different", "", *summary(comparison, origin), ""]
    for aspect in ASPECTS:
        found = [one for one in comparison.differences if one.aspect == aspect]
        if not found:
            continue
        lines += [f"## {aspect.capitalize()} ({len(found)})", ""]
        for one in found:
            if aspect == "address" and "nothing" not in (one.old, one.new):
                to, now = _code(one.old), _code(one.new)
                lines.append(f"- {_code(one.url)}: it led to {to}, and leads to {now}")
            elif aspect == "address" and one.new != "nothing":
                lines.append(f"- {_code(one.url)}: the old site had no such page")
            elif aspect == "address":
                lines.append(f"- {_code(one.url)}: nothing answers for it")
            else:
                lines.append(f"- {_code(one.url)}: was {_code(one.old)}, is {_code(one.new)}")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def summary(comparison: Comparison, origin: str) -> list[str]:
    """Return the lines that are printed at the end."""
    pages = "page" if comparison.pages == 1 else "pages"
    lines = [
        f"{comparison.pages} {pages} compared with {origin}: {comparison.same} the same in "
        "everything."
    ]
    counts = Counter(one.aspect for one in comparison.differences)
    told = [f"{aspect} {counts[aspect]}" for aspect in ASPECTS if counts[aspect]]
    return [*lines, f"Different: {', '.join(told)}."] if told else lines


def _code(text: str) -> str:
    """Return text as code in Markdown, whatever is in it."""
    text = "".join(char if char.isprintable() else " " for char in text)
    return f"`` {text} ``" if "`" in text else f"`{text}`"
