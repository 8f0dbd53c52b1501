"""Cards for posts where they are shared: how they are drawn, and which are."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PIL import Image, ImageChops, ImageColor, ImageDraw

from generator.assets.card_drawing import (
    MARGIN,
    TITLE_SIZES,
    _between,
    _contrast,
    _font,
    _has,
    _known,
    _laid_out,
    _wave,
    draw,
)
from generator.assets.social_cards import FONTS, HEIGHT, WIDTH, Card, card_path, card_url
from tests.support.builds import outcome
from tests.support.drawn import file_of, opened, photo
from tests.support.sites import MINIMAL, NOW, PROJECT, command, post, tree, write, write_site

CARD = Card("Low water", "Small harbour", "1 June 2024", "#0b5f73")
LONG = "A title that goes on and on about tides, boats and the price of rope, " * 4
WORDS = WIDTH - 2 * MARGIN


def test_a_card_is_a_small_picture_of_the_right_size() -> None:
    raw = draw(CARD)
    assert opened(raw).size == (WIDTH, HEIGHT)
    assert opened(raw).format == "PNG"
    assert len(raw) < 40_000
    assert opened(raw).convert("RGB").getpixel((5, 5)) == (0x0B, 0x5F, 0x73)


def test_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from generator.assets.card_drawing import draw;"
        "from generator.assets.social_cards import Card;"
        f"card = Card({CARD.title!r}, {CARD.site!r}, {CARD.byline!r}, {CARD.colour!r});"
        "print(hashlib.sha256(draw(card)).hexdigest())"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, cwd=PROJECT, check=True)
    assert done.stdout.strip() == hashlib.sha256(draw(CARD)).hexdigest()


def test_everything_written_is_seen() -> None:
    for other in (
        Card("High water", *(CARD.site, CARD.byline, CARD.colour)),
        Card(CARD.title, "Other harbour", CARD.byline, CARD.colour),
        Card(CARD.title, CARD.site, "2 June 2024", CARD.colour),
        Card(CARD.title, CARD.site, CARD.byline, "#402030"),
    ):
        assert draw(other) != draw(CARD)
        assert card_path(other, "/posts/a/") != card_path(CARD, "/posts/a/")
    assert card_url(CARD, "/posts/grüße/", "/b").startswith(
        "/b/assets/cards/posts/gr%C3%BC%C3%9Fe."
    )


def test_long_titles_wrap_then_shrink_and_then_end() -> None:
    assert _laid_out("Low water", WORDS) == (["Low water"], TITLE_SIZES[0])
    lines, size = _laid_out("Everything that Markdown can do, and a few things more", WORDS)
    assert len(lines) > 1
    assert " ".join(lines) == "Everything that Markdown can do, and a few things more"
    smaller_lines, smaller = _laid_out(LONG, WORDS)
    assert smaller == TITLE_SIZES[-1] < size
    assert smaller_lines[-1].endswith("…")
    assert LONG.startswith(" ".join(smaller_lines)[:60])


def test_nothing_is_written_past_the_edge() -> None:
    for title in (LONG, "W" * 300, "Donaudampfschifffahrtsgesellschaftskapitän " * 3):
        image = opened(draw(Card(title, "S" * 200, "B" * 200, "#0b5f73"))).convert("RGB")
        edge = image.crop((WIDTH - MARGIN + 6, 0, WIDTH, 510))
        assert edge.getcolors() == [(edge.width * edge.height, (0x0B, 0x5F, 0x73))]


@pytest.mark.parametrize("colour", ["#1c5f48", "#27418f", "#5b3a8c", "#3a4048", "#f4d35e"])
def test_a_plain_card_has_the_site_s_colour_and_no_waves(colour: str) -> None:
    card = Card("Low water", "Small harbour", "1 June 2024", colour, plain=True)
    image = opened(draw(card)).convert("RGB")
    assert image.getcolors(1 << 24)
    below = image.crop((0, 570, WIDTH, HEIGHT - 20)).getcolors()
    assert below == [(WIDTH * (HEIGHT - 590), ImageColor.getrgb(colour))]
    with_waves = msgspec.structs.replace(card, plain=False)
    assert len(opened(draw(with_waves)).crop((0, 570, WIDTH, HEIGHT - 20)).getcolors() or ()) > 1
    assert card_path(card, "/x/") != card_path(with_waves, "/x/")
    # Water is the sample's: nothing of a plain card has its mark's colour.
    assert (232, 98, 60) not in {found for _, found in image.getcolors(1 << 24) or ()}


def test_what_the_font_lacks_is_left_out() -> None:
    assert _known("Tides 🎉 and boats 🎉", "serif") == "Tides and boats"
    assert (
        _known("Прилив · Παλίρροια · Grüße, ¡olá!", "serif") == "Прилив · Παλίρροια · Grüße, ¡olá!"
    )
    assert _known("e\u0301", "serif") == "é"
    assert _known("潮汐表の読み方", "serif") == ""
    assert _known("مد و جزر", "serif") == ""
    assert all(_has(font, char) for font in ("serif", "sans") for char in "aЖλßŁ…·’“–€ễ")


def test_a_title_that_cannot_be_written_gives_way_to_the_site() -> None:
    unwritten = draw(Card("潮汐表の読み方", "Small harbour", "1 June 2024", "#0b5f73"))
    assert unwritten == draw(Card("Small harbour", "", "1 June 2024", "#0b5f73"))
    assert opened(draw(Card("潮", "汐", "", "#0b5f73"))).size == (WIDTH, HEIGHT)


@pytest.mark.parametrize("colour", ["#000", "#ffffff", "#ffd54a", "#777777", "#0b5f73"])
def test_words_stand_out_on_any_ground(colour: str) -> None:
    image = opened(draw(Card("Low water", "S", "B", colour))).convert("L")
    low, high = image.crop((0, 140, WIDTH, 440)).getextrema()
    assert high - low > 90  # type: ignore[operator]


@pytest.mark.parametrize("colour", ["#0b5f73", "#ffd54a", "#000", "#777777"])
def test_a_card_looks_as_one_that_is_drawn_in_full_colour(colour: str) -> None:
    """The palette has few steps between ground and ink, and the waves' edges exactly."""
    ground = ImageColor.getrgb(colour)[:3]
    dark = _contrast(ground, (255, 255, 255)) >= 3
    ink = (255, 255, 255) if dark else (8, 20, 26)
    far = _between(ground, ink, 0.3) if dark else _between(ground, ink, 0.16)
    large = Image.new("RGB", (2 * WIDTH, 2 * HEIGHT), ground)
    pen = ImageDraw.Draw(large)
    pen.polygon(_wave(536, 15, 400, 0.0), fill=far)
    pen.polygon(_wave(566, 12, 300, 1.9), fill=_between(ground, (8, 20, 26), 0.34))
    full = large.reduce(2)
    card = Card("Low water", "", "1 June 2024", colour)
    lines, size = _laid_out(card.title, WORDS)
    top = 164 + (268 - round(size * 1.18)) // 2 + round(size * 1.18) // 2
    pen = ImageDraw.Draw(full)
    pen.text((MARGIN, top), lines[0], ink, _font("serif", size), "lm")
    faint = _between(ground, ink, 0.86)
    pen.text((MARGIN, 474), card.byline, faint, _font("sans", 32), "lm")
    made = opened(draw(card)).convert("RGB")
    below, words = (0, 500, WIDTH, HEIGHT), (MARGIN + 11, 0, WIDTH, 500)
    assert made.crop(below).tobytes() == full.crop(below).tobytes()
    apart = ImageChops.difference(made.crop(words), full.crop(words)).getextrema()
    assert 0 < max(high for _, high in apart) <= 255 / 6 / 2 + 3, "half a step of six"


