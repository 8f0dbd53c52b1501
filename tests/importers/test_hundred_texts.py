"""Sites of a hundred texts are imported, built without errors, and equal the old generator's."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import quote

import pytest

from generator.adapters.files.import_folder import write_new
from generator.cli.import_ import built_anew
from generator.importers.comparison.pages import Pages, compare
from generator.importers.model import Target
from generator.importers.wordpress import site as wordpress
from tests.importers import hundred_texts
from tests.importers.old_generators import compared, told
from tests.importers.old_sites import old_site
from tests.importers.sites import build, empty_site
from tests.importers.wordpress_forms import BLOCKS, CLASSIC
from tests.support.sites import NOW
from tests.support.wordpress import END, HEAD, item

PATTERN = (
    '<!-- wp:separator -->\n<hr class="wp-block-separator"/>\n<!-- /wp:separator -->',
    "<hr>",
)
"""In the place of a block that lies elsewhere in an export."""


def test_no_two_texts_are_alike_in_form() -> None:
    for site in (hundred_texts.jekyll_site(), hundred_texts.hugo_site()):
        found = [one for path, one in site.items() if path.endswith(".md") and "_index" not in path]
        assert len(found) == len(set(found)) == hundred_texts.COUNT + len(hundred_texts.SHARED)


PAGES_ALONE = ("reef", "sluice", "tide")
ENDS_IN_DOTS = (
    ("2011/12", "jetty", 9), ("2014/01", "keel", 29), ("2016/01", "lock", 49),
    ("2018/01", "mooring", 69), ("2020/02", "neap", 89),
)  # fmt: skip

INCHES = ["text: 5’10” -> 5’10“"]
FENCE = ["code:   tie bow\n    tie stern -> tie bow\n  tie stern"]
YEAR = [
    "text: nothing (after `In`) -> 1986.",
    "lists: ol(li) -> nothing (after `ol(li li(ul(li li)) li)`)",
]
CELL = ["text: \\| -> |", "code: a \\| b -> a | b", "tables: a \\| b | 3 m -> a | b | 3 m"]
CAPTION = ["text: nothing (after `Text.`) -> At dawn"]
LETTERS = ["text: 5'10\" boat, rock ’n’ -> 5’10“ boat, rock ‘n’"]
BARE = ["links: https://www.x.example -> http://www.x.example"]

DIFFERENT: dict[str, dict[str, list[str]]] = {
    "jekyll": {
        "/2011/03/beacon-no-1/": INCHES,
        "/2011/05/dredge-no-3/": FENCE,
        "/2011/09/Gdańsk's-groyne/": YEAR,
        "/2013/02/anchor-no-20/": CELL,
        "/2018/05/mooring-no-72/": YEAR,
        "/2019/10/groyne-no-86/": CELL,
        "/notes 3/2017/11/harbour-no-67/": INCHES,
        "/piers/jetty-69/": FENCE,
        "/sea/oar/2014/07/oar-no-34/": CAPTION,
    },
    "hugo": {
        "/2011/03/whats-a-beacon/": LETTERS,
        "/2014/06/oar-in-narvik/": CAPTION,
        "/2015/05/cádiz-ebbs/": BARE,
        "/2016/05/malmö-oars/": LETTERS,
        "/2019/08/86-inlets/": CAPTION,
        "/2020/07/reef-in-narvik/": BARE,
        # A page shows the day of its last change.
        "/notes/reef-57/": ["date: 2016-11-08 -> 2021-05-04"],
        # Tidepost's lists are of posts.
        **{f"/tags/{one}/": [f"address: /tags/{one}/ -> nothing"] for one in PAGES_ALONE},
        # No part of an address here ends in a dot; the report has these.
        **{
            was: [f"address: {was} -> nothing"]
            for was in (f"/{month}/jávea--a-{word}.../" for month, word, _ in ENDS_IN_DOTS)
        },
        **{
            now: [f"address: nothing -> {now}"]
            for now in (f"/{month}/jetty-no-{number}/" for month, _, number in ENDS_IN_DOTS)
        },
    },
}
"""What is documented to be different (docs/importing.md): URL -> what."""


@pytest.mark.parametrize("kind", ["jekyll", "hugo"])
def test_a_whole_site_is_what_it_was(kind: str, tmp_path: Path) -> None:
    site = hundred_texts.jekyll_site() if kind == "jekyll" else hundred_texts.hugo_site()
    comparison, _ = compared(kind, site, tmp_path)
    assert comparison.pages >= hundred_texts.COUNT
    assert told(comparison) == DIFFERENT[kind]
    built = build(tmp_path / "new")
    assert [one for one in built.problems if one.severity == "error"] == []


def test_a_whole_export_is_what_wordpress_showed(tmp_path: Path) -> None:
    made = hundred_texts.wordpress_texts(CLASSIC, {**BLOCKS} | {"block-pattern": PATTERN})
    assert len({text for text, _ in made}) == hundred_texts.COUNT
    items, pages = [], {}
    for number, ((text, shown), title, day) in enumerate(
        zip(made, hundred_texts.titles(), hundred_texts.days(), strict=True)
    ):
        is_page = number % 10 == 9
        name = f"número-{number}" if number % 10 == 6 else f"number-{number}"
        path = f"number-1/{name}" if is_page else name
        path = f"{day:%Y/%m}/{name}" if number % 10 == 3 else path
        word = hundred_texts.WORDS[number % 20]
        term = f'<category domain="category" nicename="{word}">{word.title()} &amp; Co</category>'
        items.append(
            item(
                text,
                title=title.replace("&", "&amp;"),
                link=f"https://a.example/{quote(path)}/",
                wp__post_id=str(number + 10),
                wp__post_name=quote(name).lower(),
                wp__post_date=f"{day} 23:{number % 60:02}:00",
                wp__post_date_gmt=f"{day} 22:{number % 60:02}:00",
                wp__post_type="page" if is_page else "post",
            ).replace("</item>", f"{'' if is_page else term}</item>")
        )
        head = f"<title>{title}</title><h1>{title}</h1>".replace("&", "&amp;")
        time = f"<time datetime='{day}'></time>"
        pages[f"{path}/index.html"] = f"{head}{time}<article>{shown}</article>".encode()
    raw = (HEAD + "".join(items) + END).encode()
    into = empty_site(tmp_path / "new")
    media = old_site({"2020/01/quay.png": hundred_texts.PNG})
    conversion = wordpress.convert(
        lambda: io.BytesIO(raw), "e.xml", media, Target(config=None, now=NOW)
    )
    sources = {f"wp-content/uploads/{path}": file for path, file in media.items()}
    for file in conversion.files:
        write_new(into, file, sources)
    comparison = compare(
        Pages(files=pages, address="https://a.example"), built_anew(into, conversion)
    )
    assert comparison.pages == hundred_texts.COUNT
    assert told(comparison) == {}
    built = build(into)
    assert [one for one in built.problems if one.severity == "error"] == []
