"""An incremental build equals a clean build, byte for byte, after any sequence of edits."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from generator.adapters.session import Session
from generator.render import search_shards
from tests.support.builds import SETTINGS, outcome
from tests.support.drawn import file_of, photo
from tests.support.sites import NOW, post, write, write_site
from tests.support.sounds import recording

SLUGS = st.sampled_from(["a", "b", "c", "a.de"])
TAGS = st.lists(st.sampled_from(["sea", "Sea", "tide", "C++"]), max_size=2)
DAYS = st.integers(-40, 20)
BODIES = st.sampled_from(
    [
        "Plain text.",
        "## A heading\n\nText with `code`.",
        "See [the first](2024-01-10-first.md#boats) and [a](2024-05-01-a.md).",
        "See [b](2024-05-01-b.md) and [that](2024-05-01-a.de.md).",
        "![A boat](boat.svg)",
        '{{ badge(text="new") }} text',
        '{{ album(folder="album") }}',
        "{{ stars(n=2) }} text",
        '{% note(tone="warm") %}\nIn a note.\n{% end %}',
        "One.\n\n<!--more-->\n\nTwo.",
        "![Gone](gone.png)",
        '![A pier](pier.jpg "A caption")',
        "Text\n\n![A pier](/images/pier.jpg) [whole](pier.jpg)",
        "From $5 to $x^2$.\n\n$$\n\\frac{1}{2}\n$$",
    ]
)
TEMPLATES = {
    "templates/post.html": [
        '{% extends "base.html" %}{% block main %}{{ page.body }}{% endblock %}',
        '{% extends "base.html" %}{% block main %}{{ page.body }}'
        "{% for p in posts %}<a href='{{ p.url }}'>{{ p.title }}</a>{% endfor %}{% endblock %}",
        '{% extends "base.html" %}{% block main %}{{ page.body }}'
        '{% include "side.html" ignore missing %}{% endblock %}',
        '{% extends "base.html" %}{% block main %}{{ page.body }}'
        '{{ ref("2024-01-10-first.md").title }}{% endblock %}',
        '{% extends "base.html" %}{% block main %}{{ page.body }}'
        "{{ data.boats|tojson }}{% endblock %}",
        '{% extends "base.html" %}{% block main %}{{ page.body }}'
        "{% for tag in page.post.tags %}{{ tag.count }}{% endfor %}{% endblock %}",
        '{% extends "base.html" %}{% block main %}{{ page.body }}'
        "{% if 'loud' is filter %}{{ page.title|loud }}{% endif %}{% endblock %}",
        '{% extends "base.html" %}{% block main %}{{ page.body }}'
        "{% for item in collections.boats|default(()) %}{{ item.title }}{% endfor %}{% endblock %}",
        '{% extends "base.html" %}{% block main %}{{ page.boddy }}{% endblock %}',
        '{% extends "base.html" %}{% block main %}<meta property="og:image"'
        ' content="{{ page.image }}">{{ page.body }}{% endblock %}',
        '{% extends "base.html" %}{% block main %}{{ t("home") }}'
        '{{ page.post.date|date("%B") }}'
        '{% include "slots/end.html" ignore missing %}{% endblock %}',
    ],
    "templates/i18n/en.yaml": ["home: Home", "home: House", "home: [a]"],
    "templates/i18n/de.yaml": ["home: Heim", "home: Haus\ntags: Tafeln"],
    "templates/slots/end.html": ["", "{# none #}", "<p>End</p>", "<p>{{ page.title }}</p>"],
    "templates/side.html": ["", "<p>{{ site.title }}</p>", "<p>Side</p>"],
    "templates/shortcodes/badge.html": [
        '<b class="badge">{{ text }}</b>',
        "<i>{{ text }} {{ site.title }}</i>",
        "<i>{{ page.url }}</i>",
        '<img src="pier.jpg" alt="A pier" data-size="zoom">{{ text }}',
        '<img src="{{ asset("icons/icon.svg") }}" alt="{{ text }}">',
        "<i>{{ text }} {{ data.boats[0].name }}</i>",
    ],
    "templates/shortcodes/album.html": [
        "{% for each in pictures(folder, 'date') %}<img src='{{ each.src }}'"
        " alt='{{ each.alt }}' data-size='gallery'>{{ each.caption }}{% endfor %}",
        "{% for each in pictures(folder) %}{{ each.name }}{% endfor %}",
    ],
    "templates/photos.html": [
        '{% extends "base.html" %}{% block main %}{% for each in page.photos %}'
        "<a href='{{ each.url }}'>{{ each.html }}{{ each.title }}</a>{% endfor %}{% endblock %}",
    ],
}
FUNCTIONS = """
from generator.extend import filter, output, shortcode
@filter
def loud(text):
    return text.{filter}
