"""A post whose figures are written in HTML, as editors export them and old sites have them.

The post is the one from which this project grew, where it lies beside the checkout, and otherwise
one in its form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page

from tests.support.drawn import file_of, frames_of, photo
from tests.support.measures import ALL_ARRIVED, MEASURE_SHIFTS, SCROLL_THROUGH
from tests.support.sample import ROOT, build_themed, serve, soup_of

pytestmark = pytest.mark.xdist_group("theme")

GIVEN = ROOT.parent / "shared" / "seed" / "testing-the-waters.md"
NAMES = [f"picture%20{number}.{end}" for number, end in enumerate(["jpg", "PNG", "gif", "png"] * 4)]
FIGURE = (
    '<figure class="d-block p-2">\n<img src="./images/{name}" class="img-fluid"\nalt="Drawn" />\n'
    "<figcaption>What it is.</figcaption>\n</figure>"
)
OWN = "---\ntitle: Figures\ndate: 2021-05-01\n---\n\n" + "\n\n".join(
    f"## Part {number}\n\nWords of this part.\n\n{FIGURE.format(name=name)}"
    for number, name in enumerate(NAMES)
)
FIGURES = """() => [...document.querySelectorAll("main figure")].map((figure) => {
    const image = figure.querySelector("img"), box = image.getBoundingClientRect();
    const column = figure.parentElement.getBoundingClientRect();
    return {
        width: box.width, height: box.height, left: box.left - column.left,
        over: box.right - column.right, whole: image.complete && image.naturalWidth > 0,
        given: [image.getAttribute("width"), image.getAttribute("height")],
    };
})"""


def size_of(number: int) -> tuple[int, int]:
    return [(720, 400), (300, 420), (480, 260)][number % 3]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built site with the post and pictures of the names that it asks for."""
    text = GIVEN.read_text(encoding="utf-8") if GIVEN.exists() else OWN
    folder = tmp_path_factory.mktemp("figures")
    names = re.findall(r'<img src="\./images/([^"]+)"', text)
    assert len(names) == 16
    images = folder / "content/posts/images"
    images.mkdir(parents=True)
    for number, name in enumerate(names):
        kind = {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}[name.rpartition(".")[2].lower()]
        drawn = photo(*size_of(number), seed=number)
        moving = frames_of("GIF")
        (images / unquote(name)).write_bytes(moving if kind == "GIF" else file_of(drawn, kind))
    settings = "title: A\nurl: https://example.org\ncounter: {enabled: false}\n"
    return build_themed(
        folder,
        {
            "site.yaml": settings + "images: {widths: [240, 480, 720], formats: [webp]}\n",
            "content/posts/2021-05-01-figures.md": text,
        },
    )


@pytest.fixture(scope="module")
def address(built: Path) -> Iterator[str]:
    with serve(built) as url:
        yield f"{url}/posts/figures/"


def test_each_figure_has_all_that_a_picture_gets(built: Path) -> None:
    figures = soup_of(built, "/posts/figures/").select("main figure")
    assert len(figures) == 16
    for number, figure in enumerate(figures):
        image = figure.img
        assert image is not None
        assert image["width"]
        assert image["height"]
        assert image["alt"]
        assert image["data-tone"]
        assert image.get("loading") == ("lazy" if number else None)
        assert figure.figcaption is not None
        moves = str(image["src"]).endswith(".gif")
        assert bool(figure.select("picture > source[srcset][sizes]")) is not moves
        assert bool(figure.select("a.zoom")) is (int(str(image["width"])) > 684)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_figures_stand_in_their_column_and_nothing_jumps(
    browser: Browser, address: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    context.add_init_script(MEASURE_SHIFTS)
    page: Page = context.new_page()
    page.goto(address)
    before = page.evaluate(FIGURES)
    page.evaluate(SCROLL_THROUGH)
    page.evaluate(ALL_ARRIVED)
    figures = page.evaluate(FIGURES)
    assert len(figures) == 16
    for early, figure in zip(before, figures, strict=True):
        assert figure["whole"]
        # A file's sides are whole pixels, so that its shape may differ by a part of one.
        assert abs(early["width"] - figure["width"]) < 1
        assert abs(early["height"] - figure["height"]) < 1
        assert figure["left"] >= -0.5
        assert figure["over"] <= 0.5
        wide, high = map(int, figure["given"])
        assert figure["width"] <= wide
        assert abs(figure["height"] - figure["width"] * high / wide) < 1
    assert page.evaluate("window.shifts || []") == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    context.close()
