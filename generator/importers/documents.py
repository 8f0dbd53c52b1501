"""Converted texts -> documents that Tidepost accepts, each with the URL that it had."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from generator.config.settings import SiteConfig
from generator.content import frontmatter
from generator.content.frontmatter import SYNONYMS, Document
from generator.content.sources import Kind
from generator.core.problems import Problem
from generator.core.urls import path_fault, slugify, term_slug
from generator.importers.frontmatter import front_matter
from generator.importers.lines import (
    Line,
    code_mask,
    hide_calls,
    to_text,
    without_controls,
)
from generator.importers.model import NewFile, Target, Values
from generator.importers.reporter import Reporter
from generator.markdown.extras import never_closed
from generator.site.catalogue import catalogue
from generator.site.routes import document_url, plan_routes, url_fault

PLAIN = SiteConfig(title="A site", url="https://example.org")


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is ready: `values` are its front matter, `url` its address in its language.

    `language` is the code of one that is not the site's own.
    """

    path: str
    origin: str
    values: Values
    body: str
    document: Document
    url: str
    language: str = ""

    @property
    def address(self) -> str:
        """Its address on the whole site."""
        return f"/{self.language}{self.url}" if self.language else self.url

    def file(self) -> NewFile:
        """Return the file as it is written."""
        text = front_matter(self.values) + self.body
        return NewFile(path=self.path, origin=self.origin, content=text.encode())


def clean(value: Any) -> Any:
    """Return a value without signs that no text has."""
    if isinstance(value, str):
        return without_controls(value)
    if isinstance(value, dict):
        return {clean(key): clean(one) for key, one in value.items()}
    if isinstance(value, list):
        return [clean(one) for one in value]
    return value


def config_of(target: Target) -> SiteConfig:
    """Return the settings of the site that is imported into."""
    return target.config or PLAIN


def make(
    path: str,
    origin: str,
    kind: Kind,
    values: Values,
    lines: list[Line],
    wanted: str,
    target: Target,
    tell: Reporter,
    line_of: Any = None,
    language: str = "",
) -> Made | None:
    """Return the document, or None where Tidepost cannot have it, which is reported.

    `wanted` is the URL it had, or empty; it begins with the `language` of one that is not the
    site's own. Front matter that Tidepost does not accept is left out and
    reported. `line_of(key)` finds a key in the old file.
    """
    config = config_of(target)
    folder = f"/{language}" if language else ""
    if folder and wanted and not wanted.startswith(f"{folder}/"):
        tell.move(wanted, "", f"the addresses of its language begin with {folder}/")
        wanted = ""
    wanted = wanted.removeprefix(folder)
    values = {key: clean(value) for key, value in values.items() if value not in (None, "", [], {})}
    values = {"title": str(values.pop("title", "")).strip() or "Untitled", **values}
    lines = _without_open_ends(hide_calls(lines), tell, origin)
    body = to_text(lines)
    if not values.get("description") and not values.get("excerpt") and not _has_paragraph(lines):
        values["description"] = _first_words(body) or values["title"]
    draft = path.startswith("content/drafts/")
    _keep_aliases(values, tell)

    def accepted() -> Document | None:
        return _accepted(
            path, origin, kind, values, body, config, tell, line_of, draft=draft, language=language
        )

    kept = fault = ""
    if wanted and not draft:
        if wanted.endswith("/index.html"):
            wanted = wanted.removesuffix("index.html")
        kept = wanted if wanted.endswith(("/", ".html", ".htm")) else f"{wanted}/"
        fault = url_fault(kept)
        if not fault:
            values["permalink"] = kept
    document = accepted()
    if document is None:
        return None
    if kept and not fault and _usual_url(document, config) == kept:
        values.pop("permalink", None)  # the site's pattern gives it as well
        document = accepted()
        if document is None:
            return None
    url = document_url(document, config)
    if fault:
        message = f"the old address cannot be kept: {fault}"
        tell.move(folder + wanted, folder + url, message)
    elif kept != wanted:
        message = "Tidepost's addresses end in `/`; the old one leads there"
        tell.move(folder + wanted, folder + kept, message)
    return Made(
        path=path,
        origin=origin,
        values=values,
        body=body,
        document=document,
        url=url,
        language=language,
    )


def _usual_url(document: Document, config: SiteConfig) -> str:
    """Return the URL that a document has by the site's pattern."""
    return document_url(msgspec.structs.replace(document, permalink=""), config)


_MARKDOWN = re.compile(r"\s+markdown(?:\s*=\s*(?:\"\w*\"|'\w*'|\w+))?(?=[\s>])", re.IGNORECASE)


def _without_open_ends(lines: list[Line], tell: Reporter, origin: str) -> list[Line]:
    """Take `markdown="1"` from tags whose elements have no end, and report each: no such text can
    be published."""
    text = "\n".join(line.text for line in lines)
    for place in sorted(never_closed(text), reverse=True):
        tag = text[place : text.find(">", place) + 1]
        line = lines[text.count("\n", 0, place)].source
        message = f"`{' '.join(tag.split())}` is never closed: its `markdown` is left out"
        tell.left(origin, line, message, "close it, and write `markdown` again")
        text = text[:place] + _MARKDOWN.sub("", tag, count=1) + text[place + len(tag) :]
    return [
        Line(new, line.source) for new, line in zip(text.split("\n"), lines, strict=True)
    ] if lines else lines  # fmt: skip


