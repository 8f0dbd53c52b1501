"""The view of the site, which every page may show, and of its collections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from generator.config.content import Author, MenuLink
from generator.config.settings import SiteConfig
from generator.content.collections import Item, in_zone
from generator.content.data import Given, frozen
from generator.content.events import Times
from generator.core.urls import written_url
from generator.i18n.locales import direction
from generator.i18n.strings import Strings
from generator.markdown.convert import Heading
from generator.render.views import (
    AudioView,
    AuthorView,
    EventView,
    ItemView,
    Link,
    MenuEntry,
    Pager,
    SiteView,
)
from generator.site.catalogue import Order
from generator.site.feed_plans import PODCAST
from generator.site.recordings import Recording
from generator.site.routes import (
    BLOGROLL,
    BLOGROLL_FILE,
    PHOTOS,
    SEARCH,
    Route,
    event_calendar,
    list_url,
    page_count,
)


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
                event=view_event(item.event, url_of[item.source], config) if item.event else None,
            )
        )
    return tuple(views)


def view_event(times: Times, url: str, config: SiteConfig) -> EventView:
    """Return when an event takes place; `url` is the internal one of its page."""
    return EventView(
        start=times.start,
        end=times.end,
        timed=times.timed,
        past=times.past,
        calendar=config.base + written_url(event_calendar(url)),
    )


def view_site(
    config: SiteConfig, order: Order, strings: Strings, *, preview: str, version: str
) -> SiteView:
    """Return what every page may show of the site."""
    base = config.base
    api = _menu_url(config.api.url, base) if config.api.url != "/api" else "/api"
    sections = {"posts": base + list_url("posts"), "archive": base + list_url("archive")}
    for taxonomy, terms in order.terms.items():
        if terms:
            sections[taxonomy] = base + list_url("terms", taxonomy)
    if config.photos:
        sections["photos"] = base + PHOTOS
    if config.blogroll:
        sections["blogroll"] = base + BLOGROLL
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
        author=author_view(config.author) if config.author else None,
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
        podcast=base + PODCAST if config.podcast else "",
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
        noindex=bool(preview),
        preview=preview,
        generator=f"Tidepost {version}",
        params=frozen(config.params),
        blogroll=base + BLOGROLL_FILE if config.blogroll else "",
        root=f"{base}/",
    )


def view_pager(route: Route, items: int, size: int, url_of: Callable[[str], str]) -> Pager:
    """Return where a list's page stands among its pages, each with `size` of the `items`."""
    total = page_count(items, size)

    def url(number: int) -> str:
        if not 1 <= number <= total:
            return ""
        return url_of(list_url(route.kind, route.taxonomy, route.term, number=number))

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


def _menu(items: Iterable[MenuLink], base: str) -> tuple[Link, ...]:
    return tuple(Link(title=item.title, url=_menu_url(item.url, base)) for item in items)


def _menu_url(url: str, base: str) -> str:
    return base + url if url.startswith("/") and not url.startswith("//") else url


def audio_view(recording: Recording) -> AudioView:
    """Return a recording as pages show it."""
    hours, rest = divmod(recording.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    duration = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return AudioView(
        **msgspec.structs.asdict(recording), duration=duration if recording.seconds else ""
    )


def author_view(author: Author, page: str = "") -> AuthorView:
    """Return an author as pages show one; `page` is the URL of the list of the author's posts."""
    return AuthorView(
        name=author.name, url=author.url, email=author.email, bio=author.bio, page=page
    )


def headings_down_to(depth: int, headings: tuple[Heading, ...]) -> tuple[Heading, ...]:
    """Return headings and those below them, down to a level."""
    kept = []
    for heading in headings:
        if heading.level <= depth:
            if heading.children:
                children = headings_down_to(depth, heading.children)
                heading = msgspec.structs.replace(heading, children=children)
            kept.append(heading)
    return tuple(kept)


def leads_on(toc: tuple[Heading, ...]) -> bool:
    """Return whether a table of contents has more than one entry: one alone is no help."""
    return len(toc) > 1 or any(heading.children for heading in toc)
