"""From the Markdown of documents to their final HTML, with what it refers to resolved."""

from __future__ import annotations

import html as html_text
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import msgspec

from generator import links
from generator.config import CONFIG_FILE, SiteConfig
from generator.frame import Frame
from generator.frontmatter import Document
from generator.links import Targets
from generator.locate import line_in_matter
from generator.markup import RenderedBody
from generator.memo import Memo
from generator.names import written_url
from generator.problems import Problem
from generator.steps import BodyJob, BodyShared, Runner, ShortcodePage, remembered_bodies
from generator.viewer import Rendered


def convert_bodies(
    frame: Frame, documents: Sequence[Document], memo: Memo, run: Runner
) -> dict[str, RenderedBody]:
    """Turn the Markdown of documents into HTML."""
    config = frame.inputs.config
    shared = BodyShared(
        settings=config.markdown,
        templates=frame.inputs.templates,
        compiled=frame.compiled,
        helpers=frame.helpers,
    )
    jobs = []
    for document in documents:
        url = frame.targets.documents[document.source]
        page = ShortcodePage(
            url=config.base + written_url(url),
            title=document.title,
            kind="home" if url == "/" else document.kind,
            known=frame.counts.of(url),
        )
        jobs.append(BodyJob(text=document.body, page=page))
    bodies = remembered_bodies(shared, jobs, memo, run)
    return {document.source: body for document, body in zip(documents, bodies, strict=True)}


def shown_files(
    documents: Iterable[Document], bodies: Mapping[str, RenderedBody], frame: Frame
) -> Iterable[str]:
    """Yield the files whose pictures texts, front matter and settings show."""
    for document in documents:
        for reference in bodies[document.source].body.references:
            if reference.sized:
                yield links.find_file(reference.target, document.source, frame.assets)
        if document.image:
            yield links.find_file(document.image, document.source, frame.assets)
    if image := frame.inputs.config.image:
        yield links.find_file(image, CONFIG_FILE, frame.assets)


def resolve_all(
    documents: Iterable[Document],
    bodies: Mapping[str, RenderedBody],
    targets: Targets,
    config: SiteConfig,
) -> tuple[dict[str, Rendered], dict[str, str], list[Problem]]:
    """Resolve what bodies and front matter refer to.

    Returns the final bodies, the picture of each document (the site's own under an empty name),
    and what is referred to in vain.
    """
    rendered: dict[str, Rendered] = {}
    images: dict[str, str] = {}
    problems: list[Problem] = []
    for document in documents:
        body = bodies[document.source]

        def line_of(text: str, document: Document = document) -> int:
            return line_in(document, text)

        html, found = links.resolve(body.body, document.source, targets, line_of)
        problems += found
        for problem in body.problems:
            line = line_of(problem.needle)
            problems.append(msgspec.structs.replace(problem, path=document.source, line=line))
        excerpt, _ = links.resolve(body.excerpt, document.source, targets, line_of, first=False)
        excerpt = links.lead_to(
            excerpt, config.base + written_url(targets.documents[document.source])
        )
        if document.excerpt:
            excerpt = f"<p>{html_text.escape(document.excerpt)}</p>"
        rendered[document.source] = Rendered(
            body=html,
            excerpt=excerpt,
            summary=body.summary,
            headings=body.headings,
            words=body.words,
            minutes=body.minutes,
        )
        if document.image:
            images[document.source], found = links.resolve_address(
                document.image,
                document.source,
                targets,
                partial(_line_of_setting, "image", document),
            )
            problems += found
    if config.image:
        images[""], found = links.resolve_address(config.image, CONFIG_FILE, targets, lambda _: 0)
        problems += found
    return rendered, images, links.suggest(problems, targets)


def _line_of_setting(name: str, document: Document, _: str) -> int:
    return line_in_matter(name, document.matter)


def line_in(document: Document, text: str) -> int:
    """Return the line of the source file on which `text` stands in the body, or 0."""
    place = document.body.find(text) if text else -1
    if place < 0:
        return 0
    return document.body_line + document.body.count("\n", 0, place)