def _keep_aliases(values: Values, tell: Reporter) -> None:
    """Take out of `values` the aliases that cannot be URLs here, and report each of them."""
    given = values.get("aliases")
    if not isinstance(given, list):
        return
    kept = []
    for alias in given:
        if fault := path_fault(str(alias)):
            tell.move(str(alias), "", f"an alias that cannot be kept: {fault}")
        else:
            kept.append(alias)
    values["aliases"] = kept
    if not kept:
        del values["aliases"]


_NO_PARAGRAPH = re.compile(
    r"\s*(?:$|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|>|\||\{:|\[TOC\]|!\[[^\]]*\]\([^)]*\)\s*$"
    r"|<(?!p[ >]|a |em>|strong>|https?:)|[\x01\x02]|\{\{|\[\^?[^\]]*\]:|(?:[-*_]\s*){3,}$)"
)
_MARKS = re.compile(
    r"```.*?```|~~~.*?~~~|\{\{.*?\}\}|\{%.*?%\}|<[^>]*>|\{[:#][^}]*\}|\[TOC\]", re.DOTALL
)


def _has_paragraph(lines: list[Line]) -> bool:
    """Return whether a text has words that stand in a paragraph, of which Tidepost makes the
    description that each page must have."""
    return any(
        not inside
        and (
            "<p>" in line.text
            or not (line.text.startswith(("    ", "\t")) or _NO_PARAGRAPH.match(line.text))
        )
        for line, inside in zip(lines, code_mask(lines), strict=True)
    )


def _first_words(body: str) -> str:
    """Return the beginning of a text without its marks, to describe it by."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", _MARKS.sub(" ", body[:5000]))
    text = re.sub(r"^\s*(?:#{1,6}|[-*+]|\d+[.)]|>)\s", "", text, flags=re.MULTILINE)
    found = " ".join(re.findall(r"\w[^\s*_`|#]*", text))
    return found if len(found) <= 150 else found[:150].rpartition(" ")[0]


def _accepted(
    path: str,
    origin: str,
    kind: Kind,
    values: Values,
    body: str,
    config: SiteConfig,
    tell: Reporter,
    line_of: Any,
    *,
    draft: bool,
    language: str,
) -> Document | None:
    """Read the document as a build would, and take out of `values` what it stumbles over."""
    while True:
        raw = (front_matter(values) + (body or "\n")).encode()
        document, problems = frontmatter.parse(
            path, raw, kind, config.zone, draft=draft, language=language
        )
        faults = [problem for problem in problems if problem.severity == "error"]
        if document is not None:
            doubted = [one for one in problems if one.code == "unknown-key"]
            for one in doubted:  # a build would take it for a misspelt setting each time
                key = one.message.partition("`")[2].partition("`")[0]
                del values[key]
                line = line_of(key) if line_of else 0
                tell.changed(origin, line, f"`{key}` of the front matter is left out", one.hint)
            if not doubted:
                return document
            continue
        problem = faults[0]
        key = _key_at(values, raw.decode(), problem)
        if key in values and key not in ("title", "date"):
            line = line_of(key) if line_of else 0
            if problem.code == "bad-slug" and key == "slug" and slugify(str(values[key])):
                better = term_slug(str(values[key]))
                if better != values[key]:
                    values[key] = better
                    continue
            tell.left(origin, line, f"`{key}` of the front matter: {problem.message}", problem.hint)
            del values[key]
            continue
        if problem.code == "bad-slug" and "slug" not in values:
            values["slug"] = term_slug(path.rpartition("/")[2].removesuffix(".md"))[:60].rstrip(
                "-."
            )
            continue
        line = line_of(key) if line_of and key else 0
        tell.left(origin, line, f"not imported: {problem.message}", problem.hint)
        return None


def _key_at(values: Values, text: str, problem: Problem) -> str:
    """Return the key that a problem's line belongs to."""
    lines = text.split("\n")[: problem.line]
    for line in reversed(lines):
        for key in values:
            if line.startswith((f"{key}:", f"'{key}':", f'"{key}":')):
                return key
    if problem.code == "bad-slug" and "slug" in values:
        return "slug"
    return ""


def settle(made: Iterable[Made], target: Target, tell: Reporter) -> list[Made]:
    """Find addresses that two documents claim: aliases give way, others are reported."""
    documents = {each.path: each for each in made}
    for language in sorted({each.language for each in documents.values()}):
        own = {path: one for path, one in documents.items() if one.language == language}
        documents |= _settled(own, target, tell)
    return list(documents.values())


