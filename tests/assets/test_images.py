"""Which files are made of a picture, and the HTML that shows it."""

from __future__ import annotations

import itertools
import re

import pytest

from generator.assets.fingerprint import Asset
from generator.assets.images import (
    LEAD,
    SIZES,
    Facts,
    Picture,
    plain_images,
    plan,
    to_html,
    tone_digits,
    tone_of,
    widths_of,
)
from generator.config.settings import ImageSettings
from generator.markdown.convert import Reference, split_references
from tests.support.sites import PROJECT, config, refusal

SETTINGS = ImageSettings()


def asset(path: str = "content/posts/a b/x,y.jpg", sha256: str = "0" * 64) -> Asset:
    return Asset(
        source=path,
        path=f"assets/{path.partition('/')[2]}",
        url="/base/assets/whole.jpg",
        sha256="",
        original=sha256,
        read=lambda: b"",
    )


def planned(facts: Facts, settings: ImageSettings = SETTINGS) -> tuple[Picture, list[str]]:
    picture, variants = plan(asset(), facts, settings, "/base")
    return picture, [f"{each.kind} {each.width}" for each in variants]


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (300, [300]),
        (480, [480]),
        (500, [500]),
        (800, [480, 800]),
        (1000, [480, 800, 1000]),
        (1300, [480, 800, 1300]),
        (1600, [480, 800, 1200, 1600]),
        (6000, [480, 800, 1200, 1600]),
    ],
)
def test_widths_are_never_larger_than_the_original(width: int, widths: list[int]) -> None:
    assert widths_of(width, (1600, 480, 800, 1200, 480)) == widths


def test_a_large_photograph_comes_in_all_sizes_and_formats() -> None:
    picture, variants = planned(Facts(4000, 3000, "JPEG", False, 7))
    widths = (480, 800, 1200, 1600)
    assert sorted(variants) == sorted(
        [*(f"{kind} {width}" for kind in ("avif", "webp") for width in widths), "jpeg 1600"]
    )
    assert (picture.width, picture.height, picture.tone) == (1600, 1200, 7)
    assert re.fullmatch(r"/base/assets/posts/a%20b/x%2Cy-1600\.[0-9a-f]{12}\.jpg", picture.url)
    assert [(media, [width for _, width in urls]) for media, urls in picture.candidates] == [
        ("image/avif", [*widths]),
        ("image/webp", [*widths]),
    ]


def test_what_is_small_enough_is_its_own_fallback() -> None:
    picture, variants = planned(Facts(1080, 720, "WEBP"))
    assert picture.url == "/base/assets/whole.jpg"
    assert picture.candidates[1][1][-1] == (picture.url, 1080)
    assert "webp 1080" not in variants
    assert "avif 1080" in variants


@pytest.mark.parametrize(
    "facts", [Facts(900, 600, "GIF", True), Facts(120, 80, "PNG"), Facts(199, 800, "JPEG")]
)
def test_some_are_shown_as_they_are(facts: Facts) -> None:
    picture, variants = planned(facts)
    assert (picture.candidates, variants) == ((), [])
    assert (picture.url, picture.width) == ("/base/assets/whole.jpg", facts.width)


@pytest.mark.parametrize(
    ("facts", "made"),
    [
        (Facts(1170, 20_000, "PNG"), ["avif 480", "avif 800", "avif 1170"]),
        (Facts(1170, 16_383, "PNG"), ["avif 480", "avif 800", "avif 1170", "webp 480", "webp 800"]),
        (Facts(1170, 40_000, "JPEG"), []),
        (Facts(1500, 60_000, "JPEG", True), []),
        (
            Facts(5000, 60_000, "JPEG"),
            ["avif 480", "avif 800", "avif 1200", "avif 1600", "jpeg 1600"],
        ),
        (Facts(20_000, 300, "PNG"), None),
        (Facts(480, 70_000, "TIFF"), ["png 480"]),
        (Facts(150, 90, "TIFF"), ["jpeg 150"]),
        (Facts(64, 64, "ICO"), []),
        (Facts(300, 200, "BMP"), ["avif 300", "png 300", "webp 300"]),
    ],
)
def test_a_format_that_cannot_hold_a_picture_is_left_out(
    facts: Facts, made: list[str] | None
) -> None:
    variants = planned(facts)[1]
    if made is None:
        assert len([each for each in variants if each.startswith("webp")]) == 4
    else:
        assert [each for each in sorted(variants) if each != "webp 1170"] == sorted(made)


def test_settings_decide() -> None:
    assert planned(Facts(4000, 3000, "JPEG"), ImageSettings(responsive=False))[1] == []
    few = ImageSettings(formats=("webp",), widths=(700,))
    assert planned(Facts(4000, 3000, "PNG"), few)[1] == ["webp 700", "png 700"]
    assert refusal(lambda: config("images: {widths: [], quality: 0}")) == [
        "site.yaml:1: site-yaml: `images.quality`: from 1 to 100",
        "site.yaml:1: site-yaml: `images.widths`: one or more numbers of pixels from 16 to 8000",
    ]


