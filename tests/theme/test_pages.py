"""What can be held without a browser: weight, markup, documentation."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import msgspec
import pytest
from bs4 import BeautifulSoup, Tag

from generator.markdown.convert import Heading
from generator.render import views
from tests.support.sample import KINDS, ROOT, page_paths, soup_of

pytestmark = pytest.mark.xdist_group("theme")

MOST_CSS, MOST_PAGE = 7.5 * 1024, 20.5 * 1024
"""Bytes after gzip: all style sheets together; a page of text with everything but its pictures."""

STRUCTS = [
    value
    for value in (*vars(views).values(), Heading)
    if isinstance(value, type) and issubclass(value, msgspec.Struct)
    if value.__name__ not in ("_View", "Html", "Body")
]


def squeezed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 9))


def test_all_style_sheets_together_are_light(built: Path) -> None:
    found = list(built.glob("assets/css/*.css"))
    # math.css is for pages with formulas alone, feed.css for feeds.
    sheets = [sheet for sheet in found if not sheet.name.startswith(("math.", "feed."))]
    assert (len(found), len(sheets)) == (5, 3)
    assert sum(map(squeezed, sheets)) <= MOST_CSS


def test_a_page_of_text_is_light(built: Path) -> None:
    for name in ("post", "contact", "home"):
        soup = soup_of(built, KINDS[name])
        links = [tag["href"] for tag in soup.select("link[rel=stylesheet]")]
        links += [tag["src"] for tag in soup.select("script[src]")]
        weight = squeezed(built / KINDS[name].strip("/") / "index.html")
        weight += sum(squeezed(built / str(link).strip("/")) for link in links)
        assert weight <= MOST_PAGE, name


def test_a_page_loads_only_what_it_uses(built: Path) -> None:
    def loaded(name: str) -> set[str]:
        tags = soup_of(built, KINDS[name]).select("link[rel=stylesheet], script[src]")
        return {Path(str(tag.get("href") or tag.get("src"))).name.partition(".")[0] for tag in tags}

    everywhere = {"site", "scheme", "search-key"}
    pictures = {"pictures", "lightbox"}
    assert loaded("page") == everywhere | pictures
    assert loaded("pictures") == everywhere | pictures | {"code", "counter", "toc"}
    assert loaded("posts") == everywhere
    assert loaded("home") == everywhere | {"counter"}
    assert loaded("post") == everywhere | pictures | {"code", "counter", "math", "toc"}
    assert loaded("contact") == everywhere | {"contact"}
    assert loaded("search") == everywhere | {"search"}


NEEDED_FOR = {
    "code": ".highlight",
    "counter": "tidepost-counter",
    "lightbox": ".zoom",
    "pictures": ".zoom, [data-tone]",
    "contact": "[data-tidepost-contact]",
    "math": "math",
    "toc": "nav.toc",
}
"""What a page has that loads a style sheet or a script of this name."""


def test_every_page_loads_what_stands_in_it(built: Path) -> None:
    """And nothing else, but for the lists of a tag: a template of the owner's may show excerpts."""
    for path in page_paths(built):
        soup = soup_of(built, path)
        main, body = soup.main, soup.body
        assert main
        assert body
        tags = soup.select("link[rel=stylesheet], script[src]")
        loaded = {
            Path(str(tag.get("href") or tag.get("src"))).name.partition(".")[0] for tag in tags
        }
        there = {name for name, wanted in NEEDED_FOR.items() if main.select(wanted)}
        assert there <= loaded, path
        if body["data-kind"] != "term":
            assert loaded & NEEDED_FOR.keys() == there, path


def test_no_page_has_inline_styles_or_scripts(built: Path) -> None:
    for path in page_paths(built):
        soup = soup_of(built, path)
        assert not soup.select("style, [style]"), path
        for script in soup.select("script"):
            assert script.get("src") or script.get("type") == "application/ld+json", path
        for tag in soup.find_all(True):
            assert not [name for name in tag.attrs if name.startswith("on")], path


