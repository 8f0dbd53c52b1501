"""Hands the pages of a release over to the counter: only they can be counted."""

from __future__ import annotations

from generator.adapters.functions import FunctionError, Functions, register_paths
from generator.app.workspace import Workspace
from generator.core.cache import key_of
from generator.publish.manifest import Local
from generator.publish.store import StoreError


class Countable:
    """The pages of one release, registered with the stack's counter in two steps around a publish.

    Pages are added before the first of them is live and dropped when the last old one is gone, so
    that no view of a live page is refused. A counter that does not answer does not keep a site from
    being published: the next publish tries again, whether or not there is anything else to do. A
    file names what was registered last; where it is missing, as on a new machine of a pipeline, the
    pages are registered once more, which changes nothing where the counter knew them.
    """

    def __init__(self, workspace: Workspace, local: Local, *, preview: str = "") -> None:
        config = workspace.config
        self.workspace = workspace
        self.wanted = bool(config.publish.stack and config.counter.enabled and not preview)
        self.paths = [
            f"{config.base}/{path.removesuffix('index.html')}"
            for path, entry in sorted(local.entries.items())
            if entry.role in ("page", "entry") and path.endswith("index.html")
        ]
        self.shards = {f"{config.base}{path}": n for path, n in config.counter.hot.items()}
        self.file = workspace.private / "pages-told-to-the-counter"
        self.name = key_of(
            "pages told to the counter", config.publish.stack, repr((self.paths, self.shards))
        ).hex()

    def before(self, *, changes: bool) -> None:
        """Add the pages that a publish is about to make, where it changes anything."""
        if self.wanted and (changes or not self._is_told()):
            self.file.unlink(missing_ok=True)
            self._tell(keep=True)

    def after(self) -> str:
        """Drop the pages that are gone; return what could not be done, or an empty text."""
        if not self.wanted or self._is_told():
            return ""
        wrong = self._tell(keep=False)
        if wrong:
            return f"the counter lacks this release ({wrong}); the next publish tries again"
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_text(self.name, encoding="ascii")
        return ""

    def _is_told(self) -> bool:
        try:
            return self.file.read_text(encoding="ascii", errors="replace") == self.name
        except FileNotFoundError:
            return False

    def _tell(self, *, keep: bool) -> str:
        try:
            register_paths(self._functions(), self.paths, self.shards, keep=keep)
        except FunctionError as error:
            return str(error)
        except StoreError as error:
            return error.message
        return ""

    def _functions(self) -> Functions:
        from generator.app.functions import open_functions

        return open_functions(self.workspace)[0]