def test_a_name_changes_with_everything_that_decides_on_the_file() -> None:
    facts = Facts(900, 600, "JPEG")

    def names(sha256: str = "0" * 64, **settings: int) -> list[str]:
        made = plan(asset(sha256=sha256), facts, ImageSettings(**settings), "")[1]
        return [variant.path for variant in made]

    assert names() == names()
    assert not set(names()) & set(names(sha256="1" * 64))
    assert not set(names()) & set(names(quality=50))
    assert len(set(names())) == len(names())


WHOLE = Picture(
    url="/w.jpg",
    width=1600,
    height=900,
    tone=5,
    candidates=(("image/avif", (("/a.avif", 480), ("/b.avif", 1600))),),
)


def html(
    marks: str = "", *, tag: str = '<img alt="A" src=', rest: str = ">", number: int = 1
) -> str:
    reference = Reference(attribute="src", target="x.jpg", sized=True, marks=marks)
    return to_html(tag, rest, reference, WHOLE, number=number)


def test_the_html_of_a_picture() -> None:
    assert html() == (
        '<picture><source type="image/avif" srcset="/a.avif 480w, /b.avif 1600w"'
        ' sizes="(min-width: 43em) 684px, 92vw">'
        '<img alt="A" src="/w.jpg" width="1600" height="900" loading="lazy" decoding="async"'
        ' data-tone="0.1.1"></picture>'
    )


def test_the_first_picture_is_fetched_at_once() -> None:
    assert "loading" not in html(number=0)
    assert "fetchpriority" not in html(number=0)
    assert ' fetchpriority="high"' in html(number=LEAD)
    assert ' loading="eager" decoding="async"' not in html(rest=' loading="eager">', number=0)
    assert html(rest=' loading="eager">', number=3).count("loading=") == 1


def test_sizes_follow_the_theme_or_are_ones_own() -> None:
    assert f'sizes="{SIZES["wide"]}"' in html("zoom wide")
    assert f'sizes="{SIZES["gallery"]}"' in html("zoom gallery")
    own = html(rest=' sizes="50vw">')
    assert own.count("sizes=") == 1
    assert '<source type="image/avif" srcset="/a.avif 480w, /b.avif 1600w" sizes="50vw">' in own


def test_a_picture_can_be_opened_where_it_is_larger_than_its_place() -> None:
    assert html("zoom").startswith('<a class="zoom" href="/w.jpg"><picture>')
    assert html("zoom").endswith("</picture></a>")
    assert "zoom" not in html("")
    # A link needs a text, which a mere decoration does not have.
    assert "zoom" not in html("zoom", tag='<img alt="" src=')
    assert "zoom" not in html("zoom", tag="<img src=")


def test_feeds_get_one_image() -> None:
    assert plain_images(f"<p>a</p>{html()}<p>b</p>{html('zoom')}") == (
        '<p>a</p><img alt="A" src="/w.jpg" width="1600" height="900" loading="lazy"'
        ' decoding="async" data-tone="0.1.1"><p>b</p><a class="zoom" href="/w.jpg"><img alt="A"'
        ' src="/w.jpg" width="1600" height="900" loading="lazy" decoding="async"'
        ' data-tone="0.1.1"></a>'
    )


def test_feeds_get_one_image_of_sources_that_the_writer_chose() -> None:
    own = '<picture class="x">\n<source type="a" srcset="b.avif">\n<img src="a.jpg">\n</picture>'
    assert plain_images(own) == '<img src="a.jpg">'
    film = '<video><source src="a.mp4"></video>'
    assert plain_images(own + film) == '<img src="a.jpg">' + film


def test_words_of_data_size_are_read() -> None:
    fragment = split_references(
        '<img data-size="zoom wide" src="a.jpg"><img data-size="" src="b.jpg">'
    )
    assert [(each.sized, each.marks) for each in fragment.references] == [
        (True, "zoom wide"),
        (True, ""),
    ]
    assert "data-size" not in "".join(fragment.pieces)
    own = split_references('<img data-size="own" srcset="a.jpg 1x" src="a.jpg">')
    assert [(each.sized, each.marks) for each in own.references] == [(False, ""), (True, "own")]


def test_the_stylesheet_gives_each_tone_its_colour() -> None:
    css = (PROJECT / "static/css/pictures.css").read_text(encoding="utf-8")
    rules = re.findall(r'\[data-tone(.)="([.\d]+)"\] \{ --(\w+): (\d+); \}', css)
    holds = {"^": str.startswith, "*": str.__contains__, "$": str.endswith}
    for red, green, blue in itertools.product((32, 96, 160, 224), repeat=3):
        digits = tone_digits(tone_of(red, green, blue))
        found = [(part, int(value)) for how, text, part, value in rules if holds[how](digits, text)]
        assert found == [("red", red), ("green", green), ("blue", blue)]
