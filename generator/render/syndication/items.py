"""What feeds say of a post or a document, and of themselves, whatever their format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

import msgspec

from generator.render.views import AudioView, AuthorView, SiteView

NO_POSTS_YET = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class FeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A post or a dated document. Every address is a full one, those in HTML included.

    `title` is the beginning of the text where it is `untitled`. `excerpt` is HTML, and so is
    `html`, all of the text; `terms` are the names of its categories and tags. `language` is given
    where it is not the site's.
    """

    title: str
    permalink: str
    date: dt.datetime
    excerpt: str
    html: str
    untitled: bool = False
    updated: dt.datetime | None = None
    description: str = ""
    language: str = ""
    terms: tuple[str, ...] = ()
    authors: tuple[AuthorView, ...] = ()
    image: str = ""
    link: str = ""
    audio: AudioView | None = None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A feed itself: `url` is its own full address, `home` that of the list or page it is of. Where
    it is `full`, it has all of each text; `style` is the URL of a style sheet for browsers."""

    site: SiteView
    title: str
    url: str
    home: str
    full: bool = True
    style: str = ""


def newest(items: Sequence[FeedItem]) -> dt.datetime:
    """Return when the last change was made."""
    return max((item.updated or item.date for item in items), default=NO_POSTS_YET)


def with_ways_on(html: str, link: str, permalink: str, words: str) -> str:
    """Return the HTML of a post about another page with a line that leads there and to the post
    itself: most readers show one of the two addresses. `words` name the latter."""
    host = urlsplit(link).hostname or link
    return (
        f'{html}\n<p><a href="{escape(link)}">{escape(host)}</a> · '
        f'<a href="{escape(permalink)}">{escape(words)}</a></p>'
    )
