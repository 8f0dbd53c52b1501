"""The steps that are remembered and shared out: a source's parsing, a body's Markdown, a page.

A page is examined where it is rendered, so that this too is shared out and remembered.

Each step is a factory that takes what all its jobs share and returns a function from one job to
bytes, so that it can run here or in other processes just the same.
"""

from __future__ import annotations

import re
import sys
import zoneinfo
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Protocol, TypeVar

import msgspec

from generator import extensions, frontmatter, markup, templating
from generator.artifacts import digest
from generator.checks.cards import PageCard
from generator.checks.gate import Examined, examined
from generator.config import MarkdownSettings
from generator.frontmatter import Document
from generator.markup import RenderedBody
from generator.memo import Key, Memo, key_of
from generator.problems import Problem
from generator.shortcodes import may_call, used_in
from generator.sources import Kind
from generator.templating import (
    FILTERS,
    UNCOMPILABLE,
    Compiled,
    Helpers,
    TemplateMistakeError,
    Templates,
    compile_template,
    syntax_problem,
)
from generator.views import PageView

Shared = TypeVar("Shared")
Job = TypeVar("Job")
Step = Callable[[Shared], Callable[[Job], bytes]]


class Runner(Protocol):
    """Carries out jobs, in their order; in one process or in several."""

    def __call__(
        self, step: Step[Shared, Job], shared: Shared, jobs: Sequence[Job], *, cost: float = 1
    ) -> list[bytes]:
        """Return the result of each job; one takes about `cost` milliseconds."""


class SourceJob(msgspec.Struct, frozen=True, kw_only=True):
    """One source file, read where it is parsed; `sha256` is what it held when it was found."""

    path: str
    sha256: str
    kind: Kind
    draft: bool
    language: str = ""
    read: Callable[[], bytes]


class Parsed(msgspec.Struct, frozen=True, array_like=True):
    """A document with the warnings about it, or why there is none.

    `changed`: the file was written to after it was found, so that this is not to be remembered.
    """

    document: Document | None
    problems: tuple[Problem, ...]
    changed: bool = False


class ShortcodePage(msgspec.Struct, frozen=True, kw_only=True):
    """What a shortcode's template sees as `page`."""

    url: str
    title: str
    kind: str
    known: dict[str, int] = {}


class BodyJob(msgspec.Struct, frozen=True, kw_only=True):
    """One document's Markdown, and the page it is for."""

    text: str
    page: ShortcodePage


class BodyShared(msgspec.Struct, frozen=True, kw_only=True):
    """What all bodies share. `templates` holds the texts of all templates."""

    settings: MarkdownSettings
    templates: Mapping[str, str]
    compiled: Mapping[str, Compiled]
    helpers: Helpers


class PageShared(msgspec.Struct, frozen=True, kw_only=True):
    """What all pages share. `base` is the path under which the site lives."""

    templates: Mapping[str, str]
    compiled: Mapping[str, Compiled]
    helpers: Helpers
    base: str


class PageJob(msgspec.Struct, frozen=True, kw_only=True):
    """One page: its view, and where it lies in the output folder."""

    view: PageView
    path: str


class PageRecord(msgspec.Struct, frozen=True, array_like=True):
    """All that a build needs to know of a page that it does not have to write.

    `assets` are the URLs below `/assets/` that the page mentions.
    """

    sha256: str
    assets: tuple[str, ...]
    examined: Examined


class PageState(msgspec.Struct, frozen=True, array_like=True):
    """The smaller part of a page's record, and the key under which the memo has the whole."""

    key: Key
    sha256: str
    assets: tuple[str, ...]
    card: PageCard


class PageResult(msgspec.Struct, frozen=True, array_like=True):
    """A page's record with its HTML in UTF-8, or why there is none."""

    record: PageRecord | None = None
    html: bytes = b""
    problem: Problem | None = None


def source_step(timezone: str) -> Callable[[SourceJob], bytes]:
    """Return a function from a source file to an encoded Parsed."""
    zone = zoneinfo.ZoneInfo(timezone)
    encode = msgspec.msgpack.Encoder().encode

    def work(job: SourceJob) -> bytes:
        raw = job.read()
        document, problems = frontmatter.parse(
            job.path, raw, job.kind, zone, draft=job.draft, language=job.language
        )
        return encode(Parsed(document, tuple(problems), digest(raw) != job.sha256))

    return work


