"""Zola: settings, front matter, shortcodes in a sandbox, sections."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.importers import zola
from generator.importers.model import CannotImportError, Conversion, Target
from generator.importers.zola.shortcodes import arguments
from tests.importers.old_sites import TARGET, TEXTS, VALUES, held, left, old_site, text_of
from tests.support.sites import NOW

CONFIG = 'base_url = "https://a.example"\ntitle = "T"\n'
POST = '+++\ntitle = "X"\ndate = 2020-01-02\n+++\n'


def converted(
    files: dict[str, str | bytes], config: str = CONFIG, target: Target = TARGET
) -> Conversion:
    return zola.convert(old_site({"config.toml": config, **files}), "old", target)


def body_of(text: str, **templates: str) -> tuple[str, list[str]]:
    """Return what a post's text becomes, and what is reported as not converted."""
    files: dict[str, str | bytes] = {
        f"templates/shortcodes/{name}.html": source for name, source in templates.items()
    }
    made = converted({"content/blog/x.md": f"{POST}{text}", **files})
    body = text_of(made, "content/posts/x.md").partition("\n---\n")[2].rstrip("\n")
    return body, [one for one in left(made) if "old look" not in one]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('a="x)y", b=\'z\', c=`q"`', {"a": "x)y", "b": "z", "c": 'q"'}),
        ("a=true,b=false, c=1, d=-2, e=1.5", {"a": True, "b": False, "c": 1, "d": -2, "e": 1.5}),
        ('a=["x, y", 2]', {"a": ["x, y", 2]}),
        ("", {}),
    ],
)
def test_arguments(text: str, found: dict[str, object]) -> None:
    assert arguments(text) == found


@pytest.mark.parametrize(
    ("text", "body", "told"),
    [
        ('{{ youtube(id="abc", class="x") }}',
         "[Film on YouTube](https://www.youtube.com/watch?v=abc)", []),
        ('{{ gist(url="https://gist.github.com/a/1") }}', "<https://gist.github.com/a/1>",
         ["5: `gist`: a link to it stands there now"]),
        ('{% note(title="Mind") %}\nIn *it*.\n{% end %}',
         '{% note(kind="note", title="Mind") %}\nIn *it*.\n{% end %}', []),
        ("{{ unknown(a=1) }}", "&#123;{ unknown(a=1) }}", ["5: `{{ unknown(a=1) }}`"]),
        ("{{ asks() }}", "&#123;{ asks() }}", ["5: `{{ asks() }}`"]),
        ("{{ not a call }} {{x}}", "{{ not a call }} {{x}}", []),
        ("{% never(a=1) %}\nended", "&#123;% never(a=1) %}\nended", ["5: `{% never(a=1) %}`"]),
        ("```\n{{/* a() */}}\n```", "```\n{{ a() }}\n```", []),
        ("{{ box(a='<i>') }}", "<div>\n<b>&lt;i&gt;</b>\n</div>", []),
        ("Text <!-- more --> more.", "Text <!--more--> more.", []),
    ],
)  # fmt: skip
def test_texts(text: str, body: str, told: list[str]) -> None:
    made, found = body_of(
        text, asks="{{ load_data(path='x') }}", box="<div>\n\n    <b>{{ a }}</b>\n\n</div>"
    )
    assert (made, found) == (body, told)


def test_front_matter_is_taken_over() -> None:
    made = converted(
        {
            "content/blog/x.md": '+++\ntitle = "X"\ndate = 2020-01-02T23:30:00-05:00\n'
            'updated = 2020-02-03\nauthors = ["Ada", "Bo"]\naliases = ["old/x", "/y.html"]\n'
            'description = "About x"\nweight = 3\n[taxonomies]\ntags = ["a", "b c"]\n'
            'series = ["S"]\nmoods = ["calm"]\n[extra]\nimage = "x.png"\ntoc = true\nmine = 1\n'
            "+++\nText.\n",
            "content/blog/_index.md": '+++\ntitle = "Blog"\n+++\n',
            "content/blog/x.png": b"png",
        },
        CONFIG + 'taxonomies = [{name = "tags"}, {name = "moods"}]\n',
    )
    assert text_of(made, "content/posts/x.md") == (
        "---\ntitle: X\ndate: 2020-01-02 23:30:00\nupdated: 2020-02-03\nmoods: [calm]\nseries: S\n"
        "tags: [a, b c]\nauthors: [Ada, Bo]\naliases: [/old/x/, /y.html]\ndescription: About x\n"
        "weight: 3\nimage: /pages/blog/x.png\ntoc: true\nextra:\n  mine: 1\n"
        "permalink: /blog/x/\n---\nText.\n"
    )
    assert "0: the taxonomy `moods`: it stays in the front matter" in left(made)


