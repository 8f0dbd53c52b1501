"""A podcast's feed: RSS 2.0 with the namespaces of Apple and of the Podcast Index.

Sources: Apple, "A Podcaster's Guide to RSS" (help.apple.com/itc/podcasts_connect); the podcast
namespace (podcasting2.org/docs/podcast-namespace).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from generator.config.podcast import Podcast
from generator.render.syndication.items import Channel, FeedItem
from generator.render.syndication.rss import add_enclosure, begun
from generator.render.syndication.xml import CONTENT, ITUNES, PODCAST, add, written

_GUIDS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The namespace of all podcasts' own ids (podcasting2.org, "guid")."""


def podcast_feed(channel: Channel, show: Podcast, cover: str, items: Sequence[FeedItem]) -> bytes:
    """Return the feed of the posts with a recording; `cover` is the full address of the cover."""
    site = channel.site
    root, element = begun(
        channel, show.description or site.description or site.tagline or channel.title, items
    )
    author = show.author or (site.author.name if site.author else site.title)
    _itunes(element, "author", author)
    _itunes(element, "type", show.type)
    _itunes(element, "explicit", _flag(show.explicit))
    add(element, f"{{{ITUNES}}}image", href=cover)
    parent = element
    for name in show.categories:
        parent = ET.SubElement(parent, f"{{{ITUNES}}}category", {"text": name})
    if show.email:
        owner = ET.SubElement(element, f"{{{ITUNES}}}owner")
        _itunes(owner, "name", author)
        _itunes(owner, "email", show.email)
    add(element, f"{{{PODCAST}}}guid", podcast_id(channel.url))
    for item in items:
        _episode(element, item)
    return written(root, channel.style)


def podcast_id(url: str) -> str:
    """Return the id of the podcast whose feed is at `url`: without scheme and slashes at its end,
    so that it stays when these change (podcasting2.org, "guid")."""
    return str(uuid.uuid5(_GUIDS, url.partition("://")[2].rstrip("/")))


def _episode(channel: ET.Element, item: FeedItem) -> None:
    audio = item.audio
    if audio is None:
        return
    entry = ET.SubElement(channel, "item")
    add(entry, "title", item.title)
    add(entry, "link", item.permalink)
    add(entry, "guid", item.permalink, isPermaLink="true")
    add(entry, "pubDate", format_datetime(item.date))
    add(entry, "description", item.excerpt or item.html)
    add(entry, f"{{{CONTENT}}}encoded", item.html)
    add_enclosure(entry, item)
    _itunes(entry, "author", ", ".join(author.name for author in item.authors))
    _itunes(entry, "duration", str(audio.seconds or ""))
    _itunes(entry, "season", str(audio.season or ""))
    _itunes(entry, "episode", str(audio.episode or ""))
    if audio.explicit is not None:
        _itunes(entry, "explicit", _flag(audio.explicit))
    if audio.transcript:
        kind = audio.transcript_type
        add(entry, f"{{{PODCAST}}}transcript", url=audio.transcript, type=kind)


def _itunes(parent: ET.Element, name: str, text: str) -> None:
    """Add one of Apple's elements, where there is something to say."""
    if text:
        add(parent, f"{{{ITUNES}}}{name}", text)


def _flag(value: bool) -> str:
    return "true" if value else "false"
