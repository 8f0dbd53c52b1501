"""The servers: how each is installed, started on a free port and stopped, and what must come of it.

Ceph's gateway comes from Debian: one monitor, one manager, one OSD in memory, cephx between them.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, NamedTuple

from tests.support import s3_servers
from tests.support.tools import free_port

CEPH = ("ceph-mon", "ceph-osd", "ceph-mgr", "radosgw")
SMALL = ("nanio==0.1.7", "localbucket==1.2.1")
"""Servers of one folder each, from PyPI; they go into a virtual environment of their own."""

Outcome = Literal["works", "refused", "none"]
"""What must come of a bucket; `none` where the server makes no such bucket."""


class Server(NamedTuple):
    """A server, and what must come of a bucket without versions and of one with them."""

    name: str
    version: Callable[[Path], str]
    start: Callable[[Path], AbstractContextManager[str]]
    plain: Outcome
    versioned: Outcome


def install(folder: Path) -> None:
    """Install what is missing. Raises CalledProcessError where that cannot be done."""
    missing = [name for name in CEPH if shutil.which(name) is None]
    if missing:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *CEPH]):
            subprocess.run(["apt-get", *arguments], check=True, env=environment, stdout=sys.stderr)
    made = folder / "small"
    subprocess.run([sys.executable, "-m", "uv", "venv", "-q", str(made)], check=True)
    python = str(made / "bin/python")
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python, *SMALL], check=True
    )


@contextlib.contextmanager
def running(command: list[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs until the end of the block; what it says goes to `log`."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={**os.environ, **environment}, cwd=log.parent
        )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def wait_for_bucket(endpoint: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a bucket can be made and written to."""
    end = time.monotonic() + 120
    error: Exception | None = None
    while time.monotonic() < end and process.poll() is None:
        try:
            s3 = s3_servers.client("s3", endpoint)
            s3.create_bucket(Bucket="ready")
            s3.put_object(Bucket="ready", Key="x", Body=b"x")
        except Exception as failed:  # noqa: BLE001 (a server that starts answers anything)
            error = failed
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"the server did not start: {error}: {log.read_text()[-2000:]}")


CEPH_CONF = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{monitor}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 2147483648
mon data avail crit = 1
mon data avail warn = 1
keyring = {folder}/keyring
admin socket = {folder}/$name.asok
pid file = {folder}/$name.pid
log file = {folder}/$name.log
crash dir = {folder}
mon data = {folder}/mon
osd data = {folder}/osd
mgr data = {folder}/mgr
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{gateway}
"""

CEPH_KEYS = {
    "mon.": ["mon", "allow *"],
    "client.admin": ["mon", "allow *", "osd", "allow *", "mgr", "allow *"],
    "osd.0": ["mon", "allow profile osd", "osd", "allow *", "mgr", "allow profile osd"],
    "mgr.a": ["mon", "allow profile mgr", "osd", "allow *"],
}


@contextlib.contextmanager
def ceph(folder: Path) -> Iterator[str]:
    """Ceph's gateway over a cluster of one."""
    for name in ("mon", "osd", "mgr", "rgw"):
        (folder / name).mkdir()
    fsid, disk = str(uuid.uuid4()), str(uuid.uuid4())
    monitor, gateway = free_port(), free_port()
    conf, log = folder / "ceph.conf", folder / "all.log"
    conf.write_text(CEPH_CONF.format(fsid=fsid, folder=folder, monitor=monitor, gateway=gateway))

    def run(*command: str) -> None:
        with log.open("ab") as out:
            subprocess.run(command, check=True, stdout=out, stderr=out, cwd=folder, timeout=120)

    for number, (name, rights) in enumerate(CEPH_KEYS.items()):
        caps = [part for at in range(0, len(rights), 2) for part in ("--cap", *rights[at : at + 2])]
        create = ["--create-keyring"] if number == 0 else []
        run("ceph-authtool", "keyring", *create, "--gen-key", "-n", name, *caps)
    address = f"[v2:127.0.0.1:{monitor}]"
    run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, "monmap")
    ask = ["-c", str(conf)]
    run("ceph-mon", *ask, "-i", "a", "--mkfs", "--monmap", "monmap", "--keyring", "keyring")
    with contextlib.ExitStack() as stack:
        stack.enter_context(running(["ceph-mon", *ask, "-i", "a", "-f"], log))
        run("ceph", *ask, "--connect-timeout", "60", "osd", "new", disk)
        stack.enter_context(running(["ceph-mgr", *ask, "-i", "a", "-f"], log))
        run("ceph-osd", *ask, "-i", "0", "--mkfs", "--osd-uuid", disk)
        stack.enter_context(running(["ceph-osd", *ask, "-i", "0", "-f"], log))
        admin = [*ask, "-n", "client.admin"]
        process = stack.enter_context(running(["radosgw", *admin, "-f"], log))
        user = ["user", "create", "--uid", "tests", "--display-name", "tests"]
        keys = ["--access-key", s3_servers.KEY, "--secret-key", s3_servers.SECRET]
        run("radosgw-admin", *admin, *user, *keys)
        endpoint = f"http://127.0.0.1:{gateway}"
        wait_for_bucket(endpoint, process, log)
        yield endpoint


