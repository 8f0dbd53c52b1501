"""The jobs that render pages, shared out and cached.

A page is examined where it is rendered, so that this too is shared out and cached. Each step is a
factory that takes what all its jobs share and returns a function from one job to bytes, so that it
can run here or in other processes just the same.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Protocol

import msgspec

from generator.checks.page.facts import PageCard
from generator.checks.run import Examined, examined, examined_again
from generator.core.artifacts import digest
from generator.core.cache import Cache, Key, key_of
from generator.core.jobs import Runner, batches
from generator.core.problems import Problem
from generator.render.compiled import Compiled
from generator.render.templates import Helpers, TemplateError, Templates, half_a_character
from generator.render.views import Body, PageView

_TOGETHER = 25
"""So many pages are one job, unless said otherwise."""


class PageSpool(Protocol):
    """Where pages lie between their rendering and their writing."""

    def put(self, content: bytes, path: str) -> str:
        """Put aside the HTML of the page with an output path; return under which name, which is
        never empty."""

    def get(self, name: str) -> bytes | None:
        """Return a page's HTML, or None where it is not kept, or no more."""

    def before(self, path: str) -> bytes | None:
        """Return the HTML that the last build has left at an output path, or None."""


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


_AS_SHOWN = (b"<pre>", b'<pre tabindex="0">')
"""What the macro of parts/text.html replaces in the HTML of a text, and by what."""


class PageRecord(msgspec.Struct, frozen=True, array_like=True):
    """All that a build needs to know of a page that it does not have to write.

    `assets` are the URLs below `/assets/` that the page mentions. The HTML of its text stands at
    `body`, and is so long.
    """

    sha256: str
    assets: tuple[str, ...]
    examined: Examined
    body: tuple[int, int] = (0, 0)


class PageBefore(msgspec.Struct, frozen=True):
    """The HTML of a page as the last build has left it, and what was known of that."""

    html: bytes
    record: PageRecord

    @property
    def body(self) -> bytes:
        """The HTML of its text, if that stands in it as it is, or as the theme shows it."""
        start, length = self.record.body
        before, shown = _AS_SHOWN
        return self.html[start : start + length].replace(shown, before)


class PageJob(msgspec.Struct, frozen=True, kw_only=True):
    """One page: its view, and where it lies in the output folder.

    `body` is the digest of the body, where that is known already or the view is without it. Where
    it is, and the body is the one of `before`, it stands there.
    """

    view: PageView
    path: str
    body: str = ""
    before: PageBefore | None = None


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
    assets_base = f"{shared.base}/assets/"
    asset_url = re.compile(re.escape(assets_base) + r"[\w./%~+-]+")

    def rendered(view: PageView) -> str | Problem:
        try:
            return templates.render(view)
        except TemplateError as mistake:
            return mistake.problem

    def record_of(job: PageJob, view: PageView, text: str, html: bytes) -> PageRecord:
        found: Examined | None = None
        assets: tuple[str, ...] | None = None
        if job.before:
            known = job.before.record
            if job.before.html == html:
                return known
            again = examined_again(job.path, html, job.before.html, known.examined)
            if again:
                found, replaced = again
                assets = None if any(assets_base in each for each in replaced) else known.assets
        if assets is None:
            assets = tuple(dict.fromkeys(asset_url.findall(text)))
        found = found or examined(job.path, html)
        return PageRecord(digest(html), assets, found, _place_of(view.body.utf8, html))

    def result(job: PageJob, view: PageView, text: str | Problem) -> PageResult:
        if isinstance(text, Problem):
            return PageResult(problem=text)
        try:
            html = text.encode()
        except UnicodeEncodeError:
            return PageResult(problem=half_a_character(job.view))
        record = record_of(job, view, text, html)
        if job.before and job.before.record is record:
            return PageResult(record)  # which lies where it belongs
        if shared.aside:
            return PageResult(record, aside=shared.aside.put(html, job.path))
        return PageResult(record, html)

    def make(jobs: Sequence[PageJob]) -> list[PageResult]:
        views = list(map(_with_body, jobs))
        texts = list(map(rendered, views))
        return list(map(result, jobs, views, texts))

    return make


def _place_of(body: bytes, html: bytes) -> tuple[int, int]:
    """Return where a text stands in its page, and how long it is there; 0 and 0 where it does not
    stand there in one piece."""
    for shown in (body.replace(*_AS_SHOWN), body):
        place = html.find(shown)
        if place >= 0 and shown:
            return place, len(shown)
    return 0, 0


def _with_body(job: PageJob) -> PageView:
    """Return the view of a page with its text, where that is known."""
    if job.view.body or not job.before or not job.view.source:
        return job.view
    return msgspec.structs.replace(job.view, body=Body(utf8=job.before.body))


def without_body(view: PageView) -> PageView:
    """Return a view that says all about its page but the text."""
    return msgspec.structs.replace(view, body=_NO_BODY) if view.body else view


_NO_BODY = Body()


def page_keys(shared: PageShared) -> Callable[[PageJob], Key]:
    """Return a function from a page to the cache's key for it."""
    templates = Templates(shared.templates, shared.helpers, shared.compiled)
    encode = msgspec.msgpack.Encoder().encode

    def key(job: PageJob) -> Key:
        template = templates.digest(job.view.template)
        how = (shared.base, shared.timezone, template, job.path)
        body = job.body or digest(job.view.body.utf8)
        return key_of("page-3", *how, encode(without_body(job.view)), body)

    return key


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


def cached_pages(
    shared: PageShared,
    jobs: Iterable[PageJob],
    cache: Cache,
    run: Runner,
    *,
    together: int = _TOGETHER,
    cost: float = 0.7,
) -> Iterator[Page]:
    """Begin with pages, and yield each, its record from the cache where that has it.

    `jobs` may be worked out while pages are rendered already. HTML is not cached, since it lies in
    the output folder: where it does not, a page whose record is known is rendered once more when it
    is asked for.
    """
    wanted: list[tuple[Key, PageJob]] = []
    missing: list[Key] = []
    records: dict[Key, PageRecord] = {}
    key_for = page_keys(shared)
    decode_record = msgspec.msgpack.Decoder(PageRecord).decode
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

    made_pages = run(pages_step, shared, batches(to_render(), together), cost=cost * together)
    templates = functools.cache(
        lambda: Templates(shared.templates, shared.helpers, shared.compiled)
    )

    def load(job: PageJob) -> bytes:
        return templates().render(_with_body(job)).encode()  # what it holds is known

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

    def pages() -> Iterator[Page]:
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

    return pages()


def _given(html: bytes) -> bytes:
    return html


def _fetched(aside: PageSpool, name: str, load: Callable[[], bytes]) -> bytes:
    html = aside.get(name)
    return load() if html is None else html
