"""Hugo: front matter in three languages, URLs, shortcodes, bundles and sections."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.importers.hugo import site as hugo
from generator.importers.hugo import urls as hugo_urls
from generator.importers.model import CannotImportError, Conversion
from tests.importers.old_sites import TARGET, TEXTS, VALUES, held, left, old_site, text_of


def converted(
    files: dict[str, str | bytes], settings: str = 'baseURL = "https://a.example"\ntitle = "T"\n'
) -> Conversion:
    return hugo.convert(old_site({"hugo.toml": settings, **files}), "old", TARGET)


def body_of(text: str) -> tuple[str, list[str]]:
    """Return what a post's text becomes, and what is reported as not converted."""
    made = converted({"content/posts/x.md": f"---\ntitle: X\ndate: 2020-01-02\n---\n{text}"})
    return text_of(made, "content/posts/x.md").partition("\n---\n")[2].rstrip("\n"), left(made)


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("/:year/:month/:day/:slug/", "/2021/02/03/a-title/"),
        ("/:monthname/:weekdayname/:weekday/:yearday/:filename/", "/february/wednesday/3/34/name/"),
        ("/:sections/:contentbasename", "/blog/deep/down/name"),
        ("/:sections[1:]/:slugorfilename/", "/deep/down/name/"),
        ("/:sections[last]/:title.html", "/down/a-title.html"),
        ("/:section/:sections[9]/:sections[:1]/", "/blog/blog/"),
    ],
)
def test_permalinks(pattern: str, url: str) -> None:
    made = hugo_urls.filled(
        pattern,
        date=dt.datetime(2021, 2, 3, tzinfo=dt.UTC),
        sections=["blog", "deep", "down"],
        name="name",
        title="A Title!",
        slug="",
    )
    assert made == (url, [])


def test_a_token_that_is_not_known_is_told() -> None:
    made = converted(
        {"content/posts/x.md": "---\ntitle: X\ndate: 2020-01-02\nurl: /:no/x/\n---\nT\n"}
    )
    assert left(made) == ["4: its permalink `/:no/x/` has `:no`"]


@pytest.mark.parametrize(
    ("title", "url"),
    [("C++ & x", "c-x"), ("100% + more", "100--more"), ("a%20b", "a-b"), (" -- x", "--x")],
)
def test_titles_in_addresses(title: str, url: str) -> None:
    assert hugo_urls.slugged(title) == url


@pytest.mark.parametrize(
    ("path", "lower", "url"),
    [
        ("Ärger & Mühe", True, "ärger--mühe"),
        ("My Page!", True, "my-page"),
        ("C#", True, "c#"),
        ("Kept Case", False, "Kept-Case"),
        ("a_b.c~d", True, "a_b.c~d"),
    ],
)
def test_paths_are_cleaned(path: str, lower: bool, url: str) -> None:
    assert hugo_urls.cleaned(path, lower=lower).replace("--", "-") == url.replace("--", "-")


SAME = {"title": "Same", "date": "2020-01-02", "tags": ["a", "b c"], "draft": False, "weight": 3}


@pytest.mark.parametrize(
    "matter",
    [
        '---\ntitle: Same\ndate: 2020-01-02\ntags: [a, "b c"]\ndraft: false\nweight: 3\n---\n',
        '+++\ntitle = "Same"\ndate = 2020-01-02\ntags = ["a", "b c"]\n'
        "draft = false\nweight = 3\n+++\n",
        json.dumps(SAME) + "\n",
        json.dumps(SAME, indent=2) + "\n\n",
    ],
)
def test_front_matter_is_the_same_in_every_language(matter: str) -> None:
    made = converted({"content/posts/x.md": f"{matter}Text.\n"})
    assert text_of(made, "content/posts/x.md") == (
        "---\ntitle: Same\ndate: 2020-01-02\ntags: [a, b c]\nweight: 3\n---\nText.\n"
    )


@pytest.mark.parametrize(
    ("matter", "told"),
    [
        ('+++\ntitle = "x\n+++\n', "2: not imported: not valid TOML"),
        ("+++\ntitle = 1\n", "1: not imported: the front matter is not closed"),
        ('{"title": "x",\n2}\n', "2: not imported: not valid JSON"),
        ("---\ntitle: [a\n---\n", "2: not imported: not valid YAML"),
    ],
)
def test_front_matter_that_cannot_be_read_is_told(matter: str, told: str) -> None:
    made = converted({"content/posts/x.md": matter})
    assert [one for one in left(made) if one.startswith(told)]
    assert all(one.hint for one in made.report.entries if one.message.startswith("not imported"))