def body_step(shared: BodyShared) -> Callable[[BodyJob], bytes]:
    """Return a function from a body to an encoded RenderedBody."""
    templates = Templates(shared.templates, shared.helpers, shared.compiled)
    current: list[ShortcodePage] = []

    def shortcode(name: str, arguments: dict[str, Any], body: str | None) -> str:
        return templates.render_shortcode(name, arguments, current[0], body)

    convert = markup.make_converter(shared.settings, shortcode)
    encode = msgspec.msgpack.Encoder().encode

    def work(job: BodyJob) -> bytes:
        current[:] = [job.page]
        return encode(convert(job.text))

    return work


def page_step(shared: PageShared) -> Callable[[PageJob], bytes]:
    """Return a function from a page to an encoded PageResult."""
    templates = Templates(shared.templates, shared.helpers, shared.compiled)
    encode = msgspec.msgpack.Encoder().encode
    asset_url = re.compile(re.escape(f"{shared.base}/assets/") + r"[\w./%~+-]+")

    def work(job: PageJob) -> bytes:
        try:
            text = templates.render(job.view)
        except TemplateMistakeError as mistake:
            return encode(PageResult(problem=mistake.problem))
        html = text.encode()
        assets = tuple(dict.fromkeys(asset_url.findall(text)))
        record = PageRecord(digest(html), assets, examined(job.path, html))
        return encode(PageResult(record, html))

    return work


def run_here(
    step: Step[Shared, Job],
    shared: Shared,
    jobs: Sequence[Job],
    *,
    cost: float = 1,  # noqa: ARG001
) -> list[bytes]:
    """Carry out jobs in this process."""
    if not jobs:
        return []
    work = step(shared)
    return [work(job) for job in jobs]


def body_keys(shared: BodyShared, jobs: Sequence[BodyJob]) -> list[Key]:
    """Return the memo's key for each body; shortcodes count only where a text may use them."""
    encode = msgspec.msgpack.Encoder(order="sorted").encode
    settings = key_of(markup.STEP, markup.library_versions(), encode(shared.settings))

    @cache
    def shortcodes() -> tuple[list[str], Key, Key]:
        """Return the names of the site's own, and the digests without and with these."""
        templates = Templates(shared.templates, shared.helpers, shared.compiled)
        names = sorted(name for name in shared.templates if name.startswith(templating.SHORTCODES))
        plain = key_of(settings, *(templates.digest(name) for name in names), *names)
        own = sorted(templates.extensions.shortcodes)
        known = key_of(plain, *own) if own else plain
        with_own = key_of(known, extensions.digest(shared.helpers.extensions)) if own else known
        return own, known, with_own

    def with_shortcodes(text: str) -> Key:
        own, known, with_own = shortcodes()
        return with_own if may_call(text, own) else known

    return [
        key_of(with_shortcodes(job.text), encode(job.page), job.text)
        if used_in(job.text)
        else key_of(settings, job.text)
        for job in jobs
    ]


def page_keys(shared: PageShared, jobs: Sequence[PageJob]) -> list[Key]:
    """Return the memo's key for each page."""
    templates = Templates(shared.templates, shared.helpers, shared.compiled)
    encode = msgspec.msgpack.Encoder(order="sorted").encode
    return [
        key_of("page", shared.base, templates.digest(job.view.template), job.path, encode(job.view))
        for job in jobs
    ]


def remembered_templates(
    texts: Mapping[str, str], memo: Memo, filters: Iterable[str] = ()
) -> tuple[dict[str, Compiled], list[Problem]]:
    """Return every template compiled, from the memo where it is known, and what is wrong with
    those that cannot be. `filters` are those that the site adds."""
    there = sorted((*FILTERS, *filters))
    keys = {
        name: key_of(templating.STEP, sys.implementation.cache_tag or "", *there, name, text)
        for name, text in sorted(texts.items())
    }
    known = memo.get_many(keys.values())
    decode = msgspec.msgpack.Decoder(Compiled).decode
    compiled: dict[str, Compiled] = {}
    fresh: dict[Key, bytes] = {}
    problems: list[Problem] = []
    for name, key in keys.items():
        if key in known:
            compiled[name] = decode(known[key])
            continue
        try:
            compiled[name] = compile_template(name, texts[name], filters)
        except UNCOMPILABLE as error:
            problems.append(syntax_problem(name, error))
        else:
            fresh[key] = msgspec.msgpack.encode(compiled[name])
    memo.put_many(fresh)
    return compiled, problems


