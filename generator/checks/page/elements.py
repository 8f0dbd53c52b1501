"""What the elements of a page say when they begin and when they end."""

from __future__ import annotations

import re

import msgspec

from generator.checks.nesting import Element
from generator.checks.page.facts import Heading
from generator.checks.page.notes import Notes
from generator.checks.shared_fragments import LinkKind
from generator.core.html_tokens import Tag, names, plain, tags

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

_UNLABELLED_INPUTS = frozenset({"hidden", "submit", "reset", "button", "image"})

_HEADINGS = {f"h{level}": level for level in range(1, 7)}

ENDING_MATTERS = frozenset({"a", "button", "title", "label", "script", "style", "main", *_HEADINGS})
"""Elements that say something when they end."""

_OF_THE_PAGE = frozenset({"description", "viewport", "robots"})
"""What metadata says of one page alone."""

_SECTIONS = ("article", "aside", "main", "nav", "section")

_REFRESH = re.compile(
    r"\s*\d+\s*[;,]?\s*(?:url\s*=\s*)?(?:\"([^\"]*)|'([^']*)|([^\"'].*))", re.IGNORECASE
)
"""Where a page leads by itself; a quotation mark ends an address only if it began with one (HTML
Standard, "shared declarative refresh steps")."""

_CANDIDATE = re.compile(r"[^\s,][^\s]*")


def start(page: Notes, tag: Tag) -> None:
    """Note what a start tag says."""
    attributes = tag.attributes
    name = tag.name
    if name in _QUIET and (not attributes or attributes.keys() <= _UNREAD) and not tag.twice:
        return
    if tag.twice:
        for twice in dict.fromkeys(tag.twice):
            page.say("html-duplicate-attribute", tag.start, f"`{twice}` is given twice", twice)
    if page.nesting.inside("template"):
        return  # inert until a script copies it
    if attributes:
        _attributes(page, tag)
        if name in _SOURCES:
            for attribute, kind, directive in _SOURCES[name]:
                if attribute in attributes:
                    integrity = attributes.get("integrity", "")
                    page.note_link(attributes[attribute], kind, directive, tag.start, integrity)
    reader = _READERS.get(name)
    if reader and not page.nesting.foreign:
        reader(page, tag)


def _attributes(page: Notes, tag: Tag) -> None:
    attributes = tag.attributes
    if "id" in attributes:
        page.note_id(attributes["id"], tag.start)
    if tag.name == "a" and attributes.get("name"):
        page.recording = None
        page.names.add(attributes["name"])
    if "srcset" in attributes:
        for candidate in srcset(attributes["srcset"]):
            page.note_link(candidate, "image", "img-src", tag.start)
    if "style" in attributes:
        page.note_inline("style-src-attr", attributes["style"], tag.start)
    for name in attributes:
        if name[:2] == "on" and _HANDLER.fullmatch(name):
            page.note_inline("script-src-attr", attributes[name], tag.start)
    if attributes.keys().isdisjoint(_REFERENCES):
        return
    for reference in _REFERENCES:
        if reference in attributes:
            for target in attributes[reference].split():
                page.note_reference(reference, target, tag.start)


def _html(page: Notes, tag: Tag) -> None:
    page.recording = None
    page.language = page.language or tag.attributes.get("lang", "").strip()


def _body(page: Notes, tag: Tag) -> None:
    page.recording = None
    page.kind = tag.attributes.get("data-kind", "")


def _meta(page: Notes, tag: Tag) -> None:
    name = tag.attributes.get("name", "").lower()
    content = tag.attributes.get("content", "")
    if name in _OF_THE_PAGE or "http-equiv" in tag.attributes:
        page.recording = None
    if name == "description":
        page.descriptions.append((" ".join(content.split()), page.line(tag.start)))
    elif name == "viewport":
        page.viewport = (content.lower(), tag.start)
    elif name == "robots":
        page.noindex = page.noindex or "noindex" in content.lower()
    elif tag.attributes.get("http-equiv", "").lower() == "refresh":
        match = _REFRESH.match(content)
        to = (match[1] or match[2] or match[3] or "").strip() if match else ""
        if to:
            page.redirects = True
            page.refresh = to
            page.note_link(page.refresh, "page", "", tag.start)
    elif (name or tag.attributes.get("property", "").lower()) in _CARDS:
        page.note_link(content, "card", "", tag.start)


def _link_element(page: Notes, tag: Tag) -> None:
    relations = set(tag.attributes.get("rel", "").lower().split())
    if "href" not in tag.attributes:
        return
    href = tag.attributes["href"].strip()
    if "canonical" in relations:
        page.recording = None
        page.canonicals.append((href, page.line(tag.start)))
    elif loaded := relations & _LOADED_RELATIONS.keys():
        kind = tag.attributes.get("as", "").strip().lower()
        integrity = tag.attributes.get("integrity", "")
        for directive in sorted({_LOADED_RELATIONS[name] for name in loaded}):
            directive = directive or _PRELOADED.get(kind, "")
            page.note_link(href, "asset", directive, tag.start, integrity)
    elif relations & _FOLLOWED_RELATIONS:
        page.note_link(href, "page", "", tag.start)


def _image(page: Notes, tag: Tag) -> None:
    source = tag.attributes.get("src", "")
    if "alt" not in tag.attributes:
        page.say("image-alt", tag.start, f"the image `{source}` has no `alt`", source)
    if "src" not in tag.attributes and "srcset" not in tag.attributes:
        page.say("link-syntax", tag.start, "an image has no address")


