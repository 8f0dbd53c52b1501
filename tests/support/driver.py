"""A publisher in a process of its own, so that it can be killed like one."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from generator.config.publish import PublishSettings
from generator.publish import publisher as release
from generator.publish.executor import Outcome
from generator.publish.manifest import Local
from generator.publish.plan import Plan
from generator.publish.publisher import Target
from generator.publish.throttle import Throttle

START = datetime(2026, 3, 1, tzinfo=UTC)


def s3_target(endpoint: str, bucket: str, prefix: str, workers: int = 1) -> Target:
    from generator.adapters.aws.answers import EVERY_ANSWER, check_answer
    from generator.adapters.aws.s3_store import S3Store
    from tests.support.s3_servers import client

    throttle, s3 = Throttle(workers), client("s3", endpoint)
    s3.meta.events.register_first(EVERY_ANSWER, check_answer)  # as of every client of Tidepost's
    return Target(store=S3Store(s3, bucket, prefix, throttle), throttle=throttle)


def folder_target(root: Path, workers: int = 1) -> Target:
    from generator.adapters.files.folder_store import FileStore

    return Target(store=FileStore(root), throttle=Throttle(workers))


def publish(
    target: Target,
    local: Local,
    root: Path,
    *,
    minutes: float = 0,
    settings: PublishSettings | None = None,
    verify: bool = False,
    agreed: Plan | None = None,
    holder: str = "a test",
    **policy: Any,
) -> tuple[Plan, Outcome]:
    rules = release.policy_of(settings or PublishSettings(), target, local)
    return release.publish(
        target,
        local,
        root.joinpath,
        msgspec.structs.replace(rules, **policy),
        START + timedelta(minutes=minutes),
        holder=holder,
        verify=verify,
        agreed=agreed,
    )


def roll_back(target: Target, wanted: str = "", *, minutes: float = 0) -> tuple[Plan, Outcome]:
    manifest = release.manifest_of(target.store)
    assert manifest
    local = release.past_release(target.store, release.find_release(manifest, wanted))
    return publish(target, local, Path("/nowhere"), minutes=minutes, from_store=True)


def child_s3(
    gate: Any, endpoint: str, bucket: str, prefix: str, local: Local, root: str, workers: int
) -> None:
    """Publish to S3 once the parent, which must know our process id first, opens the gate."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    target = s3_target(endpoint, bucket, prefix, workers)
    gate.recv()
    publish(target, local, Path(root), minutes=1)


def child_folder(gate: Any, folder: str, local: Local, root: str, kill_at: int, kind: str) -> None:
    """Publish to a folder and die at the given file operation; tell how many there were."""
    import signal

    count = 0
    before = Path(root).as_posix()

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event not in WATCHED or not arguments or not isinstance(arguments[0], str | Path):
            return
        name = os.fspath(arguments[0])
        if not name.startswith(folder) or name.startswith(before):
            return
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)
    target = folder_target(Path(folder))
    if kind == "rollback":
        roll_back(target, minutes=1)
    else:
        publish(target, local, Path(root), minutes=1)
    gate.send(count)


def forget(folder: Path) -> None:
    """Delete a folder that is not needed any more."""
    shutil.rmtree(folder)


WATCHED = frozenset(
    {"open", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.truncate"}
)

forks = multiprocessing.get_context("forkserver")
"""Children are forked from a process that has everything imported already."""
forks.set_forkserver_preload(
    [
        "tests.support.driver",
        "generator.adapters.aws.s3_store",
        "generator.adapters.files.folder_store",
        "boto3",
    ]
)
