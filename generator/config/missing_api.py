"""What a site asks of the API where the place that it is published to has none."""

from __future__ import annotations

import re

from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.core.problems import Problem


def missing_api(config: SiteConfig, text: str) -> list[Problem]:
    """Return what does not work for readers of a release that is only files: whoever serves them
    answers no `/api`. `text` is that of site.yaml."""
    publish = config.publish
    if publish.target == "s3" or publish.stack or not config.api.url.startswith("/"):
        return []
    found = []
    if config.counter.enabled and config.counter.on:
        found.append(
            _problem(
                text,
                "counter",
                f"the counter asks `{config.api.url}/count`, which nothing answers where the"
                " release goes: readers see no numbers",
                "switch it off with `counter: {enabled: false}`, or publish to AWS"
                " (docs/publishing.md)",
            )
        )
    if config.contact.enabled and not config.contact.action:
        found.append(
            _problem(
                text,
                "contact",
                f"the contact form sends to `{config.api.url}/contact`, which nothing answers where"
                " the release goes: messages are lost",
                "name a service that takes them, such as `contact: {action:"
                " https://formspree.io/f/...}` (docs/contact.md), or publish to AWS",
            )
        )
    return found


def _problem(text: str, setting: str, message: str, hint: str) -> Problem:
    place = re.search(rf"^{setting}\s*:", text, re.MULTILINE)
    return Problem(
        path=CONFIG_FILE,
        line=text.count("\n", 0, place.start()) + 1 if place else 0,
        code="api-missing",
        message=message,
        hint=hint,
        severity="warning",
    )
