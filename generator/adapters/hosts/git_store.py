"""A branch of a git repository as a store: one commit a release, and nothing seen before its push.

The commit's tree is the site and nothing else. What is to be remembered (`.tidepost/`) is the tree
of a second commit, which is a parent of the first: so one ref holds both, one push moves both, and
no host serves the bookkeeping. The push is a compare-and-swap on the commit that the plan was made
for, which is all that keeps two publishers apart: the lease lies in this process alone. Etag and
version of a file are its blob's id; an earlier release is read from the history of the branch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from generator.adapters.hosts.git_branch import Blob, Branch, Commit
from generator.core.urls import folders_of
from generator.publish.manifest import (
    JOURNAL,
    LEASE,
    MANIFEST,
    PREVIEWS,
    STATE,
    Entry,
    Manifest,
    Ref,
    UnreadableDocument,
    decode_manifest,
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

_CHUNK = 1 << 20
_FILE = "100644"
_LOOKED_AT = 50
"""How many commits of others may lie above the newest release before the branch is read whole."""
_RELEASE = "Tidepost-Release: "
_ASIDE = "Bookkeeping of Tidepost's\n"
"""The message of the commit beside a release; of the first release it is the only parent."""


class _State:
    """What is known of the branch, and what is staged; the stores of all prefixes share it.

    `files` and `book` are the trees of the newest commit, by path; None in `staged` stands for a
    file to be deleted, a Path for one that is yet to be stored."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.loaded = self.sealed = False
        self.tip = ""
        self.files: dict[str, Blob] = {}
        self.book: dict[str, Blob] = {}
        self.drop()

    def drop(self) -> None:
        """Forget what was staged; whoever looks next asks the remote."""
        self.leases: dict[str, bytes] = {}
        self.staged: dict[str, Blob | None] = {}
        self.sources: dict[str, Path] = {}
        self.written: dict[str, bytes | None] = {}
        self.sealed = self.loaded = False

    def load(self, *, anew: bool = False) -> None:
        """Read the branch, if that was not done; `again` asks the remote in any case."""
        if self.loaded and not (anew and not self.staged and not self.leases):
            return
        tip = self.branch.fetch()
        if not self.loaded or tip != self.tip:
            self.tip = tip
            self.files = self.branch.files(tip) if tip else {}
            self.book = self._book(tip) if tip else {}
        if not self.book and self.branch.is_source(tip):
            raise StoreError(
                f"the branch `{self.branch.name}` holds what the site is made from",
                "name another one with publish.branch, such as gh-pages: it is made if need be",
            )
        self.loaded = True

    def _book(self, tip: str) -> dict[str, Blob]:
        """The bookkeeping of the newest commit that has some; commits of others lie above it."""
        for most in (_LOOKED_AT, 0):
            for commit in self.branch.log(tip, most):
                if found := book_of(self.branch, commit):
                    return found
        return {}


def book_of(branch: Branch, commit: Commit) -> dict[str, Blob]:
    """Return the bookkeeping that was committed with a release; nothing for another commit."""
    if not commit.parents or _RELEASE not in commit.message:
        return {}
    found = branch.files(commit.parents[-1])
    return found if all(STATE in f"/{path}" for path in found) else {}


