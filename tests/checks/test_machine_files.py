"""Feeds, sitemap, robots.txt, manifest, JSON: a good one of each, and each way to spoil it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.checks.codes import CODES
from generator.checks.machine_files import check_document
from tests.support.pages import CONFIG

PATHS = frozenset({"index.html", "a/index.html", "icon.png", "sitemap.xml"})

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>https://example.org/</id>
<title>Tides</title>
<updated>2024-05-01T10:00:00Z</updated>
<author><name>A</name></author>
<link rel="self" href="https://example.org/atom.xml"/>
<entry>
<id>tag:example.org,2024:a</id>
<title>A</title>
<updated>2024-05-01T12:00:00+02:00</updated>
<link href="https://example.org/a/"/>
<content type="html">&lt;a href="https://example.org/b/"&gt;b&lt;/a&gt;</content>
</entry>
</feed>
"""
RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel>
<title>Tides</title>
<link>https://example.org/</link>
<description>Water</description>
<lastBuildDate>Wed, 01 May 2024 10:00:00 +0000</lastBuildDate>
<item>
<title>A</title>
<link>https://example.org/a/</link>
<guid>https://example.org/a/</guid>
<pubDate>Wed, 01 May 2024 10:00:00 +0000</pubDate>
<content:encoded><![CDATA[<img src="https://example.org/x.png" alt="">]]></content:encoded>
</item>
</channel>
</rss>
"""
JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "Tides",
"home_page_url": "https://example.org/", "feed_url": "https://example.org/feed.json",
"items": [{"id": "https://example.org/a/", "url": "https://example.org/a/",
"content_html": "<a href=\\"https://example.org/b/\\">b</a>",
"date_published": "2024-05-01T10:00:00Z"}]}
"""
SITEMAP = """<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://example.org/</loc><lastmod>2024-05-01</lastmod></url>
<url><loc>https://example.org/a/</loc></url>
</urlset>
"""
SITEMAP_INDEX = """<?xml version="1.0" encoding="utf-8"?>
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://example.org/sitemap.xml</loc></sitemap>
</sitemapindex>
"""
ROBOTS = """# all may come
User-agent: *
Disallow:
Allow: /
Sitemap: https://example.org/sitemap.xml
"""
MANIFEST = """{"name": "Tides", "start_url": "/", "display": "standalone",
"icons": [{"src": "/icon.png", "sizes": "192x192"}]}
"""
GOOD = {
    "atom.xml": ATOM,
    "rss.xml": RSS,
    "feed.json": JSON_FEED,
    "sitemap.xml": SITEMAP,
    "sitemap-index.xml": SITEMAP_INDEX,
    "robots.txt": ROBOTS,
    "site.webmanifest": MANIFEST,
    "data.json": '{"a": [1, 2]}',
    "map.xml": "<kml><a/></kml>",
    "notes.txt": "\x00 whatever",
}


def found(path: str, content: bytes) -> list[tuple[int, str]]:
    return [(each.line, each.code) for each in check_document(path, content, PATHS, CONFIG)]


@pytest.mark.parametrize("path", GOOD)
def test_good(path: str) -> None:
    assert found(path, GOOD[path].encode()) == []


