"""Groups of site.yaml about content: authors, menus, addresses, collections, pictures."""

from __future__ import annotations

import re
from typing import Literal

from generator.config.base import Group, refuse


class Author(Group, frozen=True):
    """A person who writes here."""

    name: str
    url: str = ""
    email: str = ""
    bio: str = ""


class MenuLink(Group, frozen=True):
    """One link of a menu; `url` is a path of this site or an outside address."""

    title: str
    url: str


class MenuItem(Group, frozen=True):
    """One link of the main menu, with those that open below it."""

    title: str
    url: str
    children: tuple[MenuLink, ...] = ()


class Permalinks(Group, frozen=True):
    """URL patterns. A post may use {year} {month} {day} {slug} {category}, a page {path}."""

    post: str = "/posts/{slug}/"
    page: str = "/{path}/"

    def __post_init__(self) -> None:
        wrong = []
        for name, pattern, known in (
            ("post", self.post, {"year", "month", "day", "slug", "category"}),
            ("page", self.page, {"path", "slug"}),
        ):
            used = set(re.findall(r"{([^{}]*)}", pattern))
            if not pattern.startswith("/"):
                wrong.append(f"{name}: a URL pattern starts with /")
            if unknown := used - known:
                names = ", ".join(f"{{{part}}}" for part in sorted(known))
                wrong.append(f"{name}: `{{{min(unknown)}}}` is not one of {names}")
            if not used & {"slug", "path"}:
                wrong.append(f"{name}: needs {{slug}}, or every document has the same URL")
        refuse(wrong)


FieldType = Literal["text", "int", "number", "bool", "date", "url", "list"]


# fmt: off
COMMON_FIELDS = frozenset({
    "aliases", "author", "authors", "categories", "category", "counter", "date", "description",
    "draft", "excerpt", "expires", "expiryDate", "image", "image_alt", "last_modified_at",
    "lang", "language", "lastmod", "layout", "noindex", "permalink", "publishDate", "published",
    "redirect_from", "series", "slug", "summary", "tag", "tags", "title", "toc", "updated", "url",
    "weight",
})
# fmt: on
"""What the front matter of every document may say: no field of a collection can be called so."""


KEPT_FOLDERS = frozenset(
    {"archive", "authors", "categories", "drafts", "pages", "posts", "series", "tags"}
)


class FieldSettings(Group, frozen=True):
    """A field of a collection's documents: its type, whether each must have it, and the values it
    may have, where these are few."""

    type: FieldType = "text"
    required: bool = False
    enum: tuple[str | int | float, ...] = ()


EVENT_FIELDS: dict[str, FieldType] = {
    "end": "date",
    "location": "text",
    "online": "url",
    "cancelled": "bool",
}
"""What each document of a collection of events may say beside its date."""


class CollectionSettings(Group, frozen=True):
    """Documents of the owner's own kind, in a folder below content/ of the collection's name.

    `sort` is a field, date, title or weight, with - before it for the other direction; `list` says
    whether there is a page that lists them, `feed` whether those with a date have a feed. `dates`
    says what a document's date is: when it is published, or when an event takes place.
    """

    title: str = ""
    description: str = ""
    permalink: str = ""
    layout: str = ""
    list: bool = True
    feed: bool = False
    sort: str = "weight"
    dates: Literal["published", "events"] = "published"
    fields: dict[str, FieldType | FieldSettings] = {}

    @property
    def events(self) -> bool:
        """Whether its documents are events."""
        return self.dates == "events"

    @property
    def order(self) -> str:
        """What its documents are sorted by; events by their date, unless another field is named."""
        return "date" if self.events and self.sort == "weight" else self.sort

    @property
    def item_layout(self) -> str:
        """The template of its documents; empty for that of pages."""
        return self.layout or ("event" if self.events else "")

    @property
    def list_layout(self) -> str:
        """The template of its list."""
        return "events" if self.events else "collection"

    @property
    def all_fields(self) -> dict[str, FieldSettings]:
        """Its fields, with those that events have."""
        named = {**(EVENT_FIELDS if self.events else {}), **self.fields}
        return {
            name: kind if isinstance(kind, FieldSettings) else FieldSettings(type=kind)
            for name, kind in named.items()
        }

    def __post_init__(self) -> None:
        wrong = []
        for name, kind in self.all_fields.items():
            if self.events and kind.type != EVENT_FIELDS.get(name, kind.type):
                wrong.append(f"fields: `{name}` of an event is of type {EVENT_FIELDS[name]}")
        for name in self.fields:
            if name in COMMON_FIELDS:
                wrong.append(f"fields: `{name}` has a meaning in every document; take another name")
            elif not re.fullmatch(r"[A-Za-z_]\w*", name):
                wrong.append(f"fields: `{name}`: letters, digits and _, from a letter on")
        if self.permalink:
            used = set(re.findall(r"{([^{}]*)}", self.permalink))
            if not self.permalink.startswith("/"):
                wrong.append("permalink: a URL pattern starts with /")
            if unknown := used - {"slug", "year", "month", "day"}:
                wrong.append(
                    f"permalink: `{{{min(unknown)}}}` is not one of {{slug}}, {{year}}, "
                    "{month}, {day}"
                )
            if "slug" not in used:
                wrong.append("permalink: needs {slug}, or every document has the same URL")
        if self.sort.removeprefix("-") not in ("date", "title", "weight", *self.all_fields):
            wrong.append(f"sort: `{self.sort}` is neither date, title, weight nor a field")
        refuse(wrong)


class MarkdownSettings(Group, frozen=True):
    """How Markdown is read. `toc_depth` is the deepest heading level in a table of contents.

    `engine` has no effect: there is one reader for all Markdown.
    """

    engine: str = ""
    smart: bool = False
    line_numbers: bool = False
    math: bool = False
    mermaid: bool = False
    toc_depth: int = 3


class ImageSettings(Group, frozen=True):
    """Pictures: the formats and widths (pixels) in which they are made beside the original's.

    `quality` is JPEG's and WebP's, from 1 to 100; AVIF's is derived. Without `responsive`, pictures
    are published as they are, only without their metadata.
    """

    responsive: bool = True
    formats: tuple[Literal["avif", "webp"], ...] = ("avif", "webp")
    widths: tuple[int, ...] = (480, 800, 1200, 1600)
    quality: int = 78

    def __post_init__(self) -> None:
        wrong = []
        if not self.widths or not all(16 <= width <= 8000 for width in self.widths):
            wrong.append("widths: one or more numbers of pixels from 16 to 8000")
        if not 1 <= self.quality <= 100:
            wrong.append("quality: from 1 to 100")
        refuse(wrong)


def menu_address(written: str) -> str:
    """Return how an entry of a menu names a page or a site that it names without a / or scheme."""
    if re.match(r"(?:www\.|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|dev|de|fr)\b)", written):
        return f"`https://{written}`"
    path = re.sub(r"(?:/?index)?\.(?:md|markdown|html?)$", "", written.removeprefix("./"))
    return f"`/{path.strip('/')}/`, a path from / on" if path else "`/`"
