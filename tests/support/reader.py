"""A browser at a page of the site."""

from __future__ import annotations

from playwright.sync_api import Page

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


def fill(page: Page, **changes: str) -> None:
    fields = {"name": "Ada", "email": "ada@example.org", "message": "When is high water?"}
    for name, value in (fields | changes).items():
        page.fill(f"[name={name}]", value)