@pytest.mark.parametrize(
    ("text", "body", "left_out"),
    [
        ('{{< figure src="https://b.example/a.png" alt="A" >}}',
         '{{ figure(src="https://b.example/a.png", alt="A") }}', []),
        ('{{< unknown "a" >}}', '{{&lt; unknown "a" >}}', ['5: `{{< unknown "a" >}}`']),
        ("{{</* figure */>}}", "{{&lt; figure >}}", []),
        ("```\n{{</* figure */>}}\n```", "```\n{{< figure >}}\n```", []),
        ("{{% note %}}\nIn\n{{% /note %}}", '{% note(kind="note") %}\nIn\n{% end %}', []),
        ("{{< warning >}}In{{< /warning >}}", '{% note(kind="warning") %}\nIn\n{% end %}', []),
        ("{{< ref \"nowhere\" >}}", "{{&lt; ref \"nowhere\" >}}",
         ["5: `ref nowhere` names nothing that there is"]),
        ("{{< vimeo 12 >}}", "[Film on Vimeo](https://vimeo.com/12)", []),
        ("{{< x user=\"a\" id=\"1\" >}}", "<https://x.com/a/status/1>",
         ["5: `x`: a link to it stands there now"]),
        ("See https://b.example/x.", "See https://b.example/x.", []),
        ("~~~go {linenostart=7, hl_lines=[7]}\nx\n~~~",
         '~~~go linenums="7" hl_lines="7"\nx\n~~~', []),
    ],
)  # fmt: skip
def test_texts(text: str, body: str, left_out: list[str]) -> None:
    made, told = body_of(text)
    assert made.rstrip() == body
    assert told == left_out


def test_files_of_a_bundle_stay_beside_it() -> None:
    made = converted(
        {
            "content/posts/x/index.md": "---\ntitle: X\ndate: 2020-01-02\n---\n![a](i/a.png)\n",
            "content/posts/x/i/a.png": b"png",
            "content/posts/y.md": "---\ntitle: Y\ndate: 2020-01-02\n---\n![a](/posts/x/i/a.png)\n",
        }
    )
    assert {one.path for one in made.files} >= {"content/posts/x/i/a.png"}
    assert "![a](i/a.png)" in text_of(made, "content/posts/x/index.md")
    assert "![a](x/i/a.png)" in text_of(made, "content/posts/y.md")


def test_main_sections_are_posts_and_others_pages() -> None:
    post = "---\ntitle: {}\ndate: 2020-01-02\n---\nText.\n"
    files: dict[str, str | bytes] = {
        "content/essays/a.md": post.format("A"),
        "content/notes/b.md": post.format("B"),
    }
    made = converted(files, 'baseURL = "https://a.example"\n[params]\nmainSections = ["notes"]\n')
    assert {one.path for one in made.files} == {
        "content/pages/essays/a.md",
        "content/pages/essays/index.md",
        "content/posts/b.md",
    }
    assert made.report.urls == ("/essays/", "/essays/a/", "/notes/b/")
    assert "  /notes/: /posts/\n" in made.report.settings


def test_every_language_is_imported() -> None:
    matter = "---\ntitle: T\ndate: 2020-01-02\n---\nText.\n"
    made = converted(
        {
            "content/posts/a.md": matter,
            "content/posts/a.fr.md": matter.replace("Text.", "[b](/posts/b/), [a](/fr/posts/a/)"),
            "content/posts/b.en.md": matter,
        },
        'baseURL = "https://a.example"\n[languages.en]\nweight = 1\n'
        '[languages.fr]\nweight = 2\ntitle = "Le T"\n'
        '[[languages.fr.menus.main]]\nname = "A"\nurl = "/posts/a/"\n',
    )
    assert made.report.urls == ("/fr/posts/a/", "/posts/a/", "/posts/b/")
    assert "[b](/posts/b.md), [a](/posts/a.fr.md)" in text_of(made, "content/posts/a.fr.md")
    assert "fr:\n    title: Le T" in made.report.settings
    assert "- title: A\n      url: /posts/a/" in made.report.settings


def test_what_is_no_hugo_site_is_refused() -> None:
    with pytest.raises(CannotImportError, match="no Hugo site"):
        hugo.convert(old_site({"hugo.toml": "title = 'T'"}), "old", TARGET)


