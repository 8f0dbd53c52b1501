"""What a build is asked for, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from generator.core.artifacts import OutputFile
from generator.core.problems import Problem
from generator.publish.csp import SentHeaders

if TYPE_CHECKING:
    from generator.pipeline.results import Build, BuildState
    from generator.render.search_index import Entry

Keep = Callable[["BuildState"], None]
Look = Callable[["Build"], None]
Take = Callable[[Sequence["Entry"]], None]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a build came to: all that publishing and the person at the terminal need.

    `paths` are the internal URLs of the pages whose views may be counted; `held` tells why a
    document is not published; `headers` are those that readers get.
    """

    files: Sequence[OutputFile]
    redirects: dict[str, str]
    problems: Sequence[Problem]
    posts: int
    pages: int
    paths: Sequence[str]
    held: dict[str, str]
    headers: SentHeaders = SentHeaders()


class Built(Outcome, frozen=True, kw_only=True):
    """A site that was built, checked and written to `folder`."""

    folder: Path
    seconds: float


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome, and the seconds since 1970 between which the same inputs give it again: until
    the next document's date comes or expires."""

    outcome: Outcome
    since: float
    until: float


class BuildOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What one build is asked for."""

    drafts: bool
    future: bool
    preview: str
    write: bool
    engine: str
    """The program that makes the site searchable, where it is to be, and its version."""
    searchable: bool
    """Whether the index is made now."""
    glance: bool = False
    """Whether pictures are only looked at by their first bytes."""


class BuildHooks(msgspec.Struct, frozen=True, kw_only=True):
    """How `serve` goes on from a build; neither has to do with what comes out."""

    keep: Keep | None
    anew: bool
    look: Look | None
    take: Take | None
    """Takes what a search may find."""
