"""What is built for machines: feeds, redirects and the files of the site's own functions."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from generator.assets.images import plain_images
from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.content.frontmatter import Document
from generator.content.opml import write_opml
from generator.core.artifacts import Artifact
from generator.core.problems import Problem
from generator.core.urls import output_path, written_url
from generator.pipeline.context import BuildContext
from generator.render import extensions, feeds
from generator.render.view_builder import Viewer
from generator.render.views import PostSummary
from generator.site import links
from generator.site.routes import BLOGROLL_FILE


def feed_posts(posts: Iterable[Document], config: SiteConfig) -> list[str]:
    """Return the posts that feeds hold, by their source paths."""
    shown = (post.source for post in posts if not post.noindex)
    return list(itertools.islice(shown, config.feeds.items))


def make_feeds(context: BuildContext, viewer: Viewer, posts: Iterable[str]) -> list[Artifact]:
    """Make the feeds of `posts`."""
    origin = context.inputs.config.origin
    items = []
    for source in posts:
        post = viewer.summary(source)
        html = plain_images(viewer.rendered[source].body)
        html = links.make_absolute(html, origin, post.permalink)
        items.append(feeds.FeedItem(post=post, html=html))
    return feeds.make_feeds(context.site, origin, items)


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
