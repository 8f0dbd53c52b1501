"""Atom (RFC 4287)."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from generator.render.syndication.items import Channel, FeedItem, newest
from generator.render.syndication.xml import ATOM, add, clean, written
from generator.render.views import AuthorView


def atom(channel: Channel, items: Sequence[FeedItem]) -> bytes:
    """Return a feed in Atom."""
    site = channel.site
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": site.language})
    add(feed, "title", channel.title)
    if site.tagline or site.description:
        add(feed, "subtitle", site.tagline or site.description)
    add(feed, "id", channel.home)
    add(feed, "link", rel="alternate", type="text/html", href=channel.home)
    add(feed, "link", rel="self", type="application/atom+xml", href=channel.url)
    add(feed, "updated", newest(items).isoformat())
    add(feed, "generator", site.generator)
    _author(feed, site.author or AuthorView(name=site.title))
    for item in items:
        _entry(feed, item, full=channel.full)
    return written(feed, channel.style)


def _entry(feed: ET.Element, item: FeedItem, *, full: bool) -> None:
    entry = ET.SubElement(feed, "entry", {"xml:lang": item.language} if item.language else {})
    # An entry has exactly one title (4.1.2), and one that is not empty is advised (4.1.1.1).
    add(entry, "title", item.title)
    add(entry, "id", item.permalink)
    # The entry is the post: what it is about is another resource (4.2.7.2).
    add(entry, "link", rel="alternate", type="text/html", href=item.permalink)
    if item.link:
        add(entry, "link", rel="related", href=item.link)
    if item.audio:
        add(
            entry,
            "link",
            rel="enclosure",
            type=item.audio.type,
            length=str(item.audio.length),
            href=item.audio.url,
        )
    add(entry, "published", item.date.isoformat())
    add(entry, "updated", (item.updated or item.date).isoformat())
    for author in item.authors:
        _author(entry, author)
    for term in item.terms:
        ET.SubElement(entry, "category", term=clean(term))
    if not full:
        add(entry, "summary", item.excerpt or item.html, type="html")
        return
    if item.description and not item.untitled:
        add(entry, "summary", item.description)
    add(entry, "content", item.html, type="html")


def _author(parent: ET.Element, author: AuthorView) -> None:
    person = ET.SubElement(parent, "author")
    add(person, "name", author.name)
    if author.url.startswith(("http://", "https://")):
        add(person, "uri", author.url)
