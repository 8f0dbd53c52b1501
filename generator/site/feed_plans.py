"""Which feeds a site has, and what stands in each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from generator.config.settings import SiteConfig
from generator.content.collections import title_of
from generator.content.frontmatter import Document
from generator.site.catalogue import Site
from generator.site.routes import collection_url, list_url

PODCAST = "/podcast.xml"
LIST_FEED = "feed.xml"
"""The name of a list's own feed, below the list."""


class FeedPlan(msgspec.Struct, frozen=True, array_like=True):
    """A feed of the documents `sources`, in their order: the three of the site (`posts`), that of a
    `list`, in Atom, or the `podcast`. `title` is empty where it is the site's; `url` is that of the
    page that it is of, internal."""

    kind: Literal["posts", "list", "podcast"]
    title: str
    url: str
    sources: tuple[str, ...]


def plan_feeds(site: Site, config: SiteConfig) -> tuple[FeedPlan, ...]:
    """Return the feeds of a site. What search engines are asked not to list is in none."""
    posts = {post.source: post for post in site.posts if not post.noindex}
    plans = [FeedPlan("posts", "", "/", _first(posts, config))]
    if config.podcast:
        heard = (source for source, post in posts.items() if post.audio)
        sources = tuple(itertools.islice(heard, config.podcast.items))
        plans.append(FeedPlan("podcast", config.podcast.title, "/", sources))
    for taxonomy in config.feeds.lists:
        for slug, term in site.terms[taxonomy].items():
            own = {*term.posts}
            title = f"{config.title}: {term.name}"
            sources = _first((source for source in posts if source in own), config)
            plans.append(FeedPlan("list", title, list_url("term", taxonomy, slug), sources))
    plans += _of_collections(site, config)
    return tuple(plans)


def feed_url(plan: FeedPlan) -> str:
    """Return the internal URL of a plan's feed in Atom, or of the podcast's."""
    return PODCAST if plan.kind == "podcast" else f"{plan.url}{LIST_FEED}"


def list_feed(kind: str, taxonomy: str, name: str, config: SiteConfig) -> str:
    """Return the internal URL of the feed of a list, a term's (by slug) or a collection's, or an
    empty text where it has none."""
    if kind == "term" and taxonomy in config.feeds.lists:
        return list_url("term", taxonomy, name) + LIST_FEED
    if kind == "collection" and config.collections[name].feed:
        return _below(name, config) + LIST_FEED
    return ""


def _of_collections(site: Site, config: SiteConfig) -> Iterator[FeedPlan]:
    pages: Mapping[str, Document] = {page.source: page for page in site.pages if not page.noindex}
    for name, settings in config.collections.items():
        if settings.feed:
            dated = [
                (item.date.timestamp(), item.source)
                for item in site.collections[name]
                if item.date and item.source in pages
            ]
            newest = (source for _, source in sorted(dated, key=lambda each: (-each[0], each[1])))
            title = f"{config.title}: {title_of(name, settings)}"
            yield FeedPlan("list", title, _below(name, config), _first(newest, config))


def _below(name: str, config: SiteConfig) -> str:
    url = collection_url(name, config)
    return f"/{name}/" if url == "/" else url


def _first(sources: Iterable[str], config: SiteConfig) -> tuple[str, ...]:
    return tuple(itertools.islice(sources, config.feeds.items))