KEYS = st.sampled_from(
    [
        *("title", "date", "lastmod", "publishDate", "expiryDate", "draft", "slug", "url", "menu"),
        *("aliases", "tags", "categories", "series", "weight", "summary", "images", "cover"),
        *("author", "params", "cascade", "build", "headless", "markup", "layout", "resources"),
    ]
)


@settings(max_examples=50, deadline=None)
@given(
    mark=st.sampled_from(["---\n", "+++\n", "{", ""]),
    matter=st.text(max_size=120),
    body=st.text(max_size=200),
)
def test_any_text_is_converted_or_told(mark: str, matter: str, body: str) -> None:
    path = "content/posts/x.md"
    raw = f"{mark}{matter}\n{mark}{body}".encode(errors="surrogatepass")
    held(converted({path: raw}), path)


@settings(max_examples=50, deadline=None)
@given(values=st.dictionaries(KEYS | TEXTS, VALUES, max_size=6))
def test_any_front_matter_is_converted_or_told(values: dict[str, object]) -> None:
    path = "content/posts/x.md"
    held(converted({path: f"{json.dumps(values)}\n\nText.\n"}), path)


PARTS = st.lists(
    st.sampled_from(
        [
            *("{{<", ">}}", "{{%", "%}}", "/", "/*", "*/", "figure", " ", "\n", '"', "note"),
            *("```", "- ", "# ", "src=", "`", "highlight go", "details", "[a](", ")", "|"),
        ]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(text=PARTS)
def test_any_shortcodes_are_converted_or_told(text: str) -> None:
    body_of(f"{text}\nend")


@settings(max_examples=40, deadline=None)
@given(settings=st.text(max_size=100) | st.dictionaries(
    st.sampled_from(["baseURL", "title", "permalinks", "params", "menus", "languages", "uglyURLs"]),
    VALUES,
    max_size=5,
).map(json.dumps))  # fmt: skip
def test_any_settings_are_read_or_told(settings: str) -> None:
    files = {"content/posts/x.md": "---\ntitle: X\ndate: 2020-01-02\n---\nText.\n"}
    held(hugo.convert(old_site({"hugo.json": settings, **files}), "old", TARGET), "hugo.json")


def test_a_list_of_terms_with_a_date_in_its_address_is_told() -> None:
    files = {
        "hugo.toml": "[permalinks.term]\ntags = '/:year/:slug/'\n",
        "content/posts/a.md": "---\ntitle: A\ndate: 2020-01-02\ntags: [x, y]\n---\nText.\n",
    }
    told = left(hugo.convert(old_site(files), "old", TARGET))
    assert [one for one in told if "/:year/:slug/" in one] == [
        "0: `/:year/:slug/`, the permalink of a list of terms, has the date of its last post"
    ]


def test_a_menu_of_another_language_leads_to_its_landing_page() -> None:
    files = {
        "config/_default/hugo.toml": 'defaultContentLanguage = "en"\n',
        "config/_default/languages.en.toml": 'title = "Tides"\n',
        "config/_default/languages.fr.toml": 'title = "Marees"\n',
        "config/_default/menus.en.toml": '[[main]]\nname = "Home"\nurl = "/"\n',
        "config/_default/menus.fr.toml": '[[main]]\nname = "Accueil"\nurl = "/fr/"\n',
        "content/posts/a.md": "---\ntitle: A\ndate: 2020-01-02\n---\nText.\n",
        "content/posts/a.fr.md": "---\ntitle: A\ndate: 2020-01-02\n---\nText.\n",
    }
    done = hugo.convert(old_site(files), "old", TARGET)
    assert [one for one in left(done) if "menu" in one] == []
    assert "menu:\n- title: Home\n  url: /\n" in done.report.settings
    assert "    menu:\n    - title: Accueil\n      url: /\n" in done.report.settings


def test_a_menu_leads_to_a_section_without_a_text() -> None:
    files = {
        "hugo.toml": '[[menus.main]]\nname = "Docs"\nurl = "/docs/"\n'
        "[languages.en]\n[languages.de]\n",
        "content/docs/a.md": "---\ntitle: A\n---\nText.\n",
        "content/posts/a.md": "---\ntitle: A\ndate: 2020-01-02\n---\nText.\n",
    }
    done = hugo.convert(old_site(files), "old", TARGET)
    assert "menu:\n- title: Docs\n  url: /docs/\n" in done.report.settings
