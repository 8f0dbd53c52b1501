"""The site of this repository in a browser, with the headers that readers get."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

from generator.adapters.aws.lambda_package import read_template
from generator.publish.csp import security_headers
from tests.infra.test_container import ask, caddy
from tests.support.infra import ROOT, TEMPLATE

_LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The site, built apart and served by the container's server; its port and its files."""
    site = tmp_path_factory.mktemp("site")
    for name in ("content", "templates", "static", "data"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, site / name)
    shutil.copy(ROOT / "site.yaml", site)
    subprocess.run(
        [sys.executable, ROOT / "infra/scripts/container_context.py", "made"],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    with caddy(site / "made") as (port, _):
        yield port, site / "made" / "site"


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


class Watch:
    """A page that keeps what the policy forbade, as its events and as the console tell it."""

    def __init__(self, browser: Browser) -> None:
        self._page = browser.new_page()
        self._told: list[str] = []
        self._page.on("console", self._hear)
        self._page.add_init_script(_LISTEN)
        # Nothing outside is asked, whatever a page embeds.
        self._page.route(
            lambda url: not url.startswith("http://127.0.0.1"), lambda route: route.abort()
        )

    def _hear(self, message: ConsoleMessage) -> None:
        if "Content Security" in message.text:
            self._told.append(message.text)

    def violations(self, address: str) -> list[str]:
        """What the policy forbade on a page."""
        self._told = []
        self._page.goto(address, wait_until="load")
        found = self._page.evaluate(
            "() => new Promise((done) => setTimeout(() => done(window.violations), 20))"
        )
        return [*self._told, *found]


def test_no_page_breaks_the_policy(browser: Browser, served: tuple[int, Path]) -> None:
    port, files = served
    pages = [file.relative_to(files).as_posix() for file in sorted(files.rglob("*.html"))]
    assert len(pages) > 5
    watch = Watch(browser)
    broken: dict[str, Any] = {}
    for page in pages:
        if b'http-equiv="refresh"' in (files / page).read_bytes():
            continue
        path = page.removesuffix("index.html")
        if found := watch.violations(f"http://127.0.0.1:{port}/{path}"):
            broken[path] = found
    assert broken == {}


def test_a_breach_would_be_seen(browser: Browser, served: tuple[int, Path]) -> None:
    port, files = served
    page = files / "breach.html"
    page.write_text("<!doctype html><p style='color:red'>x<script>1</script>")
    found = Watch(browser).violations(f"http://127.0.0.1:{port}/breach.html")
    page.unlink()
    assert any("style-src-attr" in one for one in found)
    assert any("script-src-elem" in one for one in found)


def test_the_headers_are_those_of_the_distribution(served: tuple[int, Path]) -> None:
    expected = security_headers(read_template(TEMPLATE))
    found = ask(served[0], "/").headers
    assert {name: found.get(name) for name in expected} == expected
