"""What lies in the output folder, going by what a ledger knows of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISDIR

import msgspec

from generator.adapters.files.digest_index import DigestIndex, Facts, facts_of
from generator.adapters.forked_task import Beside

_WORTH_A_PROCESS = 2_000
"""Files that take about as long to look at as a process takes to start and to answer."""


class Changes(msgspec.Struct, frozen=True, array_like=True):
    """What is no longer as a ledger has it: folders by their names, and files by their places in
    it, with what they are now. Or that it is of no use, because something is gone."""

    folders: list[str] = []
    files: dict[int, Facts] = {}
    useless: bool = False


class Seen(msgspec.Struct, frozen=True):
    """Every file below a folder, by its path from there, with what it is; and what each is known to
    hold, or an empty text."""

    files: dict[str, Facts]
    held: dict[str, str]


def looking(folder: Path, digest_index: DigestIndex, *, wanted: bool = True) -> Beside[Changes]:
    """Start scanning the output folder in the background, if that is `wanted`."""
    worth = wanted and len(digest_index.names) >= _WORTH_A_PROCESS
    return Beside(lambda: changes(folder, digest_index), Changes, worth=worth)


def changes(folder: Path, digest_index: DigestIndex) -> Changes:
    """Return what is not as `ledger` has it.

    A folder whose times are those that it knows has the names in it that it had, so that it need
    not be listed. Its files are looked at all the same: writing to one leaves the folder be.
    """
    if "" not in digest_index.folders or not digest_index.names:
        return Changes(useless=True)
    above = f"{folder}/"
    try:
        folders = _facts(above, digest_index.folders)
        files = _facts(above, digest_index.names)
        others = [
            name
            for (name, before), now in zip(digest_index.folders.items(), folders, strict=True)
            if before != now
        ]
        are_folders = all(S_ISDIR(os.lstat(above + name).st_mode) for name in others)
    except OSError:
        return Changes(useless=True)
    if files == digest_index.facts:
        return Changes(others, useless=not are_folders)
    compared = enumerate(zip(digest_index.facts, files, strict=True))
    different = {place: now for place, (before, now) in compared if before != now}
    return Changes(others, different, useless=not are_folders)


def seen(folder: Path, digest_index: DigestIndex, changes: Changes) -> Seen:
    """Return what there is, listing what changed, which `ledger` notes."""
    files: dict[str, Facts] = {}
    held: dict[str, str] = {}
    if changes.useless:
        digest_index.forget_folders()
        pending = [""]
    else:
        files = dict(zip(digest_index.names, digest_index.facts, strict=True))
        held = dict(zip(digest_index.names, digest_index.digests, strict=True))
        for place, facts in changes.files.items():
            name = digest_index.names[place]
            files[name], held[name] = facts, ""
        for name in digest_index.folders.keys() & files.keys():
            del files[name], held[name]
        pending = sorted(changes.folders)
    if pending:
        _list(folder, pending, digest_index, files, held)
    return Seen(files, held)


def _list(
    folder: Path,
    pending: list[str],
    digest_index: DigestIndex,
    files: dict[str, Facts],
    held: dict[str, str],
) -> None:
    """List some folders and those below that are not known."""
    above = f"{folder}/"
    folders = set(digest_index.folders)
    while pending:
        current = pending.pop()
        whole = True
        try:
            # Looked at before it is listed: what comes between shows the next time.
            stat = os.lstat(above + current)
            with os.scandir(above + current) as entries:
                for entry in entries:
                    path = f"{current}/{entry.name}" if current else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if files.pop(path, None):
                            del held[path]
                        if path not in folders:
                            pending.append(path)
                        continue
                    if path not in files:
                        entry_stat = entry.stat(follow_symlinks=False)
                        files[path] = facts_of(entry_stat)
                        held[path] = digest_index.known(path, entry_stat)
                    whole = whole and path in digest_index
        except FileNotFoundError:
            continue
        digest_index.note_folder(current, stat, whole=whole)


def _facts(above: str, names: Iterable[str]) -> list[Facts]:
    return list(map(facts_of, map(os.lstat, [above + name for name in names])))
