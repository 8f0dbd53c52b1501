"""Lists that other programs' sites have, and that Tidepost makes by itself."""

from __future__ import annotations

import re

_LISTS = (
    (r"/", "/"),
    (r"/(?:archives?|all(?:[-_]posts)?|history)", "/archive/"),
    (r"/tags?", "/tags/"),
    (r"/categor(?:y|ies)", "/categories/"),
    (r"/authors?", "/authors/"),
    (r"/(?:posts?|blog|news|articles|writing)", "/posts/"),
)
_FEEDS = re.compile(r"/(?:[\w-]+/)?(?:feed|rss|atom|index|all\.atom|all\.rss)(?:\.xml|/)?")
USUAL_SECTIONS = ("posts", "post", "blog", "articles", "news", "writing", "journal", "_posts")
"""Folders that hold posts, where nothing says which do, the likeliest first."""


def list_of(url: str) -> str:
    """Return the list of Tidepost's that takes the place of a page with this address."""
    path = re.sub(r"(?:/index)?\.html?$", "", url.lower()).rstrip("/") or "/"
    return next((to for pattern, to in _LISTS if re.fullmatch(pattern, path)), "")


def is_feed(url: str) -> bool:
    """Return whether an address is that of a feed."""
    return _FEEDS.fullmatch(url) is not None and url != "/index/"
