"""What documents are in schema.org's words, as search engines read them (JSON-LD)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from generator.config.settings import SiteConfig
from generator.content.collections import Item
from generator.content.frontmatter import Document
from generator.site.recordings import Recording
from generator.site.routes import Route


def document_data(
    route: Route,
    document: Document,
    config: SiteConfig,
    *,
    permalink: str,
    description: str,
    image: str,
    words: int,
    authors: Sequence[tuple[str, str]],
    recording: Recording | None,
    event: Item | None,
) -> dict[str, Any]:
    """Return a document's metadata: a BlogPosting, WebPage, WebSite or Event. `authors` are names
    and addresses; that of a `recording` is a full one."""
    kinds = {"home": "WebSite", "post": "BlogPosting"}
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": kinds.get(route.kind, "WebPage"),
        "name" if route.kind != "post" else "headline": (
            document.title if route.kind != "home" else config.title
        ),
        "description": description,
        "url": permalink,
        "inLanguage": document.language or config.language,
    }
    if image:
        data["image"] = image
    if event:
        data |= event_data(event)
    if route.kind == "post":
        data["mainEntityOfPage"] = permalink
        data["wordCount"] = words
        data["datePublished"] = document.date.isoformat() if document.date else ""
        modified = document.updated or document.date
        data["dateModified"] = modified.isoformat() if modified else ""
        if document.link:
            data["sharedContent"] = {"@type": "WebPage", "url": document.link}
        if recording:
            data["audio"] = recording_data(recording)
        if document.tags:
            data["keywords"] = list(document.tags)
        data["author"] = [
            {"@type": "Person", "name": name, **({"url": url} if url else {})}
            for name, url in authors
        ] or {"@type": "Organization", "name": config.title}
    return data


def recording_data(recording: Recording) -> dict[str, Any]:
    """Return a recording as an AudioObject or VideoObject; its length as ISO 8601 writes it."""
    kind = "VideoObject" if recording.type.startswith("video/") else "AudioObject"
    data = {"@type": kind, "contentUrl": recording.url, "encodingFormat": recording.type}
    return data | ({"duration": f"PT{recording.seconds}S"} if recording.seconds else {})


def event_data(item: Item) -> dict[str, Any]:
    """Return what schema.org's Event says beside name, address and description."""
    times, fields = item.event, item.fields
    assert times is not None
    data: dict[str, Any] = {
        "@type": "Event",
        "startDate": _iso(times.start, timed=times.timed),
        "eventStatus": _SCHEMA + ("EventCancelled" if fields["cancelled"] else "EventScheduled"),
    }
    if times.end:
        data["endDate"] = _iso(times.end, timed=times.timed)
    places: list[dict[str, Any]] = []
    if fields["location"]:
        places.append({"@type": "Place", "name": fields["location"], "address": fields["location"]})
    if fields["online"]:
        places.append({"@type": "VirtualLocation", "url": fields["online"]})
    if places:
        mode = "Mixed" if len(places) > 1 else "Online" if fields["online"] else "Offline"
        data["eventAttendanceMode"] = f"{_SCHEMA}{mode}EventAttendanceMode"
        data["location"] = places if len(places) > 1 else places[0]
    return data


_SCHEMA = "https://schema.org/"


def _iso(moment: dt.datetime, *, timed: bool) -> str:
    return moment.isoformat() if timed else moment.date().isoformat()
