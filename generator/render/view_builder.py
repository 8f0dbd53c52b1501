"""Site + routes + rendered bodies -> the view of a document's page, and of a post in lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, MutableMapping
from functools import cached_property
from typing import NamedTuple

import msgspec

from generator.assets.social_cards import HEIGHT, WIDTH, card_of, card_url
from generator.config.content import Author
from generator.config.settings import SiteConfig
from generator.content.collections import Item, collection_of, in_zone, title_of
from generator.content.data import frozen
from generator.content.frontmatter import Document
from generator.content.opml import BlogrollGroup
from generator.core.urls import shorten, term_slug, written_url
from generator.i18n.locales import direction
from generator.i18n.strings import Strings
from generator.markdown.convert import Heading
from generator.render.site_view import (
    audio_view,
    author_view,
    headings_down_to,
    leads_on,
    view_event,
    view_pager,
)
from generator.render.views import (
    AuthorView,
    Body,
    EventView,
    Html,
    Link,
    Needs,
    PageView,
    PhotoView,
    PostRow,
    PostSummary,
    SeriesView,
    all_needs,
)
from generator.site.catalogue import Order, Taxonomy, terms_of
from generator.site.counts import Counts
from generator.site.recordings import Recording
from generator.site.routes import (
    PHOTOS_ON_A_PAGE,
    Route,
    collection_url,
    list_url,
)
from generator.site.structured_data import document_data


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A document's final HTML with what lists show of it.

    `utf8` is the HTML, encoded as views hold it, and `sha256` its digest; it may be left out where
    only the rest is needed. `needs` is what the body needs, `excerpt_needs` what the excerpt does.
    `photos` are those pictures, as HTML, that the page of photographs shows.
    """

    utf8: bytes
    sha256: str
    needs: Needs
    excerpt: str
    excerpt_needs: Needs
    summary: str
    headings: tuple[Heading, ...]
    words: int
    minutes: int
    photos: tuple[str, ...] = ()
    recording: Recording | None = None

    @property
    def body(self) -> str:
        """The HTML, decoded each time."""
        return self.utf8.decode("utf-8", "surrogatepass")


class SiteContent(msgspec.Struct, frozen=True, kw_only=True):
    """All that views are made from; documents and what became of them are named by source path.

    `url_of` holds internal URLs, `images` the picture of each document and, under an empty name,
    the site's. `root` is the path of the whole site, of which this may be one language. Where it is
    `counted`, a post's tags say how many posts they have. `summaries` and `rows` are filled as
    posts are shown, and may hold some before.
    """

    config: SiteConfig
    order: Order
    url_of: Mapping[str, str]
    documents: Mapping[str, Document]
    rendered: Mapping[str, Rendered]
    images: Mapping[str, str]
    counts: Counts
    strings: Strings
    root: str
    counted: bool
    blogroll: tuple[BlogrollGroup, ...] = ()
    summaries: MutableMapping[str, PostSummary] = msgspec.field(default_factory=dict)
    rows: MutableMapping[str, PostRow] = msgspec.field(default_factory=dict)


class Uses(msgspec.Struct):
    """What a view was made from: the posts that it shows a summary of, those of which it shows only
    a row, and documents of which it may show anything."""

    summaries: set[str] = msgspec.field(default_factory=set)
    rows: set[str] = msgspec.field(default_factory=set)
    documents: set[str] = msgspec.field(default_factory=set)


class _Noted(Mapping[str, Document]):
    """Documents, of which a viewer's `uses` note which are looked at."""

    def __init__(self, documents: Mapping[str, Document], viewer: Viewer) -> None:
        self.documents, self.viewer = documents, viewer

    def __getitem__(self, source: str) -> Document:
        self.viewer.uses.documents.add(source)
        return self.documents[source]

    def __iter__(self) -> Iterator[str]:
        self.viewer.uses.documents.update(self.documents)
        return iter(self.documents)

    def __len__(self) -> int:
        return len(self.documents)


