"""The steps that are remembered and shared out: a source's parsing, a body's Markdown, a page.

A page is examined where it is rendered, so that this too is shared out and remembered.

Each step is a factory that takes what all its jobs share and returns a function from one job to
bytes, so that it can run here or in other processes just the same.
"""

from __future__ import annotations

import functools
import re
import sys
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, count, islice
from typing import Any, NoReturn, Protocol, TypeVar

import msgspec

from generator.checks.page_facts import PageCard
from generator.checks.run import Examined, examined
from generator.config.content import MarkdownSettings
from generator.content import frontmatter
from generator.content.frontmatter import Document
from generator.content.sources import Kind
from generator.core.artifacts import digest
from generator.core.cache import Cache, Key, key_of
from generator.core.jobs import Job, Runner, Shared, Step
from generator.core.problems import Problem
from generator.markdown import convert as markup
from generator.markdown.convert import RenderedBody
from generator.markdown.shortcodes import may_call, used_in
from generator.render import extensions
from generator.render import templates as templating
from generator.render.templates import (
    FILTERS,
    UNCOMPILABLE,
    Compiled,
    Helpers,
    TemplateError,
    Templates,
    compile_template,
    syntax_problem,
)
from generator.render.views import PageView

Item = TypeVar("Item")


_BATCH = 400
"""So many results are taken in at once, while the next are worked on."""


_TOGETHER = 25
"""So many pages are one job."""


class PageSpool(Protocol):
    """Where pages lie between their rendering and their writing."""

    def put(self, content: bytes, path: str) -> str:
        """Put aside the HTML of the page with an output path; return under which name, which is
        never empty."""

    def get(self, name: str) -> bytes | None:
        """Return a page's HTML, or None where it is not kept, or no more."""


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


class _Lasting(msgspec.Struct, frozen=True, array_like=True):
    """The same, of which only that last part is decoded."""

    document: msgspec.Raw
    problems: msgspec.Raw
    changed: bool


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
    """What all bodies share. `templates` holds the texts of all templates, and `timezone` is as in
    PageShared: shortcodes may show dates too."""

    settings: MarkdownSettings
    templates: Mapping[str, str]
    compiled: Mapping[str, Compiled]
    helpers: Helpers
    timezone: str


class PageShared(msgspec.Struct, frozen=True, kw_only=True):
    """What all pages share. `base` is the path under which the site lives, and `timezone` the name
    of the zone that its dates are in, of which an encoded date has only the hours.

    With `aside`, the HTML is put there and is not part of the results.
    """

    templates: Mapping[str, str]
    compiled: Mapping[str, Compiled]
    helpers: Helpers
    base: str
    timezone: str
    aside: PageSpool | None = None


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
    """The smaller part of a page's record, and the key under which the cache has the whole."""

    key: Key
    sha256: str
    assets: tuple[str, ...]
    card: PageCard


class PageResult(msgspec.Struct, frozen=True, array_like=True):
    """A page's record with its HTML in UTF-8 or where that lies aside, or why there is none."""

    record: PageRecord | None = None
    html: bytes = b""
    aside: str = ""
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


def text_step(settings: MarkdownSettings) -> Callable[[str], bytes]:
    """Return a function from a body that calls no shortcode to an encoded RenderedBody."""
    convert = markup.make_converter(settings, _no_shortcode)
    encode = msgspec.msgpack.Encoder().encode
    return lambda text: encode(convert(text))


def _no_shortcode(name: str, _arguments: dict[str, Any], _body: str | None) -> NoReturn:
    raise AssertionError(f"nobody looked for the shortcode {name}")


def page_step(shared: PageShared) -> Callable[[PageJob], bytes]:
    """Return a function from a page to an encoded PageResult."""
    make = _page_maker(shared)
    encode = msgspec.msgpack.Encoder().encode
    return lambda job: encode(make([job])[0])


def pages_step(shared: PageShared) -> Callable[[Sequence[PageJob]], bytes]:
    """Return a function from some pages to an encoded list of their PageResults."""
    make = _page_maker(shared)
    encode = msgspec.msgpack.Encoder().encode
    return lambda jobs: encode(make(jobs))


def _page_maker(shared: PageShared) -> Callable[[Sequence[PageJob]], list[PageResult]]:
    """Return a function that renders pages, and then examines them: one kind of work after the
    other takes a tenth less time than both in turn, since each has code enough to fill a
    processor's caches."""
    templates = Templates(shared.templates, shared.helpers, shared.compiled)
    asset_url = re.compile(re.escape(f"{shared.base}/assets/") + r"[\w./%~+-]+")

    def rendered(job: PageJob) -> str | Problem:
        try:
            return templates.render(job.view)
        except TemplateError as mistake:
            return mistake.problem

    def result(job: PageJob, text: str | Problem) -> PageResult:
        if isinstance(text, Problem):
            return PageResult(problem=text)
        try:
            html = text.encode()
        except UnicodeEncodeError:
            return PageResult(problem=templating.half_a_character(job.view))
        assets = tuple(dict.fromkeys(asset_url.findall(text)))
        record = PageRecord(digest(html), assets, examined(job.path, html))
        if shared.aside:
            return PageResult(record, aside=shared.aside.put(html, job.path))
        return PageResult(record, html)

    def make(jobs: Sequence[PageJob]) -> list[PageResult]:
        texts = [rendered(job) for job in jobs]
        return [result(job, text) for job, text in zip(jobs, texts, strict=True)]

    return make


