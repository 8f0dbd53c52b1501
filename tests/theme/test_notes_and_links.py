"""Notes, links and recordings on the theme's pages, as people and as readers of microformats see
them."""

from __future__ import annotations

import json
from typing import Any

import mf2py
import pytest
from bs4 import BeautifulSoup

from generator.pipeline.results import Build
from tests.support.sites import built, page, post
from tests.support.theme import STATIC, THEME

HOME = "https://example.org/"
TARGET = "https://elsewhere.example/a?b=1&c=2"
SETTINGS = """\
title: Small harbour
url: https://example.org
author: {name: Ana Lima}
authors: {rui: {name: Rui Sol, url: "https://rui.example/"}}
social: [{title: Fediverse, url: "https://social.example/@ana"}]
counter: {enabled: false}
untitled_posts: true
feeds: {lists: [tags]}
podcast: {category: Arts, image: /icons/icon-512.png}
"""
FILES: dict[str, str | bytes] = {
    "content/posts/2024-01-01-plain.md": post(
        "tags: [sea]\nupdated: 2024-02-01\nauthors: [rui]", "One.\n\nTwo.", title="A & B"
    ),
    "content/posts/2024-01-02-note.md": "Just *the* sea.\n\n## A part\n\nAnd more.\n",
    "content/posts/2024-01-03-cut.md": "Before it.\n\n<!--more-->\n\nBehind it.\n",
    "content/posts/2024-01-04-link.md": post(f'link: "{TARGET}"', "Read this.", title="Tides"),
    "content/posts/2024-01-05-heard.md": post(
        "audio: {file: talk.mp3, transcript: talk.vtt}\ntags: [sea]", "We talk.", title="Heard"
    ),
    "content/posts/2024-01-06-seen.md": post(
        "audio: {file: 'https://media.example/a.mp4', length: 3000000}", title="Seen"
    ),
    "content/posts/talk.mp3": b"0" * 95,
    "content/posts/talk.vtt": b"WEBVTT",
}


@pytest.fixture(scope="module")
def site() -> Build:
    return built({**STATIC, **FILES}, SETTINGS, templates=THEME)


def soup(site: Build, path: str) -> BeautifulSoup:
    return BeautifulSoup(page(site, f"{path}index.html"), "lxml")


def microformats(site: Build, path: str) -> dict[str, Any]:
    parsed: dict[str, Any] = mf2py.parse(page(site, f"{path}index.html"), url=HOME + path)
    return parsed


def entries(site: Build) -> dict[str, Any]:
    """Return the entries of the list of posts, by their URLs."""
    [feed] = [each for each in microformats(site, "posts/")["items"] if each["type"] == ["h-feed"]]
    return {
        each["properties"]["url"][0].removeprefix(f"{HOME}posts/").strip("/"): each["properties"]
        for each in feed["children"]
    }


def entry(site: Build, path: str) -> dict[str, Any]:
    [found] = [each for each in microformats(site, path)["items"] if each["type"] == ["h-entry"]]
    properties: dict[str, Any] = found["properties"]
    return properties


def test_a_post_is_an_entry(site: Build) -> None:
    plain = entry(site, "posts/plain/")
    assert plain["name"] == ["A & B"]
    assert plain["url"] == plain["uid"] == [f"{HOME}posts/plain/"]
    assert plain["published"] == ["2024-01-01"]
    assert plain["updated"] == ["2024-02-01"]
    assert plain["category"] == ["sea"]
    [author] = plain["author"]
    assert author["type"] == ["h-card"]
    assert author["properties"] == {"name": ["Rui Sol"], "url": [f"{HOME}authors/rui/"]}
    [content] = plain["content"]
    assert content["html"] == "<p>One.</p>\n<p>Two.</p>"


def test_whose_site_it_is_stands_on_every_page(site: Build) -> None:
    for path in ("", "posts/", "posts/plain/", "archive/"):
        parsed = microformats(site, path)
        [card] = [each for each in parsed["items"] if each["type"] == ["h-card"]]
        assert card["properties"] == {"name": ["Ana Lima"], "url": [HOME], "uid": [HOME]}, path
        assert parsed["rels"]["me"] == ["https://social.example/@ana"]
    [author] = entry(site, "posts/note/")["author"]
    assert author["properties"] == {"name": ["Ana Lima"], "url": [HOME]}


