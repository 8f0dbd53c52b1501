"""What machines read: Atom, RSS, JSON Feed, sitemap, robots.txt, llms.txt, web manifest."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from email.utils import format_datetime
from xml.etree import ElementTree as ET

import msgspec
from markupsafe import Markup, escape

from generator.assets.fingerprint import Asset
from generator.config.settings import SiteConfig
from generator.core.artifacts import Artifact
from generator.i18n.locales import direction
from generator.i18n.strings import Strings
from generator.render.views import PageView, PostSummary, SiteView

MOST_SITEMAP_URLS = 50_000
"""sitemaps.org, "Protocol": a sitemap holds at most 50,000 URLs."""

ICONS = ("static/icons/icon-192.png", "static/icons/icon-512.png", "static/icons/icon.svg")
MASKABLE_ICON = "static/icons/icon-maskable-512.png"

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
# What is no Char of XML 1.0 (2.2). Python compiles this ten times as fast as "all but a Char".
_NOT_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
_NO_POSTS_YET = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

for _prefix, _uri in (("atom", _ATOM), ("content", _CONTENT), ("dc", _DC)):
    ET.register_namespace(_prefix, _uri)


class FeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A post with its full content; every address in `html` is a full one."""

    post: PostSummary
    html: str


def make_feeds(site: SiteView, origin: str, items: Sequence[FeedItem]) -> list[Artifact]:
    """Return the three feeds."""
    return [
        _artifact("feed.xml", _atom(site, origin + site.feeds["atom"], items)),
        _artifact("rss.xml", _rss(site, origin + site.feeds["rss"], items)),
        _artifact("feed.json", _json_feed(site, origin + site.feeds["json"], items)),
    ]


def make_sitemap(pages: Iterable[PageView], site: SiteView) -> list[Artifact]:
    """Return sitemap.xml; above 50,000 pages it is an index of further sitemaps."""
    urls = sorted(
        (page.permalink, page.updated)
        for page in pages
        if not page.noindex and page.kind != "not_found"
    )
    chunks = [
        urls[start : start + MOST_SITEMAP_URLS] for start in range(0, len(urls), MOST_SITEMAP_URLS)
    ]
    if len(chunks) <= 1:
        return [_artifact("sitemap.xml", _urlset(urls))]
    index = ET.Element("sitemapindex", xmlns=_SITEMAP)
    artifacts = []
    for number, chunk in enumerate(chunks, 1):
        name = f"sitemap-{number}.xml"
        artifacts.append(_artifact(name, _urlset(chunk)))
        ET.SubElement(ET.SubElement(index, "sitemap"), "loc").text = site.url + name
    return [_artifact("sitemap.xml", _xml(index)), *artifacts]


def make_robots(site: SiteView) -> Artifact:
    """Return robots.txt (RFC 9309): everything is allowed, or nothing where noindex is set."""
    if site.noindex:
        return _artifact("robots.txt", b"User-agent: *\nDisallow: /\n")
    text = f"User-agent: *\nAllow: /\n\nSitemap: {site.url}sitemap.xml\n"
    origin = site.url.removesuffix(site.home)
    for language in site.languages[1:]:
        text += f"Sitemap: {origin}{language.url}sitemap.xml\n"
    return _artifact("robots.txt", text.encode())


class Listed(msgspec.Struct, frozen=True, array_like=True):
    """What llms.txt says of a page or a post."""

    title: str
    permalink: str
    description: str


def is_listed(page: PageView) -> bool:
    """Return whether llms.txt has a page among those that the owner wrote."""
    return page.kind in ("home", "page", "item") and not page.noindex


def listed(page: PageView | PostSummary) -> Listed:
    """Return what llms.txt says of a page or a post."""
    title = page.heading if isinstance(page, PageView) else page.title
    return Listed(title, page.permalink, page.description)


def make_llms(site: SiteView, pages: Iterable[Listed], posts: Iterable[Listed]) -> Artifact:
    """Return llms.txt (llmstxt.org): the site's contents as a short Markdown list."""
    lines = [f"# {site.title}", ""]
    if site.description:
        lines += [f"> {site.description}", ""]
    lines += ["## Pages", "", *map(_llms_line, pages)]
    lines += ["", "## Posts", "", *map(_llms_line, posts)]
    return _artifact("llms.txt", ("\n".join(lines) + "\n").encode())


def make_web_manifest(config: SiteConfig, site: SiteView, assets: Mapping[str, Asset]) -> Artifact:
    """Return site.webmanifest (W3C, "Web Application Manifest") with the icons that exist."""
    icons = []
    for source in (*ICONS, MASKABLE_ICON):
        asset = assets.get(source)
        if asset is None:
            continue
        svg = source.endswith(".svg")
        icon = {
            "src": asset.url,
            "sizes": "any" if svg else f"{asset.width}x{asset.height}",
            "type": "image/svg+xml" if svg else "image/png",
        }
        if source == MASKABLE_ICON:
            icon["purpose"] = "maskable"
        icons.append(icon)
    manifest = {
        "name": config.title,
        "short_name": config.title[:30],
        "description": config.description,
        "lang": config.language,
        "start_url": site.home,
        "scope": site.home,
        "display": "browser",
        "theme_color": config.theme_color,
        "background_color": "#ffffff",
        "icons": icons,
    }
    return _artifact("site.webmanifest", _json(manifest))