@shortcode
def stars(n: int):
    return {shortcode}
@output
def more(site, posts, data):
    return {{"more.txt": {output}}}
"""
ASSETS = {
    "static/css/site.css": ["body{color:red}", 'body{background:url("../icons/icon.svg")}'],
    "static/icons/icon.svg": [
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        '<svg xmlns="http://www.w3.org/2000/svg" width="5" height="7"/>',
    ],
    "content/posts/boat.svg": [
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"/>',
        '<svg xmlns="http://www.w3.org/2000/svg" width="41" height="21"/>',
    ],
    "static/root/humans.txt": ["ana", "rui"],
    "static/css/feed.css": ["title{display:block}", "title{display:inline}"],
    "content/boats/ana.md": [
        post("description: Ana.", "See [a](../posts/2024-05-01-a.md).", title="Ana"),
        post("description: Ana.\nbuilt: 2024-03-01", title="Ana"),
        post("description: Ana.\nbuilt: 2024-03-01\nsails: two", title="Ana"),
    ],
    "content/boats/rui.md": [post("description: Rui.\nbuilt: 2024-02-01 10:00", title="Rui")],
    "content/meets/one.md": [
        post("description: One.\ndate: 2024-06-03 10:00\nend: 2024-06-03 12:00", title="One"),
        post("description: One.\ndate: 2024-06-03\nend: 2024-06-08\nlocation: Pier", title="One"),
        post("description: One.\ndate: 2024-06-03\nend: 2024-05-08", title="One"),
    ],
    "content/meets/two.md": [post("description: Two.\ndate: 2024-05-20 10:00", title="Two")],
    "templates/collection.html": [
        '{% extends "base.html" %}{% block main %}{% for item in page.items %}'
        "{{ item.title }} {{ item.fields.built|default('', true) }}{% endfor %}{% endblock %}",
    ],
    "data/boats.yaml": ["- name: Ana", "- name: Rui", "- nam: Rui", "- ["],
    "data/boats.schema.json": ["{}", '{"items": {"required": ["name"]}}', "{"],
    "data/blogroll.yaml": [
        "- {title: One, url: 'https://one.example/'}",
        "- {title: Boats, links: [{title: Two, url: 'https://two.example/'}]}",
        "- {title: One}",
    ],
    "data/other.csv": ["a\n1", "a\n2"],
    "content/posts/album/captions.yaml": [
        "one.jpg: The first",
        "two.jpg: {alt: The second, caption: At noon}",
        "three.jpg: The third",
        "- one.jpg",
    ],
    "extensions.py": [
        FUNCTIONS.format(filter="upper()", shortcode="'*' * n", output="posts[0].title"),
        FUNCTIONS.format(filter="lower()", shortcode="'+' * n", output="data.boats[0].name"),
        FUNCTIONS.format(filter="no()", shortcode="1 / 0", output="site.title"),
        "import time\n",
        "def\n",
    ],
}
EVENTS = {
    "templates/blogroll.html": '{% extends "base.html" %}{% block main %}{{ site.blogroll }}'
    "{% for group in page.blogroll %}{{ group }}{% endfor %}{% endblock %}",
    "templates/photos.html": TEMPLATES["templates/photos.html"][0],
    "templates/shortcodes/album.html": TEMPLATES["templates/shortcodes/album.html"][0],
    "templates/events.html": '{% extends "base.html" %}{% block main %}{{ page.calendar }}'
    "{% for item in page.items %}{{ item.title }} {{ item.event.past }}{% endfor %}{% endblock %}",
    "templates/event.html": '{% extends "base.html" %}{% block main %}{{ page.body }}'
    "{{ page.event.past }} {{ page.event.calendar }}{% endblock %}",
}
PICTURES = [
    file_of(photo(300, 200), "JPEG", orientation=6),
    file_of(photo(300, 200), "JPEG"),
    file_of(photo(90, 60), "JPEG"),
    file_of(photo(300, 200), "PNG"),
    b"broken",
]

CLEAN: dict[object, tuple[list[str], dict[str, bytes]]] = {}
"""Clean builds by the moment and by all files: many steps only spoil what an earlier build left."""


class SnapshotDelta(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="tidepost-edits-"))
        self.root = self.folder / "site"
        self.now = NOW
        self.session, self.builds = Session(), 0
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(search_shards, "ONE_SHARD", 1)  # for an index of more than one

    def teardown(self) -> None:
        self.session.let_go()
        self.patch.undo()
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        write_site(self.root, {"site.yaml": SETTINGS[0], **EVENTS})

    def file(self, slug: str) -> Path:
        return self.root / f"content/posts/2024-05-01-{slug}.md"

    @rule(slug=SLUGS, title=st.sampled_from(["T", "U"]), tags=TAGS, day=DAYS, body=BODIES)
    def write_post(self, slug: str, title: str, tags: list[str], day: int, body: str) -> None:
        date = (NOW + dt.timedelta(days=day)).date()
        matter = f"title: {title} {slug}\ndate: {date}\ntags: {tags}\ndescription: About {slug}."
        write(self.root, {f"content/posts/2024-05-01-{slug}.md": post(matter, body)})

    @rule(
        slug=SLUGS,
        more=st.sampled_from(
            [
                *("draft: true", "date:", "series: S", "slug: x", "tittle: T", "language: de"),
                *("title: false", "link: https://elsewhere.example/", "audio: talk.wav"),
                "audio: {file: far.mp3, length: 9, duration: 1:00}",
            ]
        ),
    )
    def change_post(self, slug: str, more: str) -> None:
        if self.file(slug).exists():
            text = self.file(slug).read_text(encoding="utf-8")
            write(
                self.root,
                {
                    f"content/posts/{self.file(slug).name}": text.replace(
                        "---\n", f"---\n{more}\n", 1
                    )
                },
            )

    @rule(slug=SLUGS, other=SLUGS)
    def rename_post(self, slug: str, other: str) -> None:
        if self.file(slug).exists():
            self.file(slug).rename(self.file(other))

    @rule(slug=SLUGS)
    def delete_post(self, slug: str) -> None:
        self.file(slug).unlink(missing_ok=True)

    @rule(
        choice=st.sampled_from(
            [(path, text) for path, texts in (TEMPLATES | ASSETS).items() for text in texts]
        )
    )
    def change_file(self, choice: tuple[str, str]) -> None:
        write(self.root, dict([choice]))

    @rule(
        path=st.sampled_from(
            [
                "content/posts/pier.jpg",
                "static/images/pier.jpg",
                "content/posts/album/one.jpg",
                "content/posts/album/two.jpg",
            ]
        ),
        raw=st.sampled_from(PICTURES),
    )
    def change_picture(self, path: str, raw: bytes) -> None:
        write(self.root, {path: raw})

    @rule(name=st.sampled_from(["one.jpg", "two.jpg", "captions.yaml"]))
    def delete_from_album(self, name: str) -> None:
        (self.root / "content/posts/album" / name).unlink(missing_ok=True)

    @rule(seconds=st.integers(0, 2))
    def change_recording(self, seconds: int) -> None:
        write(self.root, {"content/posts/talk.wav": recording(seconds)})

    @rule(slug=SLUGS, body=BODIES)
    def write_note(self, slug: str, body: str) -> None:
        write(self.root, {f"content/posts/2024-05-01-{slug}.md": f"{body}\n"})

    @rule()
    def delete_template(self) -> None:
        (self.root / "templates/side.html").unlink(missing_ok=True)

    @rule()
    def delete_data(self) -> None:
        shutil.rmtree(self.root / "data", ignore_errors=True)

    @rule()
    def delete_functions(self) -> None:
        (self.root / "extensions.py").unlink(missing_ok=True)

    @rule()
    def delete_item(self) -> None:
        (self.root / "content/boats/ana.md").unlink(missing_ok=True)
        (self.root / "content/meets/one.md").unlink(missing_ok=True)

    @rule(text=st.sampled_from(SETTINGS))
    def change_settings(self, text: str) -> None:
        write(self.root, {"site.yaml": text})

    @rule(days=st.integers(-3, 30))
    def let_time_pass(self, days: int) -> None:
        self.now += dt.timedelta(days=days)

    @rule(seed=st.integers(0, 99), which=st.integers(0, 9))
    def spoil_what_is_remembered(self, seed: int, which: int) -> None:
        files = [
            file
            for file in sorted(self.root.glob(".tidepost/**/*"))
            if file.is_file() and file.stat().st_size
        ]
        if not files:
            return
        file = files[which % len(files)]
        chance = random.Random(seed)
        raw = bytearray(file.read_bytes())
        for _ in range(1 + len(raw) // 500):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        file.write_bytes(raw[: chance.choice([len(raw), len(raw) // 2, 0])])

    @rule(name=st.sampled_from(["index.html", "feed.xml", "stray/file.txt"]))
    def spoil_the_output(self, name: str) -> None:
        if (self.root / "_site").exists():
            write(self.root / "_site", {name: "spoilt"})

    @rule()
    def lose_the_output(self) -> None:
        shutil.rmtree(self.root / "_site", ignore_errors=True)

    def clean_build(self) -> tuple[list[str], dict[str, bytes]]:
        """Build what lies in the folder anew, once for the same files on the same day."""
        made = (self.root / "_site", self.root / ".tidepost")
        given = tuple(
            (file.relative_to(self.root).as_posix(), file.is_file() and file.read_bytes())
            for file in sorted(self.root.rglob("*"))
            if not any(file.is_relative_to(folder) for folder in made)
        )
        if (self.now, given) not in CLEAN:
            clean = self.folder / "clean"
            shutil.rmtree(clean, ignore_errors=True)
            shutil.copytree(self.root, clean, ignore=shutil.ignore_patterns("_site", ".tidepost"))
            CLEAN[self.now, given] = outcome(clean, self.now, no_cache=True)
        return CLEAN[self.now, given]

    @invariant()
    def an_incremental_build_equals_a_clean_one(self) -> None:
        if not self.root.exists():
            return
        # Two builds in one process, then one in another, which the first process has to notice.
        self.builds += 1
        session = self.session if self.builds % 3 else None
        incremental = outcome(self.root, self.now, no_cache=False, session=session)
        expected = self.clean_build()
        note(f"told: {expected[0]}")
        assert incremental[0] == expected[0]
        assert incremental[1].keys() == expected[1].keys()
        changed = [path for path in expected[1] if incremental[1][path] != expected[1][path]]
        assert not changed


SnapshotDelta.TestCase.settings = settings(
    deadline=None,
    max_examples=int(os.environ.get("TIDEPOST_EXAMPLES", "7")),
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow],
)
TestEdits = SnapshotDelta.TestCase


Step = Callable[[Path], None] | dt.timedelta


def edit(**files: str) -> Step:
    """Return an edit of files that go by a short name."""
    return lambda root: write(root, {NAMES[name]: text for name, text in files.items()})


NAMES = {
    "post": "content/posts/2024-05-01-a.md",
    "template": "templates/post.html",
    "side": "templates/side.html",
    "badge": "templates/shortcodes/badge.html",
    "icon": "static/icons/icon.svg",
    "settings": "site.yaml",
    "boats": "data/boats.yaml",
    "schema": "data/boats.schema.json",
    "csv": "data/boats.csv",
    "english": "templates/i18n/en.yaml",
    "german": "templates/i18n/de.yaml",
    "own": "extensions.py",
    "ana": "content/boats/ana.md",
    "rui": "content/boats/rui.md",
    "list": "templates/collection.html",
    "meet": "content/meets/one.md",
    "other": "content/meets/two.md",
    "album": "templates/shortcodes/album.html",
    "captions": "content/posts/album/captions.yaml",
    "roll": "data/blogroll.yaml",
    "style": "static/css/feed.css",
}
WITH_EVENTS = next(text for text in SETTINGS if "meets:" in text)
ROLL = ASSETS["data/blogroll.yaml"]
CAPTIONS = ASSETS["content/posts/album/captions.yaml"]
MEET, OTHER = ASSETS["content/meets/one.md"], ASSETS["content/meets/two.md"]
WITH_FEEDS = next(text for text in SETTINGS if "podcast:" in text)
NOTE = post("title: false\ntags: [sea]", "Just the sea.")
HEARD = post("audio: talk.wav\ntags: [sea]\nseries: S", title="Heard")
WITH_BOATS = next(text for text in SETTINGS if "collections:" in text)
ANA, RUI = ASSETS["content/boats/ana.md"], ASSETS["content/boats/rui.md"]
LIST = ASSETS["templates/collection.html"][0]
OWN = ASSETS["extensions.py"]
SHOWING = '{{% extends "base.html" %}}{{% block main %}}{{{{ page.body }}}}{}{{% endblock %}}'
ICONS = ASSETS["static/icons/icon.svg"]
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    "steps",
    [
        # What only time changes.
        [edit(post=post("date: 2024-06-03 10:00", title="Later")), 2 * DAY, -2 * DAY, 3 * DAY],
        [edit(post=post("expires: 2024-06-03", title="Gone")), 2 * DAY, -DAY],
        # What a page shows of others: a helper's answer, a list, a neighbour, a related post.
        [edit(template=SHOWING.format('{{ asset("icons/icon.svg") }}')), edit(icon=ICONS[0])],
        [
            edit(post=post("", title="One"), template=SHOWING.format('{{ ref("a").title }}')),
            edit(post=post("", title="Two")),
        ],
        [
            edit(template=SHOWING.format("{{ posts[0].title }}"), post=post("", title="One")),
            edit(post=post("", title="Two")),
        ],
        [
            edit(template=SHOWING.format("{{ site.title }}")),
            edit(settings=SETTINGS[1]),
        ],
        # What a page says in the site's language.
        [
            edit(template=SHOWING.format('{{ t("home") }}'), post=post("", title="One")),
            edit(english="home: House"),
            edit(settings=SETTINGS[4], german="home: Haus"),
            edit(german="home: Heim"),
            lambda root: (root / "templates/i18n/de.yaml").unlink(),
        ],
        [
            edit(template=SHOWING.format('{{ page.post.date|date("%B") }}'), post=post("")),
            edit(settings=SETTINGS[4]),
        ],
        [
            edit(post=post("", '{{ badge(text="x") }}'), badge='{{ t("tags") }}'),
            edit(english="tags: X"),
        ],
        # What a text shows of others.
        [
            edit(post=post("", '{{ badge(text="x") }}'), badge="{{ asset('icons/icon.svg') }}"),
            edit(icon=ICONS[0]),
            edit(badge="<i>{{ site.title }}</i>"),
            edit(settings=SETTINGS[1]),
        ],
        [
            edit(post=post("", "[x](2024-01-10-first.md) ![y](boat.svg)")),
            lambda root: write(
                root, {"content/posts/boat.svg": ASSETS["content/posts/boat.svg"][1]}
            ),
            lambda root: (root / "content/posts/2024-01-10-first.md").rename(
                root / "content/posts/2024-01-11-first.md"
            ),
        ],
        # A file at an address that stays: there, and gone.
        [
            edit(post=post("", "[the chart](/chart.pdf)")),
            lambda root: write(root, {"static/root/chart.pdf": "chart"}),
            lambda root: (root / "static/root/chart.pdf").unlink(),
            edit(settings=SETTINGS[1]),
            lambda root: write(root, {"static/root/chart.pdf": "chart"}),
        ],
        # Data, in a page and in a text; their schema; another kind of file for the same name.
        [
            edit(template=SHOWING.format("{{ data.boats|tojson }}"), boats="- a: 1"),
            edit(boats="- a: 2"),
            edit(schema='{"items": {"required": ["b"]}}'),
            edit(schema="{}"),
            lambda root: (root / "data/boats.yaml").unlink(),
            edit(csv="a\n3"),
            edit(schema='{"items": {"properties": {"a": {"type": "integer"}}}}'),
            lambda root: shutil.rmtree(root / "data"),
        ],
        [
            edit(post=post("", '{{ badge(text="x") }}'), badge="{{ data.boats }}", boats="1"),
            edit(boats="2"),
            edit(csv="a"),
            lambda root: shutil.rmtree(root / "data"),
        ],
        # The site's own functions, in a page, in a text and as a file.
        [
            edit(own=OWN[0], template=SHOWING.format("{{ page.title|loud }}")),
            edit(own=OWN[1], boats="- name: Ana"),
            edit(boats="- name: Rui"),
            edit(own=OWN[2]),
            lambda root: (root / "extensions.py").unlink(),
            edit(own=OWN[0]),
        ],
        [
            edit(own=OWN[0], post=post("", "{{ stars(n=2) }}"), boats="- name: Ana"),
            edit(own=OWN[1]),
            edit(own=OWN[3]),
            edit(own=OWN[0]),
        ],
        [  # one file reports every post
            edit(own=OWN[0], post=post("description: A.", title="One")),
            edit(post=post("description: A.", title="Two")),
            edit(post=post("description: A.", "Other words.", title="Two")),
        ],
        # Documents of a collection: their list, their fields, what else shows them.
        [
            edit(settings=WITH_BOATS, list=LIST, ana=ANA[0], rui=RUI[0]),
            edit(ana=ANA[1]),
            edit(ana=ANA[1].replace("Ana", "Eva")),
            edit(template=SHOWING.format("{{ collections.boats[0].title }}"), post=post()),
            edit(ana=ANA[0]),
            edit(rui=RUI[0].replace("2024-02", "2024-06")),
            edit(settings=WITH_BOATS.replace("-built", "title")),
            edit(ana=ANA[2]),
            lambda root: (root / "content/boats/ana.md").unlink(),
            edit(settings=SETTINGS[0]),
        ],
        # Events: what is over when, in the list, on its page, elsewhere; and their calendars.
        [
            lambda root: write(root, EVENTS),
            edit(settings=WITH_EVENTS, meet=MEET[0], other=OTHER[0]),
            2 * DAY,
            edit(template=SHOWING.format("{{ collections.meets[0].event.past }}"), post=post()),
            edit(meet=MEET[1]),
            3 * DAY,
            edit(meet=MEET[1].replace("Text.", "Other words.")),
            edit(meet=MEET[1].replace("Pier", "Quay")),
            edit(other=OTHER[0].replace("10:00", "10:00\nupdated: 2024-05-21")),
            5 * DAY,
            edit(meet=MEET[2]),
            lambda root: (root / "content/meets/one.md").unlink(),
            edit(settings=WITH_EVENTS.replace("events", "published")),
            edit(settings=SETTINGS[0]),
        ],
        # A folder of pictures that come and go, with what is said of them, and all photographs.
        [
            lambda root: write(root, EVENTS),
            lambda root: write(root, {"content/posts/album/one.jpg": PICTURES[1]}),
            edit(settings=WITH_EVENTS, captions=CAPTIONS[0]),
            edit(post=post("description: A.", '{{ album(folder="album") }}')),
            lambda root: write(root, {"content/posts/album/two.jpg": PICTURES[0]}),
            edit(captions=CAPTIONS[1] + "\none.jpg: The first"),
            edit(post=post("description: A.", '{{ album(folder="album") }}', title="Other")),
            edit(captions=CAPTIONS[1] + "\none.jpg: The other first"),
            edit(post=post("description: A.", 'Words. {{ album(folder="album") }}')),
            edit(album=TEMPLATES["templates/shortcodes/album.html"][1]),
            edit(album=TEMPLATES["templates/shortcodes/album.html"][0]),
            edit(settings=WITH_EVENTS.replace("galleries", "posts")),
            edit(post=post("description: A.", "![One](album/one.jpg) ![Two](album/two.jpg)")),
            edit(post=post("description: A.", "![Two](album/two.jpg)")),
            lambda root: (root / "content/posts/album/one.jpg").unlink(),
            edit(captions=CAPTIONS[3]),
            lambda root: shutil.rmtree(root / "content/posts/album"),
        ],
        # Other sites, and a document that takes the place of their page.
        [
            lambda root: write(root, EVENTS),
            edit(settings=WITH_EVENTS, roll=ROLL[0]),
            edit(roll=ROLL[1], post=post("description: A.", title="One")),
            edit(post=post("description: A.", title="Two")),
            lambda root: write(root, {"content/pages/blogroll.md": post("description: B.")}),
            lambda root: write(root, {"content/pages/blogroll.md": post("description: B.", "X")}),
            edit(roll=ROLL[2]),
            lambda root: (root / "data/blogroll.yaml").unlink(),
        ],
        [  # a document whose text shows another one's title, and whose page shows its fields
            lambda root: write(
                root,
                {
                    "templates/page.html": SHOWING.format("{{ page.fields.built|default('-') }}"),
                    "content/boats/eva.md": post(
                        "description: Eva.\nbuilt: 2024-03-01", '{{ badge(text="x") }}', title="Eva"
                    ),
                },
            ),
            edit(
                settings=WITH_BOATS,
                list=LIST,
                badge="{{ ref('a').title }}",
                post=post("description: A.", title="One"),
            ),
            edit(post=post("description: A.", title="Two")),
        ],
        [  # a field that is text becomes a date, and prints otherwise
            lambda root: write(
                root,
                {
                    "templates/page.html": SHOWING.format("{{ page.fields.built|default('-') }}"),
                    "content/boats/eva.md": post(
                        "description: Eva.\nbuilt: 2024-03-01T00:00:00Z", title="Eva"
                    ),
                },
            ),
            edit(settings=WITH_BOATS.replace("built: date", "built: text"), list=LIST),
            edit(settings=WITH_BOATS),
            edit(settings=WITH_BOATS.replace("built: date", "built: {type: text}")),
        ],
        # Notes, links and recordings, in pages, lists, neighbours and all kinds of feeds.
        [
            lambda root: write(
                root,
                {
                    "content/posts/2024-05-02-b.md": post("tags: [sea]\nseries: S", title="B"),
                    "content/posts/talk.wav": recording(1),
                    "content/posts/pier.jpg": PICTURES[1],
                },
            ),
            edit(settings=WITH_FEEDS, list=LIST, ana=ANA[1], post=NOTE),
            edit(post=NOTE.replace("Just", "Only")),
            edit(post=NOTE.replace("title: false\n", "")),
            edit(post=NOTE.replace("false", "T")),
            edit(post=NOTE.replace("false", "T\nlink: https://elsewhere.example/")),
            edit(post=NOTE.replace("false", "T\nlink: https://elsewhere.example/more")),
            edit(post=HEARD),
            edit(post=HEARD.replace("Text.", "Other words.")),
            lambda root: write(root, {"content/posts/talk.wav": recording(2)}),
            edit(post=HEARD.replace("talk.wav", "{file: far.mp3, length: 9}")),
            edit(ana=ANA[1].replace("Text.", "Of oak.")),
            edit(ana=ANA[1].replace("2024-03-01", "2024-02-01\ndate: 2024-02-01")),
            edit(
                ana=ANA[1].replace("2024-03-01", "2024-02-01\ndate: 2024-02-01").replace("Te", "A")
            ),
            edit(settings=WITH_FEEDS.replace("excerpt", "full")),
            edit(style="title{display:block}"),
            edit(settings=SETTINGS[0]),
        ],
        # What is empty and what is missing.
        [
            edit(template=SHOWING.format('{% include "side.html" ignore missing %}')),
            edit(side=""),
            edit(side="<p>Side</p>"),
            lambda root: (root / "templates/side.html").unlink(),
        ],
        [
            edit(template=SHOWING.format('{% include "side.html" %}'), side=""),
            lambda root: (root / "templates/side.html").unlink(),
            edit(side=""),
        ],
        # The output folder is lost, or somebody writes into it.
        [
            lambda root: shutil.rmtree(root / "_site"),
            lambda root: write(root / "_site", {"index.html": "spoilt", "more/x.html": "x"}),
            lambda root: shutil.rmtree(root / ".tidepost"),
        ],
    ],
)
def test_edits_that_once_went_wrong_or_could(steps: list[Step], tmp_path: Path) -> None:
    root = write_site(tmp_path / "site", {"site.yaml": SETTINGS[0]})
    now = NOW
    session = Session()
    outcome(root, now, no_cache=False, session=session)
    for number, step in enumerate(steps):
        if isinstance(step, dt.timedelta):
            now += step
        else:
            step(root)
        clean = tmp_path / f"clean-{number}"
        shutil.copytree(root, clean, ignore=shutil.ignore_patterns("_site", ".tidepost"))
        going_on = session if number % 3 else None
        expected = outcome(clean, now, no_cache=True)
        assert outcome(root, now, no_cache=False, session=going_on) == expected
    session.let_go()


def test_a_draft_without_a_date_is_shown_as_todays_also_tomorrow(tmp_path: Path) -> None:
    files = {"content/drafts/idea.md": post("description: An idea.", title="Idea")}
    root = write_site(tmp_path / "site", {"site.yaml": SETTINGS[0] + "drafts: true\n", **files})
    template = SHOWING.format("{{ page.post.date|isodate }}")
    write(root, {"templates/post.html": template})
    for days in (0, 0, 1, 2, -1):
        told_, files_ = outcome(root, NOW + dt.timedelta(days=days), no_cache=False)
        assert told_ == []
        shown = (NOW + dt.timedelta(days=days)).date().isoformat()
        assert shown in files_["posts/idea/index.html"].decode()
