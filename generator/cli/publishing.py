"""Publishing on the command line.

How the rest of the command line uses it, once a build is made and checked:

    local, policy, target = prepare(config, root, files, redirects, commit=..., committed=...)
    plan, outcome = release.publish(target, local, built, policy, now, holder=holder())

`publish_build` does both and is all that `python publish.py` needs. Everything that can go wrong
is a SiteError (the plan was refused; its problems say why) or a StoreError (`message`, `hint`).
"""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from generator.artifacts import OutputFile
from generator.cli.targets import open_target
from generator.config import SiteConfig
from generator.publish import release
from generator.publish.executor import Outcome, Progress, quiet
from generator.publish.manifest import Local, local_release
from generator.publish.planner import Plan, Policy
from generator.publish.release import Target


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner allowed this one run, by options."""

    allow_deletes: bool = False
    force: bool = False
    verify: bool = False
    preview: str = ""


def prepare(
    config: SiteConfig,
    root: Path,
    files: Iterable[OutputFile],
    redirects: Mapping[str, str],
    *,
    commit: str = "",
    committed: int = 0,
    allowed: Allowed | None = None,
) -> tuple[Local, Policy, Target]:
    """Return the release that a build makes, the rules for it, and where it goes.

    `redirects` are old URL path -> new URL path or address, without the base path. `committed` is
    the commit's time in seconds since 1970.
    """
    allowed = allowed or Allowed()
    target = open_target(config, root, preview=allowed.preview)
    local = local_release(
        files,
        redirects,
        page_max_age=config.publish.page_max_age,
        cdn=target.distribution is not None,
        commit=commit,
        committed=committed,
    )
    policy = msgspec.structs.replace(
        release.policy_of(config.publish, target, local),
        allow_deletes=allowed.allow_deletes or allowed.force,
        force=allowed.force,
    )
    return local, policy, target


def publish_build(
    config: SiteConfig,
    root: Path,
    built: Path,
    files: Iterable[OutputFile],
    redirects: Mapping[str, str],
    now: datetime,
    *,
    commit: str = "",
    committed: int = 0,
    allowed: Allowed | None = None,
    progress: Progress = quiet,
) -> tuple[Plan, Outcome]:
    """Make what was built the live release. `root` is the site's folder, `built` that of the
    built files."""
    allowed = allowed or Allowed()
    local, policy, target = prepare(
        config, root, files, redirects, commit=commit, committed=committed, allowed=allowed
    )
    return release.publish(
        target,
        local,
        built,
        policy,
        now,
        holder=holder(),
        verify=allowed.verify,
        progress=progress,
    )


def holder() -> str:
    """Who publishes, as the other publisher is told."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user id without a name, as in containers
        user = "someone"
    return f"{user} on {platform.node() or 'an unnamed machine'}, process {os.getpid()}"
