"""What differs in nothing but an order or a name is shown as it is now, also by a build that goes
on from the last one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builds import SETTINGS, clean, outcome
from tests.support.sites import NOW, minimal_templates, post, write, write_site

SHOWN = {
    "own fields of a post": ("content/posts/p.md", "page.extra", "posts/p/index.html"),
    "own fields of a page": ("content/pages/about.md", "page.extra", "about/index.html"),
    "fields of a collection": ("site.yaml", "page.fields", "boats/b/index.html"),
    "fields in a list of items": ("site.yaml", "collections.boats[0].fields", "index.html"),
    "params": ("site.yaml", "site.params", "posts/p/index.html"),
    "data": ("data/wind.yaml", "data.wind", "posts/p/index.html"),
    "data in another": ("data/wind.yaml", "data['wi' ~ 'nd']", "posts/p/index.html"),
}
ONE, OTHER = "north: 1\n{0}east: 2\n", "east: 2\n{0}north: 1\n"


def files(order: str) -> dict[str, str]:
    flat, indented = order.format(""), "  " + order.format("  ")
    fields = ", ".join(f"{line[: line.index(':')]}: int" for line in flat.splitlines())
    settings = SETTINGS[0] + f"collections: {{boats: {{fields: {{{fields}}}}}}}\n"
    return {
        "site.yaml": f"{settings}params:\n{indented}",
        "data/wind.yaml": flat,
        "content/posts/p.md": post(f"date: 2024-04-01\n{flat}", title="P"),
        "content/pages/about.md": post(flat, title="Q"),
        "content/boats/b.md": post(flat),
    }


@pytest.mark.parametrize("case", SHOWN)
def test_keys_in_another_order_are_shown_in_it(tmp_path: Path, case: str) -> None:
    path, value, made = SHOWN[case]
    loop = f"{{% for key, each in {value}.items() %}}{{{{ key }}}}={{{{ each }}}} {{% endfor %}}"
    base = minimal_templates()["base.html"].replace("</h1>", f"</h1><p>{loop}</p>")
    pages = dict.fromkeys(("item", "collection"), "{% extends 'base.html' %}")
    templates = {f"templates/{name}.html": text for name, text in {"base": base, **pages}.items()}
    root = write_site(tmp_path / "site", {**files(ONE), **templates})
    _, shown = outcome(root, NOW, no_cache=False)
    assert b"north=1 east=2" in shown[made]
    write(root, {path: files(OTHER)[path]})
    again = outcome(root, NOW, no_cache=False)
    assert b"east=2 north=1" in again[1][made]
    assert again == clean(root)


@pytest.mark.parametrize(
    ("before", "after"), [("Europe/Berlin", "Africa/Lagos"), ("UTC", "Africa/Abidjan")]
)
def test_another_time_zone_with_the_same_hours_is_shown(
    tmp_path: Path, before: str, after: str
) -> None:
    zone = "{% if page.post %}<p>{{ page.post.date.strftime('%Z') }}</p>{% endif %}"
    base = minimal_templates()["base.html"].replace("</h1>", f"</h1>{zone}")
    matter = post("date: 2024-01-01")
    files = {"templates/base.html": base, "content/posts/p.md": matter}
    settings = {name: {"site.yaml": f"{SETTINGS[0]}timezone: {name}\n"} for name in (before, after)}
    root = write_site(tmp_path / "site", {**settings[before], **files})
    _, shown = outcome(root, NOW, no_cache=False)
    write(root, settings[after])
    again = outcome(root, NOW, no_cache=False)
    assert again[1]["posts/p/index.html"] != shown["posts/p/index.html"]
    assert again == clean(root)


BADGES = {
    "a word": ("{{ 'home'|t }}", {"templates/i18n/en.yaml": "home: Home"}, "home: House"),
    "a date": (
        "{{ collections.boats[0].fields.built|date('%Z') }}",
        {"site.yaml": f"{SETTINGS[6]}timezone: Europe/Berlin\n"},
        f"{SETTINGS[6]}timezone: Africa/Lagos\n",
    ),
}


@pytest.mark.parametrize("case", BADGES)
def test_what_a_shortcode_shows_of_what_lies_elsewhere_is_shown_as_it_is_now(
    tmp_path: Path, case: str
) -> None:
    badge, before, after = BADGES[case]
    files = {
        "templates/shortcodes/badge.html": f"<b>{badge}</b>",
        "templates/collection.html": '{% extends "base.html" %}',
        "content/boats/ana.md": post("description: Ana.\nbuilt: 2024-03-01", title="Ana"),
        "content/posts/p.md": post("date: 2024-01-01", '{{ badge(text="x") }}'),
    }
    root = write_site(tmp_path / "site", {"site.yaml": SETTINGS[6], **files, **before})
    _, shown = outcome(root, NOW, no_cache=False)
    write(root, dict.fromkeys(before, after))
    again = outcome(root, NOW, no_cache=False)
    assert again[1]["posts/p/index.html"] != shown["posts/p/index.html"]
    assert again == clean(root)
