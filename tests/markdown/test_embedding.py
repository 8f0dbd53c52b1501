"""Pictures, films and sounds of a text, whoever wrote their tags."""

from __future__ import annotations

from html import escape

import msgspec
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.assets.images import FileLink, Picture
from generator.config.content import MarkdownSettings
from generator.markdown import embedding
from generator.markdown.convert import make_converter, split_references
from generator.markdown.embedding import embed
from generator.site.links import Targets, resolve
from tests.support.effort import cpu_seconds

SOURCE = "content/posts/2024-01-10-first.md"
CANDIDATES = (("image/avif", (("/a-480.avif", 480), ("/a-1600.avif", 1600))),)


def file_link(path: str) -> FileLink | None:
    name = path.rpartition("/")[2]
    if name.startswith("gone"):
        return None
    if name.endswith((".pdf", ".mp4", ".MP4")):
        return FileLink(url=f"/assets/{name}", shown=False)
    if name.endswith(".svg"):
        return FileLink(url=f"/assets/{name}", width=90, height=60)
    whole = Picture(url="/a-1600.jpg", width=1600, height=900, tone=5, candidates=CANDIDATES)
    return FileLink(url=f"/assets/{name}", picture=whole)


TARGETS = Targets(documents={SOURCE: "/posts/first/"}, held={}, files=file_link, base="")


CONVERT = make_converter(MarkdownSettings(), lambda *_: "")


def page(text: str) -> str:
    html, problems = resolve(CONVERT(text).body, SOURCE, TARGETS, lambda _: 1)
    assert problems == []
    return html


def shown(html: str) -> str:
    html, problems = resolve(split_references(embed(html)), SOURCE, TARGETS, lambda _: 1)
    assert problems == []
    return html


def told(html: str) -> list[str]:
    _, problems = resolve(split_references(embed(html)), SOURCE, TARGETS, lambda _: 7)
    return [f"{each.path}:{each.line}: {each.code}: {each.message}" for each in problems]


def elements(html: str) -> list[tuple[str, dict[str, str]]]:
    """Return every element with its attributes, whatever their order, but for paragraphs."""
    soup = BeautifulSoup(html, "html.parser")
    found = [(tag.name, {str(k): str(v) for k, v in tag.attrs.items()}) for tag in soup.find_all()]
    return [each for each in found if each[0] != "p"]


ALTS = st.text(st.sampled_from("abé 0,.;:-'\"&=/<>lo"), max_size=12).map(str.strip)
NAMES = st.sampled_from(["a.jpg", "a%20b.png", "/img/c.webp", "d.svg", "https://example.org/e.png"])
PLACES = [
    "{}",
    "Words {} words",
    "- item\n- {}",
    "> {}",
    "| a | b |\n|---|---|\n| {} | c |",
    "[{}](https://example.org/)",
    "## Heading {}\n\nWords",
    "First ![one](one.jpg).\n\n{}",
    "Words.\n\n{}\n\nWords.",
]


@given(alt=ALTS, name=NAMES, place=st.sampled_from(PLACES), quote=st.sampled_from("\"'"))
@settings(max_examples=150, deadline=None)
def test_html_and_markdown_give_the_same_element(
    alt: str, name: str, place: str, quote: str
) -> None:
    in_markdown = "".join(f"\\{char}" if char in "\"'&<>" else char for char in alt)
    raw = f"<img src={name} alt={quote}{escape(alt)}{quote}>"
    markdown = page(place.format(f"![{in_markdown}]({name})"))
    written = page(place.format(raw))
    assert elements(written) == elements(markdown)


@pytest.mark.parametrize(
    "tag",
    [
        '<img src="a.jpg" alt="y">',
        "<img src='a.jpg' alt='y'/>",
        "<img src=a.jpg alt=y>",
        "<IMG SRC=a.jpg\n  ALT = y >",
        '<img\talt="y"\nsrc="a.jpg"\n/>',
        '<img alt="y" src="a.jpg" src="b.jpg">',
        "<img src=a.jpg alt=y data-size>",
    ],
)
def test_attributes_may_be_quoted_in_any_way(tag: str) -> None:
    assert elements(shown(f"Words {tag} words")) == elements(
        '<picture><source type="image/avif" srcset="/a-480.avif 480w, /a-1600.avif 1600w"'
        ' sizes="(min-width: 43em) 684px, 92vw">'
        '<img alt="y" src="/a-1600.jpg" width="1600" height="900" data-tone="0.1.1"></picture>'
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", 'width="1600" height="900"'),
        ('width="320"', 'width="320" height="180"'),
        ('height="90"', 'width="160" height="90"'),
        ('width="50%"', 'width="50%"'),
        ('width="10" height="20"', 'width="10" height="20"'),
        ('loading="eager"', 'width="1600" height="900" loading="eager"'),
        ('width="0"', 'width="0"'),
    ],
)
def test_what_the_writer_says_wins(given: str, expected: str) -> None:
    html = shown(f"Words <img src=one.jpg> <img src=a.jpg alt='a loading=b' {given}>")
    image = BeautifulSoup(html, "html.parser").find_all("img")[1]
    others = {"src", "alt", "data-tone", "decoding"}
    want = BeautifulSoup(f"<img {expected}>", "html.parser").img
    assert want is not None
    assert {k: v for k, v in image.attrs.items() if k not in others} == {
        "loading": "lazy",
        **want.attrs,
    }


