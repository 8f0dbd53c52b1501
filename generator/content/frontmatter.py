"""A source file's bytes -> Document, or what is wrong with it."""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zoneinfo
from typing import Any

import msgspec

from generator.content.file_parts import FileFault, decoded, parted
from generator.content.notes import beginning_of, is_web_address
from generator.content.recordings import Audio, faults_of
from generator.content.sources import Kind
from generator.core.dates import parse_date
from generator.core.decode import convert_field, way_to_write
from generator.core.problems import Problem, did_you_mean
from generator.core.urls import path_fault, slugify
from generator.core.yaml_reader import (
    Lost,
    YamlDocument,
    YamlError,
    in_quotes,
    lost_words,
    read_mapping,
)
from generator.i18n.locales import LANGUAGE
from generator.markdown.headings import title_heading

_OTHER_DATE = re.compile(r"_?\d{1,2}[-._ ]\d{1,2}[-._ ]\d{4}|_?\d{4}[-._ ]?\d\d[-._ ]?\d\d")
_DATED_NAME = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})-(.+)")

_SCHEME = re.compile(r"^(?:\w{1,6}(?::/*|//+)|/+)")
"""What stands before a host, however it is spelled."""

_MANY_WORDS = 5
_SMALL_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and at by for from in is of on the to with am das dem den der des die ein eine im mit"
        " und von zu et la le les un une con del el en los las y da di do il por per",
    )
)
"""Words that stand in sentences, and are no tag by themselves."""

