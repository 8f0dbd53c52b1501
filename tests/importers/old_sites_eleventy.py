"""Small whole Eleventy sites of our own, for what is not in one text."""

from __future__ import annotations

from collections.abc import Mapping

from tests.importers.old_sites_cases import text

SITE = '{"title": "Tides", "url": "https://a.example"}'
CONFIG = "eleventy.config.cjs"


def site(files: Mapping[str, str | bytes]) -> dict[str, str | bytes]:
    """Return a site's files with what all of them have."""
    return {"_data/metadata.json": SITE, **files}


SITES: dict[str, Mapping[str, str | bytes]] = {
    "eleventy-names": site(
        {
            "posts/2020-01-02-a & b + c.md": text(),
            "posts/2020-01-02-snake_case--and.dots.md": text(),
            "posts/Übung macht's.md": text("date: 2020-01-02\n"),
            "posts/2020/same/same.md": text("date: 2020-01-02\n"),
            "posts/2020-05-06-dir/index.md": text(),
            "notes/A Page (old).md": text(),
            "notes/index.md": text(),
            "under_score/p.md": text(),
            "about.en.md": text(),
        }
    ),
    "eleventy-permalinks": site(
        {
            "posts/2020-01-02-one.md": text(
                "permalink: \"/{{ page.date | date: '%Y/%m/%d' }}/{{ page.fileSlug }}/\"\n"
            ),
            "posts/2020-01-02-two.md": text(
                'permalink: "/x/{{ title | slugify }}/index.html"\n', title="Über's C++ & C#"
            ),
            "posts/2020-01-02-three.md": text('permalink: "{{ page.filePathStem }}.html"\n'),
            "posts/2020-01-02-four.md": text("permalink: plain.html\n"),
            "a/deep.md": text('permalink: "{{ page.filePathStem }}.html"\n'),
            "bb/deep.md": text('permalink: "{{ page.filePathStem }}/"\n'),
            "piece.md": text("permalink: false\n"),
            "build.md": text("permalink: {build: /built/}\n"),
            "raw.md": text("permalink: /raw/as-is/\ndynamicPermalink: false\n"),
        }
    ),
    "eleventy-cascade": site(
        {
            "_includes/post.liquid": "---\nlayout: shown.liquid\ntags: [laid]\n---\n{{ content }}",
            "posts/posts.json": '{"tags": "posts", "permalink": "/blog/{{ page.fileSlug }}/"}',
            "posts/posts.11tydata.json": '{"layout": "post.liquid"}',
            "posts/2020-01-02-one.md": text("tags: [tide, moon]\n"),
            "posts/2020-01-02-two.md": text("override:tags: [tide]\n"),
            "posts/deep/deep.11tydata.cjs": "module.exports = { permalink: `/deep/`"
            " + '{{ page.fileSlug }}/', n: 1 + 1 };\n",
            "posts/deep/2020-01-03-three.md": text(),
            "posts/deep/2020-01-03-four.md": text(),
            "posts/deep/2020-01-03-four.11tydata.json": '{"permalink": "/of-file/"}',
            "notes/notes.json": '{"permalink": "/n/{{ title | slug }}/"}',
            "notes/a.md": text(title="A Note of $5 & more"),
        }
    ),
    "eleventy-dates": site(
        {
            "posts/zone.md": text("date: 2020-01-02T23:30:00-05:00\n"),
            "posts/quoted.md": text('date: "2020-01-02T10:00:00"\n'),
            "posts/2020-01-02-named.md": text("date: 2020-03-04\n"),
            "posts/2021-05-06/deep.md": text(),
            "posts/zulu.md": text("date: 2020-01-02T23:30:00Z\n"),
        }
    ),
    "eleventy-folders": {
        CONFIG: 'module.exports = (config) => {\n  config.setInputDirectory("src");\n'
        '  config.addPassthroughCopy({ "public": "/" });\n'
        '  config.addPassthroughCopy("src/files");\n'
        '  config.addPassthroughCopy("src/**/*.zip");\n'
        '  config.ignores.add("src/README.md");\n'
        '  return { dir: { includes: "../parts", data: "../facts" },'
        ' markdownTemplateEngine: "njk" };\n};\n',
        "parts/shown.liquid": "",
        "facts/layout.json": '"shown.liquid"',
        "facts/site.json": SITE,
        "src/README.md": "Not a page.\n",
        "src/posts/2020-01-02-one.md": text(
            body="[p](/plan.pdf) [f](/files/a.pdf) [z](/posts/a.zip) {{ site.title | upper }}"
            " {% set x = 'high' %}{{ x }} {# gone #}{% if title == 'A text' %}water{% endif %}"
        ),
        "src/posts/a.zip": b"PK",
        "src/files/a.pdf": b"%PDF",
        "public/plan.pdf": b"%PDF",
    },
    "eleventy-links": site(
        {
            CONFIG: 'const { InputPathToUrlTransformPlugin } = require("@11ty/eleventy");\n'
            "module.exports = (config) => { config.addPlugin(InputPathToUrlTransformPlugin); };\n",
            "posts/2020-01-02-one.md": text(
                body="[a](2020-01-02-two.md) [b](/posts/2020-01-02-two.md) [c](../2020-01-02-two/)"
                ' <a href="/notes/three.md#x">d</a> [e]({{ "/notes/three/" | url }})'
            ),
            "posts/2020-01-02-two.md": text(body="[n](/notes/three/) [o](../../notes/three/)"),
            "notes/three.md": text(),
        }
    ),
    "eleventy-liquid": site(
        {
            "_data/ports.json": '[{"name": "Ost", "depth": 3}, {"name": "West", "depth": 5}]',
            "_data/deep/team.json": '{"ada": {"role": "pilot"}}',
            "_data/boats.cjs": 'const ketch = "ketch";\nmodule.exports = ["sloop", ketch];\n',
            "_includes/note.html": "<p>Mind the tide.</p>\n",
            "posts/2020-01-02-loop.md": text(
                body="{% for port in ports %}\n- {{ port.name }}: {{ port.depth }} m\n"
                "{% endfor %}\n\nOf {{ ports | size }}: {{ boats | join: ', ' }}."
            ),
            "posts/2020-01-02-include.md": text(
                body='{% include "note.html" %}\n\nBy {{ deep.team.ada.role }}.'
            ),
            "posts/2020-01-02-values.md": text(
                "boat: sloop\n",
                "{% assign who = deep.team.ada %}A {{ who.role }}"
                "{% if boat == 'sloop' %} in a {{ boat | upcase }}{% endif %}\n\n"
                "{% raw %}{{ not.run }}{% endraw %}{% comment %}x{% endcomment %}"
                " at {{ metadata.title }} {{ page.url }} {{ page.fileSlug }}",
            ),
        }
    ),
    "eleventy-matter": site(
        {
            "posts/2020-01-02-json.md": '---json\n{"title": "In JSON", "tags": ["a"]}\n---\nT.\n',
            "posts/2020-01-02-script.md": '---js\nconst title = "In a script";\n'
            'const permalink = "/in-a-script/";\n---\nT.\n',
            "posts/2020-01-02-object.md": '---js\n{ title: "An object", n: 1 }\n---\nT.\n',
            "posts/2020-01-02-none.md": "# A heading\n\nNo front matter.\n",
            "posts/2020-01-02-crlf.md": "---\r\ntitle: Lines\r\n---\r\nOne\r\ntwo.\r\n",
        }
    ),
    "eleventy-kinds": site(
        {
            "writing/a.md": text("date: 2020-01-02\ntags: post\n"),
            "writing/b.md": text("date: 2020-01-02\n"),
            "deep/c.md": text("date: 2020-01-02\ntags: [posts]\n"),
            "posts/hidden.md": text("date: 2020-01-02\neleventyExcludeFromCollections: true\n"),
            "raw.html": "---\ntitle: Raw\n---\n<p>In <b>HTML</b>.</p>\n\n<p>More.</p>\n",
            "page.njk": "---\ntitle: Made\n---\n<p>By {{ title }}.</p>\n",
            "other.liquid": "---\ntitle: Liquid\n---\n<p>By {{ title }}.</p>\n",
            "only.md": text("templateEngineOverride: md\n", "{{ title }} stays."),
        }
    ),
    "eleventy-terms": site(
        {
            "posts/2020-01-02-one.md": text("tags: [posts, 'C++', Low Water, Ärger]\n"),
            "tags.njk": "---\npagination:\n  data: collections\n  size: 1\n  alias: tag\n"
            "  filter: [all, posts]\n"
            'permalink: "/topics/{{ tag | slugify }}/"\n---\n<p>{{ tag }}</p>\n',
            "archive.njk": "{% for one in collections.posts %}<p>{{ one.url }}</p>{% endfor %}\n",
            "feed.njk": "---\npermalink: /feed/feed.xml\nlayout: false\n---\n<feed></feed>\n",
        }
    ),
    "eleventy-breaks": site(
        {
            CONFIG: 'const markdown = require("markdown-it");\n'
            "module.exports = (config) => {\n"
            '  config.setLibrary("md", markdown({ html: true, breaks: true, typographer: true })\n'
            '    .use(require("markdown-it-anchor").default));\n'
            '  config.amendLibrary("md", (library) => library.enable("code"));\n};\n',
            "posts/2020-01-02-one.md": text(
                body='One\ntwo "three" -- four\n\n- a\n- b\n\n'
                "## What's & new\n\n## What's & new\n\n"
                "    code\n\n<p>a\nb</p>"
            ),
        }
    ),
}

DIFFERENCES: dict[str, dict[str, list[str]]] = {}
"""What is documented to be different: site -> URL -> what."""