def test_the_fonts_are_those_that_a_name_stands_for() -> None:
    folder = PROJECT / "generator/assets/fonts"
    fonts = [folder / "NotoSans-Regular.ttf", folder / "NotoSerif-Bold.ttf"]
    assert hashlib.sha256(b"".join(font.read_bytes() for font in fonts)).hexdigest() == FONTS
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text(encoding="utf-8")


SETTINGS = (
    "title: Small harbour\nurl: https://example.org/base\ncounter: {enabled: false}\n"
    "social_cards: true\n"
)
BASE = (MINIMAL / "templates/base.html").read_text(encoding="utf-8")
HEAD = """{% if page.image %}
<meta property="og:image" content="{{ page.image }}">
<meta property="og:image:width" content="{{ page.image_width }}">
<meta property="og:image:alt" content="{{ page.image_alt }}">
{% endif %}"""
FILES: dict[str, str | bytes] = {
    "site.yaml": SETTINGS,
    "templates/base.html": BASE.replace("</head>", f"{HEAD}</head>"),
    "content/posts/2024-05-01-a.md": post("description: A.", title='Low & "high"'),
    "content/posts/2024-05-02-b.md": post("image: own.jpg\nimage_alt: Own", title="B"),
    "content/posts/own.jpg": file_of(photo(400, 300), "JPEG"),
}


