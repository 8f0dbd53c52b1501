"""The theme's counter and form in a browser, served by `publish.py serve`."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.events import FIREFOX
from tests.support.reader import FLAGS, READER, fill
from tests.support.tools import ROOT, chromium, npm_package

SITE = """
title: Tides
url: https://me.example/blog
counter: {on: [post]}
contact: {enabled: true, page: /contact/, thanks: /contact/thanks/}
"""
POST = "---\ntitle: Hello\ndate: 2026-01-02\ndescription: A post to be counted.\n---\n\nHello.\n"
CONTACT = "---\ntitle: Contact\ndescription: How to reach me.\n---\n\n{{ contact() }}\n"
THANKS = "---\ntitle: Thank you\ndescription: Your message has arrived.\n---\n\nIt has arrived.\n"


class Served:
    """A running `publish.py serve`."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, ROOT / "publish.py", "serve", "--site", folder, "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
        said = ""
        assert self.process.stdout
        for line in self.process.stdout:
            said += line
            if found := re.search(r"http://\S+", line):
                self.address = found[0].rstrip("/")
                return
        raise AssertionError(said)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for name in ("templates", "static"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "site.yaml").write_text(SITE)
    (folder / "content/posts").mkdir(parents=True)
    (folder / "content/pages/contact").mkdir(parents=True)
    (folder / "content/posts/hello.md").write_text(POST)
    (folder / "content/pages/contact.md").write_text(CONTACT)
    (folder / "content/pages/contact/thanks.md").write_text(THANKS)
    return folder


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    running = Served(folder)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, READER])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(user_agent=FIREFOX)
    yield context.new_page()
    context.close()


def number(page: Page) -> int:
    counter = page.locator("tidepost-counter[data-path$='/posts/hello/']").first
    expect(counter).to_have_text(re.compile(r"^\d+$"))
    return int(counter.inner_text())


def test_a_visit_counts_once_and_survives_a_restart(folder: Path, page: Page) -> None:
    first = Served(folder)
    try:
        page.goto(first.address + "/posts/hello/")
        before = number(page)
        page.reload()
        assert number(page) == before
    finally:
        first.stop()
    second = Served(folder)
    try:
        page.goto(second.address + "/posts/hello/")
        assert number(page) == before + 1
    finally:
        second.stop()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_message_reaches_the_outbox(served: Served, browser: Browser, javascript: bool) -> None:
    context = browser.new_context(user_agent=FIREFOX, java_script_enabled=javascript)
    page = context.new_page()
    page.goto(served.address + "/contact/")
    text = f"Sent with JavaScript {'on' if javascript else 'off'}"
    fill(page, message=text)
    if javascript:
        page.wait_for_timeout(3100)
        page.click("form[data-tidepost-contact] [type=submit]")
        expect(page.locator("form [role=status]")).to_contain_text("has arrived")
    else:
        page.click("form[data-tidepost-contact] [type=submit]")
        page.wait_for_url("**/contact/thanks/")
        expect(page.locator("h1")).to_have_text("Thank you")
    page.goto(served.address.removesuffix("/blog") + "/_tidepost/outbox")
    # A message is kept before it is mailed, which may be a moment later.
    for _ in range(240):
        if page.get_by_text("Message from Ada").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator("body")).to_contain_text("Message from Ada")
    context.close()


@pytest.mark.parametrize("path", ["/posts/hello/", "/contact/"])
def test_axe_finds_nothing(served: Served, page: Page, path: str) -> None:
    page.goto(served.address + path)
    if path == "/contact/":
        page.click("form[data-tidepost-contact] [type=submit]")
        expect(page.locator("[aria-invalid]")).to_have_count(3)
    else:
        number(page)
    page.evaluate((npm_package("axe-core", "4.14.1") / "axe.min.js").read_text("utf-8"))
    violations = page.evaluate("axe.run().then(({ violations }) => violations)")
    assert [violation["id"] for violation in violations] == []