@pytest.mark.parametrize(
    ("matter", "told"),
    [
        ('+++\ntitle = "x\n+++\n', "2: not imported: not valid TOML"),
        ("+++\ntitle = 1\n", "1: not imported: the front matter is not closed"),
        ("No matter.\n", "1: not imported: it has no front matter"),
        ("+++\nrender = false\n+++\n", "2: not imported: it has no page of its own"),
    ],
)
def test_what_is_no_page_is_told(matter: str, told: str) -> None:
    made = converted({"content/blog/x.md": f"{matter}Text.\n"})
    assert [one for one in left(made) if one.startswith(told)]


def test_a_text_that_cannot_be_converted_comes_from_the_built_page() -> None:
    shown = "<p>Before.</p><p>What it <em>shows</em>.</p><p>After.</p>"
    built = old_site({"index.html": f"<main><h1>X</h1><div>{shown}</div></main>"})["index.html"]
    target = Target(config=TARGET.config, now=NOW, built={"/blog/x/": built})
    text = f"{POST}Before.\n\n{{{{ mine(a=1) }}}}\n\nAfter.\n"
    made = converted({"content/blog/x.md": text}, target=target)
    body = text_of(made, "content/posts/x.md").partition("\n---\n")[2]
    assert body == "Before.\n\nWhat it *shows*.\n\nAfter.\n"
    assert left(made) == []


def page(title: str, more: str = "") -> str:
    return f'+++\ntitle = "{title}"\n{more}+++\nText.\n'


def test_sections_list_what_they_hold() -> None:
    made = converted(
        {
            "content/blog/x.md": POST + "Text.\n",
            "content/docs/_index.md": '+++\ntitle = "Docs"\nsort_by = "weight"\n+++\nAll.\n',
            "content/docs/b.md": page("B", "weight = 1\n"),
            "content/docs/a.md": page("A", "weight = 2\n"),
            "content/docs/unweighted.md": page("C"),
            "content/docs/more/_index.md": '+++\ntransparent = true\n+++\n',
            "content/docs/more/d.md": page("D", "weight = 3\n"),
            "content/docs/deep/_index.md": '+++\ntitle = "Deep"\n+++\n',
            "content/docs/deep/e.md": page("E"),
            "content/hidden/_index.md": '+++\ndraft = true\n+++\n',
            "content/hidden/f.md": page("F"),
            "content/led/_index.md": '+++\nredirect_to = "docs"\n+++\n',
        },
        target=Target(config=None, now=NOW),
    )  # fmt: skip
    assert text_of(made, "content/pages/docs/index.md").endswith(
        "All.\n\n- [Deep](deep/index.md)\n- [B](b.md)\n- [A](a.md)\n- [D](more/d.md)\n"
    ) or "- [Deep](/pages/docs/deep/index.md)\n- [B](/pages/docs/b.md)\n" in text_of(
        made, "content/pages/docs/index.md"
    )
    assert "draft: true" in text_of(made, "content/pages/hidden/f.md")
    assert "  /led/: /docs/\n" in made.report.settings


def test_a_list_leaves_out_what_only_a_template_made() -> None:
    made = converted(
        {
            "content/notes/_index.md": '+++\ntitle = "Notes"\n+++\nHere:\n',
            "content/notes/latest.md": '+++\ntitle = "Latest"\ntemplate = "latest.html"\n+++\n',
            "content/notes/one.md": '+++\ntitle = "One"\n+++\nText.\n',
        }
    )
    listed = text_of(made, "content/pages/notes/index.md")
    assert "- [One](/pages/notes/one.md)" in listed
    assert "atest" not in listed
    assert "1: not imported: it has no text, only a template" in left(made)