def test_a_note_has_its_date_for_a_title(site: Build) -> None:
    note = soup(site, "posts/note/")
    assert note.title is not None
    assert note.title.text == "Just the sea. · Small harbour"
    [heading] = note.select("h1")
    assert heading.text == "2 January 2024"
    assert note.select_one('meta[property="og:title"]')["content"] == "Just the sea."  # type: ignore[index]
    properties = entry(site, "posts/note/")
    assert "name" not in properties
    assert properties["published"] == ["2024-01-02"]


def test_a_list_shows_a_note_itself(site: Build) -> None:
    shown = entries(site)
    assert "name" not in shown["note"]
    assert "Just the sea." in shown["note"]["summary"][0]
    assert "And more." in shown["note"]["summary"][0]
    assert shown["cut"]["summary"] == ["Before it."]
    assert shown["plain"]["name"] == ["A & B"]
    posts = soup(site, "posts/")
    assert [tag.text for tag in posts.select(".note .meta a")] == [
        "3 January 2024",
        "2 January 2024",
    ]
    assert not posts.select(".note [id]")
    older = soup(site, "posts/cut/").select_one(".turn [rel=prev]")
    assert older is not None
    assert older["href"] == "/posts/note/"
    assert "Just the sea." in older.text


def test_a_title_leads_to_the_page_that_a_post_is_about(site: Build) -> None:
    link = entry(site, "posts/link/")
    assert (link["name"], link["bookmark-of"]) == (["Tides"], [TARGET])
    assert link["url"] == [f"{HOME}posts/link/"]
    shown = entries(site)["link"]
    assert (shown["name"], shown["bookmark-of"]) == (["Tides"], [TARGET])
    rows = soup(site, "archive/").select(".rows li")
    [row] = [row for row in rows if "Tides" in row.text]
    assert [tag["href"] for tag in row.select("a")] == ["/posts/link/", TARGET]
    newer = soup(site, "posts/cut/").select_one(".turn [rel=next]")
    assert newer is not None
    assert newer["href"] == "/posts/link/"


def test_a_recording_can_be_heard(site: Build) -> None:
    heard = soup(site, "posts/heard/")
    [player] = heard.select("figure.recording audio[controls]")
    assert str(player["src"]).startswith("/assets/posts/talk.")
    assert player["aria-label"] == "Heard"
    figure = heard.select_one("figure.recording")
    assert figure is not None
    assert figure.text.split() == ["1:35", "MP3,", "1", "MB", "Transcript"]
    assert entry(site, "posts/heard/")["audio"][0].startswith(f"{HOME}assets/posts/talk.")
    assert soup(site, "posts/seen/").select('video[src="https://media.example/a.mp4"]')
    assert not soup(site, "posts/plain/").select("figure.recording")


def test_search_engines_are_told(site: Build) -> None:
    def told(path: str) -> dict[str, Any]:
        [script] = soup(site, path).select('script[type="application/ld+json"]')
        data: dict[str, Any] = json.loads(script.text)
        return data

    assert told("posts/link/")["sharedContent"] == {"@type": "WebPage", "url": TARGET}
    audio = told("posts/heard/")["audio"]
    assert (audio["@type"], audio["duration"]) == ("AudioObject", "PT95S")
    assert audio["contentUrl"].startswith(f"{HOME}assets/posts/talk.")
    assert told("posts/seen/")["audio"]["@type"] == "VideoObject"
    assert told("posts/note/")["headline"] == "Just the sea."


def test_pages_name_their_feeds(site: Build) -> None:
    def named(path: str) -> list[str]:
        found = soup(site, path).select("head link[rel=alternate]")
        return [str(tag["href"]) for tag in found]

    own = ["/feed.xml", "/rss.xml", "/feed.json"]
    assert named("posts/") == [*own, "/podcast.xml"]
    assert named("tags/sea/") == [*own, "/tags/sea/feed.xml", "/podcast.xml"]
