"""Posts -> the cards that stand for them where they are shared.

A card's address follows from what is written on it, and tells which document it is of. So pages can
be rendered before any card is drawn, and only those are drawn that pages mention.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

import msgspec

from generator.assets.images import pillow_version
from generator.config.content import Author
from generator.config.settings import SiteConfig
from generator.content.frontmatter import Document
from generator.i18n.strings import Strings

STEP = "cards-2"
"""Changes whenever a card comes out differently."""

FONTS = "b4999b9d13ca117cb5392f4b11e87a6a52b7858776dff239b53ab8de5fb0121b"
"""The SHA-256 of NotoSans-Regular.ttf and NotoSerif-Bold.ttf in fonts/, one after the other."""

WIDTH, HEIGHT = 1200, 630
"""Pixels. The proportion of 1.91 : 1 that previews are cut to (ogp.me names none; Facebook's
"Images in Link Shares" asks for 1200 x 630)."""

OF_SITE = "_site"
"""The name of the card that is the whole site's."""

CARD = re.compile(r"cards/(?P<page>.*)\.[0-9a-f]{12}\.png")
"""The URL of a card, behind `/assets/`."""


class Card(msgspec.Struct, frozen=True, array_like=True):
    """What is written on a card; `colour` is its ground, such as `#0b5f73`. Waves are below it, not
    on a `plain` one."""

    title: str
    site: str
    byline: str
    colour: str
    plain: bool = False


def card_of(document: Document | None, config: SiteConfig, strings: Strings) -> Card:
    """Return the card of a post, or that of the whole site."""
    plain = config.social_cards == "plain"
    if document is None:
        about = config.tagline or config.description
        return Card(config.title, "", about, config.theme_color, plain)
    authors = [config.authors.get(name, Author(name=name)) for name in document.authors]
    if not authors and config.author:
        authors = [config.author]
    form = config.date_format or strings.locale.forms["long"]
    date = strings.locale.date(document.date, form) if document.date else ""
    names = ", ".join(author.name for author in authors)
    byline = "  ·  ".join(filter(None, (date, names)))
    return Card(document.title, config.title, byline, config.theme_color, plain)


def card_path(card: Card, url: str) -> str:
    """Return where the card of the page at an internal URL goes; `/` is the whole site's."""
    made_by = msgspec.msgpack.encode((STEP, FONTS, pillow_version(), card))
    return f"assets/cards/{card_name(url)}.{hashlib.sha256(made_by).hexdigest()[:12]}.png"


def card_name(url: str) -> str:
    """Return what a card's name has of the internal URL of its page."""
    return url.strip("/") or OF_SITE


def card_url(card: Card, url: str, base: str) -> str:
    """Return the URL of a card, from `/`."""
    return f"{base}/{quote(card_path(card, url))}"
