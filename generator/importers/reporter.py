"""Collects what an import has to say while it goes on."""

from __future__ import annotations

from collections.abc import Mapping

from generator.importers.report import Entry, Kind, Moved


class Reporter:
    """Entries and moved addresses, each once, in the order in which they came up.

    `redirects` are old addresses that `site.yaml` is to lead on. `real` says where a file lies that
    the old program sees elsewhere.
    """

    def __init__(self, real: Mapping[str, str] | None = None) -> None:
        self.entries: dict[Entry, None] = {}
        self.moved: dict[Moved, None] = {}
        self.redirects: dict[str, str] = {}
        self._tags: dict[str, list[Entry]] = {}
        self._real = real if real is not None else {}

    def left(self, path: str, line: int, message: str, hint: str = "") -> None:
        """Say what was not converted and wants the owner's eye."""
        self._add("left", path, line, message, hint)

    def changed(self, path: str, line: int, message: str, hint: str = "") -> None:
        """Say what is here, but not as it was."""
        self._add("changed", path, line, message, hint)

    def converted(self, path: str, target: str, url: str = "", line: int = 0) -> None:
        """Say which file a file, or what begins on a line of it, became."""
        path = self._real.get(path, path)
        entry = Entry(path=path, line=line, kind="converted", message="", target=target, url=url)
        self.entries[entry] = None

    def move(self, old: str, new: str, why: str) -> None:
        """Say that an address is another one now; `new` is empty where there is none."""
        self.moved[Moved(old=old, new=new, why=why)] = None

    def moved_in_vain(self, old: str, new: str) -> None:
        """Say that nothing answers for an old address, since there is no page that it led to."""
        for entry in [one for one in self.moved if one.old == old]:
            del self.moved[entry]
        self.move(old, "", f"it led to {new}, which is not here")

    def has_tags(self, path: str) -> bool:
        """Return whether tags of a file, those in code too, could not be converted."""
        return self._real.get(path, path) in self._tags

    def no_tags_left(self, path: str) -> None:
        """Forget the tags of a file that could not be converted."""
        for entry in self._tags.pop(self._real.get(path, path), ()):
            self.entries.pop(entry, None)

    def redirect(self, old: str, new: str, why: str) -> None:
        """Say that an old address leads to a page now that is no document's, such as a list."""
        self.move(old, new, why)
        self.redirects.setdefault(old, new)

    def _add(self, kind: Kind, path: str, line: int, message: str, hint: str) -> None:
        path = self._real.get(path, path)
        entry = Entry(path=path, line=line, kind=kind, message=message, hint=hint)
        self.entries[entry] = None
        if kind == "left" and message.startswith(("`{{", "`{%")):
            self._tags.setdefault(path, []).append(entry)