def test_a_width_of_ones_own_asks_for_no_larger_file() -> None:
    assert 'sizes="320px"' in shown('<img src="a.jpg" alt="" width="320">')
    assert 'sizes="(min-width: 43em) 684px, 92vw"' in shown('<img src="a.jpg" alt="" width="900">')
    assert 'sizes="20vw"' in shown('<img src="a.jpg" alt="" sizes="20vw" width="320">')


def test_what_stands_behind_another_address_is_seen() -> None:
    html = shown('<img srcset="b.jpg 1x" src="d.svg" poster="x.png" data="y" width="5" height="4">')
    assert html == (
        '<img srcset="/assets/b.jpg 1x" src="/assets/d.svg" fetchpriority="high" poster="x.png"'
        ' data="y" width="5" height="4">'
    )
    html = shown('<b><img src="a.jpg" poster="x.png" loading="eager" alt="y"></b>')
    html = html.removeprefix("<b>").removesuffix("</b>")
    assert html.startswith("<picture><source ")
    assert html.endswith(' poster="x.png" loading="eager" alt="y"></picture>')
    assert html.count("loading") == 1


def test_sources_of_ones_own_stay() -> None:
    srcset = shown('<img srcset="b.jpg 1x, c.jpg 2x" src="a.jpg" alt="y">')
    assert 'srcset="/assets/b.jpg 1x, /assets/c.jpg 2x"' in srcset
    assert "<picture>" not in srcset
    assert 'data-tone="0.1.1"' in srcset
    assert 'width="1600" height="900"' in srcset
    own = '<picture><source srcset="b.avif" type="image/avif"><img src="a.jpg" alt="y"></picture>'
    html = shown(own + '<img src="one.jpg" alt="">')
    assert html.count("<picture>") == 2
    assert '<source srcset="/assets/b.avif" type="image/avif">' in html
    assert html.count("/assets/b.avif") == 1
    assert html.index("</picture>") < html.index("/a-480.avif")


@pytest.mark.parametrize(
    "html",
    [
        "<p>Words</p>",
        "<pre><code>&lt;img src=a.jpg&gt;</code></pre>",
        "<!-- <img src=gone.jpg> --> <p>x</p>",
        "<script>x = '<img src=gone.jpg>'</script>",
        "<textarea><img src=gone.jpg></textarea>",
        '<a title="<img src=gone.jpg>" href="#x">x</a>',
        "<iframe srcdoc='<img src=gone.jpg>'></iframe>",
        "<!-- <img src=gone.jpg>",
        "<style>a::before{content:'<img src=gone.jpg>'}",
        "x < y <imgx src=gone.jpg>",
        "<p>An unended <img src='gone.jpg",
    ],
)
def test_what_is_no_picture_is_not_touched(html: str) -> None:
    assert embed(html) == html
    assert told(html) == []


def test_code_is_not_touched() -> None:
    for text in ("`<img src=gone.jpg>`", "    <img src=gone.jpg>", "```\n<img src=gone.jpg>\n```"):
        html = page(text)
        assert "&lt;" in html
        assert "loading" not in html


@pytest.mark.parametrize(
    ("html", "zooms"),
    [
        ('<p><img src="a.jpg" alt="y"></p>', True),
        ('<p class="x">\n<img src="a.jpg" alt="y">\n</p>', True),
        ('\n<img src="a.jpg" alt="y">\n', True),
        ('<figure>\n<img src="a.jpg" alt="y"><figcaption>c</figcaption></figure>', True),
        ('<li><p><img src="a.jpg" alt="y"></p></li>', True),
        ('<p>Words <img src="a.jpg" alt="y"></p>', False),
        ('<p><img src="a.jpg" alt="y"> words</p>', False),
        ('<p><a href="#x"><img src="a.jpg" alt="y"></a></p>', False),
        ('<figure><a href="#x">\n<img src="a.jpg" alt="y">\n</a></figure>', False),
        ('<button>\n<img src="a.jpg" alt="y">\n</button>', False),
        ('<p><img src="a.jpg" alt=""></p>', False),
        ('<picture>\n<img src="a.jpg" alt="y">\n</picture>', False),
    ],
)
def test_a_picture_alone_opens_in_full(html: str, zooms: bool) -> None:
    assert ('<a class="zoom"' in shown(html)) is zooms


def test_a_wide_figure_has_wide_pictures() -> None:
    html = shown('<figure class="x wide"><img src="a.jpg" alt="y"></figure>')
    assert 'sizes="(min-width: 66em) 988px, 92vw"' in html


def test_the_first_picture_of_a_text_is_fetched_at_once_whoever_wrote_it() -> None:
    html = page('<img src="a.jpg" alt="a">\n\nWords ![b](b.jpg) <img src=c.jpg alt=c>.')
    images = BeautifulSoup(html, "html.parser").find_all("img")
    assert [image.get("loading") for image in images] == [None, "lazy", "lazy"]
    assert images[0]["fetchpriority"] == "high"


