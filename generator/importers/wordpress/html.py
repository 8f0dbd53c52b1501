"""HTML as WordPress keeps it -> Markdown; what Markdown cannot say stays HTML."""

from __future__ import annotations

import html as entities
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bs4 import BeautifulSoup, Comment, Tag
from markdownify import ATX, MarkdownConverter

from generator.core.styles import Styled, styled
from generator.importers.jekyll.liquid import FILM_PAGES
from generator.importers.lines import SHORTCODE, argument, fence_for, figure
from generator.importers.styles import STYLE_HINT, of_wordpress
from generator.importers.wordpress.marks import (
    Notes,
    as_words,
    without_comments,
    without_shortcodes,
)
from generator.importers.wordpress.paragraphs import paragraphs

Resolve = Callable[[str, int], str]
"""(address, line of the content) -> its new address."""

Picture = Callable[[str], tuple[str, str, str] | None]
"""An attachment's number -> its new address, what it shows, and its caption."""

Pattern = Callable[[str], str | None]
"""A synced pattern's number -> its text in Markdown, or None where the export has none."""

_INLINE_HTML = (
    "sub",
    "sup",
    "kbd",
    "mark",
    "abbr",
    "ins",
    "u",
    "small",
    "cite",
    "q",
    "time",
    "var",
)
_BLOCK_HTML = (
    "dl",
    "details",
    "video",
    "audio",
    "object",
    "embed",
    "svg",
    "math",
    "form",
    "ruby",
    "map",
)


def to_markdown(
    content: str,
    *,
    notes: Notes,
    resolve: Resolve,
    picture: Picture,
    pattern: Pattern = lambda _number: None,
    attached: Sequence[str] = (),
    footnotes: Mapping[str, str] | None = None,
) -> str:
    """Return a post's content as Markdown. Lines in `notes` count from 1 inside the content.

    `attached` are the numbers of the post's own pictures, `footnotes` its notes as HTML by the ids
    that the content refers to.
    """
    blocks = "<!-- wp:" in content
    html = without_shortcodes(content, notes, attached)
    html = without_comments(html, notes)
    if not blocks:
        html = paragraphs(html)
    numbers = {name: str(place) for place, name in enumerate(footnotes or {}, 1)}
    converter = _Converter(
        notes=notes, resolve=resolve, picture=picture, pattern=pattern, footnotes=numbers
    )
    try:
        text = str(converter.convert_soup(BeautifulSoup(html, "html.parser"))).strip()
        for name, note in (footnotes or {}).items():
            said = str(converter.convert_soup(BeautifulSoup(note, "html.parser"))).strip()
            text += f"\n\n[^{numbers[name]}]: " + said.replace("\n", "\n    ")
        return text
    except RecursionError:
        notes("left", 1, "HTML nested too deeply: it stays HTML", "write it again")
        return f"<div>\n{content}\n</div>"


def page_to_markdown(html: str, *, notes: Notes, resolve: Resolve) -> str:
    """Return the HTML of a page's text, as another program built it, as Markdown."""
    converter = _Converter(
        notes=notes, resolve=resolve, picture=lambda _: None, pattern=lambda _: None, footnotes={}
    )
    return str(converter.convert_soup(BeautifulSoup(html, "html.parser"))).strip()


_Base: Any = MarkdownConverter  # whose own types tell little


