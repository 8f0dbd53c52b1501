"""Feeds as their readers take them: notes, links, recordings, lists, languages."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import feedparser
import pytest

from generator.core.problems import SiteError
from generator.pipeline.results import Build
from generator.render.syndication.podcast import podcast_id
from tests.support.sites import built, content_of, minimal_templates, page, post, told

ATOM = "{http://www.w3.org/2005/Atom}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
HOME = "https://example.org/blog/"
SETTINGS = """\
title: Sea & Land
url: https://example.org/blog
description: Notes
author: {name: Ana Lima, url: "https://ana.example/"}
counter: {enabled: false}
untitled_posts: true
feeds: {lists: [tags, series]}
collections: {boats: {feed: true}}
podcast:
  category: Places & Travel
  image: /images/cover.png
  email: ana@example.org
  media: https://media.example/show/
"""
FILES: dict[str, str | bytes] = {
    "content/posts/2024-01-01-plain.md": post(
        "tags: [sea]\ndescription: About <it>", "One & *two*.\n\nThree.", title="Plain <it>"
    ),
    "content/posts/2024-01-02-note.md": "Just the sea, [here](2024-01-01-plain.md).\n\nAnd more.\n",
    "content/posts/2024-01-03-link.md": post(
        'tags: [sea]\nlink: "https://elsewhere.example/a?b=1&c=2"', "Read this.", title="Tides"
    ),
    "content/posts/2024-01-04-heard.md": post(
        "audio: {file: talk.mp3, episode: 2, season: 1, explicit: true, transcript: talk.vtt}\n"
        "series: Talks",
        "We talk.",
        title="Heard",
    ),
    "content/posts/2024-01-05-far.md": post(
        "audio: {file: two words.m4a, length: 31457280, duration: 1:02:03}\nseries: Talks",
        title="Far",
    ),
    "content/posts/2024-01-06-german.md": post("language: de\ntags: [sea]", title="Deutsch"),
    "content/posts/2024-01-07-hidden.md": post("noindex: true\ntags: [sea]", title="Hidden"),
    "content/posts/talk.mp3": b"0123456789",
    "content/posts/talk.vtt": b"WEBVTT",
    "content/boats/ana.md": post("date: 2024-02-01\ndescription: Oak", "Of oak.", title="Ana"),
    "content/boats/rui.md": post("date: 2024-03-01", "Of [pine](ana.md).", title="Rui"),
    "content/boats/undated.md": post("", title="Undated"),
    "static/images/cover.png": b"x",
    "static/css/feed.css": "feed{color:red}",
}


LIST = '{% extends "base.html" %}{% block main %}{% endblock %}'


def made(files: dict[str, str | bytes], settings: str) -> Build:
    return built(files, settings, templates={**minimal_templates(), "collection.html": LIST})


@pytest.fixture(scope="module")
def site() -> Build:
    return made(FILES, SETTINGS)


def parsed(site: Build, path: str) -> Any:
    """Return a feed as feedparser reads it, in which it finds nothing wrong."""
    feed = feedparser.parse(content_of(site)[path], sanitize_html=False)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def by_id(feed: Any) -> dict[str, Any]:
    return {entry.id.removeprefix(f"{HOME}posts/").strip("/"): entry for entry in feed.entries}


def json_items(site: Build) -> dict[str, Any]:
    feed = json.loads(content_of(site)["feed.json"])
    return {item["id"].removeprefix(f"{HOME}posts/").strip("/"): item for item in feed["items"]}


def links(entry: Any) -> dict[str, str]:
    return {link.rel: link.href for link in entry.links}


def test_a_post_leads_to_its_page(site: Build) -> None:
    feed = parsed(site, "feed.xml")
    assert feed.version == "atom10"
    assert links(feed.feed) == {"alternate": HOME, "self": f"{HOME}feed.xml"}
    plain = by_id(feed)["plain"]
    assert links(plain) == {"alternate": f"{HOME}posts/plain/"}
    assert (plain.title, plain.summary) == ("Plain <it>", "About <it>")
    assert plain.authors == [{"name": "Ana Lima", "href": "https://ana.example/"}]
    rss = by_id(parsed(site, "rss.xml"))["plain"]
    assert (rss.title, rss.link) == ("Plain <it>", f"{HOME}posts/plain/")
    assert rss.summary == "<p>One &amp; <em>two</em>.</p>"
    assert rss.content[0].value == "<p>One &amp; <em>two</em>.</p>\n<p>Three.</p>"


def test_a_note_has_no_title_where_none_is_needed(site: Build) -> None:
    text = f'<p>Just the sea, <a href="{HOME}posts/plain/">here</a>.</p>\n<p>And more.</p>'
    note = by_id(parsed(site, "feed.xml"))["note"]
    assert note.title == "Just the sea, here."  # RFC 4287, 4.1.2: exactly one
    assert note.content[0].value == text
    assert "summary_detail" not in note or note.summary == text
    rss = by_id(parsed(site, "rss.xml"))["note"]
    assert "title" not in rss
    assert rss.summary == text
    item = json_items(site)["note"]
    assert "title" not in item
    assert "summary" not in item
    assert item["content_html"] == text


def test_a_post_about_another_page_names_both(site: Build) -> None:
    target, own = "https://elsewhere.example/a?b=1&c=2", f"{HOME}posts/link/"
    atom = by_id(parsed(site, "feed.xml"))["link"]
    assert links(atom) == {"alternate": own, "related": target}
    rss = by_id(parsed(site, "rss.xml"))["link"]
    assert (rss.link, rss.id) == (target, own)
    item = json_items(site)["link"]
    assert (item["url"], item["external_url"]) == (own, target)
    for text in (atom.content[0].value, rss.content[0].value, rss.summary, item["content_html"]):
        assert 'href="https://elsewhere.example/a?b=1&amp;c=2">elsewhere.example</a>' in text
        assert f'<a href="{own}">Permalink</a>' in text


def test_a_recording_is_enclosed(site: Build) -> None:
    atom = by_id(parsed(site, "feed.xml"))
    [near] = [link for link in atom["heard"].links if link.rel == "enclosure"]
    assert near.href.startswith(f"{HOME}assets/posts/talk.")
    assert (near.length, near.type) == ("10", "audio/mpeg")
    [far] = [link for link in atom["far"].links if link.rel == "enclosure"]
    assert far.href == "https://media.example/show/two%20words.m4a"
    assert (far.length, far.type) == ("31457280", "audio/mp4")
    rss = by_id(parsed(site, "rss.xml"))
    assert [(each.href, each.length, each.type) for each in rss["heard"].enclosures] == [
        (near.href, "10", "audio/mpeg")
    ]
    [attached] = json_items(site)["heard"]["attachments"]
    assert attached == {
        "url": near.href,
        "mime_type": "audio/mpeg",
        "size_in_bytes": 10,
        "duration_in_seconds": 10,
    }
    assert near.href.removeprefix(HOME) in content_of(site)


def test_the_podcast(site: Build) -> None:
    feed = parsed(site, "podcast.xml")
    assert [entry.title for entry in feed.entries] == ["Far", "Heard"]
    channel = ET.fromstring(content_of(site)["podcast.xml"]).find("channel")
    assert channel is not None
    assert channel.findtext(f"{ITUNES}author") == "Ana Lima"
    assert channel.findtext(f"{ITUNES}explicit") == "false"
    assert channel.findtext(f"{ITUNES}type") == "episodic"
    assert channel.findtext(f"{ITUNES}owner/{ITUNES}email") == "ana@example.org"
    assert [each.get("text") for each in channel.iter(f"{ITUNES}category")] == [
        "Society & Culture",
        "Places & Travel",
    ]
    cover = channel.find(f"{ITUNES}image")
    assert cover is not None
    assert str(cover.get("href")).startswith(f"{HOME}assets/images/cover.")
    assert channel.findtext(f"{PODCAST}guid") == podcast_id(f"{HOME}podcast.xml")
    far, heard = channel.findall("item")
    assert far.findtext(f"{ITUNES}duration") == "3723"
    assert far.find(f"{ITUNES}explicit") is None
    assert heard.findtext(f"{ITUNES}episode") == "2"
    assert heard.findtext(f"{ITUNES}season") == "1"
    assert heard.findtext(f"{ITUNES}explicit") == "true"
    transcript = heard.find(f"{PODCAST}transcript")
    assert transcript is not None
    assert transcript.get("type") == "text/vtt"
    assert str(transcript.get("url")).startswith(f"{HOME}assets/posts/talk.")


def test_the_id_of_a_podcast_is_the_one_that_others_make() -> None:
    """The example of the namespace's documentation (podcasting2.org, "guid")."""
    example = "https://mp3s.nashownotes.com/pc20rss.xml"
    assert podcast_id(example) == "917393e3-1b1e-5cef-ace4-edaa54e1f810"
    assert podcast_id(example.replace("https", "http") + "/") == podcast_id(example)


