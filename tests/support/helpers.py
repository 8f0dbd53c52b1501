"""What templates are given."""

from __future__ import annotations

from typing import Any

from generator.i18n.strings import read_strings
from generator.render.site_view import view_site
from generator.render.templates import AssetLink, Helpers
from generator.render.views import Link
from tests.support.documents import sorted_out
from tests.support.sites import config

ASSET = AssetLink(url="/assets/css/site.1.css", integrity="sha384-x", width=3, height=4)


def helpers(**changes: Any) -> Helpers:
    settings = config("date_format: '%-d.%-m.%Y'")
    words, _ = read_strings("en", {})
    values: dict[str, Any] = {
        "site": view_site(settings, sorted_out().order, words, preview="", version="1"),
        "strings": words,
        "origin": "https://example.org",
        "assets": {"css/site.css": ASSET},
        "documents": {"posts/2024-01-01-a.md": Link(title="A & B", url="/a/")},
        "posts": (),
    }
    return Helpers(**{**values, **changes})
