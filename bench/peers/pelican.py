"""The posts as a site of Pelican."""

from __future__ import annotations

from pathlib import Path

from bench.peers.install import from_pypi
from bench.tool import Tool, write


def pelican(tools: Path) -> Tool:
    """Return Pelican, from PyPI, with its cache of contents."""
    programs = from_pypi(tools / "pelican", "pelican[markdown]")

    def set_up(site: Path) -> None:
        write(
            site / "pelicanconf.py",
            'SITENAME = "Bench"\nSITEURL = "https://bench.example"\nPATH = "content"\n'
            'THEME = "theme"\nTIMEZONE = "UTC"\nDEFAULT_PAGINATION = 10\nFEED_DOMAIN = SITEURL\n'
            'FEED_ALL_ATOM = "feed.xml"\nCATEGORY_FEED_ATOM = None\nTAG_FEED_ATOM = None\n'
            'TRANSLATION_FEED_ATOM = None\nAUTHOR_FEED_ATOM = None\nDIRECT_TEMPLATES = ["index"]\n'
            'AUTHOR_SAVE_AS = ""\nFEED_MAX_ITEMS = 20\nCACHE_CONTENT = True\n'
            'LOAD_CONTENT_CACHE = True\nCONTENT_CACHING_LAYER = "reader"\n'
            'MARKDOWN = {"extension_configs": {"markdown.extensions.codehilite": '
            '{"css_class": "highlight", "guess_lang": False}, "markdown.extensions.extra": {}, '
            '"markdown.extensions.toc": {}}, "output_format": "html5"}\n',
        )
        templates = site / "theme/templates"
        (site / "theme/static").mkdir(parents=True)
        head = "<!doctype html><html lang=en><meta charset=utf-8><title>{{ SITENAME }}</title>"
        listed = head + (
            '<ul>{% for article in articles_page.object_list %}<li><a href="{{ SITEURL }}/'
            '{{ article.url }}">{{ article.title }}</a> {{ article.date.date() }}{% endfor %}</ul>'
            "{{ articles_page.number }} / {{ articles_paginator.num_pages }}"
        )
        for name in ("index", "tag", "category"):
            write(templates / f"{name}.html", listed)
        write(
            templates / "article.html",
            head + "<h1>{{ article.title }}</h1>{{ article.content }}{% for tag in article.tags %}"
            '<a href="{{ SITEURL }}/{{ tag.url }}">{{ tag }}</a> {% endfor %}',
        )

    program = str(programs / "pelican")
    build = [program, "--quiet", "content", "-s", "pelicanconf.py"]
    memory = ("cache", "__pycache__")
    version = [program, "--version"]
    remark = "lists the posts of a tag or category in pages of ten, and links no post to another"
    places = ("content", "theme/templates/article.html", "output")
    return Tool("Pelican", "pelican", *places, memory, set_up, build, version, remark)
