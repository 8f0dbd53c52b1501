"""A text that is four times as long takes about four times as long, whatever it is made of."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping

import pytest

from generator.importers import eleventy, pelican, zola
from generator.importers.hugo import site as hugo
from generator.importers.jekyll import site as jekyll
from generator.importers.wordpress.site import convert as of_wordpress
from tests.importers.old_sites import TARGET, old_site
from tests.support import wordpress

SHORT, LONG = 1_500, 6_000
QUICK = 0.08
"""Seconds of CPU within which a long text may take any time."""

MATTER = "---\ntitle: A\ndate: 2020-01-01\n---\n"

COMMON = (
    *(
        "a ",
        "a\n\n",
        "# a `b`\n",
        "a\n===\n\n",
        "- a\n",
        "- a\n\n      x\n",
        "> ",
        "1. a\n",
        "    a\n",
    ),
    *("```\n", "~~~\n", "`", "`a` ", "``a` ", "<", "<a ", "<b>a</b>", "<div>\n\n", "</div>\n"),
    *(
        "<pre>",
        "<code>",
        "<code>a_b</code> ",
        "<code></kbd>",
        "<!--",
        "<p style='color: red'>a</p>\n",
    ),
    *(
        "style='",
        "<div markdown='1'>\n",
        "<a href='x",
        "[",
        "[a](",
        "[a](b) ",
        "[a]: b\n",
        "![a](b.png)\n\n",
    ),
    *("](", "\\(", "\\\\\n", "~a~ ", "**a** ", "|a|b|\n", "|", "{", "$$a$$ ", "$", ":smile: ", ":"),
    *(
        "http://a.example/ ",
        "&",
        '"',
        "a\n: b\n\n",
        "[^a]: b\n\n",
        "<table>\n",
        "<h1>a</h1>\n",
        "<script>",
    ),
    *("\u00e9", "\n", "#", "<a b='c' d", "<ul>\n<li>\n"),
)
LIQUID = (
    *(
        "{%",
        "{{",
        "{{ a }}",
        "{% if a %}",
        "{% if a %}b{% endif %}",
        "{% endif %}",
        "{% raw %}",
        "{{ a",
    ),
    *("{% for a in b %}", "{% highlight x %}\na\n{% endhighlight %}\n", "{% include a.html %}"),
    *("{% comment %}", "{% assign a = 1 %}", "{{ page.title }}", "{: .a }\n", "{: ", "{::comment}"),
)
OWN = {
    "jekyll": LIQUID,
    "hugo": (
        *(
            "{{<",
            "{{< a >}}",
            "{{< note >}}",
            "{{< note >}}\na\n{{< /note >}}\n",
            "{{%",
            "{{</* a */>}}",
        ),
        *('{{< figure src="a.png" >}}\n', '{{< ref "a" >}}', '{{< a "', "{#a}"),
    ),
    "eleventy": (*LIQUID, "{% note %}\na\n{% endnote %}\n", "{% note %}", '{% image "a.png" %}'),
    "zola": (
        *("{{", "{%", "{{ a() }}", "{% note() %}", "{% note() %}\na\n{% end %}\n", "{% end %}"),
        *("{{/* a() */}}", '{{ a(b="c") }}', "[a](@/b.md)"),
    ),
    "pelican": ("[a]({filename}b.md) ", "    :::python\n    a\n\n", "{static}", "|filename|"),
    "wordpress": (
        *(
            "<p>",
            "<p>a</p>\n",
            "<!-- wp:paragraph -->\n",
            "[caption]",
            "[gallery ids='1']",
            "[a]",
            "[code]",
        ),
        *("\n", "a\n\n", "<div>\n\n", "<blockquote>", "<ul><li>", "<td>", "<!-- wp:a {", "</p>"),
    ),
}


def _old(kind: str, text: str) -> Mapping[str, str | bytes]:
    files: dict[str, Mapping[str, str | bytes]] = {
        "jekyll": {
            "_config.yml": "title: T\nurl: https://a.example\nplugins: [jemoji]\n",
            "_posts/2020-01-01-a.md": MATTER + text,
        },
        "hugo": {
            "hugo.toml": 'title = "T"\nbaseURL = "https://a.example/"\nenableEmoji = true\n',
            "content/posts/a.md": MATTER + text,
        },
        "eleventy": {".eleventy.js": "module.exports = () => {};\n", "posts/a.md": MATTER + text},
        "zola": {
            "config.toml": 'title = "T"\nbase_url = "https://a.example"\n',
            "content/blog/a.md": f"+++\ntitle = 'A'\ndate = 2020-01-01\n+++\n{text}",
        },
        "pelican": {
            "pelicanconf.py": "SITENAME = 'T'\nSITEURL = 'https://a.example'\n",
            "content/a.md": f"Title: A\nDate: 2020-01-01\n\n{text}",
        },
    }
    return files[kind]


ALL = ("jekyll", "hugo")
CONVERT: Mapping[str, Callable[..., object]] = {
    "jekyll": jekyll.convert,
    "hugo": hugo.convert,
    "eleventy": eleventy.convert,
    "zola": zola.convert,
    "pelican": pelican.convert,
}


def seconds(kind: str, text: str) -> float:
    """Return how much CPU it takes to import a site of one text."""
    if kind == "wordpress":
        raw = f"{wordpress.HEAD}{wordpress.item(text)}{wordpress.END}".encode()
        start = time.process_time()
        of_wordpress(lambda: io.BytesIO(raw), "export.xml", {}, TARGET)
    else:
        site = old_site(_old(kind, text))
        start = time.process_time()
        CONVERT[kind](site, "old", TARGET)
    return time.process_time() - start


def of_length(unit: str, length: int) -> str:
    return (unit * (length // len(unit) + 1))[:length]


@pytest.mark.parametrize("kind", OWN)
def test_no_text_takes_more_than_its_length(kind: str) -> None:
    seconds(kind, "a")  # what is read once
    slow = {}
    units = COMMON if kind in ALL else ()  # the others share what reads them with these
    for unit in (*units, *OWN[kind]):
        long = seconds(kind, of_length(unit, LONG))
        if long > QUICK:
            # The least of several is what a text takes where nothing else is in the way.
            long = min(long, *(seconds(kind, of_length(unit, LONG)) for _ in range(4)))
            short = min(seconds(kind, of_length(unit, SHORT)) for _ in range(5))
            if long > QUICK and long > 12 * short:  # in proportion is 4, its square 16
                slow[unit] = (short, long)
    assert not slow
