"""Files that the old site served as they were -> static/."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from functools import cached_property
from urllib.parse import unquote

from generator.core.image_kinds import INSTEAD, REFUSED, SUFFIXES
from generator.importers.addresses import (
    MOST_SIZE,
    PICTURES_AND_FILMS,
    THEME_FILES,
    Addresses,
    place_of,
)
from generator.importers.model import NewFile, OldSite
from generator.importers.reporter import Reporter

_REFUSED = {suffix: fault for kind, fault in REFUSED.items() for suffix in SUFFIXES[kind]}
"""The ends of names of pictures that a build refuses, and why it does."""


_OLD_LOOK = frozenset(
    {"_layouts", "_includes", "includes", "layouts", "templates", "theme", "themes"}
)
_NAMES_FILE = re.compile(
    rb"<(?:script\b[^>]*?\ssrc|link\b[^>]*?\shref)\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE
)


class StaticFiles:
    """Collects what is copied, and counts what belongs to the old look."""

    def __init__(self, files: OldSite, addresses: Addresses, tell: Reporter) -> None:
        self.files, self.addresses, self.tell = files, addresses, tell
        self.copied: dict[str, NewFile] = {}
        self.theme: Counter[str] = Counter()

    def add(self, source: str, served: str) -> None:
        """Copy a file that the old site served at `/served`, or say why not."""
        of_look = posixpath.splitext(served)[1].lower() in THEME_FILES
        if of_look and posixpath.basename(served) not in self.named:
            self.theme[posixpath.dirname(source) or "."] += 1
            return
        if fault := _REFUSED.get(posixpath.splitext(served)[1].lower()):
            self.tell.left(source, 0, f"not copied: it {fault}", INSTEAD)
            return
        place, address = place_of(served)
        if not place:
            hint = "look whether anything in it is still wanted"
            self.tell.left(
                source, 0, "not copied: Tidepost makes this itself, or cannot name it", hint
            )
        elif self.files[source].size > MOST_SIZE:
            self.tell.left(source, 0, "not copied: it is larger than 200 MB", f"copy it to {place}")
        elif place in self.copied:
            self.tell.left(
                source, 0, f"not copied: {self.copied[place].origin} goes to the same place"
            )
        else:
            self.addresses.files.setdefault(f"/{served}", address)
            self.copied[place] = NewFile(path=place, origin=source, copy_of=source)
            self.tell.converted(source, place)

    @cached_property
    def named(self) -> frozenset[str]:
        """The names of the scripts and styles that texts and pages of HTML load by themselves."""
        found = set[str]()
        for path, file in self.files.items():
            of_look = not _OLD_LOOK.isdisjoint(path.split("/"))
            if path.endswith((".md", ".markdown", ".html", ".htm")) and not of_look:
                found |= {
                    each.decode("utf-8", "replace") for each in _NAMES_FILE.findall(file.read())
                }
        return frozenset(posixpath.basename(unquote(re.split(r"[?#]", each)[0])) for each in found)

    def done(self) -> list[NewFile]:
        """Return the files to copy, and report what all of them have in common."""
        for folder, count in sorted(self.theme.items()):
            files = "file" if count == 1 else "files"
            hint = "Tidepost has its own look, in templates/ and static/css/site.css"
            self.tell.left(
                folder, 0, f"{count} {files} of the old look (styles, scripts, fonts)", hint
            )
        if any(
            path.startswith("static/") and posixpath.splitext(path)[1].lower() in PICTURES_AND_FILMS
            for path in self.copied
        ):
            self.tell.move(
                "pictures and films",
                "/assets/...",
                "named by their content; what must keep its address goes into static/root/",
            )
        return list(self.copied.values())
