"""The whole of `serve` in a real browser: edit, see it; break it, see where; mend it."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from tests.support.editor import recorder, told
from tests.support.serving import FLAGS, Served, begin
from tests.support.sites import PROJECT, write_site
from tests.support.tools import npm_package

POST = """\
---
title: Low water
date: 2024-05-01
description: What the harbour shows.
---
First text.

"""
DOCUMENT = "---\ntitle: {0}\ndate: {1}\ndescription: About {0}.\n---\n{2}\n"
LONG = "".join(f"Paragraph {number}.\n\n" for number in range(200))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_site(tmp_path / "site", {"content/posts/2024-05-01-low-water.md": POST + LONG})


@pytest.fixture
def site(folder: Path) -> Iterator[Served]:
    site = begin(folder)
    yield site
    site.process.kill()
    site.process.communicate()


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 800, "height": 600})
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def wait_for(page: Page, condition: str) -> None:
    """Wait until an expression is true. Asked from outside: the policy lets pages evaluate no text,
    as `wait_for_function` would have them do."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(Error):  # the page was left while it was asked
            if page.evaluate(condition):
                return
        time.sleep(0.05)
    raise AssertionError(condition)


def test_edit_break_and_mend(site: Served, page: Page) -> None:
    page.goto(f"{site.url}posts/low-water/")
    expect(page.locator("main")).to_contain_text("First text.")
    page.evaluate("scrollTo(0, 1500)")

    site.edit(site.post, POST.replace("First", "Second") + LONG)
    expect(page.locator("main")).to_contain_text("Second text.")
    wait_for(page, "Math.abs(scrollY - 1500) < 5")

    site.edit(site.post, POST + "See [this](gone.md).\n\n" + LONG)
    overlay = page.locator("tidepost-problems")
    expect(overlay.locator(".place")).to_have_text("content/posts/2024-05-01-low-water.md:8")
    expect(overlay.locator(".message")).to_contain_text("gone.md")
    expect(overlay.locator("h2")).to_contain_text("one problem")
    expect(page.locator("main")).to_contain_text("Second text.")
    page.reload()
    expect(overlay.locator(".cover")).to_be_visible()
    page.keyboard.press("Escape")
    expect(overlay).to_have_count(0)

    settings = (site.folder / "site.yaml").read_text(encoding="utf-8")
    site.edit(site.folder / "site.yaml", settings.replace("title:", "titel:"))
    expect(overlay.locator(".place").first).to_contain_text("site.yaml:1")
    site.edit(site.folder / "site.yaml", settings)
    expect(overlay.locator(".place", has_text="low-water.md:8")).to_have_count(1)
    expect(overlay.locator(".place")).to_have_count(1)

    site.edit(site.post, POST.replace("First", "Third") + LONG)
    expect(page.locator("main")).to_contain_text("Third text.")
    expect(overlay).to_have_count(0)


