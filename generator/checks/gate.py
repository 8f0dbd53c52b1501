"""The gate before a publication: every page is judged, then all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.artifacts import Artifact
from generator.checks.codes import fold
from generator.checks.documents import check_document
from generator.checks.page import PageFacts, examine, text_blocks
from generator.checks.site import check_site
from generator.config import SiteConfig
from generator.problems import Problem


def check(
    artifacts: Sequence[Artifact],
    facts: Mapping[str, PageFacts],
    redirects: Mapping[str, str],
    config: SiteConfig,
    landing: str,
    *,
    whole: bool = True,
) -> list[Problem]:
    """Return what is wrong with a built site; paths are output paths.

    `facts` are those of the pages that were examined when they were rendered; other HTML is
    examined here. `landing` is the HTML that the landing page must carry. A site that is not
    `whole`, because some documents could not be read, is not asked whether its links meet.
    """
    others = {
        artifact.path: examine(artifact.path, artifact.read())
        for artifact in artifacts
        if artifact.path.endswith(".html") and artifact.path not in facts and not artifact.copy_of
    }
    facts = {**facts, **others}
    paths = frozenset(artifact.path for artifact in artifacts)
    if not whole:
        return sorted({problem for page in facts.values() for problem in page.problems})
    problems = check_site(facts, paths, redirects, config, text_blocks(landing))
    # Feeds carry whole posts: an address that is wrong in a post was told there.
    told = {problem.needle for problem in problems if problem.needle}
    for artifact in artifacts:
        if artifact.role == "entry" and artifact.path not in facts and not artifact.copy_of:
            found = check_document(artifact.path, artifact.read(), paths, config)
            problems += [problem for problem in found if problem.needle not in told]
    return fold(problems)
