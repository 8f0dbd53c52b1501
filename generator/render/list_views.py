"""The views of pages that are made from many documents: lists, the archive, the search page."""

from __future__ import annotations

from collections.abc import Sequence

from generator.content.collections import title_of
from generator.content.opml import BlogrollGroup
from generator.render.site_view import view_items, view_pager
from generator.render.view_builder import Viewer
from generator.render.views import (
    ItemView,
    Link,
    Needs,
    Pager,
    PageView,
    PhotoView,
    PostSummary,
    YearView,
    all_needs,
)
from generator.site.catalogue import Term
from generator.site.feed_plans import list_feed
from generator.site.routes import PHOTOS_ON_A_PAGE, Route, calendar_url, list_url


def posts_page(viewer: Viewer, route: Route) -> PageView:
    """Return the list of all posts, or a landing page where the owner wrote none."""
    home = route.kind == "home"
    posts = viewer.newest() if home else _shown(viewer, viewer.order.posts, route)
    title = (
        viewer.config.title if home else _numbered(viewer, viewer.say("all_posts"), route.number)
    )
    about = viewer.config.description or viewer.config.tagline
    description = (
        about
        if home
        else _numbered(
            viewer, viewer.say("all_posts_about", site=viewer.config.title), route.number
        )
    )
    return _list_page(
        viewer,
        route,
        title,
        description or title,
        posts=posts,
        pager=None
        if home
        else view_pager(route, len(viewer.order.posts), viewer.config.page_size, viewer.url),
    )


def term_page(viewer: Viewer, route: Route) -> PageView:
    """Return one page of a term's posts."""
    term = _term(viewer, route)
    posts = _shown(viewer, term.posts, route)
    title = _numbered(viewer, viewer.say(f"{term.taxonomy}_one", name=term.name), route.number)
    about = viewer.say(f"{term.taxonomy}_one_about", site=viewer.config.title, name=term.name)
    description = _numbered(viewer, about, route.number)
    section = Link(
        title=viewer.say(term.taxonomy), url=viewer.url(list_url("terms", term.taxonomy))
    )
    return _list_page(
        viewer,
        route,
        title,
        description,
        heading=term.name,
        posts=posts,
        pager=view_pager(route, len(term.posts), viewer.config.page_size, viewer.url),
        breadcrumbs=(*viewer.root, section),
    )


def terms_page(viewer: Viewer, route: Route) -> PageView:
    """Return the list of a taxonomy's terms, by name."""
    taxonomy = route.taxonomy or "tags"
    links = [viewer.term_links[taxonomy, slug] for slug in viewer.order.terms[taxonomy]]
    return _list_page(
        viewer,
        route,
        viewer.say(taxonomy),
        viewer.say(f"{taxonomy}_about", site=viewer.config.title),
        terms=tuple(sorted(links, key=lambda link: (link.title.casefold(), link.title))),
    )


def archive_page(viewer: Viewer, route: Route) -> PageView:
    """Return all years, or one."""
    years = tuple(
        YearView(
            year=year,
            url=viewer.url(list_url("year", year=year)),
            posts=tuple(map(viewer.row, sources)),
        )
        for year, sources in viewer.order.years.items()
        if route.kind == "archive" or year == route.year
    )
    if route.kind == "archive":
        return _list_page(
            viewer,
            route,
            viewer.say("archive"),
            viewer.say("archive_about", site=viewer.config.title),
            years=years,
        )
    section = Link(title=viewer.say("archive"), url=viewer.url(list_url("archive")))
    return _list_page(
        viewer,
        route,
        viewer.say("year_title", year=route.year),
        viewer.say("year_about", site=viewer.config.title, year=route.year),
        heading=str(route.year),
        years=years,
        breadcrumbs=(*viewer.root, section),
    )


def search_page(viewer: Viewer, route: Route) -> PageView:
    """Return the page for searching, with what there is by year for readers without it."""
    return _list_page(
        viewer,
        route,
        viewer.say("search"),
        viewer.say("search_about", site=viewer.config.title),
        terms=viewer.year_links(),
    )


def photos_page(viewer: Viewer, route: Route) -> PageView:
    """Return one page of the photographs of all posts."""
    title = _numbered(viewer, viewer.say("photos"), route.number)
    about = viewer.say("photos_about", site=viewer.config.title)
    return _list_page(
        viewer,
        route,
        title,
        _numbered(viewer, about, route.number),
        heading=viewer.say("photos"),
        photos=viewer.photos(route),
        pager=view_pager(route, len(viewer.photo_sources), PHOTOS_ON_A_PAGE, viewer.url),
    )