def remembered_documents(
    timezone: str, jobs: Sequence[SourceJob], memo: Memo, run: Runner
) -> list[Parsed]:
    """Return each source parsed, from the memo where it is known."""
    keys = [
        key_of(
            "source", timezone, job.kind, f"draft={job.draft} {job.language}", job.path, job.sha256
        )
        for job in jobs
    ]
    decode = msgspec.msgpack.Decoder(Parsed).decode
    encoded = _remembered(
        source_step, timezone, jobs, keys, memo, run, lambda each: not decode(each).changed
    )
    # Dates are decoded with a fixed offset; they are wanted in the site's zone again.
    zone = zoneinfo.ZoneInfo(timezone)
    return [_in_zone(decode(each), zone) for each in encoded]


def remembered_bodies(
    shared: BodyShared, jobs: Sequence[BodyJob], memo: Memo, run: Runner
) -> list[RenderedBody]:
    """Return each body, from the memo where it is known."""
    decode = msgspec.msgpack.Decoder(RenderedBody).decode
    encoded = _remembered(body_step, shared, jobs, body_keys(shared, jobs), memo, run)
    return [decode(each) for each in encoded]


def _remembered(
    step: Step[Shared, Job],
    shared: Shared,
    jobs: Sequence[Job],
    keys: Sequence[Key],
    memo: Memo,
    run: Runner,
    lasting: Callable[[bytes], bool] = lambda _: True,
) -> list[bytes]:
    """Return each job's encoded result, from the memo where it is known; what is not `lasting` is
    not remembered."""
    known = dict(memo.get_many(keys))
    missing = {key: job for key, job in zip(keys, jobs, strict=True) if key not in known}
    fresh = dict(zip(missing, run(step, shared, list(missing.values())), strict=True))
    memo.put_many({key: result for key, result in fresh.items() if lasting(result)})
    known |= fresh
    return [known[key] for key in keys]


def _in_zone(parsed: Parsed, zone: zoneinfo.ZoneInfo) -> Parsed:
    document = parsed.document
    if document is None:
        return parsed
    moments = {
        name: moment.astimezone(zone)
        for name in ("date", "updated", "expires")
        if (moment := getattr(document, name)) is not None
    }
    document = msgspec.structs.replace(document, **moments)
    return Parsed(document, parsed.problems, parsed.changed)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page that was rendered now or before; `load` gives its HTML. Or the `problem` with it."""

    key: Key
    record: PageRecord | None
    load: Callable[[], bytes]
    problem: Problem | None = None


def remembered_pages(
    shared: PageShared, jobs: Sequence[PageJob], memo: Memo, run: Runner
) -> list[Page]:
    """Return each page, its record from the memo where it is known.

    HTML is not remembered, since it lies in the output folder: where it does not, a page whose
    record is known is rendered once more when it is asked for.
    """
    keys = page_keys(shared, jobs)
    decode_record = msgspec.msgpack.Decoder(PageRecord).decode
    records = {key: decode_record(value) for key, value in memo.get_many(keys).items()}
    missing = {key: job for key, job in zip(keys, jobs, strict=True) if key not in records}
    made = run(page_step, shared, list(missing.values()))
    decode_result = msgspec.msgpack.Decoder(PageResult).decode
    fresh = dict(zip(missing, map(decode_result, made), strict=True))
    del made
    encode = msgspec.msgpack.Encoder().encode
    memo.put_many({key: encode(page.record) for key, page in fresh.items() if page.record})
    step = cache(lambda: page_step(shared))

    def load(job: PageJob) -> bytes:
        return decode_result(step()(job)).html

    pages = []
    for key, job in zip(keys, jobs, strict=True):
        if key in records:
            pages.append(Page(key=key, record=records[key], load=partial(load, job)))
        else:
            page = fresh[key]
            load_given = partial(_given, page.html)
            pages.append(Page(key=key, record=page.record, load=load_given, problem=page.problem))
    return pages


def _given(html: bytes) -> bytes:
    return html
