"""Markdown -> RenderedBody: HTML whose references are not resolved yet.

The first of the two steps that are remembered (see core.cache): a pure function of the text, the
settings and the shortcodes' templates.
"""

from __future__ import annotations

import html as html_entities
import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import msgspec

from generator.config.content import MarkdownSettings
from generator.core.installed import installed_version
from generator.core.problems import Problem
from generator.i18n.in_texts import ENGLISH, Words
from generator.markdown.embedding import ATTRIBUTES, embed
from generator.markdown.math.equations import numbered
from generator.markdown.postprocess import finish
from generator.markdown.shortcodes import Render

STEP = "markup-17"
"""Changes whenever this step gives another result for the same input."""

LIBRARIES = ("markdown", "pymdown-extensions", "pygments", "pyromark", "math-core", "mermaidx")
"""What else shapes the result; their versions are part of the cache's key."""

_REFERENCE_TAG = re.compile(
    r"<(?=[!aeiostuv])(?:!--.*?(?:-->|\Z)"  # most tags begin with none of these
    r"|(?P<raw>script|style|textarea)\b.*?(?:</(?P=raw)|\Z)"
    r"|(?:a|area|img|source|video|audio|track|iframe|embed|object|use|image)(?=[\s/>])"
    rf"{ATTRIBUTES}(?:>|\Z))",
    re.DOTALL | re.IGNORECASE,
)
"""What is never ended goes on to the text's end, as browsers read it."""

_REFERENCE = re.compile(
    r"\sdata-size=\"(?P<mark>[^\"]*)\""
    r"|\s(?P<name>href|src|srcset|poster|data)\s*=\s*"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>][^\s>]*+))"
    r"|\s[^\s\"'>=]+\s*=\s*(?:\"[^\"]*\"|'[^']*')",
    re.IGNORECASE,
)
_PLAIN_LINK = re.compile(r'<a href="([^"]*)">')
_SIZE_MARK = ' data-size="'
_MORE = re.compile(r"<!--\s*more\s*-->")
_FOOTNOTE_MARK = re.compile(r'<sup id="fnref[^<]*<a [^<]*</a></sup>')
_ELEMENT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>[a-zA-Z][\w-]*)(?:[^>\"']|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*+(?:>|\Z)",
    re.DOTALL,
)
_VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr")
"""Elements without content (HTML Standard, section 13.1.2, "Void elements")."""

_ID = re.compile(r'(<[a-zA-Z][^<>]*?)\sid="[^"]*"')
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|bdi|cite|code|del|em|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|time|u|var)"
    r"(?:\s[^>]*)?(?:>|\Z)"
)
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1>|\Z)|<[^<>]*>", re.DOTALL | re.IGNORECASE
)
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
    # The ranges have the vowel signs of scripts from Hebrew to Khmer, which are no letters.
    r"|[^\W_]+(?:(?:['’\-.](?=[^\W_])|[\u0300-\u036f\u0591-\u065f\u0900-\u109f\u1780-\u17d3])[^\W_]*)*"
)
_SHAPE = "".join(
    "a" if chr(code).isalnum() else "." if chr(code) in "'-." else " " for code in range(128)
)
"""What each ASCII character is in a word: a part of it, perhaps a link in it, or none."""

_PLAIN_SIGNS = (("’", "'"), ("‘", " "), ("“", " "), ("”", " "), ("—", " "), ("–", " "), ("…", " "),
                ("\u00a0", " "))  # fmt: skip
"""Signs of typography, and what they are between words: most texts have no others beyond ASCII."""

WORDS_A_MINUTE = 230
"""Adult silent reading of English prose: 238 words a minute (Brysbaert, "How many words do we read
per minute?", 2019), rounded down for the code between the words."""


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """A heading of a body, with those below it. `title` is plain text, `level` from 1 to 6."""

    level: int
    id: str
    title: str
    children: tuple[Heading, ...] = ()


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """An address as written.

    `sized`: an image whose width and height are to be filled in. `marks` are the words that its
    `data-size` has (see generator.assets.images), `tag` is all of its tag, and `into` how much of
    that stands in the piece before the address.
    """

    attribute: str
    target: str
    sized: bool = False
    marks: str = ""
    tag: str = ""
    into: int = 0


