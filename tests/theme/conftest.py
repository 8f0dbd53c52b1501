from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support import fonts
from tests.support.sample import FLAGS, built_sample, serve
from tests.support.tools import chromium


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built sample site."""
    return built_sample(tmp_path_factory)


@pytest.fixture(scope="session")
def url(built: Path) -> Iterator[str]:
    """The address at which the sample site is served."""
    with serve(built) as address:
        yield address


@pytest.fixture(scope="package")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Browser]]:
    """Begins a browser with one of the sets of fonts that tests bring along, each once.

    One Playwright for all of them: a process that runs it cannot begin it again.
    """
    folder = tmp_path_factory.mktemp("fonts")
    with sync_playwright() as playwright:
        begun: dict[str, Browser] = {}

        def launch(name: str) -> Browser:
            if name not in begun:
                begun[name] = playwright.chromium.launch(
                    executable_path=chromium(), args=FLAGS, env=fonts.environment(name, folder)
                )
            return begun[name]

        yield launch
        for browser in begun.values():
            browser.close()


@pytest.fixture(scope="package")
def browser(launch: Callable[[str], Browser]) -> Browser:
    """A browser whose fonts are the same on every machine."""
    return launch(fonts.SETS[0])
