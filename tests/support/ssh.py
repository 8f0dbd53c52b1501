"""sshd on this machine, and ssh's settings for it."""

from __future__ import annotations

import contextlib
import getpass
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.support.tools import debian, free_port, process, wait_until

NEEDED_BY_SCRIPTS = (
    "sh", "basename", "cat", "cp", "ln", "mkdir", "mv", "readlink", "rm", "rmdir", "sha256sum",
)  # fmt: skip


QUICK = ("KexAlgorithms curve25519-sha256", "GSSAPIAuthentication no")
"""A handshake in a third of the time that the one against computers to come takes."""


class Sshd:
    """A running sshd. `config` are ssh's settings, in which it is called `server`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.process = 0
        self.config = folder / "config"
        self.known = folder / "known_hosts"

    def write_config(self, *lines: str, key: str = "user") -> Path:
        """Write ssh's settings again, with further lines."""
        text = [
            "Host server",
            "HostName 127.0.0.1",
            f"Port {self.port}",
            f"User {getpass.getuser()}",
            "IdentitiesOnly yes",
            f"IdentityFile {self.folder / key}",
            f"UserKnownHostsFile {self.known}",
            *QUICK,
            *lines,
        ]
        self.config.write_text("\n".join([*text, ""]))
        return self.config


def make_keys(folder: Path) -> None:
    """Make the server's key, the user's, and one that nobody knows."""
    for name in ("host", "user", "stranger"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    shutil.copyfile(folder / "user.pub", folder / "authorized")


@contextlib.contextmanager
def sshd(folder: Path, *settings: str) -> Iterator[Sshd]:
    """Start sshd with further settings; everything it writes is in `folder`."""
    program = debian("sshd", "openssh-server")
    debian("rsync")
    Path("/run/sshd").mkdir(exist_ok=True)
    made = Sshd(folder, free_port())
    make_keys(folder)
    lines = [
        f"Port {made.port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder / 'host'}",
        f"AuthorizedKeysFile {folder / 'authorized'}",
        "PidFile none",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "Subsystem sftp internal-sftp",
        *settings,
    ]
    (folder / "sshd_config").write_text("\n".join([*lines, ""]))
    kind, key = (folder / "host.pub").read_text().split()[:2]
    made.known.write_text(f"[127.0.0.1]:{made.port} {kind} {key}\n")
    made.write_config()
    with (folder / "log").open("wb") as log:
        command = [program, "-D", "-e", "-f", str(folder / "sshd_config")]
        with process(command, stdout=log, stderr=log) as running:
            made.process = running.pid
            wait_until(lambda: socket.create_connection(("127.0.0.1", made.port), 1).close() or 1)
            yield made


def folder_of_programs(folder: Path) -> Path:
    """Make a folder with what a server's scripts need, and nothing else: no rsync."""
    folder.mkdir()
    for name in NEEDED_BY_SCRIPTS:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return folder