def test_lists_have_their_own_feeds(site: Build) -> None:
    sea = parsed(site, "tags/sea/feed.xml")
    assert sea.feed.title == "Sea & Land: sea"
    assert links(sea.feed) == {
        "alternate": f"{HOME}tags/sea/",
        "self": f"{HOME}tags/sea/feed.xml",
    }
    assert [entry.title for entry in sea.entries] == ["Deutsch", "Tides", "Plain <it>"]
    # A series begins with its oldest part, its feed with the newest.
    talks = parsed(site, "series/talks/feed.xml")
    assert [entry.title for entry in talks.entries] == ["Far", "Heard"]
    boats = parsed(site, "boats/feed.xml")
    assert [entry.title for entry in boats.entries] == ["Rui", "Ana"]
    assert f'href="{HOME}boats/ana/"' in boats.entries[0].content[0].value
    assert "authors/feed.xml" not in content_of(site)


def test_an_entry_says_its_language_where_it_is_another(site: Build) -> None:
    feed = ET.fromstring(content_of(site)["feed.xml"])
    assert feed.get(XML_LANG) == "en"
    entries = {entry.findtext(f"{ATOM}title"): entry for entry in feed.iter(f"{ATOM}entry")}
    assert entries["Deutsch"].get(XML_LANG) == "de"
    assert entries["Tides"].get(XML_LANG) is None
    assert by_id(parsed(site, "rss.xml"))["german"].language == "de"
    items = json_items(site)
    assert (items["german"]["language"], "language" in items["link"]) == ("de", False)


