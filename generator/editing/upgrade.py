"""What a newer version of Tidepost changes in a site that was started from an older one.

Three trees are compared: the version that the site was started from (or last upgraded to), the site
as it is, and the new version. Nothing is read from disk or written here.
"""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

Owner = Literal["owner", "shared", "program"]
Deed = Literal["add", "replace", "merge", "conflict", "remove", "keep"]

BELONGINGS = "generator/belongings.toml"
_NEEDED = ("publish.py", "generator/")
"""What the program cannot do without: it comes back where it was deleted."""


class Blob(msgspec.Struct, frozen=True):
    """What git keeps of a file: the id of its content, and whether it can be run."""

    id: str
    executable: bool = False


Tree = Mapping[str, Blob]
Merge = Callable[[bytes, bytes, bytes], bytes | None]
"""(base, mine, new) -> the three merged, or None where they are in conflict."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one file. `content` None: it is removed, or (`keep`) left as it is."""

    path: str
    deed: Deed
    why: str = ""
    content: bytes | None = None
    executable: bool = False
    beside: str = ""
    beside_content: bytes = b""

    @property
    def changes(self) -> bool:
        """Say whether a file that exists is changed, or a new one written."""
        return self.deed != "keep"


class Belongings(msgspec.Struct, frozen=True, kw_only=True):
    """Whose each file is."""

    owner: tuple[str, ...]
    shared: tuple[str, ...]
    program: tuple[str, ...]

    def of(self, path: str) -> Owner:
        """Return whose `path` is."""
        if _fits(path, self.owner):
            return "owner"
        if _fits(path, self.shared):
            return "shared"
        return "program" if _fits(path, self.program) else "owner"


def read_belongings(raw: bytes) -> Belongings:
    """Read the new version's list. Raises ValueError where it is none."""
    try:
        return msgspec.convert(tomllib.loads(raw.decode()), Belongings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{BELONGINGS} of the new version cannot be read: {error}") from None


def plan_upgrade(
    base: Tree,
    site: Tree,
    new: Tree,
    belongings: Belongings,
    read: Callable[[str], bytes],
    merge: Merge,
    moved: Mapping[str, str] | None = None,
) -> list[Step]:
    """Return what happens to each file that is not the owner's, sorted by path.

    `read` returns the content of a blob, `moved` names the new path of what lies elsewhere in the
    new version. Files that stay the same are left out.
    """
    present = {top(path) for path in site}
    followed = {
        old: path
        for old, path in (moved or {}).items()
        if "owner" not in (belongings.of(old), belongings.of(path))
        and old in base
        and old not in new
        and path in new
        and path not in base
        and path not in site
        and base.get(old) != site.get(old)
    }
    before = {path: old for old, path in followed.items()}
    steps = []
    for path in sorted(base.keys() | new.keys()):
        whose = belongings.of(path)
        if whose == "owner":
            continue
        if path in followed:
            step = _left(path, followed[path], site)
        elif path in before:
            old = before[path]
            step = _arrived(path, base[old], site.get(old), new[path], whose, present, read, merge)
        else:
            step = _step(
                path, base.get(path), site.get(path), new.get(path), whose, present, read, merge
            )
        if step is not None:
            steps.append(step)
    return steps


def _left(old: str, path: str, site: Tree) -> Step | None:
    """Say what happens where a file was that the owner changed and the new version has moved."""
    if old not in site:
        return None
    return Step(path=old, deed="remove", why=f"it is {path} now, and your changes with it")


def _arrived(
    path: str,
    base: Blob,
    mine: Blob | None,
    new: Blob,
    whose: Owner,
    present: set[str],
    read: Callable[[str], bytes],
    merge: Merge,
) -> Step | None:
    """Say what happens where a file comes to that the owner changed at its old path."""
    if mine is not None and new.id == base.id:
        return _written(path, "merge", read(mine.id), mine)
    if mine is not None and new.id == mine.id:
        return _written(path, "add", read(new.id), new)
    return _step(path, base, mine, new, whose, present, read, merge)


def likeness(site: Tree, candidate: Tree, belongings: Belongings) -> int:
    """Return how many files of `candidate` the site has just as they are there."""
    return sum(
        path in site and site[path].id == blob.id and belongings.of(path) != "owner"
        for path, blob in candidate.items()
    )


def newest_version(tags: Sequence[str]) -> str:
    """Return the tag with the highest version such as `v1.2.0`, or an empty text."""
    versions = {}
    for tag in tags:
        parts = tag.removeprefix("v").split(".")
        if len(parts) > 1 and all(part.isdigit() for part in parts):
            versions[tag] = tuple(map(int, parts))
    return max(versions, key=lambda tag: versions[tag], default="")


def top(path: str) -> str:
    """Return the folder, or the file, at the top of the repository that a path belongs to."""
    return path.partition("/")[0]


def _step(
    path: str,
    base: Blob | None,
    mine: Blob | None,
    new: Blob | None,
    whose: Owner,
    present: set[str],
    read: Callable[[str], bytes],
    merge: Merge,
) -> Step | None:
    if new is not None and mine is not None and new.id == mine.id:
        return None
    if mine is None:
        return _absent(path, base, new, present, read)
    if base is not None and mine.id == base.id:
        if new is None:
            return Step(path=path, deed="remove", why="it is no longer part of Tidepost")
        return _written(path, "replace", read(new.id), new)
    if new is None:
        return Step(path=path, deed="keep", why="no longer part of Tidepost, but you changed it")
    if base is not None and new.id == base.id:
        return None  # the owner's change, and nothing new
    content, theirs = read(mine.id), read(new.id)
    merged = merge(read(base.id), content, theirs) if base is not None else None
    if merged is not None:
        return _written(path, "merge", merged, new)
    if whose == "shared":
        return Step(
            path=path, deed="conflict", content=content, executable=mine.executable,
            why=f"yours stays; the new one is {path}.new",
            beside=f"{path}.new", beside_content=theirs,
        )  # fmt: skip
    return Step(
        path=path, deed="conflict", content=theirs, executable=new.executable,
        why=f"the new one counts; yours is {path}.mine",
        beside=f"{path}.mine", beside_content=content,
    )  # fmt: skip


def _absent(
    path: str,
    base: Blob | None,
    new: Blob | None,
    present: set[str],
    read: Callable[[str], bytes],
) -> Step | None:
    """Say what happens to a file that the site does not have: what the owner deleted, and what
    would come into a folder that the owner deleted, stays away."""
    if new is None:
        return None
    needed = path.startswith(_NEEDED)
    if base is not None and not needed:
        changed = base.id != new.id
        return Step(path=path, deed="keep", why="you deleted it") if changed else None
    if not needed and "/" in path and top(path) not in present and base is None:
        return None
    return _written(path, "add", read(new.id), new)


def _written(path: str, deed: Deed, content: bytes, new: Blob) -> Step:
    return Step(path=path, deed=deed, content=content, executable=new.executable)


def _fits(path: str, patterns: Sequence[str]) -> bool:
    name = path.rpartition("/")[2]
    return any(
        path.startswith(pattern)
        if pattern.endswith("/")
        else path == pattern or ("*" in pattern and fnmatch.fnmatchcase(name, pattern))
        for pattern in patterns
    )