# file, what is there, what takes its place, the problems
BAD: list[tuple[str, str, str, list[tuple[int, str]]]] = [
    ("atom.xml", "</entry>", "", [(15, "feed-syntax")]),
    ("atom.xml", "<title>A</title>", "<title>A & B</title>", [(10, "feed-syntax")]),
    ("atom.xml", ATOM, "", [(1, "feed-syntax")]),
    ("atom.xml", "<id>https://example.org/</id>", "", [(2, "feed-member")]),
    ("atom.xml", "<title>Tides</title>", "<title> </title>", [(2, "feed-member")]),
    ("atom.xml", "<updated>2024-05-01T10:00:00Z</updated>", "", [(2, "feed-member")]),
    ("atom.xml", "2024-05-01T10:00:00Z", "2024-05-01", [(5, "feed-member")]),
    ("atom.xml", "2024-05-01T12:00:00+02:00", "2024-02-31T12:00:00Z", [(11, "feed-member")]),
    ("atom.xml", "<author><name>A</name></author>", "", [(8, "feed-member")]),
    ("atom.xml", 'href="https://example.org/a/"', 'href="/a/"', [(12, "feed-url")]),
    ("atom.xml", "tag:example.org,2024:a", "a", [(8, "feed-url")]),
    ("atom.xml", "https://example.org/b/", "/b/", [(13, "feed-url")]),
    (
        "atom.xml",
        "</entry>",
        "</entry><entry><id>tag:example.org,2024:a</id><title>B</title>"
        "<updated>2024-05-01T12:00:00Z</updated></entry>",
        [(14, "feed-duplicate"), (14, "feed-member")],
    ),
    ("rss.xml", 'version="2.0"', 'version="0.91"', [(2, "feed-member")]),
    ("rss.xml", "channel>", "canal>", [(2, "feed-member")]),
    ("rss.xml", "<description>Water</description>", "", [(3, "feed-member")]),
    ("rss.xml", "<title>A</title>", "", [(8, "feed-member")]),
    ("rss.xml", "<guid>https://example.org/a/</guid>", "", [(8, "feed-member")]),
    ("rss.xml", "<guid>https://example.org/a/", "<guid>a", [(8, "feed-url")]),
    ("rss.xml", "<guid>https://example.org/a/", '<guid isPermaLink="false">a', []),
    ("rss.xml", "<link>https://example.org/a/", "<link>/a/", [(8, "feed-url")]),
    (
        "rss.xml",
        "<pubDate>Wed, 01 May 2024 10:00:00 +0000",
        "<pubDate>yesterday",
        [(8, "feed-member")],
    ),
    ("rss.xml", "https://example.org/x.png", "x.png", [(13, "feed-url")]),
    (
        "rss.xml",
        "</item>",
        "</item>\n<item><title>B</title><guid>https://example.org/a/</guid></item>",
        [(15, "feed-duplicate")],
    ),
    ("feed.json", '"items": [', '"items": [,', [(3, "feed-syntax")]),
    ("feed.json", '"title": "Tides"', '"title": ""', [(0, "feed-member")]),
    ("feed.json", '"items"', '"things"', [(0, "feed-member")]),
    ("feed.json", '"id": "https://example.org/a/", ', "", [(0, "feed-member")]),
    ("feed.json", "content_html", "content", [(0, "feed-member")]),
    ("feed.json", '"url": "https://example.org/a/"', '"url": "/a/"', [(0, "feed-url")]),
    ("feed.json", "https://example.org/b/", "/b/", [(0, "feed-url")]),
    ("feed.json", "https://example.org/feed.json", "/feed.json", [(0, "feed-url")]),
    ("feed.json", "2024-05-01T10:00:00Z", "1 May 2024", [(0, "feed-member")]),
    (
        "feed.json",
        '"items": [',
        '"items": [{"id": "https://example.org/a/", "content_text": "x"}, 3, ',
        [(0, "feed-duplicate"), (0, "feed-member")],
    ),
    ("sitemap.xml", "</urlset>", "", [(6, "sitemap")]),
    ("sitemap.xml", "https://example.org/a/", "https://example.org/z/", [(4, "sitemap")]),
    ("sitemap.xml", "https://example.org/a/", "https://example.com/a/", [(4, "sitemap")]),
    ("sitemap.xml", "https://example.org/a/", "/a/", [(4, "sitemap")]),
    ("sitemap.xml", "https://example.org/a/", "https://example.org/", [(4, "sitemap")]),
    ("sitemap.xml", "https://example.org/a/", "", [(4, "sitemap")]),
    ("sitemap.xml", "2024-05-01", "1 May", [(3, "sitemap")]),
    ("sitemap.xml", "2024-05-01", "2024-05", []),
    ("sitemap-index.xml", "sitemap.xml", "sitemap-2.xml", [(3, "sitemap")]),
    ("robots.txt", "Allow: /", "Allow /", [(4, "robots")]),
    ("robots.txt", "Allow: /", "Allow: a", [(4, "robots")]),
    ("robots.txt", "User-agent: *", "", [(3, "robots"), (4, "robots")]),
    ("robots.txt", "User-agent: *", "User-agent:", [(2, "robots")]),
    ("robots.txt", "https://example.org/sitemap.xml", "/sitemap.xml", [(5, "robots")]),
    ("robots.txt", "/sitemap.xml", "/map.xml", [(5, "robots")]),
    ("site.webmanifest", '"name"', "name", [(1, "web-manifest")]),
    ("site.webmanifest", MANIFEST, "[]", [(0, "web-manifest")]),
    ("site.webmanifest", '"Tides"', '" "', [(0, "web-manifest")]),
    ("site.webmanifest", "standalone", "alone", [(0, "web-manifest")]),
    (
        "site.webmanifest",
        '"start_url": "/"',
        '"start_url": "https://b.org/"',
        [(0, "web-manifest")],
    ),
    ("site.webmanifest", "/icon.png", "/z.png", [(0, "web-manifest")]),
    ("site.webmanifest", "icons", "pictures", [(0, "web-manifest")]),
    ("data.json", "2]", "2", [(1, "json-syntax")]),
    ("map.xml", "<a/>", "<a>", [(1, "feed-syntax")]),
]


@pytest.mark.parametrize(("path", "before", "after", "expected"), BAD)
def test_bad(path: str, before: str, after: str, expected: list[tuple[int, str]]) -> None:
    assert before in GOOD[path]
    assert found(path, GOOD[path].replace(before, after).encode()) == sorted(expected)


def test_sitemap_of_too_many_pages() -> None:
    entry = "<url><loc>https://example.org/</loc></url>"
    many = SITEMAP.replace(entry, "").replace("</urlset>", entry * 50_001 + "</urlset>")
    messages = [each.message for each in check_document("s.xml", many.encode(), PATHS, CONFIG)]
    assert any("at most 50,000" in message for message in messages)


def test_entities_are_not_expanded_nor_fetched() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + ATOM.partition("?>")[2]
    outside = bomb.replace('<!ENTITY a "aaaa">', '<!ENTITY a SYSTEM "file:///etc/passwd">')
    for text in (bomb, outside):
        spoilt = text.replace("<title>Tides</title>", "<title>&b;</title>")
        assert (2, "feed-member") in found("atom.xml", spoilt.encode())


@given(st.sampled_from(sorted(GOOD)), st.integers(0, 900), st.binary(max_size=6))
def test_no_bytes_make_it_crash(path: str, at: int, noise: bytes) -> None:
    good = GOOD[path].encode()
    for content in (noise, good[:at], good[:at] + noise + good[at:]):
        problems = check_document(path, content, PATHS, CONFIG)
        assert {each.code for each in problems} <= CODES.keys()


def test_deep_json_is_a_problem_not_a_crash() -> None:
    assert found("data.json", b"[" * 5_000) == [(0, "json-syntax")]
