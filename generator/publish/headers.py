"""The headers an object is stored with, by rule.

Cache-Control is RFC 9111 section 5.2.2, `immutable` RFC 8246. A page may be kept by readers for a
short time only; a distribution, which we tell about every change, may keep it for a day
(`s-maxage`), so that a page costs the origin one request a day and no reader sees an old one.
"""

from __future__ import annotations

import mimetypes

import msgspec

from generator.artifacts import Role

YEAR = 31_536_000
CDN_SECONDS = 86_400
"""How long a distribution may keep a page: what a lost invalidation can cost at the very worst."""

IMMUTABLE = f"public, max-age={YEAR}, immutable"

_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".xml": "application/xml",
    ".atom": "application/atom+xml",
    ".rss": "application/rss+xml",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".csv": "text/csv",
    ".vtt": "text/vtt",
    ".ics": "text/calendar",
    ".svg": "image/svg+xml",
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".jpe": "image/jpeg",
    ".jfif": "image/jpeg",
    ".pjpeg": "image/jpeg",
    ".pjp": "image/jpeg",
    ".apng": "image/apng",
    ".jxl": "image/jxl",
    ".ico": "image/x-icon",
    ".cur": "image/x-icon",
    ".m4v": "video/mp4",
    ".ogv": "video/ogg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".pdf": "application/pdf",
}
"""The machine's own table is not asked for these: it differs from one machine to the next."""

_STANDARD = mimetypes.MimeTypes(filenames=())

_FEEDS = {
    "atom.xml": "application/atom+xml",
    "rss.xml": "application/rss+xml",
    "feed.json": "application/feed+json",
}

_TEXT_TYPES = frozenset(
    {
        "application/json",
        "application/feed+json",
        "application/manifest+json",
        "application/xml",
        "application/atom+xml",
        "application/rss+xml",
        "image/svg+xml",
    }
)


class Headers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the store answers with beside the bytes."""

    content_type: str
    cache_control: str
    content_encoding: str = ""


def headers_for(
    path: str, role: Role, *, page_max_age: int, cdn: bool, encoding: str = ""
) -> Headers:
    """Return the headers of an output path.

    `page_max_age` is in seconds; `cdn` says that a distribution stands before the store and is
    told about changes. `encoding` is that of a pre-compressed variant, whose name ends in it.
    """
    plain = path.rpartition(".")[0] if encoding else path
    return Headers(
        content_type=content_type(plain),
        cache_control=_cache_control(role, page_max_age, cdn),
        content_encoding=encoding,
    )


def content_type(path: str) -> str:
    """Return the media type of a path, with its charset where the type is text."""
    name = path.rpartition("/")[2].lower()
    suffix = f".{name.rpartition('.')[2]}" if "." in name else ""
    kind = _FEEDS.get(name) or _TYPES.get(suffix) or _STANDARD.types_map[True].get(suffix)
    if kind is None:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if is_text(kind) else kind


def is_text(kind: str) -> bool:
    """Whether a media type (with or without parameters) is text, and so worth compressing."""
    bare = kind.partition(";")[0]
    return bare.startswith("text/") or bare in _TEXT_TYPES


def _cache_control(role: Role, page_max_age: int, cdn: bool) -> str:
    if role == "asset":
        return IMMUTABLE
    own = f"public, max-age={page_max_age}" if page_max_age else "public, max-age=0"
    return f"{own}, s-maxage={max(CDN_SECONDS, page_max_age)}" if cdn else own
