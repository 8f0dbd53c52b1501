"""The jobs that make HTML of a document's Markdown, shared out and cached.

Each step is a factory that takes what all its jobs share and returns a function from one job to
bytes, so that it can run here or in other processes just the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, NoReturn

import msgspec

from generator.config.content import MarkdownSettings
from generator.core.cache import Cache, Key, key_of
from generator.core.jobs import Runner, run_cached
from generator.i18n.in_texts import Words
from generator.markdown import convert as markup
from generator.markdown.convert import RenderedBody
from generator.markdown.shortcodes import may_call, used_in
from generator.render import extensions
from generator.render.compiled import Compiled
from generator.render.templates import SHORTCODES, Helpers, Templates
from generator.site.galleries import Folder


class ShortcodePage(msgspec.Struct, frozen=True, kw_only=True):
    """What a shortcode's template sees as `page`; `folders` are those that the text names, as it
    names them."""

    url: str
    title: str
    kind: str
    known: dict[str, int] = {}
    folders: dict[str, Folder] = {}


class BodyJob(msgspec.Struct, frozen=True, kw_only=True):
    """One document's Markdown, and the page it is for."""

    text: str
    page: ShortcodePage


class BodyShared(msgspec.Struct, frozen=True, kw_only=True):
    """What all bodies share. `templates` holds the texts of all templates, and `timezone` is as in
    PageShared: shortcodes may show dates too."""

    settings: MarkdownSettings
    words: Words
    templates: Mapping[str, str]
    compiled: Mapping[str, Compiled]
    helpers: Helpers
    timezone: str


def body_step(shared: BodyShared) -> Callable[[BodyJob], bytes]:
    """Return a function from a body to an encoded RenderedBody."""
    templates = Templates(shared.templates, shared.helpers, shared.compiled)
    current: list[ShortcodePage] = []

    def shortcode(name: str, arguments: dict[str, Any], body: str | None) -> str:
        return templates.render_shortcode(name, arguments, current[0], body)

    convert = markup.make_converter(shared.settings, shortcode, shared.words)
    encode = msgspec.msgpack.Encoder().encode

    def work(job: BodyJob) -> bytes:
        current[:] = [job.page]
        templates.noted.clear()
        body = convert(job.text)
        if templates.noted:
            problems = (*body.problems, *templates.noted)
            body = msgspec.structs.replace(body, problems=problems)
        return encode(body)

    return work


def text_step(shared: tuple[MarkdownSettings, Words]) -> Callable[[bytes], bytes]:
    """Return a function from a body in UTF-8 that calls no shortcode to an encoded RenderedBody."""
    settings, words = shared
    convert = markup.make_converter(settings, _no_shortcode, words)
    encode = msgspec.msgpack.Encoder().encode
    return lambda text: encode(convert(text.decode()))


def _no_shortcode(name: str, _arguments: dict[str, Any], _body: str | None) -> NoReturn:
    raise AssertionError(f"nobody looked for the shortcode {name}")


class ShortcodeKeys(NamedTuple):
    """The names of the site's own shortcodes, and the keys of what texts that call only templates,
    or these too, have in common."""

    own: list[str]
    templates: Key
    all: Key


def shortcode_keys(shared: BodyShared) -> ShortcodeKeys:
    """Return what a text that calls shortcodes depends on besides itself and its page."""
    templates = Templates(shared.templates, shared.helpers, shared.compiled)
    names = sorted(name for name in shared.templates if name.startswith(SHORTCODES))
    digests = (templates.digest(name) for name in names)
    markdown = _markdown_key(shared.settings, shared.words)
    plain = key_of(markdown, shared.timezone, *digests, *names)
    own = sorted(templates.extensions.shortcodes)
    known = key_of(plain, *own) if own else plain
    with_own = key_of(known, extensions.digest(shared.helpers.extensions)) if own else known
    return ShortcodeKeys(own, known, with_own)


def body_keys(shared: BodyShared) -> Callable[[BodyJob], Key]:
    """Return a function from a body to the cache's key for it; shortcodes count only where a text
    may use them."""
    encode = msgspec.msgpack.Encoder().encode
    settings = _markdown_key(shared.settings, shared.words)
    shortcodes = functools.cache(lambda: shortcode_keys(shared))

    def key(job: BodyJob) -> Key:
        if not used_in(job.text):
            return key_of(settings, job.text)
        keys = shortcodes()
        common = keys.all if may_call(job.text, keys.own) else keys.templates
        return key_of(common, encode(job.page), job.text)

    return key


def _markdown_key(settings: MarkdownSettings, words: Words) -> Key:
    encode = msgspec.msgpack.Encoder().encode
    return key_of(markup.STEP, markup.library_versions(), encode(settings), encode(words))


def cached_texts(
    settings: MarkdownSettings,
    words: Words,
    texts: Iterable[bytes],
    cache: Cache,
    run: Runner,
) -> Iterator[RenderedBody]:
    """Begin with bodies in UTF-8 that call no shortcode; yield each, from the cache where it is
    known. What waits to be converted is what the documents hold, not a text made of it."""
    known = _markdown_key(settings, words)
    encoded = run_cached(text_step, (settings, words), texts, partial(key_of, known), cache, run)
    return map(msgspec.msgpack.Decoder(RenderedBody).decode, encoded)


def cached_bodies(
    shared: BodyShared, jobs: Sequence[BodyJob], cache: Cache, run: Runner
) -> Iterator[RenderedBody]:
    """Begin with bodies, and yield each, from the cache where it is known."""
    encoded = run_cached(body_step, shared, jobs, body_keys(shared), cache, run)
    return map(msgspec.msgpack.Decoder(RenderedBody).decode, encoded)
