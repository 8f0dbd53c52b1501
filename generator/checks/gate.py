"""The gate before a publication: every artifact is examined, then all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from generator.artifacts import Artifact
from generator.checks.codes import fold
from generator.checks.documents import check_document
from generator.checks.page import VERSION, PageFacts, examine, text_blocks
from generator.checks.site import check_site
from generator.config import SiteConfig
from generator.memo import Memo, key_of
from generator.problems import Problem

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PageFacts).decode


def check(
    artifacts: Sequence[Artifact],
    redirects: Mapping[str, str],
    config: SiteConfig,
    landing: str,
    memo: Memo,
    *,
    whole: bool = True,
) -> list[Problem]:
    """Return what is wrong with a built site; paths are output paths.

    `landing` is the HTML that the landing page must carry. A site that is not `whole`, because
    some documents could not be read, is not asked whether its links meet.
    """
    pages = [
        artifact
        for artifact in artifacts
        if artifact.path.endswith(".html") and not artifact.copy_of
    ]
    facts = examine_all(pages, memo)
    paths = frozenset(artifact.path for artifact in artifacts)
    if not whole:
        return sorted({problem for page in facts.values() for problem in page.problems})
    problems = check_site(facts, paths, redirects, config, text_blocks(landing))
    for artifact in artifacts:
        if artifact.role == "entry" and not artifact.copy_of:
            problems += check_document(artifact.path, artifact.content, paths, config)
    return fold(problems)


def examine_all(pages: Sequence[Artifact], memo: Memo) -> dict[str, PageFacts]:
    """Return the facts of each page, remembered by its content."""
    keys = [key_of(f"checks-{VERSION}", page.path, page.content) for page in pages]
    known = memo.get_many(keys)
    facts: dict[str, PageFacts] = {}
    fresh: dict[bytes, bytes] = {}
    for key, page in zip(keys, pages, strict=True):
        if key in known:
            facts[page.path] = _decode(known[key])
        else:
            facts[page.path] = examine(page.path, page.content)
            fresh[key] = _encode(facts[page.path])
    memo.put_many(fresh)
    return facts