def test_a_film_is_played() -> None:
    body = CONVERT("Words ![The tide](tide.MP4) words").body
    html, _ = resolve(body, SOURCE, TARGETS, lambda _: 1)
    assert "<img" not in html
    video = BeautifulSoup(html, "html.parser").video
    assert video is not None
    assert {name: video[name] for name in ("aria-label", "preload")} == {
        "aria-label": "The tide",
        "preload": "metadata",
    }
    assert {"controls", "playsinline"} <= video.attrs.keys()
    assert video.a is not None
    assert video.a.string == "The tide"
    assert video.a["href"] == video["src"]


def test_a_film_keeps_what_fits_it_and_has_a_caption() -> None:
    html = CONVERT('![A](t.webm "Low <water>"){.wide loading=lazy}').body
    text = "".join(html.pieces)
    assert text.startswith('<figure class="wide">\n<video ')
    assert "loading" not in text
    sized = embed('<img src="t.webm" alt="A" width="640" height="360" poster="p.jpg" id="t">')
    assert ' width="640" height="360" poster="p.jpg" id="t">' in sized
    assert "<figcaption>Low &lt;water&gt;</figcaption>" in text


def test_a_film_that_its_writer_wrote_gets_its_size() -> None:
    assert embed("<video src='t.mp4' muted></video>") == (
        '<video data-size="film" src="t.mp4" muted></video>'
    )
    for other in ("<video><source src='t.mp4'></video>", '<video data-size="film" src="t.mp4">'):
        assert embed(other) == other


def test_a_sound_is_played() -> None:
    html = embed('<p><img src="bell.ogg?x=1" alt="A bell" width="3"></p>')
    assert html == (
        '<p><audio src="bell.ogg?x=1" controls preload="metadata" aria-label="A bell">'
        '<a href="bell.ogg?x=1">A bell</a></audio></p>'
    )
    assert '><a href="a%20b.mp3">a b.mp3</a></audio>' in embed('<img src="a%20b.mp3" alt="">')


def test_what_is_no_picture_is_told() -> None:
    start = f"{SOURCE}:7: no-picture:"
    assert told('<img src="notes.pdf" alt="n">') == [
        f"{start} `notes.pdf` is shown as a picture, and is none"
    ]
    assert told('<a href="notes.pdf">n</a>') == []
    assert told('<video src="x.mp4" poster="notes.pdf"></video>') == [
        f"{start} `notes.pdf` is shown as a picture, and is none"
    ]
    # A film in a link cannot be played there: the link would be in the way.
    assert told('<a href="#x"><img src="x.mp4" alt="n"></a>') == [
        f"{start} `x.mp4` is shown as a picture, and is none"
    ]


FLOODS = {
    "comments": "<!--" * 16_000 + "<img src=x>",
    "quotes": '<img a="' * 8_000,
    "scripts": "<script>" * 8_000 + "<img src=x>",
    "images": "<img " * 13_000,
    "spaces": "<img a" + " " * 60_000,
    "signs": "<img " + "= " * 30_000,
    "a long line": "<img src=x>" * 6_000,
    "figures": "<figure>" * 3_000 + "<img src=x>\n" * 3_000,
}


@pytest.mark.parametrize("name", FLOODS)
def test_no_flood_takes_long(name: str) -> None:
    """Each takes seconds where a tag, or what is in it, is looked for once and again."""
    assert cpu_seconds(lambda: split_references(embed(FLOODS[name])), 1.5) < 1.5


TAGS = st.lists(
    st.sampled_from(
        [
            "<img ",
            "src=a.jpg",
            'alt="',
            "'",
            '"',
            ">",
            "/>",
            "<p>",
            "</p>",
            "<a href=x>",
            "</a>",
            "<figure>",
            "</figure>",
            "<picture>",
            "</picture>",
            "<!--",
            "-->",
            "\n",
            " ",
            "words",
            "<script>",
            "</script>",
            "srcset=b.jpg",
            "src=d.svg",
            "poster=p.jpg",
            "<td>",
            "width=3",
            "=",
            "x.mp4",
            "data-size",
        ]
    ),
    max_size=30,
).map("".join)


@given(html=TAGS)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_word_is_lost_and_once_is_enough(html: str) -> None:
    once = embed(html)
    assert embed(once).count("<img") == once.count("<img")
    before, after = (BeautifulSoup(each, "html.parser") for each in (html, once))
    if "x.mp4" not in html:
        assert after.get_text() == before.get_text()
        assert len(after.find_all()) == len(before.find_all())
    assert msgspec.json.encode(split_references(once))
    resolved, _ = resolve(split_references(once), SOURCE, TARGETS, lambda _: 1)
    for tag in embedding._TOKEN.finditer(resolved):
        if tag["whole"] and tag["name"] in ("img", "video", "source"):
            names = [each["name"] for each in embedding._ATTRIBUTE.finditer(tag["attributes"])]
            assert len(names) == len(set(names)), tag[0]
