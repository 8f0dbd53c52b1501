"""Sites in several languages: each has its own lists, feeds and addresses, and knows the others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from generator.core.problems import SiteError
from generator.pipeline.results import Build
from tests.support.builds import outcome
from tests.support.sites import NOW, built, content_of, page, post, told, write, write_site
from tests.support.theme import STATIC, THEME

SETTINGS = """
title: Hafen
url: https://example.org/blog
tagline: Harbour
counter: {enabled: false}
languages:
  de: {tagline: Am Wasser, menu: [{title: Start, url: /}]}
  ar: {name: بالعربية}
"""
FILES: dict[str, str | bytes] = {
    "content/posts/2024-01-10-hello.md": post("tags: [sea]", "See [über](../pages/about.de.md#x)."),
    "content/posts/2024-01-10-hello.de.md": post(
        "slug: hallo\ntags: [See, sea]\naliases: [/alt/]",
        "Auf [Englisch](2024-01-10-hello.md).",
        title="Hallo",
    ),
    "content/posts/2024-01-10-hello.ar.md": post("slug: marhaba", "مرحبا", title="مرحبا"),
    "content/posts/2024-02-01-only.md": post("", "Only here.", title="Only"),
    "content/pages/index.md": post("", "Front."),
    "content/pages/index.de.md": post("", "Vorn.", title="Vorn"),
    "content/pages/about.de.md": post("", "## X\n\n[Start](/) [Beiträge](/posts/)", title="Über"),
}


def site(files: dict[str, str | bytes] | None = None, settings: str = SETTINGS) -> Build:
    return built({**STATIC, **FILES, **(files or {})}, settings, templates=THEME)


@pytest.fixture(scope="module")
def whole() -> Build:
    made = site()
    assert [each for each in told(made.problems) if "missing-" in each] == []
    return made


def soup(made: Build, path: str) -> BeautifulSoup:
    return BeautifulSoup(page(made, path), "lxml")


def test_each_language_has_its_own_lists_terms_and_feeds(whole: Build) -> None:
    paths = set(content_of(whole))
    own = ("index.html", "posts/index.html", "archive/2024/index.html", "feed.xml", "sitemap.xml")
    for folder in ("", "de/", "ar/"):
        assert {folder + name for name in own} <= paths
    assert "de/tags/see/index.html" in paths
    assert "de/posts/only/index.html" not in paths
    assert "ar/tags/index.html" not in paths
    assert "Only" not in page(whole, "de/posts/index.html")
    feed = json.loads(content_of(whole)["de/feed.json"])
    assert feed["language"] == "de"
    assert [item["url"] for item in feed["items"]] == ["https://example.org/blog/de/posts/hallo/"]


def test_a_page_tells_its_language_its_direction_and_its_translations(whole: Build) -> None:
    addresses = {
        "en": "https://example.org/blog/posts/hello/",
        "x-default": "https://example.org/blog/posts/hello/",
        "de": "https://example.org/blog/de/posts/hallo/",
        "ar": "https://example.org/blog/ar/posts/marhaba/",
    }
    for path, language in (
        ("posts/hello/index.html", "en"),
        ("de/posts/hallo/index.html", "de"),
        ("ar/posts/marhaba/index.html", "ar"),
    ):
        found = soup(whole, path)
        assert found.html
        assert found.html["lang"] == language
        assert found.html.get("dir") == ("rtl" if language == "ar" else None)
        links = {each["hreflang"]: each["href"] for each in found.select("link[hreflang]")}
        assert links == addresses
        canonical = found.select_one("link[rel=canonical]")
        assert canonical
        assert canonical["href"] == addresses[language]
    assert not soup(whole, "posts/only/index.html").select("link[hreflang]")
    lists = soup(whole, "de/archive/2024/index.html").select("link[hreflang]")
    assert {each["hreflang"] for each in lists} == {"en", "x-default", "de", "ar"}


def test_readers_can_change_to_another_language(whole: Build) -> None:
    def switch(path: str) -> dict[str, object]:
        links = soup(whole, path).select(".languages a:not([aria-current])")
        return {each.get_text(): each["href"] for each in links}

    assert switch("posts/hello/index.html") == {
        "Deutsch": "/blog/de/posts/hallo/",
        "بالعربية": "/blog/ar/posts/marhaba/",
    }
    # What is not there in a language leads to that language's front page.
    assert switch("de/about/index.html") == {"English": "/blog/", "بالعربية": "/blog/ar/"}


def test_words_dates_and_addresses_are_the_languages(whole: Build) -> None:
    german = soup(whole, "de/posts/hallo/index.html")
    assert "10. Januar 2024" in german.get_text()
    assert [each["href"] for each in german.select(".top > .menu a")] == ["/blog/de/"]
    assert german.select_one(".skip").get_text() == "Zum Text springen"  # type: ignore[union-attr]
    about = soup(whole, "de/about/index.html").select(".body a")
    assert [each["href"] for each in about] == ["/blog/de/", "/blog/de/posts/"]
    assert whole.redirects == {"/de/alt/": "/de/posts/hallo/"}
    assert "Diese Seite ist umgezogen" in page(whole, "de/alt/index.html")


BOXES = """> [!WARNING]
> A.

