"""What WordPress's texts hold beside HTML: shortcodes, and the comments of the block editor."""

from __future__ import annotations

import html as entities
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from generator.importers.jekyll.liquid import FILM_PAGES, parameters
from generator.importers.wordpress.paragraphs import KEPT

Notes = Callable[[str, int, str, str], None]
"""(kind, line of the content, message, hint)"""

_BLOCK_COMMENT = re.compile(
    r"<!--\s+(?P<end>/)?wp:(?P<name>[a-z][\w/-]*)\s*(?P<options>\{.*?\})?\s*(?P<alone>/)?-->",
    re.DOTALL,
)
_CODE = re.compile(
    r"\[(?P<name>code|sourcecode|source|syntax|php|python|ruby|bash|css|html|xml|java|javascript|js"
    r"|sql|cpp|csharp|perl)(?P<args>[^\]\n]*)\](?P<code>.*?)\[/(?P=name)\]",
    re.DOTALL | re.IGNORECASE,
)
_CAPTION = re.compile(
    r"\[(?:wp_)?caption(?P<args>[^\]]*)\](?P<inside>.*?)\[/(?:wp_)?caption\]", re.DOTALL
)
_IMAGE_START = re.compile(r"\s*(?:<a\b[^>]*>\s*)?<img\b[^>]*>(?:\s*</a>)?", re.DOTALL)
_GALLERY = re.compile(r"\[gallery(?P<args>[^\]]*)\]")
_EMBED = re.compile(r"\[embed[^\]]*\]\s*(?P<url>[^\[\s]+)\s*\[/embed\]")
_FILM = re.compile(r"\[(?P<name>youtube|vimeo)(?:=|\s+)\"?(?P<film>[^\]\s\"]+)\"?[^\]]*\]")
_OTHER = re.compile(
    r"\[(?P<name>[a-zA-Z][\w-]*)(?=[^\[\]]*(?:=|\]\s*(?:[^\[]*)\[/(?P=name)\]))[^\[\]]*\]"
)
_ALONE = re.compile(
    r"^[ \t]*(?:<p\b[^<>]*>\s*)?(?P<call>\[(?P<name>[a-zA-Z][\w-]*)\s*/?\])\s*(?:</p>)?[ \t\r]*$",
    re.M,
)
"""A word in brackets is text, but for one that is a whole paragraph."""


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def without_shortcodes(content: str, notes: Notes, attached: Sequence[str]) -> str:
    """Replace shortcodes by HTML, on as many lines as they had."""

    def code(found: re.Match[str]) -> str:
        given = parameters(found["args"])
        name = found["name"].lower()
        plain = ("code", "sourcecode", "source", "syntax")
        language = given.get("language", given.get("lang", "" if name in plain else name))
        if not language and (
            bare := re.fullmatch(r"=?\s*[\"']?([\w+#-]+)[\"']?", found["args"].strip())
        ):
            language = bare[1]
        text = entities.escape(entities.unescape(found["code"]), quote=False)
        return f'<pre data-language="{entities.escape(language)}">{text}</pre>'

    def caption(found: re.Match[str]) -> str:
        inside = found["inside"]
        words = parameters(found["args"]).get("caption", "")
        if image := _IMAGE_START.match(inside):
            words = inside[image.end() :].strip() or words
            return f"<figure>{image[0].strip()}<figcaption>{words}</figcaption></figure>"
        return inside

    def gallery(found: re.Match[str]) -> str:
        ids = parameters(found["args"]).get("ids", "") or ",".join(attached)
        if not ids:
            line = _line(content, content.find(found[0]))
            notes("left", line, f"`{found[0]}`: the post has no pictures", "write a gallery")
            return found[0]
        return f'<tidepost-gallery data-ids="{entities.escape(ids)}"></tidepost-gallery>'

    def film(found: re.Match[str]) -> str:
        address = found["film"]
        line = _line(content, max(0, content.find(found[0])))
        notes("changed", line, "a film from elsewhere is a link now", "")
        if "/" not in address:
            address = FILM_PAGES[found["name"].lower()][1].format(address)
        return f'<a href="{entities.escape(address)}">{entities.escape(address)}</a>'

    text = _CODE.sub(code, content)
    text = _CAPTION.sub(caption, text)
    text = _GALLERY.sub(gallery, text)
    text = _FILM.sub(film, text)
    text = _EMBED.sub(lambda found: f'<a href="{found["url"]}">{found["url"]}</a>', text)
    looked_at = KEPT.sub(lambda kept: "\n" * kept[0].count("\n"), text)
    others = [(found["name"], found[0]) for found in _OTHER.finditer(looked_at)]
    others += [(found["name"], found["call"]) for found in _ALONE.finditer(looked_at)]
    for name, call in dict.fromkeys(others):
        if name.lower() != "gallery":
            shown = " ".join(call.split())[:80]
            line = _line(text, max(0, text.find(call)))
            notes("left", line, f"the shortcode `{shown}`", "write what it shows")
    return text


def without_comments(html: str, notes: Notes) -> str:
    """Take the block editor's comments out; dynamic blocks are reported, the rest is HTML
    already."""
    html = re.sub(r"<!--\s*more\b[^>]*-->", "<tidepost-more></tidepost-more>", html)

    def comment(found: re.Match[str]) -> str:
        lines = "\n" * found[0].count("\n")
        options = _options(found["options"])
        name = found["name"]
        if name == "block" and found["alone"] and options.get("ref"):
            return f'<tidepost-pattern data-ref="{int(options["ref"])}"></tidepost-pattern>{lines}'
        if found["alone"] and name not in ("more", "footnotes"):
            what = f"{name} {options.get('ref', '')}".strip()
            line = _line(html, found.start())
            notes("left", line, f"the block `{what}`: WordPress fills it in", "write what it shows")
        if not found["end"] and (language := options.get("language")) and "code" in name:
            return f"{lines}<!--language {re.sub(r'[^a-zA-Z0-9+#-]', '', str(language))}-->"
        return lines

    html = _BLOCK_COMMENT.sub(comment, html)
    html = re.sub(r"<!--language ([^>]*?)-->(\s*<pre)\b", r'\2 data-language="\1"', html)
    if "<!--nextpage-->" in html:
        line = _line(html, html.find("<!--nextpage-->"))
        notes("changed", line, "the pages of the text became one", "")
    return html


def _options(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


_LINE_START = re.compile(
    r"^(?:(#{1,6})(?=\s|$)|([-+*])(?=\s)|(>)|(\d{1,9})([.)])(?=\s)|([=~:!]{3,}|-{3,}))", re.M
)


def as_words(text: str) -> str:
    """Return a paragraph that begins with nothing that Markdown reads as a sign."""
    return _LINE_START.sub(_escaped_start, text)


def _escaped_start(found: re.Match[str]) -> str:
    if found[4]:
        return f"{found[4]}\\{found[5]}"
    return f"\\{found[0]}"