def test_scripts_of_texts_keep_their_addresses() -> None:
    made = converted(
        {
            "content/blog/x/index.md": POST + '<script src="charts.js"></script>\n'
            '<script src="/js/plot.js?v=2"></script>\n'
            '<script src="https://b.example/z.js"></script>\n',
            "content/blog/x/charts.js": "draw()",
            "static/js/plot.js": "plot()",
            "static/js/menu.js": "menu()",
        }
    )
    text = text_of(made, "content/posts/x/index.md")
    assert '<script src="/blog/x/charts.js"></script>' in text
    assert '<script src="/js/plot.js?v=2"></script>' in text
    kept = {file.path: file.copy_of for file in made.files if file.path.startswith("static/")}
    assert kept == {
        "static/root/blog/x/charts.js": "content/blog/x/charts.js",
        "static/root/js/plot.js": "static/js/plot.js",
    }
    told = [one for one in left(made) if "script" in one]
    assert told == [
        '7: `<script src="https://b.example/z.js">` in the text',
        "0: 1 file of the old look (styles, scripts, fonts)",
    ]


def test_menus_of_themes_are_read() -> None:
    made = converted(
        {"content/blog/x.md": POST + "Text.\n", "content/about.md": page("About")},
        CONFIG + '[extra]\nmain_menu = [{name = "About", url = "$BASE_URL/about/"}, '
        '{name = "Tags", url = "/tags"}, {name = "Gone", url = "@/gone.md"}]\n',
        Target(config=None, now=NOW),
    )
    assert (
        "menu:\n- title: About\n  url: /about/\n- title: Tags\n  url: /tags/\n"
        in made.report.settings
    )
    assert "0: the menu's `Gone`: `@/gone.md` leads to nothing here" in left(made)


def test_what_is_no_zola_site_is_refused() -> None:
    with pytest.raises(CannotImportError, match="no Zola site"):
        zola.convert(old_site({"content/x.md": POST}), "old", TARGET)


KEYS = st.sampled_from(
    [
        *("title", "date", "updated", "draft", "slug", "path", "aliases", "taxonomies", "extra"),
        *("weight", "template", "authors", "description", "render", "in_search_index"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(values=st.dictionaries(KEYS | TEXTS, VALUES, max_size=6), section=st.booleans())
def test_any_front_matter_is_converted_or_told(values: dict[str, object], section: bool) -> None:
    from generator.core.yaml_reader import write_mapping

    try:
        text = write_mapping(json.loads(json.dumps(values)))
    except ValueError:
        return
    path = "content/notes/_index.md" if section else "content/blog/x.md"
    converted({path: f"---\n{text}---\nText.\n", "content/blog/y.md": POST + "Text.\n"})


@settings(max_examples=60, deadline=None)
@given(mark=st.sampled_from(["+++\n", "---\n", ""]), matter=st.text(max_size=100),
       body=st.text(max_size=150))  # fmt: skip
def test_any_text_is_converted_or_told(mark: str, matter: str, body: str) -> None:
    raw = f"{mark}{matter}\n{mark}{body}".encode(errors="surrogatepass")
    held(converted({"content/blog/x.md": raw}), "content/blog/x.md")


PARTS = st.lists(
    st.sampled_from(
        [
            *("{{", "}}", "{%", "%}", "end", " a(", "b=", '"x"', ")", "/*", "*/", "\n", "note()"),
            *("```", "- ", "@/blog/x.md", "[a](", "image(src=", ",", "`", "quote()", "{{ box() }}"),
        ]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(text=PARTS)
def test_any_shortcodes_are_converted_or_told(text: str) -> None:
    body_of(f"{text}\nend", box="<b>{{ body }}</b>", quote="{{ body | markdown | safe }}")


@settings(max_examples=60, deadline=None)
@given(source=st.text(max_size=60) | PARTS, config=st.text(max_size=60))
def test_any_templates_and_settings_are_read_or_told(source: str, config: str) -> None:
    body_of("{{ mine(a='b') }}{% mine() %}\nx\n{% end %}", mine=source)
    converted({"content/blog/x.md": POST + "Text.\n"}, config)
