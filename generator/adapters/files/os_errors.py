"""Hints for errors of the operating system; opens regular files only."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_FOREIGN = "it belongs to somebody else, or is closed: make it yours with `chown` or `chmod u+rwX`"
_NO_ROOM = "make room and run this again: nothing was lost"
_NO_FOLDER = "something else is where a folder has to be: move it away, or delete it"
_WAYS_OUT = {
    errno.EACCES: _FOREIGN,
    errno.EPERM: _FOREIGN,
    errno.EROFS: "work on a copy that may be written to",
    errno.ENOSPC: _NO_ROOM,
    getattr(errno, "EDQUOT", errno.ENOSPC): _NO_ROOM,
    errno.ENOTDIR: _NO_FOLDER,
    errno.EEXIST: _NO_FOLDER,
    errno.EISDIR: "a folder is where a file has to be: move it away, or delete it",
    errno.ELOOP: "a link leads back to itself: delete it",
    errno.ENAMETOOLONG: "give it a shorter name",
    errno.EMFILE: "let this program open more files at once, for example with `ulimit -n 4096`",
}
NO_FILE = "take it away, or put a file in its place"
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)


class NoFileError(OSError):
    """What was to be read is no file: a named pipe, say, of which reading never ends."""


def way_out(error: OSError) -> str:
    """Return what the owner can do about a refusal, or an empty text where that is not
    known."""
    if isinstance(error, NoFileError):
        return NO_FILE
    return _WAYS_OUT.get(error.errno or 0, "")


def called(mode: int) -> str:
    """Return what something with this mode is that is neither file, folder nor link."""
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "something strange")
    return f"{kind}, where only files and folders can be"


def only_files(path: str, flags: int) -> int:
    """Open what is a file, as `open` wants it of its `opener`, and wait for nothing. Raises
    NoFileError for what else may have taken a file's place since it was looked at."""
    descriptor = os.open(path, flags | _AT_ONCE)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise NoFileError(errno.EINVAL, called(mode), path)


def read_file(file: str | Path) -> bytes:
    """Return what a file holds. Raises OSError, and waits for nothing."""
    # A Path, and a buffer for a file that is read at once, cost more than the reading.
    with open(file, "rb", buffering=0, opener=only_files) as opened:
        return opened.readall()
