"""Whole sites of a hundred short texts, as a person's own would be, for three generators.

The same words make the same sites: each text is put together from pieces of Markdown that all
generators read alike, so that what differs is what an import has done to it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

PNG = (Path(__file__).parent / "hugo" / "flat" / "site" / "static" / "img" / "sky.png").read_bytes()

_THINGS = ("Boat", "Quay", "Lamp", "Rope", "Chart", "Gull", "Lock", "Sail", "Buoy", "Net")
_STATES = (
    *("at Low Water", "in Fog", "& the Moon", "after Rain", "by Night", "without a Name"),
    *("of 1913", "on the Sand", "(again)", "for Sale"),
)
_TAGS = ("tide", "moon", "Low Water", "R & D", "harbour", "C++")
_CATEGORIES = ("sea", "shore", "sky")
_FIRST = dt.date(2015, 3, 1)


class Text(NamedTuple):
    """One text: `body` names other texts as `[[number]]`, and a picture as `((picture))`."""

    number: int
    title: str
    name: str
    date: dt.date
    tags: list[str]
    category: str
    body: str


def texts(count: int = 90) -> list[Text]:
    """Return the texts of a site."""
    return [_text(number, count) for number in range(count)]


def _text(number: int, count: int) -> Text:
    thing, state = _THINGS[number % 10], _STATES[number // 10 % 10]
    title = f"{thing} {state}" if number < 100 else f"{thing} {number} {state}"
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    day = _FIRST + dt.timedelta(days=37 * number)
    tags = [_TAGS[number % 6], _TAGS[(number // 2) % 6]] if number % 7 else []
    pieces = [_PIECES[(number * 3 + step * 5) % len(_PIECES)] for step in range(3 + number % 3)]
    body = "\n\n".join(
        piece(thing, (number + 11 * step) % count) for step, piece in enumerate(pieces)
    )
    tags = list(dict.fromkeys(tags))
    opening = f"On day {37 * number} the {thing.lower()} is *here*, and nobody saw it come."
    return Text(number, title, name, day, tags, _CATEGORIES[number % 3], f"{opening}\n\n{body}\n")


_PIECES: tuple[Callable[[str, int], str], ...] = (
    lambda thing, other: f"## A {thing.lower()} & its keeper\n\nSee [the other](([{other}])) one.",
    lambda thing, _: f"- {thing}\n- *salt*\n- `knot -t`\n\nThat is all there is.",
    lambda thing, _: f"1. Find the {thing.lower()}.\n2. Leave it.\n\n> The sea is\n> late.",
    lambda thing, _: f"```python\nfor each in {thing.lower()}s:\n    print(each)\n```",
    lambda thing, _: "| what | how deep |\n|---|---:|\n| " + thing + " | 3 m |\n| **sea** | 40 m |",
    lambda thing, other: f"Two lines of **{thing}**\nand [one more](([{other}])).",
    lambda thing, _: f"![A {thing.lower()} at dusk](((picture)))",
    lambda _thing, _: "### Numbers & names\n\nOne, two; [far off](https://b.example/x_y?a=1&b=2).",
    lambda thing, _: f"<div class=\"box\">\n<p>A {thing.lower()} in a <b>box</b>.</p>\n</div>",
    lambda thing, _: f"Costs 5 € — or 3 *{thing.lower()}s*; it’s “cheap”.",
    lambda _thing, _: "---\n\nAfter a rule.",
)  # fmt: skip


def _linked(text: Text, link: Callable[[int], str], picture: str) -> str:
    body = re.sub(r"\(\[(\d+)\]\)", lambda found: link(int(found[1])), text.body)
    return body.replace("((picture))", picture)


def _pages() -> Iterator[tuple[str, str, str]]:
    for number in range(10):
        yield (
            f"page-{number}",
            f"Page number {number}",
            f"## Part {number}\n\nWords of page {number}.\n",
        )


def eleventy() -> dict[str, str | bytes]:
    """Return an Eleventy site, with its own folders, data files, Nunjucks and tags' pages."""
    files: dict[str, str | bytes] = {
        "eleventy.config.mjs": 'import { IdAttributePlugin } from "@11ty/eleventy";\n'
        "export default function (config) {\n"
        "  config.addPlugin(IdAttributePlugin);\n"
        '  config.addPassthroughCopy({ "public/": "/" });\n'
        '  config.addShortcode("year", () => "2020");\n}\n'
        'export const config = { markdownTemplateEngine: "njk",\n'
        '  dir: { input: "content", includes: "../_includes", data: "../_data" } };\n',
        "_data/metadata.js": 'export default { title: "Tides", url: "https://a.example",\n'
        '  language: "en", description: "Of tides", author: { name: "Ada" } };\n',
        "package.json": '{"type": "module"}',
        "content/blog/blog.json": '{"tags": "posts", "permalink": "/blog/{{ page.fileSlug }}/"}',
        "content/index.njk": "{% for post in collections.posts %}{{ post.url }}{% endfor %}\n",
        "content/tags.njk": "---\npagination:\n  data: collections\n  size: 1\n  alias: tag\n"
        'permalink: "/tags/{{ tag | slugify }}/"\n---\n{{ tag }}\n',
        "public/img/quay.png": PNG,
    }
    all_texts = texts()
    for text in all_texts:
        body = _linked(text, lambda other: f"/blog/{all_texts[other].name}/", "/img/quay.png")
        matter = f'---\ntitle: "{text.title}"\ndate: {text.date}\ntags: {text.tags}\n---\n'
        files[f"content/blog/{text.date.year}/{text.name}.md"] = matter + body
    for number, (name, title, body) in enumerate(_pages()):
        matter = (
            f"---\ntitle: {title}\neleventyNavigation: {{key: {title}, order: {number}}}\n---\n"
        )
        files[f"content/{name}.md"] = matter + body
    return files


