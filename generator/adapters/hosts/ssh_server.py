"""A server that is reached by ssh's own programs: `sftp` for everything, `ssh` where the server
gives a shell, and rsync for many files where both sides have it.

One connection is opened and kept (ssh's ControlMaster, which Windows does not have), and ends with
this process, even a killed one. Nobody is asked for a password: ssh's agent or a key file signs in.
Sources: sftp(1), ssh(1), rsync(1); what `rename` and `rename -l` do at the server is in OpenSSH's
PROTOCOL, section 4.3.
"""

from __future__ import annotations

import atexit
import contextlib
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from generator.adapters.hosts.programs import Ran, find_program, run
from generator.publish.store import StoreError

_INSTALL = (
    "install OpenSSH's client, which Windows, macOS and every Linux have among their packages"
)
_WAIT = 60.0
_LINE = re.compile(r"(.)\S* .*? (\d+) +(\w{3} +\d+ +(?:\d{4}|\d\d:\d\d)) $")
_OCTAL = re.compile(r"((?:\\[0-3][0-7]{2})+)")


class Item(msgspec.Struct, frozen=True):
    """What a listing tells: `kind` is `-`, `d` or `l`, `size` in bytes, `date` as sftp says it."""

    kind: str
    size: int
    date: str


class Read(msgspec.Struct, frozen=True):
    """A file that was read; `time` is when it was written, in seconds since 1970 by the server's
    clock."""

    body: bytes
    time: float


class Server:
    """A server as ssh knows it. `user_host` is `user@host` or a name of ssh's settings, `config`
    another file of them. Every method may raise StoreError."""

    def __init__(
        self, user_host: str, port: int, config: Path | None, *, plain: bool = False
    ) -> None:
        self.name = user_host
        self._ssh, self._sftp = find_program("ssh", _INSTALL), find_program("sftp", _INSTALL)
        self._rsync = ""
        if not plain:
            with contextlib.suppress(StoreError):
                self._rsync = find_program("rsync", "")
        self._options = [*(["-F", str(config)] if config else []), "-o", "BatchMode=yes"]
        if port != 22:
            self._options += ["-o", f"Port={port}"]
        self.plain = plain
        self._master: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def batch(self, lines: Iterable[str], *, keep: Callable[[], None] | None = None) -> Ran:
        """Carry out commands of sftp, in their order; the first that fails ends it, but for those
        that begin with `-`."""
        self._connect()
        text = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
        command = [self._sftp, *self._options, "-q", "-b", "-", self.name]
        return run(command, stdin=text, env={"TZ": "UTC"}, keep=keep)

    def do(self, lines: Iterable[str], *, keep: Callable[[], None] | None = None) -> None:
        """Carry out commands of sftp, all of which must succeed."""
        ran = self.batch(lines, keep=keep)
        if ran.code:
            raise self.error(ran)

    def script(self, text: str, *, keep: Callable[[], None] | None = None) -> Ran:
        """Let the server's shell carry out a script."""
        self._connect()
        raw = text.encode("utf-8", "surrogateescape")
        return run([self._ssh, *self._options, "-T", self.name, "sh"], stdin=raw, keep=keep)

    def read(self, paths: Sequence[str]) -> dict[str, Read]:
        """Read those of some files that exist."""
        with tempfile.TemporaryDirectory() as folder:
            places = {path: Path(folder, str(number)) for number, path in enumerate(paths)}
            ran = self.batch(f"-get -p {quoted(p)} {quoted(str(f))}" for p, f in places.items())
            self._refuse_what_was_not_reached(ran)
            return {
                path: Read(file.read_bytes(), file.stat().st_mtime)
                for path, file in places.items()
                if file.is_file()
            }

    def clock(self, folder: str) -> float:
        """Return the server's time, by a file that is made in a folder and deleted again."""
        with tempfile.TemporaryDirectory() as local:
            probe, back = Path(local, "probe"), Path(local, "back")
            probe.write_bytes(b"")
            there = quoted(f"{folder}/{Path(local).name}")
            self.do(
                [
                    f"put {quoted(str(probe))} {there}",
                    f"get -p {there} {quoted(str(back))}",
                    f"-rm {there}",
                ]
            )
            return back.stat().st_mtime

    def listing(self, folders: Collection[str]) -> dict[str, dict[str, Item]]:
        """List folders; one that does not exist is empty."""
        found: dict[str, dict[str, Item]] = {folder: {} for folder in folders}
        ran = self.batch(f"-ls -lan {quoted(f'{folder}/.')}" for folder in folders)
        self._refuse_what_was_not_reached(ran)
        waiting, folder = iter(found), ""
        for line in ran.out.splitlines():
            if line.startswith("sftp> "):  # the command that is answered now
                folder = next(waiting, "")
                continue
            head, mark, name = _OCTAL.sub(_bytes_of, line).partition(f"{folder}/./")
            told = _LINE.match(head) if mark else None
            if told and name not in (".", ".."):
                found[folder][name] = Item(told[1], int(told[2]), told[3])
        return found

    def send(
        self,
        files: Mapping[str, Path],
        folder: str,
        there: Mapping[str, Item],
        keep: Callable[[], None],
        *,
        rsync: bool,
    ) -> None:
        """Send files into a folder under the names given, with their times and rights; `rsync` says
        that the server has it.

        What is `there` with all its bytes is not sent again, and what has some of them only is gone
        on with: names must therefore stand for contents.
        """
        missing = {
            name: file
            for name, file in files.items()
            if name not in there or there[name].size != file.stat().st_size
        }
        if not missing:
            return
        if self._rsync and rsync:
            with tempfile.TemporaryDirectory() as local:
                for name, file in missing.items():
                    Path(local, name).symlink_to(file.absolute())
                shell = shlex.join([self._ssh, *self._options])
                command = [self._rsync, "-rtL", "--partial", "--chmod=F644", "-e", shell]
                # Versions of rsync differ in how they quote a path for the server's shell.
                command += ["--timeout=60", f"--rsync-path=cd {shlex.quote(folder)} && rsync"]
                command += [f"{local}/", f"{self.name}:./"]
                ran = run(command, keep=keep)
            if ran.code:
                raise self.error(ran)
            return
        lines = []
        for name, file in missing.items():
            partly = name in there and there[name].size < file.stat().st_size
            verb = "reput" if partly else "put"
            lines.append(f"{verb} -p {quoted(str(file))} {quoted(f'{folder}/{name}')}")
        self.do(lines, keep=keep)

    def room(self, folder: str) -> int | None:
        """Return how many kilobytes are free there, or None where the server does not tell."""
        numbers = [line.split() for line in self.batch([f"-df {quoted(folder)}"]).out.splitlines()]
        free = [line[2] for line in numbers if len(line) == 5 and line[2].isdigit()]
        return int(free[0]) if free else None

    def error(self, ran: Ran, folder: str = "") -> StoreError:
        """Return in one sentence why a program failed, with what to do."""
        said = ran.said.replace("sftp> ", "")
        for signs, hint in _SAID:
            if any(sign in said for sign in signs):
                return StoreError(f"{self.name}: {_last(said)}", hint)
        if "Failure" in said and folder and self.room(folder) == 0:
            return StoreError(f"{self.name}: the disk is full, or a quota is reached", _FULL)
        return StoreError(f"{self.name}: {_last(said) or f'ended with {ran.code}'}")

    def close(self) -> None:
        """End the connection."""
        if self._master is not None:
            self._master.kill()
            self._master.wait()
            self._master = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _connect(self) -> None:
        """Open the connection that all programs then share."""
        if self._folder is not None:
            if self._master is None or self._master.poll() is None:
                return
            self._options = self._options[:-2]
        self._folder = tempfile.TemporaryDirectory(prefix="tp")
        if sys.platform == "win32":
            return
        atexit.register(self.close)
        socket, log = Path(self._folder.name, "s"), Path(self._folder.name, "log")
        with log.open("wb") as told:
            self._master = subprocess.Popen(  # noqa: S603 (a fixed program, arguments of our own)
                [self._ssh, *self._options, "-M", "-S", str(socket), "-s", self.name, "sftp"],
                stdin=subprocess.PIPE,  # its end is the connection's end
                stdout=subprocess.DEVNULL,
                stderr=told,
            )
        end = time.monotonic() + _WAIT
        while not socket.exists():
            if self._master.poll() is not None or time.monotonic() > end:
                said = log.read_text(encoding="utf-8", errors="replace")
                code = self._master.poll() or 255
                self.close()
                raise self.error(Ran(code, "", said or "no connection within a minute"))
            time.sleep(0.02)
        self._options += ["-o", f"ControlPath={socket}"]

    def _refuse_what_was_not_reached(self, ran: Ran) -> None:
        if ran.code:
            raise self.error(ran)


