"""From the Markdown of documents to their final HTML, with what it refers to resolved."""

from __future__ import annotations

import html as html_text
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.content.frontmatter import Document
from generator.content.source_lines import line_in_matter
from generator.core.artifacts import digest
from generator.core.cache import Cache
from generator.core.jobs import Runner, batches
from generator.core.problems import Problem
from generator.core.urls import written_url
from generator.i18n.in_texts import remembered_words, words_of
from generator.markdown.convert import RenderedBody, has_more, without_ids
from generator.markdown.shortcodes import used_in
from generator.pipeline.context import BuildContext
from generator.pipeline.inputs import Inputs
from generator.render.body_jobs import (
    BodyJob,
    BodyShared,
    ShortcodePage,
    cached_bodies,
    cached_texts,
)
from generator.render.view_builder import Rendered
from generator.render.views import needs_of
from generator.site import links
from generator.site.covers import COVER, resolve_cover
from generator.site.links import Photo, Targets
from generator.site.recordings import resolve_recording


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """Documents whose Markdown is being worked on, and what it becomes, in their order."""

    documents: Sequence[Document]
    bodies: Iterator[RenderedBody]


def begin_bodies(documents: Iterable[Document], inputs: Inputs, cache: Cache, run: Runner) -> Begun:
    """Begin with the Markdown that calls no shortcode, which needs nothing of the site around it:
    others can work on it while it is still being found out what the site consists of."""
    plain = [document for document in documents if not used_in(document.markdown)]
    texts = (document.markdown for document in plain)
    words = remembered_words(inputs.config.language, inputs.templates, cache)
    bodies = cached_texts(inputs.config.markdown, words, texts, cache, run)
    return Begun(documents=plain, bodies=bodies)


def body_shared(context: BuildContext) -> BodyShared:
    """Return what the texts of all documents have in common."""
    return BodyShared(
        settings=context.inputs.config.markdown,
        words=words_of(context.helpers.strings),
        templates=context.inputs.templates,
        compiled=context.compiled,
        helpers=context.helpers,
        timezone=context.inputs.config.timezone,
    )


def convert_bodies(
    context: BuildContext, documents: Iterable[Document], begun: Begun, cache: Cache, run: Runner
) -> Iterator[tuple[Document, RenderedBody]]:
    """Yield documents, those that were begun first, with what their Markdown becomes."""
    wanted = {document.source: document for document in documents}
    others = dict(wanted)
    for document in begun.documents:
        others.pop(document.source, None)
    shared = body_shared(context)
    jobs = []
    for document in others.values():
        jobs.append(body_job(document, context))
    rest = cached_bodies(shared, jobs, cache, run)

    def each() -> Iterator[tuple[Document, RenderedBody]]:
        for document, body in zip(begun.documents, begun.bodies, strict=True):
            if document.source in wanted:
                yield wanted[document.source], body
        yield from zip(others.values(), rest, strict=True)

    return each()


_FOLDER = re.compile(r"""\bfolder\s*=\s*(["'])(.*?)\1""")
"""Where a call of a shortcode may name a folder."""


def body_job(document: Document, context: BuildContext) -> BodyJob:
    """Return a document's Markdown with all that its shortcodes see of its page."""
    url = context.targets.documents[document.source]
    text = document.body
    page = ShortcodePage(
        url=context.inputs.config.base + written_url(url),
        title=document.title,
        kind="home" if url == "/" else document.kind,
        known=context.counts.of(url),
        folders={
            found[2]: context.galleries.folder(found[2], document.source, found[0])
            for found in (_FOLDER.finditer(text) if "folder" in text else ())
        },
    )
    return BodyJob(text=text, page=page)


def photos_of(shown: Iterable[Photo], document: Document, config: SiteConfig) -> tuple[str, ...]:
    """Return those pictures of a text that the page of photographs shows, as HTML, each once."""
    if not config.photos or document.kind != "post" or document.noindex:
        return ()
    every = config.photos == "posts"
    first: dict[str, str] = {}  # one that stands above a series often stands in it as well
    for each in shown:
        if every or each.in_gallery:
            first.setdefault(each.url, each.html)
    return tuple(first.values())


