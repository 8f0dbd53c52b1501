"""What the local server shows at this moment, and who is to be reported when that changes."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from generator.core.artifacts import Role
from generator.core.problems import Problem
from generator.publish.csp import SentHeaders

MOST_TOLD = 100
"""How many warnings a browser gets; all of them are on the desk's pages."""


class ServedSite(msgspec.Struct, frozen=True, kw_only=True):
    """A built site. `redirects` comes from `edge.flatten` and `files` from `edge.file_table`;
    `page_max_age` is in seconds.

    `base` is the path at which the site lives, `api` that of the API, both without a slash at the
    end; `api` is empty when the API is on another host. `later` makes files, by their paths in the
    folder, that are not in it until they are asked for. `headers` are the security headers that
    this server sends.
    """

    folder: Path
    redirects: Mapping[str, str] = {}
    files: Mapping[str, bool] = {}
    roles: Mapping[str, Role] = {}
    base: str = ""
    api: str = "/api"
    page_max_age: int = 0
    later: Callable[[str], bytes | None] | None = None
    headers: SentHeaders = SentHeaders()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a build came to. Without a `site`, it failed for the `problems`."""

    site: ServedSite | None
    problems: Sequence[Problem] = ()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is known ahead of the next build: content by its path in the output folder."""

    pages: Mapping[str, bytes] = {}
    files: Mapping[str, bytes] = {}


class News(msgspec.Struct, frozen=True, kw_only=True):
    """A page whose source changed."""

    title: str
    url: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document as the desk lists it.

    `state` is published, draft, scheduled or expired; `url` is empty where it is not shown; `date`
    is `2024-05-01`, with a time behind it where one was given, or empty.
    """

    source: str
    kind: str
    title: str
    state: str
    date: str
    words: int
    tags: Sequence[str] = ()
    url: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What browsers are reported.

    `build` counts what was shown in this run, which `run` names; a page may look different after
    it. `reload` is the last after which every page must be loaded again. `problems` is empty when
    all is well. `news` are pages whose sources changed last, as of `news_build`: a browser that was
    busy hears of that build only with a later one. `marks` tells which pages are not published, and
    why, by their URL.
    """

    run: str
    build: int = 0
    reload: int = 0
    problems: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()
    news: Sequence[News] = ()
    news_build: int = 0
    marks: Mapping[str, str] = {}

    def message(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "run": self.run,
            "build": self.build,
            "reload": self.reload,
            "problems": [_as_data(each) for each in self.problems],
            "warnings": [_as_data(each) for each in self.warnings[:MOST_TOLD]],
            "warned": len(self.warnings),
            "news": [{"title": each.title, "url": each.url} for each in self.news],
            "newsBuild": self.news_build,
            "marks": dict(self.marks),
        }


class Live:
    """The last good site, what is known of the next, and the state of the last build.

    Safe between threads.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._moves = 0
        self._closed = False
        self._open: Counter[str] = Counter()
        self._told = Told()
        self.site: ServedSite | None = None
        self.documents: Callable[[], Sequence[Document]] = tuple
        self.shown = Shown(run=secrets.token_hex(4))

    def show(
        self,
        outcome: Outcome,
        changed: Collection[str] = (),
        *,
        news: Sequence[News] = (),
        documents: Callable[[], Sequence[Document]] | None = None,
        marks: Mapping[str, str] | None = None,
    ) -> None:
        """Take in what a build came to after `changed`, which are paths from the site's root.

        `documents` returns all of them, where they are known; `marks` are as in Shown.
        """
        with self._condition:
            self._told = Told()
            if documents is not None:
                self.documents = documents
            if outcome.site is None:
                self._move(problems=outcome.problems)
                return
            build = self.shown.build + 1
            other = any(map(_is_in_no_page, changed)) and self.shown.build
            self.site = outcome.site
            self._move(
                build=build,
                reload=build if other else self.shown.reload,
                problems=(),
                warnings=outcome.problems,
                marks=marks or {},
                **_news_of(build, news),
            )

    def show_ahead(self, told: Told, news: Sequence[News] = ()) -> None:
        """Take in what the next build will come to, as far as it is known."""
        with self._condition:
            self._told = told
            build = self.shown.build + 1
            self._move(build=build, **_news_of(build, news))

    def told(self, path: str) -> bytes | None:
        """Return what is known of the file at an output path ahead of the next build."""
        told = self._told
        return told.pages.get(path) or told.files.get(path)

    def _move(self, **changes: Any) -> None:
        self._moves += 1
        self.shown = msgspec.structs.replace(self.shown, **changes)
        self._condition.notify_all()

    @contextmanager
    def opened(self, path: str) -> Iterator[None]:
        """Note that a browser shows the page at an output path, as long as this lasts."""
        with self._condition:
            self._open[path] += 1
        try:
            yield
        finally:
            with self._condition:
                self._open[path] -= 1

    def open_pages(self) -> list[str]:
        """Return the output paths of the pages that browsers show."""
        with self._condition:
            self._open = +self._open
            return sorted(self._open)

    def close(self) -> None:
        """Tell everyone who waits that nothing more will come."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    @property
    def closed(self) -> bool:
        """Say whether the server is about to end."""
        return self._closed

    def wait(self, seen: int, seconds: float) -> tuple[int, Shown]:
        """Wait until something happened after `seen`, at most so long; return where we are now."""
        with self._condition:
            self._condition.wait_for(lambda: self._moves != seen or self._closed, seconds)
            return self._moves, self.shown


def _as_data(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.path,
        "line": problem.line,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
    }


def _news_of(build: int, news: Sequence[News]) -> dict[str, Any]:
    """Return the news of a build for Shown; where it has none, the last news stay as they are."""
    return {"news": news, "news_build": build} if news else {}


def _is_in_no_page(path: str) -> bool:
    """Say whether a change shows in no page's text; all other files have their content's name."""
    return path == "static" or path.startswith("static/root")