@pytest.fixture(scope="module", autouse=True)
def no_processes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("generator.adapters.workers._WORTH_SHARING", 1e9)
        patch.setattr("generator.adapters.workers._WORTH_SPAWNING", 1e9)
        yield


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_site(tmp_path_factory.mktemp("cards") / "site", FILES)
    told, files = outcome(root, NOW, no_cache=False)
    assert told == []
    assert files
    return root


def head(root: Path, path: str) -> list[str]:
    html = (root / "_site" / path).read_text(encoding="utf-8")
    return re.findall(r'property="og:image[^"]*" content="([^"]*)"', html)


def cards(root: Path) -> list[str]:
    return [path for path in tree(root / "_site") if path.startswith("assets/cards/")]


def test_a_post_without_a_picture_has_a_card_and_others_have_not(built: Path) -> None:
    url, width, alt = head(built, "posts/a/index.html")
    assert re.fullmatch(r"https://example\.org/base/assets/cards/posts/a\.[0-9a-f]{12}\.png", url)
    assert (width, alt) == ("1200", "Low &amp; &#34;high&#34;")
    raw = (built / "_site" / url.removeprefix("https://example.org/base/")).read_bytes()
    assert raw == draw(Card('Low & "high"', "Small harbour", "1 May 2024", "#0b5f73"))
    own, width, alt = head(built, "posts/b/index.html")
    assert "own" in own
    assert (width, alt) == ("0", "Own")
    assert not [path for path in cards(built) if "/b." in path]


def test_pages_and_lists_have_the_site_s_card(built: Path) -> None:
    shown = {
        head(built, path)[0] for path in ("index.html", "about/index.html", "posts/index.html")
    }
    assert len(shown) == 1
    assert "/assets/cards/_site." in shown.pop()


EDITS: dict[str, Callable[[Path], object]] = {
    "another title": lambda root: write(
        root, {"content/posts/2024-05-01-a.md": post("description: A.", title="High water")}
    ),
    "another colour": lambda root: write(root, {"site.yaml": f"{SETTINGS}theme_color: '#402030'"}),
    "off": lambda root: write(root, {"site.yaml": SETTINGS.replace("true", "false")}),
    "no longer mentioned": lambda root: write(root, {"templates/base.html": BASE}),
    "a post more": lambda root: write(
        root, {"content/posts/2024-05-03-c.md": post("", "Words.", title="C")}
    ),
    "a picture of its own": lambda root: write(
        root, {"content/posts/2024-05-01-a.md": post("description: A.\nimage: own.jpg")}
    ),
    "output lost": lambda root: shutil.rmtree(root / "_site"),
    "store and output lost": lambda root: [
        shutil.rmtree(root / ".tidepost/cache/images"),
        shutil.rmtree(root / "_site"),
    ],
    "store spoilt and output lost": lambda root: [
        *(
            file.write_bytes(file.read_bytes()[:-9] + bytes(9))
            for file in (root / ".tidepost/cache/images").rglob("*")
            if file.is_file()
        ),
        shutil.rmtree(root / "_site"),
    ],
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_gives_what_a_clean_build_gives(name: str, built: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(built, tmp_path / "site"))
    EDITS[name](root)
    clean = tmp_path / "clean"
    shutil.copytree(root, clean, ignore=shutil.ignore_patterns("_site", ".tidepost"))
    incremental = outcome(root, NOW, no_cache=False)
    assert incremental == outcome(clean, NOW, no_cache=True)
    assert incremental[0] == []
    if name in ("off", "no longer mentioned"):
        assert cards(root) == []


def test_a_card_is_drawn_once(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(shutil.copytree(built, tmp_path / "site"))
    monkeypatch.setattr("generator.assets.card_drawing.draw", lambda card: pytest.fail(card.title))
    write(root, {"content/posts/2024-05-02-b.md": post("image: own.jpg", "More.", title="B")})
    shutil.rmtree(root / "_site")
    assert outcome(root, NOW, no_cache=False)[0] == []


def test_publishing_sees_cards_as_pictures(built: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(built, tmp_path / "site"))
    done = command(root, "plan", "--json")
    assert done.returncode == 0, done.stderr
    assert "assets/cards/posts/a." in done.stdout
