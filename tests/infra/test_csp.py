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
from generator.adapters.aws.sent_headers import headers_of
from generator.adapters.functions import local_api
from generator.adapters.server.state import Live, Outcome, ServedSite
from generator.adapters.server.wsgi import LocalSite, start
from generator.app.workspace import open_workspace
from generator.core.cache import NoCache
from generator.publish import edge_rules
from generator.publish.csp import SentHeaders, on_this_machine, security_headers
from tests.support.caddy import ask, caddy
from tests.support.infra import ROOT, TEMPLATE
from tests.support.sample import KINDS

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


@pytest.fixture(scope="module")
def desk(served: tuple[int, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port at which `serve` shows the same files."""
    config = open_workspace(ROOT).config
    headers = headers_of(ROOT, config, NoCache())
    folder = served[1]
    live = Live()
    live.show(
        Outcome(
            site=ServedSite(
                folder=folder,
                files=edge_rules.file_table(
                    (file.relative_to(folder).as_posix() for file in folder.rglob("*.*")), ""
                ),
                headers=SentHeaders(pages=on_this_machine(headers.pages, config.origin)),
            )
        )
    )
    api = local_api(tmp_path_factory.mktemp("local"))
    server = start(LocalSite(live, api), live, 0)
    yield server.port
    server.stop()


@pytest.mark.parametrize("server", ["of the container", "of the desk"])
def test_no_page_breaks_the_policy(
    browser: Browser, served: tuple[int, Path], desk: int, server: str
) -> None:
    """On all pages as the container sends them, on one of each kind as the desk does: it sends the
    same files, and the headers that it sends are held below."""
    port, files = served
    pages = [file.relative_to(files).as_posix() for file in sorted(files.rglob("*.html"))]
    if server == "of the desk":
        port = desk
        pages = [
            f"{path}index.html"[1:] if path.endswith("/") else path[1:] for path in KINDS.values()
        ]
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


def test_the_desk_sends_the_headers_of_the_distribution(
    served: tuple[int, Path], desk: int
) -> None:
    expected = security_headers(read_template(TEMPLATE))
    for path in ("/", "/nowhere/", "/robots.txt"):
        found = {name.lower(): value for name, value in ask(desk, path).headers.items()}
        assert {name: found.get(name) for name in expected} == {
            **expected,
            # What is about https alone, and the published site's own address.
            "strict-transport-security": None,
            "content-security-policy": expected["content-security-policy"]
            .replace("'self'", "'self' http://tidepost.example")
            .replace("; upgrade-insecure-requests", ""),
        }


def test_the_desk_shows_a_breach(browser: Browser, served: tuple[int, Path], desk: int) -> None:
    page = served[1] / "breach.html"
    page.write_text("<!doctype html><p style='color:red'>x<img src='https://elsewhere/x.png'>")
    found = Watch(browser).violations(f"http://127.0.0.1:{desk}/breach.html")
    page.unlink()
    assert any("style-src-attr" in one for one in found)
    assert any("https://elsewhere/x.png" in one for one in found)


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
