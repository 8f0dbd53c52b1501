"""A starter -> the files of a new site.

A starter is no copy of everything: it is laid over the theme that the program comes with, and over
what all starters share (`starters/common/`). Three kinds of its files are not simply laid over:

- `look.css` changes the first block of `static/css/site.css`, where a site's colours and type are,
  and adds its other rules at the end; the owner finds one ordinary style sheet.
- `templates/i18n/*.yaml` adds words to the theme's table of that language.
- `gitignore` becomes `.gitignore`, which would have an effect where the starter lies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from generator import __version__
from generator.core.artifacts import digest

FOLDER = "starters"
COMMON = "common"
NAMES = ("blog", "resume", "photos", "docs")
STYLE = "static/css/site.css"
RECORD = ".tidepost.json"
"""What a site that the program is no part of was made from: an upgrade goes by it."""

EDGE = "templates/parts/edge.html"
"""What every starter leaves empty, and the sample does not."""

_EVERYWHERE = (
    "publish.py", "templates", "static/css", "static/js", "static/fonts", "schema",
    "tests/__init__.py", "tests/site", ".gitattributes", ".editorconfig", ".vscode",
)  # fmt: skip
_VENDORED = (
    "generator", "backend", "infra", "docs", "requirements.txt", "requirements-dev.txt", "Makefile",
    "pyproject.toml", ".github/workflows/site.yml",
)  # fmt: skip
_SCHEMAS = "schema/"
_LOOK = "look.css"
_WORDS = "templates/i18n/"
_NAMED = {"gitignore": ".gitignore"}

_BLOCK = re.compile(r":root \{\n(.*?)\n\}\n", re.DOTALL)
_VALUE = re.compile(r"^  (--[\w-]+): (.*?);$", re.MULTILINE)

_LIGHT = re.compile(r"light-dark\(([^,()]+),")
_FALLBACK = re.compile(
    r"@supports not \(color: light-dark\(red, red\)\) \{\n(.*?)\n\}\n", re.DOTALL
)
_PLAIN = re.compile(r"(--[\w-]+): ([^;]+);")
"""What browsers without light-dark() are given: the light ones of the colours."""

_WAY_IN = b'''#!/usr/bin/env python3
"""Publish this site: `python publish.py --help` tells the rest."""

try:
    from generator.cli import main
except ModuleNotFoundError as error:
    if error.name is None or not error.name.startswith("generator"):
        raise
    raise SystemExit(
        "Tidepost is not installed here: run `python -m pip install -r requirements.txt`."
    ) from None

if __name__ == "__main__":
    main()
'''


OF_THE_SITE = ("content/", "data/", "static/icons/", "static/images/", "static/root/")
"""Where the sample's own files lie in a clone: a starter's come in their place."""


_UNRECORDED = (
    "README.md", ".gitignore", "requirements.txt", "requirements-dev.txt", "site.yaml", RECORD,
)  # fmt: skip


class SiteFile(NamedTuple):
    """What a file holds, and whether it can be run."""

    content: bytes
    executable: bool = False


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The starter and the version that a site was made from or last upgraded to, and the SHA-256 of
    each file that came with them."""

    starter: str
    version: str
    files: dict[str, str]


def record_of(files: Mapping[str, SiteFile], starter: str) -> Record:
    """Return what is recorded of a new site. Its content and settings are not: they are the
    owner's from the first day."""
    came = {
        path: digest(file.content)
        for path, file in sorted(files.items())
        if not path.startswith(OF_THE_SITE) and path not in _UNRECORDED
    }
    return Record(starter=starter, version=__version__, files=came)


def record_json(record: Record) -> bytes:
    """Return a record as it lies in a site."""
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def read_record(raw: bytes) -> Record:
    """Read a record. Raises ValueError where it is none, or names a starter that there is not."""
    record = msgspec.json.decode(raw, type=Record)
    if record.starter not in NAMES:
        raise ValueError(f"there is no starter `{record.starter}`")
    return record


