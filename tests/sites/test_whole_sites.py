"""Whole sites: what is made of a writer's files."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from generator.pipeline.results import Build
from generator.site.counts import Counts, read_counts
from tests.support.sites import (
    PROJECT,
    built,
    command_here,
    config,
    content_of,
    minimal_templates,
    page,
    post,
    told,
    tree,
    write,
    write_site,
)

SETTINGS = "page_size: 2\nrelated: 2\ncounter: {enabled: false}\n"


def days(count: int, matter: str = "") -> dict[str, str | bytes]:
    return {
        f"content/posts/2024-01-{day:02}-p{day}.md": post(matter, title=f"P{day}")
        for day in range(1, count + 1)
    }


def soup(site: Build, path: str) -> BeautifulSoup:
    return BeautifulSoup(page(site, path), "html.parser")


def links(site: Build, path: str) -> list[str]:
    return [str(a["href"]) for a in soup(site, path).select("main a")]


def test_lists_go_over_pages_and_none_is_lost() -> None:
    site = built(days(5), SETTINGS)
    shown = [links(site, f"posts/{part}index.html") for part in ("", "page/2/", "page/3/")]
    posts = [url for urls in shown for url in urls if re.fullmatch(r"/posts/p\d/", url)]
    assert posts == [f"/posts/p{day}/" for day in (5, 4, 3, 2, 1)]
    assert [url for url in shown[0] if "page" in url or url == "/posts/"] == [
        "/posts/", "/posts/page/2/", "/posts/page/3/",
    ]  # fmt: skip
    assert links(site, "archive/2024/index.html") == ["/archive/2024/", *posts]


def test_a_pager_shows_the_ends_and_what_is_near() -> None:
    templates = minimal_templates()
    templates["posts.html"] = (
        "{{ page.pager.pages|map(attribute='title')|join(' ') }} "
        "{{ page.pager.previous }} {{ page.pager.next }}"
    )
    site = built(days(25), "page_size: 1\ncounter: {enabled: false}", templates=templates)
    assert page(site, "posts/index.html") == "1 2 3 25  /posts/page/2/"
    assert page(site, "posts/page/2/index.html") == "1 2 3 4 25 /posts/ /posts/page/3/"
    assert (
        page(site, "posts/page/9/index.html") == "1 7 8 9 10 11 25 /posts/page/8/ /posts/page/10/"
    )


def test_neighbours() -> None:
    site = built(days(3), SETTINGS)
    middle = soup(site, "posts/p2/index.html")
    assert middle.select_one("a[rel=prev]")["href"] == "/posts/p1/"  # type: ignore[index]
    assert middle.select_one("a[rel=next]")["href"] == "/posts/p3/"  # type: ignore[index]
    assert soup(site, "posts/p1/index.html").select_one("a[rel=prev]") is None
    assert soup(site, "posts/p3/index.html").select_one("a[rel=next]") is None


def test_series_and_terms_have_pages() -> None:
    site = built(
        days(3, "series: A Journey\ntags: [Sea]\ncategories: News\nauthor: Ana Lima"), SETTINGS
    )
    paths = content_of(site)
    for path in (
        "series/a-journey",
        "tags/sea",
        "categories/news",
        "authors/ana-lima",
        "tags",
        "series/a-journey/page/2",
    ):
        assert f"{path}/index.html" in paths
    series = soup(site, "posts/p2/index.html").select("main a")
    assert [a.text for a in series if a["href"] in ("/posts/p1/", "/posts/p2/", "/posts/p3/")][
        -5:-2
    ] == ["P1", "P2", "P3"]
    assert soup(site, "tags/sea/index.html").h1.text == "Sea"  # type: ignore[union-attr]


def test_a_base_path_goes_before_every_address() -> None:
    files = {
        **days(3, "tags: [sea]\nredirect_from: /old-{p}/".replace("{p}", "")),
        "content/pages/index.md": post(
            "", "[a](about.md) [p](/posts/p1/) ![i](/i.png)", title="Home"
        ),
        "content/pages/about.md": post("", "x", title="About"),
        "static/i.png": b"x",
    }
    del files["content/posts/2024-01-02-p2.md"], files["content/posts/2024-01-03-p3.md"]
    site = built(files, f"url: https://x.org/blog/\n{SETTINGS}")
    assert "posts/p1/index.html" in content_of(site)
    for path, content in content_of(site).items():
        if path.endswith(".html"):
            inner = re.findall(rb'(?:href|src)="(/[^"]*)"', content)
            assert all(url.startswith(b"/blog/") for url in inner), path
    assert (
        soup(site, "index.html").select_one("link[rel=canonical]")["href"] == "https://x.org/blog/"
    )  # type: ignore[index]


def test_page_bundles_and_images_beside_posts() -> None:
    site = built(
        {
            "content/posts/2024-01-01-trip/index.md": post(
                "image: boat.png\nimage_alt: B", "![B](boat.png)\n\n![C](../c.png)", title="Trip"
            ),
            "content/posts/2024-01-01-trip/boat.png": b"1",
            "content/posts/2024-01-01-trip/unused.png": b"2",
            "content/posts/c.png": b"3",
        },
        SETTINGS,
    )
    assert told(site.problems) == []
    html = page(site, "posts/trip/index.html")
    assert re.search(
        r'src="/assets/posts/2024-01-01-trip/boat\.[0-9a-f]{12}\.png" width="40" height="20"', html
    )
    shipped = [path for path in content_of(site) if path.startswith("assets/posts")]
    assert [path.split(".")[0] for path in shipped] == [
        "assets/posts/2024-01-01-trip/boat",
        "assets/posts/c",
    ]


def test_a_file_that_keeps_its_address_can_be_linked() -> None:
    site = built(
        {
            "content/posts/2024-01-01-x.md": post("", "[Chart](/charts/b%20a.pdf)"),
            "static/root/charts/b a.pdf": b"chart",
        },
        f"{SETTINGS}url: https://example.org/blog",
    )
    assert "/blog/charts/b%20a.pdf" in links(site, "posts/x/index.html")
    assert not [problem for problem in site.problems if problem.code == "missing-file"]


def test_a_place_linked_in_an_excerpt_is_that_of_the_post() -> None:
    site = built(
        {"content/posts/2024-01-01-a.md": post("", "[Below](#part).\n\n## Part\n\nx")}, SETTINGS
    )
    assert "/posts/a/#part" in links(site, "posts/index.html")
    assert "#part" in links(site, "posts/a/index.html")


def test_excerpts_by_front_matter() -> None:
    site = built({"content/posts/2024-01-01-a.md": post("excerpt: 1 < 2 & <b>", "x")}, SETTINGS)
    assert "<p>1 &lt; 2 &amp; &lt;b&gt;</p>" in page(site, "posts/index.html")


@pytest.mark.parametrize(
    ("matter", "body", "description"),
    [
        ("description: Said", "x", "Said"),
        ("excerpt: In short", "x", "In short"),
        ("", "The *first* words.", "The first words."),
        ("", "word " * 60, ("word " * 31)[:-1] + "…"),
        ("", "字" * 300, "字" * 159 + "…"),
    ],
)
def test_descriptions(matter: str, body: str, description: str) -> None:
    site = built({"content/posts/2024-01-01-a.md": post(matter, body)}, SETTINGS)
    meta = soup(site, "posts/a/index.html").select_one("meta[name=description]")
    assert meta is not None
    assert meta["content"] == description


def test_drafts_and_what_is_to_come_are_left_out_until_asked_for() -> None:
    files = {
        "content/drafts/idea.md": post("", title="Idea"),
        "content/posts/2030-01-01-later.md": post("", title="Later"),
    }
    assert "posts/idea/index.html" not in content_of(built(files, SETTINGS))
    site = built(files, SETTINGS, drafts=True, future=True)
    assert {"posts/idea/index.html", "posts/later/index.html"} <= content_of(site).keys()
    assert {"archive/2024/index.html", "archive/2030/index.html"} <= content_of(site).keys()
    later = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    assert "posts/later/index.html" in content_of(built(files, SETTINGS, now=later))


def test_what_json_ld_says_of_a_post() -> None:
    templates = minimal_templates()
    templates["post.html"] = "{{ page.json_ld|tojson }}"
    site = built(
        {
            "content/posts/2024-01-01-a.md": post(
                "tags: [x]\nlastmod: 2024-02-02", "Four words in all."
            )
        },
        f"author: {{name: Ana}}\n{SETTINGS}",
        templates=templates,
    )
    assert json.loads(page(site, "posts/a/index.html")) == {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "headline": "A post",
        "description": "Four words in all.",
        "url": "https://example.org/posts/a/",
        "inLanguage": "en",
        "mainEntityOfPage": "https://example.org/posts/a/",
        "wordCount": 4,
        "datePublished": "2024-01-01T00:00:00+00:00",
        "dateModified": "2024-02-02T00:00:00+00:00",
        "keywords": ["x"],
        "author": [{"@type": "Person", "name": "Ana"}],
    }


def test_views_known_at_the_last_publish() -> None:
    settings = config("counter: {baked: true}")
    raw = b'{"site": {"views": 9, "visitors": 4}, "pages": {"/a/": {"views": 7, "visitors": 3}}}'
    counts, problems = read_counts(raw, settings)
    assert problems == []
    assert counts.of("/a/") == {"site": 9, "views": 7, "visitors": 3}
    assert counts.of("/b/") == {"site": 9}
    for broken in (b"no json", b"[]", b'{"pages": 3}', b'{"pages": {"/": {"views": "x"}}}'):
        assert [problem.code for problem in read_counts(broken, settings)[1]] == ["bad-counts"]
    assert read_counts(b"no json", config()) == (Counts(), [])


def test_titles_in_any_script_make_urls_that_are_found_again() -> None:
    files = {
        "content/posts/2024-01-01-नमस्ते.md": post("tags: [日本]", title="A"),
        "content/pages/b.md": post("", "[x](2024-01-01-नमस्ते.md) [y](/tags/日本/)", title="B"),
    }
    site = built(files, SETTINGS)
    assert "posts/नमस्ते/index.html" in content_of(site)
    assert links(site, "b/index.html") == [
        "/posts/%E0%A4%A8%E0%A4%AE%E0%A4%B8%E0%A5%8D%E0%A4%A4%E0%A5%87/",
        "/tags/%E6%97%A5%E6%9C%AC/",
    ]


SEED_SHAPE = """\
---
layout: post
title: "Harbours, revisited: ~~notes~~ \\\\& drawings"
date: 2024-02-02 08:15:00 +0100
categories: travel notes
---

