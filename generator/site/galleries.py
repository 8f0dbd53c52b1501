"""Folders of pictures: which there are, in which order, and what is said of each.

The words for a picture come from `captions.yaml` in its folder, or else from the file itself.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

import msgspec

from generator.assets.picture_words import Words, cached_words
from generator.content.sources import FileFacts
from generator.core.cache import Cache
from generator.core.problems import Problem, did_you_mean
from generator.core.yaml_reader import YamlDocument, YamlError, read_value

_MOST_VALUES = 100_000
"""How many values `captions.yaml` may hold."""

_PARTS = ("alt", "caption", "credit")
_DIGITS = re.compile(r"(\d+)")


class FolderPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a folder. `src` is its address as a document writes it; `alt` None where nothing
    says what it shows; `taken` as in Words."""

    src: str
    name: str
    alt: str | None = None
    caption: str = ""
    credit: str = ""
    taken: str = ""


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that a document names: where it is looked for, its pictures by their names, and the
    words of the call that name it."""

    path: str
    needle: str = ""
    pictures: tuple[FolderPicture, ...] = ()


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    """What `captions.yaml` says of a picture."""

    alt: str | None = None
    caption: str | None = None
    credit: str = ""


class Galleries:
    """The pictures of all folders, looked up when a document asks for one."""

    def __init__(self, files: Mapping[str, FileFacts], cache: Cache) -> None:
        self.files, self.cache = files, cache
        self.problems: list[Problem] = []
        self._said = {
            path.rpartition("/")[0]: self._read(path, facts.captions)
            for path, facts in files.items()
            if facts.captions is not None
        }

    def folder(self, written: str, source: str, needle: str) -> Folder:
        """Return the folder that a document means: beside it, or from / on below static/ or
        content/, as files are found."""
        name = written.strip().rstrip("/") or "/"
        places = [posixpath.normpath(posixpath.join(posixpath.dirname(source), name))]
        if name.startswith("/"):
            places = [posixpath.normpath(f"{root}{name}") for root in ("static", "content")]
        path = next((each for each in places if each in self._pictures), places[0])
        pictures = []
        for file in self._pictures.get(path, ()):
            facts, words = self.files[f"{path}/{file}"], Words()
            said = self._said.get(path, {}).get(file, _Said())
            if facts.read:
                words = cached_words(facts.sha256, facts.read, self.cache)
            pictures.append(
                FolderPicture(
                    src=quote(file if name == "." else posixpath.join(name, file)),
                    name=file,
                    alt=said.alt if said.alt is not None else words.alt or None,
                    caption=said.caption if said.caption is not None else words.caption,
                    credit=said.credit,
                    taken=words.taken,
                )
            )
        return Folder(path=path, needle=needle, pictures=tuple(pictures))

    @cached_property
    def _pictures(self) -> Mapping[str, list[str]]:
        """The names of the pictures in each folder, in the order in which people count."""
        found = defaultdict(list)
        for path, facts in self.files.items():
            if facts.kind:
                folder, _, name = path.rpartition("/")
                found[folder].append(name)
        return {folder: sorted(names, key=by_name) for folder, names in found.items()}

    def _read(self, path: str, raw: bytes) -> dict[str, _Said]:
        try:
            text = raw.decode("utf-8-sig")
            value, document = read_value(text, _MOST_VALUES)
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self._report(path, line, "not UTF-8 text", "save the file as UTF-8")
            return {}
        except YamlError as error:
            self._report(path, error.line, error.message, error.hint)
            return {}
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._report(path, 1, "expected a line for each picture", f"write {_EXAMPLE}")
            return {}
        there = self._pictures.get(path.rpartition("/")[0], [])
        said: dict[str, _Said] = {}
        for name, given in value.items():
            line = document.line_of(name)
            if name not in there:
                hint = did_you_mean(str(name), there) or "name a picture of this folder"
                self._report(path, line, f"`{name}`: no such picture beside it", hint)
            elif (found := self._said_of(path, name, given, document)) is not None:
                said[name] = found
        return said

    def _said_of(self, path: str, name: str, given: Any, document: YamlDocument) -> _Said | None:
        if isinstance(given, str | int | float) and not isinstance(given, bool):
            return _Said(alt=str(given).strip())
        if not isinstance(given, dict):
            line = document.line_of(name)
            self._report(path, line, f"`{name}`: expected words", f"write {_EXAMPLE}")
            return None
        texts: dict[str, str] = {}
        for key, value in given.items():
            line = document.line_of(name, key)
            if key not in _PARTS:
                hint = did_you_mean(str(key), _PARTS) or f"there are {', '.join(_PARTS)}"
                self._report(path, line, f"`{name}`: there is no `{key}`", hint)
            elif value is None or isinstance(value, dict | list | bool):
                self._report(path, line, f"`{name}`: `{key}` has no words", f"write {_EXAMPLE}")
            else:
                texts[key] = str(value).strip()
        return _Said(**texts)

    def _report(self, path: str, line: int, message: str, hint: str) -> None:
        self.problems.append(
            Problem(path=path, line=line, code="bad-captions", message=message, hint=hint)
        )


_EXAMPLE = "`boat.jpg: A boat at anchor`, or `boat.jpg: {alt: A boat, caption: At noon}`"


def by_name(name: str) -> tuple[Any, ...]:
    """Return what names are sorted by: numbers by their value, so that `2.jpg` precedes `10.jpg`,
    and the rest without regard to case."""
    parts = _DIGITS.split(name.casefold())
    numbers = [(int(each), "") if place % 2 else (0, each) for place, each in enumerate(parts)]
    return numbers, name


def in_order(pictures: tuple[FolderPicture, ...], order: str) -> tuple[FolderPicture, ...]:
    """Return pictures by `name` or by `date`, with - before it the other way round; those without
    a moment stand last. Raises ValueError."""
    wanted = order.removeprefix("-")
    if wanted not in ("name", "date"):
        raise ValueError(f"`{order}` is neither name nor date")
    backwards = order.startswith("-")
    if wanted == "name":
        return pictures[::-1] if backwards else pictures
    dated = sorted((each for each in pictures if each.taken), key=lambda each: each.taken)
    return (*(dated[::-1] if backwards else dated), *(each for each in pictures if not each.taken))
