"""What tests of the built site can ask for: `pages`, `paths`, `config`."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from filelock import FileLock

from generator.config.settings import SiteConfig, parse

PROJECT = Path(__file__).parents[2]
SITE = PROJECT / "_site"
MOST_PAGES = int(os.environ.get("TIDEPOST_TEST_PAGES", "200"))
"""So many pages are looked at, spread evenly over a larger site. The checks of
`python publish.py check` look at all."""


class Page:
    """One page of the built site. `path` is its place in `_site/`, `url` its whole address."""

    def __init__(self, path: str, config: SiteConfig) -> None:
        self.path = path
        self.url = f"{config.origin}{config.base}/{path.removesuffix('index.html')}"

    @cached_property
    def html(self) -> str:
        """The page as it was written."""
        return (SITE / self.path).read_text(encoding="utf-8")

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The page, parsed by beautifulsoup4."""
        return BeautifulSoup(self.html, "lxml")

    @property
    def kind(self) -> str:
        """What the page is: home, post, page, posts, term, terms, archive, year, not_found."""
        body = self.soup.body
        return str(body.get("data-kind", "")) if body else ""

    @property
    def is_redirect(self) -> bool:
        """Whether it only sends on to another page."""
        return self.soup.select_one('meta[http-equiv="refresh" i]') is not None

    def all(self, selector: str) -> list[Tag]:
        """Return the elements that a CSS selector finds."""
        return list(self.soup.select(selector))


class Addresses:
    """Says which file of the built site an address leads to."""

    def __init__(self, config: SiteConfig, paths: set[str]) -> None:
        self.config, self.paths = config, paths

    def inside(self, page: Page, address: str) -> str | None:
        """Return the path in `_site/` that `address` on `page` means; None when it is elsewhere."""
        full = urlsplit(urljoin(page.url, address))
        home = f"{self.config.base}/"
        if full.netloc != urlsplit(self.config.url).netloc or not full.path.startswith(home):
            return None
        if self.config.api.url.startswith("/") and full.path.startswith(self.config.api.url):
            return None
        path = unquote(full.path[len(home) :])
        return f"{path}index.html" if not path or path.endswith("/") else path


@pytest.fixture(scope="session")
def config() -> SiteConfig:
    """The settings in site.yaml."""
    return parse((PROJECT / "site.yaml").read_bytes())


@pytest.fixture(scope="session")
def paths(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every file of the built site, which is built if it is not there."""
    with FileLock(tmp_path_factory.getbasetemp().parent / "site.lock"):
        if not (SITE / "index.html").is_file():
            built = subprocess.run(
                [sys.executable, "publish.py", "build"],
                cwd=PROJECT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert built.returncode == 0, built.stderr
    return {file.relative_to(SITE).as_posix() for file in SITE.rglob("*") if file.is_file()}


@pytest.fixture(scope="session")
def pages(paths: set[str], config: SiteConfig) -> list[Page]:
    """The pages of the built site, without those that only send on."""
    found = sorted(path for path in paths if path.endswith(".html"))
    if len(found) > MOST_PAGES:
        found = [found[at * len(found) // MOST_PAGES] for at in range(MOST_PAGES)]
        found = sorted({*found, "index.html", "404.html"})
    return [page for page in (Page(path, config) for path in found) if not page.is_redirect]


@pytest.fixture(scope="session")
def addresses(paths: set[str], config: SiteConfig) -> Addresses:
    """Says which file an address leads to."""
    return Addresses(config, paths)