def with_pictures(
    bodies: Iterable[tuple[Document, RenderedBody]], context: BuildContext, run: Runner
) -> Iterator[tuple[Document, RenderedBody]]:
    """Yield documents with their bodies, once the pictures that they show were looked at, of many
    documents at once."""
    for some in batches(bodies):
        context.pictures.look_at(shown_files(some, context), run)
        yield from some


def shown_files(
    bodies: Iterable[tuple[Document, RenderedBody]], context: BuildContext
) -> Iterator[str]:
    """Yield the files whose pictures texts, front matter and settings show."""
    for document, body in bodies:
        for reference in body.body.references:
            if reference.sized:
                yield links.find_file(reference.target, document.source, context.assets)
        if document.image:
            yield links.find_file(document.image, document.source, context.assets)
    config = context.inputs.config
    for image in (config.image, config.podcast.image if config.podcast else ""):
        if image:
            yield links.find_file(image, CONFIG_FILE, context.assets)


class Resolved(NamedTuple):
    """The final bodies by source path, the picture of each document (the site's own under an empty
    name, the podcast's under COVER), the addresses in each text as they are written, and what is
    referred to and is not there."""

    rendered: dict[str, Rendered]
    images: dict[str, str]
    references: dict[str, list[str]]
    problems: list[Problem]


def resolve_all(
    bodies: Iterable[tuple[Document, RenderedBody]], targets: Targets, config: SiteConfig
) -> Resolved:
    """Resolve what bodies and front matter refer to."""
    rendered: dict[str, Rendered] = {}
    images: dict[str, str] = {}
    references: dict[str, list[str]] = {}
    problems: list[Problem] = []
    media = config.podcast.media if config.podcast else ""
    for document, body in bodies:
        references[document.source] = [each.target for each in body.body.references]

        def line_of(text: str, document: Document = document) -> int:
            return line_in(document, text)

        photos: list[Photo] = []
        html, found = links.resolve(body.body, document.source, targets, line_of, photos=photos)
        problems += found
        for problem in body.problems:
            line = problem.line and problem.line + document.body_line - 1
            line = line or line_of(problem.needle)
            problems.append(msgspec.structs.replace(problem, path=document.source, line=line))
        recording, found = resolve_recording(
            document, targets, media, partial(_line_of_setting, "audio", document)
        )
        problems += found
        excerpt, _ = links.resolve(body.excerpt, document.source, targets, line_of, first=False)
        page = config.base + written_url(targets.documents[document.source])
        excerpt = links.lead_to(excerpt, page)
        if document.untitled and not has_more(document.body):
            excerpt, _ = links.resolve(body.body, document.source, targets, line_of, first=False)
            excerpt = links.lead_to(without_ids(excerpt), page)
        if document.excerpt:
            excerpt = f"<p>{html_text.escape(document.excerpt)}</p>"
        utf8 = html.encode("utf-8", "surrogatepass")
        rendered[document.source] = Rendered(
            utf8=utf8,
            sha256=digest(utf8),
            needs=needs_of(html),
            excerpt=excerpt,
            excerpt_needs=needs_of(excerpt),
            summary=body.summary,
            headings=body.headings,
            words=body.words,
            minutes=body.minutes,
            photos=photos_of(photos, document, config),
            recording=recording,
        )
        if document.image:
            images[document.source], found = links.resolve_address(
                document.image,
                document.source,
                targets,
                partial(_line_of_setting, "image", document),
            )
            problems += found
    if config.podcast:
        images[COVER], found = resolve_cover(config.podcast.image, targets)
        problems += found
    if config.image:
        images[""], found = links.resolve_address(config.image, CONFIG_FILE, targets, lambda _: 0)
        problems += found
    return Resolved(rendered, images, references, links.suggest(problems, targets))


def _line_of_setting(name: str, document: Document, _: str) -> int:
    return line_in_matter(name, document.matter)


def line_in(document: Document, text: str) -> int:
    """Return the line of the source file on which `text` stands in the body, or 0."""
    place = document.body.find(text) if text else -1
    if place < 0:
        return 0
    return document.body_line + document.body.count("\n", 0, place)
