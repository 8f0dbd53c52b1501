"""Addresses in the old site's texts -> addresses in the new one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from html import escape, unescape
from urllib.parse import quote, unquote, urlsplit

from generator.core.urls import path_fault, term_slug
from generator.importers.lines import SHORTCODE, Line, code_mask, each_text
from generator.importers.reporter import Reporter

PICTURES_AND_FILMS = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".svg",
        ".webp",
        ".avif",
        ".bmp",
        ".mp4",
        ".webm",
        ".mp3",
        ".ogg",
        ".oga",
        ".ogv",
        ".wav",
        ".m4a",
        ".vtt",
    ]
)
"""What Tidepost publishes from static/ under a name that changes with the content."""

THEME_FILES = frozenset(
    [
        ".css",
        ".scss",
        ".sass",
        ".less",
        ".js",
        ".ts",
        ".jsx",
        ".map",
        ".woff",
        ".woff2",
        ".ttf",
        ".otf",
        ".eot",
        ".coffee",
    ]
)
SCRIPTS_AND_STYLES = frozenset([".js", ".mjs", ".css"])
MOST_SIZE = 200 * 1024 * 1024
"""Files larger than this (bytes) are reported instead of copied."""

_SAFE = "/~!$&'()*+,;=:@"
_OUTSIDE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#|\?|$")
_OWN_LISTS = re.compile(
    r"/(?:(?:posts|archive|tags|categories|series|authors)/(?:\d{4}/)?(?:page/\d+/)?"
    r"|feed\.xml|feed\.json|rss\.xml|sitemap\.xml|robots\.txt)?"
)
_KEPT_FOLDERS = ("api/", "_preview/", ".tidepost/")
_KEPT_FILES = re.compile(
    r"(?:feed\.xml|feed\.json|rss\.xml|sitemap[^/]*\.xml|robots\.txt|llms\.txt|site\.webmanifest"
    r"|404\.html|index\.html)",
    re.IGNORECASE,
)
_INLINE = re.compile(r"(\]\(\s*)(<[^<>\n]*>|[^\s()<>]+(?:\([^\s()]*\)[^\s()]*)*)")
_DEFINITION = re.compile(r"^( {0,3}\[(?!\^)[^\]]+\]:[ \t]*)(<[^<>]*>|\S+)")
_ARGUMENT = re.compile(r"((?:\(|, )(?:src|link)=)\"([^\"\\]+)\"")
"""Of a call of the shortcode `figure` that an import has written."""
_ATTRIBUTE = re.compile(r"((?:\s)(?:href|src|poster)\s*=\s*)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)


class Addresses:
    """Everything that the old site's texts may name, and what it is called now.

    `pages`: spelling of an old URL -> new URL; `files`: old path from `/` -> address; `sources`:
    old source file -> address (`/posts/x.md`); `drafts`: sources that are not published; `beside`:
    addresses of files that lie beside the texts; `anywhere`: old paths from `/` of files that a
    text may name without it.
    """

    def __init__(self, origin: str = "", base: str = "") -> None:
        self.host = urlsplit(origin).netloc.lower().removeprefix("www.") if origin else ""
        self.base = base.rstrip("/")
        self.pages: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        self.drafts: set[str] = set()
        self.terms: set[str] = set()
        self.beside: set[str] = set()
        self.anywhere: set[str] = set()

    def add_page(self, old: str, new: str) -> None:
        """Know a page by its old URL in every spelling that a server answers."""
        self.pages.setdefault(_spelling(old), new)

    def add_source(self, path: str, place: str, *, draft: bool) -> None:
        """Know a document by its file: in the old site, and in the new one from `content/` on."""
        self.sources[path] = self.sources[place] = place
        if draft:
            self.drafts |= {path, place}

    def add_beside(self, place: str, *old: str) -> None:
        """Know a file that lies beside texts, at `place` from `content/` on, by its old URLs."""
        self.files |= dict.fromkeys(old, place)
        self.beside.add(quote(place, safe=_SAFE))

    def place_beside(self, place: str, source: str, *old: str) -> str:
        """Return where a file of the old site goes that lay beside a text, and know it by its old
        URLs. A script or a style keeps the first of these, since it may be loaded from anywhere;
        any other file stays beside the text, at `place`."""
        if posixpath.splitext(source)[1].lower() in SCRIPTS_AND_STYLES:
            kept, address = place_of(old[0].lstrip("/"))
            if kept:
                self.files |= dict.fromkeys((*old, f"/{source}"), address)
                return kept
        self.add_beside(place.removeprefix("content"), *old, f"/{source}")
        return place

    def add_terms(self, taxonomy: str, names: Iterable[str], folder: str = "") -> None:
        """Know the pages of tags or categories that the new site will have, below `folder`."""
        self.terms |= {f"{folder}/{taxonomy}/{term_slug(name)}/" for name in names}

    def resolve(self, address: str, page: str, folder: str) -> tuple[str, str]:
        """Return the new address for one in a text, and why it leads nowhere (empty: it does not).

        `page` is the old URL of the page it stands on, `folder` the folder of its source.
        """
        address = address.strip()
        if self.host and re.match(r"(?:https?:)?//", address):
            address = self._without_host(address)
        if _OUTSIDE.match(address):
            here = self.host and _host_of(address) == self.host
            return address, "the site has nothing there any more" if here else ""
        written = re.split(r"[?#]", address, maxsplit=1)[0]
        tail = address[len(written) :]
        path = unquote(written)
        if path.startswith("/") and path in self.sources:  # a converted tag has named it
            return address, "it leads to a draft" if path in self.drafts else ""
        if self.base and (path == self.base or path.startswith(f"{self.base}/")):
            path = path[len(self.base) :] or "/"
        if path.startswith("/"):
            rooted = path
            source = path[1:]
        else:
            rooted = _join(page if page.endswith("/") else posixpath.dirname(page), path)
            source = _join(folder, path).lstrip("/")
        as_file = path.endswith((".md", ".markdown"))
        if as_file and (found := self._source(source, path)):
            return found[0] + tail, found[1]
        if as_file and (found := self._source(path.removeprefix("./"), path)):
            return found[0] + tail, found[1]
        if rooted in self.files:  # what a browser would ask for comes before what lies beside it
            return quote(self.files[rooted], safe=_SAFE) + tail, ""
        if (page_found := self.pages.get(_spelling(rooted))) is not None:
            return page_found + tail, ""
        if found := self._source(source, path):
            return found[0] + tail, found[1]
        if f"/{source}" in self.files:
            return quote(self.files[f"/{source}"], safe=_SAFE) + tail, ""
        if f"/{path}" in self.anywhere:
            return quote(self.files[f"/{path}"], safe=_SAFE) + tail, ""
        listed = (
            rooted if rooted.endswith("/") or "." in rooted.rpartition("/")[2] else f"{rooted}/"
        )
        if _OWN_LISTS.fullmatch(listed) or listed in self.terms:
            return listed + tail, ""
        kept = quote(rooted, safe=_SAFE) + tail if path.startswith("/") else address
        return kept, "it leads to nothing here"

    def _source(self, source: str, path: str) -> tuple[str, str] | None:
        """Return the address of a document by its file, and why that leads nowhere."""
        for candidate in dict.fromkeys((source, source.rstrip("/") + ".md")):
            if candidate in self.sources and (candidate == source or not path.startswith("/")):
                return as_link(self.sources[candidate]), (
                    "it leads to a draft" if candidate in self.drafts else ""
                )
        return None

    def _without_host(self, address: str) -> str:
        """Return an address of the old site itself from its `/` on, if that is known here."""
        if _host_of(address) != self.host:
            return address
        parts = urlsplit(address)
        path = parts.path or "/"
        tail = (f"?{parts.query}" if parts.query else "") + (
            f"#{parts.fragment}" if parts.fragment else ""
        )
        plain = unquote(path)
        if self.base and plain.startswith(f"{self.base}/"):
            plain = plain[len(self.base) :]
        known = plain in self.files or _spelling(plain) in self.pages or plain == "/"
        return path + tail if known else address


def _host_of(address: str) -> str:
    """Return the host that an address names, without `www.`; empty where it names none."""
    try:
        return urlsplit(address).netloc.lower().removeprefix("www.")
    except ValueError:
        return ""


def as_link(place: str) -> str:
    """Return a file's place as a link names it."""
    return quote(place, safe=_SAFE)