def blogroll_page(viewer: Viewer, route: Route) -> PageView:
    """Return the page of other sites."""
    title = viewer.say("blogroll")
    about = viewer.say("blogroll_about", site=viewer.config.title)
    return _list_page(viewer, route, title, about, blogroll=viewer.content.blogroll)


def collection_page(viewer: Viewer, route: Route) -> PageView:
    """Return the list of a collection's documents."""
    settings = viewer.config.collections[route.collection]
    title = title_of(route.collection, settings)
    items = view_items(viewer.order.collections[route.collection], viewer.url_of, viewer.config)
    return _list_page(
        viewer,
        route,
        title,
        settings.description or f"{title}: {viewer.config.title}",
        template=f"{settings.list_layout}.html",
        collection=route.collection,
        items=items,
        calendar=viewer.url(calendar_url(route.collection, viewer.config))
        if settings.events and items
        else "",
    )


def _list_page(
    viewer: Viewer,
    route: Route,
    title: str,
    description: str,
    *,
    heading: str = "",
    template: str = "",
    posts: tuple[PostSummary, ...] = (),
    pager: Pager | None = None,
    terms: tuple[Link, ...] = (),
    years: tuple[YearView, ...] = (),
    breadcrumbs: tuple[Link, ...] | None = None,
    collection: str = "",
    items: tuple[ItemView, ...] = (),
    calendar: str = "",
    photos: tuple[PhotoView, ...] = (),
    blogroll: tuple[BlogrollGroup, ...] = (),
) -> PageView:
    """Return a page made from many documents."""
    permalink = viewer.absolute(route.url)
    shared = viewer.shared(route, None)
    kind = "WebSite" if route.kind == "home" else "CollectionPage"
    own_feed = list_feed(route.kind, route.taxonomy, route.term or collection, viewer.config)
    counter = viewer.config.counter.enabled and route.kind in viewer.config.counter.on
    shown = [Needs(counter=counter)]
    # The landing page's template shows the excerpts of notes alone.
    shown += [post.needs for post in posts if route.kind != "home" or post.untitled]
    return PageView(
        kind=route.kind,
        template=template or f"{route.kind}.html",
        url=viewer.url(route.url),
        permalink=permalink,
        title=title,
        heading=heading or title,
        description=description,
        image=shared.url,
        image_alt=shared.alt,
        image_width=shared.width,
        image_height=shared.height,
        needs=all_needs(shown),
        show_counter=counter,
        known=viewer.counts.of(route.url),
        json_ld={
            "@context": "https://schema.org",
            "@type": kind,
            "name": title,
            "description": description,
            "url": permalink,
            "inLanguage": viewer.config.language,
        },
        breadcrumbs=() if route.kind == "home" else breadcrumbs or viewer.root,
        posts=posts,
        pager=pager,
        feed=viewer.url(own_feed) if own_feed else "",
        taxonomy=route.taxonomy,
        terms=terms,
        years=years,
        collection=collection,
        items=items,
        calendar=calendar,
        photos=photos,
        blogroll=blogroll,
    )


def _term(viewer: Viewer, route: Route) -> Term:
    """Return the term that a route lists."""
    return viewer.order.terms[route.taxonomy or "tags"][route.term]


def _numbered(viewer: Viewer, text: str, number: int) -> str:
    """Return the title of a list's page that is not the first with its number."""
    return text if number == 1 else viewer.say("numbered", title=text, number=number)


def _shown(viewer: Viewer, posts: Sequence[str], route: Route) -> tuple[PostSummary, ...]:
    """Return those of `posts` that stand on a list's page."""
    size = viewer.config.page_size
    return tuple(map(viewer.summary, posts[(route.number - 1) * size : route.number * size]))


def not_found_page(viewer: Viewer, route: Route) -> PageView:
    """Return the page for addresses that lead nowhere."""
    return PageView(
        kind="not_found",
        template="not_found.html",
        url=viewer.url(route.url),
        permalink=viewer.absolute(route.url),
        title=viewer.say("not_found"),
        heading=viewer.say("not_found"),
        description=viewer.say("not_found_about", site=viewer.config.title),
        noindex=True,
    )
