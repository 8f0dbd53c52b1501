"""A WordPress export (WXR: RSS 2.0 with WordPress's own elements) -> its items, one at a time.

Read as a stream, so that its size does not matter; entities and the network are never followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any

import msgspec
from lxml import etree

from generator.importers.model import CannotImportError

Opener = Callable[[], IO[bytes]]
"""Opens the export again."""

_MOST_ERRORS = 10


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A category or a tag of an item: its name and its part of an address."""

    domain: str
    name: str
    slug: str


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One post, page, attachment or other thing; lines are those of the export.

    `date` is the local time without a zone, `gmt` the same in UTC; either may be empty or zeros.
    """

    id: str
    line: int
    type: str
    status: str
    title: str
    link: str
    name: str
    date: str
    gmt: str
    modified: str
    parent: str
    creator: str
    password: str
    sticky: bool
    content: str
    content_line: int
    excerpt: str
    terms: tuple[Term, ...]
    comments: int
    attachment: str
    meta: dict[str, str]


class Channel(msgspec.Struct, kw_only=True):
    """What the export says of the site. `authors`: login -> name shown; `faults`: line, message."""

    title: str = ""
    link: str = ""
    description: str = ""
    language: str = ""
    is_export: bool = False
    authors: dict[str, str] = {}
    faults: list[tuple[int, str]] = []


def items(opener: Opener, channel: Channel) -> Iterator[Item]:
    """Yield the items in their order, and fill `channel` on the way.

    Damaged XML is read as far as it can be, which `channel.faults` tells. Raises CannotImportError
    where it is no XML at all.
    """
    with opener() as stream:
        reader = etree.iterparse(
            stream,
            events=("end",),
            huge_tree=True,
            recover=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
        )
        try:
            for _, element in reader:
                name = _local(element)
                parent = element.getparent()
                if name == "item":
                    yield _item(element)
                    element.clear()
                    while element.getprevious() is not None and parent is not None:
                        del parent[0]
                elif parent is not None and _local(parent) == "channel":
                    _channel_part(name, element, channel)
        except etree.XMLSyntaxError as error:
            channel.faults.append((error.lineno or 0, str(error.msg)))
        seen = set(channel.faults)
        for entry in list(reader.error_log)[:_MOST_ERRORS]:
            if (entry.line, entry.message) not in seen:
                channel.faults.append((entry.line, entry.message))


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _channel_part(name: str, element: Any, channel: Channel) -> None:
    text = _text(element)
    if name in ("title", "description", "language"):
        setattr(channel, name, text)
    elif name in ("link", "base_blog_url"):
        channel.link = text or channel.link
    elif name == "wxr_version":
        channel.is_export = True
    elif name == "author":
        parts = {_local(child): _text(child) for child in element}
        login = parts.get("author_login", "")
        if login:
            channel.authors[login] = parts.get("author_display_name", "") or login


def _text(element: Any) -> str:
    return (element.text or "").strip()


def _item(element: Any) -> Item:
    parts: dict[str, str] = {}
    terms: list[Term] = []
    meta: dict[str, str] = {}
    comments = 0
    content, content_line, excerpt = "", element.sourceline or 0, ""
    for child in element:
        name = _local(child)
        if name == "encoded":
            if "excerpt" in child.tag:
                excerpt = child.text or ""
            else:
                content, content_line = child.text or "", child.sourceline or 0
        elif name == "category":
            domain, slug = child.get("domain") or "category", child.get("nicename") or ""
            terms.append(Term(domain=domain, name=_text(child), slug=slug))
        elif name == "postmeta":
            pair = {_local(each): each.text or "" for each in child}
            meta[pair.get("meta_key", "")] = pair.get("meta_value", "")
        elif name == "comment":
            comments += 1
        elif name:
            parts.setdefault(name, _text(child))
    return Item(
        id=parts.get("post_id", ""),
        line=element.sourceline or 0,
        type=parts.get("post_type", "post"),
        status=parts.get("status", "publish"),
        title=parts.get("title", ""),
        link=parts.get("link", ""),
        name=parts.get("post_name", ""),
        date=parts.get("post_date", ""),
        gmt=parts.get("post_date_gmt", ""),
        modified=parts.get("post_modified", ""),
        parent=parts.get("post_parent", ""),
        creator=parts.get("creator", ""),
        password=parts.get("post_password", ""),
        sticky=parts.get("is_sticky", "") == "1",
        content=content,
        content_line=content_line,
        excerpt=excerpt,
        terms=tuple(terms),
        comments=comments,
        attachment=parts.get("attachment_url", ""),
        meta=meta,
    )


def refuse_others(channel: Channel, found: bool, path: str) -> None:
    """Raise CannotImportError for a file that is no export."""
    if channel.is_export or found:
        return
    hint = "make one in WordPress under Tools, Export, All content"
    if channel.faults:
        line, message = channel.faults[0]
        raise CannotImportError(path, f"not an export that can be read: {message}", hint, line)
    raise CannotImportError(path, "this is no export of WordPress", hint)
