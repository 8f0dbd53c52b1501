"""What GitHub's own converter makes of a text, and what of it readers see."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import unquote

import cmarkgfm
from cmarkgfm.cmark import Options
from lxml.etree import XPath
from lxml.html import HtmlElement, fragments_fromstring

from generator.config.content import MarkdownSettings
from generator.markdown.convert import Converter, Fragment, make_converter

EXTENSIONS = ["table", "strikethrough", "autolink", "tasklist"]
_EXTRAS = XPath(
    "//*[starts-with(@id, 'fnref')] | //figcaption | //section[@class='footnotes']"
    + "".join(
        f" | //*[contains(concat(' ', @class, ' '), ' {name} ')]"
        for name in ("footnote-backref", "footnote-ref", "footnote", "admonition-title")
    )
)
SEEN = [
    *("ul", "ol", "li", "pre", "blockquote", "table", "tr", "td", "th", "hr", "p", "br"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "a", "img", "del", "code"),
]

_LINK_IN_LINK = re.compile(
    r"(<a\b[^<>]*>(?:(?!</?a\b).)*)<a\b[^<>]*>([^<]*)</a>", re.DOTALL | re.IGNORECASE
)
_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)\n.*?\n\1\n", re.DOTALL)


def converter(**settings: bool) -> Converter:
    return make_converter(MarkdownSettings(**settings), lambda name, _, body: body or name)


def html_of(fragment: Fragment) -> str:
    """Return a fragment's HTML with its addresses as they were written."""
    values = [f'"{escape(each.target)}"' for each in fragment.references]
    return "".join(a + b for a, b in zip(fragment.pieces, [*values, ""], strict=True))


def judged(text: str) -> str:
    """Return GitHub's HTML, without its filter of some tags, and without the links that it makes
    within links written as HTML, which no HTML may have."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
    html: str = cmarkgfm.markdown_to_html_with_extensions(
        text, options=options, extensions=EXTENSIONS
    )
    return _LINK_IN_LINK.sub(r"\1\2", html)


def body_of(text: str) -> str:
    """Return a post without its front matter."""
    return _FRONT_MATTER.sub("", text.removeprefix("\ufeff"))


def seen(html: str) -> tuple[list[str], str]:
    """Return the elements that readers see, with what they lead to, and all words without spaces.

    Left out are the documented extras: captions, titles of boxes, arrows of footnotes. A picture
    alone in its paragraph is a figure here.
    """
    root = fragments_fromstring(f"<div>{html}</div>")[0]
    for extra in _EXTRAS(root):
        extra.drop_tree()
    shown = [_shown(each) for each in root.iter(*SEEN) if not _alone(each)]
    return shown, "".join("".join(root.itertext()).split())


def _shown(element: HtmlElement) -> str:
    leads_to = element.get("href") if element.tag == "a" else element.get("src")
    return f"{element.tag} {unquote(leads_to)}" if leads_to else str(element.tag)


def _alone(element: HtmlElement) -> bool:
    if element.tag == "p":
        return element.find(".//img") is not None and not element.text_content().strip()
    return element.get("class") == "linenos"