def parts_of(starter: str, *, vendored: bool) -> tuple[str, ...]:
    """Return the paths, files or folders of the program, that `compose` wants the files of."""
    own = (f"{FOLDER}/{COMMON}", f"{FOLDER}/{starter}")
    return (*own, *_EVERYWHERE, *(_VENDORED if vendored else ()))


def compose(
    program: Mapping[str, SiteFile], starter: str, *, vendored: bool, requirement: str
) -> dict[str, SiteFile]:
    """Return the files of a new site by their paths, from those of the program.

    `vendored`: the program lies in the site's folder; otherwise `requirement`, a line of a
    requirements.txt (PEP 508), says what installs it. Raises ValueError where a starter does not
    fit the theme.
    """
    site = {
        path: file
        for path, file in program.items()
        if not path.startswith(f"{FOLDER}/") and (vendored or _is_wanted(path))
    }
    if not vendored:
        site["publish.py"] = SiteFile(_WAY_IN)
        site["requirements.txt"] = SiteFile(f"{requirement}\n".encode())
        site["requirements-dev.txt"] = SiteFile(b"-r requirements.txt\npytest>=8.3\n")
    for layer in (COMMON, starter):
        prefix = f"{FOLDER}/{layer}/"
        for path, file in program.items():
            if path.startswith(prefix):
                _lay(site, path.removeprefix(prefix), file)
    if not vendored:
        site[RECORD] = SiteFile(record_json(record_of(site, starter)))
    return dict(sorted(site.items()))


def replaced(
    files: Mapping[str, SiteFile], present: Mapping[str, bytes]
) -> dict[str, SiteFile | None]:
    """Return what changes in a repository of the program's own, whose site is to become that of
    `files`: each with its new content, or none where it goes. `present` are the files there now."""
    changes: dict[str, SiteFile | None] = {
        path: None for path in present if path.startswith(OF_THE_SITE) and path not in files
    }
    for path, file in files.items():
        if present.get(path) != file.content:
            changes[path] = file
    return dict(sorted(changes.items()))


def _is_wanted(path: str) -> bool:
    """Say whether a site that the program is not part of has use for a file: of the schemas, what
    editors read."""
    return not path.startswith(_SCHEMAS) or path.endswith(".json")


def _lay(site: dict[str, SiteFile], path: str, file: SiteFile) -> None:
    if path == _LOOK:
        style = site[STYLE].content.decode()
        site[STYLE] = SiteFile(restyled(style, file.content.decode()).encode())
    elif path.startswith(_WORDS) and path in site:
        site[path] = SiteFile(site[path].content.rstrip() + b"\n\n" + file.content)
    else:
        site[_NAMED.get(path, path)] = file


def restyled(style: str, look: str) -> str:
    """Return a style sheet with the values of a look's first block in its own first block, and the
    look's other rules at its end. Raises ValueError where the style sheet has no such value."""
    block, changes = _BLOCK.search(style), _BLOCK.match(look)
    if block is None or changes is None:
        raise ValueError("a style sheet begins with `:root {`, and so does a look")
    values = dict(_VALUE.findall(changes[1]))
    unknown = values.keys() - dict(_VALUE.findall(block[1])).keys()
    if unknown:
        raise ValueError(f"the theme's style sheet has no {', '.join(sorted(unknown))}")
    first = _VALUE.sub(lambda own: f"  {own[1]}: {values.get(own[1], own[2])};", block[1])
    older = {name: found[1] for name, value in values.items() if (found := _LIGHT.match(value))}
    rest = look[changes.end() :].strip("\n")
    begun, ended = style[: block.start(1)] + first, style[block.end(1) :].rstrip("\n")
    if fallback := _FALLBACK.search(ended):
        plain = _PLAIN.sub(lambda own: f"{own[1]}: {older.get(own[1], own[2])};", fallback[1])
        ended = ended[: fallback.start(1)] + plain + ended[fallback.end(1) :]
    return f"{begun}{ended}\n" + (f"\n{rest}\n" if rest else "")
