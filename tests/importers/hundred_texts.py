"""A whole site of a hundred texts, no two alike in form, for each old generator.

Every text is put together from parts: a beginning, a middle and an end, each of a form of its own,
with names, addresses, dates and front matter that vary as those of real sites do. What the parts
hold is reported by `PARTS`; a text is known by its number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from tests.importers import texts

COUNT = 100
PNG = (Path(__file__).parent / "hugo" / "flat" / "site" / "static" / "img" / "sky.png").read_bytes()

PLACES = (
    *(
        "Anholt",
        "Brest",
        "Cádiz",
        "Dover",
        "Esbjerg",
        "Funchal",
        "Gdańsk",
        "Hull",
        "Izmir",
        "Jávea",
    ),
    *("Kiel", "Lisbon", "Malmö", "Narvik", "Oban", "Porto", "Riga", "Skagen", "Tromsø", "Vigo"),
)
WORDS = (
    *("anchor", "beacon", "current", "dredge", "ebb", "flood", "groyne", "harbour", "inlet"),
    *("jetty", "keel", "lock", "mooring", "neap", "oar", "pilot", "quay", "reef", "sluice", "tide"),
)

BEGINNINGS: tuple[Callable[[str, str], str], ...] = (
    lambda place, word: f"The {word} of {place} is *older* than its **{word}s**.\n",
    lambda place, word: f'"Is that {place}?" -- it\'s the {word}, he said...\n',
    lambda place, word: (
        f"> In {place} they say:\n> the {word} waits.\n>\n> - for none\n> - for all\n"
    ),
    lambda place, word: f"![A {word} at {place}](https://img.example/{word}.png) at dawn.\n",
    lambda place, word: f'See [{place}](https://x.example/{word}_a "The {word}") first.\n',
    lambda place, word: f"{place} has\n\n1. a {word},\n2. a `{word}`,\n3. and _no_ {word}s.\n",
    lambda place, word: f'Type `{word} --at "{place}"` and wait.  \nThen go on.\n',
    lambda place, word: (
        f"{place}[^{word}] lies low.\n\n[^{word}]: Since the {word} broke, *they say*.\n"
    ),
    lambda place, word: f"H<sub>2</sub>O in {place}: press <kbd>Ctrl</kbd>-<kbd>{word[0]}</kbd>.\n",
    lambda place, word: f"~~{word}~~ is crossed out; {word}_{word}_2 is not, nor 2*3*4.\n",
)
"""(place, word) -> how a text begins."""

ENDS: tuple[Callable[[str, str], str], ...] = (
    lambda place, word: f"Last: {word}s &amp; {place}, &copy; all.\n",
    lambda place, word: f"---\n\nOf {place}.\n",
    lambda place, word: (
        f"- [{word}][to]\n- <https://x.example/{word}>\n\n[to]: https://x.example/y\n"
    ),
    lambda place, word: (
        f"| {word} | m |\n|:--|--:|\n| {place} | 3 |\n| *low* | `4` |\n\nAfter it.\n"
    ),
    lambda place, word: f"#### {word}s of {place}!\n\nA `{word}`.\n\n##### Deeper still\n\nEnd.\n",
    lambda place, word: f'```python\n{word} = "{place}"  # -- it\'s\nif {word}:\n    go()\n```\n',
    lambda place, word: (
        f"* {word}\n\n    More of the {word}.\n\n* {place}\n    1. one\n    2. two\n"
    ),
    lambda place, word: f'<div class="{word}">\n<p>Of {place}, in HTML.</p>\n</div>\n\nText.\n',
    lambda place, word: f"Line one of {word}\\\\\n{place} \\*stars\\* and \\_lines\\_.\n",
    lambda place, word: f"> {word}\n\nand\n\n> {place}\n\n***both***.\n",
)
"""(place, word) -> how a text ends."""

_PLAIN_MIDDLE = "A plain middle of {place}, with nothing but words.\n"
_BOUND = (
    "[TOC]",
    "{% post_url",
    "{% link",
    "emphasis",
    "{{< ref",
    "../",
    "quotes.html",
    "TOC\n",
    "/c(d)",
    "/~ada",
)
"""What a part has that only one text may have, or that names texts of another site."""


def middles(own: Mapping[str, str]) -> list[str]:
    """Return the middles of texts: every form of Markdown that is known, once."""
    known = {**texts.COMMON, **own}
    found = [text for text in known.values() if not any(one in text for one in _BOUND)]
    return [*found, _PLAIN_MIDDLE]


def bodies(own: Mapping[str, str]) -> list[str]:
    """Return a hundred bodies; no two have the same beginning, middle and end."""
    middle = middles(own)
    made = []
    for number in range(COUNT):
        place, word = PLACES[number % 20], WORDS[(number * 7 + number // 20) % 20]
        start = BEGINNINGS[number % 10](place, word)
        end = ENDS[(number // 10 + number) % 10](place, word)
        inside = middle[number % len(middle)].replace("{place}", place)
        made.append(f"{start}\n## The {word} of {place}, {number}\n\n{inside}\n{end}")
    return made


def titles() -> list[str]:
    """Return a hundred titles with the signs that titles have."""
    forms = (
        "{place}: the {word}", "What's a {word}?", "{place} & {word}s", "“{word}” in {place}",
        "{number} {word}s", "{place} (part {number})", "{word}, {word}, {word}",
        "On {word}/{place}", "C++ for {word}s", "{place} -- a {word}...",
    )  # fmt: skip
    return [
        forms[number % 10].format(
            place=PLACES[number % 20], word=WORDS[number % 19], number=number + 2
        )
        for number in range(COUNT)
    ]


def days() -> list[dt.date]:
    """Return the day of each text, oldest first."""
    return [dt.date(2011, 1, 30) + dt.timedelta(days=37 * number) for number in range(COUNT)]


def quoted(text: str) -> str:
    """Return a title as YAML and TOML both read it."""
    return '"' + text.replace('"', '\\"') + '"'


SHARED = {"x": "The X", "two": "Number Two", "about": "About It"}
"""Pages that texts link to, by their names."""


_JEKYLL_SETTINGS = """\
title: A Hundred Tides
url: https://a.example
timezone: Europe/Berlin
permalink: /:categories/:year/:month/:title/
plugins: [jekyll-redirect-from]
collections:
  piers: {output: true, permalink: /piers/:name/}
