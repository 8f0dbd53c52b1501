"""Site -> PageViews: the whole of what a template may see.

A view is complete and frozen, so what a page depends on is the content of its view and of its
templates. What is a dict there, or a list in one, cannot be changed either where other pages are
given it too. docs/templates.md describes every field for the person who edits templates. URLs in
views are ready for use in a page: they begin with the site's base path.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from generator.config.settings import CounterSettings
from generator.content.opml import BlogrollGroup
from generator.i18n.locales import Direction
from generator.markdown.convert import Heading
from generator.site.routes import PageKind


class _View(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all views."""


class Html(_View, frozen=True):
    """HTML that needs no escaping: templates print it as it is."""

    text: str

    def __html__(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)


class Needs(_View, frozen=True, array_like=True):
    """What HTML has in it that style sheets and scripts are there for: `page.needs` in templates.

    `code` is coloured code, `zoom` pictures that open in full, `pictures` these and those that have
    a colour of their own before they come, `toc` a table of contents beside the text. The theme has
    nothing for `tables` and `video`: a template of the owner's may.
    """

    code: bool = False
    math: bool = False
    pictures: bool = False
    zoom: bool = False
    counter: bool = False
    contact: bool = False
    toc: bool = False
    tables: bool = False
    video: bool = False


NO_NEEDS = Needs()


def needs_of(html: str) -> Needs:
    """Return what HTML needs. A text that only speaks of such an element needs nothing."""
    found = {
        name: True for name, (mark, tag) in _SIGNS.items() if mark in html and tag.search(html)
    }
    if not found:
        return NO_NEEDS
    return Needs(**{"pictures": "zoom" in found, **found})


def all_needs(parts: Iterable[Needs]) -> Needs:
    """Return what several texts on one page need."""
    some = [part for part in parts if part != NO_NEEDS]
    if not some:
        return NO_NEEDS
    names = Needs.__struct_fields__
    return Needs(**{name: any(getattr(part, name) for part in some) for name in names})


_TAG = r"""<[a-zA-Z][^\s<>/]*+(?:\s+[^\s=<>"']+(?:=(?:"[^"]*"|'[^']*'|[^\s"'>]*))?)*?\s+"""
"""A tag up to one of its attributes."""

_SIGNS = {
    "code": ('class="highlight', re.compile(_TAG + 'class="highlight')),
    "math": ("<math", re.compile(r"<math[\s>]")),
    "pictures": ("data-tone=", re.compile(_TAG + "data-tone=")),
    "zoom": ('class="zoom"', re.compile(_TAG + 'class="zoom"')),
    "counter": ("<tidepost-counter", re.compile(r"<tidepost-counter[\s>]")),
    "contact": ("data-tidepost-contact", re.compile(_TAG + "data-tidepost-contact")),
    "tables": ("<table", re.compile(r"<table[\s>]")),
    "video": ("<video", re.compile(r"<video[\s>]")),
}
"""By what each is recognised: letters that are looked for first, since most texts have none of
them, and the tag that they must stand in."""


class Body(_View, frozen=True):
    """The HTML of a whole text, in UTF-8: as a text, one sign beyond Latin would double the room
    that all of it takes, and a build holds the bodies of all documents."""

    utf8: bytes = b""

    @property
    def text(self) -> str:
        """The HTML, decoded each time."""
        return self.utf8.decode("utf-8", "surrogatepass")

    def __html__(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.utf8)


class Link(_View, frozen=True):
    """A titled URL; `count` is how many posts it leads to, where that makes sense."""

    title: str
    url: str
    count: int = 0


class AuthorView(_View, frozen=True):
    """A person. `page` is the URL of the list of their posts, or empty."""

    name: str
    url: str = ""
    email: str = ""
    bio: str = ""
    page: str = ""


class MenuEntry(_View, frozen=True):
    """One entry of the main menu; `children` are the links that open below it."""

    title: str
    url: str
    children: tuple[Link, ...] = ()


class LanguageView(_View, frozen=True):
    """A language of the site: its code, its name for itself, its landing page and its direction."""

    code: str
    name: str
    url: str
    dir: Direction


class SiteView(_View, frozen=True):
    """What every page may show of the site as a whole: `site` in templates.

    `home` is the landing page's URL, `url` the same as a full address. `year` is that of the
    newest post. `sections` are the lists that exist: posts, tags, categories, series, authors,
    archive, photos, blogroll, search. `blogroll` is the URL of the list of other sites for
    programs, or empty; `podcast` is that of the podcast's feed, or empty. `params` is the owner's
    own. `root` is the landing page of the whole site, also where `home` is that of a further
    language; `languages` are all of a site that has several.
    """

    title: str
    tagline: str
    description: str
    url: str
    home: str
    language: str
    dir: Direction
    author: AuthorView | None
    menu: tuple[MenuEntry, ...]
    footer_menu: tuple[Link, ...]
    social: tuple[Link, ...]
    footer: str
    year: int
    sections: dict[str, str]
    feeds: dict[str, str]
    counter: CounterSettings
    contact_enabled: bool
    contact_page: str
    contact_thanks: str
    contact_action: str
    contact_service: bool
    contact_fields: tuple[tuple[str, str], ...]
    api: str
    theme_color: str
    date_format: str
    noindex: bool
    preview: str
    generator: str
    params: dict[str, Any]
    blogroll: str = ""
    podcast: str = ""
    root: str = ""
    languages: tuple[LanguageView, ...] = ()