class Fragment(msgspec.Struct, frozen=True, kw_only=True):
    """HTML with gaps: `pieces[i]`, then `references[i]` with its quotes, then `pieces[i + 1]`."""

    pieces: tuple[str, ...]
    references: tuple[Reference, ...] = ()


class RenderedBody(msgspec.Struct, frozen=True, kw_only=True):
    """What Markdown became. `summary` is the excerpt as plain text; problems have no path yet."""

    body: Fragment
    excerpt: Fragment
    summary: str
    headings: tuple[Heading, ...]
    words: int
    problems: tuple[Problem, ...] = ()

    @property
    def minutes(self) -> int:
        """Reading time, at least 1."""
        return max(1, round(self.words / WORDS_A_MINUTE))


Converter = Callable[[str], RenderedBody]


@cache
def library_versions() -> str:
    """Return the versions of the libraries that shape the HTML."""
    return " ".join(f"{name}={installed_version(name)}" for name in LIBRARIES)


def make_converter(
    settings: MarkdownSettings, render_shortcode: Render, words: Words = ENGLISH
) -> Converter:
    """Return a function from Markdown to RenderedBody; setting it up once saves much time.

    `words` is what the converter writes into texts by itself, in the language of their pages.
    """
    # These take long to import, and are not always needed.
    from generator.markdown import commonmark
    from generator.markdown.code.blocks import CodeBlocks
    from generator.markdown.code.highlighting import MARK, Block, put_in
    from generator.markdown.extras import Extras

    problems: list[Problem] = []
    extras = Extras(render_shortcode, math=settings.math, words=words)
    to_html = commonmark.make(extras, CodeBlocks(settings), problems, smart=settings.smart)

    def fault(message: str, hint: str, needle: str) -> None:
        problems.append(
            Problem(path="", code="bad-math", message=message, hint=hint, needle=needle)
        )

    def convert(text: str) -> RenderedBody:
        problems.clear()
        html, tokens, blocks = to_html(text)
        # Nothing of what follows changes coloured code or looks for something in it, so that the
        # blocks, most of a post's tags, are kept out until the end.
        html = finish(html)
        if settings.math:
            html = numbered(html, fault)
        html = embed(html)
        excerpt = _excerpt(html)
        body = split_references(_MORE.sub("", html, count=1) if "<!--" in html else html)
        if blocks:
            body = with_blocks(body, blocks)
            if MARK in excerpt:
                excerpt = put_in(excerpt, blocks, listed=True)
        return RenderedBody(
            body=body,
            excerpt=split_references(excerpt),
            summary=plain_text(excerpt),
            headings=_headings(tokens),
            words=sum([count_words(block.text) for block in blocks], count_words(_words(html))),
            problems=tuple(problems),
        )

    def with_blocks(fragment: Fragment, blocks: list[Block]) -> Fragment:
        pieces = []
        place = 0
        for piece in fragment.pieces:
            if count := piece.count(MARK):
                piece = put_in(piece, blocks[place : place + count])
                place += count
            pieces.append(piece)
        return Fragment(pieces=tuple(pieces), references=fragment.references)

    return convert