class Viewer:
    """Makes the views of documents; holds what those of lists (see list_views) share with them.

    Only the documents that a view shows are looked up. `uses` collects these.
    """

    def __init__(self, content: SiteContent) -> None:
        self.content = content
        self.config, self.order, self.url_of = content.config, content.order, content.url_of
        self.documents: Mapping[str, Document] = _Noted(content.documents, self)
        self.rendered, self.image_url = content.rendered, content.images
        self.strings, self.say = content.strings, content.strings.say
        self.counts, self.summaries, self.rows = content.counts, content.summaries, content.rows
        self.base, self.origin = self.config.base, self.config.origin
        self.uses = Uses()

    @cached_property
    def place(self) -> dict[str, int]:
        """The place of each post among all of them, the newest first."""
        return {source: place for place, source in enumerate(self.order.posts)}

    @cached_property
    def term_links(self) -> dict[tuple[Taxonomy, str], Link]:
        """Each term as a link to its list, by taxonomy and slug."""
        return {
            (taxonomy, slug): Link(
                title=term.name,
                url=self.url(list_url("term", taxonomy, slug)),
                count=len(term.posts),
            )
            for taxonomy, terms in self.order.terms.items()
            for slug, term in terms.items()
        }

    @cached_property
    def post_links(self) -> dict[tuple[Taxonomy, str], Link]:
        """The same as a post shows them."""
        if self.content.counted:
            return self.term_links
        return {
            term: Link(title=link.title, url=link.url) for term, link in self.term_links.items()
        }

    def prepare(self) -> None:
        """Make all summaries and rows, so that what a view looks up after that is what it shows."""
        for source in self.order.posts:
            self.summary(source)
            self.row(source)

    def all_posts(self) -> tuple[PostSummary, ...]:
        """Return every post, newest first."""
        return tuple(map(self.summary, self.order.posts))

    def url(self, internal: str) -> str:
        """Return an internal URL as pages write it."""
        return self.base + written_url(internal)

    def absolute(self, internal: str) -> str:
        """Return an internal URL as a full address."""
        return self.origin + self.url(internal)

    def summary(self, source: str) -> PostSummary:
        """Return a post as lists show it."""
        self.uses.summaries.add(source)
        known = self.summaries.get(source)
        if known is None:
            known = self.summaries[source] = self.summarise(self.documents[source])
        return known

    def row(self, source: str) -> PostRow:
        """Return a post as the archive shows it."""
        self.uses.rows.add(source)
        known = self.rows.get(source)
        if known is None:
            known = self.rows[source] = self.row_of(self.documents[source])
        return known

    def foreign(self, document: Document) -> str:
        """Return a document's language where it is not the site's."""
        return document.language if document.language != self.config.language else ""

    def row_of(self, post: Document) -> PostRow:
        """Make the row of a post."""
        url = self.url_of[post.source]
        return PostRow(
            title=post.title,
            untitled=post.untitled,
            link=post.link,
            url=self.url(url),
            permalink=self.absolute(url),
            date=post.date or dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
            timed=post.timed,
            draft=post.draft,
            language=self.foreign(post),
            dir=direction(post.language) if self.foreign(post) else "",
        )

    def summarise(self, post: Document) -> PostSummary:
        """Make the summary of a post."""
        rendered = self.rendered[post.source]
        url = self.url_of[post.source]
        return PostSummary(
            title=post.title,
            untitled=post.untitled,
            link=post.link,
            audio=audio_view(rendered.recording) if rendered.recording else None,
            url=self.url(url),
            permalink=self.absolute(url),
            date=post.date or dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
            timed=post.timed,
            updated=post.updated,
            description=self.description(post),
            excerpt=Html(text=rendered.excerpt),
            words=rendered.words,
            minutes=rendered.minutes,
            tags=self.links(post, "tags"),
            categories=self.links(post, "categories"),
            authors=self.authors(post),
            image=self.image(post),
            image_alt=post.image_alt,
            draft=post.draft,
            language=self.foreign(post),
            dir=direction(post.language) if self.foreign(post) else "",
            needs=rendered.excerpt_needs,
        )

    def document_page(self, route: Route, document: Document) -> PageView:
        """Return the view of a post or of a page that the owner wrote."""
        rendered = self.rendered[document.source]
        post = self.summary(document.source) if document.source in self.place else None
        url, permalink = self.url(route.url), self.absolute(route.url)
        description = self.description(document)
        previous, following = self.neighbours(document)
        counter = document.counter
        if counter is None:
            counter = route.kind in self.config.counter.on
        counter = counter and self.config.counter.enabled
        toc = headings_down_to(self.config.markdown.toc_depth, rendered.headings)
        show_toc = bool(toc) and document.toc is not False
        if document.toc is None:
            show_toc = route.kind in self.config.kinds_with_toc and leads_on(toc)
        shared = self.shared(route, document)
        posts = self.newest() if route.kind == "home" else ()
        needs = all_needs([rendered.needs, *(post.needs for post in posts if post.untitled)])
        return PageView(
            kind=route.kind,
            template=f"{self.layout(document) or _TEMPLATE.get(route.kind, route.kind)}.html",
            url=url,
            permalink=permalink,
            title=document.title if route.kind != "home" else self.config.title,
            heading=document.title,
            description=description,
            language=self.foreign(document),
            dir=direction(document.language) if self.foreign(document) else "",
            source=document.source,
            body=Body(utf8=rendered.utf8),
            needs=msgspec.structs.replace(needs, counter=counter or needs.counter, toc=show_toc),
            toc=toc,
            show_toc=show_toc,
            image=shared.url,
            image_alt=shared.alt,
            image_width=shared.width,
            image_height=shared.height,
            noindex=document.noindex or route.kind == "not_found",
            show_counter=counter,
            known=self.counts.of(route.url),
            updated=document.updated or (None if document.event else document.date),
            json_ld=document_data(
                route,
                document,
                self.config,
                permalink=permalink,
                description=description,
                image=shared.url,
                words=rendered.words,
                authors=[(each.name, each.url) for each in post.authors] if post else [],
                recording=self._whole(rendered.recording),
                event=self.events.get(document.source),
            ),
            breadcrumbs=self.breadcrumbs(route, document),
            extra=frozen(document.extra),
            collection=collection_of(document),
            fields=frozen(document.fields),
            event=self.event(route),
            post=post,
            previous=previous,
            next=following,
            related=tuple(map(self.summary, self.order.related.get(document.source, ()))),
            series=self.series(document),
            posts=posts,
            photos=self.photos(route),
            blogroll=self.content.blogroll if route.kind == "blogroll" else (),
            pager=view_pager(route, len(self.photo_sources), PHOTOS_ON_A_PAGE, self.url)
            if route.kind == "photos"
            else None,
            terms=self.year_links() if route.kind == "search" else (),
        )

    def year_links(self) -> tuple[Link, ...]:
        """Return the years of the archive with how many posts each has, the newest first."""
        return tuple(
            Link(title=str(year), url=self.url(list_url("year", year=year)), count=len(sources))
            for year, sources in self.order.years.items()
        )

    def layout(self, document: Document) -> str:
        """Return the name of the template that a document asks for, or its collection."""
        name = collection_of(document)
        return document.layout or (self.config.collections[name].item_layout if name else "")

    @cached_property
    def photo_sources(self) -> list[tuple[str, str]]:
        """The photographs of all posts, the newest post's first, as HTML, each with its post."""
        found = ((s, self.rendered[s].photos) for s in self.order.posts if self.config.photos)
        return [(source, html) for source, photos in found for html in photos]

    def photos(self, route: Route) -> tuple[PhotoView, ...]:
        """Return the photographs on a page of all photographs."""
        if route.kind != "photos":
            return ()
        start = (route.number - 1) * PHOTOS_ON_A_PAGE
        shown = self.photo_sources[start : start + PHOTOS_ON_A_PAGE]
        return tuple(
            PhotoView(
                html=Html(text=html),
                title=(post := self.row(source)).title,
                url=post.url,
                date=post.date,
                language=post.language,
                dir=post.dir,
            )
            for source, html in shown
        )

    @cached_property
    def events(self) -> dict[str, Item]:
        """The items that are events, by their source."""
        items = (item for each in self.order.collections.values() for item in each if item.event)
        return {item.source: item for item in in_zone([*items], self.config)}

    def event(self, route: Route) -> EventView | None:
        """Return when an event takes place, where a route's document is one."""
        item = self.events.get(route.source)
        return view_event(item.event, route.url, self.config) if item and item.event else None

    @cached_property
    def root(self) -> tuple[Link, ...]:
        """The first breadcrumb."""
        return (Link(title=self.say("home"), url=self.url("/")),)

    @cached_property
    def root_of_posts(self) -> tuple[Link, ...]:
        """The breadcrumbs of a post."""
        return (*self.root, Link(title=self.say("posts"), url=self.url(list_url("posts"))))

    def newest(self) -> tuple[PostSummary, ...]:
        """Return the posts that a landing page shows."""
        return tuple(map(self.summary, self.order.posts[: self.config.page_size]))

    def links(self, post: Document, taxonomy: Taxonomy) -> tuple[Link, ...]:
        """Return the terms of a post as links."""
        slugs = dict.fromkeys(term_slug(name) for name in terms_of(post, taxonomy))
        return tuple(self.post_links[taxonomy, slug] for slug in slugs)

    def authors(self, post: Document) -> tuple[AuthorView, ...]:
        """Return who wrote a post: those it names, or the site's author."""
        if not post.authors:
            return (author_view(self.config.author),) if self.config.author else ()
        return tuple(
            author_view(
                self.config.authors.get(name, Author(name=name)),
                self.term_links["authors", term_slug(name)].url,
            )
            for name in post.authors
        )

    def description(self, document: Document) -> str:
        """Return one line for search engines: as given, else the beginning of the text."""
        text = document.description or document.excerpt
        text = text or self.rendered[document.source].summary
        if not text and document.kind == "page":
            text = self.config.description
        return shorten(text, 160)

    def image(self, document: Document) -> str:
        """Return a document's picture as a full address, or the site's, or an empty text."""
        url = self.image_url.get(document.source, "") or self.image_url.get("", "")
        return url if "://" in url or not url else self.origin + url

    def shared(self, route: Route, document: Document | None) -> _Shared:
        """Return the picture that stands for a page where it is shared: its own, a card with its
        title, or the site's."""
        own = document is not None and bool(document.image)
        if document and (own or not self.config.social_cards):
            return _Shared(self.image(document), document.image_alt)
        if not self.config.social_cards:
            return _Shared()
        if document and document.kind == "post":
            card, alt, url = card_of(document, self.config, self.strings), document.title, route.url
        elif site := self.image_url.get("", ""):
            return _Shared(site if "://" in site else self.config.origin + site)
        else:
            card, alt, url = card_of(None, self.config, self.strings), self.config.title, "/"
        address = self.config.origin + card_url(card, url, self.content.root.removesuffix("/"))
        return _Shared(address, alt, WIDTH, HEIGHT)

    def neighbours(self, document: Document) -> tuple[Link | None, Link | None]:
        """Return the post before (older) and the one after (newer)."""
        place = self.place.get(document.source)
        if place is None:
            return None, None

        def link(at: int) -> Link | None:
            if not 0 <= at < len(self.order.posts):
                return None
            post = self.row(self.order.posts[at])
            return Link(title=post.title, url=post.url)

        return link(place + 1), link(place - 1)

    def series(self, document: Document) -> SeriesView | None:
        """Return the series of a post, where it has one."""
        if not document.series or document.source not in self.place:
            return None
        term = self.order.terms["series"][term_slug(document.series)]
        rows = map(self.row, term.posts)
        parts = tuple(Link(title=post.title, url=post.url) for post in rows)
        return SeriesView(
            title=term.name,
            url=self.term_links["series", term.slug].url,
            parts=parts,
            number=term.posts.index(document.source) + 1,
        )

    def _whole(self, recording: Recording | None) -> Recording | None:
        """Return a recording with its full address."""
        if recording is None or not recording.url.startswith("/"):
            return recording
        return msgspec.structs.replace(recording, url=self.origin + recording.url)

    def breadcrumbs(self, route: Route, document: Document) -> tuple[Link, ...]:
        """Return the way down to a document."""
        if route.kind == "home":
            return ()
        if document.kind == "post":
            return self.root_of_posts
        if (name := collection_of(document)) and self.config.collections[name].list:
            title = title_of(name, self.config.collections[name])
            list_link = Link(title=title, url=self.url(collection_url(name, self.config)))
            return (*self.root, list_link)
        return self.root


_TEMPLATE = {"not_found": "page", "item": "page"}
"""Which template shows a document of a kind of page that otherwise is made without one."""


class _Shared(NamedTuple):
    """A picture for sharing: its full address, what it shows, and its size where that is known."""

    url: str = ""
    alt: str = ""
    width: int = 0
    height: int = 0
