"""Jekyll: permalinks, Liquid, and front matter of every kind."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.importers.jekyll import permalinks
from generator.importers.jekyll import site as jekyll
from generator.importers.model import CannotImportError, Conversion
from tests.importers.old_sites import TARGET, TEXTS, VALUES, held, left, old_site, text_of


def converted(
    files: dict[str, str | bytes], settings: str = "title: T\nurl: https://a.example\n"
) -> Conversion:
    return jekyll.convert(old_site({"_config.yml": settings, **files}), "old", TARGET)


def body_of(text: str) -> tuple[str, list[str]]:
    """Return what a post's text becomes, and what is reported as not converted."""
    conversion = converted({"_posts/2020-01-02-x.md": f"---\ntitle: X\n---\n{text}"})
    raw = next(one.content for one in conversion.files if one.path.startswith("content/"))
    return raw.decode().partition("\n---\n")[2].rstrip("\n"), left(conversion)


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("date", "/sea/calm/2021/02/03/A-Title.html"),
        ("pretty", "/sea/calm/2021/02/03/A-Title/"),
        ("ordinal", "/sea/calm/2021/034/A-Title.html"),
        ("weekdate", "/sea/calm/2021/W05/Wed/A-Title.html"),
        ("none", "/sea/calm/A-Title.html"),
        ("/blog/:year/:i_month/:i_day/:slug", "/blog/2021/2/3/a-title"),
        ("/:short_year/:long_month/:title:output_ext", "/21/February/A-Title.html"),
        ("/:slugified_categories/:hour-:minute-:second/:title/", "/sea/calm/04-05-06/A-Title/"),
    ],
)
def test_permalinks(pattern: str, url: str) -> None:
    made = permalinks.post_url(
        pattern,
        date=dt.datetime(2021, 2, 3, 4, 5, 6, tzinfo=dt.UTC),
        name="A Title",
        own_slug="",
        categories=["Sea", "calm"],
    )
    assert made == (url, [])


def test_a_placeholder_that_is_not_known_is_told() -> None:
    made = converted(
        {"_posts/2020-01-02-x.md": "---\ntitle: X\npermalink: /:nonsense/:title/\n---\nText.\n"}
    )
    told = [(one.line, one.message) for one in made.report.entries if one.kind == "left"]
    assert told == [(3, "its permalink `/:nonsense/:title/` has `:nonsense`")]


@pytest.mark.parametrize(
    ("style", "url"),
    [("date", "/a/b.html"), ("pretty", "/a/b/"), ("/:title/", "/a/b/"), ("/:title", "/a/b")],
)
def test_pages_follow_the_style_of_the_site(style: str, url: str) -> None:
    assert permalinks.page_url(permalinks.page_pattern(style), "a", "b") == url


@pytest.mark.parametrize(
    ("text", "body", "left_out"),
    [
        ("{{ page.title }} and {{ 'a' | append: 'b' }}", "X and ab", []),
        ("{% raw %}{{ page.title }}{% endraw %}", "{{ page.title }}", []),
        ("{{ page.title | own }}", "{{ page.title | own }}", ["4: `{{ page.title | own }}`"]),
        ("{{ site.posts | size }}", "{{ site.posts | size }}", ["4: `{{ site.posts | size }}`"]),
        ("{% post_url 1999-01-01-no %}", "{% post_url 1999-01-01-no %}", ["4: `{% post_url 19"]),
        ("{% highlight c %}", "{% highlight c %}", ["4: `{% highlight %}` is never ended"]),
        ("a\n{% highlight c hl_lines='1 2' %}\nx\n{% endhighlight %}\nb",
         'a\n```c hl_lines="1 2"\nx\n```\nb', []),
        ("{% raw %}{{ figure(x) }}{% endraw %}", "&#123;{ figure(x) }}", []),
        ("`{{ figure(x) }}`", "`{{ figure(x) }}`", ["4: `{{ figure(x) }}`"]),
        ("{% include gallery id='1' %}", "{% include gallery id='1' %}", ["4: `{% include gall"]),
        ("1. a\n  - b\n\n     c", "1. a\n  - b\n\n     c", []),
        ("1) a", "1\\) a", []),
        ("<div>\na\n\nb</div>\nc", "<div>\na\nb</div>\n\nc", []),
        ("text\n1986. not a list", "text\n1986. not a list", []),
        ("#### a\n\n##### b\n\n# c", "## a\n\n### b\n\n## c", []),
        ("One & two\n===", "## One & two {#one--two}", []),
        ("~~~\n# no heading\n- no\n  - list\n~~~", "~~~\n# no heading\n- no\n  - list\n~~~", []),
        ("so $$a + b$$, and `$$c$$`\n\n$$d$$", "so $a + b$, and `$$c$$`\n\n$$d$$", []),
        ("{::comment}\ngone\n{:/comment}\nkept", "kept", []),
        ("a | b\n- | -\nc | d\n{: .wide }", "a | b\n- | -\nc | d",
         ["7: `{: .wide }`: attributes of a table, a list or a quotation"]),
    ],
)  # fmt: skip
def test_texts(text: str, body: str, left_out: list[str]) -> None:
    made, told = body_of(text)
    if "| b" in text:
        made = made.rstrip()
    assert made == body
    assert len(told) == len(left_out)
    for one, start in zip(told, left_out, strict=True):
        assert one.startswith(start)


def test_lines_are_those_of_the_old_file() -> None:
    text = "{% comment %}\n\n\n{% endcomment %}\n\n* a\n* b\n\ntext\n* c\n\n[x](/gone/)"
    assert body_of(text)[1] == ["15: address `/gone/`: it leads to nothing here"]


