"""Site + routes + rendered bodies -> the view of every page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from generator.assets.social_cards import HEIGHT, WIDTH, card_of, card_url
from generator.config.content import Author, MenuLink
from generator.config.settings import SiteConfig
from generator.content.collections import Item, collection_of, in_zone, title_of
from generator.content.data import Given, frozen
from generator.content.frontmatter import Document
from generator.core.urls import term_slug, written_url
from generator.i18n.locales import direction
from generator.i18n.strings import Strings
from generator.markdown.convert import Heading
from generator.render.views import (
    AuthorView,
    Html,
    ItemView,
    Link,
    MenuEntry,
    Pager,
    PageView,
    PostRow,
    PostSummary,
    SeriesView,
    SiteView,
    YearView,
)
from generator.site.catalogue import Order, Taxonomy, Term, terms_of
from generator.site.routes import SEARCH, Route, collection_url, list_url, page_count


class Visits(msgspec.Struct, frozen=True, kw_only=True):
    """How often something was viewed, and by how many visitors."""

    views: int
    visitors: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers known at the last publish, as `publish.py stats --export` writes them: those of the
    whole site, and those of each page by its internal URL."""

    site: Visits | None = None
    pages: dict[str, Visits] = {}

    def of(self, url: str) -> dict[str, int]:
        """Return what is known of a page, by the counter's modes."""
        known = {"site": self.site.views} if self.site else {}
        if page := self.pages.get(url):
            known |= {"views": page.views, "visitors": page.visitors}
        return known


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A document's final HTML with what lists show of it."""

    body: str
    excerpt: str
    summary: str
    headings: tuple[Heading, ...]
    words: int
    minutes: int


def view_items(
    items: Sequence[Item], url_of: Mapping[str, str], config: SiteConfig
) -> tuple[ItemView, ...]:
    """Return the documents of a collection as lists show them."""
    views = []
    for item in in_zone(items, config):
        if item.source not in url_of:
            continue  # it cannot have a URL, which is told elsewhere
        url = config.base + written_url(url_of[item.source])
        views.append(
            ItemView(
                title=item.title,
                url=url,
                permalink=config.origin + url,
                description=item.description,
                date=item.date,
                updated=item.updated,
                weight=item.weight,
                draft=item.draft,
                fields=frozen(item.fields),
            )
        )
    return tuple(views)