def quoted(path: str) -> str:
    """Return a path as an argument of a command of sftp's."""
    if "\n" in path or "\r" in path:
        raise StoreError(f"`{path!r}` is no name that sftp can be given")
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bytes_of(found: re.Match[str]) -> str:
    numbers = (int(part, 8) for part in found[1].split("\\")[1:])
    return bytes(numbers).decode("utf-8", "surrogateescape")


def _last(said: str) -> str:
    """What a program said, without what it says of every connection."""
    return re.sub(r"Connection closed\.?\s*$", "", said).strip().removesuffix(".")


_FULL = "make room there, and publish again: nothing was lost"
_SAID = (
    (
        ("Permission denied (", "Too many authentication failures"),
        "the server does not take this machine's key: put the public key into "
        "~/.ssh/authorized_keys there, or name the right one with IdentityFile in ssh's settings; "
        "`ssh` by hand must not ask for a password",
    ),
    (
        ("Host key verification failed", "HOST IDENTIFICATION HAS CHANGED"),
        "the server's key is not known here, or not the one it was: connect once by hand with "
        "`ssh`, compare what it shows with the server's own `ssh-keygen -lf`, and accept it",
    ),
    (("Could not resolve hostname",), "look at publish.server, and at the network"),
    (
        ("Connection refused", "timed out", "No route to host", "Network is unreachable"),
        "is the server on, and publish.port the port of its sshd?",
    ),
    (
        ("subsystem request failed", "Received message too long"),
        "its sshd must offer sftp (`Subsystem sftp internal-sftp`), and its login scripts must "
        "print nothing",
    ),
    (("No space left on device", "Disk quota exceeded"), _FULL),
    (
        ("Permission denied",),
        "the user of publish.server may not write there: make the folder this user's, or name "
        "another one with publish.path or publish.state",
    ),
    (
        ("Broken pipe", "Connection closed", "Connection reset", "connection unexpectedly closed"),
        "the connection broke: publish again, it goes on where it stopped",
    ),
)