def test_everything_that_is_loaded_has_its_digest(built: Path) -> None:
    for path in page_paths(built):
        for tag in soup_of(built, path).select("link[rel=stylesheet], script[src]"):
            assert str(tag.get("integrity", "")).startswith("sha384-"), path


def test_every_page_tells_machines_what_it_is(built: Path) -> None:
    for path in page_paths(built):
        soup = soup_of(built, path)
        assert soup.select_one("meta[name=description][content]"), path
        assert soup.select_one('meta[property="og:title"][content]'), path
        assert soup.select_one("meta[name='twitter:card'][content]"), path
        assert len(soup.select("meta[name=theme-color][media]")) == 2, path
        assert soup.select_one("link[rel=manifest]"), path
        assert len(soup.select("link[rel=alternate][type]")) == 3, path
        if path != "/404.html":
            assert soup.select_one("link[rel=canonical]"), path
    assert soup_of(built, KINDS["post"]).select_one('meta[property="article:published_time"]')
    assert soup_of(built, "/contact/thanks/").select_one("meta[name=robots][content=noindex]")


def test_style_sheets_know_no_left_and_no_right() -> None:
    """Only logical properties, so that pages from right to left need no sheet of their own.

    Formulas run from left to right in every language (MathML Core, section 2.1.5). A picture that
    its author sets to the left or the right by a class of that name stands there in all of them.
    """
    by_name = re.compile(r"^\.float-(left|right) \{ float: \1;.*\}$", re.MULTILINE)
    physical = re.compile(
        r"(?:^|[\s;{])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|"
        r"width|height|(?:min|max)-(?:width|height)|text-align: (?:left|right)|float)\s*:"
    )
    for sheet in set(ROOT.glob("static/css/*.css")) - {ROOT / "static/css/math.css"}:
        found = physical.findall(by_name.sub("", sheet.read_text(encoding="utf-8")))
        assert not found, (sheet.name, found)


def test_the_contact_form_is_the_one_that_its_script_expects(built: Path) -> None:
    def fields(form: Tag) -> dict[str, list[object]]:
        kept = ("id", "type", "required", "maxlength", "aria-describedby", "hidden", "value")
        return {
            str(tag["name"]): [tag.name, *(tag.get(name) for name in kept)]
            for tag in form.select("[name]")
        }

    text = (ROOT / "docs" / "contact.md").read_text(encoding="utf-8")
    example = text.partition("```html\n")[2].partition("```")[0]
    wanted = BeautifulSoup(example, "lxml").select_one("form")
    ours = soup_of(built, KINDS["contact"]).select_one("form")
    assert wanted
    assert ours
    assert fields(ours) == fields(wanted)
    for error in wanted.select(".field-error"):
        assert ours.select(f"#{error['id']}[hidden]")
    status = ours.select_one("[role=status]")
    assert status
    assert {name for name in status.attrs if name.startswith("data-")} == {
        name
        for name in wanted.select_one("[role=status]").attrs  # type: ignore[union-attr]
        if name.startswith("data-")
    }


def test_every_shortcode_is_shown_and_documented() -> None:
    written = "".join(file.read_text(encoding="utf-8") for file in ROOT.glob("content/**/*.md"))
    documented = (ROOT / "docs" / "shortcodes.md").read_text(encoding="utf-8")
    names = [file.stem for file in ROOT.glob("templates/shortcodes/*.html")]
    assert len(names) >= 6
    for name in names:
        assert re.search(r"^(?:- )?{[{%] " + name + r"\(", written, re.MULTILINE), name
        assert f"## `{name}`" in documented, name


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_docs_templates_names_every_field(struct: type[msgspec.Struct]) -> None:
    """Each view has a section with a table, and each field a row of it."""
    text = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    name = struct.__name__.removesuffix("View")
    section = re.search(rf"^### {name}\b.*?(?=^##)", text + "\n##", re.MULTILINE | re.DOTALL)
    assert section, f"docs/templates.md has no section ### {name}"
    rows = set(re.findall(r"^\| `(\w+)` \|", section[0], re.MULTILINE))
    assert rows == set(struct.__struct_fields__)