# Harbours, revisited

Not 5 \\* 3 but \\[some\\] ~~old~~ new things\\. It's \\_fine\\_\\!

<figure>
  <img src="/images/pier.jpg" alt="A pier">
  <figcaption>The *pier* at noon.</figcaption>
</figure>

#### A level too deep

<figure class="half">
  <a href="/images/map.png"><img src="/images/map.png" alt="A map"></a>
</figure>
"""


def test_a_post_from_elsewhere_builds_but_for_its_images(tmp_path: Path) -> None:
    """Raw figures, escaped signs, strikethrough and skipped headings, as other generators left
    them: the images that are missing are reported, and can be let through."""
    name = "content/posts/2024-02-02-harbours.md"
    root = write_site(tmp_path / "site", {name: SEED_SHAPE})
    plain = (root / "site.yaml").read_text(encoding="utf-8")
    done = command_here(root, "build")
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if "missing" in line] == [
        f"{name}:13: missing-file: `/images/pier.jpg`: no such file",
        f"{name}:20: missing-file: `/images/map.png`: no such file",
    ]
    write(root, {"site.yaml": plain + "checks:\n  missing-file: warning\n"})
    done = command_here(root, "build")
    assert done.returncode == 0, done.stderr
    text = tree(root / "_site")["posts/harbours/index.html"].decode()
    assert "<del>old</del>" in text
    assert "5 * 3 but [some]" in text
    assert "<figcaption>The *pier* at noon.</figcaption>" in text


SEED = PROJECT.parent / "shared" / "seed" / "testing-the-waters.md"
if SEED.exists():  # a real post, where it is at hand; the one above has its shape

    def test_the_seed_post_lacks_nothing_but_its_images(tmp_path: Path) -> None:
        text = SEED.read_text(encoding="utf-8")
        date = re.search(r"^date:\s*(\d{4}-\d{2}-\d{2})", text, re.MULTILINE)
        name = f"content/posts/{date[1] if date else '2024-01-01'}-seed.md"
        root = write_site(tmp_path / "site", {name: text})
        done = command_here(root, "build")
        lines = [line for line in done.stderr.splitlines() if line.startswith("content/")]
        assert lines
        pictures = re.findall(r'<img\s[^>]*?src="\./([^"]*)"', text)
        errors = [line.partition(": ")[2] for line in lines if ": warning: " not in line]
        assert errors == [f"missing-file: `./{picture}`: no such file" for picture in pictures]
        assert f"\n{len(pictures)} errors" in done.stderr
        write(
            root,
            {"site.yaml": (root / "site.yaml").read_text() + "checks: {missing-file: warning}\n"},
        )
        done = command_here(root, "build")
        assert done.returncode == 0, done.stderr
