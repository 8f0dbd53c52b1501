"""What the local server shows at this moment, and who is to be told when that changes."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from generator.artifacts import Role
from generator.problems import Problem


class ServedSite(msgspec.Struct, frozen=True, kw_only=True):
    """A built site. `redirects` comes from `edge.flatten`; `page_max_age` is in seconds.

    `base` is the path at which the site lives, `api` that of the API, both without a slash at the
    end; `api` is empty when the API is on another host.
    """

    folder: Path
    redirects: Mapping[str, str] = {}
    roles: Mapping[str, Role] = {}
    base: str = ""
    api: str = "/api"
    page_max_age: int = 0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a build came to. Without a `site`, it failed for the `problems`."""

    site: ServedSite | None
    problems: Sequence[Problem] = ()


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What browsers are told.

    `build` counts the builds of this run, which `run` names. `page` is the last build after which
    a page may look different, `reload` the last after which every page must be loaded again; a
    build after which neither moved changed only style sheets. `problems` is empty when all is well.
    """

    run: str
    build: int
    page: int
    reload: int
    problems: Sequence[Problem]

    def message(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "run": self.run,
            "build": self.build,
            "page": self.page,
            "reload": self.reload,
            "problems": [
                {
                    "path": each.path,
                    "line": each.line,
                    "code": each.code,
                    "message": each.message,
                    "hint": each.hint,
                }
                for each in self.problems
            ],
        }


class Live:
    """The last good site, and the state of the last build. Safe between threads."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._moves = 0
        self._closed = False
        self.site: ServedSite | None = None
        self.warnings: Sequence[Problem] = ()
        self.shown = Shown(run=secrets.token_hex(4), build=0, page=0, reload=0, problems=())

    def show(self, outcome: Outcome, changed: Collection[str] = ()) -> None:
        """Take in what a build came to after `changed`, which are paths from the site's root."""
        with self._condition:
            self._moves += 1
            if outcome.site is None:
                self.shown = msgspec.structs.replace(self.shown, problems=outcome.problems)
            else:
                build = self.shown.build + 1
                # What failed builds did not show comes to light now.
                was_broken = bool(self.shown.problems) or self.site is None
                styles = not was_broken and bool(changed) and all(map(_is_style, changed))
                other = was_broken or any(map(_is_other_file, changed))
                self.site = outcome.site
                self.warnings = outcome.problems
                self.shown = msgspec.structs.replace(
                    self.shown,
                    build=build,
                    page=self.shown.page if styles else build,
                    reload=build if other and self.shown.build else self.shown.reload,
                    problems=(),
                )
            self._condition.notify_all()

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


def _is_style(path: str) -> bool:
    return path.startswith("static/") and path.endswith(".css")


def _is_other_file(path: str) -> bool:
    """Say whether a change may not show in any page's text: a picture, a script."""
    return path == "static" or (path.startswith("static/") and not path.endswith(".css"))
