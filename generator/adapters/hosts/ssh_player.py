"""Puts in place what was sent to a server: by its shell in one script, or by sftp in one batch.

Both do the same steps in the same order, and every step is one rename, one link or one delete; so
whatever ends it, readers find a state that the plan allows.
"""

from __future__ import annotations

import hashlib
import posixpath
import secrets
import shlex
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec

from generator.adapters.hosts.ssh_server import Server, quoted
from generator.publish.store import StoreError

Verb = Literal["put", "link", "remove"]


class Step(msgspec.Struct, frozen=True):
    """One thing to do at a path of the server: put a content there that waits under the name
    `source`, link what lies at `source`, or remove it. A path that begins with NUL is inside the
    release."""

    verb: Verb
    path: str
    source: str = ""


class Place(msgspec.Struct, frozen=True):
    """What a server lets us do at a path. `swaps` says that a release is a folder of its own, to
    which the path is a link."""

    server: Server
    path: str
    state: str
    has_shell: bool
    has_rsync: bool
    swaps: bool
    there: str

    @staticmethod
    def look(server: Server, path: str, state: str) -> Place:
        """Find out what there is. Raises StoreError."""
        p, s = shlex.quote(path), shlex.quote(_link_to(path, state))
        ask = (
            "echo tidepost; command -v rsync >/dev/null && echo rsync\n"
            f"if [ -L {p} ]; then case $(readlink {p}) in {s}/site-*) echo ours;; *) echo theirs;;"
            f" esac; elif [ -e {p} ]; then echo folder; else echo nothing; fi\n"
        )
        told = "" if server.plain else server.script(ask).out
        marks = told.rpartition("tidepost\n")[2].split() if "tidepost\n" in told else []
        return Place(
            server,
            path,
            state,
            has_shell=bool(marks),
            has_rsync="rsync" in marks,
            swaps=bool(marks) and marks[-1] in ("ours", "nothing"),
            there=marks[-1] if marks else "",
        )

    def digests(self, paths: Sequence[str]) -> dict[str, str]:
        """Return the SHA-256 of files, as the server works it out, or by reading them."""
        found: dict[str, str] = {}
        if self.has_shell:
            lines = [f"d {number} {shlex.quote(path)}" for number, path in enumerate(paths)]
            for line in self.server.script("\n".join([_DIGEST, *lines, ""])).out.splitlines():
                number, digest, *_ = [*line.split(), "", ""]
                if number.isdigit() and len(digest) == 64:
                    found[paths[int(number)]] = digest
        if missing := [path for path in paths if path not in found]:
            for path, read in self.server.read(missing).items():
                found[path] = hashlib.sha256(read.body).hexdigest()
        return found


def play(
    server: Server,
    place: Place,
    steps: Sequence[Step],
    left: Iterable[str],
    keep: Callable[[], None],
    *,
    commit: str,
) -> None:
    """Do the steps; then delete what is `left` of those that were sent, by an earlier run.

    Where releases are folders, all steps inside are done before the one at `commit`, and readers
    are led to the new folder right before it. Raises StoreError.
    """
    if place.swaps and any(step.path.startswith("\0") for step in steps):
        fresh = f"{place.state}/site-{secrets.token_hex(6)}"
        inside = [step for step in steps if step.path.startswith("\0")]
        others = [step for step in steps if not step.path.startswith("\0")]
        cut = next((n for n, step in enumerate(others) if step.path == commit), len(others))
        before = [step for step in steps if step in inside or step in others[:cut]]
        text = [*_clone(place, fresh), *_script(place, before, fresh)]
        text += [*_swap(place, fresh), *_script(place, others[cut:], fresh)]
    else:
        text = _script(place, steps, place.path)
    if place.has_shell:
        waiting = [shlex.quote(f"{place.state}/incoming/{name}") for name in left]
        text += [f"rm -f -- {path}" for path in waiting]
        ran = server.script(
            "\n".join(["set -e", *_FUNCTIONS, *text, "echo tidepost-done", ""]), keep=keep
        )
        if ran.code or "tidepost-done" not in ran.out:
            raise server.error(ran, place.state)
        return
    lines = _batch(place, steps)
    lines += [f"-rm {quoted(f'{place.state}/incoming/{name}')}" for name in left]
    ran = server.batch(lines, keep=keep)
    if ran.code:
        raise server.error(ran, place.state)


_DIGEST = (
    'd() { echo "$1 $({ sha256sum < "$2" || shasum -a 256 < "$2"; } 2>/dev/null)"; }'  # or macOS's
)
_FUNCTIONS = (
    # Make a folder; what stands in its way is moved aside, for it may be somebody's.
    'aside() { mkdir -p "$S/displaced"; N=$((N+1));'
    ' mv -- "$1" "$S/displaced/$(basename "$1")-$$-$N"; }',
    'folder() { [ -d "$1" ] || { [ ! -e "$1" ] || aside "$1"; mkdir "$1"; }; }',
    'put() { [ ! -d "$2" ] || aside "$2"; mv -f -- "$S/incoming/$1" "$2"; }',
    # Two links to one file are not renamed over each other.
    'link() { [ "$1" -ef "$2" ] && return; [ ! -d "$2" ] || aside "$2";'
    ' rm -f -- "$S/incoming/link";'
    ' ln -- "$1" "$S/incoming/link"; mv -f -- "$S/incoming/link" "$2";'
    ' rm -f -- "$S/incoming/link"; }',
    'gone() { [ -d "$1" ] || rm -f -- "$1"; }',
    'prune() { rmdir -- "$1" 2>/dev/null || :; }',
)