class _Converter(_Base):  # type: ignore[misc]
    """markdownify, with Tidepost's shortcodes, and HTML for what Markdown has no words for."""

    def __init__(
        self,
        *,
        notes: Notes,
        resolve: Resolve,
        picture: Picture,
        pattern: Pattern,
        footnotes: Mapping[str, str],
    ) -> None:
        super().__init__(
            heading_style=ATX,
            bullets="-",
            keep_inline_images_in=["td", "th", "a", "span", "p"],
            autolinks=True,
        )
        self.notes, self.resolve, self.picture = notes, resolve, picture
        self.pattern, self.footnotes = pattern, footnotes

    # What every element goes through

    def address(self, element: Any, name: str) -> str:
        """Return an attribute's address as it is now, fit for Markdown."""
        given = str(element.get(name) or "").strip()
        if not given or given.startswith("#"):
            return given
        new = self.resolve(given, element.sourceline or 1)
        return new.replace(" ", "%20").replace("(", "%28").replace(")", "%29")

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Keep text from being read as Markdown."""
        text = re.sub(r"([\\`*])", r"\\\1", text)
        text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", text)
        text = re.sub(r"\[(?=[^\]]*\]\s*[(\[:]|\^|TOC\])", r"\\[", text)
        text = re.sub(r"&(?=#?\w+;)", "&amp;", text)
        text = re.sub(r"<(?=[a-zA-Z/!?])", "&lt;", text)
        text = re.sub(r"~(?=\S)|(?<=\S)~", r"\\~", text)
        return text.replace("|", r"\|") if {"td", "th"} & parent_tags else text

    def html(self, element: Any) -> str:
        """Return an element as HTML, with new addresses and without styles."""
        for each in [element, *element.find_all(True)]:
            for name in ("href", "src", "poster"):
                if each.get(name):
                    each[name] = self.resolve(str(each[name]), each.sourceline or 1)
            made = self.styled(each)
            for name in [one for one in each.attrs if one == "style" or one.startswith("on")]:
                del each[name]
            if made.classes:
                each["class"] = list(dict.fromkeys([*(each.get("class") or []), *made.classes]))
            if made.width and not each.get("width"):
                each["width"] = str(made.width)
            if each.name == "img" and not each.get("alt"):
                each["alt"] = ""
        return re.sub(r"\n\s*\n", "\n", str(element))

    def styled(self, element: Any) -> Styled:
        """Return what an element's style becomes, and report it; also what WordPress says by
        classes of its own."""
        made = styled(str(element.get("style") or ""), element.name)
        line = element.sourceline or 1
        for shown, found in made.became:
            self.notes("changed", line, f"the style `{shown}` became the class `{found}`", "")
        for shown in made.lost:
            self.notes("left", line, f"the style `{shown}` is left out", STYLE_HINT)
        given = of_wordpress(element.get("class") or (), element.name)
        return made._replace(classes=tuple(dict.fromkeys((*made.classes, *given))))

    def attributes(self, element: Any, *, own_id: str = "") -> str:
        """Return an element's classes and id as an attribute list; empty where it has none."""
        made = self.styled(element)
        words = [f"#{own_id}"] if own_id else []
        words += [f".{one}" for one in made.classes]
        words += [f'width="{made.width}"'] if made.width else []
        return f"{{{' '.join(words)}}}" if words else ""

    def block(self, element: Any) -> str:
        """Return an element that stays HTML."""
        return f"\n\n{self.html(element)}\n\n"

    def get_conv_fn(self, tag_name: str) -> Any:
        """Return what converts a kind of element."""
        if tag_name in _INLINE_HTML:
            return self.inline_html
        if tag_name in _BLOCK_HTML:
            return self.kept_block
        return super().get_conv_fn(tag_name)

    def inline_html(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """Keep the tag, with Markdown inside it; what refers to a footnote becomes its sign."""
        if number := self.footnotes.get(str(el.get("data-fn") or "")):
            return f"[^{number}]"
        if "_noformat" in parent_tags or not text.strip():
            return text
        title = f' title="{entities.escape(str(el["title"]))}"' if el.get("title") else ""
        return f"<{el.name}{title}>{text}</{el.name}>"

    def kept_block(self, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """Keep an element that Markdown has no words for."""
        if el.name in ("form", "object", "embed"):
            message = f"`<{el.name}>` in the text"
            self.notes("left", el.sourceline or 1, message, "Tidepost's security policy blocks it")
        if el.name in ("video", "audio"):
            el["controls"] = ""
        return self.block(el)

    # Single elements

    def convert_b(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """Return bold text."""
        made = str(super().convert_b(el, text, parent_tags))
        return made if _stands_apart(el, text) else f"<strong>{text}</strong>"

    convert_strong = convert_b

    def convert_em(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """Return text in italics."""
        made = str(super().convert_em(el, text, parent_tags))
        return made if _stands_apart(el, text) else f"<em>{text}</em>"

    convert_i = convert_em

    def convert_p(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """Return a paragraph that begins with nothing that Markdown reads as a sign."""
        if "_inline" not in parent_tags:
            text = "\n".join(
                line.strip() if not line.endswith("  ") else line.lstrip()
                for line in text.split("\n")
            )
            text = as_words(text.strip(" \t\r\n"))
            if text and (given := self.attributes(el)):
                text += f"\n{given}"
        return str(super().convert_p(el, text, parent_tags))

    def convert_hN(self, n: int, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        """Return a heading with its id."""
        made = str(super().convert_hN(n, el, text, parent_tags))
        own = re.sub(r"[^\w-]", "", str(el.get("id") or ""))
        if made.strip().startswith("#") and (given := self.attributes(el, own_id=own)):
            return f"\n\n{made.strip()} {given}\n\n"
        return made if text.strip() else ""

    def convert_a(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """Return a link; one around a picture alone says where it leads."""
        if not text.strip():
            own = el.get("id") or el.get("name")
            return f'<a id="{entities.escape(str(own))}"></a>' if own else ""
        if not el.get("href") or "_noformat" in parent_tags:
            return text
        target = self.address(el, "href")
        pictures = el.find_all("img")
        if pictures and not el.get_text(strip=True):
            if any(self.address(one, "src") == target for one in pictures):
                return text  # a picture that leads to itself
            if not any(one.get("alt") for one in pictures):
                words = re.sub(r"[\[\]]", "", target.rstrip("/").rpartition("/")[2] or target)
                text = text.replace("![](", f"![{words}](", 1)
        el["href"] = target
        return str(super().convert_a(el, text, parent_tags))

    def convert_img(self, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """Return a picture."""
        source = self.address(el, "src")
        if not source or source.startswith("data:"):
            self.notes("left", el.sourceline or 1, "a picture without an address", "")
            return ""
        alt = re.sub(r"[\[\]\\]", "", " ".join(str(el.get("alt") or "").split()))
        return f"![{alt}]({source}){self.attributes(el)}"

    def convert_span(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """Keep a span that has a colour or another class of the theme's."""
        made = self.styled(el)
        if not made.classes or "_noformat" in parent_tags or not text.strip():
            return text
        return f'<span class="{" ".join(made.classes)}">{text}</span>'

    def convert_figure(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """Return a picture with its caption, a gallery, a table, or what else is inside."""
        classes = " ".join(el.get("class") or [])
        pictures = el.find_all("img")
        if "embed" in classes or el.find("iframe"):
            return self.embedded(el, text)
        if el.find(["table", "blockquote", "pre", "video", "audio", "iframe"]):
            return f"\n\n{text.strip()}\n\n"
        if len(pictures) > 1 or "gallery" in classes:
            return self.shown_together(el)
        if not pictures:
            return f"\n\n{text.strip()}\n\n"
        caption = el.find("figcaption")
        words = caption.get_text(" ", strip=True) if isinstance(caption, Tag) else ""
        if (isinstance(caption, Tag) and caption.find(True) is not None) or {
            "li",
            "td",
            "th",
        } & parent_tags:
            return self.block(el)
        link = el.find("a")
        target = self.address(link, "href") if isinstance(link, Tag) and link.find("img") else ""
        source = self.address(pictures[0], "src")
        alt = _alt(pictures[0])
        if target == source:
            target = ""
        if target and not alt:
            alt = words or target.rstrip("/").rpartition("/")[2]
        return f"\n\n{figure(source, alt, caption=words, link=target)}\n\n" if source else ""

    def embedded(self, el: Any, text: str) -> str:
        """Return a link for what WordPress embeds."""
        frame = el.find("iframe")
        found = re.search(r"https?://[^\s\"'<>]+", el.get_text(" "))
        address = (
            str(frame.get("src") or "") if isinstance(frame, Tag) else found[0] if found else ""
        )
        caption = el.find("figcaption")
        words = caption.get_text(" ", strip=True) if isinstance(caption, Tag) else ""
        if not address:
            return f"\n\n{text.strip()}\n\n"
        return f"\n\n{self.linked(address, words, el)}\n\n"

    def linked(self, address: str, words: str, el: Any) -> str:
        film = re.search(
            r"(?:youtube(?:-nocookie)?\.com/embed/|player\.vimeo\.com/video/)([\w-]+)", address
        )
        if film:
            provider = "vimeo" if "vimeo" in address else "youtube"
            address = FILM_PAGES[provider][1].format(film[1])
        message = f"what was embedded from {address} is a link now"
        self.notes("changed", el.sourceline or 1, message, "")
        return f"[{words}]({address})" if words else f"<{address}>"

    def convert_iframe(self, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """Return a link to what a frame shows."""
        address = str(el.get("src") or "")
        address = f"https:{address}" if address.startswith("//") else address
        if not address.startswith("http"):
            self.notes("left", el.sourceline or 1, "an `<iframe>` without an address", "")
            return ""
        return f"\n\n{self.linked(address, str(el.get('title') or ''), el)}\n\n"

    def shown_together(self, el: Any) -> str:
        """Return the pictures of a gallery, each with its caption, and the caption of the whole."""
        captions = {id(image): "" for image in el.find_all("img")}
        whole = ""
        for caption in el.find_all("figcaption"):
            within = [one for one in caption.parents if one.name in ("figure", "li")]
            images = within[0].find_all("img") if within else []
            words = caption.get_text(" ", strip=True)
            if len(images) == 1:
                captions[id(images[0])] = words
            else:
                whole = words
        pictures = [
            (self.address(one, "src"), _alt(one), captions[id(one)]) for one in el.find_all("img")
        ]
        return self.gallery(pictures, el, whole)

    def gallery(self, pictures: list[tuple[str, str, str]], el: Any, caption: str = "") -> str:
        """Return the shortcode `gallery`; each picture has an address, what it shows, a caption."""
        pictures = [one for one in pictures if one[0]]
        if not pictures:
            self.notes("left", el.sourceline or 1, "a gallery without pictures", "")
            return ""
        images = ", ".join(argument(source) for source, _, _ in pictures)
        alts = ", ".join(
            argument(alt or words or f"{place} / {len(pictures)}")
            for place, (_, alt, words) in enumerate(pictures, 1)
        )
        more = ", ".join(argument(words) for _, _, words in pictures)
        given = f", captions=[{more}]" if any(words for _, _, words in pictures) else ""
        given += f", caption={argument(caption)}" if caption else ""
        return f"\n\n{SHORTCODE} gallery(images=[{images}], alts=[{alts}]{given}) }}}}\n\n"

    def convert_ul(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """Return a list; one of the older block editor's galleries is one."""
        if "blocks-gallery-grid" in (el.get("class") or []) or "wp-block-gallery" in (
            el.get("class") or []
        ):
            return self.shown_together(el)
        return self.listed(el, text, parent_tags)

    def convert_ol(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """Return a numbered list."""
        return self.listed(el, text, parent_tags)

    def listed(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """Return a list, apart from one of its kind that stands right before it."""
        before = el.find_previous_sibling()
        between = "".join(
            str(one)
            for one in itertools.takewhile(lambda one: one is not before, el.previous_siblings)
        )
        made = str(super().convert_list(el, text, parent_tags))
        apart = before is not None and before.name == el.name and not between.strip()
        return f"\n\n<!-- -->{made}" if apart else made

    def convert_pre(self, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """Return a block of code in a fence, with its language."""
        for line_break in el.find_all("br"):
            line_break.replace_with("\n")
        code = el.get_text().strip("\n").rstrip()
        inner = el.find("code")
        classes = " ".join(
            [
                *(el.get("class") or []),
                *(inner.get("class") or [] if isinstance(inner, Tag) else []),
            ]
        )
        for around in itertools.islice(el.parents, 2):  # where Rouge and Chroma say the language
            classes += " " + " ".join(around.get("class") or [])
        named = re.search(r"(?:lang(?:uage)?[-:]|brush:\s*)([\w+#-]+)", classes)
        language = str(el.get("data-language") or (named[1] if named else ""))
        fence = fence_for(code)
        return f"\n\n{fence}{language}\n{code}\n{fence}\n\n" if code else ""

    def convert_table(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """Return a table in Markdown, or in HTML where it has no head or cells span others."""
        plain = el.find("th") and not el.find(["td", "th"], rowspan=True)
        plain = plain and not el.find(["td", "th"], colspan=True)
        plain = plain and not el.find(["p", "ul", "ol", "pre", "table", "blockquote", "h2", "h3"])
        plain = plain and all(cell.find_parent("tr") is el.find("tr") for cell in el.find_all("th"))
        if not plain or "li" in parent_tags:
            return self.block(el)
        return str(super().convert_table(el, text, parent_tags))

    def convert_script(self, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """Leave a script out, and say so."""
        self.notes(
            "left", el.sourceline or 1, f"a `<{el.name}>` is left out", "put it into static/"
        )
        return ""

    convert_style = convert_script

    def convert_tidepost_more(self, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """Return the mark that ends the excerpt."""
        return "\n\n<!--more-->\n\n"

    def convert_tidepost_gallery(self, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """Return a gallery of attachments, which are named by their numbers."""
        pictures = []
        for one in re.findall(r"\d+", str(el.get("data-ids") or "")):
            if found := self.picture(one):
                pictures.append(found)
            else:
                message = f"a gallery's picture {one} is not in the export"
                self.notes("left", el.sourceline or 1, message, "")
        return self.gallery(pictures, el)

    def convert_tidepost_pattern(self, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """Return a synced pattern, which the export has as a thing of its own."""
        number = str(el.get("data-ref"))
        found = self.pattern(number)
        if found is None:
            message = f"the block `block {number}`: the export does not have it"
            self.notes("left", el.sourceline or 1, message, "write what it shows")
            return ""
        return f"\n\n{found}\n\n"

    def convert_figcaption(self, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        """Return a caption of what is no picture as a paragraph."""
        return f"\n\n{text.strip()}\n\n" if text.strip() else ""


def _stands_apart(element: Any, text: str) -> bool:
    """Return whether stars around a text mean stress: not between a sign and a letter, as in
    `**e.**f` (CommonMark 0.31, "Emphasis and strong emphasis")."""
    before = str(element.previous_sibling or "")[-1:]
    after = str(element.next_sibling or "")[:1]
    words = text.strip()
    if not words or words != text:
        return True  # markdownify moves the spaces out
    opens = not (before.isalnum() and not words[0].isalnum())
    return opens and not (after.isalnum() and not words[-1].isalnum())


def _alt(image: Any) -> str:
    return " ".join(str(image.get("alt") or "").split())


def plain_text(html: str) -> str:
    """Return HTML's words on one line."""
    if "<" not in html:
        return " ".join(entities.unescape(html).split())
    soup = BeautifulSoup(html, "html.parser")
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    return " ".join(soup.get_text(" ").split())
