"""What is built for machines: feeds, redirects and the files of the site's own functions."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from generator.assets.images import plain_images
from generator.config.settings import CONFIG_FILE
from generator.content.opml import write_opml
from generator.core.artifacts import Artifact
from generator.core.problems import Problem
from generator.core.urls import output_path, written_url
from generator.pipeline.context import BuildContext
from generator.render import extensions, feeds
from generator.render.syndication.atom import atom
from generator.render.syndication.items import NO_POSTS_YET, Channel, FeedItem, with_ways_on
from generator.render.syndication.json_feed import json_feed
from generator.render.syndication.podcast import podcast_feed
from generator.render.syndication.rss import rss
from generator.render.view_builder import Viewer
from generator.render.views import PostSummary
from generator.site import links
from generator.site.covers import COVER
from generator.site.feed_plans import FeedPlan, feed_url
from generator.site.routes import BLOGROLL_FILE

FEED_STYLE = "static/css/feed.css"
"""The style sheet with which browsers show a feed; without that file there is none."""


def make_feeds(context: BuildContext, viewer: Viewer, plans: Iterable[FeedPlan]) -> list[Artifact]:
    """Make the feeds that are planned, or some of them."""
    config, site = context.inputs.config, context.site
    items = functools.cache(functools.partial(_item, viewer, context))
    style = context.assets.get(FEED_STYLE)
    made = []
    for plan in plans:
        channel = Channel(
            site=site,
            title=plan.title or site.title,
            url=viewer.absolute(feed_url(plan)),
            home=viewer.absolute(plan.url),
            full=config.feeds.content == "full",
            style=style.url if style else "",
        )
        shown = [items(source) for source in plan.sources]
        path = feed_url(plan).removeprefix("/")
        if plan.kind == "podcast" and config.podcast:
            cover = viewer.image_url.get(COVER, "")
            cover = config.origin + cover if cover.startswith("/") else cover
            made.append(_entry(path, podcast_feed(channel, config.podcast, cover, shown)))
            continue
        made.append(_entry(path, atom(channel, shown)))
        if plan.kind == "posts":
            for name, write in (("rss.xml", rss), ("feed.json", json_feed)):
                own = msgspec.structs.replace(channel, url=viewer.absolute(f"/{name}"))
                made.append(_entry(name, write(own, shown)))
    return made


def _entry(path: str, content: bytes) -> Artifact:
    return Artifact(path=path, role="entry", content=content)


def _item(viewer: Viewer, context: BuildContext, source: str) -> FeedItem:
    """Return what feeds say of a post, or of a document of a collection."""
    document, rendered = viewer.documents[source], viewer.rendered[source]
    origin, permalink = context.inputs.config.origin, viewer.absolute(viewer.url_of[source])
    link = document.link

    def elsewhere(html: str) -> str:
        html = links.make_absolute(plain_images(html), origin, permalink)
        return with_ways_on(html, link, permalink, viewer.say("permalink")) if link else html

    def absolute(url: str) -> str:
        return origin + url if url.startswith("/") else url

    known = FeedItem(
        title=document.title,
        permalink=permalink,
        date=document.date or NO_POSTS_YET,
        updated=document.updated,
        excerpt=elsewhere(rendered.excerpt) if rendered.excerpt else "",
        html=elsewhere(rendered.body),
        description=viewer.description(document),
        untitled=document.untitled,
        language=viewer.foreign(document),
        image=viewer.image(document),
        link=link,
    )
    if document.kind != "post":
        return known
    post = viewer.summary(source)
    audio = post.audio
    if audio:
        audio = msgspec.structs.replace(
            audio, url=absolute(audio.url), transcript=absolute(audio.transcript)
        )
    return msgspec.structs.replace(
        known,
        date=post.date,
        terms=tuple(term.title for term in (*post.categories, *post.tags)),
        authors=post.authors,
        audio=audio,
    )


def make_small_files(context: BuildContext) -> list[Artifact]:
    """Make what is there for machines and knows of no document."""
    site = context.site
    made = [
        feeds.make_robots(site),
        feeds.make_web_manifest(context.inputs.config, site, context.assets),
    ]
    if site.blogroll:
        owner = site.author.name if site.author else ""
        title = f"{site.title}: {context.helpers.strings.say('blogroll')}"
        raw = write_opml(title, owner, site.url, context.blogroll)
        made.append(Artifact(path=BLOGROLL_FILE.removeprefix("/"), role="entry", content=raw))
    return made


def make_redirects(redirects: Mapping[str, str], context: BuildContext) -> list[Artifact]:
    """Make a page for each old URL; `site.yaml` is to blame for those that it names."""
    config, strings = context.inputs.config, context.helpers.strings
    named = {old.rstrip("/") for old in config.redirects}
    made = []
    for old, new in sorted(redirects.items()):
        target = config.base + written_url(new) if new.startswith("/") else new
        page = feeds.make_redirect(output_path(old), target, strings)
        blamed = CONFIG_FILE if old.rstrip("/") in named else page.source
        made.append(msgspec.structs.replace(page, source=blamed))
    return made


def own_files(
    context: BuildContext, posts: Sequence[PostSummary], others: Iterable[Artifact]
) -> tuple[list[Artifact], list[Problem]]:
    """Return the files that the site's own functions make beside `others`."""
    if not context.inputs.extensions:
        return [], []
    own = extensions.load(context.inputs.extensions)
    helpers = context.helpers
    return extensions.make_outputs(
        own, context.site, posts, helpers.data.values, helpers.collections, others
    )


def mentioned_urls(artifacts: Iterable[Artifact], base: str) -> set[str]:
    """Return every asset URL that stands in what was built."""
    asset_url = re.compile(re.escape(f"{base}/assets/".encode()) + rb"[\w./%~+-]+")
    found: set[bytes] = set()
    for artifact in artifacts:
        found.update(asset_url.findall(artifact.content))
    return {url.decode() for url in found}
