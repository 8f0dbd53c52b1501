"""A file that is asked for and is not there, and what its writer may have meant."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection
from urllib.parse import unquote

from generator.core.problems import did_you_mean

_OWN_COMPUTER = re.compile(r"[A-Za-z]:[\\/]|file:|\\\\|~/", re.IGNORECASE)
_OWN_FOLDERS = re.compile(r"/(?:Users|home|Volumes|mnt|private|tmp)/")


def on_own_computer(address: str) -> str:
    """Return what to do about an address that is a place on its writer's computer, where no reader
    can go; nothing for others."""
    return _take_along(address) if _OWN_COMPUTER.match(address) else ""


def _take_along(address: str) -> str:
    name = re.split(r"[\\/]", unquote(address).rstrip("\\/"))[-1]
    return f"put the file beside the document, and write its name: `{name}`"


class NearbyFiles:
    """Finds what may be meant among the files of a site, whose paths are `names`."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._alike: dict[str, list[str]] = defaultdict(list)
        self._called: dict[str, list[str]] = defaultdict(list)

    def hint(self, target: str, source: str) -> str:
        """Return what to do about the address `target` in the document `source`, or an empty
        text."""
        if _OWN_FOLDERS.match(target) or _OWN_COMPUTER.match(target):
            return _take_along(target)
        if not self._alike:
            for name in self._names:
                self._alike[_alike(name)].append(name)
                self._called[_alike(posixpath.basename(name))].append(name)
        path = unquote(re.split(r"[?#]", target, maxsplit=1)[0]).replace("\\", "/")
        for wanted in _candidates(path, source):
            if same := self._alike.get(_alike(wanted)):
                return self._same(target, wanted, same[0], source)
        found = self._called.get(_alike(posixpath.basename(path)), [])
        if found:
            written = [_written(name, source) for name in found[:3]]
            if len(found) == 1:
                return f"it is at {found[0]}: write `{written[0]}`"
            return f"which one: {', '.join(f'`{each}`' for each in written)}?"
        beside = _candidates(path, source)[0]
        folder = posixpath.dirname(beside)
        near = [
            posixpath.basename(name) for name in self._names if posixpath.dirname(name) == folder
        ]
        return did_you_mean(posixpath.basename(path), near)

    def _same(self, target: str, wanted: str, name: str, source: str) -> str:
        written = _written(name, source)
        if "\\" in target and name == wanted:
            return f"write / instead of \\: `{written}`"
        if name == wanted:
            return f"it is at {name}: write `{written}`"
        if name.casefold() == wanted.casefold():
            called = posixpath.basename(name)
            return f"the file is called {called}: write `{written}`, as capitals count on the web"
        return f"its name has the same letters in another encoding: write `{written}`, or copy it"


def _candidates(path: str, source: str) -> list[str]:
    """Return where the file may be that `source` calls `path`, also by error."""
    if path.startswith("/"):
        return [f"static{path}", f"content{path}", path[1:]]
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    return [beside, path, f"static/{path}", f"content/{path}"]


def _written(name: str, source: str) -> str:
    """Return how `source` refers to a file of the site."""
    top, _, rest = name.partition("/")
    if top == "static":
        return f"/{rest.removeprefix('root/')}"
    folder = posixpath.dirname(source)
    written = posixpath.relpath(name, folder) if folder else name
    return f"<{written}>" if " " in written else written


def _alike(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