def _script(place: Place, steps: Iterable[Step], root: str) -> list[str]:
    state = place.state
    lines = [f"S={shlex.quote(state)}", "N=0"]
    made: set[str] = set()
    empty: set[str] = set()
    for step in steps:
        path, top = _placed(step.path, root, state)
        if step.verb == "remove":
            lines.append(f"gone {shlex.quote(path)}")
            empty |= set(_folders(path, top))
            continue
        new = [folder for folder in _folders(path, top) if folder not in made]
        made |= set(new)
        lines += [f"folder {shlex.quote(folder)}" for folder in new]
        source = step.source if step.verb == "put" else _placed(step.source, root, state)[0]
        lines.append(f"{step.verb} {shlex.quote(source)} {shlex.quote(path)}")
    lines += [f"prune {shlex.quote(folder)}" for folder in sorted(empty, key=len, reverse=True)]
    return lines


def _batch(place: Place, steps: Iterable[Step]) -> list[str]:
    root, state = place.path, place.state
    lines = [f"-mkdir {quoted(folder)}" for folder in (root, f"{state}/displaced")]
    made: set[str] = set()
    empty: set[str] = set()
    for number, step in enumerate(steps):
        path, top = _placed(step.path, root, state)
        if step.verb == "remove":
            lines.append(f"-rm {quoted(path)}")
            empty |= set(_folders(path, top))
            continue
        new = [folder for folder in _folders(path, top) if folder not in made]
        made |= set(new)
        lines += [f"-mkdir {quoted(folder)}" for folder in new]
        waits = f"{state}/incoming/{step.source}"
        if step.verb == "link":
            waits = f"{state}/incoming/link-{number}"
            source = _placed(step.source, root, state)[0]
            lines += [f"-rm {quoted(waits)}", f"ln {quoted(source)} {quoted(waits)}"]
        lines.append(f"rename {quoted(waits)} {quoted(path)}")
    lines += [f"-rmdir {quoted(folder)}" for folder in sorted(empty, key=len, reverse=True)]
    return lines


def _clone(place: Place, fresh: str) -> list[str]:
    """Copy the live release by hard links, or byte by byte where the file system has none; those
    that were swapped out before it, or never swapped in, go."""
    p, f, s = (shlex.quote(text) for text in (place.path, fresh, place.state))
    if place.there == "nothing":
        return [f"rm -rf {s}/site-*", f"mkdir -p {f}"]
    return [
        f'live=$(basename "$(readlink {p})")',
        f'for one in {s}/site-*; do [ "$(basename "$one")" = "$live" ] || rm -rf "$one"; done',
        f"mkdir {f}",
        f"cp -Rpl {p}/. {f} 2>/dev/null || {{ rm -rf {f}; mkdir {f}; cp -Rp {p}/. {f}; }}",
    ]


def _swap(place: Place, fresh: str) -> list[str]:
    """Rename a new link over the old one: readers get the old release or the new one."""
    p, link = shlex.quote(place.path), shlex.quote(f"{place.state}/link")
    to = shlex.quote(f"{_link_to(place.path, place.state)}/{posixpath.basename(fresh)}")
    return [
        f"mkdir -p {shlex.quote(posixpath.dirname(place.path) or '.')}",
        f"rm -f {link}; ln -s {to} {link}",
        # GNU, then BSD; a link is never to be put into the folder that the old one leads to.
        f"mv -Tf {link} {p} 2>/dev/null || mv -hf {link} {p}",
    ]


def _link_to(path: str, state: str) -> str:
    """What a link at `path` must say to lead to `state`."""
    if posixpath.isabs(path) != posixpath.isabs(state):
        raise StoreError(
            "publish.path and publish.state begin at different places",
            "write both from / on, or both from the user's own folder on",
        )
    return posixpath.relpath(state, posixpath.dirname(path) or ".")


def _placed(path: str, root: str, state: str) -> tuple[str, str]:
    """Return where a step's path is, and the folder of ours that it is in."""
    if path.startswith("\0"):
        return f"{root}/{path[1:]}", root
    return path, state


def _folders(path: str, top: str) -> list[str]:
    """The folders of a path below `top`, the outermost first."""
    parts = posixpath.dirname(path)[len(top) :].strip("/").split("/")
    return [f"{top}/{'/'.join(parts[:count])}" for count in range(1, len(parts) + 1) if parts[0]]