def view_site(
    config: SiteConfig, order: Order, strings: Strings, *, noindex: bool, version: str
) -> SiteView:
    """Return what every page may show of the site."""
    base = config.base
    api = _menu_url(config.api.url, base) if config.api.url != "/api" else "/api"
    sections = {"posts": base + list_url("posts"), "archive": base + list_url("archive")}
    for taxonomy, terms in order.terms.items():
        if terms:
            sections[taxonomy] = base + list_url("terms", taxonomy)
    if config.search:
        sections["search"] = base + SEARCH
    return SiteView(
        title=config.title,
        tagline=config.tagline,
        description=config.description,
        url=f"{config.origin}{base}/",
        home=f"{base}/",
        language=config.language,
        dir=direction(config.language),
        author=_author(config.author) if config.author else None,
        menu=tuple(
            MenuEntry(
                title=item.title,
                url=_menu_url(item.url, base),
                children=_menu(item.children, base),
            )
            for item in config.menu
        ),
        footer_menu=_menu(config.footer_menu, base),
        social=tuple(Link(title=item.title, url=item.url) for item in config.social),
        footer=config.footer,
        year=max(order.years, default=0),
        sections=Given(sections),
        feeds=Given(atom=f"{base}/feed.xml", rss=f"{base}/rss.xml", json=f"{base}/feed.json"),
        counter=config.counter,
        contact_enabled=config.contact.enabled,
        contact_page=base + config.contact.page,
        contact_thanks=base + config.contact.thanks,
        contact_action=_menu_url(config.contact.action, base) or f"{api}/contact",
        contact_service=bool(config.contact.action),
        contact_fields=tuple(config.contact.fields.items()),
        api=api,
        theme_color=config.theme_color,
        date_format=config.date_format or strings.locale.forms["long"],
        noindex=noindex,
        generator=f"Tidepost {version}",
        params=frozen(config.params),
        root=f"{base}/",
    )


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
    """Makes the view of each route; holds what all of them share.

    Documents and what became of them are looked up by source path, and only those that a view
    shows. `uses` collects these; `summaries` and `rows` may hold what is known of some posts.
    """

    def __init__(
        self,
        config: SiteConfig,
        order: Order,
        url_of: Mapping[str, str],
        documents: Mapping[str, Document],
        rendered: Mapping[str, Rendered],
        site_view: SiteView,
        image_url: Mapping[str, str],
        counts: Counts,
        strings: Strings,
        summaries: MutableMapping[str, PostSummary] | None = None,
        rows: MutableMapping[str, PostRow] | None = None,
    ) -> None:
        self.config, self.order, self.url_of = config, order, url_of
        self.documents: Mapping[str, Document] = _Noted(documents, self)
        self.rendered = rendered
        self.site_view, self.counts, self.image_url = site_view, counts, image_url
        self.strings, self.say = strings, strings.say
        self.base, self.origin = config.base, config.origin
        self.place = {source: place for place, source in enumerate(order.posts)}
        self.term_links = {
            (taxonomy, slug): Link(
                title=term.name,
                url=self.url(list_url("term", taxonomy, slug)),
                count=len(term.posts),
            )
            for taxonomy, terms in order.terms.items()
            for slug, term in terms.items()
        }
        self.summaries = {} if summaries is None else summaries
        self.rows = {} if rows is None else rows
        self.uses = Uses()

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

    def view(self, route: Route) -> PageView:
        """Return the view of one page."""
        if route.source:
            return self.document_page(route, self.documents[route.source])
        if route.kind in ("home", "posts"):
            return self.posts_page(route)
        if route.kind == "term":
            return self.term_page(route)
        if route.kind == "terms":
            return self.terms_page(route)
        if route.kind in ("archive", "year"):
            return self.archive_page(route)
        if route.kind == "search":
            return self.search_page(route)
        if route.kind == "collection":
            return self.collection_page(route)
        return PageView(
            kind="not_found",
            template="not_found.html",
            url=self.url(route.url),
            permalink=self.absolute(route.url),
            title=self.say("not_found"),
            heading=self.say("not_found"),
            description=self.say("not_found_about", site=self.config.title),
            noindex=True,
        )

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
        shared = self.shared(route, document)
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
            body=Html(text=rendered.body),
            toc=_pruned(rendered.headings, self.config.markdown.toc_depth),
            show_toc=document.toc,
            image=shared.url,
            image_alt=shared.alt,
            image_width=shared.width,
            image_height=shared.height,
            noindex=document.noindex or route.kind == "not_found",
            show_counter=counter and self.config.counter.enabled,
            known=self.counts.of(route.url),
            updated=document.updated or document.date,
            json_ld=self.json_ld(route, document, permalink, description, shared.url),
            breadcrumbs=self.breadcrumbs(route, document),
            extra=frozen(document.extra),
            collection=collection_of(document),
            fields=frozen(document.fields),
            post=post,
            previous=previous,
            next=following,
            related=tuple(map(self.summary, self.order.related.get(document.source, ()))),
            series=self.series(document),
            posts=self.newest() if route.kind == "home" else (),
            terms=self.year_links() if route.kind == "search" else (),
        )

    def posts_page(self, route: Route) -> PageView:
        """Return the list of all posts, or a landing page where the owner wrote none."""
        home = route.kind == "home"
        posts = self.newest() if home else self.shown(self.order.posts, route)
        title = self.config.title if home else self.numbered(self.say("all_posts"), route.number)
        about = self.config.description or self.config.tagline
        description = (
            about
            if home
            else self.numbered(self.say("all_posts_about", site=self.config.title), route.number)
        )
        return self.list_page(
            route,
            title,
            description or title,
            posts=posts,
            pager=self.pager(route, len(self.order.posts)) if not home else None,
        )

    def term_page(self, route: Route) -> PageView:
        """Return one page of a term's posts."""
        term = self.term(route)
        posts = self.shown(term.posts, route)
        title = self.numbered(self.say(f"{term.taxonomy}_one", name=term.name), route.number)
        about = self.say(f"{term.taxonomy}_one_about", site=self.config.title, name=term.name)
        description = self.numbered(about, route.number)
        section = Link(
            title=self.say(term.taxonomy), url=self.url(list_url("terms", term.taxonomy))
        )
        return self.list_page(
            route,
            title,
            description,
            heading=term.name,
            posts=posts,
            pager=self.pager(route, len(term.posts)),
            breadcrumbs=(*self.root, section),
        )

    def terms_page(self, route: Route) -> PageView:
        """Return the list of a taxonomy's terms, by name."""
        taxonomy = route.taxonomy or "tags"
        links = [self.term_links[taxonomy, slug] for slug in self.order.terms[taxonomy]]
        return self.list_page(
            route,
            self.say(taxonomy),
            self.say(f"{taxonomy}_about", site=self.config.title),
            terms=tuple(sorted(links, key=lambda link: (link.title.casefold(), link.title))),
        )

    def archive_page(self, route: Route) -> PageView:
        """Return all years, or one."""
        years = tuple(
            YearView(
                year=year,
                url=self.url(list_url("year", year=year)),
                posts=tuple(map(self.row, sources)),
            )
            for year, sources in self.order.years.items()
            if route.kind == "archive" or year == route.year
        )
        if route.kind == "archive":
            return self.list_page(
                route,
                self.say("archive"),
                self.say("archive_about", site=self.config.title),
                years=years,
            )
        section = Link(title=self.say("archive"), url=self.url(list_url("archive")))
        return self.list_page(
            route,
            self.say("year_title", year=route.year),
            self.say("year_about", site=self.config.title, year=route.year),
            heading=str(route.year),
            years=years,
            breadcrumbs=(*self.root, section),
        )

    def search_page(self, route: Route) -> PageView:
        """Return the page for searching, with what there is by year for readers without it."""
        return self.list_page(
            route,
            self.say("search"),
            self.say("search_about", site=self.config.title),
            terms=self.year_links(),
        )

    def year_links(self) -> tuple[Link, ...]:
        """Return the years of the archive with how many posts each has, the newest first."""
        return tuple(
            Link(title=str(year), url=self.url(list_url("year", year=year)), count=len(sources))
            for year, sources in self.order.years.items()
        )

    def collection_page(self, route: Route) -> PageView:
        """Return the list of a collection's documents."""
        settings = self.config.collections[route.collection]
        title = title_of(route.collection, settings)
        items = view_items(self.order.collections[route.collection], self.url_of, self.config)
        return self.list_page(
            route,
            title,
            settings.description or f"{title}: {self.config.title}",
            collection=route.collection,
            items=items,
        )

    def layout(self, document: Document) -> str:
        """Return the name of the template that a document asks for, or its collection."""
        name = collection_of(document)
        return document.layout or (self.config.collections[name].layout if name else "")

    def list_page(
        self,
        route: Route,
        title: str,
        description: str,
        *,
        heading: str = "",
        posts: tuple[PostSummary, ...] = (),
        pager: Pager | None = None,
        terms: tuple[Link, ...] = (),
        years: tuple[YearView, ...] = (),
        breadcrumbs: tuple[Link, ...] | None = None,
        collection: str = "",
        items: tuple[ItemView, ...] = (),
    ) -> PageView:
        """Return a page made from many documents."""
        permalink = self.absolute(route.url)
        shared = self.shared(route, None)
        kind = "WebSite" if route.kind == "home" else "CollectionPage"
        return PageView(
            kind=route.kind,
            template=f"{route.kind}.html",
            url=self.url(route.url),
            permalink=permalink,
            title=title,
            heading=heading or title,
            description=description,
            image=shared.url,
            image_alt=shared.alt,
            image_width=shared.width,
            image_height=shared.height,
            show_counter=self.config.counter.enabled and route.kind in self.config.counter.on,
            known=self.counts.of(route.url),
            json_ld={
                "@context": "https://schema.org",
                "@type": kind,
                "name": title,
                "description": description,
                "url": permalink,
                "inLanguage": self.config.language,
            },
            breadcrumbs=() if route.kind == "home" else breadcrumbs or self.root,
            posts=posts,
            pager=pager,
            taxonomy=route.taxonomy,
            terms=terms,
            years=years,
            collection=collection,
            items=items,
        )

    def term(self, route: Route) -> Term:
        """Return the term that a route lists."""
        return self.order.terms[route.taxonomy or "tags"][route.term]

    @cached_property
    def root(self) -> tuple[Link, ...]:
        """The first breadcrumb."""
        return (Link(title=self.say("home"), url=self.url("/")),)

    @cached_property
    def root_of_posts(self) -> tuple[Link, ...]:
        """The breadcrumbs of a post."""
        return (*self.root, Link(title=self.say("posts"), url=self.url(list_url("posts"))))

    def numbered(self, text: str, number: int) -> str:
        """Return the title of a list's page that is not the first with its number."""
        return text if number == 1 else self.say("numbered", title=text, number=number)

    def newest(self) -> tuple[PostSummary, ...]:
        """Return the posts that a landing page shows."""
        return tuple(map(self.summary, self.order.posts[: self.config.page_size]))

    def shown(self, posts: Sequence[str], route: Route) -> tuple[PostSummary, ...]:
        """Return those of `posts` that stand on a list's page."""
        size = self.config.page_size
        return tuple(map(self.summary, posts[(route.number - 1) * size : route.number * size]))

    def pager(self, route: Route, items: int) -> Pager:
        """Return where a list's page stands among its pages."""
        total = page_count(items, self.config.page_size)

        def url(number: int) -> str:
            if not 1 <= number <= total:
                return ""
            return self.url(list_url(route.kind, route.taxonomy, route.term, number=number))

        near = {1, total, *range(route.number - 2, route.number + 3)}
        return Pager(
            number=route.number,
            total=total,
            previous=url(route.number - 1),
            next=url(route.number + 1),
            pages=tuple(
                Link(title=str(number), url=url(number))
                for number in sorted(near)
                if 1 <= number <= total
            ),
        )

    def links(self, post: Document, taxonomy: Taxonomy) -> tuple[Link, ...]:
        """Return the terms of a post as links."""
        slugs = dict.fromkeys(term_slug(name) for name in terms_of(post, taxonomy))
        return tuple(self.term_links[taxonomy, slug] for slug in slugs)

    def authors(self, post: Document) -> tuple[AuthorView, ...]:
        """Return who wrote a post: those it names, or the site's author."""
        if not post.authors:
            return (_author(self.config.author),) if self.config.author else ()
        return tuple(
            _author(
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
        address = self.config.origin + card_url(card, url, self.site_view.root.removesuffix("/"))
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

    def json_ld(
        self, route: Route, document: Document, permalink: str, description: str, image: str
    ) -> dict[str, Any]:
        """Return a document's metadata in schema.org's words (BlogPosting, WebPage, WebSite)."""
        kinds = {"home": "WebSite", "post": "BlogPosting"}
        data: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": kinds.get(route.kind, "WebPage"),
            "name" if route.kind != "post" else "headline": (
                document.title if route.kind != "home" else self.config.title
            ),
            "description": description,
            "url": permalink,
            "inLanguage": document.language or self.config.language,
        }
        if image:
            data["image"] = image
        if route.kind == "post":
            data["mainEntityOfPage"] = permalink
            data["wordCount"] = self.rendered[document.source].words
            data["datePublished"] = document.date.isoformat() if document.date else ""
            modified = document.updated or document.date
            data["dateModified"] = modified.isoformat() if modified else ""
            if document.tags:
                data["keywords"] = list(document.tags)
            data["author"] = [
                {
                    "@type": "Person",
                    "name": author.name,
                    **({"url": author.url} if author.url else {}),
                }
                for author in self.authors(document)
            ] or {"@type": "Organization", "name": self.config.title}
        return data


_TEMPLATE = {"not_found": "page", "item": "page"}
"""Which template shows a document of a kind of page that otherwise is made without one."""


class _Shared(NamedTuple):
    """A picture for sharing: its full address, what it shows, and its size where that is known."""

    url: str = ""
    alt: str = ""
    width: int = 0
    height: int = 0


def shorten(text: str, most: int) -> str:
    """Return `text` cut at a word's end, with an ellipsis where something was left out."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip(",;:. ") + "…"


def _menu(items: Iterable[MenuLink], base: str) -> tuple[Link, ...]:
    return tuple(Link(title=item.title, url=_menu_url(item.url, base)) for item in items)


def _menu_url(url: str, base: str) -> str:
    return base + url if url.startswith("/") and not url.startswith("//") else url


def _author(author: Author, page: str = "") -> AuthorView:
    return AuthorView(
        name=author.name, url=author.url, email=author.email, bio=author.bio, page=page
    )


def _pruned(headings: tuple[Heading, ...], depth: int) -> tuple[Heading, ...]:
    kept = []
    for heading in headings:
        if heading.level <= depth:
            if heading.children:
                children = _pruned(heading.children, depth)
                heading = msgspec.structs.replace(heading, children=children)
            kept.append(heading)
    return tuple(kept)
