"""What machines read."""

import json
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import pytest

from generator.i18n.strings import read_strings
from generator.pipeline.results import Build
from generator.render import feeds
from tests.support.sites import built, content_of, page, post

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SETTINGS = """\
title: Sea & Land
url: https://example.org/blog
description: Notes
language: pt
author: {name: Ana Lima}
counter: {enabled: false}
"""
FILES = {
    "content/posts/2024-01-10-first.md": post(
        "tags: [a, b]\ncategories: [c]\nlastmod: 2024-03-01\nimage: x.png",
        "## Part\n\n[x](#part) [y](2024-02-20-second.md) ![z](x.png)\n\n\x0bEnd & <b>bold</b>.",
        title="First & <last>",
    ),
    "content/posts/2024-02-20-second.md": post("date: 2024-02-20 10:00 +0100", title="Second"),
    "content/posts/2024-02-21-hidden.md": post("noindex: true", title="Hidden"),
    "content/posts/x.png": b"x",
    "content/pages/index.md": post("description: Start", title="Home"),
    "content/pages/about.md": post(
        "redirect_from: /me/\ndescription: 'It is [so]'", title="About [us]"
    ),
    "static/icons/icon-192.png": b"1",
    "static/icons/icon.svg": b"<svg/>",
}


@pytest.fixture(scope="module")
def site() -> Build:
    return built(FILES, SETTINGS)


def xml(site: Build, path: str) -> ET.Element:
    return ET.fromstring(content_of(site)[path])


def test_atom(site: Build) -> None:
    feed = xml(site, "feed.xml")
    texts = {child.tag.removeprefix(ATOM): child.text for child in feed}
    assert texts["title"] == "Sea & Land"
    assert texts["id"] == "https://example.org/blog/"
    assert texts["updated"] == "2024-03-01T00:00:00+00:00"
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == "https://example.org/blog/feed.xml"  # type: ignore[union-attr]
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Second", "First & <last>"]
    first = entries[1]
    assert first.findtext(f"{ATOM}id") == "https://example.org/blog/posts/first/"
    assert first.findtext(f"{ATOM}published") == "2024-01-10T00:00:00+00:00"
    assert [each.get("term") for each in first.findall(f"{ATOM}category")] == ["c", "a", "b"]
    content = first.findtext(f"{ATOM}content") or ""
    assert 'href="https://example.org/blog/posts/first/#part"' in content
    assert 'href="https://example.org/blog/posts/second/"' in content
    assert 'src="https://example.org/blog/assets/posts/x.' in content
    assert "End &amp; <b>bold</b>." in content
    assert "\x0b" not in content


def test_rss(site: Build) -> None:
    channel = xml(site, "rss.xml").find("channel")
    assert channel is not None
    assert channel.findtext("title") == "Sea & Land"
    assert channel.findtext("link") == "https://example.org/blog/"
    assert channel.findtext("language") == "pt"
    items = channel.findall("item")
    assert [item.findtext("guid") for item in items] == [
        "https://example.org/blog/posts/second/",
        "https://example.org/blog/posts/first/",
    ]
    assert parsedate_to_datetime(items[0].findtext("pubDate") or "").isoformat() == (
        "2024-02-20T09:00:00+00:00"
    )
    encoded = items[1].findtext("{http://purl.org/rss/1.0/modules/content/}encoded") or ""
    assert "<h2" in encoded
    assert items[1].findtext("{http://purl.org/dc/elements/1.1/}creator") == "Ana Lima"


def test_json_feed(site: Build) -> None:
    feed = json.loads(content_of(site)["feed.json"])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://example.org/blog/feed.json"
    assert [item["url"] for item in feed["items"]] == [
        "https://example.org/blog/posts/second/",
        "https://example.org/blog/posts/first/",
    ]
    first = feed["items"][1]
    assert first["title"] == "First & <last>"
    assert first["tags"] == ["c", "a", "b"]
    assert first["date_modified"] == "2024-03-01T00:00:00+00:00"
    assert first["image"].startswith("https://example.org/blog/assets/posts/x.")


