"""RSS 2.0 (rssboard.org/rss-specification) with the modules content, dc and atom."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from generator.render.syndication.items import Channel, FeedItem, newest
from generator.render.syndication.xml import ATOM, CONTENT, DC, add, written


def rss(channel: Channel, items: Sequence[FeedItem]) -> bytes:
    """Return a feed in RSS."""
    site = channel.site
    root, element = begun(channel, site.description or site.tagline or site.title, items)
    for item in items:
        _item(element, item, full=channel.full)
    return written(root, channel.style)


def begun(
    channel: Channel, description: str, items: Sequence[FeedItem]
) -> tuple[ET.Element, ET.Element]:
    """Return the root of a feed, and its channel with what is said of the feed itself."""
    root = ET.Element("rss", {"version": "2.0", "xml:lang": channel.site.language})
    element = ET.SubElement(root, "channel")
    add(element, "title", channel.title)
    add(element, "link", channel.home)
    add(element, "description", description)
    add(element, "language", channel.site.language)
    add(element, "lastBuildDate", format_datetime(newest(items)))
    add(element, "generator", channel.site.generator)
    add(element, f"{{{ATOM}}}link", href=channel.url, rel="self", type="application/rss+xml")
    return root, element


def _item(channel: ET.Element, item: FeedItem, *, full: bool) -> None:
    entry = ET.SubElement(channel, "item")
    if not item.untitled:  # an item needs one of title and description
        add(entry, "title", item.title)
    # There is one address for a title to lead to; that of the post is its guid.
    add(entry, "link", item.link or item.permalink)
    add(entry, "guid", item.permalink, isPermaLink="true")
    add(entry, "pubDate", format_datetime(item.date))
    for author in item.authors:
        add(entry, f"{{{DC}}}creator", author.name)
    if item.language:
        add(entry, f"{{{DC}}}language", item.language)
    for term in item.terms:
        add(entry, "category", term)
    add(entry, "description", item.excerpt or item.html)
    if full:
        add(entry, f"{{{CONTENT}}}encoded", item.html)
    add_enclosure(entry, item)


def add_enclosure(entry: ET.Element, item: FeedItem) -> None:
    """Add an item's recording, where it has one."""
    if audio := item.audio:
        add(entry, "enclosure", url=audio.url, length=str(audio.length), type=audio.type)