def test_style_sheet_is_swapped_without_loading_the_page(site: Served, page: Page) -> None:
    page.goto(f"{site.url}posts/low-water/")
    page.evaluate("window.mark = 'still here'; scrollTo(0, 700)")
    sheet = site.folder / "static/css/site.css"
    links = page.locator('link[rel="stylesheet"]').count()
    site.edit(
        sheet, sheet.read_text(encoding="utf-8") + "\nh1 { color: rgb(1, 2, 3) !important }\n"
    )
    expect(page.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")
    assert page.evaluate("window.mark") == "still here"
    assert page.evaluate("scrollY") == 700
    expect(page.locator('link[rel="stylesheet"]')).to_have_count(links)


def test_what_the_reader_did_to_a_page_stays(site: Served, page: Page) -> None:
    before = """<details><summary>More</summary>\n<p>Hidden.</p></details>

<p><label>Name <input id="name"></label></p>

One.

Two.
"""
    site.edit(site.post, POST + before)
    page.goto(f"{site.url}posts/low-water/")
    page.locator("summary").click()
    page.locator("#name").fill("Ana")
    page.evaluate(
        "window.mark = 'still here';"
        "document.querySelector('h1').append(Object.assign(document.createElement('i'), "
        "{ textContent: 'by a script' }))"
    )
    expect(page.locator("details")).to_have_attribute("open", "")

    after = before.replace("Hidden", "Shown").replace("One.", "A new one.\n\n## And a heading")
    site.edit(site.post, POST.replace("First", "Other") + after)
    expect(page.locator("main")).to_contain_text("A new one.")
    expect(page.locator("main h2")).to_have_text("And a heading")
    expect(page.locator("details p")).to_have_text("Shown.")
    expect(page.locator("details")).to_have_attribute("open", "")
    expect(page.locator("#name")).to_have_value("Ana")
    expect(page.locator("#name")).to_be_focused()
    expect(page.locator("h1 i")).to_have_text("by a script")
    assert page.evaluate("window.mark") == "still here"

    # Nothing but what was sent and what was done here may be on screen in the end.
    site.edit(site.post, POST + before)
    expect(page.locator("main h2")).to_have_count(0)
    sent = page.evaluate(
        "fetch('').then((answer) => answer.text()).then((text) => new DOMParser()"
        ".parseFromString(text, 'text/html').querySelector('main').innerHTML)"
    )
    shown = page.evaluate(
        "(document.querySelector('h1 i').remove(), document.querySelector('details').open = false,"
        " document.querySelector('main').innerHTML)"
    )
    assert shown == sent


def test_page_is_loaded_again_where_its_scripts_change(site: Served, page: Page) -> None:
    (site.folder / "static/root/ran.js").write_text("window.ran = 'yes';")
    while not page.request.get(f"{site.url}ran.js").ok:
        time.sleep(0.1)
    page.goto(f"{site.url}posts/low-water/")
    page.evaluate("window.mark = 'still here'; scrollTo(0, 900)")
    site.edit(site.post, POST + LONG + '<script src="/ran.js"></script>\n')
    wait_for(page, "window.ran === 'yes'")
    assert page.evaluate("window.mark") is None
    wait_for(page, "Math.abs(scrollY - 900) < 5")


@pytest.mark.parametrize(
    "policy",
    [
        "default-src 'none'; frame-ancestors 'none'",
        "script-src 'strict-dynamic' 'nonce-x'; connect-src https://elsewhere.example",
    ],
)
def test_the_desk_works_whatever_the_policy(folder: Path, page: Page, policy: str) -> None:
    with (folder / "site.yaml").open("a") as settings:
        settings.write(f'infra: {{ContentSecurityPolicy: "{policy}"}}\n')
    site = begin(folder)
    try:
        page.goto(f"{site.url}posts/low-water/")
        page.evaluate("window.mark = 'still here'")
        site.edit(site.post, POST.replace("First", "Second") + LONG)
        expect(page.locator("main")).to_contain_text("Second text.")
        assert page.evaluate("window.mark") == "still here"
    finally:
        site.process.kill()
        site.process.communicate()


def test_template_is_shown_at_once(site: Served, page: Page) -> None:
    page.goto(f"{site.url}posts/low-water/")
    template = site.folder / "templates/post.html"
    text = template.read_text(encoding="utf-8")
    site.edit(template, text.replace("{{ page.body }}", "{{ page.body }}<p id=below>Below</p>"))
    expect(page.locator("#below")).to_have_text("Below")
    site.edit(template, text.replace("{{ page.body }}", "{{ page.boddy }}"))
    place = page.locator("tidepost-problems .place").first
    expect(place).to_contain_text("templates/post.html:")
    site.edit(template, text)
    expect(page.locator("#below")).to_have_count(0)
    expect(page.locator("tidepost-problems")).to_have_count(0)


def test_place_of_a_problem_opens_the_editor(folder: Path, page: Page, tmp_path: Path) -> None:
    site = begin(folder, "--editor", f"{recorder(tmp_path)} {{file}} {{line}}")
    try:
        page.goto(f"{site.url}posts/low-water/")
        site.edit(site.post, POST + "See [this](gone.md).\n\n" + LONG)
        page.locator("tidepost-problems .place").click()
        assert told(tmp_path) == [str(site.post), "8"]
        site.edit(site.post, POST + LONG)
        expect(page.locator("tidepost-problems")).to_have_count(0)
        (tmp_path / "told").unlink()
        page.goto(f"{site.url}_tidepost/")
        page.get_by_role("button", name="content/pages/about.md").click()
        assert told(tmp_path) == [str(folder / "content/pages/about.md"), "1"]
        expect(page.locator("h1")).to_have_text("Documents")
    finally:
        site.process.kill()
        site.process.communicate()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_writers_pages(
    folder: Path, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    post = folder / "content/posts/2024-05-01-low-water.md"
    post.write_text(POST.replace("title:", "tilte: x\ntitle:") + LONG, encoding="utf-8")
    write_site(folder, {"content/drafts/later.md": DOCUMENT.format("Later", "2024-05-30", "Soon.")})
    mail = folder / ".tidepost/local/outbox/one.eml"
    mail.parent.mkdir(parents=True)
    mail.write_text("Subject: Hello\nFrom: ada@example.org\n\nText.\n", encoding="utf-8")
    axe = npm_package("axe-core", "4.14.1") / "axe.min.js"
    site = begin(folder)
    context = browser.new_context(
        viewport={"width": 360, "height": 700}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    try:
        violations = []
        for path in ("", "problems", "counts", "outbox", "outbox/one.eml"):
            page.goto(f"{site.url}_tidepost/{path}")
            violations += audited(page, axe)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.goto(f"{site.url}posts/later/")
        page.locator("tidepost-corner .warned").click()
        expect(page.locator("tidepost-warnings li")).to_have_count(1)
        violations += audited(page, axe, "['tidepost-warnings']")
        site.edit(post, POST + "[x](gone.md)")
        expect(page.locator("tidepost-problems li")).to_have_count(1)
        violations += audited(page, axe, "['tidepost-problems']")
        assert not violations
    finally:
        context.close()
        site.process.kill()
        site.process.communicate()


def audited(page: Page, axe: Path, part: str = "document") -> list[str]:
    """Return what axe finds wrong."""
    page.add_script_tag(path=axe)
    found = page.evaluate(f"axe.run({part}, {{ resultTypes: ['violations'] }})")
    return [
        f"{page.url} {violation['id']} {node['html'][:120]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def test_page_that_did_not_change_is_not_loaded_again(site: Served, page: Page) -> None:
    other = site.folder / "content/pages/about.md"
    page.goto(f"{site.url}about/")
    page.evaluate("window.mark = 'still here'")
    with page.expect_response(lambda answer: answer.status == 304):
        site.edit(site.post, POST.replace("First", "Other"))
    expect(page.locator("tidepost-corner .news")).to_have_text("Changed: Low water")
    assert page.evaluate("window.mark") == "still here"
    site.edit(other, "---\ntitle: About\ndescription: About.\n---\nAbout all of us.\n")
    expect(page.locator("main")).to_contain_text("About all of us.")


def test_site_that_is_broken_from_the_start(folder: Path, page: Page) -> None:
    post = folder / "content/posts/2024-05-01-low-water.md"
    post.write_text(POST.replace("date: 2024-05-01", "date: 2024-02-31"), encoding="utf-8")
    site = begin(folder)
    try:
        answer = page.goto(site.url)
        assert answer
        assert answer.status == 503
        expect(page.locator("main")).to_contain_text("2024-05-01-low-water.md:3")
        site.edit(post, POST)
        expect(page.locator("h1")).to_have_text("Welcome")
        expect(page.locator("tidepost-problems")).to_have_count(0)
    finally:
        site.process.kill()
        site.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ends_cleanly_also_with_a_page_open(
    site: Served, page: Page, number: signal.Signals
) -> None:
    page.goto(site.url)
    wait_for(page, "document.readyState === 'complete'")
    site.process.send_signal(number)
    output, _ = site.process.communicate(timeout=60)  # the page would stay open for ever
    assert site.process.returncode == 0
    assert "Traceback" not in output
    assert output.endswith("Stopped.\n")


def test_port_that_is_taken_is_a_mistake_in_the_command(site: Served) -> None:
    port = site.url.rstrip("/").rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, str(PROJECT / "publish.py"), "serve", "--port", port],
        cwd=site.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert f"port {port} is in use by another program" in ended.stderr


def test_drafts_and_posts_to_come_are_shown_and_marked_but_only_on_screen(
    folder: Path, page: Page
) -> None:
    write_site(
        folder,
        {
            "content/drafts/later.md": DOCUMENT.format("Later", "2024-05-30", "Soon."),
            "content/posts/next.md": DOCUMENT.format("Next", "2099-03-01", "Not yet."),
        },
    )
    site = begin(folder)
    try:
        page.goto(f"{site.url}posts/later/")
        expect(page.locator("tidepost-corner .state")).to_have_text("Draft")
        page.goto(f"{site.url}posts/")
        scheduled = page.locator("a[href='/posts/next/']")
        expect(scheduled).to_have_attribute("data-tidepost-mark", "scheduled for 2099-03-01")
        expect(page.locator("[data-tidepost-mark]")).to_have_count(2)
    finally:
        site.process.kill()
        site.process.communicate()
    for file in (folder / ".tidepost/served").rglob("*.html"):
        assert "tidepost-" not in file.read_text(encoding="utf-8"), file

    site = begin(folder, "--published")
    try:
        for path in ("later", "next"):
            answer = page.goto(f"{site.url}posts/{path}/")
            assert answer
            assert answer.status == 404
    finally:
        site.process.kill()
        site.process.communicate()
