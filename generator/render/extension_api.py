"""What generator.extend hands to a site: decorators, and the types around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

MARK = "__tidepost_kind__"
"""The attribute by which a decorated function is found."""

F = TypeVar("F", bound=Callable[..., Any])

Output = Mapping[str, bytes | str]
"""Files to be published: path from the site's root -> content; text is written as UTF-8."""


def filter(function: F) -> F:  # noqa: A001 (it is what Jinja calls it)
    """Make a function a filter of templates, under its own name: `{{ x|name(more) }}`.

    The first argument is what stands before the bar. A text that it returns is escaped where it is
    printed, unless it is Markup.
    """
    setattr(function, MARK, "filter")
    return function


def shortcode(function: F) -> F:
    """Make a function a shortcode under its own name; it returns HTML.

    Its parameters are the call's arguments. Two have a meaning of their own, where a function takes
    them: `body`, the HTML of what stands between the lines, to be put into the result once, and
    `page`, with `page.url` and `page.title` of the document that calls it. Arguments are checked by
    the types that the parameters are given.
    """
    setattr(function, MARK, "shortcode")
    return function


def output(function: F) -> F:
    """Make a function one that is asked for further files to publish: it returns an Output.

    It takes any of `site` (SiteView), `posts` (all posts, newest first), `collections` (name -> its
    documents in their order) and `data` (what data/ holds), by these names.
    """
    setattr(function, MARK, "output")
    return function
