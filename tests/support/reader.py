"""A browser at a page of the site."""

from __future__ import annotations

import time

from playwright.sync_api import Locator, Page

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


READER = "--disable-blink-features=AutomationControlled"  # as a browser that a person drives


def wait_for(element: Locator, condition: str) -> None:
    """Wait until a function of the element says true. Asked from outside: pages may evaluate no
    text, as `wait_for_function` would have them do."""
    end = time.monotonic() + 60
    while not element.evaluate(condition):
        assert time.monotonic() < end, condition
        time.sleep(0.05)


def fill(page: Page, **changes: str) -> None:
    fields = {"name": "Ada", "email": "ada@example.org", "message": "When is high water?"}
    for name, value in (fields | changes).items():
        page.fill(f"[name={name}]", value)