!!! caution
    B.

!!! recipe
    C.

!!! note "Own"
    D.

{% note(kind="important") %}
E.
{% end %}

F.[^1]

[^1]: G.
"""


@pytest.mark.parametrize(
    ("ending", "titles", "back"),
    [
        (
            "",
            ["Warning", "Caution", "Recipe", "Own", "Important"],
            "Back to the text of note 1",
        ),
        (
            ".de",
            ["Warnung", "Vorsicht", "Recipe", "Own", "Wichtig"],
            "Zurück zum Text von Anmerkung 1",
        ),
    ],
)
def test_boxes_and_notes_speak_the_language_of_the_page(
    ending: str, titles: list[str], back: str
) -> None:
    made = site({f"content/posts/2024-03-01-boxes{ending}.md": post("", BOXES, title="Boxes")})
    found = soup(made, f"{ending[1:]}/posts/boxes/index.html".lstrip("/"))
    assert [each.get_text() for each in found.select(".admonition-title")] == titles
    [link] = found.select("a.footnote-backref")
    assert (link["title"], link["aria-label"]) == (back, back)


def test_documents_of_different_languages_can_link_to_each_other(whole: Build) -> None:
    assert 'href="/blog/de/about/#x"' in page(whole, "posts/hello/index.html")
    assert 'href="/blog/posts/hello/"' in page(whole, "de/posts/hallo/index.html")
    files = {"content/pages/about.de.md": post("draft: true")}
    assert [each for each in told(site(files).problems) if "unpublished-link" in each]


def test_what_the_whole_site_has_is_there_once(whole: Build) -> None:
    names = [each.path for each in whole.artifacts]
    assert len(names) == len(set(names))
    assert {"robots.txt", "404.html", "favicon.ico"} <= set(names)
    assert not {"de/robots.txt", "de/404.html", "de/favicon.ico"} & set(names)
    assert not [name for name in names if name.startswith("de/assets/")]
    robots = content_of(whole)["robots.txt"].decode()
    assert "Sitemap: https://example.org/blog/sitemap.xml\n" in robots
    assert "Sitemap: https://example.org/blog/de/sitemap.xml\n" in robots
    assert 'href="/blog/favicon.ico"' in page(whole, "de/index.html")


def test_files_at_the_root_of_the_site_are_there_for_each_language() -> None:
    link = "[a](/files/key.der) [b](/plan.pdf) [c](/files/x.html) [d](/about/)"
    made = site(
        {
            "static/root/files/key.der": b"x",
            "static/root/plan.pdf": b"%PDF",
            "static/root/files/x.html": b"<p>",
            "content/posts/2024-03-01-files.md": post("", link, title="Files"),
            "content/posts/2024-03-01-files.de.md": post("", link, title="Dateien"),
        }
    )
    for path, folder in (("posts/files/index.html", ""), ("de/posts/files/index.html", "/de")):
        links = [one["href"] for one in soup(made, path).select(".body a")]
        assert links == [
            "/blog/files/key.der", "/blog/plan.pdf",
            f"/blog{folder}/files/x.html", f"/blog{folder}/about/",
        ]  # fmt: skip


def test_front_matter_says_the_language_too() -> None:
    files: dict[str, str | bytes] = {
        "content/pages/impressum.md": post("language: de", title="Impressum"),
        "content/pages/bonjour.md": post("lang: fr", title="Bonjour"),
        "content/posts/2024-03-01-salut.md": post("language: he", title="שלום"),
    }
    made = site(files)
    assert "de/impressum/index.html" in content_of(made)
    assert "impressum/index.html" not in content_of(made)
    found = soup(made, "bonjour/index.html")
    assert found.html
    assert found.html["lang"] == "en"
    assert [each.get("lang") for each in found.select("h1, .body")] == ["fr", "fr"]
    hebrew = soup(made, "posts/salut/index.html").select("h1, .body")
    assert [(each["lang"], each["dir"]) for each in hebrew] == [("he", "rtl"), ("he", "rtl")]
    assert '<h2 lang="he" dir="rtl">' in page(made, "posts/index.html")


def test_mistakes_are_told() -> None:
    files: dict[str, str | bytes] = {
        "content/pages/a.de.md": post("language: ar"),
        "content/pages/b.md": post("language: german!"),
        "content/pages/c.de.md": post("permalink: /about/"),
    }
    with pytest.raises(Exception) as caught:  # noqa: PT011
        site(files)
    problems = told(caught.value.problems)  # type: ignore[attr-defined]
    assert [each.partition(" (")[0] for each in problems if "bad-language" in each] == [
        "content/pages/a.de.md:3: bad-language: `ar`, but the file's name says `de`",
        "content/pages/b.md:3: bad-language: `german!` is not a language such as de or pt-BR",
    ]
    assert [each for each in problems if each.startswith("content/pages/c.de.md:3: same-url")]


def test_no_page_of_one_language_lies_where_another_has_its_own() -> None:
    made = site({"content/pages/de/about.md": post(title="Of English")})
    assert [each for each in told(made.problems) if "same-url" in each] == [
        "content/pages/de/about.md:0: same-url: its URL is also that of content/pages/about.de.md: "
        "/de/about/"
    ]


def test_a_site_of_one_language_knows_nothing_of_this() -> None:
    settings = SETTINGS.partition("languages:")[0]
    made = built(
        {**STATIC, "content/posts/2024-01-10-hello.de.md": post()}, settings, templates=THEME
    )
    found = soup(made, "posts/hello.de/index.html")
    assert not found.select("[hreflang], .languages")


def test_an_incremental_build_of_several_languages_equals_a_clean_one(tmp_path: Path) -> None:
    files = {path: text for path, text in FILES.items() if path.endswith(".md")}
    settings = SETTINGS.replace("/blog", "")
    root = write_site(tmp_path / "site", {"site.yaml": settings, **files})
    show = (
        '{% extends "base.html" %}{% block main %}{{ page.body }}{{ page.translations }}'
        "{{ site.languages }}{{ ref('about.de.md').url }}{% endblock %}"
    )
    english, german = "content/posts/2024-01-10-hello.md", "content/posts/2024-01-10-hello.de.md"
    for number, edit in enumerate(
        [
            {},
            {"templates/post.html": show},
            {german: str(FILES[german]).replace("slug: hallo", "slug: servus")},
            {english: str(FILES[english]).replace("tags: [sea]", "draft: true")},
            {english: str(FILES[english])},
            {"templates/i18n/de.yaml": "home: Heim"},
            {"site.yaml": settings.replace("بالعربية", "Arabic")},
            {"site.yaml": settings.partition("languages:")[0]},
            {"site.yaml": settings},
        ]
    ):
        write(root, edit)
        clean = tmp_path / f"clean-{number}"
        shutil.copytree(root, clean, ignore=shutil.ignore_patterns("_site", ".tidepost"))
        problems, made = outcome(root, NOW, no_cache=False)
        assert (problems, made) == outcome(clean, NOW, no_cache=True)
        assert ("404.html" in made) == (number != 3)  # in which one links to a draft
        # Pages are written before it is known which of them the site has.
        assert not [path for path in made if path.endswith("/404.html")]
    (root / german).unlink()
    shutil.copytree(root, tmp_path / "last", ignore=shutil.ignore_patterns("_site", ".tidepost"))
    assert outcome(root, NOW, no_cache=False) == outcome(tmp_path / "last", NOW, no_cache=True)


def test_a_mistake_in_a_template_is_told_once_for_all_languages() -> None:
    block = "{% block main %}"
    assert block in THEME["home.html"]
    wrong = THEME["home.html"].replace(block, f"{block}{{{{ site.tutle }}}}")
    templates = {**THEME, "home.html": wrong}
    made = built({**STATIC, **FILES}, SETTINGS, templates=templates)
    (mistake,) = (each for each in made.problems if each.code == "template-undefined")
    assert mistake.path == "templates/home.html"
    assert mistake.message.endswith(" and 2 more pages")


def test_templates_that_are_missing_altogether_are_told_once() -> None:
    files = {**FILES, "content/pages/about.de.md": post("layout: boat")}
    with pytest.raises(SiteError) as raised:
        built(files, SETTINGS, templates={})
    assert {(each.path, each.code) for each in raised.value.problems} == {
        ("templates", "missing-template")
    }