def _spelling(url: str) -> str:
    """Return what all spellings of a page's URL have in common."""
    url = re.sub(r"(?:/index)?\.html?$", "", unquote(url))
    url = re.sub(r"/index$", "", url).rstrip("/")
    return url.lower() or "/"


def _join(folder: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(folder or "/", path))
    if path.endswith("/") and not joined.endswith("/"):
        joined += "/"
    return joined


def rewrite(
    lines: list[Line],
    addresses: Addresses,
    tell: Reporter,
    path: str,
    page: str,
    home: str = "",
    inside: str = "",
) -> list[Line]:
    """Give every link, picture and reference of a text its new address; report those that lead
    nowhere.

    `page` is the old URL of the page, `home` the folder of the new document (`/posts/x/`), whose
    files are named without it. Addresses below `inside` (`/de`) are written from there.
    """
    folder = posixpath.dirname(path)
    home = quote(home, safe=_SAFE)

    def new(address: str, line: int) -> str:
        changed, fault = addresses.resolve(address, page, folder)
        if fault:
            hint = "remove the link, or correct it; Tidepost names it when it builds the site"
            tell.left(path, line, f"address `{address}`: {fault}", hint)
        # A file beside the text is named without its folder; another page never is.
        if home and changed.startswith(home) and changed in addresses.beside:
            return changed[len(home) :]
        if inside and changed.startswith(f"{inside}/"):
            return changed[len(inside) :]
        return changed

    def change(text: str, line: int) -> str:
        def inline(found: re.Match[str]) -> str:
            if found[2].startswith("<"):
                return f"{found[1]}<{new(found[2][1:-1], line)}>"
            return f"{found[1]}{new(found[2], line)}"

        def attribute(found: re.Match[str]) -> str:
            quotes = found[2][0]
            value = unescape(found[2][1:-1])
            changed = new(value, line)
            if changed == value:
                return found[0]
            return f"{found[1]}{quotes}{escape(changed)}{quotes}"

        if "](" in text:
            text = _INLINE.sub(inline, text)
        if "]:" in text:
            text = _DEFINITION.sub(inline, text)
        if "=" in text and "<" in text:
            text = _ATTRIBUTE.sub(attribute, text)
        if SHORTCODE in text:
            text = _ARGUMENT.sub(lambda found: f'{found[1]}"{new(found[2], line)}"', text)
        return text

    def definition(line: Line, code: bool) -> Line:
        """Change the address of a definition whose label has code in it."""
        found = None if code or "`" not in line.text else _DEFINITION.match(line.text)
        if found is None or "`" not in found[1]:
            return line
        return Line(change(found[0], line.source) + line.text[found.end() :], line.source)

    mask = code_mask(lines)
    changed = each_text(lines, change)
    return [definition(line, code) for line, code in zip(changed, mask, strict=True)]


def place_of(path: str) -> tuple[str, str]:
    """Return where a file that the old site served at `/path` goes, and its new address.

    Pictures and films go to static/, where Tidepost reads their size and names them by content;
    everything else to static/root/, where it keeps its address. Both are empty for what Tidepost
    makes itself, or what it cannot publish.
    """
    suffix = posixpath.splitext(path)[1].lower()
    if suffix in PICTURES_AND_FILMS:
        return f"static/{path}", f"/{path}"
    if _KEPT_FILES.fullmatch(path) or path_fault(f"/{path}"):
        return "", ""
    if path.startswith(_KEPT_FOLDERS):
        return f"static/{path}", f"/{path}"
    return f"static/root/{path}", f"/{path}"
