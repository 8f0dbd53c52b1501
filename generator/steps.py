"""The two steps that are remembered and shared out: a body's Markdown, and a page's template.

Each step is a factory that takes what all its jobs share and returns a function from one job to
bytes, so that it can run here or in other processes just the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from generator import markup, templating
from generator.config import MarkdownSettings
from generator.memo import Key, Memo, key_of
from generator.problems import Problem
from generator.shortcodes import used_in
from generator.templating import Helpers, TemplateMistakeError, Templates
from generator.views import PageView

Shared = TypeVar("Shared")
Job = TypeVar("Job")
Step = Callable[[Shared], Callable[[Job], bytes]]


class Runner(Protocol):
    """Carries out jobs, in their order; in one process or in several."""

    def __call__(self, step: Step[Shared, Job], shared: Shared, jobs: Sequence[Job]) -> list[bytes]:
        """Return the result of each job."""


class ShortcodePage(msgspec.Struct, frozen=True, kw_only=True):
    """What a shortcode's template sees as `page`."""

    url: str
    title: str
    kind: str
    views: int | None = None


class BodyJob(msgspec.Struct, frozen=True, kw_only=True):
    """One document's Markdown, and the page it is for."""

    text: str
    page: ShortcodePage


class BodyShared(msgspec.Struct, frozen=True, kw_only=True):
    """What all bodies share. `templates` holds the texts of all templates."""

    settings: MarkdownSettings
    templates: Mapping[str, str]
    helpers: Helpers


class PageShared(msgspec.Struct, frozen=True, kw_only=True):
    """What all pages share."""

    templates: Mapping[str, str]
    helpers: Helpers


class PageResult(msgspec.Struct, frozen=True, kw_only=True):
    """A page's HTML, or why there is none."""

    html: str = ""
    problem: Problem | None = None


def body_step(shared: BodyShared) -> Callable[[BodyJob], bytes]:
    """Return a function from a body to an encoded RenderedBody."""
    templates = Templates(shared.templates, shared.helpers)
    current: list[ShortcodePage] = []

    def shortcode(name: str, arguments: dict[str, Any], body: str | None) -> str:
        return templates.render_shortcode(name, arguments, current[0], body)

    convert = markup.make_converter(shared.settings, shortcode)
    encode = msgspec.msgpack.Encoder().encode

    def work(job: BodyJob) -> bytes:
        current[:] = [job.page]
        return encode(convert(job.text))

    return work


def page_step(shared: PageShared) -> Callable[[PageView], bytes]:
    """Return a function from a view to an encoded PageResult."""
    templates = Templates(shared.templates, shared.helpers)
    encode = msgspec.msgpack.Encoder().encode

    def work(view: PageView) -> bytes:
        try:
            return encode(PageResult(html=templates.render(view)))
        except TemplateMistakeError as mistake:
            return encode(PageResult(problem=mistake.problem))

    return work


def run_here(step: Step[Shared, Job], shared: Shared, jobs: Sequence[Job]) -> list[bytes]:
    """Carry out jobs in this process."""
    if not jobs:
        return []
    work = step(shared)
    return [work(job) for job in jobs]


def body_keys(shared: BodyShared, jobs: Sequence[BodyJob]) -> list[Key]:
    """Return the memo's key for each body; shortcodes count only where a text may use them."""
    encode = msgspec.msgpack.Encoder(order="sorted").encode
    settings = key_of(markup.STEP, markup.library_versions(), encode(shared.settings))
    templates = Templates(shared.templates, shared.helpers)
    names = sorted(name for name in shared.templates if name.startswith(templating.SHORTCODES))
    shortcodes = key_of(settings, *(templates.digest(name) for name in names), *names)
    return [
        key_of(shortcodes, encode(job.page), job.text)
        if used_in(job.text)
        else key_of(settings, job.text)
        for job in jobs
    ]


def page_keys(shared: PageShared, jobs: Sequence[PageView]) -> list[Key]:
    """Return the memo's key for each page."""
    templates = Templates(shared.templates, shared.helpers)
    encode = msgspec.msgpack.Encoder(order="sorted").encode
    return [key_of(templates.digest(view.template), encode(view)) for view in jobs]


def remembered(
    step: Step[Shared, Job],
    shared: Shared,
    jobs: Sequence[Job],
    keys: Sequence[Key],
    memo: Memo,
    run: Runner,
) -> list[bytes]:
    """Return each job's result, from the memo where it is known."""
    known = dict(memo.get_many(keys))
    missing: dict[Key, Job] = {
        key: job for key, job in zip(keys, jobs, strict=True) if key not in known
    }
    made = run(step, shared, list(missing.values()))
    fresh = dict(zip(missing, made, strict=True))
    memo.put_many(fresh)
    known |= fresh
    return [known[key] for key in keys]