def pelican() -> dict[str, str | bytes]:
    """Return a Pelican site, with categories by folders and its own patterns of addresses."""
    files: dict[str, str | bytes] = {
        "pelicanconf.py": 'SITENAME = "Tides"\nSITEURL = ""\nPATH = "content"\nAUTHOR = "Ada"\n'
        'TIMEZONE = "Europe/London"\nDEFAULT_LANG = "en"\nDEFAULT_PAGINATION = 10\n'
        'ARTICLE_URL = "{date:%Y}/{date:%m}/{slug}.html"\nARTICLE_SAVE_AS = ARTICLE_URL\n'
        'PAGE_URL = PAGE_SAVE_AS = "{slug}.html"\nTYPOGRIFY = False\n'
        "MARKDOWN = {'extension_configs': {'markdown.extensions.extra': {},\n"
        "  'markdown.extensions.codehilite': {'css_class': 'highlight'},\n"
        "  'markdown.extensions.toc': {}}}\n",
        "publishconf.py": "from pelicanconf import *\nSITEURL = 'https://a.example'\n",
        "content/images/quay.png": PNG,
    }
    all_texts = texts()

    def path(text: Text) -> str:
        return f"{text.category}/{text.date}-{text.name}.md"

    for text in all_texts:
        body = _linked(text, lambda other: f"{{filename}}/{path(all_texts[other])}",
                       "{static}/images/quay.png")  # fmt: skip
        tags = f"Tags: {', '.join(text.tags)}\n" if text.tags else ""
        files[f"content/{path(text)}"] = f"Title: {text.title}\n{tags}\n{body}"
    for name, title, body in _pages():
        files[f"content/pages/{name}.md"] = f"Title: {title}\n\n{body}"
    return files


def zola() -> dict[str, str | bytes]:
    """Return a Zola site, with sections, taxonomies and internal links."""
    files: dict[str, str | bytes] = {
        "config.toml": 'base_url = "https://a.example"\ntitle = "Tides"\ngenerate_feeds = true\n'
        'taxonomies = [{name = "tags"}, {name = "categories"}]\n',
        "content/_index.md": '+++\nsort_by = "date"\n+++\n',
        "content/blog/_index.md": '+++\ntitle = "Blog"\nsort_by = "date"\npaginate_by = 10\n+++\n',
        "content/guide/_index.md": '+++\ntitle = "Guide"\nsort_by = "title"\n+++\nA guide.\n',
        "static/img/quay.png": PNG,
    }
    all_texts = texts()
    for text in all_texts:
        body = _linked(
            text, lambda other: f"@/blog/{all_texts[other].date}-{all_texts[other].name}.md",
            "/img/quay.png",
        )  # fmt: skip
        matter = f'+++\ntitle = "{text.title}"\n[taxonomies]\ntags = {text.tags}\n'
        files[f"content/blog/{text.date}-{text.name}.md"] = (
            f'{matter}categories = ["{text.category}"]\n+++\n{body}'
        )
    for name, title, body in _pages():
        files[f"content/guide/{name}.md"] = f'+++\ntitle = "{title}"\n+++\n{body}'
    return files
