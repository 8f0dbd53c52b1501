"""What a build is asked for, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from generator.core.artifacts import OutputFile
from generator.core.problems import Problem
from generator.publish.csp import SentHeaders

if TYPE_CHECKING:
    from generator.content.frontmatter import Document
    from generator.incremental.ahead import Ahead
    from generator.incremental.snapshot import Snapshot
    from generator.pipeline.results import Build

Look = Callable[["Build"], None]


class Desk(Protocol):
    """What `serve` wants to know of a build; none of it has to do with what comes out."""

    def open_pages(self) -> Collection[str]:
        """Return the output paths of the pages that somebody looks at."""

    def ahead(self, made: Ahead) -> None:
        """Take in these pages of the build, before the rest is made."""

    def warnings(
        self, known: Mapping[str, Snapshot], documents: Mapping[str, Document]
    ) -> Sequence[Problem]:
        """Return what deserves a warning here alone, of what is known of each language."""

    def take(self, known: Mapping[str, Snapshot]) -> None:
        """Take in what is known of each language after a build, or was left by an earlier one."""


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
    desk: bool = False
    """Whether it is for the writer alone, who wants to know what is not published."""


class BuildHooks(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to see what on the way. What is to be looked at is built as a whole."""

    look: Look | None
    desk: Desk | None