def make_redirect(path: str, target: str, strings: Strings) -> Artifact:
    """Return a page that leads on, for places where no server answers with a redirect."""
    target = target.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    language = strings.locale.language
    title = escape(strings.say("moved"))
    there = Markup(f'<a href="{target}">{target}</a>')  # noqa: S704 (escaped above)
    text = strings.say("moved_to", link=there)
    way = ' dir="rtl"' if direction(language) == "rtl" else ""
    html = (
        f'<!doctype html>\n<html lang="{language}"{way}>\n<head>\n'
        f'<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta http-equiv="refresh" content="0; url={target}">\n'
        f'<meta name="robots" content="noindex">\n<link rel="canonical" href="{target}">\n'
        f"</head>\n<body><p>{text}</p></body>\n</html>\n"
    )
    return Artifact(path=path, role="redirect", content=html.encode())


def _artifact(path: str, content: bytes) -> Artifact:
    return Artifact(path=path, role="entry", content=content)


def _atom(site: SiteView, own_url: str, items: Sequence[FeedItem]) -> bytes:
    """RFC 4287."""
    feed = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": site.language})
    _text(feed, "title", site.title)
    if site.tagline or site.description:
        _text(feed, "subtitle", site.tagline or site.description)
    _text(feed, "id", site.url)
    ET.SubElement(feed, "link", href=site.url)
    ET.SubElement(feed, "link", rel="self", type="application/atom+xml", href=own_url)
    _text(feed, "updated", _newest(items).isoformat())
    _text(feed, "generator", site.generator)
    _text(ET.SubElement(feed, "author"), "name", site.author.name if site.author else site.title)
    for item in items:
        post = item.post
        entry = ET.SubElement(feed, "entry")
        _text(entry, "title", post.title)
        _text(entry, "id", post.permalink)
        ET.SubElement(entry, "link", href=post.permalink)
        _text(entry, "published", post.date.isoformat())
        _text(entry, "updated", (post.updated or post.date).isoformat())
        for author in post.authors:
            _text(ET.SubElement(entry, "author"), "name", author.name)
        for term in (*post.categories, *post.tags):
            ET.SubElement(entry, "category", term=_clean(term.title))
        if post.description:
            _text(entry, "summary", post.description)
        _text(entry, "content", item.html).set("type", "html")
    return _xml(feed)


def _rss(site: SiteView, own_url: str, items: Sequence[FeedItem]) -> bytes:
    """RSS 2.0 (rssboard.org/rss-specification) with the content, dc and atom modules."""
    rss = ET.Element("rss", version="2.0")
    channel = ET.SubElement(rss, "channel")
    _text(channel, "title", site.title)
    _text(channel, "link", site.url)
    _text(channel, "description", site.description or site.tagline or site.title)
    _text(channel, "language", site.language)
    _text(channel, "lastBuildDate", format_datetime(_newest(items)))
    _text(channel, "generator", site.generator)
    ET.SubElement(channel, f"{{{_ATOM}}}link", href=own_url, rel="self", type="application/rss+xml")
    for item in items:
        post = item.post
        entry = ET.SubElement(channel, "item")
        _text(entry, "title", post.title)
        _text(entry, "link", post.permalink)
        _text(entry, "guid", post.permalink).set("isPermaLink", "true")
        _text(entry, "pubDate", format_datetime(post.date))
        for author in post.authors:
            _text(entry, f"{{{_DC}}}creator", author.name)
        for term in (*post.categories, *post.tags):
            _text(entry, "category", term.title)
        _text(entry, "description", post.description or post.title)
        _text(entry, f"{{{_CONTENT}}}encoded", item.html)
    return _xml(rss)


def _json_feed(site: SiteView, own_url: str, items: Sequence[FeedItem]) -> bytes:
    """JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    feed: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.title,
        "home_page_url": site.url,
        "feed_url": own_url,
        "description": site.description or site.tagline,
        "language": site.language,
        "items": [_json_item(item) for item in items],
    }
    if site.author:
        feed["authors"] = [{"name": site.author.name}]
    return _json(feed)


def _json_item(item: FeedItem) -> dict[str, object]:
    post = item.post
    entry: dict[str, object] = {
        "id": post.permalink,
        "url": post.permalink,
        "title": post.title,
        "content_html": item.html,
        "summary": post.description,
        "date_published": post.date.isoformat(),
        "date_modified": (post.updated or post.date).isoformat(),
        "tags": [term.title for term in (*post.categories, *post.tags)],
    }
    if post.authors:
        entry["authors"] = [{"name": author.name} for author in post.authors]
    if post.image:
        entry["image"] = post.image
    return entry


def _urlset(urls: Iterable[tuple[str, dt.datetime | None]]) -> bytes:
    urlset = ET.Element("urlset", xmlns=_SITEMAP)
    for permalink, updated in urls:
        url = ET.SubElement(urlset, "url")
        ET.SubElement(url, "loc").text = permalink
        if updated:
            ET.SubElement(url, "lastmod").text = updated.isoformat()
    return _xml(urlset)


def _newest(items: Sequence[FeedItem]) -> dt.datetime:
    return max((item.post.updated or item.post.date for item in items), default=_NO_POSTS_YET)


def _llms_line(page: Listed) -> str:
    title = page.title.replace("[", "(").replace("]", ")")
    tail = f": {page.description}" if page.description else ""
    return f"- [{title}]({page.permalink}){tail}"


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    """Leave out what XML 1.0 (section 2.2) does not allow."""
    return _NOT_XML.sub("", text)


def _xml(root: ET.Element) -> bytes:
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
