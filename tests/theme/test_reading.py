"""What helps to read: code that can be copied and pointed at, tables that scroll."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from generator.config.content import MarkdownSettings
from generator.markdown.convert import make_converter
from generator.markdown.math.formulas import shown
from tests.support.reader import wait_for
from tests.support.sample import KINDS, ROOT, serve

pytestmark = pytest.mark.xdist_group("theme")

PHONE = {"width": 360, "height": 800}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport=PHONE, permissions=["clipboard-read", "clipboard-write"], reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def test_code_is_copied_by_a_button_that_the_keyboard_reaches_and_that_answers(
    url: str, page: Page
) -> None:
    page.goto(url + KINDS["post"])
    block = page.locator(".highlight", has=page.locator(".filename"))
    button = block.get_by_role("button", name="Copy tide.py")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    expect(button).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("from datetime import datetime, timedelta\n\ndef next_high(")
    assert copied.endswith("return last")
    assert page.get_by_role("button", name="Copy").count() == page.locator(".highlight").count()


def test_a_page_without_code_has_no_script_for_it(url: str, page: Page) -> None:
    page.goto(url + KINDS["page"])
    assert page.locator("script[data-copy]").count() == 0


def test_a_line_can_be_pointed_at(url: str, page: Page) -> None:
    page.goto(f"{url}{KINDS['post']}#code-1-L6")
    assert page.evaluate("document.querySelector(':target').dataset.linenos") == "6"
    expect(page.locator("#code-1-L6")).to_be_in_viewport()
    page.locator("#code-1-L3").click()
    assert page.url.endswith("#code-1-L3")


def test_a_wide_table_scrolls_by_the_keyboard_and_the_page_does_not(url: str, page: Page) -> None:
    page.goto(url + KINDS["post"])
    box = page.get_by_role("group", name="Force, Name, Knots, The sea looks")
    inner, outer = box.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert inner > outer
    box.focus()
    page.keyboard.press("ArrowRight")
    wait_for(box, "e => e.scrollLeft > 0")
    assert page.evaluate("scrollX") == 0


def test_a_note_leads_there_and_back(url: str, page: Page) -> None:
    page.goto(url + KINDS["post"])
    page.locator("a.footnote-ref").first.click()
    assert page.evaluate("document.querySelector(':target').matches('.footnote li')")
    page.get_by_label("Back to the text of note 1").click()
    assert page.evaluate("document.querySelector(':target').matches('sup')")


def test_a_formula_is_shown_and_is_no_wider_than_a_phone(url: str, page: Page) -> None:
    page.goto(url + KINDS["post"])
    formula = page.locator("div.math")
    assert formula.locator("math").bounding_box()["height"] > 40  # type: ignore[index]
    assert formula.evaluate("e => getComputedStyle(e).overflowX") == "auto"
    aligned = formula.locator("mtd").first
    assert aligned.evaluate("e => getComputedStyle(e).textAlign") == "left"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    loaded = "document.fonts.ready.then(() => [...document.fonts].map(font => font.status))"
    assert page.evaluate(loaded)[0] == "loaded"


def test_a_page_without_formulas_loads_neither_their_style_nor_their_font(
    url: str, page: Page
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url + KINDS["page"], wait_until="networkidle")
    assert not [address for address in asked if "math" in address]


FORMULAS = {
    "tall": r"\left( \frac{\frac{a}{b}}{\frac{c}{d}} \right)",
    "sum": r"\sum_{i=0}^n i",
    "boxed": r"\boxed{x}",
    "cancel": r"\cancel{x}",
    "lines": r"\begin{array}{|c|c|} \hline a & b \\ \hline \end{array}",
    "aligned": r"\begin{aligned} a + b &= c \\ d &= e \end{aligned}",
    "numbered": r"\begin{align} a &= b \\ c &= d \end{align}",
    "arrow": r"\xrightarrow{\text{a long way}}",
    "root": r"\sqrt{x}",
    "back": r"a\!\!\!\!b",
    "colour": r"\textcolor{red}{x}",
    "wide": " + ".join(f"a_{{{number}}}" for number in range(60)),
}
BOX = "e => (({x, y, width, height}) => [x, y, width, height])(e.getBoundingClientRect())"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_formulas_look_as_they_are_meant_under_the_policy(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    html = []
    for name, tex in FORMULAS.items():
        formula = shown(tex, pytest.fail, display=True, alone=True)
        html.append(formula.replace("<div ", f'<div id="{name}" ', 1))
    for path in ("css/site.css", "css/math.css", "fonts/math.woff2", "fonts/math-more.woff2"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes((ROOT / "static" / path).read_bytes())
    (tmp_path / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>T</title>'
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="css/site.css">'
        f'<link rel="stylesheet" href="css/math.css"><main>{"".join(html)}</main>',
        encoding="utf-8",
    )
    complaints: list[str] = []
    with serve(tmp_path) as address:
        context = browser.new_context(viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(address, wait_until="networkidle")
        page.evaluate("document.fonts.ready")

        def box(selector: str, number: int = 0) -> list[float]:
            return page.locator(selector).nth(number).evaluate(BOX)

        def style(selector: str, name: str) -> str:
            return page.locator(selector).first.evaluate(f"e => getComputedStyle(e).{name}")

        assert box("#tall mo")[3] >= 0.9 * box("#tall mfrac")[3]
        assert box("#sum munderover > mo")[3] > 1.5 * box("#sum munderover > mi")[3]
        assert style("#boxed menclose", "borderTopStyle") == "solid"
        assert style("#cancel .menclose-updiagonalstrike", "position") == "absolute"
        assert style("#lines mtable", "borderBottomStyle") == "solid"
        assert style("#lines mtd", "borderRightStyle") == "solid"
        first, second = (box("#aligned mtd", number) for number in (0, 2))
        assert first[0] + first[2] == pytest.approx(second[0] + second[2], abs=1)
        number = box("#numbered mtd.math-number mtext")
        assert number[0] + number[2] == pytest.approx(sum(box("#numbered")[::2]), abs=2)
        assert sum(box("#root msqrt")[::2]) == pytest.approx(sum(box("#root mi")[::2]), abs=2)
        assert box("#back mi", 1)[0] < sum(box("#back mi")[::2])
        red = [int(part) for part in re.findall(r"\d+", style("#colour [mathcolor]", "color"))]
        assert red[0] > max(red[1:3])
        assert (sum(red) > 450) == (scheme == "dark")
        assert page.locator("#wide").evaluate("e => e.scrollWidth > e.clientWidth")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        context.close()
    assert not complaints


def test_a_diagram_is_drawn_under_the_policy_and_follows_the_scheme(
    browser: Browser, tmp_path: Path
) -> None:
    convert = make_converter(MarkdownSettings(mermaid=True), lambda *_: "")
    [piece, rest] = convert("```mermaid\nflowchart LR\n  A[Low water] --> B[High]\n```").body.pieces
    [drawing] = convert("```mermaid\nflowchart LR\n  A[Low water] --> B[High]\n```").body.references
    (tmp_path / "site.css").write_bytes((ROOT / "static/css/site.css").read_bytes())
    (tmp_path / "index.html").write_text(
        '<!doctype html><html lang="en"><title>T</title><link rel="stylesheet" href="site.css">'
        f'<main class="body">{piece}"{drawing.target}"{rest}</main>',
        encoding="utf-8",
    )
    complaints: list[str] = []
    with serve(tmp_path) as address:
        for scheme, turned in (("light", False), ("dark", True)):
            context = browser.new_context(viewport=PHONE, color_scheme=scheme)
            page = context.new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.goto(address)
            picture = page.get_by_role("img", name="flowchart")
            assert picture.evaluate("e => e.decode().then(() => e.naturalWidth)") > 150
            assert (picture.evaluate("e => getComputedStyle(e).filter") != "none") == turned
            page.evaluate(f"document.documentElement.dataset.scheme = '{scheme}'")
            assert (picture.evaluate("e => getComputedStyle(e).filter") != "none") == turned
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.get_by_text("Mermaid", exact=True).click()
            expect(page.get_by_text("A[Low water]")).to_be_visible()
            page.screenshot(path=tmp_path / f"{scheme}.png")
            context.close()
    assert not [one for one in complaints if "favicon" not in one and "404" not in one]
