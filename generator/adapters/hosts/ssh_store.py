"""A folder on a server of one's own as a store, over ssh.

What is to be done is written down while the plan is carried out, and done when it is sealed: all
contents are sent aside first, under names that stand for their bytes, so that a broken connection
costs what was under way; then they are put in place in the plan's own order, by one script of the
server's shell, or by one batch of sftp. Where the served path is free, or a link of ours, and the
server has a shell, the release is a folder of its own: a copy of the live one made of hard links,
changed, and swapped in by renaming one link. Else each file is renamed into its place by itself.

Bookkeeping lies beside the served folder. The lease is a file that is made by a rename that fails
where there is one. The time of a file that we wrote stands for its content, so that a listing tells
what others changed: etags are size and date.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import posixpath
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from generator.adapters.hosts.ssh_player import Place, Step, play
from generator.adapters.hosts.ssh_server import Item, Read, Server, quoted
from generator.publish.manifest import (
    CONTENT,
    JOURNAL,
    LEASE,
    MANIFEST,
    PREVIEWS,
    RELEASES,
    STATE,
    Entry,
    Ref,
    UnreadableDocument,
    decode_journal,
)
from generator.publish.store import (
    Conflict,
    Document,
    Listed,
    Observed,
    Store,
    Stored,
    StoreError,
    Version,
)

_EPOCH, _DAYS = 946_684_800, 20 * 365
"""Times of files lie in the twenty years from 2000 on: no edit of today looks like one."""
_OWN = ("incoming", "lease", "displaced", PREVIEWS.rstrip("/"))


class _Site:
    """The place on the server, and what is written down to be done; the stores of all prefixes
    share it. `contents` are files to be sent, by the name under which they wait; `expected` are
    etags that must be there before anything is put in place."""

    def __init__(self, server: Server, path: str, state: str) -> None:
        self.server, self.path = server, path
        self.state = state or f"{path}.tidepost"
        self.place: Place | None = None
        self.leases: dict[str, tuple[bytes, str]] = {}
        self.sealed = False
        self.drop()

    def drop(self) -> None:
        """Forget what was to be done."""
        self.steps: list[Step] = []
        self.contents: dict[str, Path | bytes] = {}
        self.times: dict[str, float] = {}
        self.written: dict[str, bytes | None] = {}
        self.expected: dict[str, tuple[str, str]] = {}
        self.touched: tuple[str, ...] = ()
        self.seen: dict[str, Observed | None] = {}
        self.looked: dict[str, Document | None] = {}
        self.ahead: dict[str, Document | None] = {}
        self.sealed = False

    def found(self) -> Place:
        """How files can be put in place there."""
        if self.place is None:
            self.place = Place.look(self.server, self.path, self.state)
        return self.place


class SshStore:
    """A store on a server, below `prefix`, which is empty or ends in `/`."""

    staged = True

    def __init__(
        self, server: Server, path: str, state: str = "", *, prefix: str = "",
        site: _Site | None = None,
    ) -> None:  # fmt: skip
        self._site = site or _Site(server, path, state)
        self._server, self._prefix = server, prefix
        self.name = f"{server.name}:{path}{'/' if prefix else ''}{prefix.rstrip('/')}"
        self._still: Callable[[], None] | None = None

    def read(self, key: str) -> Document | None:
        """Return a small file, or None where there is none."""
        full = self._prefix + key
        if full in self._site.written and not self._site.sealed and key != LEASE:
            body = self._site.written[full]
            return Document(body, _sha256(body), 0.0) if body is not None else None
        path, site = self._path(key), self._site
        if path in site.ahead:
            return site.ahead.pop(path)
        after = self._path(JOURNAL)
        asked = [path, after] if key == MANIFEST else [path]
        read = self._server.read(asked)
        found = {one: _document(read.get(one)) for one in asked}
        if key == LEASE and found[path] and not self._is_ours(read[path].body):
            age = self._server.clock(self._state) - read[path].time
            found[path] = Document(read[path].body, _sha256(read[path].body), age)
        if key == MANIFEST:
            site.ahead[after] = journal = found[after]
            if journal is not None:
                with contextlib.suppress(UnreadableDocument):
                    touched = decode_journal(journal.body).touched
                    site.touched = tuple(self._path(one) for one in touched)
        if site.leases:  # nobody else writes it from here on
            site.looked[path] = found[path]
        return found[path]

    def changed(self, key: str, etag: str) -> bool:
        """Whether a small file no longer has this etag."""
        path = self._path(key)
        looked = self._site.looked if key != LEASE else {}
        found = looked[path] if path in looked else self.read(key)
        return (found.etag if found else "") != etag

    def write(self, key: str, body: bytes, *, expect: str) -> str:
        """Write the lease, or write down that a small file is to be written. Raises Conflict."""
        if key == LEASE:
            self._write_lease(body, expect)
            return _sha256(body)
        if not key.startswith(RELEASES) and self.changed(key, expect):
            raise Conflict(key)
        self._look_before()
        self._site.written[self._prefix + key] = body
        self._put(self._path(key), body, _sha256(body), time.time())
        return _sha256(body)

    def upload(self, key: str, file: Path, entry: Entry, *, expect: str | None) -> Stored:
        """Write down that a file is to be put there; what lies there is looked at when it is."""
        self._look_before()
        etag = _etag(entry)
        if expect is not None:
            self._site.expected[self._prefix + key] = (expect, etag)
        self._put(self._inside(key), file, entry.sha256, _time_of(entry.sha256))
        return Stored(etag)

    def copy(
        self, source: Ref, key: str, entry: Entry, *, expect: str | None, unmoved: str = ""
    ) -> Stored:
        """Write down that a file is to be linked. Headers are remembered by the manifest alone."""
        self._look_before()
        etag = _etag(entry)
        if source.key == key:
            self._site.expected[self._prefix + key] = (expect or etag, etag)
            return Stored(etag)
        if unmoved:
            self._site.expected[self._prefix + source.key] = (unmoved, unmoved)
        if not key.startswith(CONTENT) and expect is not None:
            self._site.expected[self._prefix + key] = (expect, etag)
        self._site.steps.append(Step("link", self._any(key), self._any(source.key)))
        return Stored(etag)

    def head(self, key: str, version: str = "") -> Observed | None:  # noqa: ARG002 (has none)
        """Tell what lies at a path, by the server's own digest of it, or by reading it."""
        path, site = self._path(key), self._site
        if path not in site.seen:
            self._see({path, *site.touched})
        return site.seen.pop(path)

    def _see(self, paths: set[str]) -> None:
        """Look at several files at once: what an unfinished publish touched is asked for one by
        one."""
        site = self._site
        site.touched = ()
        found = self._server.listing(sorted({posixpath.dirname(path) for path in paths}))
        items = {p: found[posixpath.dirname(p)].get(posixpath.basename(p)) for p in paths}
        files = {path: item for path, item in items.items() if item and item.kind == "-"}
        digests = site.found().digests(sorted(files)) if files else {}
        site.seen = dict.fromkeys(paths)
        for path, item in files.items():
            if path in digests:
                site.seen[path] = Observed(
                    sha256=digests[path], size=item.size, headers=None, etag=_etag_of(item)
                )

    def listing(self, prefix: str = "") -> Iterator[Listed]:
        """Go through the bookkeeping, then the site, each in the order of its keys."""
        folder = prefix.rpartition("/")[0]
        if not prefix or prefix.startswith(STATE):
            below = folder[len(STATE) :]
            found = self._walk(self._state, f"{below}/" if below else "", _OWN)
            yield from (one for one in _listed(found, STATE) if one.key.startswith(prefix))
        if not prefix.startswith(STATE):
            found = self._walk(self._root, f"{folder}/" if folder else "")
            yield from (one for one in _listed(found, "") if one.key.startswith(prefix))

    def folders(self, prefix: str) -> list[str]:
        """Name the folders directly below `prefix`."""
        folder = self._path(prefix).rstrip("/")
        items = self._server.listing([folder])[folder]
        return sorted(name for name, item in items.items() if item.kind == "d")

    def versions(self) -> Iterator[Version]:
        """A server keeps no versions."""
        return iter(())

    def delete(self, refs: Sequence[Ref]) -> None:
        """Write down that files go; bookkeeping is deleted at once when all else is sealed."""
        site, at_once = self._site, list[str]()
        for ref in refs:
            if ref.key == LEASE or (site.sealed and ref.key.startswith(STATE)):
                at_once.append(f"-rm {quoted(self._path(ref.key))}")
            elif not site.sealed:
                if ref.key.startswith(STATE):
                    site.written[self._prefix + ref.key] = None
                site.steps.append(Step("remove", self._any(ref.key)))
        if not at_once:
            return
        if any(ref.key == LEASE for ref in refs):
            site.leases.pop(self._prefix, None)
            site.drop()
        self._server.do(at_once)

    def knows(self, conditions: str) -> bool:  # noqa: ARG002
        """Every write is held by the lease, and looked at right before."""
        return True

    def try_conditions(self, key: str, body: bytes) -> str:  # noqa: ARG002
        """Nothing is tried: see `knows`."""
        return _sha256(body)

    def guard(self, still: Callable[[], None] | None) -> None:
        """Have `still` called before something is written down."""
        self._still = still

    def tidy(self) -> None:
        """What crashed publishers left is deleted when something is sealed."""

    def settle(self) -> None:
        """The order of what was written down is the order in which it is done."""

    def seal(self, keep: Callable[[], None]) -> None:
        """Send all contents, then put them in place. Raises Conflict where others changed what is
        to be replaced, before anything is."""
        site, place = self._site, self._site.found()
        incoming = f"{site.state}/incoming"
        there = self._look_there(incoming)
        with tempfile.TemporaryDirectory() as folder:
            files = {name: self._laid(Path(folder), name) for name in site.contents}
            keep()
            try:
                self._server.send(files, incoming, there, keep, rsync=place.has_rsync)
            except StoreError as error:
                room = self._server.room(site.state)
                if room is None or room * 1024 > sum(f.stat().st_size for f in files.values()):
                    raise
                raise StoreError(
                    f"{self._server.name}: {error.message.partition(': ')[2] or 'no room'}; "
                    f"{room:,} kB are free there",
                    "make room there, and publish again: nothing was lost",
                ) from None
        keep()
        left = [name for name in there if name not in site.contents]
        play(self._server, place, site.steps, left, keep, commit=f"{self._state}/manifest.json")
        site.sealed, site.place = True, None

    def within(self, prefix: str) -> Store:
        """The same place, with its keys below `prefix`."""
        site = self._site
        whole = f"{self._prefix}{prefix}"
        return SshStore(self._server, site.path, prefix=whole, site=site)

    def place(self) -> Place:
        """Return what the server lets us do there. Raises StoreError."""
        return self._site.found()

    @property
    def _root(self) -> str:
        return f"{self._site.path}/{self._prefix}".rstrip("/")

    @property
    def _state(self) -> str:
        return f"{self._site.state}/{self._prefix}".rstrip("/")

    def _path(self, key: str) -> str:
        """Where the live object of a key lies on the server."""
        if key.startswith(STATE):
            return f"{self._state}/{key[len(STATE) :]}"
        return f"{self._root}/{key}"

    def _inside(self, key: str) -> str:
        """A path inside the release that is being made, which has yet to get its folder."""
        return f"\0{self._prefix}{key}"

    def _any(self, key: str) -> str:
        return self._path(key) if key.startswith(STATE) else self._inside(key)

    def _put(self, path: str, content: Path | bytes, sha256: str, when: float) -> None:
        contents, name = self._site.contents, sha256
        while name in contents:  # each is renamed into its place
            name += "+"
        contents[name] = content
        self._site.times[name] = when
        self._site.steps.append(Step("put", path, name))

    def _laid(self, folder: Path, name: str) -> Path:
        """Write a content to a local folder, with the time and the rights it shall have."""
        file, content = folder / name, self._site.contents[name]
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            try:
                shutil.copyfile(content, file)
            except OSError as error:
                raise StoreError(f"`{content}` cannot be read: {error.strerror}") from None
            with file.open("rb") as made:
                if hashlib.file_digest(made, "sha256").hexdigest() != name.rstrip("+"):
                    raise StoreError(f"`{content}` is not what it was", "build the site again")
        file.chmod(0o644)
        when = self._site.times[name]
        os.utime(file, (when, when))
        return file

    def _look_there(self, incoming: str) -> dict[str, Item]:
        """Raise Conflict unless what is to be replaced is what it was expected to be; return what
        an earlier run has sent already."""
        site = self._site
        folders = {posixpath.dirname(f"{site.path}/{path}") for path in site.expected}
        found = self._server.listing([incoming, *sorted(folders)])
        for path, wanted in site.expected.items():
            folder, _, name = f"{site.path}/{path}".rpartition("/")
            item = found[folder].get(name)
            there = _etag_of(item) if item and item.kind == "-" else ""
            if there not in wanted:
                raise Conflict(path.removeprefix(self._prefix))
        return found[incoming]

    def _is_ours(self, body: bytes) -> bool:
        return body == self._site.leases.get(self._prefix, (b"", ""))[0]

    def _write_lease(self, body: bytes, expect: str) -> None:
        """Make the lease, renew our own, or take over one that is over. Raises Conflict."""
        path, token = self._path(LEASE), secrets.token_hex(6)
        waits, aside = f"{path}.{token}", f"{path}.old-{token}"
        _, etag = self._site.leases.get(self._prefix, (b"", ""))
        renewed = bool(expect) and expect == etag
        if renewed and self.changed(LEASE, etag):
            raise Conflict(LEASE)
        if expect and not renewed:
            self._server.batch([f"rename -l {quoted(path)} {quoted(aside)}"])
            moved = self._server.read([aside]).get(aside)
            if moved is None or _sha256(moved.body) != expect:
                self._server.do([f"-rename -l {quoted(aside)} {quoted(path)}"])
                raise Conflict(LEASE)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "lease").write_bytes(body)
            lines = [] if renewed else [f"-mkdir {quoted(step)}" for step in self._folders()]
            lines.append(f"put {quoted(str(Path(folder, 'lease')))} {quoted(waits)}")
            # The plain rename replaces what is there; the other one fails where something is.
            lines.append(f"rename {'' if renewed else '-l '}{quoted(waits)} {quoted(path)}")
            ran = self._server.batch([*lines, f"-rm {quoted(aside)}"])
        if ran.code:
            self._server.batch([f"-rm {quoted(waits)}", f"-rm {quoted(aside)}"])
            if "remote rename" in ran.said:
                raise Conflict(LEASE)
            raise self._server.error(ran, self._site.state)
        if not renewed:
            self._site.looked, self._site.ahead = {}, {}
        self._site.leases[self._prefix] = (body, _sha256(body))

    def _folders(self) -> list[str]:
        """The folders that bookkeeping needs, the outermost first."""
        top = self._site.state
        parts = self._prefix.rstrip("/").split("/") if self._prefix else []
        return [
            top,
            f"{top}/incoming",
            *(f"{top}/{'/'.join(parts[:n])}" for n in range(1, len(parts) + 1)),
        ]

    def _walk(self, top: str, below: str, without: Sequence[str] = ()) -> dict[str, Item]:
        """All files below a folder, by their paths from `top`."""
        found, waiting = dict[str, Item](), [below]
        while waiting:
            asked = {f"{top}/{folder}".rstrip("/"): folder for folder in waiting}
            waiting = []
            for place, items in self._server.listing(asked).items():
                for name, item in items.items():
                    path = f"{asked[place]}{name}"
                    if path.partition(".")[0] in without or path.startswith("site-"):
                        continue
                    if item.kind == "d":
                        waiting.append(f"{path}/")
                    elif item.kind == "-":
                        found[path] = item
        return found

    def _look_before(self) -> None:
        if self._still is not None:
            self._still()


def _listed(found: dict[str, Item], before: str) -> Iterator[Listed]:
    for path, item in sorted(found.items()):
        yield Listed(f"{before}{path}", item.size, _etag_of(item))


def _document(found: Read | None) -> Document | None:
    return Document(found.body, _sha256(found.body), 0.0) if found else None


def _time_of(sha256: str) -> float:
    """The time that stands for a content, at noon of a day."""
    return _EPOCH + int(sha256[:12], 16) % _DAYS * 86_400 + 43_200


def _etag(entry: Entry) -> str:
    when = time.gmtime(_time_of(entry.sha256))
    return f"{entry.size} {time.strftime('%b', when)} {when.tm_mday} {when.tm_year}"


def _etag_of(item: Item) -> str:
    return f"{item.size} {' '.join(item.date.split())}"


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