class GitStore:
    """A store in a branch, below `prefix`, which is empty or ends in `/`."""

    staged = True

    def __init__(self, branch: Branch, prefix: str = "", state: _State | None = None) -> None:
        self._state = state or _State(branch)
        self._branch, self._prefix = branch, prefix
        self.name = f"branch {branch.name} of {branch.remote}{'/' if prefix else ''}{prefix}"
        self._still: Callable[[], None] | None = None

    def read(self, key: str) -> Document | None:
        """Return a small file of the bookkeeping, or of the site."""
        if key == LEASE:
            held = self._state.leases.get(self._prefix + key)
            return Document(held, _sha256(held), 0.0) if held is not None else None
        self._state.load(anew=key == MANIFEST)
        body = self._content(self._prefix + key)
        return Document(body, self._etag(key), 0.0) if body is not None else None

    def changed(self, key: str, etag: str) -> bool:
        """Whether a file no longer has this etag."""
        self._state.load()
        return self._etag(key) != etag

    def write(self, key: str, body: bytes, *, expect: str) -> str:
        """Stage a small file under a condition. Raises Conflict."""
        if key != LEASE:
            self._state.load()
        if self._etag(key) != expect:
            raise Conflict(key)
        if key == LEASE:
            self._state.leases[self._prefix + key] = body
        else:
            self._look_before()
            self._state.written[self._prefix + key] = body
        return _sha256(body)

    def upload(self, key: str, file: Path, entry: Entry, *, expect: str | None) -> Stored:
        """Stage a file. Raises Conflict when something else lies there."""
        self._look_before()
        try:
            with file.open("rb") as source:
                sha256 = hashlib.sha256()

                def parts() -> Iterator[bytes]:
                    while chunk := source.read(_CHUNK):
                        sha256.update(chunk)
                        yield chunk

                made = self._branch.blob_id(parts(), entry.size)
        except OSError as error:
            raise StoreError(f"`{file}` cannot be read: {error.strerror}") from None
        if sha256.hexdigest() != entry.sha256:
            raise _not_what_it_was(file)
        self._stage(key, Blob(_FILE, made, entry.size), expect)
        self._state.sources[made] = file
        return Stored(made, made)

    def copy(
        self, source: Ref, key: str, entry: Entry, *, expect: str | None, unmoved: str = ""
    ) -> Stored:
        """Stage what lies elsewhere in the branch, or in its history. Raises Conflict."""
        self._look_before()
        there = self._file(source.key)
        if source.version:
            blob: Blob | None = Blob(_FILE, source.version, entry.size)
        else:
            blob = there
        if blob is None or (unmoved and not source.version and blob.id != unmoved):
            raise Conflict(source.key)
        if source.version and (content := self._branch.read(blob.id)) is None:
            raise Conflict(source.key)
        if key.startswith(STATE):
            content = self._branch.read(blob.id)
            self._state.written[self._prefix + key] = content
            return Stored(blob.id)
        self._stage(key, blob, expect)
        return Stored(blob.id, blob.id)

    def head(self, key: str, version: str = "") -> Observed | None:
        """Tell what lies at a path, or what a blob of the history is, by reading it."""
        self._state.load()
        found = version or (self._etag(key) if key.startswith(STATE) else self._id(key))
        content = self._branch.read(found) if found else None
        if content is None:
            return None
        return Observed(
            sha256=_sha256(content), size=len(content), headers=None, etag=found, version=found
        )

    def listing(self, prefix: str = "") -> Iterator[Listed]:
        """Go through the bookkeeping and the files of the newest commit, in order of their keys."""
        self._state.load()
        whole = self._prefix + prefix
        found = {**self._state.files, **self._state.book}
        for path in sorted(found):
            if path.startswith(whole):
                key = path.removeprefix(self._prefix)
                yield Listed(key, found[path].size, found[path].id)

    def folders(self, prefix: str) -> list[str]:
        """Name the folders directly below `prefix`."""
        self._state.load()
        whole = self._prefix + prefix
        below = (path[len(whole) :] for path in self._state.files if path.startswith(whole))
        return sorted({path.partition("/")[0] for path in below if "/" in path})

    def versions(self) -> Iterator[Version]:
        """What the history holds is not counted one by one: `cut` shortens it."""
        return iter(())

    def delete(self, refs: Sequence[Ref]) -> None:
        """Stage that files go; to delete the lease drops what was not sealed."""
        state = self._state
        for ref in refs:
            full = self._prefix + ref.key
            if ref.key == LEASE:
                state.leases.pop(full, None)
                state.drop()
            elif ref.version or state.sealed:
                continue
            elif ref.key.startswith(STATE):
                state.written[full] = None
            else:
                state.staged[full] = None

    def knows(self, conditions: str) -> bool:  # noqa: ARG002
        """A remote compares and swaps a branch; there is nothing to find out."""
        return True

    def try_conditions(self, key: str, body: bytes) -> str:
        """Nothing is tried: see `knows`."""
        return self.write(key, body, expect=_sha256(body))

    def guard(self, still: Callable[[], None] | None) -> None:
        """Have `still` called before something is staged."""
        self._still = still

    def tidy(self) -> None:
        """What is not pushed lies in no place that others see."""

    def settle(self) -> None:
        """Nothing is durable before it is pushed, and all of it then."""

    def seal(self, keep: Callable[[], None]) -> None:
        """Commit what was staged, and push it. Raises Conflict where the branch moved on."""
        state = self._state
        wanted = [blob.id for blob in state.staged.values() if blob is not None]
        new = sorted(id_ for id_ in set(wanted) if id_ in state.sources)
        stored = self._branch.add_files([state.sources[id_] for id_ in new], keep)
        for id_, made in zip(new, stored, strict=True):
            if id_ != made:
                raise _not_what_it_was(state.sources[id_])
        files = _over(state.files, state.staged)
        written = {path: body for path, body in state.written.items() if body is not None}
        ids = self._branch.add(list(written.values()))
        blobs: dict[str, Blob | None] = dict.fromkeys(state.written)
        for (path, body), id_ in zip(written.items(), ids, strict=True):
            blobs[path] = Blob(_FILE, id_, len(body))
        book = _over(state.book, {path: b for path, b in blobs.items() if not _passing(path)})
        keep()
        if (files, book) != (state.files, state.book):
            parents = [state.tip] if state.tip else []
            message = self._message(written.get(self._prefix + MANIFEST))
            aside = self._branch.commit(self._branch.tree(book), [], _ASIDE)
            commit = self._branch.commit(self._branch.tree(files), [*parents, aside], message)
            if not self._branch.push(state.tip, commit, keep):
                raise Conflict(MANIFEST)
            state.tip = commit
        state.files, state.book, state.sealed = files, book, True

    def within(self, prefix: str) -> Store:
        """The same branch, with its keys below `prefix`."""
        return GitStore(self._branch, f"{self._prefix}{prefix}", self._state)

    def cut(self) -> int:
        """Begin the branch's history with the oldest release that can be gone back to; return how
        many commits that drops. Raises StoreError where the branch moved on meanwhile.

        The commits that stay are made again, with their trees, messages, authors and times.
        """
        state, branch = self._state, self._branch
        state.load(anew=True)
        manifest = self._manifest()
        if manifest is None or not manifest.releases:
            return 0
        log = [
            commit for commit in branch.log(state.tip) if commit.message.strip() != _ASIDE.strip()
        ]
        first = f"{_RELEASE}{manifest.releases[0].id}"
        ends = [number for number, one in enumerate(log) if first in one.message.splitlines()]
        if not ends or ends[-1] + 1 == len(log):
            return 0
        made = ""
        for commit in reversed(log[: ends[-1] + 1]):
            aside = commit.parents[-1:] if book_of(branch, commit) else ()
            parents = [parent for parent in (made, *aside) if parent]
            made = branch.commit(branch.tree_of(commit.id), parents, commit.message, commit.id)
        if not branch.push(state.tip, made):
            raise StoreError("something was published meanwhile", "run it again")
        state.tip = made
        return len(log) - ends[-1] - 1

    def _manifest(self) -> Manifest | None:
        body = self._content(self._prefix + MANIFEST)
        try:
            return decode_manifest(body) if body is not None else None
        except UnreadableDocument as error:
            raise StoreError(str(error), "publish with --verify --force to replace it") from None

    def _message(self, body: bytes | None) -> str:
        preview = self._prefix.removeprefix(PREVIEWS).rstrip("/")
        if body is None:
            what = f"Remove the preview {preview}" if preview else "Clean up"
            return f"{what}\n\n{_RELEASE}none\n"
        manifest = decode_manifest(body)
        what = f"Preview {preview}" if preview else f"Release {manifest.sequence}"
        lines = [what, "", f"{_RELEASE}{'preview ' if preview else ''}{manifest.release}"]
        if manifest.commit:
            lines.append(f"Tidepost-Source: {manifest.commit}")
        return "\n".join([*lines, ""])

    def _content(self, path: str) -> bytes | None:
        if path in self._state.written:
            return self._state.written[path]
        found = self._state.book.get(path) or self._state.files.get(path)
        return self._branch.read(found.id) if found else None

    def _etag(self, key: str) -> str:
        """A small file's etag; the manifest's is the newest commit, so that it moves with all that
        others do to the branch."""
        path, state = self._prefix + key, self._state
        if key == LEASE:
            held = state.leases.get(path)
            return _sha256(held) if held is not None else ""
        if path in state.written:
            body = state.written[path]
            return _sha256(body) if body is not None else ""
        if not key.startswith(STATE):
            return self._id(key)
        if path not in state.book:
            return ""
        return state.tip if key == MANIFEST else state.book[path].id

    def _file(self, key: str) -> Blob | None:
        path = self._prefix + key
        if path in self._state.staged:
            return self._state.staged[path]
        return self._state.files.get(path)

    def _id(self, key: str) -> str:
        found = self._file(key)
        return found.id if found else ""

    def _stage(self, key: str, blob: Blob, expect: str | None) -> None:
        there = self._id(key)
        if expect is not None and there not in (expect, blob.id):
            raise Conflict(key)
        self._state.staged[self._prefix + key] = blob

    def _look_before(self) -> None:
        if self._still is not None:
            self._still()


def _over(files: dict[str, Blob], changes: dict[str, Blob | None]) -> dict[str, Blob]:
    """Return files with changes; what stands where a new file has a folder, or a folder where there
    is a new file, gives way."""
    new = {path: blob for path, blob in changes.items() if blob is not None}
    in_the_way = {folder for path in new for folder in folders_of(path)}
    found = {
        path: blob
        for path, blob in files.items()
        if path not in changes
        and path not in in_the_way
        and new.keys().isdisjoint(folders_of(path))
    }
    return found | new


def _passing(path: str) -> bool:
    """Whether a file of the bookkeeping is of the run alone."""
    return path.endswith((LEASE, JOURNAL))


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _not_what_it_was(file: Path) -> StoreError:
    return StoreError(f"`{file}` is not what it was", "build the site again")