def _settled(documents: dict[str, Made], target: Target, tell: Reporter) -> dict[str, Made]:
    config = config_of(target)
    for _ in range(2):
        site, _problems = catalogue(
            [each.document for each in documents.values()],
            config,
            target.now,
            drafts=True,
            future=True,
        )
        _, problems = plan_routes(site, config)
        clashes = [problem for problem in problems if problem.code == "alias-collision"]
        moved = _parted(documents, problems, tell)
        if not clashes and not moved:
            break
        documents |= moved
        for problem in clashes:
            documents[problem.path] = _without_alias(documents[problem.path], problem, tell)
    for problem in problems:
        if problem.code in ("same-url", "bad-url") and problem.path in documents:
            tell.left(documents[problem.path].origin, 0, problem.message, problem.hint)
    return documents


def _parted(
    documents: Mapping[str, Made], problems: Iterable[Problem], tell: Reporter
) -> dict[str, Made]:
    """Return documents whose address another one has as well, with an address of their own: the
    newest keeps it, which is the one that the old program showed there."""
    claims: dict[str, set[str]] = defaultdict(set)
    for problem in problems:
        if problem.code == "same-url" and problem.path in documents:
            claims[documents[problem.path].url.casefold()].add(problem.path)
    found = {}
    for paths in claims.values():
        *others, kept = sorted(paths, key=lambda path: (str(documents[path].document.date), path))
        for number, path in enumerate(others, 2):
            one = documents[path]
            if one.url == "/":
                continue
            new = re.sub(r"(/|\.html?)$", rf"-{number}\1", one.url)
            other = documents[kept].origin
            message = f"its address `{one.url}` is also that of {other}: it is at `{new}`"
            tell.left(one.origin, 0, message, "the old site showed one of them alone; look at both")
            found[path] = msgspec.structs.replace(
                one,
                url=new,
                values={**one.values, "permalink": new},
                document=msgspec.structs.replace(one.document, permalink=new),
            )
    return found


def possible(tell: Reporter, made: Iterable[Made], target: Target) -> dict[str, str]:
    """Return those of the old addresses that are to lead on that are no page's here, in any
    language, and that can be addresses; what they lead to and is not there is reported."""
    config = config_of(target)
    redirects = {
        old: re.split(r"[?#]", new, maxsplit=1)[0] if new.startswith("/") else new
        for old, new in tell.redirects.items()
    }
    wanted = {
        old: new
        for old, new in redirects.items()
        if config.redirects.get(old, new) == new and _can_lead(old, new)
    }
    made = list(made)
    languages = sorted({*config.languages, *(each.language for each in made)} - {""})
    folder_of = {
        old: next((f"/{one}" for one in languages if old.startswith(f"/{one}/")), "")
        for old in wanted
    }
    pages = {one.address for one in made}
    clashes: set[str] = set()
    for language in ("", *languages):
        folder = f"/{language}" if language else ""
        own = {
            old.removeprefix(folder): new for old, new in wanted.items() if folder_of[old] == folder
        }
        documents = [each.document for each in made if each.language == language]
        settings = msgspec.structs.replace(config, redirects=own)
        site, _ = catalogue(documents, settings, target.now)
        routes, problems = plan_routes(site, settings)
        pages |= {folder + route.url for route in routes.all}
        clashes |= {folder + each.needle for each in problems if each.code == "alias-collision"}
    found = {}
    for old, new in wanted.items():
        there = _page_of(new) in pages or not new.startswith("/") or "." in new or new in wanted
        if there and old not in clashes:
            found[old] = _page_of(new) if _page_of(new) in pages else new
        elif not there:
            tell.moved_in_vain(old, new)
    return found


def _page_of(address: str) -> str:
    """Return the URL of the page that an address leads to."""
    path = re.split(r"[?#]", address, maxsplit=1)[0]
    return path if path.endswith("/") or "." in path.rpartition("/")[2] else f"{path}/"


def _can_lead(old: str, new: str) -> bool:
    """Return whether settings may say that an old address leads to a new one."""
    if path_fault(old) or old == new:
        return False
    return not path_fault(new) if new.startswith("/") else bool(re.match(r"https?://[^\s/]", new))


def _without_alias(made: Made, problem: Problem, tell: Reporter) -> Made:
    kept = tuple(alias for alias in made.document.aliases if alias != problem.needle)
    tell.move(problem.needle, made.address, problem.message)
    values = {
        key: value for key, value in made.values.items() if SYNONYMS.get(key, key) != "aliases"
    }
    if kept:
        values["aliases"] = list(kept)
    document = msgspec.structs.replace(made.document, aliases=kept)
    return msgspec.structs.replace(made, values=values, document=document)


def words(value: Any, *, split: bool) -> list[str]:
    """Return tags or categories, whatever they are written as; `split` cuts a text at spaces."""
    if value is None or isinstance(value, bool):
        return []
    if isinstance(value, Mapping):
        value = list(value)
    if isinstance(value, list):
        found = [str(one) for one in value if one is not None and not isinstance(one, dict | list)]
    elif "," in str(value):
        found = str(value).split(",")
    else:
        found = str(value).split() if split else [str(value)]
    return list(dict.fromkeys(word.strip() for word in found if word.strip()))


def title_of(name: str) -> str:
    """Return a title made of a file's name: `low-water` is "Low Water"."""
    return " ".join(part.capitalize() for part in re.split(r"[-_\s]+", name) if part) or "Untitled"