@contextlib.contextmanager
def rclone(folder: Path) -> Iterator[str]:
    """rclone's server over a folder."""
    port, log = free_port(), folder / "rclone.log"
    (folder / "data").mkdir()
    program = str(Path(sys.executable).with_name("rclone"))
    keys = f"{s3_servers.KEY},{s3_servers.SECRET}"
    command = [program, "serve", "s3", "data", f"--addr=127.0.0.1:{port}", f"--auth-key={keys}"]
    with running(command, log) as process:
        wait_for_bucket(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def nanio(folder: Path) -> Iterator[str]:
    """nanio, a server of one folder."""
    port, log = free_port(), folder / "nanio.log"
    program = str(folder.parent / "small/bin/nanio")
    command = [program, "serve", "--data-dir", "data", "--host", "127.0.0.1", "--port", str(port)]
    keys = {"NANIO_ACCESS_KEY": s3_servers.KEY, "NANIO_SECRET_KEY": s3_servers.SECRET}
    with running(command, log, **keys) as process:
        wait_for_bucket(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def localbucket(folder: Path) -> Iterator[str]:
    """LocalBucket, a server of one folder."""
    port, log = free_port(), folder / "localbucket.log"
    program = str(folder.parent / "small/bin/localbucket")
    with running([program, "--port", str(port), "data"], log) as process:
        wait_for_bucket(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"


def of_package(name: str) -> Callable[[Path], str]:
    """Tell the version of a Python package of this environment."""
    return lambda _folder: importlib.metadata.version(name)


def of_command(*command: str) -> Callable[[Path], str]:
    """Tell the version that a program says it has: the first number with a point in it."""

    def version(folder: Path) -> str:
        places = [folder / command[0], Path(sys.executable).parent / command[0]]
        program = next((str(place) for place in places if place.is_file()), command[0])
        said = subprocess.run(
            [program, *command[1:]],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        found = re.search(r"\d+\.\d+(\.\d+)*", said)
        assert found, said
        return found[0]

    return version


SERVERS = (
    Server("Ceph RGW", of_command("radosgw", "--version"), ceph, "works", "refused"),
    Server("SeaweedFS", of_command("weed", "version"), s3_servers.seaweed, "works", "works"),
    Server("moto", of_package("moto"), s3_servers.moto, "works", "works"),
    Server("rclone serve s3", of_command("rclone", "version"), rclone, "refused", "none"),
    Server(
        "LocalBucket",
        of_command("small/bin/localbucket", "--version"),
        localbucket,
        "refused",
        "none",
    ),
    Server("nanio", of_command("small/bin/nanio", "--version"), nanio, "refused", "none"),
)
