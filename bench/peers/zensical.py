"""The posts as a site of Zensical."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bench.peers.install import from_pypi
from bench.tool import Tool, write

_SETTINGS = """\
site_name: Bench
site_url: https://bench.example/
site_description: A site to measure.
theme: {name: null, custom_dir: theme}
validation: false
markdown_extensions:
  - extra
  - toc
  - codehilite: {css_class: highlight, guess_lang: false}
plugins:
  - search: {enabled: false}
  - blog: {blog_dir: ., post_url_format: "{file}", post_readtime: false, archive: false,
           authors: false}
  - tags
  - rss: {length: 20, abstract_chars_count: -1, json_feed_enabled: false, match_path: "posts/.*",
          date_from_meta: {as_creation: date}}
"""
"""In the format of MkDocs, which Zensical reads too: only YAML can say that there is no theme
beneath our own. The extensions are those that Pelican gets."""

_HEAD = "<!doctype html><html lang=en><meta charset=utf-8><title>{{ page.title }}</title><body>"

_TITLED = _HEAD + "<h1>{{ page.title }}</h1>{{ page.content }}"

_TEMPLATES = {
    "main.html": _TITLED,
    "blog-post.html": _TITLED
    + '{% for tag in tags %}<a href="{{ tag.url | url }}">{{ tag.name }}</a> {% endfor %}'
    '{% if page.next_page %}<a href="{{ page.next_page.url | url }}">{{ page.next_page.title }}</a>'
    "{% endif %}",
    "blog.html": _HEAD + '<ul>{% for post in posts %}<li><a href="{{ post.url | url }}">'
    "{{ post.title }}</a> {{ post.config.date.created | date }}{% endfor %}</ul>"
    "{% for item in pagination.items %}{{ item.value }} {% endfor %}",
    # Zensical asks for this one by its name to have its own words translated.
    "partials/language.html": "{% macro t(key) %}{{ key }}{% endmacro %}",
}


def zensical(tools: Path) -> Tool:
    """Return Zensical, from PyPI, with its cache."""
    program = str(from_pypi(tools / "zensical", "zensical") / "zensical")

    def set_up(site: Path) -> None:
        write(site / "mkdocs.yml", _SETTINGS)
        for name, text in _TEMPLATES.items():
            write(site / "theme" / name, text)
        write(site / "docs/index.md", "---\ntitle: Bench\n---\n")
        for tag in _tags(site / "docs/posts"):
            listing = f"---\ntitle: {tag}\n---\n\n<!-- material/tags {{ include: [{tag}] }} -->\n"
            write(site / f"docs/tags/{tag}.md", listing)

    build, version = [program, "build"], [program, "--version"]
    remark = (
        "lists the posts of a category in pages of ten, but those of a tag, all and by title, only"
        " in a page that asks for them, so each tag has such a page among its sources; and has a"
        " second feed, of what was updated, which cannot be left out alone"
    )
    memory = (".cache",)
    places = ("docs/posts", "theme/blog-post.html", "site")
    return Tool("Zensical", "hugo", *places, memory, set_up, build, version, remark)


def _tags(posts: Path) -> list[str]:
    """Return the tags of all posts, each once."""
    found: set[str] = set()
    for post in posts.glob("*.md"):
        if line := re.search(r"(?m)^tags: (\[.*\])$", post.read_text(encoding="utf-8")):
            found.update(json.loads(line[1]))
    return sorted(found)