def test_a_key_that_a_build_would_reprove_is_left_out() -> None:
    made = converted({"_posts/2020-01-02-x.md": "---\ntitle: X\ntagss: a\nown: b\n---\nText.\n"})
    text = next(one.content for one in made.files if one.path.startswith("content/")).decode()
    assert "own: b" in text
    assert "tagss" not in text
    told = [(one.line, one.message) for one in made.report.entries if one.kind == "changed"]
    assert told == [(3, "`tagss` of the front matter is left out")]


def test_what_is_no_jekyll_site_is_refused() -> None:
    with pytest.raises(CannotImportError, match="no Jekyll site"):
        jekyll.convert(old_site({"index.html": "<p>"}), "old", TARGET)


def test_two_documents_with_one_address_are_parted() -> None:
    same = "---\ntitle: X\npermalink: /same/\n---\nText.\n"
    made = converted({"a.md": same, "b.md": same})
    told = [one.message for one in made.report.entries if one.kind == "left"]
    assert told == ["its address `/same/` is also that of b.md: it is at `/same-2/`"]


def test_an_alias_gives_way_to_a_page() -> None:
    made = converted(
        {
            "a.md": "---\ntitle: A\npermalink: /a/\n---\nText.\n",
            "b.md": "---\ntitle: B\npermalink: /b/\nredirect_from: [/a/, /c/]\n---\nText.\n",
        }
    )
    text = next(one.content for one in made.files if one.path == "content/pages/b.md").decode()
    assert "aliases: [/c/]" in text
    assert [(one.old, one.new) for one in made.report.moved] == [("/a/", "/b/")]


KEYS = st.sampled_from(
    [
        *("title", "date", "layout", "permalink", "categories", "category", "tags", "published"),
        *("slug", "image", "author", "excerpt", "redirect_from", "toc", "weight", "series"),
        *("noindex", "counter", "draft", "header", "last_modified_at", "description"),
    ]
)


@settings(max_examples=50, deadline=None)
@given(matter=st.text(max_size=120), body=st.text(max_size=200))
def test_any_text_is_converted_or_told(matter: str, body: str) -> None:
    path = "_posts/2020-01-02-x.md"
    raw = f"---\n{matter}\n---\n{body}".encode(errors="surrogatepass")
    held(converted({path: raw}), path)


@settings(max_examples=50, deadline=None)
@given(values=st.dictionaries(KEYS | TEXTS, VALUES, max_size=6))
def test_any_front_matter_is_converted_or_told(values: dict[str, object]) -> None:
    import yaml

    path = "about.md"
    raw = f"---\n{yaml.safe_dump(values, allow_unicode=True)}---\nText.\n"
    held(converted({path: raw}), path)


SETTINGS = ["title", "url", "baseurl", "permalink", "collections", "defaults", "exclude", "author"]
LIQUID = st.lists(
    st.sampled_from(
        ["{%", "%}", "{{", "}}", "raw", "endraw", "highlight c", "endhighlight", "\n", "    ", "- ",
         "```", "# ", "[a](", ")", "{:", "}", "|", "include image src='x'", "text", " ", "1. "]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(text=LIQUID)
def test_any_liquid_is_converted_or_told(text: str) -> None:
    body_of(f"{text}\nend")


@settings(max_examples=40, deadline=None)
@given(settings=st.text(max_size=100) | st.dictionaries(
    st.sampled_from(SETTINGS),
    VALUES,
    max_size=5,
).map(str))  # fmt: skip
def test_any_settings_are_read_or_told(settings: str) -> None:
    made = converted({"_posts/2020-01-02-x.md": "---\ntitle: X\n---\nText.\n"}, settings)
    held(made, "_posts/2020-01-02-x.md")


MATTER = "---\ntitle: A\ndate: 2020-01-01\n---\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{% assign a = 1 %}{% assign a = site.posts.size %}{{ a }}", "{{ a }}"),
        (
            "{% assign a = 1 %}{% if site.posts %}{% assign a = 2 %}{% endif %}{{ a }}",
            "{% if site.posts %}{% assign a = 2 %}{% endif %}{{ a }}",
        ),
        ("{% assign a = 'x,y' | split: ',' %}{% for b in a %}-{{ b }}{% endfor %}", "-x-y"),
        ("Look: {% include image.html src='/a.png' alt='A [b]' %} here.",
         "Look: ![A \\[b\\]](/a.png) here."),
        ("[`a`]\n\n[`a`]: /b/", "[`a`]\n\n[`a`]: /c/"),
        ("<td>{% include image.html src='/a.png' alt='A' %}</td>",
         '<td><img src="/a.png" alt="A"></td>'),
    ],
)  # fmt: skip
def test_what_a_text_comes_to(text: str, shown: str) -> None:
    files = {
        "_config.yml": "title: T\n",
        "a.png": b"x",
        "c.md": "---\nredirect_to: /c/\npermalink: /b/\n---\n",
        "_posts/2020-01-01-a.md": MATTER + text,
    }
    made = jekyll.convert(old_site(files), "old", TARGET)
    assert text_of(made, "content/posts/2020-01-01-a.md").endswith(f"{shown}\n")


def test_an_address_that_tidepost_keeps_is_reported() -> None:
    files = {
        "_config.yml": "title: T\n",
        "_posts/2020-01-01-a.md": "---\ntitle: A\npermalink: /api/a.html\n---\nText.\n",
    }
    made = jekyll.convert(old_site(files), "old", TARGET)
    assert "permalink" not in text_of(made, "content/posts/2020-01-01-a.md")
    [move] = made.report.moved
    assert move.old == "/api/a.html"