def split_references(html: str) -> Fragment:
    """Cut HTML at the values of its href, src and like attributes."""
    pieces: list[str] = []
    references: list[Reference] = []
    piece: list[str] = []
    place = 0
    for tag in _REFERENCE_TAG.finditer(html):
        if plain := _PLAIN_LINK.fullmatch(tag[0]):
            gap = tag.start() + 8
            pieces.append("".join([*piece, html[place:gap]]))
            piece = []
            references.append(Reference(attribute="href", target=html_entities.unescape(plain[1])))
            place = tag.end() - 1
            continue
        if tag["raw"] or tag[0][-1] != ">" or tag[0].startswith("<!--"):
            continue  # a comment, or what is never ended
        sized = _SIZE_MARK in tag[0]
        begun = tag.start()
        of_image = tag[0][:4].lower() == "<img"
        marks = tag[0].partition(_SIZE_MARK)[2].partition('"')[0] if sized else ""
        for found in _REFERENCE.finditer(tag[0]):
            start, end = tag.start() + found.start(), tag.start() + found.end()
            if found["mark"] is None and not found["name"]:
                continue  # another attribute, whose value is not to be searched
            if found["mark"] is not None:
                piece.append(html[place:start])
                place = end
                begun += end - start
                continue
            if of_image and found["name"].lower() not in ("src", "srcset"):
                continue  # no reference there
            group = next(name for name in ("double", "single", "bare") if found[name] is not None)
            quotes = 0 if group == "bare" else 1
            gap = tag.start() + found.start(group) - quotes
            piece.append(html[place:gap])
            pieces.append("".join(piece))
            piece = []
            name = found["name"].lower()
            target = html_entities.unescape(found[group])
            references.append(
                Reference(
                    attribute=name,
                    target=target,
                    sized=True,
                    marks=marks,
                    tag=tag[0],
                    into=gap - begun,
                )
                if sized and name == "src"
                else Reference(attribute=name, target=target)
            )
            place = begun = end
    pieces.append("".join([*piece, html[place:]]))
    return Fragment(pieces=tuple(pieces), references=tuple(references))


def plain_text(html: str) -> str:
    """Return the words of an HTML fragment on one line."""
    return " ".join(_words(html).split())


def _words(html: str) -> str:
    if "<" in html:
        html = _TAG.sub(" ", _INLINE_TAG.sub("", html))
    return html_entities.unescape(html) if "&" in html else html


def count_words(text: str) -> int:
    """Count words; each Chinese, Japanese or Korean character is one."""
    if not text.isascii():
        for sign, plain in _PLAIN_SIGNS:
            text = text.replace(sign, plain)
    others = 0
    if not text.isascii():
        parts = text.split()
        others = len(_WORD.findall(" ".join([part for part in parts if not part.isascii()])))
        text = " ".join([part for part in parts if part.isascii()])
    # The same count in fewer steps: where a word begins, `don't -x` being `aaa.a .a`.
    shape = f" {text}".translate(_SHAPE)
    return others + shape.count(" a") + shape.count(" .a") + shape.count("..a")


def _excerpt(html: str) -> str:
    """Return what stands before `<!--more-->`, or the first paragraph; fit to be shown in a list.

    Ids and footnote marks are left out, since a list shows many excerpts on one page.
    """
    more = _MORE.search(html) if "<!--" in html else None
    if more:
        excerpt = html[: more.start()]
        excerpt += "".join(f"</{name}>" for name in reversed(_open_elements(excerpt)))
    else:
        excerpt = ""
        place = html.find("<p>")
        while place >= 0 and (end := html.find("</p>", place)) >= 0:
            paragraph = html[place : end + 4]
            if plain_text(paragraph):
                excerpt = paragraph
                break
            excerpt = excerpt or paragraph
            place = html.find("<p>", end)
    return without_ids(_FOOTNOTE_MARK.sub("", excerpt)).strip()


def has_more(text: str) -> bool:
    """Return whether a Markdown text says where its excerpt ends."""
    return "<!--" in text and bool(_MORE.search(text))


def without_ids(html: str) -> str:
    """Return HTML as it can stand on a page beside other texts."""
    return _ID.sub(r"\1", html)


def _open_elements(html: str) -> list[str]:
    """Return the elements that HTML, cut off somewhere, leaves open, the outermost first."""
    names: list[str] = []
    counts: Counter[str] = Counter()
    for tag in _ELEMENT.finditer(html):
        name = (tag["name"] or "").lower()
        if not name:
            continue  # a comment
        if not tag["end"] and not _VOID.fullmatch(name):
            names.append(name)
            counts[name] += 1
        elif tag["end"] and counts[name]:
            ended = ""
            while ended != name:
                ended = names.pop()
                counts[ended] -= 1
    return names


def _headings(tokens: Iterable[dict[str, Any]]) -> tuple[Heading, ...]:
    return tuple(
        Heading(
            level=token["level"],
            id=token["id"],
            title=plain_text(token["name"]),
            children=_headings(token["children"]),
        )
        for token in tokens
    )