class AudioView(_View, frozen=True):
    """A post's recording. `length` is in bytes; `duration` is `45:30` or `1:45:30`, empty where it
    is not known, as `seconds` is 0."""

    url: str
    length: int
    type: str
    seconds: int = 0
    duration: str = ""
    episode: int = 0
    season: int = 0
    explicit: bool | None = None
    transcript: str = ""
    transcript_type: str = ""


class PostSummary(_View, frozen=True):
    """A post as lists show it. `excerpt` is HTML, `needs` what that needs, `description` plain text
    of one line.

    `title` is the beginning of the text where the post is `untitled`; `link` is the full address of
    the page that it is about."""

    title: str
    url: str
    permalink: str
    date: dt.datetime
    timed: bool
    updated: dt.datetime | None
    description: str
    excerpt: Html
    words: int
    minutes: int
    tags: tuple[Link, ...]
    categories: tuple[Link, ...]
    authors: tuple[AuthorView, ...]
    image: str
    image_alt: str
    draft: bool
    language: str = ""
    dir: Direction | Literal[""] = ""
    needs: Needs = NO_NEEDS
    untitled: bool = False
    link: str = ""
    audio: AudioView | None = None


class PostRow(_View, frozen=True):
    """A post as the archive shows it: what does not change when only its text does."""

    title: str
    url: str
    permalink: str
    date: dt.datetime
    timed: bool
    draft: bool
    language: str = ""
    dir: Direction | Literal[""] = ""
    untitled: bool = False
    link: str = ""


class EventView(_View, frozen=True):
    """When an event takes place. `end` is its last day where it is not `timed`, and None where
    nothing is said of it. `past` says whether it was over when the site was built; `calendar` is
    the URL of a file for calendar programs."""

    start: dt.datetime
    end: dt.datetime | None
    timed: bool
    past: bool
    calendar: str


class ItemView(_View, frozen=True):
    """A document of a collection as lists show it. `fields` has those of the collection, None where
    the document says nothing; `description` is as it was given, or empty. `event` is there where
    the collection is of events."""

    title: str
    url: str
    permalink: str
    description: str
    date: dt.datetime | None
    updated: dt.datetime | None
    weight: int
    draft: bool
    fields: dict[str, Any]
    event: EventView | None = None


class PhotoView(_View, frozen=True):
    """A picture on the page of photographs. `html` is an `<img>` with its sizes; the rest is of the
    post that has it."""

    html: Html
    title: str
    url: str
    date: dt.datetime
    language: str = ""
    dir: Direction | Literal[""] = ""


class SeriesView(_View, frozen=True):
    """The series a post belongs to: all its parts in order, and which one this is, from 1."""

    title: str
    url: str
    parts: tuple[Link, ...]
    number: int


class Pager(_View, frozen=True):
    """Where a list's page stands among its pages; `previous` and `next` are URLs or empty."""

    number: int
    total: int
    previous: str
    next: str
    pages: tuple[Link, ...]


class YearView(_View, frozen=True):
    """One year of the archive."""

    year: int
    url: str
    posts: tuple[PostRow, ...]


class PageView(_View, frozen=True):
    """One page: `page` in templates. Every field is there on every page; unused ones are empty.

    `kind` is home, post, page, item, posts, term, terms, archive, year, collection, photos,
    blogroll, search or not_found. `template` is the file below templates/. `body` is HTML.
    `permalink` is the full address. `collection` is the name of the one that an item belongs to or
    a list is of; `fields` are an item's, `items` those of a list. `event` is there where an item is
    one; `calendar` is the URL of all events of a list, for calendar programs, or empty. `known` has
    the numbers known at the last publish by mode of counter (views, visitors, site), where
    `counter.baked` is on. `json_ld` describes the page in schema.org's words. `language` and `dir`
    are those of the document where it is written in another than the site's; `feed` is the URL of a
    list's own feed; `translations` has the page's URL in each language that it is in, its own among
    them, by code. `needs` is what its text and, on a list, the posts' excerpts need.
    """

    kind: PageKind
    template: str
    url: str
    permalink: str
    title: str
    heading: str
    description: str
    language: str = ""
    dir: Direction | Literal[""] = ""
    translations: dict[str, str] = {}
    source: str = ""
    body: Body = Body()
    needs: Needs = NO_NEEDS
    toc: tuple[Heading, ...] = ()
    show_toc: bool = False
    image: str = ""
    image_alt: str = ""
    image_width: int = 0
    image_height: int = 0
    noindex: bool = False
    show_counter: bool = False
    known: dict[str, int] = {}
    updated: dt.datetime | None = None
    json_ld: dict[str, Any] = {}
    breadcrumbs: tuple[Link, ...] = ()
    extra: dict[str, Any] = {}
    collection: str = ""
    fields: dict[str, Any] = {}
    items: tuple[ItemView, ...] = ()
    event: EventView | None = None
    calendar: str = ""
    post: PostSummary | None = None
    previous: Link | None = None
    next: Link | None = None
    related: tuple[PostSummary, ...] = ()
    series: SeriesView | None = None
    posts: tuple[PostSummary, ...] = ()
    photos: tuple[PhotoView, ...] = ()
    blogroll: tuple[BlogrollGroup, ...] = ()
    pager: Pager | None = None
    feed: str = ""
    taxonomy: str = ""
    terms: tuple[Link, ...] = ()
    years: tuple[YearView, ...] = ()