def body_keys(shared: BodyShared) -> Callable[[BodyJob], Key]:
    """Return a function from a body to the cache's key for it; shortcodes count only where a text
    may use them."""
    encode = msgspec.msgpack.Encoder().encode
    settings = _markdown_key(shared.settings)

    @functools.cache
    def shortcodes() -> tuple[list[str], Key, Key]:
        """Return the names of the site's own, and the digests without and with these."""
        templates = Templates(shared.templates, shared.helpers, shared.compiled)
        names = sorted(name for name in shared.templates if name.startswith(templating.SHORTCODES))
        digests = (templates.digest(name) for name in names)
        plain = key_of(settings, shared.timezone, *digests, *names)
        own = sorted(templates.extensions.shortcodes)
        known = key_of(plain, *own) if own else plain
        with_own = key_of(known, extensions.digest(shared.helpers.extensions)) if own else known
        return own, known, with_own

    def with_shortcodes(text: str) -> Key:
        own, known, with_own = shortcodes()
        return with_own if may_call(text, own) else known

    def key(job: BodyJob) -> Key:
        if used_in(job.text):
            return key_of(with_shortcodes(job.text), encode(job.page), job.text)
        return key_of(settings, job.text)

    return key


def _markdown_key(settings: MarkdownSettings) -> Key:
    encode = msgspec.msgpack.Encoder().encode
    return key_of(markup.STEP, markup.library_versions(), encode(settings))


def page_keys(shared: PageShared) -> Callable[[PageJob], Key]:
    """Return a function from a page to the cache's key for it."""
    templates = Templates(shared.templates, shared.helpers, shared.compiled)
    encode = msgspec.msgpack.Encoder().encode

    def key(job: PageJob) -> Key:
        digest = templates.digest(job.view.template)
        how = (shared.base, shared.timezone, digest, job.path)
        return key_of("page", *how, encode(job.view))

    return key


def remembered_templates(
    texts: Mapping[str, str], cache: Cache, filters: Iterable[str] = ()
) -> tuple[dict[str, Compiled], list[Problem]]:
    """Return every template compiled, from the cache where it is known, and what is wrong with
    those that cannot be. `filters` are those that the site adds."""
    there = sorted((*FILTERS, *filters))
    keys = {
        name: key_of(templating.STEP, sys.implementation.cache_tag or "", *there, name, text)
        for name, text in sorted(texts.items())
    }
    known = cache.get_many(keys.values())
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
    cache.put_many(fresh)
    return compiled, problems


def remembered_documents(
    timezone: str, jobs: Sequence[SourceJob], cache: Cache, run: Runner
) -> list[Parsed]:
    """Return each source parsed, from the cache where it is known."""

    def key(job: SourceJob) -> Key:
        how = f"draft={job.draft} {job.language}"
        return key_of("source-3", timezone, job.kind, how, job.path, job.sha256)

    decode = msgspec.msgpack.Decoder(Parsed).decode
    look = msgspec.msgpack.Decoder(_Lasting).decode
    encoded = _remembered(
        source_step, timezone, jobs, key, cache, run, lambda each: not look(each).changed, 0.15
    )
    # Dates are decoded with a fixed offset; they are wanted in the site's zone again.
    zone = zoneinfo.ZoneInfo(timezone)
    return [_in_zone(decode(each), zone) for each in encoded]


def remembered_texts(
    settings: MarkdownSettings, texts: Iterable[str], cache: Cache, run: Runner
) -> Iterator[RenderedBody]:
    """Begin with bodies that call no shortcode; yield each, from the cache where it is known."""
    known = _markdown_key(settings)
    encoded = _remembered(text_step, settings, texts, partial(key_of, known), cache, run)
    return map(msgspec.msgpack.Decoder(RenderedBody).decode, encoded)


def remembered_bodies(
    shared: BodyShared, jobs: Sequence[BodyJob], cache: Cache, run: Runner
) -> Iterator[RenderedBody]:
    """Begin with bodies, and yield each, from the cache where it is known."""
    encoded = _remembered(body_step, shared, jobs, body_keys(shared), cache, run)
    return map(msgspec.msgpack.Decoder(RenderedBody).decode, encoded)


