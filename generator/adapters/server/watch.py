"""Tells when the owner changed something."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from watchfiles import Change, watch
from watchfiles.main import FileChange

FOLDERS = ("content", "templates", "static", "data")
FILES = ("site.yaml", "extensions.py")
_IGNORED_ENDS = ("~", ".swp", ".swx", ".tmp", ".bak", "___jb_tmp___", "___jb_old___")
_QUIET_MS = 10
"""Changes are reported as soon as it was quiet for so long: a file is mostly written in less. Who
reads a file that is still being written is reported again when the rest has come."""

_MOST_MS = 100
"""Where it is never quiet, changes are reported after so long."""

Changed = Callable[[set[str]], None]


class _Either:
    """An event that is set when one of two is; watchfiles asks for no more than `is_set`."""

    def __init__(self, *events: threading.Event) -> None:
        self._events = events

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events)


def follow(root: Path, changed: Changed, stop: threading.Event) -> list[threading.Thread]:
    """Call `changed` with paths from `root` whenever a source file changes, until `stop` is set.

    Only what a site consists of is watched, whatever else lies in its folder; a folder that is
    made or replaced later is watched from then on. `changed` is called from other threads.
    """
    root = root.resolve()
    again = threading.Event()
    threads = [
        threading.Thread(target=_follow_top, args=(root, changed, stop, again), daemon=True),
        threading.Thread(target=_follow_folders, args=(root, changed, stop, again), daemon=True),
    ]
    for thread in threads:
        thread.start()
    return threads


def _follow_top(
    root: Path, changed: Changed, stop: threading.Event, again: threading.Event
) -> None:
    def is_ours(_: Change, path: str) -> bool:
        return Path(path).parent == root and Path(path).name in (*FOLDERS, *FILES)

    while not stop.is_set():
        for changes in _until_a_name_is_no_text(
            watch(
                root,
                watch_filter=is_ours,
                recursive=False,
                debounce=_MOST_MS,
                step=_QUIET_MS,
                stop_event=stop,
                raise_interrupt=False,
            )
        ):
            # A folder is also reported when something in it changes; only its coming and going
            # counts.
            paths = {
                Path(path).name
                for change, path in changes
                if Path(path).name in FILES or change is not Change.modified
            }
            if paths & set(FOLDERS):
                again.set()
            if paths:
                changed(paths)
        if not stop.is_set():
            changed(set(FILES))  # what is left of that moment


def _follow_folders(
    root: Path, changed: Changed, stop: threading.Event, again: threading.Event
) -> None:
    first = True
    while not stop.is_set():
        again.clear()
        folders = [root / name for name in FOLDERS if (root / name).is_dir()]
        if not folders:
            again.wait(0.2)
            continue
        missed = not first
        first = False
        told = watch(
            *folders,
            watch_filter=_is_source,
            debounce=_MOST_MS,
            step=_QUIET_MS,
            rust_timeout=500,
            yield_on_timeout=True,
            stop_event=_Either(stop, again),
            raise_interrupt=False,
        )
        with suppress(FileNotFoundError):  # a folder went after it was looked for
            for changes in _until_a_name_is_no_text(told):
                paths = {Path(path).relative_to(root).as_posix() for _, path in changes}
                if missed:  # what happened before the new folder was watched
                    paths |= {folder.name for folder in folders}
                    missed = False
                if paths:
                    changed(paths)


def _until_a_name_is_no_text(told: Iterator[set[FileChange]]) -> Iterator[set[FileChange]]:
    """Pass on what is reported. watchfiles gives up at a name that is not UTF-8: whoever follows
    begins again, and the build reports that name."""
    try:
        yield from told
    except RuntimeError as error:
        if "decode" not in str(error):
            raise


def _is_source(_: Change, path: str) -> bool:
    name = Path(path).name
    return not name.startswith((".", "#")) and not name.endswith(_IGNORED_ENDS)
