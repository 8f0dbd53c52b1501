"""What lies in the output folder, going by what a ledger knows of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISDIR

import msgspec

from generator.adapters.files.digest_index import Facts, Ledger, facts_of
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


def looking(folder: Path, ledger: Ledger, *, wanted: bool = True) -> Beside[Changes]:
    """Begin to look at what `ledger` knows of its folder, if that is `wanted`."""
    worth = wanted and len(ledger.names) >= _WORTH_A_PROCESS
    return Beside(lambda: changes(folder, ledger), Changes, worth=worth)


def changes(folder: Path, ledger: Ledger) -> Changes:
    """Return what is not as `ledger` has it.

    A folder whose times are those that it knows has the names in it that it had, so that it need
    not be listed. Its files are looked at all the same: writing to one leaves the folder be.
    """
    if "" not in ledger.folders or not ledger.names:
        return Changes(useless=True)
    above = f"{folder}/"
    try:
        folders = _facts(above, ledger.folders)
        files = _facts(above, ledger.names)
        others = [
            name
            for (name, before), now in zip(ledger.folders.items(), folders, strict=True)
            if before != now
        ]
        are_folders = all(S_ISDIR(os.lstat(above + name).st_mode) for name in others)
    except OSError:
        return Changes(useless=True)
    if files == ledger.facts:
        return Changes(others, useless=not are_folders)
    compared = enumerate(zip(ledger.facts, files, strict=True))
    different = {place: now for place, (before, now) in compared if before != now}
    return Changes(others, different, useless=not are_folders)


def seen(folder: Path, ledger: Ledger, changes: Changes) -> Seen:
    """Return what there is, listing what changed, which `ledger` notes."""
    files: dict[str, Facts] = {}
    held: dict[str, str] = {}
    if changes.useless:
        ledger.forget_folders()
        pending = [""]
    else:
        files = dict(zip(ledger.names, ledger.facts, strict=True))
        held = dict(zip(ledger.names, ledger.digests, strict=True))
        for place, facts in changes.files.items():
            name = ledger.names[place]
            files[name], held[name] = facts, ""
        for name in ledger.folders.keys() & files.keys():
            del files[name], held[name]
        pending = sorted(changes.folders)
    if pending:
        _list(folder, pending, ledger, files, held)
    return Seen(files, held)


def _list(
    folder: Path,
    pending: list[str],
    ledger: Ledger,
    files: dict[str, Facts],
    held: dict[str, str],
) -> None:
    """List some folders and those below that are not known."""
    above = f"{folder}/"
    folders = set(ledger.folders)
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
                        held[path] = ledger.known(path, entry_stat)
                    whole = whole and path in ledger
        except FileNotFoundError:
            continue
        ledger.note_folder(current, stat, whole=whole)


def _facts(above: str, names: Iterable[str]) -> list[Facts]:
    return list(map(facts_of, map(os.lstat, [above + name for name in names])))