def _remembered(
    step: Step[Shared, Job],
    shared: Shared,
    jobs: Iterable[Job],
    key_for: Callable[[Job], Key],
    cache: Cache,
    run: Runner,
    lasting: Callable[[bytes], bool] = lambda _: True,
    cost: float = 0.6,
) -> Iterator[bytes]:
    """Begin with jobs, and yield each one's encoded result, from the cache where it is known; what
    is not `lasting` is not remembered. A job takes about `cost` milliseconds."""
    keys: list[Key] = []
    missing: list[Key] = []
    known: dict[Key, bytes] = {}
    begun: set[Key] = set()
    wanted: Counter[Key] = Counter()

    def to_do() -> Iterator[Job]:
        """Yield what is not known while the first of it is worked on already."""
        for some in batches(jobs):
            found = [key_for(job) for job in some]
            known.update(cache.get_many(found))
            keys.extend(found)
            wanted.update(found)
            for key, job in zip(found, some, strict=True):
                if key not in known and key not in begun:
                    begun.add(key)
                    missing.append(key)
                    yield job

    made = batches(run(step, shared, to_do(), cost=cost))

    def results() -> Iterator[bytes]:
        taken = 0
        for place in count():
            while place >= len(keys) or keys[place] not in known:
                # They come in the order in which they are missing, so that it is in the next ones;
                # where none is missing, all are known once they have been looked for.
                some = next(made, [])
                fresh = dict(zip(missing[taken : taken + len(some)], some, strict=True))
                taken += len(some)
                cache.put_many({key: each for key, each in fresh.items() if lasting(each)})
                known.update(fresh)
                if not some and place >= len(keys):
                    return
                if not some and keys[place] not in known:
                    raise RuntimeError("a job has no result")
            key = keys[place]
            wanted[key] -= 1
            if wanted[key]:
                yield known[key]
            else:  # all results together are as large as the site
                begun.discard(key)
                yield known.pop(key)

    return results()


def batches(items: Iterable[Item], size: int = 0) -> Iterator[list[Item]]:
    """Yield items in lists of up to `size`; without one, in lists that begin small, so that others
    can begin with the first soon."""
    iterator = iter(items)
    count = size or _BATCH // 8
    while batch := list(islice(iterator, count)):
        yield batch
        count = size or min(2 * count, _BATCH)


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
    """A page that was rendered now or before, for an output path. Or the `problem` with it.

    `load` gives its HTML; where it was put `aside`, this says under which name.
    """

    path: str
    key: Key
    record: PageRecord | None
    load: Callable[[], bytes]
    aside: str = ""
    problem: Problem | None = None


def remembered_pages(
    shared: PageShared, jobs: Iterable[PageJob], cache: Cache, run: Runner
) -> Iterator[Page]:
    """Yield each page, its record from the cache where it is known.

    `jobs` may be worked out while pages are rendered already. HTML is not remembered, since it lies
    in the output folder: where it does not, a page whose record is known is rendered once more when
    it is asked for.
    """
    wanted: list[tuple[Key, PageJob]] = []
    missing: list[Key] = []
    records: dict[Key, PageRecord] = {}
    key_for = page_keys(shared)
    decode_record = msgspec.msgpack.Decoder(PageRecord).decode
    decode_result = msgspec.msgpack.Decoder(PageResult).decode
    encode = msgspec.msgpack.Encoder().encode

    def to_render() -> Iterator[PageJob]:
        for some in batches(jobs):
            keys = [key_for(job) for job in some]
            known = cache.get_many(keys)
            wanted.extend(zip(keys, some, strict=True))
            for key, job in zip(keys, some, strict=True):
                if key in known:
                    records[key] = decode_record(known[key])
                else:
                    missing.append(key)
                    yield job

    made_pages = run(pages_step, shared, batches(to_render(), _TOGETHER), cost=0.7 * _TOGETHER)
    render = functools.cache(lambda: page_step(msgspec.structs.replace(shared, aside=None)))

    def load(job: PageJob) -> bytes:
        return decode_result(render()(job)).html

    def known_page(key: Key, job: PageJob) -> Page:
        return Page(path=job.path, key=key, record=records.pop(key), load=partial(load, job))

    def made_page(key: Key, job: PageJob, made: PageResult) -> Page:
        load_it = partial(_given, made.html)
        if shared.aside:
            load_it = partial(_fetched, shared.aside, made.aside, partial(load, job))
        return Page(
            path=job.path,
            key=key,
            record=made.record,
            load=load_it,
            aside=made.aside,
            problem=made.problem,
        )

    decode_results = msgspec.msgpack.Decoder(list[PageResult]).decode
    place = taken = 0
    for results in batches(chain.from_iterable(map(decode_results, made_pages))):
        made = dict(zip(missing[taken : taken + len(results)], results, strict=True))
        taken += len(results)
        cache.put_many({key: encode(page.record) for key, page in made.items() if page.record})
        # While others render the next ones, these are taken up by who asked for them.
        while place < len(wanted) and ((key := wanted[place][0]) in records or key in made):
            job = wanted[place][1]
            yield known_page(key, job) if key in records else made_page(key, job, made.pop(key))
            place += 1
        if made:
            raise RuntimeError("a page came out of its turn")
    for key, job in wanted[place:]:
        yield known_page(key, job)


def _given(html: bytes) -> bytes:
    return html


def _fetched(aside: PageSpool, name: str, load: Callable[[], bytes]) -> bytes:
    html = aside.get(name)
    return load() if html is None else html