def test_excerpts_alone() -> None:
    site = made(FILES, SETTINGS.replace("{lists: [tags, series]}", "{content: excerpt}"))
    plain = by_id(parsed(site, "feed.xml"))["plain"]
    assert "content" not in plain
    assert plain.summary == "<p>One &amp; <em>two</em>.</p>"
    rss = by_id(parsed(site, "rss.xml"))["plain"]
    assert "content" not in rss
    assert rss.summary == "<p>One &amp; <em>two</em>.</p>"
    assert json_items(site)["plain"]["content_html"] == "<p>One &amp; <em>two</em>.</p>"
    assert "tags/sea/feed.xml" not in content_of(site)


def test_browsers_are_given_a_style_sheet_where_there_is_one(site: Build) -> None:
    style = '<?xml-stylesheet type="text/css" href="/blog/assets/css/feed.'
    for path in ("feed.xml", "rss.xml", "podcast.xml", "tags/sea/feed.xml"):
        assert page(site, path).splitlines()[1].startswith(style), path
    assert "xml-stylesheet" not in page(site, "sitemap.xml")
    files = {path: text for path, text in FILES.items() if path != "static/css/feed.css"}
    assert "xml-stylesheet" not in page(made(files, SETTINGS), "feed.xml")


def test_a_site_without_a_podcast_has_no_feed_of_one() -> None:
    files = {path: FILES[path] for path in FILES if "far" not in path}
    site = made(files, SETTINGS.partition("podcast:")[0])
    assert "podcast.xml" not in content_of(site)
    assert by_id(parsed(site, "rss.xml"))["heard"].enclosures


@pytest.mark.parametrize(
    "name", ["take #3.mp3", "why?.mp3", "100%.mp3", "50%25.mp3", 'a & b\'s "c".mp3', "é, ü.mp3"]
)
def test_a_recording_may_have_any_name(name: str) -> None:
    """Also one with signs that mean something in an address."""
    written = json.dumps(name, ensure_ascii=False)
    site = built(
        {
            "content/posts/2024-01-04-heard.md": post(f"audio: {written}", title="Heard"),
            f"content/posts/{name}": b"0" * 7,
        }
    )
    assert told(site.own_problems) == []
    (entry,) = parsed(site, "rss.xml").entries
    (enclosure,) = entry.enclosures
    assert enclosure.length == "7"
    path = unquote(urlsplit(enclosure.href).path)
    assert path.rpartition("/")[2].startswith(name.removesuffix(".mp3"))
    assert path.removeprefix("/") in content_of(site)


@pytest.mark.parametrize(
    ("audio", "line"),
    [
        ("audio: gone.mp3", ":3: missing-file: `gone.mp3`: no such file"),
        ("audio: {file: empty.mp3}", ":3: bad-audio: `audio`: `empty.mp3` is empty, or no file"),
        ("audio: {file: talk.mp3, transcript: gone.vtt}", "missing-file"),
    ],
)
def test_a_recording_that_is_not_there_is_told(audio: str, line: str) -> None:
    files = {
        "content/posts/2024-01-04-heard.md": post(audio, title="Heard"),
        "content/posts/talk.mp3": b"0",
        "content/posts/empty.mp3": b"",
    }
    problems = told(built(files).own_problems)
    assert any(line in each for each in problems), problems


def test_one_that_lies_elsewhere_needs_its_length() -> None:
    files = {**FILES, "content/posts/2024-01-05-far.md": post("audio: far.mp3", title="Far")}
    problems = told(made(files, SETTINGS).own_problems)
    assert [line for line in problems if "cover" not in line] == [
        "content/posts/2024-01-05-far.md:3: bad-audio: `audio`: the length of `far.mp3` is not "
        "known here"
    ]


def test_directories_want_a_square_cover(site: Build) -> None:
    assert [line for line in told(site.own_problems) if "podcast-cover" in line] == [
        "site.yaml:0: podcast-cover: podcast.image: `/images/cover.png` has 40 x 20 pixels; "
        "directories refuse it"
    ]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "category: Travel\n  image: a.png",
            "`podcast.category`: `Travel` is none that directories know",
        ),
        ("category: Arts", "`podcast.image` is missing"),
        ("category: Arts\n  image: a.png\n  media: /a", "`podcast.media`: a whole address"),
        ("category: Arts\n  image: a.png\n  items: 0", "`podcast.items`: 1 or more"),
    ],
)
def test_what_is_wrong_with_the_settings_of_a_podcast(setting: str, message: str) -> None:
    settings = SETTINGS.partition("podcast:")[0] + f"podcast:\n  {setting}\n"
    with pytest.raises(SiteError) as caught:
        built({}, settings)
    assert any(message in line for line in told(caught.value.problems))
