"""The posts as a site of Eleventy."""

from __future__ import annotations

from pathlib import Path

from bench.peers.install import from_npm
from bench.tool import Tool, write


def eleventy(tools: Path) -> Tool:
    """Return Eleventy, from npm."""
    modules = from_npm(
        tools / "eleventy", "@11ty/eleventy@3", "@11ty/eleventy-plugin-syntaxhighlight@5"
    )
    program = ["node", str(modules / "@11ty/eleventy/cmd.cjs")]

    def set_up(site: Path) -> None:
        (site / "node_modules").symlink_to(modules)
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
    remark = "lists all posts of a tag or category on one page"
    memory = (".cache",)
    places = ("posts", "_includes/post.njk", "_site")
    return Tool("Eleventy", "eleventy", *places, memory, set_up, build, version, remark)
