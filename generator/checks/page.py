"""One page's HTML -> what the site's checks need to know of it, and what is wrong with it alone.

`examine` depends on its two arguments and nothing else, so a build may remember the result.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from html import unescape
from urllib.parse import unquote

import msgspec

from generator.checks.codes import problem
from generator.checks.nesting import Element, Nesting
from generator.checks.shared_fragments import LinkKind, Piece, Pieces, Recording
from generator.core.csp import digests_of
from generator.core.html_tokens import PLAIN_NAMES, Tag, names, next_tag, plain, tags
from generator.core.problems import Problem


class Link(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One address that a page refers to, on the line where it does so first.

    `directive` is that of a security policy which says whether it may be loaded or sent to, empty
    for links; `integrity` is that of a script from elsewhere.
    """

    url: str
    line: int
    kind: LinkKind
    directive: str = ""
    integrity: str = ""


class Inline(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A script or a style that stands in the page itself, as an element or an attribute.

    `directive` is that of a security policy which says whether it works; `text` its beginning;
    `digests` are those under which a policy may name it.
    """

    directive: str
    line: int
    text: str
    digests: tuple[str, ...]


class Heading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A heading; `level` is 1 to 6."""

    level: int
    line: int
    text: str


class PageFacts(msgspec.Struct, frozen=True, array_like=True):
    """What one page says of itself. Lines count from 1; 0 where the page has no such thing.

    `kind` is what `<body data-kind=...>` says: home, post, page and so on. `text` is what a reader
    sees of `main`, and kept only for the landing page. `refresh` is where a redirect page leads.
    """

    kind: str = ""
    language: str = ""
    title: str = ""
    title_line: int = 0
    description: str = ""
    description_line: int = 0
    canonical: str = ""
    canonical_line: int = 0
    noindex: bool = False
    refresh: str = ""
    is_redirect_page: bool = False
    has_counter: bool = False
    has_contact_form: bool = False
    ids: tuple[str, ...] = ()
    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()
    inline: tuple[Inline, ...] = ()
    text: str = ""
    problems: tuple[Problem, ...] = ()


def examine(path: str, html: bytes) -> PageFacts:
    """Read the page at the output path `path`. Never raises, whatever the bytes."""
    return _Examination(path, html).facts()


_SOURCES: dict[str, tuple[tuple[str, LinkKind, str], ...]] = {
    "a": (("href", "page", ""),),
    "area": (("href", "page", ""),),
    "img": (("src", "image", "img-src"),),
    "source": (("src", "image", "media-src"),),
    "video": (("src", "image", "media-src"), ("poster", "image", "img-src")),
    "audio": (("src", "image", "media-src"),),
    "track": (("src", "image", "media-src"),),
    "image": (("href", "image", "img-src"), ("xlink:href", "image", "img-src")),
    "use": (("href", "image", "img-src"), ("xlink:href", "image", "img-src")),
    "input": (("src", "image", "img-src"), ("formaction", "form", "form-action")),
    "script": (("src", "asset", "script-src-elem"),),
    "iframe": (("src", "embed", "frame-src"),),
    "frame": (("src", "embed", "frame-src"),),
    "embed": (("src", "embed", "object-src"),),
    "object": (("data", "embed", "object-src"),),
    "form": (("action", "form", "form-action"),),
    "button": (("formaction", "form", "form-action"),),
    "base": (("href", "other", "base-uri"),),
    "body": (("background", "image", "img-src"),),
}
_LOADED_RELATIONS = {
    "stylesheet": "style-src-elem",
    "icon": "img-src",
    "apple-touch-icon": "img-src",
    "mask-icon": "img-src",
    "preload": "",
    "modulepreload": "script-preload",
    "prefetch": "prefetch",
    "manifest": "manifest-src",
}
"""By what a `<link>` is for: the directive of a policy that it is up to."""
_PRELOADED = {
    "audio": "media-src",
    "fetch": "connect-src",
    "font": "font-src",
    "image": "img-src",
    "script": "script-preload",
    "style": "style-src-elem",
    "track": "media-src",
    "video": "media-src",
}
_HANDLER = re.compile(r"on[a-z]+")
_SCRIPT_TYPE = re.compile(
    r"(?:(?:application|text)/(?:x-)?(?:java|ecma)script|module|importmap|speculationrules|)",
    re.IGNORECASE,
)
"""What a browser runs or obeys; a script of another type is data (HTML Standard, 4.12.1.1)."""
_MOST_SHOWN = 200
_FOLLOWED_RELATIONS = names("alternate next prev author license help search me first last")
_CARDS = frozenset({"og:image", "og:image:url", "og:image:secure_url", "twitter:image"})
_REFERENCES = (
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
    "aria-owns",
    "aria-details",
    "aria-flowto",
    "aria-errormessage",
    "aria-activedescendant",
)
_UNREAD = frozenset({"class", "rel", "lang", "dir", "tabindex", "title", "aria-label"})
"""Of the common attributes, those in which no check looks but for what names their element."""
_NAMING = ("aria-label", "aria-labelledby", "title")
_UNLABELLED_INPUTS = frozenset({"hidden", "submit", "reset", "button", "image"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ENDING_MATTERS = frozenset(
    {"a", "button", "title", "label", "script", "style", "main", *_HEADINGS}
)
_OF_THE_PAGE = frozenset({"description", "viewport", "robots"})
"""What metadata says of one page alone."""
_SECTIONS = ("article", "aside", "main", "nav", "section")
_REFRESH = re.compile(
    r"\s*\d+\s*[;,]?\s*(?:url\s*=\s*)?(?:\"([^\"]*)|'([^']*)|([^\"'].*))", re.IGNORECASE
)
"""Where a page leads by itself; a quotation mark ends an address only if it began with one (HTML
Standard, "shared declarative refresh steps")."""
_BLOCKS = re.compile(
    r"</?(?:p|li|h[1-6]|div|section|blockquote|t[dhr]|d[dt]|figcaption|pre)\b[^>]*>", re.IGNORECASE
)
_PASSED_LINK = re.compile(r'<a(?: class="[^"]*+")? href="([^"]*+)"')
_PASSED_HEADING = re.compile(r'<h([2-4])(?: id="([^"]*+)")?>(.*?)</h', re.DOTALL)
_CANDIDATE = re.compile(r"[^\s,][^\s]*")
_LINE_END = re.compile("\n")
_FAR = 1 << 16
"""How many characters are gone back to tell a line; for places farther apart, the ends of all lines
are found once."""

_DEEPEST = 60
"""In how many elements a piece is looked for: of those in more, all names would have to be compared
for each."""

_PIECES = Pieces()
"""Kept from page to page. What a page is found to be does not depend on it."""


class _Examination:
    """The state of one reading of one page."""

    def __init__(self, path: str, html: bytes, *, hasty: bool = True) -> None:
        self.path = path
        self.hasty = hasty
        self.problems: list[Problem] = []
        self.text = self._decode(html)
        self.head = html[:1024].lower()
        self.nesting = Nesting(self._report_nesting, self._closed)
        self.recording: Recording | None = None
        self.last_line = (0, 1)  # an offset, and its line
        self.line_ends: list[int] = []
        self.doctype = False
        self.cut = False
        self.language = ""
        self.kind = ""
        self.titles: list[tuple[str, int]] = []
        self.descriptions: list[tuple[str, int]] = []
        self.canonicals: list[tuple[str, int]] = []
        self.viewport: tuple[str, int] | None = None
        self.noindex = False
        self.refresh = ""
        self.redirects = False
        self.counter = False
        self.contact = False
        self.main: list[int] = []
        self.main_text = ""
        self.ids: dict[str, int] = {}
        self.headings: list[Heading] = []
        self.links: dict[tuple[str, LinkKind, str], Link] = {}
        self.inline: list[Inline] = []
        self.references: list[tuple[str, str, int]] = []
        self.label_targets: set[str] = set()
        self.unlabelled: list[tuple[str, str, int]] = []  # control, its id, offset
        self.landmarks: dict[str, list[tuple[str, int]]] = {}

    # Reading

    def facts(self) -> PageFacts:
        if self.hasty:
            self._read_hastily()
        else:
            for tag in tags(self.text):
                self._take(tag)
        self.nesting.finish(len(self.text))
        self._after_reading()
        del self.nesting  # which knows this reading: as a cycle, both would stay for long
        title, title_line = self.titles[0] if self.titles else ("", 0)
        description, description_line = self.descriptions[0] if self.descriptions else ("", 0)
        canonical, canonical_line = self.canonicals[0] if self.canonicals else ("", 0)
        return PageFacts(
            kind=self.kind,
            language=self.language,
            title=title,
            title_line=title_line,
            description=description,
            description_line=description_line,
            canonical=canonical,
            canonical_line=canonical_line,
            noindex=self.noindex,
            refresh=self.refresh,
            is_redirect_page=self.redirects,
            has_counter=self.counter,
            has_contact_form=self.contact,
            ids=tuple(self.ids),
            headings=tuple(self.headings),
            links=tuple(self.links.values()),
            inline=tuple(self.inline),
            text=self.main_text,
            problems=tuple(sorted(set(self.problems))),
        )

    def _take(self, tag: Tag) -> None:
        if tag.cut:
            self._cut(tag)
        if tag.closing:
            self.nesting.end(tag.name, tag.start)
        elif tag.name[0] == "!":
            if tag.name == "!doctype":
                self.recording = None
                self.doctype = True
        else:
            self._start(tag)
            self.nesting.start(tag)

    def _read_hastily(self) -> None:
        """Take what `tags` gives, but pass over what cannot matter and what is known already."""
        text, nesting = self.text, self.nesting
        at = 0
        while True:
            if self.recording and at >= self.recording.stop:
                self._end_recording(at)
            pattern = nesting.open[-1].passed_over
            if pattern and (over := pattern.match(text, at)):
                end = over.end()
                if end - at > 8 and not nesting.inside("template"):
                    self._take_passed(at, end)
                at = end
                if self.recording and at >= self.recording.stop:
                    self._end_recording(at)
                if text.startswith("</", at):
                    last = text.find(">", at)
                    name = text[at + 2 : last]
                    if last > 0 and name in PLAIN_NAMES:
                        nesting.end(name, at)
                        at = last + 1
                        continue
                elif not self.recording and _PIECES.may_begin(text, at):
                    end = self._piece(at)
                    if end != at:
                        at = end
                        continue
            tag = next_tag(text, at)
            if tag is None:
                return
            self._take(tag)
            at = tag.after

    def _take_passed(self, at: int, end: int) -> None:
        """Take the links and headings of what is passed over."""
        text = self.text
        for link in _PASSED_LINK.finditer(text, at, end):
            href = link[1]
            self._link(unescape(href) if "&" in href else href, "page", "", link.start())
        if text.find("<h", at, end) < 0:
            return
        for heading in _PASSED_HEADING.finditer(text, at, end):
            level, its_id, inner = heading.groups()
            if its_id is not None:
                self._id(its_id, heading.start())
            element = Element(f"h{level}", {}, heading.start(), heading.start(3))
            self._heading(element, inner)

    def _piece(self, at: int) -> int:
        """Pass over the piece that begins at an offset where it is known; or get to know it."""
        end = _PIECES.end(self.text, at)
        if not end or not self.nesting.settled or len(self.nesting.open) > _DEEPEST:
            return at
        written = self.text[at:end]
        context = self.nesting.names()
        piece = _PIECES.known.get((context, written))
        if piece is None:
            if _PIECES.is_met_again(context, written):
                self.recording = Recording(written, context, at, end)
        elif all(value not in self.ids for value, _ in piece.ids):
            self._say_again(piece, at)
            return end
        return at

    def _say_again(self, piece: Piece, start: int) -> None:
        if piece.links:
            first = self.line(start)
            for url, kind, directive, integrity, lines in piece.links:
                if (url, kind, directive) not in self.links:
                    link = Link(url, first + lines, kind, directive, integrity)
                    self.links[url, kind, directive] = link
        for value, at in piece.ids:
            self.ids[value] = start + at
        for name, target, at in piece.references:
            self.references.append((name, target, start + at))
        self.label_targets.update(piece.labels)
        for name, label, at in piece.landmarks:
            self.landmarks.setdefault(name, []).append((label, start + at))
        self.counter = self.counter or piece.counter
        self.contact = self.contact or piece.contact

    def _end_recording(self, at: int) -> None:
        """Keep a piece that left everything open and closed as it was."""
        recording, self.recording = self.recording, None
        if (
            recording
            and at == recording.stop
            and self.nesting.settled
            and len(self.nesting.open) == len(recording.context)
            and self.nesting.names() == recording.context
        ):
            _PIECES.keep(recording, self.line)

    def _decode(self, html: bytes) -> str:
        try:
            text = html.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            text = html.decode("utf-8-sig", "replace")
            line = html.count(b"\n", 0, error.start) + 1
            message = f"byte 0x{html[error.start]:02x} is not UTF-8"
            self.problems.append(problem("html-encoding", self.path, line, message))
        # What the tokenizer of the HTML Standard does to its input (13.2.3.5).
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def line(self, at: int) -> int:
        """Return the line, from 1, of an offset in the text."""
        last, line = self.last_line
        if self.line_ends or at < last - _FAR:
            if not self.line_ends:
                self.line_ends = [end.start() for end in _LINE_END.finditer(self.text)]
            return 1 + bisect_left(self.line_ends, at)
        if at >= last:
            line += self.text.count("\n", last, at)
        else:
            line -= self.text.count("\n", at, last)
        self.last_line = (at, line)
        return line

    def say(self, code: str, at: int, message: str, needle: str = "") -> None:
        """Add a problem at an offset of the text; -1 for the page as a whole."""
        self.recording = None
        line = self.line(at) if at >= 0 else 0
        self.problems.append(problem(code, self.path, line, message, needle=needle))

    def _cut(self, tag: Tag) -> None:
        what = "a comment" if tag.name[0] == "!" else f"`<{tag.name}>`"
        self.cut = True
        written = self.text[tag.start : tag.start + 60].partition("\n")[0]
        self.say("html-syntax", tag.start, f"the page ends inside {what}", written)

    def _report_nesting(self, code: str, at: int, message: str, name: str) -> None:
        if self.cut:
            return  # what is not closed follows from it
        # A tag has a better needle than its name: what makes it unlike others of the name.
        needle = self.text[at : self.text.find(">", at) + 1 or len(self.text)]
        self.say(code, at, message, needle if len(needle) <= 200 else f"<{name}")

    def _start(self, tag: Tag) -> None:
        attributes = tag.attributes
        name = tag.name
        if name in _QUIET and (not attributes or attributes.keys() <= _UNREAD) and not tag.twice:
            return
        if tag.twice:
            for twice in dict.fromkeys(tag.twice):
                self.say("html-duplicate-attribute", tag.start, f"`{twice}` is given twice", twice)
        if self.nesting.inside("template"):
            return  # inert until a script copies it
        if attributes:
            self._attributes(tag)
            if name in _SOURCES:
                for attribute, kind, directive in _SOURCES[name]:
                    if attribute in attributes:
                        integrity = attributes.get("integrity", "")
                        self._link(attributes[attribute], kind, directive, tag.start, integrity)
        reader = _READERS.get(name)
        if reader and not self.nesting.foreign:
            reader(self, tag)

    def _attributes(self, tag: Tag) -> None:
        attributes = tag.attributes
        if "id" in attributes:
            self._id(attributes["id"], tag.start)
        if "srcset" in attributes:
            for candidate in srcset(attributes["srcset"]):
                self._link(candidate, "image", "img-src", tag.start)
        if "style" in attributes:
            self._inline("style-src-attr", attributes["style"], tag.start)
        for name in attributes:
            if name[:2] == "on" and _HANDLER.fullmatch(name):
                self._inline("script-src-attr", attributes[name], tag.start)
        if attributes.keys().isdisjoint(_REFERENCES):
            return
        for reference in _REFERENCES:
            if reference in attributes:
                for target in attributes[reference].split():
                    self._reference(reference, target, tag.start)

    def _reference(self, attribute: str, target: str, at: int) -> None:
        self.references.append((attribute, target, at))
        if self.recording:
            self.recording.references.append((attribute, target, at))

    def _id(self, value: str, at: int) -> None:
        if not value or any(character in value for character in " \t\n\f\r"):
            self.say("id-syntax", at, f"the id `{value}` is empty or has a space", value)
        elif value in self.ids:
            first = self.line(self.ids[value])
            self.say("id-duplicate", at, f"the id `{value}` is on line {first} already", value)
        else:
            self.ids[value] = at
            if self.recording:
                self.recording.ids.append((value, at))

    def _inline(self, directive: str, text: str, at: int) -> None:
        self.recording = None
        shown = text.strip()[:_MOST_SHOWN]
        self.inline.append(Inline(directive, self.line(at), shown, digests_of(text)))

    def _link(self, url: str, kind: LinkKind, directive: str, at: int, integrity: str = "") -> None:
        url = url.strip()
        if not url:
            self.say("link-syntax", at, "an address is empty", '""' if kind == "form" else "]()")
            return
        if (url, kind, directive) not in self.links:
            integrity = integrity if url[0] != "/" or url[:2] == "//" else ""
            self.links[url, kind, directive] = Link(url, self.line(at), kind, directive, integrity)
        if self.recording:
            self.recording.links.append((url, kind, directive, integrity, at))

    # Start tags that mean something

    def _html(self, tag: Tag) -> None:
        self.recording = None
        self.language = self.language or tag.attributes.get("lang", "").strip()

    def _body(self, tag: Tag) -> None:
        self.recording = None
        self.kind = tag.attributes.get("data-kind", "")

    def _meta(self, tag: Tag) -> None:
        name = tag.attributes.get("name", "").lower()
        content = tag.attributes.get("content", "")
        if name in _OF_THE_PAGE or "http-equiv" in tag.attributes:
            self.recording = None
        if name == "description":
            self.descriptions.append((" ".join(content.split()), self.line(tag.start)))
        elif name == "viewport":
            self.viewport = (content.lower(), tag.start)
        elif name == "robots":
            self.noindex = self.noindex or "noindex" in content.lower()
        elif tag.attributes.get("http-equiv", "").lower() == "refresh":
            match = _REFRESH.match(content)
            to = (match[1] or match[2] or match[3] or "").strip() if match else ""
            if to:
                self.redirects = True
                self.refresh = to
                self._link(self.refresh, "page", "", tag.start)
        elif (name or tag.attributes.get("property", "").lower()) in _CARDS:
            self._link(content, "card", "", tag.start)

    def _link_element(self, tag: Tag) -> None:
        relations = set(tag.attributes.get("rel", "").lower().split())
        if "href" not in tag.attributes:
            return
        href = tag.attributes["href"].strip()
        if "canonical" in relations:
            self.recording = None
            self.canonicals.append((href, self.line(tag.start)))
        elif loaded := relations & _LOADED_RELATIONS.keys():
            kind = tag.attributes.get("as", "").strip().lower()
            integrity = tag.attributes.get("integrity", "")
            for directive in sorted({_LOADED_RELATIONS[name] for name in loaded}):
                directive = directive or _PRELOADED.get(kind, "")
                self._link(href, "asset", directive, tag.start, integrity)
        elif relations & _FOLLOWED_RELATIONS:
            self._link(href, "page", "", tag.start)

    def _image(self, tag: Tag) -> None:
        source = tag.attributes.get("src", "")
        if "alt" not in tag.attributes:
            self.say("image-alt", tag.start, f"the image `{source}` has no `alt`", source)
        if "src" not in tag.attributes and "srcset" not in tag.attributes:
            self.say("link-syntax", tag.start, "an image has no address")

    def _main(self, tag: Tag) -> None:
        self.recording = None
        self.main.append(tag.start)

    def _landmark(self, tag: Tag) -> None:
        if tag.name in ("header", "footer") and any(map(self.nesting.inside, _SECTIONS)):
            return  # no landmark there: HTML Accessibility API Mappings, 3.5
        label = tag.attributes.get("aria-label") or tag.attributes.get("aria-labelledby") or ""
        label = label.strip()
        self.landmarks.setdefault(tag.name, []).append((label, tag.start))
        if self.recording:
            self.recording.landmarks.append((tag.name, label, tag.start))

    def _form(self, tag: Tag) -> None:
        if "data-tidepost-contact" in tag.attributes:
            if action := tag.attributes.get("action", "").strip():
                self._link(action, "other", "connect-src", tag.start)
            self.contact = True
            if self.recording:
                self.recording.contact = True

    def _counter_element(self, tag: Tag) -> None:
        if api := tag.attributes.get("data-api", "").strip():
            self._link(f"{api}/count", "other", "connect-src", tag.start)
        # With `data-read` it shows the number of another page, and does not count this one.
        if "data-read" not in tag.attributes or tag.attributes.get("data-mode") == "site":
            self.counter = True
            if self.recording:
                self.recording.counter = True

    def _label(self, tag: Tag) -> None:
        if "for" in tag.attributes:
            target = tag.attributes["for"]
            self.label_targets.add(target)
            if self.recording:
                self.recording.labels.append(target)
            self._reference("for", target, tag.start)

    def _control(self, tag: Tag) -> None:
        attributes = tag.attributes
        if tag.name == "input":
            kind = attributes.get("type", "text").lower()
            if kind == "image" and not attributes.get("alt", "").strip():
                source = attributes.get("src", "")
                self.say("image-alt", tag.start, "an image button has no `alt`", source)
            if kind in _UNLABELLED_INPUTS:
                return
        if not self.nesting.inside("label") and not _labelled(attributes):
            self.recording = None
            self.unlabelled.append((tag.name, attributes.get("id", ""), tag.start))

    # Ends of elements

    def _closed(self, element: Element, end: int) -> None:
        name = element.name
        if name not in _ENDING_MATTERS or self.nesting.inside("template"):
            return
        if element.foreign and name not in ("script", "style"):
            return
        inner = self.text[element.inside : end]
        if name == "a":
            if "href" in element.attributes and not self._named(element, inner):
                href = element.attributes["href"]
                self.say("link-empty", element.start, f"the link to `{href}` has no text", href)
        elif name == "title":
            self.recording = None
            self.titles.append((plain(inner), self.line(element.start)))
        elif name in _HEADINGS:
            self._heading(element, inner)
        elif name == "button":
            if not self._named(element, inner):
                self.say("button-empty", element.start, "a button has no text")
        elif name == "label":
            if not plain(inner):
                self.say("form-label", element.start, "a label has no text")
        elif name == "script":
            kind = element.attributes.get("type", "").strip()
            if kind.lower() == "application/ld+json":
                self._json_ld(element, inner)
            elif inner and "src" not in element.attributes and _SCRIPT_TYPE.fullmatch(kind):
                self._inline("script-src-elem", inner, element.start)
        elif name == "style":
            self._inline("style-src-elem", inner, element.start)
        elif self.path == "index.html":
            self.recording = None
            self.main_text = plain(inner)

    def _heading(self, element: Element, inner: str) -> None:
        text = plain(inner)
        if not text and not self._named(element, inner):
            self.say("heading-empty", element.start, f"`<{element.name}>` has no text")
        heading = Heading(_HEADINGS[element.name], self.line(element.start), text)
        if heading.level > 1:
            before = self.headings[-1].level if self.headings else 1
            if heading.level > before + 1:
                message = f"`h{heading.level}` follows `h{before}`: {text}"
                self.say("heading-order", element.start, message, text)
        self.recording = None
        self.headings.append(heading)

    def _named(self, element: Element, inner: str) -> bool:
        if "<" not in inner and "&" not in inner:
            if inner.strip():
                return True
        elif plain(inner):
            return True
        if _labelled(element.attributes):
            return True
        if "<" not in inner:
            return False
        return any(
            tag.attributes.get("alt", "").strip() or _labelled(tag.attributes)
            for tag in tags(inner)
            if not tag.closing
        )

    def _json_ld(self, element: Element, inner: str) -> None:
        try:
            data = msgspec.json.decode(inner)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            self.say("json-ld", element.start, f"the JSON-LD block is not JSON: {error}")
            return
        for item in data if isinstance(data, list) else [data]:
            if not isinstance(item, dict):
                self.say("json-ld", element.start, "the JSON-LD block is not an object")
            elif "@context" not in item:
                self.say("json-ld", element.start, "the JSON-LD block has no `@context`")
            elif "@type" not in item and "@graph" not in item:
                self.say("json-ld", element.start, "the JSON-LD block has no `@type`")

    # What can be said only at the end

    def _after_reading(self) -> None:
        if not self.doctype:
            self.say("page-doctype", -1, "the page does not begin with `<!doctype html>`")
        if not self.language:
            self.say("page-language", -1, "`<html>` has no `lang`")
        if b'charset="utf-8"' not in self.head and not _CHARSET.search(self.head):
            self.say("page-charset", -1, "UTF-8 is not declared in the first 1024 bytes")
        self._title()
        for attribute, target, at in self.references:
            if target not in self.ids:
                message = f"`{attribute}` names the id `{target}`, which the page does not have"
                self.say("aria-reference", at, message, target)
        for control, its_id, at in self.unlabelled:
            if its_id not in self.label_targets:
                message = f"`<{control}>` has no label"
                self.say("form-label", at, message, its_id)
        self._fragments()
        self._template_tags()
        if self.redirects:
            return  # a page that nobody reads: it may lack what helps a reader
        self._description()
        self._canonical()
        self._viewport()
        self._headings_and_landmarks()

    def _template_tags(self) -> None:
        """Report what another program's templates would have filled in."""
        if "{{" not in self.text and "{%" not in self.text:
            return
        told: set[str] = set()
        body = self.text.find("<body")
        text = _SHOWN_AS_IT_IS.sub(lambda code: " " * len(code[0]), self.text)
        for found in _TEMPLATE_TAG.finditer(text, max(body, 0)):
            shown = " ".join(unescape(found[0]).split())
            if shown not in told:
                told.add(shown)
                message = f"`{shown[:80]}` is shown as it is written"
                self.say("template-tag", found.start(), message, found[0])

    def _title(self) -> None:
        if not self.titles:
            self.say("page-title", -1, "the page has no title")
        elif not self.titles[0][0]:
            self._say_on_line("page-title", self.titles[0][1], "the title is empty")
        for _, line in self.titles[1:]:
            self._say_on_line("page-title", line, "the page has a second title")

    def _description(self) -> None:
        if not self.descriptions:
            if not self.noindex:
                self.say("page-description", -1, "the page has no description")
        elif not self.descriptions[0][0]:
            line = self.descriptions[0][1]
            self._say_on_line("page-description", line, "the description is empty")
        for _, line in self.descriptions[1:]:
            self._say_on_line("page-description", line, "the page has a second description")

    def _canonical(self) -> None:
        for _, line in self.canonicals[1:]:
            self._say_on_line("page-canonical", line, "the page has a second canonical address")
        if self.canonicals and not re.match(r"https?://[^/]", self.canonicals[0][0]):
            url, line = self.canonicals[0]
            message = f"the canonical address `{url}` is not absolute"
            self._say_on_line("page-canonical", line, message, url)

    def _viewport(self) -> None:
        if self.viewport is None:
            self.say("page-viewport", -1, "the page has no viewport")
            return
        content, at = self.viewport
        if "width=device-width" not in content.replace(" ", ""):
            self.say("page-viewport", at, "the viewport does not have `width=device-width`")
        if re.search(
            r"user-scalable\s*=\s*(?:no|0)|maximum-scale\s*=\s*1(?:\.0*)?\s*(?:,|$)", content
        ):
            self.say("page-viewport", at, "the viewport forbids zooming")

    def _headings_and_landmarks(self) -> None:
        tops = [heading for heading in self.headings if heading.level == 1]
        if not tops:
            self.say("heading-h1", -1, "the page has no `h1`")
        for heading in tops[1:]:
            message = f"the page has a second `h1`: {heading.text}"
            self._say_on_line("heading-h1", heading.line, message, heading.text)
        if not self.main:
            self.say("landmark-main", -1, "the page has no `main`")
        for at in self.main[1:]:
            self.say("landmark-main", at, "the page has a second `main`")
        for name, found in self.landmarks.items():
            if len(found) > 1:
                self._labels(name, found)

    def _labels(self, name: str, found: list[tuple[str, int]]) -> None:
        seen: set[str] = set()
        for label, at in found:
            if not label:
                message = f"`{name}` is on the page {len(found)} times; this one has no label"
                self.say("landmark-label", at, message)
            elif label in seen:
                message = f"two `{name}` have the label `{label}`"
                self.say("landmark-label", at, message, label)
            seen.add(label)

    def _fragments(self) -> None:
        for link in self.links.values():
            if link.url[0] != "#" or has_fragment(self.ids, link.url[1:]):
                continue
            if link.url.startswith(_BACK_FROM_NOTE):
                self._note_of_nothing(link.url.removeprefix(_BACK_FROM_NOTE))
            else:
                message = f"`{link.url}` leads to no place on this page"
                self._say_on_line("link-fragment", link.line, message, link.url)

    def _note_of_nothing(self, name: str) -> None:
        """Report a footnote by its name in the text, where its arrow back leads nowhere."""
        message = f"nothing refers to the footnote `{name}`"
        hint = f"write `[^{name}]` where it belongs, or take the note out"
        self.problems.append(
            problem("link-fragment", self.path, 0, message, needle=f"[^{name}]:", hint=hint)
        )

    def _say_on_line(self, code: str, line: int, message: str, needle: str = "") -> None:
        self.problems.append(problem(code, self.path, line, message, needle=needle))


_BACK_FROM_NOTE = "#fnref:"
_NO_ZOOM = re.compile(r"user-scalable\s*=\s*(?:no|0)|maximum-scale\s*=\s*1(?:\.0*)?\s*(?:,|$)")
_CHARSET = re.compile(rb"""<meta[^>]*charset\s*=\s*["']?\s*utf-8""")
_READERS = {
    "html": _Examination._html,
    "body": _Examination._body,
    "meta": _Examination._meta,
    "link": _Examination._link_element,
    "img": _Examination._image,
    "main": _Examination._main,
    "nav": _Examination._landmark,
    "header": _Examination._landmark,
    "footer": _Examination._landmark,
    "form": _Examination._form,
    "tidepost-counter": _Examination._counter_element,
    "label": _Examination._label,
    "input": _Examination._control,
    "select": _Examination._control,
    "textarea": _Examination._control,
}


_QUIET = names("div ul ol li p span tr td th table tbody thead section article aside h2 h3 pre") - {
    *_READERS,
    *_SOURCES,
}
"""Of the common elements, those that say nothing by themselves when they begin."""


_SHOWN_AS_IT_IS = re.compile(
    r"<(pre|code|script|style|textarea|kbd|samp|math)\b.*?</\1\s*>|<!--.*?-->",
    re.DOTALL | re.IGNORECASE,
)
_TEMPLATE_TAG = re.compile(
    r"\{%-?\s*(?:end)?[a-z]\w*\b[^{}<]*?-?%\}|\{\{-?\s*[A-Za-z_\"'.&][^{}<]*?-?\}\}"
)
"""Tags of Liquid, Jinja and their like; those of Hugo's shortcodes are found in the text."""


def has_fragment(ids: Iterable[str], fragment: str) -> bool:
    """Say whether a page with `ids` has the place `#fragment` (HTML Standard, 7.4.6.3).

    `#` and `#top` are the top of any page; `#:~:text=` is looked for by the browser itself.
    """
    fragment = fragment.partition(":~:")[0]
    return fragment in ids or fragment.lower() in ("", "top") or unquote(fragment) in ids


def srcset(value: str) -> list[str]:
    """Return the addresses of a `srcset` attribute (HTML Standard, 4.8.4.3.1)."""
    addresses = []
    rest = value
    while match := _CANDIDATE.search(rest):
        address = match[0]
        rest = rest[match.end() :]
        if address.endswith(","):
            address = address.rstrip(",")
        else:
            rest = rest.partition(",")[2]
        if address:
            addresses.append(address)
    return addresses


def _labelled(attributes: dict[str, str]) -> bool:
    return any(
        attributes.get(name, "").strip() for name in ("aria-label", "aria-labelledby", "title")
    )


def text_blocks(fragment: str) -> list[str]:
    """Return the texts of a rendered document's blocks, for `check_site(landing_text=...)`."""
    return [text for block in _BLOCKS.split(fragment) if (text := plain(block))]
