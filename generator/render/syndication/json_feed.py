"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from generator.render.syndication.items import Channel, FeedItem
from generator.render.views import AuthorView


def json_feed(channel: Channel, items: Sequence[FeedItem]) -> bytes:
    """Return a feed in JSON."""
    site = channel.site
    feed: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.home,
        "feed_url": channel.url,
        "description": site.description or site.tagline,
        "language": site.language,
        "items": [_item(item, full=channel.full) for item in items],
    }
    if site.author:
        feed["authors"] = [_author(site.author)]
    return (json.dumps(feed, ensure_ascii=False, indent=1) + "\n").encode()


def _item(item: FeedItem, *, full: bool) -> dict[str, object]:
    entry: dict[str, object] = {"id": item.permalink, "url": item.permalink}
    if item.link:
        entry["external_url"] = item.link
    if not item.untitled:  # "Microblog posts, for instance, may omit titles"
        entry["title"] = item.title
    entry["content_html"] = item.html if full else item.excerpt or item.html
    if item.description and not item.untitled:
        entry["summary"] = item.description
    entry["date_published"] = item.date.isoformat()
    entry["date_modified"] = (item.updated or item.date).isoformat()
    entry["tags"] = list(item.terms)
    if item.authors:
        entry["authors"] = [_author(author) for author in item.authors]
    if item.image:
        entry["image"] = item.image
    if item.language:
        entry["language"] = item.language
    if audio := item.audio:
        attachment: dict[str, object] = {
            "url": audio.url,
            "mime_type": audio.type,
            "size_in_bytes": audio.length,
        }
        if audio.seconds:
            attachment["duration_in_seconds"] = audio.seconds
        entry["attachments"] = [attachment]
    return entry


def _author(author: AuthorView) -> dict[str, str]:
    known = {"name": author.name}
    if author.url.startswith(("http://", "https://")):
        known["url"] = author.url
    return known