"""


def jekyll_site() -> dict[str, str | bytes]:
    """Return a Jekyll site of a hundred texts, and what belongs to it."""
    files: dict[str, str | bytes] = {"_config.yml": _JEKYLL_SETTINGS, "quay.png": PNG}
    for name, title in SHARED.items():
        end = ".html" if name == "about" else "/"
        matter = f"title: {title}\nlayout: page\npermalink: /{name}{end}"
        files[f"{name}.md"] = f"---\n{matter}\n---\nA page of its own, {name}.\n"
    for number, body, title, day in zip(
        count(), bodies(texts.JEKYLL), titles(), days(), strict=False
    ):
        word = WORDS[number % 20]
        matter = [f"title: {quoted(title)}"]
        matter += [f"tags: [{word}, Low Water, {PLACES[number % 7]}]"] if number % 3 == 0 else []
        matter += [f"categories: [sea, {word}]"] if number % 10 == 4 else []
        matter += [f"category: Notes {number % 4}"] if number % 10 == 7 else []
        matter += [f"permalink: /own/{word}-{number}.html"] if number % 10 == 5 else []
        matter += (
            [f"redirect_from: [/old/{number}/, /older/{number}.php]"] if number % 9 == 1 else []
        )
        matter += [f"date: {day} 23:{number % 60:02}:00 +0100"] if number % 8 == 3 else []
        matter += [f"date: {day} 0{number % 10}:15:00"] if number % 8 == 6 else []
        matter += ["last_modified_at: 2021-05-0" + str(number % 9 + 1)] if number % 11 == 2 else []
        text = "---\n" + "\n".join(matter) + f"\n---\n{body}"
        if number % 20 == 9:
            files[f"_piers/{word}-{number}.md"] = text.replace("---\n", "---\nlayout: page\n", 1)
        elif number % 20 == 19:
            folder = "about/" * (number % 3)
            files[f"{folder}{word}-{number}.md"] = text.replace("---\n", "---\nlayout: page\n", 1)
        else:
            name = f"{PLACES[number % 20]}'s {word}" if number % 17 == 6 else f"{word}-no-{number}"
            folder = "deep/" if number % 13 == 5 else ""
            files[f"_posts/{folder}{day}-{name}.md"] = text
    return files


_HUGO_SETTINGS = """\
baseURL = "https://a.example/"
title = "A Hundred Tides"
timeZone = "Europe/Berlin"
enableEmoji = true
[permalinks.page]
posts = "/:year/:month/:slug/"
[markup.goldmark.renderer]
unsafe = true
[markup.goldmark.parser]
autoDefinitionTermID = true
"""


def hugo_site() -> dict[str, str | bytes]:
    """Return a Hugo site of a hundred texts, and what belongs to it."""
    files: dict[str, str | bytes] = {
        "hugo.toml": _HUGO_SETTINGS,
        "static/quay.png": PNG,
        "content/docs/_index.md": "---\ntitle: The docs\n---\nWhat there is to know.\n",
    }
    for name, title in SHARED.items():
        files[f"content/{name}.md"] = f"---\ntitle: {title}\n---\nA page of its own, {name}.\n"
    for number, body, title, day in zip(
        count(), bodies(texts.HUGO), titles(), days(), strict=False
    ):
        word, toml = WORDS[number % 20], number % 4 == 1
        sign = " = " if toml else ": "
        matter = [f"title{sign}{quoted(title)}"]
        if number % 20 != 19:
            hour = f"T2{number % 4}:15:00+01:00" if number % 8 == 3 else ""
            matter.append(f"date{sign}{day}{hour}")
        matter += [f'tags{sign}["{word}", "Low Water"]'] if number % 3 == 0 else []
        matter += [f'categories{sign}["R & D", "{PLACES[number % 5]}"]'] if number % 6 == 2 else []
        matter += [f'slug{sign}"own {word} {number}"'] if number % 10 == 5 else []
        matter += [f'url{sign}"/own/{word}-{number}.html"'] if number % 10 == 8 else []
        matter += [f'aliases{sign}["/old/{number}/", "beside-{number}"]'] if number % 9 == 1 else []
        matter += [f"lastmod{sign}2021-05-0{number % 9 + 1}"] if number % 11 == 2 else []
        matter += [f"weight{sign}{number % 5 + 1}"] if number % 20 >= 17 else []
        edge = "+++" if toml else "---"
        text = f"{edge}\n" + "\n".join(matter) + f"\n{edge}\n{body}"
        if number % 20 >= 17:
            folder = ("docs", "docs/deep", "notes")[number // 20 % 3]
            files[f"content/{folder}/{word}-{number}.md"] = text
        elif number % 12 == 4:
            files[f"content/posts/{word} {number}/index.md"] = text
            files[f"content/posts/{word} {number}/plan.pdf"] = b"%PDF"
        else:
            folder = f"{day.year}/" if number % 7 == 3 else ""
            files[f"content/posts/{folder}{word}_No-{number}.md"] = text
    return files


CLASSIC_BEGINNINGS: tuple[tuple[str, str], ...] = (
    ("The <em>{word}</em> of {place}.", "<p>The <em>{word}</em> of {place}.</p>"),
    ("{place}\nand its {word}", "<p>{place}<br>and its {word}</p>"),
    ("“{word}”, it’s 3 &gt; 2.", "<p>“{word}”, it’s 3 &gt; 2.</p>"),
    (
        '<strong>{place}</strong> <a title="T" href="https://x.example/{word}">here</a>',
        '<p><strong>{place}</strong> <a href="https://x.example/{word}">here</a></p>',
    ),
    (
        '<p style="text-align: center;">{word} in the middle</p>',
        "<p>{word} in the middle</p>",
    ),
    (
        'Look: <img class="alignright" src="https://a.example/wp-content/uploads/2020/01/quay-300x2'
        '00.png" alt="A {word}" />',
        '<p>Look: <img src="https://a.example/wp-content/uploads/2020/01/quay.png" alt="A {word}"'
        "></p>",
    ),
    (
        "<ol>\n \t<li>{word}</li>\n \t<li>{place}</li>\n</ol>",
        "<ol><li>{word}</li><li>{place}</li></ol>",
    ),
    ("<code>{word} --at _{place}_</code> runs.", "<p><code>{word} --at _{place}_</code> runs.</p>"),
    (
        '{word} <span style="color: #ff0000;">red</span> and on',
        "<p>{word} <span>red</span> and on</p>",
    ),
    (
        "<del>{word}</del> H<sub>2</sub>O &amp; {place}",
        "<p><del>{word}</del> H<sub>2</sub>O &amp; {place}</p>",
    ),
)
BLOCK_BEGINNINGS: tuple[tuple[str, str], ...] = (
    ("<p>The <em>{word}</em> of {place}.</p>", "<p>The <em>{word}</em> of {place}.</p>"),
    (
        '<p class="has-text-align-right">{word}<br>{place}</p>',
        "<p>{word}<br>{place}</p>",
    ),
    (
        "<p>A <mark>{word}</mark>, <kbd>{place}</kbd></p>",
        "<p>A <mark>{word}</mark>, <kbd>{place}</kbd></p>",
    ),
    (
        '<p>To <a href="https://a.example/number-1/">the second</a>, {word}</p>',
        '<p>To <a href="https://a.example/number-1/">the second</a>, {word}</p>',
    ),
    (
        "<p>1986. {word}s at {place}: # 5 * 3 &lt; 20</p>",
        "<p>1986. {word}s at {place}: # 5 * 3 &lt; 20</p>",
    ),
)
ENDS_IN_HTML: tuple[tuple[str, str], ...] = (
    ("<p>Last: {word}</p>", "<p>Last: {word}</p>"),
    ("<h4>{word}</h4>\n<p>of {place}</p>", "<h4>{word}</h4><p>of {place}</p>"),
    (
        "<blockquote><p>{place}</p><p>{word}</p></blockquote>",
        "<blockquote><p>{place}</p><p>{word}</p></blockquote>",
    ),
    ("<pre>{word}\n  {place} &amp; *</pre>", "<pre>{word}\n  {place} &amp; *</pre>"),
    (
        "<table><thead><tr><th>{word}</th><th>m</th></tr></thead><tbody><tr><td>{place}</td><td>3</td>"
        "</tr></tbody></table>",
        "<table><tr><th>{word}</th><th>m</th></tr><tr><td>{place}</td><td>3</td></tr></table>",
    ),
    (
        "<ul><li>{word}<ul><li>{place}</li></ul></li></ul>",
        "<ul><li>{word}<ul><li>{place}</li></ul></li></ul>",
    ),
    ("<p>{word}_{word} [x] ~{place}~ `y` \\z</p>", "<p>{word}_{word} [x] ~{place}~ `y` \\z</p>"),
)


def wordpress_texts(
    classic: Mapping[str, tuple[str, str]], blocks: Mapping[str, tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return a hundred texts as an export has them, and the HTML that WordPress showed of each.

    The middles are the forms of either editor whose HTML is written down.
    """
    made = []
    for number in range(COUNT):
        old = number % 3 != 2
        kinds = list(classic.values()) if old else list(blocks.values())
        starts = CLASSIC_BEGINNINGS if old else BLOCK_BEGINNINGS
        parts = (starts[number % len(starts)], ENDS_IN_HTML[number // 2 % len(ENDS_IN_HTML)])
        (start, start_shown), (end, end_shown) = (
            tuple(
                one.replace("{word}", WORDS[number % 20]).replace("{place}", PLACES[number % 19])
                for one in part
            )
            for part in parts
        )
        middle, middle_shown = kinds[number // 3 * (2 if old else 1) % len(kinds)]
        head = f"<h2>Part {number}</h2>"
        if not old:
            start = f"<!-- wp:paragraph -->\n{start}\n<!-- /wp:paragraph -->"
            end = f"<!-- wp:html -->\n{end}\n<!-- /wp:html -->"
        heading = head if old else f"<!-- wp:heading -->\n{head}\n<!-- /wp:heading -->"
        between = "" if old else "<!-- wp:paragraph -->\n<p>Between.</p>\n<!-- /wp:paragraph -->"
        text = "\n\n".join(filter(None, (start, heading, middle, between or "Between.", end)))
        made.append((text, f"{start_shown}{head}{middle_shown}<p>Between.</p>{end_shown}"))
    return made
