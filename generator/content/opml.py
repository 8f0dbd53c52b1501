"""Lists of other sites: what a blogroll has, and OPML, in which programs for feeds exchange them.

OPML 2.0 (opml.org/spec2.opml): outlines in a body; one with `xmlUrl` is a feed, and what holds
others is a group.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

_ADDRESS = {"type": "string", "pattern": "^https?://[^\\s]+$"}
_LINK = {
    "type": "object",
    "description": "a site has title and url, and may have feed and description",
    "required": ["title", "url"],
    "properties": {
        "title": {"type": "string", "minLength": 1, "description": "the name of a site"},
        "url": {**_ADDRESS, "description": "an address, from https:// on"},
        "feed": {**_ADDRESS, "description": "the address of a feed, from https:// on"},
        "description": {"type": "string", "description": "a sentence about it"},
    },
    "additionalProperties": False,
}
_GROUP = {
    "type": "object",
    "description": "a group has title and links",
    "required": ["title", "links"],
    "properties": {
        "title": {"type": "string", "minLength": 1, "description": "the name of a group"},
        "links": {"type": "array", "items": _LINK, "description": "a list of sites"},
    },
    "additionalProperties": False,
}
BLOGROLL_SCHEMA = json.dumps(
    {
        "type": "array",
        "description": "a list, each item beginning with `- title:`",
        "items": {"if": {"required": ["links"]}, "then": _GROUP, "else": _LINK},
    }
).encode()
"""What data/blogroll must be where `blogroll:` in site.yaml wants a page of it (JSON Schema)."""


class BlogrollLink(msgspec.Struct, frozen=True, kw_only=True):
    """Another site: `feed` and `description` may be empty."""

    title: str
    url: str
    feed: str = ""
    description: str = ""


class BlogrollGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Sites below one title; an empty one has those that are in no group."""

    title: str
    links: tuple[BlogrollLink, ...]


class OpmlError(Exception):
    """A text that is no OPML; `line` counts from 1, 0 where it is unknown."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


def groups_of(value: Any) -> tuple[BlogrollGroup, ...]:
    """Return a blogroll as its page shows it, the sites without a group first; what is not as it
    must be is reported by the schema, and left out."""
    single: list[BlogrollLink] = []
    groups: list[BlogrollGroup] = []
    for each in value if isinstance(value, list | tuple) else ():
        try:
            if isinstance(each, dict) and "links" in each:
                groups.append(msgspec.convert(dict(each), BlogrollGroup))
            else:
                single.append(msgspec.convert(each, BlogrollLink))
        except msgspec.ValidationError:
            continue
    return (*([BlogrollGroup(title="", links=tuple(single))] if single else []), *groups)


def read_opml(raw: bytes) -> tuple[list[dict[str, Any]], dict[tuple[str | int, ...], int]]:
    """Return what an OPML file lists, in the form of data/blogroll.yaml, and the line of each item
    by its path. Raises OpmlError."""
    from lxml import etree  # takes long to import

    try:
        root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise OpmlError(int(str(error.lineno or 0)), f"not valid XML: {error.msg}") from None
    except ValueError as error:
        raise OpmlError(0, f"not valid XML: {error}") from None
    body = root.find("body")
    if root.tag != "opml" or body is None:
        raise OpmlError(_line(root), "not OPML: `<opml>` with a `<body>` is missing")
    rows: list[dict[str, Any]] = []
    lines: dict[tuple[str | int, ...], int] = {}
    for outline in body.iterchildren("outline"):
        lines[len(rows),] = _line(outline)
        if len(outline):
            links = [each for each in outline.iter("outline") if not len(each)]
            for place, each in enumerate(links):
                lines[len(rows), "links", place] = _line(each)
            rows.append({"title": _name(outline), "links": [_link(each) for each in links]})
        else:
            rows.append(_link(outline))
    return rows, lines


def _line(element: Any) -> int:
    line: int = element.sourceline or 1
    return line


def _link(outline: Any) -> dict[str, Any]:
    feed = outline.get("xmlUrl") or ""
    link = {
        "title": _name(outline),
        "url": outline.get("htmlUrl") or outline.get("url") or feed,
        "feed": feed,
        "description": outline.get("description") or "",
    }
    return {name: value for name, value in link.items() if value or name == "title"}


def _name(outline: Any) -> str:
    return str(outline.get("text") or outline.get("title") or "").strip()


def line_at(lines: dict[tuple[str | int, ...], int], at: Sequence[str | int]) -> int:
    """Return the line of the innermost item that a path leads through; 1 where there is none."""
    for end in range(len(at), 0, -1):
        if line := lines.get(tuple(at[:end])):
            return line
    return 1


def write_opml(title: str, owner: str, address: str, groups: Iterable[BlogrollGroup]) -> bytes:
    """Return a blogroll as OPML 2.0; `address` is that of its owner's site. It has no dates: they
    would be the clock's."""
    root = ET.Element("opml", version="2.0")
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = title
    if owner:
        ET.SubElement(head, "ownerName").text = owner
    ET.SubElement(head, "ownerId").text = address
    body = ET.SubElement(root, "body")
    for group in groups:
        above = ET.SubElement(body, "outline", text=group.title) if group.title else body
        for link in group.links:
            ET.SubElement(above, "outline", dict(_attributes(link)))
    ET.indent(root)
    raw: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return raw + b"\n"


def _attributes(link: BlogrollLink) -> Iterator[tuple[str, str]]:
    yield "text", link.title
    if link.description:
        yield "description", link.description
    if link.feed:  # OPML 2.0 has this type for feeds of every format
        yield from (("type", "rss"), ("xmlUrl", link.feed), ("htmlUrl", link.url))
    else:
        yield from (("type", "link"), ("url", link.url))
