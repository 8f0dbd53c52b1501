"""The headers an object is stored with, by rule.

Cache-Control is RFC 9111 section 5.2.2, `immutable` RFC 8246. A page may be kept by readers for a
short time only; a distribution, which we tell about every change, may keep it for a day
(`s-maxage`), so that a page costs the origin one request a day and no reader sees an old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec

from generator.core.artifacts import Role
from generator.core.urls import ending
from generator.publish.media_types import TABLE

YEAR = 31_536_000
CDN_SECONDS = 86_400
"""How long a distribution may keep a page: what a lost invalidation can cost at the very worst."""

IMMUTABLE = f"public, max-age={YEAR}, immutable"

_NAMES = {
    # RSS Advisory Board, "RSS 2.0 Specification"; RFC 4287, section 7.
    "rss.xml": "application/rss+xml",
    "atom.xml": "application/atom+xml",
    # Apple, "Supporting associated domains": no ending, and served as JSON.
    "apple-app-site-association": "application/json",
    "apple-developer-merchantid-domain-association": "text/plain",
    **dict.fromkeys(
        (
            ".well-known/com.apple.remotemanagement",
            ".well-known/matrix/client",  # Matrix specification, "Well-known URI"
            ".well-known/matrix/server",
            ".well-known/nodeinfo",
            ".well-known/oauth-authorization-server",  # RFC 8414, section 3.2
            ".well-known/openid-configuration",
        ),
        "application/json",
    ),
    ".well-known/atproto-did": "text/plain",
    ".well-known/discord": "text/plain",
    ".well-known/host-meta": "application/xrd+xml",  # RFC 6415, section 2
    ".well-known/webfinger": "application/jrd+json",  # RFC 7033, section 10.2
    **dict.fromkeys(
        ("authors", "changelog", "copying", "licence", "license", "notice", "readme"), "text/plain"
    ),
}
"""By name, or by path, in lower case: those that have no ending, or one that says too little. A
JSON feed goes out as application/json, which its version 1.1 tells readers to take as well:
CloudFront compresses that, and not application/feed+json (Developer Guide, "File types that
CloudFront compresses")."""

_TEXT_TYPES = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/sql",
        "application/toml",
        "application/x-sh",
        "application/x-subrip",
        "application/xml",
        "application/xml-dtd",
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
    kept up with changes. `encoding` is that of a pre-compressed variant, whose name ends in it.
    """
    plain = path.rpartition(".")[0] if encoding else path
    return Headers(
        content_type=content_type(plain),
        cache_control=_cache_control(role, page_max_age, cdn),
        content_encoding=encoding,
    )


def content_type(path: str) -> str:
    """Return the media type of a path, with its charset where the type is text."""
    path = path.lower()
    name = path.rpartition("/")[2]
    kind = _NAMES.get(path) or _NAMES.get(name) or _by_ending().get(ending(name))
    if kind is None:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if is_text(kind) else kind


@cache
def _by_ending() -> Mapping[str, str]:
    """Ending, with its dot -> media type.

    Python's own table is not asked: it differs from one version, and from one machine, to the
    next, and two of them would rewrite the headers in turn.
    """
    types = (line.split() for line in TABLE.split(";"))
    return {f".{one}": kind for kind, *endings in types for one in endings}


def is_text(kind: str) -> bool:
    """Whether a media type (with or without parameters) is text, and so worth compressing."""
    bare = kind.partition(";")[0]
    return (
        bare.startswith("text/") or bare.endswith(("+json", "+xml", "+yaml")) or bare in _TEXT_TYPES
    )


def _cache_control(role: Role, page_max_age: int, cdn: bool) -> str:
    if role == "asset":
        return IMMUTABLE
    own = f"public, max-age={page_max_age}" if page_max_age else "public, max-age=0"
    return f"{own}, s-maxage={max(CDN_SECONDS, page_max_age)}" if cdn else own
