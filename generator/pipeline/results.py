"""What a build comes to, and what it had in hand on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from generator.content.frontmatter import Document
from generator.core.artifacts import Artifact
from generator.core.problems import Problem, told_once
from generator.pipeline.context import BuildContext
from generator.render import feeds, search_index
from generator.render.page_jobs import PageShared, PageState
from generator.render.view_builder import Uses, Viewer
from generator.site.catalogue import Site
from generator.site.feed_plans import FeedPlan
from generator.site.routes import Routes


class Build(msgspec.Struct, frozen=True, kw_only=True):
    """What was built. `redirects`: old internal URL -> internal URL or address.

    `states` reports each page, by its path, what every build needs to know, and `facts_of` gives
    the facts of one. `machine_read` are those of the artifacts that are there for machines.
    `own_problems` are about the texts of documents, `errors` what kept pages from being rendered,
    one for each, and `other_problems` are about all else. `landing` is the owner's text that the
    landing page must carry, as HTML. From `since` to `until` (seconds since 1970) the same inputs
    give the same again. `posts` and `pages` count the documents that are published. `found` is what
    a search may find, where the site has one: of a build that goes on from the last one, only what
    has changed, and then `places` are language and URL of all that can be found, unless these are
    the same as before.
    """

    artifacts: tuple[Artifact, ...]
    machine_read: tuple[Artifact, ...]
    redirects: dict[str, str]
    own_problems: tuple[Problem, ...]
    other_problems: tuple[Problem, ...]
    mistakes: tuple[Problem, ...]
    states: Mapping[str, PageState]
    facts_of: Callable[[str], bytes]
    documents: Mapping[str, Document]
    landing: str
    held: dict[str, str]
    since: float
    until: float
    posts: int
    pages: int
    found: tuple[search_index.Entry, ...] | None = None
    places: tuple[tuple[str, str], ...] | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that was found to be wrong."""
        return (*self.own_problems, *self.other_problems, *told_once(self.mistakes))


class BuildState(msgspec.Struct, frozen=True, kw_only=True):
    """What a build has in hand when it renders its pages; `ahead` and `rebuild` go on from there.

    `references` are the addresses in each document's text, as written, and `calling` the documents
    that may call shortcodes. `uses` tells for each route
    what its view shows, `planned` its feeds, and `listed` what llms.txt says of the
    owner's pages, by their source. `since` and `until` are as in Build.
    """

    context: BuildContext
    documents: Mapping[str, Document]
    site: Site
    routes: Routes
    references: Mapping[str, Sequence[str]]
    calling: Sequence[str]
    viewer: Viewer
    pages: PageShared
    uses: Sequence[Uses]
    planned: Sequence[FeedPlan]
    listed: Mapping[str, feeds.Listed]
    since: float
    until: float
