"""What machines read beside feeds: sitemap, robots.txt, llms.txt, web manifest, redirects."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

import msgspec
from markupsafe import Markup, escape

from generator.assets.fingerprint import Asset
from generator.config.settings import SiteConfig
from generator.core.artifacts import Artifact
from generator.i18n.locales import direction
from generator.i18n.strings import Strings
from generator.render.syndication.xml import written
from generator.render.views import PageView, PostSummary, SiteView

MOST_SITEMAP_URLS = 50_000
"""sitemaps.org, "Protocol": a sitemap holds at most 50,000 URLs."""

ICONS = ("static/icons/icon-192.png", "static/icons/icon-512.png", "static/icons/icon.svg")
MASKABLE_ICON = "static/icons/icon-maskable-512.png"

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


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
    return [_artifact("sitemap.xml", written(index)), *artifacts]


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


def _urlset(urls: Iterable[tuple[str, dt.datetime | None]]) -> bytes:
    urlset = ET.Element("urlset", xmlns=_SITEMAP)
    for permalink, updated in urls:
        url = ET.SubElement(urlset, "url")
        ET.SubElement(url, "loc").text = permalink
        if updated:
            ET.SubElement(url, "lastmod").text = updated.isoformat()
    return written(urlset)


def _llms_line(page: Listed) -> str:
    title = page.title.replace("[", "(").replace("]", ")")
    tail = f": {page.description}" if page.description else ""
    return f"- [{title}]({page.permalink}){tail}"


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
