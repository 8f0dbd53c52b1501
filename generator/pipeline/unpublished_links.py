"""Links that lead to what is not published yet: `serve` shows drafts, so there they work."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from generator.content.frontmatter import Document
from generator.core.problems import Problem
from generator.core.urls import written_url
from generator.pipeline.bodies import line_in
from generator.site.links import Targets, resolve_address


def links_to_unpublished(
    states: Mapping[str, str],
    url_of: Mapping[str, str],
    references: Mapping[str, Sequence[str]],
    documents: Mapping[str, Document],
    base: str,
) -> list[Problem]:
    """Return a warning for each link from what is published to what is not.

    `states` says why a document is not published, by its path; all of them were built, at the
    internal URLs `url_of`. `references` are the addresses in each text, as they are written.
    """
    urls = {
        base + written_url(url_of[source]): state
        for source, state in states.items()
        if source in url_of
    }
    if not urls:
        return []
    names = {posixpath.basename(url.rstrip("/")) for url in urls}
    names |= {posixpath.basename(source) for source in states}
    targets = Targets(documents=url_of, held={}, files=lambda _: None, base=base)
    problems = []
    for source, addresses in references.items():
        for address in addresses if source not in states else ():
            if not any(name in address for name in names):
                continue
            url, _ = resolve_address(address, source, targets, lambda _: 0)
            state = urls.get(re.split(r"[?#]", url, maxsplit=1)[0])
            if state:
                problems.append(
                    Problem(
                        path=source,
                        line=line_in(documents[source], address),
                        code="unpublished-link",
                        message=f"link to `{address}`, which is not published: {state}",
                        hint="it works here, and keeps the site from being published until then",
                        severity="warning",
                    )
                )
    return sorted(set(problems))