def test_a_feed_has_no_more_than_the_settings_say() -> None:
    site = built(FILES, f"{SETTINGS}feeds: {{items: 1}}\n")
    assert len(xml(site, "feed.xml").findall(f"{ATOM}entry")) == 1


def test_feeds_of_an_empty_site() -> None:
    site = built({}, SETTINGS)
    assert xml(site, "feed.xml").findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+00:00"
    assert json.loads(content_of(site)["feed.json"])["items"] == []
    assert xml(site, "rss.xml").find("channel/item") is None


def test_the_sitemap_lists_what_is_to_be_found(site: Build) -> None:
    urls = [url.text for url in xml(site, "sitemap.xml").iter(f"{SITEMAP}loc")]
    assert urls == sorted(urls)  # type: ignore[type-var]
    assert "https://example.org/blog/" in urls
    assert "https://example.org/blog/posts/first/" in urls
    assert "https://example.org/blog/posts/hidden/" not in urls
    assert not [url for url in urls if "404" in (url or "")]
    dated = xml(site, "sitemap.xml").find(
        f"{SITEMAP}url[{SITEMAP}loc='https://example.org/blog/posts/first/']"
    )
    assert dated is not None
    assert dated.findtext(f"{SITEMAP}lastmod") == "2024-03-01T00:00:00+00:00"


def test_a_large_sitemap_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MOST_SITEMAP_URLS", 5)
    site = built(FILES, SETTINGS)
    index = xml(site, "sitemap.xml")
    assert index.tag == f"{SITEMAP}sitemapindex"
    parts = [loc.text or "" for loc in index.iter(f"{SITEMAP}loc")]
    assert parts[0] == "https://example.org/blog/sitemap-1.xml"
    urls = [
        loc.text
        for part in parts
        for loc in xml(site, part.rpartition("/")[2]).iter(f"{SITEMAP}loc")
    ]
    whole = [loc.text for loc in xml(built_whole(), "sitemap.xml").iter(f"{SITEMAP}loc")]
    assert sorted(urls) == sorted(whole)  # type: ignore[type-var]
    assert all(len(list(xml(site, part.rpartition("/")[2]))) <= 5 for part in parts)


def built_whole() -> Build:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeds, "MOST_SITEMAP_URLS", 50_000)
        return built(FILES, SETTINGS)


def test_the_limit_is_that_of_the_protocol() -> None:
    assert feeds.MOST_SITEMAP_URLS == 50_000


def test_robots(site: Build) -> None:
    assert page(site, "robots.txt") == (
        "User-agent: *\nAllow: /\n\nSitemap: https://example.org/blog/sitemap.xml\n"
    )


def test_llms(site: Build) -> None:
    text = page(site, "llms.txt")
    assert text.startswith("# Sea & Land\n\n> Notes\n\n## Pages\n\n")
    assert "- [About (us)](https://example.org/blog/about/): It is [so]\n" in text
    assert "- [Second](https://example.org/blog/posts/second/): Text.\n" in text


def test_the_web_manifest_has_the_icons_that_there_are(site: Build) -> None:
    manifest = json.loads(content_of(site)["site.webmanifest"])
    assert (manifest["name"], manifest["start_url"], manifest["scope"]) == (
        "Sea & Land",
        "/blog/",
        "/blog/",
    )
    assert [icon["sizes"] for icon in manifest["icons"]] == ["40x20", "any"]
    assert all(icon["src"].startswith("/blog/assets/icons/") for icon in manifest["icons"])


def test_an_old_address_leads_on(site: Build) -> None:
    html = page(site, "me/index.html")
    assert '<meta http-equiv="refresh" content="0; url=/blog/about/">' in html
    assert '<meta name="robots" content="noindex">' in html
    assert '<html lang="pt">' in html
    assert site.redirects == {"/me/": "/about/"}


def test_a_target_cannot_leave_its_attribute() -> None:
    html = feeds.make_redirect(
        "a/index.html", '/"><script>', read_strings("en", {})[0]
    ).content.decode()
    assert "<script>" not in html
