"""Links that lead to what is not published yet: `serve` shows drafts, so there they work."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from generator.core.problems import Problem
from generator.pipeline.bodies import line_in
from generator.pipeline.results import BuildState
from generator.site.links import resolve_address


def links_to_unpublished(workings: BuildState, states: Mapping[str, str]) -> list[Problem]:
    """Return a warning for each link from what is published to what is not.

    `states` tells why a document is not published, by its path; all of them were built.
    """
    routes = workings.routes.of_source
    urls = {
        workings.viewer.url(routes[source]): state
        for source, state in states.items()
        if source in routes
    }
    names = {posixpath.basename(url.rstrip("/")) for url in urls}
    names |= {posixpath.basename(source) for source in states}
    problems = []
    for source, targets in workings.references.items():
        if not urls or source in states:
            continue
        for target in targets:
            if not any(name in target for name in names):
                continue
            url, _ = resolve_address(target, source, workings.context.targets, lambda _: 0)
            state = urls.get(re.split(r"[?#]", url, maxsplit=1)[0])
            if state:
                problems.append(
                    Problem(
                        path=source,
                        line=line_in(workings.documents[source], target),
                        code="unpublished-link",
                        message=f"link to `{target}`, which is not published: {state}",
                        hint="it works here, and keeps the site from being published until then",
                        severity="warning",
                    )
                )
    return sorted(set(problems))
