"""A folder as a store: what is live is a plain tree that any web server can serve.

Bookkeeping, which knows of old and deleted pages, lies beside it in `NAME.tidepost/`, closed to
others, so that whoever serves or copies the folder hands out the site alone. Up to version 0.1 it
lay inside, in `.tidepost/`: it is read there, and moved by whoever publishes next. Every file is
made under another name on the same file system and renamed into place, so a reader sees the old
bytes or the new ones; conditional writes hold one lock file for the moment of comparing and
renaming, which the system gives back when a process dies. The etag of a file is the SHA-256 of its
content.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from generator.adapters.files.os_errors import way_out
from generator.publish.lease import read_lease
from generator.publish.manifest import CONTENT, LEASE, MANIFEST, PREVIEWS, STATE, Entry, Ref
from generator.publish.store import (
    AtOnce,
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
_AT_WORK_SECONDS = 60.0
_TEMP, _LOCK, _DISPLACED = "tmp", "lock", "displaced"
BESIDE = ".tidepost"
"""What the name of a folder's bookkeeping ends in."""


class FileStore(AtOnce):
    """A store in a local folder. `display` is how the owner knows the folder; `state` is where its
    bookkeeping lies, beside it where that is not given."""

    def __init__(
        self,
        root: Path,
        display: str = "",
        *,
        state: Path | None = None,
        top: FileStore | None = None,
    ) -> None:
        self._root = root
        self._still: Callable[[], None] | None = None
        self._state = state or root.with_name(f"{root.name}{BESIDE}")
        self._old_state = root / STATE.rstrip("/")
        self._top = top or self  # which has the lock and the temporary files of all prefixes
        self.name = f"folder {display or root}"

    def read(self, key: str) -> Document | None:
        """Return a small file, or None where there is none."""
        try:
            with self._path(key).open("rb") as file:
                body = file.read()
                age = time.time() - os.fstat(file.fileno()).st_mtime  # both by this machine's clock
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise _failed(error) from None
        return Document(body, hashlib.sha256(body).hexdigest(), age)

    def changed(self, key: str, etag: str) -> bool:
        """Whether the file no longer has this etag; empty means that there should be none."""
        return self._etag(self._path(key)) != etag

    def write(self, key: str, body: bytes, *, expect: str) -> str:
        """Replace a small file under a condition, durably. Raises Conflict."""
        with _os_errors():
            self._top._move_state()
            self._move_state()
            temp = self._temp(key)
            with _new_file(temp) as file:
                file.write(body)
                _sync(file)
            etag = hashlib.sha256(body).hexdigest()
            self._place(temp, key, etag, expect, own_is_fine=False)
            _sync_folder(self._path(key).parent)
        return etag

    def upload(self, key: str, file: Path, entry: Entry, *, expect: str | None) -> Stored:
        """Put a copy of a file at its place. Raises Conflict when something else lies there."""
        return self._bring(file, key, entry.sha256, expect)

    def copy(
        self,
        source: Ref,
        key: str,
        entry: Entry,
        *,
        expect: str | None,
        unmoved: str = "",  # noqa: ARG002 (the bytes themselves are compared)
    ) -> Stored:
        """Copy inside the folder. Headers are only remembered, by the manifest."""
        origin = self._path(source.key)
        if source.key == key:
            with _os_errors():
                etag = self._etag(origin)
            if etag not in (expect or etag, entry.sha256) or not etag:
                raise Conflict(key)
            return Stored(etag)
        if key.startswith(CONTENT) and self._etag(self._path(key)) == entry.sha256:
            return Stored(entry.sha256)  # kept by an earlier run
        condition = None if key.startswith(CONTENT) else expect
        return self._bring(origin, key, entry.sha256, condition, stored_at=source.key)

    def head(self, key: str, version: str = "") -> Observed | None:  # noqa: ARG002 (has none)
        """Tell what lies at a key, by reading it."""
        path = self._path(key)
        with _os_errors():
            etag = self._etag(path)
            if not etag:
                return None
            return Observed(sha256=etag, size=path.stat().st_size, headers=None, etag=etag)

    def listing(self, prefix: str = "") -> Iterator[Listed]:
        """Go through all files: the bookkeeping, then the site, each in the order of its keys."""
        folder = prefix.rpartition("/")[0]
        if not prefix or prefix.startswith(STATE):
            state = self._where()
            yield from self._walk(state / folder[len(STATE) :], state, STATE, prefix)
        if not prefix.startswith(STATE):
            yield from self._walk(
                self._path(folder) if folder else self._root, self._root, "", prefix
            )

    def _walk(self, start: Path, top: Path, before: str, prefix: str) -> Iterator[Listed]:
        for folder, names, files in os.walk(start):
            names[:] = sorted(name for name in names if not self._is_own(Path(folder, name), top))
            for name in sorted(files):
                path = Path(folder, name)
                key = f"{before}{path.relative_to(top).as_posix()}"
                # An editor's lock is a link to nothing; and what was a file may be gone by now.
                if key.startswith(prefix) and not self._is_own(path, top) and path.is_file():
                    yield Listed(key, path.stat().st_size, self._etag(path))

    def _is_own(self, path: Path, top: Path) -> bool:
        """Whether a file or folder below `top` is none that has a key."""
        if top == self._root:  # bookkeeping of the old layout has keys of its own
            return path.name == STATE.rstrip("/")
        own = (_TEMP, _LOCK, _DISPLACED, ".gitignore", PREVIEWS.rstrip("/"))
        return path.parent == top and path.name in own

    def folders(self, prefix: str) -> list[str]:
        """Name the folders directly below `prefix`."""
        try:
            return sorted(path.name for path in self._path(prefix).iterdir() if path.is_dir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def versions(self) -> Iterator[Version]:
        """A folder keeps no versions."""
        return iter(())

    def delete(self, refs: Sequence[Ref]) -> None:
        """Delete files, and folders that become empty."""
        with _os_errors():
            for ref in refs:
                path = self._path(ref.key)
                self._look_before()
                self._refuse_way_out(path.parent)
                if path.is_dir() and not path.is_symlink():
                    continue  # a folder of the new release stands where a file was
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    path.unlink()
                self._prune(path.parent)

    def knows(self, conditions: str) -> bool:  # noqa: ARG002
        """A folder holds conditions by a lock of the system's; only `doctor` tries them."""
        return True

    def try_conditions(self, key: str, body: bytes) -> str:
        """Write under a condition that holds, and under two that do not."""
        etag = self.write(key, body, expect=hashlib.sha256(body).hexdigest())
        for expect in ("", "0" * 64):
            with contextlib.suppress(Conflict):
                self.write(key, body, expect=expect)
                raise StoreError(f"{self.name} does not hold conditions")
        return etag

    def guard(self, still: Callable[[], None] | None) -> None:
        """Have `still` called before each rename and each delete."""
        self._still = still

    def tidy(self) -> None:
        """Delete the temporary files of publishers that crashed."""
        self.clear_temporary()

    def settle(self) -> None:
        """Return when all that was written would survive a loss of power."""
        if hasattr(os, "sync"):
            os.sync()

    def within(self, prefix: str) -> Store:
        """The same folder, seen from a folder inside it."""
        name = self.name.removeprefix("folder ")
        state = self._top._state / self._path(prefix).relative_to(self._top._root)
        display = f"{name}/{prefix.rstrip('/')}"
        return FileStore(self._path(prefix), display, state=state, top=self._top)

    def clear_temporary(self) -> int:
        """Delete temporary files that nobody has written to for a minute; return how many.

        Only for who holds the lease; others make one for a moment, to ask for the lease.
        """
        count = 0
        top = self._top
        for folder in {top._where() / _TEMP, top._old_state / _TEMP}:
            for path in sorted(folder.glob("*")):
                with contextlib.suppress(OSError):
                    if abs(time.time() - path.stat().st_mtime) > _AT_WORK_SECONDS:
                        path.unlink()
                        count += 1
        return count

    def clear_leftovers(self) -> int:
        """Delete temporary files of crashed runs, and what was moved aside; return how many."""
        count = self.clear_temporary()
        aside = self._top._where() / _DISPLACED
        if aside.is_dir():
            count += sum(1 for _ in aside.iterdir())
            shutil.rmtree(aside)
        return count

    def _where(self) -> Path:
        """The folder that holds the bookkeeping now: of the old layout until it is moved."""
        if self._state.is_dir() or not self._old_state.is_dir():
            return self._state
        return self._old_state

    def _move_state(self) -> None:
        """Bring bookkeeping of the old layout, inside the folder, to its place beside it.

        That is one rename, so whoever is killed leaves it at the one place or at the other; across
        file systems it is copied under another name first. While a publisher holds the lease that
        lies there, nothing is moved.
        """
        old, new = self._old_state, self._state
        if not old.is_dir() or all(path.name == _TEMP for path in old.iterdir()):
            return
        if new.is_dir():
            self._drop_old_state()
            return
        held = self.read(LEASE)
        if held is not None and read_lease(held).left > 0:
            return
        _make_state(new.parent)
        try:
            old.rename(new)
        except FileNotFoundError:  # another publisher was faster
            return
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            copied = new.with_name(f"{new.name}.{secrets.token_hex(4)}")
            shutil.copytree(old, copied)
            self.settle()
            copied.rename(new)
            self._drop_old_state()

    def _drop_old_state(self) -> None:
        """Delete bookkeeping of the old layout where it is at its new place as well."""
        name = MANIFEST[len(STATE) :]
        old, new = self._old_state / name, self._state / name
        if old.is_file() and new.is_file() and old.read_bytes() != new.read_bytes():
            raise StoreError(
                f"`{self._old_state}` and `{self._state}` both say what is published, and not the "
                "same: an older Tidepost published here since",
                f"delete `{self._old_state}`, and publish with --verify",
            )
        shutil.rmtree(self._old_state, ignore_errors=True)

    def _bring(
        self, origin: Path, key: str, sha256: str, expect: str | None, *, stored_at: str = ""
    ) -> Stored:
        """Put a copy of a file at its place; `stored_at` is the file's key where it has one."""
        if stored_at and not origin.is_file():
            raise Conflict(stored_at)
        with _os_errors():
            temp = self._temp(key)
            found = hashlib.sha256()
            with origin.open("rb") as source, _new_file(temp) as file:
                while chunk := source.read(_CHUNK):
                    found.update(chunk)
                    file.write(chunk)
                if sys.platform == "win32":
                    _sync(file)  # elsewhere `settle` does it for all files at once
            if found.hexdigest() != sha256:
                temp.unlink()
                if stored_at:
                    raise Conflict(stored_at)
                raise StoreError(f"`{origin}` is not what it was", "build the site again")
            self._place(temp, key, sha256, expect, own_is_fine=True)
        return Stored(sha256)

    def _place(
        self, temp: Path, key: str, etag: str, expect: str | None, *, own_is_fine: bool
    ) -> None:
        """Rename a finished file into its place, if what lies there is what is expected."""
        target = self._path(key)
        self._make_folder(target.parent)
        with self._locked():
            there = "" if expect is None else self._etag(target)
            if expect is not None and there != expect and not (own_is_fine and there == etag):
                temp.unlink()
                raise Conflict(key)
            if key != LEASE:  # to renew it is what the lease itself decides on
                self._look_before()
            if target.is_dir() and not target.is_symlink():
                self._displace(target)
            temp.replace(target)

    def _look_before(self) -> None:
        if self._still is not None:
            self._still()

    def _make_folder(self, folder: Path) -> None:
        self._refuse_way_out(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            # A file of the old release stands where the new one has a folder.
            for parent in reversed([folder, *folder.parents]):
                if parent.is_relative_to(self._root) and parent.is_file():
                    self._displace(parent)
            folder.mkdir(parents=True, exist_ok=True)

    def _refuse_way_out(self, folder: Path) -> None:
        """Refuse a folder that a symbolic link puts elsewhere; `resolve` sees those that exist."""
        inside = folder.resolve()
        places = (self._top._root, self._top._where())
        if not any(inside.is_relative_to(place.resolve()) for place in places):
            raise StoreError(
                f"`{folder}` leads out of the folder that is published",
                "remove the symbolic link; publishing writes inside its folder only",
            )

    def _displace(self, path: Path) -> None:
        """Move aside what stands in the way; it may hold what is not ours to delete."""
        aside = self._top._where() / _DISPLACED
        aside.mkdir(parents=True, exist_ok=True)
        shutil.move(path, aside / f"{path.name}-{secrets.token_hex(4)}")

    def _prune(self, folder: Path) -> None:
        tops = (self._top._root, self._top._where())
        while folder not in tops and any(folder.is_relative_to(top) for top in tops):
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    def _temp(self, key: str) -> Path:
        """A name for a new file that can be renamed to the one of this key."""
        top = self._top
        state = top._where()
        if not state.is_dir():
            _make_state(state)
        top._root.mkdir(parents=True, exist_ok=True)
        if not key.startswith(STATE) and top._root.stat().st_dev != state.stat().st_dev:
            state = top._old_state  # a file system of its own, as a container's volume is
        folder = state / _TEMP
        if not folder.is_dir():
            state.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir(exist_ok=True)
        return folder / secrets.token_hex(8)

    def _path(self, key: str) -> Path:
        if key.startswith("/") or ".." in key.split("/"):
            raise StoreError(f"`{key}` is not a path inside the folder")
        if key.startswith(STATE):
            return self._where() / key[len(STATE) :]
        return self._root / key

    def _etag(self, path: Path) -> str:
        """The SHA-256 of a file, or empty where there is no regular file."""
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return ""
        except PermissionError:
            if path.is_dir():  # what Windows says of a folder
                return ""
            raise

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._top._where() / _LOCK).open("ab") as file:
            _lock(file)
            try:
                yield
            finally:
                _unlock(file)


def _make_state(folder: Path) -> None:
    """Make the folder for bookkeeping, closed to others. Raises StoreError."""
    for above in folder.parents:
        if above.name and above.with_name(f"{above.name}{BESIDE}").is_dir():
            raise StoreError(
                f"`{folder}` would lie in `{above}`, which is a published folder itself: readers "
                "would get the record of what was published here",
                "name another place for it with `publish.state` in site.yaml",
            )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A copy of the site's sources must not take old and deleted posts along.
        (folder / ".gitignore").write_text("*\n", encoding="ascii")
    except PermissionError as error:
        raise StoreError(
            f"the folder for the record of what is published cannot be made: `{folder}` "
            f"{error.strerror}",
            "it lies beside the published folder, not in it, where readers would get it; "
            "`publish.state` in site.yaml names another place",
        ) from None


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file with the rights that the owner's umask gives, so that servers can read it."""
    try:
        with path.open("xb") as file:
            yield file
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


@contextlib.contextmanager
def _os_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _failed(error) from None


def _failed(error: OSError) -> StoreError:
    where = f" `{error.filename}`" if error.filename else ""
    return StoreError(
        f"the folder cannot be used:{where} {error.strerror or error}", way_out(error)
    )


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        while True:
            try:
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            except OSError:  # gives up after ten tries of a second each
                continue
            return

    def _unlock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)

    def _unlock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