Words = str | int | list[str | int]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed source: typed front matter and the Markdown that follows it.

    `source` is the path from the site's folder; `matter` the text of the front matter, which begins
    on line 2; `title`, where the post is `untitled`, is the beginning of its text. `link` is the
    full address of the page that a post is about. `body_line` is the line of the file on which
    `body` begins, from 1. `heading` is what stands before the body where its first heading is the
    title. `markdown` is the body in UTF-8: as a text, one sign beyond ASCII would double the room
    that all of it takes, and a build holds the bodies of all documents. `slug` is one URL segment.
    Dates are in the site's zone; `timed` says whether a time of day was given. `extra` has the
    front matter's keys that Tidepost does not know; of an item, `fields` has those that its
    collection knows, None where the document says nothing. `language` is empty where it is the
    site's. Of an `event`, the date is when it takes place.
    """

    source: str
    kind: Kind
    slug: str
    title: str
    untitled: bool = False
    link: str = ""
    audio: Audio | None = None
    matter: str = ""
    heading: str = ""
    markdown: bytes
    body_line: int
    date: dt.datetime | None = None
    timed: bool = False
    updated: dt.datetime | None = None
    expires: dt.datetime | None = None
    layout: str = ""
    permalink: str = ""
    description: str = ""
    excerpt: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    series: str = ""
    aliases: tuple[str, ...] = ()
    draft: bool = False
    weight: int = 0
    image: str = ""
    image_alt: str = ""
    toc: bool | None = None
    noindex: bool = False
    counter: bool | None = None
    language: str = ""
    extra: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    event: bool = False

    @property
    def body(self) -> str:
        """The Markdown, decoded on each access."""
        return self.markdown.decode()


_COMMON: dict[str, Any] = {
    "layout": str,
    "title": str | int,
    "date": str,
    "updated": str,
    "expires": str,
    "slug": str,
    "permalink": str,
    "description": str,
    "excerpt": str,
    "categories": Words,
    "tags": Words,
    "authors": str | list[str],
    "series": str,
    "aliases": str | list[str],
    "draft": bool,
    "published": bool,
    "weight": int,
    "image": str,
    "image_alt": str,
    "toc": bool,
    "noindex": bool,
    "counter": bool,
    "language": str,
}

POST_FIELDS: dict[str, Any] = {"link": str, "audio": str | Audio}
"""What only posts have: a collection may have fields of these names."""

_FIELDS: dict[str, Any] = _COMMON | POST_FIELDS
"""What Tidepost reads, and the type each must have. `tests/content/test_frontmatter.py` holds that
docs/writing.md names every one of them."""

_DATES = ("date", "updated", "expires")
_LISTS = ("aliases", "authors", "categories", "tags")

SYNONYMS = {
    "lastmod": "updated",
    "last_modified_at": "updated",
    "expiryDate": "expires",
    "publishDate": "date",
    "url": "permalink",
    "summary": "excerpt",
    "category": "categories",
    "tag": "tags",
    "author": "authors",
    "redirect_from": "aliases",
    "lang": "language",
}
"""The same things under the names that writers bring from Jekyll and Hugo."""


def parse(
    source: str,
    raw: bytes,
    kind: Kind,
    zone: zoneinfo.ZoneInfo,
    *,
    draft: bool = False,
    language: str = "",
    untitled: bool = False,
) -> tuple[Document | None, list[Problem]]:
    """Read one source file; `draft` when its folder says that it is one, `language` when its name
    does, as `hello.de.md`. Where posts may be `untitled`, one without a title is a note.

    The document is None when there are errors among the problems.
    """
    reader = _Reader(source, kind, zone, draft=draft, language=language, untitled=untitled)
    return reader.read(raw)


class _Reader:
    """Collects the problems of one file while its parts are read."""

    def __init__(
        self,
        source: str,
        kind: Kind,
        zone: zoneinfo.ZoneInfo,
        *,
        draft: bool,
        language: str,
        untitled: bool,
    ) -> None:
        self.language = language
        self.untitled = untitled and kind == "post"
        self.known = _FIELDS if kind == "post" else _COMMON
        self.source, self.kind, self.zone, self.draft = source, kind, zone, draft
        self.problems: list[Problem] = []
        self.mistaken: set[str] = set()
        self.failed = False

    @property
    def stem(self) -> str:
        """What the file is called, without language and ending."""
        stem = posixpath.splitext(posixpath.basename(self.source))[0]
        if self.language:
            stem = stem.removesuffix(f".{self.language}")
        if stem == "index":  # a page bundle: the folder has the name
            stem = posixpath.basename(posixpath.dirname(self.source))
        return stem

    def problem(self, line: int, code: str, message: str, hint: str = "") -> None:
        """Note an error at `line` of the file."""
        self.failed = True
        self.problems.append(
            Problem(path=self.source, line=line, code=code, message=message, hint=hint)
        )

    def read(self, raw: bytes) -> tuple[Document | None, list[Problem]]:
        try:
            text = decoded(raw)
            # A dated name says that this is a post: without a title it is a note.
            note = self.untitled and bool(_DATED_NAME.fullmatch(self.stem))
            matter, body, body_line = parted(text, note=note)
            document = self.document(read_mapping(matter), matter, body, body_line)
        except FileFault as fault:
            self.problem(fault.line, fault.code, fault.message, fault.hint)
        except YamlError as mistake:
            self.problem(mistake.line + 1, "bad-yaml", mistake.message, mistake.hint)
        else:
            return (None if self.failed else document), self.problems
        return None, self.problems

    def document(
        self, yaml: YamlDocument, matter: str, body: str, body_line: int
    ) -> Document | None:
        given, extra = self.fields(yaml)
        for lost in lost_words(matter):
            self.lost(lost)

        def line(key: str) -> int:
            return yaml.line_of(given[key][0]) + 1 if key in given else 1

        def text(key: str) -> str:
            value = given[key][1] if key in given else False
            return "" if value is False else str(value).strip()

        def flag(key: str, default: Any = False) -> Any:
            return given[key][1] if key in given else default

        def date(key: str) -> tuple[dt.datetime | None, bool]:
            if key not in given:
                return None, False
            try:
                return parse_date(given[key][1], self.zone)
            except ValueError as error:
                hint = f"write year, month and day: {given[key][0]}: 2021-05-01"
                self.problem(line(key), "bad-date", f"`{given[key][0]}`: {error}", hint)
                return None, False

        draft = self.draft or flag("draft") or not flag("published", True)
        stem = self.stem
        moment, timed = date("date")
        has_date = "date" in given or "date" in self.mistaken
        dated = _DATED_NAME.fullmatch(stem) if self.kind == "post" else None
        if dated:
            stem = dated[2]
            if not has_date:
                try:
                    moment, timed = parse_date(dated[1], self.zone)
                except ValueError as error:
                    self.problem(1, "bad-date", f"the file's name: {error}")
        elif self.kind == "post" and not has_date and not draft:
            hint = "add `date: 2021-05-01`, or name the file 2021-05-01-slug.md"
            if _OTHER_DATE.match(stem):
                hint = "a date in a file's name is written so: 2021-05-01-slug.md"
            self.problem(1, "missing-date", "a post needs a date", hint)
        title, heading = text("title"), ""
        untitled = flag("title", None) is False
        if untitled and self.kind != "post":
            hint = "write a title: menus and lists name the page by it"
            self.problem(line("title"), "missing-title", "only a post can have no title", hint)
        elif untitled:
            title = self.beginning(body, moment)
        elif not title and "title" not in self.mistaken:
            if found := title_heading(body):
                title, end = found
                heading, body = body[:end], body[end:]
                body_line += heading.count("\n")
            elif self.untitled and "title" not in yaml.data:
                title, untitled = self.beginning(body, moment), True
            else:
                hint = "add `title: ...`, or begin the text with a line `# Title`"
                if self.kind == "post":
                    hint += "; a note without one says `title: false`"
                self.problem(line("title"), "missing-title", "`title` is missing", hint)
        link = text("link")
        if link and not is_web_address(link):
            better = f"https://{_SCHEME.sub('', link)}"
            better = better if is_web_address(better) else "https://example.org/page"
            hint = f"write the whole address, such as `link: {better}`"
            self.problem(line("link"), "bad-link", f"`{link}` is no address of a page", hint)
        slug = text("slug") or slugify(stem)
        if not slug:
            message = "the file's name has no letter or digit to make a URL of"
            self.problem(1, "bad-slug", message, "add `slug: a-word-or-two`")
        elif fault := _slug_fault(slug):
            what = f"`slug: {slug}`" if text("slug") else f"the file's name gives `{slug}`, which"
            better = slugify(slug)
            if not better or path_fault(f"/{better}/"):
                better = f"{better[:40]}-{self.kind}".lstrip("-")
            message = f"{what} cannot be part of a URL: {fault}"
            self.problem(line("slug"), "bad-slug", message, f"try `slug: {better}`")
        language = text("language")
        if language and not LANGUAGE.fullmatch(language):
            message = f"`{language}` is not a language such as de or pt-BR"
            self.problem(line("language"), "bad-language", message)
        elif language and self.language not in ("", language):
            message = f"`{language}`, but the file's name says `{self.language}`"
            self.problem(line("language"), "bad-language", message, "keep one of them")
        permalink = self.url_path(text("permalink"), line("permalink"), "permalink")
        aliases = tuple(
            self.url_path(alias, line("aliases"), "alias")
            for alias in dict.fromkeys(flag("aliases", ()))
        )
        return Document(
            source=self.source,
            kind=self.kind,
            slug=slug,
            title=title,
            untitled=untitled,
            link=link,
            audio=self.audio(flag("audio", None), line("audio")),
            matter=matter,
            heading=heading,
            markdown=body.encode(),
            body_line=body_line,
            date=moment,
            timed=timed,
            updated=date("updated")[0],
            expires=date("expires")[0],
            layout=text("layout"),
            permalink=permalink,
            description=text("description"),
            excerpt=text("excerpt"),
            categories=tuple(dict.fromkeys(flag("categories", ()))),
            tags=tuple(dict.fromkeys(flag("tags", ()))),
            authors=tuple(dict.fromkeys(flag("authors", ()))),
            series=text("series"),
            aliases=tuple(alias for alias in aliases if alias),
            draft=draft,
            weight=flag("weight", 0),
            image=text("image"),
            image_alt=text("image_alt"),
            toc=flag("toc", None),
            noindex=flag("noindex"),
            counter=flag("counter", None),
            language=self.language or language,
            extra=extra,
        )

    def beginning(self, body: str, moment: dt.datetime | None) -> str:
        """Return what a post without a title is called where it needs a name."""
        return beginning_of(body) or (f"{moment:%Y-%m-%d}" if moment else self.stem)

    def audio(self, given: str | Audio | None, line: int) -> Audio | None:
        """Return the recording that a post is given, complete."""
        if given is None:
            return None
        audio = Audio(file=given) if isinstance(given, str) else given
        for message, hint in faults_of(audio):
            self.problem(line, "bad-audio", f"`audio`: {message}", hint)
        return audio

    def warning(self, line: int, code: str, message: str, hint: str) -> None:
        """Note what may be meant as it is written."""
        self.problems.append(
            Problem(
                path=self.source,
                line=line,
                code=code,
                message=message,
                hint=hint,
                severity="warning",
            )
        )

    def lost(self, lost: Lost) -> None:
        """Report words that YAML leaves out of a value."""
        what = "a comment" if lost.lost.startswith("#") else "the name of a value"
        hint = f"put all of it in quotes: {lost.key}: {in_quotes(lost.meant)}"
        if SYNONYMS.get(lost.key, lost.key) in _LISTS:
            words = re.findall(r"[^\s#,]+", lost.meant)
            hint = f"write the words without #: {lost.key}: [{', '.join(words)}]"
        message = f"`{lost.key}`: `{lost.lost}` is {what} for YAML, and in no value"
        self.warning(lost.line + 1, "words-lost", message, hint)

    def split_words(self, key: str, text: str, line: int) -> None:
        """Report a text that gives tags which hardly anybody means."""
        words = text.split()
        if "," in text or len(words) < 2 or key not in ("tags", "categories"):
            return
        if words[0][:1] == "-" and words[1][:1] == "-":
            hint = "put a space behind each - sign"
        elif ";" in text:
            hint = f"separate them with commas: {key}: {text.replace(';', ',')}"
        elif len(words) > _MANY_WORDS or (
            len(words) > 2
            and (text[-1] in ".!?…" or not _SMALL_WORDS.isdisjoint(map(str.lower, words)))
        ):
            hint = f"write one as {key}: [{text}], or several with commas between"
        else:
            return
        shown = ", ".join(f"`{word}`" for word in words[:8]) + (", ..." if words[8:] else "")
        message = f"`{key}`: a text without commas gives {len(words)} of them: {shown}"
        self.warning(line, "words-split", message, hint)

    def fields(self, yaml: YamlDocument) -> tuple[dict[str, tuple[str, Any]], dict[str, Any]]:
        """Sort the keys: the known ones with a value of the right type, and all others."""
        given: dict[str, tuple[str, Any]] = {}
        extra: dict[str, Any] = {}
        for key, value in yaml.data.items():
            name = SYNONYMS.get(key, key)
            if value is None:
                continue
            if name not in self.known:
                extra[key] = value
                if self.kind != "item" and (hint := did_you_mean(key, (*self.known, *SYNONYMS))):
                    self.problems.append(
                        Problem(
                            path=self.source,
                            line=yaml.line_of(key) + 1,
                            code="unknown-key",
                            message=f"`{key}` is not a setting that Tidepost knows",
                            hint=hint + " (templates see it as page.extra)",
                            severity="warning",
                        )
                    )
                continue
            if name == "title" and value is False:
                given[name] = (key, False)
                continue
            if isinstance(value, dict):  # `length:` with nothing behind it says nothing
                value = {inner: said for inner, said in value.items() if said is not None}
            typed, wrong = convert_field(value, _FIELDS[name])
            if wrong:
                hint = way_to_write(key, wrong)
                if name in _DATES and not isinstance(value, list | dict):
                    hint = f"write it as {key}: 2021-05-01"
                self.mistaken.add(name)
                self.problem(yaml.line_of(key) + 1, "wrong-type", f"`{key}`: {wrong}", hint)
            elif name not in given:
                if isinstance(typed, str):
                    self.split_words(key, typed.strip(), yaml.line_of(key) + 1)
                given[name] = (key, list(_items(typed, key)) if name in _LISTS else typed)
            elif name in _LISTS:
                given[name] = (given[name][0], [*given[name][1], *_items(typed, key)])
            else:
                message = f"`{key}` says the same as `{given[name][0]}`"
                self.problem(yaml.line_of(key) + 1, "repeated-key", message, "keep one of them")
        return given, extra

    def url_path(self, text: str, line: int, what: str) -> str:
        if not text:
            return ""
        path = text if text.startswith("/") or "://" in text else f"/{text}"
        pattern = what == "permalink" and "{" in path  # then it is judged when it is filled in
        if not pattern and (fault := path_fault(path)):
            self.problem(line, f"bad-{what}", f"{what} `{text}` cannot be a URL here: {fault}")
        return path


def _slug_fault(slug: str) -> str:
    """Say why a slug cannot be part of a URL; a space can be, but only where a whole address is
    kept that was there before."""
    for sign in "/ ":
        if sign in slug:
            return f"it contains {sign!r}" if sign == " " else "it contains /"
    return path_fault(f"/{slug}/")


def _items(value: Any, key: str) -> tuple[str, ...]:
    """Return the list setting `key` as distinct words, in their order.

    Text is split at commas, or without them `tags: a b` and `categories: a b` at spaces, as Jekyll
    does it; `tag: a b` and `category: a b` are one.
    """
    if not isinstance(value, list):
        text = str(value)
        if key in ("aliases", "redirect_from"):
            value = [text]
        elif "," in text or key not in ("tags", "categories"):
            value = text.split(",")
        else:
            value = text.split()
    return tuple(dict.fromkeys(str(item).strip() for item in value if str(item).strip()))
