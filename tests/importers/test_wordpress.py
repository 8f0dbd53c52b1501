"""WordPress: exports of every kind, damaged ones among them, and HTML of every kind."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.importers.model import CannotImportError, Conversion
from generator.importers.wordpress import site as wordpress
from generator.importers.wordpress.html import to_markdown
from tests.importers.old_sites import TARGET, held, left, old_site, text_of
from tests.support.wordpress import END, HEAD, item


def converted(raw: str | bytes, media: dict[str, str | bytes] | None = None) -> Conversion:
    data = raw if isinstance(raw, bytes) else raw.encode()
    return wordpress.convert(lambda: io.BytesIO(data), "e.xml", old_site(media or {}), TARGET)


def export(*items: str) -> Conversion:
    return converted(HEAD + "".join(items) + END)


def body_of(content: str) -> tuple[str, list[str]]:
    """Return what a text becomes, and what is reported as not converted."""
    made = export(item(content))
    text = text_of(made, "content/posts/2020-01-02-x.md")
    told = [one for one in left(made) if "old settings" not in one]
    return text.partition("\n---\n")[2].rstrip("\n"), told


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("One\ntwo\n\nthree", "One  \ntwo\n\nthree"),
        ("<p>a_b __init__ *x* `y` <b>bold</b></p>", r"a_b \_\_init\_\_ \*x\* \`y\` **bold**"),
        ("<p># no</p><p>- no</p><p>1. no</p><p>> no</p>", "\\# no\n\n\\- no\n\n1\\. no\n\n\\> no"),
        ("a &lt;b&gt; &amp;amp; c", "a &lt;b> &amp;amp; c"),
        ("<pre>\na\n\n```\nb</pre>", "````\na\n\n```\nb\n````"),
        ('[php]<?php echo "[x]"; [/php]', '```php\n<?php echo "[x]";\n```'),
        ("<ol><li>a<ol><li>b</li></ol></li></ol>", "1. a\n   1. b"),
        ("<h1>A</h1><h4>B</h4>", "## A\n\n### B"),
        ('<a href="https://b.example/a (b)">x</a>', "[x](https://b.example/a%20%28b%29)"),
        ("x<sup>2</sup> <u>y</u>", "x<sup>2</sup> <u>y</u>"),
        ("{{ figure(src=1) }}", "&#123;{ figure(src=1) }}"),
        ('<img src="https://b.example/a.png">', "![](https://b.example/a.png)"),
        ("<!-- wp:paragraph -->\n<p>One\ntwo</p>\n<!-- /wp:paragraph -->", "One\ntwo"),
        ("[embed]https://b.example/v[/embed]", "<https://b.example/v>"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
    ],
)
def test_texts(content: str, body: str) -> None:
    assert body_of(content) == (body, [])


@pytest.mark.parametrize(
    ("content", "calls"),
    [
        ("One\n\n[recent-posts]\n\ntwo", ["8: the shortcode `[recent-posts]`"]),
        ("<p>One</p>\n<p>[clock/]</p>", ["7: the shortcode `[clock/]`"]),
        ("<!-- wp:shortcode -->\n[clock]\n<!-- /wp:shortcode -->", ["7: the shortcode `[clock]`"]),
        ("[box]\nOne\n[/box]", ["6: the shortcode `[box]`"]),
        ("It was [sic] so", []),
        ("<pre>\n[clock]\n</pre>", []),
        ("[1]\n\n[...]", []),
    ],
)
def test_a_shortcode_without_arguments_is_told_where_it_is_a_paragraph(
    content: str, calls: list[str]
) -> None:
    assert body_of(content)[1] == calls


def test_lines_are_those_of_the_export() -> None:
    made = export(item("One\n\ntwo <script>x</script>\n\n[odd a='1']"))
    assert [one for one in left(made) if "old settings" not in one] == [
        "8: a `<script>` is left out",
        "10: the shortcode `[odd a='1']`",
    ]


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"wp__status": "draft"}, "content/drafts/x.md"),
        ({"wp__status": "private"}, "content/drafts/x.md"),
        ({"wp__post_password": "p"}, "content/drafts/x.md"),
        ({"wp__status": "future"}, "content/posts/2020-01-02-x.md"),
        ({"wp__post_type": "page"}, "content/pages/x.md"),
        ({"wp__post_type": "page", "link": "https://a.example/p/x/"}, "content/pages/p/x.md"),
        ({"wp__post_name": "../../etc", "link": "?p=1"}, "content/posts/2020-01-02-etc.md"),
        ({"wp__post_type": "page", "link": "https://a.example/../x"}, "content/pages/x/x.md"),
    ],
)
def test_where_things_go(parts: dict[str, str], place: str) -> None:
    made = export(item(**parts))
    assert [one.path for one in made.files] == [place]


def test_two_of_one_name_are_kept_apart() -> None:
    made = export(
        item(link="https://a.example/?p=1"),
        item(link="https://a.example/?p=2", wp__post_id="2"),
    )
    paths = [one.path for one in made.files]
    assert paths == ["content/posts/2020-01-02-x.md", "content/posts/2020-01-02-x-2.md"]
    assert made.report.urls == ("/posts/x-2/", "/posts/x/")


def test_smaller_sizes_of_a_picture_are_the_whole_one() -> None:
    src = "https://www.a.example/wp-content/uploads/2020/a-300x200.png"
    made = converted(f"{HEAD}{item(f'<img src={src!r}>')}{END}", {"2020/a.png": b"png"})
    text = text_of(made, "content/posts/2020-01-02-x.md")
    assert "![](/wp-content/uploads/2020/a.png)" in text


BOMB = "<!DOCTYPE rss [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{before};' * 10}'>"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "declared",
    [
        f"{BOMB}]>",
        "<!DOCTYPE rss [<!ENTITY i SYSTEM 'file://SECRET'>]>",
        "<!DOCTYPE rss SYSTEM 'http://127.0.0.1:9/x.dtd' [<!ENTITY i 'x'>]>",
    ],
)
def test_entities_are_not_followed(declared: str, tmp_path: Path) -> None:
    """What they stand for is neither written out nor fetched."""
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    declared = declared.replace("SECRET", str(secret))
    start, rest = HEAD.split("\n", 1)
    raw = f"{start}{declared}{rest}{item()}".replace("<title><![CDATA[X]]>", "<title>X&i;") + END
    made = converted(raw)
    if declared.startswith(BOMB):  # the parser itself gives up, which is reported
        assert [one for one in left(made) if "the XML is damaged" in one]
    assert all(len(one.content) < 1000 for one in made.files)
    assert not any(b"secret" in one.content for one in made.files)
    assert made.report.entries


def test_a_damaged_export_is_read_as_far_as_it_goes_and_told() -> None:
    made = converted((HEAD + item() + item(wp__post_id="2", wp__post_name="y"))[:-40])
    assert "content/posts/2020-01-02-x.md" in {one.path for one in made.files}
    assert [one for one in left(made) if "the XML is damaged" in one]


@pytest.mark.parametrize("raw", ["", "no xml", "<html><body>x</body></html>", "\0\1\2", "<rss/>"])
def test_what_is_no_export_is_refused(raw: str) -> None:
    with pytest.raises(CannotImportError):
        converted(raw)


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 1500), put=st.binary(max_size=20))
def test_any_damage_is_read_or_told(cut: int, put: bytes) -> None:
    raw = (HEAD + item() + END).encode()
    raw = raw[:cut] + put + raw[cut:]
    try:
        made = converted(raw)
    except CannotImportError:
        return
    held(made, "e.xml")


HTML = st.lists(
    st.sampled_from(
        [
            *("<p>", "</p>", "<b>", "</b>", "<ul>", "<li>", "</ul>", "<table><tr><th>", "</table>"),
            *(
                "<pre>",
                "</pre>",
                "<a href='/x'>",
                "</a>",
                "<figure>",
                "</figure>",
                "<img src='/a'>",
            ),
            *("[caption]", "[/caption]", "[code]", "[/code]", "[gallery ids='1']", "<!-- wp:x -->"),
            *("<!--more-->", "<h3>", "</h3>", "text", "\n", "\n\n", "*", "_", "|", "{{", "<", "&"),
        ]
    ),
    max_size=30,
).map("".join)


@settings(max_examples=80, deadline=None)
@given(content=HTML)
def test_any_html_is_converted(content: str) -> None:
    held(export(item(content.replace("]]>", ""))), "e.xml")


def test_html_nested_too_deeply_stays_html() -> None:
    told: list[str] = []
    made = to_markdown(
        "<div>" * 5000 + "deep",
        notes=lambda kind, line, message, hint: told.append(message),
        resolve=lambda address, line: address,
        picture=lambda number: None,
    )
    assert "deep" in made
    assert told == ["HTML nested too deeply: it stays HTML"]


def test_texts_of_own_types_become_pages_and_the_look_does_not() -> None:
    made = export(
        item("A boat.", wp__post_type="boat", link="https://a.example/boats/x/"),
        item("{}", wp__post_type="wp_global_styles", wp__post_id="2"),
    )
    assert made.report.urls == ("/boats/x/",)
    assert "A boat." in text_of(made, "content/pages/boats/x.md")
    assert "0: 1 of the type `wp_global_styles` are not imported" in left(made)


def test_a_gallery_without_numbers_shows_the_pictures_of_its_post() -> None:
    picture = item(
        wp__post_type="attachment", wp__post_id="7", wp__post_parent="1", wp__status="inherit",
        wp__attachment_url="https://b.example/a.png",
    )  # fmt: skip
    made = export(picture, item("[gallery]"))
    text = text_of(made, "content/posts/2020-01-02-x.md")
    assert 'gallery(images=["https://b.example/a.png"]' in text


def test_a_pattern_that_holds_itself_is_told() -> None:
    block = '<!-- wp:block {"ref":9} /-->'
    made = export(
        item(block, wp__post_type="wp_block", wp__post_id="9", link=""), item(block)
    )  # fmt: skip
    assert any("the block `block 9`: the export does not have it" in one for one in left(made))


def test_days_are_those_that_readers_saw() -> None:
    late = {"wp__post_date": "2020-01-02 23:30:00", "wp__post_date_gmt": "2020-01-03 04:30:00"}
    made = export(item(**late))
    assert "timezone: America/New_York" in made.report.settings
    # The site that it is imported into has another time zone: the day stays all the same.
    assert "date: 2020-01-02 23:30:00\n" in text_of(made, "content/posts/2020-01-02-x.md")
