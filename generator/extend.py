"""What a site's `extensions.py` imports: all that it needs, and all that stays as it is.

    from generator.extend import filter, output, shortcode

docs/extending.md says how functions of each kind are written.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from generator.render.extension_api import Output, filter, output, shortcode  # noqa: A004
from generator.render.views import AuthorView, EventView, ItemView, Link, PostSummary, SiteView

__all__ = [
    "AuthorView",
    "EventView",
    "ItemView",
    "Link",
    "Markup",
    "Output",
    "PostSummary",
    "SiteView",
    "escape",
    "filter",
    "output",
    "shortcode",
]