def _main(page: Notes, tag: Tag) -> None:
    page.recording = None
    page.main.append(tag.start)


def _landmark(page: Notes, tag: Tag) -> None:
    if tag.name in ("header", "footer") and any(map(page.nesting.inside, _SECTIONS)):
        return  # no landmark there: HTML Accessibility API Mappings, 3.5
    label = tag.attributes.get("aria-label") or tag.attributes.get("aria-labelledby") or ""
    label = label.strip()
    page.landmarks.setdefault(tag.name, []).append((label, tag.start))
    if page.recording:
        page.recording.landmarks.append((tag.name, label, tag.start))


def _form(page: Notes, tag: Tag) -> None:
    if "data-tidepost-contact" in tag.attributes:
        if action := tag.attributes.get("action", "").strip():
            page.note_link(action, "other", "connect-src", tag.start)
        page.contact = True
        if page.recording:
            page.recording.contact = True


def _counter_element(page: Notes, tag: Tag) -> None:
    if api := tag.attributes.get("data-api", "").strip():
        page.note_link(f"{api}/count", "other", "connect-src", tag.start)
    # With `data-read` it shows the number of another page, and does not count this one.
    if "data-read" not in tag.attributes or tag.attributes.get("data-mode") == "site":
        page.counter = True
        if page.recording:
            page.recording.counter = True


def _label(page: Notes, tag: Tag) -> None:
    if "for" in tag.attributes:
        target = tag.attributes["for"]
        page.label_targets.add(target)
        if page.recording:
            page.recording.labels.append(target)
        page.note_reference("for", target, tag.start)


def _control(page: Notes, tag: Tag) -> None:
    attributes = tag.attributes
    if tag.name == "input":
        kind = attributes.get("type", "text").lower()
        if kind == "image" and not attributes.get("alt", "").strip():
            source = attributes.get("src", "")
            page.say("image-alt", tag.start, "an image button has no `alt`", source)
        if kind in _UNLABELLED_INPUTS:
            return
    if not page.nesting.inside("label") and not _labelled(attributes):
        page.recording = None
        page.unlabelled.append((tag.name, attributes.get("id", ""), tag.start))


_READERS = {
    "html": _html,
    "body": _body,
    "meta": _meta,
    "link": _link_element,
    "img": _image,
    "main": _main,
    "nav": _landmark,
    "header": _landmark,
    "footer": _landmark,
    "form": _form,
    "tidepost-counter": _counter_element,
    "label": _label,
    "input": _control,
    "select": _control,
    "textarea": _control,
}


_QUIET = names("div ul ol li p span tr td th table tbody thead section article aside h2 h3 pre") - {
    *_READERS,
    *_SOURCES,
}
"""Of the common elements, those that say nothing by themselves when they begin."""


def closed(page: Notes, element: Element, end: int) -> None:
    """Note what an element says whose content ends at an offset."""
    name = element.name
    if name not in ENDING_MATTERS or page.nesting.inside("template"):
        return
    if element.foreign and name not in ("script", "style"):
        return
    inner = page.text[element.inside : end]
    if name == "a":
        if "href" in element.attributes and not _named(element, inner):
            href = element.attributes["href"]
            page.say("link-empty", element.start, f"the link to `{href}` has no text", href)
    elif name == "title":
        page.recording = None
        page.titles.append((plain(inner), page.line(element.start)))
    elif name in _HEADINGS:
        heading(page, element, inner)
    elif name == "button":
        if not _named(element, inner):
            page.say("button-empty", element.start, "a button has no text")
    elif name == "label":
        if not plain(inner):
            page.say("form-label", element.start, "a label has no text")
    elif name == "script":
        kind = element.attributes.get("type", "").strip()
        if kind.lower() == "application/ld+json":
            _json_ld(page, element, inner)
        elif inner and "src" not in element.attributes and _SCRIPT_TYPE.fullmatch(kind):
            page.note_inline("script-src-elem", inner, element.start)
    elif name == "style":
        page.note_inline("style-src-elem", inner, element.start)
    elif page.path == "index.html":
        page.recording = None
        page.main_text = plain(inner)


def heading(page: Notes, element: Element, inner: str) -> None:
    """Note a heading with this content."""
    text = plain(inner)
    if not text and not _named(element, inner):
        page.say("heading-empty", element.start, f"`<{element.name}>` has no text")
    heading = Heading(_HEADINGS[element.name], page.line(element.start), text)
    if heading.level > 1:
        before = page.headings[-1].level if page.headings else 1
        if heading.level > before + 1:
            message = f"`h{heading.level}` follows `h{before}`: {text}"
            page.say("heading-order", element.start, message, text)
    page.recording = None
    page.headings.append(heading)


def _named(element: Element, inner: str) -> bool:
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


def _json_ld(page: Notes, element: Element, inner: str) -> None:
    try:
        data = msgspec.json.decode(inner)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        page.say("json-ld", element.start, f"the JSON-LD block is not JSON: {error}")
        return
    for item in data if isinstance(data, list) else [data]:
        if not isinstance(item, dict):
            page.say("json-ld", element.start, "the JSON-LD block is not an object")
        elif "@context" not in item:
            page.say("json-ld", element.start, "the JSON-LD block has no `@context`")
        elif "@type" not in item and "@graph" not in item:
            page.say("json-ld", element.start, "the JSON-LD block has no `@type`")


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
